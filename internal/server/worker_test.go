package server_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/server"
	"vidjil.org/vidjil/internal/store"
)

// TestWorker: a worker beside a server does what is in the queue, and ends when
// it is told to.
func TestWorker(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	st, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(data, "vidjil.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- server.RunWorker(ctx, server.Config{Settings: config.Config{Data: data, Workers: config.Workers{Count: 1, Name: "beside"}}})
	}()
	// The house is kept: nobody else asks for that job.
	limit := time.After(time.Minute)
	for {
		var jobs []lab.Job
		err := st.Read(t.Context(), func(tx *store.Tx) (err error) {
			jobs, err = tx.Jobs(t.Context(), store.JobFilter{Kinds: []lab.JobKind{lab.JobCollect}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(jobs) == 1 && jobs[0].State.Ended() {
			if jobs[0].State != lab.JobDone || jobs[0].Worker != "beside" {
				t.Errorf("got %s by %s: %s, want done by beside", jobs[0].State, jobs[0].Worker, jobs[0].Error)
			}
			break
		}
		select {
		case <-time.After(20 * time.Millisecond): // SQLite tells other processes nothing
		case err := <-ended:
			t.Fatalf("the worker ended: %v", err)
		case <-limit:
			t.Fatalf("the job is not done: %+v", jobs)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("stopped: %v", err)
	}
}

func TestWorkerRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		c    config.Config
		code lab.Code
	}{
		{"no data directory", config.Config{Data: filepath.Join(t.TempDir(), "none")}, lab.NotFound},
		{"no workers", config.Config{Data: t.TempDir(), Workers: config.Workers{Count: -1}}, lab.Usage},
		{"no such lane", config.Config{Data: t.TempDir(), Workers: config.Workers{Lanes: []string{"fast"}}}, lab.Usage},
	} {
		if err := server.RunWorker(t.Context(), server.Config{Settings: tt.c}); lab.CodeOf(err) != tt.code {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.code)
		}
	}
}
