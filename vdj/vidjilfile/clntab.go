package vidjilfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"vidjil.org/vidjil/vdj/airr"
)

// The columns of a .clntab table that have a meaning here.
const (
	clntabSequence = "sequence.raw nt seq"
	clntabSize     = "sequence.size"
	clntabV        = "sequence.V-GENE and allele"
	clntabD        = "sequence.D-GENE and allele"
	clntabJ        = "sequence.J-GENE and allele"
	clntabJunction = "sequence.JUNCTION.raw nt seq"
	clntabAA       = "sequence.JUNCTION.aa seq"
)

// ReadClntab reads a .clntab table, as the EuroClonality-NGS tools (ARResT)
// write it: a clonotype for each row, identified by its sequence; rows of the
// same sequence are one. Columns without a meaning here are kept as
// "_column". Reads by system are not in such a table, and stay empty.
//
// Errors name the line and the column.
func ReadClntab(r io.Reader, from Import) (*File, error) {
	data, err := readAll(r)
	if err != nil {
		return nil, fmt.Errorf("read .clntab table: %w", err)
	}
	if from.Producer == "" {
		from.Producer = "EC-NGS central pipeline"
	}
	f := &File{
		Producer: from.Producer, Version: Version,
		Samples: Samples{Number: 1, OriginalNames: []string{from.OriginalName}, Producer: []string{from.Producer}},
		Reads:   Reads{Total: []int{0}, Segmented: []int{0}, Germline: map[string][]int{}},
	}
	if from.Timestamp != "" {
		f.Timestamps, f.Samples.RunTimestamp = []string{from.Timestamp}, []string{from.Timestamp}
	}
	sc := bufio.NewScanner(strings.NewReader(string(data)))
	sc.Buffer(nil, len(data)+2)
	var header []string
	index := map[string]int{} // sequence → clonotype
	for line := 1; sc.Scan(); line++ {
		text := strings.TrimSuffix(sc.Text(), "\r")
		if text == "" {
			continue
		}
		cells := strings.Split(text, "\t")
		if header == nil {
			if header, err = clntabHeader(cells); err != nil {
				return nil, fmt.Errorf("read .clntab table: line %d: %w", line, err)
			}
			continue
		}
		c, err := clntabRow(header, cells)
		if err != nil {
			return nil, fmt.Errorf("read .clntab table: line %d: %w", line, err)
		}
		f.Reads.Total[0] += c.Reads[0]
		f.Reads.Segmented[0] += c.Reads[0]
		if i, ok := index[c.ID]; ok {
			f.Clones[i].Reads[0] += c.Reads[0]
			continue
		}
		index[c.ID] = len(f.Clones)
		f.Clones = append(f.Clones, c)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("read .clntab table: %w", err)
	}
	if header == nil {
		return nil, errors.New("read .clntab table: no header line")
	}
	rank(f)
	return f, nil
}

func clntabHeader(cells []string) ([]string, error) {
	have := map[string]bool{}
	for _, name := range cells {
		have[name] = true
	}
	for _, name := range []string{clntabSequence, clntabSize, clntabV, clntabJ} {
		if !have[name] {
			return nil, fmt.Errorf("the header has no column %q", name)
		}
	}
	return cells, nil
}

func clntabRow(header, cells []string) (Clone, error) {
	if len(cells) > len(header) {
		return Clone{}, fmt.Errorf("%d cells, the header has %d", len(cells), len(header))
	}
	var c Clone
	cell := map[string]string{}
	for i, v := range cells {
		switch name := header[i]; name {
		case clntabSequence, clntabSize, clntabV, clntabD, clntabJ, clntabJunction, clntabAA:
			cell[name] = v
		default:
			if v != "" {
				c.Extra.set("_"+name, quoted(v))
			}
		}
	}
	size, err := strconv.Atoi(cell[clntabSize])
	if err != nil || size < 0 {
		return c, fmt.Errorf("column %s: %q is not a number of reads", clntabSize, clip(cell[clntabSize]))
	}
	c.ID = cell[clntabSequence]
	if c.ID == "" {
		return c, fmt.Errorf("column %s: empty", clntabSequence)
	}
	c.Sequence = strings.ToUpper(c.ID)
	c.Reads, c.AverageReadLength, c.Coverage = []int{size}, []float64{float64(len(c.Sequence))}, []float64{1}
	clntabGenes(&c, cell)
	junction := strings.ToUpper(cell[clntabJunction])
	if at := strings.Index(c.Sequence, junction); at >= 0 && len(junction) >= 6 {
		c.Seg.Junction = &Junction{Span: SpanOf(at, at+len(junction)), AA: cell[clntabAA]}
		c.Seg.CDR3 = &Feature{Span: SpanOf(at+3, at+len(junction)-3)}
		if n := len(cell[clntabAA]); n > 2 {
			c.Seg.CDR3.AA = cell[clntabAA][1 : n-1]
		}
	}
	return c, nil
}

// clntabGenes takes the first of the genes that "=" separates.
func clntabGenes(c *Clone, cell map[string]string) {
	var names []string
	segment := func(column string) *Segment {
		first, _, _ := strings.Cut(cell[column], "=")
		name, _, _ := strings.Cut(airr.CleanCall(first), ",")
		if name == "" {
			return nil
		}
		names = append(names, name)
		return &Segment{Name: name}
	}
	c.Seg.Five, c.Seg.Four, c.Seg.Three = segment(clntabV), segment(clntabD), segment(clntabJ)
	c.Name = strings.Join(names, " ")
	c.Germline = "undetermined"
	if len(names) > 0 {
		if locus, _ := airr.GeneKind(names[0]); locus != "" {
			c.Germline = locus
		}
	}
}

// WriteFASTA writes the clonotypes that have a sequence, letters on one line:
// ">ID SYSTEM reads=12,3 NAME".
func (f *File) WriteFASTA(w io.Writer) error {
	b := bufio.NewWriterSize(w, 1<<16)
	clean := strings.NewReplacer("\n", " ", "\r", " ", "\t", " ")
	for i := range f.Clones {
		c := &f.Clones[i]
		if c.Sequence == "" {
			continue
		}
		// An identifier ends at the first space.
		fmt.Fprintf(b, ">%s %s reads=", strings.ReplaceAll(clean.Replace(c.ID), " ", "_"), clean.Replace(c.Germline))
		for k, n := range c.Reads {
			if k > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Itoa(n))
		}
		if c.Name != "" {
			b.WriteString(" " + clean.Replace(c.Name))
		}
		b.WriteByte('\n')
		b.WriteString(c.Sequence)
		b.WriteByte('\n')
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write FASTA: %w", err)
	}
	return nil
}
