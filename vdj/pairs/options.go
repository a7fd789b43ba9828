package pairs

import (
	"errors"
	"fmt"
	"runtime"
)

// Keep says what becomes of pairs that are not merged.
type Keep uint8

// What is kept of pairs that are not merged.
const (
	KeepFirst  Keep = iota // the first read, R1
	KeepSecond             // the second read, R2, as it was read
	KeepNone               // nothing
)

// Combine says how the qualities of the two reads become one where they overlap.
type Combine uint8

// How qualities are combined.
const (
	// Posterior is the probability that the letter is wrong given both reads:
	// letters that agree become surer, letters that do not less sure.
	// Edgar and Flyvbjerg 2015, Bioinformatics 31:3476, equations 8 and 9.
	Posterior Combine = iota
	// Highest is the higher quality of letters that agree and the difference of
	// those that do not, for what expects qualities as FLASH writes them.
	Highest
)

// Options of merging. The zero value is the default.
type Options struct {
	// MinOverlap is the fewest letters in which the reads must overlap, those
	// other than A C G T left out; 0 means DefaultMinOverlap. It only matters
	// where MaxEValue asks for less.
	MinOverlap int
	// MaxMismatch is the largest share of the overlap's letters that may differ;
	// 0 means DefaultMaxMismatch, negative none at all.
	MaxMismatch float64
	// MaxEValue is the number of overlaps as good as the one found that a pair of
	// unrelated reads may be expected to show; 0 means DefaultMaxEValue.
	MaxEValue float64
	// MaxSecond is the largest score of another overlap, as a share of the best
	// one's, with which the best one is still believed; 0 means DefaultMaxSecond.
	MaxSecond float64

	Combine Combine
	// MaxQuality is the highest Phred quality given to a letter that both reads
	// show; 0 means DefaultMaxQuality.
	MaxQuality int

	Keep Keep
	// IgnoreNames pairs reads by their number alone. Without it, mates must have
	// the same name up to the first blank, but for a 1 and a 2 that tell R1 and R2.
	IgnoreNames bool

	Threads int // worker goroutines; 0 means GOMAXPROCS. Results do not depend on it.
}

// Defaults of Options.
const (
	// DefaultMinOverlap and DefaultMaxMismatch are those of FLASH, which
	// laboratories know. Ends of 300-nt reads need so large a share.
	DefaultMinOverlap  = 10
	DefaultMaxMismatch = 0.25
	// DefaultMaxEValue asks for 11 letters that agree in reads of 150. It is a bound:
	// of 20 000 simulated pairs of V(D)J fragments longer than both reads none was
	// merged, even at 0.1.
	DefaultMaxEValue = 1e-3
	// DefaultMaxSecond refuses overlaps in repeats whose unit is shorter than
	// half of the overlap.
	DefaultMaxSecond = 0.5
	// DefaultMaxQuality is the highest that instruments write, so that merged
	// reads look like reads to every program.
	DefaultMaxQuality = 41
)

// Check reports all faults, by field name.
func (o *Options) Check() error {
	var errs []error
	check := func(ok bool, field string, value any, want string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s %v: want %s", field, value, want))
		}
	}
	check(o.MinOverlap >= 0, "MinOverlap", o.MinOverlap, "a number of letters")
	check(o.MaxMismatch < 0.5, "MaxMismatch", o.MaxMismatch, "a share below 0.5")
	check(o.MaxEValue >= 0 && o.MaxEValue <= 1, "MaxEValue", o.MaxEValue, "a number between 0 and 1")
	check(o.MaxSecond >= 0 && o.MaxSecond < 1, "MaxSecond", o.MaxSecond, "a share below 1")
	check(o.Combine <= Highest, "Combine", o.Combine, "Posterior or Highest")
	check(o.MaxQuality >= 0 && o.MaxQuality <= highestQuality, "MaxQuality", o.MaxQuality, "a Phred quality of at most 93")
	check(o.Keep <= KeepNone, "Keep", o.Keep, "KeepFirst, KeepSecond or KeepNone")
	check(o.Threads >= 0, "Threads", o.Threads, "zero or more")
	return errors.Join(errs...)
}

func (o Options) withDefaults() Options {
	if o.MinOverlap == 0 {
		o.MinOverlap = DefaultMinOverlap
	}
	switch {
	case o.MaxMismatch == 0:
		o.MaxMismatch = DefaultMaxMismatch
	case o.MaxMismatch < 0:
		o.MaxMismatch = 0
	}
	if o.MaxEValue == 0 {
		o.MaxEValue = DefaultMaxEValue
	}
	if o.MaxSecond == 0 {
		o.MaxSecond = DefaultMaxSecond
	}
	if o.MaxQuality == 0 {
		o.MaxQuality = DefaultMaxQuality
	}
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	return o
}
