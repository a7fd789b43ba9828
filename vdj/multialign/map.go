package multialign

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
)

// Map places sequences on a plane.
type Map struct {
	// Points are the sequences in their order, in units of percent of difference:
	// two points at a distance of 20 stand for sequences that are about 80 % alike.
	// The first axis is the one along which they differ most.
	Points [][2]float64
	// Share is how much of the sequences' spread (the sum of the squares of their
	// distances from the centre) the plane shows, from 0 to 1. It is low where
	// sequences differ in many ways, and the map then says little.
	Share float64
}

// Numbers of the search for the two axes.
const (
	// axes that are sought together: the more, the fewer rounds it takes until the
	// first two stand still.
	axes = 8
	// roundsMost bounds the rounds; sequences without any order need many, and
	// their map means nothing.
	roundsMost = 100
	// settled is the change of the axes' lengths, relative to the longest, below
	// which a map does not visibly change.
	settled = 1e-7
)

// vector is one coordinate on each axis.
type vector [axes]float64

// Map places sequences by principal coordinates (classical scaling: Torgerson 1952,
// Psychometrika 17:401; Gower 1966, Biometrika 53:325): with d = 100 − Percent, the
// matrix −d²/2 is centred in rows and columns, and its two eigenvectors of largest
// eigenvalues λ, times √λ, are the points. They are found by orthogonal iteration
// from fixed vectors; each axis points to where its farthest sequence is. The error
// is the cause of the context's end.
func (s *Similarity) Map(ctx context.Context) (*Map, error) {
	n := len(s.Percent)
	out := &Map{Points: make([][2]float64, n)}
	b, trace := centred(s.Percent)
	if trace <= 0 {
		return out, nil // all alike
	}
	v := startVectors(n)
	w := make([]vector, n)
	var values vector
	for round := range roundsMost {
		if err := context.Cause(ctx); err != nil {
			return nil, fmt.Errorf("map: %w", err)
		}
		multiply(w, b, v)
		before := values
		values = rotate(v, w)
		change := math.Abs(values[0]-before[0]) + math.Abs(values[1]-before[1])
		if round == roundsMost-1 || change <= settled*values[0] {
			break
		}
		v, w = w, v
		orthogonalise(v)
	}
	for k := range 2 {
		place(out.Points, v, k, values[k])
	}
	out.Share = min(1, (max(0, values[0])+max(0, values[1]))/trace)
	return out, nil
}

// place writes coordinate k of the points.
func place(points [][2]float64, v []vector, k int, value float64) {
	if value <= 0 {
		return
	}
	farthest := 0
	for i := range v {
		if math.Abs(v[i][k]) > math.Abs(v[farthest][k])+1e-9 {
			farthest = i
		}
	}
	scale := math.Sqrt(value)
	if v[farthest][k] < 0 {
		scale = -scale
	}
	for i := range v {
		points[i][k] = float64(v[i][k] * scale)
	}
}

// centred is the matrix of scalar products of the sequences as vectors from their
// centre, as far as there are such vectors, and its trace. Products are rounded
// before they are added, here and below, so that no machine fuses them and all
// draw the same map.
func centred(percent [][]float64) (b [][]float64, trace float64) {
	n := len(percent)
	b = make([][]float64, n)
	means := make([]float64, n)
	all := 0.0
	for i, row := range percent {
		b[i] = make([]float64, n)
		for j, p := range row {
			d := 100 - p
			b[i][j] = float64(d*d) / -2
			means[i] += b[i][j]
		}
		means[i] /= float64(n)
		all += means[i] / float64(n)
	}
	for i := range b {
		for j := range b[i] {
			b[i][j] += all - means[i] - means[j]
		}
		trace += b[i][i]
	}
	return b, trace
}

// startVectors are orthogonal and look like chance, but are always the same.
func startVectors(n int) []vector {
	v := make([]vector, n)
	x := uint64(1)
	for i := range v {
		for k := range v[i] {
			x = x*6364136223846793005 + 1442695040888963407 // Knuth's MMIX generator
			v[i][k] = float64(x>>40)/(1<<24) - 0.5
		}
	}
	orthogonalise(v)
	return v
}

// multiply sets w to b·v, each row by one goroutine.
func multiply(w []vector, b [][]float64, v []vector) {
	workers := min(runtime.GOMAXPROCS(0), len(b))
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for i := worker; i < len(b); i += workers {
				var sum vector
				for j, x := range b[i] {
					u := &v[j]
					for k := range sum {
						sum[k] += float64(x * u[k])
					}
				}
				w[i] = sum
			}
		})
	}
	wg.Wait()
}

// orthogonalise makes the columns of v orthonormal, from the first to the last
// (Gram and Schmidt, twice, which is enough); one that depends on those before it
// becomes zero.
func orthogonalise(v []vector) {
	for k := range axes {
		before := math.Sqrt(dot(v, v, k, k))
		for range 2 {
			for l := range k {
				d := dot(v, v, k, l)
				for i := range v {
					v[i][k] -= float64(d * v[i][l])
				}
			}
		}
		norm := math.Sqrt(dot(v, v, k, k))
		scale := 0.0
		if norm > 1e-12*before && norm > 0 {
			scale = 1 / norm
		}
		for i := range v {
			v[i][k] *= scale
		}
	}
}

func dot(v, w []vector, k, l int) float64 {
	sum := 0.0
	for i := range v {
		sum += float64(v[i][k] * w[i][l])
	}
	return sum
}

// rotate turns orthonormal v and w = b·v within their space so that v are the best
// eigenvectors in it (Rayleigh and Ritz), largest first, and returns the values.
func rotate(v, w []vector) vector {
	var h [axes]vector
	for k := range axes {
		for l := range axes {
			if l < k {
				h[k][l] = h[l][k]
			} else {
				h[k][l] = dot(v, w, k, l)
			}
		}
	}
	values, turn := eigen(h)
	for _, x := range [][]vector{v, w} {
		for i := range x {
			var y vector
			for k := range axes {
				for l := range axes {
					y[k] += float64(turn[l][k] * x[i][l])
				}
			}
			x[i] = y
		}
	}
	return values
}

// eigen are the eigenvalues of a symmetric matrix, largest first, and its
// eigenvectors as columns: Jacobi's rotations.
func eigen(h [axes]vector) (values vector, vectors [axes]vector) {
	for k := range axes {
		vectors[k][k] = 1
	}
	for range 30 { // sweeps; six are enough in practice
		off := 0.0
		for p := range axes {
			for q := range p {
				off += math.Abs(h[p][q])
				turnAway(&h, &vectors, p, q)
			}
		}
		if off == 0 {
			break
		}
	}
	for k := range axes {
		values[k] = h[k][k]
	}
	for k := range axes { // sort the few by selection
		best := k
		for l := k + 1; l < axes; l++ {
			if values[l] > values[best] {
				best = l
			}
		}
		values[k], values[best] = values[best], values[k]
		for i := range vectors {
			vectors[i][k], vectors[i][best] = vectors[i][best], vectors[i][k]
		}
	}
	return values, vectors
}

// turnAway rotates axes p and q so that h[p][q] becomes zero.
func turnAway(h, vectors *[axes]vector, p, q int) {
	if math.Abs(h[p][q]) <= 1e-18*(math.Abs(h[p][p])+math.Abs(h[q][q])) {
		h[p][q], h[q][p] = 0, 0
		return
	}
	theta := (h[q][q] - h[p][p]) / (2 * h[p][q])
	t := 1 / (math.Abs(theta) + math.Sqrt(float64(theta*theta)+1))
	if theta < 0 {
		t = -t
	}
	c := 1 / math.Sqrt(float64(t*t)+1)
	s := float64(t * c)
	for k := range axes {
		x, y := h[k][p], h[k][q]
		h[k][p], h[k][q] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
	}
	for k := range axes {
		x, y := h[p][k], h[q][k]
		h[p][k], h[q][k] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
		x, y = vectors[k][p], vectors[k][q]
		vectors[k][p], vectors[k][q] = float64(c*x)-float64(s*y), float64(s*x)+float64(c*y)
	}
	h[p][q], h[q][p] = 0, 0
}
