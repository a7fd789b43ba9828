package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// SetArchive says which sets leave for another server, and what of them.
type SetArchive struct {
	Sets      []int64 // these, or
	GroupID   int64   // all that this group owns
	Reads     bool    // files of reads too
	Anonymous bool    // without who patients are
}

// Transfer is an archive of another server on its way in.
type Transfer struct {
	ID        int64           `json:"id"`
	GroupID   int64           `json:"group_id" doc:"That will own its sets"`
	Name      string          `json:"name"`
	Size      int64           `json:"size" doc:"Bytes"`
	PieceSize int64           `json:"piece_size" doc:"Bytes of each piece but the last"`
	Pieces    []int64         `json:"pieces" nullable:"false" doc:"Numbers, from 0, of those that have come"`
	Digests   []string        `json:"digests" nullable:"false" doc:"SHA-256 of these pieces, in the same order: what has come need not be sent again"`
	JobID     int64           `json:"job_id,omitempty" doc:"The last job that read it"`
	State     string          `json:"state,omitempty" enum:"waiting,queued,running,done,failed,cancelled" doc:"Of that job"`
	Progress  float64         `json:"progress" minimum:"0" maximum:"1"`
	Stage     string          `json:"stage,omitempty"`
	Error     string          `json:"error,omitempty"`
	Report    *TransferReport `json:"report,omitempty" doc:"What the last job found or did"`
	CreatedAt time.Time       `json:"created_at"`
	DoneAt    *time.Time      `json:"done_at,omitempty" doc:"When it was imported"`
	ExpiresAt time.Time       `json:"expires_at" doc:"When it is removed, should nothing happen to it"`
}

// TransferList are archives, the newest first.
type TransferList struct {
	Items []Transfer `json:"items" nullable:"false"`
}

// NewTransfer announces an archive.
type NewTransfer struct {
	GroupID int64  `json:"group_id" minimum:"1"`
	Name    string `json:"name" minLength:"1" maxLength:"200"`
	Size    int64  `json:"size" minimum:"1"`
}

// RunTransfer says what to do with an archive that has come.
type RunTransfer struct {
	DryRun bool         `json:"dry_run,omitempty" doc:"Look at everything and change nothing"`
	Known  string       `json:"known,omitempty" enum:"skip,copy" doc:"Sets that came here before: leave them as they are, or take them once more; left out, they refuse the archive"`
	Map    *TransferMap `json:"map,omitempty" doc:"As a dry run proposed it, and people changed it"`
}

// TransferMap is how the configs and pre-processes of an archive are called here.
type TransferMap struct {
	Configs      []TransferConfig     `json:"configs" nullable:"false"`
	PreProcesses []TransferPreProcess `json:"pre_processes" nullable:"false"`
}

// TransferConfig says which config takes the results of one of the archive.
type TransferConfig struct {
	Archive int64  `json:"archive" doc:"Its number in the archive"`
	Name    string `json:"name,omitempty" doc:"Its name there"`
	Here    int64  `json:"here,omitempty" doc:"The number of the one here; 0 for a new one"`
	New     string `json:"new,omitempty" doc:"The name of a new one"`
	How     string `json:"how,omitempty" enum:"content,name,map,new,none" doc:"How it was found; none: it has to be chosen"`
	Results int    `json:"results,omitempty"`
}

// TransferPreProcess says likewise of a pre-process.
type TransferPreProcess struct {
	Archive int64  `json:"archive"`
	Name    string `json:"name,omitempty"`
	Here    int64  `json:"here,omitempty"`
	How     string `json:"how,omitempty" enum:"content,name,map,new,none"`
}

// TransferKnown is a set that came here before.
type TransferKnown struct {
	Archive int64     `json:"archive"`
	Here    int64     `json:"here"`
	Same    bool      `json:"same" doc:"It had the same content when it came"`
	At      time.Time `json:"at"`
}

// TransferMade is what became of a set.
type TransferMade struct {
	Archive int64 `json:"archive"`
	Here    int64 `json:"here"`
}

// TransferReport tells what an import did, or would do.
type TransferReport struct {
	DryRun      bool            `json:"dry_run"`
	Program     string          `json:"program" doc:"That wrote the archive"`
	Server      string          `json:"server" doc:"The random name of the server that it is from"`
	Original    bool            `json:"original" doc:"Of the original's migrator"`
	Anonymous   bool            `json:"anonymous"`
	Map         TransferMap     `json:"map"`
	Known       []TransferKnown `json:"known" nullable:"false"`
	Skipped     int             `json:"skipped"`
	Sets        int             `json:"sets"`
	Samples     int             `json:"samples"`
	Files       int             `json:"files" doc:"With their bytes"`
	Results     int             `json:"results"`
	Annotations int             `json:"annotations"`
	Bytes       int64           `json:"bytes"`
	People      int             `json:"people" doc:"Authors who have an account here"`
	Strangers   int             `json:"strangers" doc:"Authors who have none: the importer stands for them"`
	Made        []TransferMade  `json:"made" nullable:"false"`
	Faults      []string        `json:"faults" nullable:"false" doc:"To be put right first"`
	Notes       []string        `json:"notes" nullable:"false"`
}

// ExportSets downloads sets as an archive for another server.
func (c *Client) ExportSets(ctx context.Context, q SetArchive) (Download, error) {
	v := url.Values{}
	if len(q.Sets) > 0 {
		v.Set("set_ids", numbers(q.Sets))
	}
	if q.GroupID != 0 {
		v.Set("group_id", strconv.FormatInt(q.GroupID, 10))
	}
	for name, on := range map[string]bool{"reads": q.Reads, "anonymous": q.Anonymous} {
		if on {
			v.Set(name, "true")
		}
	}
	return c.download(ctx, get("/sets.zip", v), "")
}

// Transfers lists the own archives on their way in.
func (c *Client) Transfers(ctx context.Context) (out TransferList, err error) {
	_, err = c.do(ctx, get("/transfers", nil), &out)
	return out, err
}

// Transfer tells how far an archive has come.
func (c *Client) Transfer(ctx context.Context, id int64) (out Transfer, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/transfers/%d", id), nil), &out)
	return out, err
}

// BeginTransfer announces an archive.
func (c *Client) BeginTransfer(ctx context.Context, in NewTransfer) (out Transfer, err error) {
	_, err = c.do(ctx, post("/transfers", in), &out)
	return out, err
}

// SendTransfer sends the pieces of an archive that have not come, or came with
// other bytes. progress, which may be nil, is told how many bytes are there.
func (c *Client) SendTransfer(ctx context.Context, t Transfer, r io.ReaderAt, progress func(n int64)) error {
	there := map[int64]string{}
	for i := range min(len(t.Pieces), len(t.Digests)) {
		there[t.Pieces[i]] = t.Digests[i]
	}
	buf := make([]byte, min(t.PieceSize, t.Size))
	for number := int64(0); number*t.PieceSize < t.Size; number++ {
		from := number * t.PieceSize
		n := min(t.PieceSize, t.Size-from)
		if _, err := io.ReadFull(io.NewSectionReader(r, from, n), buf[:n]); err != nil {
			return fmt.Errorf("read archive: %w", err)
		}
		if sum := sha256.Sum256(buf[:n]); there[number] != hex.EncodeToString(sum[:]) {
			if err := c.SendPiece(ctx, t.ID, number, buf[:n]); err != nil {
				return err
			}
		}
		if progress != nil {
			progress(from + n)
		}
	}
	return nil
}

// SendPiece sends one piece of an archive.
func (c *Client) SendPiece(ctx context.Context, id, number int64, data []byte) error {
	sum := sha256.Sum256(data)
	_, err := c.do(ctx, call{
		method: http.MethodPut, path: fmt.Sprintf("/transfers/%d/pieces/%d", id, number), query: url.Values{"sha256": {hex.EncodeToString(sum[:])}},
		header: http.Header{"Content-Type": {"application/octet-stream"}}, in: bytes.NewReader(data), length: int64(len(data)),
	}, nil)
	return err
}

// TransferContent downloads an archive that has come and was not imported yet.
func (c *Client) TransferContent(ctx context.Context, id int64) (Download, error) {
	return c.download(ctx, get(fmt.Sprintf("/transfers/%d/content", id), nil), "")
}

// RunTransfer has a job look through an archive, or import it.
func (c *Client) RunTransfer(ctx context.Context, id int64, in RunTransfer) (out Transfer, err error) {
	_, err = c.do(ctx, post(fmt.Sprintf("/transfers/%d/import", id), in), &out)
	return out, err
}

// DeleteTransfer forgets an archive and its bytes.
func (c *Client) DeleteTransfer(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/transfers/%d", id)), nil)
	return err
}
