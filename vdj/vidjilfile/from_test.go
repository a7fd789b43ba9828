package vidjilfile

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
)

var update = flag.Bool("update", false, "write the golden files anew")

// testSet is a small germline set with made-up genes.
func testSet() *germline.Set {
	gene := func(name string, segment germline.Segment, sequence string, anchor int) germline.Gene {
		return germline.Gene{Name: name, Locus: name[:3], Segment: segment, Sequence: []byte(sequence), Anchor: anchor}
	}
	return &germline.Set{
		Name: "test", Version: "1", Species: "Homo sapiens", TaxonID: 9606, Reference: "made up",
		Genes: []germline.Gene{
			gene("IGHV1-2*01", germline.V, "CAGGTGCAGCTGGTGCAGTCTGGGGCTGAGGTGACGGCCGTGTATTACTGTGCGAGAGA", 48),
			gene("IGHV1-2*02", germline.V, "CAGGTGCAGCTGGTGCAGTCTGGGGCTGAGGTGACGGCCGTGTATTACTGTGCGAGGGA", 48),
			gene("IGHD3-3*01", germline.D, "GTATTACGATTTTTGGAGTGGTTATTATACC", -1),
			gene("IGHD6-6*01", germline.D, "GAGTATAGCAGCTCGTCC", -1),
			gene("IGHJ4*02", germline.J, "ACTACTTTGACTACTGGGGCCAAGGAACCCTGGTCACCGTCTCCTCAG", 14),
			gene("IGHM*01", germline.C, "GGAGTGCATCCGCCCCAACCCTTTTCCCC", -1),
		},
		Systems: []germline.System{
			{Code: "IGH", Shortcut: "H", Recombinations: []germline.Recombination{{
				Five: []germline.Pool{{Name: "IGHV"}}, Four: []germline.Pool{{Name: "IGHD"}}, Three: []germline.Pool{{Name: "IGHJ"}},
			}}},
			{Code: "IGH+", Shortcut: "h", Recombinations: []germline.Recombination{{
				Five: []germline.Pool{{Name: "IGHD+up"}}, Three: []germline.Pool{{Name: "IGHJ"}},
			}}},
		},
	}
}

func match(start, from, to int, genes ...int) *designation.Match {
	return &designation.Match{
		Genes: genes, Start: start, End: start + to - from, GeneStart: from, GeneEnd: to,
		Runs: []designation.Run{{Op: designation.OpMatch, Len: to - from}},
	}
}

// testResult is a sample of three clonotypes: V-D-J with everything, D-J that
// reaches into the flank, one without designation.
func testResult() *clonotype.Result {
	vdj := []byte("TT" + "TATTACTGTGCGAGA" + "CC" + "GATTTTTGG" + "A" + "TTTGACTACTGGGGCC" + "GGAGTGC")
	dj := []byte("AAAAA" + "GAGTATAGCAGCTCGT" + "GG" + "CTACTTTGACTACTGG")
	return &clonotype.Result{
		TotalReads: 100, TotalBases: 25000,
		ReadsBySystem:      map[string]int{"IGH": 60, "IGH+": 20},
		ClonotypesBySystem: map[string]int{"IGH": 3, "IGH+": 1},
		Causes:             map[designation.Cause]int{designation.TooFew: 15, designation.TooShortRead: 2},
		Filtered:           3,
		Clonotypes: []clonotype.Clonotype{
			{
				Window: []byte("TGTGCGAGACCGATTTTTGGATTTGACTAC"), System: "IGH", Reads: 50, Rank: 1, Sequence: vdj,
				Quality:           bytes.Repeat([]byte{40}, len(vdj)),
				AverageReadLength: 52.5, Coverage: 0.98, CoverageInfo: "52 bp (98% of 52.5 bp)", Label: "spike",
				Warnings: []clonotype.Warning{{Code: "W69", Level: "info", Message: "several genes with equal probability: \"IGHV1-2\""}},
				Designation: &designation.Designation{
					Sequence: vdj, System: "IGH", Five: match(2, 42, 57, 0, 1), Ds: []*designation.Match{match(19, 7, 16, 2)},
					Three: match(29, 5, 21, 4), C: match(45, 0, 7, 5),
					Insertions: []designation.Insertion{{Start: 17, End: 19, DelLeft: 2, DelRight: 7}, {Start: 28, End: 29, DelLeft: 15, DelRight: 5}},
					Junction:   designation.Span{Start: 8, End: 41}, CDR3: designation.Span{Start: 11, End: 38},
					FWR3: designation.Span{Start: 2, End: 11}, JunctionAA: "CARPIFGFDYW", Productive: true, InFrame: true,
					VIdentity: 98.7654, EValue: 1.23456789e-40, EFive: 0, EThree: 3e-12,
				},
			},
			{
				Window: []byte("GCAGCTCGTGGCTACTTTGACTAC"), System: "IGH+", Reads: 20, Rank: 2, Sequence: dj,
				AverageReadLength: 39, Coverage: 1, CoverageInfo: "39 bp (100% of 39.0 bp)",
				Designation: &designation.Designation{
					Sequence: dj, System: "IGH+", Five: match(0, -5, 16, 3), Three: match(23, 1, 17, 4),
					Insertions: []designation.Insertion{{Start: 21, End: 23, DelLeft: 2, DelRight: 1}},
					Reason:     designation.Undecidable, VIdentity: math.NaN(), EValue: 1e-9, EFive: math.Inf(1), EThree: math.NaN(),
				},
			},
			{Window: []byte("TGTGCGAGACCGATTTTTGGATTTGACTAA"), System: "IGH", Reads: 5, Rank: 3, Sequence: []byte("ACGT"), AverageReadLength: 4, Coverage: 1},
		},
		Clusters:  []clonotype.Cluster{{Parent: 0, Members: []int{2}, Evidence: []string{"one substitution, 5 reads of 50"}}},
		Diversity: map[string]clonotype.Diversity{"all": {Shannon: 1.5, Pielou: 0.75, Simpson: 0.5}, "IGH": {Shannon: 0, Pielou: math.NaN(), Simpson: 0}},
		Distributions: []clonotype.Distribution{{Axes: []string{"lenSeqAverage"}, Bins: []clonotype.Bin{
			{Values: []string{"39"}, Clonotypes: 1, Reads: 20}, {Values: []string{"52"}, Clonotypes: 1, Reads: 50},
		}}},
		Warnings: []clonotype.Warning{{Code: "W20", Level: "warn", Message: "very few V(D)J recombinations"}},
	}
}

func testMeta() Meta {
	return Meta{
		OriginalName: "a \"b\"\tc.fastq", Producer: "vidjil test", RunTimestamp: "2026-11-23 12:00:00", CommandLine: "vidjil analyze a.fastq",
		Log: "line 1\nline 2\n", Engine: "test", Reads: []Digest{{"a.fastq", "00ff"}}, Options: json.RawMessage(`{"window": 50}`),
	}
}

func TestFromResultGolden(t *testing.T) {
	t.Parallel()
	f := FromResult(testResult(), testMeta(), testSet())
	got := written(t, f)
	path := filepath.Join("testdata", "small.vidjil")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("(-golden +got; -update writes it anew):\n%s", diff)
	}
	if findings := f.Lint(LintOptions{Germline: testSet()}); findings != nil {
		t.Errorf("the linter finds %v", findings)
	}
	// Whatever the order of maps, the bytes are the same.
	for range 20 {
		if written(t, FromResult(testResult(), testMeta(), testSet())) != got {
			t.Fatal("another run gives other bytes")
		}
	}
	// Reading keeps it all. NaN and what is not known have no letters.
	again := read(t, got)
	delete(f.Diversity.Pielou[0], "IGH")
	if diff := cmp.Diff(f, again, cmp.Comparer(func(a, b json.RawMessage) bool { return compact(a) == compact(b) })); diff != "" {
		t.Errorf("read again (-made +read):\n%s", diff)
	}
}

func compact(v json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, v) != nil {
		return string(v)
	}
	return b.String()
}

// Several D genes have their keys by place, insertions by order.
func TestSeveralDGenes(t *testing.T) {
	t.Parallel()
	set := testSet()
	v, j := match(0, 47, 57, 0), match(40, 0, 10, 4)
	d1, d2, d3 := match(11, 0, 6, 2), match(19, 0, 10, 3), match(32, 0, 5, 2)
	for _, tc := range []struct {
		name          string
		ds            []*designation.Match
		four, a, b    string
		n, n1, n2, n3 Opt[int]
	}{
		{"none", nil, "", "", "", airr.Some(30), Opt[int]{}, Opt[int]{}, Opt[int]{}},
		{"one", []*designation.Match{d1}, "IGHD3-3*01", "", "", Opt[int]{}, airr.Some(1), airr.Some(23), Opt[int]{}},
		{"two, the second longer", []*designation.Match{d1, d2}, "IGHD6-6*01", "IGHD3-3*01", "", Opt[int]{}, airr.Some(1), airr.Some(2), airr.Some(11)},
		{"two, the first longer", []*designation.Match{d2, d3}, "IGHD6-6*01", "", "IGHD3-3*01", Opt[int]{}, airr.Some(9), airr.Some(3), airr.Some(3)},
		{"one, and no V", []*designation.Match{d1}, "IGHD3-3*01", "", "", Opt[int]{}, Opt[int]{}, airr.Some(23), Opt[int]{}},
		{"three", []*designation.Match{d1, d2, d3}, "IGHD6-6*01", "IGHD3-3*01", "IGHD3-3*01", Opt[int]{}, airr.Some(1), airr.Some(2), airr.Some(3)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := &designation.Designation{Sequence: bytes.Repeat([]byte("A"), 50), System: "IGH", Five: v, Ds: tc.ds, Three: j, Reason: designation.Undecidable}
			if strings.HasSuffix(tc.name, "no V") {
				d.Five = nil
			}
			end := v.End
			for i, m := range append(slices.Clone(tc.ds), j) {
				if i > 0 || d.Five != nil {
					d.Insertions = append(d.Insertions, designation.Insertion{Start: end, End: m.Start})
				}
				end = m.End
			}
			g := fromDesignation(d, set)
			name := func(s *Segment) string {
				if s == nil {
					return ""
				}
				return s.Name
			}
			got := []any{name(g.Four), name(g.FourA), name(g.FourB), g.N, g.N1, g.N2, g.N3}
			if diff := cmp.Diff([]any{tc.four, tc.a, tc.b, tc.n, tc.n1, tc.n2, tc.n3}, got); diff != "" {
				t.Errorf("4, 4a, 4b, N, N1, N2, N3 (-want +got):\n%s", diff)
			}
		})
	}
}

// A CDR3 has no anchors here, an AIRR junction has: both ways.
func TestJunctionBothWays(t *testing.T) {
	t.Parallel()
	f := FromResult(testResult(), testMeta(), testSet())
	rows := f.ToAIRR()
	r := rows[0]
	if r.Junction != "TGTGCGAGACCGATTTTTGGATTTGACTACTGG" || r.CDR3.Sequence != "GCGAGACCGATTTTTGGATTTGACTAC" ||
		r.CDR3.Start != airr.Some(12) || r.CDR3.End != airr.Some(38) || r.CDR3.AA != "ARPIFGFDY" || r.JunctionAA != "CARPIFGFDYW" {
		t.Errorf("to AIRR: junction %s, cdr3 %s from %d to %d", r.Junction, r.CDR3.Sequence, r.CDR3.Start.Value, r.CDR3.End.Value)
	}
	for name, change := range map[string]func(*airr.Rearrangement){
		"all columns":                 func(*airr.Rearrangement) {},
		"junction alone":              func(r *airr.Rearrangement) { r.CDR3 = airr.Region{} },
		"cdr3 alone":                  func(r *airr.Rearrangement) { r.Junction = "" },
		"positions that do not agree": func(r *airr.Rearrangement) { r.CDR3.Start = airr.Some(9) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row := r
			change(&row)
			g := FromAIRR([]airr.Rearrangement{row}, Import{}).Clones[0].Seg
			if g.Junction.Span != SpanOf(8, 41) || g.CDR3.Span != SpanOf(11, 38) || g.CDR3.AA != "ARPIFGFDY" {
				t.Errorf("junction %v, CDR3 %v %s", g.Junction.Span, g.CDR3.Span, g.CDR3.AA)
			}
		})
	}
	// A file with one of the two only.
	c := f.Clones[0]
	c.Seg.Junction = nil
	if r := c.ToAIRR(); r.Junction != "TGTGCGAGACCGATTTTTGGATTTGACTACTGG" {
		t.Errorf("from the CDR3 alone: junction %s", r.Junction)
	}
	c = f.Clones[0]
	c.Seg.CDR3 = nil
	if r := c.ToAIRR(); r.CDR3.Sequence != "GCGAGACCGATTTTTGGATTTGACTAC" {
		t.Errorf("from the junction alone: cdr3 %s", r.CDR3.Sequence)
	}
}

func TestToAIRRRows(t *testing.T) {
	t.Parallel()
	f := FromResult(testResult(), testMeta(), testSet())
	rows := f.ToAIRR()
	if len(rows) != 3 {
		t.Fatalf("%d rows, want 3", len(rows))
	}
	r := rows[0]
	got := []any{
		r.Locus, r.V.Call, r.D.Call, r.J.Call, r.C.Call, r.NP1.Sequence, r.NP2.Sequence, r.DuplicateCount, r.Warnings, r.V.Identity,
		r.Productive, r.VJInFrame, r.StopCodon, r.Get("ratio_segmented"), r.Get("ratio_locus"), r.J.Support,
	}
	want := []any{
		"IGH", "IGHV1-2*01,IGHV1-2*02", "IGHD3-3*01", "IGHJ4*02", "IGHM*01", "CC", "A", airr.Some(50), "W69", airr.Some(0.9877),
		airr.True, airr.True, airr.False, "0.625", "0.833333", airr.Some(3e-12),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("V-D-J (-want +got):\n%s", diff)
	}
	r = rows[1]
	got = []any{r.Locus, r.RecombinationSystem, r.V.Call, r.D.Call, r.J.Call, r.NP2.Sequence, r.D.SequenceStart, r.Productive}
	want = []any{"IGH", "IGH+", "", "IGHD6-6*01", "IGHJ4*02", "GG", airr.Some(6), airr.Null}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("D-J (-want +got):\n%s", diff)
	}
	// Vidjil's stricter rule does not make AIRR's productive false.
	c := f.Clones[0]
	c.Seg.Junction = &Junction{Span: c.Seg.Junction.Span, Productive: airr.Some(false), Unproductive: "no-WPGxG-pattern"}
	if r := c.ToAIRR(); r.Productive != airr.True || r.ERICProductive != airr.False {
		t.Errorf("no-WPGxG: productive %c, eric_productive %c", r.Productive, r.ERICProductive)
	}
}

// What ToAIRR writes passes the AIRR linter, and comes back: ours and the
// original's tutorial file of five samples.
func TestAIRRRoundTrip(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, f *File) {
		t.Helper()
		rows := f.ToAIRR()
		var out bytes.Buffer
		w, err := airr.NewWriter(&out, append(airr.EngineColumns(), AIRRExtra()...))
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			if err := w.Write(&rows[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		findings, err := airr.Lint(bytes.NewReader(out.Bytes()), airr.LintOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range findings {
			if x.Code != "junction-anchor" { // true of the data
				t.Error(x)
			}
		}
		rd, err := airr.NewReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		var back []airr.Rearrangement
		for row, err := range rd.All() {
			if err != nil {
				t.Fatal(err)
			}
			back = append(back, row)
		}
		got := FromAIRR(back, Import{OriginalName: "x"})
		if diff := cmp.Diff(summary(f), summary(got)); diff != "" {
			t.Errorf("(-file +imported):\n%s", diff)
		}
		if n := Errors(got.Lint(LintOptions{})); n > 0 {
			t.Errorf("linter: %v", got.Lint(LintOptions{}))
		}
	}
	t.Run("ours", func(t *testing.T) {
		t.Parallel()
		meta := testMeta()
		meta.OriginalName = "a.fastq"
		check(t, FromResult(testResult(), meta, testSet()))
	})
	t.Run("tutorial", func(t *testing.T) {
		t.Parallel()
		f, err := Read(shared(t, "data/vidjil-files/demo_lil_l3_tutorial.vidjil.gz"))
		if err != nil {
			t.Fatal(err)
		}
		check(t, f)
	})
}

type cloneSummary struct {
	Germline, Name, Sequence string
	Reads                    []int
	Junction, CDR3           Span
	Productive               Opt[bool]
}

// summary is what a table of rearrangements can hold of clonotypes with reads.
func summary(f *File) map[string]cloneSummary {
	m := map[string]cloneSummary{}
	for _, c := range f.Clones {
		if slices.Max(c.Reads) <= 0 {
			continue
		}
		s := cloneSummary{Germline: c.Germline, Name: c.Name, Sequence: c.Sequence, Reads: c.Reads}
		if j := c.Seg.Junction; j != nil {
			s.Junction, s.Productive = j.Span, j.Productive
		}
		if c.Seg.CDR3 != nil {
			s.CDR3 = c.Seg.CDR3.Span
		}
		m[c.ID] = s
	}
	return m
}

// Tables of other programs, with their dialects, become files without errors.
func TestFromAIRRRealTables(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct{ rows, clones int }{
		"data/real/alakazam_exampledb.airr.tsv.gz":    {1999, 1999},
		"data/real/genbank/human.igblast.airr.tsv.gz": {2750, 2743}, // seven have no gene
		"data/real/trust4/TRUST_example_airr.tsv":     {44, 44},
		"data/vidjil-files/Demo-X5.airr":              {0, 0},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			rd, err := airr.NewReader(shared(t, path))
			if err != nil {
				t.Fatal(err)
			}
			var rows []airr.Rearrangement
			for row, err := range rd.All() {
				if err != nil {
					t.Fatal(err)
				}
				rows = append(rows, row)
			}
			f := FromAIRR(rows, Import{OriginalName: "x", Timestamp: "2026-01-01 00:00:00"})
			if len(rows) != want.rows || len(f.Clones) != want.clones {
				t.Errorf("%d rows, %d clonotypes, want %d, %d", len(rows), len(f.Clones), want.rows, want.clones)
			}
			f = read(t, written(t, f))
			for _, x := range f.Lint(LintOptions{}) {
				if x.Severity == airr.Error && x.Code != "productive" && x.Code != "cdr3" { // IgBLAST's cut junctions
					t.Error(x)
				}
			}
		})
	}
}

func TestFromAIRRDetails(t *testing.T) {
	t.Parallel()
	rows := []airr.Rearrangement{
		{SequenceID: "x", V: airr.Call{Call: "TRGV2*01"}, DuplicateCount: airr.Some(2)},
		{SequenceID: "x", Locus: "TRG", J: airr.Call{Call: "TRGJ1*01"}, DuplicateCount: airr.Some(7), Sequence: "AACC", RevComp: airr.True},
		{SequenceID: "y", V: airr.Call{Call: "mystery"}},
		{SequenceID: "none", DuplicateCount: airr.Some(90)},
		{
			SequenceID: "vj", V: airr.Call{Call: "IGKV1-5*03,IGKV1-5*01", SequenceStart: airr.Some(1), SequenceEnd: airr.Some(4), GermlineStart: airr.Some(3), CIGAR: "2N4M6S7N"},
			J: airr.Call{Call: "IGKJ1*01", SequenceStart: airr.Some(7), SequenceEnd: airr.Some(10), GermlineStart: airr.Some(5), CIGAR: "6S4N4M"}, Sequence: "ACGTACGTAC",
		},
	}
	f := FromAIRR(rows, Import{OriginalName: "a.tsv"})
	var got []any
	for _, c := range f.Clones {
		got = append(got, c.ID, c.Germline, c.Name, c.Reads[0], c.Top, c.Sequence)
	}
	want := []any{
		"x_1", "TRG", "TRGJ1*01", 7, 1, "GGTT", "x", "TRG", "TRGV2*01", 2, 2, "", "y", "undetermined", "mystery", 1, 3, "",
		"vj", "IGK", "IGKV1-5*03 IGKJ1*01", 1, 4, "ACGTACGTAC",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f.Reads.Total[0] != 101 || f.Reads.Segmented[0] != 11 || f.Version != Version || f.Samples.OriginalNames[0] != "a.tsv" {
		t.Errorf("%d of %d reads, version %s", f.Reads.Segmented[0], f.Reads.Total[0], f.Version)
	}
	wantSeg := Seg{
		Five:     &Segment{Name: "IGKV1-5*03", Span: SpanOf(0, 4), DelLeft: airr.Some(2), DelRight: airr.Some(7)},
		Three:    &Segment{Name: "IGKJ1*01", Span: SpanOf(6, 10), DelLeft: airr.Some(4)},
		N:        airr.Some(2),
		Features: []NamedFeature{{"5_alternatives", Feature{Extra: Bag{{"info", []byte(`"IGKV1-5*03,IGKV1-5*01"`)}}}}},
	}
	if diff := cmp.Diff(wantSeg, f.Clones[3].Seg); diff != "" {
		t.Errorf("seg (-want +got):\n%s", diff)
	}
}

func TestClntab(t *testing.T) {
	t.Parallel()
	const text = "clonotype\tsequence.raw nt seq\tsequence.size\tsequence.V-GENE and allele\tsequence.D-GENE and allele\t" +
		"sequence.J-GENE and allele\tsequence.JUNCTION.raw nt seq\tsequence.JUNCTION.aa seq\textra\r\n" +
		"1\taatgtgcgagatgg\t3\tIGHV1-2*01=IGHV1-2*02\t\tIGHJ4*02\tTGTGCGAGATGG\tCARW\tmore\r\n" +
		"2\tCCCC\t9\tTRGV2\tTRBD1*01\tTRGJ1\t\t\t\r\n" +
		"1\taatgtgcgagatgg\t4\tIGHV1-2*01\t\tIGHJ4*02\t\t\t\r\n"
	f, err := ReadClntab(strings.NewReader(text), Import{OriginalName: "a.clntab"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Clone{
		{
			ID: "CCCC", Germline: "TRG", Name: "TRGV2 TRBD1*01 TRGJ1", Sequence: "CCCC", Reads: []int{9}, Top: 1,
			AverageReadLength: []float64{4}, Coverage: []float64{1}, Extra: Bag{{"_clonotype", []byte(`"2"`)}},
			Seg: Seg{Five: &Segment{Name: "TRGV2"}, Four: &Segment{Name: "TRBD1*01"}, Three: &Segment{Name: "TRGJ1"}},
		},
		{
			ID: "aatgtgcgagatgg", Germline: "IGH", Name: "IGHV1-2*01 IGHJ4*02", Sequence: "AATGTGCGAGATGG", Reads: []int{7}, Top: 2,
			AverageReadLength: []float64{14}, Coverage: []float64{1}, Extra: Bag{{"_clonotype", []byte(`"1"`)}, {"_extra", []byte(`"more"`)}},
			Seg: Seg{
				Five: &Segment{Name: "IGHV1-2*01"}, Three: &Segment{Name: "IGHJ4*02"},
				Junction: &Junction{Span: SpanOf(2, 14), AA: "CARW"}, CDR3: &Feature{Span: SpanOf(5, 11), AA: "AR"},
			},
		},
	}
	if diff := cmp.Diff(want, f.Clones); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f.Reads.Total[0] != 16 || len(f.Reads.Germline) != 0 || Errors(f.Lint(LintOptions{})) > 0 {
		t.Errorf("%+v, %v", f.Reads, f.Lint(LintOptions{}))
	}
	for bad, place := range map[string]string{
		"":       "no header line",
		"a\tb\n": `line 1: the header has no column "sequence.raw nt seq"`,
		strings.Replace(text, "\t3\t", "\tx\t", 1): `line 2: column sequence.size: "x" is not a number of reads`,
		text + strings.Repeat("\t", 20):            "line 5: 21 cells, the header has 9",
	} {
		if _, err := ReadClntab(strings.NewReader(bad), Import{}); err == nil || !strings.HasSuffix(err.Error(), place) {
			t.Errorf("error %v, want …%s", err, place)
		}
	}
}

func TestWriteFASTA(t *testing.T) {
	t.Parallel()
	f := &File{Clones: []Clone{
		{ID: "A B", Name: "V 1/C/2 J", Germline: "IGH", Reads: []int{3, 0}, Sequence: "ACGT"}, {ID: "none"}, {ID: "C", Germline: "xxx", Sequence: "G"},
	}}
	var out bytes.Buffer
	if err := f.WriteFASTA(&out); err != nil {
		t.Fatal(err)
	}
	if want := ">A_B IGH reads=3,0 V 1/C/2 J\nACGT\n>C xxx reads=\nG\n"; out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	if err := f.WriteFASTA(brokenPipe{}); err == nil {
		t.Error("a broken pipe: no error")
	}
}

func BenchmarkWrite22000(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	letters := func(n int) []byte {
		s := make([]byte, n)
		for i := range s {
			s[i] = "ACGT"[rng.IntN(4)]
		}
		return s
	}
	res := testResult()
	one := res.Clonotypes[0]
	res.Clonotypes, res.Clusters = nil, nil
	for i := range 22000 {
		c, d := one, *one.Designation
		c.Window, c.Sequence, c.Rank = letters(50), letters(300), i+1
		c.Quality = bytes.Repeat([]byte{38}, 300)
		d.Sequence = c.Sequence
		c.Designation = &d
		res.Clonotypes = append(res.Clonotypes, c)
	}
	set, meta := testSet(), testMeta()
	f := FromResult(res, meta, set)
	b.Run("FromResult", func(b *testing.B) {
		for b.Loop() {
			FromResult(res, meta, set)
		}
	})
	b.Run("Write", func(b *testing.B) {
		for b.Loop() {
			if err := f.Write(io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Read", func(b *testing.B) {
		var out bytes.Buffer
		if err := f.Write(&out); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(out.Len()))
		for b.Loop() {
			if _, err := Read(bytes.NewReader(out.Bytes())); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ToAIRR", func(b *testing.B) {
		for b.Loop() {
			f.ToAIRR()
		}
	})
}
