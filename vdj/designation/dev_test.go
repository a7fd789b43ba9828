package designation_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"vidjil.org/vidjil/vdj/curated"
	"vidjil.org/vidjil/vdj/designation"
)

func TestDev(t *testing.T) {
	name := os.Getenv("DEV")
	if name == "" {
		t.Skip()
	}
	e := humanEngine(t)
	clones, _ := curated.ReadClones(shared(t, "data/simulated/"+name+".clones.tsv.gz"))
	reads, _ := curated.ReadTruth(shared(t, "data/simulated/"+name+".truth.tsv.gz"))
	obs := designateAll(t, e, shared(t, "data/simulated/"+name+".fastq.gz"))
	by := map[string]*curated.Clone{}
	for i := range clones {
		by[clones[i].ID] = &clones[i]
	}
	om := map[string]curated.Observation{}
	for _, o := range obs {
		om[o.ID] = o
	}
	gene := func(s string) string { b, _, _ := strings.Cut(s, "*"); return b }
	cat := map[string]int{}
	for _, r := range reads {
		c := by[r.Clone]
		if c == nil {
			continue
		}
		o := om[r.ID]
		k := ""
		var vg, va bool
		for _, v := range o.V {
			if gene(v) == gene(c.V) {
				vg = true
			}
			if v == c.V {
				va = true
			}
		}
		switch {
		case o.System == "":
			k = "undetected " + o.Cause
		case o.System != c.System:
			k = "locus " + o.System
		case !vg:
			k = "vgene"
		case !va:
			k = "vallele"
		case len(o.J) > 0 && !slices.ContainsFunc(o.J, func(j string) bool { return gene(j) == gene(c.J) }):
			k = "jgene"
		default:
			continue
		}
		cat[c.System+" "+k]++
		if cat[c.System+" "+k] <= 4 {
			fmt.Printf("%s %s %s [%s] exp %s obs %s V%v shm %d err %d left %d rev %t\n", r.ID, r.Clone, k, c.System, c.Designation, o.Designation, o.V, c.SHM, r.Errors, c.BreakStart-c.ReadStart, r.Reverse)
		}
	}
	for k, v := range cat {
		fmt.Println(v, k)
	}
}

func TestDevOne(t *testing.T) {
	q := os.Getenv("SEQ")
	if q == "" {
		t.Skip()
	}
	e := humanEngine(t)
	var sc designation.Scratch
	d := e.Designate([]byte(q), &sc)
	fmt.Println(d.System, d.Cause, d.Text(e.Set()))
	fmt.Printf("%+v\n%+v\n", d.Five, d.Three)
	sc.Dump(e)
}
