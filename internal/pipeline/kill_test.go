package pipeline_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/store"
)

// The test binary runs itself as a worker, which can be killed.
const (
	urlVar = "VIDJIL_PIPELINE_TEST_URL"
	dirVar = "VIDJIL_PIPELINE_TEST_DIR"
	lease  = 2 * time.Second
)

func TestMain(m *testing.M) {
	if os.Getenv(urlVar) == "" {
		os.Exit(m.Run())
	}
	if err := beWorker(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// beWorker works until it is killed or its standard input ends.
func beWorker(ctx context.Context) error {
	s, err := store.Open(ctx, store.Config{URL: os.Getenv(urlVar)})
	if err != nil {
		return err
	}
	blobs, err := blob.OpenDir(filepath.Join(os.Getenv(dirVar), "blobs"))
	if err != nil {
		return err
	}
	p, err := pipeline.New(pipeline.Config{Store: s, Blobs: blobs, Version: "test", Threads: 1})
	if err != nil {
		return err
	}
	pool, err := job.New(job.Config{Store: s, Handlers: p.Handlers(), Workers: 2, Lease: lease, Flush: 5 * time.Millisecond, Poll: 50 * time.Millisecond})
	if err != nil {
		return err
	}
	if err := pool.Start(ctx); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// repeated is the demo reads many times over: an analysis that takes a while.
func repeated(t *testing.T, times int) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(demo(t)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return gzipped(t, bytes.Repeat(text, times))
}

// TestKill: workers are killed in the middle of analyses. Every sample gets its
// result, once, and all of them are fused.
func TestKill(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		const samples, kills = 6, 2 // a job is given up after three attempts
		run := b.set("run 1")
		reads := repeated(t, 15)
		want := map[int64]int64{} // job by sample
		for i := range samples {
			s := b.sample(fmt.Sprintf("S%d", i), run)
			b.arrive(s, lab.RoleReads, 0, reads)
			j, _ := b.run(s, b.config)
			want[s.ID] = j.ID
		}
		interrupted := map[int64]bool{}
		for range kills {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), urlVar+"="+b.url, dirVar+"="+b.dir)
			var log bytes.Buffer
			cmd.Stderr = &log
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			fresh := false
			b.until("an analysis in the middle", func(ctx context.Context, tx *store.Tx) (bool, error) {
				jobs, err := tx.Jobs(ctx, store.JobFilter{Kinds: []lab.JobKind{lab.JobAnalyze}, States: []lab.JobState{lab.JobRunning}})
				for _, j := range jobs {
					// Not one whose worker was killed before.
					if (!interrupted[j.ID] || j.Attempt > 1) && j.Reads > 0 && j.Progress > 0 && j.Progress < 0.8 {
						fresh = true
					}
				}
				return fresh, err
			})
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // it was killed
			for _, j := range b.jobs(store.JobFilter{States: []lab.JobState{lab.JobRunning}}) {
				interrupted[j.ID] = true
			}
			if t.Failed() {
				t.Log(log.String())
			}
		}
		if len(interrupted) == 0 {
			t.Fatal("no job was interrupted")
		}
		b.lease = lease
		b.workers(nil)
		_, in := b.fused(run, b.config)
		if len(in) != samples {
			t.Errorf("fused: got %d results, want %d", len(in), samples)
		}
		for sample, id := range want {
			j := b.done(id)
			rows := b.results(lab.Sample{ID: sample})
			if len(rows) != 1 || rows[0].JobID != id || j.ResultID != rows[0].ID {
				t.Errorf("sample %d: got %d results, want one, of job %d", sample, len(rows), id)
				continue
			}
			if rows[0].Reads != 15*2700 {
				t.Errorf("sample %d: got %d reads", sample, rows[0].Reads)
			}
			if s, err := lab.SummaryOf(&rows[0]); err != nil || s.Recombined == 0 {
				t.Errorf("sample %d: got %+v, %v", sample, s, err)
			}
			if interrupted[id] && j.Attempt < 2 {
				t.Errorf("job %d was interrupted, and is at attempt %d", id, j.Attempt)
			}
		}
		created := map[int64]int{}
		b.write(func(ctx context.Context, tx *store.Tx) error {
			return tx.AuditEach(ctx, func(e *lab.Entry) error {
				if e.Action == "result.create" {
					created[e.ObjectID]++
				}
				return nil
			})
		})
		if len(created) != samples {
			t.Errorf("audit: got results %v, want %d", created, samples)
		}
	})
}
