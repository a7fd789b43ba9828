package repertoire

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// Quality is what a quality table shows of a result. What cannot be computed is
// not valid, which tables show as "N/A".
type Quality struct {
	Total     int64                   // reads
	Segmented int64                   // reads with a recombination
	Analysed  vidjilfile.Opt[float64] // share of reads with a recombination
	Merged    vidjilfile.Opt[int64]   // reads merged from pairs

	// MeanLength is the mean of the clonotypes' average read lengths, weighted by
	// reads, in nucleotides.
	MeanLength vidjilfile.Opt[float64]
	Lengths    [LengthBins]int64 // reads by average read length: see [LengthBins]

	Systems []string           // those with reads, sorted
	Counts  map[string]Count   // clonotypes and reads by system
	Share   map[string]float64 // of the analysed reads, by system

	Large []Large // clonotypes of at least 5 % of their system, largest share first
	Main  *Large  // the clonotype with the most reads; nil when there is none

	Shannon, Pielou, Simpson vidjilfile.Opt[float64] // of all clonotypes
}

// Large is a clonotype that stands out.
type Large struct {
	Row    int // of the Source
	ID     string
	Name   string
	System string
	Reads  int64
	Share  float64 // of the analysed reads
	Of     float64 // share of the reads of its system
}

// The bars of read lengths: 50 of 10 nucleotides, the first from 100 on. Reads
// outside are in the first or the last.
const (
	LengthBins  = 50
	LengthFrom  = 100 // nucleotides
	LengthWidth = 10  // nucleotides
)

// largeShare is the share of a system from which on a clonotype is listed.
const largeShare = 0.05

// LengthBar is the height, from 0.01 to 1, of a bar for a share of the reads: on
// a logarithmic scale, so that 0.3 % is still seen. Nothing has height 0.
func LengthBar(share float64) float64 {
	if share <= 0 {
		return 0
	}
	return min(max((2.5+math.Log10(share))/2, 0.01), 1)
}

// QualityOf computes the figures of a result from all its clonotypes, but for
// the diversity and the counts that its head has.
func QualityOf(ctx context.Context, source Source) (*Quality, error) {
	head := source.Head()
	q := &Quality{
		Total: int64(first(head.Reads.Total)), Segmented: int64(first(head.Reads.Segmented)),
		Counts: map[string]Count{}, Share: map[string]float64{}, Merged: merged(head),
	}
	var length, weight float64
	sizes := map[int64]int64{}
	var candidates []Large
	seen := map[string]*systemReads{}
	want := FieldID | FieldReads | FieldSystem | FieldName | FieldLength
	err := source.Scan(ctx, want, func(r *Row) error {
		if r.Reads <= 0 {
			return nil
		}
		c := seen[string(r.System)]
		if c == nil {
			c = &systemReads{}
			seen[string(r.System)] = c
		}
		c.Clonotypes++
		c.Reads += r.Reads
		sizes[r.Reads]++
		if r.AverageLength > 0 {
			length += r.AverageLength * float64(r.Reads)
			weight += float64(r.Reads)
			q.Lengths[lengthBin(r.AverageLength)] += r.Reads
		}
		// Who has less than 5 % of the reads seen so far in the system will not
		// have more of all.
		if float64(r.Reads) >= largeShare*float64(c.Reads) || r.Reads > c.best {
			c.best = max(c.best, r.Reads)
			candidates = append(candidates, Large{Row: r.Number, ID: string(r.ID), Name: string(r.Name), System: string(r.System), Reads: r.Reads})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("quality of a result: %w", err)
	}
	q.count(head, seen)
	q.large(candidates)
	if weight > 0 {
		q.MeanLength = vidjilfile.Opt[float64]{Value: length / weight, Valid: true}
	}
	q.diversity(head, sizes)
	return q, nil
}

// systemReads counts a system and knows its largest clonotype.
type systemReads struct {
	Count
	best int64
}

func lengthBin(length float64) int {
	return min(max(int(length-LengthFrom)/LengthWidth, 0), LengthBins-1)
}

// count takes the head's word for the numbers of reads where it has one: its
// file may not have all clonotypes.
func (q *Quality) count(head *vidjilfile.File, seen map[string]*systemReads) {
	for system, c := range seen {
		q.Counts[system] = c.Count
	}
	for system, list := range head.Reads.Germline {
		if n := int64(first(list)); n > 0 {
			q.Counts[system] = Count{q.Counts[system].Clonotypes, max(n, q.Counts[system].Reads)}
		}
	}
	for system, list := range head.Reads.Clones {
		if n := int64(first(list)); n > 0 {
			q.Counts[system] = Count{max(n, q.Counts[system].Clonotypes), q.Counts[system].Reads}
		}
	}
	if q.Segmented == 0 {
		for _, c := range q.Counts {
			q.Segmented += c.Reads
		}
	}
	if q.Total > 0 {
		q.Analysed = vidjilfile.Opt[float64]{Value: float64(q.Segmented) / float64(q.Total), Valid: true}
	}
	for _, system := range sortedKeys(q.Counts) {
		if n := q.Counts[system].Reads; n > 0 {
			q.Systems = append(q.Systems, system)
			if q.Segmented > 0 {
				q.Share[system] = float64(n) / float64(q.Segmented)
			}
		}
	}
}

func (q *Quality) large(candidates []Large) {
	for _, c := range candidates {
		c.Of = float64(c.Reads) / float64(q.Counts[c.System].Reads)
		if q.Segmented > 0 {
			c.Share = float64(c.Reads) / float64(q.Segmented)
		}
		if q.Main == nil || c.Reads > q.Main.Reads {
			q.Main = &c
		}
		if c.Of >= largeShare {
			q.Large = append(q.Large, c)
		}
	}
	slices.SortStableFunc(q.Large, func(a, b Large) int {
		switch {
		case a.Of > b.Of:
			return -1
		case a.Of < b.Of:
			return 1
		}
		return 0
	})
}

// merged is reads.merged of the results of pre-processing.
func merged(head *vidjilfile.File) vidjilfile.Opt[int64] {
	var list []int64
	if json.Unmarshal(head.Reads.Extra.Get("merged"), &list) != nil || len(list) != 1 { // absent, or null
		return vidjilfile.Opt[int64]{}
	}
	return vidjilfile.Opt[int64]{Value: list[0], Valid: true}
}

// diversity takes the head's indexes, those of all windows, or computes them
// from the clonotypes.
func (q *Quality) diversity(head *vidjilfile.File, sizes map[int64]int64) {
	d := Diversity(sizes)
	for _, x := range []struct {
		to   *vidjilfile.Opt[float64]
		said []map[string]float64
		own  vidjilfile.Opt[float64]
	}{
		{&q.Shannon, head.Diversity.Shannon, d.Shannon},
		{&q.Pielou, head.Diversity.Pielou, d.Pielou},
		{&q.Simpson, head.Diversity.Simpson, d.Simpson},
	} {
		*x.to = x.own
		if v, ok := first(x.said)[allSystems]; ok {
			*x.to = vidjilfile.Opt[float64]{Value: v, Valid: !math.IsNaN(v) && !math.IsInf(v, 0)}
		}
	}
}

// allSystems is the key of all clonotypes together in indexes of diversity.
const allSystems = "all"

// Indexes are indexes of diversity.
type Indexes struct {
	Shannon, Pielou, Simpson vidjilfile.Opt[float64]
}

// Diversity computes indexes from how many clonotypes there are of each number
// of reads, as the engine does (see clonotype.Diversity): Shannon 1948 with
// natural logarithms, Pielou 1966, which is 1 for a single clonotype, and
// Simpson 1949 without replacement, which is 0 for a single read. Without
// clonotypes none is valid.
func Diversity(sizes map[int64]int64) Indexes {
	var reads, clonotypes, h, same float64
	order := slices.Sorted(maps.Keys(sizes)) // sums are the same on every run
	for _, n := range order {
		reads += float64(n) * float64(sizes[n])
		clonotypes += float64(sizes[n])
	}
	if reads == 0 {
		return Indexes{}
	}
	for _, n := range order {
		if n <= 0 {
			continue
		}
		p := float64(n) / reads
		h -= float64(sizes[n]) * p * math.Log(p)
		same += float64(sizes[n]) * float64(n) * float64(n-1)
	}
	valid := func(v float64) vidjilfile.Opt[float64] { return vidjilfile.Opt[float64]{Value: v, Valid: true} }
	d := Indexes{Shannon: valid(h), Pielou: valid(1), Simpson: valid(0)}
	if clonotypes > 1 {
		d.Pielou = valid(h / math.Log(clonotypes))
	}
	if reads > 1 {
		d.Simpson = valid(1 - same/(reads*(reads-1)))
	}
	return d
}
