package webui_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/webui"
	"vidjil.org/vidjil/web"
)

func built() fstest.MapFS {
	file := func(content string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(content)} }
	return fstest.MapFS{
		".placeholder":            file("x"),
		".vite/manifest.json":     file("{}"),
		"index.html":              file("<!doctype html><title>Vidjil</title>"),
		"favicon.svg":             file("<svg/>"),
		"assets/index-1a2b.js":    file("plain script"),
		"assets/index-1a2b.js.br": file("brotli"),
		"assets/index-1a2b.js.gz": file("gzipped"),
		"assets/demo-3c4d.gz":     file("a result"),
	}
}

func get(t *testing.T, h http.Handler, method, target string, header map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestServe(t *testing.T) {
	t.Parallel()
	ui, err := webui.New(built(), webui.Config{})
	if err != nil {
		t.Fatal(err)
	}
	const forever, ask = "public, max-age=31536000, immutable", "no-cache"
	type answer struct {
		Status                       int
		Type, Cache, Encoding, Start string
	}
	html := answer{200, "text/html; charset=utf-8", ask, "", "<!doctype"}
	js := func(encoding, start string) answer {
		return answer{200, "text/javascript; charset=utf-8", forever, encoding, start}
	}
	missing := answer{404, "text/plain; charset=utf-8", "", "", "404 page"}
	tests := []struct {
		name, path, accept string
		want               answer
	}{
		{"page", "/", "", html},
		{"page by an address of the application", "/patients/7?q=x", "gzip, br", html},
		{"script, plain", "/assets/index-1a2b.js", "", js("", "plain")},
		{"script, best encoding", "/assets/index-1a2b.js", "gzip, deflate, br", js("br", "brotli")},
		{"script, refused encoding", "/assets/index-1a2b.js", "gzip, br;q=0", js("gzip", "gzipped")},
		{"compressed result is a file, not an encoding", "/assets/demo-3c4d.gz", "gzip", answer{200, "application/octet-stream", forever, "", "a result"}},
		{"picture", "/favicon.svg", "", answer{200, "image/svg+xml", ask, "", "<svg/>"}},
		{"missing script is no page", "/assets/index-old.js", "", missing},
		{"missing file is no page", "/robots.txt", "", missing},
		{"compressed twin has no address", "/assets/index-1a2b.js.br", "", missing},
		{"build's own files have no address", "/.vite/manifest.json", "", missing},
		{"path that climbs", "/assets/../../index.html", "", html},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := get(t, ui, http.MethodGet, test.path, map[string]string{"Accept-Encoding": test.accept})
			body := w.Body.String()
			got := answer{w.Code, w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"), w.Header().Get("Content-Encoding"), body[:min(len(body), len(test.want.Start))]}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'self';") {
				t.Errorf("Content-Security-Policy %q", policy)
			}
		})
	}
}

func TestUnchanged(t *testing.T) {
	t.Parallel()
	ui, err := webui.New(built(), webui.Config{})
	if err != nil {
		t.Fatal(err)
	}
	plain := get(t, ui, http.MethodGet, "/assets/index-1a2b.js", nil).Header().Get("ETag")
	small := get(t, ui, http.MethodGet, "/assets/index-1a2b.js", map[string]string{"Accept-Encoding": "br"}).Header().Get("ETag")
	if plain == "" || plain == small {
		t.Errorf("ETag %s of the plain file, %s of the compressed one: want two", plain, small)
	}
	for _, header := range []string{plain, "W/" + plain, `"other", ` + plain, "*"} {
		w := get(t, ui, http.MethodGet, "/assets/index-1a2b.js", map[string]string{"If-None-Match": header})
		if w.Code != http.StatusNotModified || w.Body.Len() > 0 {
			t.Errorf("If-None-Match %s: status %d and %d bytes, want 304 and none", header, w.Code, w.Body.Len())
		}
	}
	if w := get(t, ui, http.MethodGet, "/assets/index-1a2b.js", map[string]string{"If-None-Match": small}); w.Code != http.StatusOK {
		t.Errorf("ETag of another encoding: status %d, want 200", w.Code)
	}
}

// TestSource: the page of the sources has the places that New fills.
func TestSource(t *testing.T) {
	t.Parallel()
	html, err := os.ReadFile(filepath.Join("..", "..", "web", "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<meta name="vidjil-base" content="" />`, `href="/favicon.svg"`} {
		if !strings.Contains(string(html), want) {
			t.Errorf("web/index.html has no %s", want)
		}
	}
}

// TestBase: below a path, the page names its files by it, and tells the client.
func TestBase(t *testing.T) {
	t.Parallel()
	const html = `<meta name="vidjil-base" content="" /><link href="/favicon.svg"><script src="/assets/a.js"></script><a href="https://example.org/">`
	for base, want := range map[string]string{
		"":        html,
		"/vidjil": `<meta name="vidjil-base" content="/vidjil" /><link href="/vidjil/favicon.svg"><script src="/vidjil/assets/a.js"></script><a href="https://example.org/">`,
	} {
		ui, err := webui.New(fstest.MapFS{"index.html": {Data: []byte(html)}, "assets/a.js": {Data: []byte(`"/assets/b.js"`)}}, webui.Config{Base: base})
		if err != nil {
			t.Fatal(err)
		}
		if got := get(t, ui, http.MethodGet, "/sets/7", nil).Body.String(); got != want {
			t.Errorf("below %q: got %s", base, got)
		}
		if got := get(t, ui, http.MethodGet, "/assets/a.js", nil).Body.String(); got != `"/assets/b.js"` {
			t.Errorf("below %q: a script was changed: %s", base, got)
		}
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	ui, err := webui.New(built(), webui.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if w := get(t, ui, http.MethodPost, "/", nil); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
		t.Errorf("POST: status %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
	w := get(t, ui, http.MethodHead, "/", nil)
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") == "0" {
		t.Errorf("HEAD: status %d, %d bytes, length %s", w.Code, w.Body.Len(), w.Header().Get("Content-Length"))
	}
}

func TestNotBuilt(t *testing.T) {
	t.Parallel()
	ui, err := webui.New(fstest.MapFS{".placeholder": {Data: []byte("x")}}, webui.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if ui.Built() {
		t.Error("built, without a page")
	}
	w := get(t, ui, http.MethodGet, "/", nil)
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "web/README.md") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

// What a browser opens is a page, even when its address ends as a file's name;
// what a page loads is that file or nothing.
func TestOpened(t *testing.T) {
	t.Parallel()
	ui, err := webui.New(built(), webui.Config{})
	if err != nil {
		t.Fatal(err)
	}
	const accept = "text/html,application/xhtml+xml,*/*;q=0.8"
	tests := []struct {
		name, path string
		header     map[string]string
		want       int
	}{
		{"opened", "/patients/a.b", map[string]string{"Sec-Fetch-Dest": "document"}, 200},
		{"in a frame", "/patients/a.b", map[string]string{"Sec-Fetch-Dest": "iframe"}, 200},
		{"opened by an old browser", "/patients/a.b", map[string]string{"Accept": accept}, 200},
		{"loaded as a script", "/patients/a.b", map[string]string{"Sec-Fetch-Dest": "script", "Accept": accept}, 404},
		{"asked by a program", "/patients/a.b", map[string]string{"Accept": "*/*"}, 404},
		{"script of an earlier build", "/assets/gone-1a2b.js", map[string]string{"Sec-Fetch-Dest": "document"}, 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := get(t, ui, http.MethodGet, tt.path, tt.header).Code; got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// The program must build from a fresh clone, and serve what was built into it.
func TestEmbedded(t *testing.T) {
	t.Parallel()
	ui, err := webui.New(web.Files(), webui.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if !ui.Built() {
		t.Skip("the client is not built (npm run build in web/)")
	}
	w := get(t, ui, http.MethodGet, "/", nil)
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `<div id="root">`) {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

func TestSendsNothingElsewhere(t *testing.T) {
	t.Parallel()
	policy := func(closed bool, tools ...string) string {
		ui, err := webui.New(built(), webui.Config{Closed: closed, Tools: tools})
		if err != nil {
			t.Fatal(err)
		}
		text := get(t, ui, http.MethodGet, "/", nil).Header().Get("Content-Security-Policy")
		_, forms, ok := strings.Cut(text, "form-action ")
		if !ok {
			t.Fatalf("no form-action in %q", text)
		}
		return forms
	}
	if got := policy(true); got != "'self'" {
		t.Errorf("in a laboratory that keeps its sequences forms go to %s, want 'self' alone", got)
	}
	if got := policy(false, "subsets", "junctions", "blast", "unknown"); got != "'self' https://bat.infspire.org https://blast.ncbi.nlm.nih.gov" {
		t.Errorf("with three tools forms go to %s, want their sites", got)
	}
	if got := policy(false, []string{}...); got != "'self'" {
		t.Errorf("without tools forms go to %s, want 'self' alone", got)
	}
	if got := policy(false); !strings.HasPrefix(got, "'self' https://") || strings.Contains(got, "*") || strings.Contains(got, "http://") {
		t.Errorf("forms go to %s: want this server and named sites, by TLS", got)
	}
}
