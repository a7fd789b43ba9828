package airr

import (
	"strings"
)

// calls checks names: kind of gene, locus, presence in the germline set.
func (l *linter) calls() {
	r := &l.row
	for _, p := range calls() {
		column := p.name + "_call"
		for name := range strings.SplitSeq(p.at(r).Call, ",") {
			if name == "" {
				continue
			}
			l.callName(column, p.name[0], name)
		}
	}
}

func (l *linter) callName(column string, segment byte, name string) {
	if l.genes != nil && l.genes[name] == nil {
		l.add(Error, "unknown-gene", column, "the germline set has no %q", clip(name))
	}
	locus, kind := GeneKind(name)
	if locus == "" {
		l.add(Warning, "gene-name", column, "%q is not an IMGT name", clip(name))
		return
	}
	if kind != 0 && kind != segment && (segment != 'c' || kind == 'v' || kind == 'j') {
		l.add(Warning, "call-segment", column, "%s is not a %c gene", clip(name), segment&^0x20)
	}
	row := l.row.Locus
	if row == "" || locus == row || locus == "TRA" && row == "TRD" || locus == "TRD" && row == "TRA" {
		return // alpha and delta genes recombine with each other
	}
	l.add(Error, "locus-call", column, "%s is not a gene of %s", clip(name), clip(row))
}

// coordinates checks that positions lie where they can.
func (l *linter) coordinates() {
	r := &l.row
	check := func(column string, start, end Opt[int], limit int, of string) {
		switch {
		case start.Valid != end.Valid:
			l.add(Warning, "half-position", column, "a start without an end, or an end without a start")
		case !start.Valid || start.Value == 0: // 0 is reported for the whole file
		case start.Value < 0 || start.Value > end.Value:
			l.add(Error, "position", column, "%d to %d: want 1 ≤ start ≤ end", start.Value, end.Value)
		case limit > 0 && end.Value > limit:
			l.add(Error, "position", column, "ends at %d, %s has %d letters", end.Value, of, limit)
		}
	}
	for _, p := range calls() {
		c := p.at(r)
		check(p.name+"_sequence_start", c.SequenceStart, c.SequenceEnd, len(r.Sequence), "the sequence")
		check(p.name+"_alignment_start", c.AlignmentStart, c.AlignmentEnd, len(r.SequenceAlignment), "the alignment")
		limit := 0
		first, _, _ := strings.Cut(c.Call, ",")
		if g := l.genes[first]; g != nil {
			limit = len(g.Sequence)
		}
		check(p.name+"_germline_start", c.GermlineStart, c.GermlineEnd, limit, first)
		if v := c.Identity; v.Valid {
			switch {
			case v.Value < 0 || v.Value > 100:
				l.add(Error, "identity", p.name+"_identity", "%g is not a fraction", v.Value)
			case v.Value > 1:
				l.add(Warning, "identity", p.name+"_identity", "%g is a percentage: the schema wants a fraction, 0 to 1", v.Value)
			}
		}
	}
	for _, p := range regions() {
		check(p.name+"_start", p.at(r).Start, p.at(r).End, len(r.Sequence), "the sequence")
	}
}

// cigars checks CIGARs against positions and lengths.
func (l *linter) cigars() {
	for _, p := range calls() {
		call := p.at(&l.row)
		if call.CIGAR == "" {
			continue
		}
		column := p.name + "_cigar"
		c, err := ParseCIGAR(call.CIGAR)
		if err != nil {
			l.add(Error, "cigar", column, "%v", err)
			continue
		}
		if c.Mixed {
			l.add(Error, "cigar-mixed", column, "%q has M together with = or X", clip(call.CIGAR))
		}
		if c.Skip {
			l.add(Warning, "cigar-skip", column, "%q has N inside the match: write a deletion as D", clip(call.CIGAR))
		}
		span := func(what string, start, end Opt[int], skip, n int) {
			if start.Valid && end.Valid && (start.Value != skip+1 || end.Value != skip+n) {
				l.add(Error, "cigar-span", column, "%q spans %s %d to %d, the columns say %d to %d", clip(call.CIGAR), what,
					skip+1, skip+n, start.Value, end.Value)
			}
		}
		span("sequence", call.SequenceStart, call.SequenceEnd, c.QueryStart, c.QuerySpan)
		span("germline", call.GermlineStart, call.GermlineEnd, c.GermlineStart, c.GermlineSpan)
		total := c.QueryStart + c.QuerySpan + c.QueryEnd
		if n := len(l.row.Sequence); n > 0 && (total > n || c.QueryEnd > 0 && total != n) {
			l.add(Error, "cigar-length", column, "%q is about %d letters, the sequence has %d", clip(call.CIGAR), total, n)
		}
		first, _, _ := strings.Cut(call.Call, ",")
		if g := l.genes[first]; g != nil && c.GermlineStart+c.GermlineSpan > len(g.Sequence) {
			l.add(Error, "cigar-length", column, "%q goes beyond %s, which has %d letters", clip(call.CIGAR), first, len(g.Sequence))
		}
	}
}

// alignment checks the two alignments against each other and the sequence.
func (l *linter) alignment() {
	r := &l.row
	if r.SequenceAlignment != "" && r.GermlineAlignment != "" && len(r.SequenceAlignment) != len(r.GermlineAlignment) {
		l.add(Error, "alignment-columns", "germline_alignment", "%d columns, sequence_alignment has %d",
			len(r.GermlineAlignment), len(r.SequenceAlignment))
	}
	if l.oriented == "" {
		return
	}
	if a := ungapped(r.SequenceAlignment); a != "" && !l.letters(0, len(l.oriented), a, true) {
		l.add(Error, "alignment-sequence", "sequence_alignment", "without its gaps it is not a part of the sequence")
	}
	for _, p := range calls() {
		c := p.at(r)
		start, end := c.SequenceStart, c.SequenceEnd
		if !start.Valid || !end.Valid || start.Value < 1 || start.Value > end.Value || end.Value > len(l.oriented) {
			continue
		}
		aligned, column := c.SequenceAlignment, p.name+"_sequence_alignment"
		if as, ae := c.AlignmentStart, c.AlignmentEnd; aligned == "" && as.Valid && ae.Valid && as.Value >= 1 &&
			as.Value <= ae.Value && ae.Value <= len(r.SequenceAlignment) {
			aligned, column = r.SequenceAlignment[as.Value-1:ae.Value], p.name+"_alignment_start"
		}
		if aligned != "" && !l.letters(start.Value-1, end.Value, ungapped(aligned), false) {
			l.add(Error, "alignment-sequence", column, "positions %d to %d of the sequence are other letters", start.Value, end.Value)
		}
	}
}

// letters tells whether s stands in the oriented sequence from start to end,
// or anywhere there. N matches any letter.
func (l *linter) letters(start, end int, s string, anywhere bool) bool {
	part, s := l.oriented[start:end], strings.ToUpper(s)
	if part == s || anywhere && strings.Contains(part, s) {
		return true
	}
	if !strings.Contains(part, "N") && !strings.Contains(s, "N") || !anywhere && len(part) != len(s) {
		return false
	}
	for at := 0; at+len(s) <= len(part); at++ {
		same := true
		for i := 0; i < len(s) && same; i++ {
			same = part[at+i] == s[i] || s[i] == 'N' || part[at+i] == 'N'
		}
		if same {
			return true
		}
	}
	return false
}

// junction checks the junction against the sequence, its translation, its
// lengths, and what is said of productivity.
func (l *linter) junction() {
	r := &l.row
	length := func(column string, v Opt[int], of string, s string) {
		if v.Valid && s != "" && v.Value != len(s) {
			l.add(Error, "length", column, "%d, %s has %d letters", v.Value, of, len(s))
		}
	}
	length("junction_length", r.JunctionLength, "junction", r.Junction)
	length("junction_aa_length", r.JunctionAALength, "junction_aa", r.JunctionAA)
	length("np1_length", r.NP1.Length, "np1", r.NP1.Sequence)
	length("np2_length", r.NP2.Length, "np2", r.NP2.Sequence)
	length("np3_length", r.NP3.Length, "np3", r.NP3.Sequence)
	if r.Productive == True {
		l.productive()
	}
	if r.Junction == "" {
		return
	}
	if r.VJInFrame == True && len(r.Junction)%3 != 0 {
		l.add(Error, "frame", "vj_in_frame", "T, and the junction has %d letters", len(r.Junction))
	}
	in := l.oriented
	if in == "" {
		in = strings.ToUpper(ungapped(r.SequenceAlignment))
	}
	if in != "" && !strings.Contains(in, strings.ToUpper(r.Junction)) {
		l.add(Error, "junction", "junction", "it is not a part of the sequence")
	}
	if r.JunctionAA != "" && !translationOf(r.JunctionAA, r.Junction) {
		l.add(Error, "junction-aa", "junction_aa", "%s is not the translation of the junction, %s", clip(r.JunctionAA),
			clip(translate(r.Junction)))
	}
}

func (l *linter) productive() {
	r := &l.row
	switch {
	case r.VJInFrame == False:
		l.add(Error, "productive", "productive", "T, and vj_in_frame is F")
	case r.StopCodon == True:
		l.add(Error, "productive", "productive", "T, and stop_codon is T")
	case r.Junction == "":
	case len(r.Junction)%3 != 0:
		l.add(Error, "productive", "productive", "T, and the junction has %d letters: not in frame", len(r.Junction))
	default:
		aa := translate(r.Junction)
		switch {
		case strings.Contains(aa, "*"):
			l.add(Error, "productive", "productive", "T, and the junction has a stop codon: %s", clip(aa))
		case aa[0] != 'C' && aa[0] != 'X':
			l.add(Warning, "junction-anchor", "junction", "begins with %c: the junction starts at Cys104, with its codon", aa[0])
		case !strings.ContainsRune("WFX", rune(aa[len(aa)-1])):
			l.add(Warning, "junction-anchor", "junction", "ends with %c: the junction ends at Trp118 or Phe118, with its codon", aa[len(aa)-1])
		}
	}
}

// translationOf tells whether aa can be the translation of nt. Out of frame,
// programs write the whole codons, or both readings with a mark between.
func translationOf(aa, nt string) bool {
	if len(nt)%3 != 0 && strings.ContainsAny(aa, "#!_?~") {
		return true
	}
	want := translate(nt)
	if len(nt)%3 != 0 && len(aa) == len(want)+1 {
		aa = aa[:len(want)] // the incomplete codon was written as a letter too
	}
	if len(aa) != len(want) {
		return false
	}
	for i := range len(aa) {
		if aa[i]&^0x20 != want[i] && aa[i] != want[i] && aa[i] != 'X' && want[i] != 'X' {
			return false
		}
	}
	return true
}

// regions checks the letters of each region against its positions, and the CDR3
// against the junction.
func (l *linter) regions() {
	r := &l.row
	for _, p := range regions() {
		g := p.at(r)
		if g.Sequence == "" || l.oriented == "" || !g.Start.Valid || !g.End.Valid || g.Start.Value < 1 ||
			g.Start.Value > g.End.Value || g.End.Value > len(l.oriented) {
			continue
		}
		if !l.letters(g.Start.Value-1, g.End.Value, ungapped(g.Sequence), false) {
			l.add(Error, "region", p.name, "positions %d to %d of the sequence are other letters", g.Start.Value, g.End.Value)
		}
	}
	cdr3, junction := strings.ToUpper(r.CDR3.Sequence), strings.ToUpper(r.Junction)
	switch {
	case cdr3 == "" || junction == "":
	case cdr3 == junction:
		l.add(Error, "cdr3", "cdr3", "it equals the junction: leave out the anchor codons at both ends")
	case len(junction) < 6 || cdr3 != junction[3:len(junction)-3]:
		l.add(Error, "cdr3", "cdr3", "it is not the junction without its first and last codon")
	}
}
