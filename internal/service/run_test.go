package service_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// twoReads are too few for anything but a quick analysis; a real recombination
// and one that is none.
const twoReads = ">IGHV3-48 IGHJ4\nGAGGTGCAGCTGGTGGAGTCTGGGGGAGGCTTGGTACAGCCTGGGGGGTCCCTGAGACTCTCCTGTGCAGCCTCTGGATTCACCTTCAGTAGCTATAGCATGAACTGGGTCCGCCAGGCTCCAGGGAAGGGGCTGGAGTGGGTTTCATACATTAGTAGTAGTAGTAGTACCATATACTACGCAGACTCTGTGAAGGGCCGATTCACCATCTCCAGAGACAATGCCAAGAACTCACTGTATCTGCAAATGAACAGCCTGAGAGCCGAGGACACGGCTGTGTATTACTGTGCGAGAGATCGGGACTACTTTGACTACTGGGGCCAGGGAACCCTGGTCACCGTCTCCTCAG\n>none\nACGTACGGCATCGATCAGCTACGATCGACTACGATCAGCATCGACTACGATCGACTACAGCATCAG\n"

// laboratory is a world with a group whose members run analyses, and a config.
type laboratory struct {
	*world
	g      lab.Group
	ann    *service.Actor
	config service.ConfigView
	run    service.SetView
}

func eachLaboratory(t *testing.T, test func(t *testing.T, l *laboratory)) {
	t.Helper()
	each(t, func(t *testing.T, w *world) {
		l := &laboratory{world: w}
		blobs, err := blob.OpenDir(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		w.Blobs = blobs
		l.g = w.group("laboratory", lab.Group{}, append(daily(access.Run, access.Edit), access.Grant{Kind: access.Config, Right: access.Create}, access.Grant{Kind: access.Config, Right: access.Edit}, access.Grant{Kind: access.Config, Right: access.Read})...)
		l.ann = w.person("ann", l.g)
		if l.config, err = w.CreateConfig(t.Context(), l.ann, service.NewConfig{Name: "IGH", GroupID: l.g.ID, Program: lab.ProgramVidjil, Options: lab.Options{Systems: []string{"IGH"}, MinReads: 1, Airr: true}}); err != nil {
			t.Fatal(err)
		}
		l.run = w.set(l.ann, service.SetInput{Kind: lab.Run, Name: "run 1", GroupID: l.g.ID})
		test(t, l)
	})
}

// reads gives a sample its bytes.
func (l *laboratory) reads(sample int64) {
	l.t.Helper()
	info, err := l.Blobs.Put(l.t.Context(), strings.NewReader(twoReads), "")
	if err != nil {
		l.t.Fatal(err)
	}
	l.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.KeepBlob(ctx, string(info.Digest), info.Size); err != nil {
			return err
		}
		files, err := tx.FilesOf(ctx, []int64{sample})
		if err != nil {
			return err
		}
		f := files[0]
		f.State, f.Digest, f.Size = lab.FilePresent, string(info.Digest), info.Size
		if err := tx.UpdateFile(ctx, &f); err != nil {
			return err
		}
		s, err := tx.SampleByID(ctx, sample)
		if err != nil {
			return err
		}
		_, err = pipeline.Arrived(ctx, tx, s)
		return err
	})
}

// arrived makes a sample with reads.
func (l *laboratory) arrived(name string, sets ...int64) int64 {
	l.t.Helper()
	s := l.sample(l.ann, name, sets...)
	l.reads(s.ID)
	return s.ID
}

// works runs all jobs there are, with the real handlers, until none is left.
func (l *laboratory) works() {
	l.t.Helper()
	p, err := pipeline.New(pipeline.Config{Store: l.Store, Blobs: l.Blobs, Version: "test"})
	if err != nil {
		l.t.Fatal(err)
	}
	pool, err := job.New(job.Config{Store: l.Store, Handlers: p.Handlers(), Workers: 2, Poll: 100 * time.Millisecond})
	if err != nil {
		l.t.Fatal(err)
	}
	woken := make(chan struct{}, 1)
	stop := l.Store.Subscribe(func(string) {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	defer stop()
	if err := pool.Start(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	defer func() {
		if err := pool.Stop(context.Background()); err != nil {
			l.t.Error(err)
		}
	}()
	end := time.After(time.Minute)
	for len(l.jobs(store.JobFilter{States: []lab.JobState{lab.JobQueued, lab.JobRunning}})) > 0 {
		select {
		case <-woken:
		case <-end:
			l.t.Fatalf("jobs do not end: %+v", l.jobs(store.JobFilter{}))
		}
	}
}

func (l *laboratory) jobs(f store.JobFilter) (list []lab.Job) {
	l.t.Helper()
	l.write(func(ctx context.Context, tx *store.Tx) (err error) {
		list, err = tx.Jobs(ctx, f)
		return err
	})
	return list
}

func (l *laboratory) asks(q service.RunRequest) service.RunOutcome {
	l.t.Helper()
	q.ConfigID = l.config.ID
	out, err := l.Run(l.t.Context(), l.ann, q)
	if err != nil {
		l.t.Fatal(err)
	}
	return out
}

// fused are the results in the fused result of the set.
func (l *laboratory) fused(set int64) (f lab.Fused) {
	l.t.Helper()
	l.write(func(ctx context.Context, tx *store.Tx) (err error) {
		f, _, err = tx.FusedFor(ctx, set, l.config.ID)
		return err
	})
	return f
}

func TestWhoMayRun(t *testing.T) {
	t.Parallel()
	eachLaboratory(t, func(t *testing.T, l *laboratory) {
		readers := l.group("readers", lab.Group{}, setGrants(access.Read, access.Edit)...)
		others := l.group("others", lab.Group{}, append(daily(access.Run, access.Edit), access.Grant{Kind: access.Config, Right: access.Read})...)
		rob, eve := l.person("rob", readers), l.person("eve", others)
		l.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ShareSet(ctx, l.run.ID, readers.ID)
			return err
		})
		mine := l.arrived("S1", l.run.ID)
		elsewhere := l.set(l.ann, service.SetInput{Kind: lab.Run, Name: "run 2", GroupID: l.g.ID})
		hers := l.set(eve, service.SetInput{Kind: lab.Run, Name: "run of eve", GroupID: others.ID})
		foreign := l.sample(eve, "T1", hers.ID)
		trashed := l.arrived("S2", l.run.ID)
		if err := l.TrashSample(t.Context(), l.ann, trashed); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name string
			who  *service.Actor
			q    service.RunRequest
			code lab.Code
		}{
			{"nobody", &service.Actor{}, service.RunRequest{SampleIDs: []int64{mine}}, lab.Unauthenticated},
			{"who may see it only", rob, service.RunRequest{SampleIDs: []int64{mine}}, lab.NotFound}, // the config is not theirs
			{"another laboratory", eve, service.RunRequest{SampleIDs: []int64{mine}}, lab.NotFound},
			{"a sample of others among mine", l.ann, service.RunRequest{SampleIDs: []int64{mine, foreign.ID}}, lab.NotFound},
			{"a set of others among mine", l.ann, service.RunRequest{SetIDs: []int64{l.run.ID, hers.ID}}, lab.NotFound},
			{"a sample that is not in the set", l.ann, service.RunRequest{SampleIDs: []int64{mine}, SetIDs: []int64{elsewhere.ID}}, lab.Invalid},
			{"in the trash", l.ann, service.RunRequest{SampleIDs: []int64{trashed}}, lab.Conflict},
			{"nothing", l.ann, service.RunRequest{}, lab.Invalid},
			{"no such choice", l.ann, service.RunRequest{SetIDs: []int64{l.run.ID}, Which: []service.Which{"some"}}, lab.Invalid},
		} {
			tt.q.ConfigID = l.config.ID
			_, err := l.Run(t.Context(), tt.who, tt.q)
			l.want(tt.name, err, tt.code)
		}
		// With the config, but without the right to run.
		l.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ShareConfig(ctx, l.config.ID, l.public.ID)
			return err
		})
		for _, q := range []service.RunRequest{{SampleIDs: []int64{mine}}, {SetIDs: []int64{l.run.ID}}} {
			q.ConfigID = l.config.ID
			_, err := l.Run(t.Context(), rob, q)
			l.want("who may see it only", err, lab.Forbidden)
		}
		if n := len(l.jobs(store.JobFilter{})); n != 0 {
			t.Errorf("requests that were refused left %d jobs", n)
		}
	})
}

func TestRunChoices(t *testing.T) {
	t.Parallel()
	eachLaboratory(t, func(t *testing.T, l *laboratory) {
		second := l.set(l.ann, service.SetInput{Kind: lab.PlainSet, Name: "set 2", GroupID: l.g.ID})
		a, both, empty := l.arrived("A", l.run.ID), l.arrived("B", l.run.ID, second.ID), int64(0)
		list, err := l.CreateSamples(t.Context(), l.ann, []service.SampleInput{{Sets: []int64{second.ID}, Name: "no files"}})
		if err != nil {
			t.Fatal(err)
		}
		empty = list[0].ID
		sets := []int64{l.run.ID, second.ID}
		samplesOf := func(o service.RunOutcome) (ids []int64) {
			for _, j := range o.Jobs {
				ids = append(ids, j.SampleID)
			}
			return ids
		}
		want := func(what string, o service.RunOutcome, added int, samples ...int64) {
			t.Helper()
			if got := samplesOf(o); o.Added != added || !slices.Equal(got, samples) {
				t.Errorf("%s: got %d new jobs for samples %v, want %d for %v", what, o.Added, got, added, samples)
			}
		}

		o := l.asks(service.RunRequest{SetIDs: sets})
		want("two sets", o, 2, a, both)
		if d := cmp.Diff([]service.Skipped{{SampleID: empty, Reason: fmt.Sprintf("sample %d has no reads", empty)}}, o.Skipped); d != "" {
			t.Errorf("skipped: -want +got\n%s", d)
		}
		want("again", l.asks(service.RunRequest{SetIDs: sets}), 0, a, both)
		_, err = l.Run(t.Context(), l.ann, service.RunRequest{ConfigID: l.config.ID, SampleIDs: []int64{empty}})
		l.want("a sample without reads", err, lab.Conflict)

		l.works()
		want("missing, when all are there", l.asks(service.RunRequest{SetIDs: sets, Which: []service.Which{service.RunMissing, service.RunFailed, service.RunStale}}), 0)

		c := l.arrived("C", l.run.ID)
		o = l.asks(service.RunRequest{SetIDs: sets, Which: []service.Which{service.RunMissing}})
		want("missing", o, 1, c)
		if o.Spared != 2 {
			t.Errorf("missing: got %d spared, want 2", o.Spared)
		}
		if _, err := l.CancelJob(t.Context(), l.ann, o.Jobs[0].ID); err != nil {
			t.Fatal(err)
		}
		want("missing, without what failed", l.asks(service.RunRequest{SetIDs: sets, Which: []service.Which{service.RunMissing}}), 0)
		want("failed", l.asks(service.RunRequest{SetIDs: sets, Which: []service.Which{service.RunFailed}}), 1, c)
		l.works()

		if _, err := l.ReplaceReads(t.Context(), l.ann, a, []service.FileInput{{Name: "a2.fa"}}); err != nil {
			t.Fatal(err)
		}
		l.reads(a)
		want("stale", l.asks(service.RunRequest{SetIDs: sets, Which: []service.Which{service.RunStale}}), 1, a)
		l.works()
		if _, err := l.UpdateConfig(t.Context(), l.ann, l.config.ID, service.ConfigChange{Options: &lab.Options{Systems: []string{"IGH"}}}); err != nil {
			t.Fatal(err)
		}
		want("of an older revision", l.asks(service.RunRequest{SampleIDs: []int64{both}, Which: []service.Which{service.RunStale}}), 1, both)
	})
}

func TestRunOnArrival(t *testing.T) {
	t.Parallel()
	eachLaboratory(t, func(t *testing.T, l *laboratory) {
		if err := l.SetAutoConfigs(t.Context(), l.ann, l.g.ID, 0, []int64{l.config.ID}); err != nil {
			t.Fatal(err)
		}
		id := l.arrived("A", l.run.ID)
		l.works()
		list, err := l.Results(t.Context(), l.ann, id)
		if err != nil || len(list) != 1 || list[0].Recombined != 1 {
			t.Fatalf("got %+v, %v, want one result with one recombination", list, err)
		}
	})
}

func TestResults(t *testing.T) {
	t.Parallel()
	eachLaboratory(t, func(t *testing.T, l *laboratory) {
		eve := l.person("eve", l.group("others", lab.Group{}, daily(access.Run, access.Edit)...))
		readers := l.group("readers", lab.Group{}, setGrants(access.Read)...)
		rob := l.person("rob", readers)
		l.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ShareSet(ctx, l.run.ID, readers.ID)
			return err
		})
		id, other := l.arrived("DUPONT", l.run.ID), l.arrived("B", l.run.ID)
		l.asks(service.RunRequest{SampleIDs: []int64{id, other}})
		l.works()
		l.asks(service.RunRequest{SampleIDs: []int64{id}})
		l.works()
		if _, err := l.ReplaceReads(t.Context(), l.ann, id, []service.FileInput{{Name: "a2.fa"}}); err != nil {
			t.Fatal(err)
		}

		history, err := l.Results(t.Context(), rob, id)
		if err != nil || len(history) != 2 {
			t.Fatalf("history: got %d results, %v", len(history), err)
		}
		newest, oldest := history[0], history[1]
		if !newest.Shown || oldest.Shown || !newest.Stale || newest.Outdated || newest.Revision != 1 || newest.MayDelete || newest.Numbers.Total != 2 {
			t.Errorf("history: got %+v", newest)
		}
		detail, err := l.ResultByID(t.Context(), rob, newest.ID)
		if err != nil || detail.Made.Engine != "test" || len(detail.Files) != 1 || !detail.Shown {
			t.Errorf("detail: got %+v, %v", detail, err)
		}
		f, content, err := l.OpenResultFile(t.Context(), rob, newest.ID, "airr.tsv.gz")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(content)
		if err != nil || int64(len(text)) != f.Size || !bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
			t.Errorf("file: got %d bytes, %v, want %d", len(text), err, f.Size)
		}
		if err := content.Close(); err != nil {
			t.Error(err)
		}
		_, _, err = l.OpenResultFile(t.Context(), rob, newest.ID, "../../secret.key")
		l.want("a file that is none", err, lab.NotFound)

		cells, err := l.SetResults(t.Context(), rob, l.run.ID)
		if err != nil || len(cells) != 2 {
			t.Fatalf("set: got %+v, %v", cells, err)
		}
		if c := cells[0]; c.SampleID != id || c.Result == nil || c.Result.ID != newest.ID || !c.Result.Stale || c.Job == nil || c.Job.State != lab.JobDone {
			t.Errorf("set: got %+v", c)
		}

		// Nobody else sees any of it.
		_, err = l.Results(t.Context(), eve, id)
		l.want("history of others", err, lab.NotFound)
		_, err = l.ResultByID(t.Context(), eve, newest.ID)
		l.want("result of others", err, lab.NotFound)
		_, _, err = l.OpenResultFile(t.Context(), eve, newest.ID, "airr.tsv.gz")
		l.want("file of others", err, lab.NotFound)
		_, err = l.SetResults(t.Context(), eve, l.run.ID)
		l.want("set of others", err, lab.NotFound)
		l.want("delete a result of others", l.DeleteResult(t.Context(), eve, newest.ID), lab.NotFound)
		l.want("delete with the right to read", l.DeleteResult(t.Context(), rob, newest.ID), lab.Forbidden)

		// Deleted, the one before is shown, and fused.
		before := l.fused(l.run.ID)
		if err := l.DeleteResult(t.Context(), l.ann, newest.ID); err != nil {
			t.Fatal(err)
		}
		if f := l.fused(l.run.ID); f.Fresh {
			t.Error("the fused result does not know that a result was deleted")
		}
		l.works()
		after := l.fused(l.run.ID)
		if !after.Fresh || after.InputsKey == before.InputsKey || !strings.Contains(after.Inputs, fmt.Sprint(oldest.ID)) {
			t.Errorf("fused after the deletion: got %+v, want one with result %d", after, oldest.ID)
		}
		_, err = l.ResultByID(t.Context(), l.ann, newest.ID)
		l.want("the deleted result", err, lab.NotFound)
		l.want("deleted twice", l.DeleteResult(t.Context(), l.ann, newest.ID), lab.NotFound)

		// After a while it is gone for good; before, it is not.
		for before, want := range map[time.Duration]int{-time.Hour: 0, time.Hour: 1} {
			if n, err := l.PurgeResults(t.Context(), l.Now().Add(before)); err != nil || n != want {
				t.Errorf("purge: got %d, %v, want %d", n, err, want)
			}
		}
		seen := map[string]int{}
		l.write(func(ctx context.Context, tx *store.Tx) error {
			return tx.AuditEach(ctx, func(e *lab.Entry) error {
				seen[e.Action]++
				return nil
			})
		})
		for action, n := range map[string]int{"result.create": 3, "result.list": 2, "result.read": 1, "result.download": 1, "result.delete": 1, "config.run": 2} {
			if seen[action] != n {
				t.Errorf("audit: got %d entries %s, want %d", seen[action], action, n)
			}
		}
	})
}

// TestMembershipRefuses: whatever changes what a set holds, its fused result
// follows, once.
func TestMembershipRefuses(t *testing.T) {
	t.Parallel()
	eachLaboratory(t, func(t *testing.T, l *laboratory) {
		second := l.set(l.ann, service.SetInput{Kind: lab.PlainSet, Name: "set 2", GroupID: l.g.ID})
		a, b := l.arrived("A", l.run.ID), l.arrived("B", l.run.ID)
		l.asks(service.RunRequest{SetIDs: []int64{l.run.ID}})
		l.works()
		fuses := func() int { return len(l.jobs(store.JobFilter{Kinds: []lab.JobKind{lab.JobFuse}})) }
		sets := func(id int64, sets ...int64) {
			t.Helper()
			if _, err := l.UpdateSample(t.Context(), l.ann, id, service.SampleChange{Sets: &sets}); err != nil {
				t.Fatal(err)
			}
		}
		inputs := func(set int64) int { return strings.Count(l.fused(set).Inputs, ",") + min(len(l.fused(set).Inputs), 1) }

		n := fuses()
		sets(a, l.run.ID, second.ID)
		sets(b, l.run.ID, second.ID)
		if got := fuses() - n; got != 2 {
			t.Errorf("two changes of two sets: got %d fuse jobs, want 2", got)
		}
		l.works()
		if inputs(l.run.ID) != 2 || inputs(second.ID) != 2 {
			t.Errorf("got %d and %d results fused, want 2 and 2", inputs(l.run.ID), inputs(second.ID))
		}
		if x, y := l.fused(l.run.ID), l.fused(second.ID); x.Digest != y.Digest {
			t.Error("the same samples were fused twice")
		}
		if err := l.TrashSample(t.Context(), l.ann, a); err != nil {
			t.Fatal(err)
		}
		l.works()
		if inputs(l.run.ID) != 1 {
			t.Errorf("after a sample went into the trash: got %d results fused, want 1", inputs(l.run.ID))
		}
		if _, err := l.RestoreSample(t.Context(), l.ann, a); err != nil {
			t.Fatal(err)
		}
		l.works()
		if inputs(l.run.ID) != 2 {
			t.Errorf("after it came back: got %d results fused, want 2", inputs(l.run.ID))
		}
	})
}
