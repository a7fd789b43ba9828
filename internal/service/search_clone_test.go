package service_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/service/resulttest"
	"vidjil.org/vidjil/internal/store"
)

// hits are the samples of hits, in their order.
func hits(a service.CloneAnswer) []int64 {
	var ids []int64
	for i := range a.Hits {
		ids = append(ids, a.Hits[i].Sample.ID)
	}
	return ids
}

func TestSearchClones(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		ctx := t.Context()
		search := func(who *service.Actor, q service.CloneSearch) service.CloneAnswer {
			t.Helper()
			a, err := w.SearchClones(ctx, who, q)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		shared := service.CloneSearch{CloneQuery: service.CloneQuery{Sequence: v.shared}}
		got := search(v.ann, shared)
		if !slices.Equal(hits(got), v.samples) || got.Tables != 2 || got.Rows != 71 || got.Total != 2 {
			t.Errorf("got samples %v in %d results, %d clonotypes; want %v in 2, 71", hits(got), got.Tables, got.Rows, v.samples)
		}
		if h := got.Hits[0]; h.ID != v.shared || h.Reads != 1000 || h.Sample.Title() != "Ypsilonfile_D0" || len(h.Sets) != 2 || h.End-h.Start != 50 {
			t.Errorf("first hit: got %+v", h)
		}
		if got = search(v.ann, service.CloneSearch{CloneQuery: service.CloneQuery{Five: "IGHV3", MinReads: 999}}); got.Total != 2 {
			t.Errorf("by gene and reads: got %d, want 2", got.Total)
		}
		// Sets of others, results that are not the newest, samples in the trash and
		// configs that one may not use are not searched.
		theirs := w.group("theirs", lab.Group{}, append(daily(access.Anon), access.Grant{Kind: access.Config, Right: access.Read})...)
		bob := w.person("bob", theirs)
		hidden := v.Config(theirs.ID, "of bob", lab.Options{})
		mine := w.patient(bob, theirs, "", "Bobspatient")
		s := w.sample(bob, "b.fastq", mine.ID)
		v.Result(s.ID, hidden.ID, resulttest.File(resulttest.Clone{ID: v.shared, Reads: 7}))
		if got = search(bob, shared); !slices.Equal(hits(got), []int64{s.ID}) {
			t.Errorf("bob finds %v, want his own %d", hits(got), s.ID)
		}
		if got = search(v.ann, shared); len(got.Hits) != 2 {
			t.Errorf("ann finds what bob has: %v", hits(got))
		}
		v.Result(v.samples[0], v.config.ID, resulttest.File(resulttest.Many(500, 3, 10)...))
		if got = search(v.ann, shared); !slices.Equal(hits(got), v.samples[1:]) {
			t.Errorf("after a newer result without it: got %v, want %v", hits(got), v.samples[1:])
		}
		run := service.CloneSearch{CloneQuery: shared.CloneQuery, Sets: []int64{v.run.ID}, Configs: []int64{v.config.ID}}
		if got = search(v.ann, run); !slices.Equal(hits(got), v.samples[1:]) {
			t.Errorf("in the run: got %v", hits(got))
		}
		w.want("trash", w.TrashSample(ctx, v.ann, v.samples[1]), "")
		if got = search(v.ann, shared); len(got.Hits) != 0 {
			t.Errorf("in the trash: got %v, want nothing", hits(got))
		}
		_, err := w.SearchClones(ctx, v.ann, service.CloneSearch{CloneQuery: shared.CloneQuery, Sets: []int64{mine.ID}})
		w.want("in a set of others", err, lab.NotFound)
		_, err = w.SearchClones(ctx, v.ann, service.CloneSearch{CloneQuery: shared.CloneQuery, Configs: []int64{hidden.ID}})
		w.want("by a config of others", err, lab.NotFound)
		for name, q := range map[string]service.CloneQuery{"nothing": {}, "reads alone": {MinReads: 5}, "too short": {Sequence: "ACGT"}, "no letters": {Sequence: "ACGTACGTACGT!"}} {
			_, err := w.SearchClones(ctx, v.ann, service.CloneSearch{CloneQuery: q})
			w.want(name, err, lab.Invalid)
		}
		stopped, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := w.SearchClones(stopped, v.ann, shared); !errors.Is(err, context.Canceled) {
			t.Errorf("given up: got %v", err)
		}
	})
}

// TestSearchGoesOnPastDamage: a result whose bytes are gone or damaged is named,
// and the others are searched.
func TestSearchGoesOnPastDamage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		if err := w.Blobs.Delete(t.Context(), blob.Digest(v.results[0].Digest), w.Now().Add(1<<40)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		got, err := w.SearchClones(t.Context(), v.ann, service.CloneSearch{CloneQuery: service.CloneQuery{Sequence: v.shared}})
		if err != nil || !slices.Equal(got.Failed, []int64{v.results[0].ID}) || !slices.Equal(hits(got), v.samples[1:]) {
			t.Errorf("got %v, failed %v (%v); want %v, failed %d", hits(got), got.Failed, err, v.samples[1:], v.results[0].ID)
		}
	})
}

// TestReadingResultsIsNoted: every reading of results stands in the audit, with
// the identities that it showed.
func TestReadingResultsIsNoted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		ctx := t.Context()
		for action, read := range map[string]func() error{
			"result.read": func() error { _, err := w.FusedInfo(ctx, v.ann, v.ref); return err },
			"result.compare": func() error {
				_, err := w.Compare(ctx, v.ann, service.Comparison{Results: []int64{v.results[0].ID}})
				return err
			},
			"annotation.read":   func() error { _, err := w.Annotation(ctx, v.ann, v.patient.ID, 0); return err },
			"annotation.export": func() error { _, err := w.ExportAnnotation(ctx, v.ann, v.patient.ID, 0); return err },
			"quality.read":      func() error { _, err := w.Quality(ctx, v.ann, v.patient.ID, 0); return err },
			"clonotype.search": func() error {
				_, err := w.SearchClones(ctx, v.ann, service.CloneSearch{CloneQuery: service.CloneQuery{System: "IGH"}})
				return err
			},
			"result.export": func() error {
				_, err := w.Archive(ctx, v.ann, service.ArchiveRequest{Sets: []int64{v.patient.ID}, Formats: []service.ExportFormat{service.ExportAirr}})
				return err
			},
		} {
			if err := read(); err != nil {
				t.Fatalf("%s: %v", action, err)
			}
			var last lab.Entry
			err := w.Store.Read(ctx, func(tx *store.Tx) error {
				return tx.AuditEach(ctx, func(e *lab.Entry) error {
					if e.Action == action {
						last = *e
					}
					return nil
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			if last.UserID != v.ann.User.ID || last.After == "" {
				t.Errorf("%s: got entry %+v", action, last)
			}
		}
	})
}
