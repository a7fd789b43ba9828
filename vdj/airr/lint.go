package airr

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"vidjil.org/vidjil/vdj/germline"
)

// Severity is the weight of a finding.
type Severity int

// The severities. An error breaks the standard or contradicts another cell; a
// warning is something that other programs may stumble over.
const (
	Warning Severity = iota
	Error
)

// String is "warning" or "error".
func (s Severity) String() string {
	if s == Error {
		return "error"
	}
	return "warning"
}

// Finding is what the linter has to say about one place of a table.
type Finding struct {
	Code     string // stable, "cigar-span"
	Severity Severity
	Line     int    // 1-based, the header is line 1; 0 when it is about the whole file
	Column   string // empty when it is about a line
	Message  string // what is wrong and what to do
	More     int    // how many findings of this code follow and are not listed
}

// String is one line: "error line 12 v_cigar: … [cigar-span]".
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.Severity.String())
	if f.Line > 0 {
		fmt.Fprintf(&b, " line %d", f.Line)
	}
	if f.Column != "" {
		b.WriteString(" " + f.Column)
	}
	fmt.Fprintf(&b, ": %s [%s]", f.Message, f.Code)
	if f.More > 0 {
		fmt.Fprintf(&b, " (and %d more)", f.More)
	}
	return b.String()
}

// LintOptions tells the linter what it may compare with.
type LintOptions struct {
	Germline *germline.Set // when given, calls must name its genes, positions must lie in them
	Reads    int           // reads of the sample, limit of the sum of duplicate_count; 0 = not known
	PerCode  int           // findings listed for each code, the others are counted; 0 = 5
}

// Lint checks a Rearrangement table, any program's: the dialect, the types, and
// whether the cells of a row agree with each other. Findings come in the order
// of the file; of each code only the first few are listed. The error is one of
// reading: a table that cannot be read at all gives findings and no error only
// when its header makes sense.
func Lint(r io.Reader, opt LintOptions) ([]Finding, error) {
	rd, err := NewReader(r)
	if err != nil {
		if ce, ok := errors.AsType[*CellError](err); ok {
			return []Finding{{Code: "header", Severity: Error, Line: ce.Line, Column: ce.Column, Message: ce.Msg}}, nil
		}
		return nil, err
	}
	if opt.PerCode <= 0 {
		opt.PerCode = 5
	}
	l := &linter{opt: opt, rd: rd, ids: map[string]int{}, listed: map[string]int{}, last: map[string]int{}}
	l.present = append(l.present, rd.Columns()...)
	if opt.Germline != nil {
		l.genes = make(map[string]*germline.Gene, len(opt.Germline.Genes))
		for i := range opt.Germline.Genes {
			l.genes[opt.Germline.Genes[i].Name] = &opt.Germline.Genes[i]
		}
	}
	l.header()
	if err := l.rows(); err != nil {
		return l.findings, err
	}
	l.file()
	return l.findings, nil
}

// Errors counts the findings that are errors, those not listed included.
func Errors(findings []Finding) int {
	n := 0
	for _, f := range findings {
		if f.Severity == Error {
			n += 1 + f.More
		}
	}
	return n
}

type linter struct {
	opt      LintOptions
	rd       *Reader
	genes    map[string]*germline.Gene
	present  []string
	ids      map[string]int // sequence_id → line
	count    int            // sum of duplicate_count
	findings []Finding
	listed   map[string]int // code → findings listed
	last     map[string]int // code → index of the last one listed

	// of the row at hand
	row      Rearrangement
	oriented string // the sequence that positions count on, upper case
	line     int
}

func (l *linter) add(severity Severity, code, column, format string, args ...any) {
	if l.listed[code] >= l.opt.PerCode {
		l.findings[l.last[code]].More++
		return
	}
	l.listed[code]++
	l.last[code] = len(l.findings)
	l.findings = append(l.findings, Finding{
		Code: code, Severity: severity, Line: l.line, Column: column, Message: fmt.Sprintf(format, args...),
	})
}

func (l *linter) has(column string) bool { return slices.Contains(l.present, column) }

func (l *linter) header() {
	l.line = 1
	for _, name := range l.rd.dialect.MissingRequired {
		l.add(Error, "missing-column", name, "a required column is missing: add it, with empty cells if there is nothing to say")
	}
	for _, r := range l.rd.dialect.Renamed {
		name, column, _ := strings.Cut(r, " as ")
		l.add(Warning, "other-name", name, "not the schema's name: rename the column to %s", column)
	}
	for i, name := range l.rd.header {
		if l.rd.columns[i] == nil && !snakeCase(name) {
			l.add(Warning, "column-name", name, "a column of one's own should be in snake_case")
		}
	}
	if !l.has("duplicate_count") {
		l.add(Warning, "no-count", "", "no column duplicate_count: most programs will then count one read for each row")
	}
}

func (l *linter) rows() error {
	for {
		err := l.rd.nextCells()
		l.line = l.rd.Line()
		var ce *CellError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &ce):
			l.add(Error, "cell-count", "", "%s: a cell with a tab or a line end inside, or a line cut short", ce.Msg)
			continue
		case err != nil:
			return err
		}
		l.dialect()
		l.rd.parse(&l.row, func(e *CellError) { l.add(Error, "type", e.Column, "%s", e.Msg) })
		l.orient()
		l.identity()
		l.calls()
		l.coordinates()
		l.cigars()
		l.alignment()
		l.junction()
		l.regions()
		l.counts()
	}
}

// dialect looks at the cells as they are written.
func (l *linter) dialect() {
	for i, cell := range l.rd.cells {
		c := l.rd.columns[i]
		if cell == "" {
			continue
		}
		if len(cell) > 1 && cell[0] == '"' && cell[len(cell)-1] == '"' {
			l.add(Warning, "quotes", l.rd.header[i], "the format has no quoting: the quotes are part of the value")
		}
		switch {
		case c == nil:
		case c.kind != kindString && looseNull(cell):
			l.add(Warning, "null-spelling", l.rd.header[i], "%q should be an empty cell", cell)
		case c.kind == kindBool && cell != "T" && cell != "F":
			if b, ok := parseBool(cell); ok {
				l.add(Warning, "boolean-spelling", l.rd.header[i], "%q should be %c", cell, b)
			}
		case strings.HasSuffix(c.name, "_call"):
			if clean := CleanCall(cell); clean != cell {
				l.add(Warning, "call-decoration", l.rd.header[i], "%q should be the bare names: %s", clip(cell), clip(clean))
			}
		}
	}
}

// orient finds the sequence that positions count on.
func (l *linter) orient() {
	oriented, asWritten := l.row.Oriented()
	l.oriented = strings.ToUpper(oriented)
	if asWritten {
		l.add(Warning, "rev-comp", "sequence",
			"rev_comp is T and the sequence is already reversed: the schema wants it as it was given")
	}
}

func (l *linter) identity() {
	r := &l.row
	if r.SequenceID == "" {
		if l.has("sequence_id") {
			l.add(Error, "id", "sequence_id", "empty: each row needs an identifier")
		}
	} else if first, dup := l.ids[r.SequenceID]; dup {
		l.add(Error, "duplicate-id", "sequence_id", "%q stands in line %d too", clip(r.SequenceID), first)
	} else {
		l.ids[r.SequenceID] = l.line
	}
	if r.Locus != "" && !slices.Contains(loci, r.Locus) {
		l.add(Error, "locus", "locus", "%q is not one of %s", clip(r.Locus), strings.Join(loci, " "))
	}
	for _, f := range []struct {
		column, value string
	}{{"sequence", r.Sequence}, {"junction", r.Junction}, {"cdr3", r.CDR3.Sequence}} {
		if i := strings.IndexFunc(f.value, func(c rune) bool { return !strings.ContainsRune("ACGTUNRYSWKMBDHV", c&^0x20) }); i >= 0 {
			l.add(Error, "alphabet", f.column, "%q at position %d is not a nucleotide", f.value[i], i+1)
		}
	}
	if r.Quality != "" && len(r.Quality) != len(r.Sequence) {
		l.add(Error, "length", "quality", "%d characters for %d nucleotides", len(r.Quality), len(r.Sequence))
	}
	switch {
	case r.RecombinationSystem != "" && r.Cause != "":
		l.add(Error, "cause", "cause", "a row has either a recombination_system or the cause why there is none, not both")
	case l.has("recombination_system") && l.has("cause") && r.RecombinationSystem == "" && r.Cause == "":
		l.add(Warning, "cause", "cause", "neither a recombination_system nor the cause why there is none")
	}
}

func (l *linter) counts() {
	for _, f := range []struct {
		column string
		v      Opt[int]
	}{{"duplicate_count", l.row.DuplicateCount}, {"consensus_count", l.row.ConsensusCount}, {"umi_count", l.row.UMICount}} {
		if f.v.Valid && f.v.Value < 1 {
			l.add(Error, "count", f.column, "%d: what was not observed has no row", f.v.Value)
		}
	}
	l.count += l.row.DuplicateCount.Value
}

// file reports what is about the file as a whole.
func (l *linter) file() {
	l.line = 0
	d := l.rd.Dialect()
	if d.Footer {
		l.add(Warning, "footer", "", "a summary follows the table: other programs will read it as rows")
	}
	if d.CRLF {
		l.add(Warning, "line-ends", "", "lines end with CR LF: write LF only")
	}
	if d.ByteOrder {
		l.add(Warning, "byte-order-mark", "", "a byte order mark stands before the first column's name: leave it out")
	}
	if d.LooseIntegers {
		l.add(Warning, "integer-spelling", "", "integers are written with a decimal point")
	}
	if d.ZeroBased {
		l.add(Error, "zero-based", "", "a start position is 0: positions are 1-based since schema 1.2, write them so")
	}
	if l.opt.Reads > 0 && l.count > l.opt.Reads {
		l.add(Error, "count-sum", "duplicate_count", "the sum is %d, of a sample of %d reads", l.count, l.opt.Reads)
	}
}

// ungapped leaves out the gap characters of an alignment.
func ungapped(s string) string {
	if strings.IndexByte(s, '-') < 0 && strings.IndexByte(s, '.') < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '.' {
			return -1
		}
		return r
	}, s)
}
