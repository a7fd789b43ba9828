package window

import (
	"math/bits"

	"vidjil.org/vidjil/vdj/internal/base"
	"vidjil.org/vidjil/vdj/internal/seed"
)

// A head is a 3' gene with its flank, as it stands after the junction.
type head struct {
	packed  []uint64
	length  int
	fromRef int // where it starts, counted from the reference point
}

// headLength is how much of a 3' gene and its flank is searched.
const headLength = 64

func headsOf(x *seed.Index) [][]head {
	heads := make([][]head, len(x.Families))
	for f := range x.Families {
		fam := &x.Families[f]
		if fam.Side != seed.Three {
			continue
		}
		for _, g := range fam.Genes {
			letters, start := x.Target(fam, g)
			letters = letters[:min(len(letters), headLength)]
			heads[f] = append(heads[f], head{
				packed: base.Pack(nil, letters), length: len(letters), fromRef: start - x.Refs[g],
			})
		}
	}
	return heads
}

const (
	// minHead is the fewest letters of a 3' gene that are looked at beside a
	// strong V. Its score, the letters that agree less mutationCost for each
	// that does not, must reach what is asked of words (enoughThree), and a bit
	// more for the places of mutations.
	minHead      = 14
	moreForHead  = 1
	mutationCost = 2.6
)

// rescueThree looks for the recombinations of a read whose V is there, but
// whose J has no words: mutated, or cut short by the end of the read.
func (l *Locator) rescueThree(seq []byte, s *Scratch) (Located, bool) {
	best := Located{System: -1}
	for strand := range 2 {
		five, _ := l.sides(s, strand == 1)
		for i := range five {
			if c := &five[i]; c.Cover >= strongCover && c.Cover > best.Five.Cover {
				best.Five, best.Reverse = *c, strand == 1
			}
		}
	}
	if best.Five.Hits == 0 {
		return best, false
	}
	best.FiveReverse, best.ThreeReverse = best.Reverse, best.Reverse
	for _, c := range s.votes.Clusters { // the diagonal nearest the junction
		if c.Label == best.Five.Label && c.Cover >= weakCover && c.Last > best.Five.Last && abs(c.Ref-best.Five.Ref) <= maxIndel {
			best.Five = c
		}
	}
	from := max(0, best.Five.Last-maxOverlap)
	if len(seq)-from < minEnd {
		return best, false // the read ends in V
	}
	oriented := s.oriented(seq, best.Reverse)
	s.rest = base.Pack(s.rest, oriented)
	if l.isNear(l.flank.after[best.Five.Label.Family()], best.Five.Ref, s.rest, len(oriented)) {
		return best, false // V goes on into its signal
	}
	if l.startOfJ(&best, oriented, s.rest) {
		l.evaluate(&best, len(oriented))
		return best, true
	}
	bestScore := 0.0
	for f := range l.heads {
		p := l.pairs[best.Five.Label.Family()][f]
		if p.system < 0 {
			continue
		}
		for _, h := range l.heads[f] {
			for at := from - h.length + minHead; at <= min(len(oriented)-minHead, from+maxGap); at++ {
				score, first, last := layHead(s.rest, len(oriented), &h, at, from)
				three := seed.Cluster{Label: seed.Label(f << 1), First: first}
				if score > bestScore && score >= l.enoughThree(&best.Five, &three)+moreForHead &&
					first <= at-h.fromRef+anchorReach {
					bestScore = score
					best.System, best.Recombination = int(p.system), int(p.recombination)
					label := seed.Label(f << 1)
					if best.Reverse {
						label |= 1
					}
					best.Three = seed.Cluster{
						Label: label, Ref: at - h.fromRef, First: first, Last: last, Hits: 1, Cover: int(score),
					}
				}
			}
		}
	}
	if best.System < 0 {
		return best, false
	}
	l.evaluate(&best, len(oriented))
	return best, true
}

const (
	// minEnd is the shortest start of a J at the end of a read that is looked
	// at, maxLost the most letters that the J may have lost before it.
	minEnd  = 8
	maxLost = 10
	// endE is the e-value that it must not exceed.
	endE = 1e-3
)

// startOfJ finds the first letters of a J at the very end of a read whose V
// reaches its anchor. Their place is known, so that few letters do: the genes of
// the family × the letters they may have lost × 4^-n.
func (l *Locator) startOfJ(loc *Located, oriented []byte, read []uint64) bool {
	if loc.Five.Last < loc.Five.Ref {
		return false
	}
	best := 0
	for f := range l.heads {
		p := l.pairs[loc.Five.Label.Family()][f]
		if p.system < 0 {
			continue
		}
		places := float64(len(l.heads[f]) * (maxLost + 1))
		for _, h := range l.heads[f] {
			for lost := 0; lost <= maxLost; lost++ {
				n := min(h.length-lost, len(oriented)-loc.Five.Last+maxOverlap, base.LettersPerWord)
				for ; n > best && n >= minEnd; n-- {
					at := len(oriented) - n
					if base.Diff(base.Window(read, at), base.Window(h.packed, lost), n) != 0 ||
						places*l.power[n] > endE {
						continue
					}
					best = n
					loc.System, loc.Recombination = int(p.system), int(p.recombination)
					label := seed.Label(f << 1)
					if loc.Reverse {
						label |= 1
					}
					loc.Three = seed.Cluster{
						Label: label, Ref: at - lost - h.fromRef, First: at, Last: len(oriented), Hits: 1, Cover: n,
					}
					break
				}
			}
		}
	}
	return best > 0
}

// layHead lays a 3' gene at letter at of a read, over letters from and later,
// and gives the best score of a run of letters, and that run.
func layHead(read []uint64, length int, h *head, at, from int) (score float64, first, last int) {
	lo, hi := max(at, from), min(length, at+h.length)
	n := min(hi-lo, base.LettersPerWord)
	if n < minHead {
		return 0, 0, 0
	}
	// A look at the last letters of the overlap dismisses nearly all places.
	diff := base.Diff(base.Window(read, hi-n), base.Window(h.packed, hi-n-at), n)
	if bits.OnesCount64(diff)*3 > n {
		return 0, 0, 0
	}
	sum, start := 0.0, lo
	for p := lo; p < hi; p++ {
		if base.Window(read, p)&3 == base.Window(h.packed, p-at)&3 {
			sum++
		} else {
			sum -= mutationCost
		}
		if sum <= 0 {
			sum, start = 0, p+1
		}
		if sum > score {
			score, first, last = sum, start, p+1
		}
	}
	return score, first, last
}
