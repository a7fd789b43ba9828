package pipeline_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/store"
)

// TestBadInput: what cannot be read fails at once, and says why without saying
// whose it is.
func TestBadInput(t *testing.T) {
	t.Parallel()
	good := demo(t)
	for _, tt := range []struct {
		name    string
		content []byte
		want    string // in the error
	}{
		{"truncated", good[:len(good)/2], "reads: record"},
		{"damaged", append(bytes.Clone(good[:20_000]), bytes.Repeat([]byte{7}, 3000)...), "reads"},
		{"empty", []byte(""), "no sequence"},
		{"no reads", []byte("%PDF-1.7 not reads\n"), "reads"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "sqlite:"+filepath.Join(t.TempDir(), "vidjil.db"), t.TempDir())
			run := b.set("run 1")
			b.workers(nil)
			sample := b.sample("DUPONT Marie", run)
			b.arrive(sample, lab.RoleReads, 0, tt.content)
			j, _ := b.run(sample, b.config)
			got := b.ended(j.ID)
			if got.State != lab.JobFailed || got.ErrorCode != lab.Invalid || got.Attempt != 1 {
				t.Fatalf("got %s %s at attempt %d: %s, want failed, invalid, 1", got.State, got.ErrorCode, got.Attempt, got.Error)
			}
			if !strings.Contains(got.Error, tt.want) || strings.Contains(got.Error, "DUPONT") {
				t.Errorf("got error %q, want %q in it and no name", got.Error, tt.want)
			}
			if n := len(b.results(sample)); n != 0 {
				t.Errorf("got %d results of it", n)
			}
		})
	}
}

// TestDamagedBlob: the disk has changed a byte of what was uploaded.
func TestDamagedBlob(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := newBench(t, "sqlite:"+filepath.Join(t.TempDir(), "vidjil.db"), dir)
	sample := b.sample("S1", b.set("run 1"))
	// Plain text, so that the change is seen by the digest alone.
	f := b.arrive(sample, lab.RoleReads, 0, bytes.Repeat([]byte(">r\nACGTACGTACGTACGTAACCGGTT\n"), 100))
	path := filepath.Join(dir, "blobs", "sha256", f.Digest[:2], f.Digest[2:4], f.Digest)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[1000] = "AC"[map[byte]int{'A': 1}[text[1000]]]
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	b.workers(nil)
	j, _ := b.run(sample, b.config)
	if got := b.ended(j.ID); got.State != lab.JobFailed || !strings.Contains(got.Error, "damaged") {
		t.Errorf("got %s %q, want failed and damaged", got.State, got.Error)
	}
}

// slowSource gives the start of the demo reads and then nothing until its job
// ends.
type slowSource struct {
	ctx     context.Context //nolint:containedctx // a reader has no other way to know
	start   io.Reader
	reading chan<- struct{}
}

func (s *slowSource) Read(p []byte) (int, error) {
	n, err := s.start.Read(p)
	if err != io.EOF {
		return n, err
	}
	select {
	case s.reading <- struct{}{}:
	default:
	}
	<-s.ctx.Done()
	return 0, context.Cause(s.ctx)
}

func (s *slowSource) Close() error { return nil }

// TestCancel: a person stops an analysis in the middle.
func TestCancel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		run := b.set("run 1")
		sample := b.sample("S1", run)
		b.mount(sample, "s1.fastq.gz", demo(t))
		reading := make(chan struct{}, 1)
		p, err := pipeline.New(pipeline.Config{
			Store: b.Store, Blobs: b.blobs, Version: "test",
			OpenSource: func(ctx context.Context, _, _ string) (io.ReadCloser, int64, error) {
				return &slowSource{ctx, bytes.NewReader(demo(t)[:100_000]), reading}, 1 << 20, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		b.workers(func(h map[lab.JobKind]job.Handler) { h[lab.JobAnalyze] = p.Handlers()[lab.JobAnalyze] })
		j, _ := b.run(sample, b.config)
		<-reading
		b.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.CancelJob(ctx, j.ID)
			return err
		})
		if got := b.ended(j.ID); got.State != lab.JobCancelled {
			t.Errorf("got %s, want cancelled", got.State)
		}
		b.idle()
		if n := len(b.results(sample)); n != 0 {
			t.Errorf("got %d results", n)
		}
		for info, err := range b.blobs.List(t.Context(), "") {
			t.Errorf("a cancelled analysis left the blob %s (%v)", info.Digest, err)
		}
	})
}

// TestMounted: files of a mounted folder go, come back and change.
func TestMounted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.workers(nil)
		sample := b.sample("S1", b.set("run 1"))
		f := b.mount(sample, "s1.fastq.gz", demo(t))
		state := func() (got lab.FileState) {
			b.write(func(ctx context.Context, tx *store.Tx) error {
				f, err := tx.FileByID(ctx, f.ID)
				got = f.State
				return err
			})
			return got
		}
		path := filepath.Join(b.folder, "s1.fastq.gz")

		j, _ := b.run(sample, b.config)
		first, s, p := b.result(j.ID)
		if p.Files[0].Digest == "" || first.ReadsDigest == "" || len(s.Warnings) > 0 {
			t.Errorf("first reading: got files %+v, warnings %+v", p.Files, s.Warnings)
		}

		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		j, _ = b.run(sample, b.config)
		if got := b.ended(j.ID); got.State != lab.JobFailed || got.ErrorCode != lab.NotFound || !strings.Contains(got.Error, "no longer in the folder runs") {
			t.Errorf("a missing file: got %s %s %q", got.State, got.ErrorCode, got.Error)
		}
		if got := state(); got != lab.FileMissing {
			t.Errorf("a missing file: got state %s", got)
		}

		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
		j, _ = b.run(sample, b.config)
		again, s, _ := b.result(j.ID)
		if got := state(); got != lab.FilePresent || again.ReadsDigest != first.ReadsDigest || len(s.Warnings) > 0 {
			t.Errorf("a file that came back: got state %s, warnings %+v", got, s.Warnings)
		}

		b.mountContent(path, bytes.Repeat([]byte(">other\nACGTACGTACGTACGTACGTACGT\n"), 10))
		j, _ = b.run(sample, b.config)
		changed, s, _ := b.result(j.ID)
		if len(s.Warnings) != 1 || s.Warnings[0].Code != "W1z" || !strings.Contains(s.Warnings[0].Message, "has changed since") || changed.ReadsDigest == first.ReadsDigest {
			t.Errorf("a file that changed: got warnings %+v", s.Warnings)
		}
		if got := b.table(changed).Head().Warnings; len(got) != 1 {
			t.Errorf("a file that changed: the table has warnings %+v", got)
		}
	})
}

func (b *bench) mountContent(path string, content []byte) {
	b.t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// TestPanic: a fault of the program fails a job and no more.
func TestPanic(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"put", "open"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "sqlite:"+filepath.Join(t.TempDir(), "vidjil.db"), t.TempDir())
			p, err := pipeline.New(pipeline.Config{Store: b.Store, Blobs: panicking{b.blobs, where}, OpenSource: b.openSource, Version: "test"})
			if err != nil {
				t.Fatal(err)
			}
			sample := b.sample("S1", b.set("run 1"))
			b.mount(sample, "s1.fastq.gz", demo(t))
			var j lab.Job
			b.write(func(ctx context.Context, tx *store.Tx) (err error) {
				j, _, err = pipeline.Plan(ctx, tx, pipeline.Request{Sample: sample, Revision: b.config})
				return err
			})
			b.workers(func(h map[lab.JobKind]job.Handler) {
				h[lab.JobAnalyze] = func(ctx context.Context, r *job.Run) error {
					r.Job.MaxAttempts = 1
					return p.Handlers()[lab.JobAnalyze](ctx, r)
				}
			})
			if got := b.ended(j.ID); got.State != lab.JobFailed || got.ErrorCode != lab.Internal || strings.Contains(got.Error, "secret") {
				t.Errorf("got %s %s %q, want failed, internal, and not what panicked", got.State, got.ErrorCode, got.Error)
			}
		})
	}
}

// panicking is a store of blobs with a fault.
type panicking struct {
	blob.Store
	where string
}

func (p panicking) Open(ctx context.Context, d blob.Digest) (blob.Reader, error) {
	if p.where == "open" {
		panic("secret")
	}
	return p.Store.Open(ctx, d)
}

func (p panicking) Put(ctx context.Context, r io.Reader, want blob.Digest) (blob.Info, error) {
	if p.where == "put" {
		panic("secret")
	}
	return p.Store.Put(ctx, r, want)
}

// TestCollect: chores are done, one after the other, whatever becomes of them.
func TestCollect(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		done := make(chan string, 10)
		chore := func(name string, err error) pipeline.Chore {
			return pipeline.Chore{Name: name, Do: func(_ context.Context, log io.Writer) error {
				done <- name
				_, _ = io.WriteString(log, name+" says this\n")
				return err
			}}
		}
		p, err := pipeline.New(pipeline.Config{
			Store: b.Store, Blobs: b.blobs, Chores: []pipeline.Chore{chore("first", lab.Errorf(lab.Invalid, "it is broken")), chore("second", nil)},
		})
		if err != nil {
			t.Fatal(err)
		}
		b.workers(func(h map[lab.JobKind]job.Handler) { h[lab.JobCollect] = p.Handlers()[lab.JobCollect] })
		keepers := []*pipeline.Keeper{{Store: b.Store}, {Store: b.Store}}
		for _, k := range keepers {
			if err := k.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer k.Stop()
		}
		if a, z := <-done, <-done; a != "first" || z != "second" {
			t.Errorf("got %s, %s", a, z)
		}
		b.idle()
		jobs := b.jobs(store.JobFilter{Kinds: []lab.JobKind{lab.JobCollect}})
		if len(jobs) != 1 || jobs[0].State != lab.JobFailed || !strings.Contains(b.log(jobs[0].ID), "second says this") {
			t.Errorf("got %+v, want one job that failed for the first chore", jobs)
		}
		keepers[0].Stop() // twice
	})
}
