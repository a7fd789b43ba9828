package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"vidjil.org/vidjil/internal/lab"
)

// Tx is a transaction. All queries are its methods. It belongs to one
// goroutine.
type Tx struct {
	bun.Tx
	dialect string
	// Now is the time of the transaction, the same for all its rows.
	Now     time.Time
	entries []lab.Entry // audit, written before the commit
	after   []func()
	signals map[string]bool
}

// Write runs a use case in one transaction: when f fails, nothing happened.
// What f noted with [Tx.Audit] is written with it; what it noted with
// [Tx.AfterCommit] and [Tx.Signal] follows the commit. f must use tx only, never the Store:
// SQLite's only writing connection is the one that tx holds.
func (s *Store) Write(ctx context.Context, f func(tx *Tx) error) error {
	var after []func()
	var topics map[string]bool
	err := s.run(ctx, s.writer, &sql.TxOptions{}, func(tx *Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		after, topics = tx.after, tx.signals
		if err := tx.flushAudit(ctx); err != nil {
			return err
		}
		return tx.flushSignals(ctx, s.signals.origin)
	})
	if err != nil {
		return err
	}
	for topic := range topics {
		s.signals.tell(topic)
	}
	for _, g := range after {
		g()
	}
	return nil
}

// Read runs queries on one consistent view of the database.
func (s *Store) Read(ctx context.Context, f func(tx *Tx) error) error {
	return s.run(ctx, s.reader, &sql.TxOptions{ReadOnly: true}, f)
}

func (s *Store) run(ctx context.Context, db *bun.DB, opt *sql.TxOptions, f func(tx *Tx) error) error {
	if s.dialect == Postgres {
		opt.Isolation = sql.LevelReadCommitted
		if opt.ReadOnly {
			opt.Isolation = sql.LevelRepeatableRead
		}
	}
	b, err := db.BeginTx(ctx, opt)
	if err != nil {
		return translate(fmt.Errorf("begin transaction: %w", err))
	}
	// Microseconds are what PostgreSQL keeps: both engines give back what was
	// written.
	tx := &Tx{Tx: b, dialect: s.dialect, Now: s.now().UTC().Truncate(time.Microsecond)}
	defer b.Rollback() //nolint:errcheck // after Commit it does nothing, before it the error of f counts
	if err := f(tx); err != nil {
		return translate(err)
	}
	return translate(b.Commit())
}

// AfterCommit runs f once the transaction is committed, and not otherwise.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// all scans the rows of a query.
func all[T any](ctx context.Context, tx *Tx, query string, args ...any) ([]T, error) {
	var rows []T
	if err := tx.NewRaw(query, args...).Scan(ctx, &rows); err != nil {
		return nil, err
	}
	return rows, nil
}

// one scans the only row of a query; sql.ErrNoRows becomes a NotFound error
// that names what was looked for.
func one[T any](ctx context.Context, tx *Tx, what, query string, args ...any) (T, error) {
	rows, err := all[T](ctx, tx, query, args...)
	if err == nil && len(rows) == 0 {
		err = lab.Errorf(lab.NotFound, "%s: there is none", what)
	}
	if err != nil {
		var none T
		return none, err
	}
	return rows[0], nil
}

// value scans one value, its zero when there is no row.
func value[T any](ctx context.Context, tx *Tx, query string, args ...any) (T, error) {
	var list []T
	if err := tx.NewRaw(query, args...).Scan(ctx, &list); err != nil || len(list) == 0 {
		var zero T
		return zero, err
	}
	return list[0], nil
}

// exec runs a statement and returns the number of rows that it touched.
func (tx *Tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := tx.NewRaw(query, args...).Exec(ctx)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// in is a list for "IN (?)"; an empty one matches no id.
func in(ids []int64) any {
	if len(ids) == 0 {
		return bun.List([]int64{-1})
	}
	return bun.List(ids)
}

// none is NULL for a zero value: of an id, text or time that is not there.
func none[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// locked ends a query that locks the rows it returns until the transaction
// ends. On SQLite a writing transaction is alone anyway.
func (tx *Tx) locked(query string) string { return tx.only(Postgres, query, " FOR UPDATE") }

// lockedFree is locked, without the rows that somebody else has locked.
func (tx *Tx) lockedFree(query string) string {
	return tx.only(Postgres, query, " FOR UPDATE SKIP LOCKED")
}

func (tx *Tx) only(dialect, query, suffix string) string {
	if tx.dialect != dialect {
		return query
	}
	return query + suffix
}

// noTime is NULL for the zero time.
func noTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}
