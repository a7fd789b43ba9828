package cli

import (
	"cmp"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/designation"
)

// effectiveOptions are those that results depend on, with their defaults.
type effectiveOptions struct {
	Window          limit     `json:"window"`
	EValue          threshold `json:"e_value"`
	Unexpected      bool      `json:"unexpected"`
	Systems         []string  `json:"systems"`
	FirstReads      limit     `json:"first_reads"`
	SampledReads    limit     `json:"sampled_reads"`
	MinReads        int       `json:"min_reads"`
	MinRatioPercent float64   `json:"min_ratio_percent"`
	MaxClones       limit     `json:"max_clones"`
	MaxConsensus    limit     `json:"max_consensus"`
	MaxDesignations limit     `json:"max_designations"`
	Clusters        bool      `json:"clusters"`
	Labels          int       `json:"labels"`
	LabelFilter     bool      `json:"label_filter"`
}

func (r *run) effective() effectiveOptions {
	o := &r.o
	e := effectiveOptions{
		Window: o.window, EValue: o.eValue, Unexpected: o.unexpected, FirstReads: o.first, SampledReads: o.sampled,
		MinReads: max(1, o.minReads), MinRatioPercent: o.minRatio, MaxClones: o.maxClones, MaxConsensus: o.maxConsensus,
		MaxDesignations: o.maxDesignated, Clusters: !o.noClusters, Labels: r.labels, LabelFilter: o.label.filter,
	}
	for i := range r.set.Systems {
		e.Systems = append(e.Systems, r.set.Systems[i].Code)
	}
	return e
}

// summary is the record of a run, NAME.summary.json. Its keys are stable: new
// ones may be added.
type summary struct {
	Producer   string             `json:"producer"`
	Version    string             `json:"version"`
	Commit     string             `json:"commit"`
	Sample     string             `json:"sample"`
	Command    string             `json:"command"`
	Inputs     []summaryInput     `json:"inputs"`
	Germline   germlineInfo       `json:"germline"`
	Options    effectiveOptions   `json:"options"`
	Reads      summaryReads       `json:"reads"`
	Clonotypes summaryClonotypes  `json:"clonotypes"`
	Diversity  *summaryDiversity  `json:"diversity,omitempty"`
	Systems    []summarySystem    `json:"systems"`
	Warnings   []summaryWarning   `json:"warnings"`
	Run        summaryPerformance `json:"run"`
}

type summaryInput struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes,omitempty"`  // not known of a stream
	SHA256 string `json:"sha256,omitempty"` // of the whole file; absent when its end was not read
}

// summaryReads adds up: total = filtered + recombined + the sum of causes.
type summaryReads struct {
	Total      int            `json:"total"`
	Bases      int64          `json:"bases"`
	Filtered   int            `json:"filtered"`
	Recombined int            `json:"recombined"`
	Reported   int            `json:"in_reported_clonotypes"`
	Causes     map[string]int `json:"not_recombined"`
}

type summaryClonotypes struct {
	All      int `json:"all"`      // before any threshold
	Reported int `json:"reported"` // in the files
	Clusters int `json:"clusters"` // proposed
}

type summaryDiversity struct {
	Shannon float64 `json:"shannon"`
	Pielou  float64 `json:"pielou"`
	Simpson float64 `json:"simpson"`
}

type summarySystem struct {
	System     string            `json:"system"`
	Reads      int               `json:"reads"`
	Clonotypes int               `json:"clonotypes"`
	Length     float64           `json:"average_read_length"`
	Diversity  *summaryDiversity `json:"diversity,omitempty"`
}

type summaryWarning struct {
	Code    string `json:"code"`
	Level   string `json:"level"`
	Message string `json:"message"`
}

// summaryPerformance is the only part that differs between two runs.
type summaryPerformance struct {
	Started        string  `json:"started"` // RFC 3339
	Threads        int     `json:"threads"`
	GatherSeconds  float64 `json:"gather_seconds"` // start-up and reads
	Seconds        float64 `json:"seconds"`
	CPUSeconds     float64 `json:"cpu_seconds,omitempty"`
	PeakMemory     int64   `json:"peak_memory_bytes,omitempty"`
	ReadsPerSecond float64 `json:"reads_per_second"` // while reads were gathered
	Go             string  `json:"go"`
	Platform       string  `json:"platform"`
}

func (r *run) writeSummary(sample *clonotype.Sample, out *outputs) error {
	w, err := out.create(filepath.Join(r.o.dir, r.name+".summary.json"))
	if err != nil {
		return err
	}
	return writeJSON(w, r.summary(sample))
}

func (r *run) summary(sample *clonotype.Sample) *summary {
	res := &sample.Result
	s := &summary{
		Sample: r.name, Command: r.line, Germline: germlineInfo{r.set.Name, r.set.Version, r.set.Digest()}, Options: r.effective(),
		Inputs: []summaryInput{}, Systems: []summarySystem{}, Warnings: []summaryWarning{},
		Reads: summaryReads{
			Total: res.TotalReads, Bases: res.TotalBases, Filtered: res.Filtered, Recombined: res.Recombined(),
			Reported: r.reported.reads, Causes: map[string]int{},
		},
		Clonotypes: summaryClonotypes{Reported: r.reported.clonotypes, Clusters: len(res.Clusters)},
		Diversity:  newSummaryDiversity(res, clonotype.AllSystems),
		Run:        r.performance(res.TotalReads),
	}
	s.Version, s.Commit = programVersion()
	s.Producer = "vidjil " + s.Version
	for _, f := range r.reads.files {
		s.Inputs = append(s.Inputs, summaryInput{f.name, f.size, f.sha256()})
	}
	for cause, n := range res.Causes {
		s.Reads.Causes[string(cause)] = n
	}
	for _, code := range systemsByReads(res) {
		s.Clonotypes.All += res.ClonotypesBySystem[code]
		s.Systems = append(s.Systems, summarySystem{
			code, res.ReadsBySystem[code], res.ClonotypesBySystem[code], res.LengthBySystem[code], newSummaryDiversity(res, code),
		})
	}
	for _, w := range res.Warnings {
		s.Warnings = append(s.Warnings, summaryWarning(w))
	}
	return s
}

func newSummaryDiversity(res *clonotype.Result, system string) *summaryDiversity {
	d, ok := res.Diversity[system]
	if !ok {
		return nil
	}
	s := summaryDiversity(d)
	return &s
}

func (r *run) performance(reads int) summaryPerformance {
	p := summaryPerformance{
		Started: r.started.Format(time.RFC3339), Threads: cmp.Or(r.o.threads, runtime.GOMAXPROCS(0)),
		GatherSeconds: r.gathered.Seconds(), Seconds: time.Since(r.started).Seconds(),
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	p.CPUSeconds, p.PeakMemory = resourceUse()
	if s := r.gathered.Seconds(); s > 0 {
		p.ReadsPerSecond = float64(reads) / s
	}
	return p
}

// systemsByReads lists the systems of a sample, those with most reads first.
func systemsByReads(res *clonotype.Result) []string {
	return slices.SortedFunc(maps.Keys(res.ReadsBySystem), func(a, b string) int {
		return cmp.Or(res.ReadsBySystem[b]-res.ReadsBySystem[a], cmp.Compare(a, b))
	})
}

// causesByReads lists the causes of a sample, in the order of the field.
func causesByReads(res *clonotype.Result) []designation.Cause {
	var list []designation.Cause
	for _, c := range designation.Causes {
		if res.Causes[c] > 0 {
			list = append(list, c)
		}
	}
	return list
}
