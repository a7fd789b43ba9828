package job

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/trace"
)

// Handler does the jobs of a kind. It must come to its end soon after ctx is
// cancelled; why it was tells context.Cause. Its error becomes the job's: a
// [lab.Error] is shown to people as it is and so must name nobody, and its code
// decides whether the job is tried again.
type Handler func(ctx context.Context, r *Run) error

// Config is what a pool works with. Store and Handlers must be set; the zero of
// any other field is the default named there.
type Config struct {
	Store    *store.Store
	Handlers map[lab.JobKind]Handler
	Log      *slog.Logger // nil: nothing is logged
	// Watcher is told how attempts end; nil is nobody.
	Watcher Watcher
	// Trace is where the steps of jobs go; nil is nowhere.
	Trace *trace.Tracer

	// Workers is how many jobs run at the same time; 0 is one less than there
	// are cores, and 1 at least. Where there are more than one, one of them
	// takes short jobs only.
	Workers int
	// Lanes are those that the pool takes jobs of; empty is all.
	Lanes []lab.Lane
	// Name tells the pool from all others that run at the same time, and is the
	// same when it is started anew: leases that an earlier life left behind are
	// taken back at once. Empty is host and process, of which nothing is left.
	Name string

	// Lease is how long a job may be without sign of life before it is given to
	// another worker; 0 is 60 s. All pools of a database must have the same.
	Lease time.Duration
	// Beat is the time between signs of life; 0 is a sixth of Lease.
	Beat time.Duration
	// Flush is how often progress and log are written when there is news; 0 is
	// 1 s.
	Flush time.Duration
	// Poll is how often the queue is looked at without a signal; 0 is 1 s on
	// SQLite, where other processes cannot signal, and 10 s on PostgreSQL.
	Poll time.Duration
	// Grace is how long running jobs may go on when the pool stops, before they
	// are interrupted; 0 is 20 s, negative is not at all.
	Grace time.Duration
}

// Watcher is told how an attempt at a job ended: the state that the job came into
// by it, "queued" for one that will be tried again, and how long the attempt
// took. It is called by many goroutines.
type Watcher interface {
	JobEnded(kind lab.JobKind, state lab.JobState, took time.Duration)
}

// Pool runs jobs. It is safe for concurrent use.
type Pool struct {
	c     Config
	kinds []lab.JobKind

	base      context.Context //nolint:containedctx // of all jobs: they outlive the call of Start
	interrupt context.CancelCauseFunc
	wake      chan struct{} // there may be something to claim
	look      chan struct{} // somebody cancelled a job
	stopping  chan struct{}
	looped    chan struct{} // closed when the loop has ended
	unsub     func()

	mu      sync.Mutex
	state   int             // of the pool itself
	drained bool            // nothing begins any more
	running map[string]*Run // by lease
	idle    chan struct{}   // closed when drained and nothing runs
}

const (
	fresh = iota
	started
	stopped
)

// New checks the configuration.
func New(c Config) (*Pool, error) {
	if c.Store == nil || len(c.Handlers) == 0 {
		return nil, errors.New("job pool: wants a store and handlers")
	}
	if c.Workers < 0 || c.Lease < 0 || c.Beat < 0 || c.Flush < 0 || c.Poll < 0 {
		return nil, lab.Errorf(lab.Usage, "job pool: workers and times must not be negative")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Workers == 0 {
		c.Workers = max(1, runtime.GOMAXPROCS(0)-1)
	}
	if len(c.Lanes) == 0 {
		c.Lanes = []lab.Lane{lab.LaneShort, lab.LaneLong}
	}
	if c.Name == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "localhost"
		}
		c.Name = fmt.Sprintf("%s:%d", host, os.Getpid())
	}
	poll := time.Second
	if c.Store.Dialect() == store.Postgres {
		poll = 10 * time.Second
	}
	for _, d := range []struct {
		field *time.Duration
		zero  time.Duration
	}{{&c.Lease, time.Minute}, {&c.Flush, time.Second}, {&c.Poll, poll}, {&c.Grace, 20 * time.Second}} {
		if *d.field == 0 {
			*d.field = d.zero
		}
	}
	if c.Beat == 0 {
		c.Beat = c.Lease / 6
	}
	if c.Beat > c.Lease/2 {
		return nil, lab.Errorf(lab.Usage, "job pool: a beat every %s cannot keep a lease of %s", c.Beat, c.Lease)
	}
	p := &Pool{
		c: c, wake: make(chan struct{}, 1), look: make(chan struct{}, 1),
		stopping: make(chan struct{}), looped: make(chan struct{}), idle: make(chan struct{}),
		running: map[string]*Run{},
	}
	for k := range c.Handlers {
		p.kinds = append(p.kinds, k)
	}
	slices.Sort(p.kinds)
	return p, nil
}

// Start takes back what an earlier life of the pool left behind and begins to
// work. The jobs do not end with ctx but with Stop.
func (p *Pool) Start(ctx context.Context) error {
	skew, err := p.c.Store.ClockSkew(ctx)
	if err != nil {
		return fmt.Errorf("start workers: %w", err)
	}
	// Leases are judged by the clock of whoever looks.
	if skew.Abs() > p.c.Lease/4 {
		return lab.Errorf(lab.Unavailable, "the clock of this machine differs by %s from the database server's: set both by NTP, then start again", skew.Round(time.Second))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state != fresh {
		return errors.New("start workers: a pool is started once")
	}
	if err := p.takeBack(ctx, p.c.Name); err != nil {
		return fmt.Errorf("start workers: %w", err)
	}
	p.state = started
	p.base, p.interrupt = context.WithCancelCause(context.WithoutCancel(ctx))
	p.unsub = p.c.Store.Subscribe(func(topic string) {
		if topic == store.TopicQueue || topic == "" {
			nudge(p.wake)
		}
		if topic == store.TopicCancel || topic == "" {
			nudge(p.look)
		}
	})
	go p.loop(p.base)
	return nil
}

// nudge tells a channel of one place, which may have been told already.
func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Stop ends the pool: it claims nothing more, lets running jobs go on for the
// grace, then interrupts them; they are queued again and lose no attempt. It
// returns when all have ended, or with an error that names those that had not
// when ctx ended; their leases run out. It may be called twice.
func (p *Pool) Stop(ctx context.Context) error {
	p.mu.Lock()
	was := p.state
	p.state = stopped
	if was == started {
		close(p.stopping)
	}
	p.mu.Unlock()
	if was == fresh {
		return nil
	}
	<-p.looped // nothing begins any more
	p.mu.Lock()
	if !p.drained {
		p.drained = true
		p.unsub()
		p.settleIdle()
	}
	p.mu.Unlock()
	grace := time.NewTimer(max(p.c.Grace, 0))
	defer grace.Stop()
	select {
	case <-p.idle:
	case <-grace.C:
	case <-ctx.Done():
	}
	p.interrupt(ErrStopping)
	// A ctx that is over already gives handlers a moment all the same.
	last := time.NewTimer(5 * time.Second)
	defer last.Stop()
	select {
	case <-p.idle:
	case <-ctx.Done():
		select {
		case <-p.idle:
		case <-last.C:
			return p.stuck()
		}
	}
	return nil
}

// stuck names the jobs that did not heed their context.
func (p *Pool) stuck() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []int64
	for _, r := range p.running {
		ids = append(ids, r.Job.ID)
	}
	slices.Sort(ids)
	return lab.Errorf(lab.Unavailable, "jobs %v did not stop in time; they will be taken back in %s", ids, p.c.Lease)
}

// settleIdle closes idle when the last job of a drained pool has ended; p.mu is
// held.
func (p *Pool) settleIdle() {
	if !p.drained || len(p.running) > 0 {
		return
	}
	select {
	case <-p.idle:
	default:
		close(p.idle)
	}
}

// loop claims, cancels and takes back until the pool stops.
func (p *Pool) loop(ctx context.Context) {
	defer close(p.looped)
	poll := time.NewTimer(0) // the first look is at once
	defer poll.Stop()
	reap := time.NewTicker(max(p.c.Lease/4, time.Millisecond))
	defer reap.Stop()
	for {
		var next time.Duration
		select {
		case <-p.stopping:
			return
		case <-p.look:
			p.cancelAsked(ctx)
			continue
		case <-reap.C:
			p.report(ctx, "take back jobs", p.takeBack(ctx, ""))
			continue
		case <-p.wake:
			next = p.claim(ctx)
		case <-poll.C:
			p.cancelAsked(ctx)
			next = p.claim(ctx)
		}
		poll.Reset(next)
	}
}

func (p *Pool) report(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		p.c.Log.LogAttrs(ctx, slog.LevelError, what, slog.String("worker", p.c.Name), slog.String("error", err.Error()))
	}
}

// claim fills the free places and returns when to look again.
func (p *Pool) claim(ctx context.Context) time.Duration {
	for {
		lanes := p.free()
		if len(lanes) == 0 {
			return p.c.Poll
		}
		var j lab.Job
		var found bool
		next := p.c.Poll
		err := p.c.Store.Write(ctx, func(tx *store.Tx) (err error) {
			j, found, err = tx.ClaimJob(ctx, store.Claim{Worker: p.c.Name, Lease: rand.Text(), Lanes: lanes, Kinds: p.kinds})
			if err != nil || found {
				return err
			}
			at, err := tx.NextRun(ctx)
			if !at.IsZero() {
				// Rounded up: a timer that is early finds nothing.
				next = min(next, at.Sub(tx.Now)+time.Millisecond)
			}
			return err
		})
		if err != nil {
			p.report(ctx, "claim job", err)
			return p.c.Poll
		}
		if !found {
			return next
		}
		p.begin(j)
		select {
		case <-p.stopping:
			return p.c.Poll
		default:
		}
	}
}

// free lists the lanes that there is a place for.
func (p *Pool) free() []lab.Lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.running) >= p.c.Workers {
		return nil
	}
	long := 0
	for _, r := range p.running {
		if r.Job.Lane == lab.LaneLong {
			long++
		}
	}
	if p.c.Workers > 1 && long >= p.c.Workers-1 && slices.Contains(p.c.Lanes, lab.LaneShort) {
		return []lab.Lane{lab.LaneShort}
	}
	return p.c.Lanes
}

// begin runs a claimed job in a goroutine of its own.
func (p *Pool) begin(j lab.Job) {
	ctx, cancel := context.WithCancelCause(p.base)
	r := &Run{Job: j, pool: p, cancel: cancel, journal: journal{full: make(chan struct{}, 1)}}
	p.mu.Lock()
	p.running[j.Lease] = r
	p.mu.Unlock()
	go func() {
		defer func() {
			cancel(nil)
			p.mu.Lock()
			delete(p.running, j.Lease)
			p.settleIdle()
			p.mu.Unlock()
			nudge(p.wake)
		}()
		r.work(ctx)
	}()
}

// cancelAsked interrupts the jobs of this pool that people asked to stop.
func (p *Pool) cancelAsked(ctx context.Context) {
	p.mu.Lock()
	n := len(p.running)
	p.mu.Unlock()
	if n == 0 {
		return
	}
	var leases []string
	err := p.c.Store.Read(ctx, func(tx *store.Tx) (err error) {
		leases, err = tx.CancelledLeases(ctx, p.c.Name)
		return err
	})
	p.report(ctx, "look for cancelled jobs", err)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, lease := range leases {
		if r := p.running[lease]; r != nil {
			r.cancel(ErrCancelled)
		}
	}
}

// takeBack gives the jobs of dead workers back to the queue: those whose lease
// has run out, and all of the named worker. Those that this pool runs are alive
// whatever the clock says, as after a night with the lid closed.
func (p *Pool) takeBack(ctx context.Context, worker string) error {
	var mine []string
	if worker == "" {
		p.mu.Lock()
		for lease := range p.running {
			mine = append(mine, lease)
		}
		p.mu.Unlock()
	}
	var lost []lab.Job
	err := p.c.Store.Write(ctx, func(tx *store.Tx) (err error) {
		lost, err = tx.TakeBackJobs(ctx, store.TakeBack{Before: tx.Now.Add(-p.c.Lease), Worker: worker, Except: mine})
		return err
	})
	for _, j := range lost {
		p.c.Log.LogAttrs(ctx, slog.LevelWarn, "job taken back", slog.Int64("job_id", j.ID), slog.String("worker", j.Worker), slog.Int("attempt", j.Attempt), slog.Time("beat_at", j.BeatAt))
	}
	return err
}
