package clonetable

import (
	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// widest bounds the integers that a column holds; positions and counts are far
// below.
const widest = 1 << 60

func fits(v int) bool { return v > -widest && v < widest }

func fitsOpt(v vidjilfile.Opt[int]) bool { return !v.Valid || fits(v.Value) }

func optional(v vidjilfile.Opt[int]) int64 {
	if !v.Valid || !fits(v.Value) {
		return absent
	}
	return int64(v.Value)
}

func optionOf(v int64) vidjilfile.Opt[int] {
	if v == absent {
		return vidjilfile.Opt[int]{}
	}
	return vidjilfile.Opt[int]{Value: int(v), Valid: true}
}

func fitsSpan(s vidjilfile.Span) bool { return fitsOpt(s.Start) && fitsOpt(s.End) }

// genes are the places of the genes of a designation.
func genes(g *vidjilfile.Seg) [numGenes]**vidjilfile.Segment {
	return [numGenes]**vidjilfile.Segment{geneFive: &g.Five, geneFour: &g.Four, geneFourA: &g.FourA, geneFourB: &g.FourB, geneThree: &g.Three}
}

// inserts are the numbers of letters between genes, with their columns.
func inserts(g *vidjilfile.Seg) [4]*vidjilfile.Opt[int] {
	return [4]*vidjilfile.Opt[int]{&g.N, &g.N1, &g.N2, &g.N3}
}

// chances are the e-values, in the order of their columns.
func chances(g *vidjilfile.Seg) [3]*vidjilfile.Opt[float64] {
	return [3]*vidjilfile.Opt[float64]{&g.EValue, &g.EValueLeft, &g.EValueRight}
}

// columnsOf are the columns of a chunk that is being gathered.
type columnsOf [numColumns]builder

// add puts a clonotype into the columns and returns what they do not hold.
func (b *columnsOf) add(c *vidjilfile.Clone) vidjilfile.Clone {
	rest := *c
	rest.ID, rest.Germline, rest.Name, rest.Label, rest.Sequence, rest.Top = "", "", "", "", "", 0
	b[colID].dna(c.ID)
	b[colSystem].text(c.Germline)
	b[colName].text(c.Name)
	b[colLabel].text(c.Label)
	b[colTop].integer(int64(c.Top))
	var in kept
	sequence := c.Sequence
	if sequence == "" && plainDNA(c.ID) {
		in |= idForSequence
		sequence = c.ID
	}
	b[colSequence].dna(sequence)
	in |= b.addSample(c, &rest)
	in |= b.addGenes(&rest.Seg)
	in |= b.addJunction(&rest.Seg)
	b[colWarnings].text(codes(c.Warnings))
	b[colKept].integer(int64(in))
	return rest
}

// addSample takes what clonotypes have for each sample.
func (b *columnsOf) addSample(c, rest *vidjilfile.Clone) kept {
	var in kept
	reads, length, coverage, info := int64(0), 0.0, 0.0, ""
	if len(c.Reads) > 0 && fits(c.Reads[0]) {
		reads = int64(c.Reads[0])
		if len(c.Reads) == 1 {
			in, rest.Reads = in|keptReads, nil
		}
	}
	if len(c.AverageReadLength) > 0 {
		length = c.AverageReadLength[0]
		if len(c.AverageReadLength) == 1 {
			in, rest.AverageReadLength = in|keptLength, nil
		}
	}
	if len(c.Coverage) == 1 {
		coverage = c.Coverage[0]
		in, rest.Coverage = in|keptCoverage, nil
	}
	if len(c.CoverageInfo) == 1 {
		info = c.CoverageInfo[0]
		in, rest.CoverageInfo = in|keptCoverageInfo, nil
	}
	b[colReads].integer(reads)
	b[colLength].float(length)
	b[colCoverage].float(coverage)
	b[colCoverageInfo].text(info)
	return in
}

// addGenes takes genes, the letters between them, e-values and the quality, and
// blanks what it holds.
func (b *columnsOf) addGenes(g *vidjilfile.Seg) kept {
	var in kept
	for i, place := range genes(g) {
		s := *place
		if s == nil {
			s = &vidjilfile.Segment{}
		} else if s.Extra == nil && fitsSpan(s.Span) && fitsOpt(s.DelLeft) && fitsOpt(s.DelRight) {
			in |= keptGene << i
			*place = nil
		}
		b[geneColumn(i, geneName)].text(s.Name)
		b[geneColumn(i, geneStart)].integer(optional(s.Start))
		b[geneColumn(i, geneEnd)].integer(optional(s.End))
		b[geneColumn(i, geneDelLeft)].integer(optional(s.DelLeft))
		b[geneColumn(i, geneDelRight)].integer(optional(s.DelRight))
	}
	for i, n := range inserts(g) {
		b[colN+column(i)].integer(optional(*n))
		if fitsOpt(*n) {
			*n = vidjilfile.Opt[int]{}
		}
	}
	for i, e := range chances(g) {
		b[colEValue+column(i)].float(e.Value)
		if e.Valid {
			in |= keptEValue << i
			*e = vidjilfile.Opt[float64]{}
		}
	}
	quality := ""
	if q := g.Quality; q != nil && q.AA == "" && q.Extra == nil && q.Span == vidjilfile.SpanOf(0, len(q.Seq)) {
		quality, g.Quality = q.Seq, nil
		in |= keptQuality
	}
	b[colQuality].text(quality)
	return in
}

// addJunction takes junction and CDR3, and blanks what it holds.
func (b *columnsOf) addJunction(g *vidjilfile.Seg) kept {
	var in kept
	var j vidjilfile.Junction
	if g.Junction != nil {
		j = *g.Junction
		if j.Extra == nil && fitsSpan(j.Span) {
			in |= keptJunction
			g.Junction = nil
		}
	}
	productive := int64(absent)
	if j.Productive.Valid {
		productive = 0
		if j.Productive.Value {
			productive = 1
		}
	}
	b[colJunctionAA].text(j.AA)
	b[colJunctionStart].integer(optional(j.Start))
	b[colJunctionEnd].integer(optional(j.End))
	b[colProductive].integer(productive)
	b[colUnproductive].text(j.Unproductive)
	var cdr3 vidjilfile.Feature
	if g.CDR3 != nil {
		cdr3 = *g.CDR3
		if cdr3.Extra == nil && cdr3.Seq == "" && fitsSpan(cdr3.Span) {
			in |= keptCDR3
			g.CDR3 = nil
		}
	}
	aa := cdr3.AA
	if n := len(j.AA); aa == "" && n > 2 {
		in |= junctionForCDR3
		aa = j.AA[1 : n-1]
	}
	b[colCDR3AA].text(aa)
	b[colCDR3Start].integer(optional(cdr3.Start))
	b[colCDR3End].integer(optional(cdr3.End))
	return in
}

// codes lists the codes of warnings, each once.
func codes(warnings []vidjilfile.Warning) string {
	switch len(warnings) {
	case 0:
		return ""
	case 1:
		return warnings[0].Code
	}
	var out []byte
next:
	for i, w := range warnings {
		for _, earlier := range warnings[:i] {
			if earlier.Code == w.Code {
				continue next
			}
		}
		if len(out) > 0 {
			out = append(out, ',')
		}
		out = append(out, w.Code...)
	}
	return string(out)
}

// nothing tells whether the rest of a clonotype is empty.
func nothing(c *vidjilfile.Clone) bool {
	g := &c.Seg
	return c.Reads == nil && c.AverageReadLength == nil && c.Coverage == nil && c.CoverageInfo == nil && c.Tag == "" && !c.Expected.Valid &&
		c.Warnings == nil && c.Extra == nil &&
		g.Five == nil && g.Three == nil && g.Four == nil && g.FourA == nil && g.FourB == nil &&
		!g.N.Valid && !g.N1.Valid && !g.N2.Valid && !g.N3.Valid && g.Junction == nil && g.CDR3 == nil && g.Quality == nil &&
		g.Features == nil && g.Extra == nil
}

// restore fills the rest of clonotype i with what the columns hold.
func (r *reader) restore(c *vidjilfile.Clone, i int) {
	in := kept(r.cols[colKept].ints[i])
	text := func(col column) string { return string(r.cols[col].text(i)) }
	c.ID = string(r.cols[colID].sequence(nil, i, r.unpack))
	c.Germline, c.Name, c.Label = text(colSystem), text(colName), text(colLabel)
	c.Top = int(number(r.cols[colTop].ints[i]))
	if in&idForSequence == 0 {
		c.Sequence = string(r.cols[colSequence].sequence(nil, i, r.unpack))
	}
	if in&keptReads != 0 {
		c.Reads = []int{int(number(r.cols[colReads].ints[i]))}
	}
	if in&keptLength != 0 {
		c.AverageReadLength = []float64{r.cols[colLength].floats[i]}
	}
	if in&keptCoverage != 0 {
		c.Coverage = []float64{r.cols[colCoverage].floats[i]}
	}
	if in&keptCoverageInfo != 0 {
		c.CoverageInfo = []string{text(colCoverageInfo)}
	}
	g := &c.Seg
	for k, n := range inserts(g) {
		if v := r.cols[colN+column(k)].ints[i]; v != absent {
			*n = optionOf(v)
		}
	}
	for k, e := range chances(g) {
		if in&(keptEValue<<k) != 0 {
			*e = vidjilfile.Opt[float64]{Value: r.cols[colEValue+column(k)].floats[i], Valid: true}
		}
	}
	for k, place := range genes(g) {
		if in&(keptGene<<k) != 0 {
			*place = r.gene(k, i)
		}
	}
	r.restoreFeatures(g, in, i)
}

func (r *reader) span(start, end column, i int) vidjilfile.Span {
	return vidjilfile.Span{Start: optionOf(r.cols[start].ints[i]), End: optionOf(r.cols[end].ints[i])}
}

func (r *reader) gene(k, i int) *vidjilfile.Segment {
	return &vidjilfile.Segment{
		Name:     string(r.cols[geneColumn(k, geneName)].text(i)),
		Span:     r.span(geneColumn(k, geneStart), geneColumn(k, geneEnd), i),
		DelLeft:  optionOf(r.cols[geneColumn(k, geneDelLeft)].ints[i]),
		DelRight: optionOf(r.cols[geneColumn(k, geneDelRight)].ints[i]),
	}
}

func (r *reader) restoreFeatures(g *vidjilfile.Seg, in kept, i int) {
	text := func(col column) string { return string(r.cols[col].text(i)) }
	if in&keptJunction != 0 {
		j := &vidjilfile.Junction{Span: r.span(colJunctionStart, colJunctionEnd, i), AA: text(colJunctionAA), Unproductive: text(colUnproductive)}
		if v := r.cols[colProductive].ints[i]; v != absent {
			j.Productive = vidjilfile.Opt[bool]{Value: v != 0, Valid: true}
		}
		g.Junction = j
	}
	if in&keptCDR3 != 0 {
		g.CDR3 = &vidjilfile.Feature{Span: r.span(colCDR3Start, colCDR3End, i)}
		if in&junctionForCDR3 == 0 {
			g.CDR3.AA = text(colCDR3AA)
		}
	}
	if in&keptQuality != 0 {
		q := text(colQuality)
		g.Quality = &vidjilfile.Feature{Span: vidjilfile.SpanOf(0, len(q)), Seq: q}
	}
}

// chance is an e-value as rows show it.
func (r *reader) chance(k, i int) float64 {
	if kept(r.cols[colKept].ints[i])&(keptEValue<<k) == 0 {
		return repertoire.Unknown
	}
	return r.cols[colEValue+column(k)].floats[i]
}
