package clonotype

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Distribution counts windows and reads by the values of one or two axes, over
// all windows of the sample.
type Distribution struct {
	Axes []string // "germline", "lenSeqAverage"
	Bins []Bin    // ordered by value, as text
}

// Bin is one combination of values.
type Bin struct {
	Values            []string // one for each axis
	Clonotypes, Reads int
}

// Axes of the distributions, with the field's names: the system, and the
// average length of the reads of a clonotype, in whole letters.
const (
	AxisSystem = "germline"
	AxisLength = "lenSeqAverage"
)

func (s *Sample) distributions() []Distribution {
	type place struct {
		system int16
		length int
	}
	counts := map[place]*Bin{}
	for i := range s.groups.n {
		x := s.groups.group(i)
		if x.reads == 0 {
			continue
		}
		p := place{x.system, int(math.Round(float64(x.bases) / float64(x.reads)))}
		b := counts[p]
		if b == nil {
			b = &Bin{Values: []string{s.systemCode(p.system), strconv.Itoa(p.length)}}
			counts[p] = b
		}
		b.Clonotypes++
		b.Reads += int(x.reads)
	}
	all := make([]*Bin, 0, len(counts))
	for _, b := range counts {
		all = append(all, b)
	}
	return []Distribution{
		project(all, []string{AxisSystem}, 0),
		project(all, []string{AxisLength}, 1),
		project(all, []string{AxisSystem, AxisLength}, 0, 1),
	}
}

// project sums bins over the axes that are not chosen, ordered by value.
func project(bins []*Bin, axes []string, chosen ...int) Distribution {
	sums := map[string]*Bin{}
	for _, b := range bins {
		values := make([]string, len(chosen))
		for i, k := range chosen {
			values[i] = b.Values[k]
		}
		id := strings.Join(values, "\t")
		if sums[id] == nil {
			sums[id] = &Bin{Values: values}
		}
		sums[id].Clonotypes += b.Clonotypes
		sums[id].Reads += b.Reads
	}
	d := Distribution{Axes: axes}
	for _, b := range sums {
		d.Bins = append(d.Bins, *b)
	}
	slices.SortFunc(d.Bins, func(a, b Bin) int { return slices.Compare(a.Values, b.Values) })
	return d
}
