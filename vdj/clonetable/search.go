package clonetable

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/bits"
	"runtime"
	"slices"
	"sync"

	"vidjil.org/vidjil/vdj/repertoire"
)

// Target is a table to search in.
type Target struct {
	// Result identifies the table in hits.
	Result int64
	// Open gives the table's bytes, their number, and what releases them, which
	// may be nil. A search opens a table, and once more if some of its hits are
	// returned.
	Open func(context.Context) (r io.ReaderAt, size int64, release func() error, err error)
}

// SearchOptions say how to search.
type SearchOptions struct {
	// Limit is the number of hits that are returned, those with most reads; 0
	// means 100. All are counted.
	Limit int
	// Threads is the number of tables that are searched at a time; 0 means one
	// for each processor.
	Threads int
}

// Hit is a clonotype that matches.
type Hit struct {
	Result int64
	Row    int // in its table, 0-based
	Reads  int64
	// Share is Reads divided by the reads of the sample that have a
	// recombination; 0 when their number is not known.
	Share float64

	ID, System        string
	Five, Four, Three string
	Name, CDR3AA      string
	Productive        int8 // as in repertoire.Row

	// Where the sequence of the query stands on the representative sequence (on
	// the window where there is none), or where the window does when the query
	// holds it: letters, 0-based and half-open; both are 0 when the query has no
	// sequence or the place is not known. Reverse: the query is of the other
	// strand.
	Start, End int
	Reverse    bool
}

// Answer is what a search found.
type Answer struct {
	Hits    []Hit // by reads, most first; equal ones by result and row
	Total   int   // hits in all
	Tables  int   // tables that were searched
	Rows    int   // clonotypes that were searched
	Failed  []Failure
	Results int // results with at least one hit
}

// Failure is a table that could not be searched.
type Failure struct {
	Result int64
	Err    error
}

// Search looks for clonotypes in many tables. A table that cannot be read is
// listed in the answer and does not keep the others from being searched; a
// query that makes no sense, or the end of ctx, is an error.
//
// Memory is a chunk for each thread and the hits that are returned; the answer
// does not depend on the number of threads.
func Search(ctx context.Context, targets []Target, q Query, opt SearchOptions) (*Answer, error) {
	if err := q.Check(); err != nil {
		return nil, fmt.Errorf("search clonotypes: %w", err)
	}
	s := &search{match: newMatcher(&q), limit: cmp.Or(max(opt.Limit, 0), 100), targets: targets}
	threads := opt.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	var wg sync.WaitGroup
	workers := make([]searcher, min(threads, len(targets)))
	for i := range workers {
		w := &workers[i]
		w.search, w.reader = s, newReader(nil)
		wg.Go(func() {
			defer w.reader.unzip.Close()
			w.run(ctx)
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return s.answer(ctx, workers)
}

type search struct {
	match   *matcher
	limit   int
	targets []Target

	mu   sync.Mutex
	next int
}

// take is the next table to search, -1 at the end.
func (s *search) take() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == len(s.targets) {
		return -1
	}
	s.next++
	return s.next - 1
}

// find is a hit before it is described.
type find struct {
	target, row int
	result      int64
	reads       int64
}

// before orders hits.
func (f find) before(g find) bool {
	return cmp.Or(cmp.Compare(g.reads, f.reads), cmp.Compare(f.result, g.result), cmp.Compare(f.row, g.row), cmp.Compare(f.target, g.target)) < 0
}

// finds are the best hits so far, and some that may turn out not to be.
type finds []find

// cut sorts hits and keeps the best.
func (f *finds) cut(limit int) {
	slices.SortFunc(*f, func(a, b find) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	*f = (*f)[:min(len(*f), limit)]
}

// keep keeps a hit if it is among the best: hits gather up to twice the limit
// before the worse half goes. From the limit on, the first ones are sorted, and
// what is behind the last of them is not worth keeping.
func (f *finds) keep(one find, limit int) {
	if len(*f) >= limit && (*f)[limit-1].before(one) {
		return
	}
	*f = append(*f, one)
	if len(*f) == limit || len(*f) == 2*limit {
		f.cut(limit)
	}
}

// searcher is a worker of a search.
type searcher struct {
	search *search
	reader *reader
	best   finds
	answer Answer
	// rows are the candidates of a chunk, some those of one test.
	rows, some rowSet
	wanted     []bool // by entry of a dictionary
}

func (w *searcher) run(ctx context.Context) {
	for ctx.Err() == nil {
		i := w.search.take()
		if i < 0 {
			return
		}
		t := &w.search.targets[i]
		if err := w.table(ctx, i, t); err != nil {
			w.answer.Failed = append(w.answer.Failed, Failure{t.Result, err})
			continue
		}
	}
}

// table searches a table. Hits of a table that turns out to be damaged are
// taken back.
func (w *searcher) table(ctx context.Context, index int, target *Target) (err error) {
	t, release, err := openTarget(ctx, target)
	if err != nil {
		return err
	}
	defer release()
	w.reader.t = t
	before, total := slices.Clone(w.best), w.answer.Total
	for i := range t.footer.chunks {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := w.chunk(&t.footer.chunks[i], index, target.Result); err != nil {
			w.best, w.answer.Total = before, total
			return fmt.Errorf("search clonotypes: %w", err)
		}
	}
	w.answer.Tables++
	w.answer.Rows += t.footer.rows
	if w.answer.Total > total {
		w.answer.Results++
	}
	return nil
}

func openTarget(ctx context.Context, target *Target) (t *Table, release func(), err error) {
	r, size, done, err := target.Open(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("open a table of clonotypes: %w", err)
	}
	release = func() {
		if done != nil {
			_ = done() // nothing was written
		}
	}
	t, err = openDirectory(r, size)
	if err != nil {
		release()
		return nil, nil, fmt.Errorf("open a table of clonotypes: %w", err)
	}
	return t, release, nil
}

// chunk searches a chunk: what costs least comes first, and ends the chunk when
// nothing is left.
func (w *searcher) chunk(c *chunk, target int, result int64) error {
	m, r := w.search.match, w.reader
	if c.mostReads < m.minReads {
		return nil
	}
	w.rows = w.rows.sized(c.rows)
	for i := range c.rows {
		w.rows.add(i)
	}
	for _, test := range []func(*chunk) (bool, error){w.testSystem, w.testGenes, w.testCDR3, w.testSequence} {
		if some, err := test(c); err != nil || !some {
			return err
		}
	}
	if err := r.read(c, colReads); err != nil {
		return err
	}
	for i, word := range w.rows {
		for ; word != 0; word &= word - 1 {
			k := i<<6 + bits.TrailingZeros64(word)
			reads := number(r.cols[colReads].ints[k])
			if reads < m.minReads {
				continue
			}
			w.answer.Total++
			w.best.keep(find{target: target, row: c.first + k, result: result, reads: reads}, w.search.limit)
		}
	}
	return nil
}

func (w *searcher) testSystem(c *chunk) (bool, error) {
	want := w.search.match.system
	if len(want) == 0 {
		return true, nil
	}
	w.some = w.some.sized(c.rows)
	err := w.names(c, colSystem, func(name []byte) bool { return bytes.Equal(name, want) })
	return w.rows.and(w.some), err
}

// names adds the rows whose name in a column is wanted to some.
func (w *searcher) names(c *chunk, col column, want func([]byte) bool) error {
	if err := w.reader.read(c, col); err != nil {
		return err
	}
	v := &w.reader.cols[col]
	w.wanted = w.wanted[:0]
	some := false
	for i := range v.ends {
		w.wanted = append(w.wanted, want(v.entry(i)))
		some = some || w.wanted[i]
	}
	if !some {
		return nil
	}
	for i, code := range v.codes {
		if w.wanted[code] {
			w.some.add(i)
		}
	}
	return nil
}

func (w *searcher) testGenes(c *chunk) (bool, error) {
	for _, g := range w.search.match.genes {
		w.some = w.some.sized(c.rows)
		for _, col := range g.cols {
			err := w.names(c, col, func(name []byte) bool { return matchGene(name, g.name) })
			if err != nil {
				return false, err
			}
		}
		if !w.rows.and(w.some) {
			return false, nil
		}
	}
	return true, nil
}

func (w *searcher) testCDR3(c *chunk) (bool, error) {
	m := w.search.match
	if len(m.cdr3) == 0 {
		return true, nil
	}
	if err := w.reader.read(c, colCDR3AA); err != nil {
		return false, err
	}
	v := &w.reader.cols[colCDR3AA]
	w.some = w.some.sized(c.rows)
	from := int32(0)
	for i, end := range v.ends {
		if m.matchCDR3(v.data[from:end]) {
			w.some.add(i)
		}
		from = end
	}
	return w.rows.and(w.some), nil
}

func (w *searcher) testSequence(c *chunk) (bool, error) {
	n := w.search.match.sequence
	if n == nil {
		return true, nil
	}
	w.some = w.some.sized(c.rows)
	if err := w.reader.read(c, colSequence); err != nil {
		return false, err
	}
	n.scan(&w.reader.cols[colSequence], w.some)
	if c.shortestID > 0 && len(n.sets[0]) >= c.shortestID {
		if err := w.reader.read(c, colID); err != nil {
			return false, err
		}
		n.windows(&w.reader.cols[colID], w.some)
	}
	return w.rows.and(w.some), nil
}

// answer joins what the workers found and describes the hits that are returned.
func (s *search) answer(ctx context.Context, workers []searcher) (*Answer, error) {
	var all finds
	out := &Answer{}
	for i := range workers {
		w := &workers[i]
		all = append(all, w.best...)
		out.Total += w.answer.Total
		out.Tables += w.answer.Tables
		out.Rows += w.answer.Rows
		out.Results += w.answer.Results
		out.Failed = append(out.Failed, w.answer.Failed...)
	}
	slices.SortFunc(out.Failed, func(a, b Failure) int { return cmp.Compare(a.Result, b.Result) })
	all.cut(s.limit)
	out.Hits = make([]Hit, len(all))
	// Tables are opened once each.
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(all[a].target, all[b].target), cmp.Compare(all[a].row, all[b].row))
	})
	r := newReader(nil)
	defer r.unzip.Close()
	for len(order) > 0 {
		n := 1
		for n < len(order) && all[order[n]].target == all[order[0]].target {
			n++
		}
		if err := s.describe(ctx, r, all, order[:n], out.Hits); err != nil {
			return nil, err
		}
		order = order[n:]
	}
	return out, nil
}

// describe fills the hits of one table, in the order of its rows.
func (s *search) describe(ctx context.Context, r *reader, all finds, which []int, hits []Hit) error {
	t, release, err := openTarget(ctx, &s.targets[all[which[0]].target])
	if err != nil {
		return err
	}
	defer release()
	const want = repertoire.FieldID | repertoire.FieldReads | repertoire.FieldSystem | repertoire.FieldGenes | repertoire.FieldName |
		repertoire.FieldCDR3 | repertoire.FieldProductive | repertoire.FieldSequence
	r.t = t
	cols := append(columnsFor(want), colKept)
	var row repertoire.Row
	var c *chunk
	for _, i := range which {
		number := all[i].row
		if c == nil || number >= c.first+c.rows {
			k, _ := slices.BinarySearchFunc(t.footer.chunks, number, func(c chunk, row int) int {
				if c.first+c.rows <= row {
					return -1
				}
				return 1
			})
			c = &t.footer.chunks[k]
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := r.read(c, cols...); err != nil {
				return fmt.Errorf("search clonotypes: %w", err)
			}
		}
		row.Reset()
		r.row(&row, want, number-c.first)
		hits[i] = s.hit(&row, all[i], t)
	}
	return nil
}

func (s *search) hit(row *repertoire.Row, f find, t *Table) Hit {
	h := Hit{
		Result: f.result, Row: f.row, Reads: f.reads, ID: string(row.ID), System: string(row.System),
		Five: string(row.Five), Four: string(row.Four), Three: string(row.Three),
		Name: string(row.Name), CDR3AA: string(row.CDR3AA), Productive: row.Productive,
	}
	if n := t.footer.recombined; n > 0 {
		h.Share = float64(f.reads) / float64(n)
	}
	if n := s.match.sequence; n != nil {
		text := row.Sequence
		if len(text) == 0 {
			text = row.ID
		}
		if p := n.findText(text); p != nil {
			h.Start, h.End, h.Reverse = p.start, p.end, p.reverse
		} else {
			h.Reverse = n.heldIn(row.ID)
			if at := bytes.Index(text, row.ID); at >= 0 {
				h.Start, h.End = at, at+len(row.ID)
			}
		}
	}
	return h
}
