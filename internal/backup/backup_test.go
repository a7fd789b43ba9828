package backup_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/blob/blobtest"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// site is a server's store and bytes, with a little of each noun, and a place for
// backups.
type site struct {
	t      *testing.T
	src    backup.Source
	blobs  *blob.Dir
	target string
	used   map[string][]byte // by digest: what rows refer to
}

// newSite fills an empty database.
func newSite(t *testing.T, url string) *site {
	t.Helper()
	s := &site{t: t, target: filepath.Join(t.TempDir(), "target"), used: map[string][]byte{}}
	s.src = backup.Source{Database: url, Data: t.TempDir(), Version: "1.0-test", Config: map[string]string{"workers.count": "2"}}
	var err error
	if s.src.Store, err = store.Open(t.Context(), store.Config{URL: url}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.src.Store.Close() })
	if s.blobs, err = blob.OpenDir(filepath.Join(s.src.Data, "blobs")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.blobs.Close() })
	s.src.Blobs = s.blobs
	if err := os.WriteFile(filepath.Join(s.src.Data, "secret.key"), []byte("vidjil-key-1 AAAA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.fill()
	return s
}

// fill puts the rows of the store's own test data in, and the bytes to which they
// refer, under their true digests.
func (s *site) fill() {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "store", "testdata", "fill.sql"))
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for i := 1; i <= 5; i++ {
		data := blobtest.Data(uint64(i), 100*i)
		info, err := s.blobs.Put(s.t.Context(), bytes.NewReader(data), "")
		if err != nil {
			s.t.Fatal(err)
		}
		s.used[string(info.Digest)] = data
		names = append(names, strings.Repeat(fmt.Sprint(i), 64), string(info.Digest))
	}
	script := strings.NewReplacer(names...).Replace(string(text))
	s.write(func(ctx context.Context, tx *store.Tx) error {
		for q := range strings.SplitSeq(script, ";\n") {
			if strings.TrimSpace(q) == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
		tx.Audit(lab.Entry{UserID: 1, Action: "set.create", Object: "set", ObjectID: 1})
		return tx.Relist(ctx, []int64{1, 2, 3})
	})
}

func (s *site) write(f func(ctx context.Context, tx *store.Tx) error) {
	s.t.Helper()
	if err := s.src.Store.Write(s.t.Context(), func(tx *store.Tx) error { return f(s.t.Context(), tx) }); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) open() *backup.Target {
	s.t.Helper()
	t, err := backup.Open(s.t.Context(), s.target, s.t.TempDir(), true)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { t.Close() })
	return t
}

func (s *site) backup(o backup.Options) *backup.Manifest {
	s.t.Helper()
	m, err := backup.Run(s.t.Context(), s.src, s.open(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// restore brings the newest backup back beside the site; database is "" for
// SQLite.
func (s *site) restore(o backup.Restoration) (*backup.Restored, string) {
	s.t.Helper()
	o.Data = filepath.Join(s.t.TempDir(), "again")
	if s.src.Store.Dialect() == store.Postgres && o.Database == "" {
		o.Database = storetest.Postgres(s.t)
	}
	got, err := backup.Restore(s.t.Context(), s.open(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	if o.Database == "" {
		o.Database = "sqlite:" + filepath.Join(o.Data, "vidjil.db")
	}
	s.sameRows(o.Database, got.Manifest.Reads)
	s.sameBytes(filepath.Join(o.Data, "blobs"), got.Manifest.Reads)
	return got, o.Data
}

// sameRows compares the tables that people's data are in.
func (s *site) sameRows(url string, reads bool) {
	s.t.Helper()
	again, err := store.Open(s.t.Context(), store.Config{URL: url})
	if err != nil {
		s.t.Fatal(err)
	}
	defer again.Close()
	tables := []string{"users", "groups", "sets", "samples", "results", "result_files", "fused", "annotations", "jobs", "set_listing"}
	if reads {
		tables = append(tables, "files", "blobs", "prepared")
	}
	for _, table := range tables {
		if diff := cmp.Diff(rows(s.t, s.src.Store, table), rows(s.t, again, table)); diff != "" && (reads || table != "set_listing") {
			s.t.Errorf("%s: before -, after +\n%s", table, diff)
		}
	}
}

// rows are the rows of a table as texts, sorted.
func rows(t *testing.T, s *store.Store, table string) (list []string) {
	t.Helper()
	err := s.Read(t.Context(), func(tx *store.Tx) error {
		r, err := tx.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			return err
		}
		defer r.Close()
		cols, err := r.Columns()
		if err != nil {
			return err
		}
		for r.Next() {
			values := make([]any, len(cols))
			for i := range values {
				values[i] = new(any)
			}
			if err := r.Scan(values...); err != nil {
				return err
			}
			var line strings.Builder
			for i, v := range values {
				value := *v.(*any)
				if at, ok := value.(time.Time); ok {
					value = at.UTC()
				}
				fmt.Fprintf(&line, "%s=%v ", cols[i], value)
			}
			list = append(list, line.String())
		}
		return r.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

// sameBytes wants the bytes to which rows refer, and nothing else.
func (s *site) sameBytes(dir string, reads bool) {
	s.t.Helper()
	d, err := blob.OpenDir(dir)
	if err != nil {
		s.t.Fatal(err)
	}
	defer d.Close()
	n := 0
	for info, err := range d.List(s.t.Context(), "") {
		if err != nil {
			s.t.Fatal(err)
		}
		n++
		got, err := os.ReadFile(d.Path(info.Digest))
		if err != nil || !bytes.Equal(got, s.used[string(info.Digest)]) {
			s.t.Errorf("blob %s: got %d bytes, %v", info.Digest, len(got), err)
		}
	}
	want := len(s.used)
	if !reads {
		want = 2 // the result, which is the fused one too, and its table
	}
	if n != want {
		s.t.Errorf("got %d blobs, want %d", n, want)
	}
}

// files lists what is in the target, by size.
func (s *site) files() map[string]int64 {
	s.t.Helper()
	list := map[string]int64{}
	err := filepath.WalkDir(s.target, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		rel, _ := filepath.Rel(s.target, path) // it lies below
		list[filepath.ToSlash(rel)] = info.Size()
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func passphrase(t *testing.T, text string) backup.Secret {
	t.Helper()
	s, err := backup.Passphrase(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := newSite(t, url)
		first := s.backup(backup.Options{})
		if first.Blobs != 5 || first.Added != 5 || len(first.Missing) != 0 || first.Key != nil || first.Counts["sets"] != 3 {
			t.Errorf("first backup: got %+v", first)
		}
		second := s.backup(backup.Options{})
		if second.Blobs != 5 || second.Added != 0 || second.ID == first.ID {
			t.Errorf("second backup: got %+v, want nothing new", second)
		}
		got, dir := s.restore(backup.Restoration{})
		if got.Manifest.ID != second.ID || !got.Loaded || got.Key || got.Blobs != 5 || got.Counts["sets"] != 3 || got.Counts["audit"] != 1 {
			t.Errorf("restored: got %+v", got)
		}
		volume := filepath.Join(t.TempDir(), "volume") // there and empty
		if err := os.MkdirAll(filepath.Join(volume, "lost+found"), 0o700); err != nil {
			t.Fatal(err)
		}
		o := backup.Restoration{Data: volume}
		if s.src.Store.Dialect() == store.Postgres {
			o.Database = storetest.Postgres(t)
		}
		if _, err := backup.Restore(t.Context(), s.open(), o); err != nil {
			t.Fatal(err)
		}
		s.sameBytes(filepath.Join(volume, "blobs"), true)
		if _, err := os.Stat(filepath.Join(volume, ".restoring")); err == nil {
			t.Error("the directory of the restoration is still there")
		}
		for _, name := range []string{"database.pgdump", "vidjil.db-wal", "secret.key"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				t.Errorf("%s is in the restored directory", name)
			}
		}
		if _, err := backup.Restore(t.Context(), s.open(), backup.Restoration{Data: dir, Database: "postgres://nobody@/x"}); err == nil {
			t.Error("a directory with files was restored into")
		}
	})
}

func TestRestoreWithoutReads(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := newSite(t, url)
		m := s.backup(backup.Options{NoReads: true})
		if m.Blobs != 2 || m.Reads {
			t.Errorf("got %+v, want the results alone", m)
		}
		got, _ := s.restore(backup.Restoration{})
		if got.Reads != 2 || got.Counts["files"] != 4 {
			t.Errorf("restored: got %+v, want two files without bytes", got)
		}
	})
}

func TestSealed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	private, public, err := backup.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]backup.Secret{}
	for name, text := range map[string]string{"private": private, "public": public} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if keys[name], err = backup.ReadKey(file); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name        string
		seal, open  backup.Secret
		wrong, none lab.Code
	}{
		{"passphrase", passphrase(t, "five words drawn by lot"), passphrase(t, "five words drawn by lot"), lab.Forbidden, lab.Usage},
		{"key", keys["public"], keys["private"], lab.Usage, lab.Usage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, storetest.SQLite(t))
			s.backup(backup.Options{Secret: tt.seal})
			if m := s.backup(backup.Options{Secret: tt.seal}); m.Added != 0 || m.Key == nil || !m.Encrypted {
				t.Errorf("second backup: got %+v, want nothing new, and the key file", m)
			}
			for name := range s.files() {
				for d, data := range s.used {
					text, _ := os.ReadFile(filepath.Join(s.target, name)) // listed just now
					if strings.Contains(name, d) || bytes.Contains(text, data[:32]) || bytes.Contains(text, []byte("Quxberg")) || bytes.Contains(text, []byte("SQLite")) {
						t.Errorf("%s tells what is in it", name)
					}
				}
			}
			for name, o := range map[string]struct {
				secret backup.Secret
				want   lab.Code
			}{
				"another passphrase": {passphrase(t, "five other words drawn"), tt.wrong}, "none": {backup.Secret{}, tt.none}, "the public key": {keys["public"], lab.Usage},
			} {
				_, err := backup.Restore(t.Context(), s.open(), backup.Restoration{Data: filepath.Join(t.TempDir(), "x"), Secret: o.secret})
				if got := lab.CodeOf(err); got != o.want {
					t.Errorf("restored by %s: got %q (%v), want %q", name, got, err, o.want)
				}
			}
			if _, err := backup.Run(t.Context(), s.src, s.open(), backup.Options{}); lab.CodeOf(err) != lab.Usage {
				t.Errorf("a backup in clear into an encrypted target: got %v", err)
			}
			got, dir := s.restore(backup.Restoration{Secret: tt.open})
			if key, err := os.ReadFile(filepath.Join(dir, "secret.key")); !got.Key || err != nil || string(key) != "vidjil-key-1 AAAA\n" {
				t.Errorf("key file: %v, %q, %v", got.Key, key, err)
			}
		})
	}
}

// TestDamage: whatever byte of whatever object changes or goes, the restoration
// says so and leaves no directory of that name.
func TestDamage(t *testing.T) {
	t.Parallel()
	for _, sealed := range []bool{false, true} {
		t.Run(fmt.Sprintf("sealed=%t", sealed), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, storetest.SQLite(t))
			var secret backup.Secret
			if sealed {
				secret = passphrase(t, "five words drawn by lot")
			}
			s.backup(backup.Options{Secret: secret})
			for name, size := range s.files() {
				if !strings.HasPrefix(name, "objects/") && !strings.HasPrefix(name, "parts/") {
					continue
				}
				path := filepath.Join(s.target, name)
				whole, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				for _, damage := range map[string]func() error{
					"flipped": func() error {
						data := bytes.Clone(whole)
						data[size*2/3] ^= 4
						return os.WriteFile(path, data, 0o600)
					},
					"cut":  func() error { return os.Truncate(path, size*2/3) },
					"gone": func() error { return os.Remove(path) },
				} {
					if err := damage(); err != nil {
						t.Fatal(err)
					}
					data := filepath.Join(t.TempDir(), "again")
					_, err := backup.Restore(t.Context(), s.open(), backup.Restoration{Data: data, Secret: secret})
					if lab.CodeOf(err) != lab.Invalid {
						t.Errorf("%s: got %v, want that the backup is damaged", name, err)
					}
					if _, err := os.Stat(data); err == nil {
						t.Errorf("%s: a damaged backup left %s", name, data)
					}
					if err := os.WriteFile(path, whole, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			s.restore(backup.Restoration{Secret: secret})
		})
	}
}

// TestMissing: bytes that the server has lost do not keep the rest from being
// backed up, and are named.
func TestMissing(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	var digests []string
	for d := range s.used {
		digests = append(digests, d)
	}
	slices.Sort(digests)
	lost, changed := digests[0], digests[1]
	if err := os.Remove(s.blobs.Path(blob.Digest(lost))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.blobs.Path(blob.Digest(changed)), make([]byte, len(s.used[changed])), 0o600); err != nil {
		t.Fatal(err)
	}
	m := s.backup(backup.Options{})
	if diff := cmp.Diff([]string{lost, changed}, m.Missing); diff != "" || m.Blobs != 3 {
		t.Errorf("want -, got +\n%s", diff)
	}
	delete(s.used, lost)
	delete(s.used, changed)
	s.restore(backup.Restoration{})
}

// TestRehearsal leaves nothing behind.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s, dir := newSite(t, url), t.TempDir()
		s.backup(backup.Options{})
		o := backup.Restoration{Data: dir, Verify: true}
		got, err := backup.Restore(t.Context(), s.open(), o)
		if err != nil || got.Blobs != 5 || got.Loaded != (s.src.Store.Dialect() == store.SQLite) {
			t.Errorf("got %+v, %v", got, err)
		}
		if s.src.Store.Dialect() == store.Postgres {
			o.Database = storetest.Postgres(t)
			if got, err := backup.Restore(t.Context(), s.open(), o); err != nil || !got.Loaded {
				t.Errorf("with a database: got %+v, %v", got, err)
			}
			if _, err := backup.Restore(t.Context(), s.open(), o); lab.CodeOf(err) != lab.Conflict {
				t.Errorf("into a database that is not empty: got %v", err)
			}
		}
		if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
			t.Errorf("the rehearsal left %v, %v", list, err)
		}
	})
}

func TestTargetOnS3(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	backend := s3mem.New()
	if err := backend.CreateBucket("backups"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	defer server.Close()
	s := newSite(t, storetest.SQLite(t))
	s.target = "s3://backups/vidjil?endpoint=" + server.URL
	secret := passphrase(t, "five words drawn by lot")
	if m := s.backup(backup.Options{Secret: secret}); m.Added != 5 {
		t.Errorf("first: got %+v", m)
	}
	if m := s.backup(backup.Options{Secret: secret}); m.Added != 0 {
		t.Errorf("second: got %+v", m)
	}
	s.restore(backup.Restoration{Secret: secret})
	p, err := backup.Prune(t.Context(), s.open(), backup.Keep{Last: 1}, false, nil)
	if err != nil || len(p.Removed) != 1 {
		t.Errorf("pruned: got %+v, %v", p, err)
	}
	s.restore(backup.Restoration{Secret: secret})
}

func TestNoTarget(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, err := backup.Open(t.Context(), dir, "", false)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	if _, err := backup.Restore(t.Context(), target, backup.Restoration{Verify: true}); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("an empty directory: got %v", err)
	}
	if _, err := backup.Open(t.Context(), filepath.Join(dir, "none"), "", false); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("no directory: got %v", err)
	}
}
