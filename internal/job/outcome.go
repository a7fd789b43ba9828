package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Why the context of a handler was cancelled (context.Cause).
var (
	ErrStopping  = errors.New("the worker is stopping")
	ErrCancelled = errors.New("a person cancelled the job")
	ErrFenced    = errors.New("the lease of the job is lost")
	ErrTimeout   = errors.New("the job took longer than it may")
)

// panicked is a handler's panic.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("handler panicked: %v", p.value) }

// retries is the one table of codes and whether trying again can help.
func retries(code lab.Code) bool {
	switch code {
	case lab.Unavailable, lab.Unreachable, lab.NoSpace, lab.Unwritable, lab.TooMany, lab.Stale:
		return true // the world may be better in a minute
	case lab.Internal:
		return true // an error that nobody foresaw: most are of disks and networks
	default:
		return false // the input is what it is
	}
}

// backoff is the time between an attempt that failed and the next one: 10 s,
// 40 s, 160 s, and never more than 10 minutes.
func backoff(attempt int) time.Duration {
	const longest = 10 * time.Minute
	d := 10 * time.Second
	for range attempt - 1 {
		if d *= 4; d >= longest {
			return longest
		}
	}
	return d
}

// outcome decides how an attempt ended: err is what the handler returned, cause
// why its context was cancelled (nil when it was not). A handler that came to
// its end in spite of a cancelled context is done.
func outcome(j lab.Job, err, cause error, now time.Time) store.Outcome {
	switch {
	case err == nil:
		return store.Outcome{State: lab.JobDone, Log: fmt.Sprintf("Attempt %d is done.\n", j.Attempt)}
	case errors.Is(cause, ErrStopping):
		return store.Outcome{State: lab.JobQueued, Free: true, Log: fmt.Sprintf("Attempt %d was interrupted by the end of its worker and does not count.\n", j.Attempt)}
	case errors.Is(cause, ErrCancelled):
		return store.Outcome{State: lab.JobCancelled, Log: fmt.Sprintf("Attempt %d was cancelled.\n", j.Attempt)}
	case errors.Is(cause, ErrTimeout):
		limit := time.Duration(j.TimeoutSec) * time.Second
		return failed(j, lab.TooLarge, fmt.Sprintf("it took longer than %s, the limit of a job of this kind", limit))
	}
	if _, ok := errors.AsType[*panicked](err); ok {
		return failed(j, lab.Internal, fmt.Sprintf("internal error; the server's log knows more of job %d", j.ID))
	}
	// What was not written for people may name anything.
	code, text := lab.CodeOf(err), fmt.Sprintf("internal error; the server's log knows more of job %d", j.ID)
	if e, ok := errors.AsType[*lab.Error](err); ok && code != lab.Internal {
		text = e.Error()
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		code, text = lab.Unavailable, "something that the job needs did not answer in time"
	}
	if !retries(code) || j.Attempt >= j.MaxAttempts {
		return failed(j, code, text)
	}
	wait := backoff(j.Attempt)
	return store.Outcome{
		State: lab.JobQueued, RunAt: now.Add(wait), Code: code, Error: text,
		Log: fmt.Sprintf("Attempt %d failed: %s. The next one follows in %s.\n", j.Attempt, text, wait),
	}
}

func failed(j lab.Job, code lab.Code, text string) store.Outcome {
	return store.Outcome{State: lab.JobFailed, Code: code, Error: text, Log: fmt.Sprintf("Attempt %d failed: %s.\n", j.Attempt, text)}
}
