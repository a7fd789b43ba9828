package curated

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Clone is one simulated clone: a recombination and how many reads show it.
type Clone struct {
	ID          string
	System      string
	Designation string // text form; inserted letters are those before somatic hypermutation
	// V, D and J are the genes of Designation from 5' to 3', whatever their
	// kind: V is a D gene in IGH+, J a D gene in some of TRD+, KDE in IGK+.
	V          string
	D          []string
	J          string
	Junction   string // nucleotides from Cys104 to Phe/Trp118, both included, as in Sequence; empty in incomplete systems
	JunctionAA string // only when Productive
	Productive bool   // the junction is in frame and has no stop codon
	SHM        int    // substitutions drawn for somatic hypermutation
	Reads      int
	// BreakStart and BreakEnd delimit what stands between the 5' gene and the
	// 3' gene, ReadStart and ReadEnd where reads are taken from; 0-based
	// half-open on Sequence.
	BreakStart, BreakEnd int
	ReadStart, ReadEnd   int
	Sequence             string // oriented, longer than the reads, with flanks and mutations
}

// TrueRead tells where a simulated read comes from.
type TrueRead struct {
	ID      string
	Clone   string // identifier of the clone; "-" for a read that holds no recombination
	Reverse bool   // the read is the reverse complement of its clone
	Errors  int    // sequencing errors put in: substitutions, insertions, deletions
	Length  int    // letters of the template that were read, both reads of a pair together
}

// NoClone is the clone of reads that hold no recombination.
const NoClone = "-"

func cloneColumns() []string {
	return []string{
		"clone", "locus", "designation", "v_call", "d_call", "j_call", "junction", "junction_aa", "productive",
		"shm", "reads", "break_start", "break_end", "read_start", "read_end", "sequence",
	}
}

func readColumns() []string { return []string{"read", "clone", "strand", "errors", "len"} }

// ReadClones reads a table of clones. Errors name the line.
func ReadClones(r io.Reader) ([]Clone, error) {
	var list []Clone
	err := readTSV(r, cloneColumns(), func(row row) error {
		c := Clone{
			ID: row.get("clone"), System: row.get("locus"), Designation: row.get("designation"),
			V: row.get("v_call"), J: row.get("j_call"), Junction: row.get("junction"),
			JunctionAA: row.get("junction_aa"), Productive: row.get("productive") == "1", Sequence: row.get("sequence"),
		}
		if d := row.get("d_call"); d != "" {
			c.D = strings.Split(d, ",")
		}
		err := row.numbers(map[string]*int{
			"shm": &c.SHM, "reads": &c.Reads, "break_start": &c.BreakStart, "break_end": &c.BreakEnd,
			"read_start": &c.ReadStart, "read_end": &c.ReadEnd,
		})
		if err == nil {
			err = c.check()
		}
		if err != nil {
			return fmt.Errorf("clone %s: %w", c.ID, err)
		}
		list = append(list, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("clones: %w", err)
	}
	return list, nil
}

func (c *Clone) check() error {
	n := len(c.Sequence)
	if c.BreakStart < 0 || c.BreakEnd < c.BreakStart || c.BreakEnd > n {
		return fmt.Errorf("break %d..%d: outside a sequence of %d", c.BreakStart, c.BreakEnd, n)
	}
	if c.ReadStart < 0 || c.ReadEnd < c.ReadStart || c.ReadEnd > n {
		return fmt.Errorf("reads %d..%d: outside a sequence of %d", c.ReadStart, c.ReadEnd, n)
	}
	return nil
}

// numbers parses columns that must hold integers.
func (r row) numbers(dst map[string]*int) error {
	var errs []error
	for column, p := range dst {
		n, err := strconv.Atoi(r.get(column))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %q: not a number", column, r.get(column)))
		}
		*p = n
	}
	return errors.Join(errs...)
}

// CloneHeader is the first line of a table of clones.
func CloneHeader() string { return strings.Join(cloneColumns(), "\t") + "\n" }

// AppendTSV appends the clone's line of a table of clones.
func (c *Clone) AppendTSV(b []byte) []byte {
	productive := "0"
	if c.Productive {
		productive = "1"
	}
	for _, s := range []string{
		c.ID, c.System, c.Designation, c.V, strings.Join(c.D, ","), c.J, c.Junction, c.JunctionAA, productive,
	} {
		b = append(append(b, s...), '\t')
	}
	for _, n := range []int{c.SHM, c.Reads, c.BreakStart, c.BreakEnd, c.ReadStart, c.ReadEnd} {
		b = append(strconv.AppendInt(b, int64(n), 10), '\t')
	}
	return append(append(b, c.Sequence...), '\n')
}

// ReadTruth reads the table that tells which clone each read comes from.
// Errors name the line.
func ReadTruth(r io.Reader) ([]TrueRead, error) {
	var list []TrueRead
	err := readTSV(r, readColumns(), func(row row) error {
		t := TrueRead{ID: row.get("read"), Clone: row.get("clone"), Reverse: row.get("strand") == "-"}
		if err := row.numbers(map[string]*int{"errors": &t.Errors, "len": &t.Length}); err != nil {
			return fmt.Errorf("read %s: %w", t.ID, err)
		}
		list = append(list, t)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("truth: %w", err)
	}
	return list, nil
}

// TruthHeader is the first line of a table of reads.
func TruthHeader() string { return strings.Join(readColumns(), "\t") + "\n" }

// AppendTSV appends the read's line of a table of reads.
func (t *TrueRead) AppendTSV(b []byte) []byte {
	strand := byte('+')
	if t.Reverse {
		strand = '-'
	}
	b = append(append(b, t.ID...), '\t')
	b = append(append(b, t.Clone...), '\t', strand, '\t')
	b = append(strconv.AppendInt(b, int64(t.Errors), 10), '\t')
	return append(strconv.AppendInt(b, int64(t.Length), 10), '\n')
}

// Normal is the clone's designation in normal form (see [Germline.Normal]).
// Inserted letters are those of the clone's sequence, so that a mutation of an
// insertion is part of it.
func (c *Clone) Normal(germline Germline) (Designation, error) {
	d, err := Parse(c.Designation)
	if err != nil {
		return Designation{}, fmt.Errorf("clone %s: %w", c.ID, err)
	}
	pos := c.BreakStart
	for i, j := range d.Junctions {
		if j == nil || pos < c.BreakStart || j.Length > c.BreakEnd-pos {
			return Designation{}, fmt.Errorf("clone %s: designation does not fit between %d and %d", c.ID,
				c.BreakStart, c.BreakEnd)
		}
		j.Inserted, j.Letters = c.Sequence[pos:pos+j.Length], true
		pos += j.Length
		if i+1 < len(d.Junctions) && d.Junctions[i+1] != nil {
			pos += len(germline(d.Genes[i+1])) - j.DelRight - d.Junctions[i+1].DelLeft
		}
	}
	return germline.Normal(d), nil
}
