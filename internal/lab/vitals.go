package lab

import "time"

// Vitals are how a server is, for machines that watch it: numbers, times and
// words of the program, nothing of people.
type Vitals struct {
	At      time.Time // of the answer
	Started time.Time // the server

	Jobs   []JobCount // that live
	Failed int64      // jobs in the last 24 hours

	DatabaseBytes int64
	Blobs         int64 // number
	BlobBytes     int64
	OrphanedBytes int64 // which the collector removes after a delay
	Free          int64 // bytes that the disk of the blobs still takes; negative when nobody knows

	Backup      BackupStatus
	BackupEvery time.Duration // between two; 0 is that the server makes none by itself

	Checks []VitalCheck
}

// JobCount is how many jobs of a kind are in a state.
type JobCount struct {
	Kind  JobKind
	Lane  Lane
	State JobState
	N     int64
	Since time.Time // from which the oldest of them could have run
}

// The answers of a check.
const (
	Fine    = "ok"
	Doubt   = "warning"
	Failing = "error"
)

// VitalCheck is a question of health with its answer.
type VitalCheck struct {
	Name  string `json:"name"`           // a word of the program
	State string `json:"state"`          // ok, warning, error
	Text  string `json:"text,omitempty"` // what is wrong
}

// OldestQueued is how long the job of a lane waits that has waited longest, of
// those that could run; 0 when none does.
func (v *Vitals) OldestQueued(lane Lane) time.Duration {
	var oldest time.Duration
	for _, j := range v.Jobs {
		if j.Lane == lane && j.State == JobQueued {
			oldest = max(oldest, v.At.Sub(j.Since))
		}
	}
	return oldest
}

// Count is the number of jobs in a state.
func (v *Vitals) Count(state JobState) (n int64) {
	for _, j := range v.Jobs {
		if j.State == state {
			n += j.N
		}
	}
	return n
}

// Seen tells whether the database answered: without it, numbers that come from it
// are no numbers.
func (v *Vitals) Seen() bool {
	for _, c := range v.Checks {
		if c.Name == "database" {
			return c.State == Fine
		}
	}
	return true
}

// State is the worst answer of the checks: ok, warning or error.
func (v *Vitals) State() string {
	worst := Fine
	for _, c := range v.Checks {
		if c.State == Failing || c.State == Doubt && worst == Fine {
			worst = c.State
		}
	}
	return worst
}
