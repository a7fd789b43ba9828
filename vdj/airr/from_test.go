package airr

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/designation"
)

func writeAll(t testing.TB, rows []Rearrangement) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, nil)
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
	return out.Bytes()
}

// The linter, which knows nothing of how rows are made, must find nothing in
// the row of any designation.
func TestRowsPassTheLinter(t *testing.T) {
	t.Parallel()
	set := testSet()
	rapid.Check(t, func(rt *rapid.T) {
		d := drawDesignation(rt, set)
		row := FromDesignation(set, d, "s")
		row.DuplicateCount = Some(1)
		table := writeAll(t, []Rearrangement{row})
		findings, err := Lint(bytes.NewReader(table), LintOptions{Germline: set, Reads: 1})
		if err != nil {
			rt.Fatal(err)
		}
		for _, f := range findings {
			rt.Errorf("%s\n%s", f, table)
		}
	})
}

// The alignment, read back column by column, must give the letters of the
// sequence and of the genes.
func TestAlignmentsHoldTheLettersOfSequenceAndGenes(t *testing.T) {
	t.Parallel()
	set := testSet()
	rapid.Check(t, func(rt *rapid.T) {
		d := drawDesignation(rt, set)
		row := FromDesignation(set, d, "s")
		for _, p := range calls()[:4] {
			c := p.at(&row)
			if !c.AlignmentStart.Valid {
				continue
			}
			name, _, _ := strings.Cut(c.Call, ",")
			gene := set.Genes[set.Gene(name)].Sequence
			germ := ungapped(row.GermlineAlignment[c.AlignmentStart.Value-1 : c.AlignmentEnd.Value])
			if want := string(gene[c.GermlineStart.Value-1 : c.GermlineEnd.Value]); germ != want {
				rt.Errorf("%s: germline letters %s, want %s", p.name, germ, want)
			}
			seq := ungapped(row.SequenceAlignment[c.AlignmentStart.Value-1 : c.AlignmentEnd.Value])
			if want := string(d.Sequence[c.SequenceStart.Value-1 : c.SequenceEnd.Value]); seq != want {
				rt.Errorf("%s: sequence letters %s, want %s", p.name, seq, want)
			}
		}
	})
}

// A whole row, by hand: V with a mutation, N, D, N, J.
func TestFromDesignation(t *testing.T) {
	t.Parallel()
	set := testSet()
	//          V: 10 letters before the anchor       N  D          N J
	oriented := "TT" + "TATTACTGTGCGAGA" + "CC" + "GATTTTTGG" + "A" + "TTTGACTACTGGGGCC"
	d := &designation.Designation{
		Sequence: []byte(oriented), RevComp: true, System: "IGH",
		Five: &designation.Match{
			Genes: []int{geneV1, geneV2}, Start: 2, End: 17, GeneStart: 42, GeneEnd: 57, Score: 20.126, EValue: 1.23456e-9,
			Runs: []designation.Run{{Op: designation.OpMatch, Len: 15}},
		},
		Ds: []*designation.Match{{
			Genes: []int{geneD3}, Start: 19, End: 28, GeneStart: 7, GeneEnd: 16,
			Runs: []designation.Run{{Op: designation.OpMatch, Len: 9}},
		}},
		Three: &designation.Match{
			Genes: []int{geneJ4}, Start: 29, End: 45, GeneStart: 5, GeneEnd: 21,
			Runs: []designation.Run{{Op: designation.OpMatch, Len: 16}},
		},
		Insertions: []designation.Insertion{{Start: 17, End: 19, DelLeft: 2, DelRight: 7}, {Start: 28, End: 29, DelLeft: 15, DelRight: 5}},
		Junction:   designation.Span{Start: 8, End: 41}, CDR3: designation.Span{Start: 11, End: 38},
		FWR4: designation.Span{Start: 38, End: 45}, FWR3: designation.Span{Start: 2, End: 11},
		JunctionAA: "CARPIFGFDYW", Productive: true, InFrame: true, VIdentity: 98.756,
	}
	got := FromDesignation(set, d, "read 1")
	want := Rearrangement{
		SequenceID: "read 1", Sequence: string(reverseComplement([]byte(oriented))), RevComp: True, Productive: True,
		VJInFrame: True, StopCodon: False, CompleteVDJ: False, Locus: "IGH",
		V: Call{
			Call: "IGHV1-2*01,IGHV1-2*02", Score: Some(20.13), Identity: Some(0.9876), Support: Some(1.235e-9), CIGAR: "2S42N15=28S2N",
			SequenceStart: Some(3), SequenceEnd: Some(17), GermlineStart: Some(43), GermlineEnd: Some(57),
			AlignmentStart: Some(1), AlignmentEnd: Some(15),
		},
		D: Call{
			Call: "IGHD3-3*01", Score: Some(0.0), Identity: Some(1.0), Support: Some(0.0), CIGAR: "19S7N9=17S15N",
			SequenceStart: Some(20), SequenceEnd: Some(28), GermlineStart: Some(8), GermlineEnd: Some(16),
			AlignmentStart: Some(18), AlignmentEnd: Some(26),
		},
		J: Call{
			Call: "IGHJ4*02", Score: Some(0.0), Identity: Some(1.0), Support: Some(0.0), CIGAR: "29S5N16=27N",
			SequenceStart: Some(30), SequenceEnd: Some(45), GermlineStart: Some(6), GermlineEnd: Some(21),
			AlignmentStart: Some(28), AlignmentEnd: Some(43),
		},
		SequenceAlignment: "TATTACTGTGCGAGACCGATTTTTGGATTTGACTACTGGGGCC",
		GermlineAlignment: "TATTACTGTGCGAGANNGATTTTTGGNTTTGACTACTGGGGCC",
		Junction:          "TGTGCGAGACCGATTTTTGGATTTGACTACTGG", JunctionAA: "CARPIFGFDYW",
		JunctionLength: Some(33), JunctionAALength: Some(11),
		NP1: NP{Sequence: "CC", Length: Some(2)}, NP2: NP{Sequence: "A", Length: Some(1)},
		FWR3:                Region{Sequence: "TATTACTGT", AA: "YYC", Start: Some(3), End: Some(11)},
		CDR3:                Region{Sequence: "GCGAGACCGATTTTTGGATTTGACTAC", AA: "ARPIFGFDY", Start: Some(12), End: Some(38)},
		FWR4:                Region{Sequence: "TGGGGCC", AA: "WG", Start: Some(39), End: Some(45)},
		RecombinationSystem: "IGH", Designation: "IGHV1-2*01 2/CC/7 IGHD3-3*01 15/A/5 IGHJ4*02", ERICProductive: True,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is where for systems that AIRR has no columns for.
func TestIncompleteAndUnusualSystems(t *testing.T) {
	t.Parallel()
	set := testSet()
	match := func(gene, start, from, to int) *designation.Match {
		return &designation.Match{
			Genes: []int{gene}, Start: start, End: start + to - from, GeneStart: from, GeneEnd: to,
			Runs: []designation.Run{{Op: designation.OpMatch, Len: to - from}},
		}
	}
	for _, tc := range []struct {
		name              string
		d                 designation.Designation
		locus, v, d1, d2  string
		j                 string
		np1, np2, np3     Opt[int]
		dCIGAR, dGermline string
	}{
		{
			name:  "DH-JH with upstream flank",
			d:     designation.Designation{System: "IGH+", Five: match(geneD6, 0, -5, 16), Three: match(geneJ4, 23, 0, 20)},
			locus: "IGH", d1: "IGHD6-6*01", j: "IGHJ4*02", np2: Some(2), dCIGAR: "5S16=22S2N",
		},
		{
			name:  "Dδ2-Dδ3 with both flanks",
			d:     designation.Designation{System: "TRD+", Five: match(geneDD2, 0, -5, 9), Three: match(geneDD3, 14, 0, 20)},
			locus: "TRD", d1: "TRDD2*01", d2: "TRDD3*01", np2: Some(0), dCIGAR: "5S9=29S",
		},
		{
			name:  "Vδ-Dδ3",
			d:     designation.Designation{System: "TRD+", Five: match(geneDV2, 0, 0, 20), Three: match(geneDD3, 23, 0, 20)},
			locus: "TRD", v: "TRDV2*01", d1: "TRDD3*01", np1: Some(3), dCIGAR: "23S13=7S",
		},
		{
			name:  "Vδ-Jα",
			d:     designation.Designation{System: "TRA+D", Five: match(geneDV2, 0, 0, 20), Three: match(geneAJ29, 20, 0, 20)},
			locus: "TRA", v: "TRDV2*01", j: "TRAJ29*01", np1: Some(0),
		},
		{
			name:  "intron-KDE",
			d:     designation.Designation{System: "IGK+", Five: match(geneIntron, 0, 0, 20), Three: match(geneKDE, 20, 0, 20)},
			locus: "IGK", v: "Intron", j: "KDE", np1: Some(0),
		},
		{
			name:  "unexpected, two loci",
			d:     designation.Designation{System: "xxx", Five: match(geneDV2, 0, 0, 20), Three: match(geneJ4, 20, 0, 20)},
			locus: "", v: "TRDV2*01", j: "IGHJ4*02", np1: Some(0),
		},
		{
			name:  "unexpected, one locus",
			d:     designation.Designation{System: "xxx", Five: match(geneV1, 0, 0, 20), Three: match(geneJ4, 20, 0, 20)},
			locus: "IGH", v: "IGHV1-2*01", j: "IGHJ4*02", np1: Some(0),
		},
		{
			name:  "no V: the sequence starts inside the junction",
			d:     designation.Designation{System: "IGH", Ds: []*designation.Match{match(geneD3, 2, 0, 10)}, Three: match(geneJ4, 15, 0, 20)},
			locus: "IGH", d1: "IGHD3-3*01", j: "IGHJ4*02", np2: Some(3), dCIGAR: "2S10=31S21N",
		},
		{
			name: "three D genes: the third stays in the text",
			d: designation.Designation{
				System: "IGH", Five: match(geneV1, 0, 0, 10),
				Ds:    []*designation.Match{match(geneD3, 10, 0, 10), match(geneD6, 20, 0, 10), match(geneD3, 30, 0, 10)},
				Three: match(geneJ4, 40, 0, 10),
			},
			locus: "IGH", v: "IGHV1-2*01", d1: "IGHD3-3*01", d2: "IGHD6-6*01", j: "IGHJ4*02",
			np1: Some(0), np2: Some(0), np3: Some(10), dCIGAR: "10S10=30S21N",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := tc.d
			d.Sequence = bytes.Repeat([]byte{'A'}, 50)
			d.Sequence = d.Sequence[:max(d.Three.End, 43)]
			d.Reason = designation.Undecidable
			d.Insertions = make([]designation.Insertion, len(d.Ds)+1)
			r := FromDesignation(set, &d, "x")
			got := []any{r.Locus, r.V.Call, r.D.Call, r.D2.Call, r.J.Call, r.NP1.Length, r.NP2.Length, r.NP3.Length}
			want := []any{tc.locus, tc.v, tc.d1, tc.d2, tc.j, tc.np1, tc.np2, tc.np3}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("locus, calls, np lengths (-want +got):\n%s", diff)
			}
			if tc.dCIGAR != "" && r.D.CIGAR != tc.dCIGAR {
				t.Errorf("d_cigar %q, want %q", r.D.CIGAR, tc.dCIGAR)
			}
			if r.Productive != Null || r.VJInFrame != Null || r.StopCodon != Null || r.ERICProductive != Null {
				t.Errorf("productive %v, vj_in_frame %v, stop_codon %v: want null, nothing can be decided", r.Productive, r.VJInFrame, r.StopCodon)
			}
		})
	}
}

// A gene on the other strand has no germline coordinates.
func TestReverseGene(t *testing.T) {
	t.Parallel()
	set := testSet()
	rev := string(reverseComplement(set.Genes[geneJ4].Sequence))
	d := &designation.Designation{
		System: "xxx", Sequence: []byte(string(set.Genes[geneV1].Sequence[:20]) + rev[5:25]), Reason: designation.Undecidable,
		Five:       &designation.Match{Genes: []int{geneV1}, Start: 0, End: 20, GeneEnd: 20, Runs: []designation.Run{{Op: '=', Len: 20}}},
		Three:      &designation.Match{Genes: []int{geneJ4}, Start: 20, End: 40, GeneStart: 5, GeneEnd: 25, Reverse: true, Runs: []designation.Run{{Op: '=', Len: 20}}},
		Insertions: make([]designation.Insertion, 1),
	}
	r := FromDesignation(set, d, "x")
	if r.SequenceAlignment != r.GermlineAlignment || r.J.CIGAR != "" || r.J.GermlineStart.Valid || r.J.SequenceStart != Some(21) {
		t.Errorf("alignments\n%s\n%s\nj_cigar %q, j_germline_start %v", r.SequenceAlignment, r.GermlineAlignment, r.J.CIGAR, r.J.GermlineStart)
	}
}

func TestProductive(t *testing.T) {
	t.Parallel()
	set := testSet()
	span := designation.Span{Start: 0, End: 30}
	for _, tc := range []struct {
		name             string
		d                designation.Designation
		productive, eric Bool
	}{
		{"productive", designation.Designation{Productive: true, InFrame: true, Junction: span}, True, True},
		{"IMGT asks for no motif", designation.Designation{Reason: designation.NoWPGxG, InFrame: true, Junction: span}, True, False},
		{"out of frame", designation.Designation{Reason: designation.OutOfFrame, Junction: span}, False, False},
		{"stop", designation.Designation{Reason: designation.StopCodon, InFrame: true, StopCodon: true, Junction: span}, False, False},
		{"undecidable", designation.Designation{Reason: designation.Undecidable}, Null, Null},
		{"no junction", designation.Designation{Reason: designation.TooShort}, Null, Null},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := tc.d
			d.System, d.Sequence = "IGH", bytes.Repeat([]byte("A"), 60)
			d.Five = &designation.Match{Genes: []int{geneV1}}
			d.Three = &designation.Match{Genes: []int{geneJ4}}
			d.Insertions = make([]designation.Insertion, 1)
			r := FromDesignation(set, &d, "x")
			if r.Productive != tc.productive || r.ERICProductive != tc.eric {
				t.Errorf("productive %q, eric_productive %q, want %q, %q", r.Productive, r.ERICProductive, tc.productive, tc.eric)
			}
		})
	}
}

func TestClip(t *testing.T) {
	t.Parallel()
	set := testSet() // IGHD6-6*01 has 18 letters
	runs := func(pairs ...any) []designation.Run {
		var out []designation.Run
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, designation.Run{Op: designation.Op(pairs[i].(rune)), Len: pairs[i+1].(int)})
		}
		return out
	}
	for _, tc := range []struct {
		name      string
		m         designation.Match
		start     int
		end       int
		geneStart int
		geneEnd   int
		want      []designation.Run
	}{
		{"inside", designation.Match{Start: 5, End: 15, GeneStart: 2, GeneEnd: 12, Runs: runs('=', 10)}, 5, 15, 2, 12, runs('=', 10)},
		{"upstream", designation.Match{Start: 5, End: 15, GeneStart: -4, GeneEnd: 6, Runs: runs('=', 10)}, 9, 15, 0, 6, runs('=', 6)},
		{"downstream", designation.Match{Start: 5, End: 15, GeneStart: 12, GeneEnd: 22, Runs: runs('=', 5, 'X', 5)}, 5, 11, 12, 18, runs('=', 5, 'X', 1)},
		{"both, indels at the border", designation.Match{
			Start: 0, End: 26, GeneStart: -3, GeneEnd: 23,
			Runs: runs('=', 3, 'I', 2, '=', 17, 'D', 2, '=', 4),
		}, 5, 22, 0, 17, runs('=', 17)},
		{"flank only", designation.Match{Start: 5, End: 15, GeneStart: 18, GeneEnd: 28, Runs: runs('=', 10)}, 5, 5, 18, 18, nil},
		{"no runs", designation.Match{Start: 5, End: 15, GeneStart: 0, GeneEnd: 10}, 5, 5, 0, 10, nil},
		{"runs that do not fit", designation.Match{Start: 5, End: 15, GeneStart: 0, GeneEnd: 10, Runs: runs('=', 9)}, 5, 5, 0, 10, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.m.Genes = []int{geneD6}
			before := append([]designation.Run(nil), tc.m.Runs...)
			got := Clip(set, &tc.m)
			if got.Start != tc.start || got.End != tc.end || got.GeneStart != tc.geneStart || got.GeneEnd != tc.geneEnd {
				t.Errorf("got %d-%d on the sequence, %d-%d on the gene; want %d-%d, %d-%d", got.Start, got.End, got.GeneStart,
					got.GeneEnd, tc.start, tc.end, tc.geneStart, tc.geneEnd)
			}
			if diff := cmp.Diff(tc.want, got.Runs); diff != "" {
				t.Errorf("runs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tc.m.Runs); diff != "" {
				t.Errorf("Clip changed its argument (-before +after):\n%s", diff)
			}
		})
	}
}

func TestFromClonotype(t *testing.T) {
	t.Parallel()
	set := testSet()
	c := clonotype.Clonotype{
		Window: []byte("ACGTACGT"), System: "TRD+", Reads: 17, Sequence: []byte("TTACGTACGTAA"),
		Quality:  []byte{0, 40, 40, 40, 40, 40, 40, 40, 40, 40, 41, 200},
		Warnings: []clonotype.Warning{{Code: "W50"}, {Code: "W51"}, {Code: "W50"}},
	}
	want := Rearrangement{
		SequenceID: "ACGTACGT", CloneID: "ACGTACGT", Sequence: "TTACGTACGTAA", Quality: "!IIIIIIIIIJ~", Locus: "TRD",
		RecombinationSystem: "TRD+", DuplicateCount: Some(17), Warnings: "W50,W51",
	}
	if diff := cmp.Diff(want, FromClonotype(set, &c, "")); diff != "" {
		t.Errorf("not designated (-want +got):\n%s", diff)
	}
	c.Designation = &designation.Designation{Sequence: c.Sequence, Cause: designation.TooFew}
	got := FromClonotype(set, &c, "GGGG")
	if got.CloneID != "GGGG" || got.RecombinationSystem != "TRD+" || got.DuplicateCount != Some(17) {
		t.Errorf("clone_id %q, system %q, count %v", got.CloneID, got.RecombinationSystem, got.DuplicateCount)
	}
}

// Debian's validator of the AIRR Community, where it is installed.
func TestAIRRTools(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("airr-tools")
	if err != nil {
		t.Skip("airr-tools (package python3-airr) is not installed")
	}
	set := testSet()
	var rows []Rearrangement
	rapid.Check(t, func(rt *rapid.T) { rows = append(rows, FromDesignation(set, drawDesignation(rt, set), "s")) })
	path := filepath.Join(t.TempDir(), "rows.tsv")
	if err := os.WriteFile(path, writeAll(t, rows), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), tool, "validate", "rearrangement", "-a", path).CombinedOutput(); err != nil {
		t.Errorf("airr-tools: %v\n%s", err, out)
	}
}

// The example of the AIRR standard: a D gene of 31 letters, 10 and 5 of them
// trimmed, from position 419 of a sequence of 505.
func TestCIGARExampleOfTheStandard(t *testing.T) {
	t.Parallel()
	m := designation.Match{
		Start: 418, End: 434, GeneStart: 10, GeneEnd: 26, Runs: []designation.Run{{Op: 'M', Len: 10}, {Op: 'M', Len: 6}},
	}
	text := string(appendCIGAR(nil, &m, 505, 31))
	if text != "418S10N16M71S5N" {
		t.Errorf("wrote %q", text)
	}
	c, err := ParseCIGAR(text)
	if err != nil {
		t.Fatal(err)
	}
	want := CIGAR{
		QueryStart: 418, GermlineStart: 10, QuerySpan: 16, GermlineSpan: 16, QueryEnd: 71, GermlineEnd: 5,
		Ops: []designation.Run{{Op: 'M', Len: 16}},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseCIGAR(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "banana", "10", "M", "10N5S3=", "3=2S3=", "3=2N2N", "5S5S3=", "5S", "3Q", "-1=", "99999999999="} {
		if c, err := ParseCIGAR(bad); err == nil {
			t.Errorf("ParseCIGAR(%q) = %+v, want an error", bad, c)
		}
	}
	c, err := ParseCIGAR("2S3N4=1X2I3D5=6S")
	if err != nil || c.QuerySpan != 12 || c.GermlineSpan != 13 || c.QueryEnd != 6 || c.Mixed || c.Skip {
		t.Errorf("got %+v, %v", c, err)
	}
	// IgBLAST writes a long deletion as N.
	c, err = ParseCIGAR("74M12N199M40S12N")
	if err != nil || c.GermlineSpan != 285 || c.QuerySpan != 273 || c.GermlineEnd != 12 || !c.Skip {
		t.Errorf("got %+v, %v", c, err)
	}
	if c, err = ParseCIGAR("5M3="); err != nil || !c.Mixed {
		t.Errorf("got %+v, %v, want Mixed", c, err)
	}
}

func FuzzParseCIGAR(f *testing.F) {
	for _, s := range []string{"418S10N16M71S5N", "3=1X2I4D", "", "5N", "1H2N3=4H5N"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCIGAR(s)
		if err != nil {
			return
		}
		query, gene := 0, 0
		for _, op := range c.Ops {
			if op.Op != designation.OpDelete {
				query += op.Len
			}
			if op.Op != designation.OpInsert {
				gene += op.Len
			}
		}
		if query != c.QuerySpan || gene != c.GermlineSpan {
			t.Errorf("%q: operations span %d and %d, the sums are %d and %d", s, query, gene, c.QuerySpan, c.GermlineSpan)
		}
	})
}

func TestReverseComplement(t *testing.T) {
	t.Parallel()
	if got := string(reverseComplement([]byte("ACGTNRYSWKMBDHVacgtn-"))); got != "-nacgtBDHVKMWSRYNACGT" {
		t.Errorf("got %s", got)
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := []byte(rapid.StringMatching(`[ACGTNRYSWKMBDHVacgt]*`).Draw(rt, "s"))
		if got := reverseComplement(reverseComplement(s)); !bytes.Equal(got, s) {
			rt.Errorf("twice %s, want %s", got, s)
		}
	})
}

func TestTranslate(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"TGTGCGAGAGAC": "CARD", "tggTTYtaaTAGtga": "WX***", "AT": "", "ATGA": "M", "UUU": "F", "CTNGGG": "XG",
	} {
		if got := translate(in); got != want {
			t.Errorf("translate(%q) = %q, want %q", in, got, want)
		}
	}
}
