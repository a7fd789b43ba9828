package pairs

import (
	"context"
	"fmt"
	"io"
	"sync"

	"vidjil.org/vidjil/vdj/internal/batch"
	"vidjil.org/vidjil/vdj/seqio"
)

// blocksPerWorker is how many blocks of each mate there are for each worker: as
// many as may wait for it in package batch, so that readers need not wait either.
const blocksPerWorker = 4

// item is a run of pairs on its way through the pipeline: as many as the blocks at
// hand of both mates have.
type item struct {
	first, second part
	fasta         bool
	out           []byte
	tally         tally
}

// Merge reads two samples to their ends, the first reads and the second reads of
// the same fragments in the same order, merges them, and writes merged reads, and
// those that are kept, in that order. It writes FASTA if one of the samples starts
// as FASTA, otherwise FASTQ.
//
// The readers are not closed. They must give all reads or their first ones
// (seqio.Options.FirstReads); sampled ones are ErrSampled. Errors are those of the
// readers and of w, *StepError where files do not belong together, and the cause of
// the context's end; of several faults in the data, the first one is told. What was
// written before an error is whole reads.
//
// A reader that waits for its input is waited for, also after the context's end.
func (m *Merger) Merge(ctx context.Context, first, second *seqio.Reader, w io.Writer) (Stats, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	workers := m.opt.Threads
	one, two := newMate(workers*blocksPerWorker+2), newMate(workers*blocksPerWorker+2)
	var readers sync.WaitGroup
	readers.Go(func() { one.run(ctx, first) })
	readers.Go(func() { two.run(ctx, second) })
	var total tally
	started, fasta := false, false
	scratch := make([]Scratch, workers)
	err := batch.Run(ctx, batch.Steps[item]{
		Workers: workers,
		New:     func() *item { return &item{} },
		Produce: func(x *item) error {
			if err := m.fill(ctx, x, one, two); err != nil {
				return err
			}
			if !started {
				started = true
				fasta = x.first.from.data.Format == seqio.FASTA || x.second.from.data.Format == seqio.FASTA
			}
			x.fasta = fasta
			return nil
		},
		Work: func(worker int, x *item) error { return m.work(x, &scratch[worker]) },
		Consume: func(x *item) error {
			total.add(&x.tally)
			if len(x.out) == 0 {
				return nil
			}
			_, err := w.Write(x.out)
			return err
		},
	})
	cancel(err)
	readers.Wait()
	if err != nil {
		return total.stats(), fmt.Errorf("merge pairs: %w", err)
	}
	return total.stats(), nil
}

// fill takes the next pairs.
func (m *Merger) fill(ctx context.Context, x *item, first, second *mate) error {
	err1 := first.ready(ctx)
	if err := ends(first, second, err1, second.ready(ctx)); err != nil {
		return err
	}
	if m.opt.IgnoreNames {
		if err := lanesDiffer(first, second); err != nil {
			return err
		}
	}
	n := min(len(first.current.records)-first.taken, len(second.current.records)-second.taken)
	x.first, x.second = first.take(n), second.take(n)
	return nil
}

// work merges the pairs of an item into its text, and gives its blocks back.
func (m *Merger) work(x *item, s *Scratch) error {
	defer x.first.from.release()
	defer x.second.from.release()
	x.out = x.out[:0]
	x.tally.reset()
	for i := range x.first.records {
		one, two := x.first.records[i], x.second.records[i]
		if !m.opt.IgnoreNames && !mates(one.Name, two.Name) {
			return &StepError{First: x.first.place(i), Second: x.second.place(i), Err: ErrOutOfStep}
		}
		o := m.Pair(one, two, s)
		x.tally.count(&o)
		switch {
		case o.Cause == None:
			x.write(o.Read)
		case m.opt.Keep == KeepNone:
		case m.opt.Keep == KeepSecond:
			x.tally.kept++
			x.write(two)
		default:
			x.tally.kept++
			x.write(one)
		}
	}
	return nil
}

func (x *item) write(r seqio.Record) {
	if x.fasta {
		x.out = seqio.AppendFASTA(x.out, r)
	} else {
		x.out = seqio.AppendFASTQ(x.out, r)
	}
}
