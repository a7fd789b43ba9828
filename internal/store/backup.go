package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"vidjil.org/vidjil/internal/lab"
)

// OpenAsIs connects to a database that is there and leaves its schema alone: a
// snapshot, or one that is to be looked at before anything is changed.
func OpenAsIs(c Config) (*Store, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Readers == 0 {
		c.Readers = 8
	}
	if path, ok := strings.CutPrefix(c.URL, SQLite+":"); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, lab.Errorf(lab.NotFound, "there is no database %s", path)
		}
	}
	return connect(c)
}

// Schema is which migrations a database has had, and which this program knows.
type Schema struct {
	Have  int64 // 0 for an empty database
	Known int64 // the newest of this program
}

// Newer tells whether the database was made by a newer program.
func (v Schema) Newer() bool { return v.Have > v.Known }

// Pending tells whether the next start migrates the database.
func (v Schema) Pending() bool { return v.Have < v.Known }

// schemaTable is where goose notes what was applied.
const schemaTable = "goose_db_version"

// Schema tells the version of the schema.
func (s *Store) Schema(ctx context.Context) (v Schema, err error) {
	if _, v.Known, err = load(s.dialect); err != nil {
		return v, err
	}
	err = s.Read(ctx, func(tx *Tx) error {
		there, err := tx.hasTable(ctx, schemaTable)
		if err != nil || !there {
			return err
		}
		v.Have, err = value[int64](ctx, tx, "SELECT coalesce(max(version_id), 0) FROM "+schemaTable+" WHERE is_applied")
		return err
	})
	return v, err
}

func (tx *Tx) hasTable(ctx context.Context, name string) (bool, error) {
	query := "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?"
	if tx.dialect == Postgres {
		query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = ?"
	}
	n, err := value[int64](ctx, tx, query, name)
	return n > 0, err
}

// Empty tells whether a database has no table at all.
func (s *Store) Empty(ctx context.Context) (empty bool, err error) {
	query := "SELECT count(*) FROM sqlite_schema"
	if s.dialect == Postgres {
		query = "SELECT count(*) FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
	}
	err = s.Read(ctx, func(tx *Tx) error {
		n, err := value[int64](ctx, tx, query)
		empty = n == 0
		return err
	})
	return empty, err
}

// Snapshot writes a copy of an SQLite database to a new file, as it is at one
// moment, while others go on reading and writing: VACUUM INTO reads one snapshot
// of the write-ahead log. What was deleted is not in the copy, not even in free
// pages. (A backup of the engine's own in steps begins anew at each write of
// others, and never ends on a busy server.)
func (s *Store) Snapshot(ctx context.Context, path string) error {
	if s.dialect != SQLite {
		return lab.Errorf(lab.Usage, "only SQLite is copied as a file")
	}
	var from string
	err := s.Read(ctx, func(tx *Tx) (err error) {
		from, err = value[string](ctx, tx, "SELECT file FROM pragma_database_list WHERE name = 'main'")
		return err
	})
	if err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	// Not the reading connections, which refuse the statement, nor the writing
	// one, which it would hold up.
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: from}).EscapedPath()+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", path)
	if err = errors.Join(err, db.Close()); err != nil {
		return translate(fmt.Errorf("copy database: %w", err))
	}
	return nil
}

// ExportSnapshot calls f with a view of a PostgreSQL database and the name by
// which pg_dump sees the same one, as long as f runs.
func (s *Store) ExportSnapshot(ctx context.Context, f func(tx *Tx, name string) error) error {
	return s.Read(ctx, func(tx *Tx) error {
		name, err := value[string](ctx, tx, "SELECT pg_export_snapshot()")
		if err != nil {
			return fmt.Errorf("export snapshot: %w", err)
		}
		return f(tx, name)
	})
}

// UsedBlob is a blob that a row refers to.
type UsedBlob struct {
	Digest string
	Size   int64
	Reads  bool // nothing but reads, or an archive of them: results can be looked at without it
}

// readsOnly is the condition that nothing but reads refers to the digest of d.
const readsOnly = `NOT (EXISTS (SELECT 1 FROM results r WHERE r.digest = d.digest)
	OR EXISTS (SELECT 1 FROM result_files r WHERE r.digest = d.digest)
	OR EXISTS (SELECT 1 FROM fused r WHERE r.digest = d.digest)
	OR EXISTS (SELECT 1 FROM files r WHERE r.digest = d.digest AND r.role = 'result'))`

// UsedBlobs lists the blobs that something refers to, by digest, those after
// one.
func (tx *Tx) UsedBlobs(ctx context.Context, after string, limit int) ([]UsedBlob, error) {
	return all[UsedBlob](ctx, tx, "SELECT d.digest, d.size, "+readsOnly+" AS reads FROM (SELECT b.digest, b.size FROM blobs b WHERE b.digest > ? AND "+referred+") d ORDER BY d.digest LIMIT ?", after, limit)
}

// DropReads forgets the bytes of reads and of archives, of a store to which they
// did not come along, and brings the lists of sets up to date. digests are those
// that did not come; nil is all. It tells how many files lost their bytes.
func (tx *Tx) DropReads(ctx context.Context, reason string, digests []string) (int64, error) {
	var n int64
	drop := func(only string, args ...any) error {
		lost, err := tx.exec(ctx, "UPDATE files AS d SET state = 'removed', digest = NULL, reason = ? WHERE d.digest IS NOT NULL AND d.role <> 'result' AND "+readsOnly+only, append([]any{reason}, args...)...)
		n += lost
		if err != nil {
			return fmt.Errorf("forget reads: %w", err)
		}
		if _, err := tx.exec(ctx, "DELETE FROM prepared AS d WHERE "+readsOnly+only, args...); err != nil {
			return fmt.Errorf("forget reads: %w", err)
		}
		// Archives of people's data are made anew by whoever wants theirs.
		if _, err := tx.exec(ctx, "DELETE FROM bundles AS d WHERE d.digest IS NOT NULL AND "+readsOnly+only, args...); err != nil {
			return fmt.Errorf("forget reads: %w", err)
		}
		return nil
	}
	if digests == nil {
		if err := drop(""); err != nil {
			return n, err
		}
	}
	for some := range slices.Chunk(digests, 500) {
		if err := drop(" AND d.digest IN (?)", bun.List(some)); err != nil {
			return n, err
		}
	}
	sets, err := all[int64](ctx, tx, "SELECT id FROM sets ORDER BY id")
	if err != nil {
		return 0, fmt.Errorf("forget reads: %w", err)
	}
	return n, tx.Relist(ctx, sets)
}

// ForgetOrphans removes the rows of all blobs that nothing refers to, of a store
// to which only the others were brought.
func (tx *Tx) ForgetOrphans(ctx context.Context) (int64, error) {
	return tx.exec(ctx, "DELETE FROM blobs AS b WHERE NOT "+referred)
}

// EndSessions ends all sessions and voids all one-time links: of a store that
// was restored they may have been ended before.
func (tx *Tx) EndSessions(ctx context.Context) error {
	for _, table := range []string{"sessions", "links"} {
		if _, err := tx.exec(ctx, "DELETE FROM "+table); err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
	}
	return nil
}

// countedTables are those whose rows people count, by the word that they use.
func countedTables() map[string]string {
	return map[string]string{
		"people": "users", "groups": "groups", "sets": "sets", "samples": "samples", "files": "files", "configs": "configs",
		"results": "results", "fused": "fused", "annotations": "annotations", "jobs": "jobs", "audit": "audit",
	}
}

// Counts tells how many there are of each noun.
func (tx *Tx) Counts(ctx context.Context) (map[string]int64, error) {
	counts := map[string]int64{}
	for word, table := range countedTables() {
		n, err := value[int64](ctx, tx, "SELECT count(*) FROM "+table)
		if err != nil {
			return nil, fmt.Errorf("count %s: %w", word, err)
		}
		counts[word] = n
	}
	return counts, nil
}

// settingBackup keeps how the last backups went.
const settingBackup = "backup_status"

// BackupStatus is how the last backups went; its zero value is that there was
// none.
func (tx *Tx) BackupStatus(ctx context.Context) (b lab.BackupStatus, err error) {
	text, err := tx.Setting(ctx, settingBackup)
	if err != nil || text == "" {
		return b, err
	}
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return b, fmt.Errorf("read status of backups: %w", err)
	}
	return b, nil
}

// PutBackupStatus notes how a backup went.
func (tx *Tx) PutBackupStatus(ctx context.Context, b *lab.BackupStatus) error {
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("write status of backups: %w", err)
	}
	return tx.PutSetting(ctx, settingBackup, string(text))
}

// RefuseMigration is a [Config.BeforeMigrate] for all who work beside a server:
// the server itself backs up and migrates, and nobody else does it under its
// feet.
func RefuseMigration(_ context.Context, _ *Store, v Schema) error {
	return lab.Errorf(lab.Conflict, "the database has schema %d, and this program wants %d: start the server with this program first, which backs the database up and migrates it", v.Have, v.Known)
}
