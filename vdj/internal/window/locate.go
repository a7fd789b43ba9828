// Package window finds the recombination of a read, and the window around its
// junction that identifies the clonotype.
//
// It works in tiers of rising cost: words at every fourth letter settle most
// recombined reads and dismiss most others; words at every letter settle the
// rest; a search for the ends of V genes helps reads that hold little of V.
// Every read ends with a located recombination or with one cause.
//
// The package decides where and which system; which genes and what was deleted
// is the work of package designation.
package window

import (
	"math"
	"slices"

	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/internal/base"
	"vidjil.org/vidjil/vdj/internal/seed"
)

// Cause says why a read has no located recombination.
type Cause uint8

// The causes.
const (
	None Cause = iota
	TooShort
	Strand
	TooFew
	OnlyFive
	OnlyThree
	Ambiguous
	WindowTooShort
	NotRecombined
	NumCauses
)

// UnexpectedSystem is the System of a recombination between systems or strands.
const UnexpectedSystem = -2

// Options of the search. The zero value is the default.
type Options struct {
	// Unexpected reports recombinations that no system of the set describes.
	Unexpected bool
}

// Thresholds, in letters of the read that agree with one family on one diagonal.
const (
	// A side that has this many letters in words of one diagonal is there: by
	// chance, 10⁴ words of a family at 300 positions agree on 22 letters once
	// in 10⁷ reads (4^-22 × 10⁴ × 300).
	strongCover = 22
	// A V with this many is there when the 3' side is strong: its place is then
	// known to some 100 letters. What a 3' side needs, enoughThree says.
	weakCover = 15
	// maxOverlap is how far the words of both sides may overlap: letters that
	// by chance fit both genes at the junction.
	maxOverlap = 12
	// maxGap is the most letters between the last word of the 5' side and the
	// first of the 3' side. The longest human junctions are under 150 nt.
	maxGap = 220
	// maxIndel is the largest insertion or deletion inside a gene that is
	// followed from one diagonal to the next.
	maxIndel = 30
	// quickStep is the distance between words of the first tier. On 1 GB of
	// amplicons 4 takes 8.8 CPU seconds in all, 7 takes 7.4, 8 no less; 7 finds
	// all but 8 of 1.8 M recombined reads that 4 finds.
	quickStep = 7
	// minRead is the shortest read worth a look: a word of each side.
	minRead = 2 * seed.K
)

// Located is where the recombination of a read is. Positions are 0-based on
// the oriented read.
type Located struct {
	Cause   Cause
	Reverse bool
	// System is the index in the set's Systems, Recombination that in the
	// system's Recombinations.
	System, Recombination int
	// Five and Three are the clusters of the two sides; Five has no Hits when
	// only what follows V is on the read.
	Five, Three seed.Cluster
	// FiveReverse and ThreeReverse are the strands of the two sides. They are
	// equal to Reverse but in an unexpected recombination, which may join two
	// strands; each cluster's places are then on the read of its own strand.
	FiveReverse, ThreeReverse bool
	EFive, EThree             float64 // expected number of such sides in a random read
}

// Locator finds recombinations. It is safe for concurrent use.
type Locator struct {
	Index *seed.Index
	opt   Options
	// pairs[five family][three family] is the recombination of the two, or a
	// negative System.
	pairs [][]pair
	tails map[int][]tail // ends of V genes by 5' family, for rescue
	heads [][]head       // 3' genes by family, for rescue
	flank flanks
	given []float64 // by family: log₄ of its number of words
	power []float64 // 4^-n
}

type pair struct {
	system, recombination int16
	complete              bool
}

// Scratch is the working memory of one goroutine.
type Scratch struct {
	votes  seed.Votes
	five   []seed.Cluster
	three  []seed.Cluster
	orient []byte
	rest   []uint64
}

// Votes gives the votes of the last read, for the designation of it.
func (s *Scratch) Votes() *seed.Votes { return &s.votes }

// New prepares a Locator for an index.
func New(x *seed.Index, opt Options) *Locator {
	l := &Locator{Index: x, opt: opt}
	l.pairs = make([][]pair, len(x.Families))
	for f := range x.Families {
		l.pairs[f] = make([]pair, len(x.Families))
		for t := range x.Families {
			l.pairs[f][t] = l.recombination(f, t)
		}
	}
	for f := range x.Families {
		l.given = append(l.given, math.Log2(float64(x.Families[f].Words+1))/2)
	}
	for n := range maxPower {
		l.power = append(l.power, math.Pow(4, -float64(n)))
	}
	l.tails = tailsOf(x)
	l.heads = headsOf(x)
	l.flank = flanksOf(x)
	return l
}

// recombination looks up the first recombination of the set that joins two
// families; complete systems before incomplete ones.
func (l *Locator) recombination(five, three int) pair {
	x := l.Index
	best := pair{system: -1}
	for s := range x.Set.Systems {
		sys := &x.Set.Systems[s]
		for r := range sys.Recombinations {
			rec := &sys.Recombinations[r]
			if !joins(rec.Five, &x.Families[five], seed.Five) || !joins(rec.Three, &x.Families[three], seed.Three) {
				continue
			}
			if best.system < 0 || sys.Complete() && !best.complete {
				best = pair{system: int16(s), recombination: int16(r), complete: sys.Complete()}
			}
		}
	}
	return best
}

// joins tells whether a family belongs to one of the pools of a side. All genes
// of a family belong to the same pools, so one gene answers for all.
func joins(pools []germline.Pool, f *seed.Family, side seed.Side) bool {
	if f.Side != side {
		return false
	}
	for _, p := range pools {
		if slices.Contains(p.Genes, f.Genes[0]) {
			return true
		}
	}
	return false
}

// Locate finds the recombination of a read.
func (l *Locator) Locate(seq []byte, s *Scratch) Located {
	if len(seq) < minRead {
		return Located{Cause: TooShort}
	}
	v := &s.votes
	v.Load(seq)
	v.ScanNear(l.Index, quickStep)
	if !l.promising(v.Clusters) {
		return Located{Cause: TooFew}
	}
	if loc, ok := l.pairUp(s); ok && loc.Five.Cover >= strongCover && loc.Three.Cover >= strongCover &&
		!l.disputed(&loc, v.Clusters) && !l.Index.Families[loc.Five.Label.Family()].Flank {
		l.evaluate(&loc, len(seq))
		return loc
	}
	return l.LocateFully(seq, s)
}

// LocateFully is Locate without the first tier.
func (l *Locator) LocateFully(seq []byte, s *Scratch) Located {
	if len(seq) < minRead {
		return Located{Cause: TooShort}
	}
	v := &s.votes
	v.Load(seq)
	v.ScanAll(l.Index)
	loc, ok := l.pairUp(s)
	if ok {
		l.evaluate(&loc, len(seq))
		ok = l.significant(&loc)
		l.follow(&loc, v.Clusters)
		ok = ok || l.significant(&loc)
	}
	if !ok {
		if loc, ok = l.rescue(seq, s); !ok {
			loc, ok = l.rescueThree(seq, s)
		}
		if !ok {
			loc, ok = l.twoDs(seq, s)
		}
	}
	if ok && l.germlineConfiguration(&loc, seq, s) {
		loc.Cause = NotRecombined
		return loc
	}
	if !ok && l.opt.Unexpected {
		if x, found := l.unexpected(s, len(seq)); found {
			return x
		}
	}
	if !ok {
		return Located{Cause: l.cause(v.Clusters)}
	}
	return loc
}

// promising tells whether the votes of the first tier deserve the second: two
// words on one diagonal, or one of each side in order on one strand.
func (l *Locator) promising(clusters []seed.Cluster) bool {
	for i := range clusters {
		a := &clusters[i]
		if a.Hits >= 2 {
			return true
		}
		for j := range clusters {
			b := &clusters[j]
			if a.Label.Reverse() == b.Label.Reverse() && ordered(a, b) &&
				l.pairs[a.Label.Family()][b.Label.Family()].system >= 0 {
				return true
			}
		}
	}
	return false
}

// maxCandidates is how many clusters a side is narrowed to, by cover.
const maxCandidates = 12

// pairUp finds the pair of clusters, one of each side, that explains most
// letters of the read, among the recombinations of the set.
func (l *Locator) pairUp(s *Scratch) (Located, bool) {
	best := Located{System: -1}
	bestScore := math.Inf(-1)
	for strand := range 2 {
		five, three := l.sides(s, strand == 1)
		for i := range five {
			for j := range three {
				a, b := &five[i], &three[j]
				p := l.pairs[a.Label.Family()][b.Label.Family()]
				if p.system < 0 || !ordered(a, b) {
					continue
				}
				score := l.bits(a) + l.bits(b)
				if l.Index.Families[a.Label.Family()].Flank {
					score -= gapPenalty * float64(max(0, b.First-a.Last))
				}
				if !p.complete {
					score -= incompletePenalty
				}
				if score > bestScore {
					bestScore = score
					best = Located{
						Reverse: strand == 1, System: int(p.system), Recombination: int(p.recombination),
						Five: *a, Three: *b,
					}
					best.FiveReverse, best.ThreeReverse = best.Reverse, best.Reverse
				}
			}
		}
	}
	return best, bestScore > math.Inf(-1)
}

// gapPenalty is how many letters each letter between an upstream D and the 3'
// side costs: of D genes that follow each other on the read as they do in the
// germline, the nearest one is joined.
const gapPenalty = 0.05

// incompletePenalty is how many letters more an incomplete recombination must
// explain than a complete one of the same read.
const incompletePenalty = 4

// ordered tells whether the 5' cluster stands before the 3' one, near enough.
func ordered(a, b *seed.Cluster) bool {
	return a.First < b.First && a.Last < b.Last && a.Last <= b.First+maxOverlap && b.First-a.Last <= maxGap
}

// bits is the evidence of a cluster in letters: those it covers, less those
// that the size of its family gives away (log₄ of its words).
func (l *Locator) bits(c *seed.Cluster) float64 {
	return float64(c.Cover) - l.given[c.Label.Family()]
}

// sides sorts the clusters of one strand by side, the largest maxCandidates.
func (l *Locator) sides(s *Scratch, reverse bool) (five, three []seed.Cluster) {
	s.five, s.three = s.five[:0], s.three[:0]
	for _, c := range s.votes.Clusters {
		if c.Label.Reverse() != reverse {
			continue
		}
		if l.Index.Families[c.Label.Family()].Side == seed.Five {
			s.five = keep(s.five, c)
		} else {
			s.three = keep(s.three, c)
		}
	}
	return s.five, s.three
}

// keep inserts c in a list ordered by falling cover that holds at most
// maxCandidates; equal ones stay in order of arrival.
func keep(list []seed.Cluster, c seed.Cluster) []seed.Cluster {
	if len(list) == maxCandidates {
		if c.Cover <= list[len(list)-1].Cover {
			return list
		}
		list = list[:len(list)-1]
	}
	list = append(list, c)
	for i := len(list) - 1; i > 0 && list[i-1].Cover < c.Cover; i-- {
		list[i-1], list[i] = list[i], list[i-1]
	}
	return list
}

// disputed tells whether another diagonal of one of the two families lies
// between the chosen ones and the junction: an insertion or deletion near the
// junction, which needs all words to be followed.
func (l *Locator) disputed(loc *Located, clusters []seed.Cluster) bool {
	for i := range clusters {
		c := &clusters[i]
		if c.Label == loc.Five.Label && c.Ref != loc.Five.Ref && c.Last > loc.Five.Last &&
			abs(c.Ref-loc.Five.Ref) <= maxIndel {
			return true
		}
		if c.Label == loc.Three.Label && c.Ref != loc.Three.Ref && c.First < loc.Three.First &&
			abs(c.Ref-loc.Three.Ref) <= maxIndel {
			return true
		}
	}
	return false
}

// followCover is how many letters make a diagonal one to follow: by chance, 30
// places × 60 diagonals × 30 different words of IGHV × 4^-13 is 1 in 1 000.
const followCover = 13

// follow moves each side to the diagonal nearest the junction, where an
// insertion or deletion inside the gene has shifted it: the anchors, and with
// them the window, are read off that diagonal, wherever the read starts.
func (l *Locator) follow(loc *Located, clusters []seed.Cluster) {
	for i := range clusters {
		c := &clusters[i]
		if c.Label == loc.Five.Label && c.Cover >= followCover && c.Last > loc.Five.Last+seed.K/2 &&
			abs(c.Ref-loc.Five.Ref) <= maxIndel && ordered(c, &loc.Three) {
			loc.Five = *c
		}
		if c.Label == loc.Three.Label && c.Cover >= followCover && c.First < loc.Three.First-seed.K/2 &&
			abs(c.Ref-loc.Three.Ref) <= maxIndel && ordered(&loc.Five, c) {
			loc.Three = *c
		}
	}
}

// evaluate fills the e-values: the number of sides as good that are expected in
// a random read. A side is random when its letters are: words of the family ×
// positions × 4^-cover.
func (l *Locator) evaluate(loc *Located, length int) {
	loc.EFive = l.eValue(&loc.Five, length)
	loc.EThree = l.eValue(&loc.Three, length)
}

func (l *Locator) eValue(c *seed.Cluster, length int) float64 {
	if c.Hits == 0 {
		return 1
	}
	words := float64(l.Index.Families[c.Label.Family()].Words)
	return words * float64(length) * l.power[min(c.Cover, maxPower-1)]
}

// maxPower is the cover from which on e-values are the same: 4^-400 is 10^-241.
const maxPower = 400

// significant tells whether both sides are there: one by itself and the other
// given the first, or both because together they are beyond chance.
func (l *Locator) significant(loc *Located) bool {
	a, b := loc.Five.Cover, loc.Three.Cover
	switch {
	case a >= strongCover && b >= strongCover:
		return true
	case a >= strongCover && float64(b) >= l.enoughThree(&loc.Five, &loc.Three), a >= weakCover && b >= strongCover,
		a < strongCover && b < strongCover && loc.EFive*loc.EThree <= maxJointE && loc.Five.First <= maxUnseen:
		return nearAnchors(loc)
	}
	return false
}

// enoughThree is how many letters a 3' side beside a strong V must show: the
// words of its family × places × 4^-n must be small. V genes are everywhere in
// the loci, and a million reads of germline DNA show what follows each of a
// thousand of them over and over: for most, 100 places and one in 10⁵. A V that
// reaches its anchor, and a 3' side close by, need less, 60 places and three in
// 10³: a germline V goes on there into its signal, which is looked for.
func (l *Locator) enoughThree(five, three *seed.Cluster) float64 {
	const far, near = 11.6, 7.1 // log₄(100/10⁻⁵), log₄(60/10⁻²·⁵)
	if five.Last >= five.Ref-seed.K/2 && three.First-five.Last <= 60 {
		return l.given[three.Label.Family()] + near
	}
	return l.given[three.Label.Family()] + far
}

// anchorReach is how far from its anchor a side may end when one of them would
// not do alone: the anchors stand some ten letters inside the ends of both
// genes.
const anchorReach = 15

func nearAnchors(loc *Located) bool {
	return (loc.Five.Cover >= strongCover || loc.Five.Last >= loc.Five.Ref-anchorReach) &&
		(loc.Three.Cover >= strongCover || loc.Three.First <= loc.Three.Ref+anchorReach)
}

// maxJointE bounds the product of the e-values of two sides neither of which
// would do alone, as on a read cut short on both: one random read in 10⁴, over
// the dozen pairs of families.
const maxJointE = 1e-5

// maxUnseen is how many letters may stand before a short V: it is short because
// the read starts there. Genes of the same superfamily have ends like those of V
// genes, but not what comes before.
const maxUnseen = 25

// cause tells what is missing in a read without a recombination.
func (l *Locator) cause(clusters []seed.Cluster) Cause {
	var best [2][2]int // strand, side → letters
	for i := range clusters {
		c := &clusters[i]
		strand, side := 0, 0
		if c.Label.Reverse() {
			strand = 1
		}
		if l.Index.Families[c.Label.Family()].Side == seed.Three {
			side = 1
		}
		best[strand][side] = max(best[strand][side], c.Cover)
	}
	plus, minus := max(best[0][0], best[0][1]), max(best[1][0], best[1][1])
	if plus >= weakCover && minus >= weakCover && plus < 2*minus && minus < 2*plus {
		return Strand
	}
	strand := 0
	if minus > plus {
		strand = 1
	}
	five, three := best[strand][0] >= weakCover, best[strand][1] >= weakCover
	switch {
	case five && three:
		return Ambiguous
	case five:
		return OnlyFive
	case three:
		return OnlyThree
	}
	return TooFew
}

// oriented is the coding strand of the read, in scratch memory.
func (s *Scratch) oriented(seq []byte, reverse bool) []byte {
	if !reverse {
		return seq
	}
	s.orient = base.ReverseComplement(s.orient[:0], seq)
	return s.orient
}

func abs(x int) int {
	if x < 0 {
		return -x
	}
	return x
}
