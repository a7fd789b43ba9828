package logbook_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/logbook"
)

// messages are those of lines, with their values.
func messages(list []logbook.Line) (out []string) {
	for _, l := range list {
		text := l.Msg
		for _, a := range l.Attrs {
			text += " " + a.Key + "=" + a.Value
		}
		out = append(out, text)
	}
	return out
}

func TestBook(t *testing.T) {
	t.Parallel()
	var written bytes.Buffer
	b := logbook.New(3, slog.LevelInfo)
	log := slog.New(b.Handler(slog.NewTextHandler(&written, &slog.HandlerOptions{Level: slog.LevelWarn})))
	log.Debug("too quiet")
	for i := range 4 {
		log.Info("line", "n", i)
	}
	log.With("job_id", 7).WithGroup("disk").With("name", "data").Warn("Full", slog.Group("free", "bytes", 12), slog.Attr{})
	want := []string{"line n=2", "line n=3", "Full job_id=7 disk.name=data disk.free.bytes=12"}
	if diff := cmp.Diff(want, messages(b.Lines(logbook.Query{}))); diff != "" {
		t.Errorf("the last lines (-want +got):\n%s", diff)
	}
	for name, c := range map[string]struct {
		q    logbook.Query
		want []string
	}{
		"level":  {logbook.Query{Level: slog.LevelWarn}, want[2:]},
		"text":   {logbook.Query{Text: "DATA"}, want[2:]},
		"limit":  {logbook.Query{Limit: 2}, want[1:]},
		"after":  {logbook.Query{After: 4}, want[2:]},
		"beyond": {logbook.Query{After: 5}, nil},
	} {
		if diff := cmp.Diff(c.want, messages(b.Lines(c.q))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := written.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "disk.free.bytes=12") {
		t.Errorf("handed on: got %q, want the warning alone", got)
	}
}

func TestBookLongValue(t *testing.T) {
	t.Parallel()
	b := logbook.New(0, slog.LevelInfo)
	slog.New(b.Handler(slog.DiscardHandler)).Error("failed", "stack", strings.Repeat("é", 5000))
	got := b.Lines(logbook.Query{})[0].Attrs[0].Value
	if len(got) > 2010 || !strings.HasSuffix(got, "é…") {
		t.Errorf("%d bytes, ends with %q", len(got), got[len(got)-10:])
	}
}

func TestBookConcurrent(t *testing.T) {
	t.Parallel()
	b := logbook.New(10, slog.LevelInfo)
	log := slog.New(b.Handler(slog.DiscardHandler))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 200 {
				log.Info(fmt.Sprint(i, k))
				b.Lines(logbook.Query{Text: "1"})
			}
		})
	}
	wg.Wait()
	got := b.Lines(logbook.Query{})
	if len(got) != 10 || got[9].Number != 1600 || got[0].Number != 1591 {
		t.Errorf("got %d lines, to number %d", len(got), got[len(got)-1].Number)
	}
}
