package clonetable

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"

	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// Clones returns whole clonotypes by row number, ascending and 0-based.
func (t *Table) Clones(ctx context.Context, rows []int) ([]vidjilfile.Clone, error) {
	if !slices.IsSorted(rows) {
		return nil, fmt.Errorf("read a table of clonotypes: row numbers do not ascend")
	}
	if n := len(rows); n > 0 && (rows[0] < 0 || rows[n-1] >= t.footer.rows) {
		return nil, fmt.Errorf("read a table of clonotypes: rows %d to %d of %d", rows[0], rows[n-1], t.footer.rows)
	}
	r := newReader(t)
	defer r.unzip.Close()
	out := make([]vidjilfile.Clone, 0, len(rows))
	for i := range t.footer.chunks {
		c := &t.footer.chunks[i]
		n, _ := slices.BinarySearch(rows, c.first+c.rows)
		if n == 0 {
			continue
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var err error
		if out, err = r.clones(out, c, rows[:n]); err != nil {
			return nil, fmt.Errorf("read a table of clonotypes: %w", err)
		}
		rows = rows[n:]
	}
	return out, nil
}

// All gives the clonotypes one after the other. They may be kept.
func (t *Table) All(ctx context.Context) iter.Seq2[*vidjilfile.Clone, error] {
	return func(yield func(*vidjilfile.Clone, error) bool) {
		r := newReader(t)
		defer r.unzip.Close()
		for i := range t.footer.chunks {
			clones, err := r.chunk(ctx, &t.footer.chunks[i])
			if err != nil {
				yield(nil, fmt.Errorf("read a table of clonotypes: %w", err))
				return
			}
			for k := range clones {
				if !yield(&clones[k], nil) {
					return
				}
			}
		}
	}
}

// chunk reads all clonotypes of a chunk.
func (r *reader) chunk(ctx context.Context, c *chunk) ([]vidjilfile.Clone, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	rows := make([]int, c.rows)
	for k := range rows {
		rows[k] = c.first + k
	}
	return r.clones(make([]vidjilfile.Clone, 0, c.rows), c, rows)
}

// clones appends the clonotypes of some rows of a chunk.
func (r *reader) clones(to []vidjilfile.Clone, c *chunk, rows []int) ([]vidjilfile.Clone, error) {
	for col := range numColumns {
		if err := r.read(c, col); err != nil {
			return nil, err
		}
	}
	var doc bytes.Buffer
	doc.WriteString(`{"vidjil_json_version":"` + vidjilfile.Version + `","clones":[`)
	n := 0
	for _, row := range rows {
		text := r.cols[colRest].text(row - c.first)
		if len(text) == 0 {
			continue
		}
		if n > 0 {
			doc.WriteByte(',')
		}
		n++
		doc.Write(text)
	}
	doc.WriteString(`]}`)
	rests, err := vidjilfile.Read(&doc)
	if err == nil && len(rests.Clones) != n {
		err = errBlock
	}
	if err != nil {
		return nil, fmt.Errorf("clonotypes %d to %d: %w", c.first+1, c.first+c.rows, damaged("what has no column: %w", err))
	}
	n = 0
	for _, row := range rows {
		var one vidjilfile.Clone
		if len(r.cols[colRest].text(row-c.first)) > 0 {
			one = rests.Clones[n]
			n++
		}
		r.restore(&one, row-c.first)
		to = append(to, one)
	}
	return to, nil
}

// File returns the whole result in memory.
func (t *Table) File(ctx context.Context) (*vidjilfile.File, error) {
	f := *t.head
	if t.footer.rows > 0 { // growing copies as much again; a footer is believed up to a point
		f.Clones = make([]vidjilfile.Clone, 0, min(t.footer.rows, 1<<20))
	}
	for c, err := range t.All(ctx) {
		if err != nil {
			return nil, err
		}
		f.Clones = append(f.Clones, *c)
	}
	return &f, nil
}

// WriteVidjil writes the result as a .vidjil file, a chunk of it in memory at a
// time.
func (t *Table) WriteVidjil(ctx context.Context, w io.Writer) error {
	out := vidjilfile.NewWriter(w, t.head)
	for c, err := range t.All(ctx) {
		if err != nil {
			return err
		}
		if err := out.Write(c); err != nil {
			return err
		}
	}
	return out.Close()
}

// WriteAIRR writes the result as an AIRR Rearrangement table, a chunk of it in
// memory at a time. Its rows are those of [vidjilfile.File.ToAIRR].
func (t *Table) WriteAIRR(ctx context.Context, w io.Writer) error {
	out, err := airr.NewWriter(w, slices.Concat(airr.EngineColumns(), vidjilfile.AIRRExtra()))
	if err != nil {
		return err
	}
	r := newReader(t)
	defer r.unzip.Close()
	some := *t.head
	for i := range t.footer.chunks {
		some.Clones, err = r.chunk(ctx, &t.footer.chunks[i])
		if err != nil {
			return fmt.Errorf("read a table of clonotypes: %w", err)
		}
		rows := some.ToAIRR()
		for k := range rows {
			if err := out.Write(&rows[k]); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}
