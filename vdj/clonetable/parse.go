package clonetable

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// errBlock is the cause of any fault inside a block: its sum is right, so a
// program wrote it wrongly.
var errBlock = errors.New("the block does not hold what the footer says")

// values holds the values of a column of a chunk. Which of its fields are filled
// depends on the kind; slices of bytes belong to the block.
type values struct {
	ints   []int64   // kindInt, kindDelta
	floats []float64 // kindFloat

	// Of kindText the texts, of kindName the dictionary, of kindDNA the odd
	// texts: text i is data[ends[i-1]:ends[i]].
	ends []int32
	data []byte

	codes []uint16 // kindName

	// kindDNA: sequence i has letters[i] letters and begins at packed[starts[i]],
	// or, where letters[i] is negative, is the odd text ^letters[i]. starts has
	// an element more.
	letters, starts []int32
	packed          []byte
}

// text is the text i of a text column, or the name of row i.
func (v *values) text(i int) []byte {
	if v.codes != nil {
		i = int(v.codes[i])
	}
	return v.entry(i)
}

// entry is the text i, or entry i of the dictionary.
func (v *values) entry(i int) []byte {
	from := int32(0)
	if i > 0 {
		from = v.ends[i-1]
	}
	return v.data[from:v.ends[i]]
}

// parse fills the values from a block of so many rows; a nil block has default
// values.
func (v *values) parse(kind kind, block []byte, rows int) error {
	switch kind {
	case kindInt, kindDelta:
		return v.parseInts(kind, block, rows)
	case kindFloat:
		return v.parseFloats(block, rows)
	case kindText:
		return v.parseTexts(block, rows)
	case kindName:
		return v.parseNames(block, rows)
	case kindDNA:
		return v.parseDNA(block, rows)
	}
	return errBlock
}

func (v *values) parseInts(kind kind, block []byte, rows int) error {
	v.ints = slices.Grow(v.ints[:0], rows)[:rows]
	if block == nil {
		for i := range v.ints {
			v.ints[i] = absent
		}
		return nil
	}
	last := int64(0)
	for i := range v.ints {
		var u uint64
		if len(block) > 0 && block[0] < 0x80 { // most are small
			u, block = uint64(block[0]), block[1:]
		} else {
			n := 0
			if u, n = binary.Uvarint(block); n <= 0 {
				return errBlock
			}
			block = block[n:]
		}
		if u == 0 {
			v.ints[i] = absent
			continue
		}
		x := unzigzag(u - 1)
		if kind == kindDelta {
			x += last
			last = x
		}
		v.ints[i] = x
	}
	if len(block) > 0 {
		return errBlock
	}
	return nil
}

func (v *values) parseFloats(block []byte, rows int) error {
	v.floats = slices.Grow(v.floats[:0], rows)[:rows]
	if block == nil {
		clear(v.floats)
		return nil
	}
	if len(block) != 8*rows {
		return errBlock
	}
	for i := range v.floats {
		v.floats[i] = math.Float64frombits(binary.LittleEndian.Uint64(block[8*i:]))
	}
	return nil
}

// uvarint reads a number no larger than limit.
func uvarint(block []byte, limit int) (n int, rest []byte, err error) {
	u, k := binary.Uvarint(block)
	if k <= 0 || u > uint64(limit) {
		return 0, nil, errBlock
	}
	return int(u), block[k:], nil
}

// lengths reads n lengths from head, of texts that follow each other in data.
func (v *values) lengths(head, data []byte, n int) (rest []byte, err error) {
	v.ends = slices.Grow(v.ends[:0], n)[:n]
	end := 0
	for i := range v.ends {
		var length int
		if length, head, err = uvarint(head, len(data)-end); err != nil {
			return nil, err
		}
		end += length
		v.ends[i] = int32(end)
	}
	if len(head) > 0 {
		return nil, errBlock
	}
	v.data = data[:end]
	return data[end:], nil
}

func (v *values) parseTexts(block []byte, rows int) error {
	v.codes = nil
	if block == nil {
		v.ends = slices.Grow(v.ends[:0], rows)[:rows]
		clear(v.ends)
		return nil
	}
	n, block, err := uvarint(block, len(block))
	if err != nil || n > len(block) {
		return errBlock
	}
	rest, err := v.lengths(block[:n], block[n:], rows)
	if err != nil || len(rest) > 0 {
		return errBlock
	}
	return nil
}

func (v *values) parseNames(block []byte, rows int) error {
	v.codes = slices.Grow(v.codes[:0], rows)[:rows]
	if block == nil {
		v.ends, v.data = append(v.ends[:0], 0), nil
		clear(v.codes)
		return nil
	}
	entries, block, err := uvarint(block, rows)
	if err != nil || entries == 0 {
		return errBlock
	}
	n, block, err := uvarint(block, len(block))
	if err != nil || n > len(block) {
		return errBlock
	}
	rest, err := v.lengths(block[:n], block[n:], entries)
	if err != nil {
		return err
	}
	width := 1
	if entries > 1<<8 {
		width = 2
	}
	if len(rest) != width*rows {
		return errBlock
	}
	for i := range v.codes {
		if width == 1 {
			v.codes[i] = uint16(rest[i])
		} else {
			v.codes[i] = binary.LittleEndian.Uint16(rest[2*i:])
		}
		if int(v.codes[i]) >= entries {
			return errBlock
		}
	}
	return nil
}

func (v *values) parseDNA(block []byte, rows int) error {
	v.letters = slices.Grow(v.letters[:0], rows)[:rows]
	v.starts = slices.Grow(v.starts[:0], rows+1)[:rows+1]
	v.ends, v.data, v.packed = v.ends[:0], nil, nil
	if block == nil {
		clear(v.letters)
		clear(v.starts)
		return nil
	}
	nhead, block, err := uvarint(block, len(block))
	if err != nil {
		return err
	}
	npacked, block, err := uvarint(block, len(block))
	if err != nil || nhead > len(block) || npacked > len(block)-nhead {
		return errBlock
	}
	head, packed, odd := block[:nhead], block[nhead:nhead+npacked], block[nhead+npacked:]
	start, end := 0, 0
	for i := range v.letters {
		var n int
		if n, head, err = uvarint(head, math.MaxInt32); err != nil {
			return err
		}
		v.starts[i] = int32(start)
		if n&1 == 1 {
			end += n >> 1
			v.letters[i] = ^int32(len(v.ends))
			v.ends = append(v.ends, int32(min(end, math.MaxInt32)))
		} else {
			v.letters[i] = int32(n >> 1)
			start += packedLength(n >> 1)
		}
		if start > len(packed) || end > len(odd) {
			return errBlock
		}
	}
	if len(head) > 0 || start != len(packed) || end != len(odd) {
		return errBlock
	}
	v.starts[rows] = int32(start)
	v.packed, v.data = packed, odd
	return nil
}

// unpacker turns bytes of four letters into text.
type unpacker [256]uint32

func newUnpacker() *unpacker {
	var u unpacker
	for b := range u {
		for i := range 4 {
			u[b] |= uint32("ACTG"[b>>(2*i)&3]) << (8 * i)
		}
	}
	return &u
}

// sequence appends sequence i of a DNA column.
func (v *values) sequence(to []byte, i int, u *unpacker) []byte {
	n := int(v.letters[i])
	if n < 0 {
		return append(to, v.entry(^n)...)
	}
	packed := v.packed[v.starts[i]:v.starts[i+1]]
	from := len(to)
	for _, b := range packed {
		to = binary.LittleEndian.AppendUint32(to, u[b])
	}
	return to[:from+n]
}
