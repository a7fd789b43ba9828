package pairs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/vdj/internal/base"
	"vidjil.org/vidjil/vdj/seqio"
)

func letters(t *rapid.T, label, alphabet string, least, most int) []byte {
	return []byte(rapid.StringOfN(rapid.RuneFrom([]rune(alphabet)), least, most, -1).Draw(t, label))
}

// random are letters at random, better spread than rapid's, which likes to repeat.
func random(seed uint64, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		seed = seed*6364136223846793005 + 1442695040888963407
		out[i] = "ACGT"[seed>>62]
	}
	return out
}

func qualitiesOf(t *rapid.T, label string, n int) []byte {
	q := make([]byte, n)
	for i := range q {
		q[i] = rapid.Byte().Draw(t, label)%94 + phred
	}
	return q
}

func reverse(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[len(b)-1-i] = c
	}
	return out
}

func reverseComplement(b []byte) []byte { return base.ReverseComplement(nil, b) }

// sequenced are the two reads of a fragment, with adapters where they reach beyond.
func sequenced(fragment []byte, n1, n2 int) (one, two seqio.Record) {
	adapter1, adapter2 := random(901, n1), random(902, n2)
	one.Seq = append(bytes.Clone(fragment), adapter1...)[:n1]
	two.Seq = append(reverseComplement(fragment), adapter2...)[:n2]
	one.Qual, two.Qual = bytes.Repeat([]byte{'F'}, n1), bytes.Repeat([]byte{'F'}, n2)
	one.Name, two.Name = []byte("f/1 x"), []byte("f/2 x")
	return one, two
}

// TestErrorFreeFragments asserts that fragments come back letter by letter.
func TestErrorFreeFragments(t *testing.T) {
	t.Parallel()
	m := newMerger(t, Options{})
	var s Scratch
	rapid.Check(t, func(t *rapid.T) {
		n1, n2 := rapid.IntRange(20, 320).Draw(t, "n1"), rapid.IntRange(20, 320).Draw(t, "n2")
		length := rapid.IntRange(20, n1+n2-16).Draw(t, "fragment")
		fragment := random(rapid.Uint64().Draw(t, "seed"), length)
		one, two := sequenced(fragment, n1, n2)
		o := m.Pair(one, two, &s)
		if o.Cause != None {
			t.Fatalf("%d letters, reads of %d and %d: %v", length, n1, n2, o.Cause)
		}
		if diff := cmp.Diff(string(fragment), string(o.Read.Seq)); diff != "" {
			t.Fatalf("fragment (-want +got):\n%s", diff)
		}
		want := min(n1, length) + min(n2, length) - length
		if o.Overlap != want || o.Compared != want || o.Differ != 0 || o.Through != (length < max(n1, n2)) || string(o.Read.Name) != "f x" {
			t.Fatalf("overlap of %d letters: %+v", want, o)
		}
		if len(o.Read.Qual) != length {
			t.Fatalf("%d qualities for %d letters", len(o.Read.Qual), length)
		}
	})
}

type slowOutcome struct {
	cause                         Cause
	fragment, compared, differing int
}

// slowPair is the naive merge: every place, letter by letter.
func slowPair(m *Merger, one, two seqio.Record) slowOutcome {
	r2, q2 := reverseComplement(two.Seq), reverse(two.Qual)
	n1, n2 := len(one.Seq), len(r2)
	if min(n1, n2) < m.opt.MinOverlap {
		return slowOutcome{cause: Short}
	}
	var found slowOutcome
	best, next := math.MinInt, math.MinInt
	for length := m.opt.MinOverlap; length <= n1+n2-m.opt.MinOverlap; length++ {
		compared, differ, score := 0, 0, 0
		for p := range length {
			j := p - (length - n2)
			if p >= n1 || j < 0 || !plain(one.Seq[p]) || !plain(r2[j]) {
				continue
			}
			compared++
			if one.Seq[p] == r2[j] {
				score += matchScore
			} else {
				differ++
				score -= int(mismatchPenalty(one.Qual[p], q2[j]))
			}
		}
		if compared < m.opt.MinOverlap || differ > int(m.opt.MaxMismatch*float64(compared)) {
			continue
		}
		if score > best {
			next, best = best, score
			found = slowOutcome{None, length, compared, differ}
		} else {
			next = max(next, score)
		}
	}
	places := float64(n1 + n2 - 2*m.opt.MinOverlap + 1)
	switch {
	case best == math.MinInt:
		return slowOutcome{cause: NoOverlap}
	case places*math.Exp(-float64(best)/nat) > m.opt.MaxEValue:
		return slowOutcome{cause: Improbable}
	case float64(next) > m.opt.MaxSecond*float64(best):
		return slowOutcome{cause: Ambiguous}
	}
	return found
}

// TestAgainstNaive compares with the slow merge on reads full of errors, repeats,
// letters other than A C G T and every length, and looks at what must hold of any
// outcome.
func TestAgainstNaive(t *testing.T) {
	t.Parallel()
	mergers := []*Merger{newMerger(t, Options{}), newMerger(t, Options{MinOverlap: 3, MaxEValue: 1, MaxMismatch: 0.4}), newMerger(t, Options{MaxMismatch: -1})}
	var s Scratch
	rapid.Check(t, func(t *rapid.T) {
		one, two := drawPair(t)
		m := rapid.SampledFrom(mergers).Draw(t, "merger")
		o := m.Pair(one, two, &s)
		want := slowPair(m, one, two)
		if got := (slowOutcome{o.Cause, len(o.Read.Seq), o.Compared, o.Differ}); got != want {
			t.Fatalf("got %+v, slowly %+v", got, want)
		}
		if o.Cause == None {
			checkLetters(t, m, one, two, o)
			checkSymmetry(t, m, one, two, o)
		}
	})
}

// TestCauses shows each cause once, to both implementations.
func TestCauses(t *testing.T) {
	t.Parallel()
	m := newMerger(t, Options{})
	fragment := random(1, 240)
	tests := map[Cause][2]int{None: {150, 150}, Short: {150, 9}, NoOverlap: {100, 100}, Improbable: {125, 125}}
	for want, lengths := range tests {
		one, two := sequenced(fragment, lengths[0], lengths[1])
		checkCause(t, m, one, two, want)
	}
	one, two := sequenced(bytes.Repeat([]byte("CAG"), 50), 100, 100)
	checkCause(t, m, one, two, Ambiguous)
}

func checkCause(t *testing.T, m *Merger, one, two seqio.Record, want Cause) {
	t.Helper()
	var s Scratch
	slow := slowPair(m, one, two).cause
	if got := m.Pair(one, two, &s).Cause; got != want || slow != want {
		t.Errorf("got %v, slowly %v, want %v", got, slow, want)
	}
}

func drawPair(t *rapid.T) (one, two seqio.Record) {
	n1, n2 := rapid.IntRange(1, 130).Draw(t, "n1"), rapid.IntRange(1, 130).Draw(t, "n2")
	length := rapid.IntRange(1, n1+n2+10).Draw(t, "fragment")
	fragment := random(rapid.Uint64().Draw(t, "seed"), length)
	if unit := rapid.IntRange(0, 8).Draw(t, "repeat"); unit > 5 {
		for i := length / 3; i < length; i++ {
			fragment[i] = fragment[max(0, i-unit)]
		}
	}
	one, two = sequenced(fragment, n1, n2)
	for _, r := range []*seqio.Record{&one, &two} {
		r.Qual = qualitiesOf(t, "q", len(r.Seq))
		for range rapid.IntRange(0, len(r.Seq)/6).Draw(t, "errors") {
			r.Seq[rapid.IntRange(0, len(r.Seq)-1).Draw(t, "at")] = rapid.SampledFrom([]byte("ACGTACGTNR")).Draw(t, "letter")
		}
	}
	return one, two
}

// checkLetters asserts that each letter and quality of a merged read comes from the
// reads.
func checkLetters(t *rapid.T, m *Merger, one, two seqio.Record, o Outcome) {
	n := len(o.Read.Seq)
	for p, c := range o.Read.Seq {
		q := o.Read.Qual[p]
		var x, y, qx, qy byte
		if p < len(one.Seq) {
			x, qx = one.Seq[p], one.Qual[p]
		}
		if j := n - 1 - p; j < len(two.Seq) {
			y, qy = reverseComplement(two.Seq[j : j+1])[0], two.Qual[j]
		}
		switch {
		case y == 0 && (c != x || q != qx), x == 0 && (c != y || q != qy):
			t.Fatalf("letter %d: %c %c is neither that of R1 nor of R2", p, c, q)
		case x == 0 || y == 0:
		case plain(x) && x == y && (c != x || q < phred+lowestQuality || int(q) > phred+m.opt.MaxQuality):
			t.Fatalf("letter %d: %c %c, both reads show %c", p, c, q, x)
		case plain(x) && plain(y) && qx > qy && c != x, plain(x) && plain(y) && qy > qx && c != y:
			t.Fatalf("letter %d: %c of %c %c and %c %c", p, c, x, qx, y, qy)
		case plain(x) && plain(y) && x != y && q > max(qx, qy, phred+lowestQuality):
			t.Fatalf("letter %d: quality %c of letters that differ, %c and %c", p, q, qx, qy)
		case plain(x) != plain(y) && c != x && c != y, !plain(x) && !plain(y) && c != 'N':
			t.Fatalf("letter %d: %c of %c and %c", p, c, x, y)
		}
	}
}

// checkSymmetry asserts that exchanging the reads gives the other strand.
func checkSymmetry(t *rapid.T, m *Merger, one, two seqio.Record, o Outcome) {
	var s Scratch
	got := m.Pair(two, one, &s)
	want := reverseComplement(o.Read.Seq)
	if n := len(want); n%2 == 1 && n/2 < len(got.Read.Seq) {
		want[n/2] = got.Read.Seq[n/2] // equally far from both starts
	}
	if !bytes.Equal(got.Read.Seq, want) || !bytes.Equal(got.Read.Qual, reverse(o.Read.Qual)) {
		t.Fatalf("exchanged reads give\n%s\n%s\nwant\n%s\n%s", got.Read.Seq, got.Read.Qual, want, reverse(o.Read.Qual))
	}
}

// TestPlain compares the test of eight letters at a time with that of one.
func TestPlain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seq := letters(t, "seq", "ACGT", 0, 40)
		if len(seq) > 0 && rapid.Bool().Draw(t, "other") {
			seq[rapid.IntRange(0, len(seq)-1).Draw(t, "at")] = rapid.SampledFrom([]byte("NRYSWKMBDHV")).Draw(t, "letter")
		}
		if got, want := plainOnly(seq), base.Plain(seq); got != want {
			t.Fatalf("%s: got %t, want %t", seq, got, want)
		}
	})
}

func TestRepeatsAreAmbiguous(t *testing.T) {
	t.Parallel()
	m := newMerger(t, Options{})
	var s Scratch
	for _, unit := range []string{"A", "CA", "CAG", "ACGTTGCAGT"} {
		fragment := random(5, 60)
		fragment = append(fragment, strings.Repeat(unit, 90/len(unit))...)
		fragment = append(fragment, random(6, 60)...)
		one, two := sequenced(fragment, 130, 130) // they meet inside the repeat only
		if o := m.Pair(one, two, &s); o.Cause != Ambiguous {
			t.Errorf("%s: got %v, want ambiguous", unit, o.Cause)
		}
		one, two = sequenced(fragment, 180, 180) // they go through it
		if o := m.Pair(one, two, &s); !bytes.Equal(o.Read.Seq, fragment) {
			t.Errorf("%s: got %v, want the fragment", unit, o.Cause)
		}
	}
}

// TestCombine checks the formulas against sums over what the fragment's letter may
// be: with errors equally likely to give any of the three other letters, as Edgar
// and Flyvbjerg assume.
func TestCombine(t *testing.T) {
	t.Parallel()
	likely := func(shown, letter int, e float64) float64 {
		if shown == letter {
			return 1 - e
		}
		return e / 3
	}
	for q1 := 2; q1 <= 41; q1++ {
		for q2 := 2; q2 <= q1; q2++ {
			e1, e2 := errorOf(q1), errorOf(q2)
			for second, got := range []int{first(combine(Posterior, q1, q2)), second(combine(Posterior, q1, q2))} {
				right, all := 0.0, 0.0
				for letter := range 4 {
					p := likely(0, letter, e1) * likely(second, letter, e2)
					all += p
					if letter == 0 {
						right = p
					}
				}
				if want := -10 * math.Log10(1-right/all); math.Abs(float64(got)-want) > 0.51 {
					t.Errorf("Q%d and Q%d, letter %d: got Q%d, want Q%.1f", q1, q2, second, got, want)
				}
			}
			if a, b := combine(Posterior, q1, q2); a < q1 || b > q1 {
				t.Errorf("Q%d and Q%d: agreeing gives Q%d, differing Q%d", q1, q2, a, b)
			}
		}
	}
	if agree, differ := combine(Highest, 20, 37); agree != 37 || differ != 17 {
		t.Errorf("Highest: got %d and %d, want 37 and 17", agree, differ)
	}
}

func first(a, _ int) int  { return a }
func second(_, b int) int { return b }

// TestScoreBoundsChance asserts that unrelated letters have exp(score) of mean 1 at
// most, which the E-value rests on.
func TestScoreBoundsChance(t *testing.T) {
	t.Parallel()
	for q := byte(phred); q <= phred+highestQuality; q++ {
		mean := 0.25*math.Exp(matchScore/float64(nat)) + 0.75*math.Exp(-float64(mismatchPenalty(q, 'F'))/nat)
		if mean > 1 {
			t.Errorf("quality %c: mean of exp(score) is %.4f", q, mean)
		}
	}
}

func TestReadsWithoutQualities(t *testing.T) {
	t.Parallel()
	fragment := random(8, 100)
	one, two := sequenced(fragment, 70, 70)
	one.Qual, two.Qual = nil, nil
	two.Seq[69] = 'N'                      // place 30, which R1 shows
	two.Seq[68] = fragment[31]             // wrong, and nearer to the start of R1
	one.Seq[69] = complement(fragment[69]) // wrong, and nearer to the start of R2
	var s Scratch
	o := newMerger(t, Options{}).Pair(one, two, &s)
	if o.Cause != None || !bytes.Equal(o.Read.Seq, fragment) || o.Read.Qual != nil {
		t.Errorf("got %v %s with qualities %q, want %s", o.Cause, o.Read.Seq, o.Read.Qual, fragment)
	}
}

func TestMates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		first, second string
		want          bool
	}{
		{"r1", "r1", true},
		{"", "", true},
		{"M0:1:2 1:N:0:ACGT", "M0:1:2 2:N:0:ACGT", true},
		{"r7/1", "r7/2", true},
		{"r7/1 extra", "r7/2\tother", true},
		{"SRR5.9.1", "SRR5.9.2", true},
		{"R1_0", "R2_0", true},
		{"x_R1_001", "x_R2_001", true},
		{"r1", "r2", false},
		{"r7/2", "r7/1", false},
		{"r7/1", "r8/2", false},
		{"r7/1", "r7/1x", false},
		{"SRR5.1", "SRR5.2", true}, // cannot be told from mate numbers; the next record tells
		{"SRR5.10", "SRR5.20", false},
		{"a b", "a c", true},
		{"a b", "ab b", false},
	} {
		if got := mates([]byte(tt.first), []byte(tt.second)); got != tt.want {
			t.Errorf("%q and %q: got %t, want %t", tt.first, tt.second, got, tt.want)
		}
	}
}

func TestCauseText(t *testing.T) {
	t.Parallel()
	want := map[Cause]int64{}
	for c := Short; c < causeNumber; c++ {
		want[c] = int64(c)
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got map[Cause]int64
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var c Cause
	if err := c.UnmarshalText([]byte("tired")); err == nil {
		t.Error("an unknown cause is read")
	}
	if _, err := causeNumberOf().MarshalText(); err == nil || causeNumberOf().String() != fmt.Sprintf("Cause(%d)", causeNumber) {
		t.Error("an unknown cause is written")
	}
}

func causeNumberOf() Cause { return causeNumber }

func TestOptions(t *testing.T) {
	t.Parallel()
	bad := Options{MinOverlap: -1, MaxMismatch: 0.5, MaxEValue: 2, MaxSecond: 1, Combine: 7, MaxQuality: 94, Keep: 9, Threads: -1}
	_, err := New(bad)
	for _, field := range []string{"MinOverlap", "MaxMismatch", "MaxEValue", "MaxSecond", "Combine", "MaxQuality", "Keep", "Threads"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not told of: %v", field, err)
		}
	}
}
