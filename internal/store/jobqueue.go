package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"vidjil.org/vidjil/internal/lab"
)

// The steps in the life of a job, as docs/dev/jobs.md draws them. Whoever takes
// one locks the job's row first, so that of two who try one finds it taken.

// EnqueueJob adds a job. Where a living job has its key, that one is returned
// and nothing is added; of a kind that coalesces, a running one is marked to be
// followed by one more. A job that comes after another waits until that is done;
// one that is to wait for bytes comes in the state waiting; any other is queued.
func (tx *Tx) EnqueueJob(ctx context.Context, j lab.Job) (got lab.Job, added bool, err error) {
	// The second time round somebody else has inserted the key in between, and
	// the third time theirs has already ended.
	for range 10 {
		if j.Key != "" {
			got, found, err := tx.meetJob(ctx, &j)
			if err != nil || found {
				return got, false, err
			}
		}
		got, added, err = tx.insertJob(ctx, j)
		if err != nil || added {
			return got, added, err
		}
	}
	return got, false, lab.Errorf(lab.Unavailable, "the queue is busy; try again")
}

// meetJob finds the living job with j's key. It is locked until the transaction
// ends: no worker starts on a queued one before that, so that it will see what
// this transaction changes.
func (tx *Tx) meetJob(ctx context.Context, j *lab.Job) (lab.Job, bool, error) {
	got, found, err := first(all[lab.Job](ctx, tx, tx.locked("SELECT * FROM jobs WHERE key = ? AND "+living), j.Key))
	if err != nil || !found {
		return got, found, err
	}
	if got.State == lab.JobRunning && got.Kind.Coalesces() && !got.Again {
		got.Again = true
		_, err = tx.exec(ctx, "UPDATE jobs SET again = TRUE, changed_at = ? WHERE id = ?", tx.Now, got.ID)
		tx.Signal(TopicJob)
	}
	if got.State == lab.JobQueued {
		tx.Signal(TopicQueue) // workers may have passed it by while it was locked
	}
	return got, true, err
}

// insertJob adds a job unless its key was taken in between.
func (tx *Tx) insertJob(ctx context.Context, j lab.Job) (lab.Job, bool, error) {
	if j.State != lab.JobWaiting {
		j.State = lab.JobQueued
	}
	if j.After != 0 {
		state, err := tx.stateOf(ctx, j.After)
		if err != nil {
			return j, false, err
		}
		if state.Living() {
			j.State = lab.JobWaiting
		} else if state != lab.JobDone {
			return j, false, lab.Errorf(lab.Conflict, "job %d, which is to be done before, has %s", j.After, word(state))
		}
	}
	if j.RunAt.IsZero() {
		j.RunAt = tx.Now
	}
	if j.Args == "" {
		j.Args = "{}"
	}
	j.CreatedAt, j.ChangedAt = tx.Now, tx.Now
	ids, err := all[int64](ctx, tx, `INSERT INTO jobs (kind, state, lane, priority, group_id, user_id, set_id, sample_id, config_id, config_revision_id, pre_process_id,
			after, retry_of, key, args, max_attempts, run_at, timeout_sec, created_at, changed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (key) WHERE `+living+` DO NOTHING RETURNING id`,
		j.Kind, j.State, j.Lane, j.Priority, j.GroupID, j.UserID, j.SetID, j.SampleID, j.ConfigID, j.ConfigRevisionID, j.PreProcessID,
		j.After, j.RetryOf, j.Key, j.Args, j.MaxAttempts, j.RunAt.UTC(), j.TimeoutSec, j.CreatedAt, j.ChangedAt)
	if err != nil || len(ids) == 0 {
		return j, false, err
	}
	j.ID = ids[0]
	tx.Signal(TopicJob)
	tx.Signal(TopicQueue)
	return j, true, nil
}

// stateOf returns the state of a job, which stays so until the transaction ends.
func (tx *Tx) stateOf(ctx context.Context, id int64) (lab.JobState, error) {
	query := tx.only(Postgres, "SELECT state FROM jobs WHERE id = ?", " FOR SHARE")
	return one[lab.JobState](ctx, tx, fmt.Sprintf("job %d", id), query, id)
}

// word is what a state is called after "has".
func word(s lab.JobState) string {
	if s == lab.JobCancelled {
		return "been cancelled"
	}
	return string(s)
}

// ReleaseJobs queues the jobs of a sample that wait for its bytes.
func (tx *Tx) ReleaseJobs(ctx context.Context, sampleID int64) error {
	return tx.release(ctx, "sample_id = ? AND after = 0", sampleID)
}

func (tx *Tx) release(ctx context.Context, condition string, id int64) error {
	n, err := tx.exec(ctx, "UPDATE jobs SET state = 'queued', run_at = ?, changed_at = ? WHERE state = 'waiting' AND "+condition, tx.Now, tx.Now, id)
	if n > 0 {
		tx.Signal(TopicJob)
		tx.Signal(TopicQueue)
	}
	return err
}

// Claim is a worker that asks for a job.
type Claim struct {
	Worker string
	Lease  string // new and random
	Lanes  []lab.Lane
	Kinds  []lab.JobKind
}

// ClaimJob leases the next job to a worker; ok is false when there is none. The
// groups take turns: first the one with the fewest running jobs, of those the
// one that had its last turn longest ago. Within a group the order is priority,
// short lane first, age.
func (tx *Tx) ClaimJob(ctx context.Context, c Claim) (j lab.Job, ok bool, err error) {
	groups, err := tx.groupsInTurn(ctx, c)
	if err != nil {
		return j, false, err
	}
	for _, g := range groups {
		// On PostgreSQL another worker may be taking the same job at this
		// moment: it is passed by.
		id, found, err := first(all[int64](ctx, tx, tx.lockedFree(`SELECT id FROM jobs WHERE state = 'queued' AND group_id = ? AND run_at <= ? AND lane IN (?) AND kind IN (?)
			ORDER BY priority DESC, lane DESC, run_at, id LIMIT 1`), g, tx.Now, bun.List(c.Lanes), bun.List(c.Kinds)))
		if err != nil {
			return j, false, err
		}
		if !found {
			continue
		}
		if _, err := tx.exec(ctx, `INSERT INTO job_turns (group_id, turn) SELECT ?, coalesce(max(turn), 0) + 1 FROM job_turns WHERE TRUE
			ON CONFLICT (group_id) DO UPDATE SET turn = excluded.turn`, g); err != nil {
			return j, false, err
		}
		tx.Signal(TopicJob)
		return first(all[lab.Job](ctx, tx, `UPDATE jobs SET state = 'running', attempt = attempt + 1, worker = ?, lease = ?, beat_at = ?, started_at = ?,
			progress = 0, stage = '', reads = 0, changed_at = ? WHERE id = ? AND state = 'queued' RETURNING *`,
			c.Worker, c.Lease, tx.Now, tx.Now, tx.Now, id))
	}
	return j, false, nil
}

// groupsInTurn lists the groups that have a job for the worker, whose turn it is
// first. It steps from group to group in the index jobs_queue instead of reading
// all jobs of a long queue.
func (tx *Tx) groupsInTurn(ctx context.Context, c Claim) ([]int64, error) {
	return all[int64](ctx, tx, `WITH RECURSIVE g (id) AS (
			SELECT (SELECT min(group_id) FROM jobs WHERE state = 'queued')
			UNION ALL
			SELECT (SELECT min(group_id) FROM jobs WHERE state = 'queued' AND group_id > g.id) FROM g WHERE g.id IS NOT NULL
		)
		SELECT g.id FROM g LEFT JOIN job_turns t ON t.group_id = g.id
		WHERE g.id IS NOT NULL AND EXISTS (SELECT 1 FROM jobs WHERE state = 'queued' AND group_id = g.id AND run_at <= ? AND lane IN (?) AND kind IN (?))
		ORDER BY (SELECT count(*) FROM jobs r WHERE r.state = 'running' AND r.group_id = g.id), coalesce(t.turn, 0), g.id`,
		tx.Now, bun.List(c.Lanes), bun.List(c.Kinds))
}

// NextRun is when the next job that is put off may start; zero when there is
// none.
func (tx *Tx) NextRun(ctx context.Context) (time.Time, error) {
	return value[time.Time](ctx, tx, "SELECT run_at FROM jobs WHERE state = 'queued' AND run_at > ? ORDER BY run_at LIMIT 1", tx.Now)
}

// Beat is a sign of life of the worker that holds a lease.
type Beat struct {
	ID       int64
	Lease    string
	Progress float64
	Stage    string
	Reads    int64
	News     bool   // something of the above is new
	Log      string // to be added
}

// BeatJob notes a sign of life. held is false when the lease is no longer the
// worker's: it must stop, and nothing that it made counts. cancel tells that a
// person asked to stop the job.
func (tx *Tx) BeatJob(ctx context.Context, b Beat) (held, cancel bool, err error) {
	row, held, err := first(all[struct {
		Attempt int
		Cancel  bool
	}](ctx, tx, `UPDATE jobs SET beat_at = ?, progress = ?, stage = ?, reads = ?, changed_at = CASE WHEN ? THEN ? ELSE changed_at END
		WHERE id = ? AND lease = ? AND state = 'running' RETURNING attempt, cancel`,
		tx.Now, b.Progress, b.Stage, b.Reads, b.News || b.Log != "", tx.Now, b.ID, b.Lease))
	if err != nil || !held {
		return false, false, err
	}
	if b.News || b.Log != "" {
		tx.Signal(TopicJob)
	}
	return true, row.Cancel, tx.AppendJobLog(ctx, b.ID, row.Attempt, b.Log)
}

// CancelledLeases lists the leases of a worker whose jobs a person asked to stop.
func (tx *Tx) CancelledLeases(ctx context.Context, worker string) ([]string, error) {
	return all[string](ctx, tx, "SELECT lease FROM jobs WHERE state = 'running' AND cancel AND worker = ?", worker)
}

// Outcome is how an attempt ended.
type Outcome struct {
	State    lab.JobState // done, failed, cancelled, or queued: to be tried again
	RunAt    time.Time    // of queued: not before; zero is now
	Free     bool         // of queued: the attempt does not count
	Code     lab.Code
	Error    string
	ResultID int64
	Log      string // the last of the log
}

// SettleJob ends the attempt of whoever holds the lease; held is false when
// nobody does, and then nothing is written. With the job's own state it settles
// what hangs on it: those that waited for it are queued or go down with it, and
// the successor that it was asked for while it ran is added.
func (tx *Tx) SettleJob(ctx context.Context, id int64, lease string, o Outcome) (held bool, err error) {
	j, held, err := first(all[lab.Job](ctx, tx, tx.locked("SELECT * FROM jobs WHERE id = ? AND lease = ? AND state = 'running'"), id, lease))
	if err != nil || !held {
		return false, err
	}
	return true, tx.settle(ctx, j, o)
}

func (tx *Tx) settle(ctx context.Context, j lab.Job, o Outcome) error {
	attempt, ended, progress := j.Attempt, tx.Now, j.Progress
	if o.State == lab.JobQueued {
		ended, progress = time.Time{}, 0
		if o.Free {
			attempt--
		}
	}
	if o.State == lab.JobDone {
		progress = 1
	}
	if o.RunAt.IsZero() {
		o.RunAt = j.RunAt
	}
	_, err := tx.exec(ctx, `UPDATE jobs SET state = ?, attempt = ?, run_at = ?, worker = CASE WHEN ? THEN '' ELSE worker END, lease = '', cancel = FALSE, again = FALSE,
		progress = ?, error_code = ?, error = ?, result_id = ?, ended_at = ?, changed_at = ? WHERE id = ?`,
		o.State, attempt, o.RunAt.UTC(), o.State == lab.JobQueued, progress, o.Code, o.Error, o.ResultID, noTime(ended), tx.Now, j.ID)
	if err != nil {
		return err
	}
	if err := tx.AppendJobLog(ctx, j.ID, j.Attempt, o.Log); err != nil {
		return err
	}
	tx.Signal(TopicJob)
	tx.Signal(TopicQueue) // a place is free for the group, and the job may be queued again
	if o.State == lab.JobQueued {
		return nil
	}
	if o.State == lab.JobFailed {
		if err := tx.noteFailure(ctx, &j); err != nil {
			return err
		}
	}
	if j.Again {
		next := j
		next.State, next.RunAt, next.RetryOf, next.After = lab.JobQueued, tx.Now, 0, 0
		if _, _, err := tx.insertJob(ctx, next); err != nil {
			return err
		}
	}
	return tx.settleWaiting(ctx, j.ID, o.State)
}

// settleWaiting settles the jobs that wait for one that has ended, and those
// that wait for them.
func (tx *Tx) settleWaiting(ctx context.Context, id int64, state lab.JobState) error {
	if state == lab.JobDone {
		return tx.release(ctx, "after = ? AND after <> 0", id)
	}
	// Each round takes down one more link of the chains.
	for ids := []int64{id}; len(ids) > 0; {
		var next []int64
		for _, id := range ids {
			down, err := all[int64](ctx, tx, `UPDATE jobs SET state = ?, error_code = ?, error = ?, ended_at = ?, changed_at = ?
				WHERE state = 'waiting' AND after = ? AND after <> 0 RETURNING id`,
				state, lab.Conflict, fmt.Sprintf("job %d, which had to be done before, has %s", id, word(state)), tx.Now, tx.Now, id)
			if err != nil {
				return err
			}
			next = append(next, down...)
		}
		ids = next
	}
	return nil
}

// CancelJob ends a job that has not started, with those that wait for it, and
// asks the worker of a running one to stop. One that has ended is a Conflict.
func (tx *Tx) CancelJob(ctx context.Context, id int64) (lab.Job, error) {
	j, err := one[lab.Job](ctx, tx, fmt.Sprintf("job %d", id), tx.locked("SELECT * FROM jobs WHERE id = ?"), id)
	if err != nil {
		return j, err
	}
	tx.Signal(TopicJob)
	switch {
	case j.State.Ended():
		return j, lab.Errorf(lab.Conflict, "job %d has ended: %s", id, j.State)
	case j.State == lab.JobRunning:
		tx.Signal(TopicCancel)
		_, err = tx.exec(ctx, "UPDATE jobs SET cancel = TRUE, changed_at = ? WHERE id = ?", tx.Now, id)
	default:
		err = tx.settle(ctx, j, Outcome{State: lab.JobCancelled})
	}
	if err != nil {
		return j, err
	}
	return tx.JobByID(ctx, id)
}

// TakeBack says whose leases have run out.
type TakeBack struct {
	Before time.Time // no sign of life since
	Worker string    // also all of this worker, which has been started anew; "" for none
	Except []string  // leases that the caller knows to be alive
}

// TakeBackJobs takes the jobs back whose workers are thought dead, and returns
// them as they were. The attempt counts: a job that kills its worker must not be
// tried for ever.
func (tx *Tx) TakeBackJobs(ctx context.Context, t TakeBack) ([]lab.Job, error) {
	// One that is being settled at this moment is locked, and alive.
	lost, err := all[lab.Job](ctx, tx, tx.lockedFree("SELECT * FROM jobs WHERE state = 'running' AND (beat_at < ? OR worker = ?)"), t.Before.UTC(), t.Worker)
	if err != nil {
		return nil, err
	}
	lost = slices.DeleteFunc(lost, func(j lab.Job) bool { return slices.Contains(t.Except, j.Lease) })
	for _, j := range lost {
		o := Outcome{
			State: lab.JobQueued, Code: lab.Unavailable,
			Error: fmt.Sprintf("the worker of attempt %d gave no sign of life any more", j.Attempt),
			Log:   fmt.Sprintf("Attempt %d: the worker %s gave no sign of life since %s; the job is taken back.\n", j.Attempt, j.Worker, j.BeatAt.UTC().Format(time.RFC3339)),
		}
		if j.Cancel {
			o.State, o.Code, o.Error = lab.JobCancelled, "", ""
		} else if j.Attempt >= j.MaxAttempts {
			o.State = lab.JobFailed
		}
		if err := tx.settle(ctx, j, o); err != nil {
			return nil, err
		}
	}
	return lost, nil
}

// ClockSkew is how far this machine's clock is ahead of the database's, as far as
// a question can tell; 0 on SQLite, which has none of its own.
func (s *Store) ClockSkew(ctx context.Context) (skew time.Duration, err error) {
	if s.dialect != Postgres {
		return 0, nil
	}
	err = s.Read(ctx, func(tx *Tx) error {
		there, err := value[time.Time](ctx, tx, "SELECT clock_timestamp()")
		skew = s.now().Sub(there)
		return err
	})
	return skew, err
}

// HoldsLease tells whether the lease of a job is still held, and keeps it so
// until the transaction ends.
func (tx *Tx) HoldsLease(ctx context.Context, id int64, lease string) (bool, error) {
	_, held, err := first(all[int64](ctx, tx, tx.locked("SELECT id FROM jobs WHERE id = ? AND lease = ? AND state = 'running'"), id, lease))
	return held, err
}
