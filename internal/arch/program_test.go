package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// runners are the packages that may start programs, each with its reason.
var runners = map[string]string{
	"internal/backup": "pg_dump and pg_restore of the administrator's machine, with a vector of arguments",
}

// shells are programs that read commands from text.
var shells = []string{"sh", "bash", "dash", "zsh", "ash", "env", "cmd", "powershell", "xargs"}

// starts tells whether a file imports what starts programs, and whether it
// names a shell.
func starts(file string, source any) (runs bool, shell string, err error) {
	f, err := parser.ParseFile(token.NewFileSet(), file, source, parser.SkipObjectResolution)
	if err != nil {
		return false, "", err
	}
	for _, i := range f.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		runs = runs || path == "os/exec" || path == "plugin"
	}
	if !runs {
		return false, "", nil
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			for _, a := range call.Args {
				if lit, ok := a.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, _ := strconv.Unquote(lit.Value)
					if slices.Contains(shells, filepath.Base(text)) {
						shell = text
					}
				}
			}
		}
		return true
	})
	return runs, shell, nil
}

// TestPrograms: only the packages above start programs, and none a shell. The
// command line may, on the machine of whoever types.
func TestPrograms(t *testing.T) {
	t.Parallel()
	files := 0
	for _, below := range []string{"internal", "vdj", "client", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, below), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			pkg, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil || strings.HasSuffix(pkg, "test") {
				return err // packages for tests start databases and directories
			}
			files++
			runs, shell, err := starts(path, nil)
			if err != nil {
				return err
			}
			if runs && runners[filepath.ToSlash(pkg)] == "" {
				t.Errorf("%s starts programs: docs/dev/security.md says what that takes; then give it a row in runners", path)
			}
			if shell != "" {
				t.Errorf("%s runs %s: a shell reads commands from text", path, shell)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 100 {
		t.Errorf("%d files: looked for in the wrong place", files)
	}
}

// TestProgramsCatches proves that the rule can fail.
func TestProgramsCatches(t *testing.T) {
	t.Parallel()
	runs, shell, err := starts("a.go", "package a\nimport \"os/exec\"\nvar _ = exec.Command(\"/bin/sh\", \"-c\", \"x\")\n")
	if err != nil || !runs || shell == "" {
		t.Errorf("got %t %q %v", runs, shell, err)
	}
}
