package curated

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Locus values that are no system.
const (
	// Unseg is the locus of sequences for which nothing must be reported.
	Unseg = "UNSEG"
	// Unexpected is the locus of recombinations between genes that no system
	// joins; programs write it "xxx".
	Unexpected = "unexpected"
)

// Entry is a sequence with what is known of it.
type Entry struct {
	ID       string
	Locus    string    // system, Unseg, Unexpected, or empty when not stated
	Expected *Expected // nil when not stated
	CDR3     []string  // any of these junctions, as amino acids, is right; nil when not stated
	Sequence string
	Todo     bool // the original's authors hold it for out of reach
	Bug      bool // the original's engine gets it wrong
}

// ReadTable reads curated entries from a tab-separated table with the columns
// id, locus, expected, cdr3 and sequence; todo and bug ("1" when set) are
// read where they are. Errors name the line.
func ReadTable(r io.Reader) ([]Entry, error) {
	var entries []Entry
	need := []string{"id", "locus", "expected", "cdr3", "sequence"}
	err := readTSV(r, need, func(row row) error {
		e := Entry{
			ID: row.get("id"), Locus: row.get("locus"), Sequence: row.get("sequence"),
			Todo: row.get("todo") == "1", Bug: row.get("bug") == "1",
		}
		if aa := row.get("cdr3"); aa != "" {
			e.CDR3 = strings.Split(aa, ",")
		}
		if text := row.get("expected"); text != "" {
			var err error
			if e.Expected, err = ParseExpected(text); err != nil {
				return fmt.Errorf("entry %s: %w", e.ID, err)
			}
		}
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("curated table: %w", err)
	}
	return entries, nil
}

// ReadFASTA reads curated entries from FASTA whose headers are designations:
//
//	>TRGV5*01 5/CC/3 TRGJ1  [TRG]  {CATWA!YYKKLF}
//	>TRDD2*01_0//0_TRDJ1*01  [TRD+]  TODO
//	>seq-317-1__UNSEG
//
// Underscores may stand for the spaces of a designation, several junctions may
// be given as ({…}, {…}), and TODO, BUG and BUG-LOCUS mark known failures.
// A header of the third form states only a locus, after two underscores.
// Identifiers are name followed by |1, |2, … in the order of the file, for
// headers are neither unique nor one word. Letters before the first header are
// an error.
func ReadFASTA(r io.Reader, name string) ([]Entry, error) {
	var entries []Entry
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), maxLine)
	for line := 1; sc.Scan(); line++ {
		text := strings.TrimSpace(sc.Text())
		switch {
		case text == "":
		case text[0] == '>':
			e, err := parseHeader(text[1:])
			if err != nil {
				return nil, fmt.Errorf("curated %s: line %d: %w", name, line, err)
			}
			e.ID = fmt.Sprintf("%s|%d", name, len(entries)+1)
			entries = append(entries, e)
		case len(entries) == 0:
			return nil, fmt.Errorf("curated %s: line %d: letters before the first header", name, line)
		default:
			entries[len(entries)-1].Sequence += strings.ToUpper(text)
		}
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("curated %s: %w", name, err)
	}
	return entries, nil
}

func parseHeader(h string) (Entry, error) {
	var e Entry
	text, rest := h, ""
	if i := strings.IndexByte(h, '['); i >= 0 {
		end := strings.IndexByte(h[i:], ']')
		if end < 0 {
			return e, fmt.Errorf("header %q: '[' without ']'", h)
		}
		text, e.Locus, rest = h[:i], h[i+1:i+end], h[i+end+1:]
	} else if i := strings.LastIndex(h, "__"); i >= 0 {
		e.Locus = strings.TrimSpace(h[i+2:])
		return e, nil
	}
	for {
		_, after, found := strings.Cut(rest, "{")
		aa, next, closed := strings.Cut(after, "}")
		if !found {
			break
		}
		if !closed {
			return e, fmt.Errorf("header %q: '{' without '}'", h)
		}
		e.CDR3 = append(e.CDR3, strings.TrimSpace(aa))
		rest = next
	}
	text, e.Todo, e.Bug = strings.TrimSpace(text), strings.Contains(rest, "TODO"), strings.Contains(rest, "BUG")
	if !strings.ContainsAny(text, " (") {
		text = strings.ReplaceAll(text, "_", " ")
	}
	var err error
	if e.Expected, err = ParseExpected(text); err != nil {
		return e, err
	}
	return e, nil
}

// WriteFASTA writes the sequences with their identifiers as headers, for a
// program to be judged. Spaces of identifiers become underscores, so that the
// first word of a header is all of it.
func WriteFASTA(w io.Writer, entries []Entry) error {
	var b bytes.Buffer
	for i := range entries {
		fmt.Fprintf(&b, ">%s\n%s\n", strings.ReplaceAll(entries[i].ID, " ", "_"), entries[i].Sequence)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("curated FASTA: %w", err)
	}
	return nil
}
