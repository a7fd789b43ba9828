package repertoire

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"sync"
)

// place is where a chosen clonotype stands: a row of a sample.
type place struct {
	sample, row uint32
}

// chosen are the clonotypes that are kept: of each, the places it has, by
// sample and row.
type chosen struct {
	places []place
	ends   []int // of each clonotype's places
}

func (c *chosen) count() int { return len(c.ends) }

// sum is an unsigned integer of 128 bits: the products of two numbers of reads
// do not fit into 64, and integers add up to the same in any order.
type sum struct{ hi, lo uint64 }

func (s *sum) addProduct(a, b uint64) {
	hi, lo := bits.Mul64(a, b)
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, lo, 0)
	s.hi, _ = bits.Add64(s.hi, hi, carry)
}

func (s *sum) add(o sum) {
	var carry uint64
	s.lo, carry = bits.Add64(s.lo, o.lo, 0)
	s.hi, _ = bits.Add64(s.hi, o.hi, carry)
}

func (s sum) float() float64 { return float64(s.hi)*0x1p64 + float64(s.lo) }

// sums are those of all pairs of samples, over all clonotypes.
type sums struct {
	n        int
	distinct []int64 // of each sample: clonotypes with reads
	squares  []sum   // of each sample: Σ reads²
	shared   []int64 // of the pair i < j, at i*n+j: clonotypes with reads in both
	products []sum   // of the pair: Σ reads in i × reads in j
}

func newSums(n int, pairs bool) *sums {
	s := &sums{n: n, distinct: make([]int64, n), squares: make([]sum, n)}
	if pairs {
		s.shared, s.products = make([]int64, n*n), make([]sum, n*n)
	}
	return s
}

func (s *sums) add(o *sums) {
	for i := range s.distinct {
		s.distinct[i] += o.distinct[i]
		s.squares[i].add(o.squares[i])
	}
	for i := range s.shared {
		s.shared[i] += o.shared[i]
		s.products[i].add(o.products[i])
	}
}

// presence is the reads of a clonotype in a sample.
type presence struct {
	sample int
	reads  uint64
}

// group adds a clonotype, given where it has reads.
func (s *sums) group(list []presence) {
	for i, a := range list {
		s.distinct[a.sample]++
		s.squares[a.sample].addProduct(a.reads, a.reads)
		if s.shared == nil {
			continue
		}
		for _, b := range list[i+1:] {
			at := a.sample*s.n + b.sample
			s.shared[at]++
			s.products[at].addProduct(a.reads, b.reads)
		}
	}
}

// grouper puts entries of equal keys together, part by part.
type grouper struct {
	samples []*gathered
	keep    map[key]bool
	// shared is the number of reads, of each sample, from which on a clonotype
	// of several samples is kept; nil when none is kept for that.
	shared []float64
	pairs  bool
}

// run groups everything, and gives the clonotypes that are kept.
func (g *grouper) run(ctx context.Context, threads int) (*chosen, *sums, error) {
	var found [parts]chosen
	// A worker adds to sums of its own: a square of the samples each. Being of
	// integers, it is of no account which worker took which part.
	var mu sync.Mutex
	var free, made []*sums
	take := func() *sums {
		mu.Lock()
		defer mu.Unlock()
		if n := len(free); n > 0 {
			s := free[n-1]
			free = free[:n-1]
			return s
		}
		s := newSums(len(g.samples), g.pairs)
		made = append(made, s)
		return s
	}
	if err := each(ctx, threads, parts, func(ctx context.Context, part int) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s := take()
		found[part] = g.part(part, s)
		mu.Lock()
		free = append(free, s)
		mu.Unlock()
		return nil
	}); err != nil {
		return nil, nil, err
	}
	total := newSums(len(g.samples), g.pairs)
	for _, s := range made {
		total.add(s)
	}
	all := &chosen{}
	for part := range found {
		base := len(all.places)
		all.places = append(all.places, found[part].places...)
		for _, end := range found[part].ends {
			all.ends = append(all.ends, base+end)
		}
	}
	return all, total, nil
}

// part groups the entries of one part.
func (g *grouper) part(part int, s *sums) chosen {
	n := 0
	for _, in := range g.samples {
		n += in.offsets[part+1] - in.offsets[part]
	}
	list := make([]entry, 0, n)
	for _, in := range g.samples {
		list = append(list, in.entries[in.offsets[part]:in.offsets[part+1]]...)
	}
	slices.SortFunc(list, func(a, b entry) int {
		if c := a.compare(b.key); c != 0 {
			return c
		}
		if c := cmp.Compare(a.mark>>1, b.mark>>1); c != 0 {
			return c
		}
		return cmp.Compare(a.row, b.row)
	})
	var out chosen
	var present []presence
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && list[to].key == list[from].key {
			to++
		}
		group := list[from:to]
		from = to
		present = presences(present[:0], group)
		s.group(present)
		if !g.keeps(group, present) {
			continue
		}
		for i := range group {
			out.places = append(out.places, place{uint32(group[i].sample()), group[i].row})
		}
		out.ends = append(out.ends, len(out.places))
	}
	return out
}

// presences sums the reads of a clonotype by sample: a faulty file may have an
// identifier twice.
func presences(to []presence, group []entry) []presence {
	for i := range group {
		if group[i].reads == 0 {
			continue
		}
		if n := len(to); n > 0 && to[n-1].sample == group[i].sample() {
			to[n-1].reads += uint64(group[i].reads)
			continue
		}
		to = append(to, presence{group[i].sample(), uint64(group[i].reads)})
	}
	return to
}

func (g *grouper) keeps(group []entry, present []presence) bool {
	for i := range group {
		if group[i].chosen() {
			return true
		}
	}
	if len(present) > 1 && g.shared != nil {
		for _, p := range present {
			if float64(p.reads) >= g.shared[p.sample] {
				return true
			}
		}
	}
	return len(g.keep) > 0 && g.keep[group[0].key]
}
