package samplesheet

import (
	"io"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// Table is any table with a header: of airrflow, of iReceptor's metadata, of a
// laboratory.
type Table struct {
	Columns []string
	Rows    []TableRow
	Faults  []Fault
}

// TableRow is a row; cells are as many as columns.
type TableRow struct {
	Line  int // in the file, from 1
	Cells []string
}

// ReadTable reads a table with a header.
func ReadTable(r io.Reader) (*Table, error) {
	lines, notes, err := readLines(r)
	if err != nil {
		return nil, err
	}
	return tableOf(lines, notes)
}

func tableOf(lines []line, notes []Fault) (*Table, error) {
	if len(lines) < 2 {
		return nil, lab.Errorf(lab.Invalid, "the table has no rows below its header")
	}
	t := &Table{Columns: lines[0].cells, Faults: notes}
	for i, c := range t.Columns {
		if c != "" && slices.Contains(t.Columns[:i], c) {
			return nil, lab.Errorf(lab.Invalid, "line %d: two columns are called %q", lines[0].number, c)
		}
	}
	for _, l := range lines[1:] {
		if len(l.cells) > len(t.Columns) {
			t.Faults = append(t.Faults, Fault{l.number, "", "the row has more cells than the table has columns"})
			l.cells = l.cells[:len(t.Columns)]
		}
		t.Rows = append(t.Rows, TableRow{l.number, append(l.cells, make([]string, len(t.Columns)-len(l.cells))...)})
	}
	return t, nil
}

// Meaning is what a column is for.
type Meaning string

// The meanings that can be recognised.
const (
	SampleName   Meaning = "sample"
	SubjectID    Meaning = "subject"
	LastName     Meaning = "last_name"
	FirstName    Meaning = "first_name"
	Birth        Meaning = "birth"
	SamplingDate Meaning = "sampling_date"
	FileR1       Meaning = "file_r1"
	FileR2       Meaning = "file_r2"
	FileIndex    Meaning = "file_i1"
	Info         Meaning = "info"
	Tissue       Meaning = "tissue"
	Locus        Meaning = "locus"
	Species      Meaning = "species"
)

// meanings are the headers of known programs: airrflow, the AIRR metadata schema
// as iReceptor uses it, nf-core, and plain words. Of two columns of one meaning
// the header that stands first here wins.
var meanings = []struct {
	meaning Meaning
	headers []string
}{
	{SampleName, []string{"sample_id", "sample", "sample_name", "name"}},
	{SubjectID, []string{"subject_id", "patient_id", "subject", "patient"}},
	{LastName, []string{"last_name", "patient_last_name", "surname", "family_name", "nom"}},
	{FirstName, []string{"first_name", "patient_first_name", "given_name", "prnom", "prenom"}},
	{Birth, []string{"birth", "birth_date", "date_of_birth", "birthday", "dob", "date_de_naissance"}},
	{SamplingDate, []string{"sampling_date", "collection_date", "sample_date", "date"}},
	{FileR1, []string{"filename_r1", "fastq_1", "sequencing_data_file", "r1", "file1", "filename", "file"}},
	{FileR2, []string{"filename_r2", "fastq_2", "paired_sequencing_data_file", "paired_filename", "r2", "file2"}},
	{FileIndex, []string{"filename_i1", "index_filename", "i1"}},
	{Info, []string{"info", "comment", "comments", "description", "note"}},
	{Tissue, []string{"tissue"}},
	{Locus, []string{"pcr_target_locus", "locus"}},
	{Species, []string{"species", "organism"}},
}

// Recognise proposes what columns are for, by number from 0. A person, or a
// mapping that the laboratory has kept, decides.
func (t *Table) Recognise() map[Meaning]int {
	at := map[string]int{}
	for i, c := range slices.Backward(t.Columns) {
		at[column(c)] = i
	}
	found := map[Meaning]int{}
	for _, m := range meanings {
		for _, h := range m.headers {
			if i, ok := at[column(h)]; ok {
				found[m.meaning] = i
				break
			}
		}
	}
	return found
}

// Paste is what somebody pastes into the form for new patients, runs or sets.
type Paste struct {
	Kind    PasteKind
	Columns []string // one of the lists of pasteForms
	Rows    []TableRow
	Faults  []Fault // a row with a fault is not among Rows
}

// PasteKind is what the rows are to become.
type PasteKind string

// The kinds.
const (
	Patients PasteKind = "patient"
	Runs     PasteKind = "run"
	Sets     PasteKind = "set"
)

// pasteForms are the columns of Vidjil's own form, by their number where there is
// no header. Each column has the words that a header may use for it.
var pasteForms = []struct {
	kind    PasteKind
	columns []string
	words   [][]string
}{
	{
		Patients,
		[]string{"id", "first_name", "last_name", "birth", "info"},
		[][]string{{"id", "identifier", "patientid", "label"}, {"firstname", "givenname", "prenom", "prnom", "vorname"}, {"lastname", "name", "surname", "familyname", "nom", "nachname"}, {"birth", "birthdate", "dateofbirth", "birthday", "dob", "geburtsdatum", "datedenaissance"}, {"info", "information", "comment"}},
	},
	{
		Runs,
		[]string{"id", "name", "date", "info"},
		[][]string{{"id", "identifier", "runid", "label"}, {"name", "run", "runname"}, {"date", "rundate"}, {"info", "information", "comment"}},
	},
	{
		Sets,
		[]string{"name", "info"},
		[][]string{{"name", "set", "setname"}, {"info", "information", "comment"}},
	},
}

// ReadPaste reads pasted rows: five columns are patients (id, first name, last
// name, birth, info), four runs (id, name, date, info), two sets (name, info).
// With a header, columns may be missing or stand in another order. kind, unless
// it is "", says what is wanted.
func ReadPaste(text string, kind PasteKind) (*Paste, error) {
	lines, _, err := readLines(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, lab.Errorf(lab.Invalid, "there is nothing to paste")
	}
	width := 0
	for _, l := range lines {
		width = max(width, l.width)
	}
	order, form := headerOrder(lines[0], kind)
	if order != nil {
		lines = lines[1:]
	} else if form = formOf(width, kind); form < 0 {
		return nil, lab.Errorf(lab.Invalid, "%d columns are not understood: patients have 5 (id, first name, last name, birth, info), runs 4 (id, name, date, info), sets 2 (name, info); or put a header above them", width)
	}
	p := &Paste{Kind: pasteForms[form].kind, Columns: pasteForms[form].columns}
	for _, l := range lines {
		cells := make([]string, len(p.Columns))
		over := false
		for i, value := range l.cells {
			to := i
			if order != nil {
				to = -1
				if i < len(order) {
					to = order[i]
				}
			}
			if to >= 0 && to < len(cells) {
				cells[to] = value
			} else if order == nil || i >= len(order) {
				over = over || value != ""
			}
		}
		if over {
			p.Faults = append(p.Faults, Fault{l.number, "", "the row has more cells than there are columns"})
			continue
		}
		p.Rows = append(p.Rows, TableRow{l.number, cells})
	}
	return p, nil
}

// formOf is the form of a number of columns. The last ones may be empty in all
// rows, so a kind that is wanted may have fewer.
func formOf(width int, kind PasteKind) int {
	for i, f := range pasteForms {
		if len(f.columns) == width && (kind == "" || kind == f.kind) || kind == f.kind && width < len(f.columns) {
			return i
		}
	}
	return -1
}

// headerOrder tells which column of the form each cell of a header is for, -1
// for none; nil if the line is no header. A header has at least two known words,
// or one if it is alone, and no other form knows more of its words.
func headerOrder(l line, kind PasteKind) (order []int, form int) {
	best := 0
	form = -1
	for i, f := range pasteForms {
		if kind != "" && kind != f.kind {
			continue
		}
		mine, known := make([]int, len(l.cells)), 0
		for j, cell := range l.cells {
			mine[j] = -1
			for k, words := range f.words {
				if slices.Contains(words, column(cell)) && !slices.Contains(mine[:j], k) {
					mine[j] = k
					known++
					break
				}
			}
		}
		if known > best && known >= min(2, len(l.cells)) {
			best, order, form = known, mine, i
		}
	}
	return order, form
}
