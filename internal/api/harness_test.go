package api_test

import (
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
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// password is that of all people in tests.
const password = "seven quiet horses"

// site is the API on a store of its own, for tests that speak to it through the
// client package as people and scripts do.
type site struct {
	t       *testing.T
	URL     string
	Service *service.Service
	Store   *store.Store
	Clock   *clock
	root    *client.Client
}

// siteConfig is what tests may want otherwise.
type siteConfig struct {
	Limits api.Limits
	Mail   service.Mailer
}

// each runs a test on a new site with each kind of database.
func each(t *testing.T, test func(t *testing.T, w *site)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) { test(t, newSite(t, url, siteConfig{})) })
}

// newSite opens a site on a database.
func newSite(t *testing.T, url string, c siteConfig) *site {
	t.Helper()
	w := &site{t: t, Clock: newClock()}
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
	w.Service = service.New(service.Config{Store: w.Store, Now: w.Clock.Now, PublicURL: "https://vidjil.test", Version: "test", Passwords: hasher, Keys: keys, Mail: c.Mail})
	server := httptest.NewServer(api.New(api.Config{Service: w.Service, Version: "test", Limits: c.Limits}))
	w.URL = server.URL
	t.Cleanup(func() {
		server.Close()
		w.Service.Stop()
		if err := w.Store.Close(); err != nil {
			t.Error(err)
		}
	})
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
