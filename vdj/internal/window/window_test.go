package window

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/internal/base"
	"vidjil.org/vidjil/vdj/internal/seed"
)

func humanLocator(tb testing.TB) *Locator {
	tb.Helper()
	set, err := germline.Human()
	if err != nil {
		tb.Fatal(err)
	}
	x, err := seed.New(set)
	if err != nil {
		tb.Fatal(err)
	}
	return New(x, Options{})
}

// gene gives a gene of the set by its name.
func gene(tb testing.TB, l *Locator, name string) *germline.Gene {
	tb.Helper()
	i := l.Index.Set.Gene(name)
	if i < 0 {
		tb.Fatalf("no gene %s", name)
	}
	return &l.Index.Set.Genes[i]
}

// join makes a recombination of a V and a J.
func join(v, j *germline.Gene, delV int, n string, delJ int) []byte {
	return slices.Concat(v.Sequence[:len(v.Sequence)-delV], []byte(n), j.Sequence[delJ:], j.Down)
}

// Reads of one recombination share a window wherever they start and end, on
// either strand, as long as it fits.
func TestWindowDoesNotDependOnTheRead(t *testing.T) {
	t.Parallel()
	l := humanLocator(t)
	full := join(gene(t, l, "TRGV9*01"), gene(t, l, "TRGJP1*01"), 3, "CCGTA", 2)
	var s Scratch
	at := l.LocateFully(full, &s)
	place, ok := l.Window(&at, len(full), 50)
	if !ok || place.Moved || at.Cause != None {
		t.Fatalf("cause %d, window %+v", at.Cause, place)
	}
	want := full[place.Start : place.Start+place.Length]
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, place.Start).Draw(t, "from")
		to := rapid.IntRange(place.Start+place.Length, len(full)).Draw(t, "to")
		read := full[from:to]
		if len(read) < 100 {
			return
		}
		reverse := rapid.Bool().Draw(t, "reverse")
		if reverse {
			read = base.ReverseComplement(nil, read)
		}
		var s Scratch
		at := l.Locate(read, &s)
		p, ok := l.Window(&at, len(read), 50)
		if at.Cause != None || !ok || at.Reverse != reverse {
			t.Fatalf("letters %d to %d: cause %d, window %t", from, to, at.Cause, ok)
		}
		oriented := read
		if reverse {
			oriented = base.ReverseComplement(nil, read)
		}
		if got := oriented[p.Start : p.Start+p.Length]; !bytes.Equal(got, want) {
			t.Fatalf("letters %d to %d: window %s, want %s", from, to, got, want)
		}
	})
}

func TestWindowNearTheEndOfTheRead(t *testing.T) {
	t.Parallel()
	l := humanLocator(t)
	full := join(gene(t, l, "TRGV9*01"), gene(t, l, "TRGJP1*01"), 3, "CCGTA", 2)
	var s Scratch
	at := l.LocateFully(full, &s)
	place, _ := l.Window(&at, len(full), 50)
	for _, c := range []struct {
		cut    int // letters missing of the centred window
		length int
		moved  bool
	}{{0, 50, false}, {4, 50, true}, {10, 50, true}, {11, 45, true}} {
		got, ok := l.Window(&at, place.Start+place.Length-c.cut, 50)
		if !ok || got.Length != c.length || got.Moved != c.moved || got.Start+got.Length > place.Start+place.Length-c.cut {
			t.Errorf("%d letters missing: %+v %t, want length %d, moved %t", c.cut, got, ok, c.length, c.moved)
		}
	}
	if got, ok := l.Window(&at, place.Start+15, 50); ok {
		t.Errorf("a window of %+v in a read that ends before the junction", got)
	}
	if got, ok := l.Window(&at, len(full), 0); !ok || got.Length != len(full) || got.Start != 0 {
		t.Errorf("whole read: %+v", got)
	}
}

func TestCauses(t *testing.T) {
	t.Parallel()
	l := humanLocator(t)
	v, j := gene(t, l, "IGHV3-23*01"), gene(t, l, "IGHJ4*02")
	tv := gene(t, l, "TRBV20-1*01")
	random := []byte("GATCTTAGCGATTCGAACTTGCATTGCAAGTTACCGATATCGGATCTTGAACCATTGGCATAACGTTAGGCATCCGATAACTTGG")
	for name, c := range map[string]struct {
		read []byte
		want Cause
	}{
		"too short":  {v.Sequence[:20], TooShort},
		"too few":    {random, TooFew},
		"only V":     {slices.Concat(v.Sequence[:200], random), OnlyFive},
		"germline V": {slices.Concat(v.Sequence, v.Down, random), OnlyFive},
		"only J":     {slices.Concat(random, j.Sequence, j.Down), OnlyThree},
		"strand":     {slices.Concat(v.Sequence[:150], random, base.ReverseComplement(nil, tv.Sequence[:150])), Strand},
		"recombined": {join(v, j, 4, "GGTACC", 5), None},
		"J then V":   {slices.Concat(j.Sequence, j.Down, random, v.Sequence[:150]), Ambiguous},
		"germline J": {slices.Concat(v.Sequence[:len(v.Sequence)-2], []byte("GG"), j.Up, j.Sequence, j.Down), NotRecombined},
	} {
		var s Scratch
		if got := l.LocateFully(c.read, &s).Cause; got != c.want {
			t.Errorf("%s: cause %d, want %d", name, got, c.want)
		}
	}
}

// layHead matches the obvious best run of letters.
func TestLayHeadMatchesSlowRun(t *testing.T) {
	t.Parallel()
	letters := rapid.SampledFrom([]byte("ACGT"))
	rapid.Check(t, func(t *rapid.T) {
		read := rapid.SliceOfN(letters, 20, 90).Draw(t, "read")
		from := rapid.IntRange(0, len(read)-15).Draw(t, "from")
		at := rapid.IntRange(from-20, len(read)-15).Draw(t, "at")
		var j []byte // what the read has there, mutated
		for i := range rapid.IntRange(15, 60).Draw(t, "length") {
			c := rapid.SampledFrom([]byte("ACGT")).Draw(t, "letter")
			if p := at + i; p >= 0 && p < len(read) && rapid.IntRange(0, 9).Draw(t, "mutated") > 0 {
				c = read[p]
			}
			j = append(j, c)
		}
		h := head{packed: base.Pack(nil, j), length: len(j)}
		score, first, last := layHead(base.Pack(nil, read), len(read), &h, at, from)
		lo, hi := max(at, from), min(len(read), at+len(j))
		want := 0.0
		for a := lo; a < hi; a++ {
			sum := 0.0
			for p := a; p < hi; p++ {
				if read[p] == j[p-at] {
					sum++
				} else {
					sum -= mutationCost
				}
				want = max(want, sum)
			}
		}
		if score == 0 {
			return // dismissed by the look at the last letters
		}
		if d := score - want; d > 1e-9 || d < -1e-9 || first < lo || last > hi {
			t.Fatalf("score %.2f over [%d, %d), want %.2f", score, first, last, want)
		}
	})
}

// A read costs no allocation, whatever tier settles it.
//
//nolint:paralleltest // testing.AllocsPerRun counts those of other tests too
func TestLocateDoesNotAllocate(t *testing.T) {
	l := humanLocator(t)
	v, j := gene(t, l, "IGHV3-23*01"), gene(t, l, "IGHJ4*02")
	full := join(v, j, 4, "GGTACCGGTAGCTAGGAC", 5)
	var s Scratch
	for name, read := range map[string][]byte{
		"recombined": full, "reverse": base.ReverseComplement(nil, full), "short V": full[len(v.Sequence)-20:],
		"short J": full[:len(v.Sequence)+40], "germline": slices.Concat(v.Sequence, v.Down),
	} {
		l.Locate(read, &s) // lets the scratch memory grow
		if n := testing.AllocsPerRun(20, func() { l.Locate(read, &s) }); n > 0 {
			t.Errorf("%s: %.1f allocations a read", name, n)
		}
	}
}

// BenchmarkLocate measures a recombined read of 250 letters, a read of random
// letters, and a germline V.
func BenchmarkLocate(b *testing.B) {
	l := humanLocator(b)
	v, j := gene(b, l, "IGHV3-23*01"), gene(b, l, "IGHJ4*02")
	full := join(v, j, 4, "GGTACCGGTAGCTAGGAC", 5)
	random := make([]byte, 250)
	for i := range random {
		random[i] = "ACGT"[(i*i*7+i*3+i/5)%4]
	}
	for name, read := range map[string][]byte{
		"recombined": full[len(full)-300 : len(full)-50], "other": random,
		"germline": slices.Concat(v.Sequence, v.Down)[len(v.Sequence)+len(v.Down)-250:],
	} {
		b.Run(name, func(b *testing.B) {
			var s Scratch
			b.ReportAllocs()
			for b.Loop() {
				l.Locate(read, &s)
			}
		})
	}
}
