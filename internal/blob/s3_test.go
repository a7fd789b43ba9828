package blob_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/blob/blobtest"
	"vidjil.org/vidjil/internal/lab"
)

// s3server is an S3 server in this process, of which requests can be spoiled.
type s3server struct {
	url   string
	clock *clock
	// cut is the number of answers to GET that will break after 1000 bytes.
	cut  atomic.Int64
	puts atomic.Int64
}

// clock gives the time of the server, so that objects can be old.
type clock struct{ back atomic.Int64 }

func (c *clock) Now() time.Time                  { return time.Now().Add(-time.Duration(c.back.Load())) }
func (c *clock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

func startS3(t *testing.T) *s3server {
	t.Helper()
	s := &s3server{clock: &clock{}}
	backend := s3mem.New(s3mem.WithTimeSource(s.clock))
	if err := backend.CreateBucket("lab"); err != nil {
		t.Fatal(err)
	}
	fake := gofakes3.New(backend, gofakes3.WithTimeSource(s.clock), gofakes3.WithTimeSkewLimit(0)).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			s.puts.Add(1)
		}
		if r.Method == http.MethodGet && r.Header.Get("Range") != "" && s.cut.Add(-1) >= 0 {
			w = &cutWriter{ResponseWriter: w, left: 1000}
		}
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// cutWriter breaks the connection after some bytes.
type cutWriter struct {
	http.ResponseWriter

	left int
}

func (c *cutWriter) Write(p []byte) (int, error) {
	if c.left -= len(p); c.left < 0 {
		_, _ = c.ResponseWriter.Write(p[:max(0, len(p)+c.left)])
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	return c.ResponseWriter.Write(p)
}

func openS3(t *testing.T, s *s3server) *blob.S3 {
	t.Helper()
	store, err := blob.OpenS3(t.Context(), blob.S3Config{
		Bucket: "lab", Prefix: "vidjil/", Endpoint: s.url, AccessKey: "key", SecretKey: "secret",
		TempDir: t.TempDir(), PartBytes: 1 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestS3(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t *testing.T) blob.Store {
		t.Helper()
		return openS3(t, startS3(t))
	})
}

func TestOpenS3Missing(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	_, err := blob.OpenS3(t.Context(), blob.S3Config{Bucket: "other", Endpoint: server.url, AccessKey: "key", SecretKey: "secret"})
	if lab.CodeOf(err) != lab.Unreachable {
		t.Errorf("a bucket that is not there: got error %v", err)
	}
	if _, err := blob.OpenS3(t.Context(), blob.S3Config{}); lab.CodeOf(err) != lab.Usage {
		t.Errorf("no bucket: got error %v", err)
	}
}

// TestS3BrokenConnections: reading goes on where the line was cut, and gives up
// when it is cut before every byte.
func TestS3BrokenConnections(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	s := openS3(t, server)
	data := blobtest.Data(1, 50_000)
	d := mustPut(t, s, data)
	server.cut.Store(20)
	r, err := s.Open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, error %v", len(got), err)
	}
	if left := server.cut.Load(); left > 0 {
		t.Errorf("%d cuts were not met", left)
	}
}

// TestS3Renew: bytes that come again are made young by the server, not sent.
func TestS3Renew(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	s := openS3(t, server)
	server.clock.back.Store(int64(1000 * time.Hour))
	data := blobtest.Data(1, 3<<20)
	d := mustPut(t, s, data)
	old, err := s.Stat(t.Context(), d)
	if err != nil || time.Since(old.PutAt) < 999*time.Hour {
		t.Fatalf("got %+v, %v", old, err)
	}
	server.clock.back.Store(0)
	server.puts.Store(0)
	mustPut(t, s, data)
	now, err := s.Stat(t.Context(), d)
	if err != nil || time.Since(now.PutAt) > time.Hour {
		t.Errorf("after the second put: got %+v, %v", now, err)
	}
	if got := server.puts.Load(); got != 1 {
		t.Errorf("got %d PUT requests, want the copy alone", got)
	}
	if err := blob.Verify(t.Context(), s, d); err != nil {
		t.Error(err)
	}
}

// TestS3TempDir: what is gathered before it is sent does not stay.
func TestS3TempDir(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	dir := t.TempDir()
	s, err := blob.OpenS3(t.Context(), blob.S3Config{Bucket: "lab", Endpoint: server.url, AccessKey: "key", SecretKey: "secret", TempDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	mustPut(t, s, blobtest.Data(1, 1000))
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestS3Sweep: parts of a blob that was never completed go when they are old.
func TestS3Sweep(t *testing.T) {
	t.Parallel()
	server := startS3(t)
	s := openS3(t, server)
	for _, age := range []time.Duration{0, 48 * time.Hour} {
		server.clock.back.Store(int64(age))
		key := "vidjil/sha256/ab/cd/abcd" + age.String()
		resp, err := http.Post(server.url+"/lab/"+key+"?uploads", "", nil)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("begin parts: %v, %v", resp, err)
		}
		resp.Body.Close()
	}
	for _, want := range []int{1, 0} {
		if n, err := s.Sweep(t.Context(), time.Now().Add(-24*time.Hour)); n != want || err != nil {
			t.Errorf("got %d removed, error %v, want %d", n, err, want)
		}
	}
}

func TestParseS3(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]blob.S3Config{
		"s3://lab":      {Bucket: "lab"},
		"s3://lab/":     {Bucket: "lab"},
		"s3://lab/a":    {Bucket: "lab", Prefix: "a/"}, // a folder: not that of "ab"
		"s3://lab/a/b/": {Bucket: "lab", Prefix: "a/b/"},
		"s3://lab/a?endpoint=https://s3.example.org:9000&region=eu-west-3": {Bucket: "lab", Prefix: "a/", Endpoint: "https://s3.example.org:9000", Region: "eu-west-3"},
	} {
		if got, err := blob.ParseS3(text); got != want || err != nil {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "lab", "http://lab", "s3://", "s3://key:secret@lab", "s3://lab?secret=x"} {
		if _, err := blob.ParseS3(text); lab.CodeOf(err) != lab.Usage {
			t.Errorf("%s: got error %v, want code %s", text, err, lab.Usage)
		}
	}
}
