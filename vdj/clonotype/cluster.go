package clonotype

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"vidjil.org/vidjil/vdj/internal/base"
)

// A sequencing error inside the window makes a window of its own. Such windows
// lie one substitution, one insertion or one deletion from a much larger one,
// and are as many as the error rate of the parent's reads explains. They are
// proposed as members of the parent's cluster, with the evidence; nothing is
// merged.

const (
	// errorShare is the share of a parent's reads that one substitution at one
	// place may have: Illumina reads have up to 1 % of errors a letter towards
	// their ends, a third for each substitution, and PCR adds some.
	errorShare = 0.015
	// lowQualityShare is that share when the letter that differs has a low
	// quality in the child's reads: these are errors by the sequencer's word.
	lowQualityShare = 0.25
	lowQuality      = 20
	// indelShare is that share for an insertion or deletion, which homopolymers
	// make frequent with some sequencers.
	indelShare = 0.05
	// shiftShare is that share for the same letters in a shifted window: reads
	// that end near the junction.
	shiftShare = 0.5
	// slack is how many standard deviations above its share a child may be.
	slack = 3
)

// edit is how a window differs from the one it is an error of.
type edit struct {
	kind     byte // 'X' substitution, 'I' insertion, 'D' deletion, 'S' shift
	quality  int8 // mean quality of the letters that differ, -1 when not known
	position int16
	changes  int16 // number of substitutions
}

// Limits of the search. Every window is looked up with its doubtful letters
// changed: nineteen in twenty of the wrong letters are doubtful. All single
// substitutions, 150 look-ups each, are tried only for windows that have enough
// reads to be reported by themselves, and for all windows of samples that have
// few: on 2 M reads with 450 000 windows that takes 0.3 s, all windows 4 s.
const (
	maxDoubtful  = 3
	manyWindows  = 100_000
	firstParents = -1
)

// clusterer links each window to the larger one that it is an error of.
type clusterer struct {
	g       *gatherer
	parents []int32 // by group: the window it is an error of, or -1
	edits   []edit  // by group, meaningful with a parent
}

// clusterScratch is the working memory of one goroutine.
type clusterScratch struct {
	cons  consensus
	reads []keptRead
	qual  []int
	buf   []byte
}

// findErrors links all windows of the sample.
func findErrors(g *gatherer, minReads, threads int) *clusterer {
	c := &clusterer{g: g, parents: make([]int32, g.n), edits: make([]edit, g.n)}
	for i := range c.parents {
		c.parents[i] = firstParents
	}
	if g.n <= manyWindows {
		minReads = 1
	} else {
		minReads = max(minReads, DefaultMinReads)
	}
	minParent := leastParent(minReads)
	// Links to larger windows are written by the one goroutine that has the
	// smaller window; those found from the larger one are listed and written
	// afterwards, in the order of the windows.
	found := make([][]link, threads)
	each := func(work func(i int32, w int, sc *clusterScratch)) {
		var wg sync.WaitGroup
		for w := range threads {
			wg.Go(func() {
				var sc clusterScratch
				for i := w * g.n / threads; i < (w+1)*g.n/threads; i++ {
					work(int32(i), w, &sc)
				}
			})
		}
		wg.Wait()
	}
	each(func(i int32, _ int, sc *clusterScratch) { c.linkChild(i, minReads, sc) })
	each(func(i int32, w int, sc *clusterScratch) {
		if int(g.group(int(i)).reads) >= minParent {
			found[w] = c.findEdits(found[w], i, sc)
		}
	})
	for _, links := range found {
		for _, l := range links {
			c.consider(l.child, l.parent, l.edit)
		}
	}
	return c
}

// link is a difference found from the larger window.
type link struct {
	child, parent int32
	edit          edit
}

// leastParent is the fewest reads of a window whose insertions and deletions
// are looked for: those of fewer reads cannot explain a window of minReads.
func leastParent(minReads int) int {
	for p := minReads; ; p++ {
		expected := indelShare * float64(p)
		if d := float64(minReads) - expected; d <= 1 || d*d <= slack*slack*expected {
			return p
		}
	}
}

// linkChild looks for a larger window that differs from window i by
// substitutions. It writes the entries of i only.
func (c *clusterer) linkChild(i int32, minReads int, sc *clusterScratch) {
	x := c.g.group(int(i))
	if x.reads == 0 || !x.key.packed() || x.length == 0 {
		return
	}
	c.qualities(x, sc)
	doubtful := c.doubtful(sc)
	c.change(i, x.key, doubtful, 0, -1, 127, sc)
	if int(x.reads) < minReads {
		return
	}
	for p := range x.key.length() {
		for change := uint64(1); change < 4; change++ {
			if parent := c.g.find(x.key.with(p, change)); parent >= 0 {
				c.consider(i, int32(parent), edit{kind: 'X', position: int16(p), changes: 1, quality: int8(sc.qual[p])})
			}
		}
	}
}

// qualities fills sc.qual with the mean quality of each letter of the window
// over the kept reads, -1 everywhere when the reads have none.
func (c *clusterer) qualities(x *group, sc *clusterScratch) {
	sc.qual = cleared(sc.qual, int(x.length))
	sc.reads = c.g.keptReads(sc.reads[:0], x)
	constant := true
	for _, r := range sc.reads {
		for p := range sc.qual {
			q := int(r.letters[r.windowStart+p] >> 2)
			constant = constant && q == noQuality
			sc.qual[p] += q
		}
	}
	for p := range sc.qual {
		sc.qual[p] /= len(sc.reads)
		if constant {
			sc.qual[p] = -1
		}
	}
}

// doubtful lists the letters of the window of low quality, the worst first, at
// most maxDoubtful.
func (c *clusterer) doubtful(sc *clusterScratch) []int {
	var worst []int
	for p, q := range sc.qual {
		if q >= 0 && q < lowQuality {
			worst = append(worst, p)
		}
	}
	slices.SortStableFunc(worst, func(a, b int) int { return sc.qual[a] - sc.qual[b] })
	return worst[:min(len(worst), maxDoubtful)]
}

// change tries all changes of the doubtful letters from the next one on.
func (c *clusterer) change(i int32, k key, doubtful []int, changes, first, quality int, sc *clusterScratch) {
	if len(doubtful) == 0 {
		if changes > 0 {
			if parent := c.g.find(k); parent >= 0 {
				c.consider(i, int32(parent), edit{
					kind: 'X', position: int16(first), changes: int16(changes), quality: int8(quality),
				})
			}
		}
		return
	}
	p := doubtful[0]
	c.change(i, k, doubtful[1:], changes, first, quality, sc)
	if first < 0 {
		first = p
	}
	for change := uint64(1); change < 4; change++ {
		c.change(i, k.with(p, change), doubtful[1:], changes+1, first, min(quality, sc.qual[p]), sc)
	}
}

// consider links child to parent when the reads of the parent explain the child
// and no larger parent is known.
func (c *clusterer) consider(child, parent int32, e edit) {
	x, p := c.g.group(int(child)), c.g.group(int(parent))
	if p.reads == 0 || x.reads == 0 || !c.larger(parent, child) {
		return
	}
	if old := c.parents[child]; old >= 0 && !c.larger(parent, old) {
		return
	}
	share := indelShare
	switch {
	case e.kind == 'S':
		share = shiftShare
	case e.kind == 'X' && e.quality >= 0 && e.quality < lowQuality:
		share = lowQualityShare
	case e.kind == 'X':
		share = errorShare
	}
	if x.reads == p.reads && share != lowQualityShare {
		return // one read against one: only the quality can tell
	}
	expected := share * float64(p.reads)
	if d := float64(x.reads) - expected; d > 1 && d*d > slack*slack*expected {
		return
	}
	c.parents[child], c.edits[child] = parent, e
}

// larger orders windows: by reads, then by the quality of the letters that the
// first kept reads have, then by first appearance. A parent is always larger,
// so that links never form a circle.
func (c *clusterer) larger(a, b int32) bool {
	x, y := c.g.group(int(a)), c.g.group(int(b))
	if x.reads != y.reads {
		return x.reads > y.reads
	}
	if qx, qy := c.lowest(x), c.lowest(y); qx != qy {
		return qx > qy
	}
	return a < b
}

// lowest is the lowest quality of a letter of the window in its last kept read.
func (c *clusterer) lowest(x *group) byte {
	b := c.g.arena.at(x.last)
	start := int(binary.LittleEndian.Uint16(b[6:]))
	low := byte(maxQuality)
	for _, l := range b[keptHeader+start : keptHeader+start+int(x.length)] {
		low = min(low, l>>2)
	}
	return low
}

// findEdits looks for the smaller windows that an insertion or a deletion
// inside window i gives, or a shift of it: the letters beside it come into the
// window, from the left or from the right.
func (c *clusterer) findEdits(links []link, i int32, sc *clusterScratch) []link {
	x := c.g.group(int(i))
	if x.length == 0 || !x.key.packed() {
		return links
	}
	sc.cons.build(c.g, x)
	seq, from, w := sc.cons.letters, sc.cons.windowStart, int(x.length)
	try := func(letters []byte, e edit) {
		if len(letters) <= maxPacked && base.Plain(letters) {
			if child := c.g.find(packKey(letters)); child >= 0 {
				e.quality = -1
				links = append(links, link{int32(child), i, e})
			}
		}
	}
	for d := -maxShift; d <= maxShift; d++ {
		if d != 0 && from+d >= 0 && from+d+w <= len(seq) {
			try(seq[from+d:from+d+w], edit{kind: 'S', position: int16(d)})
		}
	}
	for short := w - shrinkStep; short >= w-maxShrink; short -= shrinkStep {
		for d := -maxShift; d <= w-short+maxShift; d++ {
			if from+d >= 0 && from+d+short <= len(seq) {
				try(seq[from+d:from+d+short], edit{kind: 'S', position: int16(d)})
			}
		}
	}
	for p := range w {
		c.tryIndels(seq, from, p, w, sc, try)
	}
	return links
}

// maxShift is the farthest a window of the same letters may lie.
const maxShift = 10

func (c *clusterer) tryIndels(seq []byte, from, p, w int, sc *clusterScratch, try func([]byte, edit)) {
	at := from + p
	// In a run of equal letters, all places give the same window.
	again := p > 0 && seq[at] == seq[at-1]
	if !again && from+w < len(seq) { // a letter deleted, the right comes in
		sc.buf = append(append(sc.buf[:0], seq[from:at]...), seq[at+1:from+w+1]...)
		try(sc.buf, edit{kind: 'D', position: int16(p)})
	}
	if !again && from > 0 { // a letter deleted, the left comes in
		sc.buf = append(append(sc.buf[:0], seq[from-1:at]...), seq[at+1:from+w]...)
		try(sc.buf, edit{kind: 'D', position: int16(p)})
	}
	for _, l := range acgt {
		if p > 0 && l == seq[at-1] {
			continue
		}
		sc.buf = append(append(append(sc.buf[:0], seq[from:at]...), l), seq[at:from+w-1]...)
		try(sc.buf, edit{kind: 'I', position: int16(p)})
		sc.buf = append(append(append(sc.buf[:0], seq[from+1:at+1]...), l), seq[at+1:from+w]...)
		try(sc.buf, edit{kind: 'I', position: int16(p)})
	}
}

// root is the window at the end of the links from window i.
func (c *clusterer) root(i int32) int32 {
	for c.parents[i] >= 0 {
		i = c.parents[i]
	}
	return i
}

// text is the evidence that window i is an error of its parent, for people.
func (c *clusterer) text(i int32) string {
	e, x, p := c.edits[i], c.g.group(int(i)), c.g.group(int(c.parents[i]))
	against := fmt.Sprintf("%d reads against %d (%.2g%%)", x.reads, p.reads, 100*float64(x.reads)/float64(p.reads))
	switch e.kind {
	case 'S':
		return fmt.Sprintf("same letters, window shifted by %d, %s", e.position, against)
	case 'I':
		return fmt.Sprintf("1 insertion near letter %d of the window, %s", e.position+1, against)
	case 'D':
		return fmt.Sprintf("1 deletion at letter %d of the window, %s", e.position+1, against)
	}
	text := fmt.Sprintf("%d substitution(s), first at letter %d of the window, %s", e.changes, e.position+1, against)
	if e.quality >= 0 {
		text += fmt.Sprintf(", quality %d there", e.quality)
	}
	return text
}
