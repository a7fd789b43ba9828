package samplesheet

import (
	"archive/zip"
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"vidjil.org/vidjil/internal/lab"
)

// Limits of spreadsheets. A workbook is a ZIP archive, in which a few bytes can
// stand for gigabytes: what it says that it holds is added up before anything is
// unpacked, and archive/zip refuses parts that hold more than they say.
const (
	maxWorkbookBytes = 64 << 20 // unpacked
	maxWorkbookParts = 2000
	maxSheetRows     = 20_000
	maxSheetColumns  = 200
)

// isWorkbook tells a .xlsx file by its first bytes: those of a ZIP archive.
func isWorkbook(data []byte) bool { return bytes.HasPrefix(data, []byte("PK\x03\x04")) }

// readWorkbook reads the first sheet of a workbook that is shown and has rows.
// Formulas are not computed: the values that were last saved count. Days become
// YYYY-MM-DD, however the cell shows them.
func readWorkbook(data []byte) (lines []line, notes []Fault, err error) {
	// The reader of workbooks is not ours; a file that makes it panic must not
	// end the program.
	defer func() {
		if recover() != nil {
			lines, notes, err = nil, nil, errWorkbook()
		}
	}()
	if err := checkWorkbook(data); err != nil {
		return nil, nil, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxWorkbookBytes, UnzipXMLSizeLimit: maxWorkbookBytes, // nothing goes to temporary files
	})
	if err != nil {
		return nil, nil, errWorkbook()
	}
	defer f.Close()
	w := workbook{file: f, isDay: map[int]bool{}}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		w.from1904 = *props.Date1904
	}
	for _, name := range f.GetSheetList() {
		if shown, err := f.GetSheetVisible(name); err != nil || !shown {
			continue
		}
		if len(lines) > 0 {
			return lines, []Fault{{lines[0].number, "", "only the first sheet of the workbook was read"}}, nil
		}
		if lines, err = w.lines(name); err != nil {
			return nil, nil, err
		}
	}
	return lines, nil, nil
}

func errWorkbook() error {
	return lab.Errorf(lab.Invalid, "this spreadsheet cannot be read: save it again as .xlsx, without a password, or as CSV")
}

// checkWorkbook refuses archives that unpack to more than a sheet of samples can
// be, before they are.
func checkWorkbook(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return errWorkbook()
	}
	total := uint64(0)
	for _, part := range z.File {
		total += min(part.UncompressedSize64, maxWorkbookBytes+1)
	}
	if len(z.File) > maxWorkbookParts || total > maxWorkbookBytes {
		return lab.Errorf(lab.TooLarge, "the spreadsheet unpacks to more than %d MB", maxWorkbookBytes>>20)
	}
	return nil
}

type workbook struct {
	file     *excelize.File
	isDay    map[int]bool // by number of a style
	from1904 bool         // days are counted from 1904
}

func (w *workbook) lines(sheet string) ([]line, error) {
	rows, err := w.file.Rows(sheet)
	if err != nil {
		return nil, errWorkbook()
	}
	defer rows.Close()
	var lines []line
	for number := 1; rows.Next(); number++ {
		if number > maxSheetRows {
			return nil, lab.Errorf(lab.TooLarge, "the sheet %q has more than %d rows", sheet, maxSheetRows)
		}
		cells, err := rows.Columns()
		if err != nil {
			return nil, errWorkbook()
		}
		if len(cells) > maxSheetColumns {
			return nil, lab.Errorf(lab.TooLarge, "row %d of the sheet %q has more than %d cells", number, sheet, maxSheetColumns)
		}
		l := line{number: number, width: len(cells)}
		for i, text := range cells {
			if text = strings.TrimSpace(text); text == "" {
				continue
			}
			for len(l.cells) < i {
				l.cells = append(l.cells, "")
			}
			l.cells = append(l.cells, w.value(sheet, i+1, number, text))
		}
		if len(l.cells) > 0 {
			lines = append(lines, l)
		}
	}
	if rows.Error() != nil {
		return nil, errWorkbook()
	}
	return lines, nil
}

// value is the text of a cell: numbers that are shown as days become days.
func (w *workbook) value(sheet string, column, row int, text string) string {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text
	}
	if n >= 1 && n < 2_958_466 { // the days that spreadsheets know, up to the year 9999
		if day, ok := w.day(sheet, column, row, n); ok {
			return day
		}
	}
	// 1e5 is what files have for 100000; an identifier is not to be changed.
	if math.Trunc(n) == n && math.Abs(n) < 1e15 && strings.ContainsAny(text, ".eE") {
		return strconv.FormatInt(int64(n), 10)
	}
	return text
}

func (w *workbook) day(sheet string, column, row int, n float64) (string, bool) {
	cell, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return "", false
	}
	id, err := w.file.GetCellStyle(sheet, cell)
	if err != nil {
		return "", false
	}
	isDay, known := w.isDay[id]
	if !known {
		if style, err := w.file.GetStyle(id); err == nil {
			isDay = showsDay(style)
		}
		w.isDay[id] = isDay
	}
	if !isDay {
		return "", false
	}
	at, err := excelize.ExcelDateToTime(n, w.from1904)
	return at.Format(time.DateOnly), err == nil
}

// showsDay tells whether a style shows a number as a day. The numbers are those
// that ISO/IEC 29500-1, 18.8.30, gives to formats of days, in all languages.
func showsDay(s *excelize.Style) bool {
	if s.CustomNumFmt != nil {
		return hasDay(*s.CustomNumFmt)
	}
	n := s.NumFmt
	return n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 31 || n == 36 || n >= 50 && n <= 54 || n == 57 || n == 58
}

// hasDay tells whether a format has letters for a day or year outside quotes,
// brackets (colours, languages) and behind no backslash.
func hasDay(format string) bool {
	quoted, bracket, skip := false, false, false
	for _, r := range format {
		switch {
		case skip:
			skip = false
		case r == '\\' || r == '_' || r == '*':
			skip = true
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '[':
			bracket = true
		case r == ']':
			bracket = false
		case !bracket && strings.ContainsRune("dDyY", r):
			return true
		}
	}
	return false
}
