package arch

import (
	"go/ast"
	"go/token"
	"testing"
)

// Budgets of size. Sixty lines are the aim for a function; the test holds the
// line where nobody would defend it any more. Lines of a composite literal are
// data (tables of tests, options, columns) and do not count against a function.
const (
	functionLines = 120
	fileLines     = 600
	mainLines     = 20
)

// longFiles may be longer, for the reason given. Generated files always may.
var longFiles = map[string]string{}

func TestFileSize(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range sources(t) {
		limit := fileLines
		if f.path == "cmd/vidjil/main.go" {
			limit = mainLines
		}
		seen[f.path] = true
		if _, ok := longFiles[f.path]; ok || f.made || f.lines <= limit {
			continue
		}
		t.Errorf("%s has %d lines, more than %d: split it by noun", f.path, f.lines, limit)
	}
	for path := range longFiles {
		if !seen[path] {
			t.Errorf("longFiles names %s, which is not there", path)
		}
	}
}

func TestFunctionSize(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if f.made {
			continue
		}
		for _, decl := range f.file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			if n := codeLines(f.fset, fn); n > functionLines {
				t.Errorf("%s: %s has %d lines of code, more than %d", f.path, fn.Name.Name, n, functionLines)
			}
		}
	}
}

// codeLines counts the lines of a function without those inside composite
// literals.
func codeLines(fset *token.FileSet, fn *ast.FuncDecl) int {
	line := func(p token.Pos) int { return fset.Position(p).Line }
	n := line(fn.End()) - line(fn.Pos()) + 1
	ast.Inspect(fn.Body, func(node ast.Node) bool {
		lit, ok := node.(*ast.CompositeLit)
		if !ok {
			return true
		}
		n -= line(lit.End()) - line(lit.Pos())
		return false
	})
	return n
}

// TestNoInit keeps work out of the start of the program: importing a package
// must not cost or change anything.
func TestNoInit(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		for _, decl := range f.file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: has an init function", f.path)
			}
		}
	}
}
