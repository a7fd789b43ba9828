package server

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/metrics"
	"vidjil.org/vidjil/internal/monitor"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/trace"
)

// watch is what tells machines how a server or a worker is.
type watch struct {
	metrics  *metrics.Metrics
	tracer   *trace.Tracer
	vitals   *vitals
	ends     certificateEnd
	listener net.Listener // of the metrics; nil for none
	http     *http.Server
	served   chan struct{}
	reporter *monitor.Reporter
}

// openWatch opens what the other parts tell of themselves to.
func (s *watch) openWatch(ctx context.Context, c *Config) (err error) {
	s.vitals = &vitals{}
	s.metrics = metrics.New(metrics.Config{
		Version: c.Version, Commit: c.Commit, Verbs: store.Verbs(), Ways: service.CountedWays(), Outcomes: service.CountedOutcomes(),
		Vitals: s.vitals.ask, CertificateEnds: s.ends.when,
	})
	t := c.Settings.Trace
	s.tracer, err = trace.New(ctx, trace.Config{Endpoint: t.Endpoint, Header: t.Header, CAFile: t.CAFile, Sample: float64(t.Percent) / 100, Version: c.Version, Log: c.Log})
	return err
}

// startWatch opens the address of the metrics and begins to report, where the
// settings want it.
func (s *watch) startWatch(ctx context.Context, c *Config, uses *service.Service) error {
	s.vitals.set(uses)
	if addr := c.Settings.Metrics.Addr; addr != "" {
		l, err := listenTCP(ctx, addr)
		if err != nil {
			return err
		}
		s.listener = l
		s.http = &http.Server{
			Handler: s.internal(c.Settings.Metrics.Token), ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute,
			ErrorLog: slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
		}
		s.served = make(chan struct{})
		go func() {
			defer close(s.served)
			if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				c.Log.Error("serve metrics", "error", err)
			}
		}()
		c.Say("numbers for a Prometheus are at http://%s/metrics", l.Addr())
	}
	return s.startReports(ctx, c)
}

// stopReports ends the reports, while there is something to report about.
func (s *watch) stopReports() {
	if s.reporter != nil {
		s.reporter.Stop()
	}
}

// stopWatch ends the rest, after the parts that tell of themselves.
func (s *watch) stopWatch(ctx context.Context) error {
	s.stopReports()
	var err error
	if s.http != nil {
		err = s.http.Shutdown(ctx)
		<-s.served
	}
	return errors.Join(err, s.tracer.Close(ctx))
}

// internal is what the address of the metrics answers: all that is known.
func (s *watch) internal(token string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.Handler())
	ready := func(w http.ResponseWriter, r *http.Request) { s.ready(w, r, func() bool { return true }) }
	mux.HandleFunc("GET "+probeReady, ready)
	mux.HandleFunc("GET "+probeHealth, ready)
	secret := withToken(token, mux)
	outer := http.NewServeMux()
	outer.Handle("/", secret)
	outer.HandleFunc("GET "+probeAlive, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, readiness{Status: lab.Fine}) })
	return outer
}

// withToken asks for a bearer token; "" is none.
func withToken(token string, next http.Handler) http.Handler {
	if token == "" {
		return next
	}
	want := sha256.Sum256([]byte("Bearer " + token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "the token of metrics.token is wanted", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// counted counts what a handler answers that is none of the API's, under one
// route.
func (s *watch) counted(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ended, rec := s.metrics.Requested(), &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		defer func() { ended(route, pageMethod(r.Method), rec.status) }()
		next.ServeHTTP(rec, r)
	})
}

func pageMethod(method string) string {
	if method == http.MethodGet || method == http.MethodHead {
		return method
	}
	return "OTHER"
}

// statusRecorder remembers the status of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// certificateEnd is until when the certificate is good that was shown last, in
// Unix seconds; 0 is that none was.
type certificateEnd struct{ unix atomic.Int64 }

func (e *certificateEnd) when() time.Time {
	if t := e.unix.Load(); t != 0 {
		return time.Unix(t, 0)
	}
	return time.Time{}
}

func (e *certificateEnd) note(c *tls.Certificate) {
	if c != nil && c.Leaf != nil {
		e.unix.Store(c.Leaf.NotAfter.Unix())
	}
}

// observe looks at the certificates that a server shows.
func (e *certificateEnd) observe(c *tls.Config) {
	for i := range c.Certificates {
		e.note(&c.Certificates[i])
	}
	get := c.GetCertificate
	if get == nil {
		return
	}
	c.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		cert, err := get(hello)
		if err == nil {
			e.note(cert)
		}
		return cert, err
	}
}

// vitals ask the use cases how the server is, a few times in a minute at most:
// whoever asks more often is given the last answer.
type vitals struct {
	mu   sync.Mutex
	uses *service.Service
	last *lab.Vitals
	at   time.Time
}

// freshFor is how long an answer is good.
const freshFor = 5 * time.Second

func (v *vitals) set(uses *service.Service) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.uses = uses
}

// ask implements [metrics.Vitals].
func (v *vitals) ask(ctx context.Context) *lab.Vitals {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.uses == nil {
		return &lab.Vitals{Free: -1, Checks: []lab.VitalCheck{{Name: "database", State: lab.Failing, Text: "the server is starting"}}}
	}
	if v.last == nil || time.Since(v.at) > freshFor {
		// Of a caller who has gone the answer would be that nothing answers.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTime)
		defer cancel()
		v.last, v.at = v.uses.Vitals(ctx), time.Now()
	}
	return v.last
}
