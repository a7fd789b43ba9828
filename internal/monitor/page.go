package monitor

import (
	"crypto/sha256"
	"crypto/subtle"
	_ "embed" // the page
	"encoding/json"
	"html/template"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxReport is more than any report has, in bytes.
const maxReport = 64 << 10

//go:embed page.html
var pageText string

// Handler answers reports at [ReportPath], a page at /, in the language of the
// browser, and its JSON at /api/servers.
func (m *Monitor) Handler() http.Handler {
	page, list := template.Must(template.New("page").Parse(pageText)), languages()
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+ReportPath, m.receive)
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.Handle("GET /api/servers", m.opened(func(w http.ResponseWriter, _ *http.Request, list []Server) {
		w.Header().Set("Content-Type", "application/json")
		// An error is that whoever asked is gone.
		_ = json.NewEncoder(w).Encode(struct {
			At      time.Time `json:"at"`
			Servers []Server  `json:"servers"`
		}{m.c.Now().UTC(), list})
	}))
	mux.Handle("GET /{$}", m.opened(func(w http.ResponseWriter, r *http.Request, servers []Server) {
		in := preferred(r, list)
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Language", in.Lang)
		h.Set("Vary", "Accept-Language")
		if err := page.Execute(w, struct {
			In      *words
			At      time.Time
			Servers []Server
			Wrong   int
		}{in, m.c.Now().UTC(), servers, wrong(servers)}); err != nil {
			m.c.Log.DebugContext(r.Context(), "page", "error", err) // whoever asked is gone
		}
	}))
	return guarded(mux)
}

// guarded keeps the page from being more than a page.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func wrong(list []Server) (n int) {
	for _, s := range list {
		if s.State == Silent || s.State == Unwell {
			n++
		}
	}
	return n
}

// receive takes a report.
func (m *Monitor) receive(w http.ResponseWriter, r *http.Request) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	name := ""
	if ok {
		var err error
		if name, err = m.shelf.owner(token); err != nil {
			m.fail(w, r, err)
			return
		}
	}
	if name == "" {
		http.Error(w, "the token is not known here: make one with vidjil monitor token NAME", http.StatusUnauthorized)
		return
	}
	var report Report
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxReport))
	if err := in.Decode(&report); err != nil {
		http.Error(w, "that is no report", http.StatusUnprocessableEntity)
		return
	}
	if err := m.take(r.Context(), name, &report); err != nil {
		m.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (m *Monitor) fail(w http.ResponseWriter, r *http.Request, err error) {
	m.c.Log.ErrorContext(r.Context(), "answer", "error", err)
	http.Error(w, "internal error; the monitor's log has it", http.StatusInternalServerError)
}

// opened asks for the password, and hands on the list.
func (m *Monitor) opened(show func(http.ResponseWriter, *http.Request, []Server)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			host = r.RemoteAddr
		}
		if m.c.Password == "" && !net.ParseIP(host).IsLoopback() {
			http.Error(w, "this page can be seen on the monitor's own machine, or, with monitor.password, by who knows it", http.StatusForbidden)
			return
		}
		if m.c.Password != "" {
			if m.guesses.many(m.c.Now()) {
				http.Error(w, "too many wrong passwords; wait a minute", http.StatusTooManyRequests)
				return
			}
			_, given, asked := r.BasicAuth()
			got, want := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(m.c.Password))
			if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
				if asked {
					m.guesses.wrong(m.c.Now())
				}
				w.Header().Set("WWW-Authenticate", `Basic realm="vidjil monitor", charset="UTF-8"`)
				http.Error(w, "the password is wanted, with any name", http.StatusUnauthorized)
				return
			}
		}
		list, err := m.Servers()
		if err != nil {
			m.fail(w, r, err)
			return
		}
		show(w, r, list)
	})
}

// guesses counts wrong passwords: a page for a few people needs no lock by
// address.
type guesses struct {
	mu    sync.Mutex
	n     int
	since time.Time
}

// mostGuesses are allowed in a minute.
const mostGuesses = 20

func (g *guesses) many(now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Sub(g.since) > time.Minute {
		g.n = 0
	}
	return g.n >= mostGuesses
}

func (g *guesses) wrong(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n == 0 {
		g.since = now
	}
	g.n++
}
