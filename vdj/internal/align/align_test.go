package align

import (
	"testing"

	"pgregory.net/rapid"
)

var model = Model{Agree: 10, Differ: -30, Open: -60, Extend: -7}

// slow is the obvious recursion, without band or traceback: the best score of
// any pair of prefixes that ends in a pair of letters.
func slow(read, gene []byte, m Model) int32 {
	type state struct {
		i, j int
		s    byte
	}
	memo := map[state]int32{}
	var f func(i, j int, s byte) int32
	f = func(i, j int, s byte) int32 {
		if i < 0 || j < 0 {
			return never
		}
		if i == 0 && j == 0 {
			if s == fromPair {
				return 0
			}
			return never
		}
		k := state{i, j, s}
		if v, ok := memo[k]; ok {
			return v
		}
		v := int32(never)
		switch {
		case s == fromPair && i > 0 && j > 0:
			w := m.Differ
			if read[i-1] == gene[j-1] {
				w = m.Agree
			} else if !isPlain(read[i-1]) {
				w = 0
			}
			v = max(f(i-1, j-1, fromPair), f(i-1, j-1, fromInsert), f(i-1, j-1, fromDelete)) + w
		case s == fromInsert && i > 0:
			v = max(f(i-1, j, fromPair)+m.Open+m.Extend, f(i-1, j, fromInsert)+m.Extend)
		case s == fromDelete && j > 0:
			v = max(f(i, j-1, fromPair)+m.Open+m.Extend, f(i, j-1, fromDelete)+m.Extend)
		}
		memo[k] = v
		return v
	}
	best := int32(0)
	for i := 0; i <= len(read); i++ {
		for j := 0; j <= len(gene); j++ {
			best = max(best, f(i, j, fromPair))
		}
	}
	return best
}

func TestExtendMatchesSlowRecursion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		read := rapid.SliceOfN(rapid.SampledFrom([]byte("ACGTN")), 0, 24).Draw(t, "read")
		gene := append([]byte(nil), read...)
		for range rapid.IntRange(0, 4).Draw(t, "edits") {
			if len(gene) == 0 {
				break
			}
			p := rapid.IntRange(0, len(gene)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "edit") {
			case 0:
				gene[p] = rapid.SampledFrom([]byte("ACGT")).Draw(t, "letter")
			case 1:
				gene = append(gene[:p], gene[p+1:]...)
			default:
				gene = append(gene[:p], append([]byte{'A'}, gene[p:]...)...)
			}
		}
		var a Aligner
		got := a.Extend(read, gene, 30, model)
		if want := slow(read, gene, model); got.Score != want {
			t.Fatalf("score of %s over %s: got %d, want %d", read, gene, got.Score, want)
		}
		checkRuns(t, read, gene, got)
	})
}

// checkRuns replays the operations and sums what they are worth.
func checkRuns(t *rapid.T, read, gene []byte, e Extension) {
	i, j, s := 0, 0, int32(0)
	for _, r := range e.Runs {
		switch r.Op {
		case 'I':
			s += model.Open + int32(r.Len)*model.Extend
			i += r.Len
		case 'D':
			s += model.Open + int32(r.Len)*model.Extend
			j += r.Len
		default:
			for range r.Len {
				if (read[i] == gene[j]) != (r.Op == '=') {
					t.Fatalf("run %c at read %d, gene %d", r.Op, i, j)
				}
				switch {
				case r.Op == '=' && read[i] != 'N', r.Op == '=':
					s += model.Agree
				case isPlain(read[i]):
					s += model.Differ
				}
				i, j = i+1, j+1
			}
		}
	}
	if i != e.Read || j != e.Gene || s != e.Score {
		t.Fatalf("runs give read %d, gene %d, score %d; extension says %+v", i, j, s, e)
	}
}
