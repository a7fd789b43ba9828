// Package server joins the parts of a vidjil server on a data directory: it
// opens them, listens, and stops them in the opposite order. It decides
// nothing about rights or data; it is the only place that knows all parts.
//
//	data/vidjil.db          the database, unless another is configured
//	data/blobs/             bytes of reads and results, by digest
//	data/uploads/           what is being received
//	data/secret.key         seals secrets in the database
//	data/tls/               the generated certificate
//	data/lock               held by the running server
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// Config says how a server runs. The zero value of a field is its default.
type Config struct {
	// Data is the data directory; it is made when it is not there.
	Data string
	// Addr is HOST:PORT to listen on; port 0 takes a free one.
	Addr string
	// Database is the database's URL; "" is sqlite in Data.
	Database string
	// Blobs is where bytes of reads and results are: "s3://BUCKET/PREFIX", with
	// ?endpoint=URL&region=NAME for servers that are not Amazon's and the keys in
	// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; "" is a directory in Data.
	Blobs string
	// CertFile and KeyFile are a certificate for TLS. Without them, an address
	// that is not a loopback one gets a generated certificate.
	CertFile, KeyFile string
	// PublicURL is how people reach the server, for links; "" is derived from
	// Addr.
	PublicURL string
	// Sources are mounted folders that people may attach files from, by name.
	Sources map[string]string
	// Workers is how many jobs run at the same time; 0 is the number of
	// processors less one, at least one; negative is none.
	Workers int
	// Demo fills an empty store with people, sets and samples.
	Demo bool
	// NoPublicAnalysis turns off the analysis of pasted sequences for people
	// who are not signed in.
	NoPublicAnalysis bool
	// Version is the program's.
	Version string
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

// listen opens the address, with TLS where it must be.
func (s *server) listen(ctx context.Context) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.Addr)
	if err != nil {
		return nil, lab.Errorf(lab.Unwritable, "listen on %s: %w", s.Addr, err)
	}
	if !s.secure {
		return l, nil
	}
	cert, err := s.certificate()
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return tls.NewListener(l, &tls.Config{
		Certificates: []tls.Certificate{cert},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
	}), nil
}

// serve listens until ctx is done.
func (s *server) serve(ctx context.Context) error {
	l, err := s.listen(ctx)
	if err != nil {
		return err
	}
	s.url = s.publicURL(l.Addr())
	if err := s.start(ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	h := &http.Server{
		Handler: s.handler(),
		// Headers must come soon; bodies and answers may take as long as an
		// upload or a stream of events takes, and set their own deadlines.
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
		// Requests end when the server stops: streams would hold it up.
		BaseContext: func(net.Listener) context.Context { return s.requests },
	}
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	s.welcome(ctx)
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	s.Log.Info("stopping", "cause", context.Cause(ctx))
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	s.endStreams()
	err = h.Shutdown(grace)
	if err != nil {
		s.Log.Warn("requests were cut off", "error", err)
		err = h.Close()
	}
	return errors.Join(err, s.stop(grace))
}

// publicURL is how people reach the server.
func (s *server) publicURL(addr net.Addr) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	scheme := "http"
	if s.secure {
		scheme = "https"
	}
	host, _, err := net.SplitHostPort(s.Addr)
	_, port, err2 := net.SplitHostPort(addr.String())
	if err != nil || err2 != nil {
		return scheme + "://" + addr.String()
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// loopback tells whether an address can be reached from this machine only.
func loopback(addr string) (bool, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false, lab.Errorf(lab.Usage, "address %q: want HOST:PORT, as 127.0.0.1:8080 or :8443", addr)
	}
	if host == "localhost" {
		return true, nil
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback(), nil
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
