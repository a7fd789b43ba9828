package airr

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
)

// CellError is a cell, or a line when Column is empty, that cannot be read.
type CellError struct {
	Line   int    // counted from 1, the header included
	Column string // as the header names it
	Msg    string
}

// Error names the place and what is wrong there.
func (e *CellError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Msg)
	}
	return fmt.Sprintf("line %d, column %s: %s", e.Line, e.Column, e.Msg)
}

// Reader reads a Rearrangement table, plain or gzipped, row by row. It
// understands the dialects that [Dialect] lists. One Reader belongs to one
// goroutine.
type Reader struct {
	lines   lineReader
	header  []string  // as in the file, without an empty last name
	columns []*column // of each header name; nil for extra columns
	extras  int
	copies  []bool // the header name is cloneId: the cell is the clone_id too
	dialect Dialect
	cells   []string
}

// NewReader reads the header. A file without one, or a header that names a
// column twice, is an error; a header without required columns is not, see
// [Dialect].
func NewReader(r io.Reader) (*Reader, error) {
	br := bufio.NewReaderSize(r, 1<<16)
	if magic, err := br.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		zr, err := gzip.NewReader(br)
		if err != nil {
			return nil, fmt.Errorf("read AIRR table: %w", err)
		}
		br = bufio.NewReaderSize(zr, 1<<16)
	}
	rd := &Reader{lines: lineReader{r: br}}
	line, err := rd.lines.next()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("read AIRR table: no header line")
	}
	if err != nil {
		return nil, fmt.Errorf("read AIRR table: %w", err)
	}
	if rest, ok := strings.CutPrefix(line, "\ufeff"); ok {
		rd.dialect.ByteOrder = true
		line = rest
	}
	if err := rd.setHeader(line); err != nil {
		return nil, fmt.Errorf("read AIRR table: %w", err)
	}
	return rd, nil
}

func (r *Reader) setHeader(line string) error {
	names := strings.Split(line, "\t")
	// The original's own export ends its header with a tab.
	if len(names) > 1 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	if len(names) == 1 {
		return &CellError{Line: 1, Msg: "the header has one column only: not a table separated by tabs"}
	}
	seen := map[string]bool{}
	for _, name := range names {
		if name == "" {
			return &CellError{Line: 1, Msg: "a column without name"}
		}
		if seen[name] {
			return &CellError{Line: 1, Column: name, Msg: "the column stands twice"}
		}
		seen[name] = true
	}
	taken := map[string]bool{}
	for _, name := range names {
		column, renamed := schemaName(name)
		if renamed && (seen[column] || taken[column]) {
			column = "" // the schema's own column, or a better name, is there
		}
		if column != "" {
			taken[column] = true
		}
		if column != "" && renamed {
			r.dialect.Renamed = append(r.dialect.Renamed, name+" as "+column)
		}
		r.columns = append(r.columns, lookup(column))
		if r.columns[len(r.columns)-1] == nil {
			r.extras++
		}
		r.copies = append(r.copies, column == "sequence_id" && renamed && !seen["clone_id"] &&
			strings.EqualFold(strings.ReplaceAll(name, " ", ""), "cloneId"))
	}
	for _, name := range required {
		if !taken[name] {
			r.dialect.MissingRequired = append(r.dialect.MissingRequired, name)
		}
	}
	r.header = names
	return nil
}

// Columns lists the names under which rows hold the columns: schema names, and
// those of extra columns.
func (r *Reader) Columns() []string {
	names := make([]string, len(r.header))
	for i, c := range r.columns {
		names[i] = r.header[i]
		if c != nil {
			names[i] = c.name
		}
	}
	return names
}

// Line is the number of the line read last, counted from 1.
func (r *Reader) Line() int { return r.lines.line }

// Dialect tells how the file departs from the standard, as far as it was read.
func (r *Reader) Dialect() Dialect {
	d := r.dialect
	d.CRLF = r.lines.crlf
	return d
}

// Read reads the next row into row, overwriting all of it. It returns
// [io.EOF] after the last one, and a [*CellError] for a row that cannot be
// read; the next call goes on with the row after it.
func (r *Reader) Read(row *Rearrangement) error {
	if err := r.nextCells(); err != nil {
		return err
	}
	var first error
	r.parse(row, func(e *CellError) {
		if first == nil {
			first = e
		}
	})
	return first
}

// All iterates over the rows. It stops after the first error.
func (r *Reader) All() iter.Seq2[Rearrangement, error] {
	return func(yield func(Rearrangement, error) bool) {
		for {
			var row Rearrangement
			err := r.Read(&row)
			if errors.Is(err, io.EOF) {
				return
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// nextCells splits the next row into r.cells. It returns io.EOF at the end of
// the table, which may come before that of the file.
func (r *Reader) nextCells() error {
	for {
		line, err := r.lines.next()
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		if err != nil {
			return fmt.Errorf("read AIRR table: after line %d: %w", r.lines.line, err)
		}
		if strings.HasPrefix(line, "Total queries") {
			r.dialect.Footer = true
			return io.EOF
		}
		if line == "" {
			continue
		}
		r.cells = r.cells[:0]
		for cell := range strings.SplitSeq(line, "\t") {
			r.cells = append(r.cells, cell)
		}
		if len(r.cells) == len(r.header)+1 && r.cells[len(r.header)] == "" {
			r.cells = r.cells[:len(r.header)]
		}
		if len(r.cells) != len(r.header) {
			return &CellError{Line: r.lines.line, Msg: fmt.Sprintf("%d cells, the header has %d", len(r.cells), len(r.header))}
		}
		return nil
	}
}

// parse fills row from r.cells and reports each cell that does not have its
// column's type.
func (r *Reader) parse(row *Rearrangement, report func(*CellError)) {
	*row = Rearrangement{}
	if r.extras > 0 {
		// Not the old slice: callers keep rows.
		row.Extra = make([]Field, 0, r.extras)
	}
	for i, cell := range r.cells {
		c := r.columns[i]
		if c == nil {
			row.Extra = append(row.Extra, Field{r.header[i], cell})
			continue
		}
		if r.copies[i] {
			row.CloneID = cell
		}
		if cell == "" {
			continue
		}
		if msg := r.set(row, c, cell); msg != "" {
			report(&CellError{Line: r.lines.line, Column: r.header[i], Msg: msg})
		}
	}
}

// set parses a cell that is not empty; it returns what is wrong with it.
func (r *Reader) set(row *Rearrangement, c *column, cell string) string {
	if c.kind != kindString && looseNull(cell) {
		r.dialect.LooseNulls = true
		return ""
	}
	switch c.kind {
	case kindString:
		if strings.HasSuffix(c.name, "_call") {
			clean := CleanCall(cell)
			r.dialect.DecoratedCalls = r.dialect.DecoratedCalls || clean != cell
			cell = clean
		}
		*c.text(row) = cell
	case kindBool:
		b, ok := parseBool(cell)
		if !ok {
			return fmt.Sprintf("%q is not a boolean (T or F)", clip(cell))
		}
		r.dialect.LooseBooleans = r.dialect.LooseBooleans || len(cell) > 1 || cell[0] != byte(b)
		*c.boolean(row) = b
	case kindInt:
		v, err := strconv.Atoi(cell)
		if err != nil {
			f, ferr := strconv.ParseFloat(cell, 64)
			if ferr != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
				return fmt.Sprintf("%q is not an integer", clip(cell))
			}
			v = int(f)
			r.dialect.LooseIntegers = true
		}
		if v == 0 && strings.HasSuffix(c.name, "_start") {
			r.dialect.ZeroBased = true
		}
		*c.integer(row) = Some(v)
	case kindNumber:
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) || math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprintf("%q is not a number", clip(cell))
		}
		*c.number(row) = Some(v)
	}
	return ""
}

func parseBool(s string) (Bool, bool) {
	switch s {
	case "T", "true", "TRUE", "True", "1":
		return True, true
	case "F", "false", "FALSE", "False", "0":
		return False, true
	}
	return Null, false
}

// looseNull tells the nulls of R and of Python.
func looseNull(s string) bool {
	switch s {
	case "NA", "NaN", "nan", "None", "null", "NULL":
		return true
	}
	return false
}

// clip shortens a cell for a message.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

// lineReader reads lines of any length.
type lineReader struct {
	r    *bufio.Reader
	line int
	crlf bool
	long []byte
}

// next returns the next line without its end. The string is a fresh copy.
func (l *lineReader) next() (string, error) {
	l.long = l.long[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		if err == nil || errors.Is(err, io.EOF) && len(part)+len(l.long) > 0 {
			l.line++
			if len(l.long) > 0 {
				l.long = append(l.long, part...)
				part = l.long
			}
			return l.trim(part), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", err
		}
		l.long = append(l.long, part...)
	}
}

func (l *lineReader) trim(line []byte) string {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
		l.crlf = true
	}
	return string(line)
}
