package curated

import (
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidjil.org/vidjil/vdj/germline"
)

// shared opens a file of the data that lies beside the checkout, unpacked, and
// skips the test when it is not there.
func shared(tb testing.TB, name string) io.Reader {
	tb.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", filepath.FromSlash(name))
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		tb.Skipf("no shared data: %s is not there", name)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	if !strings.HasSuffix(name, ".gz") {
		return f
	}
	zr, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	return zr
}

func entries(tb testing.TB) []Entry {
	tb.Helper()
	list, err := ReadTable(shared(tb, "curated/curated.tsv"))
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func human(tb testing.TB) Germline {
	tb.Helper()
	set, err := germline.Human()
	if err != nil {
		tb.Fatal(err)
	}
	return NewGermline(set)
}
