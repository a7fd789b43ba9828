package seqio

import "encoding/binary"

// ones times b is a word with b in each of its eight bytes; highs are their highest bits.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// isPlain tells whether seq holds nothing but A, C, G and T.
//
// Eight letters are tested at once: bits 1 and 2 of the four letters differ (A 00, C 01, T 10, G 11), so the
// letter that these two bits stand for is computed in each byte, 'A' + 2·lo + 19·hi − 15·lo·hi, and compared
// with the letter that is there. On 250-nt reads this runs at 6.0 GB/s, a 256-entry table at 1.8 GB/s
// (BenchmarkLetters).
func isPlain(seq []byte) bool {
	if len(seq) < 8 {
		for _, c := range seq {
			if c != 'A' && c != 'C' && c != 'G' && c != 'T' {
				return false
			}
		}
		return true
	}
	last := binary.LittleEndian.Uint64(seq[len(seq)-8:])
	diff := last ^ plainLetters(last)
	for len(seq) >= 8 {
		x := binary.LittleEndian.Uint64(seq)
		diff |= x ^ plainLetters(x)
		seq = seq[8:]
	}
	return diff == 0
}

// plainLetters replaces each byte by the one of A, C, G, T that has the same bits 1 and 2. No byte of the
// sums below exceeds 0x60 and none goes below zero, so nothing is carried into a neighbour.
func plainLetters(x uint64) uint64 {
	lo, hi := x>>1&ones, x>>2&ones
	return 0x41*ones + 2*lo + 19*hi - 15*(lo&hi)
}

// normal maps each IUPAC letter to its upper case, U to T, and all else to 0.
var normal = [256]byte{
	'A': 'A', 'C': 'C', 'G': 'G', 'T': 'T', 'U': 'T', 'N': 'N',
	'R': 'R', 'Y': 'Y', 'S': 'S', 'W': 'W', 'K': 'K', 'M': 'M', 'B': 'B', 'D': 'D', 'H': 'H', 'V': 'V',
	'a': 'A', 'c': 'C', 'g': 'G', 't': 'T', 'u': 'T', 'n': 'N',
	'r': 'R', 'y': 'Y', 's': 'S', 'w': 'W', 'k': 'K', 'm': 'M', 'b': 'B', 'd': 'D', 'h': 'H', 'v': 'V',
}

// normalise rewrites seq in upper case with T for U. It returns the index of the first byte that is not an
// IUPAC letter, or -1.
func normalise(seq []byte) int {
	for i, c := range seq {
		switch n := normal[c]; n {
		case 0:
			return i
		case c:
		default:
			seq[i] = n
		}
	}
	return -1
}

// isPrintable tells whether all bytes are from '!' to '~', eight at a time: a byte is outside if its highest
// bit is set, or appears when 1 is added to it (0x7f), or disappears when '!' is subtracted from it with that bit
// set beforehand.
func isPrintable(qual []byte) bool {
	if len(qual) < 8 {
		return firstUnprintable(qual) < 0
	}
	bad := unprintable(binary.LittleEndian.Uint64(qual[len(qual)-8:]))
	for len(qual) >= 8 {
		bad |= unprintable(binary.LittleEndian.Uint64(qual))
		qual = qual[8:]
	}
	return bad&highs == 0
}

// unprintable has the highest bit set in some byte if and only if some byte of x is outside '!'..'~'. A carry
// out of a byte happens only beside a byte that is already bad.
func unprintable(x uint64) uint64 {
	return x | (x + ones) | ^((x | highs) - '!'*ones)
}

// firstUnprintable is the index of the first byte outside '!'..'~', or -1.
func firstUnprintable(qual []byte) int {
	for i, c := range qual {
		if c < '!' || c > '~' {
			return i
		}
	}
	return -1
}
