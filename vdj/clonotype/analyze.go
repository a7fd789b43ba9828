package clonotype

import (
	"context"
	"fmt"
	"slices"

	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/internal/base"
	"vidjil.org/vidjil/vdj/internal/batch"
	"vidjil.org/vidjil/vdj/internal/window"
	"vidjil.org/vidjil/vdj/seqio"
)

// Progress is how far an analysis has come.
type Progress struct {
	Reads, Recombined int64
	Bases             int64
}

// ReadOutcome is what became of one read, in the order of the sample.
// It is valid only during the call that it is handed to.
type ReadOutcome struct {
	Record seqio.Record
	Cause  designation.Cause // None for a read that has a window
	System string            // of the window
	Window []byte            // oriented letters of the window
}

// Hooks are called while reads are gathered, from one goroutine, in the order
// of the sample. Any may be nil.
type Hooks struct {
	Progress func(Progress)
	Read     func(*ReadOutcome) error
}

// block is a batch of reads on its way through the pipeline.
type block struct {
	data    seqio.Block
	records []seqio.Record
	hits    []hit
	bases   int64
}

// hit is the outcome of one read of a block: a cause or a window.
type hit struct {
	cause   window.Cause
	reverse bool
	moved   bool
	system  int16
	length  uint16 // letters of the window; 0 for the whole read
	start   int32  // of the window on the oriented read
	surest  float32
	key     key
}

// Analyze gathers the reads of a sample into windows. The reader is read to its
// end and not closed. Errors are those of the reader, of the hooks, of the
// options and the cause of the context's end; nothing is kept after one.
func Analyze(ctx context.Context, r *seqio.Reader, e *designation.Engine, opt Options, hooks Hooks) (*Sample, error) {
	if err := opt.Check(); err != nil {
		return nil, fmt.Errorf("analyze: options: %w", err)
	}
	s := newSample(e, opt)
	workers := opt.threads()
	scratch := make([]workerScratch, workers)
	loc := e.Locator()
	err := batch.Run(ctx, batch.Steps[block]{
		Workers: workers,
		New:     func() *block { return &block{} },
		Produce: func(b *block) error { return r.Next(&b.data) },
		Work:    func(w int, b *block) error { return b.locate(loc, opt.window(), &scratch[w]) },
		Consume: func(b *block) error { return s.gather(b, hooks) },
	})
	if err != nil {
		return nil, fmt.Errorf("analyze: %w", err)
	}
	s.finish()
	return s, nil
}

type workerScratch struct {
	window   window.Scratch
	oriented []byte
}

// locate parses a block and finds the window of each read.
func (b *block) locate(loc *window.Locator, w int, sc *workerScratch) error {
	var err error
	b.records, err = b.data.Parse(b.records)
	if err != nil {
		return err
	}
	b.hits = slices.Grow(b.hits[:0], len(b.records))
	b.bases = 0
	for i := range b.records {
		seq := b.records[i].Seq
		b.bases += int64(len(seq))
		b.hits = append(b.hits, locateRead(loc, seq, w, sc))
	}
	return nil
}

func locateRead(loc *window.Locator, seq []byte, w int, sc *workerScratch) hit {
	at := loc.Locate(seq, &sc.window)
	if at.Cause != window.None {
		return hit{cause: at.Cause}
	}
	place, ok := loc.Window(&at, len(seq), w)
	if !ok {
		return hit{cause: window.WindowTooShort}
	}
	h := hit{
		reverse: at.FiveReverse, moved: place.Moved, system: int16(at.System),
		start: int32(place.Start), length: uint16(place.Length), surest: float32(min(at.EFive, at.EThree)),
	}
	if w == 0 {
		h.length = 0
	}
	from, to := place.Start, place.Start+place.Length
	if h.reverse {
		from, to = len(seq)-to, len(seq)-from
	}
	letters := seq[from:to]
	if h.reverse {
		sc.oriented = base.ReverseComplement(sc.oriented[:0], letters)
		letters = sc.oriented
	}
	if !base.Plain(letters) {
		sc.oriented = onlyN(append(sc.oriented[:0], letters...))
		letters = sc.oriented
	}
	h.key = makeKey(letters)
	return h
}

// onlyN replaces letters other than A C G T by N, in place: an identifier tells
// letters apart only where the read does.
func onlyN(letters []byte) []byte {
	for i, c := range letters {
		if !plainLetter(c) {
			letters[i] = 'N'
		}
	}
	return letters
}

// gather adds a block to the sample.
func (s *Sample) gather(b *block, hooks Hooks) error {
	s.Result.TotalReads += b.data.Reads
	s.Result.Filtered += b.data.Reads - len(b.records)
	s.Result.TotalBases += b.bases
	for i := range b.hits {
		h := &b.hits[i]
		if h.cause == window.None {
			s.add(h, &b.records[i])
		} else {
			s.causes[h.cause]++
		}
		if hooks.Read != nil {
			if err := hooks.Read(s.outcome(h, &b.records[i])); err != nil {
				return err
			}
		}
	}
	if hooks.Progress != nil {
		hooks.Progress(Progress{
			Reads: int64(s.Result.TotalReads), Recombined: s.recombined, Bases: s.Result.TotalBases,
		})
	}
	return nil
}

// add counts a read in its window, and keeps it if the window has few.
func (s *Sample) add(h *hit, r *seqio.Record) {
	x := s.groups.at(h.key)
	if x.reads == 0 {
		x.system, x.length, x.surest = h.system, h.length, h.surest
	}
	x.reads++
	x.bases += uint64(len(r.Seq))
	x.surest = min(x.surest, h.surest)
	x.moved = x.moved || h.moved
	s.recombined++
	if x.kept < keepReads {
		s.groups.keep(x, r.Seq, r.Qual, h.reverse, int(h.start))
	}
}

func (s *Sample) outcome(h *hit, r *seqio.Record) *ReadOutcome {
	s.out = ReadOutcome{Record: *r, Cause: designation.CauseOf(h.cause), Window: s.out.Window[:0]}
	if h.cause == window.None {
		s.out.System = s.systemCode(h.system)
		from, to := int(h.start), int(h.start)+int(h.length)
		if h.length == 0 {
			to = len(r.Seq)
		}
		if h.reverse {
			from, to = len(r.Seq)-to, len(r.Seq)-from
			s.out.Window = base.ReverseComplement(s.out.Window, r.Seq[from:to])
		} else {
			s.out.Window = append(s.out.Window, r.Seq[from:to]...)
		}
	}
	return &s.out
}
