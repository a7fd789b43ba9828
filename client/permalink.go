package client

import (
	"context"
	"maps"
	"net/url"
)

// Permalink is what an address of the web client means.
type Permalink struct {
	SetID     int64   `json:"set_id,omitempty"`
	Kind      string  `json:"kind,omitempty" enum:"patient,run,set" doc:"Of the set"`
	ConfigID  int64   `json:"config_id,omitempty"`
	ResultIDs []int64 `json:"result_ids,omitempty" doc:"Chosen results; with a set, one under the set's annotation"`
	Plot      string  `json:"plot,omitempty" doc:"As the address has it"`
	Clones    []int   `json:"clones,omitempty" doc:"Ranks of the clonotypes that are selected"`
}

// Permalink tells what an address of the web client, of the original's too,
// means: "/3241-25?clone=3", "?patient=12&config=25", "?custom=7&custom=9".
func (c *Client) Permalink(ctx context.Context, path string, query url.Values) (out Permalink, err error) {
	q := url.Values{"path": {path}}
	maps.Copy(q, query)
	_, err = c.do(ctx, get("/permalink", q), &out)
	return out, err
}
