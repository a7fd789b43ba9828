package store

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"vidjil.org/vidjil/internal/lab"
)

// recorder keeps the text of the queries that ran.
type recorder struct {
	mu   sync.Mutex
	list []string
}

func (r *recorder) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, e.Query)
	return ctx
}

func (r *recorder) AfterQuery(context.Context, *bun.QueryEvent) {}

// TestJobPlans asks SQLite how it runs each query that the queue and the pages
// of jobs make, and refuses one that reads all jobs.
func TestJobPlans(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := Open(ctx, Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "vidjil.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	var r recorder
	s.writer = s.writer.WithQueryHook(&r)
	err = s.Write(ctx, func(tx *Tx) error {
		for _, f := range []func() error{
			func() error {
				for range 3 {
					if _, _, err := tx.EnqueueJob(ctx, lab.Job{Kind: lab.JobFuse, Lane: lab.LaneLong, MaxAttempts: 3, Key: "k"}); err != nil {
						return err
					}
				}
				return nil
			},
			func() error {
				c := Claim{Worker: "w", Lease: "l", Lanes: []lab.Lane{lab.LaneLong, lab.LaneShort}, Kinds: []lab.JobKind{lab.JobFuse}}
				_, _, err := tx.ClaimJob(ctx, c)
				return err
			},
			func() error { _, err := tx.NextRun(ctx); return err },
			func() error {
				_, _, err := tx.BeatJob(ctx, Beat{ID: 1, Lease: "l", Log: "x", News: true})
				return err
			},
			func() error { _, err := tx.CancelledLeases(ctx, "w"); return err },
			func() error { _, err := tx.TakeBackJobs(ctx, TakeBack{Before: tx.Now, Worker: "x"}); return err },
			func() error {
				_, err := tx.SettleJob(ctx, 1, "l", Outcome{State: lab.JobFailed, Error: "x"})
				return err
			},
			func() error { _, err := tx.CancelJob(ctx, 1); _ = err; return nil },
			func() error { return tx.ReleaseJobs(ctx, 1) },
			func() error { return tx.settleWaiting(ctx, 1, lab.JobDone) },
			func() error { return tx.settleWaiting(ctx, 1, lab.JobFailed) },
			func() error { _, _, err := tx.SuccessorOf(ctx, 1); return err },
			func() error { _, err := tx.TakenDown(ctx, lab.Job{ID: 1, EndedAt: tx.Now}); return err },
			func() error { _, err := tx.FailedJobs(ctx, 1); return err },
			func() error { _, err := tx.LastJobChange(ctx); return err },
			func() error { _, err := tx.QueuedByGroup(ctx); return err },
			func() error { _, err := tx.QueuedBefore(ctx, lab.Job{}); return err },
			func() error { _, err := tx.JobLog(ctx, 1, 0, 10); return err },
			func() error { _, err := tx.JobsChanged(ctx, time.Now(), 0, 10); return err },
			func() error { _, err := tx.QueueStates(ctx); return err },
			func() error { _, err := tx.Overdue(ctx, time.Now()); return err },
			func() error { _, err := tx.Workers(ctx, time.Now()); return err },
			func() error { _, _, err := tx.Failures(ctx, time.Time{}, 10); return err },
			func() error { _, err := tx.Jobs(ctx, JobFilter{Limit: 10, Before: 9}); return err },
			func() error { _, err := tx.Jobs(ctx, JobFilter{Limit: 10, SetID: 1}); return err },
			func() error { _, err := tx.Jobs(ctx, JobFilter{Limit: 10, SampleID: 1}); return err },
			func() error { _, err := tx.Jobs(ctx, JobFilter{Limit: 10, UserID: 1}); return err },
			func() error {
				for _, s := range lab.JobStates() {
					if _, err := tx.Jobs(ctx, JobFilter{Limit: 10, States: []lab.JobState{s}}); err != nil {
						return err
					}
				}
				return nil
			},
		} {
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.list) < 20 {
		t.Fatalf("%d queries seen: they are looked for in the wrong place", len(r.list))
	}
	for _, q := range r.list {
		// A page of all jobs, or of those done, is read off the table itself, and
		// the last change off its index.
		if strings.Contains(q, "state = 'done'") || strings.Contains(q, "ORDER BY changed_at DESC LIMIT 1") || q == "SELECT * FROM jobs WHERE id < 9 ORDER BY id DESC LIMIT 10" {
			continue
		}
		if !strings.Contains(q, "jobs") && !strings.Contains(q, "job_logs") {
			continue
		}
		plan, err := plan(ctx, s, q)
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		for _, step := range plan {
			// An index whose condition is the query's own holds nothing else.
			partial := strings.Contains(step, "INDEX jobs_queue") || strings.Contains(step, "INDEX jobs_running") || strings.Contains(step, "INDEX jobs_retry") ||
				strings.Contains(step, "INDEX jobs_living") || strings.Contains(step, "INDEX jobs_failed") || strings.Contains(step, "INDEX jobs_cancelled")
			table, _, _ := strings.Cut(strings.TrimPrefix(step, "SCAN "), " ")
			if strings.HasPrefix(step, "SCAN ") && slices.Contains([]string{"jobs", "j", "r", "l", "job_logs", "sample_sets", "sets"}, table) && !partial {
				t.Errorf("%s\n%s", q, strings.Join(plan, "\n"))
			}
		}
	}
}

func plan(ctx context.Context, s *Store, query string) (steps []string, err error) {
	rows, err := s.reader.DB.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return nil, err
		}
		steps = append(steps, detail)
	}
	return steps, rows.Err()
}
