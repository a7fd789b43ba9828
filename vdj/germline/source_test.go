package germline

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSourcesAreComplete(t *testing.T) {
	t.Parallel()
	for _, s := range Sources() {
		if terms, err := s.Terms(); err != nil || terms.Text == "" || terms.URL == "" {
			t.Errorf("%s: terms %+v, %v", s.Key, terms, err)
		}
		if u, err := url.Parse(s.URL); err != nil || u.Scheme != "https" {
			t.Errorf("%s: URL %s", s.Key, s.URL)
		}
		if s.File == "" || s.File != filepath.Base(s.File) {
			t.Errorf("%s: file %q", s.Key, s.File)
		}
		if got, err := FindSource(s.Key); err != nil || got != s {
			t.Errorf("%s is not found: %v", s.Key, err)
		}
	}
	if _, err := FindSource("x"); err == nil || !strings.Contains(err.Error(), "imgt-genedb") {
		t.Errorf("unknown source: %v", err)
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	const body = ">IGHV1-1*01\nACGT\n"
	var hits int
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, _ *http.Request) {
		hits++
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, body) // the client's view is what is tested
	})
	mux.HandleFunc("/html", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<p>please log in")
	})
	mux.HandleFunc("/huge", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "999999999999")
		_, _ = io.WriteString(w, body)
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, body)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	source := func(path string) Source {
		return Source{Key: "test", URL: srv.URL + path, File: "set.fasta", Licence: "cc0"}
	}
	dir := func(t *testing.T) string { t.Helper(); return filepath.Join(t.TempDir(), "new") }

	// Not parallel: it counts the server's hits.
	t.Run("not accepted", func(t *testing.T) {
		dst := dir(t)
		_, err := Fetch(t.Context(), srv.Client(), source("/ok"), false, dst)
		if !errors.Is(err, ErrNotAccepted) || hits != 0 {
			t.Errorf("error %v, %d requests", err, hits)
		}
		if _, err := os.Stat(dst); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("folder made: %v", err)
		}
	})
	t.Run("accepted", func(t *testing.T) {
		path, err := Fetch(t.Context(), srv.Client(), source("/ok"), true, dir(t))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != body {
			t.Errorf("file %q, %v", got, err)
		}
		if set, err := Load(path); err != nil || len(set.Genes) != 1 {
			t.Errorf("load: %v", err)
		}
	})
	for _, tt := range []struct{ path, want string }{
		{"/none", "404 Not Found"},
		{"/html", "web page"},
		{"/huge", "larger than 256 MiB"},
		{"/cut", "unexpected EOF"},
	} {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			dst := t.TempDir()
			_, err := Fetch(t.Context(), srv.Client(), source(tt.path), true, dst)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), srv.URL) {
				t.Errorf("error %v, want %q and the address", err, tt.want)
			}
			entries, err := os.ReadDir(dst)
			if err != nil || len(entries) != 0 {
				t.Errorf("left behind: %v, %v", entries, err)
			}
		})
	}
	t.Run("offline", func(t *testing.T) {
		t.Parallel()
		closed := httptest.NewServer(http.NotFoundHandler())
		closed.Close()
		s := source("/")
		s.URL = closed.URL
		if _, err := Fetch(t.Context(), closed.Client(), s, true, t.TempDir()); !errors.Is(err, ErrOffline) {
			t.Errorf("error %v, want ErrOffline", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		stop := errors.New("user left")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(stop)
		if _, err := Fetch(ctx, srv.Client(), source("/ok"), true, t.TempDir()); !errors.Is(err, stop) {
			t.Errorf("error %v, want its cause", err)
		}
	})
	t.Run("unknown licence", func(t *testing.T) {
		t.Parallel()
		s := source("/ok")
		s.Licence = "x"
		if _, err := Fetch(t.Context(), srv.Client(), s, true, t.TempDir()); err == nil {
			t.Error("no error")
		}
	})
}

func TestBoundedReader(t *testing.T) {
	t.Parallel()
	if got, err := io.ReadAll(&boundedReader{r: strings.NewReader("12345"), left: 5}); err != nil || string(got) != "12345" {
		t.Errorf("at the limit: %q, %v", got, err)
	}
	if _, err := io.ReadAll(&boundedReader{r: strings.NewReader("123456"), left: 5}); !errors.Is(err, errTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
}
