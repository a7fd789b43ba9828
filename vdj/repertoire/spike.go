package repertoire

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// Spike is a sequence of which a known number of copies was added to the
// sample.
type Spike struct {
	Name     string  `json:"name"` // the label of its clonotype
	Copies   float64 `json:"copies"`
	Family   string  `json:"family"` // of its V gene, if its clonotype does not tell
	Sequence string  `json:"sequence"`
}

// Universal is the family of all spikes together, and of clonotypes whose own
// has no coefficient.
const Universal = "UNI"

// SpikesOf reads the spikes of a result's config: the labels of its config that
// have copies.
func SpikesOf(head *vidjilfile.File) ([]Spike, error) {
	var config struct {
		Labels []Spike `json:"labels"`
	}
	v := head.Extra.Get(keyConfig)
	if v == nil || kind(v) != '{' {
		return nil, nil
	}
	if err := json.Unmarshal(v, &config); err != nil {
		return nil, fmt.Errorf("spikes: config.labels: %w", err)
	}
	return slices.DeleteFunc(config.Labels, func(s Spike) bool { return s.Copies <= 0 }), nil
}

// SpikeOptions are the limits of spike normalisation; the zero value has those
// of the original's script.
type SpikeOptions struct {
	// MinReads is what the most frequent spikes must exceed, on average, for a
	// sample to have spikes at all (a sample of the diagnosis has none); 0: 20.
	MinReads float64
	// MinR2 is what the R² of a family must exceed for a coefficient of its own;
	// 0: 0.8.
	MinR2 float64
	// Cells is the number of cells that normalised reads are of; 0: 100000, which
	// is 600 ng of diploid human DNA.
	Cells float64
}

func (o *SpikeOptions) fill() {
	for _, x := range []struct {
		v    *float64
		zero float64
	}{{&o.MinReads, 20}, {&o.MinR2, 0.8}, {&o.Cells, 100_000}} {
		if *x.v == 0 {
			*x.v = x.zero
		}
	}
}

// Coefficient turns reads into copies.
type Coefficient struct {
	CopiesPerRead float64
	R2            vidjilfile.Opt[float64] // square of Pearson's correlation of copies and reads
	Points        int                     // numbers of copies that the line goes through
	Universal     bool                    // of all families, for want of a better one
}

// FoundSpike is a spike and what the sample has of it.
type FoundSpike struct {
	Spike
	Found  string // family by its clonotype's name, else as given
	Reads  int64
	Clones int // clonotypes with its label
}

// Normalisation is what the spikes of a sample tell.
type Normalisation struct {
	// Reason says why there is none; empty when there is.
	Reason string
	Spikes []FoundSpike // in the order given

	Universal Coefficient
	Families  map[string]Coefficient

	Prevalent      string // locus with the most reads: three letters, complete and incomplete recombinations together
	PrevalentReads int64
	SpikeReads     int64
	Amplification  float64 // reads of the prevalent locus for a read of a spike
	Cells          float64
}

// Normalise computes the coefficients of a result.
//
// A coefficient is the slope of copies by reads, a line through the origin that
// least squares give: Σ reads × copies / Σ reads². Each number of copies is one
// point, with the mean reads of its spikes, so that a number of copies that has
// many spikes counts no more. Reads are those of all clonotypes with the label;
// a spike that was not found counts with 0. A family has a coefficient of its
// own if it has two numbers of copies or more, enough reads, and a large enough
// R²; the others have the universal one.
//
// The original's script takes sums for means in families, and so gives other
// coefficients where a family has two spikes of equal copies.
func Normalise(ctx context.Context, source Source, spikes []Spike, o SpikeOptions) (*Normalisation, error) {
	o.fill()
	n := &Normalisation{Cells: o.Cells, Families: map[string]Coefficient{}}
	byName := map[string]int{}
	for i, s := range spikes {
		if s.Copies <= 0 || math.IsInf(s.Copies, 0) || math.IsNaN(s.Copies) {
			return nil, fmt.Errorf("spike %s: %g copies", s.Name, s.Copies)
		}
		if _, ok := byName[s.Name]; ok {
			return nil, fmt.Errorf("spike %s: given twice", s.Name)
		}
		byName[s.Name] = i
		n.Spikes = append(n.Spikes, FoundSpike{Spike: s, Found: s.Family})
	}
	err := source.Scan(ctx, FieldReads|FieldName|FieldLabel, func(r *Row) error {
		i, ok := byName[string(r.Label)]
		if !ok || len(r.Label) == 0 || r.Reads <= 0 {
			return nil
		}
		s := &n.Spikes[i]
		if family := FamilyOf(string(r.Name)); s.Clones == 0 && family != "" {
			s.Found = family
		}
		s.Clones++
		s.Reads += r.Reads
		n.SpikeReads += r.Reads
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("normalise by spikes: %w", err)
	}
	n.prevalent(source.Head())
	n.fit(&o)
	return n, nil
}

// FamilyOf is the family of genes that a clonotype's name begins with: its
// first letters and digits, IGHV3 of "IGHV3-48*01 0/AA/6 …".
func FamilyOf(name string) string {
	for i := range len(name) {
		c := name[i] | 0x20
		if (c < 'a' || c > 'z') && (name[i] < '0' || name[i] > '9') {
			return name[:i]
		}
	}
	return name
}

func (n *Normalisation) prevalent(head *vidjilfile.File) {
	loci := map[string]int64{}
	for system, list := range head.Reads.Germline {
		loci[locus(system)] += int64(first(list))
	}
	for _, l := range sortedKeys(loci) {
		if loci[l] > n.PrevalentReads {
			n.Prevalent, n.PrevalentReads = l, loci[l]
		}
	}
}

// locus is IGH of IGH+, TRA of TRA+D.
func locus(system string) string { return system[:min(3, len(system))] }

func (n *Normalisation) fit(o *SpikeOptions) {
	points := n.points("")
	most := 0.0
	for _, p := range points {
		most = max(most, p.reads)
	}
	switch {
	case len(n.Spikes) == 0:
		n.Reason = "no spikes are defined"
		return
	case most <= o.MinReads:
		n.Reason = "too few reads of spikes: a sample without them"
		return
	case n.PrevalentReads == 0:
		n.Reason = "no reads with a recombination"
		return
	}
	n.Universal = line(points)
	n.Universal.Universal = true
	n.Amplification = float64(n.PrevalentReads) / float64(n.SpikeReads)
	for _, s := range n.Spikes {
		if _, ok := n.Families[s.Found]; ok || s.Found == "" || s.Found == Universal {
			continue
		}
		points, most := n.points(s.Found), 0.0
		for _, p := range points {
			most = max(most, p.reads)
		}
		c := line(points)
		if len(points) < 2 || most <= o.MinReads || !c.R2.Valid || c.R2.Value <= o.MinR2 {
			c = n.Universal
		}
		n.Families[s.Found] = c
	}
}

// point is a number of copies and the mean reads of the spikes that have it.
type point struct{ copies, reads float64 }

// points are those of a family, of all when it is empty, by copies.
func (n *Normalisation) points(family string) []point {
	sums := map[float64]*struct{ reads, spikes float64 }{}
	var copies []float64
	for _, s := range n.Spikes {
		if family != "" && s.Found != family {
			continue
		}
		if sums[s.Copies] == nil {
			sums[s.Copies] = &struct{ reads, spikes float64 }{}
			copies = append(copies, s.Copies)
		}
		sums[s.Copies].reads += float64(s.Reads)
		sums[s.Copies].spikes++
	}
	slices.Sort(copies)
	out := make([]point, len(copies))
	for i, c := range copies {
		out[i] = point{c, sums[c].reads / sums[c].spikes}
	}
	return out
}

func line(points []point) Coefficient {
	c := Coefficient{Points: len(points)}
	var x, y, xy, xx, yy float64
	for _, p := range points {
		x, y, xy, xx, yy = x+p.reads, y+p.copies, xy+p.reads*p.copies, xx+p.reads*p.reads, yy+p.copies*p.copies
	}
	if xx > 0 {
		c.CopiesPerRead = xy / xx
	}
	k := float64(len(points))
	if spread := (k*xx - x*x) * (k*yy - y*y); len(points) > 1 && spread > 0 {
		c.R2 = vidjilfile.Opt[float64]{Value: (k*xy - x*y) * (k*xy - x*y) / spread, Valid: true}
	}
	return c
}

// Copies is what the spikes tell of a clonotype.
type Copies struct {
	Family     string
	Copies     float64
	Normalised float64 // reads of the number of cells in Normalisation.Cells
	R2         vidjilfile.Opt[float64]
	Factor     float64 // copies for a read
}

// Of turns the reads of a clonotype into copies. False: it is of another locus
// than the prevalent one, or there is no normalisation.
func (n *Normalisation) Of(name, system string, reads int64) (Copies, bool) {
	if n.Reason != "" || locus(system) != n.Prevalent {
		return Copies{}, false
	}
	family := FamilyOf(name)
	c, ok := n.Families[family]
	if !ok {
		family, c = Universal, n.Universal
	}
	copies := c.CopiesPerRead * float64(reads)
	return Copies{
		Family: family, Copies: copies, Normalised: copies * float64(n.PrevalentReads) / n.Cells, R2: c.R2, Factor: c.CopiesPerRead,
	}, true
}

// Apply writes the normalisation into the file of one sample, where the
// original's client looks for it: mrd and normalized_reads of clonotypes, and
// mrd of the file. Without a normalisation nothing changes.
func (n *Normalisation) Apply(f *vidjilfile.File) {
	if n.Reason != "" {
		return
	}
	for i := range f.Clones {
		c := &f.Clones[i]
		of, ok := n.Of(c.Name, c.Germline, int64(first(c.Reads)))
		if !ok {
			setMember(&c.Extra, keyMRD, raw(map[string]any{"R2": []any{optional(n.Universal.R2)}, "family": []string{Universal}}, nil))
			continue
		}
		setMember(&c.Extra, keyMRD, raw(map[string]any{
			"R2": []any{optional(of.R2)}, "copy_number": []float64{of.Copies}, "family": []string{of.Family}, "norm_coeff": []float64{of.Factor},
		}, nil))
		setMember(&c.Extra, "normalized_reads", raw([]float64{of.Normalised}, nil))
	}
	coefficients := map[string][]float64{Universal: {n.Universal.CopiesPerRead}}
	for family, c := range n.Families {
		coefficients[family] = []float64{c.CopiesPerRead}
	}
	setMember(&f.Extra, keyMRD, raw(map[string]any{
		"coefficients": coefficients, "UNI_COEFF": []float64{n.Universal.CopiesPerRead}, "UNI_R2": []any{optional(n.Universal.R2)},
		"ampl_coeff": []float64{n.Amplification}, "prevalent": []string{n.Prevalent},
	}, nil))
}

// optional is the value in JSON, "N/A" as the original has it when there is none.
func optional(v vidjilfile.Opt[float64]) any {
	if !v.Valid {
		return "N/A"
	}
	return v.Value
}

// setMember sets a member of a bag that others may share.
func setMember(b *vidjilfile.Bag, key string, v json.RawMessage) {
	out := slices.Clone(*b)
	i := slices.IndexFunc(out, func(m vidjilfile.Member) bool { return m.Key == key })
	if i < 0 {
		i, out = len(out), append(out, vidjilfile.Member{Key: key})
	}
	out[i].Value = v
	*b = out
}

// Factor is the robust way from reads to copies that calibrators of equal
// standing allow, as those of EuroClonality-NGS: the median over the spikes.
type Factor struct {
	CopiesPerRead float64
	Recovered     int      // spikes with reads
	Missing       []string // names of those without
	// Outliers are the names of spikes whose ratio is more than three robust
	// standard deviations (1.4826 times the median deviation, of logarithms), and
	// more than twofold, from the median. They still count: a median bears them.
	Outliers []string
}

// FactorOf computes the median of copies by read. False: fewer spikes than the
// minimum were found, and no quantity should be reported.
func (n *Normalisation) FactorOf(minimum int) (Factor, bool) {
	var f Factor
	var logs []float64
	for _, s := range n.Spikes {
		if s.Reads == 0 {
			f.Missing = append(f.Missing, s.Name)
			continue
		}
		f.Recovered++
		logs = append(logs, math.Log2(s.Copies/float64(s.Reads)))
	}
	if f.Recovered < max(minimum, 1) {
		return f, false
	}
	middle := median(slices.Clone(logs))
	f.CopiesPerRead = math.Exp2(middle)
	away := make([]float64, len(logs))
	for i, v := range logs {
		away[i] = math.Abs(v - middle)
	}
	limit := max(3*1.4826*median(slices.Clone(away)), 1)
	k := 0
	for _, s := range n.Spikes {
		if s.Reads == 0 {
			continue
		}
		if away[k] > limit {
			f.Outliers = append(f.Outliers, s.Name)
		}
		k++
	}
	return f, true
}

// median sorts the values.
func median(v []float64) float64 {
	slices.Sort(v)
	n := len(v)
	if n%2 == 1 {
		return v[n/2]
	}
	return (v[n/2-1] + v[n/2]) / 2
}
