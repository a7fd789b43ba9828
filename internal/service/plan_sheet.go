package service

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/samplesheet"
)

// sheetRow is what a row of a sheet says of a sample.
type sheetRow struct {
	line       int
	name, file string // by which the sample is found

	subject          PlannedPatient
	day, description string
}

// readSheet adds to samples what a sheet says of them. What is wrong with the
// sheet, or fits no file, becomes a note.
func (p *Plan) readSheet(data []byte) {
	if len(bytes.TrimSpace(data)) == 0 {
		return
	}
	rows, err := p.sheetRows(data)
	if err != nil {
		p.note("the sheet was not used: %s", err)
		return
	}
	for _, row := range rows {
		x := p.sampleOf(row)
		if x == nil {
			p.note("line %d: there is no file of %q", row.line, row.name+row.file)
			continue
		}
		if row.name != "" && row.file != "" {
			x.Name = row.name // the file is the sample's; people chose its name
		}
		if _, err := lab.ParseDate(row.day); err != nil {
			p.note("line %d: %s", row.line, err)
		} else if row.day != "" {
			x.SamplingDate = row.day
		}
		if row.description != "" {
			x.Info = row.description
		}
		if row.subject != (PlannedPatient{}) {
			if _, err := lab.ParseDate(row.subject.Birth); err != nil {
				p.note("line %d: %s", row.line, err)
				row.subject.Birth = ""
			}
			x.Subject = row.subject
		}
	}
}

func (p *Plan) note(format string, args ...any) {
	if len(p.Notes) < 200 {
		p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
	}
}

func (p *Plan) sheetRows(data []byte) (rows []sheetRow, err error) {
	sheet, t, err := samplesheet.ReadAny(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if sheet != nil {
		return p.sequencerRows(sheet), nil
	}
	p.addFaults(t.Faults)
	columns := t.Recognise()
	for _, r := range t.Rows {
		cell := func(m samplesheet.Meaning) string {
			if i, ok := columns[m]; ok {
				return strings.TrimSpace(r.Cells[i])
			}
			return ""
		}
		row := sheetRow{
			line: r.Line, name: cell(samplesheet.SampleName), file: path.Base("/" + strings.ReplaceAll(cell(samplesheet.FileR1), `\`, "/")),
			subject: PlannedPatient{cell(samplesheet.SubjectID), cell(samplesheet.LastName), cell(samplesheet.FirstName), cell(samplesheet.Birth)},
			day:     cell(samplesheet.SamplingDate), description: cell(samplesheet.Info),
		}
		if row.file == "/" {
			row.file = ""
		}
		if row.name != "" || row.file != "" {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil, lab.Errorf(lab.Invalid, "it has neither a column of sample names nor one of file names")
	}
	return rows, nil
}

func (p *Plan) sequencerRows(sheet *samplesheet.Sheet) (rows []sheetRow) {
	p.addFaults(sheet.Faults)
	seen := map[string]bool{}
	for _, r := range sheet.Rows {
		if seen[r.SampleID] {
			continue // on several lanes
		}
		seen[r.SampleID] = true
		rows = append(rows, sheetRow{line: r.Line, name: r.FileName(), description: r.Description})
	}
	return rows
}

func (p *Plan) addFaults(list []samplesheet.Fault) {
	for _, f := range list {
		if f.Column == "" {
			p.note("line %d: %s", f.Line, f.Msg)
		} else {
			p.note("line %d, %s: %s", f.Line, f.Column, f.Msg)
		}
	}
}

// sampleOf finds the sample that a row is about: by its file, or else by its
// name, in which sequencers replace whatever is no letter or digit. Of several
// with the name none is chosen.
func (p *Plan) sampleOf(row sheetRow) *PlannedSample {
	var found *PlannedSample
	for i := range p.Samples {
		x := &p.Samples[i]
		if row.file != "" {
			for _, f := range x.Files {
				if f.Name == row.file {
					return x
				}
			}
			continue
		}
		if fileStem(x.Name) != fileStem(row.name) {
			continue
		}
		if found != nil {
			return nil
		}
		found = x
	}
	return found
}

// fileStem is a name as sequencers write it into those of files.
func fileStem(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, lab.Fold(name))
}
