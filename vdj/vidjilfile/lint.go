package vidjilfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/germline"
)

// Severity is the weight of a finding, that of package airr.
type Severity = airr.Severity

// Error is the severity of what contradicts the format or another field.
const Error = airr.Error

// Finding is what the linter has to say about one place of a file.
type Finding struct {
	Code     string // stable, "clone-reads"
	Severity Severity
	Path     string // "clones[3].seg.5"
	Message  string // what is wrong and what to do
	More     int    // how many findings of this code follow and are not listed
}

// String is one line: "error clones[3].seg.5: … [position]".
func (f Finding) String() string {
	s := f.Severity.String()
	if f.Path != "" {
		s += " " + f.Path
	}
	s += ": " + f.Message + " [" + f.Code + "]"
	if f.More > 0 {
		s += fmt.Sprintf(" (and %d more)", f.More)
	}
	return s
}

// LintOptions tells the linter what it may compare with.
type LintOptions struct {
	Germline *germline.Set // when given, genes of names must be in it
	PerCode  int           // findings listed for each code, the others are counted; 0 = 5
}

// Lint reads a .vidjil file, any program's, and checks it. A file that cannot
// be read gives one finding, with the path and the offset; the error is only
// that of the stream.
func Lint(r io.Reader, opt LintOptions) ([]Finding, error) {
	data, err := readAll(r)
	if err != nil {
		return nil, fmt.Errorf("read .vidjil file: %w", err)
	}
	f, err := Read(bytes.NewReader(data))
	if re, ok := errors.AsType[*ReadError](err); ok {
		return []Finding{{Code: "json", Severity: Error, Path: re.Path, Message: fmt.Sprintf("offset %d: %s", re.Offset, re.Msg)}}, nil
	}
	if err != nil {
		return nil, err
	}
	return f.Lint(opt), nil
}

// Errors counts the findings that are errors, those not listed included.
func Errors(findings []Finding) int {
	n := 0
	for _, f := range findings {
		if f.Severity == Error {
			n += 1 + f.More
		}
	}
	return n
}

// Lint checks whether the fields of the file agree with each other.
func (f *File) Lint(opt LintOptions) []Finding {
	if opt.PerCode <= 0 {
		opt.PerCode = 5
	}
	l := &linter{f: f, opt: opt, listed: map[string]int{}, last: map[string]int{}, ids: map[string]int{}}
	if opt.Germline != nil {
		l.genes = make(map[string]bool, len(opt.Germline.Genes))
		for i := range opt.Germline.Genes {
			l.genes[opt.Germline.Genes[i].Name] = true
		}
	}
	l.top()
	l.samples()
	l.reads()
	sums := map[string][]int{}
	for i := range f.Clones {
		l.clone(i, sums)
	}
	l.sums(sums)
	l.clusters()
	l.diversity()
	l.distributions()
	return l.findings
}

type linter struct {
	f        *File
	opt      LintOptions
	genes    map[string]bool
	ids      map[string]int
	findings []Finding
	listed   map[string]int
	last     map[string]int
}

func (l *linter) add(severity Severity, code, path, format string, args ...any) {
	if l.listed[code] >= l.opt.PerCode {
		l.findings[l.last[code]].More++
		return
	}
	l.listed[code]++
	l.last[code] = len(l.findings)
	l.findings = append(l.findings, Finding{Code: code, Severity: severity, Path: path, Message: fmt.Sprintf(format, args...)})
}

func (l *linter) top() {
	f := l.f
	switch {
	case f.Version == "":
		l.add(Error, "version", "vidjil_json_version", "missing: write %q", Version)
	case f.Version < "2014.09":
		l.add(Error, "version", "vidjil_json_version", "%q is too old to be read", clip(f.Version))
	case f.Version < "2014.10":
		l.add(airr.Warning, "version", "vidjil_json_version", "%q is too old to be fused by the original", clip(f.Version))
	case f.Version < Version:
		l.add(airr.Warning, "version", "vidjil_json_version", "%q has 0-based positions: write %q", clip(f.Version), Version)
	}
	if f.Producer == "" && len(f.Samples.Producer) == 0 {
		l.add(airr.Warning, "producer", "producer", "nothing says which program made the file")
	}
	if len(f.Timestamps) == 0 && len(f.Samples.RunTimestamp) == 0 {
		l.add(airr.Warning, "timestamp", "timestamp", "nothing says when the file was made")
	}
	for i, w := range f.Warnings {
		l.warning(fmt.Sprintf("warn[%d]", i), w)
	}
}

func (l *linter) warning(path string, w Warning) {
	if w.Code == "" {
		l.add(airr.Warning, "warning", path, "a warning without code")
	}
	switch w.Level {
	case "", "info", "warn", "error":
	default:
		l.add(airr.Warning, "warning", path, "level %q is none of info, warn, error", clip(w.Level))
	}
}

func (l *linter) samples() {
	p := &l.f.Samples
	if p.Number < 1 {
		l.add(Error, "samples", "samples.number", "%d: a file has at least one sample", p.Number)
	}
	if len(p.OriginalNames) != p.Number {
		l.add(Error, "samples", "samples.original_names", "%d names for %d samples", len(p.OriginalNames), p.Number)
	}
	for _, list := range []struct {
		key string
		v   []string
	}{
		{"names", p.Names},
		{"producer", p.Producer},
		{"timestamp", p.Timestamp},
		{"run_timestamp", p.RunTimestamp},
		{"commandline", p.CommandLine},
		{"log", p.Log},
	} {
		if list.v != nil && len(list.v) != p.Number {
			l.add(airr.Warning, "samples-length", "samples."+list.key, "%d elements for %d samples", len(list.v), p.Number)
		}
	}
	for _, list := range []struct {
		key string
		v   []int
	}{{"order", p.Order}, {"stock_order", p.StockOrder}} {
		for _, i := range list.v {
			if i < 0 || i >= p.Number {
				l.add(Error, "order", "samples."+list.key, "%d is not the index of a sample", i)
			}
		}
	}
	if s := slices.Sorted(slices.Values(p.OriginalNames)); len(slices.Compact(s)) < len(p.OriginalNames) {
		l.add(airr.Warning, "sample-names", "samples.original_names", "two samples have the same name: the original drops their distributions")
	}
}

func (l *linter) reads() {
	r, n := &l.f.Reads, l.f.Samples.Number
	for _, list := range []struct {
		key string
		v   []int
	}{{"total", r.Total}, {"segmented", r.Segmented}} {
		if len(list.v) != n {
			l.add(Error, "reads", "reads."+list.key, "%d elements for %d samples", len(list.v), n)
		}
	}
	for i := range min(len(r.Total), len(r.Segmented)) {
		if r.Segmented[i] > r.Total[i] || r.Segmented[i] < 0 {
			l.add(Error, "reads", "reads.segmented", "sample %d: %d reads with a recombination, of %d", i+1, r.Segmented[i], r.Total[i])
		}
	}
	for _, m := range []struct {
		key string
		v   map[string][]int
	}{{"germline", r.Germline}, {"clones", r.Clones}, {"distribution", r.Distribution}} {
		for _, system := range slices.Sorted(maps.Keys(m.v)) {
			if len(m.v[system]) != n {
				l.add(Error, "reads", "reads."+m.key+"."+system, "%d elements for %d samples", len(m.v[system]), n)
			}
		}
	}
	for i, segmented := range r.Segmented {
		sum := 0
		for _, counts := range r.Germline {
			if i < len(counts) {
				sum += counts[i]
			}
		}
		if sum > segmented {
			l.add(Error, "reads-sum", "reads.germline", "sample %d: the systems have %d reads, reads.segmented says %d", i+1, sum, segmented)
		}
	}
	for _, system := range l.f.Systems() {
		if !knownSystem(system, l.f) {
			l.add(airr.Warning, "system", "reads.germline."+system, "%q is no system of Vidjil's, and germlines.custom does not describe it", clip(system))
		}
	}
}

// systems are those of Vidjil, with the names of unexpected recombinations and
// of what other programs found.
var systems = []string{
	"IGH", "IGH+", "IGK", "IGK+", "IGL", "TRA", "TRB", "TRB+", "TRG", "TRD", "TRD+", "TRA+D",
	"IGHM", "IGHD", "IGHE", "IGHG", "IGHA", "IGH-C", "xxx", "unexpected", "undetermined",
}

func knownSystem(code string, f *File) bool {
	_, described := f.Germlines.Custom[code]
	return described || slices.Contains(systems, code)
}

func (l *linter) clone(i int, sums map[string][]int) {
	c, n := &l.f.Clones[i], l.f.Samples.Number
	path := fmt.Sprintf("clones[%d]", i)
	if first, dup := l.ids[c.ID]; c.ID == "" {
		l.add(Error, "id", path+".id", "a clonotype without identifier")
	} else if dup {
		l.add(Error, "id", path+".id", "%q is clones[%d] too", clip(c.ID), first)
	} else {
		l.ids[c.ID] = i
	}
	if c.Germline == "" {
		l.add(Error, "germline", path+".germline", "a clonotype without system")
	}
	if len(c.Reads) != n {
		l.add(Error, "clone-reads", path+".reads", "%d elements for %d samples", len(c.Reads), n)
	}
	for _, list := range []struct {
		key string
		n   int
	}{{"_average_read_length", len(c.AverageReadLength)}, {"_coverage", len(c.Coverage)}, {"_coverage_info", len(c.CoverageInfo)}} {
		if list.n != 0 && list.n != n {
			l.add(Error, "clone-list", path+"."+list.key, "%d elements for %d samples", list.n, n)
		}
	}
	total := 0
	for k, reads := range c.Reads {
		if reads < 0 {
			l.add(Error, "clone-reads", path+".reads", "sample %d: %d reads", k+1, reads)
		}
		total += reads
	}
	if total == 0 {
		l.add(airr.Warning, "clone-empty", path+".reads", "no reads in any sample")
	}
	for k, reads := range c.Reads {
		if k >= len(sums[c.Germline]) {
			sums[c.Germline] = append(sums[c.Germline], 0)
		}
		sums[c.Germline][k] += reads
	}
	if at := strings.IndexFunc(c.Sequence, func(r rune) bool { return !strings.ContainsRune("ACGTUNRYSWKMBDHV", r&^0x20) }); at >= 0 {
		l.add(Error, "alphabet", path+".sequence", "%q at position %d is not a nucleotide", c.Sequence[at], at+1)
	}
	for k, w := range c.Warnings {
		l.warning(fmt.Sprintf("%s.warn[%d]", path, k), w)
	}
	l.seg(path+".seg", c)
}

// seg checks that positions lie in the sequence, genes in order, and the
// junction around the CDR3.
func (l *linter) seg(path string, c *Clone) {
	g := &c.Seg
	end := 0
	for _, p := range []struct {
		key string
		s   *Segment
	}{{"5", g.Five}, {"4a", g.FourA}, {"4", g.Four}, {"4b", g.FourB}, {"3", g.Three}} {
		if p.s == nil {
			continue
		}
		at := path + "." + p.key
		if !l.span(at, p.s.Span, c.Sequence) {
			continue
		}
		if s := p.s.Start; s.Valid && s.Value < end {
			l.add(airr.Warning, "gene-order", at, "%s starts at %d, before the end of the gene on its left (%d)", p.s.Name, s.Value+1, end)
		}
		if p.s.End.Valid {
			end = p.s.End.Value
		}
		if l.genes != nil && p.s.Name != "" && !l.genes[p.s.Name] {
			l.add(Error, "unknown-gene", at+".name", "the germline set has no %q", clip(p.s.Name))
		}
	}
	for i := range g.Features {
		l.span(path+"."+g.Features[i].Name, g.Features[i].Span, c.Sequence)
	}
	if q := g.Quality; q != nil && l.span(path+".quality", q.Span, c.Sequence) && q.Known() && len(q.Seq) != q.End.Value-q.Start.Value {
		l.add(Error, "quality", path+".quality", "%d characters for %d positions", len(q.Seq), q.End.Value-q.Start.Value)
	}
	l.junction(path, c)
}

func (l *linter) junction(path string, c *Clone) {
	j, cdr3 := c.Seg.Junction, c.Seg.CDR3
	if cdr3 != nil {
		l.span(path+".cdr3", cdr3.Span, c.Sequence)
	}
	if j == nil || !l.span(path+".junction", j.Span, c.Sequence) || !j.Known() {
		return
	}
	length := j.End.Value - j.Start.Value
	if j.Productive.Valid && j.Productive.Value && length%3 != 0 {
		l.add(Error, "productive", path+".junction", "productive, and %d nucleotides long: not in frame", length)
	}
	if cdr3 == nil || !cdr3.Known() {
		return
	}
	switch start, end := cdr3.Start.Value-j.Start.Value, j.End.Value-cdr3.End.Value; {
	case start == 0 && end == 0:
		l.add(Error, "cdr3", path+".cdr3", "it equals the junction: leave out the anchor codons at both ends")
	case start != 3 || end != 3:
		l.add(Error, "cdr3", path+".cdr3", "it is not the junction without its first and last codon")
	}
	if n := len(cdr3.Seq); n > 0 && n != cdr3.End.Value-cdr3.Start.Value {
		l.add(Error, "cdr3", path+".cdr3.seq", "%d letters for %d positions", n, cdr3.End.Value-cdr3.Start.Value)
	}
}

// span checks one feature. Without a sequence nothing can be said.
func (l *linter) span(path string, s Span, sequence string) bool {
	if sequence == "" {
		return true
	}
	for _, v := range []struct {
		p   Opt[int]
		key string
		at  int // 1-based
	}{{s.Start, "start", s.Start.Value + 1}, {s.End, "stop", s.End.Value}} {
		if v.p.Valid && (v.at < 1 || v.at > len(sequence)) {
			l.add(Error, "position", path+"."+v.key, "%d, the sequence has %d letters", v.at, len(sequence))
			return false
		}
	}
	if s.Start.Valid && s.End.Valid && s.Start.Value >= s.End.Value {
		l.add(airr.Warning, "position-order", path, "%d to %d: nothing", s.Start.Value+1, s.End.Value)
		return false
	}
	return true
}

// sums compares the reads of clonotypes with those of the samples.
func (l *linter) sums(sums map[string][]int) {
	r := &l.f.Reads
	var all []int
	for _, system := range slices.Sorted(maps.Keys(sums)) {
		for i, n := range sums[system] {
			if i >= len(all) {
				all = append(all, 0)
			}
			all[i] += n
			if counts := r.Germline[system]; i < len(counts) && n > counts[i] {
				l.add(Error, "reads-sum", "reads.germline."+system, "sample %d: %d reads, its clonotypes have %d", i+1, counts[i], n)
			}
		}
	}
	for i, n := range all {
		if i < len(r.Segmented) && n > r.Segmented[i] {
			l.add(Error, "reads-sum", "reads.segmented", "sample %d: %d reads, the clonotypes have %d", i+1, r.Segmented[i], n)
		}
	}
}

func (l *linter) clusters() {
	member := map[string]int{}
	for i, ids := range l.f.Clusters {
		path := fmt.Sprintf("clusters[%d]", i)
		for _, id := range ids {
			if first, dup := member[id]; dup && first != i {
				l.add(Error, "clusters", path, "%q is in clusters[%d] too", clip(id), first)
			}
			member[id] = i
			if _, known := l.ids[id]; !known {
				l.add(airr.Warning, "cluster-unknown", path, "no clonotype is called %q", clip(id))
			}
		}
	}
}

func (l *linter) diversity() {
	d := &l.f.Diversity
	for _, index := range []struct {
		key string
		v   []map[string]float64
		max float64
	}{{"index_H_entropy", d.Shannon, 1e9}, {"index_E_equitability", d.Pielou, 1}, {"index_Ds_diversity", d.Simpson, 1}} {
		path := "diversity." + index.key
		if index.v != nil && len(index.v) != l.f.Samples.Number {
			l.add(Error, "diversity", path, "%d elements for %d samples", len(index.v), l.f.Samples.Number)
		}
		for _, m := range index.v {
			for _, system := range slices.Sorted(maps.Keys(m)) {
				// The original computes in single precision: 1.0000001.
				if v := m[system]; v < 0 || v > index.max+1e-6 {
					l.add(Error, "diversity", path, "%s: %g is out of range", system, v)
				}
			}
		}
	}
}

func (l *linter) distributions() {
	d := l.f.Distributions
	if d == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(d.Repertoires)) {
		if !slices.Contains(l.f.Samples.OriginalNames, name) {
			l.add(airr.Warning, "distribution", "distributions.repertoires", "no sample is called %q", clip(name))
		}
		for i, one := range d.Repertoires[name] {
			for _, bin := range one.Values {
				if len(bin.At) != len(one.Axes) || len(bin.Counts) != len(d.Keys) {
					l.add(Error, "distribution", fmt.Sprintf("distributions.repertoires.%s[%d]", name, i),
						"%v: %d values for %d axes, %d counts for %d keys", bin.At, len(bin.At), len(one.Axes), len(bin.Counts), len(d.Keys))
					break
				}
			}
		}
	}
}
