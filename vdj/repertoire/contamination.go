package repertoire

import (
	"cmp"
	"slices"
)

// CommonOptions says when a clonotype of two samples is worth a look. The zero
// value is the rule of the original's quality table.
type CommonOptions struct {
	// MinShare is the share of a sample's analysed reads that the clonotype must
	// exceed in the sample where it may come from; 0 stands for 0.0001.
	MinShare float64
	// MinRatio is how many times larger it must be there than in the sample that
	// it may have got into, at least; more than 1 in any case.
	MinRatio float64
	// ByReads compares reads, not shares: what gets from one tube into another is
	// a number of molecules, and in a control without template, which has nothing
	// else, a few of them are a large share. With a ratio of 10 it is the
	// original's rule of 2018.
	ByReads bool
}

// defaultMinShare is 0.01 %.
const defaultMinShare = 1e-4

// Common is a clonotype of two samples that is relatively larger in one: a
// candidate of contamination from there to the other, and as well a clonotype
// that two samples of one patient share. Only a person can tell.
type Common struct {
	Clone     int // index in Fused.Clones
	From      int // sample where its share is larger
	To        int // sample where it is smaller
	FromShare float64
	ToShare   float64
	Ratio     float64 // how many times larger it is there, by the measure that was asked for
}

// Common finds candidates of contamination among the kept clonotypes, by
// receiving sample, largest ratio first. Of several samples that a clonotype
// may come from, each is given.
//
// The original's table has a column "Common" that lists, for a sample, what is
// also present with more than 0.01 % in another sample, and relatively larger
// in the sample itself: those are the pairs of which it is From, when
// both shares exceed the limit. Whoever looks for what may have got into a
// sample reads those of which it is To.
//
// Clonotypes that were not kept are not seen: see Options.SharedFrom.
func (f *Fused) Common(o CommonOptions) []Common {
	if o.MinShare == 0 {
		o.MinShare = defaultMinShare
	}
	var out []Common
	analysed := make([]float64, len(f.Samples))
	for i := range f.Samples {
		analysed[i] = float64(f.Samples[i].analysed())
	}
	var in []int // samples with reads
	shares := make([]float64, len(f.Samples))
	sizes := make([]float64, len(f.Samples)) // what is compared
	for k := range f.Clones {
		in = in[:0]
		for i, n := range f.Clones[k].Reads {
			if shares[i] = 0; n > 0 && analysed[i] > 0 {
				in, shares[i] = append(in, i), float64(n)/analysed[i]
				if sizes[i] = shares[i]; o.ByReads {
					sizes[i] = float64(n)
				}
			}
		}
		for _, from := range in {
			if shares[from] <= o.MinShare {
				continue
			}
			for _, to := range in {
				if sizes[from] > sizes[to] && sizes[from] >= o.MinRatio*sizes[to] {
					out = append(out, Common{k, from, to, shares[from], shares[to], sizes[from] / sizes[to]})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Common) int {
		return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(b.Ratio, a.Ratio), cmp.Compare(a.Clone, b.Clone), cmp.Compare(a.From, b.From))
	})
	return out
}
