package multialign

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// slowEdits is the textbook distance.
func slowEdits(a, b []byte) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func TestEditsAgainstTable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SampledFrom([]string{"AC", "ACGT", "ACDEFGHIKLMNPQRSTVWY*#"}).Draw(t, "alphabet")
		draw := func(label string) []byte {
			return []byte(rapid.StringOfN(rapid.RuneFrom([]rune(letters)), 0, 200, -1).Draw(t, label))
		}
		a, b := draw("a"), draw("b")
		if rapid.Bool().Draw(t, "related") {
			at := rapid.IntRange(0, len(a)).Draw(t, "at")
			b = append(append(append([]byte{}, a[:at]...), b...), a[at:]...)
		}
		var p pattern
		for _, pair := range [][2][]byte{{a, b}, {b, a}, {a, a}} {
			p.set(pair[0])
			if got, want := p.distance(pair[1]), slowEdits(pair[0], pair[1]); got != want {
				t.Fatalf("%s and %s: got %d, want %d", pair[0], pair[1], got, want)
			}
		}
	})
}

func compare(t testing.TB, sequences ...string) *Similarity {
	t.Helper()
	in := make([][]byte, len(sequences))
	for i, s := range sequences {
		in[i] = []byte(s)
	}
	s, err := Compare(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCompare(t *testing.T) {
	t.Parallel()
	got := compare(t, "CARDYW", "CARDYW", "CARGYW", "CAR", "", "").Percent
	five := 100 * 5.0 / 6
	want := [][]float64{
		{100, 100, five, 50, 0, 0},
		{100, 100, five, 50, 0, 0},
		{five, five, 100, 50, 0, 0},
		{50, 50, 50, 100, 0, 0},
		{0, 0, 0, 0, 100, 100},
		{0, 0, 0, 0, 100, 100},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestMapOfPlanarPoints asserts that points of a plane, or a line, come back with
// their distances.
func TestMapOfPlanarPoints(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		height := rapid.SampledFrom([]float64{0, 1, 30}).Draw(t, "height")
		points := make([][2]float64, n)
		for i := range points {
			points[i] = [2]float64{rapid.Float64Range(0, 50).Draw(t, "x"), rapid.Float64Range(0, 1).Draw(t, "y") * height}
		}
		s := &Similarity{Percent: make([][]float64, n)}
		for i := range points {
			for j := range points {
				s.Percent[i] = append(s.Percent[i], 100-apart(points[i], points[j]))
			}
		}
		m, err := s.Map(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		spread := 0.0
		for i := range points {
			for j := range points {
				spread = max(spread, apart(points[i], points[j]))
				if got, want := apart(m.Points[i], m.Points[j]), apart(points[i], points[j]); math.Abs(got-want) > 0.01 {
					t.Fatalf("points %d and %d: got distance %g, want %g", i, j, got, want)
				}
			}
		}
		if spread > 0.01 && m.Share < 0.999 || m.Share > 1 {
			t.Fatalf("the plane shows a share of %g", m.Share)
		}
	})
}

func apart(a, b [2]float64) float64 { return math.Hypot(a[0]-b[0], a[1]-b[1]) }

// TestMapOfFamilies asserts that sequences of one family are nearer to each other
// than to any of another family.
func TestMapOfFamilies(t *testing.T) {
	t.Parallel()
	var in []string
	for _, s := range clonotypes(3, 200) {
		for i := range 5 {
			mutated := append([]byte{}, s...)
			for k := range 6 {
				mutated[(i*31+k*17)%len(mutated)] = 'A'
			}
			in = append(in, string(mutated))
		}
	}
	m, err := compare(t, in...).Map(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	inside, outside := 0.0, math.Inf(1)
	for i, a := range m.Points {
		for j, b := range m.Points {
			if i/5 == j/5 {
				inside = max(inside, apart(a, b))
			} else {
				outside = min(outside, apart(a, b))
			}
		}
	}
	t.Logf("families at most %.1f wide and at least %.1f apart; share %.2f", inside, outside, m.Share)
	if inside*3 > outside {
		t.Errorf("families are %.1f wide and %.1f apart", inside, outside)
	}
	again, err := compare(t, in...).Map(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, again); diff != "" {
		t.Errorf("the map changes: %s", diff)
	}
}

// TestEigen checks H·x = λ·x.
func TestEigen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var h [axes]vector
		for i := range h {
			for j := range i + 1 {
				h[i][j] = rapid.Float64Range(-10, 10).Draw(t, "h")
				h[j][i] = h[i][j]
			}
		}
		values, vectors := eigen(h)
		for k := range axes {
			if k > 0 && values[k] > values[k-1] {
				t.Fatalf("values are not sorted: %v", values)
			}
			norm := 0.0
			for i := range axes {
				got := 0.0
				for j := range axes {
					got += h[i][j] * vectors[j][k]
				}
				if want := values[k] * vectors[i][k]; math.Abs(got-want) > 1e-9 {
					t.Fatalf("vector %d: got %g, want %g", k, got, want)
				}
				norm += vectors[i][k] * vectors[i][k]
			}
			if math.Abs(norm-1) > 1e-9 {
				t.Fatalf("vector %d has length² %g", k, norm)
			}
		}
	})
}

func TestSimilarityErrors(t *testing.T) {
	t.Parallel()
	stop := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if _, err := Compare(ctx, [][]byte{[]byte("ACGT"), []byte("ACGT")}); !errors.Is(err, stop) {
		t.Errorf("cancelled: got %v, want %v", err, stop)
	}
	if _, err := compare(t, "ACGT", "CCGT").Map(ctx); !errors.Is(err, stop) {
		t.Errorf("cancelled map: got %v, want %v", err, stop)
	}
	if _, err := Compare(t.Context(), make([][]byte, MaxCompared+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too many: got %v, want %v", err, ErrTooLarge)
	}
	for _, s := range []*Similarity{compare(t), compare(t, "A"), compare(t, "A", "A", "A")} {
		m, err := s.Map(t.Context())
		if err != nil || len(m.Points) != len(s.Percent) {
			t.Fatalf("got %v, %v", m, err)
		}
		for _, p := range m.Points {
			if p != [2]float64{} {
				t.Errorf("equal sequences are at %v", p)
			}
		}
	}
}

func BenchmarkSimilarity(b *testing.B) {
	for _, letters := range []int{50, 300} {
		in := clonotypes(1000, letters)
		b.Run(fmt.Sprintf("Compare 1000x%d", letters), func(b *testing.B) {
			for b.Loop() {
				if _, err := Compare(b.Context(), in); err != nil {
					b.Fatal(err)
				}
			}
		})
		s, err := Compare(b.Context(), in)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("Map 1000x%d", letters), func(b *testing.B) {
			for b.Loop() {
				m, err := s.Map(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(m.Share, "share")
			}
		})
	}
}
