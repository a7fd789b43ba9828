package designation

import (
	"math/bits"
	"slices"

	"vidjil.org/vidjil/vdj/internal/base"
)

// side is one end of a recombination laid on a read: the candidate genes of a
// family on one diagonal, and the best score of the family for every place
// where it can end (5' side) or begin (3' side).
//
// All genes of a family share the diagonal of their anchor, so that the family
// is compared with the read 32 letters an operation, without alignment: 367
// IGHV alleles take a few microseconds. Only a read with an insertion or
// deletion inside the gene is aligned (gapped.go).
type side struct {
	cands []candidate
	diffs []uint64 // the candidates' mismatch words, one after another
	words int      // words of the read

	// best[i] is the score of the best candidate that ends (begins) at lo+i,
	// arg[i] its index in cands.
	lo   int
	best []score
	arg  []int32
}

// candidate is one gene on the diagonal.
type candidate struct {
	m     *model
	shift int // letter p of the read lies over letter p-shift of m.letters
	a, b  int // letters of the read that the gene covers: 0-based half-open
	quick score
	total score // over [start, fixed) or [fixed, stop)
	fixed int   // where the outer part ends (5' side) or begins (3' side)
	outer int   // where the local alignment starts (5' side) or stops (3' side)
	first int   // index of its first word in side.diffs
	// An outer part with gaps: its alignment, where on the read it meets the
	// ungapped part, and the letter of m.letters at outer. runs is nil without.
	runs     []Run
	gappedAt int
	gene0    int
}

// margin is how much worse than the best, letter for letter, a gene may look
// before its ends are weighed.
var margin = nats(40)

// lay compares all genes of a family with letters [from, to) of the read; ref is
// where the family's reference point stands on the read. The junction is at to
// on a 5' side (left), at from on a 3' side. Genes that do not touch [from, to)
// are left out, and so are those that the letters near the junction rule out.
func (s *side) lay(sc *Scratch, models []model, ref, from, to int, left bool) {
	n := len(sc.read)
	s.words = (n + base.LettersPerWord - 1) / base.LettersPerWord
	s.cands = s.cands[:0]
	s.diffs = s.diffs[:0]
	bestQuick := never
	for i := range models {
		m := &models[i]
		shift := ref - m.ref
		a, b := max(0, shift), min(n, shift+len(m.letters))
		if b <= a || a >= to || b <= from {
			continue
		}
		first := len(s.diffs)
		quick, ok := s.compare(sc, m, shift, max(a, from), min(b, to), left, bestQuick-margin)
		if !ok {
			s.diffs = s.diffs[:first]
			continue
		}
		bestQuick = max(bestQuick, quick)
		s.cands = append(s.cands, candidate{m: m, shift: shift, a: a, b: b, quick: quick, first: first})
	}
	s.cands = slices.DeleteFunc(s.cands, func(c candidate) bool { return c.quick < bestQuick-margin })
}

// compare appends the mismatch words of a gene to s.diffs and gives the best
// score of an alignment of whole words over [lo, hi) that starts at the
// junction, its prior taken off. Word by word, not letter by letter: it only
// chooses candidates. It gives up, with false, as soon as the gene cannot reach
// least: most genes of a family cannot after two or three words of eight.
func (s *side) compare(sc *Scratch, m *model, shift, lo, hi int, left bool, least score) (score, bool) {
	best := score(0)
	sum := best
	rest := score(hi-lo) * agree
	first := len(s.diffs)
	s.diffs = slices.Grow(s.diffs, s.words)[:first+s.words]
	diffs := s.diffs[first:]
	for i := range diffs {
		w := i
		if left {
			w = len(diffs) - 1 - i
		}
		p := w * base.LettersPerWord
		x := base.Diff(sc.packed[w], geneWindow(m.packed, p-shift), base.LettersPerWord) &^ sc.masked[w]
		diffs[w] = x
		letters := score(min(hi, p+base.LettersPerWord) - max(lo, p))
		if letters <= 0 {
			continue
		}
		mism := score(bits.OnesCount64(x & laneRange(lo-p, hi-p)))
		sum += (letters-mism)*agree + mism*differ
		rest -= letters * agree
		best = max(best, sum)
		if max(best, sum+rest)-m.prior < least {
			return 0, false
		}
	}
	return best - m.prior, true
}

// geneWindow is base.Window for places that may lie before the first letter.
func geneWindow(packed []uint64, p int) uint64 {
	if p >= 0 {
		return base.Window(packed, p)
	}
	if p <= -base.LettersPerWord {
		return 0
	}
	return packed[0] << (2 * uint(-p))
}

// laneRange has the low bits of the lanes [from, to) of a word set.
func laneRange(from, to int) uint64 {
	from, to = max(from, 0), min(to, base.LettersPerWord)
	if from >= to {
		return 0
	}
	x := ^uint64(0) << (2 * uint(from)) & 0x5555555555555555
	if to < base.LettersPerWord {
		x &= 1<<(2*uint(to)) - 1
	}
	return x
}

// mismatch tells whether letter p of the read differs from candidate c.
func (s *side) mismatch(c *candidate, p int) bool {
	return s.diffs[c.first+p/base.LettersPerWord]>>(2*uint(p%base.LettersPerWord))&1 == 1
}

// isMasked tells whether letter p of the read is none of A C G T.
func (sc *Scratch) isMasked(p int) bool {
	return sc.hasMasked && sc.masked[p/base.LettersPerWord]>>(2*uint(p%base.LettersPerWord))&1 == 1
}

// letterScore is the score of letter p of the read on candidate c.
func (s *side) letterScore(sc *Scratch, c *candidate, p int) score {
	switch {
	case s.mismatch(c, p):
		return differ
	case sc.isMasked(p):
		return 0
	}
	return agree
}

// extendLeft finds where the local alignment of c that ends at fixed starts.
func (s *side) extendLeft(sc *Scratch, c *candidate, fixed int) {
	to := min(fixed, c.b)
	c.fixed, c.total, c.outer = fixed, 0, to
	if sc.hasMasked {
		s.extendLettersLeft(sc, c, to)
		return
	}
	// A run of letters that agree is worth most at its end: only the mismatches
	// are looked at, a dozen instead of two hundred letters.
	sum, at := score(0), to
	for w := (to - 1) / base.LettersPerWord; to > c.a && w >= c.a/base.LettersPerWord; w-- {
		p := w * base.LettersPerWord
		x := s.diffs[c.first+w] & laneRange(c.a-p, to-p)
		for x != 0 {
			lane := bits.Len64(x) - 1
			x &^= 1 << lane
			mism := p + lane/2
			sum += score(at-mism-1) * agree
			if sum > c.total {
				c.total, c.outer = sum, mism+1
			}
			sum += differ
			at = mism
		}
	}
	if sum += score(at-c.a) * agree; at > c.a && sum > c.total {
		c.total, c.outer = sum, c.a
	}
}

// extendLettersLeft is extendLeft letter by letter, for reads with letters that
// count as nothing.
func (s *side) extendLettersLeft(sc *Scratch, c *candidate, to int) {
	sum := score(0)
	for p := to - 1; p >= c.a; p-- {
		sum += s.letterScore(sc, c, p)
		if sum > c.total {
			c.total, c.outer = sum, p
		}
	}
}

// extendRight finds where the local alignment of c that begins at fixed stops.
func (s *side) extendRight(sc *Scratch, c *candidate, fixed int) {
	from := max(fixed, c.a)
	c.fixed, c.total, c.outer = fixed, 0, from
	if sc.hasMasked {
		s.extendLettersRight(sc, c, from)
		return
	}
	sum, at := score(0), from
	for w := from / base.LettersPerWord; w*base.LettersPerWord < c.b; w++ {
		p := w * base.LettersPerWord
		for x := s.diffs[c.first+w] & laneRange(from-p, c.b-p); x != 0; x &= x - 1 {
			mism := p + bits.TrailingZeros64(x)/2
			sum += score(mism-at) * agree
			if sum > c.total {
				c.total, c.outer = sum, mism
			}
			sum += differ
			at = mism + 1
		}
	}
	if sum += score(c.b-at) * agree; at < c.b && sum > c.total {
		c.total, c.outer = sum, c.b
	}
}

// extendLettersRight is extendRight letter by letter.
func (s *side) extendLettersRight(sc *Scratch, c *candidate, from int) {
	sum := score(0)
	for p := from; p < c.b; p++ {
		sum += s.letterScore(sc, c, p)
		if sum > c.total {
			c.total, c.outer = sum, p+1
		}
	}
}

// extendAll extends all candidates from fixed.
func (s *side) extendAll(sc *Scratch, fixed int, left bool) {
	for i := range s.cands {
		if left {
			s.extendLeft(sc, &s.cands[i], fixed)
		} else {
			s.extendRight(sc, &s.cands[i], fixed)
		}
	}
}

// weighEnds fills best and arg of a 5' side for ends in [lo, hi]: each
// candidate's outer part up to fixed, then letter by letter.
func (s *side) weighEnds(sc *Scratch, lo, fixed, hi int) {
	s.open(lo, hi)
	for k := range s.cands {
		c := &s.cands[k]
		if c.total == 0 {
			continue
		}
		end := c.m.end + c.shift // where the gene ends on the read
		at := func(p int, sum score) {
			if p <= end {
				s.offer(p, sum-score(end-p)*deleteCost-c.m.prior, k)
			}
		}
		sum := c.total
		from := min(fixed, c.b)
		at(from, sum)
		for p := from; p < min(c.b, hi); p++ {
			sum += s.letterScore(sc, c, p)
			at(p+1, sum)
		}
		sum = c.total
		for p := from - 1; p >= max(lo, c.outer+1, c.gappedAt); p-- {
			sum -= s.letterScore(sc, c, p)
			at(p, sum)
		}
	}
}

// weighStarts is weighEnds for a 3' side: beginnings in [lo, hi].
func (s *side) weighStarts(sc *Scratch, lo, fixed, hi int) {
	s.open(lo, hi)
	for k := range s.cands {
		c := &s.cands[k]
		if c.total == 0 {
			continue
		}
		start := c.m.origin + c.shift
		at := func(p int, sum score) {
			if p >= start {
				s.offer(p, sum-score(p-start)*deleteCost-c.m.prior, k)
			}
		}
		sum := c.total
		from := max(fixed, c.a)
		at(from, sum)
		for p := from - 1; p >= max(c.a, lo); p-- {
			sum += s.letterScore(sc, c, p)
			at(p, sum)
		}
		sum = c.total
		stop := c.outer - 1
		if c.runs != nil {
			stop = min(stop, c.gappedAt)
		}
		for p := from; p < min(hi, stop); p++ {
			sum -= s.letterScore(sc, c, p)
			at(p+1, sum)
		}
	}
}

func (s *side) open(lo, hi int) {
	s.lo = lo
	n := hi - lo + 1
	s.best = slices.Grow(s.best[:0], n)[:n]
	s.arg = slices.Grow(s.arg[:0], n)[:n]
	for i := range s.best {
		s.best[i] = never
		s.arg[i] = -1
	}
}

func (s *side) offer(p int, v score, k int) {
	i := p - s.lo
	if i < 0 || i >= len(s.best) {
		return
	}
	if v > s.best[i] || v == s.best[i] && s.arg[i] >= 0 && s.cands[k].m.gene < s.cands[s.arg[i]].m.gene {
		s.best[i], s.arg[i] = v, int32(k)
	}
}

// at is the best score at p and who has it; never where there is none.
func (s *side) at(p int) (score, int) {
	i := p - s.lo
	if i < 0 || i >= len(s.best) {
		return never, -1
	}
	return s.best[i], int(s.arg[i])
}
