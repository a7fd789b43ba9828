package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"vidjil.org/vidjil/internal/lab"
)

// The conditions of the indexes jobs_living and jobs_key, word for word: both
// engines use a partial index only where they see its condition.
const (
	livingState = "state IN ('waiting', 'queued', 'running')"
	living      = "key <> '' AND " + livingState
)

// JobByID returns a job.
func (tx *Tx) JobByID(ctx context.Context, id int64) (lab.Job, error) {
	return one[lab.Job](ctx, tx, fmt.Sprintf("job %d", id), "SELECT * FROM jobs WHERE id = ?", id)
}

// LivingJob returns the job that has the key now; ok is false when none has.
func (tx *Tx) LivingJob(ctx context.Context, key string) (j lab.Job, ok bool, err error) {
	return first(all[lab.Job](ctx, tx, "SELECT * FROM jobs WHERE key = ? AND "+living, key))
}

// first is the first of rows, if there is one.
func first[T any](rows []T, err error) (row T, ok bool, _ error) {
	if err != nil || len(rows) == 0 {
		return row, false, err
	}
	return rows[0], true, nil
}

// JobFilter chooses jobs; zero fields choose all.
type JobFilter struct {
	SetID    int64 // of the set, or of one of its samples
	SampleID int64
	UserID   int64
	States   []lab.JobState
	Kinds    []lab.JobKind
	Before   int64 // ids below it: where the page before ended
	Limit    int   // 0 is no limit
}

// Jobs lists jobs, the newest first.
func (tx *Tx) Jobs(ctx context.Context, f JobFilter) ([]lab.Job, error) {
	var where []string
	var args []any
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if f.SetID != 0 {
		// Two lists by two indexes; as one condition with OR, PostgreSQL would
		// read all jobs.
		add("id IN (SELECT id FROM jobs WHERE set_id = ? UNION ALL SELECT j.id FROM sample_sets s JOIN jobs j ON j.sample_id = s.sample_id WHERE s.set_id = ?)", f.SetID, f.SetID)
	}
	if f.SampleID != 0 {
		add("sample_id = ?", f.SampleID)
	}
	if f.UserID != 0 {
		add("user_id = ?", f.UserID)
	}
	if len(f.States) > 0 {
		if !slices.ContainsFunc(f.States, lab.JobState.Ended) {
			add(livingState)
		}
		if len(f.States) == 1 {
			add("state = ?", f.States[0])
		} else {
			add("state IN (?)", bun.List(f.States))
		}
	}
	if len(f.Kinds) > 0 {
		add("kind IN (?)", bun.List(f.Kinds))
	}
	if f.Before != 0 {
		add("id < ?", f.Before)
	}
	query := "SELECT * FROM jobs"
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	query += " ORDER BY id DESC"
	if f.Limit > 0 {
		query, args = query+" LIMIT ?", append(args, f.Limit)
	}
	return all[lab.Job](ctx, tx, query, args...)
}

// JobsChanged lists up to limit jobs in the order of their last change, from
// behind a place in it on: a time, and the number of the job then. Transactions
// that were open at the same time may commit in another order than that of their
// times: who follows changes begins a while before the last one seen.
func (tx *Tx) JobsChanged(ctx context.Context, since time.Time, after int64, limit int) ([]lab.Job, error) {
	return all[lab.Job](ctx, tx, "SELECT * FROM jobs WHERE (changed_at, id) > (?, ?) ORDER BY changed_at, id LIMIT ?", since.UTC(), after, limit)
}

// LastJobChange is when a job changed last; zero when there is none.
func (tx *Tx) LastJobChange(ctx context.Context) (time.Time, error) {
	return value[time.Time](ctx, tx, "SELECT changed_at FROM jobs ORDER BY changed_at DESC LIMIT 1")
}

// SuccessorOf returns the job that tries a failed or cancelled one again.
func (tx *Tx) SuccessorOf(ctx context.Context, id int64) (j lab.Job, ok bool, err error) {
	return first(all[lab.Job](ctx, tx, "SELECT * FROM jobs WHERE retry_of = ? AND retry_of <> 0", id))
}

// TakenDown lists the jobs that ended in the same transaction as job j because
// they waited for it. (One that a person cancelled before has another time.)
func (tx *Tx) TakenDown(ctx context.Context, j lab.Job) ([]lab.Job, error) {
	return all[lab.Job](ctx, tx, "SELECT * FROM jobs WHERE after = ? AND after <> 0 AND started_at IS NULL AND state IN ('failed', 'cancelled') AND ended_at = ? ORDER BY id",
		j.ID, noTime(j.EndedAt))
}

// FailedJobs lists the failed jobs of a set and its samples, the oldest first,
// without those that were tried again or asked for anew.
func (tx *Tx) FailedJobs(ctx context.Context, setID int64) ([]lab.Job, error) {
	return all[lab.Job](ctx, tx, `SELECT * FROM jobs WHERE state = 'failed'
		AND id IN (SELECT id FROM jobs WHERE set_id = ? UNION ALL SELECT j.id FROM sample_sets s JOIN jobs j ON j.sample_id = s.sample_id WHERE s.set_id = ?)
		AND id NOT IN (SELECT retry_of FROM jobs WHERE retry_of <> 0)
		AND NOT EXISTS (SELECT 1 FROM jobs l WHERE l.key = jobs.key AND l.key <> '' AND l.id > jobs.id) ORDER BY id`, setID, setID)
}

// SetsOfJobs returns the sets that each of the jobs is about: its own, and those
// of its sample.
func (tx *Tx) SetsOfJobs(ctx context.Context, jobs []lab.Job) (map[int64][]int64, error) {
	var samples []int64
	for i := range jobs {
		samples = append(samples, jobs[i].SampleID)
	}
	list, err := tx.MembershipsOf(ctx, samples)
	if err != nil {
		return nil, err
	}
	of := map[int64][]int64{} // by sample
	for _, m := range list {
		of[m.SampleID] = append(of[m.SampleID], m.SetID)
	}
	sets := make(map[int64][]int64, len(jobs))
	for i := range jobs {
		j := &jobs[i]
		if j.SampleID != 0 {
			sets[j.ID] = append(sets[j.ID], of[j.SampleID]...)
		}
		if j.SetID != 0 && !slices.Contains(sets[j.ID], j.SetID) {
			sets[j.ID] = append(sets[j.ID], j.SetID)
		}
	}
	return sets, nil
}

// QueuedByGroup counts the jobs of each group that wait for a worker.
func (tx *Tx) QueuedByGroup(ctx context.Context) (map[int64]int, error) {
	rows, err := all[struct {
		GroupID int64
		N       int
	}](ctx, tx, "SELECT group_id, count(*) AS n FROM jobs WHERE state = 'queued' GROUP BY group_id")
	m := make(map[int64]int, len(rows))
	for _, r := range rows {
		m[r.GroupID] = r.N
	}
	return m, err
}

// QueuedBefore counts the queued jobs of j's group that are taken before j.
func (tx *Tx) QueuedBefore(ctx context.Context, j lab.Job) (int, error) {
	return value[int](ctx, tx, `SELECT count(*) FROM jobs WHERE state = 'queued' AND group_id = ? AND (priority > ?
		OR priority = ? AND (lane > ? OR lane = ? AND (run_at, id) < (?, ?)))`,
		j.GroupID, j.Priority, j.Priority, j.Lane, j.Lane, j.RunAt.UTC(), j.ID)
}

// AppendJobLog adds text to the log of a job, as of its attempt.
func (tx *Tx) AppendJobLog(ctx context.Context, id int64, attempt int, text string) error {
	if text == "" {
		return nil
	}
	_, err := tx.exec(ctx, `INSERT INTO job_logs (job_id, piece, attempt, at, text)
		SELECT ?, coalesce(max(piece), 0) + 1, ?, ?, ? FROM job_logs WHERE job_id = ?`, id, attempt, tx.Now, text, id)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "UPDATE jobs SET log_bytes = log_bytes + ? WHERE id = ?", len(text), id)
	return err
}

// JobLog lists up to limit pieces of the log of a job after a piece (0: from the
// start).
func (tx *Tx) JobLog(ctx context.Context, id int64, after, limit int) ([]lab.LogPiece, error) {
	return all[lab.LogPiece](ctx, tx, "SELECT * FROM job_logs WHERE job_id = ? AND piece > ? ORDER BY piece LIMIT ?", id, after, limit)
}
