package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/vdj/germline"
)

// The linker sets these (see the Makefile). A program that "go install" made
// leaves them empty and takes them from its build information.
var version, commit string

type versionOptions struct {
	json bool
}

func (o *versionOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Output", func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.json, "json", false, "print a JSON object")
	})
}

func newVersionCommand(s *streams) *cobra.Command {
	var o versionOptions
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the versions of the program and of its germline sets",
		GroupID: groupProgram,
		Long: `Prints what a methods section and an audit need: version and commit of the
program, the Go release that built it, and name, version and SHA-256 digest of
the embedded germline sets. Every result file records the same values.`,
		Example: `  vidjil version
  vidjil version --json`,
		Args: wantArgs(0, 0, ""),
		RunE: func(*cobra.Command, []string) error { return runVersion(o, s) },
	}
	o.addFlags(cmd)
	return cmd
}

// buildInfo is what "vidjil version --json" prints.
type buildInfo struct {
	Version   string         `json:"version"`
	Commit    string         `json:"commit"`
	Go        string         `json:"go"`
	Platform  string         `json:"platform"`
	Germlines []germlineInfo `json:"germlines"`
}

type germlineInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Digest  string `json:"sha256"`
}

// programVersion is the version and the commit of the running program.
func programVersion() (v, revision string) {
	v, revision = version, commit
	if info, ok := debug.ReadBuildInfo(); ok {
		if v == "" {
			v = info.Main.Version
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" && revision == "" {
				revision = setting.Value
			}
		}
	}
	if v == "" || v == "(devel)" {
		v = "devel"
	}
	if revision == "" {
		revision = "unknown"
	}
	return v, revision
}

func runVersion(o versionOptions, s *streams) error {
	info := buildInfo{Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info.Version, info.Commit = programVersion()
	for _, name := range germline.Embedded() {
		set, err := germline.Named(name)
		if err != nil {
			return err
		}
		info.Germlines = append(info.Germlines, germlineInfo{set.Name, set.Version, set.Digest()})
	}
	if o.json {
		return writeJSON(s.out, info)
	}
	if _, err := fmt.Fprintf(s.out, "vidjil %s (commit %s)\nbuilt by %s for %s\n",
		info.Version, info.Commit, info.Go, info.Platform); err != nil {
		return err
	}
	for _, g := range info.Germlines {
		if _, err := fmt.Fprintf(s.out, "germline %s %s sha256:%s\n", g.Name, g.Version, g.Digest); err != nil {
			return err
		}
	}
	return nil
}
