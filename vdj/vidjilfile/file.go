package vidjilfile

import (
	"encoding/json"

	"vidjil.org/vidjil/vdj/airr"
)

// Version is the version of the format that this package writes.
const Version = "2016b"

// Opt is a value that may be absent.
type Opt[T any] = airr.Opt[T]

// Member is a key that the structs do not have, and its value as it was read.
type Member struct {
	Key   string
	Value json.RawMessage
}

// Bag keeps unknown members of an object, in the order of the file.
type Bag []Member

// Get returns the value of a key, nil when it is not there.
func (b Bag) Get(key string) json.RawMessage {
	for _, m := range b {
		if m.Key == key {
			return m.Value
		}
	}
	return nil
}

// set adds a member, or replaces the one of that key.
func (b *Bag) set(key string, value json.RawMessage) {
	for i := range *b {
		if (*b)[i].Key == key {
			(*b)[i].Value = value
			return
		}
	}
	*b = append(*b, Member{key, value})
}

// File is a .vidjil file: the clonotypes of one sample or of several. Every
// list that is said to be "per sample" has Samples.Number elements.
type File struct {
	Producer string
	// Timestamps is when the file was made, "YYYY-MM-DD HH:MM:SS"; some old
	// files have several.
	Timestamps []string
	Version    string // as read; Write writes [Version]
	Samples    Samples
	Reads      Reads
	Clones     []Clone
	Clusters   [][]string // identifiers, the representative first

	Germlines     Germlines
	Diversity     Diversity
	Distributions *Distributions // over all clonotypes, also those that are not in Clones
	Warnings      []Warning
	// Provenance is this project's own: what is needed to make the file again.
	Provenance *Provenance
	Extra      Bag // other top-level members: config, overlaps, similarity, mrd, …
}

// Samples describes the samples; its lists are per sample.
type Samples struct {
	Number        int
	OriginalNames []string // file names, the samples' identity
	Names         []string // what people call them
	Producer      []string // program and version
	Timestamp     []string // sampling dates
	RunTimestamp  []string // when the program ran
	CommandLine   []string
	Log           []string
	Order         []int // indexes of the samples shown, in that order
	StockOrder    []int
	Extra         Bag
}

// Reads counts reads; its lists are per sample.
type Reads struct {
	Total     []int            // all reads
	Segmented []int            // those with a recombination
	Germline  map[string][]int // those with a recombination, by system
	Clones    map[string][]int // number of clonotypes, by system
	// Distribution is the number of reads in clonotypes whose share is at least
	// the key (and less than ten times it): "0.1", "0.01", …
	Distribution map[string][]int
	Extra        Bag
}

// Clone is a clonotype.
type Clone struct {
	ID       string // the window: unique, joins the clonotypes of several samples
	Germline string // code of the system
	Name     string // "V del/N/del D … J"
	Label    string // name of the sequence of interest
	Sequence string // representative; empty when none was computed
	Reads    []int  // per sample
	Top      int    // rank in its best sample, 1 = most reads; 0 when not known

	AverageReadLength []float64 // per sample
	Coverage          []float64 // per sample
	CoverageInfo      []string  // per sample

	Seg      Seg
	Tag      string
	Expected Opt[float64] // share, or reads, of a sequence of known abundance
	Warnings []Warning
	Extra    Bag
}

// Span is a place on the representative sequence, 0-based half-open. Many files
// state only the end of a V segment and the start of a J segment.
type Span struct{ Start, End Opt[int] }

// SpanOf makes a span of which both ends are known.
func SpanOf(start, end int) Span { return Span{airr.Some(start), airr.Some(end)} }

// Known tells whether both ends are known and in order.
func (s Span) Known() bool { return s.Start.Valid && s.End.Valid && s.Start.Value <= s.End.Value }

// Seg is the designation of a clonotype.
type Seg struct {
	Five, Three *Segment
	// Four is the D gene, the main one where there are several: FourA is then
	// the one on its left, FourB the one on its right.
	Four, FourA, FourB *Segment

	// N is the number of nucleotides between V and J. With D genes, N1, N2 and
	// N3 are those between neighbouring genes, from 5' to 3'.
	N, N1, N2, N3 Opt[int]

	Junction *Junction
	CDR3     *Feature // without anchors
	Quality  *Feature // Seq is Phred + 33

	EValue, EValueLeft, EValueRight Opt[float64]

	Features []NamedFeature // any other, in the order of the file
	Extra    Bag
}

// Segment is one gene.
type Segment struct {
	Name string
	Span
	DelLeft, DelRight Opt[int] // nucleotides deleted at the 5' and 3' end
	Extra             Bag
}

// Junction goes from Cys104 to Phe118 or Trp118, both included.
type Junction struct {
	Span
	AA           string
	Productive   Opt[bool]
	Unproductive string // why not productive
	Extra        Bag
}

// Feature is anything that can be shown on a sequence.
type Feature struct {
	Span
	Seq, AA string
	Extra   Bag // val, info, …
}

// NamedFeature is a feature of a clonotype with its key.
type NamedFeature struct {
	Name string
	Feature
}

// Warning is something a person should know.
type Warning struct {
	Code    string
	Level   string   // info, warn, error
	Message string   // "msg" in files
	Sample  Opt[int] // index of the sample, in files of several
	Extra   Bag
}

// Germlines says against what the reads were compared.
type Germlines struct {
	Ref     string
	Species string
	TaxonID int // NCBI
	Custom  map[string]Custom
	Extra   Bag
}

// Custom describes a system: the files or pools of genes at each side.
type Custom struct {
	Shortcut          string
	Five, Four, Three []string
	Extra             Bag
}

// Diversity holds indexes, per sample; each by system, with the key "all" for
// all clonotypes together. A nil map stands for "na".
type Diversity struct {
	Shannon []map[string]float64 // index_H_entropy
	Pielou  []map[string]float64 // index_E_equitability
	Simpson []map[string]float64 // index_Ds_diversity
	Extra   Bag
}

// Distributions counts clonotypes and reads along axes, by sample.
type Distributions struct {
	Keys        []string                  // what is counted: "clones", "reads"
	Repertoires map[string][]Distribution // by original name of the sample
	Extra       Bag
}

// Distribution counts along one axis or several. The order of the bins says
// nothing: they are written, and read, sorted by their places.
type Distribution struct {
	Axes   []string // "lenSeqAverage", "seg5", …
	Values []Bin
	Extra  Bag
}

// Bin is a place on the axes, a value for each, and what was counted there: a
// number for each of the keys.
type Bin struct {
	At     []string
	Counts []int
}

// Provenance is what the result was made from and with. Nothing in it varies
// between two runs on the same input.
type Provenance struct {
	Engine   string            `json:"engine"` // version
	Reads    []Digest          `json:"reads"`  // of the input files, in order
	Germline GermlineDigest    `json:"germline"`
	Options  json.RawMessage   `json:"options,omitempty"`  // the effective ones
	Causes   []map[string]int  `json:"causes,omitempty"`   // reads without a recombination, by cause, per sample
	Filtered []int             `json:"filtered,omitempty"` // reads left out by a filter, per sample
	Clusters map[string]string `json:"clusters,omitempty"` // evidence, by identifier of the member
}

// Digest names bytes.
type Digest struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// GermlineDigest names a germline set.
type GermlineDigest struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}
