package airr

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
)

// FromDesignation makes the row of one sequence. A sequence without reported
// recombination gives a row with its identifier, its letters and the cause.
func FromDesignation(set *germline.Set, d *designation.Designation, id string) Rearrangement {
	r := Rearrangement{SequenceID: id, RevComp: BoolOf(d.RevComp), Cause: string(d.Cause)}
	if d.RevComp {
		r.Sequence = string(reverseComplement(d.Sequence))
	} else {
		r.Sequence = string(d.Sequence)
	}
	if !d.Found() {
		return r
	}
	b := builder{set: set, d: d, row: &r}
	r.RecombinationSystem = d.System
	r.Locus = b.locus()
	r.Designation = d.Text(set)
	b.place()
	b.align()
	b.junction()
	b.regions()
	b.complete()
	return r
}

// FromClonotype makes the row of a clonotype: the designation of its
// representative, with the number of reads as duplicate_count and the window as
// sequence_id. cloneID is the window of the clonotype that stands for its
// cluster; empty for a clonotype by itself.
func FromClonotype(set *germline.Set, c *clonotype.Clonotype, cloneID string) Rearrangement {
	id := string(c.Window)
	r := Rearrangement{SequenceID: id, Sequence: string(c.Sequence), RecombinationSystem: c.System}
	if c.Designation != nil && len(c.Designation.Sequence) > 0 {
		r = FromDesignation(set, c.Designation, id)
	}
	if r.RecombinationSystem == "" {
		r.RecombinationSystem = c.System
	}
	// The reads have a recombination even where the representative could not be
	// designated: the warning W68 says why, a cause beside a system would not.
	r.Cause = ""
	if r.Locus == "" {
		r.Locus = Locus(c.System)
	}
	r.CloneID = cloneID
	if cloneID == "" {
		r.CloneID = id
	}
	r.DuplicateCount = Some(c.Reads)
	if len(c.Quality) == len(r.Sequence) && len(c.Quality) > 0 {
		r.Quality = phred33(c.Quality)
	}
	r.Warnings = warningCodes(c.Warnings)
	return r
}

// phred33 writes Phred values as printable characters.
func phred33(quality []byte) string {
	q := make([]byte, len(quality))
	for i, v := range quality {
		q[i] = min(v, '~'-33) + 33
	}
	return string(q)
}

func warningCodes(warnings []clonotype.Warning) string {
	var codes []string
	for _, w := range warnings {
		if !slices.Contains(codes, w.Code) {
			codes = append(codes, w.Code)
		}
	}
	return strings.Join(codes, ",")
}

// loci are the values that the schema allows in the column locus.
var loci = []string{"IGH", "IGI", "IGK", "IGL", "TRA", "TRB", "TRD", "TRG"}

// Locus is the locus proper of a system: IGH of IGH+, TRA of TRA+D. It is empty
// for unexpected recombinations.
func Locus(system string) string {
	locus, _, _ := strings.Cut(system, "+")
	if slices.Contains(loci, locus) {
		return locus
	}
	return ""
}

// builder makes one row.
type builder struct {
	set    *germline.Set
	d      *designation.Designation
	row    *Rearrangement
	placed []placed
}

// placed is a gene that has columns of its own.
type placed struct {
	call *Call
	gap  *NP // the letters between this gene and the one on its left
	m    designation.Match
	gene *germline.Gene
}

// locus is that of the system; for an unexpected recombination it is that of
// the genes, when they agree.
func (b *builder) locus() string {
	if l := Locus(b.d.System); l != "" {
		return l
	}
	five, three := b.gene(b.d.Five), b.gene(b.d.Three)
	if five != nil && three != nil && five.Locus == three.Locus && slices.Contains(loci, five.Locus) {
		return five.Locus
	}
	return ""
}

func (b *builder) gene(m *designation.Match) *germline.Gene {
	if m == nil || len(m.Genes) == 0 {
		return nil
	}
	return &b.set.Genes[m.Genes[0]]
}

// place gives each gene its columns. The schema has two D genes at most: a
// third stays in the designation's text only, and its letters count as
// inserted.
func (b *builder) place() {
	r := b.row
	ds := []*Call{&r.D, &r.D2}
	gaps := []*NP{&r.NP1, &r.NP2, &r.NP3}
	seen := 0 // D genes so far
	add := func(m *designation.Match, other *Call) {
		gene := b.gene(m)
		if gene == nil {
			return
		}
		call, gap := other, gaps[min(seen, 2)]
		if gene.Segment == germline.D || other == nil {
			if seen == len(ds) {
				return
			}
			call = ds[seen]
			seen++
		}
		b.placed = append(b.placed, placed{call: call, gap: gap, m: Clip(b.set, m), gene: gene})
	}
	add(b.d.Five, &r.V)
	for _, m := range b.d.Ds {
		add(m, nil)
	}
	add(b.d.Three, &r.J)
	for i := range b.placed {
		b.describe(&b.placed[i])
	}
	if gene := b.gene(b.d.C); gene != nil {
		b.describe(&placed{call: &r.C, m: Clip(b.set, b.d.C), gene: gene})
	}
	if five := b.gene(b.d.Five); five != nil && five.Segment == germline.V && finite(b.d.VIdentity) {
		r.V.Identity = Some(round(b.d.VIdentity/100, 4))
	}
}

// describe fills the columns of one gene that do not need the others.
func (b *builder) describe(p *placed) {
	c, m := p.call, &p.m
	for i, g := range m.Genes {
		if i > 0 {
			c.Call += ","
		}
		c.Call += b.set.Genes[g].Name
	}
	if finite(m.Score) {
		c.Score = Some(round(m.Score, 2))
	}
	if finite(m.EValue) {
		c.Support = Some(significant(m.EValue))
	}
	if m.Start >= m.End || len(m.Runs) == 0 {
		return
	}
	c.SequenceStart, c.SequenceEnd = Some(m.Start+1), Some(m.End)
	if !m.Reverse {
		c.GermlineStart, c.GermlineEnd = Some(m.GeneStart+1), Some(m.GeneEnd)
		c.CIGAR = string(appendCIGAR(make([]byte, 0, 32), m, len(b.d.Sequence), len(p.gene.Sequence)))
	}
	same, all := 0, 0
	for _, run := range m.Runs {
		all += run.Len
		if run.Op == designation.OpMatch {
			same += run.Len
		}
	}
	c.Identity = Some(round(float64(same)/float64(all), 4))
}

// align writes the two alignments and what stands between the genes.
func (b *builder) align() {
	var seq, ref []byte
	pos := -1 // end of the gene on the left, on the oriented sequence
	for i := range b.placed {
		p := &b.placed[i]
		if len(p.m.Runs) == 0 || pos > p.m.Start {
			continue // nothing of the gene proper is there
		}
		if pos >= 0 {
			between := b.d.Sequence[pos:p.m.Start]
			p.gap.Sequence, p.gap.Length = string(between), Some(len(between))
			seq = append(seq, between...)
			for range between {
				ref = append(ref, 'N')
			}
		}
		p.call.AlignmentStart = Some(len(seq) + 1)
		letters := p.gene.Sequence
		if p.m.Reverse {
			letters = reverseComplement(letters)
		}
		seq, ref = appendAlignment(seq, ref, b.d.Sequence, letters, &p.m)
		p.call.AlignmentEnd = Some(len(seq))
		pos = p.m.End
	}
	b.row.SequenceAlignment, b.row.GermlineAlignment = string(seq), string(ref)
}

// appendAlignment appends the columns of one gene.
func appendAlignment(seq, ref, sequence, gene []byte, m *designation.Match) ([]byte, []byte) {
	s, g := m.Start, m.GeneStart
	for _, run := range m.Runs {
		for range run.Len {
			switch run.Op {
			case designation.OpInsert:
				seq, ref = append(seq, sequence[s]), append(ref, '-')
				s++
			case designation.OpDelete:
				seq, ref = append(seq, '-'), append(ref, gene[g])
				g++
			default:
				seq, ref = append(seq, sequence[s]), append(ref, gene[g])
				s++
				g++
			}
		}
	}
	return seq, ref
}

// junction fills the junction and what is said of its productivity.
func (b *builder) junction() {
	r, d := b.row, b.d
	r.ProductiveReason = string(d.Reason)
	if d.StopCodon {
		r.StopCodon = True
	} else if d.Reason != designation.Undecidable {
		r.StopCodon = False
	}
	if d.Junction.Len() > 0 {
		r.Junction = string(d.Sequence[d.Junction.Start:d.Junction.End])
		r.JunctionAA = d.JunctionAA
		r.JunctionLength, r.JunctionAALength = Some(len(r.Junction)), Some(len(r.JunctionAA))
		r.VJInFrame = BoolOf(d.InFrame)
	}
	switch {
	case d.Productive:
		r.Productive, r.ERICProductive = True, True
	case d.Reason == designation.Undecidable || d.Junction.Len() == 0:
	case d.Reason == designation.NoWPGxG && d.InFrame && !d.StopCodon:
		r.Productive, r.ERICProductive = True, False
	default:
		r.Productive, r.ERICProductive = False, False
	}
}

// regions fills the framework and complementarity regions. Amino acids are read
// in the frame of the V anchor, those of FWR4 in the frame of the J anchor.
func (b *builder) regions() {
	d, r := b.d, b.row
	fill := func(dst *Region, span designation.Span, anchor int) {
		if span.Len() <= 0 {
			return
		}
		letters := d.Sequence[span.Start:span.End]
		dst.Sequence = string(letters)
		dst.Start, dst.End = Some(span.Start+1), Some(span.End)
		if d.Junction.Len() > 0 {
			// A region that the read starts in begins inside a codon.
			shift := ((anchor-span.Start)%3 + 3) % 3
			dst.AA = translate(letters[min(shift, len(letters)):])
		}
	}
	fill(&r.FWR1, d.FWR1, d.Junction.Start)
	fill(&r.CDR1, d.CDR1, d.Junction.Start)
	fill(&r.FWR2, d.FWR2, d.Junction.Start)
	fill(&r.CDR2, d.CDR2, d.Junction.Start)
	fill(&r.FWR3, d.FWR3, d.Junction.Start)
	fill(&r.FWR4, d.FWR4, d.Junction.End)
	fill(&r.CDR3, d.CDR3, d.CDR3.Start)
	if aa := d.JunctionAA; d.CDR3.Len() > 0 && len(aa) >= 2 {
		r.CDR3.AA = aa[1 : len(aa)-1]
	}
}

// complete tells whether the alignment goes from the first codon of the V gene
// to the last whole codon of the J gene.
func (b *builder) complete() {
	if len(b.placed) < 2 {
		return
	}
	v, j := &b.placed[0], &b.placed[len(b.placed)-1]
	if v.gene.Segment != germline.V || j.gene.Segment != germline.J {
		return
	}
	last := len(j.gene.Sequence)
	if j.gene.Anchor >= 0 {
		last -= (last - j.gene.Anchor) % 3
	}
	b.row.CompleteVDJ = BoolOf(len(v.m.Runs) > 0 && len(j.m.Runs) > 0 && v.m.GeneStart == 0 && j.m.GeneEnd >= last)
}

// Clip returns the match without what lies outside the gene proper, in its
// genomic flanks, and without insertions or deletions that would then stand at
// an end. When nothing is left, or when the alignment does not fit the
// positions, Runs is nil and Start equals End.
func Clip(set *germline.Set, m *designation.Match) designation.Match {
	c := *m
	length := len(set.Genes[m.Genes[0]].Sequence)
	query, gene := 0, 0
	for _, run := range m.Runs {
		if run.Op != designation.OpDelete {
			query += run.Len
		}
		if run.Op != designation.OpInsert {
			gene += run.Len
		}
	}
	if len(m.Runs) == 0 || query != m.End-m.Start || gene != m.GeneEnd-m.GeneStart {
		c.Runs, c.End = nil, c.Start
		return c
	}
	if c.GeneStart >= 0 && c.GeneEnd <= length {
		return c
	}
	runs := slices.Clone(m.Runs)
	for len(runs) > 0 && (c.GeneStart < 0 || !aligned(runs[0].Op)) {
		n := cut(&runs[0], -c.GeneStart)
		if runs[0].Op != designation.OpDelete {
			c.Start += n
		}
		if runs[0].Op != designation.OpInsert {
			c.GeneStart += n
		}
		if runs[0].Len == 0 {
			runs = runs[1:]
		}
	}
	for len(runs) > 0 && (c.GeneEnd > length || !aligned(runs[len(runs)-1].Op)) {
		last := &runs[len(runs)-1]
		n := cut(last, c.GeneEnd-length)
		if last.Op != designation.OpDelete {
			c.End -= n
		}
		if last.Op != designation.OpInsert {
			c.GeneEnd -= n
		}
		if last.Len == 0 {
			runs = runs[:len(runs)-1]
		}
	}
	c.Runs = runs
	if len(runs) == 0 {
		c.Runs, c.End = nil, c.Start
	}
	return c
}

func aligned(op designation.Op) bool {
	return op == designation.OpMatch || op == designation.OpMismatch
}

// cut shortens a run by the letters that lie outside, all of them when it is
// an insertion or a deletion, and returns by how many.
func cut(run *designation.Run, outside int) int {
	n := run.Len
	if aligned(run.Op) {
		n = min(n, outside)
	}
	run.Len -= n
	return n
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}

// significant keeps four significant digits: more of an e-value say nothing,
// and would differ between processors.
func significant(v float64) float64 {
	var buf [32]byte
	s, err := strconv.ParseFloat(string(strconv.AppendFloat(buf[:0], v, 'e', 3, 64)), 64)
	if err != nil {
		return v
	}
	return s
}
