package window

import (
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/internal/seed"
)

// minTwoDs is how many letters two D genes must show together when neither of
// their flanks is on the read: 4^-20 × 150² places is 2 in 10⁸.
const minTwoDs = 20

// twoDs finds an incomplete recombination of two D genes on a read that holds
// the genes but not the flanks they are known by.
func (l *Locator) twoDs(seq []byte, s *Scratch) (Located, bool) {
	set := l.Index.Set
	for i := range s.votes.Clusters {
		if s.votes.Clusters[i].Cover >= strongCover {
			return Located{}, false // the read holds something else
		}
	}
	for five := range l.Index.Families {
		for three := range l.Index.Families {
			a, b, p := &l.Index.Families[five], &l.Index.Families[three], l.pairs[five][three]
			if p.system < 0 || !a.Flank || !b.Flank {
				continue
			}
			for _, reverse := range []bool{false, true} {
				read := s.oriented(seq, reverse)
				run3, g3, at3 := longestD(set, []germline.Pool{{Genes: b.Genes}}, read)
				if run3 < minTwoDs/3 {
					continue
				}
				start3 := max(at3, 0)
				run5, _, at5 := longestD(set, []germline.Pool{{Genes: a.Genes}}, read[:min(len(read), start3+maxOverlap)])
				if run5 < minTwoDs/3 || run5+run3 < minTwoDs || at5 >= at3 {
					continue
				}
				strand := seed.Label(0)
				if reverse {
					strand = 1
				}
				loc := Located{
					System: int(p.system), Recombination: int(p.recombination),
					Reverse: reverse, FiveReverse: reverse, ThreeReverse: reverse,
					Five:  seed.Cluster{Label: seed.Label(five<<1) | strand, Ref: at5, First: max(0, at5), Last: max(0, at5) + run5, Hits: 1, Cover: run5},
					Three: seed.Cluster{Label: seed.Label(three<<1) | strand, Ref: at3, First: start3, Last: at3 + len(set.Genes[g3].Sequence), Hits: 1, Cover: run3},
				}
				l.evaluate(&loc, len(read))
				return loc, true
			}
		}
	}
	return Located{}, false
}
