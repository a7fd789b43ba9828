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

// oriented is the coding strand of the read, in scratch memory.
func (s *Scratch) oriented(seq []byte, reverse bool) []byte {
	if !reverse {
		return seq
	}
	s.orient = base.ReverseComplement(s.orient[:0], seq)
	return s.orient
}

// flanks are the genomic neighbours that tell a gene in germline
// configuration: what follows the 5' genes, what precedes the 3' genes.
type flanks struct {
	after  [][]flankWord // by family
	before [][]flankWord
}

type flankWord struct {
	letters uint64 // flankLength letters
	fromRef int    // where the first of them stands, from the reference point
}

// flankLength is how many letters beyond a gene are compared. 24 letters hold
// the heptamer and most of the spacer; by chance 20 of 24 agree in 10^-8.
const (
	flankLength   = 24
	maxFlankDiffs = 4
)

// The flank of a whole gene begins (ends) with a recombination signal, whose
// heptamer is CACAGTG in its first three letters almost without exception. An
// allele that is cut short is followed by the rest of its own gene instead.
var (
	heptamerStart = []byte("CAC")
	heptamerEnd   = []byte("GTG")
)

func flanksOf(x *seed.Index) flanks {
	fl := flanks{after: make([][]flankWord, len(x.Families)), before: make([][]flankWord, len(x.Families))}
	for f := range x.Families {
		fam := &x.Families[f]
		for _, g := range fam.Genes {
			gene := &x.Set.Genes[g]
			switch {
			case fam.Side == seed.Five && len(gene.Down) >= flankLength && bytes.HasPrefix(gene.Down, heptamerStart):
				w := base.Window(base.Pack(nil, gene.Down[:flankLength]), 0)
				fl.after[f] = addFlank(fl.after[f], flankWord{w, len(gene.Sequence) - x.Refs[g]})
			case fam.Side == seed.Three && len(gene.Up) >= flankLength && bytes.HasSuffix(gene.Up, heptamerEnd):
				up := gene.Up[len(gene.Up)-flankLength:]
				w := base.Window(base.Pack(nil, up), 0)
				fl.before[f] = addFlank(fl.before[f], flankWord{w, -x.Refs[g] - flankLength})
			}
		}
	}
	return fl
}

func addFlank(list []flankWord, w flankWord) []flankWord {
	for _, have := range list {
		if have == w {
			return list
		}
	}
	return append(list, w)
}

// germlineConfiguration tells whether one of the two genes still has its
// germline neighbour at the junction side, as in reads of genomic DNA, in
// sterile transcripts, and in the D7-27/J1 of IGH: nothing was recombined.
func (l *Locator) germlineConfiguration(loc *Located, seq []byte, s *Scratch) bool {
	oriented := s.oriented(seq, loc.Reverse)
	s.rest = base.Pack(s.rest, oriented)
	n := len(oriented)
	return l.isNear(l.flank.before[loc.Three.Label.Family()], loc.Three.Ref, s.rest, n) ||
		loc.Five.Hits > 0 && l.isNear(l.flank.after[loc.Five.Label.Family()], loc.Five.Ref, s.rest, n)
}

// isNear tells whether one of the flanks lies on the read where the reference
// point puts it.
func (l *Locator) isNear(flanks []flankWord, ref int, read []uint64, length int) bool {
	for _, w := range flanks {
		p := ref + w.fromRef
		if p < 0 || p+flankLength > length {
			continue
		}
		if bits.OnesCount64(base.Diff(base.Window(read, p), w.letters, flankLength)) <= maxFlankDiffs {
			return true
		}
	}
	return false
}

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
