package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/source"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/webui"
	"vidjil.org/vidjil/web"
)

// server is an open server: its parts, in the order in which they were opened.
type server struct {
	Config
	secure bool   // TLS
	url    string // how people reach it
	lock   *os.File
	store  *store.Store
	blobs  blob.Store
	ui     *webui.UI
	uses   *service.Service
	workers
	uploads

	requests   context.Context //nolint:containedctx // of all requests: it lives as long as the server
	endStreams context.CancelFunc
}

// open opens the parts on the data directory.
func open(ctx context.Context, c Config) (_ *server, err error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Say == nil {
		c.Say = func(string, ...any) {}
	}
	if c.Workers == 0 {
		c.Workers = max(1, runtime.NumCPU()-1)
	}
	local, err := loopback(c.Addr)
	if err != nil {
		return nil, err
	}
	s := &server{Config: c, secure: !local || c.CertFile != ""}
	s.requests, s.endStreams = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := makeDirs(c.Data, "blobs", "uploads", "tls"); err != nil {
		return nil, err
	}
	if s.lock, err = lock(c.Data); err != nil {
		return nil, err
	}
	if s.store, err = store.Open(ctx, store.Config{URL: databaseURL(c), Log: c.Log}); err != nil {
		return nil, err
	}
	if s.blobs, err = openBlobs(ctx, c); err != nil {
		return nil, err
	}
	if s.ui, err = webui.New(web.Files()); err != nil {
		return nil, err
	}
	return s, nil
}

// databaseURL is where the database is.
func databaseURL(c Config) string {
	if c.Database != "" {
		return c.Database
	}
	return store.SQLite + ":" + filepath.Join(c.Data, "vidjil.db")
}

// start starts what works in the background, once the address is known.
func (s *server) start(ctx context.Context) error {
	keys, err := auth.OpenKeyring(filepath.Join(s.Data, "secret.key"))
	if err != nil {
		return err
	}
	sources, err := source.New(s.Sources)
	if err != nil {
		return err
	}
	s.uses = service.New(service.Config{
		Store: s.store, Blobs: s.blobs, Sources: sources, Log: s.Log, PublicURL: s.url, Version: s.Version, Now: time.Now, Keys: keys,
		NoPublicAnalysis: s.NoPublicAnalysis,
	})
	if err := s.uses.RememberURL(ctx); err != nil {
		return err
	}
	// Before any worker, one of which may collect: what the last run left is
	// delivered first.
	if s.uploads, err = startUploads(ctx, s.Config, s.blobs, s.uses); err != nil {
		return err
	}
	s.workers, err = startWorkers(ctx, workersConfig{
		Config: s.Config, name: poolName(s.Data), store: s.store, blobs: s.blobs, uses: s.uses, sources: sources,
	})
	if err != nil {
		return errors.Join(err, s.uploads.stop())
	}
	return nil
}

// stop stops what works in the background.
func (s *server) stop(ctx context.Context) error {
	err := errors.Join(s.uploads.stop(), s.workers.stop(ctx))
	s.uses.Stop()
	return err
}

// close closes the parts, the last opened first. It may be called on a server
// that was opened in part.
func (s *server) close() error {
	s.endStreams()
	var errs []error
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// handler is all that the server answers.
func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(client.Prefix+"/", api.New(api.Config{Service: s.uses, Uploads: s.receiver, Log: s.Log, Version: s.Version, SecureCookies: s.secure}))
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.Handle("/", s.ui)
	return mux
}

// healthz is for those who watch the process: it says no more than that.
func (s *server) healthz(w http.ResponseWriter, r *http.Request) {
	status, text := http.StatusOK, "ok"
	if err := s.uses.Ping(r.Context()); err != nil {
		status, text = http.StatusServiceUnavailable, err.Error()
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": text}) //nolint:errchkjson // whoever asked is gone
}

// welcome tells the administrator at the terminal where the server is, and how
// to become the first administrator while there is none.
func (s *server) welcome(ctx context.Context) {
	s.Say("vidjil is at %s", s.url)
	link, err := s.uses.SetupLink(ctx)
	if err != nil {
		s.Log.ErrorContext(ctx, "make setup link", "error", err)
		return
	}
	if s.Demo {
		if err := s.fillDemo(ctx, link); err != nil && ctx.Err() == nil {
			s.Say("The demonstration could not be made: %v", err)
			s.Log.ErrorContext(ctx, "fill with demonstration data", "error", err)
		}
		return
	}
	if link != "" {
		s.Say("There is no administrator yet. Make the first one here, within a day:\n  %s", link)
	}
}
