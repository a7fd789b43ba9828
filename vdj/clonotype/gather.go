package clonotype

import (
	"encoding/binary"
	"math/bits"

	"vidjil.org/vidjil/vdj/internal/base"
)

// key identifies a window. A window of up to maxPacked plain letters is its own
// key, 2 bits a letter, with its length in the top byte of hi; any other one
// (longer, or with an N) is a 128-bit hash with hashedKey there.
type key struct{ lo, hi uint64 }

const (
	maxPacked = 60
	hashedKey = 0xff
)

func makeKey(letters []byte) key {
	if len(letters) <= maxPacked && base.Plain(letters) {
		return packKey(letters)
	}
	k := key{lo: uint64(len(letters)), hi: 0x2d358dccaa6c78a5}
	for len(letters) > 0 {
		var word [8]byte
		letters = letters[copy(word[:], letters):]
		x := binary.LittleEndian.Uint64(word[:])
		k.lo = key{k.lo ^ x, k.hi}.hash()
		k.hi = key{k.hi, k.lo ^ x}.hash()
	}
	k.hi = k.hi>>8 | hashedKey<<56
	return k
}

func packKey(letters []byte) key {
	var k key
	for i, c := range letters {
		if i < 32 {
			k.lo |= base.Code(c) << (2 * i)
		} else {
			k.hi |= base.Code(c) << (2 * (i - 32))
		}
	}
	k.hi |= uint64(len(letters)) << 56
	return k
}

// packed tells whether the key is the letters themselves.
func (k key) packed() bool { return k.hi>>56 != hashedKey }

func (k key) length() int { return int(k.hi >> 56) }

// letter is the code of letter i of a packed key.
func (k key) letter(i int) uint64 {
	if i < 32 {
		return k.lo >> (2 * i) & 3
	}
	return k.hi >> (2 * (i - 32)) & 3
}

// with is the packed key with letter i changed by the code x (XOR).
func (k key) with(i int, x uint64) key {
	if i < 32 {
		k.lo ^= x << (2 * i)
	} else {
		k.hi ^= x << (2 * (i - 32))
	}
	return k
}

// hash mixes a key. Multiplication by odd constants and folding the high half
// onto the low one, as in wyhash.
func (k key) hash() uint64 {
	h1, l1 := bits.Mul64(k.lo^0xa0761d6478bd642f, k.hi^0xe7037ed1a0b428db)
	h2, l2 := bits.Mul64(h1^l1^0x8ebc6af09c88c6e3, 0x589965cc75374cc3)
	return h2 ^ l2
}

// group is the reads of one window while they are gathered. Groups are counted
// in millions: 48 bytes each.
type group struct {
	key    key
	bases  uint64  // letters of all reads
	reads  uint32  // number of reads
	kept   uint32  // number of reads kept for the representative
	last   uint32  // the last kept read, in arena units, 0 for none
	surest float32 // smallest e-value of the surer side among the reads
	system int16   // index of the set's systems, or window.UnexpectedSystem
	length uint16  // letters of the window, 0 when it does not fit (whole reads): see kept reads
	moved  bool    // some read has its window moved
}

// gatherer collects windows and keeps a few reads of each. It is for one
// goroutine, which hands it the reads in the order of the sample, so that the
// outcome does not depend on how many workers there are.
type gatherer struct {
	chunks [][]group // groups in order of first appearance, chunkGroups each
	n      int
	// Open addressing: the index of a group, and eight bits of its key's hash, 0
	// for a free slot. Nearly all look-ups for errors of sequencing find nothing,
	// and the tags alone, a quarter of the table, say so: on the corpus amplicon
	// look-ups take 0.4 CPU seconds, and 0.8 with keys compared at each slot.
	table []uint32
	tags  []uint8
	arena arena
}

const (
	chunkGroups = 1 << 14
	// keepReads is how many reads of a window are kept for its representative.
	// With 20 reads at 1 % errors a consensus letter is wrong once in 10^9;
	// more would only cost memory (250 bytes each).
	keepReads = 20
	// keepFlank is how many letters beyond the window are kept at each side:
	// the longest V gene with its leader is under 500.
	keepFlank = 600
)

func newGatherer() *gatherer {
	const slots = 1 << 12
	return &gatherer{table: make([]uint32, slots), tags: make([]uint8, slots)}
}

func (g *gatherer) group(i int) *group { return &g.chunks[i/chunkGroups][i%chunkGroups] }

// at finds or makes the group of a key.
func (g *gatherer) at(k key) *group {
	if g.n*2 >= len(g.table) {
		g.grow()
	}
	if i := g.find(k); i >= 0 {
		return g.group(i)
	}
	if g.n%chunkGroups == 0 {
		g.chunks = append(g.chunks, make([]group, chunkGroups))
	}
	g.put(k, uint32(g.n))
	g.n++
	x := g.group(g.n - 1)
	x.key = k
	return x
}

// slotTag is where the search for a hash starts, and its tag.
func (g *gatherer) slotTag(hash uint64) (slot uint64, tag uint8) {
	return hash & uint64(len(g.table)-1), uint8(hash>>56) | 1
}

// put takes the first free slot for a key that is not there.
func (g *gatherer) put(k key, i uint32) {
	slot, tag := g.slotTag(k.hash())
	for g.tags[slot] != 0 {
		slot = (slot + 1) & uint64(len(g.table)-1)
	}
	g.table[slot], g.tags[slot] = i, tag
}

// find is the index of the group of a key, or -1.
func (g *gatherer) find(k key) int {
	slot, tag := g.slotTag(k.hash())
	for ; g.tags[slot] != 0; slot = (slot + 1) & uint64(len(g.table)-1) {
		if g.tags[slot] != tag {
			continue
		}
		if i := int(g.table[slot]); g.group(i).key == k {
			return i
		}
	}
	return -1
}

func (g *gatherer) grow() {
	n := 2 * len(g.table)
	g.table, g.tags = make([]uint32, n), make([]uint8, n)
	for i := range g.n {
		g.put(g.group(i).key, uint32(i))
	}
}

// A kept read is one byte a letter: the 2-bit code in the low bits, its Phred
// quality, at most 62, in the six others. 63 there is a letter other than
// A C G T. Without qualities all are noQuality.
const (
	unknownLetter = 63
	maxQuality    = 62
	noQuality     = 30
)

// arena holds kept reads in large blocks without pointers, which the garbage
// collector neither scans nor moves. Offsets are in units of arenaUnit bytes.
type arena struct {
	blocks [][]byte
	used   int // bytes of the last block
}

const (
	arenaBlock = 4 << 20
	arenaUnit  = 8
	// A kept read starts with: offset of the read kept before it (4 bytes),
	// its length (2), where its window starts (2).
	keptHeader = 8
)

// alloc gives n bytes and their offset, which is never 0.
func (a *arena) alloc(n int) ([]byte, uint32) {
	n = (n + arenaUnit - 1) / arenaUnit * arenaUnit
	if len(a.blocks) == 0 || a.used+n > arenaBlock {
		a.blocks = append(a.blocks, make([]byte, arenaBlock))
		a.used = 0
		if len(a.blocks) == 1 {
			a.used = arenaUnit
		}
	}
	b := a.blocks[len(a.blocks)-1][a.used : a.used+n]
	offset := ((len(a.blocks)-1)*arenaBlock + a.used) / arenaUnit
	a.used += n
	return b, uint32(offset)
}

func (a *arena) at(offset uint32) []byte {
	p := int(offset) * arenaUnit
	return a.blocks[p/arenaBlock][p%arenaBlock:]
}

// keptRead is a read kept for a representative.
type keptRead struct {
	letters     []byte // packed with quality, one byte each
	windowStart int
}

// keep stores the letters of an oriented read around its window.
func (g *gatherer) keep(x *group, seq, qual []byte, reverse bool, windowStart int) {
	from := max(0, windowStart-keepFlank)
	to := min(len(seq), windowStart+int(x.length)+keepFlank)
	if x.length == 0 {
		from, to = 0, min(len(seq), arenaBlock/2)
	}
	n := to - from
	if n > 1<<16-1 {
		n = 1<<16 - 1
		to = from + n
	}
	b, offset := g.arena.alloc(keptHeader + n)
	binary.LittleEndian.PutUint32(b, x.last)
	binary.LittleEndian.PutUint16(b[4:], uint16(n))
	binary.LittleEndian.PutUint16(b[6:], uint16(windowStart-from))
	letters := b[keptHeader : keptHeader+n]
	if reverse {
		from, to = len(seq)-to, len(seq)-from
	}
	if qual != nil {
		qual = qual[from:to]
	}
	pack(letters, seq[from:to], qual)
	if reverse {
		turn(letters)
	}
	x.last = offset
	x.kept++
}

// pack writes letters and qualities as they are kept.
func pack(dst, seq, qual []byte) {
	if qual == nil {
		for i, c := range seq {
			dst[i] = keptCode[c]&3 | noQuality<<2
			if keptCode[c] > 3 {
				dst[i] = unknownLetter << 2
			}
		}
		return
	}
	qual = qual[:len(seq)]
	dst = dst[:len(seq)]
	for i, c := range seq {
		code := keptCode[c]
		if code > 3 {
			dst[i] = unknownLetter << 2
			continue
		}
		dst[i] = code | min(qual[i]-'!', maxQuality)<<2
	}
}

// keptCode is the 2-bit code of a letter, more than 3 for those that are not
// A C G T.
var keptCode = func() (t [256]byte) {
	for i := range t {
		t[i] = 4
	}
	for _, c := range acgt {
		t[c] = byte(base.Code(c))
	}
	return t
}()

// turn reverse-complements kept letters in place.
func turn(letters []byte) {
	for i, j := 0, len(letters)-1; i <= j; i, j = i+1, j-1 {
		a, b := letters[i], letters[j]
		letters[i], letters[j] = complement(b), complement(a)
	}
}

func complement(l byte) byte {
	if l>>2 == unknownLetter {
		return l
	}
	return l ^ 2
}

func plainLetter(c byte) bool { return keptCode[c] <= 3 }

var acgt = []byte("ACGT")

// keptReads appends the reads kept of a group, in the order of the sample.
func (g *gatherer) keptReads(dst []keptRead, x *group) []keptRead {
	first := len(dst)
	for offset := x.last; offset != 0; {
		b := g.arena.at(offset)
		n := int(binary.LittleEndian.Uint16(b[4:]))
		dst = append(dst, keptRead{
			letters:     b[keptHeader : keptHeader+n],
			windowStart: int(binary.LittleEndian.Uint16(b[6:])),
		})
		offset = binary.LittleEndian.Uint32(b)
	}
	for i, j := first, len(dst)-1; i < j; i, j = i+1, j-1 {
		dst[i], dst[j] = dst[j], dst[i]
	}
	return dst
}

// window gives the letters of the window of a group.
func (g *gatherer) window(dst []byte, x *group) []byte {
	if x.key.packed() {
		for i := range x.key.length() {
			dst = append(dst, base.Letter(x.key.letter(i)))
		}
		return dst
	}
	b := g.arena.at(x.last)
	n := int(binary.LittleEndian.Uint16(b[4:]))
	start := int(binary.LittleEndian.Uint16(b[6:]))
	letters := b[keptHeader : keptHeader+n]
	if x.length > 0 {
		letters = letters[start : start+int(x.length)]
	}
	for _, c := range letters {
		dst = append(dst, keptLetter(c))
	}
	return dst
}

func keptLetter(c byte) byte {
	if c>>2 == unknownLetter {
		return 'N'
	}
	return base.Letter(uint64(c))
}
