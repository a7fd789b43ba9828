package airr

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// minimal is a header with the required columns, in schema order.
var minimal = strings.Join(required, "\t")

func readAll(t testing.TB, text string) ([]Rearrangement, *Reader) {
	t.Helper()
	rd, err := NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatalf("NewReader: %v", err)
	}
	var rows []Rearrangement
	for row, err := range rd.All() {
		if err != nil {
			t.Fatalf("Read: %v", err)
		}
		rows = append(rows, row)
	}
	return rows, rd
}

func TestWriterWritesTheExactDialect(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	columns := append([]string{"my_own", "v_score", "duplicate_count"}, required...)
	w, err := NewWriter(&out, columns)
	if err != nil {
		t.Fatal(err)
	}
	row := Rearrangement{
		SequenceID: "a\tb\r\nc", Sequence: "ACGT", RevComp: False, Productive: Null, DuplicateCount: Some(0),
		Extra: []Field{{"my_own", `x"y`}},
	}
	row.V.Score = Some(1e-7)
	if err := w.Write(&row); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "sequence_id\tsequence\trev_comp\tproductive\tv_call\td_call\tj_call\tsequence_alignment\tgermline_alignment\t" +
		"junction\tjunction_aa\tv_score\tv_cigar\td_cigar\tj_cigar\tduplicate_count\tmy_own\n" +
		"a b  c\tACGT\tF\t\t\t\t\t\t\t\t\t1e-07\t\t\t\t0\tx\"y\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := w.Replaced(); got != 3 {
		t.Errorf("Replaced = %d, want 3", got)
	}
}

func TestWriterRefuses(t *testing.T) {
	t.Parallel()
	for name, columns := range map[string][]string{
		"twice":          append([]string{"locus", "locus"}, required...),
		"not snake case": append([]string{"My Column"}, required...),
		"required":       {"sequence_id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := NewWriter(io.Discard, columns); err == nil {
				t.Error("no error")
			}
		})
	}
	t.Run("unknown extra", func(t *testing.T) {
		t.Parallel()
		w, err := NewWriter(io.Discard, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = w.Write(&Rearrangement{Extra: []Field{{"lost", "x"}}})
		if err == nil || !strings.Contains(err.Error(), `"lost"`) {
			t.Errorf("error = %v, want one that names the column", err)
		}
	})
	t.Run("failing output", func(t *testing.T) {
		t.Parallel()
		w, err := NewWriter(brokenPipe{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("error = %v, want io.ErrClosedPipe", err)
		}
	})
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// A table without rows has a header all the same.
func TestWriterWithoutRows(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w, err := NewWriter(&out, required)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != minimal+"\n" {
		t.Errorf("got %q", got)
	}
}

// Whatever a row holds comes back, as long as its texts have no tab or line end
// and its calls are bare names.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var want []Rearrangement
		for range rapid.IntRange(0, 4).Draw(rt, "rows") {
			want = append(want, drawRow(rt))
		}
		var out bytes.Buffer
		columns := append(SchemaColumns(), "recombination_system", "designation", "cause", "productive_reason",
			"eric_productive", "warnings", "one", "two")
		w, err := NewWriter(&out, columns)
		if err != nil {
			rt.Fatal(err)
		}
		for i := range want {
			if err := w.Write(&want[i]); err != nil {
				rt.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			rt.Fatal(err)
		}
		rd, err := NewReader(&out)
		if err != nil {
			rt.Fatal(err)
		}
		var got []Rearrangement
		for row, err := range rd.All() {
			if err != nil {
				rt.Fatal(err)
			}
			got = append(got, row)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Errorf("(-written +read):\n%s", diff)
		}
	})
}

func drawRow(rt *rapid.T) Rearrangement {
	r := Rearrangement{Extra: []Field{{"one", rapid.StringMatching(`[ -~]*`).Draw(rt, "one")}, {"two", ""}}}
	cell := rapid.StringMatching(`[!-~]{0,6}`)
	for _, c := range schema().columns {
		if rapid.Bool().Draw(rt, "null") {
			continue
		}
		switch c.kind {
		case kindString:
			*c.text(&r) = cell.Draw(rt, c.name)
			if strings.HasSuffix(c.name, "_call") {
				*c.text(&r) = rapid.SampledFrom([]string{"", "IGHV1-2*02", "IGHV1-2*02,IGHV1-3*01", "KDE"}).Draw(rt, c.name)
			}
		case kindBool:
			*c.boolean(&r) = rapid.SampledFrom([]Bool{Null, True, False}).Draw(rt, c.name)
		case kindInt:
			*c.integer(&r) = Some(rapid.Int().Draw(rt, c.name))
		case kindNumber:
			*c.number(&r) = Some(rapid.Float64().Draw(rt, c.name))
		}
	}
	return r
}

func TestReaderDialects(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, text string
		want       []Rearrangement
		dialect    Dialect
	}{
		{
			name: "loose spellings",
			text: "\ufeffsequence_id\tsequence\trev_comp\tproductive\tv_call\td_call\tj_call\tsequence_alignment\tgermline_alignment" +
				"\tjunction\tjunction_aa\tv_cigar\td_cigar\tj_cigar\tduplicate_count\tv_identity\tcdr3_start\t\r\n" +
				"a\tACGT\tFALSE\ttrue\tHomsap IGHV1-2*02 F, or Homsap IGHV1-3*01 F\tIGHD3-3*01 (F)\tHomsap_IGHJ4*02 [ORF]" +
				"\t\t\t\t\t\t\t\t12.0\tNA\t0\t\r\n\r\n",
			want: []Rearrangement{{
				SequenceID: "a", Sequence: "ACGT", RevComp: False, Productive: True, V: Call{Call: "IGHV1-2*02,IGHV1-3*01"},
				D: Call{Call: "IGHD3-3*01"}, J: Call{Call: "IGHJ4*02"}, DuplicateCount: Some(12), CDR3: Region{Start: Some(0)},
			}},
			dialect: Dialect{
				LooseBooleans: true, LooseNulls: true, LooseIntegers: true, DecoratedCalls: true, ZeroBased: true,
				CRLF: true, ByteOrder: true,
			},
		},
		{
			name: "MiXCR",
			text: "cloneId\tcloneCount\tcloneFraction\ttargetSequences\tallVHitsWithScore\tbestJHit\tnSeqCDR3\taaSeqCDR3\tchains\n" +
				"3\t12.0\t0.5\tACGTACGT\tIGHV3-23*00(1234),IGHV3-23D*00(1234),IGHV3-66*00(900)\tIGHJ4*00\tTGTGCGAGAGACTGG\tCARDW\tIGH\n",
			want: []Rearrangement{{
				SequenceID: "3", CloneID: "3", DuplicateCount: Some(12), Sequence: "ACGTACGT", V: Call{Call: "IGHV3-23*00,IGHV3-23D*00"},
				J: Call{Call: "IGHJ4*00"}, Junction: "TGTGCGAGAGACTGG", JunctionAA: "CARDW", Locus: "IGH",
				Extra: []Field{{"cloneFraction", "0.5"}},
			}},
			dialect: Dialect{
				MissingRequired: []string{"rev_comp", "productive", "d_call", "sequence_alignment", "germline_alignment", "v_cigar", "d_cigar", "j_cigar"},
				Renamed: []string{
					"cloneId as sequence_id", "cloneCount as duplicate_count", "targetSequences as sequence",
					"allVHitsWithScore as v_call", "bestJHit as j_call", "nSeqCDR3 as junction", "aaSeqCDR3 as junction_aa", "chains as locus",
				},
				LooseIntegers: true, DecoratedCalls: true,
			},
		},
		{
			name: "MiXCR before version 3",
			text: "Clone ID\tClone count\tClonal sequence(s)\tBest V hit\tBest J hit\tN. Seq. CDR3\tAA. Seq. CDR3\n" +
				"1\t7\tACGT\tTRBV5-1*00\tTRBJ1-1*00\tTGT\tC\n",
			want: []Rearrangement{{
				SequenceID: "1", CloneID: "1", DuplicateCount: Some(7), Sequence: "ACGT", V: Call{Call: "TRBV5-1*00"},
				J: Call{Call: "TRBJ1-1*00"}, Junction: "TGT", JunctionAA: "C",
			}},
			dialect: Dialect{
				MissingRequired: []string{"rev_comp", "productive", "d_call", "sequence_alignment", "germline_alignment", "v_cigar", "d_cigar", "j_cigar"},
				Renamed: []string{
					"Clone ID as sequence_id", "Clone count as duplicate_count", "Clonal sequence(s) as sequence",
					"Best V hit as v_call", "Best J hit as j_call", "N. Seq. CDR3 as junction", "AA. Seq. CDR3 as junction_aa",
				},
			},
		},
		{
			name: "IgBLAST footer",
			text: minimal + "\na" + strings.Repeat("\t", len(required)-1) +
				"\nTotal queries = 1\nTotal identifiable CDR3 = 0\n",
			want:    []Rearrangement{{SequenceID: "a"}},
			dialect: Dialect{Footer: true},
		},
		{
			name:    "an AIRR clone_id is not MiXCR's",
			text:    minimal + "\tclone_id\tallele_count\na" + strings.Repeat("\t", len(required)-1) + "\t9\t4\n",
			want:    []Rearrangement{{SequenceID: "a", CloneID: "9", Extra: []Field{{"allele_count", "4"}}}},
			dialect: Dialect{},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, rd := readAll(t, tc.text)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.dialect, rd.Dialect()); diff != "" {
				t.Errorf("dialect (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReaderErrorsNameThePlace(t *testing.T) {
	t.Parallel()
	row := func(cells ...string) string {
		return strings.Join(cells, "\t") + strings.Repeat("\t", len(required)-len(cells)) + "\n"
	}
	for _, tc := range []struct{ name, text, want string }{
		{"empty", "", "no header line"},
		{"not a table", "hello\n", "line 1: the header has one column only: not a table separated by tabs"},
		{"twice", "a\tb\ta\n", "line 1, column a: the column stands twice"},
		{"no name", "a\t\tb\n", "line 1: a column without name"},
		{"boolean", minimal + "\n" + row("ok") + row("x", "ACGT", "yes"), `line 3, column rev_comp: "yes" is not a boolean (T or F)`},
		{"cells", minimal + "\nx\ty\n", "line 2: 2 cells, the header has 14"},
		{"integer", minimal + "\tv_sequence_start\n" + strings.TrimSuffix(row("x"), "\n") + "\t1.5\n", `line 2, column v_sequence_start: "1.5" is not an integer`},
		{"number", minimal + "\tv_score\n" + strings.TrimSuffix(row("x"), "\n") + "\thigh\n", `line 2, column v_score: "high" is not a number`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			rd, err := NewReader(strings.NewReader(tc.text))
			for err == nil {
				var r Rearrangement
				err = rd.Read(&r)
			}
			if !strings.HasSuffix(err.Error(), tc.want) {
				t.Errorf("error %q, want …%q", err, tc.want)
			}
		})
	}
}

// After a broken row the reader goes on with the next one.
func TestReaderGoesOnAfterABrokenRow(t *testing.T) {
	t.Parallel()
	tail := strings.Repeat("\t", len(required)-1) + "\n"
	rd, err := NewReader(strings.NewReader(minimal + "\na\tb\nc" + tail))
	if err != nil {
		t.Fatal(err)
	}
	var r Rearrangement
	var ce *CellError
	if err := rd.Read(&r); !errors.As(err, &ce) || ce.Line != 2 {
		t.Fatalf("first row: error %v, want a CellError of line 2", err)
	}
	if err := rd.Read(&r); err != nil || r.SequenceID != "c" {
		t.Errorf("second row: %q, %v", r.SequenceID, err)
	}
	if err := rd.Read(&r); !errors.Is(err, io.EOF) {
		t.Errorf("end: %v, want io.EOF", err)
	}
}

func TestReaderGzip(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	zw := gzip.NewWriter(&zipped)
	// A line longer than the buffers.
	long := strings.Repeat("ACGT", 100_000)
	fmt.Fprintf(zw, "%s\na\t%s%s\n", minimal, long, strings.Repeat("\t", len(required)-2))
	zw.Close()
	rows, _ := readAll(t, zipped.String())
	if len(rows) != 1 || rows[0].Sequence != long {
		t.Errorf("%d rows", len(rows))
	}
	rd, err := NewReader(bytes.NewReader(zipped.Bytes()[:zipped.Len()-12]))
	for err == nil {
		var r Rearrangement
		err = rd.Read(&r)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("truncated: error %v, want io.ErrUnexpectedEOF", err)
	}
}

func TestCleanCall(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"IGHV1-2*02":          "IGHV1-2*02",
		"Homsap IGHV1-2*02 F": "IGHV1-2*02",
		"Homsap IGHV3-49*03 F,Homsap IGHV3-49*04 F": "IGHV3-49*03,IGHV3-49*04",
		"Musmus IGKV1 (F), or Musmus IGKV2 [ORF]":   "IGKV1,IGKV2",
		"TRAV29/DV5*01":                    "TRAV29/DV5*01",
		"IGHJ4*02, IGHJ4*02":               "IGHJ4*02",
		"KDE":                              "KDE",
		"dummyD":                           "dummyD",
		"my gene":                          "my",
		"":                                 "",
		",":                                "",
		"IGHV3-23*00(12.5),IGHV3-66*00(9)": "IGHV3-23*00",
		"Oryctolagus cuniculus_New_Zealand IGHV1 F":      "IGHV1",
		"Homsap IGHV1-69*01 F, or Homsap IGHV1-69D*01 F": "IGHV1-69*01,IGHV1-69D*01",
	} {
		if got := CleanCall(in); got != want {
			t.Errorf("CleanCall(%q) = %q, want %q", in, got, want)
		}
		if got := CleanCall(want); got != want {
			t.Errorf("CleanCall(%q) = %q: not stable", want, got)
		}
	}
}

func TestReadRealTables(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]int{
		"data/real/alakazam_exampledb.airr.tsv.gz":    1999,
		"data/real/genbank/human.igblast.airr.tsv.gz": 2750,
		"data/real/genbank/mouse.igblast.airr.tsv.gz": 2093,
		"data/real/trust4/TRUST_example_airr.tsv":     44,
		"data/vidjil-files/Demo-X5.airr":              0,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			rd, err := NewReader(shared(t, path))
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for row, err := range rd.All() {
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(row.V.Call, " ") {
					t.Errorf("line %d: v_call %q", rd.Line(), row.V.Call)
				}
				n++
			}
			if n != want {
				t.Errorf("%d rows, want %d", n, want)
			}
		})
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(minimal + "\n"))
	f.Add([]byte("cloneId\tcloneCount\n1\t2.0\n"))
	f.Add([]byte(minimal + "\tv_sequence_start\nx\tACGT\tT\tF\tIGHV1*01" + strings.Repeat("\t", 9) + "\t1\n"))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rd, err := NewReader(bytes.NewReader(data))
		if err != nil {
			return
		}
		var out bytes.Buffer
		columns := append(SchemaColumns(), ownNames()...)
		var rows []Rearrangement
		for {
			var r Rearrangement
			err := rd.Read(&r)
			if _, ok := errors.AsType[*CellError](err); ok {
				continue
			}
			if err != nil {
				break
			}
			r.Extra = nil
			rows = append(rows, r)
		}
		w, err := NewWriter(&out, columns)
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
		if w.Replaced() > 0 {
			return // carriage returns inside cells
		}
		again, _ := readAll(t, out.String())
		if len(rows) != len(again) {
			t.Fatalf("%d rows, read again %d", len(rows), len(again))
		}
		if _, err := Lint(&out, LintOptions{}); err != nil {
			t.Errorf("Lint: %v", err)
		}
	})
}

func ownNames() []string {
	var names []string
	for _, c := range schema().columns {
		if c.own {
			names = append(names, c.name)
		}
	}
	return names
}
