package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/logbook"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
	"vidjil.org/vidjil/internal/upload"
)

// password is that of all people in tests.
const password = "seven quiet horses"

// site is the API on a store of its own, for tests that speak to it through the
// client package as people and scripts do.
type site struct {
	t        *testing.T
	URL      string
	Service  *service.Service
	Store    *store.Store
	Clock    *clock
	Logbook  *logbook.Book
	root     *client.Client
	receiver *upload.Receiver // nil when the site takes no uploads
	close    func()           // done at the end of the test in any case
}

// siteConfig is what tests may want otherwise.
type siteConfig struct {
	Log    *slog.Logger
	Limits api.Limits
	Mail   service.Mailer
	// Dir gathers uploads and keeps blobs; "" is none of both.
	Dir     string
	Upload  upload.Config
	Sources map[string]string
}

// each runs a test on a new site with each kind of database.
func each(t *testing.T, test func(t *testing.T, w *site)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) { test(t, newSite(t, url, siteConfig{})) })
}

// newSite opens a site on a database.
func newSite(t *testing.T, url string, c siteConfig) *site {
	t.Helper()
	w := &site{t: t, Clock: newClock(), Logbook: logbook.New(100, slog.LevelInfo)}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Log = slog.New(w.Logbook.Handler(c.Log.Handler()))
	var err error
	if w.Store, err = store.Open(t.Context(), store.Config{URL: url, Now: w.Clock.Now}); err != nil {
		t.Fatal(err)
	}
	hasher, err := auth.NewHasher(auth.HasherConfig{Cost: auth.Cost{Passes: 1, Memory: 8, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := auth.OpenKeyring(filepath.Join(t.TempDir(), "secret.key"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Limits == (api.Limits{}) {
		c.Limits.Proofs = api.Limit{Burst: 10_000, Every: time.Millisecond}
	}
	w.Service = service.New(service.Config{Store: w.Store, Now: w.Clock.Now, PublicURL: "https://vidjil.test", Version: "test", Passwords: hasher, Keys: keys, Mail: c.Mail, Logbook: w.Logbook, ReadOnlyAccounts: []string{"Watcher@example.org"}})
	var uploads http.Handler
	if c.Dir != "" {
		uploads = w.openUploads(&c)
	}
	server := httptest.NewServer(api.New(api.Config{Service: w.Service, Uploads: uploads, Log: c.Log, Version: "test", Limits: c.Limits}))
	w.URL = server.URL
	w.close = sync.OnceFunc(func() {
		server.Close()
		w.Service.Stop()
		if err := w.Store.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.close)
	return w
}

// nobody is somebody in front of a browser who has not signed in.
func (w *site) nobody() *client.Client {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := client.New(client.Options{URL: w.URL, HTTP: &http.Client{Jar: jar}})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// script is a program with an API token.
func (w *site) script(token string) *client.Client {
	w.t.Helper()
	c, err := client.New(client.Options{URL: w.URL, Token: token})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// admin is the first administrator, root@example.org, whom the setup link made.
func (w *site) admin() *client.Client {
	w.t.Helper()
	if w.root != nil {
		return w.root
	}
	link, err := w.Service.SetupLink(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	_, token, _ := strings.Cut(link, "#")
	c := w.nobody()
	if _, err := c.Setup(w.t.Context(), client.Setup{Token: token, Email: "root@example.org", Name: "Root", Password: password}); err != nil {
		w.t.Fatalf("setup: %v", err)
	}
	w.root = c
	return c
}

// group makes a group with the rights, as "set:read"; without any it has those
// of a new group.
func (w *site) group(name string, parent int64, rights ...string) client.Group {
	w.t.Helper()
	g, err := w.admin().CreateGroup(w.t.Context(), client.NewGroup{Name: name, ParentID: parent})
	if err == nil && rights != nil {
		g, err = w.admin().SetRights(w.t.Context(), g.ID, rights...)
	}
	if err != nil {
		w.t.Fatalf("group %s: %v", name, err)
	}
	return g
}

// user makes an account, NAME@example.org, whose owner has chosen the password.
func (w *site) user(n client.NewUser) client.User {
	w.t.Helper()
	n.Email = n.Name + "@example.org"
	inv, err := w.admin().CreateUser(w.t.Context(), n)
	if err != nil {
		w.t.Fatalf("account of %s: %v", n.Name, err)
	}
	_, token, _ := strings.Cut(inv.Link, "#")
	if err := w.nobody().ResetPassword(w.t.Context(), client.PasswordReset{Token: token, Password: password}); err != nil {
		w.t.Fatalf("password of %s: %v", n.Name, err)
	}
	return inv.User
}

// person makes an account in groups and signs it in.
func (w *site) person(name string, groups ...int64) *client.Client {
	w.t.Helper()
	w.user(client.NewUser{Name: name, Groups: groups})
	return w.signIn(name)
}

// signIn signs in as one of the people that the test has made.
func (w *site) signIn(name string) *client.Client {
	w.t.Helper()
	c := w.nobody()
	if _, err := c.SignIn(w.t.Context(), client.Credentials{Email: name + "@example.org", Password: password}); err != nil {
		w.t.Fatalf("sign in as %s: %v", name, err)
	}
	return c
}

// token makes an API token of somebody who is signed in.
func (w *site) token(c *client.Client, scopes ...string) *client.Client {
	w.t.Helper()
	made, err := c.CreateToken(w.t.Context(), client.NewToken{Name: strings.Join(scopes, " "), Scopes: scopes})
	if err != nil {
		w.t.Fatalf("token: %v", err)
	}
	return w.script(made.Text)
}

// reply sends a request that no method of the client does, and gives what came
// but the content.
func reply(t *testing.T, rt http.RoundTripper, req *http.Request) (status int, head http.Header) {
	t.Helper()
	res, err := rt.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Error(err)
	}
	return res.StatusCode, res.Header
}

// cookies are those that an answer sets.
func cookies(head http.Header) []*http.Cookie { return (&http.Response{Header: head}).Cookies() }

// post is a request with JSON.
func post(t *testing.T, target, content string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return req
}

// inProcess hands requests to a handler without a network.
type inProcess struct{ http.Handler }

func (h inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec.Result(), nil
}

// wantCode fails the test unless the error has the code; "" is no error.
func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	got := client.CodeOf(err)
	if err != nil && got == "" {
		t.Fatalf("%s: %v", what, err)
	}
	if got != code {
		t.Errorf("%s: got %q (%v), want %q", what, got, err, code)
	}
}

// clock is a clock that tests move. It moves by itself by a microsecond each
// time it is looked at, so that no two times are the same.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

// Now is the time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Microsecond)
	return c.now
}

// Move puts the clock forward.
func (c *clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// encode is a value as JSON.
func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// dump is the audit and the groups as the store keeps them: to look for what
// must not be there.
func (w *site) dump() string {
	w.t.Helper()
	var b strings.Builder
	err := w.Store.Read(w.t.Context(), func(tx *store.Tx) error {
		groups, err := tx.Groups(w.t.Context())
		if err != nil {
			return err
		}
		b.WriteString(encode(w.t, groups))
		return tx.AuditEach(w.t.Context(), func(e *lab.Entry) error {
			b.WriteString(encode(w.t, e))
			return nil
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return b.String()
}
