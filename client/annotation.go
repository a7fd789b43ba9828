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

// AnnotationVersion is a version of what people noted on a set.
type AnnotationVersion struct {
	Version   int       `json:"version" doc:"0: nothing was noted yet"`
	AuthorID  int64     `json:"author_id,omitempty"`
	Author    string    `json:"author,omitempty"`
	Note      string    `json:"note,omitempty" doc:"As restored from version 3"`
	CreatedAt time.Time `json:"created_at,omitzero" required:"false"`
}

// AnnotationVersions are versions, the newest first.
type AnnotationVersions struct {
	Items []AnnotationVersion `json:"items" nullable:"false"`
	Next  string              `json:"next,omitempty" doc:"Cursor of the next page; missing at the end"`
}

// Annotation is what people noted on a set, over the results of all configs.
type Annotation struct {
	AnnotationVersion
	MaySave bool           `json:"may_save"`
	Body    AnnotationBody `json:"body"`
}

// AnnotationSave is a new version. The header If-Match names the version that
// was changed.
type AnnotationSave struct {
	Note string         `json:"note,omitempty"`
	Body AnnotationBody `json:"body"`
}

// AnnotationBody is the content of an annotation.
type AnnotationBody struct {
	Clonotypes    []ClonotypeNote            `json:"clonotypes,omitempty"`
	Clusters      [][]string                 `json:"clusters,omitempty" doc:"Identifiers that count as one clonotype, the representative first"`
	Samples       []SampleNote               `json:"samples,omitempty" doc:"Order and data refer to them by index, from 0"`
	Order         []int                      `json:"order,omitempty" doc:"Samples that are shown, in that order; none is all"`
	AllOrder      []int                      `json:"all_order,omitempty"`
	Tags          []TagNote                  `json:"tags,omitempty"`
	Data          []DataNote                 `json:"data,omitempty"`
	Reports       map[string]json.RawMessage `json:"reports,omitempty" doc:"Settings of reports, by name; the client knows what they mean"`
	Normalization json.RawMessage            `json:"normalization,omitempty" doc:"The client knows what it means"`
	Other         map[string]json.RawMessage `json:"other,omitempty" doc:"Members of a .analysis file that have no place here"`
}

// ClonotypeNote is what was noted on a clonotype.
type ClonotypeNote struct {
	ID       string                     `json:"id" doc:"Its window"`
	Name     string                     `json:"name,omitempty"`
	Tag      string                     `json:"tag,omitempty" doc:"Identifier of a tag"`
	Notes    string                     `json:"notes,omitempty"`
	Colour   string                     `json:"colour,omitempty" doc:"As #ff0070"`
	Expected *float64                   `json:"expected,omitempty" doc:"Share, or reads, of a sequence of known abundance"`
	System   string                     `json:"system,omitempty"`
	Sequence string                     `json:"sequence,omitempty"`
	Other    map[string]json.RawMessage `json:"other,omitempty" doc:"What else a .analysis file says, as an edited designation"`
}

// SampleNote is what was noted on a sample of the set, or on a file that the set
// has no sample for.
type SampleNote struct {
	SampleID     int64  `json:"sample_id,omitempty"`
	OriginalName string `json:"original_name,omitempty" doc:"Where there is no sample"`
	Name         string `json:"name,omitempty"`
	Info         string `json:"info,omitempty"`
}

// TagNote names a tag.
type TagNote struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Colour string `json:"colour,omitempty" doc:"As #ff0070"`
	Hidden bool   `json:"hidden,omitempty" doc:"Its clonotypes are not shown"`
}

// DataNote is numbers from elsewhere, one for each of the samples.
type DataNote struct {
	Name   string     `json:"name"`
	Values []*float64 `json:"values" nullable:"false"`
}

// AnnotationChange is one thing in which two versions differ.
type AnnotationChange struct {
	Part   string          `json:"part" enum:"clonotype,cluster,sample,order,tag,data,report,normalization,other"`
	ID     string          `json:"id,omitempty" doc:"Of the clonotype, representative, sample, tag …"`
	Field  string          `json:"field,omitempty" doc:"Missing where it came or went as a whole"`
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// AnnotationChanges are the differences between two versions.
type AnnotationChanges struct {
	Items []AnnotationChange `json:"items" nullable:"false"`
}

func annotationPath(setID int64) string { return fmt.Sprintf("/sets/%d/annotation", setID) }

// ifMatch names the version that a change is based on.
func ifMatch(r call, version int) call {
	r.header = http.Header{"If-Match": {strconv.Quote(strconv.Itoa(version))}}
	return r
}

// Annotation returns the newest annotation of a set.
func (c *Client) Annotation(ctx context.Context, setID int64) (out Annotation, err error) {
	_, err = c.do(ctx, get(annotationPath(setID), nil), &out)
	return out, err
}

// AnnotationAt returns a version of the annotation of a set.
func (c *Client) AnnotationAt(ctx context.Context, setID int64, version int) (out Annotation, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("%s/versions/%d", annotationPath(setID), version), nil), &out)
	return out, err
}

// SaveAnnotation adds a version that is a change of version based. Where somebody
// else has saved since, nothing is saved, and the error has the code "stale".
func (c *Client) SaveAnnotation(ctx context.Context, setID int64, based int, n AnnotationSave) (out Annotation, err error) {
	_, err = c.do(ctx, ifMatch(put(annotationPath(setID), n), based), &out)
	return out, err
}

// AnnotationVersions lists the versions of a set's annotation.
func (c *Client) AnnotationVersions(ctx context.Context, setID int64, page Page) (out AnnotationVersions, err error) {
	_, err = c.do(ctx, get(annotationPath(setID)+"/versions", page.query()), &out)
	return out, err
}

// DiffAnnotations tells in what two versions differ; 0 as the first is the empty
// one, as the second the newest.
func (c *Client) DiffAnnotations(ctx context.Context, setID int64, from, to int) ([]AnnotationChange, error) {
	q := url.Values{"from": {strconv.Itoa(from)}, "to": {strconv.Itoa(to)}}
	var out AnnotationChanges
	_, err := c.do(ctx, get(annotationPath(setID)+"/diff", q), &out)
	return out.Items, err
}

// RestoreAnnotation makes an older version the newest, as a new one.
func (c *Client) RestoreAnnotation(ctx context.Context, setID int64, version, based int) (out Annotation, err error) {
	_, err = c.do(ctx, ifMatch(post(fmt.Sprintf("%s/versions/%d/restore", annotationPath(setID), version), nil), based), &out)
	return out, err
}

// ImportAnnotation saves a .analysis file as a new version.
func (c *Client) ImportAnnotation(ctx context.Context, setID int64, based int, file io.Reader) (out Annotation, err error) {
	r := ifMatch(post(annotationPath(setID)+"/import", file), based)
	r.header.Set("Content-Type", "application/octet-stream")
	_, err = c.do(ctx, r, &out)
	return out, err
}

// ExportAnnotation downloads a version as a .analysis file; 0 is the newest.
func (c *Client) ExportAnnotation(ctx context.Context, setID int64, version int) (Download, error) {
	q := url.Values{}
	if version != 0 {
		q.Set("version", strconv.Itoa(version))
	}
	return c.download(ctx, get(annotationPath(setID)+"/export", q), "")
}

// VersionOf is the version that an ETag names.
func VersionOf(etag string) (int, error) {
	n, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(etag, "W/"), `"`))
	if err != nil {
		return 0, fmt.Errorf("ETag %q: want a version", etag)
	}
	return n, nil
}
