package server

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// headers puts on every answer what keeps browsers from mistaking it: for
// another type, for a part of another site, for a page that may load something.
// A handler that answers pages puts its own content policy in the place of this
// one.
func headers(hsts string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()")
		if hsts != "" {
			h.Set("Strict-Transport-Security", hsts)
		}
		next.ServeHTTP(w, r)
	})
}

// below serves everything under a path, as "/vidjil"; "" is the root. What
// watches the process asks for /healthz at the root, past any proxy.
func below(base string, next http.Handler) http.Handler {
	if base == "" {
		return next
	}
	inside := http.StripPrefix(base, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, base+"/"):
			inside.ServeHTTP(&moved{ResponseWriter: w, base: base}, r)
		case r.URL.Path == base || r.URL.Path == "/":
			http.Redirect(w, r, base+"/", http.StatusTemporaryRedirect)
		case isProbe(r.URL.Path):
			next.ServeHTTP(w, r)
		default:
			http.NotFound(w, r)
		}
	})
}

// moved puts the path below which everything is before addresses of our own that
// an answer sends people to.
type moved struct {
	http.ResponseWriter
	base string
	done bool
}

func (m *moved) WriteHeader(status int) {
	h := m.Header()
	if to := h.Get("Location"); !m.done && strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") {
		h.Set("Location", m.base+to)
	}
	m.done = status >= http.StatusOK
	m.ResponseWriter.WriteHeader(status)
}

func (m *moved) Write(p []byte) (int, error) {
	m.done = true
	return m.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (m *moved) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// deadlines cuts off a client that does not take what it is sent: each write
// must get through within the time, however long the answer is.
func deadlines(each time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&timed{ResponseWriter: w, control: http.NewResponseController(w), each: each}, r)
	})
}

// timed is an answer whose writes have a deadline.
type timed struct {
	http.ResponseWriter
	control *http.ResponseController
	each    time.Duration
}

func (t *timed) Write(p []byte) (int, error) {
	// What has no deadlines, as a test's recorder, waits for nobody.
	_ = t.control.SetWriteDeadline(time.Now().Add(t.each))
	return t.ResponseWriter.Write(p)
}

// FlushError sends what was written.
func (t *timed) FlushError() error {
	_ = t.control.SetWriteDeadline(time.Now().Add(t.each))
	return t.control.Flush()
}

// ReadFrom keeps files on the short way to the socket, a piece at a time, so that
// each has its own deadline.
func (t *timed) ReadFrom(r io.Reader) (total int64, err error) {
	const piece = 4 << 20
	for {
		_ = t.control.SetWriteDeadline(time.Now().Add(t.each))
		n, err := io.CopyN(t.ResponseWriter, r, piece)
		total += n
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (t *timed) Unwrap() http.ResponseWriter { return t.ResponseWriter }
