package multialign

import (
	"context"
	"slices"

	"vidjil.org/vidjil/vdj/internal/base"
)

// What letters and gaps are worth. They lean to mismatches: 2·extend ≥ differ, so
// that a gap beside one of the other kind is never better than mismatches. Gaps at
// the ends of a sequence cost no opening, for reads of one clonotype start anywhere.
const (
	agree  = 5
	differ = 4
	open   = 12
	extend = 2
)

// unit is one of an alignment's columns, and one point of score: frequencies are
// integers, so that no rounding depends on the machine.
const unit = 256

// column is a column of an alignment in shares of unit.
type column struct {
	letters [4]int32 // rows with A, C, T, G
	plain   int32    // rows with one of them
	filled  int32    // rows without gap
}

// profile is an alignment of some of the sequences.
type profile struct {
	members []int // indices of the sequences
	rows    [][]byte
	columns []column
}

// single is the alignment of one sequence.
func single(index int, seq []byte) *profile {
	p := &profile{members: []int{index}, rows: [][]byte{seq}}
	p.count()
	return p
}

// count computes the columns from the rows.
func (p *profile) count() {
	p.columns = make([]column, len(p.rows[0]))
	n := int32(len(p.rows))
	for i := range p.columns {
		var c column
		for _, row := range p.rows {
			switch letter := row[i]; {
			case letter == '-':
				continue
			case plain(letter):
				c.letters[base.Code(letter)]++
			}
			c.filled++
		}
		for k := range c.letters {
			c.letters[k] = c.letters[k] * unit / n
			c.plain += c.letters[k]
		}
		c.filled = c.filled * unit / n
		p.columns[i] = c
	}
}

// pair is the mean score of the letters of two columns, in 1/unit. Letters other
// than A C G T are worth nothing.
func pair(a, b *column) int32 {
	same := a.letters[0]*b.letters[0] + a.letters[1]*b.letters[1] + a.letters[2]*b.letters[2] + a.letters[3]*b.letters[3]
	return ((agree+differ)*same - differ*a.plain*b.plain) / unit
}

// Traceback: where a pair, a column of a alone, a column of b alone come from.
const (
	fromPair byte = iota
	fromA
	fromB
	onA byte = 4 // the gap in b goes on
	onB byte = 8
)

const never = -1 << 30

// joiner holds the working memory of joining two alignments.
type joiner struct {
	pair, onlyA, onlyB [2][]int32
	back               []byte
}

// rowsPerCheck is how many rows of a table are filled between looks at the context:
// less than 10 ms of the longest sequences.
const rowsPerCheck = 256

// join aligns two alignments: Gotoh 1982, J. Mol. Biol. 162:705, over columns. A
// column opposite a gap costs in proportion to the rows that have a letter in it.
func (x *joiner) join(ctx context.Context, a, b *profile) (*profile, error) {
	n, m := len(a.columns), len(b.columns)
	x.start(b.columns, n, m)
	for i := 1; i <= n; i++ {
		if i%rowsPerCheck == 0 {
			if err := context.Cause(ctx); err != nil {
				return nil, err
			}
		}
		x.row(i, &a.columns[i-1], b.columns, i == n)
	}
	path := x.trace(n, m)
	out := &profile{members: append(slices.Clone(a.members), b.members...)}
	for _, row := range a.rows {
		out.rows = append(out.rows, spread(row, path, fromB))
	}
	for _, row := range b.rows {
		out.rows = append(out.rows, spread(row, path, fromA))
	}
	out.count()
	return out, nil
}

// start fills the first row: columns of b before the first one of a.
func (x *joiner) start(b []column, n, m int) {
	for k := range 2 {
		x.pair[k] = slices.Grow(x.pair[k][:0], m+1)[:m+1]
		x.onlyA[k] = slices.Grow(x.onlyA[k][:0], m+1)[:m+1]
		x.onlyB[k] = slices.Grow(x.onlyB[k][:0], m+1)[:m+1]
	}
	x.back = slices.Grow(x.back[:0], (n+1)*(m+1))[:(n+1)*(m+1)]
	x.pair[0][0], x.onlyA[0][0], x.onlyB[0][0] = 0, never, never
	for j := 1; j <= m; j++ {
		x.pair[0][j], x.onlyA[0][j] = never, never
		x.onlyB[0][j] = max(x.pair[0][j-1], x.onlyB[0][j-1]) - extend*b[j-1].filled
		x.back[j] = fromB | onB
	}
	if m > 0 {
		x.back[1] = fromB
	}
}

// row fills row i, of one column of a; last tells that no column follows.
func (x *joiner) row(i int, c *column, b []column, last bool) {
	m := len(b)
	prev, cur := (i-1)&1, i&1
	pp, pa, pb := x.pair[prev][:m+1], x.onlyA[prev][:m+1], x.onlyB[prev][:m+1]
	cp, ca, cb := x.pair[cur][:m+1], x.onlyA[cur][:m+1], x.onlyB[cur][:m+1]
	back := x.back[i*(m+1) : (i+1)*(m+1)]
	cp[0], cb[0] = never, never
	ca[0] = max(pp[0], pa[0]) - extend*c.filled
	back[0] = fromA
	if i > 1 {
		back[0] |= onA
	}
	longer := extend * c.filled
	opened := longer + open*c.filled
	for j := 1; j <= m; j++ {
		d := &b[j-1]
		from, v := fromPair, pp[j-1]
		if pa[j-1] > v {
			from, v = fromA, pa[j-1]
		}
		if pb[j-1] > v {
			from, v = fromB, pb[j-1]
		}
		cp[j] = v + pair(c, d)
		cost := opened
		if j == m {
			cost = longer
		}
		if o, e := pp[j]-cost, pa[j]-longer; e > o {
			ca[j] = e
			from |= onA
		} else {
			ca[j] = o
		}
		cost = extend * d.filled
		o, e := cp[j-1]-cost, cb[j-1]-cost
		if !last {
			o -= open * d.filled
		}
		if e > o {
			cb[j] = e
			from |= onB
		} else {
			cb[j] = o
		}
		back[j] = from
	}
}

// trace is the best path, one step for each column of the new alignment.
func (x *joiner) trace(n, m int) []byte {
	k := n & 1
	state, best := fromPair, x.pair[k][m]
	if x.onlyA[k][m] > best {
		state, best = fromA, x.onlyA[k][m]
	}
	if x.onlyB[k][m] > best {
		state = fromB
	}
	var path []byte
	for i, j := n, m; i > 0 || j > 0; {
		b := x.back[i*(m+1)+j]
		path = append(path, state)
		switch state {
		case fromPair:
			state = b & 3
			i, j = i-1, j-1
		case fromA:
			if b&onA == 0 {
				state = fromPair
			}
			i--
		default:
			if b&onB == 0 {
				state = fromPair
			}
			j--
		}
	}
	slices.Reverse(path)
	return path
}

// spread writes a row along a path, with gaps at the steps of the other side.
func spread(row, path []byte, gap byte) []byte {
	out := make([]byte, 0, len(path))
	i := 0
	for _, step := range path {
		if step == gap {
			out = append(out, '-')
			continue
		}
		out = append(out, row[i])
		i++
	}
	return out
}
