package clonetable

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// letterSet is the set of nucleotides that an IUPAC code stands for, a bit for
// each 2-bit code; 0 when it is none.
func letterSet(c byte) uint8 {
	const a, c2, t, g = 1, 2, 4, 8
	switch c &^ 0x20 {
	case 'A':
		return a
	case 'C':
		return c2
	case 'G':
		return g
	case 'T', 'U':
		return t
	case 'R':
		return a | g
	case 'Y':
		return c2 | t
	case 'S':
		return c2 | g
	case 'W':
		return a | t
	case 'K':
		return g | t
	case 'M':
		return a | c2
	case 'B':
		return c2 | g | t
	case 'D':
		return a | g | t
	case 'H':
		return a | c2 | t
	case 'V':
		return a | c2 | g
	case 'N':
		return a | c2 | g | t
	}
	return 0
}

// complementSet is the set of the complements: codes differ by 2.
func complementSet(s uint8) uint8 { return s<<2&0xf | s>>2 }

// wordLetters is the number of letters in a word of 16 bits.
const wordLetters = 8

// wordSet is a set of 16-bit words: 8 KB, so that it stays in the first-level
// cache.
type wordSet [1 << 16 / 64]uint64

func (s *wordSet) has(w uint16) bool { return s[w>>6]>>(w&63)&1 != 0 }

// manyWords is when the words of uncertain letters are too many to be listed.
const manyWords = 1 << 12

// variants is the number of words that the letter sets allow.
func variants(sets []uint8) int {
	n := 1
	for _, s := range sets[:wordLetters] {
		n *= bits.OnesCount8(s)
	}
	return n
}

// add adds all words that the letter sets allow, or all there are when these
// are many: a set that is too large costs time and never a hit.
func (s *wordSet) add(sets []uint8) {
	if variants(sets) > manyWords {
		for i := range s {
			s[i] = ^uint64(0)
		}
		return
	}
	var walk func(i int, w uint16)
	walk = func(i int, w uint16) {
		if i == wordLetters {
			s[w>>6] |= 1 << (w & 63)
			return
		}
		for code := range uint16(4) {
			if sets[i]>>code&1 != 0 {
				walk(i+1, w|code<<(2*i))
			}
		}
	}
	walk(0, 0)
}

// needle is a sequence to look for in packed sequences.
type needle struct {
	// sets are the letters of both strands, as sets.
	sets [2][]uint8

	// To find the needle in sequences: words are read at every stride-th byte.
	// Wherever the needle begins, one of its words stands at such a place; they
	// are in words, and anchors tells which they are.
	stride  int
	words   wordSet
	anchors []anchor

	// To find windows in the needle: all its words.
	inside wordSet
}

// anchor is the word of a strand that begins at letter offset.
type anchor struct{ strand, offset int }

// place is where a needle was found.
type place struct {
	start, end int
	reverse    bool
}

// newNeedle prepares a sequence of IUPAC codes.
func newNeedle(sequence string) *needle {
	n := &needle{}
	for i := range len(sequence) {
		n.sets[0] = append(n.sets[0], letterSet(sequence[i]))
	}
	for _, s := range slices.Backward(n.sets[0]) {
		n.sets[1] = append(n.sets[1], complementSet(s))
	}
	// A word at every stride-th byte lies inside any needle of 4 stride + 7
	// letters. Longer strides read less: 8 bytes suffice for windows.
	n.stride = 1
	for n.stride < 8 && len(sequence) >= 4*2*n.stride+wordLetters-1 {
		n.stride *= 2
	}
	for strand := range n.sets {
		for phase := range 4 * n.stride {
			n.anchor(strand, phase)
		}
		for at := 0; at+wordLetters <= len(sequence); at++ {
			n.inside.add(n.sets[strand][at:])
		}
	}
	return n
}

// anchor chooses, among the words of a phase, the one with the fewest uncertain
// letters; of equal ones that nearest to the middle, where the junction of a
// window is and not a gene that thousands of clonotypes share.
func (n *needle) anchor(strand, phase int) {
	sets := n.sets[strand]
	best, least, nearest := -1, 0, 0
	for at := phase; at+wordLetters <= len(sets); at += 4 * n.stride {
		words := variants(sets[at:])
		far := max(2*at+wordLetters-len(sets), len(sets)-2*at-wordLetters)
		if best < 0 || words < least || words == least && far < nearest {
			best, least, nearest = at, words, far
		}
	}
	n.words.add(sets[best:])
	n.anchors = append(n.anchors, anchor{strand, best})
}

// fits tells whether the needle stands at letter at of a packed sequence of
// so many letters.
func (n *needle) fits(strand int, packed []byte, letters, at int) bool {
	sets := n.sets[strand]
	if at < 0 || at+len(sets) > letters {
		return false
	}
	for i, s := range sets {
		p := at + i
		if s>>(packed[p>>2]>>(2*(p&3))&3)&1 == 0 {
			return false
		}
	}
	return true
}

// scan adds the rows whose sequence holds the needle.
func (n *needle) scan(v *values, found rowSet) {
	packed := v.packed
	for i := 0; i+2 <= len(packed); i += n.stride {
		if n.words.has(binary.LittleEndian.Uint16(packed[i:])) {
			n.look(v, i, found)
		}
	}
	for i, letters := range v.letters {
		if letters < 0 && n.findText(v.entry(^int(letters))) != nil {
			found.add(i)
		}
	}
}

// look compares the needle where one of its words was seen.
func (n *needle) look(v *values, at int, found rowSet) {
	// The last row that begins there or before: rows without letters begin
	// where the next one does.
	row, _ := slices.BinarySearch(v.starts, int32(at)+1)
	row--
	if row < 0 || row >= len(v.letters) || found.has(row) {
		return
	}
	packed := v.packed[v.starts[row]:v.starts[row+1]]
	letter := 4 * (at - int(v.starts[row]))
	for _, a := range n.anchors {
		if n.fits(a.strand, packed, int(v.letters[row]), letter-a.offset) {
			found.add(row)
			return
		}
	}
}

// windows adds the rows whose window the needle holds.
func (n *needle) windows(v *values, found rowSet) {
	for i, letters := range v.letters {
		switch {
		case letters < 0:
			if text := v.entry(^int(letters)); len(text) >= MinSequence && n.holdsText(text) {
				found.add(i)
			}
		case letters >= MinSequence && int(letters) <= len(n.sets[0]):
			packed := v.packed[v.starts[i]:v.starts[i+1]]
			// The middle of a window is its junction: that of other clonotypes is
			// rarely in the needle, while the genes at both ends often are.
			if n.inside.has(binary.LittleEndian.Uint16(packed[letters/8:])) && n.holds(packed, int(letters)) {
				found.add(i)
			}
		}
	}
}

// holds tells whether the needle holds a packed sequence.
func (n *needle) holds(packed []byte, letters int) bool {
	for _, sets := range n.sets {
	next:
		for at := 0; at+letters <= len(sets); at++ {
			for i, s := range sets[at : at+letters] {
				if s>>(packed[i>>2]>>(2*(i&3))&3)&1 == 0 {
					continue next
				}
			}
			return true
		}
	}
	return false
}

// covers tells whether the sets hold the letters of a text: a letter that is
// not certain must be covered.
func covers(sets []uint8, text []byte) bool {
	for i, s := range sets {
		if c := letterSet(text[i]); c == 0 || c&^s != 0 {
			return false
		}
	}
	return true
}

// holdsText is holds for text that is not plain letters.
func (n *needle) holdsText(text []byte) bool {
	for _, sets := range n.sets {
		for at := 0; at+len(text) <= len(sets); at++ {
			if covers(sets[at:at+len(text)], text) {
				return true
			}
		}
	}
	return false
}

// findText finds the needle in a text, nil when it is not there. The forward
// strand is tried first.
func (n *needle) findText(text []byte) *place {
	for strand, sets := range n.sets {
		for at := 0; at+len(sets) <= len(text); at++ {
			if covers(sets, text[at:at+len(sets)]) {
				return &place{at, at + len(sets), strand == 1}
			}
		}
	}
	return nil
}

// heldIn tells on which strand the needle holds a window.
func (n *needle) heldIn(window []byte) (reverse bool) {
	for at := 0; at+len(window) <= len(n.sets[0]); at++ {
		if covers(n.sets[0][at:at+len(window)], window) {
			return false
		}
	}
	return true
}
