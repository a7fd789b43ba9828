package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
)

// certificateFor makes a certificate and its key in files.
func certificateFor(t *testing.T, dir string, names ...string) (cert, key string) {
	t.Helper()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := generate(cert, key, names, time.Now()); err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func poolOf(t *testing.T, file string) *x509.CertPool {
	t.Helper()
	pem, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatalf("%s holds no certificate", file)
	}
	return pool
}

// handshake opens a connection and returns the fingerprint of what it was shown.
func handshake(t *testing.T, addr string) (*tls.Conn, string) {
	t.Helper()
	c, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	conn := c.(*tls.Conn)
	return conn, fingerprint(conn.ConnectionState().PeerCertificates[0].Raw)
}

// ask sends a request on an open connection.
func ask(t *testing.T, c net.Conn) {
	t.Helper()
	if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 12)
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "HTTP/1.1 200" {
		t.Fatalf("got %q, %v", buf, err)
	}
}

// TestCertificateFiles: a renewed certificate is shown to who comes next, who is
// there stays, and one that is no good changes nothing but the log.
func TestCertificateFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := certificateFor(t, dir, "localhost", "127.0.0.1")
	var log strings.Builder
	f, err := openFiles(cert, key, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: f.certificate})
	if err != nil {
		t.Fatal(err)
	}
	h := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }), ReadHeaderTimeout: time.Minute}
	go h.Serve(l)
	t.Cleanup(func() { h.Close() })

	early, first := handshake(t, l.Addr().String())
	f.look(t.Context())
	if log.Len() > 0 {
		t.Errorf("nothing has changed, and the log says %s", log.String())
	}
	certificateFor(t, dir, "localhost", "127.0.0.1")
	f.look(t.Context())
	_, second := handshake(t, l.Addr().String())
	if second == first || !strings.Contains(log.String(), second) {
		t.Errorf("the new certificate is not shown, or not said: %s", log.String())
	}
	for what, breaks := range map[string]func() error{
		"broken":    func() error { return os.WriteFile(cert, []byte("-----BEGIN"), 0o600) },
		"away":      func() error { return os.Remove(key) },
		"unmatched": func() error { _, err := copyOf(t, cert, key); return err },
	} {
		if err := breaks(); err != nil {
			t.Fatal(err)
		}
		log.Reset()
		f.look(t.Context())
		if _, got := handshake(t, l.Addr().String()); got != second {
			t.Errorf("%s: the old certificate is not shown", what)
		}
		if said := log.String(); strings.Count(said, "level=ERROR") != 1 {
			t.Errorf("%s: the log says %s", what, said)
		}
		log.Reset()
		if f.look(t.Context()); log.Len() > 0 {
			t.Errorf("%s: it is said again: %s", what, log.String())
		}
	}
	ask(t, early)
}

// copyOf puts the certificate of one pair beside the key of another.
func copyOf(t *testing.T, cert, key string) (string, error) {
	t.Helper()
	other, _ := certificateFor(t, t.TempDir(), "other")
	_, otherKey := certificateFor(t, t.TempDir(), "another")
	text, err := os.ReadFile(other)
	if err == nil {
		err = os.WriteFile(cert, text, 0o600)
	}
	if err == nil {
		text, err = os.ReadFile(otherKey)
	}
	if err == nil {
		err = os.WriteFile(key, text, 0o600)
	}
	return other, err
}

// TestOwnCertificate: HTTP/2, the headers of TLS, and the way there from HTTP.
func TestOwnCertificate(t *testing.T) {
	t.Parallel()
	cert, key := certificateFor(t, t.TempDir(), "127.0.0.1")
	plain := freeAddr(t)
	r := run(t, Config{Settings: settings(t.TempDir(), func(c *config.Config) {
		c.TLS.Cert, c.TLS.Key, c.HTTP.RedirectAddr, c.HTTP.BasePath = cert, key, plain, "/lab"
	})})
	if !strings.HasPrefix(r.url, "https://127.0.0.1:") || !strings.HasSuffix(r.url, "/lab") {
		t.Fatalf("address: got %s", r.url)
	}
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: poolOf(t, cert)}, ForceAttemptHTTP2: true}}
	res, err := h.Get(r.url + "/api/v1/health")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.ProtoMajor != 2 || res.TLS.Version < tls.VersionTLS12 {
		t.Errorf("got %s over TLS %x, want HTTP/2 over 1.2 or later", res.Proto, res.TLS.Version)
	}
	if got := res.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("Strict-Transport-Security: got %q", got)
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	origin := strings.TrimSuffix(r.url, "/lab")
	for path, want := range map[string]string{
		"/": origin + "/", "/lab/sets/1?tab=quality": origin + "/lab/sets/1?tab=quality", "//evil.example/x": origin + "/evil.example/x", "/a%0d%0ab": origin + "/a%0D%0Ab",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+plain, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.URL.Opaque, req.Host = "//"+plain+path, "evil.example"
		res, err := h.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Location"); res.StatusCode != http.StatusPermanentRedirect || got != want {
			t.Errorf("%s: got %d to %s, want %s", path, res.StatusCode, got, want)
		}
	}
}

// TestExpiring: a generated certificate is made anew a month before its end.
func TestExpiring(t *testing.T) {
	t.Parallel()
	s := &server{Config: Config{Settings: settings(t.TempDir()), Say: func(string, ...any) {}}}
	if err := makeDirs(s.Settings.Data, "tls"); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	var made []string
	for _, at := range []time.Time{now, now.Add(generatedFor - 32*24*time.Hour), now.Add(generatedFor - 20*24*time.Hour)} {
		cert, err := s.selfSigned(at)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, fingerprint(cert.Leaf.Raw))
	}
	if made[0] != made[1] || made[1] == made[2] {
		t.Errorf("got %v: want the first two the same, the third another", made)
	}
}

// TestSocket: a server on a unix socket, for a proxy only; one that was left
// behind is replaced, one that is in use is not.
func TestSocket(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "s")
	on := func(c *config.Config) {
		c.HTTP.Socket, c.HTTP.SocketMode, c.HTTP.PublicURL = socket, "0600", "https://vidjil.example.org/lab/"
	}
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	r := run(t, Config{Settings: settings(t.TempDir(), on)})
	if r.url != "https://vidjil.example.org/lab" {
		t.Errorf("address: got %s", r.url)
	}
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: got %v, %v, want mode 0600", info, err)
	}
	h := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	if status, _ := fetch(t, h, "http://any/lab/api/v1/health"); status != http.StatusOK {
		t.Errorf("health: got %d", status)
	}
	if err := Run(t.Context(), Config{Settings: settings(t.TempDir(), on)}); lab.CodeOf(err) != lab.Conflict {
		t.Errorf("a second server: got %v, want a conflict", err)
	}
}

// TestSlowClients: a head that does not come and an answer that is not read end
// the connection; a long head is refused.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	r := run(t, Config{Settings: settings(t.TempDir(), func(c *config.Config) {
		c.HTTP.HeaderTimeout, c.HTTP.MaxHeader = config.Duration(50*time.Millisecond), 8<<10
	})})
	addr := strings.TrimPrefix(r.url, "http://")
	open := func() net.Conn {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := open()
	io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n")
	if text, err := io.ReadAll(c); err != nil {
		t.Errorf("half a head: the connection did not end: %q, %v", text, err)
	}
	c = open()
	go io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", 64<<10)+"\r\n\r\n")
	text := make([]byte, 12)
	if _, err := io.ReadFull(c, text); err != nil || string(text) != "HTTP/1.1 431" {
		t.Errorf("long head: got %q, %v", text, err)
	}
}

// TestUnreadAnswer: a client that does not read is cut off.
func TestUnreadAnswer(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	h := &http.Server{ReadHeaderTimeout: time.Minute, Handler: deadlines(100*time.Millisecond, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				ended <- err
				return
			}
		}
	}))}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go h.Serve(l)
	t.Cleanup(func() { h.Close() })
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	select {
	case err := <-ended:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the write ended by %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("the write did not end")
	}
}
