package service_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

func TestSampleGoesWithItsLastSet(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g := w.group("g", lab.Group{}, daily(access.Anon)...)
		ann := w.person("ann", g)
		a, b := w.patient(ann, g, "", "A"), w.set(ann, service.SetInput{Kind: lab.Run, Name: "B", GroupID: g.ID})
		both, only, gone := w.sample(ann, "both.fastq", a.ID, b.ID), w.sample(ann, "only.fastq", a.ID), w.sample(ann, "gone.fastq", a.ID)
		do := func(what string, err error) {
			t.Helper()
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		// there are the samples that are not in the trash, as their page says.
		there := func() (ids []int64) {
			for _, id := range []int64{both.ID, only.ID, gone.ID} {
				if v, err := w.SampleByID(t.Context(), ann, id); err == nil && v.TrashedAt.IsZero() {
					ids = append(ids, id)
				}
			}
			return ids
		}
		check := func(what string, want ...int64) {
			t.Helper()
			if got := there(); !slices.Equal(got, want) {
				t.Errorf("%s: out of the trash are %v, want %v", what, got, want)
			}
		}
		do("discard", w.TrashSample(t.Context(), ann, gone.ID))
		check("after one was discarded", both.ID, only.ID)
		do("trash", w.TrashSet(t.Context(), ann, a.ID))
		check("after its patient went", both.ID)
		if v, err := w.SampleByID(t.Context(), ann, both.ID); err != nil || len(v.Sets) != 1 || v.Sets[0].ID != b.ID {
			t.Errorf("the sample is shown in sets %v (%v), want the run alone", v.Sets, err)
		}
		do("trash", w.TrashSet(t.Context(), ann, b.ID))
		check("after the run went too")
		if got := w.found(ann, service.SetFilter{}, service.Page{}); len(got) != 0 {
			t.Errorf("lists show sets %v of the trash", got)
		}
		if got := w.found(ann, service.SetFilter{Trash: true}, service.Page{Limit: 1}); !slices.Equal(got, []int64{b.ID, a.ID}) {
			t.Errorf("the trash has sets %v, want %v", got, []int64{b.ID, a.ID})
		}
		_, err := w.RestoreSample(t.Context(), ann, only.ID)
		w.want("out of the trash without its patient", err, lab.Conflict)
		info := "x"
		_, err = w.UpdateSet(t.Context(), ann, a.ID, service.SetChange{Info: &info})
		w.want("change in the trash", err, lab.Conflict)
		_, err = w.CreateSamples(t.Context(), ann, []service.SampleInput{{Name: "n", Sets: []int64{a.ID}}})
		w.want("a new sample in the trash", err, lab.Invalid)
		if _, err = w.RestoreSet(t.Context(), ann, a.ID); err != nil {
			t.Fatal(err)
		}
		check("after the patient came back", both.ID, only.ID)
		if p, err := w.TrashedSamples(t.Context(), ann, service.Page{}); err != nil || len(p.Items) != 1 || p.Items[0].ID != gone.ID {
			t.Errorf("the trash has samples %v (%v), want %d", p.Items, err, gone.ID)
		}
		if _, err = w.RestoreSample(t.Context(), ann, gone.ID); err != nil {
			t.Fatal(err)
		}
		check("after the discarded one came back", both.ID, only.ID, gone.ID)
	})
}

func TestPurgeTrash(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g := w.group("g", lab.Group{}, daily(access.Anon)...)
		ann := w.person("ann", g)
		a, b, c := w.patient(ann, g, "", "Aaronson"), w.patient(ann, g, "", "B"), w.patient(ann, g, "", "C")
		both, only, gone, stays := w.sample(ann, "both.fastq", a.ID, b.ID), w.sample(ann, "only.fastq", a.ID), w.sample(ann, "gone.fastq", c.ID), w.sample(ann, "stays.fastq", a.ID, c.ID)
		for _, id := range []int64{a.ID, b.ID} {
			if err := w.TrashSet(t.Context(), ann, id); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.TrashSample(t.Context(), ann, gone.ID); err != nil {
			t.Fatal(err)
		}
		purge := func(before time.Time) [2]int {
			t.Helper()
			sets, samples, err := w.PurgeTrash(t.Context(), before)
			if err != nil {
				t.Fatal(err)
			}
			return [2]int{sets, samples}
		}
		if got := purge(time.Now().Add(-service.TrashDelay)); got != [2]int{} {
			t.Errorf("before the delay is over: purged %v sets and samples", got)
		}
		w.write(func(ctx context.Context, tx *store.Tx) error { // b went later
			_, err := tx.NewRaw("UPDATE sets SET trashed_at = ? WHERE id = ?", tx.Now.Add(time.Hour), b.ID).Exec(ctx)
			return err
		})
		if got, want := purge(time.Now().Add(time.Minute)), [2]int{1, 2}; got != want {
			t.Errorf("purged %v sets and samples, want %v: the patient with its sample, and the discarded one", got, want)
		}
		code := func(id int64) lab.Code {
			_, err := w.SampleByID(t.Context(), ann, id)
			return lab.CodeOf(err)
		}
		got := map[string]lab.Code{"both": code(both.ID), "only": code(only.ID), "gone": code(gone.ID), "stays": code(stays.ID)}
		want := map[string]lab.Code{"both": "", "only": lab.NotFound, "gone": lab.NotFound, "stays": ""}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("samples: want -, got +:\n%s", diff)
		}
		w.wantRemoved(map[string][]float64{"trash": {float64(a.ID)}, "samples": {float64(only.ID), float64(gone.ID)}})
		if got, want := purge(time.Now().Add(2*time.Hour)), [2]int{1, 1}; got != want {
			t.Errorf("purged %v sets and samples, want %v", got, want)
		}
		if got := w.found(ann, service.SetFilter{}, service.Page{Q: "aaronson"}); len(got) != 0 {
			t.Errorf("a purged patient is found: %v", got)
		}
	})
}

func TestTrashNeedsEdit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g, readers := w.group("g", lab.Group{}, daily(access.Anon)...), w.group("readers", lab.Group{}, setGrants(access.Read, access.Upload)...)
		ann, bob := w.person("ann", g), w.person("bob", readers)
		p := w.patient(ann, g, "", "A")
		sample := w.sample(ann, "s.fastq", p.ID)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.ShareSet(ctx, p.ID, readers.ID); err != nil {
				return err
			}
			return tx.Relist(ctx, []int64{p.ID})
		})
		w.want("a reader trashes the set", w.TrashSet(t.Context(), bob, p.ID), lab.Forbidden)
		w.want("a reader trashes the sample", w.TrashSample(t.Context(), bob, sample.ID), lab.Forbidden)
		if err := w.TrashSet(t.Context(), ann, p.ID); err != nil {
			t.Fatal(err)
		}
		_, err := w.RestoreSet(t.Context(), bob, p.ID)
		w.want("a reader restores the set", err, lab.Forbidden)
		if got := w.found(bob, service.SetFilter{Trash: true}, service.Page{}); len(got) != 1 {
			t.Errorf("a reader sees %v in the trash, want the set", got)
		}
	})
}

// wantRemoved compares what the audit sums up as removed, by class, with numbers.
// It must hold nothing else.
func (w *world) wantRemoved(want map[string][]float64) {
	w.t.Helper()
	page, err := w.Audit(w.t.Context(), w.admin("auditor"), service.AuditQuery{Action: service.AuditRemoved})
	if err != nil {
		w.t.Fatal(err)
	}
	got := map[string][]float64{}
	for _, e := range page.Items {
		class, _ := e.After["kind"].(string)
		ids, _ := e.After["ids"].([]any)
		for _, id := range ids {
			got[class] = append(got[class], id.(float64))
		}
		if n, _ := e.After["count"].(float64); int(n) != len(ids) || len(e.Hidden) > 0 || e.UserID != 0 {
			w.t.Errorf("entry: %+v", e)
		}
	}
	for _, ids := range got {
		slices.Sort(ids)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("removed, by the audit (-want +got):\n%s", diff)
	}
}
