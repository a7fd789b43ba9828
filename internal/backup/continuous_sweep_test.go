package backup_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/store"
)

// session copies until all is there, and stops.
func (s *site) session(change func(*backup.Continuous)) {
	s.t.Helper()
	c, states := s.follow(change)
	s.caught(states)
	go func() {
		for range states {
		}
	}()
	c.Stop()
}

// TestContinuousSweep removes bytes only when no state that can be brought back
// needs them, and a database that nobody goes on with when it is old.
func TestContinuousSweep(t *testing.T) {
	t.Parallel()
	s := newCopiedSite(t)
	s.session(nil)
	before := time.Now()
	unused := ""
	s.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.QueryRowContext(ctx, "SELECT digest FROM prepared").Scan(&unused); err != nil {
			return err
		}
		for _, q := range []string{"DELETE FROM prepared", "DELETE FROM bundles"} {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM blobs WHERE digest = ?", unused)
		return err
	})
	place := "objects/" + unused[:2] + "/" + unused
	s.session(nil)
	s.session(nil)
	files := s.files()
	if _, there := files[place]; !there {
		t.Fatal("bytes that an older state needs are gone")
	}
	if _, there := files["gone/"+unused]; !there {
		t.Fatal("bytes that nothing refers to are not marked")
	}
	if got, _, _ := s.restoreAt(before); len(got.Manifest.Missing) > 0 {
		t.Errorf("the older state lacks %v", got.Manifest.Missing)
	}
	// The server is brought back, and begins another database; a month passes.
	if err := os.RemoveAll(filepath.Join(s.src.Data, ".continuous")); err != nil {
		t.Fatal(err)
	}
	s.session(nil)
	if points, err := backup.Points(t.Context(), s.open()); err != nil || len(points) != 2 {
		t.Fatalf("got %+v, %v: want two databases", points, err)
	}
	s.session(func(c *backup.Continuous) {
		c.Source.Now = func() time.Time { return time.Now().AddDate(0, 1, 0) }
	})
	if points, err := backup.Points(t.Context(), s.open()); err != nil || len(points) != 1 {
		t.Fatalf("got %+v, %v: want one database", points, err)
	}
	s.session(nil)
	files = s.files()
	if _, there := files[place]; there {
		t.Error("bytes that no state needs are still there")
	}
	if _, there := files["gone/"+unused]; there {
		t.Error("the mark of bytes that are gone is still there")
	}
	delete(s.used, unused)
	got, _, again := s.restoreAt(time.Now())
	if len(got.Manifest.Missing) > 0 {
		t.Errorf("missing: %v", got.Manifest.Missing)
	}
	s.sameBytes(filepath.Join(again, "blobs"), true)
}

// TestContinuousWithoutReads leaves reads out: that is told and no loss, while a
// result that is gone is one.
func TestContinuousWithoutReads(t *testing.T) {
	t.Parallel()
	s := newCopiedSite(t)
	s.session(func(c *backup.Continuous) { c.NoReads = true })
	got, _, again := s.restoreAt(time.Now())
	if got.Blobs != 2 || len(got.Manifest.Missing) != 0 || got.Manifest.Reads || got.Reads != 2 {
		t.Errorf("got %d blobs, missing %v, %d files without bytes", got.Blobs, got.Manifest.Missing, got.Reads)
	}
	s.sameBytes(filepath.Join(again, "blobs"), false)
	examined(t, again)
	points := must(backup.Points(t.Context(), s.open()))(t)
	if len(points) != 1 || !points[0].NoReads {
		t.Errorf("got %+v", points)
	}
}

// TestContinuousDamaged damages what was captured and not yet sent: the next start
// copies the database anew, beside the one before.
func TestContinuousDamaged(t *testing.T) {
	t.Parallel()
	s := newCopiedSite(t)
	s.session(nil)
	local, err := filepath.Glob(filepath.Join(s.src.Data, ".continuous", "*", "ltx", "0", "*"))
	if err != nil || len(local) == 0 {
		t.Fatalf("got %v, %v", local, err)
	}
	for _, file := range local {
		if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.rename("Later")
	c, states := s.follow(nil)
	now := time.Now()
	for st := range states { // the first rounds may tell of the damage
		if st.Error == "" && st.At.After(now) {
			break
		}
		t.Log(st.Error)
	}
	go func() {
		for range states {
		}
	}()
	c.Stop()
	_, rows, _ := s.restoreAt(time.Now())
	if diff := rows["users"]; len(diff) == 0 || rows["users"][0] != s.userTables(s.src.Store)["users"][0] {
		t.Errorf("got %v", diff)
	}
}
