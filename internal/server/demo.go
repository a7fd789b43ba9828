package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/demo"
	"vidjil.org/vidjil/internal/lab"
)

// fillDemo fills an empty server, through its own API, and tells how to sign
// in. One that has an administrator is left as it is.
//
// The API is served once more for this, on a loopback port of its own: the
// demonstration speaks plain HTTP, whatever the server's address wants.
func (s *server) fillDemo(ctx context.Context, setupLink string) (err error) {
	if setupLink == "" {
		s.Say("--demo: there are people already, nothing was added")
		return nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return lab.Errorf(lab.Unwritable, "--demo: %w", err)
	}
	h := &http.Server{
		Handler:           api.New(api.Config{Service: s.uses, Uploads: s.receiver, Log: s.Log, Version: s.Version}),
		ReadHeaderTimeout: time.Minute,
	}
	served := make(chan error, 1)
	go func() { served <- h.Serve(l) }()
	defer func() {
		err = errors.Join(err, h.Close())
		if serveErr := <-served; !errors.Is(serveErr, http.ErrServerClosed) {
			err = errors.Join(err, serveErr)
		}
	}()
	s.Say("Filling with demonstration data …")
	people, err := demo.Fill(ctx, "http://"+l.Addr().String(), setupLink[strings.LastIndexAny(setupLink, "=#/")+1:])
	if err != nil {
		return err
	}
	s.Say("The demonstration is there; its reads are being analysed. Sign in as:")
	for _, p := range people {
		s.Say("  %-28s %s   %s", p.Email, p.Password, p.Role)
	}
	return nil
}
