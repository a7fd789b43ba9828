package designation

import (
	"context"
	"fmt"
	"runtime"

	"vidjil.org/vidjil/vdj/internal/batch"
)

// Batches is a stream of sequences, in runs of type B: a block of a reader
// with room for what becomes of its sequences. Few runs are made, and reused.
type Batches[B any] struct {
	// New makes an empty run.
	New func() *B
	// Next fills a run with what comes next, and returns io.EOF after the last
	// one. It is called from one goroutine.
	Next func(*B) error
	// Each hands the sequences of a run to designate and keeps the answers in
	// the run. It is called from several goroutines, once per run at a time;
	// designate must not be used after it returns.
	Each func(run *B, designate func(seq []byte) *Designation) error
	// Take gets the runs in the order of Next, from the caller's goroutine.
	Take func(*B) error
}

// DesignateAll designates a stream of sequences by themselves, with so many
// goroutines (0 means GOMAXPROCS), on which the outcome does not depend. It
// returns the first error in the order of the sequences, or the cause of the
// context's end; all goroutines have ended when it returns. At any time few
// runs are under way, so memory does not grow with the stream.
//
// A run of a hundred sequences keeps all goroutines busy: designating one takes
// some 0.1 ms, handing a run over a thousandth of that.
func DesignateAll[B any](ctx context.Context, e *Engine, threads int, b Batches[B]) error {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	scratch := make([]Scratch, threads)
	err := batch.Run(ctx, batch.Steps[B]{
		Workers: threads, New: b.New, Produce: b.Next, Consume: b.Take,
		Work: func(worker int, run *B) error {
			sc := &scratch[worker]
			return b.Each(run, func(seq []byte) *Designation { return e.Designate(seq, sc) })
		},
	})
	if err != nil {
		return fmt.Errorf("designate: %w", err)
	}
	return nil
}
