package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/trace"
)

// Run is an attempt at a job, as its handler sees it. Its methods are safe for
// concurrent use.
type Run struct {
	Job lab.Job // as it was claimed

	pool    *Pool
	cancel  context.CancelCauseFunc
	journal journal
	written sync.Mutex // held from a taking of the journal until its text is written or put back

	mu       sync.Mutex
	progress store.Beat // what the next beat will tell
	finish   []func(context.Context, *store.Tx) error
	result   int64
}

// Progress tells how far the attempt is: the fraction that is done (0 to 1), the
// reads so far (0 when it does not count any) and what it is doing, in a word or
// two. It may be called as often as one likes; people see it with the next
// flush.
func (r *Run) Progress(fraction float64, reads int64, stage string) {
	if !(fraction >= 0) { // also what is no number
		fraction = 0
	}
	stage = clean(stage)
	r.mu.Lock()
	defer r.mu.Unlock()
	b := &r.progress
	fraction = min(fraction, 1)
	if b.Progress != fraction || b.Reads != reads || b.Stage != stage {
		b.Progress, b.Reads, b.Stage, b.News = fraction, reads, stage, true
	}
}

// Log is the log of the job, which people may read who may change its set: no
// names of patients in it. Writing never fails and does not wait.
func (r *Run) Log() io.Writer { return &r.journal }

// Printf adds a line to the log.
func (r *Run) Printf(format string, args ...any) {
	_, _ = fmt.Fprintf(&r.journal, format+"\n", args...) // a journal never fails
}

// Finish registers a change that is committed together with the state done, if
// the handler returns nil and the lease is still held. When the database is
// busy it may be run more than once. It must use tx only.
func (r *Run) Finish(f func(ctx context.Context, tx *store.Tx) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finish = append(r.finish, f)
}

// SetResult notes the result that the job made; it is for functions registered
// with Finish.
func (r *Run) SetResult(id int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result = id
}

// work runs the handler and settles how it ended.
func (r *Run) work(ctx context.Context) {
	// The lines and steps of the job belong to the request that asked for it.
	ctx = trace.Resume(ctx, r.pool.c.Trace, originOf(r.Job.Args))
	ctx, span := trace.Start(ctx, "job "+string(r.Job.Kind), slog.Int64("job.id", r.Job.ID), slog.Int("job.attempt", r.Job.Attempt))
	ended := lab.JobState("")
	var failure error
	defer func() { span.End(failure, slog.String("job.state", string(ended))) }()
	if r.Job.TimeoutSec > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, time.Duration(r.Job.TimeoutSec)*time.Second, ErrTimeout)
		defer cancel()
	}
	log := r.pool.c.Log.With("job_id", r.Job.ID, "kind", r.Job.Kind, "attempt", r.Job.Attempt)
	log.InfoContext(ctx, "job begins")
	r.Printf("Attempt %d begins on %s.", r.Job.Attempt, r.pool.c.Name)
	start := time.Now()
	done, quiet := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(quiet)
		r.pulse(trace.Silent(ctx), done)
	}()
	err := r.call(ctx)
	failure = err
	cause := context.Cause(ctx)
	// The pulse goes on until the end is written: a long commit keeps its lease.
	state, settleErr := r.settle(context.WithoutCancel(ctx), err, cause, log)
	close(done)
	<-quiet
	ended = state
	if settleErr != nil {
		// The lease runs out, or is somebody else's already.
		log.LogAttrs(ctx, slog.LevelWarn, "job not settled", slog.String("error", settleErr.Error()))
		return
	}
	if w := r.pool.c.Watcher; w != nil {
		w.JobEnded(r.Job.Kind, state, time.Since(start))
	}
	log.LogAttrs(ctx, slog.LevelInfo, "job ends", slog.String("state", string(state)), slog.Duration("took", time.Since(start)))
}

// call runs the handler; a panic is an error.
func (r *Run) call(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{value: p, stack: debug.Stack()}
		}
	}()
	return r.pool.c.Handlers[r.Job.Kind](ctx, r)
}

// pulse writes signs of life, with progress and log when there is news, until
// done. When the lease is lost, or could not be prolonged for as long as it
// lasts, it cancels the attempt.
func (r *Run) pulse(ctx context.Context, done <-chan struct{}) {
	tick := time.NewTicker(min(r.pool.c.Flush, r.pool.c.Beat))
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		case <-r.journal.full:
		}
		told, held, cancel, err := r.tell(ctx, time.Since(last) >= r.pool.c.Beat)
		switch {
		case err != nil:
			if time.Since(last) > r.pool.c.Lease {
				r.cancel(ErrFenced)
			}
			continue
		case !held:
			r.cancel(ErrFenced)
			return
		case cancel:
			r.cancel(ErrCancelled)
		}
		if told {
			last = time.Now()
		}
	}
}

// tell writes a beat if there is news, or in any case. Text that could not be
// written is put back; until then nobody else takes the journal, so that the end
// of an attempt neither overtakes what was logged before nor makes it lost with
// a lease that is over.
func (r *Run) tell(ctx context.Context, always bool) (told, held, cancel bool, err error) {
	r.written.Lock()
	defer r.written.Unlock()
	b := r.take()
	if !always && !b.News && b.Log == "" {
		return false, true, false, nil
	}
	held, cancel, err = r.beat(ctx, b)
	if err != nil {
		r.journal.putBack(b.Log)
		r.mu.Lock()
		r.progress.News = true
		r.mu.Unlock()
	}
	return true, held, cancel, err
}

// take returns what the next beat tells.
func (r *Run) take() store.Beat {
	text := r.journal.take()
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.progress
	b.ID, b.Lease, b.Log = r.Job.ID, r.Job.Lease, text
	r.progress.News = false
	return b
}

func (r *Run) beat(ctx context.Context, b store.Beat) (held, cancel bool, err error) {
	// A handler that is being stopped is alive until it has returned.
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), r.pool.c.Lease/2)
	defer end()
	err = r.pool.c.Store.Write(ctx, func(tx *store.Tx) (err error) {
		held, cancel, err = tx.BeatJob(ctx, b)
		return err
	})
	return held, cancel, err
}

// errHeldElsewhere is for the log: nothing is wrong, another worker has the job.
var errHeldElsewhere = errors.New("the lease is held by another worker; what this one made is dropped")

// settle writes how the attempt ended. While the database is busy or away it
// tries again, as long as the lease lasts.
func (r *Run) settle(ctx context.Context, err, cause error, log *slog.Logger) (lab.JobState, error) {
	if errors.Is(cause, ErrFenced) {
		return "", errHeldElsewhere
	}
	if err != nil && cause == nil {
		r.logError(ctx, err, log)
	}
	r.written.Lock()
	text := r.journal.takeAll()
	r.written.Unlock()
	end := time.Now().Add(r.pool.c.Lease)
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		state, settleErr := r.settleOnce(ctx, err, cause, text)
		if settleErr == nil || errors.Is(settleErr, errHeldElsewhere) {
			return state, settleErr
		}
		if _, ok := errors.AsType[*finishError](settleErr); ok && !passing(settleErr) {
			// The store is well, but refuses what the job made: that is how the
			// job ended.
			err = settleErr
			r.logError(ctx, err, log)
			continue
		}
		if time.Now().After(end) {
			return "", settleErr
		}
		timer := time.NewTimer(wait)
		<-timer.C
	}
}

// passing tells whether a transaction may succeed when it is tried again.
func passing(err error) bool {
	return lab.CodeOf(err) == lab.Unavailable || errors.Is(err, context.DeadlineExceeded)
}

// finishError is the error of a function registered with Finish.
type finishError struct{ err error }

func (e *finishError) Error() string { return e.err.Error() }
func (e *finishError) Unwrap() error { return e.err }

func (r *Run) settleOnce(ctx context.Context, err, cause error, text string) (lab.JobState, error) {
	ctx, end := context.WithTimeout(ctx, max(r.pool.c.Lease, 10*time.Second))
	defer end()
	var state lab.JobState
	writeErr := r.pool.c.Store.Write(ctx, func(tx *store.Tx) error {
		held, txErr := tx.HoldsLease(ctx, r.Job.ID, r.Job.Lease)
		if txErr != nil {
			return txErr
		}
		if !held {
			return errHeldElsewhere
		}
		r.mu.Lock()
		finish := r.finish
		r.result = 0
		r.mu.Unlock()
		if err == nil {
			for _, f := range finish {
				if fErr := f(ctx, tx); fErr != nil {
					return &finishError{fErr}
				}
			}
		}
		o := outcome(r.Job, err, cause, tx.Now)
		r.mu.Lock()
		o.ResultID = r.result
		r.mu.Unlock()
		o.Log = text + o.Log
		state = o.State
		_, txErr = tx.SettleJob(ctx, r.Job.ID, r.Job.Lease, o)
		return txErr
	})
	return state, writeErr
}

// logError notes what people are not told.
func (r *Run) logError(ctx context.Context, err error, log *slog.Logger) {
	attrs := []slog.Attr{slog.String("error", err.Error())}
	if p, ok := errors.AsType[*panicked](err); ok {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	log.LogAttrs(ctx, slog.LevelError, "job failed", attrs...)
}
