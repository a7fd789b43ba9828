package client

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// AuditEntry is a line of the audit: who did what to which object, and when.
// Values that could tell who somebody is are not shown: their fields are named
// in Hidden.
type AuditEntry struct {
	ID        int64          `json:"id" doc:"Number in the chain, without gaps"`
	At        time.Time      `json:"at"`
	UserID    int64          `json:"user_id,omitempty" doc:"Who acted; absent for the server itself, or nobody known"`
	User      string         `json:"user,omitempty"`
	BehalfOf  int64          `json:"behalf_of,omitempty" doc:"In whose account an administrator acted"`
	Behalf    string         `json:"behalf,omitempty"`
	Action    string         `json:"action" doc:"As set.create"`
	Object    string         `json:"object" doc:"As set"`
	ObjectID  int64          `json:"object_id,omitempty"`
	SetID     int64          `json:"set_id,omitempty" doc:"The set concerned"`
	Before    map[string]any `json:"before,omitempty"`
	After     map[string]any `json:"after,omitempty"`
	Hidden    []string       `json:"hidden,omitempty" doc:"Fields whose values are not shown"`
	RequestID string         `json:"request_id,omitempty" doc:"For administrators"`
	Address   string         `json:"address,omitempty" doc:"Network address, for administrators"`
	Hash      string         `json:"hash,omitempty" doc:"Of the entry and all before it, for administrators"`
}

// AuditPage is a part of the audit, the newest first.
type AuditPage struct {
	Items []AuditEntry `json:"items" nullable:"false"`
	Next  string       `json:"next,omitempty" doc:"Cursor of the next page; absent at the end"`
}

// AuditQuery chooses entries; zero fields choose all. Who is no administrator
// names a set.
type AuditQuery struct {
	UserID, BehalfOf, SetID int64
	Object                  string // with ObjectID
	ObjectID                int64
	Action                  string
	From, To                string // days, YYYY-MM-DD, both included
	Cursor                  string
	Limit                   int
}

// Audit lists entries.
func (c *Client) Audit(ctx context.Context, q AuditQuery) (out AuditPage, err error) {
	v := url.Values{}
	for name, n := range map[string]int64{"user_id": q.UserID, "behalf_of": q.BehalfOf, "set_id": q.SetID, "object_id": q.ObjectID, "limit": int64(q.Limit)} {
		if n != 0 {
			v.Set(name, strconv.FormatInt(n, 10))
		}
	}
	set(v, "object", q.Object)
	set(v, "action", q.Action)
	set(v, "from", q.From)
	set(v, "to", q.To)
	set(v, "cursor", q.Cursor)
	_, err = c.do(ctx, get("/audit", v), &out)
	return out, err
}
