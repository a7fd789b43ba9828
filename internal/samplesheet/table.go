package samplesheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"vidjil.org/vidjil/internal/lab"
)

// maxBytes is many times the largest sheet of a sequencer (some thousand rows).
const maxBytes = 32 << 20

// line is a line of a table; cells are trimmed, empty ones at its end are gone.
type line struct {
	number int // from 1, in the file
	width  int // cells, with those at the end that are empty
	cells  []string
}

// cell is the i-th, empty where there is none.
func (l line) cell(i int) string {
	if i < 0 || i >= len(l.cells) {
		return ""
	}
	return l.cells[i]
}

// readLines reads a table as spreadsheets and people write them: commas,
// semicolons or tabs, quotes, any line ends, a byte order mark, UTF-8, UTF-16 or
// the Windows code page of western Europe, or a workbook (.xlsx). Empty lines are
// left out. Notes are on the file as a whole.
func readLines(r io.Reader) (lines []line, notes []Fault, err error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, nil, err
	}
	if len(data) > maxBytes {
		return nil, nil, lab.Errorf(lab.TooLarge, "the table has more than %d MB", maxBytes>>20)
	}
	if isWorkbook(data) {
		return readWorkbook(data)
	}
	text, guessed := decode(data)
	if strings.ContainsRune(text, 0) {
		return nil, nil, lab.Errorf(lab.Invalid, "this is not a table but a binary file: save it as .xlsx or CSV")
	}
	if guessed {
		notes = []Fault{{1, "", "the file is not UTF-8; letters with accents were read as Windows writes them: check them"}}
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if lines, err = split(text, false); err != nil {
		lines, err = split(text, true)
	}
	return lines, notes, err
}

// split cuts a table into cells. With lazy quotes one may stand inside a text
// (5" tube), and then none goes over lines: else one that is not closed would
// swallow all rows below it.
func split(text string, lazy bool) ([]line, error) {
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.FieldsPerRecord, c.LazyQuotes = separator(text), -1, lazy
	var lines []line
	for {
		cells, err := c.Read()
		if err == io.EOF {
			return lines, nil
		}
		if fault, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, openQuote(fault.StartLine)
		} else if err != nil {
			return nil, err
		}
		number, _ := c.FieldPos(0)
		l := line{number: number, width: len(cells)}
		for i, cell := range cells {
			if lazy && strings.Contains(cell, "\n") {
				at, _ := c.FieldPos(i)
				return nil, openQuote(at)
			}
			if cell = strings.TrimSpace(cell); cell != "" {
				for len(l.cells) < i {
					l.cells = append(l.cells, "")
				}
				l.cells = append(l.cells, cell)
			}
		}
		if len(l.cells) > 0 {
			lines = append(lines, l)
		}
	}
}

func openQuote(number int) error {
	return lab.Errorf(lab.Invalid, "line %d: a quote is not closed", number)
}

// separator is the one that most lines have, counted outside quotes. A comma in
// a description does not make a table of tabs one of commas.
func separator(text string) rune {
	best, most := ',', 0
	for _, sep := range []rune{'\t', ';', ','} {
		n := 0
		for row := range strings.SplitSeq(text, "\n") {
			if strings.ContainsRune(unquoted(row), sep) {
				n++
			}
		}
		if n > most {
			best, most = sep, n
		}
	}
	return best
}

func unquoted(row string) string {
	if !strings.Contains(row, `"`) {
		return row
	}
	var b strings.Builder
	for i, part := range strings.Split(row, `"`) {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}

// decode gives the text of a file. Bytes that are neither Unicode nor marked as
// such are taken for Windows-1252.
func decode(data []byte) (text string, guessed bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return fromUTF16(data[2:], 0, 1), false
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return fromUTF16(data[2:], 1, 0), false
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if utf8.Valid(data) {
		return string(data), false
	}
	var b strings.Builder
	for _, c := range data {
		switch {
		case c >= 0x80 && c < 0xa0:
			b.WriteRune(windows1252[c-0x80])
		default:
			b.WriteRune(rune(c))
		}
	}
	return b.String(), true
}

func fromUTF16(data []byte, low, high int) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = uint16(data[2*i+low]) | uint16(data[2*i+high])<<8
	}
	return string(utf16.Decode(units))
}

// windows1252 is what that code page has in place of the control characters 80
// to 9F, as WHATWG's index has it.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}
