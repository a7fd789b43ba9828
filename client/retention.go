package client

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// RetentionClass is a kind of thing that goes when its time is over.
type RetentionClass struct {
	Name  string     `json:"name" enum:"trash,samples,deleted_results,reads,results,audit,mails,sessions,uploads,archives" doc:"trash: sets; samples: in the trash by themselves; results: those of which there is a newer one"`
	Days  int        `json:"days" doc:"That they stay; 0 is for ever"`
	Count int64      `json:"count" doc:"That would go"`
	Bytes int64      `json:"bytes"`
	Items []Expiring `json:"items" nullable:"false" doc:"Those of them that have numbers"`
	More  bool       `json:"more" doc:"There are more than are counted here"`
}

// Expiring is something whose time is over.
type Expiring struct {
	ID    int64     `json:"id"`
	SetID int64     `json:"set_id,omitempty"`
	At    time.Time `json:"at" doc:"From when its time is counted"`
	Bytes int64     `json:"bytes"`
}

// Retention is what would go.
type Retention struct {
	Classes []RetentionClass `json:"classes" nullable:"false"`
}

// RetentionPreview tells what would go in a number of days, 0 for now.
func (c *Client) RetentionPreview(ctx context.Context, inDays int) (out Retention, err error) {
	v := url.Values{}
	if inDays > 0 {
		v.Set("in_days", strconv.Itoa(inDays))
	}
	_, err = c.do(ctx, get("/retention", v), &out)
	return out, err
}

// RunRetention removes now what would go, in a job.
func (c *Client) RunRetention(ctx context.Context) (out Job, err error) {
	_, err = c.do(ctx, post("/retention/run", nil), &out)
	return out, err
}
