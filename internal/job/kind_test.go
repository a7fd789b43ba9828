package job_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

func TestEnqueueIsOfTheTransaction(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		b := newBench(t, url)
		stop := errors.New("stop")
		err := b.Write(t.Context(), func(tx *store.Tx) error {
			if _, n, err := job.Enqueue(t.Context(), tx, lab.Job{Kind: lab.JobFuse, Key: "b"}, lab.Job{Kind: lab.JobAnalyze, Key: "a"}); n != 2 || err != nil {
				t.Errorf("enqueue: got %d, %v", n, err)
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		got := b.enqueue(lab.Job{Key: "b"}, lab.Job{Kind: lab.JobAnalyze, Key: "a"}, lab.Job{Key: "b"})
		if got[0].Key != "b" || got[1].Key != "a" || got[2].ID != got[0].ID {
			t.Errorf("enqueued: got %+v", got)
		}
		if got[1].Lane != lab.LaneLong || got[1].TimeoutSec != 24*3600 || got[0].Lane != lab.LaneShort || got[0].MaxAttempts != 3 {
			t.Errorf("defaults: got %+v", got)
		}
	})
}

func TestRetry(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bench) {
		var healed atomic.Bool
		b.pool(job.Config{Workers: 1, Handlers: handlers(func(context.Context, *job.Run) error {
			if !healed.Load() {
				return lab.Errorf(lab.Invalid, "no")
			}
			return nil
		})})
		ids := make([]int64, 3) // a ◀ b ◀ c
		b.write(func(ctx context.Context, tx *store.Tx) error {
			after := int64(0)
			for i := range ids {
				got, _, err := job.Enqueue(ctx, tx, lab.Job{Kind: lab.JobAnalyze, After: after, Args: fmt.Sprint(i), Key: fmt.Sprint("key ", i)})
				if err != nil {
					return err
				}
				ids[i], after = got[0].ID, got[0].ID
			}
			return nil
		})
		for _, id := range ids {
			b.await(id, lab.JobFailed)
		}
		healed.Store(true)
		retry := func(id int64) (j lab.Job, err error) {
			err = b.Write(t.Context(), func(tx *store.Tx) (err error) {
				j, err = job.Retry(t.Context(), tx, id, 42)
				return err
			})
			return j, err
		}
		// In the middle of the chain: all of it comes back, in its order.
		second, err := retry(ids[1])
		if err != nil {
			t.Fatal(err)
		}
		twice, err := retry(ids[1])
		if err != nil || twice.ID != second.ID {
			t.Errorf("a double click: got job %d (%v), want %d", twice.ID, err, second.ID)
		}
		if second.RetryOf != ids[1] || second.UserID != 42 || second.Args != "1" {
			t.Errorf("got %+v", second)
		}
		for _, id := range ids {
			if got := b.job(id).State; got != lab.JobFailed {
				t.Errorf("history: job %d is %s, want failed", id, got)
			}
			var next lab.Job
			b.write(func(ctx context.Context, tx *store.Tx) (err error) {
				var ok bool
				if next, ok, err = tx.SuccessorOf(ctx, id); !ok {
					t.Fatalf("job %d has no successor", id)
				}
				return err
			})
			b.await(next.ID, lab.JobDone)
		}
		if _, err := retry(ids[0]); lab.CodeOf(err) != lab.Conflict {
			t.Errorf("retry of what is done by now: got %v, want a conflict", err)
		}
	})
}

// TestPosition compares the estimate with the turn that each job really has when
// one worker takes them all.
func TestPosition(t *testing.T) {
	t.Parallel()
	b := newBench(t, storetest.SQLite(t))
	var jobs []lab.Job
	for group, n := range []int{6, 3, 1} {
		for i := range n {
			jobs = append(jobs, b.enqueue(lab.Job{GroupID: int64(group), Priority: i % 2})...)
		}
	}
	estimate := map[int64]int{}
	b.write(func(ctx context.Context, tx *store.Tx) error {
		for _, j := range jobs {
			var err error
			if estimate[j.ID], err = job.Position(ctx, tx, j); err != nil {
				return err
			}
		}
		return nil
	})
	for turn := 1; turn <= len(jobs); turn++ {
		b.write(func(ctx context.Context, tx *store.Tx) error {
			lease := fmt.Sprint("lease ", turn)
			j, ok, err := tx.ClaimJob(ctx, store.Claim{Worker: "w", Lease: lease, Lanes: []lab.Lane{lab.LaneShort}, Kinds: []lab.JobKind{lab.JobFuse}})
			if err != nil || !ok {
				t.Fatalf("claim: %t, %v", ok, err)
			}
			// Of each other group one more or less may come before.
			if got := estimate[j.ID]; got < turn-2 || got > turn {
				t.Errorf("job %d of group %d: estimated place %d, had turn %d", j.ID, j.GroupID, got, turn)
			}
			_, err = tx.SettleJob(ctx, j.ID, lease, store.Outcome{State: lab.JobDone})
			return err
		})
	}
}
