package clonetable

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/repertoire/sourcetest"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// shared opens a file of the data that lie beside the checkout; the test is
// skipped when they are not there.
func shared(t testing.TB, path string) io.Reader {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", filepath.FromSlash(path)))
	if err != nil {
		t.Skipf("no shared data: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	if !strings.HasSuffix(path, ".gz") {
		return f
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func tableOf(t testing.TB, f *vidjilfile.File) *Table {
	t.Helper()
	var b bytes.Buffer
	if err := WriteFile(&b, f); err != nil {
		t.Fatal(err)
	}
	return open(t, b.Bytes())
}

func open(t testing.TB, b []byte) *Table {
	t.Helper()
	table, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func vidjil(t testing.TB, f *vidjilfile.File) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSource(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, func(t *testing.T, f *vidjilfile.File) repertoire.Source {
		t.Helper()
		return tableOf(t, f)
	})
}

func TestRealFilesLoseNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Demo-X5-no-clone.vidjil", "analysis-example.vidjil", "demo_lil_l3_tutorial.vidjil.gz"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := vidjilfile.Read(shared(t, "data/vidjil-files/"+name))
			if err != nil {
				t.Fatal(err)
			}
			for sample := range max(1, f.Samples.Number) {
				src := repertoire.FromFile(f, sample)
				var b bytes.Buffer
				if err := WriteSource(t.Context(), &b, src); err != nil {
					t.Fatal(err)
				}
				sameSource(t, src, open(t, b.Bytes()))
			}
		})
	}
}

// rowsOf are copies of the rows of a scan.
func rowsOf(t testing.TB, src repertoire.Source, want repertoire.Fields) []repertoire.Row {
	t.Helper()
	var rows []repertoire.Row
	err := src.Scan(t.Context(), want, func(r *repertoire.Row) error {
		c := *r
		for _, b := range []*[]byte{
			&c.ID, &c.System, &c.Five, &c.Four, &c.FourA, &c.FourB, &c.Three, &c.Name, &c.Label, &c.Sequence, &c.CDR3AA, &c.JunctionAA, &c.Warnings,
		} {
			*b = append([]byte{}, *b...)
		}
		rows = append(rows, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// sameSource compares all that two sources give.
func sameSource(t *testing.T, want, got repertoire.Source) {
	t.Helper()
	if diff := cmp.Diff(vidjil(t, want.Head()), vidjil(t, got.Head())); diff != "" {
		t.Errorf("heads (-want +got):\n%s", diff)
	}
	if want, got := want.Head().Version, got.Head().Version; got != want {
		t.Errorf("version: got %q, want %q", got, want)
	}
	fields := []repertoire.Fields{0, repertoire.FieldsAll}
	for f := repertoire.Fields(1); f <= repertoire.FieldsAll; f <<= 1 {
		fields = append(fields, f)
	}
	n := 0
	for _, f := range fields {
		rows := rowsOf(t, want, f)
		n = len(rows)
		if again := rowsOf(t, got, f); !reflect.DeepEqual(rows, again) { // much faster than cmp
			t.Errorf("fields %b (-want +got):\n%s", f, cmp.Diff(rows, again))
		}
	}
	for _, step := range []int{1, 7} {
		var rows []int
		for i := 0; i < n; i += step {
			rows = append(rows, i)
		}
		a, err := want.Clones(t.Context(), rows)
		if err != nil {
			t.Fatal(err)
		}
		b, err := got.Clones(t.Context(), rows)
		if err != nil {
			t.Fatal(err)
		}
		if diff := difference(a, b); diff != "" {
			t.Errorf("clonotypes (-want +got):\n%s", diff)
		}
	}
}

// difference is cmp.Diff of clonotypes, only where something is different: it
// takes long.
func difference(a, b []vidjilfile.Clone) string {
	if reflect.DeepEqual(a, b) {
		return ""
	}
	return cmp.Diff(a, b, cmpopts.EquateEmpty())
}
