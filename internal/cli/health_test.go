package cli

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
)

// TestHealth asks servers as settings of each kind describe them.
func TestHealth(t *testing.T) {
	t.Parallel()
	well := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(`{"status":"ok"}`))
	})
	ill := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"status":"error"}`))
	})
	plain, secure, unwell := httptest.NewServer(well), httptest.NewTLSServer(well), httptest.NewServer(ill)
	socket := filepath.Join(t.TempDir(), "s")
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	near := &httptest.Server{Listener: ln, Config: &http.Server{Handler: well, ReadHeaderTimeout: time.Minute}}
	near.Start()
	gone := httptest.NewServer(well)
	gone.Close()
	for _, s := range []*httptest.Server{plain, secure, unwell, near} {
		t.Cleanup(s.Close)
	}
	at := func(s *httptest.Server) string { return s.Listener.Addr().String() }
	_, port, err := net.SplitHostPort(at(secure))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		change func(*config.Config)
		want   lab.Code
		said   string
	}{
		{"plain", func(c *config.Config) { c.HTTP.Addr = at(plain) }, "", "ok"},
		{"everywhere, with a certificate", func(c *config.Config) { c.HTTP.Addr = ":" + port }, "", "ok"},
		{"base path", func(c *config.Config) { c.HTTP.Addr, c.HTTP.BasePath = at(plain), "/vidjil" }, "", "ok"},
		{"socket", func(c *config.Config) { c.HTTP.Socket = socket }, "", "ok"},
		{"names", func(c *config.Config) {
			c.HTTP.Addr, c.TLS.ACME.Domains = at(secure), []string{"a.example"}
		}, "", "ok"},
		{"not well", func(c *config.Config) { c.HTTP.Addr = at(unwell) }, lab.Problems, "error"},
		{"nobody there", func(c *config.Config) { c.HTTP.Addr = at(gone) }, lab.Unreachable, ""},
		{"a port that nobody knows", func(c *config.Config) { c.HTTP.Addr = "127.0.0.1:0" }, lab.Usage, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := config.Config{}.WithDefaults()
			tt.change(&c)
			var out bytes.Buffer
			err := askHealth(t.Context(), &c, &out)
			if got := codeOrNone(err); got != tt.want {
				t.Errorf("got %v (%v), want code %q", got, err, tt.want)
			}
			if !strings.Contains(out.String(), tt.said) {
				t.Errorf("got %q, want %q in it", out.String(), tt.said)
			}
		})
	}
}

// TestHealthInTime holds a silent server to be gone.
func TestHealthInTime(t *testing.T) {
	t.Parallel()
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	c := config.Config{}.WithDefaults()
	c.HTTP.Addr = silent.Addr().String()
	if err := askHealth(ctx, &c, new(bytes.Buffer)); lab.CodeOf(err) != lab.Unreachable {
		t.Errorf("got %v, want code %q", err, lab.Unreachable)
	}
}

// codeOrNone is the code of an error, and none for none.
func codeOrNone(err error) lab.Code {
	if err == nil {
		return ""
	}
	return lab.CodeOf(err)
}
