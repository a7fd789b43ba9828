package service

import (
	"context"
	"fmt"
	"slices"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/store"
)

// Which says which of some samples are to be analysed.
type Which string

// The choices; several may be given together.
const (
	RunAll     Which = "all"
	RunMissing Which = "missing" // those that have no result by the config
	RunFailed  Which = "failed"  // those whose last job failed or was cancelled
	RunStale   Which = "stale"   // those whose newest result is of other reads, or of an older revision
)

// MaxRuns is how many samples one request may run a config on.
const MaxRuns = 5000

// RunRequest asks for analyses by a config: of samples, of all samples of sets,
// or, where both are given, of samples as they are in those sets.
type RunRequest struct {
	ConfigID  int64
	SampleIDs []int64
	SetIDs    []int64
	Which     []Which // none is all
}

// RunOutcome is what became of a request.
type RunOutcome struct {
	Jobs    []JobView // of the samples to analyse, in their order
	Added   int       // of the jobs those that are new; the others were there already
	Skipped []Skipped // samples that cannot be analysed
	Spared  int       // samples that the choice left out
}

// Skipped is a sample that cannot be analysed by the config.
type Skipped struct {
	SampleID int64
	Reason   string
}

// Run analyses samples by the newest revision of a config. Rights on each sample
// are checked before anything is written. What is under way already is not begun
// again: its job is returned.
func (s *Service) Run(ctx context.Context, who *Actor, q RunRequest) (out RunOutcome, err error) {
	if err := who.require(); err != nil {
		return out, err
	}
	if err := q.check(); err != nil {
		return out, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		out = RunOutcome{}
		c, shared, err := configFor(ctx, tx, who, q.ConfigID)
		if err != nil {
			return err
		}
		if c.Archived {
			return lab.Errorf(lab.Conflict, "config %d is archived", c.ID)
		}
		targets, err := runTargets(ctx, tx, who, &q, c, shared)
		if err != nil {
			return err
		}
		revision, err := tx.NewestRevision(ctx, c.ID)
		if err != nil {
			return err
		}
		chosen, err := q.choose(ctx, tx, targets, revision)
		if err != nil {
			return err
		}
		out.Spared = len(targets) - len(chosen)
		return out.plan(ctx, tx, who, &q, chosen, revision)
	})
	return out, err
}

func (q *RunRequest) check() error {
	var f lab.Faults
	f.Require(q.ConfigID > 0, "config_id", "which config?")
	f.Require(len(q.SampleIDs)+len(q.SetIDs) > 0, "sample_ids", "which samples, or which sets?")
	f.Require(len(q.SampleIDs) <= MaxRuns, "sample_ids", "want at most %d", MaxRuns)
	f.Require(len(q.SetIDs) <= MaxRuns, "set_ids", "want at most %d", MaxRuns)
	for i, w := range q.Which {
		f.Require(slices.Contains([]Which{RunAll, RunMissing, RunFailed, RunStale}, w), fmt.Sprintf("which[%d]", i), "want all, missing, failed or stale")
	}
	return f.Err()
}

// runTarget is a sample to analyse, and the set for which.
type runTarget struct {
	sample lab.Sample
	set    lab.Set
}

// runTargets finds the samples, each with a set in which the actor may run the
// config. One sample that is not theirs refuses all.
func runTargets(ctx context.Context, tx *store.Tx, who *Actor, q *RunRequest, c lab.Config, shared []int64) ([]runTarget, error) {
	config := owned(c.GroupID, shared)
	sets, err := membersByID(ctx, tx, distinct(q.SetIDs))
	if err != nil {
		return nil, err
	}
	ids := distinct(q.SampleIDs)
	for _, id := range distinct(q.SetIDs) {
		m, ok := sets[id]
		switch {
		case !ok || !who.ViewSet(m.access):
			return nil, errNotFound("set", id)
		case !m.living():
			return nil, errTrashed("set", id)
		case !who.Run(m.access, config):
			return nil, errForbidden(fmt.Sprintf("run this config on set %d", id))
		case len(q.SampleIDs) == 0:
			list, err := tx.LivingSamplesOf(ctx, id)
			if err != nil {
				return nil, err
			}
			ids = append(ids, list...)
		}
	}
	if ids = distinct(ids); len(ids) > MaxRuns {
		return nil, lab.Errorf(lab.TooLarge, "these are %d samples; want at most %d a request", len(ids), MaxRuns)
	}
	in, err := members(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	samples, err := tx.SamplesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	known := map[int64]lab.Sample{}
	for _, x := range samples {
		known[x.ID] = x
	}
	var targets []runTarget
	for _, id := range ids {
		sample, ok := known[id]
		if !ok || !who.ViewSample(lines(in[id])) {
			return nil, errNotFound("sample", id)
		}
		if !sample.TrashedAt.IsZero() {
			return nil, errTrashed("sample", id)
		}
		asked := func(m member) bool { return len(q.SetIDs) == 0 || slices.Contains(q.SetIDs, m.set.ID) }
		if !slices.ContainsFunc(in[id], asked) {
			return nil, fault("sample_ids", "sample %d is in none of these sets", id)
		}
		at := slices.IndexFunc(in[id], func(m member) bool { return asked(m) && m.living() && who.Run(m.access, config) })
		if at < 0 {
			return nil, errForbidden(fmt.Sprintf("run this config on sample %d", id))
		}
		targets = append(targets, runTarget{sample, in[id][at].set})
	}
	return targets, nil
}

// choose leaves out what the request does not ask for.
func (q *RunRequest) choose(ctx context.Context, tx *store.Tx, targets []runTarget, revision lab.ConfigRevision) ([]runTarget, error) {
	if len(q.Which) == 0 || slices.Contains(q.Which, RunAll) {
		return targets, nil
	}
	var ids []int64
	for i := range targets {
		ids = append(ids, targets[i].sample.ID)
	}
	results, err := tx.NewestResults(ctx, ids, q.ConfigID)
	if err != nil {
		return nil, err
	}
	jobs, err := tx.NewestJobs(ctx, ids, q.ConfigID)
	if err != nil {
		return nil, err
	}
	result, job := map[int64]lab.Result{}, map[int64]lab.Job{}
	for _, r := range results {
		result[r.SampleID] = r
	}
	for _, j := range jobs {
		job[j.SampleID] = j
	}
	return slices.DeleteFunc(targets, func(t runTarget) bool {
		r, has := result[t.sample.ID]
		state := job[t.sample.ID].State
		failed := state == lab.JobFailed || state == lab.JobCancelled
		wanted := slices.Contains(q.Which, RunMissing) && !has && !failed ||
			slices.Contains(q.Which, RunFailed) && failed ||
			slices.Contains(q.Which, RunStale) && has && (r.Generation < t.sample.Generation || r.ConfigRevisionID != revision.ID)
		return !wanted
	}), nil
}

// plan enqueues the jobs, and notes it.
func (o *RunOutcome) plan(ctx context.Context, tx *store.Tx, who *Actor, q *RunRequest, targets []runTarget, revision lab.ConfigRevision) error {
	var jobs []lab.Job
	ids := []int64{}
	for i := range targets {
		t := &targets[i]
		j, added, err := pipeline.Plan(ctx, tx, pipeline.Request{
			Sample: t.sample, Revision: revision, SetID: t.set.ID, GroupID: t.set.GroupID, UserID: who.User.ID,
		})
		if lab.CodeOf(err) == lab.Conflict && len(q.SampleIDs) == 0 {
			o.Skipped = append(o.Skipped, Skipped{t.sample.ID, err.Error()})
			continue
		}
		if err != nil {
			return err
		}
		if added {
			o.Added++
			ids = append(ids, j.ID)
		}
		jobs = append(jobs, j)
	}
	if o.Added > 0 {
		audit(tx, who.entry("config.run", "config", revision.ConfigID), nil, map[string]any{"revision": revision.Number, "jobs": ids})
	}
	rights, err := rightsOnJobs(ctx, tx, who, jobs)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		o.Jobs = append(o.Jobs, rights.show(j))
	}
	return nil
}
