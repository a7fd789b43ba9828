package backup_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// newCopiedSite is a site on an SQLite file.
func newCopiedSite(t *testing.T) *site {
	t.Helper()
	return newSite(t, "sqlite:"+filepath.Join(t.TempDir(), "vidjil.db"))
}

// follow starts a continuous copy, whose states come by the channel.
func (s *site) follow(change func(*backup.Continuous)) (c *backup.Continuous, states chan backup.ContinuousState) {
	s.t.Helper()
	states = make(chan backup.ContinuousState)
	ended := make(chan struct{})
	c = &backup.Continuous{
		Source: s.src, Place: s.target, Every: 20 * time.Millisecond,
		Told: func(st backup.ContinuousState) {
			select {
			case states <- st:
			case <-ended:
			}
		},
	}
	if change != nil {
		change(c)
	}
	if err := c.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { close(ended); c.Stop() })
	return c, states
}

// caught waits until all that was committed by now is in the target, and returns
// a time at which it was.
func (s *site) caught(states chan backup.ContinuousState) time.Time {
	s.t.Helper()
	now := time.Now()
	for st := range states {
		if st.Error != "" {
			s.t.Fatal(st.Error)
		}
		if st.At.After(now) {
			return time.Now()
		}
	}
	return time.Time{}
}

// rename changes a row.
func (s *site) rename(name string) {
	s.t.Helper()
	s.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE users SET name = ? WHERE id = 1", name)
		return err
	})
}

// userTables are the rows that a restoration leaves as they were.
func (s *site) userTables(st *store.Store) map[string][]string {
	s.t.Helper()
	all := map[string][]string{}
	for _, table := range []string{"users", "groups", "sets", "samples", "files", "blobs", "prepared", "results", "result_files", "fused", "annotations", "jobs", "set_listing"} {
		all[table] = rows(s.t, st, table)
	}
	return all
}

// restoreAt brings the site back as it was, and returns the rows.
func (s *site) restoreAt(when time.Time) (*backup.Restored, map[string][]string, string) {
	s.t.Helper()
	data := filepath.Join(s.t.TempDir(), "again")
	got, err := backup.RestoreAt(s.t.Context(), s.open(), when, backup.Restoration{Data: data})
	if err != nil {
		s.t.Fatal(err)
	}
	st, err := store.OpenAsIs(store.Config{URL: "sqlite:" + filepath.Join(data, "vidjil.db")})
	if err != nil {
		s.t.Fatal(err)
	}
	defer st.Close()
	return got, s.userTables(st), data
}

// TestContinuous notes times, changes rows and removes bytes, and brings each of
// the states back.
func TestContinuous(t *testing.T) { //nolint:tparallel // the parts share one server, and go one after the other
	t.Parallel()
	s := newCopiedSite(t)
	c, states := s.follow(nil)
	s.caught(states)
	s.rename("First")
	first, want1 := s.caught(states), s.userTables(s.src.Store)
	s.rename("Second")
	second, want2 := s.caught(states), s.userTables(s.src.Store)
	s.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM annotations")
		return err
	})
	s.caught(states)
	go func() { // the last round
		for range states {
		}
	}()
	c.Stop()
	for name, at := range map[string]struct {
		when time.Time
		want map[string][]string
	}{"first": {first, want1}, "second": {second, want2}, "last": {time.Now(), s.userTables(s.src.Store)}} {
		t.Run(name, func(t *testing.T) {
			got, rows, data := s.restoreAt(at.when)
			if diff := cmp.Diff(at.want, rows); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
			if len(got.Manifest.Missing) > 0 || got.Blobs != int64(len(s.used)) {
				t.Errorf("got %d blobs, and not %v", got.Blobs, got.Manifest.Missing)
			}
			s.sameBytes(filepath.Join(data, "blobs"), true)
		})
	}
	if _, err := backup.RestoreAt(t.Context(), s.open(), first.Add(-time.Hour), backup.Restoration{Verify: true}); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("a time before all: got %v", err)
	}
}

// TestContinuousBroken damages a copy in all ways: a restoration tells, and leaves
// no directory that somebody could take for a whole one.
func TestContinuousBroken(t *testing.T) { //nolint:tparallel // the parts share one server, and go one after the other
	t.Parallel()
	s := newCopiedSite(t)
	c, states := s.follow(nil)
	for _, name := range []string{"A", "B", "C", "D"} {
		s.rename(name)
		s.caught(states)
	}
	go func() {
		for range states {
		}
	}()
	c.Stop()
	whole := s.files()
	var ltx []string
	base, object := "", ""
	for name := range maps.Keys(whole) {
		if strings.Contains(name, "/ltx/0/") {
			ltx = append(ltx, name)
		} else if strings.Contains(name, "/ltx/9/") {
			base = name
		} else if strings.HasPrefix(name, "objects/") {
			object = name
		}
	}
	slices.Sort(ltx)
	if len(ltx) < 4 || base == "" || object == "" {
		t.Fatalf("got %v", whole)
	}
	type damage func(path string, data []byte) error
	flip := func(path string, data []byte) error {
		data = slices.Clone(data)
		data[len(data)*2/3] ^= 0x40
		return os.WriteFile(path, data, 0o600)
	}
	cut := func(path string, data []byte) error { return os.WriteFile(path, data[:len(data)/2], 0o600) }
	gone := func(path string, _ []byte) error { return os.Remove(path) }
	for name, c := range map[string]struct {
		file string
		harm damage
		lost bool // it is reported, and the rest is there
	}{
		"whole flipped": {base, flip, false}, "whole cut": {base, cut, false},
		"middle change gone": {ltx[len(ltx)-2], gone, false}, "middle change cut": {ltx[len(ltx)-2], cut, false},
		"last change gone": {ltx[len(ltx)-1], gone, false}, "last change flipped": {ltx[len(ltx)-1], flip, false},
		"object flipped": {object, flip, false}, "object gone": {object, gone, true},
		"name gone": {"vidjil-continuous.json", gone, false}, "name cut": {"vidjil-continuous.json", cut, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(s.target, filepath.FromSlash(c.file))
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.harm(path, data); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Error(err)
				}
			}()
			to := filepath.Join(t.TempDir(), "again")
			got, err := backup.RestoreAt(t.Context(), s.open(), time.Now(), backup.Restoration{Data: to})
			if c.lost {
				if err != nil || len(got.Manifest.Missing) != 1 || !strings.HasSuffix(c.file, got.Manifest.Missing[0]) {
					t.Errorf("got %+v, %v", got, err)
				}
				return
			}
			if code := lab.CodeOf(err); code != lab.Invalid && code != lab.NotFound {
				t.Errorf("got %v", err)
			}
			if _, err := os.Stat(to); !os.IsNotExist(err) {
				t.Errorf("%s is there", to)
			}
		})
	}
	_, rows, _ := s.restoreAt(time.Now()) // undamaged again
	if diff := cmp.Diff(s.userTables(s.src.Store), rows); diff != "" {
		t.Error(diff)
	}
}

// TestContinuousAgain starts and stops, and writes in between beside it: the next
// start goes on in the same place, and all of it can be had.
func TestContinuousAgain(t *testing.T) {
	t.Parallel()
	s := newCopiedSite(t)
	times := map[string]time.Time{}
	for _, name := range []string{"one", "two", "three"} {
		s.rename(name + " beside")
		c, states := s.follow(nil)
		s.caught(states)
		s.rename(name)
		times[name] = s.caught(states)
		go func() {
			for range states {
			}
		}()
		c.Stop()
	}
	points, err := backup.Points(t.Context(), s.open())
	if err != nil || len(points) != 1 || !points[0].Ended {
		t.Fatalf("got %+v, %v: want one database", points, err)
	}
	for name, when := range times {
		_, rows, _ := s.restoreAt(when)
		if got := strings.Join(rows["users"], "\n"); !strings.Contains(got, "name="+name+" ") {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

// TestContinuousBlobs adds bytes while it copies: a state in the target never
// lacks its bytes.
func TestContinuousBlobs(t *testing.T) {
	t.Parallel()
	s := newCopiedSite(t)
	_, states := s.follow(nil)
	s.caught(states)
	data := bytes.Repeat([]byte("ACGT"), 5000)
	info, err := s.blobs.Put(t.Context(), bytes.NewReader(data), "")
	if err != nil {
		t.Fatal(err)
	}
	s.write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO blobs (digest, size, created_at) VALUES (?, ?, ?)", string(info.Digest), len(data), tx.Now); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE files SET digest = ? WHERE id = (SELECT min(id) FROM files WHERE digest IS NOT NULL)", string(info.Digest))
		return err
	})
	got, _, again := s.restoreAt(s.caught(states))
	if len(got.Manifest.Missing) > 0 {
		t.Errorf("missing: %v", got.Manifest.Missing)
	}
	dir, err := blob.OpenDir(filepath.Join(again, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := blob.Verify(t.Context(), dir, info.Digest); err != nil {
		t.Error(err)
	}
}

// TestContinuousPlace refuses places that are something else.
func TestContinuousPlace(t *testing.T) {
	t.Parallel()
	s := newCopiedSite(t)
	s.backup(backup.Options{})
	_, states := s.follow(nil)
	if st := <-states; !strings.Contains(st.Error, "directory of its own") {
		t.Errorf("got %q", st.Error)
	}
	got, err := backup.ContinuousStatus(s.src.Data)
	if err != nil || got.Error == "" {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := backup.Points(t.Context(), s.open()); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("got %v", err)
	}
}
