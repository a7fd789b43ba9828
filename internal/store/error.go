package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"vidjil.org/vidjil/internal/lab"
)

// translate gives the errors of both drivers, by their codes, a code of lab.
// What it does not know stays as it is: an internal error, whose text is for
// the log.
func translate(err error) error {
	if err == nil || lab.CodeOf(err) != lab.Internal {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, sql.ErrNoRows) {
		return &lab.Error{Code: lab.NotFound, Msg: "there is no such object", Err: err}
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return translateCode(err, e.Code)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return translateCode(err, sqliteClass(e.Code()))
	}
	if errors.Is(err, fs.ErrPermission) {
		return &lab.Error{Code: lab.Unwritable, Msg: "the database cannot be written", Err: err}
	}
	return err
}

// The classes of errors that people can do something about, as PostgreSQL
// numbers them (SQLSTATE).
const (
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
	checkViolation      = "23514"
	notNullViolation    = "23502"
	diskFull            = "53100"
	serialization       = "40001"
	deadlock            = "40P01"
	lockTimeout         = "55P03"
)

// sqliteClass maps an extended result code of SQLite to the SQLSTATE of the
// same trouble.
func sqliteClass(code int) string {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return uniqueViolation
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return foreignKeyViolation
	case sqlite3.SQLITE_CONSTRAINT_CHECK:
		return checkViolation
	case sqlite3.SQLITE_CONSTRAINT_NOTNULL:
		return notNullViolation
	case sqlite3.SQLITE_FULL:
		return diskFull
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_SNAPSHOT, sqlite3.SQLITE_LOCKED:
		return lockTimeout
	default:
		return ""
	}
}

func translateCode(err error, class string) error {
	switch class {
	case uniqueViolation:
		return &lab.Error{Code: lab.Conflict, Msg: "there is one of that name or key already", Err: err}
	case foreignKeyViolation:
		return &lab.Error{Code: lab.Conflict, Msg: "something that it refers to is not there, or something still refers to it", Err: err}
	case diskFull:
		return &lab.Error{Code: lab.NoSpace, Msg: "the database's disk is full", Err: err}
	case serialization, deadlock, lockTimeout:
		return &lab.Error{Code: lab.Unavailable, Msg: "the database is busy; try again", Err: err}
	default:
		// A check or NOT NULL that fails is a fault of ours: validation comes
		// before the database.
		return err
	}
}
