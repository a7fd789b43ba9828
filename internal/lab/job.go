package lab

import "time"

// JobKind is what a job does.
type JobKind string

// The kinds of job.
const (
	JobPreProcess JobKind = "preprocess" // reads → reads, of a sample
	JobAnalyze    JobKind = "analyze"    // reads → result, of a sample and a config revision
	JobImport     JobKind = "import"     // another program's file → result
	JobFuse       JobKind = "fuse"       // results → fused result, of a set and a config
	JobCollect    JobKind = "collect"    // remove what nothing refers to, after its delay
	JobExport     JobKind = "export"     // all that one person may reach → an archive
	JobTransfer   JobKind = "transfer"   // an archive of another server → sets
)

// JobState is where a job is in its life, drawn in docs/dev/jobs.md.
type JobState string

// The states of a job.
const (
	JobWaiting   JobState = "waiting"   // for another job, or for bytes
	JobQueued    JobState = "queued"    // for a worker, from RunAt on
	JobRunning   JobState = "running"   // leased to a worker
	JobDone      JobState = "done"      //
	JobFailed    JobState = "failed"    // no attempt is left, or trying again is useless
	JobCancelled JobState = "cancelled" // by a person
)

// Ended tells whether nothing more will happen to a job in this state.
func (s JobState) Ended() bool { return s == JobDone || s == JobFailed || s == JobCancelled }

// Lane keeps short jobs from waiting behind long ones.
type Lane string

// Living tells whether something may still happen to a job in this state.
func (s JobState) Living() bool { return !s.Ended() }

// Follows tells whether a job may pass from the state to next: the arrows of the
// drawing. What has ended stays as it is; trying again makes a new job.
func (s JobState) Follows(next JobState) bool {
	switch s {
	case JobWaiting:
		return next == JobQueued || next == JobFailed || next == JobCancelled
	case JobQueued:
		return next == JobRunning || next == JobCancelled
	case JobRunning:
		return next == JobQueued || next.Ended()
	default:
		return false
	}
}

// JobStates lists the states in the order of a life.
func JobStates() []JobState {
	return []JobState{JobWaiting, JobQueued, JobRunning, JobDone, JobFailed, JobCancelled}
}

// Coalesces tells whether one run does for all requests with the same key that
// were made before it started: what the job does is to bring something up to
// date. A request made while it runs is worth one more run.
func (k JobKind) Coalesces() bool { return k == JobFuse }

// The lanes.
const (
	LaneShort Lane = "short" // fuse, import, small files
	LaneLong  Lane = "long"  // analyses of large files, other programs
)

// Job is a piece of work that the server does later, and its history.
type Job struct {
	ID               int64
	Kind             JobKind
	State            JobState
	Lane             Lane
	Priority         int   // larger first
	GroupID          int64 // whose turn it uses
	UserID           int64 // who asked; 0 for the server itself
	SetID            int64
	SampleID         int64
	ConfigID         int64
	ConfigRevisionID int64
	PreProcessID     int64
	After            int64  // the job that must be done before; 0 for none
	RetryOf          int64  // the job that failed or was cancelled and is tried again by this one
	Key              string // while it lives, no second job has the same; "" for none
	Args             string // JSON, of its kind

	Attempt     int // 1 while the first runs
	MaxAttempts int
	RunAt       time.Time // not before
	Worker      string    // who holds the lease
	Lease       string    // random, new with each attempt: fences a worker that was thought dead
	BeatAt      time.Time // last sign of life
	Cancel      bool      // a person asked to stop it, and its worker does not know yet
	Again       bool      // asked for once more while it ran: a successor follows it

	Progress   float64 // 0 to 1
	Stage      string  // what it is doing, a word or two
	Reads      int64   // read so far
	ErrorCode  Code
	Error      string // of the last attempt, for people; no names, no sequences
	ResultID   int64
	CreatedAt  time.Time
	StartedAt  time.Time // of the last attempt
	EndedAt    time.Time
	ChangedAt  time.Time
	LogBytes   int64
	TimeoutSec int64 // for one attempt
}

// LogPiece is a part of the log of a job.
type LogPiece struct {
	JobID   int64
	Piece   int // 1, 2, … without gaps
	Attempt int
	At      time.Time
	Text    string
}
