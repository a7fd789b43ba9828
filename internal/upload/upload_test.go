package upload

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
)

// fastq is n bytes of reads, other ones for each seed.
func fastq(seed, n int) []byte {
	var b bytes.Buffer
	letters := "ACGT"
	state := uint32(seed)*2654435761 + 1
	for i := 0; b.Len() < n+400; i++ {
		fmt.Fprintf(&b, "@read %d\n", i)
		for range 150 {
			state = state*1664525 + 1013904223
			b.WriteByte(letters[state>>30])
		}
		b.WriteString("\n+\n" + strings.Repeat("I", 150) + "\n")
	}
	return b.Bytes()[:n]
}

// ledger is what a server would know, in memory.
type ledger struct {
	mu        sync.Mutex
	next      int
	begun     map[string]Upload
	finished  map[string]Received
	abandoned map[string]string
	asked     []string // methods of the requests that Allow was asked about
	finishes  int      // calls

	refuseBegin, refuseAllow, failFinish, failAbandon error

	refuseContent error    // by Inspect
	dead          []string // given up by the server
}

func (l *ledger) Inspect(context.Context, string, content.Kind) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refuseContent
}

func (l *ledger) Dead(context.Context, []string) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead, nil
}

func newLedger() *ledger {
	return &ledger{begun: map[string]Upload{}, finished: map[string]Received{}, abandoned: map[string]string{}}
}

func (l *ledger) Begin(_ context.Context, _ *http.Request, u Upload) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refuseBegin != nil {
		return "", l.refuseBegin
	}
	l.next++
	id := "u" + strconv.Itoa(l.next)
	u.ID = id
	l.begun[id] = u
	return id, nil
}

func (l *ledger) Allow(_ context.Context, r *http.Request, _ string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, r.Method)
	return l.refuseAllow
}

func (l *ledger) Finish(ctx context.Context, id string, f Received) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	l.finishes++
	if l.failFinish != nil {
		return l.failFinish
	}
	l.finished[id] = f
	return nil
}

func (l *ledger) Abandon(_ context.Context, id, reason string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failAbandon != nil {
		return l.failAbandon
	}
	l.abandoned[id] = reason
	return nil
}

func (l *ledger) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// bench is a receiver with all around it; restart makes a new one on the same
// folders.
type bench struct {
	t      *testing.T
	cfg    Config
	blobs  blob.Store
	ledger *ledger
	r      *Receiver
}

func newBench(t *testing.T, cfg Config) *bench {
	t.Helper()
	blobs, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	b := &bench{t: t, cfg: cfg, blobs: blobs, ledger: newLedger()}
	b.start()
	t.Cleanup(func() { _ = b.r.Close() })
	return b
}

func (b *bench) start() {
	b.t.Helper()
	r, err := New(b.blobs, b.ledger, b.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	b.r = r
}

func (b *bench) restart() {
	b.t.Helper()
	if err := b.r.Close(); err != nil {
		b.t.Fatal(err)
	}
	b.start()
}

// do sends a request without a connection, so that it is over when it returns.
func (b *bench) do(method, path string, body io.Reader, header ...string) *reply {
	b.t.Helper()
	q := httptest.NewRequestWithContext(b.t.Context(), method, path, body)
	q.Header.Set("Tus-Resumable", "1.0.0")
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.r.ServeHTTP(w, q)
	return &reply{w.Code, w.Header(), w.Body.Bytes()}
}

// reply is an answer that was read to its end.
type reply struct {
	StatusCode int
	Header     http.Header
	body       []byte
}

func metadata(pairs ...string) string {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		parts = append(parts, pairs[i]+" "+base64.StdEncoding.EncodeToString([]byte(pairs[i+1])))
	}
	return strings.Join(parts, ",")
}

func (b *bench) post(size int, pairs ...string) *reply {
	b.t.Helper()
	return b.do("POST", "/api/v1/uploads/", nil, "Upload-Length", strconv.Itoa(size),
		"Upload-Metadata", metadata(append([]string{"filename", "reads.fastq"}, pairs...)...))
}

// begin announces a file and gives the address of its upload.
func (b *bench) begin(size int, pairs ...string) string {
	b.t.Helper()
	resp := b.post(size, pairs...)
	if resp.StatusCode != http.StatusCreated {
		b.t.Fatalf("POST: got status %d: %s", resp.StatusCode, detail(resp))
	}
	return resp.Header.Get("Location")
}

func (b *bench) patch(url string, offset int, data []byte) *reply {
	b.t.Helper()
	return b.do("PATCH", url, bytes.NewReader(data), "Upload-Offset", strconv.Itoa(offset), "Content-Type", "application/offset+octet-stream")
}

// send does a whole upload.
func (b *bench) send(data []byte, pairs ...string) (string, *reply) {
	b.t.Helper()
	url := b.begin(len(data), pairs...)
	return url, b.patch(url, 0, data)
}

func (b *bench) status(url string) Status {
	b.t.Helper()
	resp := b.do("GET", url, nil)
	var s Status
	if err := json.Unmarshal(resp.body, &s); err != nil || resp.StatusCode != http.StatusOK {
		b.t.Fatalf("GET: got status %d, error %v", resp.StatusCode, err)
	}
	return s
}

// kept fails unless the blob of data is in the store and the ledger has it for
// the upload.
func (b *bench) kept(url string, data []byte) {
	b.t.Helper()
	id := url[strings.LastIndex(url, "/")+1:]
	f, ok := b.ledger.finished[id]
	if !ok {
		b.t.Fatalf("upload %s is not finished", id)
	}
	r, err := b.blobs.Open(b.t.Context(), f.Blob.Digest)
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
		b.t.Errorf("got %d bytes, want the %d that were sent; error %v", len(got), len(data), err)
	}
	left, err := os.ReadDir(b.cfg.Dir)
	if err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), id+partSuffix) }) {
		b.t.Errorf("bytes are left in the staging folder: %v, %v", left, err)
	}
}

func detail(resp *reply) string {
	var problem struct {
		Detail string
	}
	if json.Unmarshal(resp.body, &problem) != nil {
		return string(resp.body)
	}
	return problem.Detail
}

func wantStatus(t *testing.T, resp *reply, want int) {
	t.Helper()
	if resp.StatusCode != want {
		t.Fatalf("got status %d (%s), want %d", resp.StatusCode, detail(resp), want)
	}
}

func TestUpload(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	data := fastq(1, 2_500_000)
	d := digestOf(data)
	url := b.begin(len(data), "sha256", string(d), "file", "7")
	if want := "/api/v1/uploads/u1"; url != want {
		t.Errorf("got location %q, want the path %q", url, want)
	}
	for at := 0; at < len(data); {
		n := min(700_001, len(data)-at)
		resp := b.patch(url, at, data[at:at+n])
		wantStatus(t, resp, http.StatusNoContent)
		at += n
		if got := resp.Header.Get("Upload-Offset"); got != strconv.Itoa(at) {
			t.Fatalf("got offset %s, want %d", got, at)
		}
		if at < len(data) {
			if s := b.status(url); s.State != "receiving" || s.Offset != int64(at) || s.Size != int64(len(data)) {
				t.Errorf("half-way: got %+v", s)
			}
			continue
		}
		for header, want := range map[string]string{"Upload-Digest": "sha256:" + string(d), "Upload-Content": "reads", "Upload-Duplicate": "false"} {
			if got := resp.Header.Get(header); got != want {
				t.Errorf("last answer: %s: got %q, want %q", header, got, want)
			}
		}
	}
	b.kept(url, data)
	f := b.ledger.finished["u1"]
	if f.Name != "reads.fastq" || f.Metadata["file"] != "7" || f.Digest != d || f.Blob.Size != int64(len(data)) || f.Content != "reads" {
		t.Errorf("the ledger was told %+v", f)
	}
	if s := b.status(url); s.State != "finished" || s.Digest != d || s.Offset != s.Size || s.Content != "reads" {
		t.Errorf("status: got %+v", s)
	}
	head := b.do("HEAD", url, nil)
	wantStatus(t, head, http.StatusOK)
	if got := head.Header.Get("Upload-Offset"); got != strconv.Itoa(len(data)) || head.Header.Get("Upload-Digest") == "" {
		t.Errorf("HEAD when finished: got %v", head.Header)
	}
	if b.ledger.finishes != 1 {
		t.Errorf("Finish was called %d times", b.ledger.finishes)
	}

	// The same bytes again.
	_, resp := b.send(data)
	wantStatus(t, resp, http.StatusNoContent)
	if got := resp.Header.Get("Upload-Duplicate"); got != "true" || !b.ledger.finished["u2"].Blob.Known {
		t.Errorf("bytes that were there: got Upload-Duplicate %q", got)
	}
}

func digestOf(data []byte) blob.Digest {
	sum := sha256New()
	sum.Write(data)
	return blob.SumOf(sum)
}

// TestUploadInOneRequest: creation with upload saves small files a round.
func TestUploadInOneRequest(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	data := fastq(1, 3000)
	resp := b.do("POST", "/api/v1/uploads/", bytes.NewReader(data), "Upload-Length", "3000",
		"Upload-Metadata", metadata("filename", "a.fastq"), "Content-Type", "application/offset+octet-stream")
	wantStatus(t, resp, http.StatusCreated)
	b.kept(resp.Header.Get("Location"), data)
}

func TestBeginRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{MaxBytes: 10 << 20})
	for name, tt := range map[string]struct {
		header []string
		status int
		says   string
	}{
		"no name":        {[]string{"Upload-Length", "5"}, 400, "filename"},
		"a folder":       {[]string{"Upload-Length", "5", "Upload-Metadata", metadata("filename", "/")}, 400, "filename"},
		"control":        {[]string{"Upload-Length", "5", "Upload-Metadata", metadata("filename", "a\nb")}, 400, "filename"},
		"not UTF-8":      {[]string{"Upload-Length", "5", "Upload-Metadata", metadata("filename", "a\xff")}, 400, "UTF-8"},
		"long name":      {[]string{"Upload-Length", "5", "Upload-Metadata", metadata("filename", strings.Repeat("a", 256))}, 400, "filename"},
		"much metadata":  {[]string{"Upload-Length", "5", "Upload-Metadata", metadata("filename", "a", "x", strings.Repeat("a", 9000))}, 413, "metadata"},
		"empty":          {[]string{"Upload-Length", "0", "Upload-Metadata", metadata("filename", "a")}, 400, "empty"},
		"too large":      {[]string{"Upload-Length", "10485761", "Upload-Metadata", metadata("filename", "a")}, 413, "at most 10 MB"},
		"no length":      {[]string{"Upload-Metadata", metadata("filename", "a")}, 400, "Upload-Length"},
		"deferred":       {[]string{"Upload-Defer-Length", "1", "Upload-Metadata", metadata("filename", "a")}, 501, ""},
		"negative":       {[]string{"Upload-Length", "-5", "Upload-Metadata", metadata("filename", "a")}, 400, "Upload-Length"},
		"bad digest":     {[]string{"Upload-Length", "5", "Upload-Metadata", metadata("filename", "a", "sha256", "12")}, 400, "SHA-256"},
		"other protocol": {[]string{"Upload-Length", "5", "Tus-Resumable", "0.2"}, 412, "Tus-Resumable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := b.do("POST", "/api/v1/uploads/", nil, tt.header...)
			got := detail(resp)
			if resp.StatusCode != tt.status || !strings.Contains(got, tt.says) {
				t.Errorf("got %d %q, want %d and %q", resp.StatusCode, got, tt.status, tt.says)
			}
			if resp.Header.Get("Location") != "" || resp.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("got header %v", resp.Header)
			}
		})
	}
	t.Cleanup(func() {
		if len(b.ledger.begun) > 0 {
			t.Errorf("the ledger was asked about %v", b.ledger.begun)
		}
	})
}

// TestRights: each request is asked about, and what the ledger says is done.
func TestRights(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	data := fastq(1, 5000)
	url := b.begin(len(data))
	for _, tt := range []struct {
		err    error
		status int
	}{
		{lab.Errorf(lab.Forbidden, "you may not upload here"), 403},
		{lab.Errorf(lab.NotFound, "there is no such sample"), 404},
		{lab.Errorf(lab.Unauthenticated, "please sign in"), 401},
		{lab.Errorf(lab.TooMany, "please wait"), 429},
		{lab.Errorf(lab.NoSpace, "the quota of the group is reached"), 507},
		{lab.Errorf(lab.Unavailable, "uploads are switched off"), 503},
		{fmt.Errorf("select: %w", errors.New("secret")), 500},
	} {
		b.ledger.set(func() { b.ledger.refuseBegin, b.ledger.refuseAllow, b.ledger.asked = tt.err, tt.err, nil })
		responses := map[string]*reply{
			"POST": b.post(10), "HEAD": b.do("HEAD", url, nil), "PATCH": b.patch(url, 0, data), "DELETE": b.do("DELETE", url, nil), "GET": b.do("GET", url, nil),
			"override": b.do("POST", url, bytes.NewReader(data), "X-HTTP-Method-Override", "DELETE"),
		}
		for method, resp := range responses {
			text := detail(resp)
			if resp.StatusCode != tt.status || strings.Contains(text, "secret") {
				t.Errorf("%v: %s: got %d %q, want %d", tt.err, method, resp.StatusCode, text, tt.status)
			}
		}
		if got := len(b.ledger.asked); got != 5 {
			t.Errorf("%v: Allow was asked %d times, about %v, want 5", tt.err, got, b.ledger.asked)
		}
	}
	b.ledger.set(func() { b.ledger.refuseBegin, b.ledger.refuseAllow = nil, nil })
	if s := b.status(url); s.Offset != 0 || s.State != "receiving" {
		t.Errorf("refused requests changed the upload: %+v", s)
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	b := newBench(t, Config{})
	for _, path := range []string{"/api/v1/uploads/x", "/api/v1/uploads/../x", "/api/v1/uploads/a/b", "/api/v1/uploads/a%2fb", "/api/v1/uploads/" + strings.Repeat("a", 65), "/other"} {
		for _, method := range []string{"HEAD", "PATCH", "DELETE", "GET"} {
			resp := b.do(method, path, nil, "Upload-Offset", "0", "Content-Type", "application/offset+octet-stream")
			if resp.StatusCode != http.StatusNotFound {
				t.Errorf("%s %s: got status %d", method, path, resp.StatusCode)
			}
		}
	}
	wantStatus(t, b.do("PUT", "/api/v1/uploads/", nil), http.StatusMethodNotAllowed)
	wantStatus(t, b.do("GET", "/api/v1/uploads/", nil), http.StatusMethodNotAllowed)
	options := b.do("OPTIONS", "/api/v1/uploads/", nil)
	if got := options.Header.Get("Tus-Extension"); got != "creation,creation-with-upload,termination" || options.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("OPTIONS: got %v", options.Header)
	}
}

// TestNoNames: the name of a file and what was said of it go to the ledger only.
func TestNoNames(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	b := newBench(t, Config{Logger: jsonLog(&log)})
	data := fastq(1, 5000)
	url := b.begin(len(data), "filename", `C:\runs\Dupont.fastq`)
	if got := b.ledger.begun["u1"].Name; got != "Dupont.fastq" {
		t.Errorf("the ledger was told the name %q", got)
	}
	for _, resp := range []*reply{b.do("HEAD", url, nil), b.do("GET", url, nil), b.patch(url, 0, data), b.do("GET", url, nil), b.patch(url, 9, data)} {
		text := fmt.Sprint(resp.Header, string(resp.body))
		if secret := base64.StdEncoding.EncodeToString([]byte("Dupont.fastq")); strings.Contains(text, "Dupont") || strings.Contains(text, secret) {
			t.Errorf("an answer has the name:\n%s", text)
		}
	}
	if strings.Contains(log.String(), "Dupont") || !strings.Contains(log.String(), "upload finished") {
		t.Errorf("the log has the name, or nothing:\n%s", log.String())
	}
	st, err := os.Stat(filepath.Join(b.cfg.Dir, "u1.json"))
	if err != nil || st.Mode().Perm()&0o077 != 0 {
		t.Errorf("the record: got %v, %v, want it private", st, err)
	}
}
