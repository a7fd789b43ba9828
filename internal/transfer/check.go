package transfer

import (
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// check looks at the rows among themselves: each number once, each reference to a
// row that is there, each result with its bytes. What the rows say is checked by
// who takes them.
func (a *Archive) check() error {
	for _, step := range []func() error{a.checkConfigs, a.checkSets, a.checkSamples, a.checkResults, a.checkNotes} {
		if err := step(); err != nil {
			return err
		}
	}
	for noun, n := range map[string]int{
		"people": len(a.People), "configs": len(a.Configs), "pre_processes": len(a.PreProcesses), "sets": len(a.Sets), "samples": len(a.Samples),
		"files": len(a.Files), "results": len(a.Results), "logs": len(a.Logs), "annotations": len(a.Annotations),
	} {
		if a.Manifest.Counts[noun] != n {
			return invalid("the manifest counts %d %s, and there are %d", a.Manifest.Counts[noun], noun, n)
		}
	}
	return nil
}

// numbers makes sure that each row has a number of its own.
func numbers[T any](noun string, rows []T, id func(*T) int64) (map[int64]*T, error) {
	m := make(map[int64]*T, len(rows))
	for i := range rows {
		n := id(&rows[i])
		if n <= 0 || m[n] != nil {
			return nil, invalid("the %s %d has no number of its own", noun, n)
		}
		m[n] = &rows[i]
	}
	return m, nil
}

func (a *Archive) checkConfigs() error {
	if _, err := numbers("person", a.People, func(p *Person) int64 { return p.ID }); err != nil {
		return err
	}
	if _, err := numbers("config", a.Configs, func(c *Config) int64 { return c.ID }); err != nil {
		return err
	}
	seen := map[int64]bool{}
	for i := range a.Configs {
		c := &a.Configs[i]
		if len(c.Revisions) == 0 {
			return invalid("config %d has no revision", c.ID)
		}
		for k, r := range c.Revisions {
			if seen[r.ID] || r.Number != k+1 || r.Digest != lab.DigestOptions(r.Program, string(r.Options)) {
				return invalid("revision %d of config %d is not what it says", k+1, c.ID)
			}
			seen[r.ID] = true
		}
	}
	_, err := numbers("pre-process", a.PreProcesses, func(p *PreProcess) int64 { return p.ID })
	return err
}

func (a *Archive) checkSets() error {
	_, err := numbers("set", a.Sets, func(s *Set) int64 { return s.ID })
	if err == nil && len(a.Sets) == 0 {
		err = invalid("it has no set")
	}
	return err
}

func (a *Archive) checkSamples() error {
	sets, err := numbers("set", a.Sets, func(s *Set) int64 { return s.ID })
	if err != nil {
		return err
	}
	samples, err := numbers("sample", a.Samples, func(s *Sample) int64 { return s.ID })
	if err != nil {
		return err
	}
	processes, err := numbers("pre-process", a.PreProcesses, func(p *PreProcess) int64 { return p.ID })
	if err != nil {
		return err
	}
	for i := range a.Samples {
		s := &a.Samples[i]
		if len(s.Sets) == 0 || s.Generation < 1 || s.PreProcess != 0 && processes[s.PreProcess] == nil {
			return invalid("sample %d is in no set, or refers to what is not there", s.ID)
		}
		for k, id := range s.Sets {
			if sets[id] == nil || slices.Contains(s.Sets[:k], id) {
				return invalid("sample %d is in set %d, which is not there, or twice", s.ID, id)
			}
		}
	}
	if _, err := numbers("file", a.Files, func(f *File) int64 { return f.ID }); err != nil {
		return err
	}
	type place struct {
		sample     int64
		generation int
		role       string
		lane       int
	}
	taken := map[place]bool{}
	for i := range a.Files {
		f := &a.Files[i]
		at := place{f.Sample, f.Generation, f.Role, f.Lane}
		if samples[f.Sample] == nil || taken[at] || f.Generation < 1 || f.Generation > samples[f.Sample].Generation || f.Size < 0 {
			return invalid("file %d is of no sample, or of a place that another file has", f.ID)
		}
		taken[at] = true
		if size, ok := a.blobSize(f.Digest); f.Inside && (!ok || size != f.Size) {
			return invalid("the bytes of file %d are not there", f.ID)
		}
	}
	return nil
}

func (a *Archive) checkResults() error {
	samples, err := numbers("sample", a.Samples, func(s *Sample) int64 { return s.ID })
	if err != nil {
		return err
	}
	if _, err := numbers("result", a.Results, func(r *Result) int64 { return r.ID }); err != nil {
		return err
	}
	for i := range a.Results {
		r := &a.Results[i]
		s := samples[r.Sample]
		if s == nil || r.Generation < 1 || r.Generation > s.Generation || a.revision(r.Config, r.Revision) == nil {
			return invalid("result %d is of no sample, or of no config", r.ID)
		}
		if size, ok := a.blobSize(r.Digest); !ok || size != r.Size {
			return invalid("the bytes of result %d are not there", r.ID)
		}
		if r.Reads < 0 || r.Recombined < 0 || r.Clonotypes < 0 {
			return invalid("result %d counts less than nothing", r.ID)
		}
		for k, f := range r.Files {
			if size, ok := a.blobSize(f.Digest); !ok || size != f.Size {
				return invalid("the bytes of %q of result %d are not there", cut(f.Name), r.ID)
			}
			twice := slices.ContainsFunc(r.Files[:k], func(g ResultFile) bool { return g.Name == f.Name })
			if f.Name == "" || twice || len(f.Name) > 200 || strings.ContainsAny(f.Name, "/\\\x00") || strings.HasPrefix(f.Name, ".") {
				return invalid("a file of result %d has a name that no file of a result has", r.ID)
			}
		}
	}
	return nil
}

// revision is the revision of a config by their numbers; nil when it is not there.
func (a *Archive) revision(config, id int64) *Revision {
	for i := range a.Configs {
		if a.Configs[i].ID != config {
			continue
		}
		for k := range a.Configs[i].Revisions {
			if a.Configs[i].Revisions[k].ID == id {
				return &a.Configs[i].Revisions[k]
			}
		}
	}
	return nil
}

func (a *Archive) checkNotes() error {
	sets, err := numbers("set", a.Sets, func(s *Set) int64 { return s.ID })
	if err != nil {
		return err
	}
	results, err := numbers("result", a.Results, func(r *Result) int64 { return r.ID })
	if err != nil {
		return err
	}
	for i := range a.Logs {
		if results[a.Logs[i].Result] == nil {
			return invalid("a log is of no result")
		}
	}
	last := map[int64]int{}
	for i := range a.Annotations {
		n := &a.Annotations[i]
		if sets[n.Set] == nil || n.Version != last[n.Set]+1 {
			return invalid("version %d of the annotation of set %d is of no set, or out of turn", n.Version, n.Set)
		}
		last[n.Set] = n.Version
	}
	return nil
}
