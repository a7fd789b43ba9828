package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/trace"
)

type actorKey struct{}

// actorOf is who sent the request.
func actorOf(ctx context.Context) *service.Actor {
	if a, ok := ctx.Value(actorKey{}).(*service.Actor); ok {
		return a
	}
	return &service.Actor{}
}

// cookieName is the session's: the prefix makes browsers refuse one that was
// set without HTTPS or by another host.
func cookieName(secure bool) string {
	if secure {
		return "__Host-vidjil"
	}
	return "vidjil"
}

// middleware wraps all routes, outermost first: request id, panics, log,
// addresses that are no text, requests from other sites, who asks.
func (a *api) middleware(h http.Handler) http.Handler {
	return a.observe(a.plain(a.sameSite(a.identify(h))))
}

// Watcher is told of requests. It is called by many goroutines.
type Watcher interface {
	// Requested is told of the beginning of a request, and of its end by what it
	// returns: with the pattern of its route, "" for an address that there is not,
	// its method and the status of the answer.
	Requested() (ended func(route, method string, status int))
	// Streaming is told of the beginning of a stream of events, and of its end.
	Streaming() (ended func())
}

// unwatched are requests that nobody counts.
type unwatched struct{}

func (unwatched) Requested() func(route, method string, status int) {
	return func(string, string, int) {}
}
func (unwatched) Streaming() func() { return func() {} }

// observe gives the request an id, logs it without its query, which may hold
// words that somebody searched for, and answers for a handler that panicked.
func (a *api) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		who := &service.Actor{RequestID: rand.Text()[:16], Address: address(r)}
		ctx := context.WithValue(trace.Begin(r.Context(), a.Trace, who.RequestID), actorKey{}, who)
		ctx, span := trace.Start(ctx, "HTTP "+method(r), slog.String("http.request.method", method(r)), slog.String("vidjil.request_id", who.RequestID))
		ended := a.Watcher.Requested()
		w.Header().Set("X-Request-ID", who.RequestID)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		rec := &recorder{ResponseWriter: w}
		r = r.WithContext(ctx) // the routes note in it which of them it is
		defer func() {
			p := recover()
			if p != nil && p != http.ErrAbortHandler {
				a.Log.LogAttrs(ctx, slog.LevelError, "handler panicked", slog.String("request_id", who.RequestID), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
				if rec.status == 0 {
					a.writeProblem(ctx, rec, errPanic)
				}
			}
			a.Log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("request_id", who.RequestID), slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", rec.status), slog.Int64("user_id", who.User.ID), slog.Duration("took", time.Since(start)))
			ended(r.Pattern, method(r), rec.status)
			span.Rename("HTTP " + cmp.Or(r.Pattern, method(r)))
			span.End(nil, slog.String("http.route", r.Pattern), slog.Int("http.response.status_code", rec.status), slog.Int64("user.id", who.User.ID))
			if p == http.ErrAbortHandler {
				panic(p) // the server cuts the connection: what was sent is not all
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

// method is the method of a request, if it is one that there is.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "OTHER"
}

// sameSite refuses changes that a page of another site sends with the person's
// cookie.
func (a *api) sameSite(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := protection.Check(r); err != nil {
			a.writeProblem(r.Context(), w, errCrossSite)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// identify finds out who asks. A token that is no good is refused: a script must
// not go on as nobody. A session that has ended leaves its owner unknown, who
// can sign in again.
func (a *api) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := actorOf(r.Context())
		var err error
		if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
			err = a.Service.IdentifyToken(r.Context(), who, token)
		} else if c, cookieErr := r.Cookie(cookieName(a.SecureCookies)); cookieErr == nil {
			err = a.Service.IdentifySession(r.Context(), who, c.Value)
		}
		if err != nil {
			a.writeProblem(r.Context(), w, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Asker finds out who sent a request that is none of the API: nobody, when they
// do not prove it.
func Asker(s *service.Service, secure bool, r *http.Request) *service.Actor {
	who := &service.Actor{Address: address(r)}
	var err error
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		err = s.IdentifyToken(r.Context(), who, token)
	} else if c, cookieErr := r.Cookie(cookieName(secure)); cookieErr == nil {
		err = s.IdentifySession(r.Context(), who, c.Value)
	}
	if err != nil {
		return &service.Actor{}
	}
	return who
}

// address is the network address of who asks, without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
