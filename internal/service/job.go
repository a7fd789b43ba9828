package service

import (
	"context"
	"slices"
	"strconv"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// JobView is a job as a person sees it.
type JobView struct {
	lab.Job
	Position  int  // in the queue, an estimate; 0 when it is not queued or was not asked for
	MayChange bool // cancel it, or try it again
	MayLog    bool // read its log
}

// JobFilter says which jobs are wanted. Without a set, sample or person they are
// all jobs, for administrators.
type JobFilter struct {
	SetID    int64
	SampleID int64
	UserID   int64
	States   []lab.JobState
	Kinds    []lab.JobKind
}

// JobPage is a part of a list of jobs.
type JobPage struct {
	Items []JobView
	Next  string // cursor; "" at the end
}

// jobRights tells what an actor may do with each of some jobs: who may see a set
// may see the jobs on it and on its samples. A person sees their own, too.
type jobRights struct {
	who    *Actor
	sets   map[int64][]int64 // by job
	access map[int64][]int64 // by set: the groups that it is shared with
}

func rightsOnJobs(ctx context.Context, tx *store.Tx, who *Actor, jobs []lab.Job) (r jobRights, err error) {
	r.who = who
	if r.sets, err = tx.SetsOfJobs(ctx, jobs); err != nil {
		return r, err
	}
	var ids []int64
	for _, list := range r.sets {
		ids = append(ids, list...)
	}
	r.access, err = tx.SetAccess(ctx, distinct(ids))
	return r, err
}

// any tells whether may says yes to one of the sets of a job.
func (r *jobRights) any(j *lab.Job, may func(sharedWith []int64) bool) bool {
	return slices.ContainsFunc(r.sets[j.ID], func(set int64) bool { return may(r.access[set]) })
}

func (r *jobRights) own(j *lab.Job) bool { return j.UserID != 0 && j.UserID == r.who.User.ID }

// view also asks for the scope of a token: without the right to see any set, one
// does not see one's own jobs either.
func (r *jobRights) view(j *lab.Job) bool {
	all, groups := r.who.ViewSets()
	return r.who.Administer() || r.any(j, r.who.ViewSet) || r.own(j) && (all || len(groups) > 0)
}

// change wants the right to run analyses on a set of the job. Jobs without a set
// are changed by who asked for them.
func (r *jobRights) change(j *lab.Job) bool {
	if r.who.Administer() {
		return true
	}
	if len(r.sets[j.ID]) == 0 {
		return r.own(j) && !r.who.ReadOnly && (r.who.Scopes == nil || slices.Contains(r.who.Scopes, access.ScopeWrite))
	}
	return r.any(j, func(groups []int64) bool { return r.who.Can(access.Set, access.Run, groups) })
}

// log: logs tell more of a set than its page does.
func (r *jobRights) log(j *lab.Job) bool {
	return r.who.Administer() || r.any(j, r.who.EditSet) || len(r.sets[j.ID]) == 0 && r.own(j)
}

func (r *jobRights) show(j lab.Job) JobView {
	// What holds the lease is nobody's business.
	j.Lease = ""
	if !r.who.Administer() {
		j.Worker = ""
	}
	return JobView{Job: j, MayChange: r.change(&j), MayLog: r.log(&j)}
}

// Jobs lists jobs, the newest first.
func (s *Service) Jobs(ctx context.Context, who *Actor, f JobFilter, page Page) (out JobPage, err error) {
	if err := who.require(); err != nil {
		return out, err
	}
	q := store.JobFilter{SetID: f.SetID, SampleID: f.SampleID, UserID: f.UserID, States: f.States, Kinds: f.Kinds}
	if q.Limit, err = parseLimit(page.Limit); err != nil {
		return out, err
	}
	if page.Cursor != "" {
		if q.Before, err = strconv.ParseInt(page.Cursor, 10, 64); err != nil || q.Before <= 0 {
			return out, fault("cursor", "is not one of this list")
		}
	}
	limit := q.Limit
	q.Limit++ // one more tells whether there is a next page
	err = s.read(ctx, func(tx *store.Tx) error {
		if err := mayListJobs(ctx, tx, who, f); err != nil {
			return err
		}
		jobs, err := tx.Jobs(ctx, q)
		if err != nil {
			return err
		}
		if len(jobs) > limit {
			jobs = jobs[:limit]
			out.Next = strconv.FormatInt(jobs[limit-1].ID, 10)
		}
		rights, err := rightsOnJobs(ctx, tx, who, jobs)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			if rights.view(&j) {
				out.Items = append(out.Items, rights.show(j))
			}
		}
		return nil
	})
	return out, err
}

// mayListJobs refuses lists that are not the actor's to see.
func mayListJobs(ctx context.Context, tx *store.Tx, who *Actor, f JobFilter) error {
	switch {
	case f.SetID != 0:
		_, _, err := visibleSet(ctx, tx, who, f.SetID)
		return err
	case f.SampleID != 0:
		_, _, err := visibleSample(ctx, tx, who, f.SampleID)
		return err
	case f.UserID == who.User.ID || who.Administer():
		return nil
	case f.UserID != 0:
		return errNotFound("person", f.UserID)
	default:
		return errForbidden("see the jobs of everybody")
	}
}

// JobByID returns a job with its place in the queue.
func (s *Service) JobByID(ctx context.Context, who *Actor, id int64) (v JobView, err error) {
	err = s.read(ctx, func(tx *store.Tx) error {
		v, err = viewJob(ctx, tx, who, id)
		return err
	})
	return v, err
}

func viewJob(ctx context.Context, tx *store.Tx, who *Actor, id int64) (v JobView, err error) {
	j, rights, err := visibleJob(ctx, tx, who, id)
	if err != nil {
		return v, err
	}
	v = rights.show(j)
	v.Position, err = job.Position(ctx, tx, j)
	return v, err
}

// visibleJob loads a job that the actor may see.
func visibleJob(ctx context.Context, tx *store.Tx, who *Actor, id int64) (j lab.Job, r jobRights, err error) {
	if err := who.require(); err != nil {
		return j, r, err
	}
	j, err = tx.JobByID(ctx, id)
	if lab.CodeOf(err) == lab.NotFound {
		return j, r, errNotFound("job", id)
	}
	if err != nil {
		return j, r, err
	}
	if r, err = rightsOnJobs(ctx, tx, who, []lab.Job{j}); err == nil && !r.view(&j) {
		err = errNotFound("job", id)
	}
	return j, r, err
}

// CancelJob ends a job that has not started, with those that wait for it, and
// stops a running one as soon as its worker hears of it.
func (s *Service) CancelJob(ctx context.Context, who *Actor, id int64) (JobView, error) {
	return s.changeJob(ctx, who, id, "job.cancel", func(tx *store.Tx) (lab.Job, error) { return tx.CancelJob(ctx, id) })
}

// RetryJob tries a failed or cancelled job again, with what it waits for and what
// it took down, and returns the new job.
func (s *Service) RetryJob(ctx context.Context, who *Actor, id int64) (JobView, error) {
	return s.changeJob(ctx, who, id, "job.retry", func(tx *store.Tx) (lab.Job, error) { return job.Retry(ctx, tx, id, who.User.ID) })
}

func (s *Service) changeJob(ctx context.Context, who *Actor, id int64, action string, change func(*store.Tx) (lab.Job, error)) (v JobView, err error) {
	err = s.write(ctx, func(tx *store.Tx) error {
		j, rights, err := visibleJob(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if !rights.change(&j) {
			return errForbidden("run analyses on this set")
		}
		got, err := change(tx)
		if err != nil {
			return err
		}
		auditJob(tx, who, action, j, got)
		v, err = viewJob(ctx, tx, who, got.ID)
		return err
	})
	return v, err
}

// RetryFailed tries again all jobs of a set and its samples that have failed, and
// were neither tried again nor asked for anew since. It returns the new jobs.
func (s *Service) RetryFailed(ctx context.Context, who *Actor, setID int64) (list []JobView, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		list = nil
		_, shared, err := visibleSet(ctx, tx, who, setID)
		if err != nil {
			return err
		}
		if !who.Can(access.Set, access.Run, shared) {
			return errForbidden("run analyses on this set")
		}
		failed, err := tx.FailedJobs(ctx, setID)
		if err != nil {
			return err
		}
		seen := map[int64]bool{}
		for _, j := range failed {
			got, err := job.Retry(ctx, tx, j.ID, who.User.ID)
			if err != nil {
				return err
			}
			// Chains come back whole: a job may be in the list that its
			// predecessor has brought back already.
			if seen[got.ID] {
				continue
			}
			seen[got.ID] = true
			auditJob(tx, who, "job.retry", j, got)
			v, err := viewJob(ctx, tx, who, got.ID)
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
	return list, err
}

// jobRecord is what the audit keeps of a job.
type jobRecord struct {
	ID       int64        `json:"id"`
	Kind     lab.JobKind  `json:"kind"`
	State    lab.JobState `json:"state"`
	SampleID int64        `json:"sample_id,omitempty"`
	ConfigID int64        `json:"config_id,omitempty"`
	RetryOf  int64        `json:"retry_of,omitempty"`
}

func auditJob(tx *store.Tx, who *Actor, action string, before, after lab.Job) {
	record := func(j lab.Job) jobRecord {
		return jobRecord{j.ID, j.Kind, j.State, j.SampleID, j.ConfigID, j.RetryOf}
	}
	e := who.entry(action, "job", before.ID)
	e.SetID = before.SetID
	audit(tx, e, record(before), record(after))
}
