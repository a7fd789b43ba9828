// Package events tells streams that are open to people's browsers what has
// changed: jobs, of this process and of others, and the sets that a change
// signalled.
//
// One loop follows the jobs in the store for all streams, woken by the store's
// signals and, where other processes cannot signal, by a look from time to time;
// without a stream it sleeps. What it passes on are states, not steps: a stream
// that is slow finds the newest state of each job and none of those between.
//
// It knows no rights: internal/service asks for each event whether the person
// may see it. It never blocks the store or another stream.
package events

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Overlap is how far before the last change seen one looks again: transactions
// may commit in another order than that of their times, and a clock be set back
// a little.
const Overlap = 5 * time.Second

const (
	page  = 500                    // jobs read at once
	most  = 5000                   // jobs that a stream keeps for a slow reader
	pause = 100 * time.Millisecond // between two looks, however many signals there are
)

// Config is what a hub works with; Store must be set.
type Config struct {
	Store *store.Store
	Log   *slog.Logger // nil: nothing is logged
	// Poll is how often the jobs are looked at without a signal; 0 is 1 s on
	// SQLite and 10 s on PostgreSQL.
	Poll time.Duration
}

// Hub passes changes on to streams. It is safe for concurrent use.
type Hub struct {
	c    Config
	wake chan struct{}

	mu      sync.Mutex
	streams map[*Stream]bool
	stopped bool
	end     context.CancelFunc // of the loop; nil while there is none
	loops   sync.WaitGroup
}

// New makes a hub, which does nothing until somebody opens a stream.
func New(c Config) *Hub {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Poll == 0 {
		c.Poll = time.Second
		if c.Store.Dialect() == store.Postgres {
			c.Poll = 10 * time.Second
		}
	}
	return &Hub{c: c, wake: make(chan struct{}, 1), streams: map[*Stream]bool{}}
}

// Stream is what one browser has not been told yet. It belongs to one goroutine.
type Stream struct {
	hub   *Hub
	ready chan struct{}

	// Guarded by hub.mu.
	jobs map[int64]lab.Job
	sets map[int64]bool
	lost bool
	over bool
}

// Open begins a stream of what changes from now on.
func (h *Hub) Open() *Stream {
	s := &Stream{hub: h, ready: make(chan struct{}, 1), jobs: map[int64]lab.Job{}, sets: map[int64]bool{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		s.over = true
		nudge(s.ready)
		return s
	}
	h.streams[s] = true
	if h.end == nil {
		ctx, end := context.WithCancel(context.Background())
		h.end = end
		h.loops.Go(func() { h.loop(ctx) })
	}
	return s
}

// Close ends the stream.
func (s *Stream) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	delete(s.hub.streams, s)
	if len(s.hub.streams) == 0 && s.hub.end != nil {
		s.hub.end()
		s.hub.end = nil
	}
}

// Ready is told when there is something to take.
func (s *Stream) Ready() <-chan struct{} { return s.ready }

// News is what a stream has not told yet.
type News struct {
	Jobs []lab.Job // in the order of change
	Sets []int64   // that a change signalled, ascending
	Lost bool      // there was too much: read everything anew
	Over bool      // the server is stopping
}

// Take returns what is there and forgets it.
func (s *Stream) Take() News {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	n := News{Lost: s.lost, Over: s.over}
	for _, j := range s.jobs {
		n.Jobs = append(n.Jobs, j)
	}
	slices.SortFunc(n.Jobs, func(a, b lab.Job) int {
		if c := a.ChangedAt.Compare(b.ChangedAt); c != 0 {
			return c
		}
		return int(a.ID - b.ID)
	})
	for id := range s.sets {
		n.Sets = append(n.Sets, id)
	}
	slices.Sort(n.Sets)
	clear(s.jobs)
	clear(s.sets)
	s.lost = false
	return n
}

func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Stop ends all streams and the loop; streams opened later are over at once.
func (h *Hub) Stop() {
	h.mu.Lock()
	h.stopped = true
	for s := range h.streams {
		s.over = true
		nudge(s.ready)
	}
	if h.end != nil {
		h.end()
		h.end = nil
	}
	h.mu.Unlock()
	h.loops.Wait()
}

// loop follows the jobs until ctx ends.
func (h *Hub) loop(ctx context.Context) {
	stop := h.c.Store.Subscribe(h.hear)
	defer stop()
	poll := time.NewTicker(h.c.Poll)
	defer poll.Stop()
	f := follower{seen: map[int64]time.Time{}}
	for {
		if err := h.look(ctx, &f); err != nil && ctx.Err() == nil {
			h.c.Log.LogAttrs(ctx, slog.LevelError, "follow jobs", slog.String("error", err.Error()))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		case <-poll.C:
		}
	}
}

// hear is told each signal of the store.
func (h *Hub) hear(topic string) {
	if topic == store.TopicJob || topic == "" {
		nudge(h.wake)
	}
	noun, id, _ := strings.Cut(topic, ":")
	if set, err := strconv.ParseInt(id, 10, 64); err == nil && noun == "set" {
		h.tell(func(s *Stream) { s.sets[set] = true })
	}
	if topic == "" {
		// Signals of other processes may be lost: sets have no other record.
		h.tell(func(s *Stream) { s.lost = true })
	}
}

// tell adds to all streams.
func (h *Hub) tell(add func(*Stream)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.streams {
		add(s)
		nudge(s.ready)
	}
}

// follower is a place in the order of changes.
type follower struct {
	begun bool
	last  time.Time           // the newest change seen
	seen  map[int64]time.Time // the change of each job that was passed on, since Overlap before last
}

// look passes on the jobs that have changed since the look before.
func (h *Hub) look(ctx context.Context, f *follower) error {
	return h.c.Store.Read(ctx, func(tx *store.Tx) error {
		if !f.begun {
			last, err := tx.LastJobChange(ctx)
			if err != nil {
				return err
			}
			if last.IsZero() {
				last = time.Unix(0, 0) // PostgreSQL has no year 0
			}
			f.begun, f.last = true, last
		}
		since, after := f.last.Add(-Overlap), int64(0)
		for {
			jobs, err := tx.JobsChanged(ctx, since, after, page)
			if err != nil {
				return err
			}
			h.pass(f.fresh(jobs))
			if len(jobs) < page {
				return nil
			}
			since, after = jobs[len(jobs)-1].ChangedAt, jobs[len(jobs)-1].ID
		}
	})
}

// fresh returns the jobs that were not seen in this state, and remembers them.
func (f *follower) fresh(jobs []lab.Job) []lab.Job {
	var list []lab.Job
	for _, j := range jobs {
		if at, ok := f.seen[j.ID]; ok && at.Equal(j.ChangedAt) {
			continue
		}
		f.seen[j.ID] = j.ChangedAt
		if j.ChangedAt.After(f.last) {
			f.last = j.ChangedAt
		}
		list = append(list, j)
	}
	for id, at := range f.seen {
		if at.Before(f.last.Add(-Overlap)) {
			delete(f.seen, id)
		}
	}
	return list
}

func (h *Hub) pass(jobs []lab.Job) {
	if len(jobs) == 0 {
		return
	}
	h.tell(func(s *Stream) {
		for _, j := range jobs {
			s.jobs[j.ID] = j
		}
		if len(s.jobs) > most {
			clear(s.jobs)
			s.lost = true
		}
	})
}
