package designation

import (
	"math"
	"strings"

	"vidjil.org/vidjil/vdj/germline"
)

// minCDR3 is the shortest CDR3 that is one, in nucleotides.
const minCDR3 = 6

// finish derives what follows from the genes: junction, frame, productivity,
// regions, identity of V.
func (d *Designation) finish(set *germline.Set) {
	d.EValue = d.EFive + d.EThree
	d.Reason = Undecidable
	if d.Five != nil && set.Genes[d.Five.Genes[0]].Segment == germline.V {
		v := &set.Genes[d.Five.Genes[0]]
		d.VIdentity = d.Five.identity()
		d.regions(v)
		d.junction(v, &set.Genes[d.Three.Genes[0]])
	}
}

// identity is the share of identical letters, in percent, over the aligned
// letters and the gaps.
func (m *Match) identity() float64 {
	same, all := 0, 0
	for _, r := range m.Runs {
		all += r.Len
		if r.Op == OpMatch {
			same += r.Len
		}
	}
	if all == 0 {
		return math.NaN()
	}
	return 100 * float64(same) / float64(all)
}

// OnSequence is the place on the sequence of letter g of the gene (0-based on
// its ungapped sequence), and false where the match does not cover it.
func (m *Match) OnSequence(g int) (int, bool) {
	p, at := m.Start, m.GeneStart
	for _, r := range m.Runs {
		switch r.Op {
		case OpInsert:
			p += r.Len
		case OpDelete:
			if g >= at && g < at+r.Len {
				return 0, false
			}
			at += r.Len
		default:
			if g >= at && g < at+r.Len {
				return p + g - at, true
			}
			p += r.Len
			at += r.Len
		}
	}
	return 0, false
}

// junction finds the anchors and reads the junction between them.
func (d *Designation) junction(v, j *germline.Gene) {
	if v.Anchor < 0 || j.Anchor < 0 || d.Three.Reverse {
		return
	}
	start, ok1 := d.Five.OnSequence(v.Anchor)
	end, ok2 := d.Three.OnSequence(j.Anchor + 2)
	end++
	if !ok1 || !ok2 || end-start < 6 {
		return
	}
	d.Junction = Span{start, end}
	d.CDR3 = Span{start + 3, end - 3}
	if geneEnd, ok := d.Three.OnSequence(len(j.Sequence) - 1); ok {
		d.FWR4 = Span{end - 3, geneEnd + 1}
	} else {
		d.FWR4 = Span{end - 3, d.Three.End}
	}
	d.InFrame = d.Junction.Len()%3 == 0
	d.JunctionAA = junctionAA(d.Sequence[start:end], end-max(d.Three.Start, start))
	d.StopCodon = d.stopInFrame(start)
	fr4 := Translate(nil, d.Sequence[end-3:min(len(d.Sequence), end+9)])
	switch {
	case d.CDR3.Len() < minCDR3:
		d.Reason = TooShort
	case !d.InFrame:
		d.Reason = OutOfFrame
	case d.StopCodon:
		d.Reason = StopCodon
	case v.Locus == "IGH" && !isWPGxG(fr4):
		d.Reason = NoWPGxG
	default:
		d.Reason, d.Productive = Productive, true
	}
}

// isWPGxG tells whether FR4, from residue 118, begins with W or P, then G-x-G,
// the pattern that ERIC asks of a productive IGH. A read that stops before it
// is given the benefit.
func isWPGxG(fr4 []byte) bool {
	pattern := []string{"WP", "G", "", "G"}
	for i, p := range pattern {
		if i < len(fr4) && p != "" && !strings.Contains(p, string(fr4[i])) {
			return false
		}
	}
	return true
}

// stopInFrame tells whether a stop codon stands in the frame of the anchor,
// from the start of V to the end of J.
func (d *Designation) stopInFrame(anchor int) bool {
	from := anchor - (anchor-d.Five.Start)/3*3
	for p := from; p+3 <= d.Three.End; p += 3 {
		if germline.TranslateCodon(d.Sequence[p:p+3]) == '*' {
			return true
		}
	}
	return false
}

// junctionAA translates a junction. Out of frame, V is read from the left and J
// (its last threeLen letters) from the right, and '#' stands for the broken
// codon between them.
func junctionAA(junction []byte, threeLen int) string {
	rest := len(junction) % 3
	if rest == 0 {
		return string(Translate(nil, junction))
	}
	right := min(max(0, threeLen)/3*3, len(junction)-rest)
	left := (len(junction) - right) / 3 * 3
	aa := Translate(nil, junction[:left])
	aa = append(aa, '#')
	return string(Translate(aa, junction[len(junction)-right:]))
}

// regions lays the framework and complementarity regions of V on the sequence.
// A region that the sequence holds in part is reported in part.
func (d *Designation) regions(v *germline.Gene) {
	r, ok := v.Regions()
	if !ok {
		return
	}
	d.FWR1 = d.Five.span(r.FWR1)
	d.CDR1 = d.Five.span(r.CDR1)
	d.FWR2 = d.Five.span(r.FWR2)
	d.CDR2 = d.Five.span(r.CDR2)
	d.FWR3 = d.Five.span(r.FWR3)
}

// span is the part of the sequence under letters [r[0], r[1]) of the gene.
func (m *Match) span(r [2]int) Span {
	s := Span{}
	p, at := m.Start, m.GeneStart
	for _, run := range m.Runs {
		switch run.Op {
		case OpInsert:
			p += run.Len
		case OpDelete:
			at += run.Len
		default:
			if from, to := max(r[0], at), min(r[1], at+run.Len); from < to {
				if s.End == 0 {
					s.Start = p + from - at
				}
				s.End = p + to - at
			}
			p += run.Len
			at += run.Len
		}
	}
	return s
}
