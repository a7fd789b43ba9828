// Package job is the queue: it leases the jobs of the store to workers in this
// process, runs the handler of their kind, and settles how they ended.
//
//	Enqueue (in the caller's transaction)
//	   │ waits for another job, or for bytes
//	   ├──▶ waiting ───────────────────────▶ failed, cancelled (with what it waited for)
//	   │       │ that is done                cancelled (by a person)
//	   ▼       ▼
//	queued ◀──────────────────────┐        ▶ cancelled (by a person)
//	   │ claimed: a new lease     │ to be tried again: an error that may pass,
//	   ▼                          │ a worker that died, a server that stops
//	running ──────────────────────┘
//	   └──▶ done, failed, cancelled
//
// The row in the store is all there is: no second list can disagree with it.
// A lease is a random word, new with each attempt; whatever a worker writes of a
// job, it writes where the lease is still its own. One that was thought dead and
// comes back finds the lease gone: its context is cancelled and nothing that it
// made counts. What a job changes is therefore registered with [Run.Finish] and
// committed together with the state done, or not at all. Handlers must bear to
// be run again: what they write before that is content-addressed or their own.
//
// docs/dev/jobs.md has the whole story. The package does not know what jobs do
// (internal/pipeline) nor who may ask for them (internal/service).
package job
