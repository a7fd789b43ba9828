package curated

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// maxLine bounds a line of a table, in bytes: AIRR rows of long reads repeat
// the sequence a dozen times.
const maxLine = 16 << 20

// row is one line of a table with its header.
type row struct {
	index map[string]int
	field []string
}

// get is the field of the column, empty when the table has no such column.
func (r row) get(column string) string {
	if i, ok := r.index[column]; ok {
		return r.field[i]
	}
	return ""
}

// readTSV calls each for every line after the header. Lines that are empty are
// passed over. The columns named in need must be there. Errors name the line,
// counted from 1.
func readTSV(r io.Reader, need []string, each func(row) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), maxLine)
	var index map[string]int
	line := 0
	for sc.Scan() {
		line++
		text := strings.TrimSuffix(sc.Text(), "\r")
		if text == "" {
			continue
		}
		field := strings.Split(text, "\t")
		if index == nil {
			index = make(map[string]int, len(field))
			for i, name := range field {
				index[name] = i
			}
			for _, name := range need {
				if _, ok := index[name]; !ok {
					return fmt.Errorf("line %d: no column %q", line, name)
				}
			}
			continue
		}
		if len(field) != len(index) {
			return fmt.Errorf("line %d: %d fields, the header has %d", line, len(field), len(index))
		}
		if err := each(row{index, field}); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("after line %d: %w", line, err)
	}
	if index == nil {
		return fmt.Errorf("no header line")
	}
	return nil
}
