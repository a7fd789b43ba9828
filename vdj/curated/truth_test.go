package curated

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// simulated reads the clones and the truth of one simulated set.
func simulated(tb testing.TB, name string) ([]Clone, []TrueRead) {
	tb.Helper()
	clones, err := ReadClones(shared(tb, "simulated/"+name+".clones.tsv.gz"))
	if err != nil {
		tb.Fatal(err)
	}
	reads, err := ReadTruth(shared(tb, "simulated/"+name+".truth.tsv.gz"))
	if err != nil {
		tb.Fatal(err)
	}
	return clones, reads
}

func TestSimulatedTablesReadBack(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"small", "hard", "short", "long", "rnaseq"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clones, reads := simulated(t, name)
			table, truth := []byte(CloneHeader()), []byte(TruthHeader())
			for i := range clones {
				table = clones[i].AppendTSV(table)
			}
			for i := range reads {
				truth = reads[i].AppendTSV(truth)
			}
			again, err := ReadClones(bytes.NewReader(table))
			if diff := cmp.Diff(clones, again); err != nil || diff != "" {
				t.Errorf("clones: %v\n%s", err, diff)
			}
			readsAgain, err := ReadTruth(bytes.NewReader(truth))
			if diff := cmp.Diff(reads, readsAgain); err != nil || diff != "" {
				t.Errorf("truth: %v\n%s", err, diff)
			}
		})
	}
}

func TestTablesRefuse(t *testing.T) {
	t.Parallel()
	const good = "c0\tTRG\tA 1//2 B\tA\t\tB\t\t\t0\t0\t1\t2\t3\t0\t4\tACGT\n"
	if _, err := ReadClones(strings.NewReader(CloneHeader() + good)); err != nil {
		t.Fatal(err)
	}
	for name, line := range map[string]string{
		"not a number": strings.Replace(good, "\t2\t3\t", "\tx\t3\t", 1), "break past the end": strings.Replace(good, "\t2\t3\t", "\t2\t5\t", 1),
		"break backwards": strings.Replace(good, "\t2\t3\t", "\t3\t2\t", 1), "reads past the end": strings.Replace(good, "\t4\tA", "\t5\tA", 1),
		"few fields": "c0\tTRG\n",
	} {
		if _, err := ReadClones(strings.NewReader(CloneHeader() + line)); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := ReadTruth(strings.NewReader(TruthHeader() + "r0\tc0\t+\tmany\t100\n")); err == nil {
		t.Error("errors that are no number: no error")
	}
	if _, err := ReadTruth(strings.NewReader("read\tclone\n")); err == nil {
		t.Error("missing columns: no error")
	}
}

// assembled writes out the sequence that a designation stands for.
func assembled(g Germline, d Designation) string {
	s := ""
	for i, name := range d.Genes {
		gene := g(name)
		from, to := 0, len(gene)
		if i > 0 {
			from = d.Junctions[i-1].DelRight
		}
		if i < len(d.Junctions) {
			to -= d.Junctions[i].DelLeft
		}
		s += string(gene[from:to])
		if i < len(d.Junctions) {
			s += d.Junctions[i].Inserted
		}
	}
	return s
}

// drawGenes makes two or three genes of two letters, so that breaks are often
// ambiguous.
func drawGenes(t *rapid.T) (Germline, Designation) {
	letters := map[string][]byte{}
	var d Designation
	for i := range rapid.IntRange(2, 3).Draw(t, "genes") {
		name := string(rune('A' + i))
		letters[name] = rapid.SliceOfN(rapid.SampledFrom([]byte("AC")), 8, 14).Draw(t, name)
		d.Genes = append(d.Genes, name)
		if i > 0 {
			n := rapid.StringOfN(rapid.SampledFrom([]rune("AC")), 0, 3, -1).Draw(t, "inserted")
			d.Junctions = append(d.Junctions, &Junction{
				DelLeft: rapid.IntRange(0, 2).Draw(t, "left"), DelRight: rapid.IntRange(0, 2).Draw(t, "right"),
				Inserted: n, Length: len(n), Letters: true,
			})
		}
	}
	return func(name string) []byte { return letters[name] }, d
}

// TestNormalKeepsTheSequence: the normal form stands for the same letters, is
// its own normal form, and leaves nothing to extend.
func TestNormalKeepsTheSequence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g, d := drawGenes(t)
		before := d.String()
		n := g.Normal(d)
		if d.String() != before {
			t.Fatalf("Normal changed its argument to %s", d)
		}
		if got, want := assembled(g, n), assembled(g, d); got != want {
			t.Fatalf("%s became %s: %s, want %s", d, n, got, want)
		}
		if again := g.Normal(n); again.String() != n.String() {
			t.Fatalf("%s became %s, then %s", d, n, again)
		}
		for i, j := range n.Junctions {
			left, right := g(n.Genes[i]), g(n.Genes[i+1])
			if j.Length != len(j.Inserted) {
				t.Fatalf("%s: length %d of %q", n, j.Length, j.Inserted)
			}
			if j.Inserted != "" && j.DelLeft > 0 && left[len(left)-j.DelLeft] == j.Inserted[0] {
				t.Fatalf("%s became %s: insertion extends %s", d, n, left)
			}
			if j.Inserted != "" && j.DelRight > 0 && right[j.DelRight-1] == j.Inserted[len(j.Inserted)-1] {
				t.Fatalf("%s became %s: insertion extends %s", d, n, right)
			}
		}
	})
}

// TestNormalIsOne: two genes joined without insertion may be cut in several
// places, all of which have one normal form.
func TestNormalIsOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		shared := rapid.StringOfN(rapid.SampledFrom([]rune("ACGT")), 0, 4, -1).Draw(t, "shared")
		letters := map[string][]byte{"V": []byte("GGGGGGGG" + shared + "TTT"), "J": []byte("AAA" + shared + "CCCCCCCC")}
		g := Germline(func(name string) []byte { return letters[name] })
		forms := map[string]bool{}
		for cut := 0; cut <= len(shared); cut++ {
			d := Designation{[]string{"V", "J"}, []*Junction{{DelLeft: 3 + len(shared) - cut, DelRight: 3 + cut, Letters: true}}}
			forms[g.Normal(d).String()] = true
			for from := 0; from <= cut; from++ { // with some of the shared letters called inserted
				n := shared[from:cut]
				d := Designation{[]string{"V", "J"}, []*Junction{{DelLeft: 3 + len(shared) - from, DelRight: 3 + cut, Inserted: n, Length: len(n), Letters: true}}}
				forms[g.Normal(d).String()] = true
			}
		}
		if len(forms) != 1 {
			t.Fatalf("shared %q: %d normal forms: %v", shared, len(forms), forms)
		}
	})
}

// TestSimulatedTruthScoresFull feeds the scorer the truth itself.
func TestSimulatedTruthScoresFull(t *testing.T) {
	t.Parallel()
	genes := human(t)
	for _, name := range []string{"small", "hard", "short", "long", "rnaseq"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clones, reads := simulated(t, name)
			normal, text := map[string]Observation{}, map[string]Observation{}
			for i := range clones {
				c := &clones[i]
				d, err := c.Normal(genes)
				if err != nil {
					t.Fatal(err)
				}
				o := Observation{System: c.System, Designation: d.String(), Junction: c.Junction, V: []string{"IGHV0*01", c.V}}
				normal[c.ID] = o
				o.Designation, o.V = c.Designation, nil
				text[c.ID] = o
			}
			observe := func(from map[string]Observation) []Observation {
				var list []Observation
				for _, r := range reads {
					o := from[r.Clone]
					o.ID = r.ID
					list = append(list, o)
				}
				return list
			}
			r, err := ScoreReads(clones, reads, observe(normal), genes, ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range r.All.counts()[:8] {
				if c.Right != c.Total || c.Total == 0 {
					t.Errorf("normal form: column %d: %s", i, c)
				}
			}
			if r.Junk.Right != r.Junk.Total {
				t.Errorf("junk: %s", r.Junk)
			}
			if r.All.MeanVTies() != 2 {
				t.Errorf("V ties: %.2f, want 2", r.All.MeanVTies())
			}
			t.Logf("a program that says the normal form has the literal text in %.1f %% (complete %.1f %%, incomplete %.1f %%)",
				r.All.Text.Percent(), r.Complete.Text.Percent(), r.Incomplete.Text.Percent())
			r, err = ScoreReads(clones, reads, observe(text), genes, ReadOptions{})
			if err != nil || r.All.Text.Right != r.All.Text.Total || r.All.Detected.Total == 0 {
				t.Errorf("text: %s, %v", r.All.Text, err)
			}
			// Letters of insertions that were mutated afterwards: not in the reads.
			if p := r.All.Full.Percent(); p < 90 || p == 100 {
				t.Errorf("full of the text: %.2f %%", p)
			}
		})
	}
}

func TestScoreReads(t *testing.T) {
	t.Parallel()
	g := Germline(func(name string) []byte {
		return map[string][]byte{
			"TRDV1*01": []byte("GGGGGGGGGGTCA"), "TRDV1*02": []byte("GGGGGGGGCGTCA"), "TRDD3*01": []byte("ACTGGGGGATACG"),
			"TRDJ1*01": []byte("ACACCGATAAACTC"),
		}[name]
	})
	// V less 1, TT, D less 2 and 3, nothing, J whole.
	const middle = "TT" + "TGGGGGAT"
	clone := Clone{
		ID: "c", System: "TRD", Designation: "TRDV1*01 1/TT/2 TRDD3*01 3//0 TRDJ1*01", V: "TRDV1*01", D: []string{"TRDD3*01"},
		J: "TRDJ1*01", Junction: "TTT", Sequence: "GGGGGGGGGGTC" + middle + "ACACCGATAAACTC", BreakStart: 12, BreakEnd: 22,
	}
	full := Observation{ID: "r", System: "TRD", Designation: clone.Designation, Junction: "TTT"}
	for _, tc := range []struct {
		name   string
		change func(o *Observation)
		want   string // one sign a column: 1 right, 0 wrong, - not asked
	}{
		{"all right", func(*Observation) {}, "111111111"},
		{"nothing", func(o *Observation) { *o = Observation{ID: "r"} }, "00000--00"},
		{"other system", func(o *Observation) { o.System = "TRD+" }, "101111111"},
		{"an equal cut", func(o *Observation) { o.Designation = "TRDV1*01 1/TTT/3 TRDD3*01 2//1 TRDJ1*01" }, "111111110"},
		{"another cut", func(o *Observation) { o.Designation = "TRDV1*01 1/TT/2 TRDD3*01 3//1 TRDJ1*01" }, "111111100"},
		{"other letters", func(o *Observation) { o.Designation = "TRDV1*01 1/TG/2 TRDD3*01 3//0 TRDJ1*01" }, "111111100"},
		{"other allele", func(o *Observation) { o.Designation = "TRDV1*02 1/TT/2 TRDD3*01 3//0 TRDJ1*01" }, "111011100"},
		{"truth among ties", func(o *Observation) {
			o.Designation, o.V = "TRDV1*02 1/TT/2 TRDD3*01 3//0 TRDJ1*01", []string{"TRDV1*02", "TRDV1*01"}
		}, "111111110"},
		{"too many ties", func(o *Observation) {
			o.Designation = "TRDV1*02 1/TT/2 TRDD3*01 3//0 TRDJ1*01"
			o.V = []string{"TRDV1*02", "TRDV1*01", "TRDV1*03", "TRDV1*04"}
		}, "111011100"},
		{"no D", func(o *Observation) { o.Designation = "TRDV1*01 1/TTTGGGGGAT/0 TRDJ1*01" }, "111110100"},
		{"other D", func(o *Observation) { o.Designation = "TRDV1*01 1/TT/2 TRDD2*01 3//0 TRDJ1*01" }, "111110100"},
		{"other V", func(o *Observation) { o.Designation = "TRDV2*01 1/TT/2 TRDD3*01 3//0 TRDJ1*01" }, "110011100"},
		{"other junction", func(o *Observation) { o.Junction = "TTA" }, "111111011"},
		{"lists only", func(o *Observation) {
			o.Designation, o.V, o.D, o.J = "", []string{"TRDV1*01"}, []string{"TRDD3*01"}, []string{"TRDJ1*01"}
		}, "111111100"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o := full
			tc.change(&o)
			r, err := ScoreReads([]Clone{clone}, []TrueRead{{ID: "r", Clone: "c"}}, []Observation{o}, g, ReadOptions{MaxTies: 3})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, c := range r.All.counts() {
				got += map[Count]string{{1, 1}: "1", {0, 1}: "0", {0, 0}: "-"}[*c]
			}
			if got != tc.want {
				t.Errorf("detected, locus, V, allele, J, D, junction, full, text: %s, want %s", got, tc.want)
			}
			if !cmp.Equal(*r.Systems["TRD"], r.All) || !cmp.Equal(r.Complete, r.All) || r.Incomplete.Detected.Total != 0 {
				t.Errorf("the groups differ: %+v", r)
			}
		})
	}
	if _, err := ScoreReads([]Clone{clone}, []TrueRead{{ID: "r", Clone: "d"}}, nil, g, ReadOptions{}); err == nil {
		t.Error("a read of no clone: no error")
	}
	misfit := clone
	misfit.BreakEnd = 13
	if _, err := ScoreReads([]Clone{misfit}, nil, nil, g, ReadOptions{}); err == nil {
		t.Error("a designation that does not fit: no error")
	}
	var b bytes.Buffer
	r, err := ScoreReads([]Clone{clone}, []TrueRead{{ID: "r", Clone: "c"}, {ID: "j", Clone: NoClone}}, []Observation{full, {ID: "j", System: "IGH"}}, g, ReadOptions{})
	if err != nil || r.WriteTable(&b) != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"system  reads  detected   locus", "not recombined: 1 reads, 1 of them reported"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("table lacks %q:\n%s", want, b.String())
		}
	}
}

func TestScoreClonotypes(t *testing.T) {
	t.Parallel()
	clone := func(id, middle string, reads int) Clone {
		return Clone{ID: id, System: "TRG", Reads: reads, Junction: middle, Sequence: "GGGGGG" + middle + "TTTTTT", BreakStart: 6, BreakEnd: 6 + len(middle)}
	}
	clones := []Clone{clone("a", "ACAC", 50), clone("b", "CAGT", 20), clone("few", "CCCC", 2), clone("twin", "ACAC", 10), clone("lost", "CTCT", 9)}
	seen := func(middle string, reads int, cluster string) ObservedClonotype {
		return ObservedClonotype{Window: "GG" + middle + "TT", System: "TRG", Reads: reads, Junction: middle, Cluster: cluster}
	}
	spoilt := seen("CAGT", 20, "")
	spoilt.Junction = "CAG"
	for _, tc := range []struct {
		name     string
		observed []ObservedClonotype
		want     ClonotypeReport
	}{
		{
			"perfect",
			[]ObservedClonotype{seen("ACAC", 60, ""), seen("CAGT", 20, ""), seen("CTCT", 9, ""), seen("CCCC", 2, "")},
			ClonotypeReport{Found: Count{4, 4}, Junction: Count{4, 4}, Groups: 3},
		},
		{
			"missed",
			[]ObservedClonotype{seen("ACAC", 60, ""), seen("CAGT", 20, "")},
			ClonotypeReport{Found: Count{3, 4}, Junction: Count{3, 3}, Groups: 2, Missed: []string{"lost"}},
		},
		{
			"error apart",
			[]ObservedClonotype{seen("ACAC", 60, ""), seen("ACAG", 6, ""), seen("CAGT", 20, ""), seen("CTCT", 9, "")},
			ClonotypeReport{Found: Count{4, 4}, Junction: Count{4, 4}, Groups: 4, False: 1},
		},
		{
			"error clustered",
			[]ObservedClonotype{seen("ACAG", 6, "x"), seen("ACAC", 60, "x"), seen("CAGT", 20, ""), seen("CTCT", 9, "")},
			ClonotypeReport{Found: Count{4, 4}, Junction: Count{4, 4}, Groups: 3},
		},
		{
			"small error",
			[]ObservedClonotype{seen("ACAC", 60, ""), seen("ACAG", 4, ""), seen("CAGT", 20, ""), seen("CTCT", 9, "")},
			ClonotypeReport{Found: Count{4, 4}, Junction: Count{4, 4}, Groups: 3},
		},
		{
			"shifted window",
			[]ObservedClonotype{seen("ACAC", 30, ""), {Window: "GGGACACTT", Reads: 30}, seen("CAGT", 20, ""), seen("CTCT", 9, "")},
			ClonotypeReport{Found: Count{4, 4}, Junction: Count{4, 4}, Groups: 4, Duplicates: 1},
		},
		{
			"clone absorbed",
			[]ObservedClonotype{seen("ACAC", 60, "x"), seen("CAGT", 20, "x"), seen("CTCT", 9, "")},
			ClonotypeReport{Found: Count{4, 4}, Junction: Count{4, 4}, Groups: 2, Absorbed: 1},
		},
		{
			"wrong junction",
			[]ObservedClonotype{seen("ACAC", 60, ""), spoilt, seen("CTCT", 9, "")},
			ClonotypeReport{Found: Count{4, 4}, Junction: Count{3, 4}, Groups: 3},
		},
		{
			"window beside the break",
			[]ObservedClonotype{{Window: "TTTTTT", Reads: 10}},
			ClonotypeReport{Found: Count{0, 4}, Groups: 1, False: 1, Missed: []string{"a", "b", "twin", "lost"}},
		},
		{"nothing", nil, ClonotypeReport{Found: Count{0, 4}, Missed: []string{"a", "b", "twin", "lost"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := ScoreClonotypes(clones, nil, tc.observed, 0)
			if diff := cmp.Diff(&tc.want, got); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
	truth := []TrueRead{{Clone: "few"}, {Clone: "few"}, {Clone: "few"}}
	if got := ScoreClonotypes(clones, truth, nil, 3).Missed; !cmp.Equal(got, []string{"few"}) {
		t.Errorf("by reads: missed %v, want few", got)
	}
}

func TestReadVidjil(t *testing.T) {
	t.Parallel()
	const file = `{"clones": [
		{"id": "GACT", "germline": "TRG", "sequence": "AAGACTCC", "reads": [7], "seg": {"junction": {"start": 3, "stop": 6}}},
		{"id": "GAGT", "germline": "TRG", "sequence": "AAGAGT", "reads": [1], "seg": {"junction": {"start": 3, "stop": 60}}},
		{"id": "CCCC", "germline": "IGH+", "sequence": "CCCC", "reads": [2], "seg": {}}],
		"clusters": [["GACT", "GAGT"]]}`
	got, err := ReadVidjil(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	want := []ObservedClonotype{
		{Window: "GACT", System: "TRG", Sequence: "AAGACTCC", Reads: 7, Junction: "GACT", Cluster: "GACT"},
		{Window: "GAGT", System: "TRG", Sequence: "AAGAGT", Reads: 1, Cluster: "GACT"},
		{Window: "CCCC", System: "IGH+", Sequence: "CCCC", Reads: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("clonotypes (-want +got):\n%s", diff)
	}
	if _, err := ReadVidjil(strings.NewReader("[]")); err == nil {
		t.Error("no .vidjil: no error")
	}
	if _, err := ReadVidjil(strings.NewReader(`{"clusters": [[]]}`)); err != nil {
		t.Error(err)
	}
}
