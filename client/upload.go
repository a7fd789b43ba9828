package client

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// UploadStatus is where an upload is.
type UploadStatus struct {
	ID        string    `json:"id"`
	State     string    `json:"state" enum:"receiving,verified,stored,finished,refused" doc:"verified and stored: all bytes are there, and are being put away"`
	Size      int64     `json:"size" doc:"Bytes of the file"`
	Offset    int64     `json:"offset" doc:"Bytes that have come"`
	SHA256    string    `json:"sha256,omitempty" doc:"Of the whole file, once it is there"`
	Content   string    `json:"content,omitempty" doc:"What the file is, by its first bytes"`
	Duplicate bool      `json:"duplicate,omitempty" doc:"The server had the same bytes before"`
	Reason    string    `json:"reason,omitempty" doc:"Why it was refused"`
	ChangedAt time.Time `json:"changed_at"`
}

// SampleUpload is the last upload of a file of a sample.
type SampleUpload struct {
	ID        string    `json:"id"`
	FileID    int64     `json:"file_id"`
	Size      int64     `json:"size" doc:"Bytes of the file"`
	State     string    `json:"state" enum:"receiving,finished,abandoned"`
	Reason    string    `json:"reason,omitempty" doc:"Why it was abandoned"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"`
}

// UploadList are uploads.
type UploadList struct {
	Items []SampleUpload `json:"items" nullable:"false"`
}

// UploadOptions say how a file is sent. The zero value is good.
type UploadOptions struct {
	// SHA256 is the digest of the whole file, hexadecimal, if it is known: the
	// server refuses other bytes. With it, a resumed upload is safe even when the
	// file was changed in between.
	SHA256 string
	// PieceBytes is what is sent in one request; 0 = 64 MB. After each piece the
	// server asks again for the right to upload.
	PieceBytes int64
	// Patience is how long to try without any byte getting through; 0 = 15 minutes.
	Patience time.Duration
	// Backoff is the pause after the first failure, doubled after each further one
	// up to a hundred times its length; 0 = 500 ms.
	Backoff time.Duration
	// Stall ends a request by which nothing was sent for so long, as of a line that
	// is dead without a word; 0 = 2 minutes.
	Stall time.Duration
	// Begun is told the name of a new upload, by which ResumeUpload goes on with it.
	Begun func(id string)
	// Progress is told how many bytes the server has, or were sent: never twice at
	// the same time.
	Progress func(sent int64)
}

func (o UploadOptions) withDefaults() UploadOptions {
	if o.PieceBytes <= 0 {
		o.PieceBytes = 64 << 20
	}
	if o.Patience <= 0 {
		o.Patience = 15 * time.Minute
	}
	if o.Backoff <= 0 {
		o.Backoff = 500 * time.Millisecond
	}
	if o.Stall <= 0 {
		o.Stall = 2 * time.Minute
	}
	if o.Begun == nil {
		o.Begun = func(string) {}
	}
	told, lock := o.Progress, &sync.Mutex{}
	o.Progress = func(sent int64) {
		if told == nil {
			return
		}
		lock.Lock()
		defer lock.Unlock()
		told(sent)
	}
	return o
}

// Upload sends the bytes of a file that a sample expects. It survives lost lines
// and a restart of the server; an error is either the server's refusal, a
// [Problem], or means that it gave up. r is an [io.ReaderAt], as an open file is,
// since a request that is given up may still read while the next one begins.
func (c *Client) Upload(ctx context.Context, fileID int64, name string, r io.ReaderAt, size int64, opt UploadOptions) (UploadStatus, error) {
	opt = opt.withDefaults()
	s := sender{Client: c, r: r, size: size, UploadOptions: opt, since: time.Now()}
	err := s.persist(ctx, func() (bool, error) { return s.begin(ctx, fileID, name) }, http.StatusConflict)
	if err != nil {
		return UploadStatus{}, fmt.Errorf("begin upload of file %d: %w", fileID, err)
	}
	opt.Begun(s.id)
	return s.send(ctx)
}

// ResumeUpload goes on with an upload where it has stopped.
func (c *Client) ResumeUpload(ctx context.Context, id string, r io.ReaderAt, size int64, opt UploadOptions) (UploadStatus, error) {
	s := sender{Client: c, r: r, size: size, id: id, UploadOptions: opt.withDefaults(), unsure: true, since: time.Now()}
	return s.send(ctx)
}

// UploadStatus tells where an upload is.
func (c *Client) UploadStatus(ctx context.Context, id string) (out UploadStatus, err error) {
	_, err = c.do(ctx, get("/uploads/"+url.PathEscape(id), nil), &out)
	return out, err
}

// CancelUpload gives an upload up.
func (c *Client) CancelUpload(ctx context.Context, id string) error {
	r := remove("/uploads/" + url.PathEscape(id))
	r.header = tusHeader()
	_, err := c.do(ctx, r, nil)
	return err
}

// SampleUploads lists the last upload of each file of a sample.
func (c *Client) SampleUploads(ctx context.Context, sampleID int64) ([]SampleUpload, error) {
	var out UploadList
	_, err := c.do(ctx, get(fmt.Sprintf("/samples/%d/uploads", sampleID), nil), &out)
	return out.Items, err
}

// sender sends one file by the tus protocol, version 1.0.
type sender struct {
	*Client
	UploadOptions

	r      io.ReaderAt
	size   int64
	id     string
	offset int64 // bytes that the server has
	unsure bool  // offset must be asked for
	known  int64 // the most that it has told to have

	failures int       // since it had more than before
	since    time.Time // when that was
}

func tusHeader() http.Header { return http.Header{"Tus-Resumable": {"1.0.0"}} }

// begin makes the upload.
func (s *sender) begin(ctx context.Context, fileID int64, name string) (bool, error) {
	text := func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) }
	meta := "file_id " + text(strconv.FormatInt(fileID, 10)) + ",filename " + text(name)
	if s.SHA256 != "" {
		meta += ",sha256 " + text(s.SHA256)
	}
	r := post("/uploads/", nil)
	r.header = tusHeader()
	r.header.Set("Upload-Length", strconv.FormatInt(s.size, 10))
	r.header.Set("Upload-Metadata", meta)
	head, err := s.do(ctx, r, nil)
	if err != nil {
		return false, err
	}
	// The address may be that of a server behind a proxy; its end is the name.
	location := head.Get("Location")
	s.id = location[strings.LastIndexByte(location, '/')+1:]
	if s.id == "" {
		return false, errors.New("the server gave no place for the upload: is it a vidjil server?")
	}
	return true, nil
}

// send sends what the server does not have, and asks what has become of it.
func (s *sender) send(ctx context.Context) (out UploadStatus, err error) {
	fail := func(err error) (UploadStatus, error) {
		return UploadStatus{ID: s.id, Size: s.size, Offset: s.offset}, fmt.Errorf("upload %s: %w", s.id, err)
	}
	for s.unsure || s.offset < s.size {
		if err := s.persist(ctx, func() (bool, error) { return s.step(ctx) }); err != nil {
			return fail(err)
		}
	}
	err = s.persist(ctx, func() (bool, error) {
		if out, err = s.UploadStatus(ctx, s.id); err == nil && out.State != "finished" && out.State != "refused" {
			// The server has all bytes and could not put them away; to ask for the
			// offset makes it try again.
			err = errors.Join(errUnfinished, s.ask(ctx))
		}
		return err == nil, err
	})
	if err != nil {
		return fail(err)
	}
	if out.State == "refused" {
		return out, &Problem{Title: "Refused", Status: http.StatusUnprocessableEntity, Code: "invalid", Detail: out.Reason}
	}
	return out, nil
}

// step sends a piece, or learns how much has come. It tells whether the server
// has more than before.
func (s *sender) step(ctx context.Context) (further bool, err error) {
	if s.unsure {
		if err := s.ask(ctx); err != nil {
			return false, err
		}
	} else if err := s.piece(ctx); err != nil {
		s.unsure = true
		return false, err
	}
	s.Progress(s.offset)
	further = s.offset > s.known
	s.known = max(s.known, s.offset)
	return further, nil
}

// ask learns how much has come.
func (s *sender) ask(ctx context.Context) error {
	head, err := s.do(ctx, call{method: http.MethodHead, path: "/uploads/" + url.PathEscape(s.id), header: tusHeader()}, nil)
	if err != nil {
		if _, ok := errors.AsType[*Problem](err); !ok {
			return err
		}
		// An answer to HEAD has no text: another one tells why.
		switch st, why := s.UploadStatus(ctx, s.id); {
		case why != nil:
			return why
		case st.State == "refused":
			s.unsure, s.offset = false, s.size
			return nil
		}
		return err
	}
	if err := s.readOffset(head); err != nil {
		return err
	}
	if length := head.Get("Upload-Length"); length != "" && length != strconv.FormatInt(s.size, 10) {
		return &Problem{Title: "Another file", Status: http.StatusBadRequest, Code: "invalid", Detail: fmt.Sprintf("this is another file: it has %d bytes, and the upload is of one of %s", s.size, length)}
	}
	s.unsure = false
	return nil
}

func (s *sender) readOffset(head http.Header) error {
	n, err := strconv.ParseInt(head.Get("Upload-Offset"), 10, 64)
	if err != nil || n < 0 || n > s.size {
		return fmt.Errorf("the server tells no offset: %q", head.Get("Upload-Offset"))
	}
	s.offset = n
	return nil
}

// piece sends the next bytes.
func (s *sender) piece(ctx context.Context) error {
	n := min(s.PieceBytes, s.size-s.offset)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	body := &moving{
		r: io.NewSectionReader(s.r, s.offset, n), left: n, sent: s.offset, progress: s.Progress,
		stall: s.Stall, timer: time.AfterFunc(s.Stall, func() { cancel(errStalled) }),
	}
	defer body.timer.Stop()
	r := call{method: http.MethodPatch, path: "/uploads/" + url.PathEscape(s.id), header: tusHeader(), in: body, length: n}
	r.header.Set("Upload-Offset", strconv.FormatInt(s.offset, 10))
	r.header.Set("Content-Type", "application/offset+octet-stream")
	head, err := s.do(ctx, r, nil)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errStalled) {
		return cause
	}
	if fault := body.fault(); fault != nil {
		return fault
	}
	if err != nil {
		return err
	}
	return s.readOffset(head)
}

var (
	errStalled    = errors.New("the line is dead: nothing was sent for some time")
	errUnfinished = errors.New("the server has the file and could not put it away yet")
)

// answerTime is how long the server may take to put away a file whose bytes it
// has: to hash what it had before a crash, to copy it to another machine.
const answerTime = 30 * time.Minute

// moving is the body of a request that must not stand still.
type moving struct {
	r        io.Reader
	progress func(sent int64)
	timer    *time.Timer
	stall    time.Duration

	mu     sync.Mutex
	left   int64
	sent   int64
	failed error
}

func (m *moving) Read(p []byte) (int, error) {
	m.timer.Reset(m.stall)
	n, err := m.r.Read(p)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.left, m.sent = m.left-int64(n), m.sent+int64(n)
	switch {
	case err == io.EOF && m.left > 0:
		err = errors.New("the file has become shorter while it was sent")
		fallthrough
	case err != nil && err != io.EOF:
		m.failed = err
	case m.left == 0:
		m.timer.Reset(answerTime)
	}
	m.progress(m.sent)
	return n, err
}

// fault is what is wrong with the file that is read.
func (m *moving) fault() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failed == nil {
		return nil
	}
	return &fileError{m.failed}
}

// fileError is a fault on our side: to try again is useless.
type fileError struct{ error }

func (e *fileError) Unwrap() error { return e.error }

// persist does f until it succeeds, with growing pauses, as long as there is
// hope. f tells whether the server got further by it. Answers of the statuses
// given are final, too.
func (s *sender) persist(ctx context.Context, f func() (further bool, err error), final ...int) error {
	for {
		further, err := f()
		if further {
			s.failures, s.since = 0, time.Now()
		}
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !passing(err, final) {
			return err
		}
		if time.Since(s.since) > s.Patience {
			return fmt.Errorf("given up after %s: %w", s.Patience, err)
		}
		pause := s.Backoff << min(s.failures, 10)
		pause = min(pause, 100*s.Backoff)
		pause += rand.N(pause/2 + 1) // so that many clients do not come back at once
		s.failures++
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// passing tells whether an error may pass by itself: the line is down, the server
// is stopping, somebody else holds the upload.
func passing(err error, final []int) bool {
	if _, ok := errors.AsType[*fileError](err); ok {
		return false
	}
	p, ok := errors.AsType[*Problem](err)
	if !ok {
		return true
	}
	switch p.Status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusLocked, http.StatusTooManyRequests:
		return !slices.Contains(final, p.Status)
	case http.StatusInsufficientStorage, http.StatusNotImplemented:
		return false
	}
	return p.Status >= http.StatusInternalServerError
}
