package clonotype

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/internal/batch"
	"vidjil.org/vidjil/vdj/internal/window"
)

// Sample is the gathered reads of one sample. Result holds what is known of it
// as a whole; Each gives the clonotypes one after another, so that millions of
// them never stand in memory at once.
type Sample struct {
	// Result is complete but for its Clonotypes, which Collect fills.
	Result Result

	engine     *designation.Engine
	opt        Options
	groups     *gatherer
	causes     [window.NumCauses]int
	recombined int64
	order      []int32 // groups to report, largest first
	reported   int     // number of them
	labels     labelIndex
	out        ReadOutcome
	errors     *clusterer     // nil without clusters
	near       map[int32]Near // by group: the windows below the thresholds that are errors of it
	rank       []int32        // by group: rank, 0-based, -1 for those not reported
}

func newSample(e *designation.Engine, opt Options) *Sample {
	return &Sample{engine: e, opt: opt, groups: newGatherer(), labels: newLabelIndex(opt.Labels, opt.window())}
}

func (s *Sample) systemCode(i int16) string {
	if i == window.UnexpectedSystem {
		return designation.Unexpected
	}
	return s.engine.Set().Systems[i].Code
}

// finish counts, orders and chooses the clonotypes once all reads are in.
func (s *Sample) finish() {
	s.dismiss()
	s.count()
	if !s.opt.NoClusters {
		s.errors = findErrors(s.groups, s.opt.minReads(), s.opt.threads())
	}
	s.choose()
	s.reported = len(s.order)
	s.cluster()
	s.warn()
}

// dismiss takes back the windows that this many reads give by chance.
func (s *Sample) dismiss() {
	for i := range s.groups.n {
		x := s.groups.group(i)
		if float64(x.surest)*float64(s.Result.TotalReads) > s.opt.eValue() {
			s.causes[window.TooFew] += int(x.reads)
			s.recombined -= int64(x.reads)
			x.reads = 0
		}
	}
	s.Result.Causes = map[designation.Cause]int{}
	for c, n := range s.causes {
		if n > 0 {
			s.Result.Causes[designation.CauseOf(window.Cause(c))] = n
		}
	}
}

// count sums reads and windows by system, and derives diversity and
// distributions, over all windows, before any threshold.
func (s *Sample) count() {
	r := &s.Result
	r.ReadsBySystem, r.ClonotypesBySystem = map[string]int{}, map[string]int{}
	r.LengthBySystem = map[string]float64{}
	d := newDiversityCounter()
	for i := range s.groups.n {
		x := s.groups.group(i)
		if x.reads == 0 {
			continue
		}
		code := s.systemCode(x.system)
		r.ReadsBySystem[code] += int(x.reads)
		r.ClonotypesBySystem[code]++
		r.LengthBySystem[code] += float64(x.bases)
		d.add(code, int(x.reads))
	}
	for code, bases := range r.LengthBySystem {
		r.LengthBySystem[code] = bases / float64(r.ReadsBySystem[code])
	}
	r.Diversity = d.result()
	r.Distributions = s.distributions()
}

// support gives, by window, its reads and those of all windows that are errors
// of it.
func (s *Sample) support() []uint32 {
	support := make([]uint32, s.groups.n)
	for i := range support {
		support[i] += s.groups.group(i).reads
		if s.errors != nil && s.errors.parents[i] >= 0 {
			support[s.errors.root(int32(i))] += s.groups.group(i).reads
		}
	}
	return support
}

// choose picks and orders the clonotypes to report: those with enough reads,
// the reads of windows that are errors of them included. One of five reads may
// have its errors in two of them.
func (s *Sample) choose() {
	least := max(float64(s.opt.minReads()), s.opt.MinRatio*float64(s.recombined))
	support := s.support()
	var buf []byte
	for i := range s.groups.n {
		x := s.groups.group(i)
		if x.reads == 0 {
			continue
		}
		labelled := false
		if len(s.opt.Labels) > 0 {
			buf = s.groups.window(buf[:0], x)
			labelled = s.labels.find(buf) >= 0
		}
		if labelled || float64(support[i]) >= least && !s.opt.LabelFilter {
			s.order = append(s.order, int32(i))
		}
	}
	var a, b []byte
	slices.SortFunc(s.order, func(i, j int32) int {
		x, y := s.groups.group(int(i)), s.groups.group(int(j))
		if x.reads != y.reads {
			return int(y.reads) - int(x.reads)
		}
		a, b = s.groups.window(a[:0], x), s.groups.window(b[:0], y)
		return bytes.Compare(a, b)
	})
	if m := s.opt.MaxClones; m > 0 && len(s.order) > m {
		kept := s.order[:m:m]
		for _, i := range s.order[m:] {
			buf = s.groups.window(buf[:0], s.groups.group(int(i)))
			if s.labels.find(buf) >= 0 {
				kept = append(kept, i)
			}
		}
		s.order = kept
	}
}

// cluster lists the proposed clusters among the reported clonotypes, and counts
// the errors that are not reported by themselves.
func (s *Sample) cluster() {
	s.near, s.rank = map[int32]Near{}, make([]int32, s.groups.n)
	for i := range s.rank {
		s.rank[i] = -1
	}
	for r, g := range s.order {
		s.rank[g] = int32(r)
	}
	if s.errors == nil {
		return
	}
	members := map[int32][]int32{} // rank of the parent → ranks
	for i := range s.groups.n {
		x := s.groups.group(i)
		if s.errors.parents[i] < 0 || x.reads == 0 {
			continue
		}
		root := s.errors.root(int32(i))
		parent := s.rank[root]
		if parent < 0 {
			continue
		}
		if r := s.rank[i]; r >= 0 {
			members[parent] = append(members[parent], r)
			continue
		}
		n := s.near[root]
		s.near[root] = Near{Windows: n.Windows + 1, Reads: n.Reads + int(x.reads)}
	}
	for _, parent := range slices.Sorted(maps.Keys(members)) {
		slices.Sort(members[parent])
		c := Cluster{Parent: int(parent)}
		for _, m := range members[parent] {
			c.Members = append(c.Members, int(m))
			c.Evidence = append(c.Evidence, s.errors.text(s.order[m]))
		}
		s.Result.Clusters = append(s.Result.Clusters, c)
	}
}

// Clonotypes is the number of clonotypes that Each gives.
func (s *Sample) Clonotypes() int { return s.reported }

// chunk is a run of clonotypes on its way through the pipeline.
type chunk struct {
	from  int
	items []Clonotype
}

// chunkSize is small enough to share out even a few hundred clonotypes.
const chunkSize = 16

// Each makes the clonotypes, largest first, and hands them to fn. They are made
// by Options.Threads goroutines; fn is called from one, in order, and may keep
// what it is given.
func (s *Sample) Each(ctx context.Context, fn func(*Clonotype) error) error {
	workers := s.opt.threads()
	scratch := make([]makeScratch, workers)
	next := 0
	err := batch.Run(ctx, batch.Steps[chunk]{
		Workers: workers,
		New:     func() *chunk { return &chunk{} },
		Produce: func(c *chunk) error {
			if next >= len(s.order) {
				return errEnd
			}
			c.from = next
			next = min(next+chunkSize, len(s.order))
			c.items = make([]Clonotype, next-c.from)
			return nil
		},
		Work: func(w int, c *chunk) error {
			for i := range c.items {
				s.makeClonotype(&c.items[i], c.from+i, &scratch[w])
			}
			return nil
		},
		Consume: func(c *chunk) error {
			for i := range c.items {
				if err := fn(&c.items[i]); err != nil {
					return err
				}
			}
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("clonotypes: %w", err)
	}
	return nil
}

// Collect puts all clonotypes in Result.Clonotypes, and the clusters beside.
func (s *Sample) Collect(ctx context.Context) (*Result, error) {
	s.Result.Clonotypes = make([]Clonotype, 0, len(s.order))
	err := s.Each(ctx, func(c *Clonotype) error {
		s.Result.Clonotypes = append(s.Result.Clonotypes, *c)
		return nil
	})
	return &s.Result, err
}

// Free gives back the memory of the reads. Result stays; Each and Collect must
// not be called any more.
func (s *Sample) Free() { s.groups, s.order, s.errors = nil, nil, nil }

type makeScratch struct {
	consensus   consensus
	designation designation.Scratch
}

// makeClonotype makes the clonotype of a rank (0-based).
func (s *Sample) makeClonotype(c *Clonotype, rank int, sc *makeScratch) {
	x := s.groups.group(int(s.order[rank]))
	c.Window = s.groups.window(nil, x)
	c.System = s.systemCode(x.system)
	c.Reads = int(x.reads)
	c.Rank = rank + 1
	c.Near = s.near[s.order[rank]]
	c.AverageReadLength = float64(x.bases) / float64(x.reads)
	if i := s.labels.find(c.Window); i >= 0 {
		c.Label = s.opt.Labels[i].Name
	}
	if m := s.opt.MaxConsensus; m > 0 && rank >= m {
		c.Sequence, c.WindowStart = bytes.Clone(c.Window), 0
	} else {
		sc.consensus.build(s.groups, x)
		c.Sequence, c.Quality = bytes.Clone(sc.consensus.letters), bytes.Clone(sc.consensus.quality)
		c.WindowStart = sc.consensus.windowStart
		c.CoverageInfo = fmt.Sprintf("%d of %d reads", x.kept, x.reads)
	}
	c.Coverage = min(1, float64(len(c.Sequence))/c.AverageReadLength)
	if m := s.opt.MaxDesignations; m == 0 || rank < m {
		c.Designation = s.engine.Designate(c.Sequence, &sc.designation)
	}
	s.warnClonotype(c, x, rank)
}
