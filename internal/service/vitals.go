package service

import (
	"context"
	"errors"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Watcher is told of what machines count. It is called by many goroutines.
type Watcher interface {
	// SignedIn is an attempt to sign in, by a way and with an outcome of
	// [CountedWays] and [CountedOutcomes].
	SignedIn(way, outcome string)
	// Uploaded is a file that has come as a whole.
	Uploaded(bytes int64)
}

// The ways to sign in and what can come of it.
const (
	SignInByPassword = "password" // local or of a directory
	SignInByProvider = "provider" // OpenID Connect
	SignInByToken    = "token"    // only refused ones are counted: each request has one

	SignInOK      = "ok"
	SignInRefused = "refused" // the password, the account, the token
	SignInCode    = "code"    // the code of the second factor is wanted, or wrong
	SignInLocked  = "locked"  // too many attempts
	SignInError   = "error"   // of the server, or of the directory
)

// CountedWays lists the ways.
func CountedWays() []string { return []string{SignInByPassword, SignInByProvider, SignInByToken} }

// CountedOutcomes lists the outcomes.
func CountedOutcomes() []string {
	return []string{SignInOK, SignInRefused, SignInCode, SignInLocked, SignInError}
}

// SignIn opens a session. Where a second factor is on, there is none before the
// code is right too: the error then names the field code. All other refusals
// read the same, whether there is such an account or not.
func (s *Service) SignIn(ctx context.Context, who *Actor, in SignIn) (*Opened, error) {
	opened, err := s.signIn(ctx, who, in)
	s.signedIn(SignInByPassword, err)
	return opened, err
}

// signedIn counts an attempt to sign in.
func (s *Service) signedIn(way string, err error) {
	if s.Watcher == nil || errors.Is(err, context.Canceled) {
		return
	}
	outcome := SignInError
	var e *lab.Error
	switch code := lab.CodeOf(err); {
	case err == nil:
		outcome = SignInOK
	case code == lab.TooMany:
		outcome = SignInLocked
	case errors.As(err, &e) && len(e.Fields) > 0 && e.Fields[0].Field == "code":
		outcome = SignInCode
	case code == lab.Unauthenticated || code == lab.Forbidden || code == lab.Invalid:
		outcome = SignInRefused
	}
	s.Watcher.SignedIn(way, outcome)
}

// Vitals are how the server is, for machines: nobody's name is in it, so nobody
// is asked. The checks are those of the page of administrators ([Service.Server]).
// That the database does not answer is one of the checks, not an error.
func (s *Service) Vitals(ctx context.Context) *lab.Vitals {
	now := s.Now().UTC()
	v := &lab.Vitals{At: now, Started: s.started, Free: -1, BackupEvery: s.BackupEvery}
	state := ServerState{At: now, Version: s.Version, Started: s.started, Free: -1}
	overdue, err := s.look(ctx, v, &state)
	var skew time.Duration
	if err == nil {
		skew, err = s.Store.ClockSkew(ctx)
	}
	if err != nil {
		s.Log.ErrorContext(ctx, "look at the database", "error", err)
		v.Checks = append(v.Checks, lab.VitalCheck{Name: "database", State: CheckError, Text: "the database does not answer"})
	}
	blobs := lab.VitalCheck{Name: "blobs", State: CheckOK}
	if err := s.reachBlobs(ctx, &state.Free); err != nil {
		s.Log.ErrorContext(ctx, "look at the blobs", "error", err)
		blobs.State, blobs.Text = CheckError, "the store of reads and results cannot be read"
	}
	v.Free = state.Free
	v.Checks = append(v.Checks, blobs)
	if err != nil {
		return v // the other checks would judge what nobody has seen
	}
	state.check(overdue, skew)
	for _, c := range state.Checks {
		v.Checks = append(v.Checks, lab.VitalCheck(c))
	}
	return v
}

// look reads what the database knows.
func (s *Service) look(ctx context.Context, v *lab.Vitals, state *ServerState) (overdue int64, err error) {
	err = s.read(ctx, func(tx *store.Tx) (err error) {
		if v.Jobs, err = tx.JobCounts(ctx); err != nil {
			return err
		}
		facts, err := tx.BlobFacts(ctx)
		if err != nil {
			return err
		}
		v.Blobs, v.BlobBytes, v.OrphanedBytes = facts.Blobs, facts.Bytes, facts.Orphaned
		database, err := tx.DatabaseFacts(ctx)
		if err != nil {
			return err
		}
		v.DatabaseBytes = database.Bytes
		if v.Failed, _, err = tx.Failures(ctx, v.At.Add(-recently), 1); err != nil {
			return err
		}
		state.Failed = v.Failed
		if overdue, err = tx.Overdue(ctx, v.At.Add(-lateAfter)); err != nil {
			return err
		}
		if err := s.backupsAndMails(ctx, tx, state); err != nil {
			return err
		}
		v.Backup = state.Backup.BackupStatus
		running, err := tx.Jobs(ctx, store.JobFilter{States: []lab.JobState{lab.JobRunning}})
		for _, j := range running {
			state.Workers = append(state.Workers, WorkerState{Name: j.Worker, Seen: j.BeatAt, Jobs: make([]JobView, 1)})
		}
		return err
	})
	return overdue, err
}

// nobodysBlob is the digest of no bytes at all, which nothing refers to.
const nobodysBlob = blob.Digest("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

// reachBlobs asks the store of blobs something: that what was asked for is not
// there is as good an answer as any.
func (s *Service) reachBlobs(ctx context.Context, free *int64) error {
	if s.Blobs == nil {
		return nil
	}
	if _, err := s.Blobs.Stat(ctx, nobodysBlob); err != nil && lab.CodeOf(err) != lab.NotFound {
		return err
	}
	if sp, ok := s.Blobs.(blob.Spacer); ok {
		n, err := sp.Free(ctx)
		if err != nil {
			return err
		}
		*free = n
	}
	return nil
}
