package client

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// Mails are kinds of mail, and whether a person gets them.
type Mails map[string]bool

// Mail is a mail of the outbox, without what it says.
type Mail struct {
	ID        int64      `json:"id"`
	Kind      string     `json:"kind" enum:"invite,reset,locked,jobs,followed,digest,export,disk,faults,test"`
	State     string     `json:"state" enum:"queued,sent,dead" doc:"dead: refused, or tried for too long"`
	UserID    int64      `json:"user_id,omitempty" doc:"Whose account it goes to; absent: to an address of the configuration"`
	Attempts  int        `json:"attempts"`
	DueAt     *time.Time `json:"due_at,omitempty" doc:"Of the next attempt, while it is queued"`
	Error     string     `json:"error,omitempty" doc:"Of the last attempt"`
	Retryable bool       `json:"retryable" doc:"It was given up and can be tried again"`
	CreatedAt time.Time  `json:"created_at"`
	SentAt    *time.Time `json:"sent_at,omitempty"`
}

// MailList is a page of the outbox, the newest first.
type MailList struct {
	Items  []Mail `json:"items" nullable:"false"`
	Next   string `json:"next,omitempty" doc:"Cursor of the next page; absent at the end"`
	Dead   int64  `json:"dead" doc:"Given up in the last thirty days"`
	Server bool   `json:"server" doc:"There is a mail server; otherwise mails are written to the log only"`
}

// MailQuery chooses mails.
type MailQuery struct {
	State  string // queued, sent or dead; "" is all
	Cursor string
	Limit  int
}

// Mails lists the outbox, for administrators.
func (c *Client) Mails(ctx context.Context, q MailQuery) (out MailList, err error) {
	v := url.Values{}
	set(v, "state", q.State)
	set(v, "cursor", q.Cursor)
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	_, err = c.do(ctx, get("/mails", v), &out)
	return out, err
}

// RetryMail tries a mail again that was given up.
func (c *Client) RetryMail(ctx context.Context, id int64) error {
	_, err := c.do(ctx, post(fmt.Sprintf("/mails/%d/retry", id), nil), nil)
	return err
}

// DeleteMail removes a mail from the outbox.
func (c *Client) DeleteMail(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/mails/%d", id)), nil)
	return err
}

// TestMail sends oneself a mail, to see that mails arrive.
func (c *Client) TestMail(ctx context.Context) error {
	_, err := c.do(ctx, post("/mails/test", nil), nil)
	return err
}

// FollowSet has one told by mail when a set has something new.
func (c *Client) FollowSet(ctx context.Context, id int64) error {
	_, err := c.do(ctx, put(fmt.Sprintf("/sets/%d/follow", id), nil), nil)
	return err
}

// UnfollowSet ends it.
func (c *Client) UnfollowSet(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/sets/%d/follow", id)), nil)
	return err
}

// FollowedSets are the sets that one follows.
type FollowedSets struct {
	Items []Set `json:"items" nullable:"false"`
}

// Follows lists the sets that one follows.
func (c *Client) Follows(ctx context.Context) ([]Set, error) {
	var out FollowedSets
	_, err := c.do(ctx, get("/me/follows", nil), &out)
	return out.Items, err
}
