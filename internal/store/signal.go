package store

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Topics of signals that are not about one object.
const (
	TopicQueue  = "queue"  // there may be a job for a worker
	TopicCancel = "cancel" // a running job is to be stopped
	TopicJob    = "job"    // a job changed in a way that people can see
)

// Signal notes that something changed, of which others are told once the
// transaction is committed: a topic above, or a noun and an id as "set:12". It
// carries no content; whoever hears it reads what there is now. On PostgreSQL
// other processes hear it too; on SQLite they have to look from time to time.
func (tx *Tx) Signal(topic string) {
	if tx.signals == nil {
		tx.signals = map[string]bool{}
	}
	tx.signals[topic] = true
}

// Subscribe calls f with the topic of each signal, and with "" when signals may
// have been missed. f must not block or use the store. stop ends it, after which
// f is not called any more.
func (s *Store) Subscribe(f func(topic string)) (stop func()) {
	return s.signals.subscribe(f)
}

// channel is PostgreSQL's name for all signals.
const channel = "vidjil"

// signals tells the subscribers of this process, and those of others through
// PostgreSQL.
type signals struct {
	origin string          // tells our own notifications from those of others
	cfg    *pgx.ConnConfig // nil on SQLite

	mu     sync.Mutex
	subs   map[*func(string)]bool
	cancel context.CancelFunc // ends the listener, nil when there is none
	ended  chan struct{}
}

func newSignals(cfg *pgx.ConnConfig) *signals {
	return &signals{origin: rand.Text()[:8], cfg: cfg, subs: map[*func(string)]bool{}}
}

func (g *signals) subscribe(f func(topic string)) (stop func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := &f
	g.subs[key] = true
	if g.cfg != nil && g.cancel == nil {
		ctx, cancel := context.WithCancel(context.Background())
		g.cancel, g.ended = cancel, make(chan struct{})
		go g.listen(ctx, g.ended)
	}
	return func() {
		if ended := g.unsubscribe(key); ended != nil {
			<-ended
		}
	}
}

// unsubscribe returns what closes when the listener has ended, which goes with
// the last subscriber.
func (g *signals) unsubscribe(key *func(string)) (ended chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.subs, key)
	if len(g.subs) > 0 || g.cancel == nil {
		return nil
	}
	g.cancel()
	ended, g.cancel, g.ended = g.ended, nil, nil
	return ended
}

// tell calls the subscribers of this process.
func (g *signals) tell(topic string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for f := range g.subs {
		(*f)(topic)
	}
}

// listen passes on what other processes signal until ctx ends. A lost connection
// is made again, and what was missed meanwhile is told as "".
func (g *signals) listen(ctx context.Context, ended chan struct{}) {
	defer close(ended)
	// At the first time there is nothing that could have been missed but what
	// came between the subscribers' own first look and now.
	catchUp := []string{TopicQueue, TopicCancel, TopicJob}
	for ctx.Err() == nil {
		_ = g.listenOnce(ctx, catchUp) // the subscribers' own polls go on without us
		catchUp = []string{""}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (g *signals) listenOnce(ctx context.Context, catchUp []string) error {
	conn, err := pgx.ConnectConfig(ctx, g.cfg.Copy())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing was written
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	for _, topic := range catchUp {
		g.tell(topic)
	}
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		if origin, topic, ok := strings.Cut(n.Payload, " "); ok && origin != g.origin {
			g.tell(topic)
		}
	}
}

// flushSignals hands the signals of a transaction to PostgreSQL, which sends
// them with the commit.
func (tx *Tx) flushSignals(ctx context.Context, origin string) error {
	if tx.dialect != Postgres {
		return nil
	}
	for topic := range tx.signals {
		if _, err := tx.exec(ctx, "SELECT pg_notify(?, ?)", channel, origin+" "+topic); err != nil {
			return err
		}
	}
	return nil
}
