package samplesheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"vidjil.org/vidjil/internal/lab"
)

// book makes a workbook of one sheet, as spreadsheet programs save it.
func book(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func set(t testing.TB, f *excelize.File, sheet, cell string, value any) {
	t.Helper()
	if err := f.SetCellValue(sheet, cell, value); err != nil {
		t.Fatal(err)
	}
}

func TestReadWorkbook(t *testing.T) {
	t.Parallel()
	data := book(t, func(f *excelize.File) {
		for i, v := range []string{"Sample", "Patient", "Date", "Info", "Last name"} {
			set(t, f, "Sheet1", fmt.Sprintf("%c2", 'A'+i), v)
		}
		set(t, f, "Sheet1", "A3", "S1")
		set(t, f, "Sheet1", "B3", 1800012345)
		set(t, f, "Sheet1", "C3", time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC))
		set(t, f, "Sheet1", "D3", 46056) // a number that could be a day, and is none
		set(t, f, "Sheet1", "E3", "Éluard")
		set(t, f, "Sheet1", "A5", "S2")
		set(t, f, "Sheet1", "C5", 46056)
		format := `[$-40C]d\ mmmm\ yyyy;@`
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStyle("Sheet1", "C5", "C5", style); err != nil {
			t.Fatal(err)
		}
		// What a formula gave when the book was saved counts; it is not computed.
		if err := f.SetCellFormula("Sheet1", "D5", `HYPERLINK("http://example.org","x")`); err != nil {
			t.Fatal(err)
		}
		if _, err := f.NewSheet("Other"); err != nil {
			t.Fatal(err)
		}
		set(t, f, "Other", "A1", "not read")
	})
	sheet, table, err := ReadAny(bytes.NewReader(data))
	if err != nil || sheet != nil {
		t.Fatalf("got %v, %v", sheet, err)
	}
	want := []TableRow{
		{3, []string{"S1", "1800012345", "2026-02-03", "46056", "Éluard"}},
		{5, []string{"S2", "", "2026-02-03", "", ""}},
	}
	if diff := cmp.Diff(want, table.Rows); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	meanings := map[Meaning]int{SampleName: 0, SubjectID: 1, SamplingDate: 2, Info: 3, LastName: 4}
	if diff := cmp.Diff(meanings, table.Recognise()); diff != "" {
		t.Errorf("meanings: -want +got:\n%s", diff)
	}
	if len(table.Faults) != 1 || !strings.Contains(table.Faults[0].Msg, "first sheet") {
		t.Errorf("got faults %v", table.Faults)
	}
}

func TestReadWorkbookOfSequencer(t *testing.T) {
	t.Parallel()
	data := book(t, func(f *excelize.File) {
		for i, v := range []string{"[Header]", "FileFormatVersion", "[BCLConvert_Data]", "Sample_ID", "S1"} {
			set(t, f, "Sheet1", fmt.Sprintf("A%d", i+1), v)
		}
		set(t, f, "Sheet1", "B2", 2)
		set(t, f, "Sheet1", "B4", "index")
		set(t, f, "Sheet1", "B5", "ACGT")
	})
	sheet, table, err := ReadAny(bytes.NewReader(data))
	if err != nil || table != nil {
		t.Fatalf("got %v, %v", table, err)
	}
	if sheet.Version != 2 || len(sheet.Rows) != 1 || sheet.Rows[0].SampleID != "S1" || sheet.Rows[0].Index != "ACGT" {
		t.Errorf("got %+v", sheet)
	}
}

func TestReadWorkbookRefused(t *testing.T) {
	t.Parallel()
	bomb := func(parts int, size int64) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i := range parts {
			w, err := z.Create(fmt.Sprintf("xl/part%d.xml", i))
			if err != nil {
				t.Fatal(err)
			}
			for n := int64(0); n < size; n += 1 << 16 {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	tall := func() []byte {
		return book(t, func(f *excelize.File) { set(t, f, "Sheet1", fmt.Sprintf("A%d", maxSheetRows+1), "x") })
	}
	wide := func() []byte {
		return book(t, func(f *excelize.File) {
			cell, err := excelize.CoordinatesToCellName(maxSheetColumns+1, 1)
			if err != nil {
				t.Fatal(err)
			}
			set(t, f, "Sheet1", cell, "x")
		})
	}
	whole := book(t, func(f *excelize.File) { set(t, f, "Sheet1", "A1", "x") })
	for name, tt := range map[string]struct {
		data []byte
		code lab.Code
	}{
		"one large part": {bomb(1, maxWorkbookBytes+1), lab.TooLarge},
		"many parts":     {bomb(maxWorkbookParts+1, 0), lab.TooLarge},
		"no workbook":    {bomb(1, 0), lab.Invalid},
		"cut short":      {whole[:len(whole)/2], lab.Invalid},
		"too many rows":  {tall(), lab.TooLarge},
		"too wide":       {wide(), lab.TooLarge},
		"only a header":  {whole, lab.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := ReadAny(bytes.NewReader(tt.data))
			if lab.CodeOf(err) != tt.code {
				t.Errorf("got %v, want %s", err, tt.code)
			}
		})
	}
}

func TestHasDay(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]bool{
		"dd/mm/yyyy": true, `[$-407]d. mmmm yyyy`: true, "YYYY\\-MM": true,
		"0.00": false, `0 "days"`: false, "[Red]0": false, "hh:mm:ss": false, `0\d`: false, "General": false,
	} {
		if got := hasDay(format); got != want {
			t.Errorf("%q: got %v", format, got)
		}
	}
}

// FuzzWorkbook: what is not a workbook, or a broken one, is an error for people.
func FuzzWorkbook(f *testing.F) {
	f.Add(book(f, func(b *excelize.File) {
		set(f, b, "Sheet1", "A1", "sample")
		set(f, b, "Sheet1", "A2", "S1")
	}))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, table, err := ReadAny(bytes.NewReader(append([]byte("PK\x03\x04"), bytes.TrimPrefix(data, []byte("PK\x03\x04"))...)))
		if code := lab.CodeOf(err); code != "" && code != lab.Invalid && code != lab.TooLarge {
			t.Fatal(err)
		}
		if err == nil && table != nil {
			for _, r := range table.Rows {
				if len(r.Cells) != len(table.Columns) {
					t.Errorf("got %d cells in %d columns", len(r.Cells), len(table.Columns))
				}
			}
		}
	})
}
