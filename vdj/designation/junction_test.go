package designation

import (
	"testing"

	"pgregory.net/rapid"
)

// The part of a sequence under a region of the gene must be from the first to the
// last of its letters that the match covers, looked up one by one.
func TestSpanMatchesLetters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := Match{Start: rapid.IntRange(0, 20).Draw(t, "start"), GeneStart: rapid.IntRange(0, 20).Draw(t, "gene start")}
		for range rapid.IntRange(0, 6).Draw(t, "runs") {
			op := rapid.SampledFrom([]Op{OpMatch, OpMismatch, OpInsert, OpDelete}).Draw(t, "op")
			m.Runs = append(m.Runs, Run{op, rapid.IntRange(1, 8).Draw(t, "length")})
		}
		from := rapid.IntRange(0, 60).Draw(t, "from")
		to := from + rapid.IntRange(0, 30).Draw(t, "letters")
		want := Span{}
		for g := from; g < to; g++ {
			if p, ok := m.OnSequence(g); ok {
				if want.End == 0 {
					want.Start = p
				}
				want.End = p + 1
			}
		}
		if got := m.span([2]int{from, to}); got != want {
			t.Fatalf("letters [%d, %d) of the gene: %+v, want %+v", from, to, got, want)
		}
	})
}
