package api_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service/resulttest"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// everything is all that stands in the database, as text.
func (w *site) everything() string {
	w.t.Helper()
	ctx := w.t.Context()
	var b strings.Builder
	err := w.Store.Read(ctx, func(tx *store.Tx) error {
		list := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'set_word%' AND name NOT LIKE 'sqlite_%'"
		if w.Store.Dialect() == store.Postgres {
			list = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
		}
		var tables []string
		if err := tx.NewRaw(list).Scan(ctx, &tables); err != nil {
			return err
		}
		for _, table := range tables {
			rows, err := tx.QueryContext(ctx, "SELECT * FROM "+table)
			if err != nil {
				return err
			}
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			values, at := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				at[i] = &values[i]
			}
			for rows.Next() {
				if err := rows.Scan(at...); err != nil {
					return err
				}
				fmt.Fprintf(&b, "%s:", table)
				for _, v := range values {
					if text, ok := v.([]byte); ok {
						v = string(text)
					}
					fmt.Fprintf(&b, " %v", v)
				}
				b.WriteString("\n")
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return b.String()
}

// TestErasePatient enters a patient whose every word is unmistakable, lets people
// and programs repeat the words wherever they can, and looks through the whole
// database after the erasure.
func TestErasePatient(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		w := newSite(t, url, siteConfig{Dir: t.TempDir()})
		ctx := t.Context()
		g := w.team(lab.Group{Name: "doctors"}, "set:create", "set:read", "set:edit", "set:upload", "set:share", "set:anon", "set:save", "set:run")
		w.team(lab.Group{Name: "public", Kind: lab.GroupPublic}, "set:read")
		doctor, nurse := w.script(w.tokenOf(lab.User{Name: "Doctor"}, g)), w.script(w.tokenOf(lab.User{Name: "Nurse"}, w.team(lab.Group{Name: "nurses", ParentID: g.ID}, "set:read", "set:edit")))
		root := w.script(w.tokenOf(lab.User{Name: "Root", Admin: true}))
		secrets := []string{"Zyxwarren", "Quentinia", "1931-07-13", "13.07.1931", "HX-99817", "Ypsilonfile"}
		sets, samples := w.erasable(ctx, doctor, g)
		before := w.everything()
		for _, s := range secrets {
			if leaked(before, []string{s}) == "" {
				t.Errorf("%q is not in the database: the test would see nothing", s)
			}
		}
		wantCode(t, "erase by who may not know the identity", second(nurse.ErasePatient(ctx, sets[0].ID, client.Erasure{})), "forbidden")
		wantCode(t, "erase a run", second(doctor.ErasePatient(ctx, sets[1].ID, client.Erasure{})), "conflict")
		done, err := doctor.ErasePatient(ctx, sets[0].ID, client.Erasure{KeepNotes: true, KeepInfo: true})
		if err != nil {
			t.Fatal(err)
		}
		if done.Samples != 2 || done.Versions != 3 || done.Entries < 4 {
			t.Errorf("done: %+v", done)
		}
		after := w.everything()
		for line := range strings.SplitSeq(after, "\n") {
			if leak := leaked(line, secrets); leak != "" {
				t.Errorf("%q is still there: %s", leak, line)
			}
		}
		set, err := doctor.Set(ctx, sets[0].ID)
		if err != nil || set.LastName != fmt.Sprintf("Patient %d", set.ID) || set.Birth != "" || !strings.Contains(set.Info, "zebra") {
			t.Errorf("the patient: %+v, %v", set, err)
		}
		cells, err := doctor.SetResults(ctx, sets[0].ID)
		if err != nil || !slices.ContainsFunc(cells.Items, func(c client.ResultCell) bool { return c.Result != nil && c.SampleID == samples[0].ID }) {
			t.Errorf("results: %+v, %v; want the one of before", cells, err)
		}
		note, err := doctor.Annotation(ctx, sets[0].ID)
		if err != nil || note.Body.Clonotypes[0].Notes != "seen by …" {
			t.Errorf("the note: %+v, %v", note.Body, err)
		}
		if _, broken, err := w.Service.VerifyAudit(ctx, store.AuditHead{}); err != nil || broken != nil {
			t.Errorf("the audit: %+v, %v", broken, err)
		}
		// Once more, keeping nothing, by an administrator who never knew the name.
		if done, err = root.ErasePatient(ctx, sets[0].ID, client.Erasure{}); err != nil {
			t.Fatal(err)
		}
		set, err = root.Set(ctx, sets[0].ID)
		if err != nil || set.Info != "" {
			t.Errorf("info %q was to go: %v", set.Info, err)
		}
		if note, err = doctor.Annotation(ctx, sets[0].ID); err != nil || note.Body.Clonotypes[0].Notes != "" || note.Note != "" {
			t.Errorf("the note was to go: %+v, %v", note, err)
		}
		if _, broken, err := w.Service.VerifyAudit(ctx, store.AuditHead{}); err != nil || broken != nil {
			t.Errorf("the audit after the second erasure: %+v, %v", broken, err)
		}
		w.forge(ctx, t)
	})
}

func second[T any](_ T, err error) error { return err }

// forge changes an entry from which an identity was erased: the chain shows it.
func (w *site) forge(ctx context.Context, t *testing.T) {
	t.Helper()
	for name, query := range map[string]string{
		"an erased entry":       `UPDATE audit SET after = '{"kind":"patient"}' WHERE action = 'set.create' AND id = (SELECT min(id) FROM audit WHERE action = 'set.create')`,
		"an entry that vouches": `UPDATE audit SET after = '{"erased":[]}' WHERE action = 'set.erase'`,
	} {
		err := w.Store.Write(ctx, func(tx *store.Tx) error {
			if _, err := tx.ExecContext(ctx, query); err != nil {
				return err
			}
			_, broken, err := tx.VerifyAudit(ctx, store.AuditHead{})
			if err == nil && broken == nil {
				t.Errorf("%s was changed, and nobody sees it", name)
			}
			if err == nil {
				err = errRollback
			}
			return err
		})
		if err != errRollback {
			t.Fatal(err)
		}
	}
}

var errRollback = lab.Errorf(lab.Conflict, "not to be kept")

// erasable makes a patient, a run that repeats its name, samples, a result,
// annotations and a log.
func (w *site) erasable(ctx context.Context, doctor *client.Client, g lab.Group) ([]client.Set, []client.Sample) {
	t := w.t
	t.Helper()
	sets, err := doctor.CreateSets(ctx,
		client.NewSet{Kind: "patient", GroupID: g.ID, FirstName: "Quentinia", LastName: "Zyxwarren", Birth: "1931-07-13", Label: "HX-99817", Info: "zebra: Zyxwarren, born 13.07.1931 #Zyxwarren #zebra"},
		client.NewSet{Kind: "run", GroupID: g.ID, Name: "run 1", Info: "with Quentinia Zyxwarren"},
	)
	if err != nil {
		t.Fatal(err)
	}
	samples, err := doctor.CreateSamples(ctx,
		client.NewSample{Sets: []int64{sets[0].ID, sets[1].ID}, Info: "Quentinia's marrow #Quentinia", Files: []client.NewFile{{Name: "Ypsilonfile_R1.fastq.gz"}}},
		client.NewSample{Sets: []int64{sets[0].ID}, Name: "Ypsilonfile", Info: "see Ypsilonfile"},
	)
	if err != nil {
		t.Fatal(err)
	}
	for i, set := range sets {
		for version := range 2 - i {
			_, err := doctor.SaveAnnotation(ctx, set.ID, version, client.AnnotationSave{Note: "by Zyxwarren", Body: client.AnnotationBody{Clonotypes: []client.ClonotypeNote{{ID: resulttest.Window(1), Notes: "seen by Zyxwarren", Name: fmt.Sprint(version)}}}})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := doctor.UpdateSample(ctx, samples[1].ID, client.SampleChange{Name: new("Ypsilonfile 2")}); err != nil {
		t.Fatal(err)
	}
	m := &resulttest.Maker{T: t, Store: w.Store, Blobs: w.Service.Blobs}
	m.Result(samples[0].ID, m.Config(g.ID, "of the erasable", lab.Options{}).ID, resulttest.File(resulttest.Many(1, 3, 100)...))
	err = w.Store.Write(ctx, func(tx *store.Tx) error {
		j, _, err := tx.EnqueueJob(ctx, lab.Job{Kind: lab.JobAnalyze, Lane: lab.LaneShort, SampleID: samples[0].ID, MaxAttempts: 1})
		if err != nil {
			return err
		}
		if _, err := tx.CancelJob(ctx, j.ID); err != nil {
			return err
		}
		return tx.AppendJobLog(ctx, j.ID, 1, "pear: reading Ypsilonfile_R1.fastq.gz of Zyxwarren\n")
	})
	if err != nil {
		t.Fatal(err)
	}
	return sets, samples
}

// TestRetention: what would go is told, and goes; the rest stays.
func TestRetention(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		w := newSite(t, url, siteConfig{Dir: t.TempDir()})
		ctx := t.Context()
		w.Service.Retention = lab.Retention{Reads: 60 * 24 * time.Hour, Results: 60 * 24 * time.Hour, Audit: 400 * 24 * time.Hour}
		g := w.team(lab.Group{Name: "doctors"}, "set:create", "set:read", "set:edit", "set:upload", "set:run", "set:anon", "set:save")
		w.team(lab.Group{Name: "public", Kind: lab.GroupPublic}, "set:read")
		doctor, root := w.script(w.tokenOf(lab.User{Name: "Doctor"}, g)), w.script(w.tokenOf(lab.User{Name: "Root", Admin: true}))
		sets, samples := w.erasable(ctx, doctor, g)
		m := &resulttest.Maker{T: t, Store: w.Store, Blobs: w.Service.Blobs}
		var configs []lab.Config
		err := w.Store.Read(ctx, func(tx *store.Tx) (err error) {
			configs, err = tx.Configs(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		newest := m.Result(samples[0].ID, configs[0].ID, resulttest.File(resulttest.Many(1, 4, 100)...))
		err = w.Store.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE files SET state = 'present', size = 1000, digest = (SELECT min(digest) FROM blobs)")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := doctor.TrashSet(ctx, sets[1].ID); err != nil {
			t.Fatal(err)
		}
		counts := func(inDays int) string {
			t.Helper()
			out, err := root.RetentionPreview(ctx, inDays)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, c := range out.Classes {
				if c.Name == "trash" || c.Name == "reads" || c.Name == "results" || c.Name == "audit" {
					fmt.Fprintf(&b, "%s %d/%v ", c.Name, c.Count, c.Count > 0 && c.Name != "audit" && len(c.Items) == int(c.Count))
				}
			}
			return strings.TrimSpace(b.String())
		}
		if got, want := counts(0), "trash 0/false reads 0/false results 0/false audit 0/false"; got != want {
			t.Errorf("now: got %s", got)
		}
		if got, want := counts(61), "trash 1/true reads 1/true results 1/true audit 0/false"; got != want {
			t.Errorf("in two months: got %s, want %s", got, want)
		}
		// Nothing goes before its time.
		if n, _, err := w.Service.PurgeReads(ctx); n != 0 || err != nil {
			t.Errorf("reads removed at once: %d, %v", n, err)
		}
		w.Clock.Move(61 * 24 * time.Hour)
		if n, bytes, err := w.Service.PurgeReads(ctx); n != 1 || bytes != 1000 || err != nil {
			t.Errorf("reads: %d samples, %d bytes, %v", n, bytes, err)
		}
		if n, err := w.Service.PurgeOldResults(ctx); n != 1 || err != nil {
			t.Errorf("results: %d, %v", n, err)
		}
		if got, want := counts(0), "trash 1/true reads 0/false results 0/false audit 0/false"; got != want {
			t.Errorf("afterwards: got %s, want %s", got, want)
		}
		cells, err := doctor.SetResults(ctx, sets[0].ID)
		if err != nil || !slices.ContainsFunc(cells.Items, func(c client.ResultCell) bool { return c.Result != nil && c.Result.ID == newest.ID }) {
			t.Errorf("the newest result stays: %+v, %v", cells, err)
		}
		if job, err := root.RunRetention(ctx); err != nil || job.Kind != "collect" {
			t.Errorf("run: %+v, %v", job, err)
		}
		wantCode(t, "previewed by a person", second(doctor.RetentionPreview(ctx, 0)), "forbidden")
		w.Clock.Move(400 * 24 * time.Hour)
		if n, err := w.Service.PurgeAudit(ctx); n == 0 || err != nil {
			t.Errorf("audit: %d, %v", n, err)
		}
		if _, broken, err := w.Service.VerifyAudit(ctx, store.AuditHead{}); err != nil || broken != nil {
			t.Errorf("the audit: %+v, %v", broken, err)
		}
		err = w.Store.Write(ctx, func(tx *store.Tx) error {
			if _, err := tx.ExecContext(ctx, "DELETE FROM audit WHERE id = (SELECT min(id) FROM audit)"); err != nil {
				return err
			}
			_, broken, err := tx.VerifyAudit(ctx, store.AuditHead{})
			if err == nil && broken == nil {
				t.Error("one more entry was removed, and nobody sees it")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
