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
	table  []uint32 // open addressing: index of a group + 1; 0 is free
	arena  arena
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
	return &gatherer{table: make([]uint32, 1<<12)}
}

func (g *gatherer) group(i int) *group { return &g.chunks[i/chunkGroups][i%chunkGroups] }

// at finds or makes the group of a key.
func (g *gatherer) at(k key) *group {
	if g.n*2 >= len(g.table) {
		g.grow()
	}
	mask := uint64(len(g.table) - 1)
	slot := k.hash() & mask
	for {
		i := g.table[slot]
		if i == 0 {
			break
		}
		if x := g.group(int(i - 1)); x.key == k {
			return x
		}
		slot = (slot + 1) & mask
	}
	if g.n%chunkGroups == 0 {
		g.chunks = append(g.chunks, make([]group, chunkGroups))
	}
	g.table[slot] = uint32(g.n + 1)
	g.n++
	x := g.group(g.n - 1)
	x.key = k
	return x
}

// find is the index of the group of a key, or -1.
func (g *gatherer) find(k key) int {
	mask := uint64(len(g.table) - 1)
	for slot := k.hash() & mask; ; slot = (slot + 1) & mask {
		i := g.table[slot]
		if i == 0 {
			return -1
		}
		if g.group(int(i-1)).key == k {
			return int(i - 1)
		}
	}
}

func (g *gatherer) grow() {
	table := make([]uint32, 2*len(g.table))
	mask := uint64(len(table) - 1)
	for i := range g.n {
		slot := g.group(i).key.hash() & mask
		for table[slot] != 0 {
			slot = (slot + 1) & mask
		}
		table[slot] = uint32(i + 1)
	}
	g.table = table
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
