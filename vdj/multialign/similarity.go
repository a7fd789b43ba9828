package multialign

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Similarity is how alike sequences are.
type Similarity struct {
	// Percent[i][j] is 100 × (1 − edits / letters of the longer one) of sequences i
	// and j, where edits is the least number of substitutions, insertions and
	// deletions of a letter that make one of the other (Levenshtein distance). It is
	// symmetric, 100 for equal sequences, two empty ones among them, and 0 at least.
	Percent [][]float64
}

// Compare computes the similarity of all pairs, with GOMAXPROCS goroutines.
// Sequences may be nucleotides or amino acids; letters are equal or not, whatever
// they stand for. Errors are ErrTooLarge and the cause of the context's end.
func Compare(ctx context.Context, sequences [][]byte) (*Similarity, error) {
	if err := checkSize(sequences, MaxCompared); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	n := len(sequences)
	s := &Similarity{Percent: make([][]float64, n)}
	cells := make([]float64, n*n)
	for i := range n {
		s.Percent[i] = cells[i*n : (i+1)*n : (i+1)*n]
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			var p pattern
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				p.set(sequences[i])
				s.Percent[i][i] = 100
				for j := range i {
					percent := identity(p.distance(sequences[j]), len(sequences[i]), len(sequences[j]))
					s.Percent[i][j], s.Percent[j][i] = percent, percent
				}
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	return s, nil
}

func identity(edits, a, b int) float64 {
	longer := max(a, b)
	if longer == 0 {
		return 100
	}
	return 100 * float64(longer-edits) / float64(longer)
}
