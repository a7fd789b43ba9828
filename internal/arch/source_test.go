package arch

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "vidjil.org/vidjil"

// root is the top of the checkout, seen from this package.
const root = "../.."

// source is a parsed Go file.
type source struct {
	path    string // below root, with slashes
	pkg     string // its directory below root
	test    bool   // _test.go
	ignored bool   // "//go:build ignore": a program beside the package
	made    bool   // generated code
	imports []string
	lines   int
	file    *ast.File
	fset    *token.FileSet
}

var parsed = sync.OnceValues(parseAll)

func sources(t *testing.T) []source {
	t.Helper()
	list, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 10 {
		t.Fatalf("%d Go files found: the walk looks in the wrong place", len(list))
	}
	return list
}

func parseAll() ([]source, error) {
	var list []source
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && p != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "var" || name == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		s, err := parseFile(fset, p)
		if err != nil {
			return err
		}
		list = append(list, s)
		return nil
	})
	return list, err
}

func parseFile(fset *token.FileSet, p string) (source, error) {
	file, err := parser.ParseFile(fset, p, nil, parser.ParseComments)
	if err != nil {
		return source{}, err
	}
	rel, err := filepath.Rel(root, p)
	if err != nil {
		return source{}, err
	}
	s := source{
		path: filepath.ToSlash(rel), pkg: filepath.ToSlash(filepath.Dir(rel)),
		test: strings.HasSuffix(p, "_test.go"), made: ast.IsGenerated(file),
		lines: fset.Position(file.FileEnd).Line, file: file, fset: fset,
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, err
		}
		s.imports = append(s.imports, imported)
	}
	for _, group := range file.Comments {
		if group.Pos() > file.Package {
			break
		}
		for _, c := range group.List {
			if expr, err := constraint.Parse(c.Text); err == nil && expr.String() == "ignore" {
				s.ignored = true
			}
		}
	}
	return s, nil
}

// tracked lists the files that git tracks or would track, below root. Without
// git (a source archive) the test that asks is skipped.
func tracked(t *testing.T) []string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, ".git")); err != nil {
		t.Skip("not a git checkout: it is not known which files are ours")
	}
	cmd := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("git ls-files: %v", err)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
}
