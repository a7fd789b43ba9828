package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// demoReads is a real sample of the repository.
const demoReads = "../../testdata/demo.fastq.gz"

// bench is a store, blobs and a group that owns all.
type bench struct {
	*store.Store
	t      *testing.T
	blobs  blob.Store
	url    string
	dir    string
	folder string // a mounted folder, named "runs"
	lease  time.Duration
	group  lab.Group
	config lab.ConfigRevision // analyses by the defaults
}

func each(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) { test(t, newBench(t, url, t.TempDir())) })
}

func newBench(t *testing.T, url, dir string) *bench {
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
	b := &bench{Store: s, t: t, url: url, dir: dir, folder: filepath.Join(dir, "runs")}
	if err := os.MkdirAll(b.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if b.blobs, err = blob.OpenDir(filepath.Join(dir, "blobs")); err != nil {
		t.Fatal(err)
	}
	b.group = lab.Group{Name: "laboratory", Kind: lab.GroupOrdinary}
	b.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertGroup(ctx, &b.group) })
	b.config = b.newConfig("multi", lab.ProgramVidjil, lab.Options{})
	return b
}

func (b *bench) write(f func(ctx context.Context, tx *store.Tx) error) {
	b.t.Helper()
	if err := b.Write(b.t.Context(), func(tx *store.Tx) error { return f(b.t.Context(), tx) }); err != nil {
		b.t.Fatal(err)
	}
}

// openSource opens a file of the folder.
func (b *bench) openSource(_ context.Context, _, path string) (io.ReadCloser, int64, error) {
	f, err := os.Open(filepath.Join(b.folder, path))
	if err != nil {
		return nil, 0, lab.Errorf(lab.NotFound, "there is no such file")
	}
	info, err := f.Stat()
	return f, info.Size(), err
}

func (b *bench) pipeline() *pipeline.Pipeline {
	b.t.Helper()
	p, err := pipeline.New(pipeline.Config{Store: b.Store, Blobs: b.blobs, OpenSource: b.openSource, Version: "test"})
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// workers start a pool that ends with the test; change may be nil.
func (b *bench) workers(change func(h map[lab.JobKind]job.Handler)) *job.Pool {
	b.t.Helper()
	h := b.pipeline().Handlers()
	if change != nil {
		change(h)
	}
	var log bytes.Buffer
	p, err := job.New(job.Config{
		Store: b.Store, Handlers: h, Workers: 2, Lease: b.lease, Flush: 20 * time.Millisecond, Poll: 100 * time.Millisecond, Grace: -1,
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := p.Start(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if err := p.Stop(context.Background()); err != nil {
			b.t.Error(err)
		}
		if b.t.Failed() {
			b.t.Log(log.String())
		}
	})
	return p
}

func (b *bench) newConfig(name, program string, o lab.Options) lab.ConfigRevision {
	b.t.Helper()
	c := lab.Config{Name: name, GroupID: b.group.ID}
	b.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertConfig(ctx, &c) })
	return b.revise(c.ID, 1, program, o)
}

func (b *bench) revise(configID int64, number int, program string, o lab.Options) lab.ConfigRevision {
	b.t.Helper()
	r := lab.ConfigRevision{ConfigID: configID, Number: number, Program: program, Options: o.Encode()}
	r.Digest = lab.DigestOptions(r.Program, r.Options)
	b.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertConfigRevision(ctx, &r) })
	return r
}

func (b *bench) set(name string) lab.Set {
	b.t.Helper()
	s := lab.Set{Kind: lab.Run, Name: name, GroupID: b.group.ID}
	b.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertSet(ctx, &s, lab.SetText{}) })
	return s
}

// sample makes a sample whose files come with arrive.
func (b *bench) sample(name string, sets ...lab.Set) lab.Sample {
	b.t.Helper()
	s := lab.Sample{Name: lab.NewPrivate(name), Generation: 1}
	var ids []int64
	for _, x := range sets {
		ids = append(ids, x.ID)
	}
	b.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertSample(ctx, &s, lab.SampleText{}, ids) })
	return s
}

// arrive gives a sample a file of its newest generation, with bytes, and calls
// what uploads call.
func (b *bench) arrive(s lab.Sample, role lab.FileRole, lane int, content []byte) lab.File {
	b.t.Helper()
	info, err := b.blobs.Put(b.t.Context(), bytes.NewReader(content), "")
	if err != nil {
		b.t.Fatal(err)
	}
	f := lab.File{
		SampleID: s.ID, Generation: s.Generation, Role: role, Lane: lane, Name: lab.NewPrivate("DUPONT_Marie.fastq.gz"), State: lab.FilePresent,
		Size: info.Size, Digest: string(info.Digest),
	}
	b.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.KeepBlob(ctx, f.Digest, f.Size); err != nil {
			return err
		}
		if err := tx.InsertFile(ctx, &f); err != nil {
			return err
		}
		_, err := pipeline.Arrived(ctx, tx, s)
		return err
	})
	return f
}

// mount gives a sample a file of the mounted folder.
func (b *bench) mount(s lab.Sample, name string, content []byte) lab.File {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.folder, name), content, 0o600); err != nil {
		b.t.Fatal(err)
	}
	f := lab.File{
		SampleID: s.ID, Generation: s.Generation, Role: lab.RoleReads, Name: lab.NewPrivate(name), State: lab.FilePresent,
		Size: int64(len(content)), Source: "runs", Path: lab.NewPrivate(name),
	}
	b.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertFile(ctx, &f) })
	return f
}

// run asks for an analysis.
func (b *bench) run(s lab.Sample, r lab.ConfigRevision) (j lab.Job, added bool) {
	b.t.Helper()
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		if s, err = tx.SampleByID(ctx, s.ID); err != nil {
			return err
		}
		j, added, err = pipeline.Plan(ctx, tx, pipeline.Request{Sample: s, Revision: r, GroupID: b.group.ID, UserID: 0})
		return err
	})
	return j, added
}

// until waits for a state of the store.
func (b *bench) until(what string, ok func(ctx context.Context, tx *store.Tx) (bool, error)) {
	b.t.Helper()
	woken := make(chan struct{}, 1)
	stop := b.Subscribe(func(string) {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	defer stop()
	end := time.After(time.Minute)
	for {
		done := false
		b.write(func(ctx context.Context, tx *store.Tx) (err error) {
			done, err = ok(ctx, tx)
			return err
		})
		if done {
			return
		}
		select {
		case <-woken:
		case <-time.After(200 * time.Millisecond): // workers of other processes
		case <-end:
			b.t.Fatalf("%s: not within a minute\n%s", what, b.dump())
		}
	}
}

// ended waits for the end of a job.
func (b *bench) ended(id int64) (j lab.Job) {
	b.t.Helper()
	b.until(fmt.Sprintf("end of job %d", id), func(ctx context.Context, tx *store.Tx) (bool, error) {
		var err error
		j, err = tx.JobByID(ctx, id)
		return j.State.Ended(), err
	})
	return j
}

// idle waits until no job is left.
func (b *bench) idle() {
	b.t.Helper()
	b.until("no job left", func(ctx context.Context, tx *store.Tx) (bool, error) {
		jobs, err := tx.Jobs(ctx, store.JobFilter{States: []lab.JobState{lab.JobWaiting, lab.JobQueued, lab.JobRunning}})
		return len(jobs) == 0, err
	})
}

func (b *bench) jobs(f store.JobFilter) (jobs []lab.Job) {
	b.t.Helper()
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		jobs, err = tx.Jobs(ctx, f)
		return err
	})
	slices.Reverse(jobs)
	return jobs
}

// dump tells all jobs, for failures.
func (b *bench) dump() string {
	var text strings.Builder
	for _, j := range b.jobs(store.JobFilter{}) {
		fmt.Fprintf(&text, "job %d %s %s: attempt %d, %s %s\n", j.ID, j.Kind, j.State, j.Attempt, j.ErrorCode, j.Error)
	}
	return text.String()
}

func (b *bench) log(id int64) string {
	b.t.Helper()
	var text strings.Builder
	b.write(func(ctx context.Context, tx *store.Tx) error {
		pieces, err := tx.JobLog(ctx, id, 0, 1000)
		for _, p := range pieces {
			text.WriteString(p.Text)
		}
		return err
	})
	return text.String()
}

// done waits for a job and wants it done.
func (b *bench) done(id int64) lab.Job {
	b.t.Helper()
	j := b.ended(id)
	if j.State != lab.JobDone {
		b.t.Fatalf("job %d: got %s: %s %s, want done\n%s", id, j.State, j.ErrorCode, j.Error, b.log(id))
	}
	return j
}

// result returns the result of a job that is done.
func (b *bench) result(jobID int64) (r lab.Result, s lab.ResultSummary, p lab.Provenance) {
	b.t.Helper()
	j := b.done(jobID)
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = tx.ResultByID(ctx, j.ResultID)
		return err
	})
	var err error
	if s, err = lab.SummaryOf(&r); err != nil {
		b.t.Fatal(err)
	}
	if p, err = lab.ProvenanceOf(&r); err != nil {
		b.t.Fatal(err)
	}
	return r, s, p
}

func (b *bench) results(s lab.Sample) (list []lab.Result) {
	b.t.Helper()
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		list, err = tx.ResultsOf(ctx, s.ID)
		return err
	})
	return list
}

// fused waits for the fused result of a set and returns it with its inputs.
func (b *bench) fused(set lab.Set, r lab.ConfigRevision) (f lab.Fused, inputs []int64) {
	b.t.Helper()
	b.idle()
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		f, _, err = tx.FusedFor(ctx, set.ID, r.ConfigID)
		return err
	})
	if f.Inputs != "" {
		if err := json.Unmarshal([]byte(f.Inputs), &inputs); err != nil {
			b.t.Fatal(err)
		}
	}
	return f, inputs
}

func demo(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(demoReads)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func arrived(ctx context.Context, tx *store.Tx, s lab.Sample) error {
	_, err := pipeline.Arrived(ctx, tx, s)
	return err
}

func (b *bench) files(result int64, files *[]lab.ResultFile) {
	b.t.Helper()
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		*files, err = tx.ResultFiles(ctx, result)
		return err
	})
}
