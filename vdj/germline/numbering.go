package germline

import "bytes"

// IMGT numbering of V genes, on the gapped sequence: 0-based half-open bounds
// in nucleotides. CDR3 starts after Cys104.
// Source: Lefranc et al., Dev. Comp. Immunol. 27:55-77 (2003).
const (
	cdr1Start   = 78
	cdr1End     = 114
	cdr2Start   = 165
	cdr2End     = 195
	cys104Start = 309
	fwr3End     = 312
)

// trp118Start is where Phe/Trp118 starts on a J gene whose sequence is gapped
// to the length of the longest one, as in Vidjil's files, 0-based.
const trp118Start = 35

// Regions are the framework and complementarity regions of a V gene, 0-based
// half-open on its ungapped sequence. A region that the gene lacks is empty,
// and stands where it would be.
type Regions struct{ FWR1, CDR1, FWR2, CDR2, FWR3 [2]int }

// Regions gives the regions of a V gene by its IMGT numbering. It is false for
// other genes, for V genes that have no numbering, and for those whose numbering
// does not put Cys104 at its place. A region that an
// incomplete allele does not reach is empty.
func (g *Gene) Regions() (Regions, bool) {
	if g.Segment != V || len(g.Gaps) == 0 || g.Anchor >= 0 && g.ungapped(cys104Start) != g.Anchor {
		return Regions{}, false
	}
	at := g.ungapped
	return Regions{
		FWR1: [2]int{0, at(cdr1Start)},
		CDR1: [2]int{at(cdr1Start), at(cdr1End)},
		FWR2: [2]int{at(cdr1End), at(cdr2Start)},
		CDR2: [2]int{at(cdr2Start), at(cdr2End)},
		FWR3: [2]int{at(cdr2End), at(fwr3End)},
	}, true
}

// Gapped is the sequence with its IMGT gaps as dots.
func (g *Gene) Gapped() []byte {
	var out []byte
	last := 0
	for _, gap := range g.Gaps {
		out = append(out, g.Sequence[last:gap.Pos]...)
		out = append(out, bytes.Repeat([]byte("."), gap.Length)...)
		last = gap.Pos
	}
	return append(out, g.Sequence[last:]...)
}

// ungapped is the number of letters of the gene before a 0-based position of
// the gapped sequence.
func (g *Gene) ungapped(gapped int) int {
	shift := 0
	for _, gap := range g.Gaps {
		start := gap.Pos + shift // of the gap, on the gapped sequence
		if gapped <= start {
			break
		}
		if gapped < start+gap.Length {
			return gap.Pos
		}
		shift += gap.Length
	}
	return min(gapped-shift, len(g.Sequence))
}

// Gaps lists the gaps ('.' or '-') of a sequence with IMGT numbering.
func Gaps(gapped []byte) []Gap {
	_, gaps := takeGaps(gapped)
	return gaps
}

// takeGaps splits a sequence with IMGT gaps ('.', also '-') into its letters,
// upper case, and its gaps. Gaps after the last letter tell nothing: the gene
// ends there.
func takeGaps(gapped []byte) ([]byte, []Gap) {
	seq := make([]byte, 0, len(gapped))
	var gaps []Gap
	open := false
	for _, c := range gapped {
		if c == '.' || c == '-' {
			if !open {
				gaps = append(gaps, Gap{Pos: len(seq)})
				open = true
			}
			gaps[len(gaps)-1].Length++
			continue
		}
		open = false
		seq = append(seq, c)
	}
	if open {
		gaps = gaps[:len(gaps)-1]
	}
	return bytes.ToUpper(seq), gaps
}
