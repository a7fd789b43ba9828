package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"vidjil.org/vidjil/internal/lab"
)

// running is a server that a test started.
type running struct {
	url  string
	said string
	line func() string // the next line
	stop func() error
}

// run starts a server and waits until it has said where it is.
func run(t *testing.T, c Config) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	said, ended := make(chan string, 100), make(chan error, 1)
	c.Say = func(format string, args ...any) { said <- fmt.Sprintf(format, args...) }
	go func() { ended <- Run(ctx, c) }()
	r := &running{line: func() string { return <-said }}
	r.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	for r.url == "" {
		select {
		case line := <-said:
			r.said += line + "\n"
			if _, url, ok := strings.Cut(line, "vidjil is at "); ok {
				r.url = url
			}
		case err := <-ended:
			ended <- err
			t.Fatalf("the server ended: %v", err)
		}
	}
	return r
}

func fetch(t *testing.T, h *http.Client, url string) (int, string) {
	t.Helper()
	res, err := h.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func TestLoopbackSpeaksPlainHTTP(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	r := run(t, Config{Data: data, Addr: "127.0.0.1:0", Workers: -1})
	if !strings.HasPrefix(r.url, "http://127.0.0.1:") {
		t.Errorf("address: got %s", r.url)
	}
	if status, text := fetch(t, http.DefaultClient, r.url+"/healthz"); status != http.StatusOK || strings.TrimSpace(text) != `{"status":"ok"}` {
		t.Errorf("/healthz: got %d %s", status, text)
	}
	for _, name := range []string{"", "vidjil.db", "blobs", "lock"} {
		info, err := os.Stat(filepath.Join(data, name))
		if err != nil {
			t.Fatal(err)
		}
		if name != "" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v", name, info.Mode())
		}
	}
}

func TestOneServerOnADirectory(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	r := run(t, Config{Data: data, Addr: "127.0.0.1:0", Workers: -1})
	err := Run(t.Context(), Config{Data: data, Addr: "127.0.0.1:0"})
	if got, want := lab.CodeOf(err), lab.Conflict; got != want {
		t.Errorf("a second server on the directory: got %q (%v), want %q", got, err, want)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	run(t, Config{Data: data, Addr: "127.0.0.1:0", Workers: -1})
}

func TestOtherAddressesSpeakTLS(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	r := run(t, Config{Data: data, Addr: "0.0.0.0:0", Workers: -1})
	if !strings.HasPrefix(r.url, "https://") {
		t.Fatalf("address: got %s, want https", r.url)
	}
	pem, err := os.ReadFile(filepath.Join(data, "tls", "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	_, port, _ := strings.Cut(strings.TrimPrefix(r.url, "https://"), ":")
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	res, err := h.Get("https://127.0.0.1:" + port + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := fingerprint(res.TLS.PeerCertificates[0].Raw); !strings.Contains(r.said, got) {
		t.Errorf("the fingerprint %s was not printed:\n%s", got, r.said)
	}
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11}}}
	if res, err := old.Get("https://127.0.0.1:" + port + "/healthz"); err == nil {
		res.Body.Close()
		t.Error("TLS 1.1 was accepted")
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	again := run(t, Config{Data: data, Addr: "0.0.0.0:0", Workers: -1})
	if !strings.Contains(again.said, fingerprint(res.TLS.PeerCertificates[0].Raw)) {
		t.Error("the second start has another certificate")
	}
}

func TestConfigFaults(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		config Config
		want   lab.Code
	}{
		"no port":            {Config{Data: t.TempDir(), Addr: "localhost"}, lab.Usage},
		"data is a file":     {Config{Data: file, Addr: "127.0.0.1:0"}, lab.Unwritable},
		"unknown database":   {Config{Data: t.TempDir(), Addr: "127.0.0.1:0", Database: "mysql://x"}, lab.Usage},
		"no such cert":       {Config{Data: t.TempDir(), Addr: "127.0.0.1:0", CertFile: "none", KeyFile: "none"}, lab.Invalid},
		"address not ours":   {Config{Data: t.TempDir(), Addr: "192.0.2.1:1"}, lab.Unwritable},
		"bad PostgreSQL URL": {Config{Data: t.TempDir(), Addr: "127.0.0.1:0", Database: "postgres://u:secret@%zz/"}, lab.Usage},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Run(t.Context(), tt.config)
			if got := lab.CodeOf(err); got != tt.want {
				var e *lab.Error
				errors.As(err, &e)
				t.Errorf("got %q (%v), want %q", got, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the message holds the password: %v", err)
			}
		})
	}
}
