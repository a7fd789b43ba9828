package curated

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func entry(t *testing.T, header string) Entry {
	t.Helper()
	e, err := parseHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestScore(t *testing.T) {
	t.Parallel()
	genes := Germline(func(name string) []byte {
		return map[string][]byte{
			"TRGV5*01": []byte("ACGATTACAGGCTTACCGATAGGAC"), "TRGV5*02": []byte("ACGATTACAGGCTTACCGATAGGACTT"),
			"TRGJ1*01": []byte("GAATTATTATAAGAAACTC"), "TRGJ1*02": []byte("TTGAATTATTATAAGAAACTC"),
		}[name]
	})
	none := Level(-1)
	for _, tc := range []struct {
		name, header string
		observed     Observation
		reached      Level
		full         bool
	}{
		{"full", "TRGV5*01 5/CC/3 TRGJ1*01 [TRG] {CATW!F}", Observation{System: "TRG", Designation: "TRGV5*01 5/CC/3 TRGJ1*01", JunctionAA: "CATW#F"}, Full, true},
		{"letters for a count", "TRGV5*01 5/2/3 TRGJ1*01 [TRG]", Observation{System: "TRG", Designation: "TRGV5*01 5/CC/3 TRGJ1*01"}, Full, true},
		{"count for letters", "TRGV5*01 5/CC/3 TRGJ1*01 [TRG]", Observation{System: "TRG", Designation: "TRGV5*01 5/2/3 TRGJ1*01"}, Full, true},
		{"other letters", "TRGV5*01 5/CC/3 TRGJ1*01 [TRG]", Observation{System: "TRG", Designation: "TRGV5*01 5/CA/3 TRGJ1*01"}, Alleles, false},
		{"other deletion", "TRGV5*01 5/CC/3 TRGJ1*01 [TRG]", Observation{System: "TRG", Designation: "TRGV5*01 5/CC/2 TRGJ1*01"}, Alleles, false},
		{"other junction", "TRGV5*01 5/CC/3 TRGJ1*01 [TRG] {CATWF}", Observation{System: "TRG", Designation: "TRGV5*01 5/CC/3 TRGJ1*01", JunctionAA: "CATW"}, Alleles, false},
		{"other allele", "TRGV5*01 5/CC/3 TRGJ1*01 [TRG]", Observation{System: "TRG", Designation: "TRGV5*02 5/CC/3 TRGJ1*01"}, Genes, false},
		{"any allele", "TRGV5 5/CC/3 TRGJ1*01 [TRG]", Observation{System: "TRG", Designation: "TRGV5*02 5/CC/3 TRGJ1*01"}, Full, true},
		{"any allele, deletions of the first", "TRGV5 5/CC/3 TRGJ1 [TRG]", Observation{System: "TRG", Designation: "TRGV5*02 7/CC/5 TRGJ1*02"}, Full, true},
		{"any allele, wrong deletions", "TRGV5 5/CC/3 TRGJ1 [TRG]", Observation{System: "TRG", Designation: "TRGV5*02 8/CC/5 TRGJ1*02"}, Alleles, false},
		{"missing D", "TRDV1 1//2 TRDD3 2//3 TRDJ1 [TRD]", Observation{System: "TRD", Designation: "TRDV1*01 1/ACGT/3 TRDJ1*01"}, Ends, false},
		{"other D", "TRDV1 1//2 TRDD3 2//3 TRDJ1 [TRD]", Observation{System: "TRD", Designation: "TRDV1*01 1//2 TRDD2*01 2//3 TRDJ1*01"}, Ends, false},
		{"other J", "TRGV5*01 5/CC/3 TRGJ1 [TRG]", Observation{System: "TRG", Designation: "TRGV5*01 5/CC/3 TRGJ2*01"}, Locus, false},
		{"name that continues", "TRGV5*01 5/CC/3 TRGJP [TRG]", Observation{System: "TRG", Designation: "TRGV5*01 5/CC/3 TRGJP1*01"}, Locus, false},
		{"other system", "TRDD2 0//9 TRDD3 [TRD+]", Observation{System: "TRD", Designation: "TRDD2 0//9 TRDD3"}, Detected, false},
		{"nothing", "TRDD2 0//9 TRDD3 [TRD+]", Observation{Cause: "only V/5'"}, none, false},
		{"unexpected", "IGKV2-30*01 15//4 IGKV3-20*01 [unexpected]", Observation{System: "xxx", Designation: "IGKV2-30*01 15//4 IGKV3-20*01"}, Full, true},
		{"segment", "IGHV 0//0 IGHD1-1*01 0//0 IGHJ1*01 [IGH]", Observation{System: "IGH", Designation: "IGHV3-9*02 0//0 IGHD1-1*01 0//0 IGHJ1*01"}, Full, true},
		{"no junction asked", "TRBD1 TRBJ1-2 [TRB+]", Observation{System: "TRB+", Designation: "TRBD1*01 3/A/2 TRBJ1-2*01"}, Full, true},
		{"no junction given", "TRBD1 3/A/2 TRBJ1-2 [TRB+]", Observation{System: "TRB+", Designation: "TRBD1*01 TRBJ1-2*01"}, Alleles, false},
		{"locus not stated", "IGHV1-18 (IGHJ1, IGHJ2) []", Observation{System: "IGH", Designation: "IGHV1-18*01 IGHJ2*01"}, Full, true},
		{"second alternative", "TRGV5*01 (1//2 TRGJ1*01, 3//4 TRGJ2*01) [TRG]", Observation{System: "TRG", Designation: "TRGV5*01 3//4 TRGJ2*01"}, Full, true},
		{"mixed alternatives", "TRGV5*01 (1//2 TRGJ1*01, 3//4 TRGJ2*01) [TRG]", Observation{System: "TRG", Designation: "TRGV5*01 1//2 TRGJ2*01"}, Alleles, false},
		{"ties: the first counts", "IGHV3-30*18 IGHJ4*02 [IGH]", Observation{System: "IGH", V: []string{"IGHV3-30*18", "IGHV3-30-5*01"}, J: []string{"IGHJ4*02"}}, Full, true},
		{"ties: the second does not", "IGHV3-30-5*01 IGHJ4*02 [IGH]", Observation{System: "IGH", V: []string{"IGHV3-30*18", "IGHV3-30-5*01"}, J: []string{"IGHJ4*02"}}, Locus, false},
		{"text before ties", "IGHV3-30*18 IGHJ4*02 [IGH]", Observation{System: "IGH", Designation: "IGHV3-30*18 0//0 IGHJ4*02", V: []string{"IGHV3-33*01"}, J: []string{"IGHJ4*02"}}, Full, true},
		{"unreadable text", "IGHV3-30*18 IGHJ4*02 [IGH]", Observation{System: "IGH", Designation: "IGHV3-30*18 (("}, Locus, false},
		{"not to be designated, is not", "seq__UNSEG", Observation{Cause: "too few V/J"}, Detected, true},
		{"not to be designated, is", "seq__UNSEG", Observation{System: "IGH"}, none, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e := entry(t, tc.header)
			got := e.Score(tc.observed, genes)
			if got.Reached() != tc.reached {
				t.Errorf("reached %s, want %s", got.Reached(), tc.reached)
			}
			if _, failed := got.Failed(); failed == tc.full {
				t.Errorf("failed = %t, want %t", failed, !tc.full)
			}
		})
	}
}

// perfect makes the observation of a program that writes the given alternative.
func perfect(e *Entry, d Designation) Observation {
	o := Observation{ID: e.ID, System: e.Locus, Designation: d.String()}
	switch e.Locus {
	case Unexpected:
		o.System = "xxx"
	case "":
		o.System = "IGH"
	}
	if len(e.CDR3) > 0 {
		o.JunctionAA = e.CDR3[len(e.CDR3)-1]
	}
	return o
}

func TestCuratedAlternativesAreFull(t *testing.T) {
	t.Parallel()
	genes := human(t)
	for _, e := range entries(t) {
		if e.Expected == nil {
			continue
		}
		if back, err := ParseExpected(e.Expected.String()); err != nil || back.String() != e.Expected.String() {
			t.Errorf("%s: %s is written as %s (%v)", e.ID, e.Expected, back, err)
		}
		for _, d := range e.Expected.Designations() {
			if v := e.Score(perfect(&e, d), genes); v.Reached() != Full {
				t.Errorf("%s: %s reaches %s", e.ID, d, v.Reached())
			}
		}
	}
}

// TestCuratedMutationsAreLower changes one thing at a time in every alternative
// of every row: no other row may take it for right.
func TestCuratedMutationsAreLower(t *testing.T) {
	t.Parallel()
	genes := human(t)
	mutations := map[string]struct {
		change func(o *Observation, d Designation) string
		most   Level // the level that the change may reach at most
	}{
		"system":  {func(o *Observation, d Designation) string { o.System = "XYZ"; return d.String() }, Detected},
		"silence": {func(o *Observation, _ Designation) string { o.System = ""; return "" }, -1},
		"last gene": {func(_ *Observation, d Designation) string {
			d.Genes[len(d.Genes)-1] = "IGHJ99*01"
			return d.String()
		}, Locus},
		"gene added": {func(_ *Observation, d Designation) string {
			return d.Genes[0] + " IGHD99*01 " + strings.Join(d.Genes[1:], " ")
		}, Ends},
		"allele": {func(_ *Observation, d Designation) string {
			d.Genes[0] = base(d.Genes[0]) + "*99"
			return d.String()
		}, Genes},
		"deletion": {func(_ *Observation, d Designation) string {
			if d.Junctions[0] != nil {
				d.Junctions[0].DelLeft += 1000
			}
			return d.String()
		}, Alleles},
		"insertion": {func(_ *Observation, d Designation) string {
			if j := d.Junctions[0]; j != nil {
				*j = Junction{j.DelLeft, j.DelRight, strings.Repeat("A", 500), 500, true}
			}
			return d.String()
		}, Alleles},
	}
	for name, m := range mutations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := 0
			for _, e := range entries(t) {
				if e.Expected == nil || e.Locus == "" && name == "system" {
					continue
				}
				for i, d := range e.Expected.Designations() {
					o := perfect(&e, d)
					before := o
					o.Designation = m.change(&o, e.Expected.Designations()[i])
					if name == "allele" && !strings.Contains(d.Genes[0], "*") || cmp.Equal(before, o) {
						continue // the row says nothing about it
					}
					changed++
					if got := e.Score(o, genes).Reached(); got > m.most {
						t.Errorf("%s: %q for %q reaches %s", e.ID, o.Designation, d, got)
					}
				}
			}
			if changed < 80 {
				t.Errorf("only %d observations changed: the test tests nothing", changed)
			}
		})
	}
}

func TestReadObservations(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, table string
		want        []Observation
	}{
		{"vidjil designate", "sequence_id\trecombination_system\tdesignation\tlocus\tv_call\tj_call\tjunction_aa\tcause\r\n" +
			"a\tTRD+\tTRDD2*01 0//9 TRDD3*01\tTRD\t\t\t\t\r\nb\t\t\tIGH\tIGHV1-2*01\tIGHJ1*01\t\tonly V/5'\n", []Observation{
			{ID: "a", System: "TRD+", Designation: "TRDD2*01 0//9 TRDD3*01"},
			{ID: "b", V: []string{"IGHV1-2*01"}, J: []string{"IGHJ1*01"}, Cause: "only V/5'"},
		}},
		{"vidjil-algo", "locus\tv_call\td_call\tj_call\tsequence_id\tjunction_aa\nTRA+D\tTRDV2*01\t\tTRAJ29*01\ts1\t\n", []Observation{
			{ID: "s1", System: "TRA+D", V: []string{"TRDV2*01"}, J: []string{"TRAJ29*01"}},
		}},
		{"IgBLAST", "sequence_id\tlocus\tv_call\td_call\tj_call\tjunction_aa\n" +
			"x\tIGH\tIGHV3-30*18,IGHV3-30-5*01\tIGHD3-3*01\tIGHJ4*02\tCARW\ny\tIGH\tIGHV3-30*18\t\t\t\n", []Observation{
			{
				ID: "x", System: "IGH", V: []string{"IGHV3-30*18", "IGHV3-30-5*01"}, D: []string{"IGHD3-3*01"},
				J: []string{"IGHJ4*02"}, JunctionAA: "CARW",
			},
			{ID: "y", V: []string{"IGHV3-30*18"}},
		}},
		{"without locus", "sequence_id\tv_call\tj_call\nz\tHomsap TRBV9*01 F, or Homsap TRBV9*02 F\tHomsap TRBJ1-1*01 F\n", []Observation{
			{ID: "z", System: "TRB", V: []string{"TRBV9*01", "TRBV9*02"}, J: []string{"TRBJ1-1*01"}},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := ReadObservations(strings.NewReader(tc.table))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("observations (-want +got):\n%s", diff)
			}
		})
	}
	for name, table := range map[string]string{
		"empty": "", "no identifier": "locus\tv_call\n", "ragged": "sequence_id\tlocus\nx\n",
	} {
		if got, err := ReadObservations(strings.NewReader(table)); err == nil {
			t.Errorf("%s: got %v, want an error", name, got)
		}
	}
}

func TestReadFASTA(t *testing.T) {
	t.Parallel()
	const file = ">TRGV5*01 5/CC/3 TRGJ1  [TRG]  {CATWA!YYKKLF}\nacgt\nAC\n\n>TRDD2*01_0//0_TRDJ1*01  [TRD+]  TODO\nA\n" +
		">IGHV3-48*01 0/AA/6 (IGHJ4*02, IGHJ5)  [IGH]  ({CARE!DYW}, {CAREFDYW}) BUG\nC\n>seq-317-1__UNSEG\nG\n"
	got, err := ReadFASTA(strings.NewReader(file), "f")
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		id, locus, expected, sequence string
		cdr3                          []string
		todo, bug                     bool
	}{
		{"f|1", "TRG", "TRGV5*01 5/CC/3 TRGJ1", "ACGTAC", []string{"CATWA!YYKKLF"}, false, false},
		{"f|2", "TRD+", "TRDD2*01 0//0 TRDJ1*01", "A", nil, true, false},
		{"f|3", "IGH", "IGHV3-48*01 0/AA/6 (IGHJ4*02, IGHJ5)", "C", []string{"CARE!DYW", "CAREFDYW"}, false, true},
		{"f|4", "UNSEG", "", "G", nil, false, false},
	}
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		expected := ""
		if g.Expected != nil {
			expected = g.Expected.String()
		}
		if g.ID != w.id || g.Locus != w.locus || expected != w.expected || g.Sequence != w.sequence ||
			!cmp.Equal(g.CDR3, w.cdr3) || g.Todo != w.todo || g.Bug != w.bug {
			t.Errorf("entry %d: got %+v (%s), want %+v", i, g, expected, w)
		}
	}
	var b bytes.Buffer
	if err := WriteFASTA(&b, got[:1]); err != nil || b.String() != ">f|1\nACGTAC\n" {
		t.Errorf("WriteFASTA wrote %q, %v", b.String(), err)
	}
	for _, bad := range []string{"ACGT\n", ">A B [TRG\nA\n", ">A B [TRG] {C\nA\n", ">A [TRG]\nA\n"} {
		if _, err := ReadFASTA(strings.NewReader(bad), "f"); err == nil {
			t.Errorf("ReadFASTA(%q): no error", bad)
		}
	}
}

// TestCuratedHeaders reads every row of the curated table a second time from
// its original header.
func TestCuratedHeaders(t *testing.T) {
	t.Parallel()
	n := 0
	err := readTSV(shared(t, "curated/curated.tsv"), nil, func(r row) error {
		n++
		e, err := parseHeader(r.get("raw_header"))
		if err != nil {
			return err
		}
		expected := ""
		if e.Expected != nil {
			expected = e.Expected.String()
		}
		wanted := ""
		if text := r.get("expected"); text != "" {
			w, err := ParseExpected(text)
			if err != nil {
				return err
			}
			wanted = w.String()
		}
		if e.Locus != r.get("locus") || expected != wanted || strings.Join(e.CDR3, ",") != r.get("cdr3") {
			return fmt.Errorf("header %q: [%s] %s %v", r.get("raw_header"), e.Locus, expected, e.CDR3)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if n != 185 {
		t.Errorf("%d rows, want 185", n)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	list := entries(t)
	var observed []Observation
	for i := range list {
		e := &list[i]
		switch {
		case e.Expected != nil:
			observed = append(observed, perfect(e, e.Expected.Designations()[0]))
		case e.Locus != Unseg:
			observed = append(observed, Observation{ID: e.ID, System: e.Locus})
		}
	}
	r := Score(list, observed, human(t))
	total := r.Totals()
	want := map[Level]string{Detected: "185/185", Locus: "157/157", Ends: "151/151", Genes: "151/151", Alleles: "151/151", Full: "151/151"}
	for l, w := range want {
		if got := total.At(l).String(); got != w {
			t.Errorf("%s: %s, want %s", l, got, w)
		}
	}
	if got := total.Junction.String(); got != "13/13" {
		t.Errorf("CDR3: %s, want 13/13", got)
	}
	if got := total.Spurious.String(); got != "0/27" {
		t.Errorf("spurious: %s, want 0/27", got)
	}
	if got := r.Of([]string{list[0].ID, "nobody"}); got.At(Full) != (Count{1, 1}) {
		t.Errorf("one entry: %v, want 1/1", got.At(Full))
	}
	var failures bytes.Buffer
	if err := r.WriteFailures(&failures); err != nil || failures.Len() > 0 {
		t.Errorf("failures of a perfect program: %v %s", err, failures.String())
	}
	silent := Score(list, nil, nil).Totals()
	if got := silent.At(Detected).String(); got != "27/185" {
		t.Errorf("a silent program is right in %s, want 27/185", got)
	}
}

func TestReportText(t *testing.T) {
	t.Parallel()
	list := []Entry{entry(t, "TRGV5*01 5/CC/3 TRGJ1 [TRG] {CATWF}"), entry(t, "TRDD2 0//9 TRDD3 [TRD+]"), entry(t, "x__UNSEG")}
	var observed []Observation
	for i := range list {
		list[i].ID = strconv.Itoa(i)
		observed = append(observed, Observation{ID: list[i].ID, System: "TRG", Designation: "TRGV5*01 5/CC/3 TRGJ1*01", JunctionAA: "CATW"})
	}
	r := Score(list, observed, nil)
	var table, failures bytes.Buffer
	if err := r.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteFailures(&failures); err != nil {
		t.Fatal(err)
	}
	wantTable := `locus  detected  locus  first and last gene  all genes  alleles  full  CDR3
TRD+   1/1       0/1    0/1                  0/1        0/1      0/1   -
TRG    1/1       1/1    1/1                  1/1        1/1      0/1   0/1
UNSEG  0/1       -      -                    -          -        -     -
all    2/3       1/2    1/2                  1/2        1/2      0/2   0/1
`
	if diff := cmp.Diff(wantTable, table.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	wantFailures := `0: full
  expected  [TRG] TRGV5*01 5/CC/3 TRGJ1 {CATWF}
  observed  [TRG] TRGV5*01 5/CC/3 TRGJ1*01 {CATW}
1: locus
  expected  [TRD+] TRDD2 0//9 TRDD3
  observed  [TRG] TRGV5*01 5/CC/3 TRGJ1*01 {CATW}
2: detected
  expected  [UNSEG] ` + `
  observed  [TRG] TRGV5*01 5/CC/3 TRGJ1*01 {CATW}
`
	if diff := cmp.Diff(wantFailures, failures.String()); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}
