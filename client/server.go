package client

import (
	"context"
	"time"
)

// ServerState is how the server is, for its administrators.
type ServerState struct {
	At        time.Time     `json:"at" doc:"Of the answer"`
	Version   string        `json:"version"`
	Commit    string        `json:"commit,omitempty" doc:"Revision that the program was built from"`
	StartedAt time.Time     `json:"started_at"`
	Database  DatabaseState `json:"database"`
	Blobs     BlobState     `json:"blobs"`
	Queue     []QueueState  `json:"queue" nullable:"false" doc:"Jobs that have not ended"`
	Workers   []WorkerState `json:"workers" nullable:"false" doc:"Those that run jobs, or did in the last 24 hours"`
	Failed    int64         `json:"failed" doc:"Jobs that failed in the last 24 hours"`
	Failures  []Job         `json:"failures" nullable:"false" doc:"The last of them, the newest first"`
	Backup    BackupState   `json:"backup"`
	Mails     MailState     `json:"mails"`
	Checks    []ServerCheck `json:"checks" nullable:"false"`
}

// BackupState is how the server's backups go.
type BackupState struct {
	Target        string     `json:"target,omitempty" doc:"Where they go, without keys"`
	EverySeconds  int64      `json:"every_seconds,omitempty" doc:"Between two; absent when the server makes none by itself"`
	Late          bool       `json:"late" doc:"One was due, and there is none"`
	LastID        string     `json:"last_id,omitempty" doc:"Of the last good one, as the following"`
	LastSuccessAt *time.Time `json:"last_success_at,omitempty"`
	Seconds       float64    `json:"seconds,omitempty" doc:"That it took"`
	Bytes         int64      `json:"bytes,omitempty" doc:"That it holds"`
	AddedBytes    int64      `json:"added_bytes,omitempty" doc:"That were new in it"`
	Missing       int        `json:"missing,omitempty" doc:"Blobs that it could not have: their bytes are lost or damaged on the server"`
	LastTryAt     *time.Time `json:"last_try_at,omitempty"`
	Error         string     `json:"error,omitempty" doc:"Why the last try came to nothing"`
}

// MailState is how mails go out.
type MailState struct {
	Server bool  `json:"server" doc:"There is a mail server; otherwise mails are written to the log only"`
	Queued int64 `json:"queued" doc:"Wait to be sent"`
	Dead   int64 `json:"dead" doc:"Given up in the last thirty days"`
}

// DatabaseState is the database as it describes itself.
type DatabaseState struct {
	Engine  string `json:"engine" enum:"sqlite,postgres"`
	Version string `json:"version" doc:"Of the engine"`
	Bytes   int64  `json:"bytes" doc:"On disk"`
	Schema  int64  `json:"schema" doc:"Number of the newest migration"`
}

// BlobState is what the bytes of reads and results take.
type BlobState struct {
	Blobs     int64  `json:"blobs"`
	Bytes     int64  `json:"bytes"`
	Orphaned  int64  `json:"orphaned_bytes" doc:"That nothing refers to: they are removed after a delay"`
	FreeBytes *int64 `json:"free_bytes,omitempty" doc:"What their disk still takes; absent where it is not known"`
}

// QueueState is how many jobs of a lane are in a state.
type QueueState struct {
	Lane  string    `json:"lane" enum:"short,long"`
	State string    `json:"state" enum:"waiting,queued,running"`
	Jobs  int64     `json:"jobs"`
	Since time.Time `json:"since" doc:"Since when the oldest has existed"`
}

// WorkerState is a worker with what it does.
type WorkerState struct {
	Name   string    `json:"name"`
	SeenAt time.Time `json:"seen_at" doc:"Last sign of life"`
	Jobs   []Job     `json:"jobs" nullable:"false" doc:"Running"`
}

// ServerCheck is a question of health with its answer.
type ServerCheck struct {
	Name  string `json:"name" enum:"database,disk,clock,queue,failures,backup,mail"`
	State string `json:"state" enum:"ok,warning,error"`
	Text  string `json:"text,omitempty" doc:"What is wrong"`
}

// Server tells administrators how the server is.
func (c *Client) Server(ctx context.Context) (out ServerState, err error) {
	_, err = c.do(ctx, get("/server", nil), &out)
	return out, err
}
