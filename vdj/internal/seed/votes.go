package seed

import (
	"math/bits"

	"vidjil.org/vidjil/vdj/internal/base"
)

// Cluster is the words of a read that agree on one family, strand and diagonal.
type Cluster struct {
	Label Label
	// Ref is where the family's reference point stands on the oriented read
	// (the reverse complement for reverse labels), 0-based, possibly outside.
	Ref int
	// First is the start of the first word, Last the end of the last one, on
	// the oriented read, 0-based half-open.
	First, Last int
	Hits        int // words
	Cover       int // letters of the read under at least one word
}

// Votes gathers the clusters of one read. The zero value is ready; reuse it,
// one per goroutine.
type Votes struct {
	Clusters []Cluster
	packed   []uint64
	length   int
	last     int // index of the cluster that took the last hit
	diags    []int32
	labels   []Label
}

// maxClusters bounds the work on one read: repeats of low complexity can vote
// for hundreds of diagonals, all of them wrong.
const maxClusters = 192

// Load packs a read and forgets the votes of the one before.
func (v *Votes) Load(seq []byte) {
	v.packed = base.Pack(v.packed, seq)
	v.length = len(seq)
	v.Reset()
}

// Reset forgets the votes, not the read.
func (v *Votes) Reset() {
	v.Clusters = v.Clusters[:0]
	v.diags = v.diags[:0]
	v.labels = v.labels[:0]
	v.last = 0
}

// ScanAll lets the words at each letter vote.
func (v *Votes) ScanAll(x *Index) { v.scan(&x.all, 1) }

// ScanNear lets the words at every step letters vote, of V genes only those near
// the junction.
func (v *Votes) ScanNear(x *Index, step int) { v.scan(&x.near, step) }

// scanRun is how many words are looked up before any of them votes: their cache
// misses overlap then, where word by word each branch on what was found waited
// for it. On the corpus amplicon scans take 2.0 CPU seconds with runs of 32, 3.6
// word by word.
const scanRun = 32

func (v *Votes) scan(x *table, step int) {
	to := v.length - K + 1
	present, ranks, entries := x.present, x.ranks, x.entries
	var at [scanRun]int32     // where the words of a run stand that are in the table,
	var found [scanRun]uint32 // they themselves,
	var said [scanRun]entry   // and what it says of them
	for p := 0; p < to; {
		n := 0
		for range scanRun {
			if p >= to {
				break
			}
			w := p / base.LettersPerWord
			shift := uint(p%base.LettersPerWord) * 2
			word := (v.packed[w]>>shift | v.packed[w+1]<<(63-shift)<<1) & wordMask
			at[n%scanRun], found[n%scanRun] = int32(p), uint32(word)
			n += int(present[word/64%uint64(len(present))] >> (word % 64) & 1)
			p += step
		}
		for i, f := range found[:n] {
			below := present[f/64] & (1<<(f%64) - 1)
			said[i%scanRun] = entries[ranks[f/64]+uint32(bits.OnesCount64(below))]
		}
		for i, e := range said[:n] {
			if e&manyBit == 0 {
				v.vote(e, int(at[i]))
				continue
			}
			first, k := int(e&^manyBit>>8), int(e&0xff)
			for _, e := range x.more[first : first+k] {
				v.vote(e, int(at[i]))
			}
		}
	}
}

// vote adds the word at p of the read to its cluster.
func (v *Votes) vote(e entry, p int) {
	label := e.label()
	// On the reverse strand the word starts at length-p-K of the oriented read.
	o := p
	if label.Reverse() {
		o = v.length - p - K
	}
	ref := int32(o - e.offset())
	i := v.last
	if i >= len(v.diags) || v.diags[i] != ref || v.labels[i] != label || !v.Clusters[i].near(o) {
		i = v.find(label, ref, o)
		if i < 0 {
			if len(v.Clusters) == maxClusters {
				return
			}
			v.last = len(v.Clusters)
			v.diags = append(v.diags, ref)
			v.labels = append(v.labels, label)
			v.Clusters = append(v.Clusters, Cluster{
				Label: label, Ref: int(ref), First: o, Last: o + K, Hits: 1, Cover: K,
			})
			return
		}
		v.last = i
	}
	c := &v.Clusters[i]
	c.Hits++
	switch {
	case o >= c.First:
		c.Cover += min(K, o+K-c.Last)
		c.Last = o + K
	default:
		c.Cover += min(K, c.First-o)
		c.First = o
	}
}

// maxBreak is the most letters between two words of a cluster. A word that
// agrees by chance with the diagonal of a gene, far beyond its end, must not
// stretch the cluster over the junction. At 20 % of mutations, 48 letters
// without a word are a gap in 3 % of the genes.
const maxBreak = 48

// near tells whether a word at o continues the cluster.
func (c *Cluster) near(o int) bool {
	return o <= c.Last+maxBreak && o+K+maxBreak >= c.First
}

func (v *Votes) find(label Label, ref int32, o int) int {
	for i, d := range v.diags {
		if d == ref && v.labels[i] == label && v.Clusters[i].near(o) {
			return i
		}
	}
	return -1
}
