package monitor

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// State is how a server is for who watches it.
type State string

// The states.
const (
	Expected State = "expected" // it has a token and was never heard of
	Well     State = "well"
	Unwell   State = "unwell" // it reports that something is wrong
	Silent   State = "silent"
)

// Server is what a monitor knows of a server.
type Server struct {
	Name   string    `json:"name"`
	State  State     `json:"state"`
	Since  time.Time `json:"since,omitzero"` // from when it is so
	Seen   time.Time `json:"seen,omitzero"`  // the last report
	Report *Report   `json:"report,omitempty"`
}

// Notice is a change that people are told of.
type Notice struct {
	Server
	Was State     // before; Expected when it is the first that is told
	At  time.Time // of the notice
}

// Config says how a monitor works. Dir must be set.
type Config struct {
	// Dir is where it keeps what it knows.
	Dir string
	// SilentAfter is how long a server may say nothing; 0 is 5 minutes.
	SilentAfter time.Duration
	// Tell tells people of a change; what it fails to tell it is given again. nil
	// is nobody but the log.
	Tell func(ctx context.Context, n *Notice) error
	// Password opens the page and its JSON to other machines, with any name; "" is
	// that they are for the monitor's own machine only.
	Password string
	Now      func() time.Time // nil is time.Now
	Log      *slog.Logger     // nil is nothing
}

// Monitor keeps the last report of each server. It is safe for concurrent use.
type Monitor struct {
	c       Config
	shelf   shelf
	started time.Time
	guesses guesses
	mu      sync.Mutex // held while a server's file is changed
}

// New opens a monitor on its directory.
func New(c Config) (*Monitor, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.SilentAfter == 0 {
		c.SilentAfter = 5 * time.Minute
	}
	m := &Monitor{c: c, shelf: shelf{c.Dir}, started: c.Now()}
	if _, err := m.Servers(); err != nil {
		return nil, err
	}
	return m, nil
}

// Run looks after the servers until ctx is done.
func (m *Monitor) Run(ctx context.Context) {
	tick := time.NewTicker(min(30*time.Second, m.c.SilentAfter/4))
	defer tick.Stop()
	for {
		if err := m.Look(ctx); err != nil && ctx.Err() == nil {
			m.c.Log.ErrorContext(ctx, "look after the servers", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Servers lists what is known, by name.
func (m *Monitor) Servers() ([]Server, error) {
	names, err := m.shelf.names()
	if err != nil {
		return nil, err
	}
	list := make([]Server, 0, len(names))
	for _, name := range names {
		var f serverFile
		if _, err := m.shelf.read("servers", name, &f); err != nil {
			return nil, err
		}
		list = append(list, m.judge(name, &f))
	}
	return list, nil
}

// judge says how a server is now.
func (m *Monitor) judge(name string, f *serverFile) Server {
	s := Server{Name: name, State: Expected, Seen: f.Seen, Report: f.Report, Since: f.Since}
	if f.Report == nil {
		return s
	}
	// A monitor that was away itself has missed reports: silence is counted from
	// its own start on.
	heard := f.Seen
	if m.started.After(heard) {
		heard = m.started
	}
	switch {
	case m.c.Now().Sub(heard) > m.c.SilentAfter:
		s.State = Silent
	case m.started.After(f.Seen) && f.Told == Silent:
		s.State = Silent // it was, and has not been heard of since
	case f.Report.Status == lab.Failing:
		s.State = Unwell
	default:
		s.State = Well
	}
	if s.State != f.Told {
		s.Since = m.c.Now().UTC()
		if s.State == Silent {
			s.Since = f.Seen
		}
	}
	return s
}

// take keeps a report, and tells what it changes.
func (m *Monitor) take(ctx context.Context, name string, r *Report) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var f serverFile
	if _, err := m.shelf.read("servers", name, &f); err != nil {
		return err
	}
	f.Seen, f.Report = m.c.Now().UTC(), r
	return m.settle(ctx, name, &f, true)
}

// Look judges all servers, and tells what has changed.
func (m *Monitor) Look(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	names, err := m.shelf.names()
	if err != nil {
		return err
	}
	for _, name := range names {
		var f serverFile
		if _, err := m.shelf.read("servers", name, &f); err != nil {
			return err
		}
		if err := m.settle(ctx, name, &f, false); err != nil {
			return err
		}
	}
	return nil
}

// settle tells of a change, if there is one, and keeps that it was told; m.mu is
// held. A change that could not be told is told with the next look.
func (m *Monitor) settle(ctx context.Context, name string, f *serverFile, changed bool) error {
	s := m.judge(name, f)
	switch {
	case s.State == Expected || s.State == f.Told:
	case f.Told == "" && s.State == Well:
		f.Told, f.Since, changed = s.State, s.Since, true // the first report of one that is well is no news
		m.c.Log.InfoContext(ctx, "server reports for the first time", "server", name, "version", s.Report.Version)
	default:
		n := &Notice{Server: s, Was: f.Told, At: m.c.Now().UTC()}
		if n.Was == "" {
			n.Was = Expected
		}
		level := slog.LevelWarn
		if s.State == Well {
			level = slog.LevelInfo
		}
		m.c.Log.LogAttrs(ctx, level, "server is "+string(s.State), slog.String("server", name), slog.String("was", string(n.Was)), slog.Time("seen", s.Seen))
		if err := m.tell(ctx, n); err != nil {
			m.c.Log.LogAttrs(ctx, slog.LevelError, "tell of a server", slog.String("server", name), slog.String("error", err.Error()))
			break
		}
		f.Told, f.Since, changed = s.State, s.Since, true
	}
	if !changed {
		return nil
	}
	if err := m.shelf.write("servers", name, f); err != nil {
		return fmt.Errorf("keep the report of %s: %w", name, err)
	}
	return nil
}

func (m *Monitor) tell(ctx context.Context, n *Notice) error {
	if m.c.Tell == nil {
		return nil
	}
	return m.c.Tell(ctx, n)
}
