package job_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// TestGhost lets a worker that was thought dead come to its end before it could
// learn of it: no beat is due. Nothing that it made may count, while the second
// attempt runs and after it is done.
func TestGhost(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bench) {
		release := []chan struct{}{1: make(chan struct{}), 2: make(chan struct{}), 3: make(chan struct{})}
		b.pool(job.Config{Name: "w", Workers: 3, Lease: 10 * time.Hour, Beat: time.Hour, Flush: time.Hour, Handlers: handlers(func(_ context.Context, r *job.Run) error {
			r.Finish(func(ctx context.Context, tx *store.Tx) error {
				return tx.PutSetting(ctx, fmt.Sprint("made by ", r.Job.Attempt), "1")
			})
			<-release[r.Job.Attempt]
			return nil
		})})
		id := b.enqueue(lab.Job{})[0].ID
		b.await(id, lab.JobRunning)
		for range 2 {
			b.write(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.TakeBackJobs(ctx, store.TakeBack{Worker: "w"})
				return err
			})
			synctest.Wait()
		}
		if j := b.job(id); j.State != lab.JobRunning || j.Attempt != 3 {
			t.Fatalf("got %s, attempt %d, want the third running", j.State, j.Attempt)
		}
		wantMade := func(when string, want ...string) {
			t.Helper()
			b.write(func(ctx context.Context, tx *store.Tx) error {
				for attempt := 1; attempt <= 3; attempt++ {
					made, err := tx.Setting(ctx, fmt.Sprint("made by ", attempt))
					if err != nil || made != want[attempt-1] {
						t.Errorf("%s: made by attempt %d: got %q (%v), want %q", when, attempt, made, err, want[attempt-1])
					}
				}
				return nil
			})
		}
		close(release[1])
		synctest.Wait()
		if j := b.job(id); j.State != lab.JobRunning {
			t.Errorf("a ghost settled the job of another: %s", j.State)
		}
		wantMade("while it runs", "", "", "")
		close(release[3])
		b.await(id, lab.JobDone)
		close(release[2])
		synctest.Wait()
		wantMade("after it is done", "", "", "1")
		if j := b.job(id); j.State != lab.JobDone || j.Attempt != 3 {
			t.Errorf("got %s, attempt %d", j.State, j.Attempt)
		}
	})
}
