package clonotype

import (
	"maps"
	"math"
	"slices"
)

// AllSystems is the key of the whole sample in Result.Diversity.
const AllSystems = "all"

// diversityCounter counts how many windows have a number of reads, by system.
// Diversity depends on nothing else.
type diversityCounter struct{ sizes map[string]map[int]int }

func newDiversityCounter() *diversityCounter {
	return &diversityCounter{sizes: map[string]map[int]int{AllSystems: {}}}
}

func (d *diversityCounter) add(system string, reads int) {
	if d.sizes[system] == nil {
		d.sizes[system] = map[int]int{}
	}
	d.sizes[system][reads]++
	d.sizes[AllSystems][reads]++
}

func (d *diversityCounter) result() map[string]Diversity {
	out := map[string]Diversity{}
	for system, sizes := range d.sizes {
		if len(sizes) > 0 {
			out[system] = diversity(sizes)
		}
	}
	return out
}

// diversity computes the indexes of a repertoire given how many clonotypes
// there are of each size:
//
//   - Shannon 1948: H = -Σ p ln p
//   - Pielou 1966: E = H / ln S, 1 for a single clonotype
//   - Simpson 1949, without replacement: Ds = 1 - Σ n(n-1) / (N(N-1)), 0 for a
//     single read
//
// Sums run by rising size, so that they are the same on every run.
func diversity(sizes map[int]int) Diversity {
	var reads, clonotypes float64
	order := slices.Sorted(maps.Keys(sizes))
	for _, n := range order {
		reads += float64(n) * float64(sizes[n])
		clonotypes += float64(sizes[n])
	}
	var h, same float64
	for _, n := range order {
		p := float64(n) / reads
		h -= float64(sizes[n]) * p * math.Log(p)
		same += float64(sizes[n]) * float64(n) * float64(n-1)
	}
	d := Diversity{Shannon: h, Pielou: 1}
	if clonotypes > 1 {
		d.Pielou = h / math.Log(clonotypes)
	}
	if reads > 1 {
		d.Simpson = 1 - same/(reads*(reads-1))
	}
	return d
}
