package pairs

import (
	"math/bits"

	"vidjil.org/vidjil/vdj/internal/base"
)

// An overlap is given by the length of the fragment alone, from the first letter
// of R1 to the first letter of R2:
//
//	fragment   0 ──────────────────────────── length
//	R1         0 ─────────────── n1
//	R2, reversed   length-n2 ──────────────── length
//
// Letters beyond the fragment's ends are adapters.
type overlap struct {
	fragment int // length of the fragment
	start    int // of the overlap on the fragment
	end      int
	letters  int // of the overlap that are A C G T in both reads
	differ   int // of these, those that differ
	score    int // in thousandths of a nat
}

// lanes selects the low bit of each letter of a packed word.
const lanes = 0x5555555555555555

// finder finds the overlaps of one pair. It is scratch memory of one goroutine.
type finder struct {
	first, second []uint64 // packed; second is the reverse complement of R2
	firstOther    []uint64 // masks of letters other than A C G T, valid if others > 0
	secondOther   []uint64
	forward       []uint64 // R2 packed as read
	others        int      // letters other than A C G T in both reads, at most so many
	n1, n2        int
	rate          float64 // of allowed
	allowed       []int   // how many letters of an overlap of that length may differ
	places        []int   // fragment lengths that pass the first word
}

// load takes in the letters of a pair.
func (f *finder) load(r1, r2 []byte) {
	f.n1, f.n2 = len(r1), len(r2)
	f.first = base.Pack(f.first, r1)
	f.forward = base.Pack(f.forward, r2)
	f.second = packReverse(f.second, f.forward, len(r2))
	f.others = 0
	if plainOnly(r1) && plainOnly(r2) {
		return
	}
	f.firstOther, _ = base.Mask(f.firstOther, r1)
	f.secondOther = reverseMask(f.secondOther, r2)
	for _, masks := range [][]uint64{f.firstOther, f.secondOther} {
		for _, m := range masks {
			f.others += bits.OnesCount64(m)
		}
	}
}

// find lists the lengths of fragments whose overlap may hold few enough
// differences, judged by its first letters: all that do, and few others.
// minimum is the shortest overlap.
func (f *finder) find(minimum int, rate float64) {
	f.places = f.places[:0]
	if f.n1 < minimum || f.n2 < minimum {
		return
	}
	if rate != f.rate {
		f.rate, f.allowed = rate, f.allowed[:0]
	}
	for n := len(f.allowed); n <= min(f.n1, f.n2); n++ {
		f.allowed = append(f.allowed, int(rate*float64(n)))
	}
	// R2 starts before R1 or with it: R1 stands still, R2 is shifted.
	n := len(f.places)
	f.places = f.slide(f.places, f.first, f.second, 0, f.n2-minimum, f.n1, f.n2)
	for i := n; i < len(f.places); i++ {
		f.places[i] = f.n2 - f.places[i]
	}
	// R2 starts after R1.
	n = len(f.places)
	f.places = f.slide(f.places, f.second, f.first, 1, f.n1-minimum, f.n2, f.n1)
	for i := n; i < len(f.places); i++ {
		f.places[i] += f.n2
	}
}

// slide appends the positions from … to of a packed sequence of m letters at which
// its next 64 letters (32, or all, of shorter overlaps) differ from fixed, the
// start of a sequence of n letters, in no more than the whole overlap may.
//
// A place costs 2.5 ns so, and a pair of 2 × 150 letters has 280. With one word
// instead of two, half of the places passed, to be counted in full: 2.4 µs a pair
// instead of 1.1.
func (f *finder) slide(places []int, fixed, packed []uint64, from, to, n, m int) []int {
	const word = base.LettersPerWord
	p := from
	for last := min(to, m-2*word); p <= last && n >= 2*word; {
		w, shift := p/word, uint(2*(p%word))
		x, y, z := packed[w], packed[w+1], packed[w+2]
		for stop := min(last, w*word+word-1); p <= stop; p++ {
			d := x>>(shift&63) | y<<1<<((63-shift)&63)
			e := y>>(shift&63) | z<<1<<((63-shift)&63)
			d ^= fixed[0]
			e ^= fixed[1]
			// The bits of both words share one.
			if bits.OnesCount64((d|d>>1)&lanes|(e|e<<1)&^lanes) <= f.allowed[min(n, m-p)]+f.others {
				places = append(places, p)
			}
			shift += 2
		}
	}
	for p <= to {
		w, shift := p/word, uint(2*(p%word))
		x, y := packed[w], packed[w+1]
		for stop := min(to, w*word+word-1); p <= stop; p++ {
			length := min(n, m-p)
			d := (x>>(shift&63) | y<<1<<((63-shift)&63)) ^ fixed[0]
			d = (d | d>>1) & lanes & (1<<(2*uint(length)) - 1) // of 32 letters or more, all
			if bits.OnesCount64(d) <= f.allowed[length]+f.others {
				places = append(places, p)
			}
			shift += 2
		}
	}
	return places
}

// at is the overlap of a fragment of the given length.
func (f *finder) at(length int) overlap {
	return overlap{fragment: length, start: max(0, length-f.n2), end: min(f.n1, length)}
}

// count counts the letters of an overlap that can be compared, and those that
// differ. It stops and returns false when more than rate of them do.
func (f *finder) count(o *overlap, rate float64) bool {
	n := o.end - o.start
	shift := f.n2 - o.fragment // from a place on the fragment to one on R2
	limit := int(rate * float64(n))
	o.letters, o.differ = n, 0
	for p := o.start; p < o.end; p += base.LettersPerWord {
		d := base.Diff(base.Window(f.first, p), base.Window(f.second, p+shift), o.end-p)
		if f.others > 0 {
			other := f.other(p, shift, o.end-p)
			o.letters -= bits.OnesCount64(other)
			d &^= other
		}
		o.differ += bits.OnesCount64(d)
		if o.differ > limit {
			return false
		}
	}
	return o.differ <= int(rate*float64(o.letters))
}

// other has the lane of each letter set that is not A C G T in either read, over n
// letters from place p of the fragment.
func (f *finder) other(p, shift, n int) uint64 {
	m := base.Window(f.firstOther, p) | base.Window(f.secondOther, p+shift)
	if n < base.LettersPerWord {
		m &= 1<<(2*uint(n)) - 1
	}
	return m
}

// difference is a place on the fragment where the letters of the reads differ, or
// cannot be compared.
type difference struct {
	place int
	other bool // one of the letters is not A, C, G or T
}

// differences lists those of an overlap, appended to dst.
func (f *finder) differences(dst []difference, o *overlap) []difference {
	shift := f.n2 - o.fragment
	for p := o.start; p < o.end; p += base.LettersPerWord {
		d := base.Diff(base.Window(f.first, p), base.Window(f.second, p+shift), o.end-p)
		var other uint64
		if f.others > 0 {
			other = f.other(p, shift, o.end-p)
		}
		for d |= other; d != 0; d &= d - 1 {
			i := bits.TrailingZeros64(d)
			dst = append(dst, difference{p + i/2, other>>i&1 != 0})
		}
	}
	return dst
}
