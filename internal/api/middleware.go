package api

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/service"
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
// requests from other sites, who asks.
func (a *api) middleware(h http.Handler) http.Handler {
	return a.observe(a.sameSite(a.identify(h)))
}

// observe gives the request an id, logs it without its query, and answers for a
// handler that panicked.
func (a *api) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		who := &service.Actor{RequestID: rand.Text()[:16], Address: address(r)}
		ctx := context.WithValue(r.Context(), actorKey{}, who)
		w.Header().Set("X-Request-ID", who.RequestID)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		rec := &recorder{ResponseWriter: w}
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
			if p == http.ErrAbortHandler {
				panic(p) // the server cuts the connection: what was sent is not all
			}
		}()
		next.ServeHTTP(rec, r.WithContext(ctx))
	})
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
