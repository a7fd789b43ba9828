package simulate

import (
	"slices"
	"sort"

	"vidjil.org/vidjil/vdj/internal/base"
)

// sequencer turns templates into reads: letters with errors, and qualities.
type sequencer struct {
	random random
	// number[k] bounds the random bits for which a read has at most k errors.
	number []uint64
	// position[i] bounds those for which an error falls at letter i or before.
	position []uint64
	quality  []byte // Phred quality of a letter, before its jitter
	jitter   [256]int8
	reverse  []byte
	at       []int
}

// Qualities, as Phred numbers. They fall with the square of the place in the
// read, from firstQuality by fallQuality; letters read right have up to
// 3 more or less, wrong ones mostly lowQuality to highLow. Measured on the
// simulated data of the project, where 5 % of the wrong letters look good and
// 0.3 % of the right ones look bad.
const (
	firstQuality = 37
	fallQuality  = 10
	spread       = 3
	lowQuality   = 2
	highLow      = 16
	phred        = 33
)

// newSequencer prepares reads of n letters with the given mean share of errors.
// Errors are three times as frequent at the end of a read as at its start.
func newSequencer(r random, n int, rate float64) *sequencer {
	s := &sequencer{random: r, quality: make([]byte, n), position: make([]uint64, n)}
	total := 0.0
	for i := range n {
		x := float64(i) / float64(n)
		total += 1 + float64(2*x*x)
	}
	sum := 0.0
	for i := range n {
		x := float64(i) / float64(n)
		sum += 1 + float64(2*x*x)
		s.position[i] = threshold(sum / total)
		s.quality[i] = byte(firstQuality + phred - int(float64(fallQuality*x*x)+0.5))
	}
	for i := range s.jitter {
		s.jitter[i] = int8(i*(2*spread+1)/256 - spread)
	}
	// Binomial numbers of errors; products are rounded apart, so that no
	// machine fuses them with a sum.
	p := 1.0
	for range n {
		p = float64(p * (1 - rate))
	}
	for k, below := 0, p; k <= n && rate > 0 && below < 1-1e-12; k++ {
		s.number = append(s.number, threshold(below))
		p = float64(p * float64(n-k) / float64(k+1) * (rate / (1 - rate)))
		below += p
		if k > 8 && p < 1e-15 {
			break
		}
	}
	return s
}

// read appends the letters and the qualities of a template, and returns them
// with the number of errors.
func (s *sequencer) read(seq, qual, template []byte, reverse bool) ([]byte, []byte, int) {
	if reverse {
		s.reverse = base.ReverseComplement(s.reverse[:0], template)
		template = s.reverse
	}
	from := len(seq)
	seq = append(seq, template...)
	qual = s.qualities(qual, len(template))
	s.drawErrors(len(template))
	for _, at := range s.at {
		seq, qual = s.spoil(seq, qual, from+at)
	}
	return seq, qual, len(s.at)
}

// qualities appends n qualities; eight share 64 random bits.
func (s *sequencer) qualities(dst []byte, n int) []byte {
	from := len(dst)
	dst = append(dst, s.quality[:n]...)
	q := dst[from:]
	for len(q) > 0 {
		x := s.random.pcg.Uint64()
		for i := range min(8, len(q)) {
			q[i] += byte(s.jitter[byte(x)])
			x >>= 8
		}
		q = q[min(8, len(q)):]
	}
	// One read in two has one right letter that looks bad: 0.2 % of 250.
	if x := s.random.below(2 * n); x < n {
		dst[from+x] = s.bad()
	}
	return dst
}

func (s *sequencer) bad() byte { return byte(phred + s.random.between(lowQuality, highLow)) }

// drawErrors sets s.at to the places of errors, each once, last first, so that
// an insertion does not move those that follow.
func (s *sequencer) drawErrors(n int) {
	s.at = s.at[:0]
	if len(s.number) == 0 {
		return
	}
	x, k := s.random.pcg.Uint64(), 0
	for k < len(s.number) && x > s.number[k] {
		k++
	}
	for range k {
		x := s.random.pcg.Uint64()
		at := sort.Search(len(s.position), func(i int) bool { return x <= s.position[i] })
		if at < n && !slices.Contains(s.at, at) {
			s.at = append(s.at, at)
		}
	}
	slices.Sort(s.at)
	slices.Reverse(s.at)
}

// spoil puts an error at one place: a substitution in 19 cases of 20, else the
// insertion or the deletion of a letter.
func (s *sequencer) spoil(seq, qual []byte, at int) ([]byte, []byte) {
	q := s.bad()
	if s.random.below(20) == 0 {
		q = qual[at]
	}
	switch s.random.below(40) {
	case 0:
		c := "ACGT"[s.random.below(4)]
		return slices.Insert(seq, at, c), slices.Insert(qual, at, q)
	case 1:
		return slices.Delete(seq, at, at+1), slices.Delete(qual, at, at+1)
	}
	// A letter that is not a nucleotide stays what it is.
	if c := seq[at]; c == 'A' || c == 'C' || c == 'G' || c == 'T' {
		seq[at] = substitute(c, s.random.below(3))
	}
	qual[at] = q
	return seq, qual
}
