package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The programs that a config can run.
const (
	ProgramVidjil = "vidjil" // our engine
	ProgramImport = "import" // takes over the results of another program, which were uploaded
)

// Options is what a config revision says: how samples are analysed, fused and
// judged. Its zero value is the recommended analysis; fields are named as in
// the API.
type Options struct {
	// Germline is the reference set: "human" or "mouse", or one that the
	// administrator installed; "" is human.
	Germline string `json:"germline,omitempty"`
	// Systems restricts the set, as ["IGH", "IGH+"]; none is all.
	Systems []string `json:"systems,omitempty"`
	// Unexpected also reports recombinations between systems or strands, as xxx.
	Unexpected bool `json:"unexpected,omitempty"`

	// Window is the length of the window that identifies a clonotype, in
	// letters; 0 is 50. WholeReads takes the whole read instead.
	Window     int  `json:"window,omitempty"`
	WholeReads bool `json:"whole_reads,omitempty"`
	// EValue is the number of reads that may pass for recombined by chance; 0 is 1.
	EValue float64 `json:"e_value,omitempty"`
	// MinReads is the fewest reads of a clonotype; 0 is 5.
	MinReads int `json:"min_reads,omitempty"`
	// MinPercent is the smallest share of the recombined reads.
	MinPercent float64 `json:"min_percent,omitempty"`
	// The largest clonotypes that are reported, get a representative, are
	// designated; 0 is all.
	MaxClones       int `json:"max_clones,omitempty"`
	MaxConsensus    int `json:"max_consensus,omitempty"`
	MaxDesignations int `json:"max_designations,omitempty"`
	// NoClusters leaves out the proposals of clusters.
	NoClusters bool `json:"no_clusters,omitempty"`
	// FirstReads or SampledReads bound the reads taken; 0 is all.
	FirstReads   int `json:"first_reads,omitempty"`
	SampledReads int `json:"sampled_reads,omitempty"`
	// Labels are sequences of interest, which are always reported; spike-ins
	// state their copies. LabelFilter reports nothing else.
	Labels      []Label `json:"labels,omitempty"`
	LabelFilter bool    `json:"label_filter,omitempty"`

	// Airr and Reads keep, with the result, the AIRR table and the reads that
	// have a recombination.
	Airr  bool `json:"airr,omitempty"`
	Reads bool `json:"reads,omitempty"`

	Fuse    FuseOptions `json:"fuse,omitzero"`
	Quality Quality     `json:"quality,omitzero"`
}

// Label is a sequence of interest.
type Label struct {
	Name     string  `json:"name"`
	Sequence string  `json:"sequence"`
	Copies   float64 `json:"copies,omitempty"`
	Family   string  `json:"family,omitempty"`
}

// FuseOptions says what of several results is shown together.
type FuseOptions struct {
	// Top is how many clonotypes of each sample are shown; 0 is 100.
	Top int `json:"top,omitempty"`
	// MinPerSystem shows at least so many of each system.
	MinPerSystem int `json:"min_per_system,omitempty"`
	// Distributions are counted over all clonotypes: lists of one or two axes,
	// as [["lenSeqAverage"]].
	Distributions [][]string `json:"distributions,omitempty"`
	// Overlaps compares all samples with each other.
	Overlaps bool `json:"overlaps,omitempty"`
}

// Quality says when the quality table of a set marks a result.
type Quality struct {
	// MinReads is the fewest reads of a good sample; 0 asks nothing.
	MinReads int64 `json:"min_reads,omitempty"`
	// MinRecombinedPercent is the smallest share of reads with a
	// recombination; 0 asks nothing.
	MinRecombinedPercent float64 `json:"min_recombined_percent,omitempty"`
	// MajorPercent is the share of its locus from which a clonotype is counted
	// as a major one; 0 is 5.
	MajorPercent float64 `json:"major_percent,omitempty"`
}

const (
	minWindow  = 30 // letters; vdj/clonotype refuses shorter ones
	minLabel   = 12
	maxLabels  = 1000
	maxFuseTop = 100_000
)

// Check reports all faults, by field.
func (o *Options) Check() error {
	var f Faults
	f.Require(o.Window == 0 || o.Window >= minWindow, "window", "want 0 for the default of 50, or at least %d letters", minWindow)
	f.Require(o.EValue >= 0, "e_value", "want a positive number")
	f.Require(o.MinPercent >= 0 && o.MinPercent <= 100, "min_percent", "want a percentage from 0 to 100")
	for _, x := range []struct {
		field string
		value int
	}{
		{"min_reads", o.MinReads},
		{"max_clones", o.MaxClones},
		{"max_consensus", o.MaxConsensus},
		{"max_designations", o.MaxDesignations},
		{"first_reads", o.FirstReads},
		{"sampled_reads", o.SampledReads},
		{"fuse.min_per_system", o.Fuse.MinPerSystem},
	} {
		f.Require(x.value >= 0, x.field, "want a number of 0 or more")
	}
	f.Require(o.Fuse.Top >= 0 && o.Fuse.Top <= maxFuseTop, "fuse.top", "want a number from 0 to %d", maxFuseTop)
	f.Require(o.FirstReads == 0 || o.SampledReads == 0, "sampled_reads", "give first_reads or sampled_reads, not both")
	for i, d := range o.Fuse.Distributions {
		f.Require(len(d) == 1 || len(d) == 2, fmt.Sprintf("fuse.distributions[%d]", i), "want one axis or two")
	}
	f.Require(o.Quality.MinReads >= 0, "quality.min_reads", "want a number of 0 or more")
	f.Require(o.Quality.MinRecombinedPercent >= 0 && o.Quality.MinRecombinedPercent <= 100, "quality.min_recombined_percent", "want a percentage from 0 to 100")
	f.Require(o.Quality.MajorPercent >= 0 && o.Quality.MajorPercent <= 100, "quality.major_percent", "want a percentage from 0 to 100")
	o.checkLabels(&f)
	return f.Err()
}

func (o *Options) checkLabels(f *Faults) {
	f.Require(len(o.Labels) <= maxLabels, "labels", "want at most %d", maxLabels)
	f.Require(!o.LabelFilter || len(o.Labels) > 0, "label_filter", "there are no labels to filter by")
	seen := map[string]bool{}
	for i, l := range o.Labels {
		field := fmt.Sprintf("labels[%d]", i)
		f.Require(l.Name != "" && !seen[l.Name], field+".name", "want a name, each once")
		seen[l.Name] = true
		f.Require(len(l.Sequence) >= minLabel, field+".sequence", "want at least %d letters", minLabel)
		bad := strings.IndexFunc(l.Sequence, func(r rune) bool { return !strings.ContainsRune("ACGT", r) })
		f.Require(bad < 0, field+".sequence", "want the letters A, C, G and T")
		f.Require(l.Copies >= 0, field+".copies", "want a number of 0 or more")
	}
}

// ParseOptions reads stored options. Fields that this version does not know are
// an error: an analysis must not leave out what it was asked for.
func ParseOptions(text string) (Options, error) {
	var o Options
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return o, fmt.Errorf("read options: %w", err)
	}
	return o, nil
}

// Encode is the text that is stored, the same for the same options.
func (o *Options) Encode() string {
	c := *o
	c.Systems = slices.Sorted(slices.Values(o.Systems))
	text, err := json.Marshal(&c)
	if err != nil {
		panic(err) // plain fields always encode
	}
	return string(text)
}

// DigestOptions is what two revisions have in common when they do the same.
func DigestOptions(program, options string) string {
	sum := sha256.Sum256([]byte(program + "\n" + options))
	return hex.EncodeToString(sum[:])
}
