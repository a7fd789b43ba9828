package service_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/service/resulttest"
)

// makeBundle has the archive of a person made by the queue, and returns its files.
func (w *world) makeBundle(who *service.Actor) (files map[string]string) {
	w.t.Helper()
	ctx := w.t.Context()
	v, err := w.RequestBundle(ctx, who, false)
	if err != nil {
		w.t.Fatal(err)
	}
	changed := make(chan struct{}, 1)
	stop := w.Store.Subscribe(func(string) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer stop()
	pool, err := job.New(job.Config{Store: w.Store, Handlers: map[lab.JobKind]job.Handler{lab.JobExport: w.MakeBundle}, Workers: 1, Poll: 50 * time.Millisecond})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := pool.Start(ctx); err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := pool.Stop(ctx); err != nil {
			w.t.Error(err)
		}
	}()
	for {
		list, err := w.Bundles(ctx, who)
		if err != nil {
			w.t.Fatal(err)
		}
		if list[0].State == lab.JobDone {
			break
		}
		if list[0].State.Ended() {
			w.t.Fatalf("the job has %s: %s", list[0].State, list[0].Error)
		}
		<-changed
	}
	c, err := w.OpenBundle(ctx, who, v.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	text, err := io.ReadAll(c)
	if err != nil {
		w.t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		w.t.Fatal(err)
	}
	files = map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			w.t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			w.t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

// TestBundle: the archive has what its owner sees, and no more of it than they
// may know.
func TestBundle(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		may := func(rights ...access.Right) (list []access.Grant) {
			for _, r := range rights {
				list = append(list, access.Grant{Kind: access.Set, Right: r})
			}
			return append(list, access.Grant{Kind: access.Config, Right: access.Read})
		}
		hospital := w.group("hospital", lab.Group{})
		doctors := w.group("doctors", lab.Group{ParentID: hospital.ID}, may(access.Create, access.Read, access.Edit, access.Upload, access.Anon, access.Save)...)
		nurses := w.group("nurses", lab.Group{ParentID: hospital.ID}, may(access.Read)...)
		doctor, nurse, stranger := w.person("doctor", doctors), w.person("nurse", nurses), w.person("stranger")
		sets, err := w.CreateSets(ctx, doctor, []service.SetInput{{
			Kind: lab.Patient, GroupID: hospital.ID, FirstName: "Quentinia", LastName: "Zyxwarren", Birth: "1931-07-13", Info: "zebra of Zyxwarren",
		}})
		if err != nil {
			t.Fatal(err)
		}
		samples, err := w.CreateSamples(ctx, doctor, []service.SampleInput{{Sets: []int64{sets[0].ID}, Name: "Ypsilonfile", Files: []service.FileInput{{Name: "Ypsilonfile.fastq"}}}})
		if err != nil {
			t.Fatal(err)
		}
		m := &resulttest.Maker{T: t, Store: w.Store, Blobs: w.Blobs}
		m.Result(samples[0].ID, m.Config(hospital.ID, "IGH", lab.Options{}).ID, resulttest.File(resulttest.Many(1, 3, 100)...))
		_, err = w.SaveAnnotation(ctx, doctor, sets[0].ID, service.AnnotationSave{Body: lab.AnnotationBody{Clonotypes: []lab.ClonotypeNote{{ID: resulttest.Window(1), Notes: "of Zyxwarren"}}}})
		if err != nil {
			t.Fatal(err)
		}
		secrets := []string{"Zyxwarren", "Quentinia", "1931", "Ypsilonfile"}
		for _, c := range []struct {
			who   *service.Actor
			knows bool
			files int
		}{{doctor, true, 6}, {nurse, false, 6}, {stranger, false, 4}} {
			files := w.makeBundle(c.who)
			all := ""
			for name, text := range files {
				all += name + "\n" + text + "\n"
			}
			if len(files) != c.files {
				t.Errorf("%s: files %v, want %d", c.who.User.Name, slices.Sorted(maps.Keys(files)), c.files)
			}
			for _, s := range secrets {
				if strings.Contains(all, s) != c.knows {
					t.Errorf("%s: tells %q: %v", c.who.User.Name, s, !c.knows)
				}
			}
			var rows []map[string]any
			if err := json.Unmarshal([]byte(files["metadata.json"]), &rows); err != nil || len(rows) != min(1, c.files-4) {
				t.Errorf("%s: metadata.json: %v, %v", c.who.User.Name, rows, err)
			}
			if !strings.Contains(files["account.json"], c.who.User.Email) {
				t.Errorf("%s: account.json: %s", c.who.User.Name, files["account.json"])
			}
		}
		list, err := w.Bundles(ctx, doctor)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.OpenBundle(ctx, nurse, list[0].ID)
		w.want("somebody else's archive", err, lab.NotFound)
		w.want("remove somebody else's", w.DeleteBundle(ctx, nurse, list[0].ID), lab.NotFound)
		w.want("remove", w.DeleteBundle(ctx, doctor, list[0].ID), "")
		if _, err := w.RequestBundle(ctx, doctor, true); err != nil {
			t.Fatal(err)
		}
		_, err = w.RequestBundle(ctx, doctor, true)
		w.want("a second one at the same time", err, lab.Conflict)
	})
}
