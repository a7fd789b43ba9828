package inflate

import "math/bits"

const (
	maxLit  = 286 // literals, the end of a block, lengths
	maxDist = 30
	maxBits = 15 // of a code

	// litBits is how many bits the literal table looks at; longer codes take a
	// second look. On the .gz of the corpus amplicon 10, 11 and 12 read 515, 516
	// and 510 to 530 MB/s, 13 reads 485: the table of 11 takes 8 kB.
	litBits  = 11
	litMask  = 1<<litBits - 1
	distBits = 9
	distMask = 1<<distBits - 1

	// Second tables have 2^(maxBits-litBits) entries each (distances:
	// 2^(maxBits-distBits)), and there are at most half as many as symbols,
	// since two codes at least share one. Powers of two spare bounds checks.
	litSize  = 1 << 13
	distSize = 1 << 11
)

// entry says what the next bits mean.
//
//	bits 0–4   how many of them are used up, extra bits of a length or distance included
//	bits 5–7   kind
//	bits 8–15  literals: the first; copies: how many of the bits are the code
//	bits 16–31 literals: the second in the lower half; copies: length or distance
//	           without extra bits; sub: where the second table starts
//
// An invalid code uses 15 bits: more input cannot make it valid.
type entry uint32

// Kinds. None of the bits is set for a copy.
const (
	literal entry = 1 << 5
	double  entry = 1 << 6 // with literal: two of them
	sub     entry = 1 << 6 // look further
	end     entry = 1 << 7 // of the block
	invalid entry = 1<<6 | 1<<7
	special entry = 1<<6 | 1<<7 // sub, end or invalid, in an entry that is no literal
	kind    entry = 7 << 5
)

const noCode = invalid | maxBits

func (e entry) isLiteral() bool { return e&literal != 0 }
func (e entry) isSub() bool     { return e&kind == sub }
func (e entry) isEnd() bool     { return e&kind == end }
func (e entry) isInvalid() bool { return e&kind == invalid }

func (e entry) bits() uint      { return uint(e & 31) }
func (e entry) letters() uint16 { return uint16(e >> 8) }

// count is the number of literals.
func (e entry) count() int { return 1 + int(e/double&1) }

// value is the length or distance whose code comes next in the bits.
func (e entry) value(next uint64) int {
	return int(e>>16) + int(next&(1<<(e&31)-1)>>(e>>8&31))
}

type (
	litTable  [litSize]entry
	distTable [distSize]entry
)

// sub is the entry of a code longer than the table.
func (t *litTable) sub(e entry, next uint64) entry {
	return t[(uint64(e>>16)+next>>litBits&(1<<(maxBits-litBits)-1))%litSize]
}

func (t *distTable) sub(e entry, next uint64) entry {
	return t[(uint64(e>>16)+next>>distBits&(1<<(maxBits-distBits)-1))%distSize]
}

// find is the entry of the next bits.
func (t *litTable) find(next uint64) entry {
	e := t[next&litMask]
	if e.isSub() {
		return t.sub(e, next)
	}
	return e
}

func (t *distTable) find(next uint64) entry {
	e := t[next&distMask]
	if e.isSub() {
		return t.sub(e, next)
	}
	return e
}

// symbols are what the codes stand for: entries whose bits are the extra ones.
type symbols []entry

// The values of RFC 1951, section 3.2.5.
var (
	litSymbols  = makeLitSymbols()
	distSymbols = makeDistSymbols()
)

func makeLitSymbols() symbols {
	s := make(symbols, 0, maxLit)
	for c := range entry(256) {
		s = append(s, literal|c<<8)
	}
	s = append(s, end)
	base := entry(3)
	for i := range 28 {
		extra := entry(max(0, i/4-1))
		s = append(s, base<<16|extra)
		base += 1 << extra
	}
	return append(s, maxCopy<<16)
}

func makeDistSymbols() symbols {
	s := make(symbols, 0, maxDist)
	base := entry(1)
	for i := range maxDist {
		extra := entry(max(0, i/2-1))
		s = append(s, base<<16|extra)
		base += 1 << extra
	}
	return s
}

// coded is the entry of a symbol whose code has n bits.
func (s symbols) coded(i, n int) entry {
	e := s[i] + entry(n)
	if !e.isLiteral() {
		e |= entry(n) << 8
	}
	return e
}

// canonical gives the code of each symbol from its length, as RFC 1951 section
// 3.2.2 says. It is false for lengths that are no prefix code: too many, or too
// few, except none at all or one of one bit, which some programs write.
func canonical(lengths []uint8) (next [maxBits + 1]int, ok bool) {
	var count [maxBits + 1]int
	for _, n := range lengths {
		count[n]++
	}
	count[0] = 0
	code, codes := 0, 0
	for n := 1; n <= maxBits; n++ {
		code = (code + count[n-1]) << 1
		next[n] = code
		codes += count[n]
		if code+count[n] > 1<<n {
			return next, false
		}
	}
	complete := code+count[maxBits] == 1<<maxBits
	return next, complete || codes == 0 || codes == 1 && count[1] == 1
}

// build fills a table, which looks at primary bits, from the lengths of the codes.
func build(table []entry, primary int, lengths []uint8, s symbols) bool {
	next, ok := canonical(lengths)
	if !ok {
		return false
	}
	for i := range 1 << primary {
		table[i] = noCode
	}
	used := 1 << primary // entries
	second := 1 << (maxBits - primary)
	for i, n8 := range lengths {
		n := int(n8)
		if n == 0 {
			continue
		}
		code := int(bits.Reverse16(uint16(next[n])) >> (16 - n))
		next[n]++
		e := noCode
		if i < len(s) {
			e = s.coded(i, n)
		}
		if n <= primary {
			for p := code; p < 1<<primary; p += 1 << n {
				table[p] = e
			}
			continue
		}
		first := &table[code&(1<<primary-1)]
		if !first.isSub() {
			*first = sub | entry(used)<<16
			used += second
		}
		at := int(*first >> 16)
		for p := code >> primary; p < second; p += 1 << (n - primary) {
			table[at+p] = e
		}
	}
	return true
}

// pair makes one entry of two literals wherever both codes fit.
func (t *litTable) pair() {
	// Downwards: entry i looks at entry i>>n, which must be a single one still.
	for i := litMask; i >= 0; i-- {
		a := t[i]
		if !a.isLiteral() {
			continue
		}
		b := t[i>>a.bits()]
		if i>>a.bits() != i && b.isLiteral() && a.bits()+b.bits() <= litBits {
			t[i] = literal | double | b&0xff00<<8 | a&0xff00 | entry(a.bits()+b.bits())
		}
	}
}

// fixedCodes sets the tables of RFC 1951, section 3.2.6. 286, 287 and the
// distances 30, 31 have codes but no meaning.
func (r *Reader) fixedCodes() {
	var lengths [288]uint8
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	build(r.lit[:], litBits, lengths[:], litSymbols)
	r.lit.pair()
	var distances [32]uint8
	for i := range distances {
		distances[i] = 5
	}
	build(r.dist[:], distBits, distances[:], distSymbols)
}

// lengthOrder is the order in which the lengths of the code of lengths come.
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// lengthBits is the longest code of lengths.
const lengthBits = 7

// readCodes reads the codes of a block (RFC 1951, section 3.2.7).
func (r *Reader) readCodes() error {
	if err := r.need(14); err != nil {
		return err
	}
	lits, dists, n := r.take(5)+257, r.take(5)+1, r.take(4)+4
	if lits > maxLit || dists > maxDist {
		return corrupt("too many symbols")
	}
	var lengths [19]uint8
	for _, i := range lengthOrder[:n] {
		if err := r.need(3); err != nil {
			return err
		}
		lengths[i] = uint8(r.take(3))
	}
	next, ok := canonical(lengths[:])
	if !ok {
		return corrupt("the lengths of codes are no code")
	}
	var table [1 << lengthBits]uint8 // symbol<<3 | bits, 0 for none
	for i, n := range lengths {
		if n == 0 {
			continue
		}
		code := int(bits.Reverse8(uint8(next[n])) >> (8 - n))
		next[n]++
		for p := code; p < len(table); p += 1 << n {
			table[p] = uint8(i)<<3 | n
		}
	}
	if err := r.readLengths(&table, r.lengths[:lits+dists]); err != nil {
		return err
	}
	if !build(r.lit[:], litBits, r.lengths[:lits], litSymbols) ||
		!build(r.dist[:], distBits, r.lengths[lits:lits+dists], distSymbols) {
		return corrupt("the codes of a block are no code")
	}
	r.lit.pair()
	return nil
}

// readLengths reads lengths of codes, which are themselves coded.
func (r *Reader) readLengths(table *[1 << lengthBits]uint8, lengths []uint8) error {
	for i := 0; i < len(lengths); {
		x := table[r.bits&(1<<lengthBits-1)]
		for x == 0 && r.nbits < lengthBits || uint(x&7) > r.nbits {
			if err := r.need(r.nbits + 1); err != nil {
				return err
			}
			x = table[r.bits&(1<<lengthBits-1)]
		}
		if x == 0 {
			return corrupt("a code that no length has")
		}
		r.take(uint(x & 7))
		symbol := int(x >> 3)
		if symbol < 16 {
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		value, n, extra := uint8(0), 3, uint(3)
		switch symbol {
		case 16:
			if i == 0 {
				return corrupt("a repetition of nothing")
			}
			value, extra = lengths[i-1], 2
		case 18:
			n, extra = 11, 7
		}
		if err := r.need(extra); err != nil {
			return err
		}
		n += r.take(extra)
		if i+n > len(lengths) {
			return corrupt("too many lengths of codes")
		}
		for range n {
			lengths[i] = value
			i++
		}
	}
	return nil
}
