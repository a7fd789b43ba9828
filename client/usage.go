package client

import (
	"context"
	"time"
)

// Usage is what a person has made, or a group owns: without what is in the trash.
type Usage struct {
	ID           int64            `json:"id"`
	Name         string           `json:"name"`
	Kind         string           `json:"kind,omitempty" enum:"ordinary,personal,public" doc:"Of a group"`
	Members      int64            `json:"members,omitempty" doc:"Of a group"`
	Patients     int64            `json:"patients"`
	Runs         int64            `json:"runs"`
	Sets         int64            `json:"sets" doc:"That are neither patients nor runs"`
	Samples      int64            `json:"samples"`
	Files        int64            `json:"files" doc:"Of reads, that are there"`
	Bytes        int64            `json:"bytes" doc:"Of those in the store; files of mounted folders take no room"`
	QuotaBytes   int64            `json:"quota_bytes,omitempty" doc:"Of a group; absent for none"`
	Results      int64            `json:"results"`
	LastResultAt *time.Time       `json:"last_result_at,omitempty"`
	LastLoginAt  *time.Time       `json:"last_login_at,omitempty" doc:"Of a person"`
	Jobs         map[string]int64 `json:"jobs" nullable:"false" doc:"Of the last thirty days, by state"`
}

// UsageList is usage by name.
type UsageList struct {
	Items []Usage `json:"items" nullable:"false"`
}

// OwnUsage is what one has made, what one's groups own, and the newest results
// that one sees.
type OwnUsage struct {
	Person  Usage        `json:"person"`
	Groups  []Usage      `json:"groups" nullable:"false"`
	Results []LastResult `json:"results" nullable:"false" doc:"The newest first"`
}

// LastResult is a new result.
type LastResult struct {
	ID        int64     `json:"id"`
	SampleID  int64     `json:"sample_id"`
	SetID     int64     `json:"set_id"`
	ConfigID  int64     `json:"config_id"`
	CreatedAt time.Time `json:"created_at"`
}

// UsageOfPeople adds up what everybody has made, for administrators.
func (c *Client) UsageOfPeople(ctx context.Context) (out UsageList, err error) {
	_, err = c.do(ctx, get("/usage/people", nil), &out)
	return out, err
}

// UsageOfGroups adds up what all groups own, for administrators.
func (c *Client) UsageOfGroups(ctx context.Context) (out UsageList, err error) {
	_, err = c.do(ctx, get("/usage/groups", nil), &out)
	return out, err
}

// UsageTable downloads usage as a table: of "people" or of "groups".
func (c *Client) UsageTable(ctx context.Context, of string) (Download, error) {
	return c.download(ctx, get("/usage/"+of+".tsv", nil), "")
}

// OwnUsage adds up what concerns oneself.
func (c *Client) OwnUsage(ctx context.Context) (out OwnUsage, err error) {
	_, err = c.do(ctx, get("/me/usage", nil), &out)
	return out, err
}

// OwnUsageTable downloads the usage of one's groups as a table.
func (c *Client) OwnUsageTable(ctx context.Context) (Download, error) {
	return c.download(ctx, get("/me/usage.tsv", nil), "")
}
