package backup_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// TestLarge measures an instance of VIDJIL_TEST_LARGE gigabytes (10 is what the
// documentation tells): a first backup, one more that finds nothing new, a
// rehearsal, and a restoration, which must take five minutes at most together. It
// takes three times the bytes on the disk of the temporary folder.
func TestLarge(t *testing.T) {
	t.Parallel()
	size, err := strconv.Atoi(os.Getenv("VIDJIL_TEST_LARGE"))
	if err != nil {
		t.Skip("SKIP: VIDJIL_TEST_LARGE=10 measures 10 GB")
	}
	s := newSite(t, storetest.SQLite(t))
	s.grow(size)
	measure := func(what string, f func()) time.Duration {
		began := time.Now()
		f()
		took := time.Since(began)
		t.Logf("%-12s %6.1f s", what, took.Seconds())
		return took
	}
	measure("backup", func() { s.backup(backup.Options{}) })
	measure("nothing new", func() {
		if m := s.backup(backup.Options{}); m.Added != 0 || m.Bytes < int64(size)*1e9 {
			t.Errorf("got %+v", m)
		}
	})
	if err := os.RemoveAll(filepath.Join(s.src.Data, "blobs")); err != nil {
		t.Fatal(err)
	}
	restore := func(o backup.Restoration) func() {
		return func() {
			if _, err := backup.Restore(t.Context(), s.open(), o); err != nil {
				t.Fatal(err)
			}
		}
	}
	took := measure("rehearsal", restore(backup.Restoration{Data: t.TempDir(), Verify: true}))
	took += measure("restore", restore(backup.Restoration{Data: filepath.Join(t.TempDir(), "again")}))
	if took > 5*time.Minute {
		t.Errorf("rehearsed and restored in %s, want five minutes at most", took)
	}
}

// grow adds random bytes as outputs of a result, in files of 20 MB.
func (s *site) grow(gigabytes int) {
	s.t.Helper()
	const each = 20e6
	var key [32]byte
	random := rand.NewChaCha8(key)
	for i := range gigabytes * 1e9 / each {
		info, err := s.blobs.Put(s.t.Context(), io.LimitReader(random, each), "")
		if err != nil {
			s.t.Fatal(err)
		}
		s.write(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.KeepBlob(ctx, string(info.Digest), info.Size); err != nil {
				return err
			}
			_, err := tx.NewRaw("INSERT INTO result_files (result_id, name, digest, size, media_type) VALUES (1, ?, ?, ?, 'x')", fmt.Sprint(i), string(info.Digest), info.Size).Exec(ctx)
			return err
		})
	}
}
