package pipeline

import (
	"cmp"
	"context"
	"math"
	"slices"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// summary is a lab.ResultSummary in the making.
type summary struct{ lab.ResultSummary }

// doubtfulShare is the part of the recombined reads that may be there by chance
// from which an e-value is doubtful.
const doubtfulShare = 0.01

// summarize takes what the engine counted.
func (a *analysis) summarize(res *clonotype.Result) summary {
	s := summary{lab.ResultSummary{
		Total: int64(res.TotalReads), Bases: res.TotalBases, Filtered: int64(res.Filtered), Recombined: int64(res.Recombined()),
		Causes: map[string]int64{}, Clusters: int64(len(res.Clusters)), Warned: map[string]int64{}, Warnings: []lab.Warning{},
		Diversity: diversityOf(res, clonotype.AllSystems), Systems: []lab.SystemSummary{},
	}}
	for cause, n := range res.Causes {
		s.Causes[string(cause)] = int64(n)
	}
	for code, n := range res.ReadsBySystem {
		s.AllWindows += int64(res.ClonotypesBySystem[code])
		s.Systems = append(s.Systems, lab.SystemSummary{
			System: code, Reads: int64(n), Clonotypes: int64(res.ClonotypesBySystem[code]), Length: finite(res.LengthBySystem[code]), Diversity: diversityOf(res, code),
		})
	}
	s.sortSystems()
	return s
}

func (s *summary) sortSystems() {
	slices.SortFunc(s.Systems, func(a, b lab.SystemSummary) int {
		return cmp.Or(cmp.Compare(b.Reads, a.Reads), cmp.Compare(a.System, b.System))
	})
}

func diversityOf(res *clonotype.Result, system string) map[string]float64 {
	d, ok := res.Diversity[system]
	if !ok {
		return nil
	}
	return map[string]float64{"shannon": finite(d.Shannon), "pielou": finite(d.Pielou), "simpson": finite(d.Simpson)}
}

// finite keeps what JSON cannot hold out of it.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// warnSample adds the warnings of the whole sample.
func (a *analysis) warnSample(res *clonotype.Result, m *made) {
	if e := a.options.EValue; e > clonotype.DefaultEValue && e > doubtfulShare*float64(res.Recombined()) {
		a.warn(lab.Warning{Code: "W21", Level: "info", Message: "doubtful e-value: as many reads may have a recombination by chance as are a considerable part of the sample"})
	}
	for _, x := range res.Warnings {
		a.warn(lab.Warning(x))
	}
	m.summary.Warnings = append([]lab.Warning{}, a.warnings...)
}

// count notes a clonotype of the table.
func (s *summary) count(x *clonotype.Clonotype) {
	s.Clonotypes++
	s.Reported += int64(x.Reads)
	for i, w := range x.Warnings {
		if !slices.ContainsFunc(x.Warnings[:i], func(before clonotype.Warning) bool { return before.Code == w.Code }) {
			s.Warned[w.Code]++
		}
	}
}

// quality computes the figures of the quality table.
func (s *summary) quality(ctx context.Context, source repertoire.Source) error {
	q, err := repertoire.QualityOf(ctx, source)
	if err != nil {
		return err
	}
	s.MeanLength, s.Lengths = finite(q.MeanLength.Value), q.Lengths[:]
	for i := range q.Large {
		s.Large = append(s.Large, large(&q.Large[i]))
	}
	if q.Main != nil {
		m := large(q.Main)
		s.Main = &m
	}
	return nil
}

func large(x *repertoire.Large) lab.LargeClonotype {
	return lab.LargeClonotype{ID: x.ID, Name: x.Name, System: x.System, Reads: x.Reads, Share: finite(x.Share), Of: finite(x.Of)}
}

// summarizeImport takes what an imported result says of itself.
func summarizeImport(ctx context.Context, source repertoire.Source) (s summary, err error) {
	head := source.Head()
	s.Warned, s.Systems, s.Warnings = map[string]int64{}, []lab.SystemSummary{}, []lab.Warning{}
	q, err := repertoire.QualityOf(ctx, source)
	if err != nil {
		return s, err
	}
	s.Total, s.Recombined = q.Total, q.Segmented
	if head.Provenance != nil {
		if len(head.Provenance.Causes) == 1 {
			s.Causes = map[string]int64{}
			for cause, n := range head.Provenance.Causes[0] {
				s.Causes[cause] = int64(n)
			}
		}
		if len(head.Provenance.Filtered) == 1 {
			s.Filtered = int64(head.Provenance.Filtered[0])
		}
	}
	for code, n := range q.Counts {
		s.Systems = append(s.Systems, lab.SystemSummary{System: code, Reads: n.Reads, Clonotypes: n.Clonotypes})
		s.AllWindows += n.Clonotypes
	}
	s.sortSystems()
	s.Clusters = int64(len(head.Clusters))
	s.Diversity = map[string]float64{}
	for name, x := range map[string]vidjilfile.Opt[float64]{"shannon": q.Shannon, "pielou": q.Pielou, "simpson": q.Simpson} {
		if x.Valid {
			s.Diversity[name] = finite(x.Value)
		}
	}
	for _, w := range head.Warnings {
		s.Warnings = append(s.Warnings, lab.Warning{Code: w.Code, Level: w.Level, Message: w.Message})
	}
	err = source.Scan(ctx, repertoire.FieldReads|repertoire.FieldWarnings, func(r *repertoire.Row) error {
		s.Clonotypes++
		s.Reported += r.Reads
		s.countCodes(r.Warnings)
		return nil
	})
	if err != nil {
		return s, err
	}
	return s, s.quality(ctx, source)
}

// countCodes counts warnings, codes that are separated by commas.
func (s *summary) countCodes(codes []byte) {
	for len(codes) > 0 {
		code, rest := codes, []byte(nil)
		if i := slices.Index(codes, ','); i >= 0 {
			code, rest = codes[:i], codes[i+1:]
		}
		if len(code) > 0 {
			s.Warned[string(code)]++
		}
		codes = rest
	}
}
