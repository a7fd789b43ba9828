package germline

import (
	"os"
	"path/filepath"
	"testing"
)

// shared gives the path of a file that lies beside the checkout, in the folder
// "shared"; the test is skipped where it is not there.
func shared(t *testing.T, elem ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"..", "..", "..", "shared"}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("shared data not at hand: %v", err)
	}
	return path
}

func mustHuman(t *testing.T) *Set {
	t.Helper()
	set, err := Human()
	if err != nil {
		t.Fatal(err)
	}
	return set
}
