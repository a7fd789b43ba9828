package job_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// bench is a store with a pool's worth of words. In a bubble its times are
// those of the bubble's clock.
type bench struct {
	*store.Store
	t *testing.T
}

// bubble runs a test of times on SQLite with a clock of its own. (PostgreSQL
// answers from outside the bubble, whose clock would stand still.)
func bubble(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	url := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) { test(t, newBench(t, url)) })
}

func newBench(t *testing.T, url string) *bench {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &bench{s, t}
}

// pool starts a pool that ends with the test.
func (b *bench) pool(c job.Config) *job.Pool {
	b.t.Helper()
	c.Store = b.Store
	if c.Workers == 0 {
		c.Workers = 2
	}
	p, err := job.New(c)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := p.Start(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if err := p.Stop(context.Background()); err != nil {
			b.t.Error(err)
		}
	})
	return p
}

// handlers makes one handler that of all kinds.
func handlers(h job.Handler) map[lab.JobKind]job.Handler {
	m := map[lab.JobKind]job.Handler{}
	for _, k := range []lab.JobKind{lab.JobPreProcess, lab.JobAnalyze, lab.JobImport, lab.JobFuse, lab.JobCollect} {
		m[k] = h
	}
	return m
}

func (b *bench) write(f func(ctx context.Context, tx *store.Tx) error) {
	b.t.Helper()
	if err := b.Write(b.t.Context(), func(tx *store.Tx) error { return f(b.t.Context(), tx) }); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) enqueue(jobs ...lab.Job) []lab.Job {
	b.t.Helper()
	for i := range jobs {
		if jobs[i].Kind == "" {
			jobs[i].Kind = lab.JobFuse
		}
	}
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		jobs, _, err = job.Enqueue(ctx, tx, jobs...)
		return err
	})
	return jobs
}

func (b *bench) job(id int64) (j lab.Job) {
	b.t.Helper()
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		j, err = tx.JobByID(ctx, id)
		return err
	})
	return j
}

// log is the text of a job's log.
func (b *bench) log(id int64) string {
	b.t.Helper()
	var text strings.Builder
	b.write(func(ctx context.Context, tx *store.Tx) error {
		pieces, err := tx.JobLog(ctx, id, 0, 10_000)
		for _, p := range pieces {
			text.WriteString(p.Text)
		}
		return err
	})
	return text.String()
}

// await waits until the job is in the state, as told by the store's signals.
func (b *bench) await(id int64, want lab.JobState) lab.Job {
	b.t.Helper()
	changed := make(chan struct{}, 1)
	stop := b.Subscribe(func(string) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer stop()
	limit := time.After(10 * time.Minute)
	for {
		j := b.job(id)
		if j.State == want {
			return j
		}
		select {
		case <-changed:
		case <-limit:
			b.t.Fatalf("job %d: got %s (%s), want %s", id, j.State, j.Error, want)
		}
	}
}

func TestWorkOnBoth(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		b := newBench(t, url)
		b.pool(job.Config{Name: "w", Workers: 4, Handlers: handlers(func(_ context.Context, r *job.Run) error {
			r.Progress(0.5, 10, "counting")
			r.Printf("hello %s", r.Job.Args)
			r.Finish(func(ctx context.Context, tx *store.Tx) error {
				r.SetResult(r.Job.ID + 1000)
				return tx.PutSetting(ctx, "made "+r.Job.Args, "1")
			})
			return nil
		})})
		pre := b.enqueue(lab.Job{Kind: lab.JobPreProcess, Args: "p"})[0]
		last := b.enqueue(lab.Job{Args: "f", After: pre.ID})[0]
		got := b.await(last.ID, lab.JobDone)
		if got.ResultID != last.ID+1000 || got.Progress != 1 || got.Reads != 0 && got.Reads != 10 || got.Attempt != 1 || got.EndedAt.IsZero() {
			t.Errorf("got %+v", got)
		}
		if got := b.log(last.ID); !strings.Contains(got, "Attempt 1 begins on w.\nhello f\nAttempt 1 is done.\n") {
			t.Errorf("log: got %q", got)
		}
		if b.job(pre.ID).EndedAt.After(got.StartedAt) {
			t.Error("a job began before the one that it comes after was done")
		}
		b.write(func(ctx context.Context, tx *store.Tx) error {
			made, err := tx.Setting(ctx, "made f")
			if made != "1" {
				t.Error("what the job made was not committed with it")
			}
			return err
		})
	})
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		handle   job.Handler
		want     lab.JobState
		attempts int
		code     lab.Code
		text     string
		took     time.Duration // from the first start to the end
	}{
		"done": {func(context.Context, *job.Run) error { return nil }, lab.JobDone, 1, "", "", 0},
		"invalid": {
			func(context.Context, *job.Run) error { return lab.Errorf(lab.Invalid, "record 3 has no quality") },
			lab.JobFailed, 1, lab.Invalid, "record 3 has no quality", 0,
		},
		"no space": {func(context.Context, *job.Run) error {
			return fmt.Errorf("put blob: %w", lab.Errorf(lab.NoSpace, "the disk is full"))
		}, lab.JobFailed, 3, lab.NoSpace, "the disk is full", 50 * time.Second},
		"secret": {
			func(context.Context, *job.Run) error { return errors.New("open MARIE_CURIE.fastq") },
			lab.JobFailed, 3, lab.Internal, "internal error; the server's log knows more of job 1", 50 * time.Second,
		},
		"panic": {func(context.Context, *job.Run) error { panic("MARIE_CURIE") }, lab.JobFailed, 1, lab.Internal, "internal error; the server's log knows more of job 1", 0},
		"timeout": {
			func(ctx context.Context, _ *job.Run) error { <-ctx.Done(); return ctx.Err() },
			lab.JobFailed, 1, lab.TooLarge, "it took longer than 1m30s, the limit of a job of this kind", 90 * time.Second,
		},
		"finish fails": {func(_ context.Context, r *job.Run) error {
			r.Finish(func(ctx context.Context, tx *store.Tx) error {
				if err := tx.PutSetting(ctx, "made", "1"); err != nil {
					return err
				}
				return lab.Errorf(lab.Conflict, "the sample is gone")
			})
			return nil
		}, lab.JobFailed, 1, lab.Conflict, "the sample is gone", 0},
		"heals": {func(_ context.Context, r *job.Run) error {
			if r.Job.Attempt == 1 {
				return lab.Errorf(lab.Unreachable, "no answer")
			}
			return nil
		}, lab.JobDone, 2, "", "", 10 * time.Second},
		"lost answer": {
			func(context.Context, *job.Run) error { return context.DeadlineExceeded },
			lab.JobFailed, 3, lab.Unavailable, "something that the job needs did not answer in time", 50 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, b *bench) {
				var out bytes.Buffer
				b.pool(job.Config{Name: "w", Handlers: handlers(tt.handle), Log: slog.New(slog.NewTextHandler(&out, nil))})
				start := time.Now()
				id := b.enqueue(lab.Job{TimeoutSec: 90})[0].ID
				j := b.await(id, tt.want)
				if j.Attempt != tt.attempts || j.ErrorCode != tt.code || j.Error != tt.text {
					t.Errorf("got attempt %d, %q, %q, want %d, %q, %q", j.Attempt, j.ErrorCode, j.Error, tt.attempts, tt.code, tt.text)
				}
				if took := j.EndedAt.Sub(start).Round(time.Second); took != tt.took {
					t.Errorf("took %s, want %s", took, tt.took)
				}
				if log := b.log(id); strings.Contains(log, "MARIE") {
					t.Errorf("the job's log tells what was not written for people:\n%s", log)
				}
				synctest.Wait() // the last line is logged after the end is in the store
				if name == "panic" && !strings.Contains(out.String(), "pool_test.go") {
					t.Error("the server's log has no stack of the panic")
				}
				b.write(func(ctx context.Context, tx *store.Tx) error {
					made, err := tx.Setting(ctx, "made")
					if made != "" {
						t.Error("a change of a failed job was committed")
					}
					return err
				})
			})
		})
	}
}

func TestBeatsKeepTheLease(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bench) {
		release := make(chan struct{})
		b.pool(job.Config{Name: "a", Handlers: handlers(func(_ context.Context, r *job.Run) error {
			r.Progress(0.25, 1000, "reading")
			r.Printf("first")
			<-release
			return nil
		})})
		b.pool(job.Config{Name: "b", Handlers: handlers(func(context.Context, *job.Run) error {
			t.Error("a living job was given to another worker")
			return nil
		}), Lanes: []lab.Lane{lab.LaneLong}})
		id := b.enqueue(lab.Job{})[0].ID
		b.await(id, lab.JobRunning)
		time.Sleep(1100 * time.Millisecond) // of the bubble's clock
		if j := b.job(id); j.Progress != 0.25 || j.Reads != 1000 || j.Stage != "reading" {
			t.Errorf("after a second: got %+v", j)
		}
		if got := b.log(id); !strings.HasSuffix(got, "first\n") {
			t.Errorf("log: got %q", got)
		}
		time.Sleep(time.Hour)
		if j := b.job(id); time.Since(j.BeatAt) > 11*time.Second {
			t.Errorf("last sign of life: got %s ago", time.Since(j.BeatAt))
		}
		close(release)
		if j := b.await(id, lab.JobDone); j.Attempt != 1 {
			t.Errorf("attempts: got %d, want 1", j.Attempt)
		}
	})
}

// TestFenced takes the lease of a running job away, as another machine does that
// thinks the worker dead.
func TestFenced(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bench) {
		var mu sync.Mutex
		var causes []error
		second := make(chan struct{})
		b.pool(job.Config{Name: "w", Handlers: handlers(func(ctx context.Context, r *job.Run) error {
			r.Finish(func(ctx context.Context, tx *store.Tx) error {
				return tx.PutSetting(ctx, "made", fmt.Sprint(r.Job.Attempt))
			})
			if r.Job.Attempt == 2 {
				<-second
				return nil
			}
			<-ctx.Done()
			mu.Lock()
			causes = append(causes, context.Cause(ctx))
			mu.Unlock()
			return nil // as if it had come to its end: nothing of it may count
		})})
		id := b.enqueue(lab.Job{})[0].ID
		b.await(id, lab.JobRunning)
		b.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.TakeBackJobs(ctx, store.TakeBack{Worker: "w"})
			return err
		})
		time.Sleep(time.Minute)
		mu.Lock()
		if len(causes) != 1 || !errors.Is(causes[0], job.ErrFenced) {
			t.Errorf("causes: got %v, want the loss of the lease", causes)
		}
		mu.Unlock()
		j := b.job(id)
		if j.State != lab.JobRunning || j.Attempt != 2 {
			t.Errorf("got %s, attempt %d, want the second attempt running", j.State, j.Attempt)
		}
		close(second)
		b.await(id, lab.JobDone)
		b.write(func(ctx context.Context, tx *store.Tx) error {
			made, err := tx.Setting(ctx, "made")
			if made != "2" {
				t.Errorf("made by attempt %q, want 2", made)
			}
			return err
		})
	})
}

func TestCancelRunning(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return storetest.SQLite(t) },
		"postgres": func(t *testing.T) string { return storetest.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := open(t)
			b, other := newBench(t, url), newBench(t, url) // of another process
			cause := make(chan error, 1)
			// Polls and beats of an hour: on PostgreSQL only the signal can tell.
			c := job.Config{Lease: 10 * time.Hour, Poll: time.Hour, Flush: time.Hour, Beat: time.Hour}
			if name == "sqlite" {
				c.Poll = 50 * time.Millisecond
			}
			c.Name, c.Handlers = "w", handlers(func(ctx context.Context, _ *job.Run) error {
				<-ctx.Done()
				cause <- context.Cause(ctx)
				return ctx.Err()
			})
			b.pool(c)
			id := b.enqueue(lab.Job{})[0].ID
			b.await(id, lab.JobRunning)
			other.write(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.CancelJob(ctx, id)
				return err
			})
			if got := <-cause; !errors.Is(got, job.ErrCancelled) {
				t.Errorf("cause: got %v, want %v", got, job.ErrCancelled)
			}
			b.await(id, lab.JobCancelled)
		})
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	t.Run("grace", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T, b *bench) {
			p := b.pool(job.Config{Workers: 1, Handlers: handlers(func(ctx context.Context, _ *job.Run) error {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(15 * time.Second):
					return nil
				}
			})})
			jobs := b.enqueue(lab.Job{}, lab.Job{})
			b.await(jobs[0].ID, lab.JobRunning)
			if err := p.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := b.job(jobs[0].ID); got.State != lab.JobDone {
				t.Errorf("within the grace: got %s, want done", got.State)
			}
			if got := b.job(jobs[1].ID); got.State != lab.JobQueued || got.Attempt != 0 {
				t.Errorf("a stopping pool claimed: got %s, attempt %d", got.State, got.Attempt)
			}
			if err := p.Stop(t.Context()); err != nil {
				t.Errorf("stopped twice: %v", err)
			}
			if err := p.Start(t.Context()); err == nil {
				t.Error("started again")
			}
		})
	})
	t.Run("interrupt", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T, b *bench) {
			c := job.Config{Workers: 1, Handlers: handlers(func(ctx context.Context, r *job.Run) error {
				r.Progress(0.9, 5, "almost")
				<-ctx.Done()
				if !errors.Is(context.Cause(ctx), job.ErrStopping) {
					t.Errorf("cause: got %v", context.Cause(ctx))
				}
				return fmt.Errorf("program: %w", ctx.Err())
			})}
			p := b.pool(c)
			id := b.enqueue(lab.Job{MaxAttempts: 1})[0].ID
			for range 3 {
				b.await(id, lab.JobRunning)
				start := time.Now()
				if err := p.Stop(t.Context()); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start).Round(time.Second); took != 20*time.Second {
					t.Errorf("stopped after %s, want the grace of 20 s", took)
				}
				if j := b.job(id); j.State != lab.JobQueued || j.Attempt != 0 || j.Worker != "" || j.Error != "" || j.Progress != 0 {
					t.Errorf("got %+v, want it queued as before", j)
				}
				p = b.pool(c)
			}
		})
	})
	t.Run("deaf", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T, b *bench) {
			release := make(chan struct{})
			p, err := job.New(job.Config{Store: b.Store, Workers: 1, Handlers: handlers(func(context.Context, *job.Run) error { <-release; return nil })})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			id := b.enqueue(lab.Job{})[0].ID
			b.await(id, lab.JobRunning)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := p.Stop(ctx); err == nil || !strings.Contains(err.Error(), "jobs [1] did not stop") {
				t.Errorf("a handler that hears nothing: got %v", err)
			}
			close(release)
			b.await(id, lab.JobDone) // it came to its end all the same
			if err := p.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("never started", func(t *testing.T) {
		t.Parallel()
		p, err := job.New(job.Config{Store: newBench(t, storetest.SQLite(t)).Store, Handlers: handlers(nil)})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestRestartTakesBack starts a pool over what one of the same name left behind.
func TestRestartTakesBack(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bench) {
		mine, other := b.enqueue(lab.Job{})[0].ID, b.enqueue(lab.Job{})[0].ID
		for _, worker := range []string{"host", "other"} {
			b.write(func(ctx context.Context, tx *store.Tx) error {
				_, _, err := tx.ClaimJob(ctx, store.Claim{Worker: worker, Lease: worker, Lanes: []lab.Lane{lab.LaneShort}, Kinds: []lab.JobKind{lab.JobFuse}})
				return err
			})
		}
		start := time.Now()
		b.pool(job.Config{Name: "host", Handlers: handlers(func(context.Context, *job.Run) error { return nil })})
		if j := b.await(mine, lab.JobDone); j.Attempt != 2 || time.Since(start) > time.Second {
			t.Errorf("own: attempt %d after %s, want the second at once", j.Attempt, time.Since(start))
		}
		if j := b.await(other, lab.JobDone); j.Attempt != 2 || time.Since(start) < time.Minute || time.Since(start) > 80*time.Second {
			t.Errorf("another's: attempt %d after %s, want the second after a minute", j.Attempt, time.Since(start))
		}
	})
}

func TestLanes(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bench) {
		hold := make(chan struct{})
		b.pool(job.Config{Workers: 3, Handlers: handlers(func(_ context.Context, r *job.Run) error {
			if r.Job.Lane == lab.LaneLong {
				<-hold
			}
			return nil
		})})
		var long []lab.Job
		for range 5 {
			long = append(long, b.enqueue(lab.Job{Lane: lab.LaneLong})...)
		}
		for range 5 {
			b.await(b.enqueue(lab.Job{Lane: lab.LaneShort})[0].ID, lab.JobDone)
		}
		synctest.Wait()
		states := map[lab.JobState]int{}
		for _, j := range long {
			states[b.job(j.ID).State]++
		}
		if diff := cmp.Diff(map[lab.JobState]int{lab.JobRunning: 2, lab.JobQueued: 3}, states); diff != "" {
			t.Errorf("long jobs on three workers: want -, got +:\n%s", diff)
		}
		close(hold)
		for _, j := range long {
			b.await(j.ID, lab.JobDone)
		}
	})
}

// TestLogIsWhole: an attempt that ends while a piece of its log is being written
// loses nothing of it, and nothing comes out of order.
func TestLogIsWhole(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bench) {
		line := strings.Repeat("x", 99) + "\n"
		b.pool(job.Config{Workers: 4, Handlers: handlers(func(_ context.Context, r *job.Run) error {
			for range 400 { // a piece is 32 kB: it is written as soon as it is full
				fmt.Fprint(r.Log(), line)
			}
			fmt.Fprintln(r.Log(), "the last word")
			return nil
		})})
		want := strings.Repeat(line, 400) + "the last word\nAttempt 1 is done.\n"
		for _, j := range b.enqueue(make([]lab.Job, 40)...) {
			b.await(j.ID, lab.JobDone)
			if _, got, _ := strings.Cut(b.log(j.ID), "\n"); got != want {
				t.Errorf("log of job %d: got %d bytes, want %d", j.ID, len(got), len(want))
			}
		}
	})
}

func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, b *bench) {
		line := strings.Repeat("x", 98) + "é\n"
		b.pool(job.Config{Handlers: handlers(func(_ context.Context, r *job.Run) error {
			for range 30_000 { // 3 MB
				if _, err := r.Log().Write([]byte(line)); err != nil {
					t.Error(err)
				}
			}
			fmt.Fprint(r.Log(), "bad \xff\x00 bytes\nthe last word")
			return nil
		})})
		id := b.enqueue(lab.Job{})[0].ID
		j := b.await(id, lab.JobDone)
		got := b.log(id)
		if len(got) < 1<<20 || len(got) > 1<<20+20<<10 || j.LogBytes != int64(len(got)) {
			t.Errorf("log: got %d bytes, said to be %d, want little more than a MB", len(got), j.LogBytes)
		}
		if !strings.Contains(got, "bytes were cut here") || !strings.HasSuffix(got, "bad \uFFFD\uFFFD bytes\nthe last word\nAttempt 1 is done.\n") {
			t.Errorf("end of the log: got %q", got[len(got)-200:])
		}
	})
}
