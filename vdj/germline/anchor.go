package germline

// InferAnchor sets the anchor of a V or J gene that has none, and flags it as
// inferred. The IMGT numbering gives it where the gene has gaps, else the
// conserved motif does. It tells whether the gene has an anchor now; genes
// without one are kept, without anchor.
func (g *Gene) InferAnchor() bool {
	if g.Anchor >= 0 {
		return true
	}
	switch g.Segment {
	case V:
		g.Anchor = g.numberedCys()
		if g.Anchor < 0 {
			g.Anchor = cysByMotif(g.Sequence)
			g.AnchorInferred = g.Anchor >= 0
		}
	case J:
		g.Anchor = pheTrpByMotif(g.Sequence)
		g.AnchorInferred = g.Anchor >= 0
	default:
		return false
	}
	return g.Anchor >= 0
}

// InferAnchors calls [Gene.InferAnchor] on all genes and returns the indexes of
// the V and J genes that stay without anchor.
func (s *Set) InferAnchors() []int {
	var without []int
	for i := range s.Genes {
		g := &s.Genes[i]
		if (g.Segment == V || g.Segment == J) && !g.InferAnchor() {
			without = append(without, i)
		}
	}
	return without
}

// numberedCys is the place of Cys104 by IMGT numbering; -1 when the gene has no
// gaps, does not reach so far, or has another residue there.
func (g *Gene) numberedCys() int {
	if len(g.Gaps) == 0 {
		return -1
	}
	pos := g.ungapped(cys104Start)
	if pos+3 > len(g.Sequence) || g.ungapped(fwr3End) != pos+3 || TranslateCodon(g.Sequence[pos:pos+3]) != 'C' {
		return -1
	}
	return pos
}

// How far from the 3' end of a V gene Cys104 can start, in nucleotides: from
// the gene that ends with it to the longest 3' ends (IGLV4 and IGLV9, 41 nt),
// with one codon to spare.
const (
	cysNearest  = 3
	cysFarthest = 44
)

// cysFloor is the least score of a Cys104. The residues of F genes around it
// are nearly always D98 - A/G/T100 - Y102 - Y/F/H103 - C104. Of the 1 001 curated
// F V genes of the embedded sets, the alleles that end before Cys104 among them,
// this floor gets all but two right (mouse TRBV1, L102); 5 loses mouse TRBV19 and
// human IGHV3-51-1 too.
const cysFloor = 4

// cysByMotif finds Cys104 of an ungapped V gene; -1 when no cysteine near the
// end scores enough. Of equal scores the one nearest to the 3' end wins.
func cysByMotif(seq []byte) int {
	best, bestScore := -1, cysFloor-1
	for p := len(seq) - cysNearest; p >= max(0, len(seq)-cysFarthest); p-- {
		if TranslateCodon(seq[p:p+3]) != 'C' {
			continue
		}
		if s := cysScore(seq, p); s > bestScore {
			best, bestScore = p, s
		}
	}
	return best
}

// cysScore weighs the residues before a cysteine at p as Cys104.
func cysScore(seq []byte, p int) int {
	residue := func(before int) byte {
		if i := p - 3*before; i >= 0 {
			return TranslateCodon(seq[i : i+3])
		}
		return 'X'
	}
	score := 0
	switch residue(2) { // 102
	case 'Y':
		score += 3
	case 'F', 'H':
		score++
	}
	switch residue(1) { // 103
	case 'Y', 'F', 'H':
		score++
	}
	switch residue(4) { // 100
	case 'A', 'G', 'T', 'S', 'V':
		score++
	}
	switch residue(6) { // 98
	case 'D':
		score += 2
	case 'E', 'N', 'G':
		score++
	}
	if hasCys23(seq, p) {
		score++
	}
	for i := p % 3; i < p; i += 3 {
		if TranslateCodon(seq[i:i+3]) == '*' {
			return score - 2
		}
	}
	return score
}

// hasCys23 looks for the first conserved pair, Cys23 and Trp41, in frame: Trp41
// 13 to 19 codons after Cys23, Cys104 about 70 after that.
func hasCys23(seq []byte, p int) bool {
	for c := 65; c <= 82; c++ {
		i := p - 3*c
		if i < 0 || TranslateCodon(seq[i:i+3]) != 'C' {
			continue
		}
		for w := 11; w <= 20; w++ {
			k := i + 3*w
			if TranslateCodon(seq[k:k+3]) == 'W' {
				return true
			}
		}
	}
	return false
}

// pheTrpByMotif finds Phe/Trp118 of a J gene by the motif F/W-G-X-G, with no
// stop codon after it; failing that by F-A-X-G, as TRAJ16, TRGJP1 and TRGJP2
// have it; -1 when neither is there.
func pheTrpByMotif(seq []byte) int {
	variant := -1
	for p := 0; p+12 <= len(seq); p++ {
		first := TranslateCodon(seq[p : p+3])
		if first != 'F' && first != 'W' {
			continue
		}
		if TranslateCodon(seq[p+9:p+12]) != 'G' || stopAfter(seq, p) {
			continue
		}
		switch TranslateCodon(seq[p+3 : p+6]) {
		case 'G':
			return p
		case 'A':
			if variant < 0 && first == 'F' {
				variant = p
			}
		}
	}
	return variant
}

func stopAfter(seq []byte, p int) bool {
	for ; p+3 <= len(seq); p += 3 {
		if TranslateCodon(seq[p:p+3]) == '*' {
			return true
		}
	}
	return false
}
