package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/blob/blobtest"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// The variables by which the test binary is another program: one that makes or
// restores a backup and tells each blob, so that it can be killed at any of them.
const (
	killWhat   = "VIDJIL_TEST_KILL"
	killData   = "VIDJIL_TEST_KILL_DATA"
	killURL    = "VIDJIL_TEST_KILL_URL"
	killTarget = "VIDJIL_TEST_KILL_TARGET"
	killTo     = "VIDJIL_TEST_KILL_TO"
	killToURL  = "VIDJIL_TEST_KILL_TO_URL"
)

func TestMain(m *testing.M) {
	if os.Getenv(killWhat) == "" {
		os.Exit(m.Run())
	}
	if err := victim(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// told is a store of blobs that stops at each one until it may go on.
type told struct{ blob.Store }

func (s told) Open(ctx context.Context, d blob.Digest) (blob.Reader, error) {
	step("blob")
	return s.Store.Open(ctx, d)
}

// step tells the parent, and waits for its word, or to be killed.
func step(what string) {
	fmt.Fprintln(os.Stdout, what)
	if _, err := os.Stdin.Read(make([]byte, 1)); err != nil {
		panic("the parent is gone")
	}
}

func victim(ctx context.Context) error {
	if os.Getenv(killWhat) == "continuous" {
		return followed(ctx)
	}
	target, err := backup.Open(ctx, os.Getenv(killTarget), "", true)
	if err != nil {
		return err
	}
	if os.Getenv(killWhat) == "restore" {
		_, err := backup.Restore(ctx, target, backup.Restoration{
			Data: os.Getenv(killTo), Database: os.Getenv(killToURL), Progress: func(p backup.Progress) { step(p.Stage) },
		})
		return err
	}
	st, err := store.OpenAsIs(store.Config{URL: os.Getenv(killURL)})
	if err != nil {
		return err
	}
	blobs, err := blob.OpenDir(filepath.Join(os.Getenv(killData), "blobs"))
	if err != nil {
		return err
	}
	_, err = backup.Run(ctx, backup.Source{Store: st, Database: os.Getenv(killURL), Blobs: told{blobs}, Data: os.Getenv(killData)}, target,
		backup.Options{Progress: func(p backup.Progress) { step(p.Stage) }})
	return err
}

// killed starts a victim, lets it take some steps and kills it; done tells that
// it had ended before.
func killed(t *testing.T, steps int, env ...string) (done bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	var said bytes.Buffer
	cmd.Stderr = &said
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	for range steps {
		for one[0] = 0; one[0] != '\n'; {
			if _, err := io.ReadFull(out, one); err != nil {
				if err := cmd.Wait(); err != nil {
					t.Fatalf("%v: %s", err, said.String())
				}
				return true
			}
		}
		if _, err := in.Write(one); err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()         // "signal: killed"
	return false
}

// TestKill kills a backup, and then a restoration, at each of their steps in
// turn: there is no half backup and no half directory, and each goes on where the
// last one was killed.
func TestKill(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := newSite(t, url)
		env := []string{killWhat + "=backup", killData + "=" + s.src.Data, killURL + "=" + url, killTarget + "=" + s.target}
		n := 0
		for steps := 1; !killed(t, steps, env...); steps++ {
			n++
			list, err := s.open().Manifests(t.Context())
			if err != nil || len(list) > 0 {
				// A kill after the last word may find it complete.
				if err != nil || len(list) != 1 || steps < 3 {
					t.Fatalf("killed at step %d: got %d backups, %v", steps, len(list), err)
				}
			}
			if _, err := backup.Restore(t.Context(), s.open(), backup.Restoration{Verify: true, Data: t.TempDir()}); lab.CodeOf(err) != lab.NotFound && len(list) == 0 {
				t.Fatalf("killed at step %d: restoring gives %v", steps, err)
			}
		}
		if n < 4 {
			t.Errorf("the backup was killed %d times", n)
		}
		if list, err := filepath.Glob(filepath.Join(s.src.Data, ".backup-*")); err != nil || len(list) == 0 {
			t.Errorf("left by those that were killed: %v, %v", list, err)
		}
		s.killRestore()
	})
}

func (s *site) killRestore() {
	t := s.t
	to, n := filepath.Join(t.TempDir(), "again"), 0
	env := []string{killWhat + "=restore", killTarget + "=" + s.target, killTo + "=" + to}
	url := "sqlite:" + filepath.Join(to, "vidjil.db")
	for steps := 1; ; steps++ {
		step := env
		if s.src.Store.Dialect() == store.Postgres {
			// One that was killed may have filled its database: the next wants another.
			url = storetest.Postgres(t)
			step = append(step, killToURL+"="+url)
		}
		if killed(t, steps, step...) {
			break
		}
		n++
		if _, err := os.Stat(to); err == nil {
			break // complete between the last word and the kill
		}
	}
	if n < 3 {
		t.Errorf("the restoration was killed %d times", n)
	}
	s.sameRows(url, true)
	s.sameBytes(filepath.Join(to, "blobs"), true)
	if list, err := filepath.Glob(to + ".*"); err != nil || len(list) > 0 {
		t.Errorf("beside the restored directory: %v, %v", list, err)
	}
}

// TestLock: one writes to a target at a time; the lock of a killed one counts no
// more.
func TestLock(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	target := s.open()
	inside, leave, ended := make(chan bool), make(chan bool), make(chan error, 1)
	go func() {
		first := true
		_, err := backup.Run(context.WithoutCancel(t.Context()), s.src, target, backup.Options{Progress: func(backup.Progress) {
			if first {
				first = false
				inside <- true
				<-leave
			}
		}})
		ended <- err
	}()
	<-inside
	_, err := backup.Run(t.Context(), s.src, s.open(), backup.Options{})
	if lab.CodeOf(err) != lab.Conflict || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second backup at the same time: got %v", err)
	}
	if _, err := backup.Prune(t.Context(), s.open(), backup.Keep{Last: 1}, false, nil); lab.CodeOf(err) != lab.Conflict {
		t.Errorf("a pruning at the same time: got %v", err)
	}
	close(leave)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if list := names(t, filepath.Join(s.target, "locks")); len(list) > 0 {
		t.Errorf("locks that stayed: %v", list)
	}
	s.backup(backup.Options{})
}

// TestStopped: a backup whose context ends is none, and the next goes on.
func TestStopped(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	for i := range 40 {
		info, err := s.blobs.Put(t.Context(), bytes.NewReader(blobtest.Data(uint64(100+i), 1000)), "")
		if err != nil {
			t.Fatal(err)
		}
		s.write(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.KeepBlob(ctx, string(info.Digest), info.Size); err != nil {
				return err
			}
			_, err := tx.NewRaw("INSERT INTO result_files (result_id, name, digest, size, media_type) VALUES (1, ?, ?, 1000, 'x')", fmt.Sprint(i), string(info.Digest)).Exec(ctx)
			return err
		})
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the server stops")
	src := s.src
	src.Blobs = stopper{s.blobs, func() { cancel(why) }}
	if _, err := backup.Run(ctx, src, s.open(), backup.Options{}); !errors.Is(err, why) {
		t.Errorf("got %v, want why it was stopped", err)
	}
	if list, err := s.open().Manifests(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("got %d backups, %v", len(list), err)
	}
	if list := names(t, filepath.Join(s.target, "locks")); len(list) > 0 {
		t.Errorf("locks that stayed: %v", list)
	}
	if m := s.backup(backup.Options{}); m.Blobs != 45 {
		t.Errorf("got %+v", m)
	}
}

// stopper calls f at the first blob.
type stopper struct {
	blob.Store
	f func()
}

func (s stopper) Open(ctx context.Context, d blob.Digest) (blob.Reader, error) {
	s.f()
	return s.Store.Open(ctx, d)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
