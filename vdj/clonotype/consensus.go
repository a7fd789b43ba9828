package clonotype

import "slices"

// consensus is the representative of a window: the letters that its reads agree
// on, laid side by side at the window and weighed by quality.
type consensus struct {
	reads       []keptRead
	weight      [][4]int32 // by letter of the layout: sum of qualities by code
	cover       []int32    // reads with a letter there
	sum         [][2]int32 // quality of the chosen letter: sum, reads
	letters     []byte
	quality     []byte // Phred, mean of the reads that have the letter
	windowStart int
}

// minCover is how many reads must reach a letter beyond the window, or all if
// there are fewer: one read's primer or its tail of errors is not the
// clonotype's sequence.
const minCover = 3

func (c *consensus) build(g *gatherer, x *group) {
	c.reads = g.keptReads(c.reads[:0], x)
	left, right := 0, 0
	for _, r := range c.reads {
		left = max(left, r.windowStart)
		right = max(right, len(r.letters)-r.windowStart)
	}
	n := left + right
	c.weight = cleared(c.weight, n)
	c.cover = cleared(c.cover, n)
	for _, r := range c.reads {
		for i, l := range r.letters {
			p := left - r.windowStart + i
			if l>>2 != unknownLetter {
				// Quality 0 and 1 say that the letter is a guess, not that it
				// is wrong: they weigh little, but more than nothing.
				c.weight[p][l&3] += int32(l>>2) + 1
			}
			c.cover[p]++
		}
	}
	c.choose(c.bounds(left, x, n))
}

// bounds is the run of letters around the window that enough reads reach.
func (c *consensus) bounds(left int, x *group, n int) (from, to int) {
	least := int32(min(minCover, len(c.reads)))
	from, to = left, min(n, left+max(1, int(x.length)))
	for from > 0 && c.cover[from-1] >= least {
		from--
	}
	for to < n && c.cover[to] >= least {
		to++
	}
	c.windowStart = left - from
	return from, to
}

// choose takes the heaviest letter at each place; of equal ones the first in
// the order A C G T. A place where no read knows the letter is N.
func (c *consensus) choose(from, to int) {
	c.letters, c.quality = c.letters[:0], c.quality[:0]
	for p := from; p < to; p++ {
		best, letter := int32(0), byte('N')
		for _, code := range [4]byte{0, 1, 3, 2} {
			if c.weight[p][code] > best {
				best, letter = c.weight[p][code], keptLetter(code)
			}
		}
		c.letters = append(c.letters, letter)
	}
	c.qualities(from, to)
}

// qualities averages the quality of the reads that have the chosen letter.
func (c *consensus) qualities(from, to int) {
	c.sum = cleared(c.sum, to-from)
	left := from + c.windowStart
	for _, r := range c.reads {
		for i, l := range r.letters {
			p := left - r.windowStart + i - from
			if p >= 0 && p < to-from && l>>2 != unknownLetter && keptLetter(l) == c.letters[p] {
				c.sum[p][0] += int32(l >> 2)
				c.sum[p][1]++
			}
		}
	}
	for _, s := range c.sum {
		q := byte(0)
		if s[1] > 0 {
			q = byte(s[0] / s[1])
		}
		c.quality = append(c.quality, q)
	}
}

func cleared[T any](s []T, n int) []T {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}
