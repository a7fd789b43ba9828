package designation

import (
	"testing"

	"pgregory.net/rapid"

	"vidjil.org/vidjil/vdj/germline"
)

// slowChain is the obvious recursion behind chain.solve: from letter p, after a
// D of the given state, the best of joining J here, inserting a letter, or laying
// any part of any allowed D gene.
type slowChain struct {
	sc   *Scratch
	pool *dPool
	ends []score // of the 5' side, by letter
	h    []score // of the 3' side, by letter
	lim  ends
	last int // gene of the last D, for large pools
}

func (s *slowChain) from(p, state int) score {
	best := s.h[p]
	if p+1 < len(s.h) {
		best = max(best, s.from(p+1, state)-insertCost)
	}
	if s.pool.kmers != nil && state == s.pool.states {
		return best
	}
	for i := range s.pool.genes {
		d := &s.pool.genes[i]
		next := d.state
		if s.pool.kmers != nil {
			if state > 0 && s.last == i {
				continue
			}
			next = state + 1
		} else if next <= state || next < s.lim.first || next > s.lim.last {
			continue
		}
		cost := s.pool.costs[min(state, 1)] + d.impossible(s.lim.three) + d.prior
		for offset := range d.letter {
			worth := -cost - score(offset)*dDeleteCost
			for n := 1; offset+n <= len(d.letter) && p+n < len(s.h); n++ {
				if s.sc.read[p+n-1] == d.letter[offset+n-1] {
					worth += agree
				} else {
					worth += dDiffer
				}
				was := s.last
				s.last = i
				rest := s.from(p+n, next)
				s.last = was
				best = max(best, worth-score(len(d.letter)-offset-n)*dDeleteCost+rest)
			}
		}
	}
	return best
}

func (s *slowChain) solve() score {
	best := never
	for p, v := range s.ends {
		if v > never {
			best = max(best, v+s.from(p, 0))
		}
	}
	return best
}

func TestChainMatchesSlowRecursion(t *testing.T) {
	t.Parallel()
	letters := rapid.SampledFrom([]byte("ACGT"))
	rapid.Check(t, func(t *rapid.T) {
		read := rapid.SliceOfN(letters, 4, 9).Draw(t, "read")
		set := &germline.Set{}
		pool := germline.Pool{}
		for i := range rapid.IntRange(0, 2).Draw(t, "genes") {
			set.Genes = append(set.Genes, germline.Gene{
				Name: "TRDD" + string(rune('1'+i)) + "*01", Locus: "TRD", Segment: germline.D,
				Sequence: rapid.SliceOfN(letters, 2, 5).Draw(t, "gene"),
			})
			pool.Genes = append(pool.Genes, i)
		}
		d := newDPool(set, []germline.Pool{pool})
		// Cheap enough to be chosen on a read this short.
		d.costs = []score{nats(1.5), nats(2), nats(2)}
		var sc Scratch
		sc.load(read, false)
		value := rapid.Custom(func(t *rapid.T) score {
			if rapid.Bool().Draw(t, "there") {
				return score(rapid.IntRange(-3000, 6000).Draw(t, "worth"))
			}
			return never
		})
		n := len(read) + 1
		five := side{best: rapid.SliceOfN(value, n, n).Draw(t, "five")}
		three := side{best: rapid.SliceOfN(value, n, n).Draw(t, "three")}
		five.arg, three.arg = make([]int32, n), make([]int32, n)
		lim := ends{first: 1, last: d.states}
		var ch chain
		got := ch.solve(&sc, &five, &three, d, lim)
		slow := slowChain{sc: &sc, pool: d, ends: five.best, h: three.best, lim: lim, last: -1}
		want := slow.solve()
		if want <= never/2 {
			if got.score > never/2 {
				t.Fatalf("found a path of %d where there is none", got.score)
			}
			return
		}
		if got.score != want {
			t.Fatalf("score %d, want %d; path %+v", got.score, want, got)
		}
	})
}

func TestSideMatchesLetterByLetter(t *testing.T) {
	t.Parallel()
	set, err := germline.Human()
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(set, Options{})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		family := rapid.IntRange(0, len(e.five)-1).Draw(t, "family")
		models := e.five[family]
		if len(models) == 0 {
			return
		}
		m := &models[rapid.IntRange(0, len(models)-1).Draw(t, "gene")]
		read := append([]byte("ACGGT"), m.letters...)
		read = append(read, "GATTACAGATTACA"...)
		for range rapid.IntRange(0, 20).Draw(t, "mutations") {
			read[rapid.IntRange(0, len(read)-1).Draw(t, "at")] = rapid.SampledFrom([]byte("ACGTN")).Draw(t, "letter")
		}
		var sc Scratch
		sc.load(read, false)
		fixed := 5 + m.end - rapid.IntRange(0, 10).Draw(t, "before the end")
		var s side
		s.lay(&sc, models, 5+m.ref, 0, fixed, true)
		s.extendAll(&sc, fixed, true)
		lo, hi := max(0, fixed-8), min(len(read), fixed+8)
		s.weighEnds(&sc, lo, fixed, hi)
		for p := lo; p <= hi; p++ {
			want := never
			for k := range s.cands {
				want = max(want, slowEnd(&sc, &s.cands[k], fixed, p))
			}
			if got, _ := s.at(p); got != want {
				t.Fatalf("end at %d: got %d, want %d", p, got, want)
			}
		}
	})
}

// slowEnd is what a candidate is worth up to letter p, letter by letter.
func slowEnd(sc *Scratch, c *candidate, fixed, p int) score {
	worth := func(i int) score {
		switch l := c.m.letters[i-c.shift]; {
		case sc.isMasked(i):
			return 0
		case sc.read[i] == l:
			return agree
		}
		return differ
	}
	from := min(fixed, c.b)
	var sum, best score
	start := from
	for i := from - 1; i >= c.a; i-- {
		if sum += worth(i); sum > best {
			best, start = sum, i
		}
	}
	end := c.m.end + c.shift
	if best == 0 || p > end || p > c.b || p < from && p <= start {
		return never
	}
	v := best
	for i := from; i < p; i++ {
		v += worth(i)
	}
	for i := p; i < from; i++ {
		v -= worth(i)
	}
	return v - score(end-p)*deleteCost - c.m.prior
}
