// Package server joins the parts of a vidjil server on a data directory: it
// opens them, listens, and stops them in the opposite order. It decides
// nothing about rights or data; it is the only place that knows all parts.
//
//	data/vidjil.db          the database, unless another is configured
//	data/blobs/             bytes of reads and results, by digest
//	data/uploads/           what is being received
//	data/secret.key         seals secrets in the database
//	data/tls/               certificates that were generated, or got by ACME
//	data/lock               held by the running server
//	data/demo-accounts.txt  who can sign in to a demonstration
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
)

// Config says how a server runs. The zero value of a field is its default.
type Config struct {
	// Settings are the administrator's.
	Settings config.Config
	// Demo fills an empty store with people, sets and samples.
	Demo bool
	// Version is the program's, Commit the revision that it was built from.
	Version, Commit string
	// Log receives what happens; nil is nothing.
	Log *slog.Logger
	// Say receives what the administrator at the terminal should read: the
	// address, the setup link; nil is nothing.
	Say func(format string, args ...any)
}

// shutdownGrace is how long requests and jobs may go on after the signal to
// stop.
const shutdownGrace = 20 * time.Second

// Run opens the server and serves until ctx is done, then stops it in order.
func Run(ctx context.Context, c Config) error {
	s, err := open(ctx, c)
	if err != nil {
		return err
	}
	err = s.serve(ctx)
	return errors.Join(err, s.close())
}

// serve listens until ctx is done.
func (s *server) serve(ctx context.Context) (err error) {
	d, err := s.listen(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	s.url = s.publicURL(d.main.Addr())
	if err := s.start(ctx); err != nil {
		return err
	}
	h := s.httpServer(s.handler())
	failed := make(chan error, 2)
	go func() { failed <- h.Serve(d.main) }()
	var plain *http.Server
	if d.redirect != nil {
		plain = s.httpServer(s.redirect(d.certificates))
		go func() { failed <- plain.Serve(d.redirect) }()
	}
	if err := d.certificates.start(ctx); err != nil {
		s.Log.ErrorContext(ctx, "manage certificates", "error", err)
	}
	s.welcome(ctx)
	select {
	case err = <-failed:
		err = fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		s.Log.Info("stopping", "cause", context.Cause(ctx))
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	s.endStreams()
	err = errors.Join(err, s.shutdown(grace, plain), s.shutdown(grace, h))
	return errors.Join(err, s.stop(grace))
}

// httpServer serves a handler within the limits of the settings.
func (s *server) httpServer(h http.Handler) *http.Server {
	c := s.Settings.HTTP
	return &http.Server{
		Handler: h,
		// Headers must come soon; bodies and answers may take as long as an
		// upload or a stream of events takes, and set their own deadlines.
		ReadHeaderTimeout: c.HeaderTimeout.D(),
		IdleTimeout:       c.IdleTimeout.D(),
		MaxHeaderBytes:    int(c.MaxHeader),
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
		// Requests end when the server stops: streams would hold it up.
		BaseContext: func(net.Listener) context.Context { return s.requests },
	}
}

// shutdown lets requests end, and cuts off those that do not.
func (s *server) shutdown(grace context.Context, h *http.Server) error {
	if h == nil {
		return nil
	}
	err := h.Shutdown(grace)
	if err == nil {
		return nil
	}
	s.Log.Warn("requests were cut off", "error", err)
	return h.Close()
}

// publicURL is how people reach the server, without a slash at its end.
func (s *server) publicURL(addr net.Addr) string {
	c := &s.Settings
	base := c.HTTP.Base()
	if u := strings.TrimSuffix(c.HTTP.PublicURL, "/"); u != "" {
		return strings.TrimSuffix(u, base) + base
	}
	scheme, standard := "http", "80"
	if s.mode != config.TLSOff {
		scheme, standard = "https", "443"
	}
	host, _, err := net.SplitHostPort(c.HTTP.Addr)
	_, port, err2 := net.SplitHostPort(addr.String())
	if err != nil || err2 != nil {
		return scheme + "://" + addr.String() + base
	}
	if ip := net.ParseIP(host); s.mode == config.TLSACME {
		host = c.TLS.ACME.Domains[0]
	} else if host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	if port == standard {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return scheme + "://" + host + base
	}
	return scheme + "://" + net.JoinHostPort(host, port) + base
}

// makeDirs makes the directories of the data directory, for its owner only.
func makeDirs(data string, names ...string) error {
	for _, name := range append([]string{""}, names...) {
		if err := os.MkdirAll(filepath.Join(data, name), 0o700); err != nil {
			return lab.Errorf(lab.Unwritable, "data directory: %w", err)
		}
	}
	return nil
}
