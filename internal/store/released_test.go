package store_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// dump makes testdata/schema-NNNNN.* of each schema since the first released one
// that has none, when the present one is released: "go test ./internal/store -run
// TestReleased -dump". What is there is never made anew.
var dump = flag.Bool("dump", false, "write the dumps that are missing")

// firstReleased is the schema of the first release.
const firstReleased = 5

// TestReleased opens a database of each released schema with this program: it is
// migrated, nothing is lost, and what must hold together does.
func TestReleased(t *testing.T) {
	t.Parallel()
	if *dump {
		for _, v := range released(t) {
			for _, dialect := range []string{store.SQLite, store.Postgres} {
				if _, err := os.Stat(dumpName(v, dialect)); errors.Is(err, os.ErrNotExist) {
					writeDump(t, v, dialect)
				}
			}
		}
	}
	for _, tt := range []struct{ dialect, pattern string }{{store.SQLite, "*.sqlite.gz"}, {store.Postgres, "*.postgres.sql.gz"}} {
		files, err := filepath.Glob(filepath.Join("testdata", "schema-"+tt.pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no dumps for %s: %v", tt.dialect, err)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				openReleased(t, tt.dialect, file)
			})
		}
	}
}

// openReleased loads a dump and opens it.
func openReleased(t *testing.T, dialect, file string) {
	t.Helper()
	data := unzip(t, file)
	var u string
	if dialect == store.SQLite {
		u = storetest.SQLite(t)
		if err := os.WriteFile(strings.TrimPrefix(u, "sqlite:"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	} else {
		u = storetest.Postgres(t)
		loadSQL(t, u, string(data))
	}
	old, err := store.OpenAsIs(store.Config{URL: u})
	if err != nil {
		t.Fatal(err)
	}
	before := rowCounts(t, old)
	had, err := old.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := regexp.MustCompile(`\d+`).FindString(filepath.Base(file)); fmt.Sprintf("%05d", had.Have) != want {
		t.Fatalf("the dump has schema %d, want %s", had.Have, want)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	var told []store.Schema
	s, err := store.Open(t.Context(), store.Config{URL: u, BeforeMigrate: func(_ context.Context, _ *store.Store, v store.Schema) error {
		told = append(told, v)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if had.Pending() != (len(told) == 1) {
		t.Errorf("called before the migration: %v, of a schema %+v", told, had)
	}
	if v, err := s.Schema(t.Context()); err != nil || v.Have != v.Known {
		t.Errorf("after opening: got %+v, %v", v, err)
	}
	after := rowCounts(t, s)
	maps.DeleteFunc(after, func(table string, _ int64) bool { _, was := before[table]; return !was })
	delete(before, "goose_db_version")
	delete(after, "goose_db_version")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("rows before -, after +:\n%s", diff)
	}
	checkOpened(t, s)
}

// checkOpened asks an opened database what the server would ask.
func checkOpened(t *testing.T, s *store.Store) {
	t.Helper()
	faults, err := s.Integrity(t.Context())
	if err != nil || len(faults) > 0 {
		t.Errorf("integrity: %v, %v", faults, err)
	}
	err = s.Read(t.Context(), func(tx *store.Tx) error {
		ctx := t.Context()
		if _, broken, err := tx.VerifyAudit(ctx, store.AuditHead{}); err != nil || broken != nil {
			t.Errorf("audit: %+v, %v", broken, err)
		}
		u, err1 := tx.UserByEmail(ctx, "ada@example.org")
		set, err2 := tx.SetByID(ctx, 1)
		j, err3 := tx.JobByID(ctx, 1)
		r, err4 := tx.FuseInputs(ctx, 1, 1)
		if !u.Admin || set.LastName.Stored() != "Quxberg" || j.State != lab.JobDone || len(r) != 1 {
			t.Errorf("got %+v, %v, %+v, %+v", u, set, j, r)
		}
		return errors.Join(err1, err2, err3, err4)
	})
	if err != nil {
		t.Error(err)
	}
}

// tables lists the ordinary tables of a database.
func tables(t *testing.T, s *store.Store) (names []string) {
	t.Helper()
	query := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'set_word%'"
	if s.Dialect() == store.Postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	}
	err := s.Read(t.Context(), func(tx *store.Tx) error { return tx.NewRaw(query).Scan(t.Context(), &names) })
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func rowCounts(t *testing.T, s *store.Store) map[string]int64 {
	t.Helper()
	counts := map[string]int64{}
	for _, name := range tables(t, s) {
		var n int64
		err := s.Read(t.Context(), func(tx *store.Tx) error {
			return tx.NewRaw("SELECT count(*) FROM "+name).Scan(t.Context(), &n)
		})
		if err != nil {
			t.Fatal(err)
		}
		counts[name] = n
	}
	return counts
}

// fill puts a little of each noun into an empty store.
func fill(t *testing.T, s *store.Store) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "fill.sql"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, s, func(ctx context.Context, tx *store.Tx) error {
		for q := range strings.SplitSeq(string(text), ";\n") {
			if strings.TrimSpace(q) == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
		tx.Audit(lab.Entry{UserID: 1, Action: "set.create", Object: "set", ObjectID: 1, SetID: 1, After: `{"kind":"patient"}`})
		tx.Audit(lab.Entry{UserID: 2, Action: "result.read", Object: "result", ObjectID: 1, SetID: 1})
		return tx.Relist(ctx, []int64{1, 2, 3})
	})
}

// TestFillIsWhole: a table that a new migration brings must be in fill.sql, or
// the dump of its release would show nothing of it.
func TestFillIsWhole(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		fill(t, s)
		var empty []string
		for name, n := range rowCounts(t, s) {
			if n == 0 {
				empty = append(empty, name)
			}
		}
		slices.Sort(empty)
		if len(empty) > 0 {
			t.Errorf("testdata/fill.sql puts nothing into %v", empty)
		}
		checkOpened(t, s)
	})
}

// released lists the schemas of which there may be databases.
func released(t *testing.T) []int64 {
	t.Helper()
	list, err := store.Versions()
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(v int64) bool { return v < firstReleased })
}

// TestEachSchemaIsKept: there is a dump of each schema of which laboratories may
// have a database. That of the newest is made when it is released.
func TestEachSchemaIsKept(t *testing.T) {
	t.Parallel()
	list := released(t)
	for _, v := range list[:len(list)-1] {
		for _, dialect := range []string{store.SQLite, store.Postgres} {
			if _, err := os.Stat(dumpName(v, dialect)); err != nil {
				t.Errorf("%v: go test ./internal/store -run TestReleased -dump", err)
			}
		}
	}
}

func dumpName(version int64, dialect string) string {
	end := map[string]string{store.SQLite: "sqlite", store.Postgres: "postgres.sql"}[dialect]
	return fmt.Sprintf("testdata/schema-%05d.%s.gz", version, end)
}

// fillOld puts into a store of an older schema what fill puts into the newest:
// what it has no place for is left out.
func fillOld(t *testing.T, s *store.Store) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "fill.sql"))
	if err != nil {
		t.Fatal(err)
	}
	later := regexp.MustCompile(`no such table|has no column|does not exist`)
	for q := range strings.SplitSeq(string(text), ";\n") {
		if strings.TrimSpace(q) == "" {
			continue
		}
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), q)
			return err
		})
		if err != nil && !later.MatchString(err.Error()) {
			t.Fatalf("%s: %v", q, err)
		}
	}
	write(t, s, func(ctx context.Context, tx *store.Tx) error {
		tx.Audit(lab.Entry{UserID: 1, Action: "set.create", Object: "set", ObjectID: 1, SetID: 1, After: `{"kind":"patient"}`})
		tx.Audit(lab.Entry{UserID: 2, Action: "result.read", Object: "result", ObjectID: 1, SetID: 1})
		return tx.Relist(ctx, []int64{1, 2, 3})
	})
}

func writeDump(t *testing.T, version int64, dialect string) {
	t.Helper()
	u := storetest.SQLite(t)
	if dialect == store.Postgres {
		u = storetest.Postgres(t)
	}
	s, err := store.OpenAt(t.Context(), store.Config{URL: u, Now: time.Now, Readers: 2}, version)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fillOld(t, s)
	var data []byte
	if dialect == store.SQLite {
		path := filepath.Join(t.TempDir(), "copy.db")
		if err := s.Snapshot(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		data, err = os.ReadFile(path)
	} else {
		data, err = exec.CommandContext(t.Context(), "pg_dump", "--no-owner", "--no-privileges", "--inserts", "--dbname="+u).Output()
	}
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is a valid one
	_, err = z.Write(data)
	if err := errors.Join(err, z.Close(), os.WriteFile(dumpName(version, dialect), out.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func unzip(t *testing.T, file string) []byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// loadSQL runs a plain dump of pg_dump, without its words for psql.
func loadSQL(t *testing.T, u, text string) {
	t.Helper()
	lines := strings.Split(text, "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, `\`) })
	if _, err := url.Parse(u); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.PgConn().Exec(t.Context(), strings.Join(lines, "\n")).ReadAll()
	if err := errors.Join(err, conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
}
