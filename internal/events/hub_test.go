package events_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"vidjil.org/vidjil/internal/events"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

func open(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func enqueue(t *testing.T, s *store.Store, n int) (ids []int64) {
	t.Helper()
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		for range n {
			j, _, err := tx.EnqueueJob(t.Context(), lab.Job{Kind: lab.JobFuse, Lane: lab.LaneShort, MaxAttempts: 1})
			if err != nil {
				return err
			}
			ids = append(ids, j.ID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// take waits until the stream has told of all the jobs, and returns how often it
// told of any.
func take(t *testing.T, s *events.Stream, ids []int64) (told int) {
	t.Helper()
	limit := time.After(time.Minute)
	missing := map[int64]bool{}
	for _, id := range ids {
		missing[id] = true
	}
	for len(missing) > 0 {
		select {
		case <-s.Ready():
		case <-limit:
			t.Fatalf("%d jobs were not told of", len(missing))
		}
		for _, j := range s.Take().Jobs {
			delete(missing, j.ID)
			told++
		}
	}
	return told
}

// TestHub has two hubs, of two processes, on one database: both tell of what
// happens in either.
func TestHub(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		here, there := open(t, url), open(t, url)
		poll := 50 * time.Millisecond
		if here.Dialect() == store.Postgres {
			poll = time.Hour // signals must do
		}
		hub, other := events.New(events.Config{Store: here, Poll: poll}), events.New(events.Config{Store: there, Poll: poll})
		defer hub.Stop()
		defer other.Stop()
		a, b, c := hub.Open(), hub.Open(), other.Open()
		defer a.Close()
		ids := enqueue(t, here, 1200) // more than one page
		for name, s := range map[string]*events.Stream{"a": a, "b": b, "c": c} {
			if told := take(t, s, ids); told != len(ids) {
				t.Errorf("stream %s: told of %d jobs, want %d, each once", name, told, len(ids))
			}
		}
		b.Close()
		more := enqueue(t, there, 3)
		take(t, a, more)
		take(t, c, more)
		if n := b.Take(); len(n.Jobs) != 0 {
			t.Error("a closed stream is told of jobs")
		}
	})
}

func TestHubTellsStates(t *testing.T) {
	t.Parallel()
	url := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		s := open(t, url)
		hub := events.New(events.Config{Store: s})
		defer hub.Stop()
		stream := hub.Open()
		defer stream.Close()
		id := enqueue(t, s, 1)[0]
		for i := range 5 {
			write(t, s, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.NewRaw("UPDATE jobs SET reads = ?, changed_at = ? WHERE id = ?", i+1, tx.Now, id).Exec(ctx)
				tx.Signal(store.TopicJob)
				tx.Signal("set:7")
				tx.Signal("set:x")
				tx.Signal("7")
				return err
			})
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(time.Second)
		n := stream.Take()
		if len(n.Jobs) != 1 || n.Jobs[0].Reads != 5 {
			t.Errorf("jobs: got %+v, want the newest state alone", n.Jobs)
		}
		if !slices.Equal(n.Sets, []int64{7}) || n.Lost || n.Over {
			t.Errorf("got %+v, want set 7", n)
		}
		if n := stream.Take(); len(n.Jobs)+len(n.Sets) != 0 {
			t.Errorf("taken twice: %+v", n)
		}
		// A change without a signal, as of another process, dated a little back.
		write(t, s, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewRaw("UPDATE jobs SET reads = 6, changed_at = ? WHERE id = ?", tx.Now.Add(-3*time.Second), id).Exec(ctx)
			return err
		})
		time.Sleep(1100 * time.Millisecond)
		if n := stream.Take(); len(n.Jobs) != 1 || n.Jobs[0].Reads != 6 {
			t.Errorf("without a signal: got %+v", n.Jobs)
		}
	})
}

func TestSlowStreamIsLost(t *testing.T) {
	t.Parallel()
	url := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		s := open(t, url)
		hub := events.New(events.Config{Store: s})
		slow := hub.Open()
		enqueue(t, s, 6000)
		time.Sleep(3 * time.Second)
		if n := slow.Take(); !n.Lost || len(n.Jobs) > 5000 {
			t.Errorf("got %d jobs, lost = %t, want few, true", len(n.Jobs), n.Lost)
		}
		enqueue(t, s, 1)
		time.Sleep(3 * time.Second)
		if n := slow.Take(); n.Lost || len(n.Jobs) != 1 {
			t.Errorf("afterwards: got %d jobs, lost = %t, want 1, false", len(n.Jobs), n.Lost)
		}
		hub.Stop()
		<-slow.Ready()
		if !slow.Take().Over {
			t.Error("a stopped hub goes on")
		}
		late := hub.Open()
		<-late.Ready()
		if !late.Take().Over {
			t.Error("a stream opened after the end goes on")
		}
	})
}

func write(t *testing.T, s *store.Store, f func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(fmt.Errorf("write: %w", err))
	}
}
