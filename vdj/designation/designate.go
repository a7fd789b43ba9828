package designation

import (
	"bytes"
	"math"
	"slices"

	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/internal/base"
	"vidjil.org/vidjil/vdj/internal/seed"
	"vidjil.org/vidjil/vdj/internal/window"
)

const (
	// reach is how far before the last word of the 5' side, and after the
	// first of the 3' side, the real end of the gene is looked for: words can
	// run on by chance into the junction, a letter in four.
	reach = 20
)

// Unexpected is the system of a recombination that the set does not describe.
const Unexpected = "xxx"

// causes turns the engine's causes into the field's words.
var causes = [window.NumCauses]Cause{
	window.None: None, window.TooShort: TooShortRead, window.Strand: StrandCause, window.TooFew: TooFew,
	window.OnlyFive: OnlyFive, window.OnlyThree: OnlyThree, window.Ambiguous: Ambiguous,
	window.WindowTooShort: WindowTooShort, window.NotRecombined: NotRecombined,
}

// CauseOf is the public name of a cause of the locator.
func CauseOf(c window.Cause) Cause { return causes[c] }

// Designate names the recombination of one sequence. The result shares nothing
// with seq or sc.
func (e *Engine) Designate(seq []byte, sc *Scratch) *Designation {
	loc := e.loc.LocateFully(seq, &sc.window)
	d := &Designation{Cause: CauseOf(loc.Cause), RevComp: loc.FiveReverse, VIdentity: math.NaN()}
	sc.load(seq, d.RevComp)
	d.Sequence = bytes.Clone(sc.read)
	if loc.Cause != window.None {
		d.RevComp = false
		d.Sequence = bytes.ToUpper(bytes.Clone(seq))
		return d
	}
	if loc.System == window.UnexpectedSystem {
		e.unexpected(d, &loc, sc)
		return d
	}
	e.recombination(d, &loc, sc)
	return d
}

// load orients a read and packs it.
func (sc *Scratch) load(seq []byte, reverse bool) {
	sc.read = sc.read[:0]
	if reverse {
		sc.read = base.ReverseComplement(sc.read, seq)
	} else {
		sc.read = append(sc.read, seq...)
		for i, c := range sc.read {
			if c >= 'a' {
				sc.read[i] = c - 'a' + 'A'
			}
		}
	}
	sc.packed = base.Pack(sc.packed, sc.read)
	sc.masked, sc.hasMasked = base.Mask(sc.masked, sc.read)
}

// recombination designates a read whose two sides are located.
func (e *Engine) recombination(d *Designation, loc *window.Located, sc *Scratch) {
	n := len(sc.read)
	var fiveModels []model
	if loc.Five.Hits > 0 {
		fiveModels = e.five[loc.Five.Label.Family()]
	}
	threeModels := e.three[loc.Three.Label.Family()]
	fixed3 := loc.Three.First
	hi := min(n, fixed3+reach)
	lo := 0
	var five *side
	if fiveModels != nil {
		fixed5 := min(loc.Five.Last, n)
		lo = max(0, min(fixed5, fixed3)-reach)
		five = &sc.five
		e.laySide(sc, five, fiveModels, loc.Five.Ref, fixed5, true)
		five.weighEnds(sc, lo, fixed5, hi)
	}
	e.laySide(sc, &sc.three, threeModels, loc.Three.Ref, fixed3, false)
	sc.three.weighStarts(sc, lo, fixed3, hi)

	pool := e.ds[[2]int{loc.System, loc.Recombination}]
	lim := ends{maxDs: e.opt.MaxDs}
	fiveGene, threeGene := -1, sc.three.likeliest()
	if five != nil {
		fiveGene = five.likeliest()
	}
	lim.first, lim.last = pool.between(e.set, fiveGene, threeGene)
	lim.fiveIsD = fiveGene >= 0 && e.set.Genes[fiveGene].Segment == germline.D
	if threeGene >= 0 {
		lim.three = e.set.Genes[threeGene].Name
	}
	best := sc.chain.solve(sc, five, &sc.three, pool, lim)
	if best.score == never {
		d.Cause = Ambiguous
		d.Sequence = bytes.Clone(sc.read)
		return
	}
	d.System = e.set.Systems[loc.System].Code
	e.fill(d, sc, five, &sc.three, pool, &best)
	d.EFive, d.EThree = loc.EFive, loc.EThree
	d.finish(e.set)
}

// laySide compares the genes of a family with one side of the read, and aligns
// those that need gaps.
func (e *Engine) laySide(sc *Scratch, s *side, models []model, ref, fixed int, left bool) {
	if left {
		s.lay(sc, models, ref, 0, fixed, left)
	} else {
		s.lay(sc, models, ref, fixed, len(sc.read), left)
	}
	s.extendAll(sc, fixed, left)
	e.alignGapped(sc, s, models, ref, fixed, left)
}

// likeliest is the gene of the side that explains most letters by itself, or -1.
func (s *side) likeliest() int {
	gene, best := -1, score(0)
	for i := range s.cands {
		if c := &s.cands[i]; c.total > best {
			gene, best = c.m.gene, c.total
		}
	}
	return gene
}

// fill writes the genes and the insertions of the best path.
func (e *Engine) fill(d *Designation, sc *Scratch, five, three *side, pool *dPool, p *path) {
	if five != nil && p.fiveCand >= 0 {
		k := five.settled(sc, p.fiveCand, p.fiveEnd)
		c := &five.cands[k]
		d.Five = e.matchOf(sc, five, c, c.outer, p.fiveEnd)
		d.Five.Genes = e.ties(sc, five, k, p.fiveEnd, true)
	}
	for _, dm := range p.ds {
		d.Ds = append(d.Ds, e.matchD(sc, pool, dm))
	}
	c := &three.cands[p.threeCand]
	d.Three = e.matchOf(sc, three, c, p.threeAt, max(c.outer, p.threeAt))
	d.Three.Genes = e.ties(sc, three, p.threeCand, p.threeAt, false)
	d.C = e.constant(sc, c)
	genes := d.genes()
	for i := 1; i < len(genes); i++ {
		left, right := genes[i-1], genes[i]
		d.Insertions = append(d.Insertions, Insertion{
			Start: left.End, End: right.Start,
			DelLeft:  len(e.set.Genes[left.Genes[0]].Sequence) - left.GeneEnd,
			DelRight: right.GeneStart,
		})
	}
}

// matchOf is candidate c from start to end on the read.
func (e *Engine) matchOf(sc *Scratch, s *side, c *candidate, start, end int) *Match {
	m := &Match{
		Genes: []int{c.m.gene}, Start: start, End: end,
		GeneStart: start - c.shift - c.m.origin, GeneEnd: end - c.shift - c.m.origin,
	}
	from := start
	if c.runs != nil && start == c.outer && end >= c.gappedAt {
		// The outer part of a 5' gene is aligned with gaps up to gappedAt.
		m.Runs = append(m.Runs, c.runs...)
		m.GeneStart = c.gene0 - c.m.origin
		from = c.gappedAt
	}
	to := end
	if c.runs != nil && end == c.outer && start <= c.gappedAt {
		to = c.gappedAt
	}
	for p := from; p < to; p++ {
		op := OpMatch
		if s.mismatch(c, p) || sc.isMasked(p) {
			op = OpMismatch
		}
		m.Runs = appendRun(m.Runs, op, 1)
	}
	if to < end {
		for _, r := range c.runs {
			m.Runs = appendRun(m.Runs, r.Op, r.Len)
		}
		m.GeneEnd = c.gene0 - c.m.origin
	}
	for _, r := range m.Runs {
		switch r.Op {
		case OpMatch:
			m.Score += float64(agree) * float64(r.Len) / nat
		case OpMismatch:
			m.Score += float64(differ) * float64(r.Len) / nat
		default:
			m.Score -= (float64(gapOpen) + float64(gapExtend)*float64(r.Len)) / nat
		}
	}
	m.EValue = expected(m.Score, float64(len(sc.read)), float64(len(s.cands))*float64(len(c.m.letters)))
	return m
}

// expected is the number of matches of at least this score (nats) that random
// letters give, over places × letters of candidates: places·letters·e^-score
// (Karlin and Altschul 1990, with λ = 1 for log-odds and K = 1 as a bound).
func expected(score, places, letters float64) float64 {
	return places * letters * math.Exp(-score)
}

func appendRun(runs []Run, op Op, n int) []Run {
	if k := len(runs); k > 0 && runs[k-1].Op == op {
		runs[k-1].Len += n
		return runs
	}
	return append(runs, Run{op, n})
}

// tieMargin is how much less likely than the best a gene may be to be listed
// beside it: one letter at the junction, which an inserted letter gives by
// chance in one of four. A difference inside the gene is worth five nats.
var tieMargin = nats(1.5)

// ties lists the genes that explain the read as well as candidate k does, the
// cost of pseudogenes aside, k first.
func (e *Engine) ties(sc *Scratch, s *side, k, at int, left bool) []int {
	best := &s.cands[k]
	limit := s.nearest(sc, best, best, at, left) - tieMargin
	genes := []int{s.cands[k].m.gene}
	for i := range s.cands {
		if o := &s.cands[i]; i != k && o.total > 0 && s.nearest(sc, o, best, at, left) >= limit {
			genes = append(genes, o.m.gene)
		}
	}
	slices.SortStableFunc(genes[1:], e.compareGenes)
	return genes
}

// nearest is the best score of c over the ends within two letters of at. An
// allele that is known only in part, and ends before, may have the letters that
// k has beyond: it counts as if it had them.
func (s *side) nearest(sc *Scratch, c, k *candidate, at int, left bool) score {
	if left && c.m.base == k.m.base && c.m.end+c.shift < at && at-c.m.end-c.shift <= maxUnknown {
		end := c.m.end + c.shift
		return s.raw(sc, c, end, left) + s.raw(sc, k, at, left) - s.raw(sc, k, end, left)
	}
	best := never
	for p := at - 2; p <= at+2; p++ {
		if c.covers(p, left) {
			best = max(best, s.raw(sc, c, p, left)-score(abs(at-p))*insertCost)
		}
	}
	return best
}

// maxUnknown is how many letters an allele may lack at its 3' end and still be
// compared with the others of its gene.
const maxUnknown = 12

// compareGenes orders genes for printing: functional ones first, then as in the
// set, which is the order of the field's tables.
func (e *Engine) compareGenes(a, b int) int {
	if ra, rb := e.rank(a), e.rank(b); ra != rb {
		return ra - rb
	}
	return a - b
}

func (e *Engine) rank(gene int) int {
	switch e.set.Genes[gene].Functionality {
	case "ORF":
		return 1
	case "P":
		return 2
	}
	return 0
}

// raw is the score of the letters that c explains up to (from) at.
func (s *side) raw(sc *Scratch, c *candidate, at int, left bool) score {
	sum := c.total
	if left {
		from := min(c.fixed, c.b)
		for p := from; p < at && p < c.b; p++ {
			sum += s.letterScore(sc, c, p)
		}
		for p := from - 1; p >= at; p-- {
			sum -= s.letterScore(sc, c, p)
		}
		return sum
	}
	from := max(c.fixed, c.a)
	for p := from - 1; p >= at && p >= c.a; p-- {
		sum += s.letterScore(sc, c, p)
	}
	for p := from; p < at; p++ {
		sum -= s.letterScore(sc, c, p)
	}
	return sum
}

// covers tells whether the candidate's gene itself, without its inner flank,
// reaches at.
func (c *candidate) covers(at int, left bool) bool {
	if left {
		return at <= c.m.end+c.shift && at <= c.b
	}
	return at >= c.m.origin+c.shift && at >= c.a
}

// matchD is a D gene of the path, with the alleles that fit as well.
func (e *Engine) matchD(sc *Scratch, pool *dPool, dm dMatch) *Match {
	letters := sc.read[dm.start:dm.end]
	d := &pool.genes[dm.pool]
	o, want := d.lay(letters)
	m := &Match{Genes: []int{d.gene}, Start: dm.start, End: dm.end, GeneStart: o, GeneEnd: o + len(letters)}
	for i, c := range letters {
		op := OpMatch
		if c != d.letter[o+i] {
			op = OpMismatch
		}
		m.Runs = appendRun(m.Runs, op, 1)
	}
	m.Score = float64(score(len(letters)-want)*agree+score(want)*differ) / nat
	m.EValue = expected(m.Score, float64(len(letters)+1), float64(len(pool.genes)*len(d.letter)))
	for i := range pool.genes {
		x := &pool.genes[i]
		if x.gene == d.gene {
			continue
		}
		if at, n := x.lay(letters); at >= 0 && n == want {
			m.Genes = append(m.Genes, x.gene)
		}
	}
	slices.SortStableFunc(m.Genes[1:], e.compareGenes)
	return m
}

// lay finds the place on the gene where fewest of the letters differ, the first
// one of equals, and how many do; -1 where the gene is shorter than the letters.
func (d *dGene) lay(letters []byte) (offset, diffs int) {
	offset, diffs = -1, len(letters)+1
	for o := 0; o+len(letters) <= len(d.letter); o++ {
		if n := differences(letters, d.letter[o:], diffs); n < diffs {
			offset, diffs = o, n
		}
	}
	return offset, diffs
}

// differences is the number of letters that differ from a gene laid over them
// without gaps, or something above most when it is more than that.
func differences(letters, gene []byte, most int) int {
	n := 0
	for i, c := range letters {
		if c != gene[i] {
			if n++; n > most {
				break
			}
		}
	}
	return n
}

// Isotype calls need this many letters of the constant gene, nine in ten right.
const minConstant = 12

// constant finds the constant gene that follows the J exon on the read.
func (e *Engine) constant(sc *Scratch, j *candidate) *Match {
	start := j.m.end + j.shift
	gene := &e.set.Genes[j.m.gene]
	if start < 0 || start >= len(sc.read) || j.outer < start-2 {
		return nil
	}
	var best *Match
	for i := range e.consts[gene.Locus] {
		m := &e.consts[gene.Locus][i]
		n := min(len(sc.read)-start, len(m.letters))
		diffs := base.Mismatches(sc.packed, start, m.packed, 0, n)
		if n < minConstant || diffs*10 > n {
			continue
		}
		s := float64(score(n-diffs)*agree+score(diffs)*differ) / nat
		switch {
		case best == nil || s > best.Score:
			best = &Match{
				Genes: []int{m.gene}, Start: start, End: start + n, GeneEnd: n, Score: s,
				EValue: expected(s, 1, float64(len(e.consts[gene.Locus]))),
			}
			for p := range n {
				op := OpMatch
				if sc.read[start+p] != m.letters[p] {
					op = OpMismatch
				}
				best.Runs = appendRun(best.Runs, op, 1)
			}
		case s == best.Score:
			best.Genes = append(best.Genes, m.gene)
		}
	}
	return best
}

// unexpected designates a recombination of two sides of any families and
// strands. The oriented read is that on which the 5' cluster reads forward.
func (e *Engine) unexpected(d *Designation, loc *window.Located, sc *Scratch) {
	n := len(sc.read)
	// On the oriented read the first gene reads forward; the second one may not.
	five := e.onRead(loc.Five.Label.Family(), false)
	turned := loc.FiveReverse != loc.ThreeReverse
	three := e.onRead(loc.Three.Label.Family(), turned)
	ref3, first3 := loc.Three.Ref, loc.Three.First
	if turned {
		ref3, first3 = n-loc.Three.Ref, n-loc.Three.Last
	}
	fixed5 := min(loc.Five.Last, n)
	lo, hi := max(0, min(fixed5, first3)-reach), min(n, first3+reach)
	e.laySide(sc, &sc.five, five, loc.Five.Ref, fixed5, true)
	sc.five.weighEnds(sc, lo, fixed5, hi)
	e.laySide(sc, &sc.three, three, ref3, first3, false)
	sc.three.weighStarts(sc, lo, first3, hi)
	pool := &dPool{}
	best := sc.chain.solve(sc, &sc.five, &sc.three, pool, ends{})
	if best.score == never {
		d.Cause = Ambiguous
		return
	}
	d.System = Unexpected
	e.fill(d, sc, &sc.five, &sc.three, pool, &best)
	d.Three.Reverse = turned
	d.EFive, d.EThree = loc.EFive, loc.EThree
	d.EValue = d.EFive + d.EThree
	d.Reason = Undecidable
}

// onRead gives the models of a family as they lie on the read: as they are, or
// turned to the other strand.
func (e *Engine) onRead(family int, turned bool) []model {
	models := e.five[family]
	if e.index.Families[family].Side == seed.Three {
		models = e.three[family]
	}
	if !turned {
		return models
	}
	out := make([]model, len(models))
	for i, m := range models {
		letters := base.ReverseComplement(nil, m.letters)
		out[i] = model{
			gene: m.gene, letters: letters, packed: base.Pack(nil, letters), prior: m.prior,
			origin: len(letters) - m.end, end: len(letters) - m.origin, ref: len(letters) - m.ref,
		}
	}
	return out
}
