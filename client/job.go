package client

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Job is a piece of work that the server does later, and its history.
type Job struct {
	ID               int64      `json:"id"`
	Kind             string     `json:"kind" enum:"preprocess,analyze,import,fuse,collect,export,transfer"`
	State            string     `json:"state" enum:"waiting,queued,running,done,failed,cancelled"`
	Lane             string     `json:"lane" enum:"short,long"`
	Priority         int        `json:"priority"`
	GroupID          int64      `json:"group_id,omitempty" doc:"Whose turn in the queue it uses"`
	UserID           int64      `json:"user_id,omitempty" doc:"Who asked for it; missing when the server did"`
	SetID            int64      `json:"set_id,omitempty"`
	SampleID         int64      `json:"sample_id,omitempty"`
	ConfigID         int64      `json:"config_id,omitempty"`
	ConfigRevisionID int64      `json:"config_revision_id,omitempty"`
	PreProcessID     int64      `json:"pre_process_id,omitempty"`
	After            int64      `json:"after,omitempty" doc:"The job that must be done before"`
	RetryOf          int64      `json:"retry_of,omitempty" doc:"The job that this one tries again"`
	Attempt          int        `json:"attempt" doc:"1 while the first runs; 0 before"`
	MaxAttempts      int        `json:"max_attempts"`
	Progress         float64    `json:"progress" minimum:"0" maximum:"1"`
	Stage            string     `json:"stage,omitempty" doc:"What it is doing"`
	Reads            int64      `json:"reads,omitempty" doc:"Reads so far"`
	Cancelling       bool       `json:"cancelling,omitempty" doc:"Somebody asked to stop it"`
	Again            bool       `json:"again,omitempty" doc:"Asked for once more while it runs: another will follow"`
	ErrorCode        string     `json:"error_code,omitempty" doc:"Of the last attempt, for programs"`
	Error            string     `json:"error,omitempty" doc:"Of the last attempt, for people"`
	ResultID         int64      `json:"result_id,omitempty"`
	LogBytes         int64      `json:"log_bytes,omitempty"`
	Worker           string     `json:"worker,omitempty" doc:"For administrators"`
	Position         int        `json:"position,omitempty" doc:"In the queue, an estimate; only when one job is asked for"`
	MayChange        bool       `json:"may_change" doc:"One may cancel it or try it again"`
	MayLog           bool       `json:"may_log" doc:"One may read its log"`
	RunAt            time.Time  `json:"run_at" doc:"It starts not before"`
	CreatedAt        time.Time  `json:"created_at"`
	StartedAt        *time.Time `json:"started_at,omitempty" doc:"Of the last attempt"`
	EndedAt          *time.Time `json:"ended_at,omitempty"`
	ChangedAt        time.Time  `json:"changed_at"`
}

// Ended tells whether nothing more will happen to the job.
func (j *Job) Ended() bool { return j.EndedAt != nil }

// JobPage is a part of a list of jobs, the newest first.
type JobPage struct {
	Items []Job  `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; missing at the end"`
}

// JobList are jobs.
type JobList struct {
	Items []Job `json:"items" nullable:"false"`
}

// LogPiece is a part of the log of a job.
type LogPiece struct {
	Piece   int       `json:"piece" doc:"1, 2, … without gaps"`
	Attempt int       `json:"attempt"`
	At      time.Time `json:"at"`
	Text    string    `json:"text"`
}

// JobLog is a part of the log of a job, in the order in which it was written.
type JobLog struct {
	Items []LogPiece `json:"items" nullable:"false"`
	Next  string     `json:"next,omitempty" doc:"Cursor of the next page; missing when there is no more yet"`
	State string     `json:"state" enum:"waiting,queued,running,done,failed,cancelled" doc:"Of the job: once it has ended, the log grows no more"`
}

// JobFilter says which jobs are wanted; its zero value is one's own.
type JobFilter struct {
	Set    int64
	Sample int64
	User   int64    // of a person, for administrators
	All    bool     // of everybody, for administrators
	States []string // empty is all
	Kinds  []string // empty is all
}

// Jobs lists jobs, the newest first.
func (c *Client) Jobs(ctx context.Context, f JobFilter, p Page) (out JobPage, err error) {
	q := p.query()
	for name, id := range map[string]int64{"set": f.Set, "sample": f.Sample, "user": f.User} {
		if id != 0 {
			q.Set(name, strconv.FormatInt(id, 10))
		}
	}
	if f.All {
		q.Set("all", "true")
	}
	for name, words := range map[string][]string{"state": f.States, "kind": f.Kinds} {
		if len(words) > 0 {
			q.Set(name, strings.Join(words, ","))
		}
	}
	_, err = c.do(ctx, get("/jobs", q), &out)
	return out, err
}

// Job returns a job with its place in the queue.
func (c *Client) Job(ctx context.Context, id int64) (out Job, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/jobs/%d", id), nil), &out)
	return out, err
}

// CancelJob stops a job, and cancels those that wait for it.
func (c *Client) CancelJob(ctx context.Context, id int64) (out Job, err error) {
	_, err = c.do(ctx, post(fmt.Sprintf("/jobs/%d/cancel", id), nil), &out)
	return out, err
}

// RetryJob tries a failed or cancelled job again and returns the new one.
func (c *Client) RetryJob(ctx context.Context, id int64) (out Job, err error) {
	_, err = c.do(ctx, post(fmt.Sprintf("/jobs/%d/retry", id), nil), &out)
	return out, err
}

// RetryFailed tries all failed jobs of a set and its samples again and returns
// the new ones.
func (c *Client) RetryFailed(ctx context.Context, setID int64) (out JobList, err error) {
	_, err = c.do(ctx, post(fmt.Sprintf("/sets/%d/jobs/retry", setID), nil), &out)
	return out, err
}

// JobLog reads a part of the log of a job, from a cursor on; "" is the start.
func (c *Client) JobLog(ctx context.Context, id int64, cursor string) (out JobLog, err error) {
	q := url.Values{}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	_, err = c.do(ctx, get(fmt.Sprintf("/jobs/%d/log", id), q), &out)
	return out, err
}
