package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// queue is a store with a few words for its jobs.
type queue struct {
	*store.Store
	t      *testing.T
	leases int
}

func eachQueue(t *testing.T, test func(t *testing.T, q *queue)) {
	t.Helper()
	each(t, func(t *testing.T, s *store.Store) { test(t, &queue{Store: s, t: t}) })
}

func (q *queue) write(f func(ctx context.Context, tx *store.Tx) error) {
	q.t.Helper()
	write(q.t, q.Store, f)
}

// add enqueues a job, of kind fuse and the long lane unless it says otherwise.
func (q *queue) add(j lab.Job) lab.Job {
	q.t.Helper()
	if j.Kind == "" {
		j.Kind = lab.JobFuse
	}
	if j.Lane == "" {
		j.Lane = lab.LaneLong
	}
	if j.MaxAttempts == 0 {
		j.MaxAttempts = 3
	}
	q.write(func(ctx context.Context, tx *store.Tx) (err error) {
		j, _, err = tx.EnqueueJob(ctx, j)
		return err
	})
	return j
}

// claim takes the next job for a worker, of all kinds and lanes unless told.
func (q *queue) claim(worker string, lanes ...lab.Lane) (lab.Job, bool) {
	q.t.Helper()
	if len(lanes) == 0 {
		lanes = []lab.Lane{lab.LaneShort, lab.LaneLong}
	}
	q.leases++
	var j lab.Job
	var ok bool
	q.write(func(ctx context.Context, tx *store.Tx) (err error) {
		j, ok, err = tx.ClaimJob(ctx, store.Claim{
			Worker: worker, Lease: fmt.Sprintf("lease %d", q.leases), Lanes: lanes,
			Kinds: []lab.JobKind{lab.JobPreProcess, lab.JobAnalyze, lab.JobImport, lab.JobFuse, lab.JobCollect},
		})
		return err
	})
	return j, ok
}

func (q *queue) settle(j lab.Job, o store.Outcome) {
	q.t.Helper()
	q.write(func(ctx context.Context, tx *store.Tx) error {
		held, err := tx.SettleJob(ctx, j.ID, j.Lease, o)
		if err == nil && !held {
			err = fmt.Errorf("job %d: the lease is lost", j.ID)
		}
		return err
	})
}

func (q *queue) job(id int64) (j lab.Job) {
	q.t.Helper()
	q.write(func(ctx context.Context, tx *store.Tx) (err error) {
		j, err = tx.JobByID(ctx, id)
		return err
	})
	return j
}

func (q *queue) wantState(id int64, want lab.JobState) lab.Job {
	q.t.Helper()
	j := q.job(id)
	if j.State != want {
		q.t.Errorf("job %d: got %s (%s), want %s", id, j.State, j.Error, want)
	}
	return j
}

func (q *queue) ids(list []lab.Job, err error) (ids []int64, _ error) {
	for _, j := range list {
		ids = append(ids, j.ID)
	}
	return ids, err
}

func TestJobRoundTrip(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		want := lab.Job{
			Kind: lab.JobAnalyze, Lane: lab.LaneShort, Priority: 2, GroupID: 3, UserID: 4, SetID: 5, SampleID: 6, ConfigID: 7, ConfigRevisionID: 8,
			PreProcessID: 9, Key: "k", Args: `{"a": 1}`, MaxAttempts: 4, RunAt: time.Date(2026, 5, 1, 10, 0, 0, 120000, time.UTC), TimeoutSec: 60,
		}
		want = q.add(want)
		if diff := cmp.Diff(want, q.job(want.ID)); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
	})
}

func TestJobKeyLivesOnce(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		first := q.add(lab.Job{Kind: lab.JobAnalyze, Key: "sample 1"})
		if got := q.add(lab.Job{Kind: lab.JobAnalyze, Key: "sample 1"}); got.ID != first.ID {
			t.Errorf("a second click on a queued job: got job %d, want %d", got.ID, first.ID)
		}
		running, _ := q.claim("w")
		if got := q.add(lab.Job{Kind: lab.JobAnalyze, Key: "sample 1"}); got.ID != first.ID || got.Again {
			t.Errorf("a second click on a running job: got %+v, want job %d, not again", got, first.ID)
		}
		if other := q.add(lab.Job{Kind: lab.JobAnalyze, Key: "sample 2"}); other.ID == first.ID {
			t.Error("another key has the same job")
		}
		q.settle(running, store.Outcome{State: lab.JobDone})
		if got := q.add(lab.Job{Kind: lab.JobAnalyze, Key: "sample 1"}); got.ID == first.ID {
			t.Error("a job that is done still has its key")
		}
		a, b := q.add(lab.Job{}), q.add(lab.Job{})
		if a.ID == b.ID {
			t.Error("jobs without a key are one")
		}
	})
}

func TestJobCoalesces(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		first := q.add(lab.Job{Key: "set 1", UserID: 7})
		for range 3 {
			if got := q.add(lab.Job{Key: "set 1"}); got.ID != first.ID {
				t.Fatalf("a queued job does not absorb: got job %d, want %d", got.ID, first.ID)
			}
		}
		running, _ := q.claim("w")
		for range 3 {
			if got := q.add(lab.Job{Key: "set 1"}); got.ID != first.ID || !got.Again {
				t.Fatalf("a running job: got %+v, want job %d, to run again", got, first.ID)
			}
		}
		q.settle(running, store.Outcome{State: lab.JobFailed, Error: "no"})
		next, ok := q.claim("w")
		if !ok || next.ID == first.ID || next.UserID != 7 || next.Key != "set 1" || next.Attempt != 1 {
			t.Fatalf("follow-up: got %+v, %t", next, ok)
		}
		if _, ok := q.claim("w"); ok {
			t.Error("there is a second follow-up")
		}
		// Requeued, it will see all that was asked for: no follow-up.
		q.add(lab.Job{Key: "set 1"})
		q.settle(next, store.Outcome{State: lab.JobQueued, Free: true})
		next, _ = q.claim("w")
		if next.Again || next.Attempt != 1 {
			t.Errorf("after a free interruption: got again = %t, attempt %d, want false, 1", next.Again, next.Attempt)
		}
		q.settle(next, store.Outcome{State: lab.JobDone})
		if j, ok := q.claim("w"); ok {
			t.Errorf("got one more job: %+v", j)
		}
	})
}

func TestJobChains(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end       store.Outcome
		want      lab.JobState
		wantError string
	}{
		"done":      {store.Outcome{State: lab.JobDone}, lab.JobQueued, ""},
		"failed":    {store.Outcome{State: lab.JobFailed, Error: "bad"}, lab.JobFailed, "which had to be done before, has failed"},
		"cancelled": {store.Outcome{State: lab.JobCancelled}, lab.JobCancelled, "has been cancelled"},
		"again":     {store.Outcome{State: lab.JobQueued, Error: "busy"}, lab.JobWaiting, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachQueue(t, func(t *testing.T, q *queue) {
				a := q.add(lab.Job{Kind: lab.JobPreProcess})
				b := q.add(lab.Job{Kind: lab.JobAnalyze, After: a.ID})
				c := q.add(lab.Job{Kind: lab.JobFuse, After: b.ID})
				q.wantState(b.ID, lab.JobWaiting)
				a, _ = q.claim("w")
				if j, ok := q.claim("w"); ok {
					t.Fatalf("job %d was given out before its time", j.ID)
				}
				q.settle(a, tt.end)
				if got := q.wantState(b.ID, tt.want); !strings.Contains(got.Error, tt.wantError) {
					t.Errorf("error: got %q, want %q in it", got.Error, tt.wantError)
				}
				want := tt.want
				if tt.want == lab.JobQueued {
					want = lab.JobWaiting // for b
				}
				q.wantState(c.ID, want)
			})
		})
	}
	t.Run("late", func(t *testing.T) {
		t.Parallel()
		eachQueue(t, func(t *testing.T, q *queue) {
			q.add(lab.Job{})
			a, _ := q.claim("w")
			q.settle(a, store.Outcome{State: lab.JobDone})
			q.wantState(q.add(lab.Job{After: a.ID}).ID, lab.JobQueued)
			b, _ := q.claim("w")
			q.settle(b, store.Outcome{State: lab.JobFailed, Error: "bad"})
			err := q.Write(t.Context(), func(tx *store.Tx) error {
				_, _, err := tx.EnqueueJob(t.Context(), lab.Job{Kind: lab.JobFuse, Lane: lab.LaneLong, MaxAttempts: 1, After: b.ID})
				return err
			})
			if got := lab.CodeOf(err); got != lab.Conflict {
				t.Errorf("after a failed job: got %q (%v), want %q", got, err, lab.Conflict)
			}
		})
	})
}

func TestJobsWaitForBytes(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(_ *testing.T, q *queue) {
		j := q.add(lab.Job{Kind: lab.JobAnalyze, SampleID: 5, State: lab.JobWaiting})
		other := q.add(lab.Job{Kind: lab.JobAnalyze, SampleID: 6, State: lab.JobWaiting})
		behind := q.add(lab.Job{Kind: lab.JobFuse, SampleID: 5, After: j.ID})
		q.write(func(ctx context.Context, tx *store.Tx) error { return tx.ReleaseJobs(ctx, 5) })
		q.wantState(j.ID, lab.JobQueued)
		q.wantState(other.ID, lab.JobWaiting)
		q.wantState(behind.ID, lab.JobWaiting)
	})
}

// TestClaimOrder enqueues jobs of several groups and compares the order in which
// one worker gets them, each ended before the next.
func TestClaimOrder(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		for i := range 4 {
			q.add(lab.Job{GroupID: 1, Args: fmt.Sprintf("a%d", i)})
		}
		q.add(lab.Job{GroupID: 2, Args: "b0"})
		q.add(lab.Job{GroupID: 2, Args: "b1 urgent", Priority: 5})
		q.add(lab.Job{GroupID: 3, Args: "c0"})
		q.add(lab.Job{GroupID: 3, Args: "c1 short", Lane: lab.LaneShort})
		q.add(lab.Job{GroupID: 3, Args: "c2 tomorrow", RunAt: time.Now().Add(24 * time.Hour)})
		var got []string
		for {
			j, ok := q.claim("w")
			if !ok {
				break
			}
			got = append(got, j.Args)
			q.settle(j, store.Outcome{State: lab.JobDone})
		}
		want := []string{"a0", "b1 urgent", "c1 short", "a1", "b0", "c0", "a2", "a3"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("want -, got +:\n%s", diff)
		}
		q.write(func(ctx context.Context, tx *store.Tx) error {
			next, err := tx.NextRun(ctx)
			if wait := time.Until(next); wait < 23*time.Hour || wait > 24*time.Hour {
				t.Errorf("next run: got in %s, want tomorrow", wait)
			}
			return err
		})
	})
}

func TestClaimPrefersIdleGroups(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		for range 3 {
			q.add(lab.Job{GroupID: 1})
		}
		for range 3 {
			q.claim("w")
		}
		q.add(lab.Job{GroupID: 2})
		second, _ := q.claim("w") // group 2 had its turn last, but runs less
		q.add(lab.Job{GroupID: 1})
		q.add(lab.Job{GroupID: 2})
		third, _ := q.claim("w")
		if second.GroupID != 2 || third.GroupID != 2 {
			t.Errorf("got groups %d, %d, want 2, 2", second.GroupID, third.GroupID)
		}
		if _, ok := q.claim("w", lab.LaneShort); ok {
			t.Error("a long job came on the short lane")
		}
	})
}

func TestLeaseFences(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		id := q.add(lab.Job{MaxAttempts: 2}).ID
		old, _ := q.claim("first")
		takeBack := func(tb store.TakeBack) (n int) {
			q.write(func(ctx context.Context, tx *store.Tx) error {
				lost, err := tx.TakeBackJobs(ctx, tb)
				n = len(lost)
				return err
			})
			return n
		}
		future := time.Now().Add(time.Hour)
		if n := takeBack(store.TakeBack{Before: time.Now().Add(-time.Hour), Worker: "other"}); n != 0 {
			t.Errorf("%d living jobs were taken back", n)
		}
		if n := takeBack(store.TakeBack{Before: future, Except: []string{old.Lease}}); n != 0 {
			t.Errorf("%d jobs known to be alive were taken back", n)
		}
		if n := takeBack(store.TakeBack{Before: future}); n != 1 {
			t.Fatalf("taken back: got %d, want 1", n)
		}
		q.wantState(id, lab.JobQueued)
		now, _ := q.claim("second")
		if now.ID != id || now.Attempt != 2 || now.Lease == old.Lease {
			t.Fatalf("second attempt: got %+v", now)
		}
		q.write(func(ctx context.Context, tx *store.Tx) error {
			if held, _, err := tx.BeatJob(ctx, store.Beat{ID: id, Lease: old.Lease, News: true, Progress: 0.5, Log: "ghost"}); held || err != nil {
				t.Errorf("beat with the old lease: got %t, %v", held, err)
			}
			if held, err := tx.HoldsLease(ctx, id, old.Lease); held || err != nil {
				t.Errorf("holds the old lease: got %t, %v", held, err)
			}
			held, err := tx.SettleJob(ctx, id, old.Lease, store.Outcome{State: lab.JobDone})
			if held {
				t.Error("settled with the old lease")
			}
			return err
		})
		if j := q.wantState(id, lab.JobRunning); j.Progress != 0 {
			t.Error("the fenced worker wrote")
		}
		// The last attempt: lost again, it has failed; by name this time.
		if n := takeBack(store.TakeBack{Worker: "second"}); n != 1 {
			t.Fatalf("by name: got %d, want 1", n)
		}
		j := q.wantState(id, lab.JobFailed)
		if j.ErrorCode != lab.Unavailable || j.Error == "" {
			t.Errorf("got %q, %q", j.ErrorCode, j.Error)
		}
		q.write(func(ctx context.Context, tx *store.Tx) error {
			log, err := tx.JobLog(ctx, id, 0, 10)
			if len(log) != 2 || log[0].Attempt != 1 || log[1].Attempt != 2 || log[1].Piece != 2 || strings.Contains(log[0].Text+log[1].Text, "ghost") {
				t.Errorf("log: got %+v", log)
			}
			return err
		})
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		cancel := func(id int64) (err error) {
			return q.Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.CancelJob(t.Context(), id)
				return err
			})
		}
		a := q.add(lab.Job{})
		b := q.add(lab.Job{After: a.ID})
		if err := cancel(a.ID); err != nil {
			t.Fatal(err)
		}
		q.wantState(a.ID, lab.JobCancelled)
		q.wantState(b.ID, lab.JobCancelled)
		if got := lab.CodeOf(cancel(a.ID)); got != lab.Conflict {
			t.Errorf("cancelled twice: got %q, want %q", got, lab.Conflict)
		}
		if got := lab.CodeOf(cancel(99)); got != lab.NotFound {
			t.Errorf("not there: got %q, want %q", got, lab.NotFound)
		}
		q.add(lab.Job{})
		c, _ := q.claim("w")
		if err := cancel(c.ID); err != nil {
			t.Fatal(err)
		}
		q.wantState(c.ID, lab.JobRunning)
		q.write(func(ctx context.Context, tx *store.Tx) error {
			held, told, err := tx.BeatJob(ctx, store.Beat{ID: c.ID, Lease: c.Lease})
			if !held || !told || err != nil {
				t.Errorf("beat: got %t, %t, %v, want the lease held and the wish told", held, told, err)
			}
			leases, err := tx.CancelledLeases(ctx, "w")
			if !slices.Equal(leases, []string{c.Lease}) {
				t.Errorf("cancelled leases: got %v", leases)
			}
			return err
		})
		// Its worker dies before it hears of it: the wish stands.
		q.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.TakeBackJobs(ctx, store.TakeBack{Worker: "w"})
			return err
		})
		q.wantState(c.ID, lab.JobCancelled)
	})
}

func TestJobLists(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		u := lab.User{Email: "a@b", Name: "A", State: lab.UserActive, Source: "local"}
		var jobs []lab.Job
		q.write(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.InsertUser(ctx, &u); err != nil {
				return err
			}
			g := lab.Group{Name: "g", Kind: lab.GroupOrdinary}
			if err := tx.InsertGroup(ctx, &g); err != nil {
				return err
			}
			for _, query := range []string{
				fmt.Sprintf("INSERT INTO sets (id, kind, group_id, name, created_at, changed_at) VALUES (1, 'set', %[1]d, 'a', ?, ?), (2, 'set', %[1]d, 'b', ?, ?)", g.ID),
				"INSERT INTO samples (id, created_at, changed_at) VALUES (10, ?, ?), (20, ?, ?)",
			} {
				if _, err := tx.NewRaw(query, tx.Now, tx.Now, tx.Now, tx.Now).Exec(ctx); err != nil {
					return err
				}
			}
			_, err := tx.NewRaw("INSERT INTO sample_sets (sample_id, set_id) VALUES (10, 1), (10, 2), (20, 2)").Exec(ctx)
			return err
		})
		for _, j := range []lab.Job{
			{SampleID: 10, Kind: lab.JobAnalyze, Key: "k"},
			{SampleID: 20, UserID: u.ID},
			{SetID: 1, UserID: u.ID},
			{},
		} {
			jobs = append(jobs, q.add(j))
		}
		for range jobs {
			j, _ := q.claim("w")
			if j.ID != jobs[3].ID {
				q.settle(j, store.Outcome{State: lab.JobFailed, Error: "no"})
			}
		}
		q.write(func(ctx context.Context, tx *store.Tx) error {
			for name, tt := range map[string]struct {
				f    store.JobFilter
				want []int64
			}{
				"all":       {store.JobFilter{}, []int64{4, 3, 2, 1}},
				"page":      {store.JobFilter{Before: 4, Limit: 2}, []int64{3, 2}},
				"set 1":     {store.JobFilter{SetID: 1}, []int64{3, 1}},
				"set 2":     {store.JobFilter{SetID: 2}, []int64{2, 1}},
				"sample":    {store.JobFilter{SampleID: 20}, []int64{2}},
				"person":    {store.JobFilter{UserID: u.ID}, []int64{3, 2}},
				"states":    {store.JobFilter{States: []lab.JobState{lab.JobRunning, lab.JobDone}}, []int64{4}},
				"kinds":     {store.JobFilter{SetID: 1, Kinds: []lab.JobKind{lab.JobAnalyze}}, []int64{1}},
				"all of it": {store.JobFilter{SetID: 1, UserID: u.ID, States: []lab.JobState{lab.JobFailed}, Before: 9, Limit: 9}, []int64{3}},
			} {
				got, err := q.ids(tx.Jobs(ctx, tt.f))
				if err != nil {
					return err
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%s: want -, got +:\n%s", name, diff)
				}
			}
			got, err := q.ids(tx.FailedJobs(ctx, 1))
			if diff := cmp.Diff([]int64{1, 3}, got); diff != "" {
				t.Errorf("failed of set 1: want -, got +:\n%s", diff)
			}
			sets, err2 := tx.SetsOfJobs(ctx, []lab.Job{{ID: 7, SampleID: 10, SetID: 1}, {ID: 8, SetID: 2}, {ID: 9, SampleID: 20}, {ID: 10}})
			if diff := cmp.Diff(map[int64][]int64{7: {1, 2}, 8: {2}, 9: {2}}, sets); diff != "" || err2 != nil {
				t.Errorf("sets: %v, want -, got +:\n%s", err2, diff)
			}
			second := q.job2(ctx, tx, 2)
			from, err3 := q.ids(tx.JobsChanged(ctx, second.ChangedAt, 1, 10))
			behind, err4 := q.ids(tx.JobsChanged(ctx, second.ChangedAt, 2, 10))
			if len(from) < 2 || from[0] != 2 || slices.Contains(behind, 2) || len(behind) != len(from)-1 || err3 != nil || err4 != nil {
				t.Errorf("changed: got %v, and behind job 2 %v (%v, %v)", from, behind, err3, err4)
			}
			if last, err := tx.LastJobChange(ctx); err != nil || last.Before(second.ChangedAt) {
				t.Errorf("last change: got %s, %v", last, err)
			}
			return err
		})
		// Asked for anew, or tried again: it is no longer to be tried.
		q.add(lab.Job{Kind: lab.JobAnalyze, Key: "k"})
		q.add(lab.Job{RetryOf: 3})
		q.write(func(ctx context.Context, tx *store.Tx) error {
			got, err := q.ids(tx.FailedJobs(ctx, 1))
			if len(got) != 0 {
				t.Errorf("failed of set 1: got %v, want none", got)
			}
			return err
		})
	})
}

func (q *queue) job2(ctx context.Context, tx *store.Tx, id int64) lab.Job {
	j, err := tx.JobByID(ctx, id)
	if err != nil {
		q.t.Error(err)
	}
	return j
}
