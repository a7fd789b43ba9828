//go:build unix

package backup_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/store"
)

// TestContinuousLarge measures a continuous copy of a database of
// VIDJIL_TEST_LARGE_ROWS gigabytes (1 is what the documentation tells): the first
// copy, what it costs a server at rest and at work, and a restoration.
func TestContinuousLarge(t *testing.T) { //nolint:paralleltest // it measures
	size, err := strconv.ParseFloat(os.Getenv("VIDJIL_TEST_LARGE_ROWS"), 64)
	if err != nil {
		t.Skip("SKIP: VIDJIL_TEST_LARGE_ROWS=1 measures 1 GB of rows")
	}
	s := newCopiedSite(t)
	s.growRows(size * 1e9)
	file := strings.TrimPrefix(s.src.Database, "sqlite:")
	t.Logf("database %.2f GB", float64(fileSize(t, file))/1e9)
	write := func(n int) time.Duration {
		began := time.Now()
		for i := range n {
			s.rename(fmt.Sprint("Ada ", i))
		}
		return time.Since(began) / time.Duration(n)
	}
	alone := write(500)

	cpu := cpuTime(t)
	began := time.Now()
	c, states := s.follow(func(c *backup.Continuous) { c.Every = time.Second })
	s.caught(states)
	t.Logf("first copy   %6.1f s, %.1f s of CPU, %.2f GB in the target", time.Since(began).Seconds(), (cpuTime(t) - cpu).Seconds(), float64(treeSize(t, s.target))/1e9)
	drained := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(drained)
		for {
			select {
			case <-states:
			case <-stop:
				return
			}
		}
	}()
	cpu, began = cpuTime(t), time.Now()
	<-time.After(10 * time.Second)
	t.Logf("at rest      %6.2f %% of a core", 100*(cpuTime(t)-cpu).Seconds()/time.Since(began).Seconds())
	cpu, began = cpuTime(t), time.Now()
	beside := write(2000)
	t.Logf("a small write %s alone, %s beside the copy; %.0f of them a second cost %.0f %% of a core", alone.Round(time.Microsecond), beside.Round(time.Microsecond),
		1/beside.Seconds(), 100*(cpuTime(t)-cpu).Seconds()/time.Since(began).Seconds())
	close(stop)
	<-drained
	go func() {
		for range states {
		}
	}()
	began = time.Now()
	c.Stop()
	t.Logf("stop         %6.1f s", time.Since(began).Seconds())
	t.Logf("left beside the database %.2f GB, log of SQLite %.2f GB", float64(treeSize(t, filepath.Join(s.src.Data, ".continuous")))/1e9, float64(fileSize(t, file+"-wal"))/1e9)
	began = time.Now()
	got, err := backup.RestoreAt(t.Context(), s.open(), time.Now(), backup.Restoration{Data: t.TempDir(), Verify: true})
	if err != nil || len(got.Manifest.Missing) > 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
	t.Logf("rehearsal    %6.1f s", time.Since(began).Seconds())
}

// growRows adds annotations, half of which compresses away, as of texts.
func (s *site) growRows(bytes float64) {
	s.t.Helper()
	var key [32]byte
	random := rand.NewChaCha8(key)
	raw := make([]byte, 100_000)
	for n := 0; float64(n) < bytes; {
		s.write(func(ctx context.Context, tx *store.Tx) error {
			for range 100 {
				_, _ = random.Read(raw) // it never fails
				body := `{"clones":[],"note":"` + hex.EncodeToString(raw) + `"}`
				n += len(body)
				if _, err := tx.NewRaw("INSERT INTO annotations (set_id, version, author_id, note, body, created_at) VALUES (1, ?, 1, '', ?, ?)", 1000+n, body, tx.Now).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// cpuTime is what this process has used.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func fileSize(t *testing.T, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		return 0 // it is not there
	}
	return info.Size()
}

func treeSize(t *testing.T, dir string) (n int64) {
	t.Helper()
	for _, f := range must(filepath.Glob(filepath.Join(dir, "*")))(t) {
		if info := must(os.Stat(f))(t); info.IsDir() {
			n += treeSize(t, f)
		} else {
			n += info.Size()
		}
	}
	return n
}
