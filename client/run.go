package client

import "context"

// RunRequest asks for analyses by a config.
type RunRequest struct {
	ConfigID  int64    `json:"config_id" minimum:"1"`
	SampleIDs []int64  `json:"sample_ids,omitempty" maxItems:"5000" doc:"The samples; without them all samples of the sets"`
	SetIDs    []int64  `json:"set_ids,omitempty" maxItems:"5000" doc:"The sets; with sample_ids, each sample must be in one of them"`
	Which     []string `json:"which,omitempty" enum:"all,missing,failed,stale" doc:"Which of the samples: all (the default), those without a result, whose last job failed or was cancelled, whose newest result is of replaced reads or of an older revision. Several may be given"`
}

// RunOutcome is what became of a request.
type RunOutcome struct {
	Jobs    []Job     `json:"jobs" nullable:"false" doc:"One for each sample, those that were under way already among them"`
	Added   int       `json:"added" doc:"How many of the jobs are new"`
	Spared  int       `json:"spared" doc:"How many samples the choice left out"`
	Skipped []Skipped `json:"skipped" nullable:"false" doc:"Samples of the sets that cannot be analysed"`
}

// Skipped is a sample that cannot be analysed by the config.
type Skipped struct {
	SampleID int64  `json:"sample_id"`
	Reason   string `json:"reason" doc:"For people"`
}

// Run asks for analyses by a config. What is under way is not begun again.
func (c *Client) Run(ctx context.Context, r RunRequest) (out RunOutcome, err error) {
	_, err = c.do(ctx, post("/runs", r), &out)
	return out, err
}
