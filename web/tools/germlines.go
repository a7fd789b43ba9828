//go:build ignore

// Command germlines writes the germline sets that the client has for files of
// a computer, where no server is asked: the genes of the program's own sets,
// with what the client compares sequences to.
//
//	go run web/tools/germlines.go
//
// The same sets give the same bytes.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"

	"vidjil.org/vidjil/vdj/germline"
)

func main() {
	for _, name := range germline.Embedded() {
		if err := write(name); err != nil {
			fmt.Fprintln(os.Stderr, "germlines:", err)
			os.Exit(1)
		}
	}
}

// write makes a table: a line that names the set, then a gene a line, its
// anchor 1-based, 0 without.
func write(name string) error {
	set, err := germline.Named(name)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "#%s\t%s\t%s\n", set.Name, set.Version, set.Digest())
	for i := range set.Genes {
		g := &set.Genes[i]
		fmt.Fprintf(&text, "%s\t%s\t%d\t%s\n", g.Name, g.Segment, g.Anchor+1, g.Sequence)
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(text.Bytes()); err != nil {
		return fmt.Errorf("compress germline set %s: %w", name, err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("compress germline set %s: %w", name, err)
	}
	dir := filepath.Join("web", "src", "germline")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".tsv.gz"), packed.Bytes(), 0o644)
}
