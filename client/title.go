package client

import (
	"context"
	"net/url"
	"strconv"
	"strings"
)

// SetState is how far the samples of a set are with a config.
type SetState struct {
	SetID    int64   `json:"set_id"`
	ConfigID int64   `json:"config_id" doc:"0 for pre-processes"`
	Results  int     `json:"results" doc:"Samples that have a result"`
	Failed   int     `json:"failed" doc:"Samples whose newest job has failed"`
	Queued   int     `json:"queued" doc:"Jobs that wait"`
	Running  int     `json:"running" doc:"Jobs that run"`
	Progress float64 `json:"progress" minimum:"0" maximum:"1" doc:"Of the running jobs, their mean"`
}

// SetStateList are states of sets, by set and config.
type SetStateList struct {
	Items []SetState `json:"items" nullable:"false" doc:"Where there is a result or a job"`
}

// Title is how a set or sample is called.
type Title struct {
	ID    int64  `json:"id"`
	Title string `json:"title" doc:"Where one may not know the name, the number"`
}

// Titles are how sets and samples are called; those that one may not see are
// missing.
type Titles struct {
	Sets    []Title `json:"sets" nullable:"false"`
	Samples []Title `json:"samples" nullable:"false"`
}

// SetStates tells how far sets are, at most 200.
func (c *Client) SetStates(ctx context.Context, sets []int64) ([]SetState, error) {
	var out SetStateList
	_, err := c.do(ctx, get("/sets/states", url.Values{"ids": {commas(sets)}}), &out)
	return out.Items, err
}

// Titles tells how sets and samples are called, at most 200 of each.
func (c *Client) Titles(ctx context.Context, sets, samples []int64) (out Titles, err error) {
	_, err = c.do(ctx, get("/titles", url.Values{"sets": {commas(sets)}, "samples": {commas(samples)}}), &out)
	return out, err
}

func commas(ids []int64) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(texts, ",")
}
