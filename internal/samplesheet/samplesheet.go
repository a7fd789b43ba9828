// Package samplesheet reads what laboratories write about their samples: sheets
// of Illumina's sequencers (version 1 of IEM and bcl2fastq, version 2 of BCL
// Convert), tables for other programs, and what is pasted from a spreadsheet; as
// text or as a workbook (.xlsx).
//
// Real files have semicolons, byte order marks, commas at the end of each line
// and accents; all that is read. What is wrong in a row is told with its line and
// does not hide the other rows: the whole is shown to a person before anything is
// made of it.
//
// The package must not know patients, sets or files; it does not correct what a
// laboratory wrote.
package samplesheet

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// Sheet is a sample sheet of a sequencer.
type Sheet struct {
	Version int               // 1 or 2
	Header  map[string]string // of [Header]: "Experiment Name", "RunName", "Date" …
	Reads   []int             // cycles of the reads proper, without index reads
	// Settings are those of the demultiplexing: [Settings], [BCLConvert_Settings].
	Settings map[string]string
	Rows     []Row
	// Other are the sections of other programs ([Cloud_Data] …), by name, as
	// lines of cells.
	Other  map[string][][]string
	Faults []Fault
}

// Row is a sample on a lane.
type Row struct {
	Line int // in the file, from 1
	// Number is the one that file names have after "_S": samples are counted in
	// the order of their first rows.
	Number               int
	Lane                 int // 0 when not told: all lanes
	SampleID, SampleName string
	Plate, Well, Project string
	IndexName, Index     string // i7
	Index2Name, Index2   string // i5, as it stands; its direction depends on the instrument
	Description          string
	Other                map[string]string // columns of no fixed meaning, by their headers
}

// FileName is how the sample is called in the names of files: by its name if it
// has one, else by its id.
func (r Row) FileName() string {
	if r.SampleName != "" {
		return r.SampleName
	}
	return r.SampleID
}

// Fault is what is wrong, or worth a look, at one place.
type Fault struct {
	Line   int    // in the file, from 1
	Column string // header; "" for the whole row
	Msg    string
}

// Read reads a sample sheet, of either version. A file without a table of samples
// is a [lab.Invalid] error; faults of rows are told in the sheet.
func Read(r io.Reader) (*Sheet, error) {
	lines, notes, err := readLines(r)
	if err != nil {
		return nil, err
	}
	return sheetOf(lines, notes)
}

// ReadAny reads a sample sheet of a sequencer, or else a table with a header:
// whichever it is, the other is nil.
func ReadAny(r io.Reader) (*Sheet, *Table, error) {
	lines, notes, err := readLines(r)
	if err != nil {
		return nil, nil, err
	}
	if len(lines) > 0 && strings.HasPrefix(lines[0].cell(0), "[") {
		s, err := sheetOf(lines, notes)
		return s, nil, err
	}
	t, err := tableOf(lines, notes)
	return nil, t, err
}

func sheetOf(lines []line, notes []Fault) (*Sheet, error) {
	s := &Sheet{Version: 1, Header: map[string]string{}, Settings: map[string]string{}, Other: map[string][][]string{}, Faults: notes}
	section, data := "", []line(nil)
	for _, l := range lines {
		if first := l.cells[0]; strings.HasPrefix(first, "[") && strings.HasSuffix(first, "]") && len(l.cells) == 1 {
			section = strings.TrimSpace(first[1 : len(first)-1])
			if strings.EqualFold(section, "BCLConvert_Data") || strings.EqualFold(section, "BCLConvert_Settings") {
				s.Version = 2
			}
			continue
		}
		switch strings.ToLower(section) {
		case "header":
			s.Header[l.cells[0]] = l.cell(1)
		case "settings", "bclconvert_settings":
			s.Settings[l.cells[0]] = l.cell(1)
		case "reads":
			s.addRead(l)
		case "data", "bclconvert_data":
			data = append(data, l)
		case "":
			return nil, lab.Errorf(lab.Invalid, "this is no sample sheet of a sequencer: its first line is not a section like [Header]")
		default:
			s.Other[section] = append(s.Other[section], l.cells)
		}
	}
	if v := s.Header["FileFormatVersion"]; v == "2" {
		s.Version = 2
	}
	if len(data) == 0 {
		return nil, lab.Errorf(lab.Invalid, "the sample sheet has no samples: a section [Data] or [BCLConvert_Data] is missing or empty")
	}
	if err := s.addRows(data); err != nil {
		return nil, err
	}
	s.check()
	return s, nil
}

func (s *Sheet) fault(line int, column, format string, args ...any) {
	s.Faults = append(s.Faults, Fault{line, column, fmt.Sprintf(format, args...)})
}

// addRead takes a line of [Reads]: a number in version 1, Read1Cycles and the
// like in version 2.
func (s *Sheet) addRead(l line) {
	key, text := l.cells[0], l.cells[0]
	if len(l.cells) > 1 {
		if !strings.HasPrefix(strings.ToLower(key), "read") {
			return // of an index read
		}
		text = l.cells[1]
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		s.fault(l.number, "Reads", "%q is not a number of cycles", text)
		return
	}
	s.Reads = append(s.Reads, n)
}

// column gives a header its meaning: letters and digits only, in lower case.
func column(header string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, header)
}

func (s *Sheet) addRows(lines []line) error {
	headers, found := lines[0].cells, map[string]bool{}
	for _, h := range headers {
		found[column(h)] = true
	}
	if !found["sampleid"] {
		return lab.Errorf(lab.Invalid, "line %d: the table of samples has no column Sample_ID", lines[0].number)
	}
	numbers := map[string]int{}
	for _, l := range lines[1:] {
		row := Row{Line: l.number}
		for i, value := range l.cells {
			header := ""
			if i < len(headers) {
				header = headers[i]
			}
			s.set(&row, header, value)
		}
		if row.SampleID == "" {
			s.fault(l.number, "Sample_ID", "the sample has no id; the row is left out")
			continue
		}
		if numbers[row.SampleID] == 0 {
			numbers[row.SampleID] = len(numbers) + 1
		}
		row.Number = numbers[row.SampleID]
		s.Rows = append(s.Rows, row)
	}
	return nil
}

func (s *Sheet) set(row *Row, header, value string) {
	if value == "" {
		return
	}
	fields := map[string]*string{
		"sampleid": &row.SampleID, "samplename": &row.SampleName, "sampleplate": &row.Plate, "samplewell": &row.Well,
		"i7indexid": &row.IndexName, "index": &row.Index, "i5indexid": &row.Index2Name, "index2": &row.Index2,
		"sampleproject": &row.Project, "description": &row.Description,
	}
	name := column(header)
	switch field := fields[name]; {
	case field != nil:
		*field = value
	case name == "lane":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 99 {
			s.fault(row.Line, header, "%q is not a lane", value)
			return
		}
		row.Lane = n
	case header == "":
		s.fault(row.Line, "", "the row has more cells than the table has columns: is a comma in a text that is not quoted?")
	default:
		if row.Other == nil {
			row.Other = map[string]string{}
		}
		row.Other[header] = value
	}
}

// check looks for what makes a run go wrong, or names of files differ from those
// of samples.
func (s *Sheet) check() {
	type where struct {
		lane int
		key  string
	}
	ids, indices := map[where]int{}, map[where]int{}
	for i := range s.Rows {
		row := &s.Rows[i]
		at := where{row.Lane, row.SampleID}
		if before := ids[at]; before > 0 {
			s.fault(row.Line, "Sample_ID", "the sample is in line %d, too", before)
		}
		ids[at] = row.Line
		name := row.FileName()
		if bad := strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"); bad != "" {
			s.fault(row.Line, "Sample_ID", "names of files will differ: the id or name has %q, where sequencers take letters, digits, '-' and '_' only", bad)
		}
		s.checkIndex(row.Line, "index", &row.Index)
		s.checkIndex(row.Line, "index2", &row.Index2)
		pair := where{row.Lane, row.Index + "+" + row.Index2}
		if before := indices[pair]; before > 0 && row.Index != "" {
			s.fault(row.Line, "index", "the same index as in line %d: their reads cannot be told apart", before)
		}
		indices[pair] = row.Line
	}
}

func (s *Sheet) checkIndex(line int, column string, index *string) {
	*index = strings.ToUpper(*index)
	if strings.Trim(*index, "ACGTN") != "" && *index != "NA" {
		s.fault(line, column, "%q is not an index: A, C, G, T and N are expected", *index)
	}
}
