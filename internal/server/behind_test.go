package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
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

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/config"
)

// proxy is a web server that the samples in packaging are for.
type proxy struct {
	name   string
	sample string // below packaging
	base   string // path that the sample serves
	// values are what the sample has, and what a test puts in their place: the
	// keys of ports.
	values map[string]string
	// command writes what the program wants around the sample, and starts it.
	command func(t *testing.T, dir, sample string, ports map[string]string) *exec.Cmd
}

func proxies() []proxy {
	nginx := map[string]string{"listen 443 ": "listen {https} ", "listen 80;": "listen {http};", "/etc/ssl/certs/vidjil.pem": "{cert}", "/etc/ssl/private/vidjil.key": "{key}", "127.0.0.1:8080;": "{backend};"}
	apache := map[string]string{"*:443>": "*:{https}>", "*:80>": "*:{http}>", "/etc/ssl/certs/vidjil.pem": "{cert}", "/etc/ssl/private/vidjil.key": "{key}", "http://127.0.0.1:8080/": "http://{backend}/"}
	path := func(from string, to string) map[string]string { return map[string]string{from: to} }
	return []proxy{
		{"nginx", "nginx/vidjil.conf", "", nginx, startNginx},
		{"nginx", "nginx/vidjil-path.conf", "/vidjil", path("http://127.0.0.1:8080;", "http://{backend};"), startNginx},
		{"apache2", "apache/vidjil.conf", "", apache, startApache},
		{"apache2", "apache/vidjil-path.conf", "/vidjil", path("http://127.0.0.1:8080/", "http://{backend}/"), startApache},
		{"caddy", "caddy/Caddyfile", "", map[string]string{"vidjil.example.org {": "https://vidjil.example.org:{https}, https://127.0.0.1:{https} {\n\ttls {cert} {key}", "127.0.0.1:8080 {": "{backend} {"}, startCaddy},
		{"caddy", "caddy/Caddyfile-path", "/vidjil", map[string]string{"www.example.org {": "https://www.example.org:{https}, https://127.0.0.1:{https} {\n\ttls {cert} {key}", "127.0.0.1:8080 {": "{backend} {"}, startCaddy},
	}
}

// TestBehindProxies drives the samples in packaging with the real programs:
// pages, sign-in, an upload in pieces, events as they happen, and whom the server
// thinks that it speaks with.
func TestBehindProxies(t *testing.T) {
	t.Parallel()
	for _, p := range proxies() {
		t.Run(p.sample, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(p.name); err != nil {
				t.Skipf("%s is not installed (apt install nginx-light apache2 caddy)", p.name)
			}
			p.drive(t)
		})
	}
}

func (p *proxy) drive(t *testing.T) {
	dir := t.TempDir()
	cert, key := certificateFor(t, dir, "localhost", "127.0.0.1")
	front := freeAddr(t)
	_, https, _ := strings.Cut(front, ":")
	_, plain, _ := strings.Cut(freeAddr(t), ":")
	ports := map[string]string{"https": https, "http": plain, "cert": cert, "key": key, "backend": freeAddr(t), "base": p.base}
	url := "https://" + front + p.base

	r := run(t, Config{Settings: settings(t.TempDir(), func(c *config.Config) {
		c.HTTP.Addr, c.HTTP.PublicURL, c.HTTP.TrustedProxies = ports["backend"], url, []string{"127.0.0.1/32"}
		c.Limits.SignIns, c.Limits.SignInEvery = 5, config.Duration(time.Hour)
	})})
	if r.url != url {
		t.Fatalf("address: got %s, want %s", r.url, url)
	}
	said := r.said
	for !strings.Contains(said, "#") {
		said += r.line()
	}
	startProgram(t, p.command(t, dir, p.fill(t, ports), ports), front)

	via := transport(t, cert, "127.0.0.1")
	status, _ := fetch(t, &http.Client{Transport: via}, url+"/patients/7")
	if status != http.StatusOK && status != http.StatusNotFound { // without the built client
		t.Errorf("a page: got %d", status)
	}
	data := manyReads(6 << 20)
	script, sample := setUp(t, url, said, len(data), via)
	p.upload(t, script, sample, data)
	p.events(t, script)
	p.countsPeople(t, url, cert)
	if p.base == "" && p.name != "caddy" { // whose port for http:// is one of the whole program
		p.redirects(t, plain)
	}
}

// fill puts a test's values into a sample. Each must be there, or the sample has
// changed and the test drives something else.
func (p *proxy) fill(t *testing.T, ports map[string]string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "packaging", filepath.FromSlash(p.sample)))
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for from, to := range p.values {
		for name, value := range ports {
			to = strings.ReplaceAll(to, "{"+name+"}", value)
		}
		before, after, ok := strings.Cut(text, from)
		if !ok {
			t.Fatalf("%s has no %q", p.sample, from)
		}
		text = before + to + after
	}
	return text
}

// transport reaches a proxy from an address of this machine.
func transport(t *testing.T, cert, from string) *http.Transport {
	t.Helper()
	d := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	return &http.Transport{DialContext: d.DialContext, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: poolOf(t, cert)}}
}

func (p *proxy) upload(t *testing.T, script *client.Client, sample client.Sample, data []byte) {
	t.Helper()
	sum := sha256.Sum256(data)
	got, err := script.Upload(t.Context(), sample.Files[0].ID, "a.fastq", bytes.NewReader(data), int64(len(data)), client.UploadOptions{
		SHA256: hex.EncodeToString(sum[:]), PieceBytes: 4 << 20, // above what proxies let through by themselves
	})
	if err != nil || got.State != "finished" {
		t.Errorf("upload: got %+v, %v", got, err)
	}
}

// events wants to be told of a change while the stream goes on.
func (p *proxy) events(t *testing.T, script *client.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	sets, err := script.Sets(ctx, "run", client.Page{})
	if err != nil || len(sets.Items) == 0 {
		t.Fatalf("sets: %v, %v", sets, err)
	}
	id := sets.Items[0].ID
	told := make(chan struct{}, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- script.Events(ctx, []string{fmt.Sprintf("set:%d", id)}, "", func(client.Event) error {
			select {
			case told <- struct{}{}:
			default:
			}
			return nil
		})
	}()
	// The stream may not be open yet: the set is changed until it is told.
	for i := 0; ; i++ {
		_, err := script.SaveAnnotation(ctx, id, i, client.AnnotationSave{Body: client.AnnotationBody{Clonotypes: []client.ClonotypeNote{{ID: "ACGT", Name: fmt.Sprintf("change %d", i)}}}})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-told:
			return
		case err := <-ended:
			t.Fatalf("the stream ended: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// countsPeople tries passwords from two addresses: the proxy's word about them
// counts, what the client says does not.
func (p *proxy) countsPeople(t *testing.T, url, cert string) {
	t.Helper()
	people := 0
	try := func(from, says string) int {
		people++ // accounts have locks of their own
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+client.Prefix+"/session", strings.NewReader(fmt.Sprintf(`{"email":"a%d@example.org","password":"wrong wrong wrong"}`, people)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Forwarded-For", says)
		req.Header.Set("Forwarded", "for="+says)
		via := transport(t, cert, from)
		defer via.CloseIdleConnections()
		res, err := via.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		_, _ = io.Copy(io.Discard, res.Body)
		return res.StatusCode
	}
	last := 0
	for i := range 6 {
		last = try("127.0.0.2", fmt.Sprintf("6.6.6.%d", i))
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the sixth attempt from one address: got %d, want 429", last)
	}
	if got := try("127.0.0.3", "127.0.0.2"); got == http.StatusTooManyRequests {
		t.Error("another address was refused")
	}
}

func (p *proxy) redirects(t *testing.T, port string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+port+"/sets/1?tab=jobs", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "vidjil.example.org"
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Get("Location"); res.StatusCode != http.StatusPermanentRedirect || got != "https://vidjil.example.org/sets/1?tab=jobs" {
		t.Errorf("http: got %d to %s", res.StatusCode, got)
	}
}

// startProgram runs a program until the test ends, and waits until it answers.
func startProgram(t *testing.T, cmd *exec.Cmd, addr string) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", cmd.Path, out.String())
		}
	})
	for deadline := time.Now().Add(30 * time.Second); !answers(addr); {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v\n%s", cmd.Path, err, out.String())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not answer", cmd.Path)
		}
	}
}

// write makes a file in a directory.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func startNginx(t *testing.T, dir, sample string, ports map[string]string) *exec.Cmd {
	t.Helper()
	write(t, dir, "sample.conf", sample)
	site := "include sample.conf;"
	if ports["base"] != "" {
		site = fmt.Sprintf("server { listen %s ssl http2; ssl_certificate %s; ssl_certificate_key %s; include sample.conf; }", ports["https"], ports["cert"], ports["key"])
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n" // its directories are the test's
	}
	conf := write(t, dir, "nginx.conf", user+fmt.Sprintf(`daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    %s
}
`, site))
	return exec.CommandContext(context.WithoutCancel(t.Context()), "nginx", "-p", dir, "-e", "stderr", "-c", conf)
}

func startApache(t *testing.T, dir, sample string, ports map[string]string) *exec.Cmd {
	t.Helper()
	modules := ""
	for _, m := range []string{"mpm_event", "authz_core", "socache_shmcb", "ssl", "http2", "proxy", "proxy_http", "headers", "reqtimeout", "alias", "filter"} {
		modules += fmt.Sprintf("LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", m, m)
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "User www-data\nGroup www-data\n"
	}
	listen := fmt.Sprintf("Listen %s\n", ports["https"])
	if ports["base"] == "" {
		listen += fmt.Sprintf("Listen %s\n", ports["http"])
	} else {
		sample = fmt.Sprintf("<VirtualHost *:%s>\nProtocols h2 http/1.1\nSSLEngine on\nSSLCertificateFile %s\nSSLCertificateKeyFile %s\n%s\n</VirtualHost>\n", ports["https"], ports["cert"], ports["key"], sample)
	}
	conf := write(t, dir, "apache.conf", fmt.Sprintf("ServerRoot %s\nServerName localhost\nPidFile %s/pid\nDefaultRuntimeDir %s\nErrorLog /dev/stderr\n%s%s%s%s", dir, dir, dir, user, modules, listen, sample))
	return exec.CommandContext(context.WithoutCancel(t.Context()), "apache2", "-f", conf, "-D", "FOREGROUND")
}

func startCaddy(t *testing.T, dir, sample string, _ map[string]string) *exec.Cmd {
	t.Helper()
	conf := write(t, dir, "Caddyfile", "{\n\tadmin off\n\tauto_https off\n\tskip_install_trust\n\tstorage file_system "+dir+"\n}\n"+sample)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "caddy", "run", "--adapter", "caddyfile", "--config", conf)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	return cmd
}
