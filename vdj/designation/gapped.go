package designation

import (
	"slices"

	"vidjil.org/vidjil/vdj/internal/align"
	"vidjil.org/vidjil/vdj/internal/seed"
)

// Reads with an insertion or deletion inside a gene agree with it on one
// diagonal near the junction and on another further out. The words of the read
// say which; only then is anything aligned.

const (
	// minUnexplained is how many letters of the gene the ungapped alignment
	// must leave over for a gap to be looked for.
	minUnexplained = 12
	// gapBand is the largest insertion or deletion followed.
	gapBand = 30
	// gappedGenes is how many genes are aligned: the best on both diagonals.
	gappedGenes = 6
	// overlapGap is how far the alignment starts inside the explained part,
	// since letters beyond a gap can agree by chance.
	overlapGap = 16
)

type gapScratch struct {
	aligner align.Aligner
	other   side
	read    []byte
	gene    []byte
	sums    []gappedSum
}

type gappedSum struct {
	cand int
	sum  score
}

var gapModel = align.Model{
	Agree: int32(agree), Differ: int32(differ), Open: -int32(gapOpen), Extend: -int32(gapExtend),
}

// alignGapped looks for a second diagonal of the side's family and aligns the
// likeliest genes with gaps, where that explains more.
func (e *Engine) alignGapped(sc *Scratch, s *side, models []model, ref, fixed int, left bool) {
	best := -1
	for i := range s.cands {
		if best < 0 || s.cands[i].total > s.cands[best].total {
			best = i
		}
	}
	if best < 0 || !s.unexplained(&s.cands[best], left) {
		return
	}
	// Weigh the genes again by the explained part alone: with the rest, all of
	// them look like random letters, and chance would choose.
	outer := s.cands[best].outer
	if left {
		s.lay(sc, models, ref, outer, fixed, left)
	} else {
		s.lay(sc, models, ref, fixed, outer, left)
	}
	s.extendAll(sc, fixed, left)
	g := &sc.gapped
	g.sums = g.sums[:0]
	for _, c := range sc.window.Votes().Clusters {
		if c.Ref == ref || c.Cover < seed.K || abs(c.Ref-ref) > gapBand || !e.sameFamily(c.Label, models) {
			continue
		}
		e.addSecond(sc, s, models, c.Ref, outer, left)
	}
	if len(g.sums) == 0 {
		return
	}
	slices.SortStableFunc(g.sums, func(a, b gappedSum) int { return int(b.sum - a.sum) })
	done := 0
	for i, x := range g.sums {
		if slices.ContainsFunc(g.sums[:i], func(y gappedSum) bool { return y.cand == x.cand }) {
			continue
		}
		s.extendGapped(sc, &s.cands[x.cand], left)
		if done++; done == gappedGenes {
			break
		}
	}
}

// sameFamily tells whether a label is of the family that models belong to.
func (e *Engine) sameFamily(l seed.Label, models []model) bool {
	return slices.Contains(e.index.Families[l.Family()].Genes, models[0].gene)
}

// unexplained tells whether the gene has letters left on the read beyond the
// ungapped alignment.
func (s *side) unexplained(c *candidate, left bool) bool {
	if left {
		return c.outer-c.a >= minUnexplained
	}
	// Past its exon a J goes on as intron or as C: only the exon counts.
	return min(c.m.end+c.shift, c.b)-c.outer >= minUnexplained
}

// addSecond scores the side's candidates on a second diagonal beyond outer.
func (e *Engine) addSecond(sc *Scratch, s *side, models []model, ref, outer int, left bool) {
	g := &sc.gapped
	from, to := 0, outer
	if !left {
		from, to = outer, len(sc.read)
	}
	g.other.lay(sc, models, ref, from, to, left)
	for i := range g.other.cands {
		o := &g.other.cands[i]
		for k := range s.cands {
			if s.cands[k].m == o.m {
				g.sums = append(g.sums, gappedSum{cand: k, sum: s.cands[k].total + max(0, o.quick)})
				break
			}
		}
	}
}

// extendGapped aligns the outer part of a candidate again, with gaps, and keeps
// the alignment if it is worth more.
func (s *side) extendGapped(sc *Scratch, c *candidate, left bool) {
	g := &sc.gapped
	g.read, g.gene = g.read[:0], g.gene[:0]
	if left {
		meet := min(c.outer+overlapGap, c.fixed, c.b)
		if meet <= c.a {
			return
		}
		g.read = reversed(g.read, sc.read[:meet])
		g.gene = reversed(g.gene, c.m.letters[:meet-c.shift])
		x := g.aligner.Extend(g.read, g.gene, gapBand, gapModel)
		total := score(x.Score)
		for p := meet; p < min(c.fixed, c.b); p++ {
			total += s.letterScore(sc, c, p)
		}
		if total <= c.total || !hasGap(x.Runs) {
			return
		}
		c.total, c.gappedAt = total, meet
		c.outer, c.gene0 = meet-x.Read, meet-c.shift-x.Gene
		slices.Reverse(x.Runs)
		c.runs = runsOf(x.Runs)
		return
	}
	meet := max(c.outer-overlapGap, c.fixed, c.a)
	if meet-c.shift >= len(c.m.letters) {
		return
	}
	x := g.aligner.Extend(sc.read[meet:], c.m.letters[meet-c.shift:], gapBand, gapModel)
	total := score(x.Score)
	for p := max(c.fixed, c.a); p < meet; p++ {
		total += s.letterScore(sc, c, p)
	}
	if total <= c.total || !hasGap(x.Runs) {
		return
	}
	c.total, c.gappedAt = total, meet
	c.outer, c.gene0 = meet+x.Read, meet-c.shift+x.Gene
	c.runs = runsOf(x.Runs)
}

func hasGap(runs []align.Run) bool {
	return slices.ContainsFunc(runs, func(r align.Run) bool { return r.Op == 'I' || r.Op == 'D' })
}

func runsOf(runs []align.Run) []Run {
	out := make([]Run, len(runs))
	for i, r := range runs {
		out[i] = Run{Op(r.Op), r.Len}
	}
	return out
}

func reversed(dst, src []byte) []byte {
	for _, s := range slices.Backward(src) {
		dst = append(dst, s)
	}
	return dst
}

func abs(x int) int {
	if x < 0 {
		return -x
	}
	return x
}
