package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// works starts workers with the real handlers, on the database of the site but
// with the clock of the machine, by which leases are judged.
func (w *site) works(url string) {
	w.t.Helper()
	st, err := store.Open(w.t.Context(), store.Config{URL: url})
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := pipeline.New(pipeline.Config{Store: st, Blobs: w.Service.Blobs, Version: "test"})
	if err != nil {
		w.t.Fatal(err)
	}
	pool, err := job.New(job.Config{Store: st, Handlers: p.Handlers(), Workers: 2, Poll: 100 * time.Millisecond})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := pool.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := errors.Join(pool.Stop(context.Background()), st.Close()); err != nil {
			w.t.Error(err)
		}
	})
}

// finished waits for the end of a job.
func (w *site) finished(c *client.Client, id int64) (j client.Job) {
	w.t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		j, err := c.Job(w.t.Context(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		if j.Ended() {
			return j
		}
		if time.Now().After(end) {
			w.t.Fatalf("job %d does not end: %+v", id, j)
		}
		<-time.After(20 * time.Millisecond) // the workers' signals do not come here
	}
}

// configNamed is one of the default configs.
func configNamed(t *testing.T, c *client.Client, name string) client.Config {
	t.Helper()
	list, err := c.Configs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list.Items, func(x client.Config) bool { return x.Name == name })
	if i < 0 {
		t.Fatalf("there is no config %q", name)
	}
	return list.Items[i]
}

// TestRunThroughHTTP: a real sample, from the upload to the file that the
// analysis keeps.
func TestRunThroughHTTP(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		w := newSite(t, url, siteConfig{Dir: t.TempDir()})
		ctx := t.Context()
		w.works(url)
		root := w.admin()
		reads, err := os.ReadFile("../../testdata/demo.fastq.gz")
		if err != nil {
			t.Fatal(err)
		}
		sets, err := root.CreateSets(ctx, client.NewSet{Kind: "run", Name: "run 1"})
		if err != nil {
			t.Fatal(err)
		}
		samples, err := root.CreateSamples(ctx, client.NewSample{Sets: []int64{sets[0].ID}, Files: []client.NewFile{{Name: "S1.fastq.gz"}}})
		if err != nil {
			t.Fatal(err)
		}
		config := configNamed(t, root, "Export all clones (AIRR)")
		id := samples[0].ID

		// Asked for before the bytes are there: it waits for them.
		out, err := root.Run(ctx, client.RunRequest{ConfigID: config.ID, SetIDs: []int64{sets[0].ID}, Which: []string{"missing", "failed"}})
		if err != nil || out.Added != 1 || out.Jobs[0].State != "waiting" {
			t.Fatalf("run: got %+v, %v", out, err)
		}
		again, err := root.Run(ctx, client.RunRequest{ConfigID: config.ID, SampleIDs: []int64{id}})
		if err != nil || again.Added != 0 || again.Jobs[0].ID != out.Jobs[0].ID {
			t.Errorf("a second click: got %+v, %v", again, err)
		}
		if _, err := root.Upload(ctx, samples[0].Files[0].ID, "S1.fastq.gz", bytes.NewReader(reads), int64(len(reads)), client.UploadOptions{}); err != nil {
			t.Fatal(err)
		}
		j := w.finished(root, out.Jobs[0].ID)
		if j.State != "done" || j.ResultID == 0 {
			t.Fatalf("got %+v", j)
		}

		list, err := root.Results(ctx, id)
		if err != nil || len(list.Items) != 1 || list.Items[0].ID != j.ResultID || list.Items[0].Reads != 2700 || len(list.Items[0].Systems) < 10 {
			t.Fatalf("results: got %+v, %v", list, err)
		}
		r, err := root.Result(ctx, j.ResultID)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Shown || r.Stale || r.Provenance.Engine != "test" || r.Provenance.Germline == nil || len(r.Provenance.Inputs) != 1 || !r.Provenance.Options.Airr || r.Main == nil {
			t.Errorf("result: got %+v", r)
		}
		file, err := root.ResultFile(ctx, r.ID, r.Files[0].Name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		z, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if got := int64(bytes.Count(text, []byte("\n"))); err != nil || got != r.Clonotypes+1 {
			t.Errorf("AIRR file: got %d lines, %v, want %d", got, err, r.Clonotypes+1)
		}
		cells, err := root.SetResults(ctx, sets[0].ID)
		if err != nil || len(cells.Items) != 1 || cells.Items[0].Result == nil || cells.Items[0].Result.ID != r.ID || cells.Items[0].Job == nil {
			t.Errorf("set: got %+v, %v", cells, err)
		}

		wantCode(t, "delete", root.DeleteResult(ctx, r.ID), "")
		_, err = root.Result(ctx, r.ID)
		wantCode(t, "deleted", err, "not_found")
		_, err = root.ResultFile(ctx, r.ID, r.Files[0].Name)
		wantCode(t, "file of the deleted", err, "not_found")
		_, err = root.Run(ctx, client.RunRequest{ConfigID: config.ID})
		wantCode(t, "run on nothing", err, "invalid")
		_, err = root.Run(ctx, client.RunRequest{ConfigID: config.ID, SampleIDs: []int64{id}, Which: []string{"some"}})
		wantCode(t, "no such choice", err, "invalid")
		_, err = w.nobody().Run(ctx, client.RunRequest{ConfigID: config.ID, SampleIDs: []int64{id}})
		wantCode(t, "nobody", err, "unauthenticated")
	})
}
