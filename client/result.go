package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Result is what one config revision made of one sample.
type Result struct {
	ID               int64     `json:"id"`
	SampleID         int64     `json:"sample_id"`
	Generation       int       `json:"generation" doc:"Of the sample's reads"`
	ConfigID         int64     `json:"config_id"`
	ConfigRevisionID int64     `json:"config_revision_id"`
	Revision         int       `json:"revision" doc:"Number of the config's revision"`
	JobID            int64     `json:"job_id" doc:"Its log tells how it was made"`
	Digest           string    `json:"digest" doc:"SHA-256 of the table of clonotypes"`
	Size             int64     `json:"size" doc:"Bytes of that table"`
	ReadsDigest      string    `json:"reads_digest,omitempty" doc:"SHA-256 over the digests of the files, in order"`
	Reads            int64     `json:"reads"`
	Recombined       int64     `json:"recombined" doc:"Reads with a recombination"`
	Clonotypes       int64     `json:"clonotypes"`
	Shown            bool      `json:"shown" doc:"It is the newest of its sample and config"`
	Stale            bool      `json:"stale" doc:"The reads of the sample were replaced since"`
	Outdated         bool      `json:"outdated" doc:"The config has a newer revision"`
	MayDelete        bool      `json:"may_delete,omitempty"`
	CreatedAt        time.Time `json:"created_at"`
}

// ResultSummary is what tables show of a result.
type ResultSummary struct {
	Result
	Bases      int64              `json:"bases,omitempty"`
	Filtered   int64              `json:"filtered" doc:"Reads left out by a filter"`
	Reported   int64              `json:"reported" doc:"Reads in clonotypes of the table"`
	Causes     map[string]int64   `json:"causes,omitempty" doc:"Reads without a recombination, by cause"`
	AllWindows int64              `json:"windows,omitempty" doc:"Clonotypes before any threshold"`
	Clusters   int64              `json:"clusters,omitempty"`
	Systems    []SystemSummary    `json:"systems" nullable:"false" doc:"Those with most reads first"`
	Diversity  map[string]float64 `json:"diversity,omitempty" doc:"Indexes: shannon, pielou, simpson"`
	MeanLength float64            `json:"mean_length,omitempty" doc:"Of reads in clonotypes, letters"`
	Lengths    []int64            `json:"lengths,omitempty" doc:"Reads by length: 50 bars of 10 letters, from 100 on"`
	Large      []LargeClonotype   `json:"large,omitempty" doc:"Clonotypes of 5 % of their system or more"`
	Main       *LargeClonotype    `json:"main,omitempty" doc:"The clonotype with most reads"`
	PreProcess *ResultPreProcess  `json:"pre_process,omitempty"`
	Warnings   []ResultWarning    `json:"warnings" nullable:"false"`
	Warned     map[string]int64   `json:"warned,omitempty" doc:"Clonotypes that have a warning, by its code"`
}

// SystemSummary counts a system.
type SystemSummary struct {
	System     string             `json:"system"`
	Reads      int64              `json:"reads"`
	Clonotypes int64              `json:"clonotypes" doc:"Before any threshold"`
	Length     float64            `json:"length,omitempty" doc:"Mean of its reads, letters"`
	Diversity  map[string]float64 `json:"diversity,omitempty"`
}

// LargeClonotype is a clonotype that stands out.
type LargeClonotype struct {
	ID     string  `json:"id" doc:"Its window"`
	Name   string  `json:"name"`
	System string  `json:"system"`
	Reads  int64   `json:"reads"`
	Share  float64 `json:"share" doc:"Of the recombined reads"`
	Of     float64 `json:"share_of_system"`
}

// ResultPreProcess is what became of the pairs of a sample.
type ResultPreProcess struct {
	Program     string           `json:"program"`
	Pairs       int64            `json:"pairs"`
	Merged      int64            `json:"merged"`
	Kept        int64            `json:"kept"`
	Dropped     int64            `json:"dropped"`
	Through     int64            `json:"through" doc:"Merged, and cut at adapters"`
	Causes      map[string]int64 `json:"causes,omitempty" doc:"Pairs that were not merged, by cause"`
	MeanLength  float64          `json:"mean_length"`
	MeanOverlap float64          `json:"mean_overlap"`
	Compared    int64            `json:"compared" doc:"Letters in overlaps"`
	Differ      int64            `json:"differ" doc:"Of those, where the reads differ"`
}

// ResultWarning is something to know before trusting a result.
type ResultWarning struct {
	Code    string `json:"code"`
	Level   string `json:"level" enum:"info,warn,error"`
	Message string `json:"message"`
}

// ResultDetail is a result with what it was made of, and its files.
type ResultDetail struct {
	ResultSummary
	Provenance ResultProvenance `json:"provenance"`
	Files      []ResultFile     `json:"files" nullable:"false"`
}

// ResultProvenance is what it takes to make a result again.
type ResultProvenance struct {
	Engine       string             `json:"engine" doc:"Version of the program"`
	Program      string             `json:"program"`
	ConfigDigest string             `json:"config_digest" doc:"SHA-256 of program and options"`
	Options      ConfigOptions      `json:"options"`
	Germline     *ResultGermline    `json:"germline,omitempty"`
	Inputs       []ResultInput      `json:"inputs" nullable:"false" doc:"The files, in the order read"`
	PreProcess   *ResultPreparation `json:"pre_process,omitempty"`
	Imported     string             `json:"imported,omitempty" doc:"The program that made an imported result"`
	StartedAt    string             `json:"started_at"`
	Seconds      float64            `json:"seconds"`
	Gather       float64            `json:"gather_seconds,omitempty"`
}

// ResultGermline names a germline set.
type ResultGermline struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Digest  string `json:"sha256"`
}

// ResultInput names the bytes of a file.
type ResultInput struct {
	FileID int64  `json:"file_id"`
	Role   string `json:"role"`
	Lane   int    `json:"lane,omitempty"`
	Size   int64  `json:"size"`
	Digest string `json:"sha256,omitempty"`
}

// ResultPreparation names a pre-process and the reads that it made.
type ResultPreparation struct {
	PreProcessID int64  `json:"pre_process_id"`
	Revision     int    `json:"revision"`
	Program      string `json:"program"`
	Options      string `json:"options" doc:"JSON"`
	Digest       string `json:"digest" doc:"SHA-256 of program and options"`
	Reads        string `json:"sha256" doc:"Of the reads that it made"`
}

// ResultFile is another output of an analysis.
type ResultFile struct {
	Name      string `json:"name"`
	Size      int64  `json:"size"`
	Digest    string `json:"sha256"`
	MediaType string `json:"media_type"`
}

// ResultList are the results of a sample.
type ResultList struct {
	Items []ResultSummary `json:"items" nullable:"false"`
}

// SetResults is what there is of the samples of a set, by config.
type SetResults struct {
	Items []ResultCell `json:"items" nullable:"false" doc:"Where there is a result or a job"`
}

// ResultCell is what there is of a sample by a config.
type ResultCell struct {
	SampleID int64   `json:"sample_id"`
	ConfigID int64   `json:"config_id"`
	Result   *Result `json:"result,omitempty" doc:"The newest"`
	Job      *Job    `json:"job,omitempty" doc:"The newest that makes one"`
}

// Results lists the results of a sample, the newest first.
func (c *Client) Results(ctx context.Context, sampleID int64) (out ResultList, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/samples/%d/results", sampleID), nil), &out)
	return out, err
}

// Result returns a result.
func (c *Client) Result(ctx context.Context, id int64) (out ResultDetail, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/results/%d", id), nil), &out)
	return out, err
}

// DeleteResult takes a result out of all sets.
func (c *Client) DeleteResult(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/results/%d", id)), nil)
	return err
}

// ResultFile downloads another output of a result. The caller closes it.
func (c *Client) ResultFile(ctx context.Context, id int64, name string) (io.ReadCloser, error) {
	res, err := c.send(ctx, call{method: http.MethodGet, path: fmt.Sprintf("/results/%d/files/%s", id, url.PathEscape(name))})
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// SetResults tells what there is of the samples of a set, by config.
func (c *Client) SetResults(ctx context.Context, setID int64) (out SetResults, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/sets/%d/results", setID), nil), &out)
	return out, err
}
