package multialign

import (
	"slices"

	"vidjil.org/vidjil/vdj/internal/base"
)

// wordLetters is the length of the words that the guide tree counts, that of
// MUSCLE (Edgar 2004, Nucleic Acids Res. 32:1792) for nucleotides.
const wordLetters = 6

// wholeDistance is the distance of sequences that share no word.
const wholeDistance = 1 << 20

// words are the codes of all words of A C G T of a sequence, sorted.
func words(seq []byte) []uint16 {
	var out []uint16
	var code uint16
	run := 0
	for _, c := range seq {
		if !plain(c) {
			run = 0
			continue
		}
		code = (code<<2 | uint16(base.Code(c))) & (1<<(2*wordLetters) - 1)
		if run++; run >= wordLetters {
			out = append(out, code)
		}
	}
	slices.Sort(out)
	return out
}

func plain(c byte) bool { return c == 'A' || c == 'C' || c == 'G' || c == 'T' }

// wordDistance is 1 − shared words / words of the sequence that has fewer, as a
// share of wholeDistance.
func wordDistance(a, b []uint16) int64 {
	least := min(len(a), len(b))
	if least == 0 {
		return wholeDistance
	}
	shared := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			shared++
			i++
			j++
		}
	}
	return wholeDistance * int64(least-shared) / int64(least)
}

// join is a node of the guide tree: the clusters whose alignments become one.
// Cluster b ends, cluster a goes on as both.
type join struct{ a, b int }

// guide is the order in which alignments are joined: UPGMA, average distances, on
// words. Of equally near pairs that of the lowest numbers comes first. Distances are
// sums of integers, so that no rounding decides.
func guide(sequences [][]byte) []join {
	n := len(sequences)
	lists := make([][]uint16, n)
	for i, s := range sequences {
		lists[i] = words(s)
	}
	sum := make([][]int64, n) // of distances between the members of two clusters
	for i := range sum {
		sum[i] = make([]int64, n)
		for j := range i {
			d := wordDistance(lists[i], lists[j])
			sum[i][j], sum[j][i] = d, d
		}
	}
	size := make([]int64, n)
	nearest := make([]int, n) // of the clusters with a higher number
	for i := range size {
		size[i] = 1
	}
	find := func(i int) {
		nearest[i] = -1
		for j := i + 1; j < n; j++ {
			if size[j] > 0 && (nearest[i] < 0 || sum[i][j]*size[nearest[i]] < sum[i][nearest[i]]*size[j]) {
				nearest[i] = j
			}
		}
	}
	for i := range n {
		find(i)
	}
	var out []join
	for len(out) < n-1 {
		a := -1
		for i := range n {
			if size[i] == 0 || nearest[i] < 0 {
				continue
			}
			if a < 0 || sum[i][nearest[i]]*size[a]*size[nearest[a]] < sum[a][nearest[a]]*size[i]*size[nearest[i]] {
				a = i
			}
		}
		b := nearest[a]
		out = append(out, join{a, b})
		for k := range n {
			sum[a][k] += sum[b][k]
			sum[k][a] = sum[a][k]
		}
		size[a] += size[b]
		size[b] = 0
		for i := range n {
			if size[i] > 0 && (i == a || nearest[i] == a || nearest[i] == b) {
				find(i)
			}
		}
	}
	return out
}
