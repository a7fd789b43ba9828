package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Fused is what is known of results side by side, without their clonotypes:
// those of a set by a config, of a comparison, or a single one.
type Fused struct {
	SetID        int64         `json:"set_id,omitempty"`
	ConfigID     int64         `json:"config_id,omitempty"`
	ComparisonID int64         `json:"comparison_id,omitempty"`
	ResultID     int64         `json:"result_id,omitempty"`
	State        string        `json:"state" enum:"fresh,stale,absent" doc:"stale: something changed since; absent: nothing was fused yet"`
	Digest       string        `json:"digest,omitempty" doc:"Names the content"`
	Size         int64         `json:"size,omitempty" doc:"Bytes at rest"`
	Job          *Job          `json:"job,omitempty" doc:"Makes it anew"`
	Annotation   int           `json:"annotation,omitempty" doc:"Newest version of the set's annotation"`
	Samples      []FusedSample `json:"samples" nullable:"false" doc:"Its columns, in their order; then samples of the set without one"`
	Configs      []FusedConfig `json:"configs" nullable:"false" doc:"By which the results were made"`
	CreatedAt    time.Time     `json:"created_at,omitzero" required:"false"`
}

// FusedSample is a column of results side by side.
type FusedSample struct {
	SampleID     int64         `json:"sample_id"`
	Column       int           `json:"column" doc:"Its number in the columns, from 0; -1 when it is not there yet"`
	Title        string        `json:"title" doc:"How it is called: where one may not know its name, its number"`
	NameKnown    bool          `json:"name_known"`
	File         string        `json:"file" doc:"Of its reads; where one may not know it, a number and the format"`
	SamplingDate string        `json:"sampling_date,omitempty" doc:"YYYY-MM-DD"`
	Info         string        `json:"info,omitempty"`
	Result       *ResultDetail `json:"result,omitempty" doc:"Missing when there is none yet"`
}

// FusedConfig names a config.
type FusedConfig struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Info string `json:"info,omitempty"`
}

// Ref says which results are looked at: of a set by a config, a comparison, or a
// single one.
type Ref struct {
	SetID, ConfigID int64
	ComparisonID    int64
	ResultID        int64
}

func (r Ref) path() (string, url.Values) {
	switch {
	case r.SetID != 0:
		return fmt.Sprintf("/sets/%d/fused", r.SetID), url.Values{"config_id": {strconv.FormatInt(r.ConfigID, 10)}}
	case r.ComparisonID != 0:
		return fmt.Sprintf("/comparisons/%d", r.ComparisonID), url.Values{}
	}
	return fmt.Sprintf("/results/%d/fused", r.ResultID), url.Values{}
}

// CloneIDs are identifiers of clonotypes: their windows.
type CloneIDs struct {
	IDs []string `json:"ids" nullable:"false" minItems:"1" maxItems:"2000"`
}

// CloneSequence is the representative of a clonotype.
type CloneSequence struct {
	ID       string `json:"id"`
	System   string `json:"system"`
	Name     string `json:"name"`
	Sequence string `json:"sequence" doc:"Empty when none was computed"`
	Quality  string `json:"quality,omitempty" doc:"Phred + 33, a character for each letter"`
}

// CloneSequences are representatives.
type CloneSequences struct {
	Items []CloneSequence `json:"items" nullable:"false"`
}

// Clones are whole clonotypes, as a .vidjil file has them.
type Clones struct {
	Items []json.RawMessage `json:"items" nullable:"false"`
}

// ColumnNames are the columns of clonotypes.
type ColumnNames struct {
	Items []string `json:"items" nullable:"false"`
}

// ColumnsQuery says which columns of which clonotypes are wanted; its zero value
// is all but the sequences, of all clonotypes that are kept.
type ColumnsQuery struct {
	Top     int      // rank, in any sample, to which clonotypes are given; 0 is all that are kept
	Keep    []string // identifiers of further ones, wherever they rank
	Plain   bool     // leave out those that the set's annotation speaks of
	Fields  []string // columns; none is all but the sequences
	Samples []int    // columns of reads; none is all
	Lengths bool     // and the average lengths of reads
	ETag    string   // of the answer before: what has not changed is not sent again
}

func (q *ColumnsQuery) add(v url.Values) {
	if q.Top > 0 {
		v.Set("top", strconv.Itoa(q.Top))
	}
	if len(q.Keep) > 0 {
		v.Set("keep", strings.Join(q.Keep, ","))
	}
	if len(q.Fields) > 0 {
		v.Set("fields", strings.Join(q.Fields, ","))
	}
	for i, n := range q.Samples {
		if i == 0 {
			v.Set("samples", strconv.Itoa(n))
			continue
		}
		v.Set("samples", v.Get("samples")+","+strconv.Itoa(n))
	}
	if q.Plain {
		v.Set("plain", "true")
	}
	if q.Lengths {
		v.Set("lengths", "true")
	}
}

// Download is bytes from the server. The caller closes Body, which is nil when
// nothing has changed since the ETag that was given.
type Download struct {
	Body io.ReadCloser
	ETag string
	Name string // of the file; "" for none
}

// Fused tells what there is of results side by side.
func (c *Client) Fused(ctx context.Context, ref Ref) (out Fused, err error) {
	path, q := ref.path()
	_, err = c.do(ctx, get(path, q), &out)
	return out, err
}

// Columns returns clonotypes as an Arrow IPC stream.
func (c *Client) Columns(ctx context.Context, ref Ref, q ColumnsQuery) (Download, error) {
	path, v := ref.path()
	q.add(v)
	return c.download(ctx, get(path+"/clones.arrow", v), q.ETag)
}

// Counts returns the reads of clonotypes alone, of chosen samples.
func (c *Client) Counts(ctx context.Context, ref Ref, q ColumnsQuery) (Download, error) {
	path, v := ref.path()
	q.add(v)
	return c.download(ctx, get(path+"/counts.arrow", v), q.ETag)
}

// Sequences returns representatives of clonotypes.
func (c *Client) Sequences(ctx context.Context, ref Ref, ids ...string) ([]CloneSequence, error) {
	path, v := ref.path()
	r := post(path+"/sequences", CloneIDs{ids})
	r.query = v
	var out CloneSequences
	_, err := c.do(ctx, r, &out)
	return out.Items, err
}

// Clones returns whole clonotypes.
func (c *Client) Clones(ctx context.Context, ref Ref, ids ...string) ([]json.RawMessage, error) {
	path, v := ref.path()
	r := post(path+"/clones", CloneIDs{ids})
	r.query = v
	var out Clones
	_, err := c.do(ctx, r, &out)
	return out.Items, err
}

// download asks for bytes.
func (c *Client) download(ctx context.Context, r call, etag string) (Download, error) {
	if etag != "" {
		r.header = http.Header{"If-None-Match": {etag}}
	}
	res, err := c.send(ctx, r)
	if err != nil {
		return Download{}, err
	}
	out := Download{Body: res.Body, ETag: res.Header.Get("ETag"), Name: fileName(res.Header.Get("Content-Disposition"))}
	if res.StatusCode == http.StatusNotModified {
		out.Body = nil
		return out, res.Body.Close()
	}
	return out, nil
}
