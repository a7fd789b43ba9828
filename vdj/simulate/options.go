package simulate

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"vidjil.org/vidjil/vdj/germline"
)

// Placement says where reads lie on their clone.
type Placement int

// The placements.
const (
	Amplicon Placement = iota // all reads of a clone end at a primer in the 3' gene
	Random                    // anywhere, as long as the junction is inside
)

// Strands says from which strand reads are.
type Strands int

// The strands.
const (
	BothStrands   Strands = iota // half of the reads each
	ForwardStrand                // that of the coding sequence
	ReverseStrand                // its reverse complement
)

// Options says what to simulate. Where 0 means a default that is not nothing,
// a negative number means none.
type Options struct {
	Seed   uint64
	Clones int // number of clones; 0 means 1000
	Reads  int // number of reads, or of pairs; 0 means 10000

	// Systems weighs systems (IGH, TRA+D, …); nil means DefaultSystems, those
	// that the set has. Weights need not sum up to anything.
	Systems map[string]int
	// Exponent of the sizes of clones: the clone of rank r is drawn in
	// proportion to r^-Exponent. 0 means 1 (Zipf), negative equal sizes.
	Exponent float64
	// Productive is the share of clones of complete systems whose junction must
	// be in frame without stop codon; the others are as they come. 0 means
	// 0.8, negative none.
	Productive float64
	// Mutation is the mean share of letters that somatic hypermutation changes
	// in mutated clones of complete IG systems, three in four; 0 means 0.04,
	// negative none.
	Mutation float64

	Placement Placement
	Strands   Strands
	// Length and LengthMax bound the length of reads, in letters, each length
	// in between being as likely. 0 means 250 for Length and Length for
	// LengthMax.
	Length, LengthMax int
	// Paired writes two reads for each fragment of InsertMean ± InsertSD
	// letters; 0 means 350 and 30.
	Paired               bool
	InsertMean, InsertSD int
	// ErrorRate is the mean share of letters read wrong; 0 means 0.003,
	// negative none.
	ErrorRate float64
	// Junk is the share of reads that hold no recombination: three in four of
	// them letters at random, the others a piece of one gene and its flanks. 0
	// means none.
	Junk float64
}

// DefaultSystems are the weights of systems that stand for a mixture of B and
// T cells, all chains amplified, one clone in six incomplete.
func DefaultSystems() map[string]int {
	return map[string]int{
		"IGH": 22, "IGK": 10, "IGL": 8, "TRA": 13, "TRB": 16, "TRG": 8, "TRD": 6,
		"IGH+": 4, "IGK+": 4, "TRB+": 4, "TRD+": 3, "TRA+D": 3,
	}
}

// settle replaces zeros by the defaults and negatives by zeros, and reports
// all that makes no sense.
func (o Options) settle(set *germline.Set) (Options, error) {
	integer := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	integer(&o.Clones, 1000)
	integer(&o.Reads, 10_000)
	integer(&o.Length, 250)
	integer(&o.LengthMax, o.Length)
	integer(&o.InsertMean, 350)
	integer(&o.InsertSD, 30)
	share := func(v *float64, def float64) {
		switch {
		case *v == 0:
			*v = def
		case *v < 0:
			*v = 0
		}
	}
	share(&o.Exponent, 1)
	share(&o.Productive, 0.8)
	share(&o.Mutation, 0.04)
	share(&o.ErrorRate, 0.003)
	share(&o.Junk, 0)
	if o.Systems == nil {
		o.Systems = DefaultSystems()
		maps.DeleteFunc(o.Systems, func(code string, _ int) bool { return set.System(code) == nil })
	}
	return o, o.faults(set)
}

func (o Options) faults(set *germline.Set) error {
	var faults []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	check(o.Clones > 0 && o.Clones <= 1<<24, "Clones %d: want 1 to %d", o.Clones, 1<<24)
	check(o.Reads > 0, "Reads %d: want 1 at least", o.Reads)
	check(o.Length >= 50 && o.Length <= maxLength, "Length %d: want 50 to %d", o.Length, maxLength)
	check(o.LengthMax >= o.Length && o.LengthMax <= maxLength, "LengthMax %d: want %d to %d", o.LengthMax, o.Length, maxLength)
	check(!o.Paired || o.InsertMean >= o.LengthMax && o.InsertMean <= maxLength, "InsertMean %d: want %d to %d", o.InsertMean, o.LengthMax, maxLength)
	check(!o.Paired || o.InsertSD >= 0 && o.InsertSD <= o.InsertMean/4, "InsertSD %d: want 0 to %d", o.InsertSD, o.InsertMean/4)
	check(o.Exponent <= 4, "Exponent %g: want 4 at most", o.Exponent)
	check(o.Productive <= 1, "Productive %g: want 1 at most", o.Productive)
	check(o.Mutation <= 0.2, "Mutation %g: want 0.2 at most", o.Mutation)
	check(o.ErrorRate <= 0.2, "ErrorRate %g: want 0.2 at most", o.ErrorRate)
	check(o.Junk <= 1, "Junk %g: want 1 at most", o.Junk)
	check(o.Placement == Amplicon || o.Placement == Random, "Placement %d: unknown", o.Placement)
	check(o.Strands >= BothStrands && o.Strands <= ReverseStrand, "Strands %d: unknown", o.Strands)
	total := 0
	for _, code := range slices.Sorted(maps.Keys(o.Systems)) {
		check(set.System(code) != nil, "Systems: the set %s has no system %q", set.Name, code)
		check(o.Systems[code] >= 0, "Systems: %s weighs %d", code, o.Systems[code])
		total += max(0, o.Systems[code])
	}
	check(total > 0, "Systems: all weigh nothing")
	return errors.Join(faults...)
}

// maxLength bounds reads and fragments, in letters.
const maxLength = 2000

// reach is the longest template.
func (o *Options) reach() int {
	if o.Paired {
		return min(o.InsertMean+6*o.InsertSD, maxLength)
	}
	return o.LengthMax
}
