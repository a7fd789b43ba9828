package client

import (
	"context"
	"fmt"
	"time"
)

// Bundle is an archive of all that one may reach.
type Bundle struct {
	ID        int64      `json:"id"`
	JobID     int64      `json:"job_id,omitempty" doc:"The job that makes it"`
	State     string     `json:"state" enum:"waiting,queued,running,done,failed,cancelled" doc:"Of the job; done: it can be downloaded"`
	Progress  float64    `json:"progress" minimum:"0" maximum:"1"`
	Error     string     `json:"error,omitempty"`
	Reads     bool       `json:"reads" doc:"With the files of reads"`
	Bytes     int64      `json:"bytes,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	ReadyAt   *time.Time `json:"ready_at,omitempty"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Until when it can be downloaded"`
}

// BundleList are archives, the newest first.
type BundleList struct {
	Items []Bundle `json:"items" nullable:"false"`
}

// NewBundle says what goes into an archive.
type NewBundle struct {
	Reads bool `json:"reads,omitempty" doc:"Also the files of reads, which are most of it"`
}

// RequestBundle has an archive made of all that one may reach.
func (c *Client) RequestBundle(ctx context.Context, in NewBundle) (out Bundle, err error) {
	_, err = c.do(ctx, post("/me/exports", in), &out)
	return out, err
}

// Bundles lists the own archives.
func (c *Client) Bundles(ctx context.Context) (out BundleList, err error) {
	_, err = c.do(ctx, get("/me/exports", nil), &out)
	return out, err
}

// Bundle downloads an own archive.
func (c *Client) Bundle(ctx context.Context, id int64) (Download, error) {
	return c.download(ctx, get(fmt.Sprintf("/me/exports/%d/content", id), nil), "")
}

// DeleteBundle removes an own archive.
func (c *Client) DeleteBundle(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/me/exports/%d", id)), nil)
	return err
}
