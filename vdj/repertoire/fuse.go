package repertoire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// Input is a result of a sample that is to be fused.
type Input struct {
	// Ids of the laboratory's store; they are kept in the fused file, so that a
	// column is never matched by name. 0: not from a store.
	SampleID, ConfigID, ConfigRevision, ResultID int64

	Name         string // what people call the sample; empty: as in the result
	OriginalName string // name of the reads' file; empty: as in the result
	Timestamp    string // sampling date; empty: as in the result

	// Source is read by one goroutine at a time, but by another than the caller's:
	// each Input needs its own, also when two are of the same result.
	Source Source
}

// Options says what a fused result has. The zero value gives the first 100
// clonotypes of each sample and no comparisons.
type Options struct {
	// Top is the rank to which clonotypes of each sample are kept; 0 stands for
	// [DefaultTop], [AllClonotypes] for no limit, which puts everything in memory.
	Top int
	// MinPerSystem is the number of clonotypes of each system that are kept of
	// each sample, if it has as many, also when they rank behind Top. 0: what
	// the result's config says as "min-clones-per-locus", or none.
	MinPerSystem int
	// Keep has identifiers of clonotypes that are kept wherever they rank: those
	// that somebody tagged, marked or searched.
	Keep []string
	// Labelled keeps clonotypes with a label: sequences of interest, spike-ins.
	Labelled bool
	// SharedFrom keeps clonotypes of several samples that have at least this
	// share of the reads of one of them, so that [Fused.Common] sees all
	// candidates of contamination. 0: not kept for that.
	SharedFrom float64

	// Distributions are the axes, one or more each, along which all clonotypes
	// are counted; a result that has a distribution along the same axes keeps
	// its own, which may know of clonotypes that its file has not. Nil: results
	// keep what they have.
	Distributions [][]string
	// Overlaps asks for [Fused.Overlaps].
	Overlaps bool

	Producer  string // of the fused file; empty: "vidjil fuse"
	Timestamp string // when it was fused, "YYYY-MM-DD HH:MM:SS"; the clock is the caller's
	// Threads is the number of goroutines that read; 0: one for each processor.
	// The result does not depend on it.
	Threads int
}

const (
	// DefaultTop is how many clonotypes of each sample the original's server keeps.
	DefaultTop = 100
	// AllClonotypes is an Options.Top without limit.
	AllClonotypes = -1

	fuseProducer = "vidjil fuse"
)

// Check tells every fault of the options.
func (o *Options) Check() error {
	var faults []error
	if o.Top < AllClonotypes {
		faults = append(faults, fmt.Errorf("top: %d is no rank", o.Top))
	}
	if o.MinPerSystem < 0 {
		faults = append(faults, fmt.Errorf("min per system: %d is negative", o.MinPerSystem))
	}
	if !(o.SharedFrom >= 0 && o.SharedFrom <= 1) {
		faults = append(faults, fmt.Errorf("shared from: %g is not a share from 0 to 1", o.SharedFrom))
	}
	for _, names := range o.Distributions {
		if _, err := newCounter(names); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// top is the limit of ranks, 0 for none.
func (o *Options) top() int {
	switch o.Top {
	case 0:
		return DefaultTop
	case AllClonotypes:
		return 0
	}
	return o.Top
}

func (o *Options) perSystem(head *vidjilfile.File) int {
	if o.MinPerSystem > 0 {
		return o.MinPerSystem
	}
	var config struct {
		Min int `json:"min-clones-per-locus"`
	}
	if json.Unmarshal(head.Extra.Get(keyConfig), &config) != nil { // absent, or of another shape
		return 0
	}
	return max(config.Min, 0)
}

// Count is a number of clonotypes and the number of their reads.
type Count struct {
	Clonotypes int64 `json:"clonotypes"`
	Reads      int64 `json:"reads"`
}

// Sample is a column of a fused result.
type Sample struct {
	SampleID, ConfigID, ConfigRevision, ResultID int64

	Name, OriginalName string
	Total              int64 // reads
	Segmented          int64 // reads with a recombination
	// Systems counts all clonotypes, kept or not, by system: what the result
	// says, or what it has where that is more.
	Systems map[string]Count
	// Rest counts those of Systems that are not among the kept clonotypes. The
	// original's client calls them "smaller clonotypes".
	Rest map[string]Count
	// Distributions of all clonotypes of the sample; nil when it has none.
	Distributions []vidjilfile.Distribution
	// Provenance is what the result was made from and with; nil when it does not say.
	Provenance *vidjilfile.Provenance
}

// Fused is several samples joined by clonotype.
type Fused struct {
	Samples []Sample
	// Clones are those that are kept: by best rank, then by reads in all samples,
	// then by identifier. Their lists have an element for each sample.
	Clones []vidjilfile.Clone
	// Overlaps is nil when it was not asked for.
	Overlaps *Overlaps

	head   *vidjilfile.File
	config []json.RawMessage // by sample, nil when all are the same
}

// Fuse joins samples by the identifier of their clonotypes. The same inputs and
// options give the same result, whatever the number of threads; another order
// of the inputs gives another order of the columns, and nothing else, but where
// two samples cannot be told apart by rank or reads.
//
// A clonotype takes sequence, name and designation from the sample where it
// ranks best (then: has more reads, comes first) among those that have a
// sequence. What other samples say differently is a warning W81 (designation)
// or W82 (productivity) that names the sample. Warnings keep their sample.
func Fuse(ctx context.Context, inputs []Input, o Options) (*Fused, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if len(inputs) == 0 || len(inputs) > maxSamples {
		return nil, fmt.Errorf("fuse %d samples", len(inputs))
	}
	heads := make([]*vidjilfile.File, len(inputs))
	for i := range inputs {
		if heads[i] = inputs[i].Source.Head(); heads[i].Samples.Number > 1 {
			return nil, fmt.Errorf("fuse %s: the result has %d samples", inputs[i].what(i), heads[i].Samples.Number)
		}
	}
	h := newHasher()
	group := grouper{samples: make([]*gathered, len(inputs)), keep: map[key]bool{}, pairs: o.Overlaps}
	for _, id := range o.Keep {
		group.keep[h.of([]byte(id))] = true
	}
	if err := each(ctx, o.Threads, len(inputs), func(ctx context.Context, i int) error {
		g, err := gather(ctx, &inputs[i], i, h, &o)
		if err != nil {
			return fmt.Errorf("fuse %s: %w", inputs[i].what(i), err)
		}
		group.samples[i] = g
		return nil
	}); err != nil {
		return nil, err
	}
	f := &Fused{Samples: samples(inputs, heads, group.samples)}
	if o.SharedFrom > 0 {
		for i := range f.Samples {
			group.shared = append(group.shared, o.SharedFrom*float64(f.Samples[i].analysed()))
		}
	}
	picked, sums, err := group.run(ctx, o.Threads)
	if err != nil {
		return nil, err
	}
	totals := make([]int64, len(inputs))
	for i, g := range group.samples {
		totals[i] = g.reads
		g.entries = nil // 32 bytes for each clonotype are free for pass two
	}
	if o.Overlaps {
		f.Overlaps = overlaps(sums, totals)
	}
	if err := f.collect(ctx, inputs, picked, o.Threads); err != nil {
		return nil, err
	}
	f.distributions(&o, heads, group.samples)
	f.joinHeads(inputs, heads, group.samples, &o)
	return f, nil
}

// what names an input in errors: by ids, never by what people call it.
func (in *Input) what(i int) string {
	if in.ResultID != 0 {
		return fmt.Sprintf("sample %d: result %d", i+1, in.ResultID)
	}
	return fmt.Sprintf("sample %d", i+1)
}

// samples describes the columns.
func samples(inputs []Input, heads []*vidjilfile.File, found []*gathered) []Sample {
	out := make([]Sample, len(inputs))
	for i := range inputs {
		in := &inputs[i]
		s := SampleOf(heads[i], found[i].totals)
		s.SampleID, s.ConfigID, s.ConfigRevision, s.ResultID = in.SampleID, in.ConfigID, in.ConfigRevision, in.ResultID
		s.Name, s.OriginalName = or(in.Name, s.Name), or(in.OriginalName, s.OriginalName)
		s.Rest = map[string]Count{}
		out[i] = s
	}
	return out
}

// SampleOf is what the head of a result says of its sample, given the
// clonotypes with reads that were seen, by system: Systems has the larger of
// what is said and what was seen, Rest what was not seen.
func SampleOf(head *vidjilfile.File, seen map[string]*Count) Sample {
	s := Sample{
		Name: first(head.Samples.Names), OriginalName: first(head.Samples.OriginalNames),
		Total: int64(first(head.Reads.Total)), Segmented: int64(first(head.Reads.Segmented)),
		Systems: map[string]Count{}, Rest: map[string]Count{}, Provenance: head.Provenance,
	}
	for system, c := range seen {
		s.Systems[system] = *c
	}
	for system, list := range head.Reads.Germline {
		if n := int64(first(list)); n > s.Systems[system].Reads {
			s.Systems[system] = Count{s.Systems[system].Clonotypes, n}
		}
	}
	for system, list := range head.Reads.Clones {
		if n := int64(first(list)); n > s.Systems[system].Clonotypes {
			s.Systems[system] = Count{n, s.Systems[system].Reads}
		}
	}
	s.subtract(seen)
	return s
}

// subtract makes Rest what Systems has beyond those counts.
func (s *Sample) subtract(counts map[string]*Count) {
	s.Rest = map[string]Count{}
	for system, c := range s.Systems {
		if k := counts[system]; k != nil {
			c = Count{c.Clonotypes - k.Clonotypes, c.Reads - k.Reads}
		}
		if c != (Count{}) {
			s.Rest[system] = c
		}
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// analysed is the number of reads that shares are of.
func (s *Sample) analysed() int64 {
	if s.Segmented > 0 {
		return s.Segmented
	}
	var n int64
	for _, c := range s.Systems {
		n += c.Reads
	}
	return n
}

// distributions takes what was counted, or what results brought.
func (f *Fused) distributions(o *Options, heads []*vidjilfile.File, found []*gathered) {
	for i, head := range heads {
		s := &f.Samples[i]
		if o.Distributions == nil {
			for _, name := range repertoires(head) {
				s.Distributions = append(s.Distributions, head.Distributions.Repertoires[name]...)
			}
			continue
		}
		counters := found[i].counters
		for _, names := range o.Distributions {
			if d := carried(head, names); d != nil {
				s.Distributions = append(s.Distributions, *d)
				continue
			}
			s.Distributions = append(s.Distributions, counters[0].result())
			counters = counters[1:]
		}
	}
}

func repertoires(head *vidjilfile.File) []string {
	if head.Distributions == nil {
		return nil
	}
	return sortedKeys(head.Distributions.Repertoires)
}

// carried is the distribution along these axes that a result has itself.
func carried(head *vidjilfile.File, names []string) *vidjilfile.Distribution {
	for _, name := range repertoires(head) {
		list := head.Distributions.Repertoires[name]
		for i := range list {
			if slices.Equal(list[i].Axes, names) {
				return &list[i]
			}
		}
	}
	return nil
}
