package job_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// The figures of docs/decisions/0009-own-queue.md:
//
//	go test ./internal/job -run - -bench . -benchtime 3000x
//
// PostgreSQL as storetest starts it does not wait for the disk; with
// TEST_POSTGRES_URL of one that does, neither does the benchmark flatter.

func each(b *testing.B, f func(b *testing.B, s *store.Store)) {
	b.Helper()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			s, err := store.Open(b.Context(), store.Config{URL: url(b)})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			f(b, s)
		})
	}
}

func enqueue(b *testing.B, s *store.Store, n int) {
	b.Helper()
	jobs := make([]lab.Job, n)
	for i := range jobs {
		jobs[i] = lab.Job{Kind: lab.JobFuse, GroupID: int64(i % 7)}
	}
	err := s.Write(context.Background(), func(tx *store.Tx) error {
		_, _, err := job.Enqueue(context.Background(), tx, jobs...)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkEnqueue: one job a transaction, as a person's click makes it.
func BenchmarkEnqueue(b *testing.B) {
	each(b, func(b *testing.B, s *store.Store) {
		for b.Loop() {
			enqueue(b, s, 1)
		}
	})
}

// BenchmarkEnqueueMany: a hundred jobs a transaction, per job.
func BenchmarkEnqueueMany(b *testing.B) {
	each(b, func(b *testing.B, s *store.Store) {
		for range b.N/100 + 1 {
			enqueue(b, s, 100)
		}
	})
}

// BenchmarkWork: jobs that do nothing, of seven groups, by one pool of 50
// workers, per job, from a queue of b.N.
func BenchmarkWork(b *testing.B) {
	each(b, func(b *testing.B, s *store.Store) {
		for n := 0; n < b.N; n += 1000 {
			enqueue(b, s, min(1000, b.N-n))
		}
		var left atomic.Int64
		left.Store(int64(b.N))
		done := make(chan struct{})
		p, err := job.New(job.Config{Store: s, Workers: 50, Handlers: handlers(func(context.Context, *job.Run) error {
			if left.Add(-1) == 0 {
				close(done)
			}
			return nil
		})})
		if err != nil {
			b.Fatal(err)
		}
		b.ResetTimer()
		if err := p.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		<-done
		if err := p.Stop(context.Background()); err != nil { // waits until the last is settled
			b.Fatal(err)
		}
	})
}

// BenchmarkIdleToStart: from before the transaction that enqueues to the first
// line of the handler, on an idle server.
func BenchmarkIdleToStart(b *testing.B) {
	each(b, func(b *testing.B, s *store.Store) {
		begun := make(chan struct{})
		p, err := job.New(job.Config{Store: s, Handlers: handlers(func(context.Context, *job.Run) error { begun <- struct{}{}; return nil })})
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		defer p.Stop(context.Background())
		var took time.Duration
		for range b.N {
			start := time.Now()
			enqueue(b, s, 1)
			<-begun
			took += time.Since(start)
		}
		b.ReportMetric(float64(took.Microseconds())/float64(b.N), "µs/start")
	})
}
