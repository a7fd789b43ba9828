package pairs

import (
	"os"
	"path/filepath"
	"testing"
)

// sharedPath is a file of the data that stands beside the checkout; the test is
// skipped where there is none.
func sharedPath(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no shared data: %v", err)
	}
	return path
}
