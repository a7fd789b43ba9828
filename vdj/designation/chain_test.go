package designation

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/internal/base"
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
	// region is what the letters between the ends of the best path without D
	// add to the cost of a D.
	region score
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
		cost := s.pool.costs[min(state, 1)] + s.region + d.impossible(s.lim.three) + d.prior
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
	for p, h := range s.h {
		for q, v := range s.ends[:p+1] {
			if worth := v + h - score(p-q)*insertCost; v > never && h > never && worth > best {
				best, s.region = worth, regionCost(p-q)
			}
		}
	}
	best = never
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
		d := newDPool(set, &germline.Recombination{Four: []germline.Pool{pool}})
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

// What is looked at by words of 32 letters must be what letters give: where the
// genes of both sides stop on a read, and which genes are looked at.
func TestWordsMatchLetters(t *testing.T) {
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
		models, left := e.five[family], true
		if len(models) == 0 {
			models, left = e.three[family], false
		}
		m := &models[rapid.IntRange(0, len(models)-1).Draw(t, "gene")]
		before := rapid.SliceOfN(rapid.SampledFrom([]byte("ACGT")), 0, 70).Draw(t, "before")
		read := append(append(before, m.letters...), "GATTACAGATTACA"...)
		for range rapid.IntRange(0, 60).Draw(t, "mutations") {
			read[rapid.IntRange(0, len(read)-1).Draw(t, "at")] = rapid.SampledFrom([]byte("ACGT")).Draw(t, "letter")
		}
		var sc Scratch
		sc.load(read, false)
		fixed := rapid.IntRange(0, len(read)).Draw(t, "fixed")
		from, to := 0, fixed
		if !left {
			from, to = fixed, len(read)
		}
		ref := len(before) + m.ref
		var s side
		s.lay(&sc, models, ref, from, to, left)
		if diff := cmp.Diff(slowLay(&sc, models, ref, from, to, left), genesOf(&s)); diff != "" {
			t.Fatalf("genes looked at (-want +got)\n%s", diff)
		}
		s.extendAll(&sc, fixed, left)
		for k := range s.cands {
			got := s.cands[k]
			want := candidate{m: got.m, shift: got.shift, a: got.a, b: got.b, first: got.first}
			if left {
				want.outer = min(fixed, want.b)
				s.extendLettersLeft(&sc, &want, want.outer)
			} else {
				want.outer = max(fixed, want.a)
				s.extendLettersRight(&sc, &want, want.outer)
			}
			if got.total != want.total || got.outer != want.outer {
				t.Fatalf("gene %d: %d up to %d, want %d up to %d", k, got.total, got.outer, want.total, want.outer)
			}
		}
	})
}

func genesOf(s *side) (genes []int) {
	for i := range s.cands {
		genes = append(genes, s.cands[i].m.gene)
	}
	return genes
}

// slowLay gives the genes that touch [from, to) of the read and come within
// margin of the best, each compared over its whole length.
func slowLay(sc *Scratch, models []model, ref, from, to int, left bool) (genes []int) {
	s := side{words: (len(sc.read) + base.LettersPerWord - 1) / base.LettersPerWord}
	quick := map[int]score{}
	best := never
	for i := range models {
		m := &models[i]
		shift := ref - m.ref
		a, b := max(0, shift), min(len(sc.read), shift+len(m.letters))
		if b <= a || a >= to || b <= from {
			continue
		}
		v, _ := s.compare(sc, m, shift, max(a, from), min(b, to), left, never)
		quick[m.gene] = v
		best = max(best, v)
	}
	for i := range models {
		if v, ok := quick[models[i].gene]; ok && v >= best-margin {
			genes = append(genes, models[i].gene)
		}
	}
	return genes
}

// The value of a diagonal of a D gene by runs must be that by letters, for genes
// longer than a word too.
func TestValueMatchesLetters(t *testing.T) {
	t.Parallel()
	letters := rapid.SampledFrom([]byte("AAAC")) // runs of equal letters
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.SampledFrom([]int{1, 70}).Draw(t, "least")
		read := rapid.SliceOfN(letters, least, 150).Draw(t, "read")
		gene := rapid.SliceOfN(letters, least, 80).Draw(t, "gene")
		d := dGene{letter: gene, packed: base.Pack(nil, gene)}
		shift := rapid.IntRange(max(-20, 1-len(gene)), len(read)/2).Draw(t, "shift")
		from := max(0, shift)
		to := min(len(read), shift+len(gene))
		if from >= to {
			return
		}
		var sc Scratch
		sc.load(read, false)
		gotGain, gotWorth := value(&sc, &d, shift, from, to)
		gain, worth := valueOfLetters(&sc, &d, shift, from, to)
		if gotGain != gain || gotWorth != worth {
			t.Fatalf("gain %d, worth %d, want %d, %d", gotGain, gotWorth, gain, worth)
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
