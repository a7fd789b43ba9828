package trace

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"vidjil.org/vidjil/internal/lab"
)

func TestHandlerAddsTheRequest(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(Handler(slog.NewTextHandler(&out, nil)))
	ctx := Begin(t.Context(), nil, "r1")
	log.InfoContext(t.Context(), "nobody's")
	log.InfoContext(ctx, "one", "a", 1)
	log.InfoContext(ctx, "said", "request_id", "r1")
	log.With("job_id", 7).InfoContext(Silent(ctx), "inner")
	log.InfoContext(Resume(t.Context(), nil, OriginOf(ctx)), "job's")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range []int{0, 1, 1, 1, 1} {
		if got := strings.Count(lines[i], "request_id=r1"); got != want {
			t.Errorf("got %d ids in %q, want %d", got, lines[i], want)
		}
	}
}

func TestOriginCarriesTheTrace(t *testing.T) {
	t.Parallel()
	tracer, err := New(t.Context(), Config{Endpoint: "http://127.0.0.1:1/", Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // nobody is there to send it to
		_ = tracer.Close(ctx)
	})
	ctx, span := Start(Begin(t.Context(), tracer, "r1"), "request")
	o := OriginOf(ctx)
	if o.Request != "r1" || !strings.HasPrefix(o.Parent, "00-") {
		t.Fatalf("got %+v", o)
	}
	later, job := Start(Resume(t.Context(), tracer, o), "job")
	if got, want := job.span.SpanContext().TraceID(), span.span.SpanContext().TraceID(); got != want {
		t.Errorf("trace of the job: got %s, want %s", got, want)
	}
	if got := OriginOf(later); got.Request != "r1" || got.Parent == o.Parent {
		t.Errorf("what the job asks for: got %+v", got)
	}
	job.End(lab.Errorf(lab.Invalid, "of Quxberg"))
	span.End(errors.New("of Quxberg"))
	if _, none := Start(Silent(ctx), "beat"); none != nil {
		t.Error("a silent context has steps")
	}
}

func TestWithoutCollector(t *testing.T) {
	t.Parallel()
	tracer, err := New(t.Context(), Config{})
	if err != nil || tracer != nil {
		t.Fatalf("got %v, %v", tracer, err)
	}
	ctx, span := Start(Begin(t.Context(), tracer, "r"), "x", slog.Int("n", 1))
	span.Rename("y")
	span.End(errors.New("x"), slog.Int("n", 1))
	if err := tracer.Close(ctx); err != nil {
		t.Error(err)
	}
	if _, err := New(t.Context(), Config{Endpoint: "http://x", CAFile: "none.pem"}); lab.CodeOf(err) != lab.Invalid {
		t.Errorf("a certificate that is not there: got %v", err)
	}
}

// TestSample: about that part of the traces is kept, and a job does as its
// request.
func TestSample(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sample   float64
		min, max int // of 2000
	}{{0, 2000, 2000}, {1, 2000, 2000}, {0.1, 120, 290}} {
		tracer, err := New(t.Context(), Config{Endpoint: "http://127.0.0.1:1", Sample: c.sample})
		if err != nil {
			t.Fatal(err)
		}
		kept := 0
		for range 2000 {
			ctx, span := Start(Begin(t.Context(), tracer, "r"), "request")
			is := span.span.SpanContext().IsSampled()
			if is {
				kept++
			}
			_, job := Start(Resume(t.Context(), tracer, OriginOf(ctx)), "job")
			if job.span.SpanContext().IsSampled() != is {
				t.Fatalf("of %v: a job is kept without its request, or the other way round", c.sample)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // nobody is there to send it to
		_ = tracer.Close(ctx)
		if kept < c.min || kept > c.max {
			t.Errorf("of %v: %d of 2000 are kept", c.sample, kept)
		}
	}
}

// BenchmarkOff is the cost of a step without a collector.
func BenchmarkOff(b *testing.B) {
	ctx := Begin(b.Context(), nil, "r")
	b.ReportAllocs()
	for b.Loop() {
		_, span := Start(ctx, "x", slog.Int("n", 1), slog.String("s", "t"))
		span.End(nil)
	}
}
