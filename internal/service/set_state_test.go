package service_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// TestSetStates: what lists tell of analyses, and what their search finds by it.
func TestSetStates(t *testing.T) {
	t.Parallel()
	eachLaboratory(t, func(t *testing.T, l *laboratory) {
		eve := l.person("eve", l.group("others", lab.Group{}, daily(access.Run)...))
		other := l.set(l.ann, service.SetInput{Kind: lab.Run, Name: "run 2", GroupID: l.g.ID})
		empty := l.set(l.ann, service.SetInput{Kind: lab.Run, Name: "run 3", GroupID: l.g.ID})
		a, b := l.arrived("A", l.run.ID), l.arrived("B", l.run.ID)
		l.arrived("C", other.ID)
		both := []int64{other.ID, l.run.ID, other.ID}
		want := func(what string, want ...store.ConfigState) {
			t.Helper()
			got, err := l.SetStates(t.Context(), l.ann, both)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: -want +got\n%s", what, d)
			}
		}
		finds := func(q string, sets ...int64) {
			t.Helper()
			got := l.found(l.ann, service.SetFilter{Kind: lab.Run}, service.Page{Q: q, Sort: "created"})
			if !slices.Equal(got, sets) {
				t.Errorf("%s: got %v, want %v", q, got, sets)
			}
		}

		want("before")
		finds("state:running")
		finds("state:missing", l.run.ID, other.ID)
		finds("-state:missing", empty.ID)

		l.asks(service.RunRequest{SampleIDs: []int64{a, b}})
		want("asked for", store.ConfigState{SetID: l.run.ID, ConfigID: l.config.ID, Queued: 2})
		finds("state:running", l.run.ID)
		finds("state:done")

		l.works()
		want("done", store.ConfigState{SetID: l.run.ID, ConfigID: l.config.ID, Results: 2})
		finds("state:running")
		finds("state:done", l.run.ID)
		finds("config:ig", l.run.ID)
		finds("config:trb")
		finds("-config:IGH state:missing", other.ID)

		again := l.asks(service.RunRequest{SampleIDs: []int64{a}}).Jobs[0].ID
		l.write(func(ctx context.Context, tx *store.Tx) error {
			j, ok, err := tx.ClaimJob(ctx, store.Claim{Worker: "w", Lease: "l", Lanes: []lab.Lane{lab.LaneShort, lab.LaneLong}, Kinds: []lab.JobKind{lab.JobAnalyze}})
			if err != nil || !ok || j.ID != again {
				t.Fatalf("claim: got job %d, %v", j.ID, err)
			}
			_, err = tx.SettleJob(ctx, j.ID, "l", store.Outcome{State: lab.JobFailed, Error: "no", Code: lab.Invalid})
			return err
		})
		want("failed once", store.ConfigState{SetID: l.run.ID, ConfigID: l.config.ID, Results: 2, Failed: 1})
		finds("state:failed", l.run.ID)
		l.asks(service.RunRequest{SampleIDs: []int64{a}})
		l.works()
		want("tried again", store.ConfigState{SetID: l.run.ID, ConfigID: l.config.ID, Results: 2})
		finds("state:failed")

		samples := l.samplesOf(l.ann, l.run.ID, service.Page{Q: "state:done config:igh"})
		if len(samples) != 2 {
			t.Errorf("samples: got %v", samples)
		}
		if got, err := l.SetStates(t.Context(), eve, both); err != nil || len(got) != 0 {
			t.Errorf("somebody else: got %v, %v", got, err)
		}
		_, err := l.SetStates(t.Context(), l.ann, make([]int64, 201))
		l.want("too many", err, lab.Invalid)
	})
}

// TestTitles: names are told to those who may know them, and that is noted.
func TestTitles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g := w.group("laboratory", lab.Group{}, daily(access.Anon)...)
		doctor := w.person("doctor", g)
		patient := w.patient(doctor, g, "Marie", "Dupont")
		sample := w.sample(doctor, "DUPONT-d0", patient.ID)
		technicians := w.group("technicians", lab.Group{}, setGrants(access.Read)...)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ShareSet(ctx, patient.ID, technicians.ID)
			return err
		})
		stranger := w.person("stranger", w.group("others", lab.Group{}, daily(access.Anon)...))
		for name, tt := range map[string]struct {
			who  *service.Actor
			want service.Titles
		}{
			"doctor":     {doctor, service.Titles{Sets: map[int64]string{patient.ID: "Dupont Marie"}, Samples: map[int64]string{sample.ID: "DUPONT-d0"}}},
			"technician": {w.person("tim", technicians), service.Titles{Sets: map[int64]string{patient.ID: "Patient 1"}, Samples: map[int64]string{sample.ID: "Sample 1"}}},
			"stranger":   {stranger, service.Titles{Sets: map[int64]string{}, Samples: map[int64]string{}}},
		} {
			got, err := w.Titles(t.Context(), tt.who, []int64{patient.ID, 77}, []int64{sample.ID, 78})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("%s: -want +got\n%s", name, d)
			}
		}
		w.write(func(ctx context.Context, tx *store.Tx) error {
			entries, err := tx.AuditPage(ctx, store.AuditFilter{Action: "identity.read", Object: "title", Limit: 10})
			if err == nil && len(entries) == 0 {
				t.Error("nobody noted that names were read")
			}
			return err
		})
		_, err := w.Titles(t.Context(), doctor, make([]int64, 201), nil)
		w.want("too many", err, lab.Invalid)
	})
}
