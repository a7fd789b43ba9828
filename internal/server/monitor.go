package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"sync"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/mail"
	"vidjil.org/vidjil/internal/monitor"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/trace"
)

// startReports begins to report to a monitor, if the settings name one.
func (s *watch) startReports(ctx context.Context, c *Config) error {
	m := c.Settings.Monitor
	if m.URL == "" {
		return nil
	}
	r := &monitor.Reporter{
		URL: m.URL, Token: m.Token, CAFile: m.CAFile, Every: m.Every.D(), Log: c.Log,
		Gather: func(ctx context.Context) *monitor.Report {
			return monitor.NewReport(s.vitals.ask(ctx), c.Version, c.Commit, s.metrics.Faults())
		},
	}
	if err := r.Start(ctx); err != nil {
		return err
	}
	s.reporter = r
	return nil
}

// RunMonitor runs a monitor of other servers until ctx is done. Its directory is
// that of the settings, and so are its address, its TLS and its mail server.
func RunMonitor(ctx context.Context, c Config) (err error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Say == nil {
		c.Say = func(string, ...any) {}
	}
	c.Log = slog.New(trace.Handler(c.Log.Handler()))
	c.Settings = c.Settings.WithDefaults()
	if err := c.Settings.Check(); err != nil {
		return err
	}
	if err := makeDirs(c.Settings.Data, "tokens", "servers", "tls"); err != nil {
		return err
	}
	held, err := lock(c.Settings.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	mailer, err := openMail(&c.Settings.Mail)
	if err != nil {
		return err
	}
	s := &server{Config: c, mode: c.Settings.TLSMode()}
	s.secure = s.mode != config.TLSOff
	s.requests, s.endStreams = context.WithCancel(context.WithoutCancel(ctx))
	defer s.endStreams()
	m, err := monitor.New(monitor.Config{
		Dir: c.Settings.Data, SilentAfter: c.Settings.Monitor.SilentAfter.D(), Password: c.Settings.Monitor.Password, Log: c.Log,
		Tell: teller(mailer, c.Settings.Mail.Admins),
	})
	if err != nil {
		return err
	}
	return s.serveMonitor(ctx, m)
}

// serveMonitor listens until ctx is done.
func (s *server) serveMonitor(ctx context.Context, m *monitor.Monitor) (err error) {
	d, err := s.listen(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	s.url = s.publicURL(d.main.Addr())
	h := s.httpServer(headers(s.hsts(), deadlines(s.Settings.HTTP.WriteTimeout.D(), below(s.Settings.HTTP.Base(), m.Handler()))))
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
	looking, stopLooking := context.WithCancel(ctx)
	var looks sync.WaitGroup
	looks.Go(func() { m.Run(looking) })
	defer looks.Wait()
	defer stopLooking()
	s.Say("the monitor is at %s", s.url)
	select {
	case err = <-failed:
		err = fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	return errors.Join(err, s.shutdown(grace, plain), s.shutdown(grace, h))
}

// teller sends notices of a monitor to administrators; without a mail server or
// addresses the log has them.
func teller(mailer service.Mailer, to []string) func(context.Context, *monitor.Notice) error {
	if mailer == nil || len(to) == 0 {
		return nil
	}
	return func(ctx context.Context, n *monitor.Notice) error {
		l := n.Letter()
		var errs []error
		sent := 0
		for _, address := range to {
			err := mailer.Send(ctx, &mail.Message{
				ID: "monitor-" + rand.Text(), To: address, Subject: l.Subject, Text: l.Text,
				HTML: "<pre style=\"font: inherit; white-space: pre-wrap\">" + html.EscapeString(l.Text) + "</pre>",
			})
			if err == nil {
				sent++
			}
			errs = append(errs, err)
		}
		if sent > 0 {
			return nil // somebody knows, and is not told a second time for another's address
		}
		return errors.Join(errs...)
	}
}
