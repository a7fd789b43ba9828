package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store/storetest"
)

// balancer hands the requests on to servers in turn, as careless as those do that
// keep nobody on one of them.
type balancer struct {
	*httptest.Server

	mu      sync.Mutex
	servers []*url.URL
	next    int
	patches map[string]int // requests with bytes, by the address of the server
}

func newBalancer(t *testing.T) *balancer {
	t.Helper()
	b := &balancer{patches: map[string]int{}}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(b.turn(p.In.Method))
			p.SetXForwarded()
			p.Out.Host = p.In.Host
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	b.Server = httptest.NewServer(proxy)
	t.Cleanup(b.Close)
	return b
}

// turn is whose turn it is.
func (b *balancer) turn(method string) *url.URL {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	u := b.servers[b.next%len(b.servers)]
	if method == http.MethodPatch {
		b.patches[u.Host]++
	}
	return u
}

// use makes it hand on to these from now on.
func (b *balancer) use(t *testing.T, addresses ...string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.servers = nil
	for _, a := range addresses {
		b.servers = append(b.servers, &url.URL{Scheme: "http", Host: a})
	}
}

// pair is two servers on one database and one folder of blobs, behind a balancer.
type pair struct {
	front *balancer
	c     [2]config.Config
	r     [2]*running
}

func (p *pair) start(t *testing.T, i int) {
	t.Helper()
	p.r[i] = run(t, Config{Settings: p.c[i]})
}

// newPair starts the first server; the second one starts with its keys.
func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{front: newBalancer(t)}
	database, dirs := storetest.Postgres(t), [2]string{t.TempDir(), t.TempDir()}
	for i := range p.c {
		addr := freeAddr(t)
		p.c[i] = settings(dirs[i], func(c *config.Config) {
			c.Database, c.HTTP.Addr, c.HTTP.NodeURL = database, addr, "http://"+addr
			c.HTTP.PublicURL, c.HTTP.TrustedProxies = p.front.URL, []string{"127.0.0.1"}
		})
	}
	p.start(t, 0)
	// What S3 is in earnest: bytes that both reach.
	if err := os.Symlink(filepath.Join(dirs[0], "blobs"), filepath.Join(dirs[1], "blobs")); err != nil {
		t.Fatal(err)
	}
	p.front.use(t, p.c[0].HTTP.Addr)
	return p
}

// at is the address of a server, past the balancer.
func (p *pair) at(i int) string { return "http://" + p.c[i].HTTP.Addr }

// shareKeys copies the keys of the first server to the second.
func (p *pair) shareKeys(t *testing.T) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(p.c[0].Data, "secret.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(p.c[1].Data, "secret.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
}

// setupLink waits for the link of the first server.
func (p *pair) setupLink() string {
	said := p.r[0].said
	for !strings.Contains(said, "#") {
		said += p.r[0].line()
	}
	return said
}

// TestSeveralServers: two servers on one PostgreSQL are one to those who come
// through a balancer that sends each request to another: what is true at one is
// at the other, and an upload goes on at the server that it began at.
func TestSeveralServers(t *testing.T) { //nolint:tparallel // the parts share the servers, and go one after the other
	t.Parallel()
	p := newPair(t)
	data := manyReads(6 << 20)
	script, sample := setUp(t, p.front.URL, p.setupLink(), len(data), nil)
	p.shareKeys(t)
	p.start(t, 1)
	p.front.use(t, p.c[0].HTTP.Addr, p.c[1].HTTP.Addr)

	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	var id string
	got, err := script.Upload(t.Context(), sample.Files[0].ID, "a.fastq", bytes.NewReader(data), int64(len(data)), client.UploadOptions{
		SHA256: digest, PieceBytes: 1 << 20, Backoff: 20 * time.Millisecond, Patience: time.Minute, Begun: func(name string) { id = name },
	})
	if err != nil || got.State != "finished" || got.SHA256 != digest {
		t.Fatalf("upload: got %+v, %v", got, err)
	}
	for i := range p.c {
		if p.front.patches[p.c[i].HTTP.Addr] == 0 {
			t.Errorf("server %d was sent no bytes: nothing was shown", i)
		}
		own, err := client.New(client.Options{URL: p.at(i), Token: tokenOf(t, script)})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := own.UploadStatus(t.Context(), id); err != nil || s.State != "finished" {
			t.Errorf("server %d tells of the upload: got %+v, %v", i, s, err)
		}
		content, err := own.FileContent(t.Context(), sample.Files[0].ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		back, err := io.ReadAll(content)
		if err := errors.Join(err, content.Close()); err != nil || !bytes.Equal(back, data) {
			t.Errorf("server %d gives %d bytes back, %v", i, len(back), err)
		}
	}
	t.Run("session", func(t *testing.T) { p.sessions(t) })
	t.Run("events", func(t *testing.T) { p.events(t, script, sample) })
	t.Run("stopped", func(t *testing.T) { p.stopped(t, script, sample) })
}

// tokenOf makes another token of the person whose script it is.
func tokenOf(t *testing.T, c *client.Client) string {
	t.Helper()
	made, err := c.CreateToken(t.Context(), client.NewToken{Name: rand.Text(), Scopes: []string{"read", "write", "upload", "admin"}})
	if err != nil {
		t.Fatal(err)
	}
	return made.Text
}

// sessions: who signed in at one is signed in at the other, and out at both.
func (p *pair) sessions(t *testing.T) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Options{URL: p.front.URL, HTTP: &http.Client{Jar: jar}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SignIn(t.Context(), client.Credentials{Email: "root@example.org", Password: "seven quiet horses"}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // one of them each
		if w, err := c.Whoami(t.Context()); err != nil || w.User == nil {
			t.Errorf("signed in at one: got %+v, %v at the other", w.User, err)
		}
	}
	if err := c.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if w, err := c.Whoami(t.Context()); err != nil || w.User != nil {
			t.Errorf("signed out at one: got %+v, %v at the other", w.User, err)
		}
	}
}

// events: a page that is open at one server sees what is done at the other.
func (p *pair) events(t *testing.T, script *client.Client, sample client.Sample) {
	t.Helper()
	token, set := tokenOf(t, script), sample.Sets[0].ID
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i := range 2 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.at(i)+"/api/v1/events?topics=set:"+itoa(set), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req) // it has come when the server listens
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("events of server %d: got %v, %v", i, res, err)
		}
		defer res.Body.Close()
		other, err := client.New(client.Options{URL: p.at(1 - i), Token: token})
		if err != nil {
			t.Fatal(err)
		}
		now, err := other.Annotation(t.Context(), set)
		if err != nil {
			t.Fatal(err)
		}
		note := client.AnnotationBody{Clonotypes: []client.ClonotypeNote{{ID: "CTGTGCGAGAGAT", Name: "seen at " + itoa(int64(i))}}}
		if _, err := other.SaveAnnotation(t.Context(), set, now.Version, client.AnnotationSave{Body: note}); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() && lines.Text() != "event: set" {
			continue
		}
		if lines.Text() != "event: set" {
			t.Errorf("page at server %d: the change at the other did not come: %v", i, lines.Err())
		}
	}
}

// stopped: an upload whose server is down waits for it, and is not lost.
func (p *pair) stopped(t *testing.T, script *client.Client, sample client.Sample) {
	t.Helper()
	data := manyReads(3 << 20)
	made, err := script.CreateSamples(t.Context(), client.NewSample{Sets: []int64{sample.Sets[0].ID}, Files: []client.NewFile{{Name: "c.fastq", Size: int64(len(data))}}})
	if err != nil {
		t.Fatal(err)
	}
	p.front.use(t, p.c[0].HTTP.Addr) // where it begins
	var once sync.Once
	up := client.UploadOptions{PieceBytes: 1 << 20, Backoff: 20 * time.Millisecond, Patience: time.Minute}
	up.Progress = func(sent int64) {
		if sent < 1<<20 {
			return
		}
		once.Do(func() {
			if err := p.r[0].stop(); err != nil {
				t.Error(err)
			}
			p.front.use(t, p.c[1].HTTP.Addr)
			id := p.uploadOf(t, made[0].ID)
			res, err := http.DefaultClient.Do(p.head(t, p.at(1), id, tokenAt(t, p.at(1))))
			if err != nil || res.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("while its server is down: got %v, %v, want 503", res, err)
			} else {
				res.Body.Close()
			}
			p.start(t, 0)
		})
	}
	got, err := script.Upload(t.Context(), made[0].Files[0].ID, "c.fastq", bytes.NewReader(data), int64(len(data)), up)
	if err != nil || got.State != "finished" {
		t.Errorf("upload: got %+v, %v", got, err)
	}
}

// tokenAt signs the administrator in at a server and makes a token.
func tokenAt(t *testing.T, at string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(client.Options{URL: at, HTTP: &http.Client{Jar: jar}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SignIn(t.Context(), client.Credentials{Email: "root@example.org", Password: "seven quiet horses"}); err != nil {
		t.Fatal(err)
	}
	return tokenOf(t, c)
}

// uploadOf is the name of the upload of a sample's only file.
func (p *pair) uploadOf(t *testing.T, sample int64) string {
	t.Helper()
	c, err := client.New(client.Options{URL: p.at(1), Token: tokenAt(t, p.at(1))})
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.SampleUploads(t.Context(), sample)
	if err != nil || len(list) != 1 {
		t.Fatalf("uploads: got %v, %v", list, err)
	}
	return list[0].ID
}

// head asks for an upload as a client of the tus protocol does.
func (p *pair) head(t *testing.T, at, id, token string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodHead, at+"/api/v1/uploads/"+id, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Tus-Resumable", "1.0.0")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req
}

// TestStrangersArePassedOnNowhere: who may not have an upload makes one server
// ask the other nothing; and a server whose address leads back to itself, or to
// nowhere, says so.
func TestStrangersArePassedOnNowhere(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	data := manyReads(1 << 20)
	script, sample := setUp(t, p.front.URL, p.setupLink(), len(data), nil)
	var id string
	ctx, cancel := context.WithCancel(t.Context())
	_, err := script.Upload(ctx, sample.Files[0].ID, "a.fastq", bytes.NewReader(data), int64(len(data)), client.UploadOptions{
		Patience: time.Millisecond, Begun: func(name string) { id = name; cancel() },
	})
	if err == nil || id == "" {
		t.Fatalf("an upload that is under way: got %q, %v", id, err)
	}
	token := tokenOf(t, script)
	if err := p.r[0].stop(); err != nil {
		t.Fatal(err)
	}
	// From now on the first server's address is that of somebody who counts.
	var asked int
	var mu sync.Mutex
	p.shareKeys(t)
	trap := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		if r.Header.Get("Vidjil-Passed-On") == "" || r.Header.Get("X-Forwarded-For") == "" {
			t.Errorf("passed on without saying so: %v", r.Header)
		}
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(trap.Close)
	p.c[0].HTTP.NodeURL = trap.URL
	p.start(t, 0)
	p.start(t, 1)
	for _, tt := range []struct {
		name, id, token string
		hop             bool
		want, asked     int
	}{
		{"nobody", id, "", false, http.StatusUnauthorized, 0},
		{"an upload that there is not", "zzzzzzzzzz-aaaa", token, false, http.StatusNotFound, 0},
		{"passed on before", id, token, true, http.StatusServiceUnavailable, 0},
		{"who may", id, token, false, http.StatusTeapot, 1},
	} {
		req := p.head(t, p.at(1), tt.id, tt.token)
		if tt.hop {
			req.Header.Set("Vidjil-Passed-On", "somebody")
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		mu.Lock()
		if res.StatusCode != tt.want || asked != tt.asked {
			t.Errorf("%s: got status %d and %d requests passed on, want %d and %d", tt.name, res.StatusCode, asked, tt.want, tt.asked)
		}
		mu.Unlock()
	}
}

// TestStrangeKeys: a second server with keys of its own could not read what the
// first has sealed, and is refused before anybody meets it.
func TestStrangeKeys(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	if err := Run(t.Context(), Config{Settings: p.c[1]}); lab.CodeOf(err) != lab.Conflict || !strings.Contains(err.Error(), "secret.key") {
		t.Errorf("got error %v, want one that names secret.key", err)
	}
	p.shareKeys(t)
	p.start(t, 1)
}

func TestNodeName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name, err := nodeName(dir)
	if err != nil || !nodeForm.MatchString(name) {
		t.Fatalf("got %q, %v", name, err)
	}
	if again, err := nodeName(dir); again != name || err != nil {
		t.Errorf("asked again: got %q, %v, want %q", again, err, name)
	}
	if other, err := nodeName(t.TempDir()); other == name || err != nil {
		t.Errorf("of another folder: got %q, %v", other, err)
	}
	if _, err := nodeName(filepath.Join(dir, "not there")); lab.CodeOf(err) != lab.Unwritable {
		t.Errorf("of a folder that is not there: got error %v", err)
	}
}
