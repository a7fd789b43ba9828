package batch

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

type item struct{ in, out int }

func squares(n, workers int, fail int) Steps[item] {
	next := 0
	return Steps[item]{
		Workers: workers,
		New:     func() *item { return &item{} },
		Produce: func(x *item) error {
			if next == n {
				return io.EOF
			}
			x.in = next
			next++
			return nil
		},
		Work: func(_ int, x *item) error {
			if x.in == fail {
				return errors.New("broken item")
			}
			x.out = x.in * x.in
			return nil
		},
	}
}

func TestOrderDoesNotDependOnWorkers(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 2, 7} {
		var got []int
		s := squares(1000, workers, -1)
		s.Consume = func(x *item) error { got = append(got, x.out); return nil }
		if err := Run(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		want := make([]int, 1000)
		for i := range want {
			want[i] = i * i
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d workers: wrong order", workers)
		}
	}
}

func TestFirstErrorInOrder(t *testing.T) {
	t.Parallel()
	seen := 0
	s := squares(1000, 4, 137)
	s.Consume = func(*item) error { seen++; return nil }
	if err := Run(t.Context(), s); err == nil || err.Error() != "broken item" {
		t.Fatalf("got %v", err)
	}
	if seen != 137 {
		t.Fatalf("consumed %d items before the broken one, want 137", seen)
	}
}

func TestConsumerErrorAndCancel(t *testing.T) {
	t.Parallel()
	stop := errors.New("enough")
	s := squares(1<<30, 3, -1)
	s.Consume = func(x *item) error {
		if x.in == 50 {
			return stop
		}
		return nil
	}
	if err := Run(t.Context(), s); !errors.Is(err, stop) {
		t.Fatalf("got %v, want %v", err, stop)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	s = squares(1<<30, 3, -1)
	s.Consume = func(x *item) error {
		if x.in == 50 {
			cancel(stop)
		}
		return nil
	}
	if err := Run(ctx, s); !errors.Is(err, stop) {
		t.Fatalf("cancelled: got %v, want %v", err, stop)
	}
}

func TestProducerError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken file")
	s := squares(10, 2, -1)
	produce := s.Produce
	s.Produce = func(x *item) error {
		if err := produce(x); err != nil {
			return broken
		}
		return nil
	}
	seen := 0
	s.Consume = func(*item) error { seen++; return nil }
	if err := Run(t.Context(), s); !errors.Is(err, broken) || seen != 10 {
		t.Fatalf("got %v after %d items, want %v after 10", err, seen, broken)
	}
}

// TestPanicReachesTheCaller makes each step panic: the caller can recover, and
// the process lives.
func TestPanicReachesTheCaller(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"produce", "work"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			s := squares(1000, 3, -1)
			s.Consume = func(*item) error { return nil }
			produce, work := s.Produce, s.Work
			s.Produce = func(x *item) error {
				if step == "produce" && x.in == 0 && x.out == 0 {
					panic("poison")
				}
				return produce(x)
			}
			s.Work = func(w int, x *item) error {
				if step == "work" && x.in == 500 {
					panic("poison")
				}
				return work(w, x)
			}
			defer func() {
				if text, ok := recover().(string); !ok || !strings.HasPrefix(text, "poison\n") || !strings.Contains(text, "batch_test.go") {
					t.Errorf("recovered %.200q, want the value and the place of the panic", text)
				}
			}()
			err := Run(t.Context(), s)
			t.Errorf("Run returned %v, want a panic", err)
		})
	}
}
