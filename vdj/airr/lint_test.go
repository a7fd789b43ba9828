package airr

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/vdj/designation"
)

// goodRow is a row in which every column that the linter looks at is filled.
func goodRow() Rearrangement {
	run := func(n int) []designation.Run { return []designation.Run{{Op: designation.OpMatch, Len: n}} }
	oriented := "TT" + "TATTACTGTGCGAGA" + "CC" + "GATTTTTGG" + "A" + "TTTGACTACTGGGGCC"
	d := &designation.Designation{
		Sequence: []byte(oriented), System: "IGH",
		Five:       &designation.Match{Genes: []int{geneV1}, Start: 2, End: 17, GeneStart: 42, GeneEnd: 57, Runs: run(15)},
		Ds:         []*designation.Match{{Genes: []int{geneD3}, Start: 19, End: 28, GeneStart: 7, GeneEnd: 16, Runs: run(9)}},
		Three:      &designation.Match{Genes: []int{geneJ4}, Start: 29, End: 45, GeneStart: 5, GeneEnd: 21, Runs: run(16)},
		Insertions: []designation.Insertion{{Start: 17, End: 19}, {Start: 28, End: 29}},
		Junction:   designation.Span{Start: 8, End: 41}, CDR3: designation.Span{Start: 11, End: 38},
		FWR3: designation.Span{Start: 2, End: 11}, JunctionAA: "CARPIFGFDYW", Productive: true, InFrame: true, VIdentity: 98.7,
	}
	r := FromDesignation(testSet(), d, "s1")
	r.DuplicateCount = Some(3)
	r.Quality = strings.Repeat("I", len(oriented))
	return r
}

func lintText(t testing.TB, r io.Reader, opt LintOptions) []Finding {
	t.Helper()
	findings, err := Lint(r, opt)
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

func codes(findings []Finding) []string {
	var list []string
	for _, f := range findings {
		list = append(list, f.Code)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// One cell of a good row changed: the linter must find that, and say where.
func TestLintFindsEachFault(t *testing.T) {
	t.Parallel()
	good := string(writeAll(t, []Rearrangement{goodRow()}))
	if f := lintText(t, strings.NewReader(good), LintOptions{Germline: testSet(), Reads: 3}); f != nil {
		t.Fatalf("the good row: %v", f)
	}
	header, line, _ := strings.Cut(strings.TrimSuffix(good, "\n"), "\n")
	names, cells := strings.Split(header, "\t"), strings.Split(line, "\t")
	for _, tc := range []struct {
		column, value string
		want          []string // codes, sorted
	}{
		{"sequence_id", "", []string{"id"}},
		{"sequence_id", `"s1"`, []string{"quotes"}},
		{"rev_comp", "FALSE", []string{"boolean-spelling"}},
		{"rev_comp", "T", []string{"rev-comp"}},
		{"rev_comp", "no", []string{"type"}},
		{"productive", "maybe", []string{"type"}},
		{"vj_in_frame", "F", []string{"productive"}},
		{"stop_codon", "T", []string{"productive"}},
		{"junction", "GCGAGACCGATTTTTGGATTTGACTAC", []string{"cdr3", "junction-aa", "junction-anchor", "length"}},
		{"junction", "HELLO", []string{"alphabet", "cdr3", "frame", "junction", "junction-aa", "length", "productive"}},
		{"junction", "TGTGCGAGACCGATTTTTGGATTTGACTACTGA", []string{"junction", "junction-aa", "productive"}},
		{"junction_aa", "CARPIFGFDYY", []string{"junction-aa"}},
		{"junction_length", "32", []string{"length"}},
		{"junction_aa_length", "33", []string{"length"}},
		{"np1_length", "7", []string{"length"}},
		{"quality", "III", []string{"length"}},
		{"cdr3", "TGTGCGAGACCGATTTTTGGATTTGACTACTGG", []string{"cdr3", "region"}},
		{"cdr3", "GCGAGACCGATTTTTGGATTTGACTAA", []string{"cdr3", "region"}},
		{"fwr3_start", "4", []string{"region"}},
		{"fwr3_end", "99", []string{"position"}},
		{"fwr3_end", "", []string{"half-position"}},
		{"fwr3_start", "0", []string{"zero-based"}},
		{"v_sequence_start", "-7", []string{"cigar-span", "position"}},
		{"v_sequence_start", "4", []string{"alignment-sequence", "cigar-span"}},
		{"v_sequence_end", "1", []string{"cigar-span", "position"}},
		{"v_germline_end", "70", []string{"cigar-span", "position"}},
		{"j_germline_start", "1", []string{"cigar-span"}},
		{"j_alignment_end", "42", []string{"alignment-sequence"}},
		{"d_alignment_end", "99", []string{"position"}},
		{"v_cigar", "banana", []string{"cigar"}},
		{"v_cigar", "2S42N5M10=28S2N", []string{"cigar-mixed"}},
		{"v_cigar", "2S42N15=27S2N", []string{"cigar-length"}},
		{"v_cigar", "2S52N15=28S", []string{"cigar-length", "cigar-span"}},
		{"v_cigar", "2S42N7=2N6=30S", []string{"cigar-skip", "cigar-span"}},
		{"sequence_alignment", "TATTACTGTGCGAGACCGATTTTTGGATTTGACTACTGGGGC", []string{"alignment-columns", "position"}},
		{"germline_alignment", "TATTACTGTGCGAGANNGATTTTTGGNTTTGACTACTGGGG-CC", []string{"alignment-columns"}},
		{"locus", "XXX", []string{"locus", "locus-call"}},
		{"locus", "TRA", []string{"locus-call"}},
		{"v_call", "IGHV1-2*99", []string{"unknown-gene"}},
		{"v_call", "IGHJ4*02", []string{"call-segment", "cigar-length", "position"}},
		{"v_call", "Homsap IGHV1-2*01 F", []string{"call-decoration"}},
		{"d_call", "dummyD", []string{"gene-name", "unknown-gene"}},
		{"v_identity", "98.7", []string{"identity"}},
		{"v_identity", "-1", []string{"identity"}},
		{"v_score", "NA", []string{"null-spelling"}},
		{"duplicate_count", "0", []string{"count"}},
		{"duplicate_count", "2.0", []string{"integer-spelling"}},
		{"duplicate_count", "4", []string{"count-sum"}},
		{"cause", "only V/5'", []string{"cause"}},
		{"recombination_system", "", []string{"cause"}},
	} {
		t.Run(tc.column+"="+tc.value, func(t *testing.T) {
			t.Parallel()
			changed := slices.Clone(cells)
			i := slices.Index(names, tc.column)
			if i < 0 {
				t.Fatalf("no column %s", tc.column)
			}
			changed[i] = tc.value
			text := header + "\n" + strings.Join(changed, "\t") + "\n"
			findings := lintText(t, strings.NewReader(text), LintOptions{Germline: testSet(), Reads: 3})
			if diff := cmp.Diff(tc.want, codes(findings)); diff != "" {
				t.Errorf("codes (-want +got):\n%s%v", diff, findings)
			}
			for _, f := range findings {
				if f.Line == 0 && f.Code != "zero-based" && f.Code != "count-sum" && f.Code != "integer-spelling" {
					t.Errorf("no line: %v", f)
				}
			}
		})
	}
}

func TestLintFindsFaultsOfTheFile(t *testing.T) {
	t.Parallel()
	tail := strings.Repeat("\t", len(required)-1)
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"header of one column", "hello\n", []string{"header"}},
		{"column twice", "a\ta\n", []string{"header"}},
		{"missing columns", "sequence_id\tduplicate_count\n", []string{"missing-column"}},
		{"other names", minimal + "\tMyColumn\tjunction_length_aa\n", []string{"column-name", "no-count", "other-name"}},
		{"duplicate", minimal + "\tduplicate_count\na" + tail + "\t\na" + tail + "\t\n", []string{"duplicate-id"}},
		{"cells", minimal + "\tduplicate_count\na\tb\n", []string{"cell-count"}},
		{
			"dialect", "\ufeff" + minimal + "\tduplicate_count\r\na" + tail + "\t\r\nTotal queries = 1\r\n",
			[]string{"byte-order-mark", "footer", "line-ends"},
		},
		{
			"junction is the CDR3", minimal + "\tduplicate_count\tcdr3\na" + strings.Repeat("\t", 9) + "TGTGCATGG" + strings.Repeat("\t", 5) + "\tTGTGCATGG\n",
			[]string{"cdr3"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			findings := lintText(t, strings.NewReader(tc.text), LintOptions{})
			if diff := cmp.Diff(tc.want, codes(findings)); diff != "" {
				t.Errorf("codes (-want +got):\n%s%v", diff, findings)
			}
		})
	}
}

// Many rows with the same fault give a few findings and a number.
func TestLintDoesNotFlood(t *testing.T) {
	t.Parallel()
	var rows []Rearrangement
	for range 100 {
		rows = append(rows, goodRow()) // the same identifier, each
	}
	findings := lintText(t, bytes.NewReader(writeAll(t, rows)), LintOptions{PerCode: 2})
	if len(findings) != 2 || findings[1].More != 97 || Errors(findings) != 99 {
		t.Errorf("%d findings, %d errors: %v", len(findings), Errors(findings), findings)
	}
	if got := findings[1].String(); got != `error line 4 sequence_id: "s1" stands in line 2 too [duplicate-id] (and 97 more)` {
		t.Errorf("String: %s", got)
	}
}

// What the linter says of tables that other programs wrote. Each code listed
// was looked at, and is right: the notes say why.
func TestLintRealTables(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		// Change-O through R: TRUE and FALSE, IMGT names, columns left out.
		"data/real/alakazam_exampledb.airr.tsv.gz": {"boolean-spelling", "call-decoration", "junction-anchor", "missing-column"},
		// IgBLAST: percentages, sequence reversed with rev_comp = T, junctions cut
		// at the end of short J genes, its dummy D gene, all loci in one search.
		"data/real/genbank/human.igblast.airr.tsv.gz": {
			"cdr3", "cigar-skip", "cigar-span", "frame", "gene-name", "identity", "junction-aa",
			"junction-anchor", "locus-call", "no-count", "position", "productive", "rev-comp",
		},
		"data/real/genbank/mouse.igblast.airr.tsv.gz": {
			"cdr3", "cigar-skip", "cigar-span", "frame", "gene-name", "identity", "junction-aa",
			"junction-anchor", "locus-call", "no-count", "position", "productive", "rev-comp",
		},
		// TRUST4: CIGARs with insertions and deletions exchanged.
		"data/real/trust4/TRUST_example_airr.tsv": {"cigar-length", "identity", "no-count"},
		// The original's export: a column name that is missing, an empty table.
		"data/vidjil-files/Demo-X5.airr": nil,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			findings := lintText(t, shared(t, path), LintOptions{PerCode: 3})
			if diff := cmp.Diff(want, codes(findings)); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
				for _, f := range findings {
					t.Log(f)
				}
			}
			if len(findings) > 3*len(want) {
				t.Errorf("%d findings for %d codes", len(findings), len(want))
			}
		})
	}
}

func BenchmarkWriter(b *testing.B) {
	row := goodRow()
	row.Sequence += strings.Repeat("ACGT", 75)
	row.SequenceAlignment, row.GermlineAlignment = row.Sequence, row.Sequence
	w, err := NewWriter(io.Discard, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(&row); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFromDesignation(b *testing.B) {
	set := testSet()
	run := func(n int) []designation.Run { return []designation.Run{{Op: designation.OpMatch, Len: n}} }
	d := &designation.Designation{
		Sequence: []byte("TTTATTACTGTGCGAGACCGATTTTTGGATTTGACTACTGGGGCC"), System: "IGH",
		Five:       &designation.Match{Genes: []int{geneV1}, Start: 2, End: 17, GeneStart: 42, GeneEnd: 57, Runs: run(15)},
		Three:      &designation.Match{Genes: []int{geneJ4}, Start: 29, End: 45, GeneStart: 5, GeneEnd: 21, Runs: run(16)},
		Insertions: []designation.Insertion{{Start: 17, End: 29}},
	}
	b.ReportAllocs()
	for b.Loop() {
		FromDesignation(set, d, "s")
	}
}

func BenchmarkReader(b *testing.B) {
	var rows []Rearrangement
	for range 1000 {
		rows = append(rows, goodRow())
	}
	table := writeAll(b, rows)
	b.SetBytes(int64(len(table)))
	for b.Loop() {
		rd, err := NewReader(bytes.NewReader(table))
		if err != nil {
			b.Fatal(err)
		}
		var r Rearrangement
		for err = rd.Read(&r); err == nil; err = rd.Read(&r) {
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
}

//nolint:paralleltest // testing.AllocsPerRun counts those of other tests too
func TestWriterDoesNotAllocatePerRow(t *testing.T) {
	row := goodRow()
	w, err := NewWriter(io.Discard, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 { // grow the buffer
		if err := w.Write(&row); err != nil {
			t.Fatal(err)
		}
	}
	if got := testing.AllocsPerRun(1000, func() {
		if err := w.Write(&row); err != nil {
			t.Fatal(err)
		}
	}); got > 0 {
		t.Errorf("%v allocations per row, want 0", got)
	}
}
