package client

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// Set is a patient, a sequencing run, or any other set of samples. Fields that
// tell who a patient is are missing where one may not know it.
type Set struct {
	ID       int64     `json:"id"`
	Kind     string    `json:"kind" enum:"patient,run,set"`
	Title    string    `json:"title" doc:"How it is called: of a patient whose identity one may not know, its number"`
	Identity bool      `json:"identity" doc:"Whether one may know who the patient is; of runs and other sets always true"`
	Age      string    `json:"age,omitempty" doc:"Of a patient, today, as 45y or 2y 5m"`
	GroupID  int64     `json:"group_id" doc:"The owner"`
	Owner    string    `json:"owner" doc:"Name of the owner"`
	Creator  string    `json:"creator,omitempty" doc:"Who entered it"`
	Tags     []string  `json:"tags" nullable:"false" doc:"The #words of the info"`
	May      []string  `json:"may" nullable:"false" doc:"Rights that one has on it: read, edit, upload, run, save, anon, share"`
	Samples  int64     `json:"samples"`
	Files    int64     `json:"files" doc:"Files whose bytes are there"`
	Bytes    int64     `json:"bytes" doc:"Of these files"`
	Day      string    `json:"day,omitempty" doc:"Of a run its date, of others the newest sampling date"`
	Created  time.Time `json:"created_at"`
	Changed  time.Time `json:"changed_at"`
	Trashed  time.Time `json:"trashed_at,omitzero" required:"false" doc:"When it went into the trash"`

	FirstName string `json:"first_name,omitempty" doc:"Of a patient"`
	LastName  string `json:"last_name,omitempty" doc:"Of a patient"`
	Birth     string `json:"birth,omitempty" doc:"Of a patient: YYYY-MM-DD"`
	Label     string `json:"label,omitempty" doc:"Identifier elsewhere, as the hospital's"`
	Name      string `json:"name,omitempty" doc:"Of a run or other set"`
	RunDate   string `json:"run_date,omitempty" doc:"Of a run: YYYY-MM-DD"`
	Sequencer string `json:"sequencer,omitempty" doc:"Of a run"`
	Pcr       string `json:"pcr,omitempty" doc:"Of a run"`
	Info      string `json:"info" doc:"Free text, with #tags"`
}

// NewSet is what a set is made from.
type NewSet struct {
	Kind      string `json:"kind" enum:"patient,run,set"`
	GroupID   int64  `json:"group_id,omitempty" doc:"The owner; left out, the group in which one has most sets"`
	FirstName string `json:"first_name,omitempty" doc:"Of a patient"`
	LastName  string `json:"last_name,omitempty" doc:"Of a patient, needed"`
	Birth     string `json:"birth,omitempty" doc:"Of a patient: YYYY-MM-DD"`
	Label     string `json:"label,omitempty" doc:"Identifier elsewhere, as the hospital's"`
	Name      string `json:"name,omitempty" doc:"Of a run or other set, needed"`
	RunDate   string `json:"run_date,omitempty" doc:"Of a run: YYYY-MM-DD"`
	Sequencer string `json:"sequencer,omitempty" doc:"Of a run"`
	Pcr       string `json:"pcr,omitempty" doc:"Of a run"`
	Info      string `json:"info,omitempty" doc:"Free text, with #tags"`
}

// NewSets are sets to be made together: all or none.
type NewSets struct {
	Rows []NewSet `json:"rows" nullable:"false" minItems:"1" maxItems:"100"`
}

// SetChange is what to change of a set; fields that are left out stay.
type SetChange struct {
	GroupID   *int64  `json:"group_id,omitempty" doc:"A new owner"`
	FirstName *string `json:"first_name,omitempty"`
	LastName  *string `json:"last_name,omitempty"`
	Birth     *string `json:"birth,omitempty"`
	Label     *string `json:"label,omitempty"`
	Name      *string `json:"name,omitempty"`
	RunDate   *string `json:"run_date,omitempty"`
	Sequencer *string `json:"sequencer,omitempty"`
	Pcr       *string `json:"pcr,omitempty"`
	Info      *string `json:"info,omitempty"`
}

// SetPage is a part of a list of sets.
type SetPage struct {
	Items []Set  `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; missing at the end"`
}

// SetList are sets.
type SetList struct {
	Items []Set `json:"items" nullable:"false"`
}

// SetTotals is what a list of sets adds up to.
type SetTotals struct {
	Sets    int64 `json:"sets"`
	Samples int64 `json:"samples" doc:"A sample that is in several of the sets counts in each"`
	Files   int64 `json:"files" doc:"Files whose bytes are there"`
	Bytes   int64 `json:"bytes"`
}

// Neighbours are the sets of the same kind before and after one, by number.
type Neighbours struct {
	Previous int64 `json:"previous,omitempty"`
	Next     int64 `json:"next,omitempty"`
}

// Share is a group beside a set.
type Share struct {
	GroupID   int64    `json:"group_id"`
	Name      string   `json:"name"`
	Kind      string   `json:"kind" enum:"ordinary,personal,public"`
	ParentID  int64    `json:"parent_id,omitempty"`
	Shared    bool     `json:"shared" doc:"The set is open to it"`
	Owner     bool     `json:"owner" doc:"The set belongs to it"`
	Rights    []string `json:"rights" nullable:"false" doc:"What its members may do with sets that are open to it"`
	MayChange bool     `json:"may_change" doc:"One may open the set to it, or close it"`
}

// ShareList are the groups beside a set.
type ShareList struct {
	Items []Share `json:"items" nullable:"false"`
}

// Page says which part of a list is wanted; its zero value is the first 50 in
// the list's own order.
type Page struct {
	Q      string // search
	Sort   string // an order, "-" before it turns it round
	Cursor string // Next of the page before
	Limit  int    // at most 200
}

func (p Page) query() url.Values {
	q := url.Values{}
	for name, text := range map[string]string{"q": p.Q, "sort": p.Sort, "cursor": p.Cursor} {
		if text != "" {
			q.Set(name, text)
		}
	}
	if p.Limit != 0 {
		q.Set("limit", strconv.Itoa(p.Limit))
	}
	return q
}

// Sets lists sets of a kind, "" for all.
func (c *Client) Sets(ctx context.Context, kind string, page Page) (out SetPage, err error) {
	q := page.query()
	if kind != "" {
		q.Set("kind", kind)
	}
	_, err = c.do(ctx, get("/sets", q), &out)
	return out, err
}

// SumSets adds up the sets of a list.
func (c *Client) SumSets(ctx context.Context, kind, search string) (out SetTotals, err error) {
	q := Page{Q: search}.query()
	if kind != "" {
		q.Set("kind", kind)
	}
	_, err = c.do(ctx, get("/sets/totals", q), &out)
	return out, err
}

// Set returns a set.
func (c *Client) Set(ctx context.Context, id int64) (out Set, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/sets/%d", id), nil), &out)
	return out, err
}

// CreateSets makes sets, all or none.
func (c *Client) CreateSets(ctx context.Context, rows ...NewSet) ([]Set, error) {
	var out SetList
	_, err := c.do(ctx, post("/sets", NewSets{rows}), &out)
	return out.Items, err
}

// UpdateSet changes a set.
func (c *Client) UpdateSet(ctx context.Context, id int64, ch SetChange) (out Set, err error) {
	_, err = c.do(ctx, patch(fmt.Sprintf("/sets/%d", id), ch), &out)
	return out, err
}

// TrashSet puts a set into the trash.
func (c *Client) TrashSet(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/sets/%d", id)), nil)
	return err
}

// RestoreSet takes a set out of the trash.
func (c *Client) RestoreSet(ctx context.Context, id int64) (out Set, err error) {
	_, err = c.do(ctx, post(fmt.Sprintf("/sets/%d/restore", id), nil), &out)
	return out, err
}

// TrashedSets lists the sets in the trash.
func (c *Client) TrashedSets(ctx context.Context, page Page) (out SetPage, err error) {
	_, err = c.do(ctx, get("/trash/sets", page.query()), &out)
	return out, err
}

// Neighbours returns the sets before and after one.
func (c *Client) Neighbours(ctx context.Context, id int64) (out Neighbours, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/sets/%d/neighbours", id), nil), &out)
	return out, err
}

// SetShares lists the groups that a set is open to, and could be.
func (c *Client) SetShares(ctx context.Context, id int64) ([]Share, error) {
	var out ShareList
	_, err := c.do(ctx, get(fmt.Sprintf("/sets/%d/groups", id), nil), &out)
	return out.Items, err
}

// ShareSet opens a set to a group.
func (c *Client) ShareSet(ctx context.Context, id, groupID int64) error {
	_, err := c.do(ctx, put(fmt.Sprintf("/sets/%d/groups/%d", id, groupID), nil), nil)
	return err
}

// UnshareSet closes a set to a group.
func (c *Client) UnshareSet(ctx context.Context, id, groupID int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/sets/%d/groups/%d", id, groupID)), nil)
	return err
}
