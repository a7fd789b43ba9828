package server

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/config"
)

// TestHeaders: every answer, of every route and of none, has what keeps browsers
// from mistaking it.
func TestHeaders(t *testing.T) {
	t.Parallel()
	r := run(t, Config{Settings: settings(t.TempDir())})
	_, text := fetch(t, http.DefaultClient, r.url+client.Prefix+"/openapi.json")
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	type route struct{ method, path string }
	routes := []route{
		{"GET", "/"},
		{"GET", "/patients/7"},
		{"GET", "/favicon.svg"},
		{"GET", "/assets/none.js"},
		{"POST", "/"},
		{"GET", "/healthz"},
		{"GET", client.Prefix + "/docs"},
		{"GET", client.Prefix + "/openapi.json"},
		{"GET", client.Prefix + "/nowhere"},
		{"PATCH", client.Prefix + "/uploads/none"},
	}
	for path, methods := range document.Paths {
		for method := range methods {
			routes = append(routes, route{strings.ToUpper(method), strings.NewReplacer("{", "", "}", "").Replace(path)})
		}
	}
	if len(routes) < 100 {
		t.Fatalf("%d routes", len(routes))
	}
	want := map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "",
	}
	for _, each := range routes {
		req, err := http.NewRequestWithContext(t.Context(), each.method, r.url+each.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		for name, value := range want {
			if got := res.Header.Values(name); strings.Join(got, "|") != value {
				t.Errorf("%s %s: %s: got %q, want %q", each.method, each.path, name, got, value)
			}
		}
		policy := strings.Join(res.Header.Values("Content-Security-Policy"), "|")
		for _, part := range []string{"default-src", "frame-ancestors 'none'", "base-uri 'none'"} {
			if strings.Count(policy, part) != 1 {
				t.Errorf("%s %s: Content-Security-Policy %q: want %s once", each.method, each.path, policy, part)
			}
		}
		if page := each.method == http.MethodGet && !strings.HasPrefix(each.path, client.Prefix) && each.path != "/healthz"; !page && !strings.Contains(policy, "default-src 'none'") && each.path != "/" {
			t.Errorf("%s %s: Content-Security-Policy %q lets an answer that is no page load something", each.method, each.path, policy)
		}
		if !strings.Contains(res.Header.Get("Permissions-Policy"), "camera=()") {
			t.Errorf("%s %s: no Permissions-Policy", each.method, each.path)
		}
		if strings.HasPrefix(each.path, client.Prefix) && !strings.HasSuffix(each.path, "/docs") && !strings.HasSuffix(each.path, "/openapi.json") && res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: Cache-Control %q, want no-store", each.method, each.path, res.Header.Get("Cache-Control"))
		}
	}
}

func TestBelow(t *testing.T) {
	t.Parallel()
	h := below("/lab", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/made":
			w.Header().Set("Location", "/api/v1/uploads/7")
			w.WriteHeader(http.StatusCreated)
		case "/away":
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(http.StatusFound)
		default:
			w.Header().Set("Saw", r.URL.Path)
		}
	}))
	for _, tt := range []struct {
		path, location, saw string
		status              int
	}{
		{"/", "/lab/", "", http.StatusTemporaryRedirect},
		{"/lab", "/lab/", "", http.StatusTemporaryRedirect},
		{"/lab/", "", "/", http.StatusOK},
		{"/lab/sets/1", "", "/sets/1", http.StatusOK},
		{"/lab/made", "/lab/api/v1/uploads/7", "", http.StatusCreated},
		{"/lab/away", "https://elsewhere.example/", "", http.StatusFound},
		{"/healthz", "", "/healthz", http.StatusOK},
		{"/labor", "", "", http.StatusNotFound},
		{"/api/v1/health", "", "", http.StatusNotFound},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.path, nil))
		if w.Code != tt.status || w.Header().Get("Location") != tt.location || w.Header().Get("Saw") != tt.saw {
			t.Errorf("%s: got %d, Location %q, %q", tt.path, w.Code, w.Header().Get("Location"), w.Header().Get("Saw"))
		}
	}
}

// TestBelowAPath: the API, uploads' addresses and links under a path.
func TestBelowAPath(t *testing.T) {
	t.Parallel()
	r := run(t, Config{Settings: settings(t.TempDir(), func(c *config.Config) { c.HTTP.BasePath = "/hospital/vidjil/" })})
	if !strings.HasSuffix(r.url, "/hospital/vidjil") {
		t.Fatalf("address: got %s", r.url)
	}
	said := r.said
	for !strings.Contains(said, "#") {
		said += r.line()
	}
	data := manyReads(1 << 20)
	script, s := setUp(t, r.url, said, len(data), nil)
	interrupted(t, script, s, data, strings.TrimPrefix(r.url, "http://"), func() {}, func() {})
}
