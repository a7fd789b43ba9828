package backup_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/blob/blobtest"
	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/server"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// TestUpgrade starts a server on the data of the first released schema: the
// database is copied as it was, and migrated; a newer one is refused untouched.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(data, "vidjil.db")
	unpack(t, filepath.Join("..", "store", "testdata", "schema-00005.sqlite.gz"), file)
	// Nobody but the server migrates.
	_, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + file, BeforeMigrate: store.RefuseMigration})
	if v := schema(t, file); lab.CodeOf(err) != lab.Conflict || v.Have != 5 {
		t.Errorf("a command beside the server: got %v, schema %d", err, v.Have)
	}
	if err := serveOnce(t, data); err != nil {
		t.Fatal(err)
	}
	if v := schema(t, file); v.Have != v.Known {
		t.Errorf("the server left the schema %+v", v)
	}
	list, err := filepath.Glob(filepath.Join(data, "backups", "before-*.db"))
	if err != nil || len(list) != 1 {
		t.Fatalf("copies before the migration: %v, %v", list, err)
	}
	if v := schema(t, list[0]); v.Have != 5 {
		t.Errorf("the copy has schema %d, want 5", v.Have)
	}
	if err := serveOnce(t, data); err != nil {
		t.Fatal(err)
	}
	st := must(store.Open(t.Context(), store.Config{URL: "sqlite:" + file}))(t)
	err = st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)")
		return err
	})
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	if err := serveOnce(t, data); lab.CodeOf(err) != lab.Conflict || !strings.Contains(err.Error(), "newer vidjil") {
		t.Errorf("a newer schema: got %v", err)
	}
}

// TestRestoreOld restores a backup of an older schema: its database is put into a
// backup of today, as an older program would have written it.
func TestRestoreOld(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	m := s.backup(backup.Options{})
	file := filepath.Join(t.TempDir(), "old.db")
	unpack(t, filepath.Join("..", "store", "testdata", "schema-00005.sqlite.gz"), file)
	text := must(os.ReadFile(file))(t)
	m.Schema, m.Database.Size, m.Database.Digest = 5, int64(len(text)), blobtest.DigestOf(text)
	m.Database.Object = string(m.Database.Digest)
	m.Audit, m.Counts = backup.AuditEnd{}, map[string]int64{"sets": 3}
	for i := 1; i <= 5; i++ {
		m.Missing = append(m.Missing, strings.Repeat(strconv.Itoa(i), 64))
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err1 := z.Write(text)
	part := filepath.Join(s.target, "parts", m.Database.Object[:2], m.Database.Object)
	err := errors.Join(err1, z.Close(), os.MkdirAll(filepath.Dir(part), 0o700), os.WriteFile(part, packed.Bytes(), 0o600),
		os.WriteFile(filepath.Join(s.target, "manifests", m.ID+".json"), must(json.Marshal(m))(t), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "again")
	got, err := backup.Restore(t.Context(), s.open(), backup.Restoration{Data: data})
	if err != nil || !got.Loaded || got.Counts["sets"] != 3 {
		t.Errorf("got %+v, %v", got, err)
	}
	if v := schema(t, filepath.Join(data, "vidjil.db")); v.Have != v.Known {
		t.Errorf("the restored database has the schema %+v", v)
	}
}

// serveOnce starts a server and stops it when it is up.
func serveOnce(t *testing.T, data string) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	return server.Run(ctx, server.Config{
		Settings: config.Config{Data: data, HTTP: config.HTTP{Addr: "127.0.0.1:0"}, Workers: config.Workers{Count: -1}},
		Say: func(format string, _ ...any) {
			if strings.HasPrefix(format, "vidjil is at") {
				cancel()
			}
		},
	})
}

func schema(t *testing.T, file string) store.Schema {
	t.Helper()
	s := must(store.OpenAsIs(store.Config{URL: "sqlite:" + file}))(t)
	defer s.Close()
	return must(s.Schema(t.Context()))(t)
}

func unpack(t *testing.T, from, to string) {
	t.Helper()
	f := must(os.Open(from))(t)
	defer f.Close()
	z := must(gzip.NewReader(f))(t)
	text := must(io.ReadAll(z))(t)
	if err := os.WriteFile(to, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
