package repertoire

import (
	"context"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// Source gives the clonotypes of one result of one sample. Its methods may be
// called one after the other from any goroutine, but not at the same time.
type Source interface {
	// Head is everything of the result but its clonotypes (File.Clones is empty).
	// It is the Source's own: read it, do not change it.
	Head() *vidjilfile.File
	// Scan calls visit for each clonotype, in the order of its rank (top 1
	// first). The Row and the memory behind its slices are reused: copy what you
	// keep. Only the fields in want are filled; the others are what [Row.Reset]
	// leaves. An error of visit ends the scan and is returned.
	Scan(ctx context.Context, want Fields, visit func(*Row) error) error
	// Clones returns whole clonotypes by row number (ascending, 0-based, as Scan
	// numbers them). The caller may keep and change them.
	Clones(ctx context.Context, rows []int) ([]vidjilfile.Clone, error)
}

// Fields says which fields of a [Row] are wanted: a set of the constants below.
type Fields uint32

// The fields; Row.Number is always there.
const (
	FieldID         Fields = 1 << iota // ID
	FieldReads                         // Reads
	FieldTop                           // Top
	FieldSystem                        // System
	FieldGenes                         // Five, Four, FourA, FourB, Three
	FieldSequence                      // Sequence
	FieldLength                        // AverageLength
	FieldCDR3                          // CDR3AA, CDR3Start, CDR3End
	FieldJunction                      // JunctionAA, JunctionStart, JunctionEnd
	FieldProductive                    // Productive
	FieldName                          // Name
	FieldWarnings                      // Warnings
	FieldPositions                     // FiveEnd … ThreeStart, FiveDelRight … ThreeDelLeft
	FieldEValue                        // EValue, EValueLeft, EValueRight
	FieldLabel                         // Label

	FieldsAll = FieldLabel<<1 - 1
)

// Unknown is the value of a position or a number of deletions that is not
// known.
const Unknown = -1

// Row is what a scan shows of a clonotype. Text that is not there is empty.
// Positions are 0-based and half-open on the representative sequence.
type Row struct {
	Number int // 0 for the first, rising by 1
	ID     []byte
	Reads  int64
	Top    int // rank, 1 = most reads; 0 when not known
	System []byte

	// Names of genes with alleles. Four is the D gene, the main one where there
	// are several: FourA is then the one on its left, FourB that on its right.
	Five, Four, FourA, FourB, Three []byte

	Name, Label, Sequence []byte
	AverageLength         float64 // of the reads, nucleotides; 0 when not known

	CDR3AA, JunctionAA         []byte
	CDR3Start, CDR3End         int // without anchors; Unknown when not known
	JunctionStart, JunctionEnd int // with both anchors; Unknown when not known
	Productive                 int8

	// Where genes end and start; Unknown when not known.
	FiveEnd, FourStart, FourEnd, ThreeStart int
	// Nucleotides deleted at the ends of genes; Unknown when not known.
	FiveDelRight, FourDelLeft, FourDelRight, ThreeDelLeft int

	EValue, EValueLeft, EValueRight float64 // negative when not known

	Warnings []byte // codes, each once, separated by ","
}

// The values of Row.Productive.
const (
	ProductiveUnknown int8 = -1
	ProductiveNo      int8 = 0
	ProductiveYes     int8 = 1
)

// Reset makes every field empty or unknown and keeps the memory behind slices.
func (r *Row) Reset() {
	*r = Row{
		ID: r.ID[:0], System: r.System[:0],
		Five: r.Five[:0], Four: r.Four[:0], FourA: r.FourA[:0], FourB: r.FourB[:0], Three: r.Three[:0],
		Name: r.Name[:0], Label: r.Label[:0], Sequence: r.Sequence[:0], CDR3AA: r.CDR3AA[:0], JunctionAA: r.JunctionAA[:0],
		CDR3Start: Unknown, CDR3End: Unknown, JunctionStart: Unknown, JunctionEnd: Unknown, Productive: ProductiveUnknown,
		FiveEnd: Unknown, FourStart: Unknown, FourEnd: Unknown, ThreeStart: Unknown,
		FiveDelRight: Unknown, FourDelLeft: Unknown, FourDelRight: Unknown, ThreeDelLeft: Unknown,
		EValue: Unknown, EValueLeft: Unknown, EValueRight: Unknown,
		Warnings: r.Warnings[:0],
	}
}

// SetClone fills the wanted fields from the one sample of a clonotype; Number
// and Top are the caller's.
func (r *Row) SetClone(c *vidjilfile.Clone, sample int, want Fields) {
	g := &c.Seg
	if want&FieldID != 0 {
		r.ID = append(r.ID[:0], c.ID...)
	}
	if want&FieldReads != 0 && sample < len(c.Reads) {
		r.Reads = int64(c.Reads[sample])
	}
	if want&FieldSystem != 0 {
		r.System = append(r.System[:0], c.Germline...)
	}
	if want&FieldGenes != 0 {
		r.Five, r.Three = gene(r.Five, g.Five), gene(r.Three, g.Three)
		r.Four, r.FourA, r.FourB = gene(r.Four, g.Four), gene(r.FourA, g.FourA), gene(r.FourB, g.FourB)
	}
	if want&FieldSequence != 0 {
		r.Sequence = append(r.Sequence[:0], c.Sequence...)
	}
	if want&FieldLength != 0 && sample < len(c.AverageReadLength) {
		r.AverageLength = c.AverageReadLength[sample]
	}
	if want&FieldCDR3 != 0 && g.CDR3 != nil {
		r.CDR3AA = append(r.CDR3AA[:0], g.CDR3.AA...)
		r.CDR3Start, r.CDR3End = known(g.CDR3.Start), known(g.CDR3.End)
	}
	if want&FieldJunction != 0 && g.Junction != nil {
		r.JunctionAA = append(r.JunctionAA[:0], g.Junction.AA...)
		r.JunctionStart, r.JunctionEnd = known(g.Junction.Start), known(g.Junction.End)
	}
	if want&FieldProductive != 0 {
		r.Productive = productive(c)
	}
	if want&FieldName != 0 {
		r.Name = append(r.Name[:0], c.Name...)
	}
	if want&FieldLabel != 0 {
		r.Label = append(r.Label[:0], c.Label...)
	}
	if want&FieldWarnings != 0 {
		r.Warnings = appendCodes(r.Warnings[:0], c.Warnings)
	}
	r.setPlaces(g, want)
}

func (r *Row) setPlaces(g *vidjilfile.Seg, want Fields) {
	if want&FieldPositions != 0 {
		if s := g.Five; s != nil {
			r.FiveEnd, r.FiveDelRight = known(s.End), known(s.DelRight)
		}
		if s := g.Four; s != nil {
			r.FourStart, r.FourEnd = known(s.Start), known(s.End)
			r.FourDelLeft, r.FourDelRight = known(s.DelLeft), known(s.DelRight)
		}
		if s := g.Three; s != nil {
			r.ThreeStart, r.ThreeDelLeft = known(s.Start), known(s.DelLeft)
		}
	}
	if want&FieldEValue != 0 {
		r.EValue, r.EValueLeft, r.EValueRight = chance(g.EValue), chance(g.EValueLeft), chance(g.EValueRight)
	}
}

func gene(to []byte, s *vidjilfile.Segment) []byte {
	to = to[:0]
	if s != nil {
		to = append(to, s.Name...)
	}
	return to
}

func known(v vidjilfile.Opt[int]) int {
	if !v.Valid {
		return Unknown
	}
	return v.Value
}

func chance(v vidjilfile.Opt[float64]) float64 {
	if !v.Valid {
		return Unknown
	}
	return v.Value
}

func productive(c *vidjilfile.Clone) int8 {
	j := c.Seg.Junction
	switch {
	case j == nil || !j.Productive.Valid:
		return ProductiveUnknown
	case j.Productive.Value:
		return ProductiveYes
	}
	return ProductiveNo
}

func appendCodes(to []byte, warnings []vidjilfile.Warning) []byte {
next:
	for i, w := range warnings {
		for _, earlier := range warnings[:i] {
			if earlier.Code == w.Code {
				continue next
			}
		}
		if len(to) > 0 {
			to = append(to, ',')
		}
		to = append(to, w.Code...)
	}
	return to
}
