package curated

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// ReadScore counts what a program says right of simulated reads. All counts
// but D and Junction are over all reads: a read that is not detected is wrong.
type ReadScore struct {
	Detected Count
	System   Count // right among all reads
	VGene    Count // 5' gene
	VAllele  Count
	JGene    Count // 3' gene
	D        Count // all D genes, over detected reads of clones that have one
	Junction Count // exact nucleotides, over detected reads of clones that have a junction
	Full     Count // ends' alleles, all D genes, deletions, inserted letters, in normal form
	Text     Count // the text is the truth's, letter by letter
	VTies    int   // sum of the sizes of the lists of V genes, over detected reads
}

// MeanVTies is the mean number of V genes listed for a detected read.
func (s *ReadScore) MeanVTies() float64 {
	if s.Detected.Right == 0 {
		return 0
	}
	return float64(s.VTies) / float64(s.Detected.Right)
}

// ReadReport is the verdict on simulated reads.
type ReadReport struct {
	Complete   ReadScore // IGH, TRA, …
	Incomplete ReadScore // IGH+, TRA+D, …
	All        ReadScore
	Systems    map[string]*ReadScore
	Junk       Count // reads that hold no recombination, and those (Right) of them that are rightly not detected
}

// ReadOptions says how simulated reads are judged.
type ReadOptions struct {
	// MaxTies is the longest list of equally good genes in which the truth
	// counts as found; 0 means 10. A longer list is judged by its first gene.
	MaxTies int
}

// ScoreReads judges per-read designations. Reads without observation count as
// not detected. Germline must know the genes of the truth.
func ScoreReads(clones []Clone, reads []TrueRead, observations []Observation, germline Germline,
	opt ReadOptions,
) (*ReadReport, error) {
	if opt.MaxTies == 0 {
		opt.MaxTies = 10
	}
	j := readJudge{germline: germline, ties: opt.MaxTies, truth: make(map[string]*trueClone, len(clones))}
	for i := range clones {
		normal, err := clones[i].Normal(germline)
		if err != nil {
			return nil, fmt.Errorf("score reads: %w", err)
		}
		j.truth[clones[i].ID] = &trueClone{&clones[i], normal}
	}
	seen := make(map[string]*Observation, len(observations))
	for i := range observations {
		seen[observations[i].ID] = &observations[i]
	}
	r := &ReadReport{Systems: map[string]*ReadScore{}}
	for _, t := range reads {
		o := seen[t.ID]
		if o == nil {
			o = &Observation{ID: t.ID}
		}
		if t.Clone == NoClone {
			r.Junk.add(!o.Detected(), true)
			continue
		}
		c := j.truth[t.Clone]
		if c == nil {
			return nil, fmt.Errorf("score reads: read %s: no clone %q", t.ID, t.Clone)
		}
		one := j.judge(c, o)
		for _, s := range r.groups(c.System) {
			s.merge(&one)
		}
	}
	return r, nil
}

// groups are the counters that a read of the system goes to.
func (r *ReadReport) groups(system string) []*ReadScore {
	own := r.Systems[system]
	if own == nil {
		own = &ReadScore{}
		r.Systems[system] = own
	}
	if strings.Contains(system, "+") {
		return []*ReadScore{&r.All, own, &r.Incomplete}
	}
	return []*ReadScore{&r.All, own, &r.Complete}
}

func (s *ReadScore) counts() []*Count {
	return []*Count{&s.Detected, &s.System, &s.VGene, &s.VAllele, &s.JGene, &s.D, &s.Junction, &s.Full, &s.Text}
}

func (s *ReadScore) merge(o *ReadScore) {
	from := o.counts()
	for i, c := range s.counts() {
		c.Right += from[i].Right
		c.Total += from[i].Total
	}
	s.VTies += o.VTies
}

type trueClone struct {
	*Clone
	normal Designation
}

type readJudge struct {
	germline Germline
	ties     int
	truth    map[string]*trueClone
}

func (j *readJudge) judge(c *trueClone, o *Observation) ReadScore {
	var s ReadScore
	detected := o.Detected()
	got, named := o.designation()
	five, three := j.list(o.V, got, 0), j.list(o.J, got, len(got.Genes)-1)
	hasFive, hasThree := detected && len(five) > 0, detected && len(three) > 0
	vAllele := hasFive && slices.Contains(five, c.V)
	jAllele := hasThree && slices.Contains(three, c.J)
	dRight := detected && j.rightDs(c, o, got)
	s.Detected.add(detected, true)
	s.System.add(detected && o.System == c.System, true)
	s.VGene.add(hasFive && containsGene(five, c.V), true)
	s.VAllele.add(vAllele, true)
	s.JGene.add(hasThree && containsGene(three, c.J), true)
	s.D.add(dRight, detected && len(c.D) > 0)
	s.Junction.add(o.Junction == c.Junction, detected && c.Junction != "")
	s.Full.add(detected && named && vAllele && jAllele && dRight && len(got.Genes) == len(c.normal.Genes) &&
		sameJunctions(c.normal, j.germline.Normal(got)), true)
	s.Text.add(detected && o.Designation == c.Designation, true)
	if detected {
		s.VTies = len(five)
	}
	return s
}

// list is the list of genes held equally good at one end: the program's, when
// it is short enough and holds the gene that the designation names, else that
// gene alone.
func (j *readJudge) list(ties []string, got Designation, i int) []string {
	if i < 0 || i >= len(got.Genes) {
		if len(ties) > j.ties {
			return ties[:1]
		}
		return ties
	}
	if len(ties) <= j.ties && slices.Contains(ties, got.Genes[i]) {
		return ties
	}
	return got.Genes[i : i+1]
}

// rightDs tells whether the D genes between the ends are those of the truth.
// Of a single D gene, the program may list several.
func (j *readJudge) rightDs(c *trueClone, o *Observation, got Designation) bool {
	if len(got.Genes) < 2 {
		return len(c.D) == 0
	}
	ds := got.Genes[1 : len(got.Genes)-1]
	if len(ds) == 1 && len(c.D) == 1 {
		return containsGene(j.list(o.D, got, 1), c.D[0])
	}
	return agree(c.D, ds, func(want, got string) bool { return base(want) == base(got) })
}

func containsGene(list []string, gene string) bool {
	return slices.ContainsFunc(list, func(g string) bool { return base(g) == base(gene) })
}

func sameJunctions(want, got Designation) bool {
	for i, j := range want.Junctions {
		if !j.agrees(got.Junctions[i]) {
			return false
		}
	}
	return true
}

// WriteTable writes the shares as text, in % but for the last column.
func (r *ReadReport) WriteTable(w io.Writer) error {
	var b bytes.Buffer
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "system\treads\tdetected\tlocus\tV gene\tV allele\tJ gene\tD\tjunction\tfull\ttext\tV ties\t")
	line := func(name string, s *ReadScore) {
		fmt.Fprintf(tw, "%s\t%d\t", name, s.Detected.Total)
		for _, c := range s.counts() {
			if c.Total == 0 {
				fmt.Fprint(tw, "-\t")
				continue
			}
			fmt.Fprintf(tw, "%.2f\t", c.Percent())
		}
		fmt.Fprintf(tw, "%.2f\t\n", s.MeanVTies())
	}
	for _, system := range sortedKeys(r.Systems) {
		line(system, r.Systems[system])
	}
	line("complete", &r.Complete)
	line("incomplete", &r.Incomplete)
	line("all", &r.All)
	_ = tw.Flush() // into memory
	if r.Junk.Total > 0 {
		fmt.Fprintf(&b, "not recombined: %d reads, %d of them reported\n", r.Junk.Total, r.Junk.Total-r.Junk.Right)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("reads report: %w", err)
	}
	return nil
}

func sortedKeys(m map[string]*ReadScore) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
