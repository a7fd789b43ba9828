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
	Key              string // while it lives, no second job has the same; "" for none
	Args             string // JSON, of its kind

	Attempt     int // 1 while the first runs
	MaxAttempts int
	RunAt       time.Time // not before
	Worker      string    // who holds the lease
	Lease       string    // random, new with each attempt: fences a worker that was thought dead
	BeatAt      time.Time // last sign of life
	Cancel      bool      // a person asked to stop it

	Progress   float64 // 0 to 1
	Stage      string  // what it is doing, a word or two
	Reads      int64   // read so far
	ErrorCode  Code
	Error      string // for people; no names, no sequences
	ResultID   int64
	CreatedAt  time.Time
	StartedAt  time.Time
	EndedAt    time.Time
	ChangedAt  time.Time
	LogBytes   int64
	TimeoutSec int64
}
