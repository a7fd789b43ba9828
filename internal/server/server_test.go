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

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
)

// settings are those of a test's server: on a free port, without workers.
func settings(data string, changes ...func(*config.Config)) config.Config {
	c := config.Config{Data: data, HTTP: config.HTTP{Addr: "127.0.0.1:0"}, Workers: config.Workers{Count: -1}}
	for _, change := range changes {
		change(&c)
	}
	return c
}

// everywhere makes a server listen on all addresses.
func everywhere(c *config.Config) { c.HTTP.Addr = "0.0.0.0:0" }

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
	r := run(t, Config{Settings: settings(data)})
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
	r := run(t, Config{Settings: settings(data)})
	err := Run(t.Context(), Config{Settings: settings(data)})
	if got, want := lab.CodeOf(err), lab.Conflict; got != want {
		t.Errorf("a second server on the directory: got %q (%v), want %q", got, err, want)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	run(t, Config{Settings: settings(data)})
}

func TestOtherAddressesSpeakTLS(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	r := run(t, Config{Settings: settings(data, everywhere)})
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
	again := run(t, Config{Settings: settings(data, everywhere)})
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
		change func(*config.Config)
		want   lab.Code
	}{
		"no port":            {func(c *config.Config) { c.HTTP.Addr = "localhost" }, lab.Usage},
		"data is a file":     {func(c *config.Config) { c.Data = file }, lab.Unwritable},
		"unknown database":   {func(c *config.Config) { c.Database = "mysql://x" }, lab.Usage},
		"no such cert":       {func(c *config.Config) { c.TLS.Cert, c.TLS.Key = "none", "none" }, lab.Invalid},
		"address not ours":   {func(c *config.Config) { c.HTTP.Addr = "192.0.2.1:1" }, lab.Unwritable},
		"bad PostgreSQL URL": {func(c *config.Config) { c.Database = "postgres://u:secret@%zz/" }, lab.Usage},
		"no ACME authority":  {func(c *config.Config) { c.TLS.ACME.Domains, c.TLS.ACME.CAFile = []string{"a.example"}, file }, lab.Invalid},
		"a file, no socket":  {func(c *config.Config) { c.HTTP.Socket, c.HTTP.PublicURL = file, "https://a.example" }, lab.Unwritable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Run(t.Context(), Config{Settings: settings(t.TempDir(), tt.change)})
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
