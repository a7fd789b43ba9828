package airr

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// writerFlush is the size at which a Writer hands its buffer on.
const writerFlush = 1 << 16

// Writer writes a Rearrangement table. It reuses one buffer: writing a row
// allocates nothing once the buffer has grown to the size of a row. One Writer
// belongs to one goroutine.
type Writer struct {
	w        io.Writer
	buf      []byte
	columns  []outColumn
	extras   int
	rows     int
	replaced int
}

// outColumn is a column of the schema, or the name of an extra one.
type outColumn struct {
	name string
	col  *column
}

// NewWriter returns a writer of the columns named, in schema order, those that
// the schema does not have after them in the order given. Without columns it
// writes [EngineColumns]. It is an error to leave out a required column, to
// name one twice, or to name an extra one in other than snake_case.
//
// The header is written with the first row, or by [Writer.Flush].
func NewWriter(w io.Writer, columns []string) (*Writer, error) {
	if columns == nil {
		columns = EngineColumns()
	}
	out := &Writer{w: w}
	seen := map[string]bool{}
	for _, name := range columns {
		if seen[name] {
			return nil, fmt.Errorf("AIRR columns: %s stands twice", name)
		}
		seen[name] = true
		c := lookup(name)
		if c == nil {
			if !snakeCase(name) {
				return nil, fmt.Errorf("AIRR columns: %q is not snake_case", name)
			}
			out.extras++
		}
		out.columns = append(out.columns, outColumn{name, c})
	}
	for _, name := range required {
		if !seen[name] {
			return nil, fmt.Errorf("AIRR columns: required column %s is left out", name)
		}
	}
	order := func(c outColumn) int {
		if c.col == nil {
			return len(schema().columns)
		}
		return schema().index[c.name]
	}
	slices.SortStableFunc(out.columns, func(a, b outColumn) int { return cmp.Compare(order(a), order(b)) })
	for i, c := range out.columns {
		if i > 0 {
			out.buf = append(out.buf, '\t')
		}
		out.buf = append(out.buf, c.name...)
	}
	out.buf = append(out.buf, '\n')
	return out, nil
}

// Write writes a row. Tabs and line ends inside a cell, which the format cannot
// hold, become spaces; [Writer.Replaced] counts them. A row with an extra field
// that is not among the columns is an error, so that nothing gets lost
// unnoticed.
func (w *Writer) Write(r *Rearrangement) error {
	w.rows++
	extra, found := 0, 0
	for i := range w.columns {
		if i > 0 {
			w.buf = append(w.buf, '\t')
		}
		c := w.columns[i].col
		if c != nil {
			w.appendCell(c, r)
			continue
		}
		if k := findField(r.Extra, w.columns[i].name, extra); k >= 0 {
			w.appendText(r.Extra[k].Value)
			extra, found = k+1, found+1
		}
	}
	w.buf = append(w.buf, '\n')
	if found < len(r.Extra) {
		for _, f := range r.Extra {
			if !slices.ContainsFunc(w.columns, func(c outColumn) bool { return c.col == nil && c.name == f.Name }) {
				return fmt.Errorf("write AIRR row %d: column %q is not in the header", w.rows, f.Name)
			}
		}
		return fmt.Errorf("write AIRR row %d: an extra column stands twice", w.rows)
	}
	if len(w.buf) >= writerFlush {
		return w.Flush()
	}
	return nil
}

// findField looks for the field of that name, first at the place where it
// stands when all rows have the same fields in the same order.
func findField(fields []Field, name string, guess int) int {
	if guess < len(fields) && fields[guess].Name == name {
		return guess
	}
	return slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
}

func (w *Writer) appendCell(c *column, r *Rearrangement) {
	switch c.kind {
	case kindString:
		w.appendText(*c.text(r))
	case kindBool:
		if b := *c.boolean(r); b != Null {
			w.buf = append(w.buf, byte(b))
		}
	case kindInt:
		if v := c.integer(r); v.Valid {
			w.buf = strconv.AppendInt(w.buf, int64(v.Value), 10)
		}
	case kindNumber:
		if v := c.number(r); v.Valid {
			w.buf = strconv.AppendFloat(w.buf, v.Value, 'g', -1, 64)
		}
	}
}

func (w *Writer) appendText(s string) {
	// Three searches for one byte each are several times faster on long
	// sequences than one for any of the three.
	if strings.IndexByte(s, '\t') < 0 && strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\r') < 0 {
		w.buf = append(w.buf, s...)
		return
	}
	for i := range len(s) {
		switch s[i] {
		case '\t', '\n', '\r':
			w.buf = append(w.buf, ' ')
			w.replaced++
		default:
			w.buf = append(w.buf, s[i])
		}
	}
}

// Replaced is the number of tabs and line ends that became spaces.
func (w *Writer) Replaced() int { return w.replaced }

// Flush hands on what is buffered, the header at least.
func (w *Writer) Flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	_, err := w.w.Write(w.buf)
	w.buf = w.buf[:0]
	if err != nil {
		return fmt.Errorf("write AIRR table: %w", err)
	}
	return nil
}

// snakeCase tells whether the name has lower-case letters, digits and
// underscores only.
func snakeCase(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return s != ""
}
