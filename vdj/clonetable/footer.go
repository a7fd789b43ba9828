package clonetable

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

const (
	magic        = "VDJT"
	version      = 1
	headerLength = len(magic) + 4
	// trailerLength: place and length of the footer (8 bytes each), its sum (4)
	// and the magic.
	trailerLength = 8 + 8 + 4 + len(magic)
)

// Limits of what a reader believes.
const (
	maxRows  = 1 << 14 // of a chunk; codes of dictionaries have 16 bits
	maxBlock = 1 << 30 // bytes of a block, unpacked
)

// ErrDamaged is wrapped by the error of a file that was cut or damaged, or is no
// table at all.
var ErrDamaged = errors.New("the table of clonotypes is damaged")

// damaged is an error that wraps [ErrDamaged].
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
}

// packing is how a block stands in the file.
type packing uint8

const (
	packedNone packing = iota // no block: all values are the default
	packedPlain
	packedZstd
)

// block is the place of a block.
type block struct {
	packing        packing
	offset         int64
	stored, length int // bytes in the file, and unpacked
	sum            uint32
}

// chunk describes a run of clonotypes.
type chunk struct {
	first, rows int
	mostReads   int64 // of any clonotype in it
	// shortestID is the length of the shortest identifier of MinSequence letters
	// or more, 0 when there is none: a shorter query holds no window.
	shortestID int
	blocks     []block // by column of the file
}

// footer is the directory of a table.
type footer struct {
	fileVersion string // of the .vidjil file that was written
	rows        int
	recombined  int64 // reads of the sample that have a recombination
	head        block
	chunks      []chunk
	// place gives, by column of this program, that of the file, or -1.
	place [numColumns]int
}

// block is the block of a column in a chunk.
func (f *footer) block(c *chunk, col column) block {
	if i := f.place[col]; i >= 0 {
		return c.blocks[i]
	}
	return block{}
}

func table() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func sum(b []byte) uint32 { return crc32.Checksum(b, table()) }

func appendText(to []byte, s string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(s))), s...)
}

func (b *block) encode(to []byte) []byte {
	to = append(to, byte(b.packing))
	if b.packing == packedNone {
		return to
	}
	to = binary.AppendUvarint(to, uint64(b.offset))
	to = binary.AppendUvarint(to, uint64(b.stored))
	to = binary.AppendUvarint(to, uint64(b.length))
	return binary.LittleEndian.AppendUint32(to, b.sum)
}

// encode gives the bytes of the footer.
func (f *footer) encode() []byte {
	to := appendText(nil, f.fileVersion)
	to = binary.AppendUvarint(to, uint64(f.rows))
	to = binary.AppendUvarint(to, uint64(f.recombined))
	to = f.head.encode(to)
	to = binary.AppendUvarint(to, uint64(numColumns))
	for i := range columns {
		to = append(appendText(to, columns[i].name), byte(columns[i].kind))
	}
	to = binary.AppendUvarint(to, uint64(len(f.chunks)))
	for i := range f.chunks {
		c := &f.chunks[i]
		to = binary.AppendUvarint(to, uint64(c.rows))
		to = binary.AppendUvarint(to, uint64(c.mostReads))
		to = binary.AppendUvarint(to, uint64(c.shortestID))
		for j := range c.blocks {
			to = c.blocks[j].encode(to)
		}
	}
	return to
}

// cursor reads a footer. The first fault sticks.
type cursor struct {
	b    []byte
	size int64 // of the file
	bad  bool
}

func (c *cursor) number(limit uint64) uint64 {
	u, n := binary.Uvarint(c.b)
	if n <= 0 || u > limit {
		c.bad, c.b = true, nil
		return 0
	}
	c.b = c.b[n:]
	return u
}

func (c *cursor) take(n int) []byte {
	if n > len(c.b) {
		c.bad, c.b = true, nil
		return make([]byte, min(n, 8))
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func (c *cursor) byte() byte { return c.take(1)[0] }

func (c *cursor) text() string {
	n := int(c.number(uint64(len(c.b))))
	if c.bad {
		return ""
	}
	return string(c.take(n))
}

func (c *cursor) block() block {
	b := block{packing: packing(c.byte())}
	if b.packing == packedNone {
		return b
	}
	b.offset = int64(c.number(uint64(c.size)))
	b.stored = int(c.number(uint64(c.size - b.offset)))
	b.length = int(c.number(maxBlock))
	b.sum = binary.LittleEndian.Uint32(c.take(4))
	if b.packing > packedZstd || b.packing == packedPlain && b.stored != b.length {
		c.bad = true
	}
	return b
}

// parseFooter reads the footer of a file of that size.
func parseFooter(b []byte, size int64) (*footer, error) {
	c := &cursor{b: b, size: size}
	f := &footer{fileVersion: c.text(), rows: int(c.number(math.MaxInt32)), recombined: int64(c.number(math.MaxInt64))}
	f.head = c.block()
	width := c.columns(f)
	n := int(c.number(uint64(len(c.b))))
	for range n {
		if c.bad {
			break
		}
		f.chunks = append(f.chunks, chunk{})
		k := &f.chunks[len(f.chunks)-1]
		if len(f.chunks) > 1 {
			before := &f.chunks[len(f.chunks)-2]
			k.first = before.first + before.rows
		}
		k.rows = int(c.number(maxRows))
		k.mostReads = int64(c.number(math.MaxInt64))
		k.shortestID = int(c.number(math.MaxInt32))
		for range width {
			k.blocks = append(k.blocks, c.block())
		}
	}
	rows := 0
	for i := range f.chunks {
		rows += f.chunks[i].rows
		c.bad = c.bad || f.chunks[i].rows == 0
	}
	if c.bad || len(c.b) > 0 || rows != f.rows || f.head.packing == packedNone {
		return nil, damaged("its footer makes no sense")
	}
	return f, nil
}

// columns reads the columns of the file and returns their number. Those that
// this program does not know are passed over.
func (c *cursor) columns(f *footer) int {
	for i := range f.place {
		f.place[i] = -1
	}
	n := int(c.number(uint64(len(c.b))))
	for at := range n {
		name, kind := c.text(), kind(c.byte())
		for i := range columns {
			if columns[i].name == name && columns[i].kind == kind {
				f.place[i] = at
			}
		}
	}
	return n
}
