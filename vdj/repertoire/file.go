package repertoire

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// fileSource is a sample of a file in memory.
type fileSource struct {
	file   *vidjilfile.File
	sample int
	head   *vidjilfile.File
	rows   []int32 // indexes into file.Clones, by rank
	ranked bool    // the file's own ranks are those of the sample
}

// FromFile gives one sample (0-based) of a file: of a file of several samples,
// the clonotypes that have reads in it, ranked anew by these reads. The file
// must not change while the Source is in use.
func FromFile(f *vidjilfile.File, sample int) Source {
	s := &fileSource{file: f, sample: sample, head: cutHead(f, sample)}
	alone := f.Samples.Number <= 1
	s.ranked = alone
	for i := range f.Clones {
		c := &f.Clones[i]
		if alone || sample < len(c.Reads) && c.Reads[sample] > 0 {
			s.rows = append(s.rows, int32(i))
			s.ranked = s.ranked && c.Top > 0
		}
	}
	reads := func(row int32) int {
		if r := f.Clones[row].Reads; sample < len(r) {
			return r[sample]
		}
		return 0
	}
	slices.SortStableFunc(s.rows, func(a, b int32) int {
		if s.ranked {
			return cmp.Compare(f.Clones[a].Top, f.Clones[b].Top)
		}
		return cmp.Compare(reads(b), reads(a))
	})
	return s
}

// Head is cut out of the file's head once.
func (s *fileSource) Head() *vidjilfile.File { return s.head }

// scanCheck is the number of rows between two looks at the context.
const scanCheck = 4096

// Scan goes through the rows by rank.
func (s *fileSource) Scan(ctx context.Context, want Fields, visit func(*Row) error) error {
	var row Row
	for n, i := range s.rows {
		if n%scanCheck == 0 {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
		row.Reset()
		row.Number = n
		if want&FieldTop != 0 {
			row.Top = s.top(n)
		}
		row.SetClone(&s.file.Clones[i], s.sample, want)
		if err := visit(&row); err != nil {
			return err
		}
	}
	return nil
}

func (s *fileSource) top(row int) int {
	if s.ranked {
		return s.file.Clones[s.rows[row]].Top
	}
	return row + 1
}

// Clones cuts the sample out of the file's clonotypes.
func (s *fileSource) Clones(_ context.Context, rows []int) ([]vidjilfile.Clone, error) {
	out := make([]vidjilfile.Clone, len(rows))
	for i, row := range rows {
		if row < 0 || row >= len(s.rows) {
			return nil, fmt.Errorf("clonotype %d: the sample has %d", row, len(s.rows))
		}
		out[i] = cutClone(&s.file.Clones[s.rows[row]], s.sample, s.file.Samples.Number)
		out[i].Top = s.top(row)
	}
	return out, nil
}

// one is the list of one sample, nil when the list is too short.
func one[T any](list []T, sample int) []T {
	if sample >= len(list) {
		return nil
	}
	return []T{list[sample]}
}
