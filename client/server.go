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
	Checks    []ServerCheck `json:"checks" nullable:"false"`
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
	Name  string `json:"name" enum:"database,disk,clock,queue,failures"`
	State string `json:"state" enum:"ok,warning,error"`
	Text  string `json:"text,omitempty" doc:"What is wrong"`
}

// Server tells administrators how the server is.
func (c *Client) Server(ctx context.Context) (out ServerState, err error) {
	_, err = c.do(ctx, get("/server", nil), &out)
	return out, err
}
