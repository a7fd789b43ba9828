package server

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/config"
)

func TestForwarded(t *testing.T) {
	t.Parallel()
	trusted := config.HTTP{TrustedProxies: []string{"10.0.0.0/8", "::1", "127.0.0.1"}}.Proxies()
	type answer struct{ Address, Host, Location string }
	tests := []struct {
		name    string
		peer    string
		trusted []netip.Prefix
		socket  bool
		header  http.Header
		want    answer
	}{
		{"nobody is trusted", "10.1.1.1:5", nil, false, http.Header{"X-Forwarded-For": {"1.2.3.4"}}, answer{Address: "10.1.1.1:5", Host: "a.example"}},
		{"a stranger", "8.8.8.8:5", trusted, false, http.Header{"X-Forwarded-For": {"1.2.3.4"}, "X-Forwarded-Host": {"evil"}, "X-Forwarded-Proto": {"http"}}, answer{Address: "8.8.8.8:5", Host: "a.example"}},
		{"a proxy", "10.1.1.1:5", trusted, false, http.Header{"X-Forwarded-For": {"1.2.3.4"}, "X-Forwarded-Host": {"b.example"}, "X-Forwarded-Proto": {"https"}}, answer{Address: "1.2.3.4:0", Host: "b.example"}},
		{"a proxy that says nothing", "10.1.1.1:5", trusted, false, nil, answer{Address: "10.1.1.1:5", Host: "a.example"}},
		{"what the client made up", "10.1.1.1:5", trusted, false, http.Header{"X-Forwarded-For": {"6.6.6.6, 1.2.3.4"}}, answer{Address: "1.2.3.4:0", Host: "a.example"}},
		{"two proxies, two headers", "10.1.1.1:5", trusted, false, http.Header{"X-Forwarded-For": {"6.6.6.6, 1.2.3.4", "10.9.9.9"}}, answer{Address: "1.2.3.4:0", Host: "a.example"}},
		{"nonsense ends it", "10.1.1.1:5", trusted, false, http.Header{"X-Forwarded-For": {"1.2.3.4, unknown, 10.9.9.9"}}, answer{Address: "10.9.9.9:0", Host: "a.example"}},
		{"the standard", "[::1]:5", trusted, false, http.Header{"Forwarded": {`for="[2001:db8::7]:99";host=c.example;proto=https, For=10.2.2.2`}, "X-Forwarded-For": {"6.6.6.6"}}, answer{Address: "[2001:db8::7]:0", Host: "c.example"}},
		{"IPv4 in IPv6", "[::ffff:10.1.1.1]:5", trusted, false, http.Header{"X-Forwarded-For": {"1.2.3.4"}}, answer{Address: "1.2.3.4:0", Host: "a.example"}},
		{"socket", "@", nil, true, http.Header{"X-Forwarded-For": {"1.2.3.4"}}, answer{Address: "1.2.3.4:0", Host: "a.example"}},
		{"people who came without TLS", "10.1.1.1:5", trusted, false, http.Header{"X-Forwarded-For": {"1.2.3.4"}, "X-Forwarded-Proto": {"http"}}, answer{Location: "https://vidjil.example.org/sets/1?x=y"}},
		{"the same by the standard", "10.1.1.1:5", trusted, false, http.Header{"Forwarded": {"for=1.2.3.4;proto=http"}}, answer{Location: "https://vidjil.example.org/sets/1?x=y"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got answer
			h := forwarded(tt.trusted, tt.socket, "https://vidjil.example.org", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got = answer{Address: r.RemoteAddr, Host: r.Host}
			}))
			r := httptest.NewRequest(http.MethodGet, "/sets/1?x=y", nil)
			r.Host, r.RemoteAddr = "a.example", tt.peer
			if tt.header != nil {
				r.Header = tt.header
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			got.Location = w.Header().Get("Location")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestLimitsCountPeople: behind a proxy, each person has their own attempts, and
// nobody else's by making up addresses.
func TestLimitsCountPeople(t *testing.T) {
	t.Parallel()
	r := run(t, Config{Settings: settings(t.TempDir(), func(c *config.Config) {
		c.Limits.SignIns, c.Limits.SignInEvery, c.HTTP.TrustedProxies = 2, config.Duration(time.Hour), []string{"127.0.0.1"}
	})})
	try := func(forwarded string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+client.Prefix+"/session", strings.NewReader(`{"email":"a@example.org","password":"wrong wrong wrong"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Forwarded-For", forwarded)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	for range 2 {
		if got := try("1.2.3.4"); got == http.StatusTooManyRequests {
			t.Fatal("the first attempts were refused")
		}
	}
	if got := try("6.6.6.6, 1.2.3.4"); got != http.StatusTooManyRequests {
		t.Errorf("the same person: got %d, want 429", got)
	}
	if got := try("1.2.3.5"); got == http.StatusTooManyRequests {
		t.Error("another person was refused")
	}
}
