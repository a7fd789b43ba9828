package lab

import (
	"encoding/json"
	"fmt"
)

// ResultSummary is what lists and the quality table show of a result, so that
// nobody has to go through its clonotypes for it. It is stored as JSON with the
// result.
type ResultSummary struct {
	// Reads add up: Total = Filtered + Recombined + the sum of Causes. Of
	// imported results only what their file says is known.
	Total      int64            `json:"total"`
	Bases      int64            `json:"bases,omitempty"`
	Filtered   int64            `json:"filtered"`
	Recombined int64            `json:"recombined"`
	Reported   int64            `json:"reported"` // in clonotypes of the table
	Causes     map[string]int64 `json:"causes,omitempty"`

	Clonotypes int64 `json:"clonotypes"`         // in the table
	AllWindows int64 `json:"windows,omitempty"`  // before any threshold
	Clusters   int64 `json:"clusters,omitempty"` // proposed

	Systems   []SystemSummary    `json:"systems"` // those with most reads first
	Diversity map[string]float64 `json:"diversity,omitempty"`

	// MeanLength and Lengths are of reads in clonotypes: the mean, in letters, and
	// reads by length, 50 bars of 10 letters from 100 on.
	MeanLength float64          `json:"mean_length,omitempty"`
	Lengths    []int64          `json:"lengths,omitempty"`
	Large      []LargeClonotype `json:"large,omitempty"` // 5 % of their system or more
	Main       *LargeClonotype  `json:"main,omitempty"`  // the one with most reads

	PreProcess *PreProcessSummary `json:"pre_process,omitempty"`
	Warnings   []Warning          `json:"warnings"`
	// Warned counts the clonotypes that have a warning, by its code.
	Warned map[string]int64 `json:"warned,omitempty"`
}

// SystemSummary counts a system.
type SystemSummary struct {
	System     string  `json:"system"`
	Reads      int64   `json:"reads"`
	Clonotypes int64   `json:"clonotypes"`
	Length     float64 `json:"length,omitempty"` // mean of its reads, letters
	// Diversity by index: shannon, pielou, simpson.
	Diversity map[string]float64 `json:"diversity,omitempty"`
}

// LargeClonotype is a clonotype that stands out.
type LargeClonotype struct {
	ID     string  `json:"id"` // its window
	Name   string  `json:"name"`
	System string  `json:"system"`
	Reads  int64   `json:"reads"`
	Share  float64 `json:"share"`           // of the recombined reads
	Of     float64 `json:"share_of_system"` // of the reads of its system
}

// PreProcessSummary is what became of the pairs of a sample.
type PreProcessSummary struct {
	Program     string           `json:"program"`
	Pairs       int64            `json:"pairs"`
	Merged      int64            `json:"merged"`
	Kept        int64            `json:"kept"`
	Dropped     int64            `json:"dropped"`
	Through     int64            `json:"through"` // merged and cut at adapters
	Causes      map[string]int64 `json:"causes,omitempty"`
	MeanLength  float64          `json:"mean_length"`  // of merged reads, letters
	MeanOverlap float64          `json:"mean_overlap"` // letters
	// Compared letters of overlaps, of which Differ do.
	Compared int64 `json:"compared"`
	Differ   int64 `json:"differ"`
}

// Warning is something that a person should know before trusting a result.
// Codes are Vidjil's (W20, W51 …).
type Warning struct {
	Code    string `json:"code"`
	Level   string `json:"level"` // info, warn, error
	Message string `json:"message"`
}

// Provenance is what it takes to make a result again, and how it was made. It
// is stored as JSON with the result and tells nothing of the machine.
type Provenance struct {
	Engine   string              `json:"engine"` // version of the program
	Program  string              `json:"program"`
	Config   ProvenanceConfig    `json:"config"`
	Options  Options             `json:"options"`
	Germline *ProvenanceGermline `json:"germline,omitempty"`
	Files    []ProvenanceFile    `json:"files"` // in the order read
	// PreProcess is what was done to the reads before.
	PreProcess *ProvenancePreProcess `json:"pre_process,omitempty"`
	// Imported is the program that made an imported result, as its file says.
	Imported string            `json:"imported,omitempty"`
	Timings  ProvenanceTimings `json:"timings"`
}

// ProvenanceConfig names a config revision.
type ProvenanceConfig struct {
	ID       int64  `json:"id"`
	Revision int    `json:"revision"` // its number
	Digest   string `json:"digest"`
}

// ProvenanceGermline names a germline set.
type ProvenanceGermline struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Digest  string `json:"sha256"`
}

// ProvenanceFile names the bytes of a file.
type ProvenanceFile struct {
	ID     int64    `json:"id"`
	Role   FileRole `json:"role"`
	Lane   int      `json:"lane,omitempty"`
	Size   int64    `json:"size"`
	Digest string   `json:"sha256"`
}

// ProvenancePreProcess names a pre-process, and the reads that it made.
type ProvenancePreProcess struct {
	ID       int64  `json:"id"`
	Revision int    `json:"revision"`
	Program  string `json:"program"`
	Options  string `json:"options"`
	Digest   string `json:"digest"` // of program and options
	Reads    string `json:"sha256"` // of what it made
}

// ProvenanceTimings is when the result was made and how long it took.
type ProvenanceTimings struct {
	Started string  `json:"started"` // RFC 3339, UTC
	Seconds float64 `json:"seconds"`
	// Gather is the part from the start to the last read.
	Gather float64 `json:"gather_seconds,omitempty"`
}

// EncodeRecord is the text of a summary or provenance that is stored.
func EncodeRecord(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of finite numbers always encode
	}
	return string(text)
}

// SummaryOf reads the summary of a result.
func SummaryOf(r *Result) (s ResultSummary, err error) {
	if err := json.Unmarshal([]byte(r.Summary), &s); err != nil {
		return s, fmt.Errorf("read summary of result %d: %w", r.ID, err)
	}
	return s, nil
}

// ProvenanceOf reads the provenance of a result.
func ProvenanceOf(r *Result) (p Provenance, err error) {
	if err := json.Unmarshal([]byte(r.Provenance), &p); err != nil {
		return p, fmt.Errorf("read provenance of result %d: %w", r.ID, err)
	}
	return p, nil
}
