// Package fasta reads reference sequences: small FASTA files that people edit
// by hand. It keeps case and gap characters, which carry meaning there, and the
// line of each record for error messages. Reads of a sequencer are not for it.
package fasta

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxLine is the longest line accepted: a chromosome on one line fits.
const maxLine = 1 << 28

// Record is one sequence.
type Record struct {
	Header   string // the header line without '>'
	Sequence []byte // all letters, as written, without white space
	Line     int    // line of the header, from 1
}

// Read reads all records. An empty input, or text before the first header, is
// an error that names the line.
func Read(r io.Reader) ([]Record, error) {
	var recs []Record
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxLine)
	line := 1
	for ; sc.Scan(); line++ {
		text := bytes.TrimSpace(sc.Bytes())
		switch {
		case len(text) == 0:
		case text[0] == '>':
			recs = append(recs, Record{Header: string(bytes.TrimSpace(text[1:])), Line: line})
		case len(recs) == 0:
			return nil, fmt.Errorf("line %d: sequence before the first '>'", line)
		default:
			last := &recs[len(recs)-1]
			for f := range bytes.FieldsSeq(text) {
				last.Sequence = append(last.Sequence, f...)
			}
		}
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	if len(recs) == 0 {
		return nil, errors.New("no FASTA record")
	}
	return recs, nil
}
