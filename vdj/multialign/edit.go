package multialign

// pattern counts edits between one sequence and others: Levenshtein distance, with
// substitutions, insertions and deletions of one letter.
//
// Myers 1999, J. ACM 46:395, 64 letters at a time, with the carry between blocks of
// Hyyrö 2003, Nordic J. Computing 10:29. A pair of 300 nt takes 4 µs.
type pattern struct {
	length int
	match  [256][]uint64 // letters of the pattern equal to that letter, 64 a word
	plus   []uint64      // vertical differences of +1 and of −1
	minus  []uint64
	buffer []uint64
}

// set makes seq the pattern.
func (p *pattern) set(seq []byte) {
	p.length = len(seq)
	blocks := (len(seq) + 63) / 64
	for c := range p.match {
		p.match[c] = nil
	}
	distinct := 0
	var seen [256]bool
	for _, c := range seq {
		if !seen[c] {
			seen[c] = true
			distinct++
		}
	}
	need := (distinct + 3) * blocks
	if cap(p.buffer) < need {
		p.buffer = make([]uint64, need+need/2)
	}
	p.buffer = p.buffer[:need]
	clear(p.buffer)
	cut := func() []uint64 {
		b := p.buffer[:blocks:blocks]
		p.buffer = p.buffer[blocks:]
		return b
	}
	whole := p.buffer
	p.plus, p.minus = cut(), cut()
	none := cut()
	for c := range p.match {
		p.match[c] = none
		if seen[c] {
			p.match[c] = cut()
		}
	}
	p.buffer = whole
	for i, c := range seq {
		p.match[c][i/64] |= 1 << (i % 64)
	}
}

// distance is the number of edits between the pattern and text.
func (p *pattern) distance(text []byte) int {
	if p.length == 0 {
		return len(text)
	}
	for i := range p.plus {
		p.plus[i], p.minus[i] = ^uint64(0), 0
	}
	score := p.length
	last := uint((p.length - 1) % 64)
	for _, c := range text {
		match := p.match[c]
		// What comes in from above: the first row grows by one with each letter.
		inPlus, inMinus := uint64(1), uint64(0)
		var outPlus, outMinus uint64
		for b := range p.plus {
			vp, vm, eq := p.plus[b], p.minus[b], match[b]
			xv := eq | vm
			eq |= inMinus
			xh := ((eq&vp + vp) ^ vp) | eq
			hp := vm | ^(xh | vp)
			hm := vp & xh
			outPlus, outMinus = hp, hm
			hp, hm, inPlus, inMinus = hp<<1|inPlus, hm<<1|inMinus, hp>>63, hm>>63
			p.plus[b] = hm | ^(xv | hp)
			p.minus[b] = hp & xv
		}
		score += int(outPlus>>last&1) - int(outMinus>>last&1)
	}
	return score
}
