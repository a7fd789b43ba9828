package doctor_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"database/sql"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/blob/blobtest"
	"vidjil.org/vidjil/internal/doctor"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// ward is a healthy server, in which a fault can be planted.
type ward struct {
	t     *testing.T
	url   string
	c     doctor.Config
	blobs *blob.Dir
	digs  []string // of its five blobs: reads, reads, result, its table, prepared reads
}

// now is a minute after everything in the test data happened.
func now() time.Time { return time.Date(2026, 1, 2, 3, 6, 0, 0, time.UTC) }

func newWard(t *testing.T, url string) *ward {
	t.Helper()
	w := &ward{t: t, url: url}
	data := filepath.Join(t.TempDir(), "data")
	for _, dir := range []string{data, filepath.Join(data, "uploads"), filepath.Join(data, "tls")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	st, err := store.Open(t.Context(), store.Config{URL: url, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	if w.blobs, err = blob.OpenDir(filepath.Join(data, "blobs")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.blobs.Close() })
	w.file("secret.key", []byte("vidjil-key-1 AAAA\n"), data)
	w.c = doctor.Config{
		Store: st, Blobs: w.blobs, Data: data, Version: "1.0", Now: now,
		Free:    func(string) (int64, int64, error) { return 100 << 30, 200 << 30, nil },
		Skew:    func(context.Context) (time.Duration, error) { return 100 * time.Millisecond, nil },
		Sources: map[string]string{"sequencer": t.TempDir()},
		Mail:    func(context.Context) error { return nil }, Directory: func(context.Context) error { return nil },
	}
	w.certificate(365 * 24 * time.Hour)
	w.fill()
	return w
}

func (w *ward) file(name string, data []byte, dir string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// fill puts the store's test data in, and heals what is wrong with them.
func (w *ward) fill() {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "store", "testdata", "fill.sql"))
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for i := 1; i <= 5; i++ {
		info, err := w.blobs.Put(w.t.Context(), bytes.NewReader(blobtest.Data(uint64(i), 100*i)), "")
		if err != nil {
			w.t.Fatal(err)
		}
		w.digs = append(w.digs, string(info.Digest))
		names = append(names, strings.Repeat(fmt.Sprint(i), 64), string(info.Digest))
	}
	w.exec(strings.NewReplacer(names...).Replace(string(text)) + `;
DELETE FROM jobs WHERE id = 3;
INSERT INTO fused (id, set_id, config_id, inputs_key, inputs, digest, size, fresh, created_at) SELECT 2, 2, 1, 'k', inputs, digest, size, TRUE, created_at FROM fused WHERE id = 1;
UPDATE uploads SET state = 'finished';
UPDATE credentials SET totp_on = TRUE, totp_secret = NULL`)
	if w.c.Store.Dialect() == store.Postgres {
		w.exec("SELECT setval(pg_get_serial_sequence('jobs', 'id'), 100)")
	}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		tx.Audit(lab.Entry{UserID: 1, Action: "set.create", Object: "set", ObjectID: 1})
		tx.Audit(lab.Entry{UserID: 1, Action: "set.create", Object: "set", ObjectID: 2})
		if err := tx.PutBackupStatus(ctx, &lab.BackupStatus{Target: "/backup", LastID: "x", LastSuccess: now().Add(-30 * time.Minute), LastTry: now().Add(-30 * time.Minute)}); err != nil {
			return err
		}
		return tx.Relist(ctx, []int64{1, 2, 3})
	})
}

func (w *ward) write(f func(ctx context.Context, tx *store.Tx) error) {
	w.t.Helper()
	if err := w.c.Store.Write(w.t.Context(), func(tx *store.Tx) error { return f(w.t.Context(), tx) }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) exec(script string) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		for q := range strings.SplitSeq(script, ";\n") {
			if strings.TrimSpace(q) == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
		return nil
	})
}

// past runs a statement past all constraints, as somebody with a database shell
// does.
func (w *ward) past(query string) {
	w.t.Helper()
	driver, url, off := "sqlite", "file:"+strings.TrimPrefix(w.url, "sqlite:"), "PRAGMA foreign_keys = OFF"
	if w.c.Store.Dialect() == store.Postgres {
		driver, url, off = "pgx", w.url, "SET session_replication_role = replica"
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, q := range []string{off, query} {
		if _, err := db.ExecContext(w.t.Context(), q); err != nil {
			w.t.Fatalf("%s: %v", q, err)
		}
	}
}

// certificate writes one that is good for a time.
func (w *ward) certificate(left time.Duration) {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now().Add(-time.Hour), NotAfter: now().Add(left)}
	der, err1 := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	keyDER, err2 := x509.MarshalPKCS8PrivateKey(key)
	if err := errors.Join(err1, err2); err != nil {
		w.t.Fatal(err)
	}
	dir := filepath.Join(w.c.Data, "tls")
	w.file("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), dir)
	w.file("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), dir)
}

// age makes a blob old.
func (w *ward) age(digest string) {
	w.t.Helper()
	old := now().AddDate(-1, 0, 0)
	if err := os.Chtimes(w.blobs.Path(blob.Digest(digest)), old, old); err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) examine() *doctor.Report {
	w.t.Helper()
	r, err := doctor.Run(w.t.Context(), w.c)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func codes(r *doctor.Report) []string {
	list := []string{}
	for i := range r.Findings {
		list = append(list, r.Findings[i].Code)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// fault is one that is planted.
type fault struct {
	name  string
	plant func(w *ward)
	want  []string // codes
	ids   []string // of the first finding, where they are known
	fixed bool     // --fix puts it right
	only  string   // dialect
}

func faults() []fault {
	sql := func(script string) func(*ward) { return func(w *ward) { w.exec(script) } }
	config := func(f func(c *doctor.Config)) func(*ward) { return func(w *ward) { f(&w.c) } }
	return slices.Concat([]fault{
		{name: "a row refers to nothing", plant: func(w *ward) { w.past("DELETE FROM samples WHERE id = 2") }, want: []string{"database.damaged"}},
		{name: "a constraint was added without a look", plant: sql("ALTER TABLE tags ADD CONSTRAINT named CHECK (name <> '') NOT VALID"), want: []string{"database.damaged"}, only: store.Postgres},
		{name: "pending migrations", plant: sql("DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)"), want: []string{"schema.pending"}},
		{name: "a newer schema", plant: sql("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)"), want: []string{"schema.newer"}},
		{name: "an entry of the audit was changed", plant: sql("UPDATE audit SET user_id = 2 WHERE id = 1"), want: []string{"audit.broken"}, ids: []string{"1"}},
		{name: "the end of the audit was cut", plant: sql("DELETE FROM audit WHERE id = 2"), want: []string{"audit.broken"}, ids: []string{"2"}},
		{name: "a worker died", plant: sql(`INSERT INTO jobs (id, kind, state, lane, attempt, max_attempts, run_at, worker, lease, beat_at, created_at, started_at, changed_at)
			VALUES (7, 'collect', 'running', 'short', 1, 3, '2026-01-02 02:00:00+00:00', 'gone', 'l', '2026-01-02 02:30:00+00:00', '2026-01-02 02:00:00+00:00', '2026-01-02 02:00:00+00:00', '2026-01-02 02:00:00+00:00')`), want: []string{"job.stuck"}, ids: []string{"7"}, fixed: true},
		{name: "a job waits for one that is done", plant: sql(`INSERT INTO jobs (id, kind, state, lane, max_attempts, run_at, after, created_at, changed_at)
			VALUES (7, 'analyze', 'waiting', 'short', 3, '2026-01-02 03:05:00+00:00', 1, '2026-01-02 03:05:00+00:00', '2026-01-02 03:05:00+00:00')`), want: []string{"job.waits_for_nothing"}, ids: []string{"7"}},
		{name: "nobody works", plant: sql("UPDATE jobs SET run_at = '2026-01-01 00:00:00+00:00' WHERE id = 2"), want: []string{"job.no_worker"}},
		{name: "a sample in no set", plant: sql("DELETE FROM sample_sets WHERE sample_id = 2"), want: []string{"sample.no_set"}, ids: []string{"2"}},
		{name: "a set that its group cannot see", plant: sql("DELETE FROM set_access WHERE set_id = 1 AND group_id = 2"), want: []string{"set.no_access"}, ids: []string{"1"}},
		{name: "a set that no page shows", plant: sql("DELETE FROM set_listing WHERE set_id = 2"), want: []string{"set.unlisted"}, ids: []string{"2"}, fixed: true},
		{name: "a result is gone", plant: sql("DELETE FROM fused;\nDELETE FROM result_files;\nDELETE FROM results;\nUPDATE jobs SET ended_at = '2026-01-02 03:06:30+00:00' WHERE id = 1"), want: []string{"result.missing"}, ids: []string{"1"}},
		{name: "a fused result is marked stale, and nobody makes it", plant: sql("DELETE FROM jobs WHERE id = 2;\nUPDATE fused SET fresh = FALSE WHERE set_id = 1"), want: []string{"fused.stale"}, ids: []string{"1"}, fixed: true},
		{name: "a fused result is of other results", plant: sql("DELETE FROM jobs WHERE id = 2;\nUPDATE fused SET inputs = '[]'"), want: []string{"fused.stale"}, fixed: true},
		{name: "a fused result is not there", plant: sql("DELETE FROM jobs WHERE id = 2;\nDELETE FROM fused WHERE set_id = 1"), want: []string{"fused.missing"}, ids: []string{"1"}, fixed: true},
		{name: "an upload that nobody gave up", plant: sql("UPDATE uploads SET state = 'receiving', changed_at = '2025-12-01 00:00:00+00:00'"), want: []string{"upload.old"}, ids: []string{"up1"}, fixed: true},
		{name: "a worker of another version", plant: sql(`UPDATE results SET provenance = '{"engine":"1.0"}';
INSERT INTO jobs (id, kind, state, lane, sample_id, attempt, max_attempts, run_at, worker, result_id, created_at, started_at, ended_at, changed_at)
	VALUES (7, 'analyze', 'done', 'short', 1, 1, 3, '2026-01-02 03:05:00+00:00', 'old', 7, '2026-01-02 03:05:00+00:00', '2026-01-02 03:05:00+00:00', '2026-01-02 03:05:00+00:00', '2026-01-02 03:05:00+00:00');
INSERT INTO results SELECT 7, sample_id, generation, config_id, config_revision_id, 7, digest, size, reads_digest, reads, recombined, clonotypes, summary, '{"engine":"0.9"}', '2026-01-02 03:05:30+00:00', '2026-01-02 03:05:31+00:00' FROM results WHERE id = 1`), want: []string{"worker.version"}, ids: []string{"old (0.9)"}},
		{name: "no administrator", plant: sql("UPDATE users SET admin = FALSE"), want: []string{"admin.none"}},
		{name: "an administrator with a password alone", plant: sql("UPDATE credentials SET totp_on = FALSE"), want: []string{"admin.no_second_factor"}, ids: []string{"1"}},
		{name: "the key file is gone", plant: func(w *ward) {
			w.write(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.NewRaw("UPDATE credentials SET totp_secret = ?", []byte("sealed")).Exec(ctx)
				return errors.Join(err, os.Remove(filepath.Join(w.c.Data, "secret.key")))
			})
		}, want: []string{"key.missing"}},
		{name: "people come without TLS", plant: sql("UPDATE settings SET value = 'http://vidjil.example.org:8080' WHERE name = 'public_url'"), want: []string{"address.plain"}},
		{name: "listening without TLS", plant: config(func(c *doctor.Config) { c.Address, c.Plain = "0.0.0.0:80", true }), want: []string{"address.plain"}, only: store.SQLite},
		{name: "a full disk", plant: config(func(c *doctor.Config) { c.Free = func(string) (int64, int64, error) { return 4 << 30, 200 << 30, nil } }), want: []string{"disk.low"}, only: store.SQLite},
		{name: "a folder is not mounted", plant: config(func(c *doctor.Config) { c.Sources["gone"] = filepath.Join(c.Data, "none") }), want: []string{"source.gone"}, ids: []string{"gone"}, only: store.SQLite},
		{name: "no mail server", plant: config(func(c *doctor.Config) { c.Mail = func(context.Context) error { return errors.New("refused") } }), want: []string{"mail.unreachable"}, only: store.SQLite},
		{name: "no directory", plant: config(func(c *doctor.Config) { c.Directory = func(context.Context) error { return errors.New("refused") } }), want: []string{"directory.unreachable"}, only: store.SQLite},
		{name: "clocks differ", plant: config(func(c *doctor.Config) {
			c.Skew = func(context.Context) (time.Duration, error) { return -3 * time.Second, nil }
		}), want: []string{"clock.skew"}, only: store.SQLite},
		{name: "the clock went back", plant: config(func(c *doctor.Config) { c.Now = func() time.Time { return now().Add(-5 * time.Minute) } }), want: []string{"clock.back"}, only: store.SQLite},
	}, onSQLite(blobFaults()), onSQLite(backupFaults()), onSQLite(continuousFaults()), onSQLite(fileFaults()))
}

// onSQLite spares faults that have nothing to do with the kind of database the
// second run.
func onSQLite(list []fault) []fault {
	for i := range list {
		list[i].only = store.SQLite
	}
	return list
}

func blobFaults() []fault {
	path := func(w *ward, i int) string { return w.blobs.Path(blob.Digest(w.digs[i])) }
	must := func(w *ward, err error) {
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return []fault{
		{name: "reads are lost", plant: func(w *ward) { must(w, os.Remove(path(w, 0))) }, want: []string{"blob.missing_reads"}},
		{name: "a result is lost", plant: func(w *ward) { must(w, os.Remove(path(w, 3))) }, want: []string{"blob.missing"}},
		{name: "a file was cut", plant: func(w *ward) { must(w, os.Truncate(path(w, 3), 10)) }, want: []string{"blob.damaged"}},
		{name: "a bit fell over", plant: func(w *ward) {
			data := blobtest.Data(4, 400)
			data[7] ^= 1
			must(w, os.WriteFile(path(w, 3), data, 0o600))
			w.c.Deep = true
		}, want: []string{"blob.changed"}},
		{name: "bytes without a row", plant: func(w *ward) {
			info, err := w.blobs.Put(w.t.Context(), strings.NewReader("stray"), "")
			must(w, err)
			w.age(string(info.Digest))
		}, want: []string{"blob.orphan"}, fixed: true},
		{name: "bytes that nothing refers to", plant: func(w *ward) {
			w.exec("DELETE FROM prepared;\nDELETE FROM bundles;\nUPDATE blobs SET orphaned_at = '2025-12-01 00:00:00+00:00' WHERE size = 500")
			w.age(w.digs[4])
		}, want: []string{"blob.orphan"}, fixed: true},
	}
}

func backupFaults() []fault {
	status := func(f func(b *lab.BackupStatus)) func(*ward) {
		return func(w *ward) {
			w.write(func(ctx context.Context, tx *store.Tx) error {
				b, err := tx.BackupStatus(ctx)
				if err != nil {
					return err
				}
				f(&b)
				return tx.PutBackupStatus(ctx, &b)
			})
		}
	}
	return []fault{
		{name: "no backup", plant: status(func(b *lab.BackupStatus) { *b = lab.BackupStatus{} }), want: []string{"backup.none"}},
		{name: "an old backup", plant: status(func(b *lab.BackupStatus) { b.LastSuccess = now().Add(-5 * time.Hour) }), want: []string{"backup.old"}},
		{name: "a backup came to nothing", plant: status(func(b *lab.BackupStatus) { b.Error = "the disk is full" }), want: []string{"backup.failed"}},
		{name: "a backup without some files", plant: status(func(b *lab.BackupStatus) { b.Missing = 2 }), want: []string{"backup.incomplete"}},
	}
}

func fileFaults() []fault {
	chmod := func(name string, mode os.FileMode) func(*ward) {
		return func(w *ward) {
			if err := os.Chmod(filepath.Join(w.c.Data, name), mode); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	return []fault{
		{name: "others may look into the data directory", plant: chmod("", 0o755), want: []string{"permissions.open"}, fixed: true},
		{name: "others may read the bytes", plant: chmod("blobs", 0o755), want: []string{"permissions.open"}, fixed: true},
		{name: "others may read the key", plant: chmod("secret.key", 0o644), want: []string{"permissions.open"}, fixed: true},
		{name: "others may read settings with a password", plant: func(w *ward) {
			w.file("vidjil.toml", []byte("[mail]\n"), w.c.Data)
			chmod("vidjil.toml", 0o644)(w)
			w.c.SecretFiles = []string{filepath.Join(w.c.Data, "vidjil.toml")}
		}, want: []string{"permissions.open"}, fixed: true},
		{name: "an expired certificate", plant: func(w *ward) { w.certificate(-time.Minute) }, want: []string{"certificate.expired"}},
		{name: "a certificate that expires soon", plant: func(w *ward) { w.certificate(48 * time.Hour) }, want: []string{"certificate.expires"}},
		{name: "a broken certificate", plant: func(w *ward) { w.file("cert.pem", []byte("none"), filepath.Join(w.c.Data, "tls")) }, want: []string{"certificate.broken"}},
	}
}

// TestFaults plants each fault in a healthy server: it is found, nothing else is,
// and what can be put right is.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			run := func(t *testing.T, url string) {
				w := newWard(t, url)
				f.plant(w)
				found(t, w, f)
			}
			switch f.only {
			case store.SQLite:
				run(t, storetest.SQLite(t))
			case store.Postgres:
				run(t, storetest.Postgres(t))
			default:
				storetest.Each(t, run)
			}
		})
	}
}

func found(t *testing.T, w *ward, f fault) {
	t.Helper()
	r := w.examine()
	if diff := cmp.Diff(f.want, codes(r)); diff != "" {
		t.Fatalf("want -, got +\n%s\n%+v", diff, r.Findings)
	}
	first := r.Findings[0]
	if f.ids != nil {
		if diff := cmp.Diff(f.ids, first.IDs); diff != "" {
			t.Errorf("ids: want -, got +\n%s", diff)
		}
	}
	if first.Msg == "" || first.Do == "" || r.Clean() || first.Fixed != "" || first.Fixable != f.fixed {
		t.Errorf("got %+v", first)
	}
	w.c.Fix = true
	if r = w.examine(); r.Clean() != f.fixed {
		t.Errorf("after --fix: clean is %t: %+v", r.Clean(), r.Findings)
	}
	w.c.Fix = false
	if r = w.examine(); r.Clean() != f.fixed {
		t.Errorf("looked at again: clean is %t: %+v", r.Clean(), r.Findings)
	}
}

// TestHealthy finds nothing, and says what it did not look at.
func TestHealthy(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		w := newWard(t, url)
		w.c.Deep = true
		r := w.examine()
		if len(r.Findings) > 0 || !r.Clean() || len(r.Skipped) > 0 {
			t.Errorf("got %+v", r)
		}
		w.c.Deep, w.c.Mail, w.c.Directory, w.c.Sources = false, nil, nil, nil
		r = w.examine()
		var skipped []string
		for _, s := range r.Skipped {
			skipped = append(skipped, s.Check)
		}
		if diff := cmp.Diff([]string{"digests", "mounted folders", "mail", "directory"}, skipped); diff != "" || !r.Clean() {
			t.Errorf("want -, got +\n%s\n%+v", diff, r.Findings)
		}
	})
}

// TestDamagedPages overwrites a part of an SQLite file.
func TestDamagedPages(t *testing.T) {
	t.Parallel()
	url := storetest.SQLite(t)
	w := newWard(t, url)
	if err := w.c.Store.Close(); err != nil {
		t.Fatal(err)
	}
	file := strings.TrimPrefix(url, "sqlite:")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(data, []byte("Quxberg"))
	if at < 0 {
		t.Fatal("the patient is not in the file")
	}
	const page = 4096
	copy(data[at/page*page:], bytes.Repeat([]byte{0xff}, page))
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if w.c.Store, err = store.OpenAsIs(store.Config{URL: url, Now: now}); err != nil {
		t.Fatal(err)
	}
	defer w.c.Store.Close()
	r := w.examine()
	if !slices.Contains(codes(r), "database.damaged") || r.Clean() {
		t.Errorf("got %+v", r.Findings)
	}
}
