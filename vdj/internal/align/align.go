// Package align extends an alignment from a fixed point, with affine gaps
// inside a band, to where it is worth most.
//
// It serves the few reads that have an insertion or deletion inside a gene; all
// others are compared without gaps, by words (package designation). An Aligner
// is one per goroutine.
package align

import "slices"

// Model is what letters and gaps are worth, in any unit; Agree > 0, Differ,
// Open and Extend ≤ 0. A gap of n letters is worth Open + n×Extend. A gap never
// stands next to one of the other kind: a mismatch is worth more.
type Model struct{ Agree, Differ, Open, Extend int32 }

// Run is a repeated operation of extended CIGAR: '=', 'X', 'I' (letter of the
// read only) or 'D' (letter of the gene only).
type Run struct {
	Op  byte
	Len int
}

// Extension is the best extension of an alignment.
type Extension struct {
	Score int32
	Read  int // letters of the read used
	Gene  int // letters of the gene used
	Runs  []Run
}

// Aligner holds working memory. The zero value is ready.
type Aligner struct {
	m, x, y [2][]int32 // scores that end in a pair, an insertion, a deletion
	back    []byte
}

const never = -1 << 29

// Traceback bits: where a pair comes from, whether a gap goes on.
const (
	fromPair byte = iota
	fromInsert
	fromDelete
	insertOn byte = 4
	deleteOn byte = 8
)

// Extend aligns a prefix of read with a prefix of gene, both from their first
// letter, within band letters of the diagonal, and returns the extension of the
// highest score, the shortest of equal ones. Letters of the read other than
// A C G T agree with nothing and cost nothing.
//
// Gotoh 1982, J. Mol. Biol. 162:705, in a band.
func (a *Aligner) Extend(read, gene []byte, band int, model Model) Extension {
	width := 2*band + 1
	n := min(len(read), len(gene)+band)
	a.open(n, width)
	best := Extension{}
	cur := 0
	for d := range width {
		a.m[0][d], a.x[0][d], a.y[0][d] = never, never, never
		if j := d - band; j == 0 {
			a.m[0][d] = 0
		} else if j > 0 && j <= len(gene) {
			a.y[0][d] = model.Open + int32(j)*model.Extend
			a.back[d] = deleteOn
		}
	}
	// back[band+1] opens the first deletion.
	if band > 0 {
		a.back[band+1] = 0
	}
	bestI, bestD := 0, band
	for i := 1; i <= n; i++ {
		prev := cur
		cur ^= 1
		pm, px, py := a.m[prev], a.x[prev], a.y[prev]
		cm, cx, cy := a.m[cur], a.x[cur], a.y[cur]
		row := a.back[i*width : (i+1)*width]
		letter := read[i-1]
		for d := range width {
			j := i + d - band
			cm[d], cx[d], cy[d], row[d] = never, never, never, 0
			if j < 0 || j > len(gene) {
				continue
			}
			var b byte
			if d+1 < width { // read letter i over a gap: (i-1, j)
				o, e := pm[d+1]+model.Open+model.Extend, px[d+1]+model.Extend
				if e > o {
					cx[d] = e
					b |= insertOn
				} else {
					cx[d] = o
				}
			}
			if d > 0 && j > 0 { // gene letter j over a gap: (i, j-1)
				o, e := cm[d-1]+model.Open+model.Extend, cy[d-1]+model.Extend
				if e > o {
					cy[d] = e
					b |= deleteOn
				} else {
					cy[d] = o
				}
			}
			if j > 0 {
				s := model.Differ
				if letter == gene[j-1] {
					s = model.Agree
				} else if !isPlain(letter) {
					s = 0
				}
				from, v := fromPair, pm[d]
				if px[d] > v {
					from, v = fromInsert, px[d]
				}
				if py[d] > v {
					from, v = fromDelete, py[d]
				}
				cm[d] = v + s
				b |= from
				if cm[d] > best.Score {
					best.Score, bestI, bestD = cm[d], i, d
				}
			}
			row[d] = b
		}
	}
	best.Read = bestI
	best.Gene = bestI + bestD - band
	best.Runs = a.trace(read, gene, band, bestI, bestD)
	return best
}

func isPlain(c byte) bool { return c == 'A' || c == 'C' || c == 'G' || c == 'T' }

func (a *Aligner) open(n, width int) {
	for k := range 2 {
		a.m[k] = slices.Grow(a.m[k][:0], width)[:width]
		a.x[k] = slices.Grow(a.x[k][:0], width)[:width]
		a.y[k] = slices.Grow(a.y[k][:0], width)[:width]
	}
	size := (n + 1) * width
	a.back = slices.Grow(a.back[:0], size)[:size]
	clear(a.back[:width])
}

// trace walks back from the pair (i, d).
func (a *Aligner) trace(read, gene []byte, band, i, d int) []Run {
	width := 2*band + 1
	var runs []Run
	add := func(op byte) {
		if k := len(runs); k > 0 && runs[k-1].Op == op {
			runs[k-1].Len++
			return
		}
		runs = append(runs, Run{op, 1})
	}
	state := fromPair
	for i > 0 || d != band {
		b := a.back[i*width+d]
		switch state {
		case fromPair:
			op := byte('=')
			if read[i-1] != gene[i+d-band-1] {
				op = 'X'
			}
			add(op)
			state = b & 3
			i--
		case fromInsert:
			add('I')
			if b&insertOn == 0 {
				state = fromPair
			}
			i, d = i-1, d+1
		default:
			add('D')
			if b&deleteOn == 0 {
				state = fromPair
			}
			d--
		}
	}
	slices.Reverse(runs)
	return runs
}
