package vidjilfile

import (
	"os"
	"path/filepath"
	"testing"
)

// shared opens a file of the data that lie beside the checkout; the test is
// skipped when they are not there.
func shared(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", filepath.FromSlash(path)))
	if err != nil {
		t.Skipf("no shared data: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
