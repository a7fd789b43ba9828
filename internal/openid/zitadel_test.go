package openid_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/openid"
	"vidjil.org/vidjil/internal/service"
)

// TestRealProvider goes through a provider that others wrote, with its pages: the
// example server of zitadel/oidc, which is certified by the OpenID Foundation. It
// tells nothing but the subject in its ID token, so that the rest is asked for.
func TestRealProvider(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	back := w.URL + client.Prefix + "/session/providers/real/callback"
	issuer := startZitadel(t, back, w.URL+"/sign-in")
	w.Providers = append(w.Providers, service.Provider{
		ID: "real", Name: "Zitadel", OpenID: openid.New(openid.Config{Issuer: issuer, ClientID: "web", ClientSecret: "secret"}),
	})
	b := w.browser()
	page := b.step(b.begin("real", "/sets/7"))
	login, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	if login, err = login.Parse(page); err != nil {
		t.Fatal(err)
	}
	returned := signInThere(t, b, login, "test-user@localhost", "verysecure")
	if got, want := b.step(returned), "/sets/7"; got != want {
		t.Fatalf("sent to %q, want %q", got, want)
	}
	is := b.whoami()
	if is.User == nil || is.User.Email != "test-user@zitadel.ch" || is.User.Name != "Test User" {
		t.Fatalf("signed in as %+v", is.User)
	}
	wantFailed(t, "an answer for the second time", b.step(returned), service.ReasonState)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, w.URL+client.Prefix+"/session", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := b.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if at := res.Header.Get("Location"); !strings.HasPrefix(at, issuer+"end_session?") {
		t.Errorf("signed out at %q", at)
	}
}

var hidden = regexp.MustCompile(`name="id" value="([^"]+)"`)

// signInThere fills in the provider's form and returns where the browser is sent
// in the end.
func signInThere(t *testing.T, b *browser, login *url.URL, name, password string) string {
	t.Helper()
	get := func(address string) (string, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := b.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text), res.Header.Get("Location")
	}
	text, _ := get(login.String())
	id := hidden.FindStringSubmatch(text)
	if id == nil {
		t.Fatalf("no form at %s:\n%s", login, text)
	}
	form := url.Values{"username": {name}, "password": {password}, "id": {id[1]}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, login.ResolveReference(&url.URL{Path: "/login/username"}).String(), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := b.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	at, err := login.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != http.StatusFound {
		t.Fatalf("the provider answers %s, %v", res.Status, err)
	}
	_, returned := get(at.String())
	return returned
}

// startZitadel builds and starts the provider and returns its issuer. Where it
// cannot be built (no network, no modules) the test is skipped with the reason,
// unless VIDJIL_TEST_ALL is set: then it fails.
func startZitadel(t *testing.T, callbacks ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "provider")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-modfile=e2e.mod", "-o", program, "github.com/zitadel/oidc/v3/example/server")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "GOFLAGS=-mod=readonly")
	if text, err := build.CombinedOutput(); err != nil {
		if os.Getenv("VIDJIL_TEST_ALL") != "" {
			t.Fatalf("build the provider: %v: %s", err, text)
		}
		t.Skipf("SKIP the real provider: it cannot be built: %v: %s", err, text)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	run := exec.Command(program)
	run.Dir = t.TempDir()
	run.Env = append(os.Environ(), "PORT="+port, "REDIRECT_URI="+strings.Join(callbacks, ","))
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = run.Wait() // it was killed
	})
	issuer := "http://localhost:" + port + "/"
	deadline := time.Now().Add(20 * time.Second)
	for {
		res, err := http.Get(issuer + ".well-known/openid-configuration")
		if err == nil {
			res.Body.Close()
			return issuer
		}
		if time.Now().After(deadline) {
			t.Fatalf("the provider does not answer: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
