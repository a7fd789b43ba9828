package repertoire

// Overlaps compares the samples two by two, over all their clonotypes. The
// matrices are symmetric, an element for each pair of samples.
type Overlaps struct {
	Clonotypes []int64   `json:"clonotypes"` // of each sample, those with reads
	Shared     [][]int64 `json:"shared"`     // clonotypes with reads in both
	// Jaccard 1901: of the clonotypes of either sample, the share that both have.
	Jaccard [][]float64 `json:"jaccard"`
	// Morisita is the index of Morisita in the form of Horn 1966 (The American
	// Naturalist 100: 419-424), on shares of reads p and q:
	//
	//	C = 2 Σ pq / (Σ p² + Σ q²)
	//
	// so that the same repertoire at half the depth gives 1. The original takes
	// numbers of reads for shares, and gives 0.8 there.
	Morisita [][]float64 `json:"morisita"`
}

// overlaps computes the indexes. A pair of which a sample has no reads has 0;
// a sample has 1 with itself.
func overlaps(s *sums, reads []int64) *Overlaps {
	o := &Overlaps{
		Clonotypes: s.distinct, Shared: matrix[int64](s.n), Jaccard: matrix[float64](s.n), Morisita: matrix[float64](s.n),
	}
	for i := range s.n {
		o.Shared[i][i], o.Jaccard[i][i], o.Morisita[i][i] = s.distinct[i], 1, 1
		for j := i + 1; j < s.n; j++ {
			shared := s.shared[i*s.n+j]
			var jaccard, morisita float64
			if shared > 0 {
				jaccard = float64(shared) / float64(s.distinct[i]+s.distinct[j]-shared)
				x, y := float64(reads[i]), float64(reads[j])
				// With reads a and b of sums x and y: p = a/x, q = b/y, all times xy.
				squares := s.squares[i].float()*(y/x) + s.squares[j].float()*(x/y)
				morisita = min(2*s.products[i*s.n+j].float()/squares, 1)
			}
			o.Shared[i][j], o.Jaccard[i][j], o.Morisita[i][j] = shared, jaccard, morisita
			o.Shared[j][i], o.Jaccard[j][i], o.Morisita[j][i] = shared, jaccard, morisita
		}
	}
	return o
}

func matrix[T any](n int) [][]T {
	cells := make([]T, n*n)
	out := make([][]T, n)
	for i := range out {
		out[i] = cells[i*n : (i+1)*n : (i+1)*n]
	}
	return out
}
