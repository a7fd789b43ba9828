package job

import (
	"cmp"
	"context"
	"slices"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// defaults are what a job gets that does not say otherwise.
type defaults struct {
	lane     lab.Lane
	attempts int
	timeout  time.Duration // of an attempt
}

// kinds is the table of defaults. The timeouts are there to end what hangs, not
// what is slow: the largest sequencing runs take a few hours.
func kinds(k lab.JobKind) defaults {
	switch k {
	case lab.JobAnalyze, lab.JobPreProcess:
		return defaults{lab.LaneLong, 3, 24 * time.Hour}
	default:
		return defaults{lab.LaneShort, 3, 2 * time.Hour}
	}
}

// Enqueue adds jobs in the caller's transaction: when that fails there are none,
// and when it is committed, they will run. Where a living job has the key of
// one, that job stands for it. The jobs are returned in the order given; added
// counts those that are new. Lane, MaxAttempts and TimeoutSec of zero are the
// kind's.
func Enqueue(ctx context.Context, tx *store.Tx, jobs ...lab.Job) (got []lab.Job, added int, err error) {
	// Keys are locked in one order by everybody: two who enqueue the same ones
	// do not wait for each other in a circle.
	order := make([]int, len(jobs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(jobs[a].Key, jobs[b].Key) })
	got = make([]lab.Job, len(jobs))
	for _, i := range order {
		j, isNew, err := tx.EnqueueJob(ctx, from(ctx, complete(jobs[i])))
		if err != nil {
			return nil, 0, err
		}
		got[i] = j
		if isNew {
			added++
		}
	}
	return got, added, nil
}

func complete(j lab.Job) lab.Job {
	d := kinds(j.Kind)
	if j.Lane == "" {
		j.Lane = d.lane
	}
	if j.MaxAttempts == 0 {
		j.MaxAttempts = d.attempts
	}
	if j.TimeoutSec == 0 {
		j.TimeoutSec = int64(d.timeout / time.Second)
	}
	return j
}

// Retry tries a failed or cancelled job again by a new one, and with it what it
// took down and what it waits for; userID is who asks. A job that has a
// successor already stands for nothing any more: the successor is returned, or
// tried again in turn if that has failed too.
func Retry(ctx context.Context, tx *store.Tx, id, userID int64) (lab.Job, error) {
	j, err := latest(ctx, tx, id)
	if err != nil {
		return j, err
	}
	switch {
	case j.State.Living():
		return j, nil
	case j.State == lab.JobDone:
		return j, lab.Errorf(lab.Conflict, "job %d is done", j.ID)
	}
	next := again(j, userID)
	if j.After != 0 {
		first, err := latest(ctx, tx, j.After)
		if err != nil {
			return j, err
		}
		if first.State == lab.JobFailed || first.State == lab.JobCancelled {
			// Trying that one again brings this one back with it if it was
			// taken down; otherwise it is added behind it.
			if first, err = Retry(ctx, tx, first.ID, userID); err != nil {
				return j, err
			}
			if successor, ok, err := tx.SuccessorOf(ctx, j.ID); err != nil || ok {
				return successor, err
			}
		}
		next.After = first.ID
	}
	got, _, err := tx.EnqueueJob(ctx, from(ctx, next))
	if err != nil {
		return got, err
	}
	return got, revive(ctx, tx, j, got.ID, userID)
}

// revive brings back the jobs that old took down, behind its successor.
func revive(ctx context.Context, tx *store.Tx, old lab.Job, successor, userID int64) error {
	down, err := tx.TakenDown(ctx, old)
	if err != nil {
		return err
	}
	for _, j := range down {
		if _, ok, err := tx.SuccessorOf(ctx, j.ID); err != nil {
			return err
		} else if ok {
			continue
		}
		next := again(j, userID)
		next.After = successor
		got, _, err := tx.EnqueueJob(ctx, from(ctx, next))
		if err != nil {
			return err
		}
		if err := revive(ctx, tx, j, got.ID, userID); err != nil {
			return err
		}
	}
	return nil
}

// latest follows a job to the last of its successors.
func latest(ctx context.Context, tx *store.Tx, id int64) (lab.Job, error) {
	j, err := tx.JobByID(ctx, id)
	for err == nil {
		next, ok, err := tx.SuccessorOf(ctx, j.ID)
		if err != nil || !ok {
			return j, err
		}
		j = next
	}
	return j, err
}

// again is what a job was asked for.
func again(j lab.Job, userID int64) lab.Job {
	return lab.Job{
		Kind: j.Kind, Lane: j.Lane, Priority: j.Priority, GroupID: j.GroupID, UserID: userID,
		SetID: j.SetID, SampleID: j.SampleID, ConfigID: j.ConfigID, ConfigRevisionID: j.ConfigRevisionID, PreProcessID: j.PreProcessID,
		RetryOf: j.ID, Key: j.Key, Args: j.Args, MaxAttempts: j.MaxAttempts, TimeoutSec: j.TimeoutSec,
	}
}

// Position estimates the place of a queued job in the queue: 1 is next. It is
// exact within the job's group; of each other group as many jobs are counted as
// will have their turn before it. It is 0 for a job that is not queued.
func Position(ctx context.Context, tx *store.Tx, j lab.Job) (int, error) {
	if j.State != lab.JobQueued {
		return 0, nil
	}
	before, err := tx.QueuedBefore(ctx, j)
	if err != nil {
		return 0, err
	}
	groups, err := tx.QueuedByGroup(ctx)
	if err != nil {
		return 0, err
	}
	place := 1 + before
	for id, n := range groups {
		if id != j.GroupID {
			place += min(n, before)
		}
	}
	return place, nil
}
