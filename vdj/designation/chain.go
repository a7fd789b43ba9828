package designation

import (
	"math"
	"math/bits"
	"slices"
	"strings"

	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/internal/base"
)

// The joint choice of the ends of V and J and of the D genes between them is
// one dynamic programme over the letters of the read. A path is
//
//	V … (inserted letters) (D (inserted letters))* … J
//
// and its score the sum of what each part is worth. States say which D came
// last: in loci with few D genes (TRD, TRB) a D is followed only by one that
// lies further 3' in the locus; with many (IGH) by any other.

// dPool is the D genes that may stand between the two ends of a recombination.
type dPool struct {
	genes  []dGene
	states int       // states after the first; a gene's state is 1 … states
	costs  []score   // cost of the first, second, third D
	kmers  [][]dWord // by word, large pools only
	// longest is the length of the longest gene.
	longest int
}

type dGene struct {
	gene   int
	letter []byte
	packed []uint64 // the same
	state  int      // small pools: its place in the locus, from 1; large ones: 0
	prior  score    // cost of choosing it, for orphons
}

// dWord is where a word of seedD letters stands: gene of the pool, offset.
type dWord struct{ gene, offset int }

// seedD is the word that a D must share with the read in large pools. A D of
// IGH costs more than three letters are worth in the shortest junction, and more
// than four where there is room for more.
const seedD = 4

// maxSmallPool is the number of D genes, alleles not counted, up to which the
// order of the locus is followed.
const maxSmallPool = 4

func newDPool(set *germline.Set, rec *germline.Recombination) *dPool {
	p := &dPool{}
	bases := map[string]int{}
	locus := ""
	for _, pool := range rec.Four {
		for _, g := range pool.Genes {
			gene := &set.Genes[g]
			locus = gene.Locus
			if _, ok := bases[gene.Base()]; !ok {
				bases[gene.Base()] = len(bases) + 1
			}
			d := dGene{gene: g, letter: gene.Sequence, packed: base.Pack(nil, gene.Sequence), state: bases[gene.Base()]}
			if isOrphon(gene) {
				d.prior = orphonCost
			}
			p.genes = append(p.genes, d)
			p.longest = max(p.longest, len(d.letter))
		}
	}
	if len(p.genes) == 0 {
		return p
	}
	if len(bases) > maxSmallPool {
		p.states = 2
		for i := range p.genes {
			p.genes[i].state = 0
		}
		p.kmers = make([][]dWord, 1<<(2*seedD))
		for i, d := range p.genes {
			for o := 0; o+seedD <= len(d.letter); o++ {
				w := base.Window(d.packed, o) & (1<<(2*seedD) - 1)
				p.kmers[w] = append(p.kmers[w], dWord{i, o})
			}
		}
	} else {
		p.states = len(bases)
	}
	p.costs = dCosts(locus, foreign(set, rec.Three, locus))
	return p
}

// foreign tells whether the 3' genes are of another locus than the D genes.
func foreign(set *germline.Set, three []germline.Pool, locus string) bool {
	for _, pool := range three {
		for _, g := range pool.Genes {
			if set.Genes[g].Locus != locus {
				return true
			}
		}
	}
	return false
}

// dCosts is what the first, second and third D of a chain cost: the number of
// ways to lay one (ln), less the odds that there is one.
func dCosts(locus string, foreign bool) []score {
	if foreign {
		return []score{nats(dCostForeign), nats(dCostForeign + 0.5), nats(dCostForeign + 1)}
	}
	switch locus {
	case "IGH":
		return []score{nats(dCostIGH), nats(dCostIGH + second), never}
	case "TRB":
		return []score{nats(dCostTRB), nats(dCostTRB + 5), never}
	case "TRD":
		return []score{nats(dCostTRD), nats(dCostTRD + 0.5), nats(dCostTRD + 1)}
	}
	return []score{nats(dCostIGH), nats(dCostIGH + second), never}
}

// What a D costs grows with the letters among which it may lie: so many more
// words look like one by chance (the expected number of chance matches is in
// proportion to them; Karlin and Altschul 1990). They are counted on the best
// path without D. Where there is a D, its own letters are among them, so that
// the cost grows by half the logarithm only: with the whole, 80.4 and not 81.5 %
// of the reads of small are right in full, and 71.0 and not 71.8 % of hard. At
// regionMean the costs are those below.
//
// Without it, D is right in 87.2, 95.8, 80.0 and 96.1 % of the reads of small,
// hard, short and long; with it in 87.4, 96.4, 80.3 and 96.6 %. Of 5 500 clones
// of TRD from another seed, all genes are right in 84.3 % without and in 87.9 %
// with it.
const regionMean = 30

func regionCost(letters int) score {
	return nats(0.5 * math.Log(float64(letters+1)/(regionMean+1)))
}

// The costs of a first D, in nats, were chosen on the curated designations and
// the simulated reads small and hard, one at a time: all genes are right in 135
// of 151 and D in 87 % and 96 % of the reads. IGH at 7, TRB at 3.5 and TRD at 4.5
// lose one curated sequence or more.
const (
	dCostIGH = 6.0
	dCostTRB = 4.5
	dCostTRD = 5.5
	// A D before a J of another locus (Vδ-Jα, Dδ2-Jα) must show six letters: nine
	// of the fourteen curated ones have none. At 5.5, 150-nt reads of TRA+D with
	// 1 % of errors are right in full in 63 % and not 77 %, and one curated
	// sequence less; the same from 7 to 7.5, and from 8 on D genes are lost.
	dCostForeign = 7.5
	second       = 4.0 // what a second D of IGH costs more; at 2, four sequences are lost
)

// chain is the working memory of the programme.
type chain struct {
	lo, hi int
	after  [][]score // by state: best score of a path that stands at lo+i between genes
	from   [][]int32 // by state: where the last gene of that path ends
	costs  []score   // of the first, second, third D between these two ends
	done   [][]score // by state: best score of a path whose last D ends at lo+i
	laid   [][]laid  // by state: that D
	before []score   // of the state being laid: best score before a D, its cost off
	prev   []int8    // and the state of that path
	seen   []uint32  // by diagonal of a large pool: the read that it was last laid on
	reads  uint32    // reads so far
	worthy []place   // diagonals of large pools on which a second D may lie
}

// place is a D gene of a pool on a diagonal.
type place struct{ gene, shift int }

type laid struct {
	gene  int32 // index in dPool.genes
	start int32 // where it starts on the read
	prev  int8  // state before it
}

// dMatch is a D gene of the best path.
type dMatch struct {
	pool       int // index in dPool.genes
	start, end int // on the read
}

// result of a chain.
type path struct {
	score     score
	fiveEnd   int // where the 5' gene ends on the read
	threeAt   int // where the 3' gene begins
	ds        []dMatch
	fiveCand  int
	threeCand int
}

// ends says what the 5' and 3' genes of a path allow between them.
type ends struct {
	// first and last are the states that a D may have: those after the 5' gene
	// and before the 3' one when these are D genes themselves.
	first, last int
	three       string // name of the likeliest 3' gene
	maxDs       int    // 0: as many as the pool allows
	fiveIsD     bool   // the 5' gene is a D gene
}

// solve finds the best path between the ends of a 5' side (nil when the read
// starts inside the junction) and the beginnings of a 3' side.
func (ch *chain) solve(sc *Scratch, five, three *side, pool *dPool, lim ends) path {
	ch.lo = three.lo
	if five != nil {
		ch.lo = min(five.lo, three.lo)
	}
	ch.hi = three.lo + len(three.best) - 1
	n := ch.hi - ch.lo + 1
	states := pool.states
	if lim.maxDs > 0 && pool.kmers != nil {
		states = min(states, lim.maxDs)
	}
	ch.open(n, states+1)
	for i := range n {
		v := never
		if five != nil {
			v, _ = five.at(ch.lo + i)
		} else if i == 0 {
			v = 0
		}
		ch.done[0][i] = v
	}
	ch.settle(0)
	ch.weighDs(pool, three)
	for st := 1; st <= states; st++ {
		if pool.kmers != nil || st >= lim.first && st <= lim.last {
			ch.openBefore(pool, st)
			ch.layD(sc, pool, st, lim.three)
		}
		ch.settle(st)
	}
	return ch.trace(five, three, states, lim.fiveIsD)
}

// between gives the states that may stand between two genes of the locus.
func (p *dPool) between(set *germline.Set, five, three int) (first, last int) {
	first, last = 1, p.states
	for i := range p.genes {
		d := &p.genes[i]
		if five >= 0 && set.Genes[d.gene].Base() == set.Genes[five].Base() {
			first = d.state + 1
		}
		if three >= 0 && set.Genes[d.gene].Base() == set.Genes[three].Base() {
			last = d.state - 1
		}
	}
	return first, last
}

func (ch *chain) open(n, states int) {
	for len(ch.after) < states {
		ch.after = append(ch.after, nil)
		ch.from = append(ch.from, nil)
		ch.done = append(ch.done, nil)
		ch.laid = append(ch.laid, nil)
	}
	for s := range states {
		ch.after[s] = slices.Grow(ch.after[s][:0], n)[:n]
		ch.from[s] = slices.Grow(ch.from[s][:0], n)[:n]
		ch.done[s] = slices.Grow(ch.done[s][:0], n)[:n]
		ch.laid[s] = slices.Grow(ch.laid[s][:0], n)[:n]
		for i := range n {
			ch.done[s][i] = never
		}
	}
}

// settle lets inserted letters follow the genes of a state. Of equal paths the
// one whose gene comes first wins.
func (ch *chain) settle(st int) {
	done, after, from := ch.done[st], ch.after[st], ch.from[st]
	for i := range done {
		after[i], from[i] = done[i], int32(i)
		if i > 0 && after[i-1]-insertCost >= done[i] {
			after[i], from[i] = after[i-1]-insertCost, from[i-1]
		}
	}
}

// weighDs fills costs, by the letters between the ends of the best path without
// D.
func (ch *chain) weighDs(pool *dPool, three *side) {
	best, region := never, -1
	for i, v := range ch.after[0] {
		h, _ := three.at(ch.lo + i)
		if h > never/2 && v > never/2 && v+h > best {
			best, region = v+h, i-int(ch.from[0][i])
		}
	}
	ch.costs = append(ch.costs[:0], pool.costs...)
	if region < 0 {
		return
	}
	for i := range ch.costs {
		ch.costs[i] += regionCost(region)
	}
}

// layD lays the D genes of state st on the read, after any earlier state.
func (ch *chain) layD(sc *Scratch, pool *dPool, st int, threeName string) {
	if pool.kmers == nil {
		for i := range pool.genes {
			d := &pool.genes[i]
			if d.state != st {
				continue
			}
			for shift := ch.lo - len(d.letter) + 1; shift < ch.hi; shift++ {
				ch.diagonal(sc, pool, st, i, shift, threeName)
			}
		}
		return
	}
	if st > 1 {
		// Only diagonals worth more than a second D costs can hold one.
		for _, w := range ch.worthy {
			ch.diagonal(sc, pool, st, w.gene, w.shift, threeName)
		}
		return
	}
	ch.worthy = ch.worthy[:0]
	// A diagonal's number: gene, then how far the read reaches beyond the start
	// of the longest gene.
	width := ch.hi - ch.lo + pool.longest
	ch.newRead(len(pool.genes) * width)
	for p := ch.lo; p+seedD <= ch.hi; p++ {
		w := base.Window(sc.packed, p) & (1<<(2*seedD) - 1)
		for _, k := range pool.kmers[w] {
			shift := p - k.offset
			seen := &ch.seen[k.gene*width+shift-ch.lo+pool.longest]
			if *seen == ch.reads {
				continue
			}
			*seen = ch.reads
			if gain := ch.diagonal(sc, pool, st, k.gene, shift, threeName); gain > ch.costs[1] {
				ch.worthy = append(ch.worthy, place{k.gene, shift})
			}
		}
	}
}

// newRead forgets the diagonals seen, of which there are n now.
func (ch *chain) newRead(n int) {
	if ch.reads++; n > len(ch.seen) || ch.reads == 0 {
		ch.seen, ch.reads = make([]uint32, n), 1
	}
}

// diagonal lays one D gene along one diagonal: letter p of the read over letter
// p-shift of the gene. It gives what the letters of the best run on it are worth.
func (ch *chain) diagonal(sc *Scratch, pool *dPool, st, gene, shift int, threeName string) (gain score) {
	d := &pool.genes[gene]
	from, to := max(ch.lo, shift), min(ch.hi, shift+len(d.letter))
	cost := d.impossible(threeName) + d.prior
	gain, worth := value(sc, d, shift, from, to)
	if worth < ch.costs[0]+cost {
		return gain // the path without it is better
	}
	run, start := never, from
	done, laidAt := ch.done[st], ch.laid[st]
	tail := score(len(d.letter)-(from+1-shift)) * dDeleteCost
	head := cost + score(from-shift)*dDeleteCost
	for p := from; p < to; p++ {
		// Open here, after the best earlier state.
		if v := ch.before[p-ch.lo] - head; v >= run && !ch.sameBefore(pool, p, gene) {
			run, start = v, p
		}
		head += dDeleteCost
		letter := score(0)
		if sc.read[p] == d.letter[p-shift] {
			letter = agree
		} else if !sc.isMasked(p) {
			letter = dDiffer
		}
		run += letter
		if i := p + 1 - ch.lo; run-tail > done[i] && run > never/2 {
			done[i] = run - tail
			laidAt[i] = laid{gene: int32(gene), start: int32(start), prev: ch.prev[start-ch.lo]}
		}
		tail -= dDeleteCost
	}
	return gain
}

// value is what the letters of the best run on a diagonal are worth, and the
// best that a run can bring a path: with what it saves in inserted letters.
// Most diagonals are worth less than a D costs, and need not be laid.
func value(sc *Scratch, d *dGene, shift, from, to int) (gain, worth score) {
	if sc.hasMasked {
		return valueOfLetters(sc, d, shift, from, to)
	}
	var run, rich score
	for p := from; p < to; p += base.LettersPerWord {
		n := min(to-p, base.LettersPerWord)
		agrees := laneRange(0, n) &^ base.Diff(base.Window(sc.packed, p), base.Window(d.packed, p-shift), n)
		for agrees != 0 {
			skip := bits.TrailingZeros64(agrees) / 2
			// Lanes have the low bit only: filled up, a run of them is a run of ones.
			same := bits.TrailingZeros64(^((agrees | agrees<<1) >> (2 * skip))) / 2
			run = max(0, run+score(skip)*dDiffer) + score(same)*agree
			rich = max(0, rich+score(skip)*(dDiffer+insertCost)) + score(same)*(agree+insertCost)
			gain, worth = max(gain, run), max(worth, rich)
			agrees = agrees >> (2 * skip) >> (2 * same)
			n -= skip + same
		}
		run = max(0, run+score(n)*dDiffer)
		rich = max(0, rich+score(n)*(dDiffer+insertCost))
	}
	return gain, worth
}

// valueOfLetters is value letter by letter, for reads with letters that count as
// nothing.
func valueOfLetters(sc *Scratch, d *dGene, shift, from, to int) (gain, worth score) {
	var run, rich score
	gene := d.letter[from-shift : to-shift]
	for i, c := range sc.read[from:to] {
		letter := score(0)
		if c == gene[i] {
			letter = agree
		} else if !sc.isMasked(from + i) {
			letter = dDiffer
		}
		run = max(0, run+letter)
		gain = max(gain, run)
		rich = max(0, rich+letter+insertCost)
		worth = max(worth, rich)
	}
	return gain, worth
}

// openBefore fills, for each place, the best score of a path on which a D of
// state st may follow, what the D costs taken off, and that path's state.
func (ch *chain) openBefore(pool *dPool, st int) {
	n := len(ch.done[0])
	ch.before = slices.Grow(ch.before[:0], n)[:n]
	ch.prev = slices.Grow(ch.prev[:0], n)[:n]
	for i := range n {
		ch.before[i], ch.prev[i] = never, 0
	}
	for s := range st {
		if pool.kmers != nil && s != st-1 {
			continue
		}
		cost := ch.costs[min(s, 1)]
		for i, v := range ch.after[s] {
			if v-cost > ch.before[i] {
				ch.before[i], ch.prev[i] = v-cost, int8(s)
			}
		}
	}
}

// sameBefore tells whether the path before p ends in the given gene of a large
// pool: one gene cannot be joined to itself.
func (ch *chain) sameBefore(pool *dPool, p, gene int) bool {
	s := ch.prev[p-ch.lo]
	if pool.kmers == nil || s == 0 {
		return false
	}
	end := ch.from[s][p-ch.lo]
	return int(ch.laid[s][end].gene) == gene
}

// impossible is what a D costs before a J that lies 5' of it in the locus:
// TRBD2 stands between the two clusters of TRBJ.
func (d *dGene) impossible(three string) score {
	if d.state == 2 && strings.HasPrefix(three, "TRBJ1-") {
		return nats(4)
	}
	return 0
}

func (ch *chain) trace(five, three *side, states int, fiveIsD bool) path {
	best := path{score: never}
	bestState, bestAt := 0, -1
	for s := 0; s <= states; s++ {
		for i := range ch.after[s] {
			h, _ := three.at(ch.lo + i)
			if h == never || ch.after[s][i] <= never/2 {
				continue
			}
			// Letters that fit two neighbours go to V rather than to J, and to
			// J rather than to D, as in the field's designations.
			v := ch.after[s][i] + h
			if v > best.score || v == best.score && s == 0 && bestState == 0 && !fiveIsD {
				best.score, bestState, bestAt = v, s, i
			}
		}
	}
	if bestAt < 0 {
		return best
	}
	best.threeAt = ch.lo + bestAt
	_, best.threeCand = three.at(best.threeAt)
	s, i := bestState, bestAt
	for s > 0 {
		end := int(ch.from[s][i])
		l := ch.laid[s][end]
		best.ds = append(best.ds, dMatch{pool: int(l.gene), start: int(l.start), end: ch.lo + end})
		s, i = int(l.prev), int(l.start)-ch.lo
	}
	slices.Reverse(best.ds)
	best.fiveEnd, best.fiveCand = ch.lo, -1
	if five != nil {
		best.fiveEnd = ch.lo + int(ch.from[0][i])
		_, best.fiveCand = five.at(best.fiveEnd)
	}
	return best
}
