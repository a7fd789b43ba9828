package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/config"
)

// buildPebble builds the test authority of Let's Encrypt.
func buildPebble(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "pebble")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "build", "-modfile=e2e.mod", "-o", name, "github.com/letsencrypt/pebble/v2/cmd/pebble")
	cmd.Dir = filepath.Join("..", "..")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("the ACME test server cannot be built: %v: %s", err, text)
	}
	return name
}

// authority is a running pebble.
type authority struct {
	directory, management string
	certificate           string // of its own server
	stop                  func()
}

// startAuthority starts one that looks for challenges on the given ports.
func startAuthority(t *testing.T, program, httpPort, tlsPort string) *authority {
	t.Helper()
	dir := t.TempDir()
	cert, key := certificateFor(t, dir, "localhost", "127.0.0.1")
	listen, management := freeAddr(t), freeAddr(t)
	conf := write(t, dir, "pebble.json", fmt.Sprintf(`{"pebble": {"listenAddress": %q, "managementListenAddress": %q, "certificate": %q, "privateKey": %q, "httpPort": %s, "tlsPort": %s, "ocspResponderURL": "", "externalAccountBindingRequired": false}}`,
		listen, management, cert, key, httpPort, tlsPort))
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, program, "-config", conf, "-dnsserver", startDNS(t))
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	startProgram(t, cmd, listen)
	t.Cleanup(cancel)
	return &authority{directory: "https://" + listen + "/dir", management: "https://" + management, certificate: cert, stop: cancel}
}

// startDNS answers that every name is this machine.
func startDNS(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") // the authority asks over TCP
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				var size uint16
				for binary.Read(c, binary.BigEndian, &size) == nil {
					query := make([]byte, size)
					if _, err := io.ReadFull(c, query); err != nil {
						return
					}
					answer := answerDNS(query)
					_, _ = c.Write(binary.BigEndian.AppendUint16(nil, uint16(len(answer))))
					_, _ = c.Write(answer)
				}
			}()
		}
	}()
	return l.Addr().String()
}

// answerDNS answers a question for an address of IPv4 by 127.0.0.1, any other by
// nothing.
func answerDNS(query []byte) []byte {
	end := 12
	for end < len(query) && query[end] != 0 {
		end += 1 + int(query[end])
	}
	end += 5 // the root, type and class
	if end > len(query) {
		return nil
	}
	answer := append([]byte(nil), query[:end]...)
	binary.BigEndian.PutUint16(answer[2:], 0x8180) // an answer without error
	for i := 6; i < 12; i += 2 {
		binary.BigEndian.PutUint16(answer[i:], 0)
	}
	if binary.BigEndian.Uint16(query[end-4:]) == 1 {
		binary.BigEndian.PutUint16(answer[6:], 1)
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1)
	}
	return answer
}

// roots are those of the authority's certificates.
func (a *authority) roots(t *testing.T) *x509.CertPool {
	t.Helper()
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: poolOf(t, a.certificate)}}}
	_, pem := fetch(t, h, a.management+"/roots/0")
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(pem)) {
		t.Fatalf("no root: %s", pem)
	}
	return pool
}

// TestACME: certificates of a real authority, by each way to prove the name, and
// after a restart without it.
func TestACME(t *testing.T) {
	t.Parallel()
	program := buildPebble(t)
	for _, way := range []string{"TLS-ALPN-01", "HTTP-01"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			addr, plain, closed := freeAddr(t), freeAddr(t), freeAddr(t)
			port := func(addr string) string { _, p, _ := strings.Cut(addr, ":"); return p }
			if way == "TLS-ALPN-01" {
				plain = ""
			}
			httpPort, tlsPort := port(cmp.Or(plain, closed)), port(addr)
			if way == "HTTP-01" {
				tlsPort = port(closed) // a proxy may keep it from us
			}
			a := startAuthority(t, program, httpPort, tlsPort)
			c := settings(t.TempDir(), func(c *config.Config) {
				c.HTTP.Addr, c.HTTP.RedirectAddr = addr, plain
				c.TLS.ACME = config.ACME{Domains: []string{"vidjil.example.org"}, Email: "admin@example.org", Directory: a.directory, CAFile: a.certificate}
			})
			first := run(t, Config{Settings: c})
			if !strings.HasPrefix(first.url, "https://vidjil.example.org:") {
				t.Errorf("address: got %s", first.url)
			}
			roots := a.roots(t)
			got := waitForCertificate(t, addr, roots)
			if plain != "" {
				redirected(t, plain, first.url)
			}
			if err := first.stop(); err != nil {
				t.Fatal(err)
			}
			a.stop()
			run(t, Config{Settings: c})
			if again := waitForCertificate(t, addr, roots); again != got {
				t.Error("after a restart there is another certificate")
			}
			if _, err := os.Stat(filepath.Join(c.Data, "tls", "acme", "certificates")); err != nil {
				t.Errorf("certificates are not kept: %v", err)
			}
		})
	}
}

// waitForCertificate connects by name until there is a certificate that the
// authority vouches for, and returns its fingerprint.
func waitForCertificate(t *testing.T, addr string, roots *x509.CertPool) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	d := &tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: "vidjil.example.org"}}
	for {
		c, err := d.DialContext(ctx, "tcp", addr)
		if err == nil {
			defer c.Close()
			return fingerprint(c.(*tls.Conn).ConnectionState().PeerCertificates[0].Raw)
		}
		select {
		case <-ctx.Done():
			t.Fatalf("no certificate: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func redirected(t *testing.T, addr, url string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/jobs", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	if got := res.Header.Get("Location"); got != url+"/jobs" {
		t.Errorf("redirect: got %s, want %s/jobs", got, url)
	}
}
