package client

import "context"

// Compare says which results to put side by side, in that order.
type Compare struct {
	ResultIDs []int64 `json:"result_ids,omitempty" maxItems:"500" doc:"These results, or"`
	SampleIDs []int64 `json:"sample_ids,omitempty" maxItems:"500" doc:"the newest of these samples"`
	ConfigID  int64   `json:"config_id,omitempty" doc:"by this config"`
	Top       int     `json:"top,omitempty" minimum:"0" maximum:"100000" doc:"Clonotypes of each that are kept; 0 is what the config says"`
}

// Compare puts chosen results of any sets side by side. Its number stays good
// while somebody asks for it now and then.
func (c *Client) Compare(ctx context.Context, q Compare) (out Fused, err error) {
	_, err = c.do(ctx, post("/compare", q), &out)
	return out, err
}
