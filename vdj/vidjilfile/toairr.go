package vidjilfile

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"vidjil.org/vidjil/vdj/airr"
)

// noWPGxG is Vidjil's reason for a junction that is productive by IMGT's rules
// and not by its own.
const noWPGxG = "no-WPGxG-pattern"

// AIRRExtra lists the columns that the rows of [File.ToAIRR] have besides those
// of the schema: the sample, and the clonotype's share of the reads with a
// recombination, all and of its system.
func AIRRExtra() []string { return []string{"filename", "ratio_segmented", "ratio_locus"} }

// ToAIRR gives a row for each clonotype and sample in which it has reads, sample
// by sample. sequence_id is the clonotype's identifier, followed by "_" and the
// number of the sample when there are several; clone_id is the identifier.
//
// A .vidjil file has no alignments: those columns stay empty.
func (f *File) ToAIRR() []airr.Rearrangement {
	var rows []airr.Rearrangement
	samples := 0 // as many as there are counts: the file's number may be wrong
	for i := range f.Clones {
		samples = max(samples, len(f.Clones[i].Reads))
	}
	for sample := range samples {
		for i := range f.Clones {
			c := &f.Clones[i]
			if sample >= len(c.Reads) || c.Reads[sample] <= 0 {
				continue
			}
			row := c.ToAIRR()
			row.DuplicateCount = airr.Some(c.Reads[sample])
			if samples > 1 {
				row.SequenceID += "_" + strconv.Itoa(sample+1)
			}
			name := ""
			if sample < len(f.Samples.OriginalNames) {
				name = f.Samples.OriginalNames[sample]
			}
			row.Extra = []airr.Field{
				{Name: "filename", Value: name},
				{Name: "ratio_segmented", Value: ratio(c.Reads[sample], f.Reads.Segmented, sample)},
				{Name: "ratio_locus", Value: ratio(c.Reads[sample], f.Reads.Germline[c.Germline], sample)},
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// ratio is empty when the total is not known.
func ratio(reads int, total []int, sample int) string {
	if sample >= len(total) || total[sample] <= 0 {
		return ""
	}
	return strconv.FormatFloat(float64(reads)/float64(total[sample]), 'g', 6, 64)
}

// ToAIRR gives the row of a clonotype, without counts.
func (c *Clone) ToAIRR() airr.Rearrangement {
	r := airr.Rearrangement{
		SequenceID: c.ID, CloneID: c.ID, Sequence: strings.ToUpper(c.Sequence), RevComp: airr.False, RecombinationSystem: c.Germline,
		Locus: airr.Locus(c.Germline), Designation: c.Name,
	}
	var codes []string
	for _, w := range c.Warnings {
		if !slices.Contains(codes, w.Code) {
			codes = append(codes, w.Code)
		}
	}
	r.Warnings = strings.Join(codes, ",")
	g := &c.Seg
	if q := g.Quality; q != nil && len(q.Seq) == len(c.Sequence) {
		r.Quality = q.Seq
	}
	c.calls(&r)
	c.junctionRow(&r)
	for i := range g.Features {
		c.featureRow(&r, &g.Features[i])
	}
	return r
}

// calls places the genes: that at the 5' side is a D gene in incomplete
// recombinations, and goes to d_call then.
func (c *Clone) calls(r *airr.Rearrangement) {
	g := &c.Seg
	ds := []*airr.Call{&r.D, &r.D2}
	gaps := []*airr.NP{&r.NP1, &r.NP2, &r.NP3}
	seen, end := 0, -1
	for _, p := range []struct {
		s    *Segment
		call *airr.Call
		e    Opt[float64]
		alts string
	}{
		{g.Five, &r.V, g.EValueLeft, "5_alternatives"},
		{g.FourA, nil, Opt[float64]{}, ""},
		{g.Four, nil, Opt[float64]{}, ""},
		{g.FourB, nil, Opt[float64]{}, ""},
		{g.Three, &r.J, g.EValueRight, "3_alternatives"},
	} {
		if p.s == nil || p.s.Name == "" {
			continue
		}
		call, gap := p.call, gaps[seen]
		if _, kind := airr.GeneKind(p.s.Name); kind == 'd' || call == nil {
			if seen == len(ds) {
				continue
			}
			call = ds[seen]
			seen++
		}
		call.Call, call.Support = p.s.Name, p.e
		if alts := strings.Split(g.info(p.alts), ","); alts[0] == p.s.Name {
			call.Call = strings.Join(alts, ",")
		}
		if s := p.s.Start; s.Valid && s.Value >= 0 && s.Value < len(c.Sequence) {
			if end >= 0 && end <= s.Value {
				gap.Sequence, gap.Length = strings.ToUpper(c.Sequence[end:s.Value]), airr.Some(s.Value-end)
			}
		}
		if inside(p.s.Span, c.Sequence) {
			call.SequenceStart, call.SequenceEnd = airr.Some(p.s.Start.Value+1), p.s.End
		}
		end = -1
		if e := p.s.End; e.Valid && e.Value <= len(c.Sequence) {
			end = e.Value
		}
	}
}

// info is the text of a feature's "info", empty when there is none.
func (g *Seg) info(name string) string {
	for i := range g.Features {
		if g.Features[i].Name == name && name != "" {
			var s string
			if json.Unmarshal(g.Features[i].Extra.Get("info"), &s) == nil {
				return s
			}
		}
	}
	return ""
}

// inside tells whether a span has letters, all of them in the sequence.
func inside(s Span, sequence string) bool {
	return s.Known() && s.Start.Value >= 0 && s.Start.Value < s.End.Value && s.End.Value <= len(sequence)
}

// junctionRow fills junction and CDR3, each from the other where one is missing,
// and what is said of productivity.
func (c *Clone) junctionRow(r *airr.Rearrangement) {
	g := &c.Seg
	var junction, cdr3 Span
	if g.Junction != nil {
		junction = g.Junction.Span
	}
	if g.CDR3 != nil {
		cdr3 = g.CDR3.Span
	}
	switch {
	case inside(junction, c.Sequence) && !cdr3.Known():
		cdr3 = SpanOf(junction.Start.Value+3, junction.End.Value-3)
	case inside(cdr3, c.Sequence) && !junction.Known():
		junction = SpanOf(cdr3.Start.Value-3, cdr3.End.Value+3)
	}
	if g.Junction != nil {
		r.JunctionAA = g.Junction.AA
		if r.JunctionAA != "" {
			r.JunctionAALength = airr.Some(len(r.JunctionAA))
		}
		r.ProductiveReason = g.Junction.Unproductive
		c.productiveRow(r)
	}
	if inside(junction, c.Sequence) {
		r.Junction = strings.ToUpper(c.Sequence[junction.Start.Value:junction.End.Value])
		r.JunctionLength = airr.Some(len(r.Junction))
		r.VJInFrame = airr.BoolOf(len(r.Junction)%3 == 0)
	}
	if inside(cdr3, c.Sequence) {
		r.CDR3 = airr.Region{
			Sequence: strings.ToUpper(c.Sequence[cdr3.Start.Value:cdr3.End.Value]),
			Start:    airr.Some(cdr3.Start.Value + 1), End: cdr3.End,
		}
	}
	if g.CDR3 != nil && g.CDR3.AA != "" {
		r.CDR3.AA = g.CDR3.AA
	} else if n := len(r.JunctionAA); n >= 2 {
		r.CDR3.AA = r.JunctionAA[1 : n-1]
	}
}

func (c *Clone) productiveRow(r *airr.Rearrangement) {
	j := c.Seg.Junction
	switch j.Unproductive {
	case "stop-codon":
		r.StopCodon = airr.True
	case noWPGxG:
		r.StopCodon = airr.False
	}
	if !j.Productive.Valid {
		return
	}
	r.ERICProductive = airr.BoolOf(j.Productive.Value)
	r.Productive = r.ERICProductive
	if j.Productive.Value {
		r.StopCodon = airr.False
	}
	if j.Unproductive == noWPGxG {
		r.Productive = airr.True
	}
}

// featureRow fills the columns that stand in features.
func (c *Clone) featureRow(r *airr.Rearrangement, f *NamedFeature) {
	region := map[string]*airr.Region{
		"fwr1": &r.FWR1, "cdr1": &r.CDR1, "fwr2": &r.FWR2, "cdr2": &r.CDR2, "fwr3": &r.FWR3, "fwr4": &r.FWR4,
	}[f.Name]
	switch {
	case region != nil && inside(f.Span, c.Sequence):
		*region = airr.Region{
			Sequence: strings.ToUpper(c.Sequence[f.Start.Value:f.End.Value]), AA: f.AA,
			Start: airr.Some(f.Start.Value + 1), End: f.End,
		}
	case f.Name == "v_identity":
		if v, err := strconv.ParseFloat(string(f.Extra.Get("val")), 64); err == nil && v >= 0 && v <= 100 {
			r.V.Identity = airr.Some(math.Round(v*100) / 1e4)
		}
	case f.Name == "c":
		var name string
		if json.Unmarshal(f.Extra.Get("name"), &name) == nil && name != "" {
			r.C.Call = name
			if inside(f.Span, c.Sequence) {
				r.C.SequenceStart, r.C.SequenceEnd = airr.Some(f.Start.Value+1), f.End
			}
		}
	}
}
