package service

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// ServerState is how the server is, for its administrators.
type ServerState struct {
	At       time.Time // of the answer
	Version  string
	Commit   string
	Started  time.Time
	Database store.DatabaseFacts
	Blobs    store.BlobFacts
	// Free is how many bytes the disk of the blobs still takes; negative when
	// their store does not know.
	Free     int64
	Queue    []store.QueueState
	Workers  []WorkerState
	Failed   int64     // jobs in the last 24 hours
	Failures []JobView // the last of them, the newest first
	Backup   Backups
	Mails    MailFacts
	Checks   []Check
}

// Backups is how the server's own backups go.
type Backups struct {
	lab.BackupStatus
	Every time.Duration // between two; 0 is that the server makes none by itself
	Late  bool          // one was due, and there is none
}

// MailFacts is how mails go out.
type MailFacts struct {
	Server bool  // there is a mail server; without, mails are only logged
	Queued int64 // wait to be sent, of the last thirty days
	Dead   int64 // were given up in the last thirty days
}

// WorkerState is a worker with what it does.
type WorkerState struct {
	Name string
	Seen time.Time // last sign of life
	Jobs []JobView // running
}

// Check is a question of health with its answer.
type Check struct {
	Name  string // database, disk, clock, queue, failures, backup, mail
	State string // ok, warning, error
	Text  string // what is wrong; "" while nothing is
}

// The states of a check.
const (
	CheckOK      = "ok"
	CheckWarning = "warning"
	CheckError   = "error"
)

const (
	recently     = 24 * time.Hour   // of failures, and of workers that are idle
	lateAfter    = 10 * time.Minute // a queued job that nobody takes
	silentAfter  = 2 * time.Minute  // a worker that runs jobs and gives no sign of life
	mostFailures = 20
	littleSpace  = int64(20e9) // bytes: a run of a small sequencer
	noSpace      = int64(1e9)
	mostSkew     = 10 * time.Second // between the clocks of server and database
)

// Server tells administrators how the server is.
func (s *Service) Server(ctx context.Context, who *Actor) (state ServerState, err error) {
	if !who.Administer() {
		return state, errAdministrators()
	}
	now := s.Now().UTC()
	state = ServerState{At: now, Version: s.Version, Commit: s.Commit, Started: s.started, Free: -1}
	var overdue int64
	err = s.read(ctx, func(tx *store.Tx) (err error) {
		if state.Database, err = tx.DatabaseFacts(ctx); err != nil {
			return err
		}
		if state.Blobs, err = tx.BlobFacts(ctx); err != nil {
			return err
		}
		if state.Queue, err = tx.QueueStates(ctx); err != nil {
			return err
		}
		if overdue, err = tx.Overdue(ctx, now.Add(-lateAfter)); err != nil {
			return err
		}
		if err := s.backupsAndMails(ctx, tx, &state); err != nil {
			return err
		}
		return s.jobsOfServer(ctx, tx, who, &state)
	})
	if err != nil {
		return state, err
	}
	if sp, ok := s.Blobs.(blob.Spacer); ok {
		if state.Free, err = sp.Free(ctx); err != nil {
			return state, err
		}
	}
	skew, err := s.Store.ClockSkew(ctx)
	if err != nil {
		return state, err
	}
	state.check(overdue, skew)
	return state, nil
}

// backupsAndMails reads what leaves the server.
func (s *Service) backupsAndMails(ctx context.Context, tx *store.Tx, state *ServerState) (err error) {
	b := &state.Backup
	if b.BackupStatus, err = tx.BackupStatus(ctx); err != nil {
		return err
	}
	b.Every = s.BackupEvery
	// One that is due is being made: it may take as long again.
	since := b.LastSuccess
	if since.IsZero() {
		since = s.started
	}
	b.Late = b.Every > 0 && state.At.Sub(since) > 2*b.Every
	m := &state.Mails
	m.Server = s.Mail != nil
	if m.Queued, err = tx.CountMails(ctx, lab.MailQueued, state.At.Add(-deadTime)); err != nil {
		return err
	}
	m.Dead, err = tx.CountMails(ctx, lab.MailDead, state.At.Add(-deadTime))
	return err
}

func (s *Service) jobsOfServer(ctx context.Context, tx *store.Tx, who *Actor, state *ServerState) error {
	running, err := tx.Jobs(ctx, store.JobFilter{States: []lab.JobState{lab.JobRunning}})
	if err != nil {
		return err
	}
	since := state.At.Add(-recently)
	signs, err := tx.Workers(ctx, since)
	if err != nil {
		return err
	}
	n, failures, err := tx.Failures(ctx, since, mostFailures)
	if err != nil {
		return err
	}
	rights, err := rightsOnJobs(ctx, tx, who, append(slices.Clone(running), failures...))
	if err != nil {
		return err
	}
	workers := map[string]*WorkerState{}
	at := func(name string, seen time.Time) *WorkerState {
		w := workers[name]
		if w == nil {
			w = &WorkerState{Name: name}
			workers[name] = w
		}
		if seen.After(w.Seen) {
			w.Seen = seen
		}
		return w
	}
	for _, sign := range signs {
		at(sign.Worker, sign.ChangedAt)
	}
	for i := range running {
		w := at(running[i].Worker, running[i].BeatAt)
		w.Jobs = append(w.Jobs, rights.show(running[i]))
	}
	for _, w := range workers {
		state.Workers = append(state.Workers, *w)
	}
	slices.SortFunc(state.Workers, func(a, b WorkerState) int { return strings.Compare(a.Name, b.Name) })
	state.Failed = n
	for i := range failures {
		state.Failures = append(state.Failures, rights.show(failures[i]))
	}
	return nil
}

// check judges what was found.
func (state *ServerState) check(overdue int64, skew time.Duration) {
	add := func(name, how, text string) {
		if how == CheckOK {
			text = ""
		}
		state.Checks = append(state.Checks, Check{Name: name, State: how, Text: text})
	}
	add("database", CheckOK, "") // it has just answered
	how := CheckOK
	switch {
	case state.Free >= 0 && state.Free < noSpace:
		how = CheckError
	case state.Free >= 0 && state.Free < littleSpace:
		how = CheckWarning
	}
	add("disk", how, "there is little room for more reads and results")
	how = CheckOK
	if skew.Abs() > mostSkew {
		how = CheckWarning
	}
	add("clock", how, "the clocks of server and database differ by "+skew.Abs().Round(time.Second).String())
	how, text := state.checkQueue(overdue)
	add("queue", how, text)
	how = CheckOK
	if state.Failed > 0 {
		how = CheckWarning
	}
	add("failures", how, "jobs have failed in the last 24 hours")
	how, text = state.Backup.check()
	add("backup", how, text)
	how = CheckOK
	if state.Mails.Dead > 0 {
		how = CheckWarning
	}
	add("mail", how, "mails were given up in the last thirty days")
}

// check judges backups. Those of somebody else are not seen from here: that the
// server makes none by itself is a warning and no error.
func (b *Backups) check() (how, text string) {
	switch {
	case b.Late:
		return CheckError, "a backup is late"
	case b.Error != "":
		return CheckError, "the last backup came to nothing"
	case b.Missing > 0:
		return CheckError, "the last backup lacks bytes that are lost or damaged on the server"
	case b.Every == 0 && b.LastSuccess.IsZero():
		return CheckWarning, "the server makes no backups"
	}
	return CheckOK, ""
}

// checkQueue looks for workers that are gone: jobs wait, and nobody works.
func (state *ServerState) checkQueue(overdue int64) (how, text string) {
	busy := slices.ContainsFunc(state.Workers, func(w WorkerState) bool { return len(w.Jobs) > 0 })
	silent := slices.ContainsFunc(state.Workers, func(w WorkerState) bool { return len(w.Jobs) > 0 && state.At.Sub(w.Seen) > silentAfter })
	switch {
	case overdue > 0 && !busy:
		return CheckError, "jobs wait, and no worker takes them"
	case silent:
		return CheckWarning, "a worker gives no sign of life; its jobs are given to others"
	}
	return CheckOK, ""
}
