package pipeline_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/clonetable"
	"vidjil.org/vidjil/vdj/repertoire"
)

// auto makes a config run by itself in a set.
func (b *bench) auto(set lab.Set, configs ...lab.ConfigRevision) {
	b.t.Helper()
	var ids []int64
	for _, c := range configs {
		ids = append(ids, c.ConfigID)
	}
	b.write(func(ctx context.Context, tx *store.Tx) error { return tx.SetAutoConfigs(ctx, 0, set.ID, ids) })
}

// content reads a blob.
func (b *bench) content(digest string) []byte {
	b.t.Helper()
	r, err := b.blobs.Open(b.t.Context(), blob.Digest(digest))
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

// table opens the table of a result.
func (b *bench) table(r lab.Result) *clonetable.Table {
	b.t.Helper()
	text := b.content(r.Digest)
	t, err := clonetable.Open(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		b.t.Fatal(err)
	}
	return t
}

// open reads a fused result.
func (b *bench) open(f lab.Fused) *repertoire.Fused {
	b.t.Helper()
	got, err := pipeline.ReadFused(bytes.NewReader(b.content(f.Digest)))
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

// count counts jobs of a kind.
func (b *bench) count(kind lab.JobKind) int {
	return len(b.jobs(store.JobFilter{Kinds: []lab.JobKind{kind}}))
}

// TestChain: reads arrive, are analysed by themselves, and fused.
func TestChain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		run := b.set("run 1")
		b.auto(run, b.config)
		b.workers(nil)
		sample := b.sample("DUPONT Marie", run)
		file := b.arrive(sample, lab.RoleReads, 0, demo(t))
		jobs := b.jobs(store.JobFilter{Kinds: []lab.JobKind{lab.JobAnalyze}})
		if len(jobs) != 1 {
			t.Fatalf("got %d analyses, want 1", len(jobs))
		}
		r, s, p := b.result(jobs[0].ID)

		sum := s.Filtered + s.Recombined
		for _, n := range s.Causes {
			sum += n
		}
		if s.Total != 2700 || sum != s.Total {
			t.Errorf("reads: got %d, of which %d are counted, want 2700 and all", s.Total, sum)
		}
		if r.Clonotypes == 0 || int(r.Clonotypes) != b.table(r).Rows() || r.Clonotypes != s.Clonotypes || r.Reads != s.Total || r.Recombined != s.Recombined {
			t.Errorf("result: got %d clonotypes, %d reads, %d recombined; the summary has %d, %d, %d and the table %d rows",
				r.Clonotypes, r.Reads, r.Recombined, s.Clonotypes, s.Total, s.Recombined, b.table(r).Rows())
		}
		if s.Main == nil || s.Main.Reads != 463 || len(s.Large) == 0 || s.MeanLength < 190 {
			t.Errorf("quality: got main %+v, %d large ones, mean length %f", s.Main, len(s.Large), s.MeanLength)
		}
		p.Timings, p.Germline.Digest = lab.ProvenanceTimings{}, ""
		want := lab.Provenance{
			Engine: "test", Program: lab.ProgramVidjil, Config: lab.ProvenanceConfig{ID: b.config.ConfigID, Revision: 1, Digest: b.config.Digest},
			Germline: &lab.ProvenanceGermline{Name: "human", Version: p.Germline.Version},
			Files:    []lab.ProvenanceFile{{ID: file.ID, Role: lab.RoleReads, Size: file.Size, Digest: file.Digest}},
		}
		if d := cmp.Diff(want, p); d != "" {
			t.Errorf("provenance: -want +got\n%s", d)
		}

		f, in := b.fused(run, b.config)
		if !f.Fresh || !slices.Equal(in, []int64{r.ID}) {
			t.Errorf("fused: got fresh %t of results %v, want fresh of %d", f.Fresh, in, r.ID)
		}
		got := b.open(f)
		if len(got.Samples) != 1 || got.Samples[0].SampleID != sample.ID || got.Samples[0].ResultID != r.ID || got.Samples[0].Total != 2700 {
			t.Errorf("fused: got columns %+v", got.Samples)
		}
		if n := b.count(lab.JobFuse); n != 1 {
			t.Errorf("got %d fuse jobs, want 1", n)
		}
		b.wantNoName(r, f)
	})
}

// wantNoName looks for the patient in all that was made.
func (b *bench) wantNoName(r lab.Result, f lab.Fused) {
	b.t.Helper()
	head := b.table(r).Head()
	texts := map[string]string{
		"summary": r.Summary, "provenance": r.Provenance, "table": string(b.content(r.Digest)),
		"names": strings.Join(slices.Concat(head.Samples.OriginalNames, head.Samples.Names, head.Samples.CommandLine, head.Samples.Log), " "),
	}
	if f.ID != 0 {
		names := b.open(f).Head().Samples
		texts["fused"] = strings.Join(slices.Concat(names.OriginalNames, names.Names, names.CommandLine, names.Log), " ")
	}
	for _, j := range b.jobs(store.JobFilter{}) {
		texts["log of a job"] += b.log(j.ID) + j.Error
	}
	for what, text := range texts {
		if strings.Contains(strings.ToLower(text), "dupont") {
			b.t.Errorf("the %s names the patient", what)
		}
	}
}

// TestDoubleClick: the same work is asked for again and again.
func TestDoubleClick(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		sample := b.sample("S1", b.set("run 1"))
		b.arrive(sample, lab.RoleReads, 0, demo(t))
		var wg sync.WaitGroup
		var mu sync.Mutex
		ids, added := map[int64]bool{}, 0
		for range 8 {
			wg.Go(func() {
				err := b.Write(t.Context(), func(tx *store.Tx) error {
					j, isNew, err := pipeline.Plan(t.Context(), tx, pipeline.Request{Sample: sample, Revision: b.config})
					if err != nil {
						return err
					}
					tx.AfterCommit(func() {
						mu.Lock()
						defer mu.Unlock()
						ids[j.ID] = true
						if isNew {
							added++
						}
					})
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(ids) != 1 || added != 1 {
			t.Errorf("got %d jobs, %d of them new, want 1", len(ids), added)
		}
		b.workers(nil)
		b.idle()
		if n := len(b.results(sample)); n != 1 {
			t.Errorf("got %d results, want 1", n)
		}
		// When it is done, asking means anew.
		if _, isNew := b.run(sample, b.config); !isNew {
			t.Error("a finished analysis stands for a new request")
		}
	})
}

// TestWaitsForBytes: an analysis that is asked for while files are on their way.
func TestWaitsForBytes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		b.workers(nil)
		sample := b.sample("S1", b.set("run 1"))
		expected := lab.File{SampleID: sample.ID, Generation: 1, Role: lab.RoleReads, Name: lab.NewPrivate("x"), State: lab.FileExpected}
		b.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertFile(ctx, &expected) })
		j, _ := b.run(sample, b.config)
		if j.State != lab.JobWaiting {
			t.Fatalf("got %s, want waiting", j.State)
		}
		// The person takes other files; what waited waits for these.
		b.write(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.AwaitNoFiles(ctx, sample.ID); err != nil {
				return err
			}
			sample.Generation = 2
			return tx.UpdateSample(ctx, &sample, lab.SampleText{})
		})
		b.arrive(sample, lab.RoleReads, 0, demo(t))
		if got := b.ended(j.ID); got.State != lab.JobCancelled {
			t.Errorf("the job for files that never came: got %s, want cancelled", got.State)
		}
		b.idle()
		rows := b.results(sample)
		if len(rows) != 1 || rows[0].Generation != 2 {
			t.Errorf("got results %+v, want one of generation 2", rows)
		}
	})
}

// TestStale: reads are replaced.
func TestStale(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		run := b.set("run 1")
		b.workers(nil)
		sample := b.sample("S1", run)
		b.arrive(sample, lab.RoleReads, 0, demo(t))
		j, _ := b.run(sample, b.config)
		old, _, _ := b.result(j.ID)
		sample.Generation = 2
		b.write(func(ctx context.Context, tx *store.Tx) error { return tx.UpdateSample(ctx, &sample, lab.SampleText{}) })
		// Until there is a new one, the old result is shown.
		if _, in := b.fused(run, b.config); !slices.Equal(in, []int64{old.ID}) {
			t.Errorf("fused: got %v, want %d", in, old.ID)
		}
		b.arrive(sample, lab.RoleReads, 0, demo(t))
		j, _ = b.run(sample, b.config)
		now, _, _ := b.result(j.ID)
		if now.Generation != 2 || now.Digest != old.Digest && now.Clonotypes != old.Clonotypes {
			t.Errorf("got generation %d with %d clonotypes, want 2 with %d", now.Generation, now.Clonotypes, old.Clonotypes)
		}
		if _, in := b.fused(run, b.config); !slices.Equal(in, []int64{now.ID}) {
			t.Errorf("fused: got %v, want %d", in, now.ID)
		}
		if n := len(b.results(sample)); n != 2 {
			t.Errorf("history: got %d results, want 2", n)
		}
	})
}

// TestReplacedMeanwhile: a job that was asked for before the reads were replaced
// does not analyse the others.
func TestReplacedMeanwhile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		sample := b.sample("S1", b.set("run 1"))
		b.arrive(sample, lab.RoleReads, 0, demo(t))
		j, _ := b.run(sample, b.config)
		sample.Generation = 2
		b.write(func(ctx context.Context, tx *store.Tx) error { return tx.UpdateSample(ctx, &sample, lab.SampleText{}) })
		b.workers(nil)
		if got := b.ended(j.ID); got.State != lab.JobFailed || got.ErrorCode != lab.Conflict || got.Attempt != 1 {
			t.Errorf("got %s %s at attempt %d, want failed, conflict, 1", got.State, got.ErrorCode, got.Attempt)
		}
	})
}

// TestRevision: a config changes what it does.
func TestRevision(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		run := b.set("run 1")
		b.workers(nil)
		sample := b.sample("S1", run)
		b.arrive(sample, lab.RoleReads, 0, demo(t))
		j, _ := b.run(sample, b.config)
		first, _, _ := b.result(j.ID)
		second := b.revise(b.config.ConfigID, 2, lab.ProgramVidjil, lab.Options{MinReads: 20, Systems: []string{"IGH"}, Fuse: lab.FuseOptions{Top: 2}})
		j, isNew := b.run(sample, second)
		if !isNew {
			t.Error("a new revision is not a new job")
		}
		now, s, p := b.result(j.ID)
		if now.Clonotypes >= first.Clonotypes || len(s.Systems) != 1 || s.Systems[0].System != "IGH" {
			t.Errorf("got %d clonotypes of %+v, want fewer than %d and IGH only", now.Clonotypes, s.Systems, first.Clonotypes)
		}
		if p.Config.Revision != 2 || p.Options.MinReads != 20 {
			t.Errorf("provenance: got %+v", p.Config)
		}
		f, _ := b.fused(run, second)
		if n := len(b.open(f).Clones); n > 2 {
			t.Errorf("fused: got %d clonotypes, want the 2 that the new revision asks for", n)
		}
	})
}

// TestCoalesced: many changes, few fuses, and none where nothing changed.
func TestCoalesced(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		run := b.set("run 1")
		sample := b.sample("S1", run)
		b.arrive(sample, lab.RoleReads, 0, demo(t))
		started, goOn := make(chan struct{}, 10), make(chan struct{})
		b.workers(func(h map[lab.JobKind]job.Handler) {
			fuse := h[lab.JobFuse]
			h[lab.JobFuse] = func(ctx context.Context, r *job.Run) error {
				started <- struct{}{}
				<-goOn
				return fuse(ctx, r)
			}
		})
		refuse := func() {
			b.write(func(ctx context.Context, tx *store.Tx) error {
				list, err := tx.FusesOf(ctx, []int64{run.ID})
				if err != nil {
					return err
				}
				if err := pipeline.Refuse(ctx, tx, list, 0); err != nil {
					return err
				}
				return tx.StaleFused(ctx, []int64{run.ID})
			})
		}
		j, _ := b.run(sample, b.config)
		b.done(j.ID)
		<-started
		for range 5 { // while it runs
			refuse()
		}
		goOn <- struct{}{}
		<-started
		f := lab.Fused{}
		b.write(func(ctx context.Context, tx *store.Tx) (err error) {
			f, _, err = tx.FusedFor(ctx, run.ID, b.config.ConfigID)
			return err
		})
		if f.ID == 0 || f.Fresh {
			t.Errorf("after a run that changes overtook: got %+v, want a fused result that is not fresh", f)
		}
		close(goOn)
		now, _ := b.fused(run, b.config)
		if !now.Fresh || now.Digest != f.Digest {
			t.Errorf("got %+v, want the same, fresh", now)
		}
		if n := b.count(lab.JobFuse); n != 2 {
			t.Errorf("got %d fuse jobs, want 2", n)
		}
		last := b.jobs(store.JobFilter{Kinds: []lab.JobKind{lab.JobFuse}})
		if text := b.log(last[len(last)-1].ID); !strings.Contains(text, "Nothing has changed") {
			t.Errorf("the second run fused again what had not changed:\n%s", text)
		}
	})
}

// TestFuseFollowsMembership: two samples, then one, then none.
func TestFuseFollowsMembership(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bench) {
		run, other := b.set("run 1"), b.set("run 2")
		b.auto(run, b.config)
		b.workers(nil)
		later, earlier := b.sample("S1", run), b.sample("S2", run)
		earlier.SamplingDate, later.SamplingDate = "2026-01-01", "2026-02-01"
		b.write(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.UpdateSample(ctx, &later, lab.SampleText{}); err != nil {
				return err
			}
			return tx.UpdateSample(ctx, &earlier, lab.SampleText{})
		})
		b.arrive(later, lab.RoleReads, 0, demo(t))
		b.arrive(earlier, lab.RoleReads, 0, demo(t))
		f, in := b.fused(run, b.config)
		if want := []int64{b.results(earlier)[0].ID, b.results(later)[0].ID}; !slices.Equal(in, want) {
			t.Errorf("order: got %v, want that of sampling dates %v", in, want)
		}
		if got := b.open(f); len(got.Samples) != 2 || got.Clones[0].Reads[0] != got.Clones[0].Reads[1] {
			t.Errorf("fused: got columns %+v", got.Samples)
		}
		change := func(from, to lab.Set) {
			b.write(func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.DetachSample(ctx, earlier.ID, from.ID); err != nil {
					return err
				}
				if to.ID != 0 {
					if _, err := tx.AttachSample(ctx, earlier.ID, to.ID); err != nil {
						return err
					}
				}
				list, err := tx.FusesOf(ctx, []int64{run.ID, other.ID})
				if err != nil {
					return err
				}
				return pipeline.Refuse(ctx, tx, list, 0)
			})
		}
		change(run, other)
		if _, in := b.fused(run, b.config); len(in) != 1 {
			t.Errorf("after a sample left: got %v", in)
		}
		if _, in := b.fused(other, b.config); len(in) != 1 {
			t.Errorf("where it went: got %v", in)
		}
		change(other, lab.Set{})
		if f, _ := b.fused(other, b.config); f.ID != 0 {
			t.Errorf("of an empty set: got %+v, want none", f)
		}
	})
}
