package clonotype

import (
	"errors"
	"fmt"
	"runtime"

	"vidjil.org/vidjil/vdj/internal/window"
)

// Options of an analysis. The zero value is the default.
type Options struct {
	// Window is the length of the window that identifies a clonotype, in
	// letters; 0 means DefaultWindow. WholeReads takes the whole read instead.
	Window     int
	WholeReads bool

	// EValue is the number of reads without a recombination that may pass for
	// one, in the whole sample; 0 means DefaultEValue.
	EValue float64

	// MinReads is the fewest reads of a reported clonotype; 0 means
	// DefaultMinReads. MinRatio is the smallest share of the reads that have a
	// window. Labelled clonotypes are always reported.
	MinReads int
	MinRatio float64
	// MaxClones, MaxConsensus and MaxDesignations bound how many clonotypes,
	// largest first, are reported, get a representative, are designated; 0
	// means all. A clonotype without representative shows its window.
	MaxClones, MaxConsensus, MaxDesignations int

	// Labels are sequences of interest; LabelFilter keeps only the clonotypes
	// that hold one.
	Labels      []Label
	LabelFilter bool

	// NoClusters leaves out the proposals of clusters.
	NoClusters bool

	Threads int // worker goroutines; 0 means GOMAXPROCS. Results do not depend on it.
}

// Label is a sequence of interest: a spike-in, a clone followed over time.
type Label struct {
	Name     string
	Sequence string  // at least window.MinWindow letters, or part of a window
	Copies   float64 // known number of copies of a spike-in; 0 when not one
	Family   string  // the spike-in's group, for normalisation
}

// Defaults of Options, those of the field.
const (
	DefaultWindow   = 50
	DefaultEValue   = 1.0
	DefaultMinReads = 5
)

// Check reports all faults, by field name.
func (o *Options) Check() error {
	var errs []error
	bad := func(field string, value any, want string) {
		errs = append(errs, fmt.Errorf("%s %v: want %s", field, value, want))
	}
	if o.Window != 0 && o.Window < window.MinWindow {
		bad("Window", o.Window, fmt.Sprintf("at least %d", window.MinWindow))
	}
	if o.EValue < 0 {
		bad("EValue", o.EValue, "a positive number")
	}
	if o.MinRatio < 0 || o.MinRatio > 1 {
		bad("MinRatio", o.MinRatio, "a share between 0 and 1")
	}
	for _, f := range []struct {
		name  string
		value int
	}{
		{"MinReads", o.MinReads},
		{"MaxClones", o.MaxClones},
		{"MaxConsensus", o.MaxConsensus},
		{"MaxDesignations", o.MaxDesignations},
		{"Threads", o.Threads},
	} {
		if f.value < 0 {
			bad(f.name, f.value, "zero or more")
		}
	}
	for _, l := range o.Labels {
		if len(l.Sequence) < minLabel {
			bad("Labels", l.Name, fmt.Sprintf("a sequence of at least %d letters", minLabel))
		}
	}
	if o.LabelFilter && len(o.Labels) == 0 {
		bad("LabelFilter", true, "Labels to filter by")
	}
	return errors.Join(errs...)
}

// minLabel is the shortest label: shorter ones are in most windows.
const minLabel = 12

func (o *Options) window() int {
	switch {
	case o.WholeReads:
		return 0
	case o.Window == 0:
		return DefaultWindow
	}
	return o.Window
}

func (o *Options) eValue() float64 {
	if o.EValue == 0 {
		return DefaultEValue
	}
	return o.EValue
}

func (o *Options) minReads() int {
	if o.MinReads == 0 {
		return DefaultMinReads
	}
	return o.MinReads
}

func (o *Options) threads() int {
	if o.Threads == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return o.Threads
}
