package window

import (
	"slices"

	"vidjil.org/vidjil/vdj/internal/seed"
)

// unexpected takes the two strongest sides of the read, whatever their families
// and strands, when both are beyond doubt and stand side by side.
func (l *Locator) unexpected(s *Scratch, length int) (Located, bool) {
	best, score := Located{}, 0
	clusters := s.votes.Clusters
	for i := range clusters {
		for j := range clusters {
			a, b := asRead(clusters[i], length), asRead(clusters[j], length)
			if i == j || min(a.Cover, b.Cover) < unexpectedCover || !ordered(&a, &b) {
				continue
			}
			if l.sameGene(&clusters[i], &clusters[j]) {
				continue
			}
			if a.Cover+b.Cover > score {
				score = a.Cover + b.Cover
				best = Located{
					System: UnexpectedSystem, Five: clusters[i], Three: clusters[j],
					FiveReverse: a.Label.Reverse(), ThreeReverse: b.Label.Reverse(),
				}
			}
		}
	}
	if score == 0 {
		return best, false
	}
	l.evaluate(&best, length)
	return best, true
}

// sameGene tells whether two clusters may be one germline gene: the same family
// twice on a strand, which is a gene with an insertion or two neighbours, or a D
// gene with both of its flanks.
func (l *Locator) sameGene(a, b *seed.Cluster) bool {
	if a.Label.Reverse() != b.Label.Reverse() {
		return false
	}
	if a.Label == b.Label {
		return true
	}
	genes := l.Index.Families[b.Label.Family()].Genes
	return abs(a.Ref-b.Ref) <= maxIndel && slices.ContainsFunc(l.Index.Families[a.Label.Family()].Genes,
		func(g int) bool { return slices.Contains(genes, g) })
}

// unexpectedCover is how much each side of an unexpected recombination must
// cover: nothing else speaks for it.
const unexpectedCover = 40

// asRead puts a cluster's letters on the read as it came, for comparing places
// of clusters of both strands.
func asRead(c seed.Cluster, length int) seed.Cluster {
	if c.Label.Reverse() {
		c.First, c.Last = length-c.Last, length-c.First
	}
	return c
}
