package store_test

import (
	"context"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

func TestSignals(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		told := make(chan string, 10)
		stop := s.Subscribe(func(topic string) {
			switch topic {
			case "", store.TopicQueue, store.TopicCancel, store.TopicJob: // told when the listener is ready, too
			default:
				told <- topic
			}
		})
		stop2 := s.Subscribe(func(string) {})
		defer stop2()
		_ = s.Write(t.Context(), func(tx *store.Tx) error {
			tx.Signal("never")
			return context.Canceled
		})
		write(t, s, func(_ context.Context, tx *store.Tx) error {
			tx.Signal("set:1")
			tx.Signal("set:1")
			return nil
		})
		if got := <-told; got != "set:1" || len(told) != 0 {
			t.Errorf("got %q and %d more, want set:1 alone", got, len(told))
		}
		stop()
		write(t, s, func(_ context.Context, tx *store.Tx) error {
			tx.Signal("set:2")
			return nil
		})
		if len(told) != 0 {
			t.Error("told after the end of the subscription")
		}
	})
}

// TestSignalsOfOthers has two processes on PostgreSQL.
func TestSignalsOfOthers(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	open := func() *store.Store {
		s, err := store.Open(t.Context(), store.Config{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	here, there := open(), open()
	listens, told := make(chan struct{}, 1), make(chan string, 10)
	stop := here.Subscribe(func(topic string) {
		if topic == store.TopicJob { // the last of what is told when the listener is ready
			listens <- struct{}{}
		}
		if topic == "set:1" {
			told <- topic
		}
	})
	defer stop()
	wait := func(what string, c <-chan struct{}) {
		select {
		case <-c:
		case <-time.After(time.Minute):
			t.Fatalf("%s: not within a minute", what)
		}
	}
	wait("listen", listens)
	for range 2 {
		write(t, there, func(_ context.Context, tx *store.Tx) error {
			tx.Signal("set:1")
			return nil
		})
		select {
		case <-told:
		case <-time.After(time.Minute):
			t.Fatal("the other process was not heard")
		}
	}
	// The listener's connection is cut; it comes back and says that something may
	// have been missed.
	missed := make(chan struct{}, 10)
	stop2 := here.Subscribe(func(topic string) {
		if topic == "" {
			missed <- struct{}{}
		}
	})
	defer stop2()
	write(t, there, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN vidjil' AND datname = current_database()").Exec(ctx)
		return err
	})
	wait("listen again", missed)
}
