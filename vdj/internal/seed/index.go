// Package seed finds where germline genes lie on a read: one frozen index of
// all words of all genes of a set, both strands, and the votes of a read's
// words for (family of genes, diagonal).
//
// A family is a group of genes that play the same part in the same
// recombinations (all IGHV, all TRAJ, the TRAV that also serve delta, …). Words
// are stored by family and by their offset to the gene's reference point: the
// anchor codon of V and J genes, so that all alleles of a family vote for one
// diagonal, and the diagonal alone tells where the anchor stands on the read.
//
// An Index is safe for concurrent use; a Votes is one per goroutine.
package seed

import (
	"fmt"
	"math/bits"
	"slices"
	"sort"

	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/internal/base"
)

// K is the length of the indexed words, in nucleotides.
//
// 11 keeps the presence map at 512 kB, inside a core's second-level cache, and
// a random word hits in 3 % of the cases (130 000 words of both strands). 10
// hits in 12 %, which makes four times the work on reads without a
// recombination; 12 needs 2 MB of map.
const K = 11

const (
	wordMask = 1<<(2*K) - 1
	// maxPostings is the most places a word may stand in before it is too
	// common to say anything, and is left out.
	maxPostings = 24
	// maxFamilies is the number of families that a label can name.
	maxFamilies = 64
)

// Side is the part that a family plays in a recombination.
type Side uint8

// The two sides.
const (
	Five  Side = iota // V, D with upstream flank, intron
	Three             // J, D with downstream flank, KDE
)

// Family is a group of genes that play the same part.
type Family struct {
	Name  string // for people: the first pool it belongs to and the first gene
	Locus string
	Side  Side
	Kind  germline.Segment // kind of its genes
	Genes []int            // indexes in the set, ascending
	Flank bool             // genes are recognised by the flank outside them
	// Words is the number of distinct words of the family, for e-values.
	Words int
}

// Label names a family on a strand: family*2, plus 1 on the reverse strand.
type Label uint8

// Family is the index of the label's family.
func (l Label) Family() int { return int(l >> 1) }

// Reverse tells whether the label is of the reverse strand.
func (l Label) Reverse() bool { return l&1 == 1 }

// Index is the frozen index of a set.
type Index struct {
	Set      *germline.Set
	Families []Family
	// Refs is the reference point of each gene: 0-based offset on its ungapped
	// sequence, possibly outside of it.
	Refs []int

	all, near table
}

// table holds words and what they say.
type table struct {
	// A word's presence is bit word%64 of present[word/64]; its entry is
	// entries[ranks[word/64] + number of present bits below it]. Most words of
	// most reads are in no table: the bits alone, 512 kB, answer for them.
	present []uint64
	ranks   []uint32
	entries []entry
	more    []entry // postings of words that stand in several places
}

// nearReach is how far before its anchor a V gene's words belong to the near
// table: a read that is recombined where it can be seen has most of them, and
// without the rest, words and votes are half as many.
const nearReach = 130

// entry is a posting: label<<16 | offset+offsetBias, or, with the top bit set,
// first index in more <<8 | number of postings.
type entry uint32

const (
	manyBit    entry = 1 << 31
	offsetBias       = 1 << 15
)

func makeEntry(l Label, offset int) entry { return entry(l)<<16 | entry(offset+offsetBias)&0xffff }

func (e entry) label() Label { return Label(e >> 16) }
func (e entry) offset() int  { return int(e&0xffff) - offsetBias }

// New builds the index of all genes that stand at an end of a recombination of
// the set. It takes about 100 ms for the human set.
func New(set *germline.Set) (*Index, error) {
	x := &Index{Set: set, Refs: References(set)}
	if err := x.group(); err != nil {
		return nil, fmt.Errorf("index germline set %s: %w", set.Name, err)
	}
	x.build()
	return x, nil
}

// group partitions the genes of the 5' and 3' pools into families: genes with
// the same pools at the same side.
func (x *Index) group() error {
	type key struct {
		side Side
		sig  string
	}
	signature := map[[2]int]string{} // side, gene → names of pools
	flank := map[[2]int]bool{}
	seen := map[string]bool{}
	for _, sys := range x.Set.Systems {
		for _, rec := range sys.Recombinations {
			for side, pools := range [][]germline.Pool{rec.Five, rec.Three} {
				for _, p := range pools {
					id := fmt.Sprint(side, p.Name)
					if seen[id] {
						continue
					}
					seen[id] = true
					for _, g := range p.Genes {
						signature[[2]int{side, g}] += p.Name + " "
						// A flank counts only for D genes: it is what tells an
						// incomplete recombination from a complete one.
						if x.Set.Genes[g].Segment == germline.D {
							flank[[2]int{side, g}] = p.Up || p.Down
						}
					}
				}
			}
		}
	}
	places := make([][2]int, 0, len(signature))
	for sg := range signature {
		places = append(places, sg)
	}
	sort.Slice(places, func(i, j int) bool {
		return places[i][0] < places[j][0] || places[i][0] == places[j][0] && places[i][1] < places[j][1]
	})
	index := map[key]int{}
	for _, sg := range places {
		k := key{Side(sg[0]), signature[sg]}
		f, ok := index[k]
		if !ok {
			f = len(x.Families)
			index[k] = f
			g := &x.Set.Genes[sg[1]]
			x.Families = append(x.Families, Family{
				Name: k.sig + g.Base(), Locus: g.Locus, Side: k.side, Kind: g.Segment, Flank: flank[sg],
			})
		}
		x.Families[f].Genes = append(x.Families[f].Genes, sg[1])
	}
	if len(x.Families) > maxFamilies {
		return fmt.Errorf("%d families of genes, at most %d", len(x.Families), maxFamilies)
	}
	return nil
}

// build fills the words.
func (x *Index) build() {
	all, near := map[uint32][]entry{}, map[uint32][]entry{}
	add := func(word uint64, e entry) {
		w := uint32(word)
		if !slices.Contains(all[w], e) {
			all[w] = append(all[w], e)
			if e.offset() >= -nearReach {
				near[w] = append(near[w], e)
			}
		}
	}
	for f := range x.Families {
		fam := &x.Families[f]
		distinct := map[uint32]bool{}
		for _, g := range fam.Genes {
			letters, start := x.Target(fam, g)
			packed := base.Pack(nil, letters)
			for p := 0; p+K <= len(letters); p++ {
				if !base.Plain(letters[p : p+K]) {
					continue
				}
				word := base.Window(packed, p) & wordMask
				offset := start + p - x.Refs[g]
				distinct[uint32(word)] = true
				add(word, makeEntry(Label(f<<1), offset))
				add(base.ReverseComplementWord(word, K), makeEntry(Label(f<<1|1), offset))
			}
		}
		fam.Words = len(distinct)
	}
	x.all.freeze(all)
	x.near.freeze(near)
}

// Target is what is indexed of a gene, and where it starts relative to the
// gene's first nucleotide. A D gene at an end is known by its flank: with the
// gene itself, D genes of complete recombinations would pass for incomplete
// ones. flankReach letters of the gene come along, so that a word across the
// border counts.
func (x *Index) Target(fam *Family, gene int) (letters []byte, start int) {
	g := &x.Set.Genes[gene]
	const flankReach = 5
	switch {
	case fam.Flank && fam.Side == Five:
		return slices.Concat(g.Up, g.Sequence[:min(flankReach, len(g.Sequence))]), -len(g.Up)
	case fam.Flank && fam.Side == Three:
		from := max(0, len(g.Sequence)-flankReach)
		return slices.Concat(g.Sequence[from:], g.Down), from
	case fam.Side == Three:
		return slices.Concat(g.Sequence, g.Down), 0
	}
	return g.Sequence, 0
}

func (x *table) freeze(postings map[uint32][]entry) {
	words := make([]uint32, 0, len(postings))
	for w, p := range postings {
		if len(p) <= maxPostings {
			words = append(words, w)
		}
	}
	slices.Sort(words)
	x.present, x.ranks = make([]uint64, (wordMask+1)/64), make([]uint32, (wordMask+1)/64)
	x.entries = make([]entry, 0, len(words))
	for _, w := range words {
		x.present[w/64] |= 1 << (w % 64)
		p := postings[w]
		if len(p) == 1 {
			x.entries = append(x.entries, p[0])
			continue
		}
		slices.Sort(p)
		x.entries = append(x.entries, manyBit|entry(len(x.more))<<8|entry(len(p)))
		x.more = append(x.more, p...)
	}
	rank := uint32(0)
	for i, p := range x.present {
		x.ranks[i] = rank
		rank += uint32(bits.OnesCount64(p))
	}
}

// References gives the reference point of each gene of a set, as a 0-based
// offset on its ungapped sequence, possibly outside of it.
//
// V and J: the anchor codon. A V gene without one (cut short at 3') has it
// where IMGT numbering puts it; one that is not numbered either, where it
// stands in most genes of the locus, counted from the 3' end; the same for J.
// D: its first nucleotide; Dδ3 at a 3' end: still its first nucleotide.
// Intron: its end. KDE: its start.
func References(set *germline.Set) []int {
	fromEnd := map[string][]int{}
	for i := range set.Genes {
		if g := &set.Genes[i]; g.Anchor >= 0 {
			k := g.Locus + g.Segment.String()
			fromEnd[k] = append(fromEnd[k], len(g.Sequence)-g.Anchor)
		}
	}
	for k := range fromEnd {
		slices.Sort(fromEnd[k])
	}
	refs := make([]int, len(set.Genes))
	for i := range set.Genes {
		g := &set.Genes[i]
		switch {
		case g.Segment == germline.D || g.Segment == germline.KDE || g.Segment == germline.C:
			refs[i] = 0
		case g.Segment == germline.Intron:
			refs[i] = len(g.Sequence)
		case g.Anchor >= 0:
			refs[i] = g.Anchor
		case g.Segment == germline.V && len(g.Gaps) > 0:
			refs[i] = cys104
			for _, gap := range g.Gaps {
				refs[i] -= gap.Length
			}
		default:
			refs[i] = len(g.Sequence) - median(fromEnd[g.Locus+g.Segment.String()], g.Segment)
		}
	}
	return refs
}

// cys104 is the 0-based gapped position of the first nucleotide of Cys104 in
// IMGT numbering (codon 104 = nucleotides 310 to 312).
const cys104 = 309

func median(sorted []int, s germline.Segment) int {
	if len(sorted) > 0 {
		return sorted[len(sorted)/2]
	}
	if s == germline.J {
		return 31 // F118 starts 31 nt before the end of most human J genes
	}
	return 11
}
