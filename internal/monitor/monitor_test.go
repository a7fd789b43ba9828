package monitor

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
)

// world is a monitor with a clock of its own, and what it told.
type world struct {
	*Monitor
	t    *testing.T
	dir  string
	http *httptest.Server

	mu   sync.Mutex
	now  time.Time
	told []string // "NAME STATE"
	fail error    // of telling
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	if err := w.Look(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// news are what was told since the last time.
func (w *world) news(want ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if diff := cmp.Diff(want, w.told); diff != "" {
		w.t.Errorf("told: %s", diff)
	}
	w.told = nil
}

func (w *world) open(password string) {
	w.t.Helper()
	m, err := New(Config{Dir: w.dir, Now: w.clock, Password: password, Tell: func(_ context.Context, n *Notice) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.fail != nil {
			return w.fail
		}
		w.told = append(w.told, n.Name+" "+string(n.State))
		if l := n.Letter(); !strings.HasPrefix(l.Subject, n.Name) || !strings.Contains(l.Text, n.Name) {
			w.t.Errorf("letter: got %+v", l)
		}
		return nil
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Monitor = m
	if w.http != nil {
		w.http.Close()
	}
	w.http = httptest.NewServer(m.Handler())
	w.t.Cleanup(w.http.Close)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)}
	w.open("")
	return w
}

// reporter is a server that reports when it is told to.
type reporter struct {
	*Reporter
	mu sync.Mutex
	v  lab.Vitals
}

func (w *world) reporter(name string) *reporter {
	w.t.Helper()
	token, err := NewToken(w.dir, name, w.clock())
	if err != nil {
		w.t.Fatal(err)
	}
	r := &reporter{v: lab.Vitals{Free: 5e9, Checks: []lab.VitalCheck{{Name: "database", State: lab.Fine}}}}
	r.Reporter = &Reporter{URL: w.http.URL, Token: token, Gather: func(context.Context) *Report {
		r.mu.Lock()
		defer r.mu.Unlock()
		return NewReport(&r.v, "1.2.3", "abc", 0)
	}}
	return r
}

// report makes a server report once. The loop of reports is tested with real
// servers, in internal/server.
func (w *world) report(r *reporter) {
	w.t.Helper()
	r.client = w.http.Client()
	if err := r.send(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (r *reporter) set(c ...lab.VitalCheck) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.v.Checks = c
}

func (w *world) states() map[string]State {
	w.t.Helper()
	list, err := w.Servers()
	if err != nil {
		w.t.Fatal(err)
	}
	got := map[string]State{}
	for _, s := range list {
		got[s.Name] = s.State
	}
	return got
}

// TestTwoServers: of two servers one stops; that is noticed once, over a restart
// of the monitor too, and so is that it is back.
func TestTwoServers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.reporter("a.example.org"), w.reporter("b.example.org")
	w.pass(time.Hour)
	w.news() // servers that were never heard of are nobody's concern
	w.report(a)
	w.report(b)
	if diff := cmp.Diff(map[string]State{"a.example.org": Well, "b.example.org": Well}, w.states()); diff != "" {
		t.Error(diff)
	}
	b.Stop()
	w.pass(4 * time.Minute)
	w.report(a)
	w.news()
	w.pass(2 * time.Minute)
	w.news("b.example.org silent")
	w.report(a)
	w.pass(4 * time.Minute)
	w.news()
	a.set(lab.VitalCheck{Name: "disk", State: lab.Failing, Text: "there is little room"})
	w.report(a)
	w.news("a.example.org unwell")
	a.set(lab.VitalCheck{Name: "disk", State: lab.Doubt, Text: "there is little room"})
	w.report(a)
	w.news("a.example.org well")

	// The monitor is away for a day: it must not take its own silence for theirs.
	a.Stop()
	w.now = w.now.Add(24 * time.Hour)
	w.open("")
	w.pass(time.Minute)
	w.news()
	if got := w.states(); got["a.example.org"] != Well || got["b.example.org"] != Silent {
		t.Errorf("after a restart: got %v", got)
	}
	w.pass(5 * time.Minute)
	w.news("a.example.org silent")
	back := w.reporter("b.example.org") // with a new token
	w.report(back)
	w.news("b.example.org well")
}

// What could not be told is told later.
func TestMailServerIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.reporter("a")
	w.report(a)
	a.Stop()
	w.fail = errors.New("no mail server")
	w.pass(6 * time.Minute)
	w.pass(time.Minute)
	w.news()
	w.fail = nil
	w.pass(time.Minute)
	w.news("a silent")
	w.pass(time.Hour)
	w.news()
}

func TestTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old, err := NewToken(w.dir, "a", w.now)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := NewToken(w.dir, "a", w.now)
	if err != nil {
		t.Fatal(err)
	}
	post := func(token, body string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.http.URL+ReportPath, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	for _, tt := range []struct {
		name, token, body string
		want              int
	}{
		{"none", "", "{}", http.StatusUnauthorized},
		{"replaced", old, "{}", http.StatusUnauthorized},
		{"good", fresh, "{}", http.StatusNoContent},
		{"no report", fresh, "x", http.StatusUnprocessableEntity},
		{"endless", fresh, `{"version":"` + strings.Repeat("x", 2*maxReport), http.StatusUnprocessableEntity},
	} {
		if got := post(tt.token, tt.body); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
	if err := filepath.WalkDir(w.dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if strings.Contains(string(text), fresh) {
			t.Errorf("%s holds the token", name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := Forget(w.dir, "a"); err != nil {
		t.Fatal(err)
	}
	if got := post(fresh, "{}"); got != http.StatusUnauthorized || len(w.states()) > 0 {
		t.Errorf("after forgetting: got %d, %v", got, w.states())
	}
	if err := Forget(w.dir, "a"); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("forget twice: got %v", err)
	}
	for _, name := range []string{"", "../a", "A", "a/b", strings.Repeat("a", 80)} {
		if _, err := NewToken(w.dir, name, w.now); lab.CodeOf(err) != lab.Usage {
			t.Errorf("name %q: got %v, want a refusal", name, err)
		}
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	get := func(path, password, from string) (int, string) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.RemoteAddr = from + ":1234"
		if password != "" {
			r.SetBasicAuth("anybody", password)
		}
		rec := httptest.NewRecorder()
		w.Handler().ServeHTTP(rec, r)
		text, _ := io.ReadAll(rec.Body) // of a recorder it never fails
		return rec.Code, string(text)
	}
	if status, text := get("/", "", "127.0.0.1"); status != http.StatusOK || !strings.Contains(text, "vidjil monitor token NAME") {
		t.Errorf("without servers: got %d %s", status, text)
	}
	if status, _ := get("/", "", "192.0.2.1"); status != http.StatusForbidden {
		t.Errorf("from elsewhere, without a password: got %d", status)
	}
	a := w.reporter("a")
	a.set(lab.VitalCheck{Name: "disk", State: lab.Failing, Text: "<b>little room</b>"})
	w.report(a)
	_, text := get("/", "", "127.0.0.1")
	for _, want := range []string{"unwell", "&lt;b&gt;little room", "5.0 GB", "1.2.3", "1 of 1 needs a look"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if _, text := get("/api/servers", "", "127.0.0.1"); !strings.Contains(text, `"name":"a","state":"unwell"`) {
		t.Errorf("JSON: got %s", text)
	}
	w.open("open sesame")
	for _, tt := range []struct {
		password string
		want     int
	}{{"", http.StatusUnauthorized}, {"wrong", http.StatusUnauthorized}, {"open sesame", http.StatusOK}} {
		if got, _ := get("/", tt.password, "192.0.2.1"); got != tt.want {
			t.Errorf("password %q: got %d, want %d", tt.password, got, tt.want)
		}
	}
	for range mostGuesses {
		get("/", "wrong", "192.0.2.1")
	}
	if got, _ := get("/", "open sesame", "192.0.2.1"); got != http.StatusTooManyRequests {
		t.Errorf("after many wrong passwords: got %d", got)
	}
}

// TestPageInFrench: the browser says in which language, and nothing English is
// left but what the server itself reports.
func TestPageInFrench(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	get := func(languages string) (string, string) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Accept-Language", languages)
		rec := httptest.NewRecorder()
		w.Handler().ServeHTTP(rec, r)
		return rec.Header().Get("Content-Language"), rec.Body.String()
	}
	if is, text := get("fr"); is != "fr" || !strings.Contains(text, "Aucun serveur") {
		t.Errorf("without servers: %s %s", is, text)
	}
	a := w.reporter("a")
	a.set(lab.VitalCheck{Name: "disk", State: lab.Failing, Text: "little room"})
	w.report(a)
	if _, err := NewToken(w.dir, "b", w.now); err != nil {
		t.Fatal(err)
	}
	_, text := get("fr")
	for _, want := range []string{`<html lang="fr">`, "en défaut", "disque\u00a0: <span lang=\"en\">little room</span>", "5,0 Go", "1 serveur sur 2 demande votre attention", "il y a 0 s", "attendu", "Sauvegarde"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	body := strings.ReplaceAll(text[strings.Index(text, "<body>"):], `<span lang="en">little room</span>`, "")
	for _, english := range []string{"Server<", "ago", "since", "unwell<", "jobs", "wait", "Queue", "none"} {
		if strings.Contains(body, english) {
			t.Errorf("the page says %q in English", english)
		}
	}
	for header, want := range map[string]string{
		"": "en", "de": "en", "fr-CA,fr;q=0.9,en;q=0.8": "fr", "en-GB,fr;q=0.5": "en", "de,fr;q=0.3,en;q=0.2": "fr", "fr;q=0": "en", "fr;q=x, en": "en",
	} {
		if is, _ := get(header); is != want {
			t.Errorf("%q: got %s, want %s", header, is, want)
		}
	}
}

func TestReporterIsRefused(t *testing.T) {
	t.Parallel()
	r := &Reporter{URL: "https://x.example", Token: "t", CAFile: filepath.Join(t.TempDir(), "none.pem")}
	if err := r.Start(t.Context()); lab.CodeOf(err) != lab.Invalid {
		t.Errorf("a certificate that is not there: got %v", err)
	}
	r.Stop()
}
