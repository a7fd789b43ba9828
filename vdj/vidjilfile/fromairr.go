package vidjilfile

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"vidjil.org/vidjil/vdj/airr"
)

// Import says where rows come from.
type Import struct {
	OriginalName string // of the file; rows with a column filename have their own
	Producer     string // "" = "unknown (AIRR format)"
	Timestamp    string // "YYYY-MM-DD HH:MM:SS"
}

// FromAIRR makes a file of the rows of a Rearrangement table, any program's: a
// clonotype for each row. duplicate_count is the number of reads, 1 where it is
// missing. Rows with neither a gene nor a system only count as reads.
//
// Rows with a column filename, as [File.ToAIRR] writes them, come from several
// samples; they are joined by clone_id.
func FromAIRR(rows []airr.Rearrangement, from Import) *File {
	if from.Producer == "" {
		from.Producer = "unknown (AIRR format)"
	}
	im := &importer{file: &File{Version: Version, Producer: from.Producer}, samples: map[string]int{}, clones: map[string]int{}, ids: map[string]bool{}}
	f := im.file
	if from.Timestamp != "" {
		f.Timestamps = []string{from.Timestamp}
	}
	for i := range rows {
		im.sample(sampleName(&rows[i], from))
	}
	if len(f.Samples.OriginalNames) == 0 {
		im.sample(from.OriginalName)
	}
	n := len(f.Samples.OriginalNames)
	f.Samples.Number = n
	f.Samples.Producer = slices.Repeat([]string{from.Producer}, n)
	if from.Timestamp != "" {
		f.Samples.RunTimestamp = slices.Repeat([]string{from.Timestamp}, n)
	}
	f.Reads = Reads{Total: make([]int, n), Segmented: make([]int, n), Germline: map[string][]int{}, Clones: map[string][]int{}}
	for i := range rows {
		im.row(&rows[i], im.sample(sampleName(&rows[i], from)))
	}
	rank(f)
	return f
}

func sampleName(r *airr.Rearrangement, from Import) string {
	if name := r.Get("filename"); name != "" {
		return name
	}
	return from.OriginalName
}

type importer struct {
	file    *File
	samples map[string]int // original name → index
	clones  map[string]int // clone_id → index of the clonotype, in files of several samples
	ids     map[string]bool
}

func (im *importer) sample(name string) int {
	if i, ok := im.samples[name]; ok {
		return i
	}
	i := len(im.samples)
	im.samples[name] = i
	im.file.Samples.OriginalNames = append(im.file.Samples.OriginalNames, name)
	return i
}

// row adds a row to its sample.
func (im *importer) row(r *airr.Rearrangement, sample int) {
	f := im.file
	count := 1
	if r.DuplicateCount.Valid {
		count = max(r.DuplicateCount.Value, 0)
	}
	f.Reads.Total[sample] += count
	if r.RecombinationSystem == "" && r.V.Call == "" && r.D.Call == "" && r.J.Call == "" {
		return
	}
	n := f.Samples.Number
	f.Reads.Segmented[sample] += count
	system := importSystem(r)
	if f.Reads.Germline[system] == nil {
		f.Reads.Germline[system], f.Reads.Clones[system] = make([]int, n), make([]int, n)
	}
	f.Reads.Germline[system][sample] += count
	f.Reads.Clones[system][sample]++
	if i, ok := im.clones[r.CloneID]; ok && n > 1 && r.CloneID != "" && f.Clones[i].Reads[sample] == 0 {
		f.Clones[i].Reads[sample] = count
		f.Clones[i].AverageReadLength[sample] = float64(len(f.Clones[i].Sequence))
		f.Clones[i].Coverage[sample] = 1
		return
	}
	c := importClone(r, system)
	if n > 1 && r.CloneID != "" {
		c.ID = r.CloneID
		if _, taken := im.clones[r.CloneID]; !taken {
			im.clones[r.CloneID] = len(f.Clones)
		}
	}
	c.ID = im.unique(c.ID)
	c.Reads, c.AverageReadLength, c.Coverage = make([]int, n), make([]float64, n), make([]float64, n)
	c.Reads[sample], c.AverageReadLength[sample], c.Coverage[sample] = count, float64(len(c.Sequence)), 1
	f.Clones = append(f.Clones, c)
}

// unique gives repeated identifiers a number: "x", "x_1", "x_2".
func (im *importer) unique(id string) string {
	name := id
	for k := 1; im.ids[name]; k++ {
		name = id + "_" + strconv.Itoa(k)
	}
	im.ids[name] = true
	return name
}

// rank sorts clonotypes by their reads in the sample where they have most, and
// numbers them. Equal ones stay in the order of the file.
func rank(f *File) {
	slices.SortStableFunc(f.Clones, func(a, b Clone) int { return cmp.Compare(slices.Max(b.Reads), slices.Max(a.Reads)) })
	for i := range f.Clones {
		f.Clones[i].Top = i + 1
	}
}

// importSystem is the row's system, its locus, or that of its genes.
func importSystem(r *airr.Rearrangement) string {
	if r.RecombinationSystem != "" {
		return r.RecombinationSystem
	}
	if r.Locus != "" {
		return r.Locus
	}
	for _, call := range []string{r.V.Call, r.J.Call, r.D.Call} {
		if locus, _ := airr.GeneKind(call); locus != "" {
			return locus
		}
	}
	return "undetermined"
}

func importClone(r *airr.Rearrangement, system string) Clone {
	seq, _ := r.Oriented()
	if seq == "" {
		seq = strings.NewReplacer("-", "", ".", "").Replace(r.SequenceAlignment)
	}
	c := Clone{ID: r.SequenceID, Germline: system, Name: r.Designation, Sequence: strings.ToUpper(seq)}
	if c.Name == "" {
		var names []string
		for _, call := range []string{r.V.Call, r.D.Call, r.D2.Call, r.J.Call} {
			if name, _, _ := strings.Cut(call, ","); name != "" {
				names = append(names, name)
			}
		}
		c.Name = strings.Join(names, " ")
	}
	if r.Warnings != "" {
		for code := range strings.SplitSeq(r.Warnings, ",") {
			c.Warnings = append(c.Warnings, Warning{Code: strings.TrimSpace(code)})
		}
	}
	importGenes(&c, r, system)
	importJunction(&c, r)
	importFeatures(&c, r)
	return c
}

// importGenes gives the genes their sides. In an incomplete system ("IGH+",
// "TRD+") the first D gene is the one at the 5' side when there is no V, the
// last one that at the 3' side when there is no J.
func importGenes(c *Clone, r *airr.Rearrangement, system string) {
	var five, three *airr.Call
	var ds []*airr.Call
	for _, call := range []*airr.Call{&r.D, &r.D2} {
		if call.Call != "" {
			ds = append(ds, call)
		}
	}
	incomplete := strings.Contains(system, "+")
	if r.V.Call != "" {
		five = &r.V
	} else if incomplete && len(ds) > 0 {
		five, ds = ds[0], ds[1:]
	}
	if r.J.Call != "" {
		three = &r.J
	} else if incomplete && len(ds) > 0 {
		three, ds = ds[len(ds)-1], ds[:len(ds)-1]
	}
	g := &c.Seg
	var last *Segment
	var segments []*Segment
	add := func(call *airr.Call) *Segment {
		if call == nil {
			return nil
		}
		s := importSegment(call)
		if last != nil && last.End.Valid && s.Start.Valid && s.Start.Value >= last.End.Value {
			g.insertion(len(segments), len(ds), s.Start.Value-last.End.Value)
		}
		last = s
		return s
	}
	g.Five = add(five)
	for _, d := range ds {
		segments = append(segments, add(d))
	}
	g.Three = add(three)
	g.placeD(segments)
	if five != nil {
		g.EValueLeft = five.Support
		g.alternatives("5_alternatives", five.Call)
	}
	if three != nil {
		g.EValueRight = three.Support
		g.alternatives("3_alternatives", three.Call)
	}
}

// alternatives keeps equally likely genes.
func (g *Seg) alternatives(key, names string) {
	if strings.Contains(names, ",") {
		g.Features = append(g.Features, NamedFeature{key, Feature{Extra: Bag{{"info", quoted(names)}}}})
	}
}

// importSegment takes positions on the sequence, not those on the alignment,
// and deletions from what the alignment leaves out of the gene.
func importSegment(call *airr.Call) *Segment {
	name, _, _ := strings.Cut(call.Call, ",")
	s := &Segment{Name: name}
	if call.SequenceStart.Valid {
		s.Start = airr.Some(call.SequenceStart.Value - 1)
	}
	s.End = call.SequenceEnd
	if call.GermlineStart.Valid && call.GermlineStart.Value > 0 {
		s.DelLeft = airr.Some(call.GermlineStart.Value - 1)
	}
	if cg, err := airr.ParseCIGAR(call.CIGAR); err == nil && (cg.GermlineEnd > 0 || cg.QueryEnd > 0) {
		s.DelRight = airr.Some(cg.GermlineEnd)
	}
	return s
}

// importJunction finds the junction on the sequence. CDR3 has no anchors.
func importJunction(c *Clone, r *airr.Rearrangement) {
	start := -1
	if s := r.CDR3.Start; s.Valid && r.CDR3.End.Valid && s.Value >= 4 && r.CDR3.End.Value+3 <= len(c.Sequence) {
		start = s.Value - 4
		if n := r.CDR3.End.Value - s.Value + 7; r.Junction != "" && n != len(r.Junction) {
			start = -1 // columns that do not agree: believe the letters
		}
	}
	length := len(r.Junction)
	if length == 0 && start >= 0 {
		length = r.CDR3.End.Value - r.CDR3.Start.Value + 7
	}
	if start < 0 && length > 0 {
		start = strings.Index(c.Sequence, strings.ToUpper(r.Junction))
	}
	if length == 0 && r.JunctionAA == "" && r.Productive == airr.Null {
		return
	}
	j := &Junction{AA: r.JunctionAA, Unproductive: r.ProductiveReason}
	if p := r.Productive; p != airr.Null {
		j.Productive = airr.Some(p == airr.True)
	}
	if r.ERICProductive != airr.Null { // Vidjil's own rule
		j.Productive = airr.Some(r.ERICProductive == airr.True)
	}
	c.Seg.Junction = j
	cdr3 := &Feature{AA: r.CDR3.AA}
	if n := len(r.JunctionAA); cdr3.AA == "" && n > 2 {
		cdr3.AA = r.JunctionAA[1 : n-1]
	}
	if start >= 0 && length >= 6 && start+length <= len(c.Sequence) {
		j.Span = SpanOf(start, start+length)
		cdr3.Span = SpanOf(start+3, start+length-3)
	}
	if cdr3.AA != "" || cdr3.Known() {
		c.Seg.CDR3 = cdr3
	}
}

func importFeatures(c *Clone, r *airr.Rearrangement) {
	g := &c.Seg
	for _, p := range []struct {
		name   string
		region *airr.Region
	}{{"fwr1", &r.FWR1}, {"cdr1", &r.CDR1}, {"fwr2", &r.FWR2}, {"cdr2", &r.CDR2}, {"fwr3", &r.FWR3}, {"fwr4", &r.FWR4}} {
		if s := p.region.Start; s.Valid && p.region.End.Valid && s.Value >= 1 {
			g.Features = append(g.Features, NamedFeature{p.name, Feature{Span: Span{airr.Some(s.Value - 1), p.region.End}, AA: p.region.AA}})
		}
	}
	if v := r.V.Identity; v.Valid && v.Value >= 0 && v.Value <= 100 {
		percent := v.Value
		if percent <= 1 { // a fraction; several programs write percents
			percent *= 100
		}
		text := strconv.FormatFloat(math.Round(percent*100)/100, 'f', 2, 64)
		g.Features = append(g.Features, NamedFeature{"v_identity", Feature{Extra: Bag{{"val", json.RawMessage(text)}}}})
	}
	if r.C.Call != "" {
		name, _, _ := strings.Cut(r.C.Call, ",")
		f := Feature{Extra: Bag{{"name", quoted(name)}}}
		if r.C.SequenceStart.Valid && r.C.SequenceEnd.Valid {
			f.Span = Span{airr.Some(r.C.SequenceStart.Value - 1), r.C.SequenceEnd}
		}
		g.Features = append(g.Features, NamedFeature{"c", f})
	}
	if r.Quality != "" && len(r.Quality) == len(c.Sequence) {
		q := []byte(r.Quality)
		if r.RevComp == airr.True {
			if _, asWritten := r.Oriented(); !asWritten {
				slices.Reverse(q)
			}
		}
		g.Quality = &Feature{Span: SpanOf(0, len(q)), Seq: string(q)}
	}
}
