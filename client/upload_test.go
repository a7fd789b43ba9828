package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
)

// tusServer takes one upload, badly: before each request it may be told what to
// do instead.
type tusServer struct {
	mu       sync.Mutex
	got      []byte
	size     int
	requests []string // methods
	trouble  []func(w http.ResponseWriter, r *http.Request) bool
	refused  string
}

// next makes trouble for the next request; each f tells whether it has answered.
func (s *tusServer) next(f ...func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = append(s.trouble, f...)
}

func (s *tusServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method)
	if len(s.trouble) > 0 {
		f := s.trouble[0]
		s.trouble = s.trouble[1:]
		if f(w, r) {
			return
		}
	}
	switch r.Method {
	case http.MethodPost:
		s.size, _ = strconv.Atoi(r.Header.Get("Upload-Length"))
		w.Header().Set("Location", "http://inside.example/api/v1/uploads/u7")
		w.WriteHeader(http.StatusCreated)
	case http.MethodHead:
		if s.refused != "" {
			w.WriteHeader(http.StatusUnsupportedMediaType)
			return
		}
		w.Header().Set("Upload-Length", strconv.Itoa(s.size))
		w.Header().Set("Upload-Offset", strconv.Itoa(len(s.got)))
	case http.MethodPatch:
		if r.Header.Get("Upload-Offset") != strconv.Itoa(len(s.got)) {
			w.WriteHeader(http.StatusConflict)
			return
		}
		data, err := io.ReadAll(r.Body)
		s.got = append(s.got, data...) // what came before the line broke counts
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Upload-Offset", strconv.Itoa(len(s.got)))
		w.WriteHeader(http.StatusNoContent)
	case http.MethodGet:
		st := client.UploadStatus{ID: "u7", State: "receiving", Size: int64(s.size), Offset: int64(len(s.got)), Reason: s.refused}
		switch {
		case s.refused != "":
			st.State = "refused"
		case len(s.got) == s.size:
			st.State = "finished"
		}
		_ = json.NewEncoder(w).Encode(st) //nolint:errchkjson // the client may be gone
	}
}

func status(code int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(code)
		return true
	}
}

func fine(http.ResponseWriter, *http.Request) bool { return false }

// cut takes a part of the body and breaks the line.
func (s *tusServer) cut(_ http.ResponseWriter, r *http.Request) bool {
	part := make([]byte, 700)
	n, _ := io.ReadFull(r.Body, part)
	s.got = append(s.got, part[:n]...)
	panic(http.ErrAbortHandler)
}

func newTus(t *testing.T) (*tusServer, *client.Client) {
	t.Helper()
	s := &tusServer{}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	c, err := client.New(client.Options{URL: web.URL})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func TestUploadThroughTrouble(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("0123456789"), 500)
	quick := client.UploadOptions{PieceBytes: 1000, Backoff: time.Microsecond}
	for name, trouble := range map[string]func(s *tusServer){
		"none":               func(*tusServer) {},
		"line cut in pieces": func(s *tusServer) { s.next(fine, s.cut, fine, s.cut, fine, s.cut) },
		"server stops":       func(s *tusServer) { s.next(status(503), status(502), fine, status(503), status(500), status(503)) },
		"answer to piece lost": func(s *tusServer) {
			s.next(fine, func(_ http.ResponseWriter, r *http.Request) bool {
				data, _ := io.ReadAll(r.Body)
				s.got = append(s.got, data...)
				panic(http.ErrAbortHandler)
			})
		},
		"held by a dead one":    func(s *tusServer) { s.next(fine, status(423), status(423), status(409)) },
		"too many":              func(s *tusServer) { s.next(status(429), status(429)) },
		"status is not at hand": func(s *tusServer) { s.next(fine, fine, fine, fine, fine, fine, status(503), status(500)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := newTus(t)
			trouble(s)
			got, err := c.Upload(t.Context(), 3, "a.fastq", bytes.NewReader(data), int64(len(data)), quick)
			if err != nil || got.State != "finished" || !bytes.Equal(s.got, data) {
				t.Errorf("got %+v, %d of %d bytes, %v after %v", got, len(s.got), len(data), err, s.requests)
			}
			if len(s.trouble) > 0 {
				t.Errorf("%d troubles did not happen", len(s.trouble))
			}
		})
	}
}

func TestUploadGivesUp(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("0123456789"), 500)
	quick := client.UploadOptions{PieceBytes: 1000, Backoff: time.Microsecond, Patience: time.Minute}
	send := func(c *client.Client, opt client.UploadOptions) error {
		_, err := c.Upload(t.Context(), 3, "a.fastq", bytes.NewReader(data), int64(len(data)), opt)
		return err
	}
	t.Run("what is for good", func(t *testing.T) {
		t.Parallel()
		for _, code := range []int{400, 401, 403, 404, 409, 413, 507} { // 409: the file is there
			s, c := newTus(t)
			s.next(status(code))
			if err := send(c, quick); err == nil || len(s.requests) != 1 {
				t.Errorf("%d to the first request: got %v after %v", code, err, s.requests)
			}
		}
		for _, code := range []int{401, 403, 404, 460, 507} {
			s, c := newTus(t)
			s.next(fine, status(code))
			if err := send(c, quick); err == nil || len(s.requests) != 2 {
				t.Errorf("%d to a piece: got %v after %v", code, err, s.requests)
			}
		}
	})
	t.Run("patience ends", func(t *testing.T) {
		t.Parallel()
		s, c := newTus(t)
		s.next(fine)
		for range 100_000 {
			s.next(status(503))
		}
		opt := quick
		opt.Patience = time.Nanosecond
		if err := send(c, opt); err == nil || !strings.Contains(err.Error(), "given up") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("refused, seen by HEAD only", func(t *testing.T) {
		t.Parallel()
		s, c := newTus(t)
		s.next(fine, func(http.ResponseWriter, *http.Request) bool {
			s.refused = "these are not reads"
			panic(http.ErrAbortHandler)
		})
		if err := send(c, quick); client.CodeOf(err) != "invalid" || !strings.Contains(err.Error(), "these are not reads") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the file became shorter", func(t *testing.T) {
		t.Parallel()
		_, c := newTus(t)
		_, err := c.Upload(t.Context(), 3, "a.fastq", bytes.NewReader(data[:1500]), int64(len(data)), quick)
		if err == nil || !strings.Contains(err.Error(), "shorter") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("resumed with another file", func(t *testing.T) {
		t.Parallel()
		s, c := newTus(t)
		s.size = 7
		if _, err := c.ResumeUpload(t.Context(), "u7", bytes.NewReader(data), int64(len(data)), quick); err == nil || !strings.Contains(err.Error(), "another file") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		s, c := newTus(t)
		ctx, stop := context.WithCancelCause(t.Context())
		why := errors.New("lid closed")
		s.next(fine, func(http.ResponseWriter, *http.Request) bool { stop(why); return false })
		if _, err := c.Upload(ctx, 3, "a.fastq", bytes.NewReader(data), int64(len(data)), quick); !errors.Is(err, why) {
			t.Errorf("got %v, want %v", err, why)
		}
	})
}

// endless is a file whose middle never comes, as of a disk on a network that is
// away.
type endless struct {
	*bytes.Reader
	hang chan struct{}
	once sync.Once
}

func (e *endless) ReadAt(p []byte, off int64) (int, error) {
	if off >= 2000 {
		e.once.Do(func() { <-e.hang })
	}
	return e.Reader.ReadAt(p, off)
}

// TestUploadStalls: a request by which nothing moves is given up, and the next one
// goes on.
func TestUploadStalls(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("0123456789"), 500)
	s, c := newTus(t)
	in := &endless{Reader: bytes.NewReader(data), hang: make(chan struct{})}
	s.next(fine, fine, fine, func(_ http.ResponseWriter, r *http.Request) bool {
		_, err := io.ReadAll(r.Body) // until the client hangs up
		if err == nil {
			t.Error("the piece came whole")
		}
		close(in.hang)
		panic(http.ErrAbortHandler)
	})
	_, err := c.Upload(t.Context(), 3, "a.fastq", in, int64(len(data)), client.UploadOptions{PieceBytes: 1000, Backoff: time.Microsecond, Stall: 50 * time.Millisecond})
	if err != nil || !bytes.Equal(s.got, data) {
		t.Errorf("got %d of %d bytes, %v after %v", len(s.got), len(data), err, s.requests)
	}
}
