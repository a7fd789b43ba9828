package openid_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/openid"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

const password = "seven quiet horses"

// site is a server with two providers, "one" and "two".
type site struct {
	*service.Service
	t        *testing.T
	URL      string
	clock    *clock
	one, two *mockoidc.MockOIDC
}

type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

func newSite(t *testing.T) *site {
	t.Helper()
	w := &site{t: t, clock: &clock{}, one: provider(t), two: provider(t)}
	st, err := store.Open(t.Context(), store.Config{URL: storetest.SQLite(t), Now: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := auth.OpenKeyring(filepath.Join(t.TempDir(), "secret.key"))
	if err != nil {
		t.Fatal(err)
	}
	hasher, err := auth.NewHasher(auth.HasherConfig{Cost: auth.Cost{Passes: 1, Memory: 8, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.URL = "http://" + l.Addr().String()
	w.Service = service.New(service.Config{Store: st, Now: w.clock.Now, PublicURL: w.URL, Keys: keys, Passwords: hasher})
	for id, m := range map[string]*mockoidc.MockOIDC{"one": w.one, "two": w.two} {
		w.Providers = append(w.Providers, service.Provider{ID: id, Name: "Hospital " + id, Issuer: m.Issuer(), OpenID: openid.New(of(m))})
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: api.New(api.Config{Service: w.Service, Limits: api.Limits{Proofs: api.Limit{Burst: 1000, Every: time.Millisecond}}})}}
	server.Start()
	t.Cleanup(func() {
		server.Close()
		w.Stop()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	link, err := w.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(link, "#")
	if _, err := w.browser().Setup(t.Context(), client.Setup{Token: token, Email: "root@example.org", Name: "Root", Password: password}); err != nil {
		t.Fatal(err)
	}
	return w
}

// provider starts one that can also sign people out.
func provider(t *testing.T) *mockoidc.MockOIDC {
	t.Helper()
	m, err := mockoidc.NewServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	err = m.AddMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path != mockoidc.DiscoveryEndpoint {
				next.ServeHTTP(rw, r)
				return
			}
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			facts := map[string]any{}
			if err := json.Unmarshal(rec.Body.Bytes(), &facts); err != nil {
				http.Error(rw, err.Error(), http.StatusInternalServerError)
				return
			}
			facts["end_session_endpoint"] = m.Issuer() + "/end"
			rw.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(rw).Encode(facts) // whoever asked is gone
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Start(l, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() }) // a test may have done it
	return m
}

func of(m *mockoidc.MockOIDC) openid.Config {
	return openid.Config{Issuer: m.Issuer(), ClientID: m.ClientID, ClientSecret: m.ClientSecret, Scopes: []string{"groups"}, GroupsClaim: "groups"}
}

func (w *site) realm(id string) *service.Realm {
	for i := range w.Providers {
		if w.Providers[i].ID == id {
			return &w.Providers[i].Realm
		}
	}
	return nil
}

// browser keeps cookies and follows one redirect at a time.
type browser struct {
	*client.Client
	w    *site
	http *http.Client
}

func (w *site) browser() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	h := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	c, err := client.New(client.Options{URL: w.URL, HTTP: h})
	if err != nil {
		w.t.Fatal(err)
	}
	return &browser{c, w, h}
}

// step follows one redirect and returns where it leads.
func (b *browser) step(address string) string {
	b.w.t.Helper()
	req, err := http.NewRequestWithContext(b.w.t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		b.w.t.Fatal(err)
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusFound {
		text, _ := io.ReadAll(res.Body)
		b.w.t.Fatalf("GET %s: %s\n%s", address, res.Status, text)
	}
	return res.Header.Get("Location")
}

func (b *browser) begin(id, next string) string {
	b.w.t.Helper()
	return b.step(b.w.URL + client.Prefix + "/session/providers/" + id + "/begin?next=" + url.QueryEscape(next))
}

// enter goes the whole way as a user of provider one.
func (b *browser) enter(u mockoidc.MockUser, next string) string {
	b.w.t.Helper()
	b.w.one.QueueUser(&u)
	return b.step(b.step(b.begin("one", next)))
}

func (b *browser) whoami() client.Whoami {
	b.w.t.Helper()
	is, err := b.Whoami(b.w.t.Context())
	if err != nil {
		b.w.t.Fatal(err)
	}
	return is
}

func ada() mockoidc.MockUser {
	return mockoidc.MockUser{Subject: "ada-7", Email: "Ada@Example.org", EmailVerified: true, PreferredUsername: "ada", Groups: []string{"lab"}}
}

// wantFailed checks that a sign-in came to nothing, and why.
func wantFailed(t *testing.T, what, location, reason string) {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil || u.Path != "/sign-in" || u.Host != "" || u.Query().Get("failed") != reason {
		t.Errorf("%s: sent to %q, want /sign-in?failed=%s", what, location, reason)
	}
}

// code is what an authenticator shows (RFC 6238).
func code(t *testing.T, secret string, now time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	if err := binary.Write(mac, binary.BigEndian, now.Unix()/30); err != nil {
		t.Fatal(err)
	}
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[len(sum)-1]&15:])&0x7fffffff%1_000_000)
}
