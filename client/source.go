package client

import (
	"context"
	"fmt"
	"net/url"
	"time"
)

// SourceList are the mounted folders.
type SourceList struct {
	Items []string `json:"items" nullable:"false" doc:"Names of mounted folders"`
}

// SourceEntry is a folder or a file of a mounted folder.
type SourceEntry struct {
	Path    string    `json:"path" doc:"Below the mounted folder, with slashes"`
	Name    string    `json:"name"`
	Folder  bool      `json:"folder,omitempty"`
	Size    int64     `json:"size" doc:"Bytes; 0 for a folder"`
	Changed time.Time `json:"changed_at"`
}

// SourcePage is a part of a mounted folder: its folders first, then the files that
// can become part of samples.
type SourcePage struct {
	Items []SourceEntry `json:"items" nullable:"false"`
	Next  string        `json:"next,omitempty" doc:"Cursor of the next page; missing at the end"`
}

// SourceFiles are the files of a mounted folder that match a pattern.
type SourceFiles struct {
	Items []SourceEntry `json:"items" nullable:"false"`
}

// SourceRun is what the folder of a sequencing run tells about it.
type SourceRun struct {
	Name         string   `json:"name"`
	Date         string   `json:"date,omitempty" doc:"As the sequencer writes it"`
	Instrument   string   `json:"instrument,omitempty"`
	Number       string   `json:"number,omitempty" doc:"Of the run on the instrument"`
	Flowcell     string   `json:"flowcell,omitempty"`
	Lanes        int      `json:"lanes,omitempty"`
	Sequenced    bool     `json:"sequenced" doc:"The sequencer has ended"`
	Complete     bool     `json:"complete" doc:"Everything is copied"`
	SampleSheets []string `json:"sample_sheets" nullable:"false" doc:"Paths"`
	FastqFolders []string `json:"fastq_folders" nullable:"false" doc:"Paths of folders that hold FASTQ files"`
}

// Attachment names a file of a mounted folder.
type Attachment struct {
	Source string `json:"source" doc:"Name of the mounted folder"`
	Path   string `json:"path" doc:"Below it, with slashes"`
}

// Sources lists the mounted folders.
func (c *Client) Sources(ctx context.Context) ([]string, error) {
	var out SourceList
	_, err := c.do(ctx, get("/sources", nil), &out)
	return out.Items, err
}

// SourceFolder lists a part of a folder of a mounted folder; path "" is the whole.
func (c *Client) SourceFolder(ctx context.Context, source, path string, page Page) (out SourcePage, err error) {
	q := page.query()
	q.Set("path", path)
	_, err = c.do(ctx, get("/sources/"+url.PathEscape(source), q), &out)
	return out, err
}

// SourceFiles lists the files of a mounted folder that match a pattern: "*" and
// "?" within one name, "**" for any folders.
func (c *Client) SourceFiles(ctx context.Context, source, pattern string) ([]SourceEntry, error) {
	var out SourceFiles
	_, err := c.do(ctx, get("/sources/"+url.PathEscape(source)+"/files", url.Values{"pattern": {pattern}}), &out)
	return out.Items, err
}

// SourceRun tells about the folder of a sequencing run.
func (c *Client) SourceRun(ctx context.Context, source, path string) (out SourceRun, err error) {
	_, err = c.do(ctx, get("/sources/"+url.PathEscape(source)+"/run", url.Values{"path": {path}}), &out)
	return out, err
}

// AttachFile makes a file of a mounted folder one that a sample expects. Nothing
// is copied.
func (c *Client) AttachFile(ctx context.Context, sampleID, fileID int64, a Attachment) (out Sample, err error) {
	_, err = c.do(ctx, post(fmt.Sprintf("/samples/%d/files/%d/attach", sampleID, fileID), a), &out)
	return out, err
}
