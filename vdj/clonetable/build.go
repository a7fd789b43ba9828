package clonetable

import (
	"encoding/binary"
	"math"

	"vidjil.org/vidjil/vdj/internal/base"
)

// builder gathers the values of one column of one chunk. Which of its methods
// may be called depends on the column's kind.
type builder struct {
	kind kind
	// filled tells that some value is not the default of its kind: absent, 0 or
	// empty. Columns without such a value are not written.
	filled bool
	head   []byte // lengths, codes or the values themselves
	data   []byte // letters of texts
	odd    []byte // texts of a DNA column that are not plain ACGT
	last   int64  // the value before, of kindDelta
	words  []uint64
	codes  map[string]uint16 // of kindName: place in the dictionary
	names  []uint16          // of kindName: the values
}

func (b *builder) reset() {
	*b = builder{kind: b.kind, head: b.head[:0], data: b.data[:0], odd: b.odd[:0], words: b.words, codes: b.codes, names: b.names[:0]}
	clear(b.codes)
}

// size is about how many bytes the column has.
func (b *builder) size() int { return len(b.head) + len(b.data) + len(b.odd) + 2*len(b.names) }

// integer adds an integer, or absent. Others must lie within ±2^61.
func (b *builder) integer(v int64) {
	if v == absent {
		b.head = append(b.head, 0)
		return
	}
	b.filled = true
	step := v
	if b.kind == kindDelta {
		step, b.last = v-b.last, v
	}
	b.head = binary.AppendUvarint(b.head, zigzag(step)+1)
}

// zigzag gives small numbers to values near 0.
func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

func (b *builder) float(v float64) {
	bits := math.Float64bits(v)
	b.filled = b.filled || bits != 0
	b.head = binary.LittleEndian.AppendUint64(b.head, bits)
}

func (b *builder) text(s string) {
	b.filled = b.filled || s != ""
	if b.kind == kindName {
		b.name(s)
		return
	}
	b.head = binary.AppendUvarint(b.head, uint64(len(s)))
	b.data = append(b.data, s...)
}

// name adds a text to the dictionary. A chunk has fewer rows than there are
// codes.
func (b *builder) name(s string) {
	code, ok := b.codes[s]
	if !ok {
		if b.codes == nil {
			b.codes = map[string]uint16{}
		}
		code = uint16(len(b.codes))
		b.codes[s] = code
		b.head = binary.AppendUvarint(b.head, uint64(len(s)))
		b.data = append(b.data, s...)
	}
	b.names = append(b.names, code)
}

// dna adds nucleotides. Each sequence begins a byte, its first letter in the
// lowest bits. Texts with other letters are written as they are, beside.
func (b *builder) dna(s string) {
	b.filled = b.filled || s != ""
	if !plainDNA(s) {
		b.head = binary.AppendUvarint(b.head, uint64(len(s))<<1|1)
		b.odd = append(b.odd, s...)
		return
	}
	b.head = binary.AppendUvarint(b.head, uint64(len(s))<<1)
	b.words = base.Pack(b.words, []byte(s))
	from := len(b.data)
	for _, w := range b.words[:len(b.words)-1] {
		b.data = binary.LittleEndian.AppendUint64(b.data, w)
	}
	b.data = b.data[:from+packedLength(len(s))]
}

// packedLength is the number of bytes of so many letters.
func packedLength(letters int) int { return (letters + 3) / 4 }

// plainDNA tells whether all letters are A, C, G and T, in capitals.
func plainDNA(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case 'A', 'C', 'G', 'T':
		default:
			return false
		}
	}
	return true
}

// encode appends the block of the column.
func (b *builder) encode(to []byte) []byte {
	switch b.kind {
	case kindText:
		to = binary.AppendUvarint(to, uint64(len(b.head)))
		to = append(to, b.head...)
		return append(to, b.data...)
	case kindName:
		to = binary.AppendUvarint(to, uint64(len(b.codes)))
		to = binary.AppendUvarint(to, uint64(len(b.head)))
		to = append(to, b.head...)
		to = append(to, b.data...)
		for _, code := range b.names {
			if len(b.codes) <= 1<<8 {
				to = append(to, byte(code))
			} else {
				to = binary.LittleEndian.AppendUint16(to, code)
			}
		}
		return to
	case kindDNA:
		to = binary.AppendUvarint(to, uint64(len(b.head)))
		to = binary.AppendUvarint(to, uint64(len(b.data)))
		to = append(to, b.head...)
		to = append(to, b.data...)
		return append(to, b.odd...)
	}
	return append(to, b.head...)
}
