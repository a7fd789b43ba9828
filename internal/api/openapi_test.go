package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/store/storetest"
)

var update = flag.Bool("update", false, "write the golden files of this package, and the OpenAPI document")

// document is where the committed OpenAPI document is.
const document = "../../docs/api/openapi.json"

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	got, err := api.OpenAPI(api.Config{Service: newSite(t, storetest.SQLite(t), siteConfig{}).Service, Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.MkdirAll(filepath.Dir(document), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(document, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/api/openapi.json is not that of the handlers: go generate ./internal/api, and read the difference")
	}
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct{ OperationID, Summary string }
	}
	if err := json.Unmarshal(got, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || len(doc.Paths) < 20 {
		t.Errorf("OpenAPI %s with %d paths", doc.OpenAPI, len(doc.Paths))
	}
	ids := map[string]string{}
	for path, item := range doc.Paths {
		if !strings.HasPrefix(path, client.Prefix+"/") {
			t.Errorf("%s is not below %s", path, client.Prefix)
		}
		for method, op := range item {
			if op.OperationID == "" || op.Summary == "" || ids[op.OperationID] != "" {
				t.Errorf("%s %s: operation id %q (also of %q), summary %q", method, path, op.OperationID, ids[op.OperationID], op.Summary)
			}
			ids[op.OperationID] = path
		}
	}
}

func TestDocumentsAreServed(t *testing.T) {
	t.Parallel()
	w := newSite(t, storetest.SQLite(t), siteConfig{})
	for path, want := range map[string]string{"/openapi.json": `"openapi":"3.1`, "/docs": "Make the first administrator"} {
		res, err := http.Get(w.URL + client.Prefix + path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK || !strings.Contains(string(text), want) {
			t.Errorf("%s: got %d without %q", path, res.StatusCode, want)
		}
		if path == "/docs" && (strings.Contains(string(text), "<script") || strings.Contains(string(text), "http://") || strings.Contains(string(text), "https://")) {
			t.Error("the page loads something, or links outside")
		}
		if strings.Contains(res.Header.Get("Content-Type"), "html") && !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: no Content-Security-Policy", path)
		}
	}
}

func TestUnknownAddresses(t *testing.T) {
	t.Parallel()
	w := newSite(t, storetest.SQLite(t), siteConfig{})
	for _, tt := range []struct {
		method, path string
		status       int
		code         string
		allow        string
	}{
		{http.MethodGet, "/nowhere", http.StatusNotFound, "not_found", ""},
		{http.MethodPost, "/nowhere/12", http.StatusNotFound, "not_found", ""},
		{http.MethodPut, "/session", http.StatusMethodNotAllowed, "usage", "DELETE, GET, HEAD, POST"},
		{http.MethodGet, "/setup", http.StatusMethodNotAllowed, "usage", "POST"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, w.URL+client.Prefix+tt.path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var p client.Problem
		if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
			t.Errorf("%s %s: %v", tt.method, tt.path, err)
		}
		res.Body.Close()
		if res.StatusCode != tt.status || res.Header.Get("Content-Type") != "application/problem+json" || p.Code != tt.code || p.RequestID == "" || res.Header.Get("Allow") != tt.allow {
			t.Errorf("%s %s: got %d, %s, Allow %q, %+v", tt.method, tt.path, res.StatusCode, res.Header.Get("Content-Type"), res.Header.Get("Allow"), p)
		}
	}
}

// §10.1 item 11: pages of other sites could read answers and cause changes with
// the cookie of somebody who was signed in.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	w := newSite(t, storetest.SQLite(t), siteConfig{})
	w.admin()
	send := func(method, path, content string, head map[string]string) (int, http.Header) {
		t.Helper()
		req := post(t, w.URL+client.Prefix+path, content)
		req.Method = method
		for name, value := range head {
			req.Header.Set(name, value)
		}
		return reply(t, http.DefaultTransport, req)
	}
	in := `{"email":"root@example.org","password":"` + password + `"}`
	for name, head := range map[string]map[string]string{
		"a browser that says so": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
		"an old browser":         {"Origin": "https://evil.example"},
		"the same machine":       {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
	} {
		if got, _ := send(http.MethodPost, "/session", in, head); got != http.StatusForbidden {
			t.Errorf("%s: sign-in of another site: got %d, want 403", name, got)
		}
		_, open := send(http.MethodGet, "/session", "", head)
		for header := range open {
			if strings.HasPrefix(header, "Access-Control-") {
				t.Errorf("%s: the answer opens itself to other sites: %s", name, header)
			}
		}
		if _, got := send(http.MethodOptions, "/session", "", head); got.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: a preflight is granted", name)
		}
	}
	if got, _ := send(http.MethodPost, "/session", in, map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": w.URL}); got != http.StatusOK {
		t.Errorf("our own page: got %d", got)
	}
	// A form of another site, which needs no preflight, has another type.
	if got, _ := send(http.MethodPost, "/session", in, map[string]string{"Content-Type": "text/plain"}); got < 400 || got >= 500 {
		t.Errorf("a form: got %d, want a refusal", got)
	}
}
