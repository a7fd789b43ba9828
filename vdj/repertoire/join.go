package repertoire

import (
	"cmp"
	"fmt"
	"slices"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// standing says whose word counts of a clonotype: best rank first, then most
// reads, then the earliest sample.
type standing struct {
	top, reads, sample int
}

func (s standing) compare(o standing) int {
	return cmp.Or(cmp.Compare(s.top, o.top), cmp.Compare(o.reads, s.reads), cmp.Compare(s.sample, o.sample))
}

// said is a value and who said it.
type said[T any] struct {
	value T
	by    standing
	set   bool
}

func (s *said[T]) offer(value T, by standing) {
	if !s.set || by.compare(s.by) < 0 {
		*s = said[T]{value, by, true}
	}
}

// opinion is what a sample says of a clonotype, where samples may differ.
type opinion struct {
	name       string
	productive int8
}

// design is what a sample says a clonotype looks like. It is a copy: to point
// into a sample's clonotypes would keep all of them in memory.
type design struct {
	name, sequence string
	seg            vidjilfile.Seg
}

// joined is a clonotype that grows sample by sample.
type joined struct {
	id   string
	top  int
	some bool // anything was added

	// A sequence, its name and its designation belong together: positions are
	// those of that sequence. bare is what there is without one.
	whole, bare said[*design]

	system, label, tag said[string]
	expected           said[float64]

	reads    []int
	length   []float64
	coverage []float64
	info     []string
	warnings []vidjilfile.Warning

	// opinions has what was said, and of each sample which of them it said: a
	// clonotype mostly has one.
	opinions []opinion
	of       []struct{ sample, opinion int }

	extras []said[vidjilfile.Bag]
}

// add joins what a sample says. A second clonotype of the same identifier in a
// sample adds its reads.
func (j *joined) add(c *vidjilfile.Clone, sample, samples int) {
	n := first(c.Reads)
	by := standing{c.Top, n, sample}
	if !j.some {
		j.id, j.top, j.some = c.ID, c.Top, true
		j.reads = make([]int, samples)
	}
	j.top = min(j.top, c.Top)
	again := j.reads[sample] > 0
	j.reads[sample] += n
	if !again {
		j.lists(c, sample, samples)
		at := opinion{c.Name, productive(c)}
		k := slices.Index(j.opinions, at)
		if k < 0 {
			k = len(j.opinions)
			j.opinions = append(j.opinions, at)
		}
		j.of = append(j.of, struct{ sample, opinion int }{sample, k})
	}
	best := &j.bare
	if c.Sequence != "" {
		best = &j.whole
	}
	if !best.set || by.compare(best.by) < 0 {
		*best = said[*design]{&design{c.Name, c.Sequence, c.Seg}, by, true}
	}
	for _, text := range []struct {
		to    *said[string]
		value string
	}{{&j.system, c.Germline}, {&j.label, c.Label}, {&j.tag, c.Tag}} {
		if text.value != "" {
			text.to.offer(text.value, by)
		}
	}
	if c.Expected.Valid {
		j.expected.offer(c.Expected.Value, by)
	}
	for _, w := range c.Warnings {
		w.Sample = vidjilfile.Opt[int]{Value: sample, Valid: samples > 1}
		j.warnings = append(j.warnings, w)
	}
	if len(c.Extra) > 0 && !again {
		j.extras = append(j.extras, said[vidjilfile.Bag]{c.Extra, by, true})
	}
}

// lists puts the sample's values into the lists, which are made when a sample
// has the first: many results have no coverage.
func (j *joined) lists(c *vidjilfile.Clone, sample, samples int) {
	if v := c.AverageReadLength; len(v) > 0 {
		j.length = put(j.length, v[0], sample, samples)
	}
	if v := c.Coverage; len(v) > 0 {
		j.coverage = put(j.coverage, v[0], sample, samples)
	}
	if v := c.CoverageInfo; len(v) > 0 {
		j.info = put(j.info, v[0], sample, samples)
	}
}

func put[T any](list []T, v T, sample, samples int) []T {
	if list == nil {
		list = make([]T, samples)
	}
	list[sample] = v
	return list
}

// clone is the clonotype of the fused result.
func (j *joined) clone(samples int) vidjilfile.Clone {
	c := vidjilfile.Clone{ID: j.id, Top: j.top, Reads: j.reads}
	if j.bare.set {
		c.Name, c.Seg = j.bare.value.name, j.bare.value.seg
	}
	if d := j.whole.value; d != nil {
		c.Sequence, c.Seg = d.sequence, d.seg
		c.Name = or(d.name, c.Name) // a name may have been said without a sequence
	}
	c.Germline, c.Label, c.Tag = j.system.value, j.label.value, j.tag.value
	c.Expected = vidjilfile.Opt[float64]{Value: j.expected.value, Valid: j.expected.set}
	c.AverageReadLength, c.Coverage, c.CoverageInfo = j.length, j.coverage, j.info
	c.Warnings = slices.Concat(j.warnings, j.differences(&c))
	c.Extra = j.extra(samples)
	return c
}

// differences are the warnings of samples that say otherwise than the fused
// clonotype. Saying nothing is no difference.
func (j *joined) differences(c *vidjilfile.Clone) []vidjilfile.Warning {
	if len(j.opinions) < 2 {
		return nil
	}
	is := productive(c)
	for _, o := range j.opinions {
		if is == ProductiveUnknown {
			is = o.productive
		}
	}
	var out []vidjilfile.Warning
	for _, s := range j.of {
		o := j.opinions[s.opinion]
		at := vidjilfile.Opt[int]{Value: s.sample, Valid: true}
		if o.name != "" && c.Name != "" && o.name != c.Name {
			out = append(out, vidjilfile.Warning{
				Code: "W81", Level: levelAlert, Sample: at,
				Message: fmt.Sprintf("designated differently in sample %d: %s", s.sample+1, o.name),
			})
		}
		if o.productive != ProductiveUnknown && is != ProductiveUnknown && o.productive != is {
			word := "productive"
			if o.productive == ProductiveNo {
				word = "unproductive"
			}
			out = append(out, vidjilfile.Warning{
				Code: "W82", Level: levelAlert, Sample: at,
				Message: fmt.Sprintf("%s in sample %d, unlike in others", word, s.sample+1),
			})
		}
	}
	return out
}

// levelAlert is the level of warnings that put a result in doubt.
const levelAlert = "error"

func (j *joined) extra(samples int) vidjilfile.Bag {
	if len(j.extras) == 0 {
		return nil
	}
	bags := make([]vidjilfile.Bag, samples)
	slices.SortFunc(j.extras, func(a, b said[vidjilfile.Bag]) int { return a.by.compare(b.by) })
	joiner := joiner{pad: zero}
	for _, e := range j.extras {
		bags[e.by.sample] = e.value
		joiner.order = append(joiner.order, e.by.sample)
	}
	return joiner.joinBags(bags)
}
