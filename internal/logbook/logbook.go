// Package logbook keeps the last lines of the server's log in memory, so that an
// administrator can read them on a page, without a shell and without the files
// of the machine. It writes nothing itself: it stands in front of the handler
// that does.
//
// What may stand in a log is decided where it is written: ids, never names,
// sequences or tokens.
package logbook

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// Line is a line of the log.
type Line struct {
	Number int64 // from 1, since the server was started
	At     time.Time
	Level  slog.Level
	Msg    string
	Attrs  []Attr // in the order written; of groups with their names before: "group.key"
}

// Attr is a value of a line.
type Attr struct{ Key, Value string }

// Book keeps lines. It is safe for concurrent use.
type Book struct {
	level slog.Level
	mu    sync.Mutex
	ring  []Line
	n     int64 // lines so far
}

// DefaultSize is the number of lines that a book keeps: an hour of a busy server,
// some megabytes.
const DefaultSize = 5000

// maxValue bounds a value, in bytes: a stack is longer than a page wants.
const maxValue = 2000

// New makes a book of some lines (0 is [DefaultSize]) of a level or above.
func New(size int, level slog.Level) *Book {
	if size <= 0 {
		size = DefaultSize
	}
	return &Book{level: level, ring: make([]Line, 0, size)}
}

// Handler returns a handler that notes each line in the book and hands it to
// next.
func (b *Book) Handler(next slog.Handler) slog.Handler { return &handler{book: b, next: next} }

// Query chooses lines.
type Query struct {
	Level slog.Level // and above
	Text  string     // a part of the message, or of a value; case is ignored
	After int64      // lines after this number, for who follows; 0 is all
	Limit int        // the last ones; 0 is all
}

// Lines returns the lines that a query chooses, the oldest first.
func (b *Book) Lines(q Query) []Line {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Line
	text := strings.ToLower(q.Text)
	first := max(b.n-int64(len(b.ring)), q.After)
	for n := b.n; n > first && (q.Limit == 0 || len(out) < q.Limit); n-- {
		if l := &b.ring[(n-1)%int64(cap(b.ring))]; l.Level >= q.Level && l.holds(text) {
			out = append(out, *l)
		}
	}
	slices.Reverse(out)
	return out
}

func (l *Line) holds(text string) bool {
	return text == "" || strings.Contains(strings.ToLower(l.Msg), text) ||
		slices.ContainsFunc(l.Attrs, func(a Attr) bool { return strings.Contains(strings.ToLower(a.Value), text) })
}

func (b *Book) add(l Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n++
	l.Number = b.n
	if len(b.ring) < cap(b.ring) {
		b.ring = append(b.ring, l)
		return
	}
	b.ring[(b.n-1)%int64(cap(b.ring))] = l
}

type handler struct {
	book   *Book
	next   slog.Handler
	prefix string
	attrs  []Attr
}

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.book.level || h.next.Enabled(ctx, level)
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= h.book.level {
		l := Line{At: r.Time, Level: r.Level, Msg: r.Message, Attrs: slices.Clone(h.attrs)}
		r.Attrs(func(a slog.Attr) bool {
			l.Attrs = appendAttr(l.Attrs, h.prefix, a)
			return true
		})
		h.book.add(l)
	}
	if !h.next.Enabled(ctx, r.Level) {
		return nil
	}
	return h.next.Handle(ctx, r)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := *h
	out.next, out.attrs = h.next.WithAttrs(attrs), slices.Clone(h.attrs)
	for _, a := range attrs {
		out.attrs = appendAttr(out.attrs, h.prefix, a)
	}
	return &out
}

func (h *handler) WithGroup(name string) slog.Handler {
	out := *h
	out.next = h.next.WithGroup(name)
	if name != "" {
		out.prefix += name + "."
	}
	return &out
}

// appendAttr adds an attribute, those of a group one by one.
func appendAttr(list []Attr, prefix string, a slog.Attr) []Attr {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, inner := range v.Group() {
			list = appendAttr(list, prefix, inner)
		}
		return list
	}
	if a.Equal(slog.Attr{}) {
		return list
	}
	text := v.String()
	if len(text) > maxValue {
		text = strings.ToValidUTF8(text[:maxValue], "") + "…"
	}
	return append(list, Attr{prefix + a.Key, text})
}
