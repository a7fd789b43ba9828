package simulate

import (
	"hash/fnv"
	"math"
	"math/bits"
	"math/rand/v2"
)

// random draws integers; nothing in it depends on the machine.
type random struct{ pcg *rand.PCG }

// Streams of one seed, so that more reads do not change the clones.
const (
	cloneStream = 1
	readStream  = 2
)

func newRandom(seed, stream uint64) random { return random{rand.NewPCG(seed, stream)} }

// below draws from 0 to n-1. The bias of n/2^64 is out of reach.
func (r random) below(n int) int {
	hi, _ := bits.Mul64(r.pcg.Uint64(), uint64(n))
	return int(hi)
}

// between draws from low to high, both included.
func (r random) between(low, high int) int { return low + r.below(high-low+1) }

// chance is true with the probability that threshold makes of p.
func (r random) chance(threshold uint64) bool { return r.pcg.Uint64() < threshold }

// threshold turns a probability into a bound for 64 random bits.
func threshold(p float64) uint64 {
	if p >= 1 {
		return math.MaxUint64
	}
	return uint64(p * (1 << 63) * 2)
}

// draw picks an index in proportion to the weights.
func (r random) draw(h histogram) int {
	total := 0
	for _, w := range h {
		total += int(w)
	}
	x := r.below(total)
	for i, w := range h {
		if x -= int(w); x < 0 {
			return i
		}
	}
	return len(h) - 1
}

// letters appends n nucleotides.
func (r random) letters(dst []byte, n int) []byte {
	for n > 0 {
		x := r.pcg.Uint64()
		for range min(n, 32) {
			dst = append(dst, "ACGT"[x&3])
			x >>= 2
		}
		n -= 32
	}
	return dst
}

// normal draws around mean: the sum of twelve uniform draws, whose standard
// deviation is that of one normal draw.
func (r random) normal(mean, sd int) int {
	sum := 0
	for range 12 {
		sum += r.below(1 << 16)
	}
	return mean + (sum-6*(1<<16))*sd/(1<<16)
}

// flank makes letters that always stand beside the gene of that name.
func flank(name, side string, n int) []byte {
	h := fnv.New64a()
	h.Write([]byte(name + side))
	return newRandom(h.Sum64(), 0).letters(make([]byte, 0, n), n)
}
