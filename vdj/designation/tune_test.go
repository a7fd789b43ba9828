package designation_test

import (
	"fmt"
	"os"
	"testing"

	"vidjil.org/vidjil/vdj/curated"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
)

func TestTune(t *testing.T) {
	if os.Getenv("TUNE") == "" {
		t.Skip()
	}
	set, _ := germline.Human()
	entries, _ := curated.ReadTable(shared(t, "data/curated/curated.tsv"))
	germ := curated.NewGermline(set)
	type data struct {
		clones []curated.Clone
		reads  []curated.TrueRead
	}
	D := map[string]data{}
	names := []string{"small", "hard"}
	for _, n := range names {
		clones, _ := curated.ReadClones(shared(t, "data/simulated/"+n+".clones.tsv.gz"))
		reads, _ := curated.ReadTruth(shared(t, "data/simulated/"+n+".truth.tsv.gz"))
		D[n] = data{clones, reads}
	}
	run := func(e, r, ins, del, ddel, igh, trb, trd, sec float64) {
		designation.SetParams(e, r, ins, del, ddel, igh, trb, trd, sec)
		eng, _ := designation.New(set, designation.Options{Unexpected: true})
		var sc designation.Scratch
		var obs []curated.Observation
		for _, en := range entries {
			obs = append(obs, observe(set, en.ID, eng.Designate([]byte(en.Sequence), &sc)))
		}
		rep := curated.Score(entries, obs, germ)
		tot := rep.Totals()
		fmt.Printf("sec %.1f r %.2f ins %.2f del %.2f ddel %.2f igh %.1f trb %.1f trd %.1f | cur", sec, r, ins, del, ddel, igh, trb, trd)
		for _, l := range curated.Levels() {
			fmt.Printf(" %d", tot.At(l).Right)
		}
		for _, n := range names {
			o := designateAll(t, eng, shared(t, "data/simulated/"+n+".fastq.gz"))
			rr, err := curated.ScoreReads(D[n].clones, D[n].reads, o, germ, curated.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			a := rr.All
			fmt.Printf(" | %s Va %.2f D %.2f full %.2f/%.2f", n, a.VAllele.Percent(), a.D.Percent(), rr.Complete.Full.Percent(), rr.Incomplete.Full.Percent())
		}
		fmt.Println()
	}
	base := []float64{0.02, 1.6, 0.05, 0.15, 0.05, 6, 4.5, 5.5, 4}
	try := func(i int, vals ...float64) {
		for _, v := range vals {
			p := append([]float64(nil), base...)
			p[i] = v
			run(p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8])
		}
	}
	try(4, 0.02, 0.05, 0.08, 0.11)
	try(5, 5, 5.5, 6.5, 7)
	try(6, 3.5, 4, 5)
	try(7, 4.5, 5, 6)
	try(8, 2, 3, 6)
	try(1, 1.8, 2)
	try(3, 0.1, 0.2)
}
