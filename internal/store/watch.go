package store

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"vidjil.org/vidjil/internal/trace"
)

// Watcher is told of each statement: its first word, of a closed set, how long
// the database took, and whether it failed. It is called by many goroutines.
type Watcher interface {
	Queried(verb string, took time.Duration, failed bool)
}

// watch tells of statements. Their text is looked at only when somebody wants
// it, and then without the values in it: these are patients'.
type watch struct {
	watcher Watcher // nil: nobody
	slow    time.Duration
	log     *slog.Logger
}

// watched puts the hook on a database, if somebody wants to know.
func (c *Config) watched(db *bun.DB) *bun.DB {
	log := c.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return db.WithQueryHook(&watch{watcher: c.Watcher, slow: c.Slow, log: log})
}

type spanKey struct{}

// BeforeQuery implements [bun.QueryHook].
func (w *watch) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	if e.IQuery == nil {
		return ctx // begin and commit say nothing of what is asked
	}
	if _, span := trace.Start(ctx, "sql"); span != nil {
		e.Stash = map[any]any{spanKey{}: span}
	}
	return ctx
}

// AfterQuery implements [bun.QueryHook].
func (w *watch) AfterQuery(ctx context.Context, e *bun.QueryEvent) {
	took, verb := time.Since(e.StartTime), verbOf(e.Query)
	failed := e.Err != nil && !errors.Is(e.Err, sql.ErrNoRows) && !errors.Is(e.Err, sql.ErrTxDone)
	if w.watcher != nil {
		w.watcher.Queried(verb, took, failed)
	}
	if span, ok := e.Stash[spanKey{}].(*trace.Span); ok {
		span.Rename("sql " + verb)
		err := e.Err
		if !failed {
			err = nil
		}
		span.End(err, slog.String("db.query.text", template(e)), slog.Int64("db.response.returned_rows", rows(e)))
	}
	if w.slow > 0 && took >= w.slow {
		w.log.LogAttrs(ctx, slog.LevelWarn, "slow query", slog.Duration("took", took), slog.Int64("rows", rows(e)),
			slog.Bool("failed", failed), slog.String("query", template(e)))
	}
}

// rows is how many rows a statement returned or changed.
func rows(e *bun.QueryEvent) int64 {
	if e.Result == nil || e.Err != nil {
		return 0
	}
	n, err := e.Result.RowsAffected()
	if err != nil {
		return 0 // the driver does not say
	}
	return n
}

// maxTemplate bounds the text of a statement, in bytes.
const maxTemplate = 1500

// template is the text of a statement with its placeholders. Statements of the
// library that have none hold no values either.
func template(e *bun.QueryEvent) string {
	text := verbOf(e.Query)
	if e.IQuery != nil {
		b, err := e.IQuery.AppendQuery(schema.NewNopQueryGen(), nil)
		if err != nil {
			return text
		}
		text = strings.Join(strings.Fields(string(b)), " ")
	}
	if len(text) > maxTemplate {
		text = text[:maxTemplate]
		for !utf8.ValidString(text) {
			text = text[:len(text)-1]
		}
		text += " …"
	}
	return text
}

// verbOf is the first word of a statement, in lower case, if it is one that is
// counted.
func verbOf(query string) string {
	word, _, _ := strings.Cut(strings.TrimLeft(query, " \t\n("), " ")
	if i := strings.IndexAny(word, "\t\n"); i >= 0 {
		word = word[:i]
	}
	for _, verb := range Verbs() {
		if strings.EqualFold(word, verb) {
			return verb
		}
	}
	return "other"
}

// Verbs are the words that statements are counted by.
func Verbs() []string {
	return []string{"select", "insert", "update", "delete", "with", "begin", "commit", "rollback", "other"}
}
