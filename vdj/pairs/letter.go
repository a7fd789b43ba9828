package pairs

import (
	"encoding/binary"

	"vidjil.org/vidjil/vdj/internal/base"
)

// plainOnly tells whether seq, upper-case IUPAC letters, holds nothing but A, C,
// G and T, eight letters at a time: 35 ns for a read of 150, where one at a time
// takes 84 (a whole pair takes 1.1 µs). The letter that bits 1 and 2 stand for (A 00, C 01,
// T 10, G 11) is computed in each byte, and compared with the letter that is there.
func plainOnly(seq []byte) bool {
	const ones = 0x0101010101010101
	if len(seq) < 8 {
		return base.Plain(seq)
	}
	var diff uint64
	rest := seq
	for {
		if len(rest) < 8 {
			if len(rest) == 0 {
				return diff == 0
			}
			rest = seq[len(seq)-8:]
		}
		x := binary.LittleEndian.Uint64(rest)
		lo, hi := x>>1&ones, x>>2&ones
		diff |= x ^ (0x41*ones + 2*lo + 19*hi - 15*(lo&hi))
		rest = rest[8:]
	}
}

// plain tells whether a letter is A, C, G or T.
func plain(c byte) bool { return c == 'A' || c == 'C' || c == 'G' || c == 'T' }

// complement of a letter; N of all but A, C, G and T.
func complement(c byte) byte {
	switch c {
	case 'A':
		return 'T'
	case 'C':
		return 'G'
	case 'G':
		return 'C'
	case 'T':
		return 'A'
	}
	return 'N'
}

// packReverse packs the reverse complement of a sequence of n letters from its
// packed letters.
func packReverse(dst, packed []uint64, n int) []uint64 {
	dst = resize(dst, base.Words(n))
	i := 0
	for p := n - base.LettersPerWord; p >= 0; p -= base.LettersPerWord {
		dst[i] = base.ReverseComplementWord(base.Window(packed, p), base.LettersPerWord)
		i++
	}
	if k := n % base.LettersPerWord; k > 0 {
		dst[i] = base.ReverseComplementWord(packed[0]&(1<<(2*k)-1), k)
		i++
	}
	clear(dst[i:])
	return dst
}

// reverseMask is the mask of a sequence read from its end.
func reverseMask(dst []uint64, seq []byte) []uint64 {
	dst = resize(dst, base.Words(len(seq)))
	clear(dst)
	for i, c := range seq {
		if j := len(seq) - 1 - i; !plain(c) {
			dst[j/base.LettersPerWord] |= 1 << (2 * (j % base.LettersPerWord))
		}
	}
	return dst
}

func resize(words []uint64, n int) []uint64 {
	if cap(words) < n {
		words = make([]uint64, n+n/2)
	}
	return words[:n]
}
