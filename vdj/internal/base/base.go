// Package base holds the 2-bit kernels of nucleotides: packing, reverse
// complement, mismatch masks.
//
// The code of a letter is (c>>1)&3 of its ASCII value, either case: A 0, C 1,
// T 2, G 3, so that packing eight letters takes a dozen operations and the
// complement of a code is code^2. Any other letter packs to an arbitrary code;
// Mask tells where they stand.
//
// Packed sequences hold 32 letters a word, the first one in the lowest bits.
// All functions are safe for concurrent use: they touch only their arguments.
package base

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// LettersPerWord is the number of letters in a packed word.
const LettersPerWord = 32

// lanes selects the low bit of each 2-bit letter.
const lanes = 0x5555555555555555

// Words is the number of words that hold n letters, plus one of padding, so
// that Window can read past the last letter.
func Words(n int) int { return (n+LettersPerWord-1)/LettersPerWord + 1 }

// Code is the 2-bit code of a letter A C G T, either case.
func Code(c byte) uint64 { return uint64(c>>1) & 3 }

// Letter is the inverse of Code.
func Letter(code uint64) byte { return "ACTG"[code&3] }

// Pack resizes dst to Words(len(seq)), fills it with the
// packed letters of seq, and returns it.
func Pack(dst []uint64, seq []byte) []uint64 {
	n := Words(len(seq))
	if cap(dst) < n {
		dst = make([]uint64, n+n/2)
	}
	dst = dst[:n]
	w := 0
	for len(seq) >= LettersPerWord {
		dst[w] = pack8(seq) | pack8(seq[8:])<<16 | pack8(seq[16:])<<32 | pack8(seq[24:])<<48
		seq = seq[LettersPerWord:]
		w++
	}
	for ; w < n; w++ {
		dst[w] = 0
	}
	last := n - 2
	if len(seq) == 0 {
		return dst
	}
	var x uint64
	shift := 0
	for len(seq) >= 8 {
		x |= pack8(seq) << shift
		seq = seq[8:]
		shift += 16
	}
	for _, c := range seq {
		x |= Code(c) << shift
		shift += 2
	}
	dst[last] = x
	return dst
}

// pack8 packs the first eight letters of seq into 16 bits.
func pack8(seq []byte) uint64 {
	x := binary.LittleEndian.Uint64(seq) >> 1 & 0x0303030303030303
	x = (x | x>>6) & 0x000f000f000f000f
	x = (x | x>>12) & 0x000000ff000000ff
	return (x | x>>24) & 0xffff
}

// Mask resizes dst to Words(len(seq)) and sets the low bit of each 2-bit lane
// whose letter is not A, C, G or T. It returns dst and whether there is any.
func Mask(dst []uint64, seq []byte) ([]uint64, bool) {
	n := Words(len(seq))
	if cap(dst) < n {
		dst = make([]uint64, n+n/2)
	}
	dst = dst[:n]
	clear(dst)
	found := false
	for i, c := range seq {
		if !plain[c] {
			dst[i/LettersPerWord] |= 1 << (2 * (i % LettersPerWord))
			found = true
		}
	}
	return dst, found
}

// plain tells the letters A C G T, either case.
var plain = [256]bool{'A': true, 'C': true, 'G': true, 'T': true, 'a': true, 'c': true, 'g': true, 't': true}

// Plain tells whether all letters of seq are A, C, G or T, in either case.
func Plain(seq []byte) bool {
	for _, c := range seq {
		if !plain[c] {
			return false
		}
	}
	return true
}

// Window is the word of 32 letters of a packed sequence that starts at letter
// p, 0 ≤ p. Letters past the end of the sequence are A (0).
func Window(packed []uint64, p int) uint64 {
	w, shift := p/LettersPerWord, uint(p%LettersPerWord)*2
	if w >= len(packed) {
		return 0
	}
	x := packed[w] >> shift
	if shift != 0 && w+1 < len(packed) {
		x |= packed[w+1] << (64 - shift)
	}
	return x
}

// Mismatches is the number of letters that differ between a, from letter pa,
// and b, from letter pb, over n letters.
func Mismatches(a []uint64, pa int, b []uint64, pb, n int) int {
	m := 0
	for ; n > 0; n -= LettersPerWord {
		m += bits.OnesCount64(Diff(Window(a, pa), Window(b, pb), n))
		pa += LettersPerWord
		pb += LettersPerWord
	}
	return m
}

// Diff has the low bit of each 2-bit lane set where the letters of two words
// differ, over the first n letters (all when n ≥ 32).
func Diff(x, y uint64, n int) uint64 {
	d := x ^ y
	d = (d | d>>1) & lanes
	if n < LettersPerWord {
		d &= 1<<(2*uint(n)) - 1
	}
	return d
}

// complement maps IUPAC letters to their complement, upper case; 'N' for what
// is not one.
var complement = func() (t [256]byte) {
	for i := range t {
		t[i] = 'N'
	}
	const from, to = "ACGTURYSWKMBDHVN", "TGCAAYRSWMKVHDBN"
	for i := range from {
		t[from[i]] = to[i]
		t[from[i]|0x20] = to[i]
	}
	return t
}()

// ReverseComplement appends the reverse complement of src to dst, upper case,
// IUPAC letters included, and returns it. dst and src must not overlap.
func ReverseComplement(dst, src []byte) []byte {
	for _, s := range slices.Backward(src) {
		dst = append(dst, complement[s])
	}
	return dst
}

// ReverseComplementWord is the reverse complement of a packed word of k
// letters, k ≤ 32.
func ReverseComplementWord(x uint64, k int) uint64 {
	x = bits.ReverseBytes64(x)
	x = x>>4&0x0f0f0f0f0f0f0f0f | x&0x0f0f0f0f0f0f0f0f<<4
	x = x>>2&0x3333333333333333 | x&0x3333333333333333<<2
	return (x ^ 2*lanes) >> (64 - 2*uint(k))
}
