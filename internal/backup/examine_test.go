package backup_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/doctor"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// examined has the doctor look at a restored server: reads that were left out on
// purpose are no finding, and nothing else is lost.
func examined(t *testing.T, data string) {
	t.Helper()
	st := must(store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(data, "vidjil.db")}))(t)
	defer st.Close()
	blobs := must(blob.OpenDir(filepath.Join(data, "blobs")))(t)
	defer blobs.Close()
	r := must(doctor.Run(t.Context(), doctor.Config{Store: st, Blobs: blobs, Data: data, Deep: true, NoBackups: true}))(t)
	if len(r.Checks) < 10 {
		t.Fatalf("only %v were looked at", r.Checks)
	}
	for _, f := range r.Findings {
		if strings.HasPrefix(f.Code, "blob.") || strings.HasPrefix(f.Code, "file.") || f.Code == "result.missing" || f.Code == "database.damaged" {
			t.Errorf("%s: %s %v", f.Code, f.Msg, f.IDs)
		}
	}
}

// TestLeftOutIsNotLost restores a backup without reads: the doctor finds nothing
// missing.
func TestLeftOutIsNotLost(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	s.backup(backup.Options{NoReads: true})
	got, data := s.restore(backup.Restoration{})
	if got.Reads != 2 || len(got.Manifest.Missing) != 0 {
		t.Errorf("got %d files without bytes, missing %v", got.Reads, got.Manifest.Missing)
	}
	examined(t, data)
}

// TestLostIsLost: of a continuous copy without reads a result that is gone is
// missing all the same.
func TestLostIsLost(t *testing.T) {
	t.Parallel()
	s := newCopiedSite(t)
	s.session(func(c *backup.Continuous) { c.NoReads = true })
	objects, err := filepath.Glob(filepath.Join(s.target, "objects", "*", "*"))
	if err != nil || len(objects) != 2 {
		t.Fatalf("got %v, %v", objects, err)
	}
	if err := os.Remove(objects[0]); err != nil {
		t.Fatal(err)
	}
	got := must(backup.RestoreAt(t.Context(), s.open(), time.Now(), backup.Restoration{Data: filepath.Join(t.TempDir(), "again")}))(t)
	if len(got.Manifest.Missing) != 1 || got.Manifest.Missing[0] != filepath.Base(objects[0]) || got.Reads != 2 {
		t.Errorf("missing %v, %d files without bytes", got.Manifest.Missing, got.Reads)
	}
}
