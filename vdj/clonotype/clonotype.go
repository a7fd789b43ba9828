// Package clonotype gathers reads into clonotypes: reads that share one
// junction window. It counts every read, by system or by the cause for which
// it has no clonotype, and gives each clonotype a representative sequence.
//
// The package takes batches of records and a frozen index; files, threads and
// output formats are elsewhere.
package clonotype

import (
	"vidjil.org/vidjil/vdj/designation"
)

// Warning is something a person should know before trusting a clonotype or a
// sample. Codes are Vidjil's (W50, W51, …).
type Warning struct {
	Code    string
	Level   string // info, warn, error
	Message string
}

// Clonotype is a set of reads that share one window.
type Clonotype struct {
	Window []byte // the identifier: oriented letters around the junction
	System string
	Reads  int
	Rank   int // 1 = most reads
	// Near is what is not in Reads: windows under the thresholds that
	// sequencing errors in reads of this clonotype explain.
	Near Near

	Sequence []byte // representative (consensus) sequence, oriented
	Quality  []byte // Phred quality of each letter of Sequence, as a number; nil when the input has none
	// WindowStart is where Window starts in Sequence, 0-based.
	WindowStart int

	AverageReadLength float64
	Coverage          float64 // length of Sequence / average read length
	CoverageInfo      string

	Designation *designation.Designation // nil when not designated
	Label       string                   // name of the sequence of interest that it holds
	Warnings    []Warning
}

// Near counts near-identical windows.
type Near struct{ Windows, Reads int }

// Cluster proposes that the members are sequencing errors of the parent.
// Indexes are in Result.Clonotypes, that is, Rank-1. Nothing is merged.
type Cluster struct {
	Parent   int
	Members  []int
	Evidence []string // one for each member, what makes it an error of the parent
}

// Diversity holds the indexes of Shannon (H), Pielou (E) and Simpson (Ds).
type Diversity struct{ Shannon, Pielou, Simpson float64 }

// Result is what the engine made of one sample.
type Result struct {
	TotalReads int
	TotalBases int64
	// ReadsBySystem counts the reads that have a window, ClonotypesBySystem
	// the distinct windows, both before any threshold.
	ReadsBySystem      map[string]int
	ClonotypesBySystem map[string]int
	LengthBySystem     map[string]float64        // average read length
	Causes             map[designation.Cause]int // reads without a window
	Filtered           int                       // reads left out by a filter (labels, sampling)

	// Clonotypes are those that passed the thresholds, largest first; equal
	// ones by window.
	Clonotypes []Clonotype
	Clusters   []Cluster

	Diversity     map[string]Diversity // per system, and "all"
	Distributions []Distribution
	Warnings      []Warning
}

// Recombined is the number of reads that have a window.
func (r *Result) Recombined() int {
	n := 0
	for _, reads := range r.ReadsBySystem {
		n += reads
	}
	return n
}
