package vidjilfile

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
)

// Meta is what a result does not know of itself. Times are given, not taken
// from the clock, so that the same input gives the same file.
type Meta struct {
	OriginalName string // name of the reads' file
	Producer     string // "vidjil 1.0"
	RunTimestamp string // "YYYY-MM-DD HH:MM:SS"
	CommandLine  string
	Log          string
	Engine       string // version of the engine
	Reads        []Digest
	Options      json.RawMessage // effective options, JSON; nil when not recorded
}

// FromResult makes the file of one sample from what the engine found. The set
// is the one that the sample was analysed with.
func FromResult(res *clonotype.Result, meta Meta, set *germline.Set) *File {
	f := Head(res, meta, set)
	f.Clones = make([]Clone, 0, len(res.Clonotypes))
	for i := range res.Clonotypes {
		f.Clones = append(f.Clones, FromClonotype(&res.Clonotypes[i], set))
	}
	f.Clusters = FromClusters(res)
	f.Provenance.Clusters = evidence(res)
	return f
}

// Head is the file of a sample without its clonotypes and clusters, for a
// [Writer] that gets them one by one.
func Head(res *clonotype.Result, meta Meta, set *germline.Set) *File {
	f := &File{
		Producer: meta.Producer, Timestamps: []string{meta.RunTimestamp}, Version: Version,
		Samples: Samples{
			Number: 1, OriginalNames: []string{meta.OriginalName}, Producer: []string{meta.Producer},
			RunTimestamp: []string{meta.RunTimestamp}, CommandLine: []string{meta.CommandLine}, Log: []string{meta.Log},
		},
		Reads: Reads{
			Total: []int{res.TotalReads}, Segmented: []int{res.Recombined()},
			Germline: perSample(res.ReadsBySystem), Clones: perSample(res.ClonotypesBySystem),
		},
		Germlines:  fromSet(set),
		Diversity:  fromDiversity(res.Diversity),
		Warnings:   fromWarnings(res.Warnings),
		Provenance: provenance(res, meta, set),
	}
	if res.Distributions != nil {
		f.Distributions = &Distributions{
			Keys:        []string{"clones", "reads"},
			Repertoires: map[string][]Distribution{meta.OriginalName: fromDistributions(res.Distributions)},
		}
	}
	return f
}

// FromClusters gives the proposed clusters of a result, by identifiers.
func FromClusters(res *clonotype.Result) [][]string {
	var out [][]string
	for _, c := range res.Clusters {
		ids := []string{string(res.Clonotypes[c.Parent].Window)}
		for _, m := range c.Members {
			ids = append(ids, string(res.Clonotypes[m].Window))
		}
		out = append(out, ids)
	}
	return out
}

// evidence tells why each member is in its cluster.
func evidence(res *clonotype.Result) map[string]string {
	var out map[string]string
	for _, c := range res.Clusters {
		for i, m := range c.Members {
			if i < len(c.Evidence) {
				if out == nil {
					out = map[string]string{}
				}
				out[string(res.Clonotypes[m].Window)] = c.Evidence[i]
			}
		}
	}
	return out
}

func fromDistributions(list []clonotype.Distribution) []Distribution {
	out := make([]Distribution, len(list))
	for i, d := range list {
		out[i].Axes = d.Axes
		for _, b := range d.Bins {
			out[i].Values = append(out[i].Values, Bin{At: b.Values, Counts: []int{b.Clonotypes, b.Reads}})
		}
	}
	return out
}

func perSample(m map[string]int) map[string][]int {
	out := make(map[string][]int, len(m))
	for k, v := range m {
		out[k] = []int{v}
	}
	return out
}

// fromSet describes the systems of a set.
func fromSet(set *germline.Set) Germlines {
	g := Germlines{Ref: set.Reference, Species: set.Species, TaxonID: set.TaxonID, Custom: map[string]Custom{}}
	for i := range set.Systems {
		sys := &set.Systems[i]
		c := Custom{Shortcut: sys.Shortcut, Five: []string{}, Four: []string{}, Three: []string{}}
		for _, rec := range sys.Recombinations {
			c.Five = poolNames(c.Five, rec.Five)
			c.Four = poolNames(c.Four, rec.Four)
			c.Three = poolNames(c.Three, rec.Three)
		}
		g.Custom[sys.Code] = c
	}
	return g
}

func poolNames(names []string, pools []germline.Pool) []string {
	for _, p := range pools {
		if !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	return names
}

func fromDiversity(m map[string]clonotype.Diversity) Diversity {
	if len(m) == 0 {
		return Diversity{}
	}
	shannon, pielou, simpson := map[string]float64{}, map[string]float64{}, map[string]float64{}
	for system, d := range m {
		shannon[system], pielou[system], simpson[system] = d.Shannon, d.Pielou, d.Simpson
	}
	return Diversity{
		Shannon: []map[string]float64{shannon}, Pielou: []map[string]float64{pielou}, Simpson: []map[string]float64{simpson},
	}
}

func fromWarnings(list []clonotype.Warning) []Warning {
	var out []Warning
	for _, w := range list {
		out = append(out, Warning{Code: w.Code, Level: w.Level, Message: w.Message})
	}
	return out
}

func provenance(res *clonotype.Result, meta Meta, set *germline.Set) *Provenance {
	p := &Provenance{
		Engine: meta.Engine, Reads: meta.Reads, Options: meta.Options, Filtered: []int{res.Filtered},
		Germline: GermlineDigest{Name: set.Name, Version: set.Version, SHA256: set.Digest()},
	}
	if p.Reads == nil {
		p.Reads = []Digest{}
	}
	causes := map[string]int{}
	for cause, n := range res.Causes {
		causes[string(cause)] = n
	}
	p.Causes = []map[string]int{causes}
	return p
}

// FromClonotype makes a clonotype of one sample.
func FromClonotype(c *clonotype.Clonotype, set *germline.Set) Clone {
	out := Clone{
		ID: string(c.Window), Germline: c.System, Label: c.Label, Sequence: string(c.Sequence), Reads: []int{c.Reads}, Top: c.Rank,
		AverageReadLength: []float64{c.AverageReadLength}, Coverage: []float64{c.Coverage}, CoverageInfo: []string{c.CoverageInfo},
		Warnings: fromWarnings(c.Warnings),
	}
	if d := c.Designation; d != nil && d.Found() {
		// Positions are on the oriented sequence; a representative is that.
		out.Sequence = string(d.Sequence)
		out.Name = d.Text(set)
		out.Seg = fromDesignation(d, set)
	}
	if len(c.Quality) > 0 && len(c.Quality) == len(out.Sequence) {
		q := make([]byte, len(c.Quality))
		for i, v := range c.Quality {
			q[i] = min(v, '~'-33) + 33
		}
		if c.Designation != nil && c.Designation.Found() && c.Designation.RevComp {
			slices.Reverse(q) // qualities are in the order of c.Sequence
		}
		out.Seg.Quality = &Feature{Span: SpanOf(0, len(q)), Seq: string(q)}
	}
	return out
}

// fromDesignation gives the genes, junctions and regions of a designation.
func fromDesignation(d *designation.Designation, set *germline.Set) Seg {
	var g Seg
	var segments, ds []*Segment
	add := func(m *designation.Match) *Segment {
		if m == nil {
			return nil
		}
		s := fromMatch(m, set)
		if i := len(segments); i > 0 && i <= len(d.Insertions) {
			ins := d.Insertions[i-1]
			segments[i-1].DelRight = airr.Some(ins.DelLeft)
			s.DelLeft = airr.Some(ins.DelRight)
			g.insertion(len(ds), len(d.Ds), ins.End-ins.Start)
		}
		segments = append(segments, s)
		return s
	}
	g.Five = add(d.Five)
	for _, m := range d.Ds {
		ds = append(ds, add(m))
	}
	g.Three = add(d.Three)
	g.placeD(ds)
	if d.Junction.Len() > 0 {
		g.Junction = &Junction{
			Span: SpanOf(d.Junction.Start, d.Junction.End), AA: d.JunctionAA,
			Productive: airr.Some(d.Productive), Unproductive: string(d.Reason),
		}
		if d.Reason == designation.Undecidable {
			g.Junction.Productive = Opt[bool]{}
		}
	}
	if d.CDR3.Len() > 0 {
		g.CDR3 = &Feature{Span: SpanOf(d.CDR3.Start, d.CDR3.End)}
		if n := len(d.JunctionAA); n >= 2 {
			g.CDR3.AA = d.JunctionAA[1 : n-1]
		}
	}
	g.EValue, g.EValueLeft, g.EValueRight = evalue(d.EValue), evalue(d.EFive), evalue(d.EThree)
	g.regions(d, set)
	return g
}

// fromMatch is the place of a gene, without its flanks.
func fromMatch(m *designation.Match, set *germline.Set) *Segment {
	clipped := airr.Clip(set, m)
	start, end := clipped.Start, clipped.End
	if start == end { // no alignment, or the flank alone: what the engine says
		start, end = m.Start, m.End
	}
	return &Segment{Name: set.Genes[m.Genes[0]].Name, Span: SpanOf(start, end)}
}

// insertion records the number of letters before a gene that has so many D
// genes on its left, of so many in all.
func (g *Seg) insertion(left, ds, letters int) {
	v := airr.Some(letters)
	switch {
	case ds == 0:
		g.N = v
	case left == 0:
		g.N1 = v
	case left == 1:
		g.N2 = v
	case left == 2:
		g.N3 = v
	}
}

// placeD gives D genes their keys: the longest of two is the main one, the
// middle one of three. More have no place; the name has them all.
func (g *Seg) placeD(ds []*Segment) {
	length := func(s *Segment) int { return s.End.Value - s.Start.Value }
	switch {
	case len(ds) == 0:
	case len(ds) == 1:
		g.Four = ds[0]
	case len(ds) == 2 && length(ds[0]) >= length(ds[1]):
		g.Four, g.FourB = ds[0], ds[1]
	case len(ds) == 2:
		g.FourA, g.Four = ds[0], ds[1]
	default:
		g.FourA, g.Four, g.FourB = ds[0], ds[1], ds[2]
	}
}

// regions adds framework and complementarity regions, the identity of V, the
// constant gene and equally likely genes as features: readers show or ignore
// them.
func (g *Seg) regions(d *designation.Designation, set *germline.Set) {
	add := func(name string, span designation.Span) {
		if span.Len() > 0 {
			g.Features = append(g.Features, NamedFeature{name, Feature{Span: SpanOf(span.Start, span.End)}})
		}
	}
	add("fwr1", d.FWR1)
	add("cdr1", d.CDR1)
	add("fwr2", d.FWR2)
	add("cdr2", d.CDR2)
	add("fwr3", d.FWR3)
	add("fwr4", d.FWR4)
	if v := d.VIdentity; d.Five != nil && !math.IsNaN(v) && !math.IsInf(v, 0) && set.Genes[d.Five.Genes[0]].Segment == germline.V {
		text := strconv.FormatFloat(v, 'f', 2, 64)
		g.Features = append(g.Features, NamedFeature{"v_identity", Feature{
			Span: SpanOf(d.Five.Start, d.Five.End), Extra: Bag{{"val", json.RawMessage(text)}},
		}})
	}
	if d.C != nil {
		g.Features = append(g.Features, NamedFeature{"c", Feature{
			Span: SpanOf(d.C.Start, d.C.End), Extra: Bag{{"name", quoted(set.Genes[d.C.Genes[0]].Name)}},
		}})
	}
	for _, side := range []struct {
		key string
		m   *designation.Match
	}{{"5_alternatives", d.Five}, {"3_alternatives", d.Three}} {
		if side.m == nil {
			continue
		}
		names := make([]string, len(side.m.Genes))
		for i, gene := range side.m.Genes {
			names[i] = set.Genes[gene].Name
		}
		g.alternatives(side.key, strings.Join(names, ","))
	}
}

// quoted is the JSON of a text.
func quoted(s string) json.RawMessage {
	e := &encoder{}
	e.str(s)
	return e.b
}

// evalue keeps seven significant digits: more would differ between processors.
func evalue(v float64) Opt[float64] {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return Opt[float64]{}
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', 6, 64), 64)
	if err != nil {
		return airr.Some(v)
	}
	return airr.Some(short)
}

// Systems lists the systems of the file's reads and clonotypes, sorted.
func (f *File) Systems() []string {
	seen := map[string]bool{}
	for code := range f.Reads.Germline {
		seen[code] = true
	}
	for i := range f.Clones {
		seen[f.Clones[i].Germline] = true
	}
	delete(seen, "")
	return slices.Sorted(maps.Keys(seen))
}
