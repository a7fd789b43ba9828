package client

import (
	"context"
	"fmt"
	"time"
)

// Sample is one sequenced library.
type Sample struct {
	ID           int64       `json:"id"`
	Title        string      `json:"title" doc:"How it is called: where one may not know its name, its number"`
	NameKnown    bool        `json:"name_known" doc:"Whether one may know its name and those of its files"`
	Name         string      `json:"name,omitempty"`
	SamplingDate string      `json:"sampling_date,omitempty" doc:"YYYY-MM-DD"`
	Info         string      `json:"info" doc:"Free text, with #tags"`
	Tags         []string    `json:"tags" nullable:"false" doc:"The #words of the info"`
	PreProcessID int64       `json:"pre_process_id,omitempty"`
	Generation   int         `json:"generation" doc:"Of its reads: grows each time they are replaced; results of older ones are stale"`
	Files        []File      `json:"files" nullable:"false" doc:"Of all generations, the newest first"`
	Sets         []SampleSet `json:"sets" nullable:"false" doc:"The sets that it is in, as far as one may see them"`
	May          []string    `json:"may" nullable:"false" doc:"What one may do with it: edit, run"`
	Created      time.Time   `json:"created_at"`
	Changed      time.Time   `json:"changed_at"`
	Trashed      time.Time   `json:"trashed_at,omitzero" required:"false" doc:"When it went into the trash"`
}

// File is a file of a sample.
type File struct {
	ID         int64  `json:"id"`
	Generation int    `json:"generation"`
	Role       string `json:"role" enum:"reads,R1,R2,I1,I2,result"`
	Lane       int    `json:"lane,omitempty"`
	Name       string `json:"name" doc:"Where one may not know it, a number and the format"`
	State      string `json:"state" enum:"expected,present,missing,removed" doc:"expected: not uploaded yet; missing: no longer in the mounted folder; removed: by a person"`
	Size       int64  `json:"size" doc:"Bytes; 0 when not known"`
	Digest     string `json:"digest,omitempty" doc:"SHA-256"`
	Source     string `json:"source,omitempty" doc:"Name of the mounted folder that it is in"`
	Reason     string `json:"reason,omitempty" doc:"Why its last upload came to nothing"`
}

// SampleSet is a set that a sample is in.
type SampleSet struct {
	ID    int64  `json:"id"`
	Kind  string `json:"kind" enum:"patient,run,set"`
	Title string `json:"title"`
}

// NewSample is what a sample is made from.
type NewSample struct {
	Sets         []int64   `json:"sets" nullable:"false" doc:"The sets that it will be in, one at least"`
	Name         string    `json:"name,omitempty" doc:"Left out, that of the first file"`
	SamplingDate string    `json:"sampling_date,omitempty" doc:"YYYY-MM-DD"`
	Info         string    `json:"info,omitempty"`
	PreProcessID int64     `json:"pre_process_id,omitempty"`
	Files        []NewFile `json:"files,omitempty" doc:"The files that will be uploaded"`
}

// NewFile announces a file.
type NewFile struct {
	Role string `json:"role,omitempty" enum:"reads,R1,R2,I1,I2,result" doc:"Left out: reads"`
	Lane int    `json:"lane,omitempty" minimum:"0" maximum:"999"`
	Name string `json:"name"`
	Size int64  `json:"size,omitempty" minimum:"0" doc:"Bytes, where known"`
}

// NewSamples are samples to be made together: all or none.
type NewSamples struct {
	Rows []NewSample `json:"rows" nullable:"false" minItems:"1" maxItems:"100"`
}

// NewReads are files that take the place of those before.
type NewReads struct {
	Files []NewFile `json:"files" nullable:"false" minItems:"1"`
}

// SampleChange is what to change of a sample; fields that are left out stay.
type SampleChange struct {
	Name         *string  `json:"name,omitempty"`
	SamplingDate *string  `json:"sampling_date,omitempty"`
	Info         *string  `json:"info,omitempty"`
	PreProcessID *int64   `json:"pre_process_id,omitempty" doc:"0 for none"`
	Sets         *[]int64 `json:"sets,omitempty" doc:"The sets that it is in from then on, of those that one may see"`
}

// SamplePage is a part of a list of samples.
type SamplePage struct {
	Items []Sample `json:"items" nullable:"false"`
	Next  string   `json:"next,omitempty" doc:"Cursor of the next page; missing at the end"`
}

// SampleList are samples.
type SampleList struct {
	Items []Sample `json:"items" nullable:"false"`
}

// CreateSamples makes samples, all or none.
func (c *Client) CreateSamples(ctx context.Context, rows ...NewSample) ([]Sample, error) {
	var out SampleList
	_, err := c.do(ctx, post("/samples", NewSamples{rows}), &out)
	return out.Items, err
}

// Sample returns a sample.
func (c *Client) Sample(ctx context.Context, id int64) (out Sample, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/samples/%d", id), nil), &out)
	return out, err
}

// Samples lists the samples of a set.
func (c *Client) Samples(ctx context.Context, setID int64, page Page) (out SamplePage, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/sets/%d/samples", setID), page.query()), &out)
	return out, err
}

// UpdateSample changes a sample.
func (c *Client) UpdateSample(ctx context.Context, id int64, ch SampleChange) (out Sample, err error) {
	_, err = c.do(ctx, patch(fmt.Sprintf("/samples/%d", id), ch), &out)
	return out, err
}

// AttachSample puts a sample into a set.
func (c *Client) AttachSample(ctx context.Context, setID, id int64) error {
	_, err := c.do(ctx, put(fmt.Sprintf("/sets/%d/samples/%d", setID, id), nil), nil)
	return err
}

// DetachSample takes a sample out of a set.
func (c *Client) DetachSample(ctx context.Context, setID, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/sets/%d/samples/%d", setID, id)), nil)
	return err
}

// ReplaceReads announces new files for a sample.
func (c *Client) ReplaceReads(ctx context.Context, id int64, files ...NewFile) (out Sample, err error) {
	_, err = c.do(ctx, post(fmt.Sprintf("/samples/%d/reads", id), NewReads{files}), &out)
	return out, err
}

// RemoveReads removes the bytes of a sample's files; its results stay.
func (c *Client) RemoveReads(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/samples/%d/reads", id)), nil)
	return err
}

// TrashSample puts a sample into the trash.
func (c *Client) TrashSample(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/samples/%d", id)), nil)
	return err
}

// RestoreSample takes a sample out of the trash.
func (c *Client) RestoreSample(ctx context.Context, id int64) (out Sample, err error) {
	_, err = c.do(ctx, post(fmt.Sprintf("/samples/%d/restore", id), nil), &out)
	return out, err
}

// TrashedSamples lists the samples that are in the trash by themselves.
func (c *Client) TrashedSamples(ctx context.Context, page Page) (out SamplePage, err error) {
	_, err = c.do(ctx, get("/trash/samples", page.query()), &out)
	return out, err
}
