package pairs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync/atomic"

	"vidjil.org/vidjil/vdj/seqio"
)

// Kinds of files that are not the two of one sample, for errors.Is.
var (
	// ErrOutOfStep says that two reads of the same number are not of one pair.
	ErrOutOfStep = errors.New("mates are out of step")
	// ErrUnequal says that one file has fewer records than the other.
	ErrUnequal = errors.New("one file of the pair is shorter")
	// ErrSampled says that a reader leaves reads out.
	ErrSampled = errors.New("pairs of sampled reads")
)

// Place is a record of a file.
type Place struct {
	File   string
	Record int64 // 1-based number of the record in the file
	Name   string
}

// StepError tells where two files are not those of one sample.
type StepError struct {
	First, Second Place // of R1 and of R2; the last record where a file ended
	Err           error // ErrOutOfStep or ErrUnequal

	secondEnded bool
}

// Error tells where, what, and what to do.
func (e *StepError) Error() string {
	if e.Err == ErrOutOfStep {
		return fmt.Sprintf("%s: record %d is %q, but record %d of %s is %q: the files are not the two of one run, are in another order, or reads were removed from one of them",
			e.First.File, e.First.Record, e.First.Name, e.Second.Record, e.Second.File, e.Second.Name)
	}
	short, long := e.First, e.Second
	if e.secondEnded {
		short, long = long, short
	}
	return fmt.Sprintf("%s ends after %d records, but %s goes on: one of them was cut, or reads were removed from it",
		short.File, short.Record, long.File)
}

// Unwrap gives the kind of fault.
func (e *StepError) Unwrap() error { return e.Err }

// parsed is a block of one mate with its records, shared by the items that use
// parts of it.
type parsed struct {
	data    seqio.Block
	records []seqio.Record
	before  int64 // records of its source before it
	err     error // after the records; nil when more blocks follow
	users   atomic.Int32
	home    chan<- *parsed
}

// release ends one use of the block.
func (p *parsed) release() {
	if p.users.Add(-1) == 0 {
		p.home <- p // has room for all blocks
	}
}

// mate reads one file of the pair ahead, in a goroutine of its own, so that two
// files are decompressed at the same time.
type mate struct {
	blocks  chan *parsed
	free    chan *parsed
	current *parsed // used by the producer, which is one of its users
	taken   int     // records of it that have been given
	last    Place   // the last record given, without its name
}

func newMate(blocks int) *mate {
	m := &mate{blocks: make(chan *parsed, blocks), free: make(chan *parsed, blocks)}
	for range blocks {
		m.free <- &parsed{home: m.free}
	}
	return m
}

// run reads until the end, an error, or the context's end.
func (m *mate) run(ctx context.Context, r *seqio.Reader) {
	defer close(m.blocks)
	source := ""
	var start int64 // number of the source's first record in the sample
	for {
		var p *parsed
		select {
		case <-ctx.Done():
			return
		case p = <-m.free:
		}
		p.users.Store(1)
		p.records = p.records[:0]
		p.err = guard(func() error {
			if err := r.Next(&p.data); err != nil {
				return err
			}
			if p.data.Source != source || p.data.FirstRead == 0 {
				source, start = p.data.Source, p.data.FirstRead
			}
			p.before = p.data.FirstRead - start
			var err error
			p.records, err = p.data.Parse(p.records)
			if err == nil && len(p.records) != p.data.Reads {
				p.records = p.records[:0]
				err = fmt.Errorf("read %s: %w: mates would not be the same ones: read all", source, ErrSampled)
			}
			return err
		})
		last := p.err != nil
		m.blocks <- p
		if last {
			return
		}
	}
}

// ready makes current a block with records that have not been given. It returns
// io.EOF at the end of the files.
func (m *mate) ready(ctx context.Context) error {
	for m.current == nil || m.taken == len(m.current.records) {
		if m.current != nil {
			if m.current.err != nil {
				return m.current.err
			}
			m.current.release()
			m.current = nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case p, ok := <-m.blocks:
			if !ok { // the goroutine saw the end of the context first
				return context.Cause(ctx)
			}
			m.current, m.taken = p, 0
		}
	}
	return nil
}

// part is a run of records of one block.
type part struct {
	from    *parsed
	records []seqio.Record
	before  int64 // records of their source before them
}

// take gives the next n records of the current block.
func (m *mate) take(n int) part {
	p := m.current
	p.users.Add(1)
	out := part{from: p, records: p.records[m.taken : m.taken+n], before: p.before + int64(m.taken)}
	m.taken += n
	m.last = Place{File: p.data.Source, Record: p.before + int64(m.taken)}
	return out
}

// next is the record that follows.
func (m *mate) next() Place {
	p := part{from: m.current, records: m.current.records[m.taken:], before: m.current.before + int64(m.taken)}
	return p.place(0)
}

// starts tells whether the record that follows is the first one of its file.
func (m *mate) starts() bool { return m.current.before == 0 && m.taken == 0 }

// place is the record of index i of the part.
func (p *part) place(i int) Place {
	const longest = 100 // names are shown, but not without bound
	name := firstWord(p.records[i].Name)
	return Place{File: p.from.data.Source, Record: p.before + int64(i) + 1, Name: string(name[:min(len(name), longest)])}
}

// ends is what to do when one of the mates has no record left, or both: io.EOF if
// both have come to their ends, nil if neither has.
func ends(first, second *mate, err1, err2 error) error {
	switch {
	case err1 == nil && err2 == nil:
		return nil
	case err1 == nil && err2 == io.EOF:
		return &StepError{First: first.next(), Second: second.last, Err: ErrUnequal, secondEnded: true}
	case err2 == nil && err1 == io.EOF:
		return &StepError{First: first.last, Second: second.next(), Err: ErrUnequal}
	case err1 != nil && err1 != io.EOF:
		return err1
	}
	return err2
}

// lanesDiffer is the error of two files of which one ended and gave way to the next
// lane, while the other goes on; nil when that is not so.
func lanesDiffer(first, second *mate) error {
	switch one, two := first.starts(), second.starts(); {
	case one == two:
		return nil
	case one:
		return &StepError{First: first.last, Second: second.next(), Err: ErrUnequal}
	}
	return &StepError{First: first.next(), Second: second.last, Err: ErrUnequal, secondEnded: true}
}

// guard makes a panic of f, in a goroutine that its caller cannot recover, an
// error: a fault of this program must not end the process that uses it.
func guard(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("merge pairs: fault of the program: %v\n%s", v, debug.Stack())
		}
	}()
	return f()
}
