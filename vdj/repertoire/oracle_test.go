package repertoire

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// oracle fuses as the original is described: choose identifiers, cut every
// file, fold the files from the left, two at a time. Where ranks are equal the
// original takes the left clonotype; here the one with more reads, then the
// left one.
type oracle struct {
	samples  int
	clones   map[string]*oracleClone
	order    []string
	germline map[string][]int
	bins     []map[string][2]int // by sample: germline\x00length → clonotypes, reads
	decades  []map[string]int
}

type oracleClone struct {
	top, best  int // best: the reads that the winner had
	name       string
	productive bool
	reads      []int
	lengths    []float64
	codes      map[string]bool
}

func oracleOf(files []*vidjilfile.File, top, perSystem int) *oracle {
	chosen := map[string]bool{}
	for _, f := range files {
		clones := slices.Clone(f.Clones)
		slices.SortStableFunc(clones, func(a, b vidjilfile.Clone) int { return a.Top - b.Top })
		kept := map[string]int{}
		for _, c := range clones {
			if c.Top <= top || kept[c.Germline] < perSystem {
				kept[c.Germline]++
				chosen[c.ID] = true
			}
		}
	}
	var all *oracle
	for _, f := range files {
		one := oracleFile(f, chosen)
		if all == nil {
			all = one
			continue
		}
		all = all.fold(one)
	}
	all.order = slices.SortedFunc(maps.Keys(all.clones), func(a, b string) int {
		x, y := all.clones[a], all.clones[b]
		if x.top != y.top {
			return x.top - y.top
		}
		if d := total(y.reads) - total(x.reads); d != 0 {
			return d
		}
		return map[bool]int{true: -1, false: 1}[a < b]
	})
	return all
}

func total(list []int) (n int) {
	for _, v := range list {
		n += v
	}
	return n
}

func oracleFile(f *vidjilfile.File, chosen map[string]bool) *oracle {
	o := &oracle{
		samples: 1, clones: map[string]*oracleClone{}, germline: map[string][]int{},
		bins: []map[string][2]int{{}}, decades: []map[string]int{{}},
	}
	maps.Copy(o.germline, f.Reads.Germline)
	for _, c := range f.Clones {
		at := c.Germline + "\x00" + strconv.Itoa(int(math.Round(c.AverageReadLength[0])))
		b := o.bins[0][at]
		o.bins[0][at] = [2]int{b[0] + 1, b[1] + c.Reads[0]}
		for _, d := range []struct {
			key string
			t   float64
		}{{"0.1", .1}, {"0.01", .01}, {"0.001", .001}, {"0.0001", .0001}, {"0.00001", .00001}, {"0.000001", .000001}, {"0.0000001", .0000001}} {
			if float64(c.Reads[0])/float64(f.Reads.Segmented[0]) >= d.t {
				o.decades[0][d.key] += c.Reads[0]
				break
			}
		}
		if !chosen[c.ID] {
			continue
		}
		codes := map[string]bool{}
		for _, w := range c.Warnings {
			codes[w.Code] = true
		}
		o.clones[c.ID] = &oracleClone{
			top: c.Top, best: c.Reads[0], name: c.Name, productive: c.Seg.Junction.Productive.Value, reads: c.Reads,
			lengths: c.AverageReadLength, codes: codes,
		}
	}
	return o
}

func (o *oracle) fold(right *oracle) *oracle {
	out := &oracle{
		samples: o.samples + right.samples, clones: map[string]*oracleClone{}, germline: map[string][]int{},
		bins: slices.Concat(o.bins, right.bins), decades: slices.Concat(o.decades, right.decades),
	}
	for _, side := range []*oracle{o, right} {
		for system := range side.germline {
			a, b := o.germline[system], right.germline[system]
			if a == nil {
				a = make([]int, o.samples)
			}
			if b == nil {
				b = make([]int, right.samples)
			}
			out.germline[system] = slices.Concat(a, b)
		}
		for id := range side.clones {
			out.clones[id] = foldClone(o.clones[id], right.clones[id], o.samples, right.samples)
		}
	}
	return out
}

func foldClone(a, b *oracleClone, na, nb int) *oracleClone {
	switch {
	case a == nil:
		c := *b
		c.reads, c.lengths = slices.Concat(make([]int, na), b.reads), slices.Concat(make([]float64, na), b.lengths)
		return &c
	case b == nil:
		c := *a
		c.reads, c.lengths = slices.Concat(a.reads, make([]int, nb)), slices.Concat(a.lengths, make([]float64, nb))
		return &c
	}
	c := *a
	if b.top < a.top || b.top == a.top && b.best > a.best {
		c = *b
	}
	c.reads, c.lengths = slices.Concat(a.reads, b.reads), slices.Concat(a.lengths, b.lengths)
	c.codes = maps.Clone(a.codes)
	maps.Copy(c.codes, b.codes)
	if a.name != b.name {
		c.codes["W81"] = true
	}
	if a.productive != b.productive {
		c.codes["W82"] = true
	}
	return &c
}

func TestFuseAgreesWithTheOriginalByTheLetter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		files := drawFiles(t)
		top, perSystem := rapid.IntRange(1, 8).Draw(t, "top"), rapid.IntRange(0, 3).Draw(t, "per system")
		got := fuse(t, Options{
			Top: top, MinPerSystem: perSystem, Threads: 2, Distributions: [][]string{{"germline", "lenSeqAverage"}},
		}, files...)
		want := oracleOf(files, top, perSystem)
		file := got.File()
		var ids []string
		for i := range file.Clones {
			c := &file.Clones[i]
			ids = append(ids, c.ID)
			w := want.clones[c.ID]
			if w == nil {
				t.Fatalf("%s is kept, the oracle has not chosen it", c.ID)
			}
			codes := map[string]bool{}
			for _, warning := range c.Warnings {
				codes[warning.Code] = true
			}
			g := oracleClone{
				top: c.Top, best: w.best, name: c.Name, productive: c.Seg.Junction.Productive.Value, reads: c.Reads,
				lengths: c.AverageReadLength, codes: codes,
			}
			if diff := cmp.Diff(*w, g, cmp.AllowUnexported(oracleClone{})); diff != "" {
				t.Fatalf("%s (-oracle +fuse):\n%s", c.ID, diff)
			}
		}
		if diff := cmp.Diff(want.order, ids); diff != "" {
			t.Fatalf("order (-oracle +fuse):\n%s", diff)
		}
		if diff := cmp.Diff(want.germline, file.Reads.Germline); diff != "" {
			t.Fatalf("reads.germline (-oracle +fuse):\n%s", diff)
		}
		for i := range files {
			for key, list := range file.Reads.Distribution {
				if list[i] != want.decades[i][key] {
					t.Fatalf("sample %d, reads.distribution %s: got %d, want %d", i, key, list[i], want.decades[i][key])
				}
			}
			bins := map[string][2]int{}
			for _, b := range got.Samples[i].Distributions[0].Values {
				bins[b.At[0]+"\x00"+b.At[1]] = [2]int{b.Counts[0], b.Counts[1]}
			}
			if diff := cmp.Diff(want.bins[i], bins); diff != "" {
				t.Fatalf("sample %d: distribution (-oracle +fuse):\n%s", i, diff)
			}
		}
	})
}
