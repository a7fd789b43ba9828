package repertoire

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// notKnown is the value of an axis that a clonotype does not have.
const notKnown = "?"

// axis gives a value of a clonotype as text, and says what it reads.
type axis struct {
	want   Fields
	append func(to []byte, r *Row) []byte
}

// axes are those of the original's fuse, with its names. Positions are 1-based
// and closed, as in files; inserts are the nucleotides between two genes;
// lenSeqAverage is rounded to whole nucleotides, as the engine does.
var axes = map[string]axis{
	"top":           {FieldTop, func(to []byte, r *Row) []byte { return strconv.AppendInt(to, int64(r.Top), 10) }},
	"germline":      {FieldSystem, func(to []byte, r *Row) []byte { return text(to, r.System) }},
	"name":          {FieldName, func(to []byte, r *Row) []byte { return text(to, r.Name) }},
	"seg5":          {FieldGenes, func(to []byte, r *Row) []byte { return text(to, r.Five) }},
	"seg4":          {FieldGenes, func(to []byte, r *Row) []byte { return text(to, r.Four) }},
	"seg4a":         {FieldGenes, func(to []byte, r *Row) []byte { return text(to, r.FourA) }},
	"seg4b":         {FieldGenes, func(to []byte, r *Row) []byte { return text(to, r.FourB) }},
	"seg3":          {FieldGenes, func(to []byte, r *Row) []byte { return text(to, r.Three) }},
	"evalue":        {FieldEValue, func(to []byte, r *Row) []byte { return exponent(to, r.EValue) }},
	"evalue_left":   {FieldEValue, func(to []byte, r *Row) []byte { return exponent(to, r.EValueLeft) }},
	"evalue_right":  {FieldEValue, func(to []byte, r *Row) []byte { return exponent(to, r.EValueRight) }},
	"lenSeqAverage": {FieldLength, length},

	"lenCDR3":        {FieldCDR3, func(to []byte, r *Row) []byte { return between(to, r.CDR3Start, r.CDR3End) }},
	"lenJunction":    {FieldJunction, func(to []byte, r *Row) []byte { return between(to, r.JunctionStart, r.JunctionEnd) }},
	"seg5_delRight":  {FieldPositions, func(to []byte, r *Row) []byte { return number(to, r.FiveDelRight, 0) }},
	"seg3_delLeft":   {FieldPositions, func(to []byte, r *Row) []byte { return number(to, r.ThreeDelLeft, 0) }},
	"seg4_delRight":  {FieldPositions, func(to []byte, r *Row) []byte { return number(to, r.FourDelRight, 0) }},
	"seg4_delLeft":   {FieldPositions, func(to []byte, r *Row) []byte { return number(to, r.FourDelLeft, 0) }},
	"seg5_stop":      {FieldPositions, func(to []byte, r *Row) []byte { return number(to, r.FiveEnd, 0) }},
	"seg3_start":     {FieldPositions, func(to []byte, r *Row) []byte { return number(to, r.ThreeStart, 1) }},
	"seg4_stop":      {FieldPositions, func(to []byte, r *Row) []byte { return number(to, r.FourEnd, 0) }},
	"seg4_start":     {FieldPositions, func(to []byte, r *Row) []byte { return number(to, r.FourStart, 1) }},
	"cdr3_stop":      {FieldCDR3, func(to []byte, r *Row) []byte { return number(to, r.CDR3End, 0) }},
	"cdr3_start":     {FieldCDR3, func(to []byte, r *Row) []byte { return number(to, r.CDR3Start, 1) }},
	"junction_stop":  {FieldJunction, func(to []byte, r *Row) []byte { return number(to, r.JunctionEnd, 0) }},
	"junction_start": {FieldJunction, func(to []byte, r *Row) []byte { return number(to, r.JunctionStart, 1) }},
	"productive":     {FieldProductive, isProductive},
	"insert_53":      {FieldPositions, func(to []byte, r *Row) []byte { return between(to, r.FiveEnd, r.ThreeStart) }},
	"insert_54":      {FieldPositions, func(to []byte, r *Row) []byte { return between(to, r.FiveEnd, r.FourStart) }},
	"insert_43":      {FieldPositions, func(to []byte, r *Row) []byte { return between(to, r.FourEnd, r.ThreeStart) }},
}

// Axes lists the axes of distributions, sorted.
func Axes() []string { return sortedKeys(axes) }

func text(to, s []byte) []byte {
	if len(s) == 0 {
		return append(to, notKnown...)
	}
	return append(to, s...)
}

func number(to []byte, v, base int) []byte {
	if v == Unknown {
		return append(to, notKnown...)
	}
	return strconv.AppendInt(to, int64(v+base), 10)
}

// between is the number of letters from one position to another. Genes that
// overlap have a negative number between them.
func between(to []byte, start, end int) []byte {
	if start == Unknown || end == Unknown {
		return append(to, notKnown...)
	}
	return strconv.AppendInt(to, int64(end-start), 10)
}

func exponent(to []byte, v float64) []byte {
	if v < 0 {
		return append(to, notKnown...)
	}
	return strconv.AppendFloat(to, v, 'e', 6, 64)
}

func length(to []byte, r *Row) []byte {
	if r.AverageLength <= 0 {
		return append(to, notKnown...)
	}
	return strconv.AppendInt(to, int64(math.Round(r.AverageLength)), 10)
}

func isProductive(to []byte, r *Row) []byte {
	switch r.Productive {
	case ProductiveYes:
		return append(to, "true"...)
	case ProductiveNo:
		return append(to, "false"...)
	}
	return append(to, notKnown...)
}

// counter counts the clonotypes of one sample along axes.
type counter struct {
	names []string
	axes  []axis
	bins  map[string]*vidjilfile.Bin
	key   []byte
	ends  []int
}

func newCounter(names []string) (*counter, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("a distribution without axes")
	}
	c := &counter{names: names, bins: map[string]*vidjilfile.Bin{}}
	for _, name := range names {
		a, ok := axes[name]
		if !ok {
			return nil, fmt.Errorf("no axis %q for distributions", name)
		}
		c.axes = append(c.axes, a)
	}
	return c, nil
}

func (c *counter) want() Fields {
	var want Fields
	for _, a := range c.axes {
		want |= a.want
	}
	return want
}

func (c *counter) add(r *Row) {
	c.key, c.ends = c.key[:0], c.ends[:0]
	for _, a := range c.axes {
		c.key = a.append(c.key, r)
		c.ends = append(c.ends, len(c.key))
		c.key = append(c.key, 0) // no value has this letter: "a","bc" is not "ab","c"
	}
	b := c.bins[string(c.key)]
	if b == nil {
		b = &vidjilfile.Bin{At: make([]string, len(c.axes)), Counts: make([]int, 2)}
		start := 0
		for i, end := range c.ends {
			b.At[i], start = string(c.key[start:end]), end+1
		}
		c.bins[string(c.key)] = b
	}
	b.Counts[0]++
	b.Counts[1] += int(r.Reads)
}

func (c *counter) result() vidjilfile.Distribution {
	d := vidjilfile.Distribution{Axes: c.names, Values: make([]vidjilfile.Bin, 0, len(c.bins))}
	for _, b := range c.bins {
		d.Values = append(d.Values, *b)
	}
	slices.SortFunc(d.Values, func(a, b vidjilfile.Bin) int { return slices.Compare(a.At, b.At) })
	return d
}
