package window

import (
	"bytes"
	"math/bits"
	"slices"

	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/internal/base"
	"vidjil.org/vidjil/vdj/internal/seed"
)

// A tail is the 3' end of V genes of a family, up to tailLength letters, as
// they stand before the junction. Alleles with the same end share one.
type tail struct {
	letters uint64 // packed, the last letter of the gene in the highest lane used
	length  int
	fromRef int // where the gene ends, counted from its reference point
}

// tailLength is how much of the end of a V gene is searched on reads that hold
// little of it: a word's 32 letters.
const tailLength = base.LettersPerWord

func tailsOf(x *seed.Index) map[int][]tail {
	tails := map[int][]tail{}
	for f := range x.Families {
		fam := &x.Families[f]
		if fam.Side != seed.Five || fam.Kind != germline.V {
			continue
		}
		seen := map[tail]bool{}
		for _, g := range fam.Genes {
			gene := &x.Set.Genes[g]
			if gene.Anchor < 0 || len(gene.Sequence)-gene.Anchor < 6 || gene.Functionality == "P" {
				continue
			}
			end := gene.Sequence[max(0, len(gene.Sequence)-tailLength):]
			t := tail{
				letters: base.Window(base.Pack(nil, end), 0), length: len(end),
				fromRef: len(gene.Sequence) - x.Refs[g],
			}
			if !seen[t] {
				seen[t] = true
				tails[f] = append(tails[f], t)
			}
		}
	}
	return tails
}

// minTail is the least number of letters that a V end at the start of the read
// must agree on: 8 letters of 45 places and some 30 really different ends
// agree by chance in 2 % of the reads that have a J and no V.
const minTail = 8

// rescue looks for the recombinations of a read whose 3' side is there, but
// whose V is too short for words: V then reaches the start of the read.
func (l *Locator) rescue(seq []byte, s *Scratch) (Located, bool) {
	best := Located{System: -1}
	for strand := range 2 {
		_, three := l.sides(s, strand == 1)
		for i := range three {
			c := &three[i]
			if c.Cover >= strongCover && c.Cover > best.Three.Cover {
				best.Three = *c
				best.Reverse = strand == 1
			}
		}
	}
	if best.Three.Hits == 0 {
		return best, false
	}
	best.FiveReverse, best.ThreeReverse = best.Reverse, best.Reverse
	oriented := s.oriented(seq, best.Reverse)
	if l.wordsOfFive(&best, s) {
		l.evaluate(&best, len(seq))
		return best, true
	}
	partial, flank, ok := l.withoutV(&best, oriented)
	if l.tailOfV(&best, oriented) && (!ok || best.Five.Cover-max(0, best.Five.Last-flank) > flank) {
		l.evaluate(&best, len(seq))
		return best, true
	}
	return partial, ok
}

// wordsOfFive takes the 5' cluster that agrees best with the 3' one even if it
// is short: its place is known, before the 3' genes and not far from them.
func (l *Locator) wordsOfFive(loc *Located, s *Scratch) bool {
	five, _ := l.sides(s, loc.Reverse)
	bestScore := 0.0
	found := false
	for i := range five {
		a := &five[i]
		p := l.pairs[a.Label.Family()][loc.Three.Label.Family()]
		if p.system < 0 || !ordered(a, &loc.Three) || a.Last < a.Ref-anchorReach ||
			a.Cover < minShortCover && a.First > maxStart {
			continue
		}
		score := l.bits(a)
		if !p.complete {
			score -= incompletePenalty
		}
		if !found || score > bestScore {
			found, bestScore = true, score
			loc.Five, loc.System, loc.Recombination = *a, int(p.system), int(p.recombination)
		}
	}
	return found
}

// minShortCover is the least number of letters of a 5' side beside a strong 3'
// side: 4^-13 × 10⁴ words × 100 places is 1.5 %.
const minShortCover = 13

// maxStart is where a single word must start for its place to be known: V
// reaches back to the start of the read.
const maxStart = 3

// tailOfV lays the ends of V genes over the start of the read.
func (l *Locator) tailOfV(loc *Located, oriented []byte) bool {
	n := min(len(oriented), tailLength)
	head := base.Window(base.Pack(nil, oriented[:n]), 0)
	bestLetters, bestFamily, bestEnd, bestRef := 0, -1, 0, 0
	for f := range l.Index.Families {
		p := l.pairs[f][loc.Three.Label.Family()]
		if p.system < 0 || !p.complete {
			continue
		}
		for _, t := range l.tails[f] {
			for end := min(t.length, n, loc.Three.First+maxOverlap); end >= minTail; end-- {
				// The last end letters of the gene over the first end letters of
				// the read; what is deleted from the gene's end shows as
				// mismatches at the right, and is not counted.
				diff := base.Diff(head, t.letters>>(2*uint(t.length-end)), end)
				letters := agreeing(diff, end)
				if letters > bestLetters {
					bestLetters, bestFamily, bestEnd, bestRef = letters, f, letters, end-t.fromRef
				}
			}
		}
	}
	if bestLetters < minTail {
		return false
	}
	p := l.pairs[bestFamily][loc.Three.Label.Family()]
	loc.System, loc.Recombination = int(p.system), int(p.recombination)
	label := seed.Label(bestFamily << 1)
	if loc.Reverse {
		label |= 1
	}
	loc.Five = seed.Cluster{Label: label, Ref: bestRef, First: 0, Last: bestEnd, Hits: 1, Cover: bestLetters}
	return true
}

// agreeing is the number of letters before the first mismatch, or, when a
// second run of at least six follows it, of both runs less three.
func agreeing(diff uint64, n int) int {
	first := min(bits.TrailingZeros64(diff|1<<63)/2, n)
	if diff == 0 {
		return n
	}
	rest := diff >> (2 * uint(first)) >> 2
	second := n - first - 1
	if rest != 0 {
		second = min(bits.TrailingZeros64(rest)/2, second)
	}
	if second >= 6 {
		return first + second - 3
	}
	return first
}

// withoutV accepts a read of a locus with D genes that starts inside its D or
// N: what stands before J is not germline, and holds a D gene. When letters of
// the D's upstream flank open the read, the recombination is incomplete; flank
// is their number.
func (l *Locator) withoutV(found *Located, oriented []byte) (loc Located, flank int, ok bool) {
	loc = *found
	before := oriented[:max(0, min(loc.Three.First, len(oriented)))]
	three := loc.Three.Label.Family()
	for f := range l.Index.Families {
		p := l.pairs[f][three]
		if p.system < 0 || !p.complete {
			continue
		}
		rec := &l.Index.Set.Systems[p.system].Recombinations[p.recombination]
		run, gene, shift := longestD(l.Index.Set, rec.Four, before)
		if run < minD {
			continue
		}
		loc.System, loc.Recombination = int(p.system), int(p.recombination)
		l.incomplete(&loc, gene, shift, before)
		l.evaluate(&loc, len(oriented))
		return loc, loc.Five.Cover, true
	}
	return loc, 0, false
}

// minD is the run of letters of a D gene that makes a read without V a
// recombination: 30 places × 1 000 letters of D genes × 4^-9 is 11 %, on reads
// that are known to have a J without its germline flank.
const minD = 9

// longestD is the longest run of letters that read and a D gene of the pools
// share, that gene, and where its first letter stands on the read.
func longestD(set *germline.Set, pools []germline.Pool, read []byte) (run, gene, shift int) {
	for _, pool := range pools {
		for _, g := range pool.Genes {
			d := set.Genes[g].Sequence
			for i := 0; i+run < len(read); i++ {
				for run < len(d) && i+run < len(read) {
					at := bytes.Index(d, read[i:i+run+1])
					if at < 0 {
						break
					}
					run, gene, shift = run+1, g, i-at
				}
			}
		}
	}
	return run, gene, shift
}

// minFlank is how many letters of a D's flank, from the start of the read, make
// the recombination incomplete: two agree by chance in 6 % of the D genes that
// have lost nothing at 5', and in most the flank runs on longer.
const minFlank = 2

// incomplete turns a recombination without V into the incomplete one of the D
// gene, when the letters before the D are those of its flank.
func (l *Locator) incomplete(loc *Located, gene, shift int, before []byte) {
	up := l.Index.Set.Genes[gene].Up
	if shift < minFlank || shift > len(up) || shift > len(before) {
		return
	}
	diffs := 0
	for i := range shift {
		if before[i] != up[len(up)-shift+i] {
			diffs++
		}
	}
	if diffs*8 > shift {
		return
	}
	for f := range l.Index.Families {
		fam := &l.Index.Families[f]
		p := l.pairs[f][loc.Three.Label.Family()]
		if p.system < 0 || !fam.Flank || fam.Side != seed.Five || !slices.Contains(fam.Genes, gene) {
			continue
		}
		label := seed.Label(f << 1)
		if loc.Reverse {
			label |= 1
		}
		loc.System, loc.Recombination = int(p.system), int(p.recombination)
		loc.Five = seed.Cluster{Label: label, Ref: shift, First: 0, Last: shift, Hits: 1, Cover: shift}
		return
	}
}
