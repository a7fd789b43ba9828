package multialign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func align(t interface {
	Helper()
	Fatal(args ...any)
}, sequences ...string,
) *Alignment {
	t.Helper()
	in := make([][]byte, len(sequences))
	for i, s := range sequences {
		in[i] = []byte(s)
	}
	a, err := Align(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func texts(rows [][]byte) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = string(r)
	}
	return out
}

func TestKnownAlignments(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ in, want []string }{
		"none":                 {nil, []string{}},
		"one":                  {[]string{"acgu"}, []string{"ACGT"}},
		"equal":                {[]string{"ACGTACGT", "ACGTACGT"}, []string{"ACGTACGT", "ACGTACGT"}},
		"empty":                {[]string{"", "ACGT", ""}, []string{"----", "ACGT", "----"}},
		"all empty":            {[]string{"", ""}, []string{"", ""}},
		"substitution":         {[]string{"ACGTACGTAC", "ACGTTCGTAC"}, []string{"ACGTACGTAC", "ACGTTCGTAC"}},
		"one deletion":         {[]string{"ACGTTGCATGCCA", "ACGTTGATGCCA"}, []string{"ACGTTGCATGCCA", "ACGTTG-ATGCCA"}},
		"one gap, not three":   {[]string{"GATTACAGGTCCATTTACCAGT", "GATTACAGATTTACCAGT"}, []string{"GATTACAGGTCCATTTACCAGT", "GATTACAG----ATTTACCAGT"}},
		"reads start anywhere": {[]string{"TTGACCAGTACGATCCATGC", "CCAGTACGATCCATGCAAGT", "GTACGATCCA"}, []string{"TTGACCAGTACGATCCATGC----", "----CCAGTACGATCCATGCAAGT", "-------GTACGATCCA-------"}},
		"N agrees with all":    {[]string{"ACGTACGTAC", "ACGNNCGTAC"}, []string{"ACGTACGTAC", "ACGNNCGTAC"}},
		// Two clonotypes of the same genes whose junctions are of other lengths, and a
		// third with a mutation in V and another read start.
		"junctions": {
			[]string{
				"GACACGGCTGTGTATTACTGTGCGAGAGATTACTACTTTGACTACTGGGGCCAGGGAACC",
				"GACACGGCTGTGTATTACTGTGCGAGAGGGTCCATTACTACTTTGACTACTGGGGCCAGGGAACC",
				"ACGGCCGTGTATTACTGTGCGAGAGATTACTACTTTGACTACTGGGGCCAGGG",
			},
			[]string{
				"GACACGGCTGTGTATTACTGTGCGAGAG-----ATTACTACTTTGACTACTGGGGCCAGGGAACC",
				"GACACGGCTGTGTATTACTGTGCGAGAGGGTCCATTACTACTTTGACTACTGGGGCCAGGGAACC",
				"---ACGGCCGTGTATTACTGTGCGAGAG-----ATTACTACTTTGACTACTGGGGCCAGGG----",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, texts(align(t, tt.in...).Rows)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// family are sequences that come from one another by a few edits.
func family(t *rapid.T, most, length int) []string {
	n := rapid.IntRange(1, most).Draw(t, "n")
	out := []string{rapid.StringOfN(rapid.RuneFrom([]rune("ACGT")), 0, length, -1).Draw(t, "first")}
	for len(out) < n {
		s := []byte(out[rapid.IntRange(0, len(out)-1).Draw(t, "parent")])
		for range rapid.IntRange(0, 6).Draw(t, "edits") {
			at := rapid.IntRange(0, len(s)).Draw(t, "at")
			end := min(len(s), at+rapid.IntRange(0, 4).Draw(t, "deleted"))
			in := rapid.StringOfN(rapid.RuneFrom([]rune("ACGTN")), 0, 4, -1).Draw(t, "inserted")
			s = append(s[:at:at], append([]byte(in), s[end:]...)...)
		}
		out = append(out, string(s))
	}
	return out
}

// TestRowsAreTheSequences asserts what must hold of every alignment.
func TestRowsAreTheSequences(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := family(t, 8, 60)
		a := align(t, in...)
		if len(a.Rows) != len(in) {
			t.Fatalf("%d rows for %d sequences", len(a.Rows), len(in))
		}
		for i, row := range a.Rows {
			if got := strings.ReplaceAll(string(row), "-", ""); got != in[i] {
				t.Fatalf("row %d is %s, want %s", i, got, in[i])
			}
			if len(row) != len(a.Conservation) {
				t.Fatalf("row %d has %d columns of %d", i, len(row), len(a.Conservation))
			}
		}
		for c, x := range a.Conservation {
			gaps, letters := 0, map[byte]bool{}
			for _, row := range a.Rows {
				letters[row[c]] = true
				if row[c] == '-' {
					gaps++
				}
			}
			if gaps == len(in) {
				t.Fatalf("column %d is all gaps", c)
			}
			if x < 0 || x > 1 || (x == 1) != (len(letters) == 1 && !letters['N']) {
				t.Fatalf("column %d has conservation %g, letters %v", c, x, letters)
			}
		}
	})
}

// scoreOf scores two rows by the rules, without any table.
func scoreOf(a, b []byte) int {
	score := 0
	for i := 0; i < len(a); {
		if a[i] != '-' && b[i] != '-' {
			switch {
			case !plain(a[i]) || !plain(b[i]):
			case a[i] == b[i]:
				score += agree
			default:
				score -= differ
			}
			i++
			continue
		}
		gapped, j := a, i
		if b[i] == '-' {
			gapped = b
		}
		for j < len(a) && gapped[j] == '-' {
			j++
		}
		score -= extend * (j - i)
		if len(bytes.Trim(gapped[:i], "-")) > 0 && len(bytes.Trim(gapped[j:], "-")) > 0 {
			score -= open
		}
		i = j
	}
	return score
}

// bestScore is the score of the best alignment: over all prefixes, all lengths of a
// last gap are tried, and gaps of both kinds may be neighbours.
func bestScore(a, b string) int {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
		for j := range table[i] {
			if i == 0 && j == 0 {
				continue
			}
			best := math.MinInt
			if i > 0 && j > 0 {
				s := -differ
				if !plain(a[i-1]) || !plain(b[j-1]) {
					s = 0
				} else if a[i-1] == b[j-1] {
					s = agree
				}
				best = table[i-1][j-1] + s
			}
			for k := 1; k <= i; k++ { // letters of a alone
				s := table[i-k][j] - extend*k
				if j > 0 && j < len(b) {
					s -= open
				}
				best = max(best, s)
			}
			for k := 1; k <= j; k++ {
				s := table[i][j-k] - extend*k
				if i > 0 && i < len(a) {
					s -= open
				}
				best = max(best, s)
			}
			table[i][j] = best
		}
	}
	return table[len(a)][len(b)]
}

func TestTwoSequencesAgainstAllAlignments(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := family(t, 2, 40)
		if len(in) < 2 {
			in = append(in, rapid.StringOfN(rapid.RuneFrom([]rune("ACGTN")), 0, 40, -1).Draw(t, "unrelated"))
		}
		a := align(t, in...)
		if got, want := scoreOf(a.Rows[0], a.Rows[1]), bestScore(in[0], in[1]); got != want {
			t.Fatalf("score %d, want %d:\n%s\n%s", got, want, a.Rows[0], a.Rows[1])
		}
	})
}

// TestOrderOfInput asserts that copies of sequences and another order leave clear
// alignments alone.
func TestOrderOfInput(t *testing.T) {
	t.Parallel()
	first := "GACACGGCTGTGTATTACTGTGCGAGAGATTACTACTTTGACTACTGGGGCCAGGGAACC"
	second := first[:20] + "T" + first[21:40] + first[43:]
	third := first[6:50]
	a := align(t, first, second, third, first)
	b := align(t, third, first, first, second)
	want := []string{string(b.Rows[1]), string(b.Rows[3]), string(b.Rows[0]), string(b.Rows[2])}
	if diff := cmp.Diff(want, texts(a.Rows)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(a.Conservation, b.Conservation); diff != "" {
		t.Error(diff)
	}
}

func TestConservation(t *testing.T) {
	t.Parallel()
	rows := [][]byte{[]byte("AACAN-"), []byte("AACCNA"), []byte("ACCGNA"), []byte("ACCTNA")}
	want := []float64{1, 0.5, 1, 0, 0, 0.75}
	for i := range want {
		if got := conservation(rows, i); math.Abs(got-want[i]) > 1e-12 {
			t.Errorf("column %d: got %g, want %g", i, got, want[i])
		}
	}
}

func TestAlignErrors(t *testing.T) {
	t.Parallel()
	stop := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, err := Align(ctx, [][]byte{[]byte("ACGT"), []byte("ACGT")}); !errors.Is(err, stop) {
		t.Errorf("cancelled: got %v, want %v", err, stop)
	}
	for name, tt := range map[string]struct {
		in      [][]byte
		message string
		kind    error
	}{
		"letter":   {[][]byte{[]byte("ACGT"), []byte("AC-T")}, `sequence 2: letter 3, '-', is not a nucleotide`, nil},
		"too many": {make([][]byte, MaxAligned+1), "501 sequences, at most 500", ErrTooLarge},
		"too long": {[][]byte{make([]byte, MaxLetters+1)}, "sequence 1 has 5001 letters", ErrTooLarge},
	} {
		_, err := Align(t.Context(), tt.in)
		if err == nil || !strings.Contains(err.Error(), tt.message) || tt.kind != nil && !errors.Is(err, tt.kind) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestGuide compares with the obvious UPGMA.
func TestGuide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var in [][]byte
		for _, s := range family(t, 12, 50) {
			in = append(in, []byte(s))
		}
		if diff := cmp.Diff(slowGuide(in), guide(in), cmp.AllowUnexported(join{})); diff != "" {
			t.Fatalf("joins (-want +got):\n%s", diff)
		}
	})
}

func slowGuide(sequences [][]byte) []join {
	clusters := map[int][]int{}
	for i := range sequences {
		clusters[i] = []int{i}
	}
	var out []join
	for len(clusters) > 1 {
		var best join
		var bestSum, bestPairs int64 = 1, 0 // infinite
		for a := range sequences {
			for b := a + 1; b < len(sequences); b++ {
				if clusters[a] == nil || clusters[b] == nil {
					continue
				}
				sum, pairs := int64(0), int64(len(clusters[a])*len(clusters[b]))
				for _, i := range clusters[a] {
					for _, j := range clusters[b] {
						sum += wordDistance(words(sequences[i]), words(sequences[j]))
					}
				}
				if sum*bestPairs < bestSum*pairs {
					best, bestSum, bestPairs = join{a, b}, sum, pairs
				}
			}
		}
		out = append(out, best)
		clusters[best.a] = append(clusters[best.a], clusters[best.b]...)
		delete(clusters, best.b)
	}
	return out
}

// clonotypes are n sequences of about so many letters: families of V and J with
// other junctions and mutations.
func clonotypes(n, letters int) [][]byte {
	x := uint64(7)
	draw := func(k int) int {
		x = x*6364136223846793005 + 1442695040888963407
		return int(x>>33) % k
	}
	random := func(k int) []byte {
		s := make([]byte, k)
		for i := range s {
			s[i] = "ACGT"[draw(4)]
		}
		return s
	}
	var v, j [][]byte
	for range 6 {
		v, j = append(v, random(letters*3/4)), append(j, random(letters/6))
	}
	out := make([][]byte, n)
	for i := range out {
		s := bytes.Clone(v[draw(6)])
		s = append(s[draw(20):], random(draw(letters/6))...)
		s = append(s, j[draw(6)]...)
		for range letters / 30 {
			s[draw(len(s))] = "ACGT"[draw(4)]
		}
		out[i] = s
	}
	return out
}

func BenchmarkAlign(b *testing.B) {
	for _, size := range []struct{ n, letters int }{{50, 300}, {200, 300}, {500, 300}, {50, 2000}, {200, 2000}} {
		in := clonotypes(size.n, size.letters)
		b.Run(fmt.Sprintf("%dx%d", size.n, size.letters), func(b *testing.B) {
			for b.Loop() {
				if _, err := Align(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
