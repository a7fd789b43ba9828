// Package store keeps the nouns of internal/lab in a database, SQLite or
// PostgreSQL, chosen by URL. One file per noun; each method is one small query
// on a transaction that was handed in, so that use cases compose them.
//
// It knows no rights: internal/service asks internal/access first and passes
// the groups through which a person may see. It decides nothing, logs nothing
// and never commits half of a use case.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"vidjil.org/vidjil/internal/lab"
)

// Config says where the database is.
type Config struct {
	// URL is "sqlite:PATH" or "postgres://…".
	URL string
	// Readers is the number of connections that read at the same time;
	// 0 is 8.
	Readers int
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log receives what goes on at start; nil is nothing.
	Log *slog.Logger
	// Slow is the time from which a statement is logged, with its text and without
	// its values; 0 is never.
	Slow time.Duration
	// Watcher is told of each statement; nil is nobody.
	Watcher Watcher
	// BeforeMigrate is called before the schema of a database that holds something
	// is changed; an error leaves it as it is. nil is nothing.
	BeforeMigrate func(ctx context.Context, s *Store, v Schema) error
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	dialect string  // "sqlite" or "postgres"
	writer  *bun.DB // one connection on SQLite, which has one writer anyway
	reader  *bun.DB
	now     func() time.Time
	signals *signals
}

// Dialects.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Open connects, and brings the schema up to date behind a lock. A schema that
// is newer than this program is refused.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Readers == 0 {
		c.Readers = 8
	}
	s, err := connect(c)
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx, c.BeforeMigrate); err != nil {
		_ = s.Close() // the first error is the one to read
		return nil, err
	}
	return s, nil
}

func connect(c Config) (*Store, error) {
	switch scheme, rest, _ := strings.Cut(c.URL, ":"); scheme {
	case SQLite:
		return connectSQLite(c, rest)
	case "postgres", "postgresql":
		return connectPostgres(c)
	default:
		return nil, lab.Errorf(lab.Usage, "database URL: want sqlite:PATH or postgres://…, not %q", scheme)
	}
}

// connectSQLite opens one connection that writes and several that read: SQLite
// has one writer, and a writer that waits in Go waits in turn.
func connectSQLite(c Config, path string) (*Store, error) {
	// "immediate" takes the write lock at the start of a transaction: one that
	// first reads and then writes would otherwise fail when another wrote in
	// between. The formats keep times readable by the driver.
	const common = "_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_time_format=sqlite&_timezone=UTC"
	if err := refuseNetworkFS(filepath.Dir(path)); err != nil {
		return nil, err
	}
	// SQLite gives its other files the mode of this one: they hold patients.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, lab.Errorf(lab.Unwritable, "open database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	escaped := (&url.URL{Path: path}).EscapedPath()
	w, err := sql.Open("sqlite", "file:"+escaped+"?_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_txlock=immediate&"+common)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	w.SetMaxOpenConns(1)
	r, err := sql.Open("sqlite", "file:"+escaped+"?_pragma=query_only(1)&"+common)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	r.SetMaxOpenConns(c.Readers)
	r.SetMaxIdleConns(c.Readers)
	return &Store{
		dialect: SQLite, now: c.Now, signals: newSignals(nil),
		writer: c.watched(bun.NewDB(w, sqlitedialect.New(), bun.WithDiscardUnknownColumns())),
		reader: c.watched(bun.NewDB(r, sqlitedialect.New(), bun.WithDiscardUnknownColumns())),
	}, nil
}

func connectPostgres(c Config) (*Store, error) {
	cfg, err := parsePostgres(c.URL)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(c.Readers + 8)
	db.SetMaxIdleConns(c.Readers)
	b := c.watched(bun.NewDB(db, pgdialect.New(), bun.WithDiscardUnknownColumns()))
	return &Store{dialect: Postgres, now: c.Now, writer: b, reader: b, signals: newSignals(cfg)}, nil
}

// Dialect is "sqlite" or "postgres".
func (s *Store) Dialect() string { return s.dialect }

// Close closes all connections.
func (s *Store) Close() error {
	err := s.reader.Close()
	if s.writer != s.reader {
		if err2 := s.writer.Close(); err == nil {
			err = err2
		}
	}
	return err
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.reader.NewRaw("SELECT 1").Scan(ctx, &one)
}
