package samplesheet

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
)

const sheet1 = `[Header],,,,,,,,,,
IEMFileVersion,4,,,,,,,,,
Experiment Name,MRD 17,,,,,,,,,
Date,24/02/2023,,,,,,,,,
,,,,,,,,,,
[Reads],,,,,,,,,,
251,,,,,,,,,,
251,,,,,,,,,,
[Settings],,,,,,,,,,
Adapter,CTGTCTCTTATACACATCT,,,,,,,,,
[Data],,,,,,,,,,
Lane,Sample_ID,Sample_Name,Sample_Plate,Sample_Well,I7_Index_ID,index,I5_Index_ID,index2,Sample_Project,Description
1,23-001,PatA_FR1,P1,A01,N701,TAAGGCGA,S501,TAGATCGC,MRD,"diagnosis, bone marrow"
1,23-002,,P1,B01,N702,cgtactag,S501,TAGATCGC,MRD,
2,23-001,PatA_FR1,P1,A01,N701,TAAGGCGA,S501,TAGATCGC,MRD,
`

func TestReadVersion1(t *testing.T) {
	t.Parallel()
	want := &Sheet{
		Version:  1,
		Header:   map[string]string{"IEMFileVersion": "4", "Experiment Name": "MRD 17", "Date": "24/02/2023"},
		Reads:    []int{251, 251},
		Settings: map[string]string{"Adapter": "CTGTCTCTTATACACATCT"},
		Rows: []Row{
			{
				Line: 13, Number: 1, Lane: 1, SampleID: "23-001", SampleName: "PatA_FR1", Plate: "P1", Well: "A01", Project: "MRD",
				IndexName: "N701", Index: "TAAGGCGA", Index2Name: "S501", Index2: "TAGATCGC", Description: "diagnosis, bone marrow",
			},
			{
				Line: 14, Number: 2, Lane: 1, SampleID: "23-002", Plate: "P1", Well: "B01", Project: "MRD",
				IndexName: "N702", Index: "CGTACTAG", Index2Name: "S501", Index2: "TAGATCGC",
			},
			{
				Line: 15, Number: 1, Lane: 2, SampleID: "23-001", SampleName: "PatA_FR1", Plate: "P1", Well: "A01", Project: "MRD",
				IndexName: "N701", Index: "TAAGGCGA", Index2Name: "S501", Index2: "TAGATCGC",
			},
		},
		Other: map[string][][]string{},
	}
	semicolons := strings.ReplaceAll(strings.ReplaceAll(sheet1, ",", ";"), "diagnosis; bone", "diagnosis, bone")
	for name, text := range map[string]string{
		"as it is":                  sheet1,
		"byte order mark and CRLF":  "\xef\xbb\xbf" + strings.ReplaceAll(sheet1, "\n", "\r\n"),
		"old Mac":                   strings.ReplaceAll(sheet1, "\n", "\r"),
		"semicolons":                semicolons,
		"tabs":                      strings.ReplaceAll(semicolons, ";", "\t"),
		"UTF-16":                    inUTF16(sheet1),
		"no comma at the end":       strings.ReplaceAll(sheet1, ",,,,,,,,,\n", "\n"),
		"spaces":                    strings.ReplaceAll(sheet1, "MRD,", " MRD ,"),
		"headers in other spelling": strings.Replace(sheet1, "Lane,Sample_ID,Sample_Name", "lane,SampleID,Sample Name", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Read(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	if got := want.Rows[0].FileName() + " " + want.Rows[1].FileName(); got != "PatA_FR1 23-002" {
		t.Errorf("names in files: got %q", got)
	}
}

func inUTF16(text string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func TestReadVersion2(t *testing.T) {
	t.Parallel()
	const text = `[Header]
FileFormatVersion,2
RunName,Run 7
InstrumentPlatform,NextSeq1000/2000

[Reads]
Read1Cycles,151
Read2Cycles,151
Index1Cycles,10
Index2Cycles,10

[BCLConvert_Settings]
SoftwareVersion,3.8.4

[BCLConvert_Data]
Lane,Sample_ID,index,index2,Sample_Project
1,NTC,AAAAAAAAAA,CCCCCCCCCC,p
1,POS,GGGGGGGGGG,CCCCCCCCCC,p

[Cloud_Data]
Sample_ID,ProjectName
NTC,x
`
	got, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	want := &Sheet{
		Version: 2, Header: map[string]string{"FileFormatVersion": "2", "RunName": "Run 7", "InstrumentPlatform": "NextSeq1000/2000"},
		Reads: []int{151, 151}, Settings: map[string]string{"SoftwareVersion": "3.8.4"},
		Rows: []Row{
			{Line: 17, Number: 1, Lane: 1, SampleID: "NTC", Index: "AAAAAAAAAA", Index2: "CCCCCCCCCC", Project: "p"},
			{Line: 18, Number: 2, Lane: 1, SampleID: "POS", Index: "GGGGGGGGGG", Index2: "CCCCCCCCCC", Project: "p"},
		},
		Other: map[string][][]string{"Cloud_Data": {{"Sample_ID", "ProjectName"}, {"NTC", "x"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestFaults: what is wrong is told with its line, and all other rows are there.
func TestFaults(t *testing.T) {
	t.Parallel()
	const text = "[Reads]\nmany\n[Data]\n" +
		"Lane,Sample_ID,index,Own\n" +
		"x,A,ACGT,mine\n" + // 5
		"1,,ACGT,\n" +
		"1,B b,ACGT,\n" +
		"1,C,ACGT,\n" +
		"2,C,ACGU,\n" +
		"1,C,,\n" + // 10
		"1,D,TTTT,a,b\n" +
		"1,\xc9lo\xefse,CCCC,\n"
	got, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var faults []string
	for _, f := range got.Faults {
		faults = append(faults, strings.TrimSpace(strings.Join([]string{string(rune('0'+f.Line/10)) + string(rune('0'+f.Line%10)), f.Column, firstWords(f.Msg)}, " ")))
	}
	want := []string{
		"01  the file is",
		"02 Reads \"many\" is not",
		"05 Lane \"x\" is not",
		"06 Sample_ID the sample has",
		"11  the row has",
		"07 Sample_ID names of files",
		"08 index the same index",
		"09 index \"ACGU\" is not",
		"10 Sample_ID the sample is",
		"12 Sample_ID names of files",
	}
	if diff := cmp.Diff(want, faults); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(got.Rows) != 7 || got.Rows[0].Other["Own"] != "mine" || got.Rows[6].SampleID != "Éloïse" || got.Rows[6].Number != 5 {
		t.Errorf("got rows %+v", got.Rows)
	}
}

func firstWords(s string) string {
	words := strings.Fields(s)
	return strings.Join(words[:min(3, len(words))], " ")
}

func TestReadRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, says string }{
		"empty":          {"", "no samples"},
		"another table":  {"a,b\n1,2\n", "not a section"},
		"no data":        {"[Header]\nx,y\n", "no samples"},
		"no id":          {"[Data]\nLane,index\n1,ACGT\n", "Sample_ID"},
		"binary":         {"MZ\x00\x00", "binary"},
		"broken book":    {"PK\x03\x04\x00\x00", "cannot be read"},
		"quote not shut": {"[Data]\nSample_ID\n\"a\nb\nc\n", "line 3: a quote"},
		"too large":      {strings.Repeat("x", maxBytes+1), "MB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Read(strings.NewReader(tt.text))
			if code := lab.CodeOf(err); code != lab.Invalid && code != lab.TooLarge || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got error %v, want %q", err, tt.says)
			}
		})
	}
}

func TestReadTable(t *testing.T) {
	t.Parallel()
	got, err := ReadTable(strings.NewReader("sample_id\tfilename_R1\tfilename_R2\tsubject_id\tpcr_target_locus\tdate\tname\n" +
		"S1\ta_R1.fq\ta_R2.fq\tP\tIG\t2024-01-02\t5\" tube\nS2\tb_R1.fq\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []TableRow{
		{2, []string{"S1", "a_R1.fq", "a_R2.fq", "P", "IG", "2024-01-02", `5" tube`}},
		{3, []string{"S2", "b_R1.fq", "", "", "", "", ""}},
	}
	if diff := cmp.Diff(want, got.Rows); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	meanings := map[Meaning]int{SampleName: 0, FileR1: 1, FileR2: 2, SubjectID: 3, Locus: 4, SamplingDate: 5}
	if diff := cmp.Diff(meanings, got.Recognise()); diff != "" {
		t.Errorf("meanings: -want +got:\n%s", diff)
	}
	for _, bad := range []string{"", "a,b\n", "a,a\n1,2\n"} {
		if _, err := ReadTable(strings.NewReader(bad)); lab.CodeOf(err) != lab.Invalid {
			t.Errorf("%q: got error %v", bad, err)
		}
	}
	long, err := ReadTable(strings.NewReader("a,b\n1,2,3\n4,5\n"))
	if err != nil || len(long.Rows) != 2 || len(long.Faults) != 1 || long.Faults[0].Line != 2 {
		t.Errorf("a row that is too long: got %+v, %v", long, err)
	}
}

func TestReadPaste(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text   string
		kind   PasteKind
		want   PasteKind
		rows   [][]string
		faults int
	}{
		"patients": {
			"17\tAda\tLovelace\t1815-12-10\t#ALL\n18\tÉmile\tDupont\t\t\n", "", Patients,
			[][]string{{"17", "Ada", "Lovelace", "1815-12-10", "#ALL"}, {"18", "Émile", "Dupont", "", ""}},
			0,
		},
		"patients without info":  {"17\tAda\tLovelace\t1815-12-10\t\n", "", Patients, [][]string{{"17", "Ada", "Lovelace", "1815-12-10", ""}}, 0},
		"patients, as is wanted": {"17\tAda\tLovelace\t1815-12-10\n", Patients, Patients, [][]string{{"17", "Ada", "Lovelace", "1815-12-10", ""}}, 0},
		"runs":                   {"1\tRun 1\t2024-05-06\tx\n", "", Runs, [][]string{{"1", "Run 1", "2024-05-06", "x"}}, 0},
		"sets, semicolons":       {"a;b\nc;\n", "", Sets, [][]string{{"a", "b"}, {"c", ""}}, 0},
		"header in another order": {
			"Last name\tFirst name\tDate of birth\tShoe size\nLovelace\tAda\t1815-12-10\t36\n", "", Patients,
			[][]string{{"", "Ada", "Lovelace", "1815-12-10", ""}},
			0,
		},
		"header in French":      {"Nom;Prénom\nDupont;Émile\n", "", Patients, [][]string{{"", "Émile", "Dupont", "", ""}}, 0},
		"header of runs":        {"name\tdate\nRun 1\t2024-05-06\n", "", Runs, [][]string{{"", "Run 1", "2024-05-06", ""}}, 0},
		"header of sets":        {"name\tinfo\nx\ty\n", Sets, Sets, [][]string{{"x", "y"}}, 0},
		"too long for a header": {"name\tdate\nRun 1\t2024-05-06\tz\nRun 2\n", "", Runs, [][]string{{"", "Run 2", "", ""}}, 1},
		"line breaks in a cell": {"a\t\"b\nc\"\n", "", Sets, [][]string{{"a", "b\nc"}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ReadPaste(tt.text, tt.kind)
			if err != nil {
				t.Fatal(err)
			}
			var rows [][]string
			for _, r := range got.Rows {
				rows = append(rows, r.Cells)
			}
			if diff := cmp.Diff(tt.rows, rows); diff != "" || got.Kind != tt.want || len(got.Faults) != tt.faults {
				t.Errorf("kind %s, faults %v, -want +got:\n%s", got.Kind, got.Faults, diff)
			}
		})
	}
	for _, bad := range []string{"", "\n\n", "a\tb\tc\n", "1\t2\t3\t4\t5\t6\n"} {
		if _, err := ReadPaste(bad, ""); lab.CodeOf(err) != lab.Invalid {
			t.Errorf("%q: got error %v", bad, err)
		}
	}
}

// FuzzRead: any bytes give a sheet whose rows have ids and lines, or an error
// for people; so do tables and pasted text.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{sheet1, "[Data]\nSample_ID\n1\n", "\xff\xfea\x00", "a\tb\n\"x\ny\"\t2\n", "[Data]\nSample_ID,Lane\n\"\"\"a,1\n", "name;info\n\xe9;x\n", "\xfe\xff\x00"} {
		f.Add([]byte(seed))
	}
	known := func(err error) bool {
		code := lab.CodeOf(err)
		return code == "" || code == lab.Invalid || code == lab.TooLarge
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		sheet, err := Read(strings.NewReader(string(data)))
		if !known(err) || (err == nil) != (sheet != nil) {
			t.Fatalf("sheet: got %v, %v", sheet, err)
		}
		if err == nil {
			for _, r := range sheet.Rows {
				if r.SampleID == "" || r.Number < 1 || r.Line < 1 {
					t.Errorf("got row %+v", r)
				}
			}
		}
		table, err := ReadTable(strings.NewReader(string(data)))
		if !known(err) {
			t.Fatal(err)
		}
		if err == nil {
			for _, r := range table.Rows {
				if len(r.Cells) != len(table.Columns) {
					t.Errorf("got %d cells in %d columns", len(r.Cells), len(table.Columns))
				}
			}
		}
		if _, err := ReadPaste(string(data), ""); !known(err) {
			t.Fatal(err)
		}
	})
}
