// Command vidjil turns reads of lymphocytes into clonotypes and helps a
// laboratory to follow them. "vidjil help" lists what it does.
package main

import (
	"os"

	"vidjil.org/vidjil/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
