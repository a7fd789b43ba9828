package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// resultWorld is a set with samples that have results, for tests of what is done
// with results.
type resultWorld struct {
	t      *testing.T
	s      *store.Store
	group  lab.Group
	config lab.Config
	jobs   int64
}

func newResultWorld(t *testing.T, s *store.Store) *resultWorld {
	t.Helper()
	w := &resultWorld{t: t, s: s, group: lab.Group{Name: "g", Kind: lab.GroupOrdinary}}
	write(t, s, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.InsertGroup(ctx, &w.group); err != nil {
			return err
		}
		w.config = lab.Config{Name: "c", GroupID: w.group.ID}
		if err := tx.InsertConfig(ctx, &w.config); err != nil {
			return err
		}
		return tx.InsertConfigRevision(ctx, &lab.ConfigRevision{ConfigID: w.config.ID, Number: 1, Program: "vidjil", Options: "{}", Digest: "d"})
	})
	return w
}

func (w *resultWorld) set(name string) int64 {
	w.t.Helper()
	set := lab.Set{Kind: lab.PlainSet, Name: name, GroupID: w.group.ID}
	write(w.t, w.s, func(ctx context.Context, tx *store.Tx) error { return tx.InsertSet(ctx, &set, lab.SetText{}) })
	return set.ID
}

// result makes a sample in the sets with a result.
func (w *resultWorld) result(sets ...int64) lab.Result {
	w.t.Helper()
	var r lab.Result
	write(w.t, w.s, func(ctx context.Context, tx *store.Tx) error {
		sample := lab.Sample{Name: lab.NewPrivate("s"), Generation: 1}
		if err := tx.InsertSample(ctx, &sample, lab.SampleText{}, sets); err != nil {
			return err
		}
		var err error
		r, err = w.again(ctx, tx, sample.ID)
		return err
	})
	return r
}

func (w *resultWorld) again(ctx context.Context, tx *store.Tx, sampleID int64) (lab.Result, error) {
	w.jobs++
	r := lab.Result{SampleID: sampleID, Generation: 1, ConfigID: w.config.ID, ConfigRevisionID: 1, JobID: w.jobs, Digest: fmt.Sprintf("%064d", w.jobs), Summary: "{}", Provenance: "{}"}
	if err := tx.KeepBlob(ctx, r.Digest, 1); err != nil {
		return r, err
	}
	return r, tx.InsertResult(ctx, &r, nil)
}

func TestAnnotations(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		w := newResultWorld(t, s)
		set := w.set("a")
		u := lab.User{Email: "a@b", Name: "Ada", State: lab.UserActive, Source: "local"}
		write(t, s, func(ctx context.Context, tx *store.Tx) error {
			if _, ok, err := tx.NewestAnnotation(ctx, set); ok || err != nil {
				t.Errorf("before the first: got one (%v)", err)
			}
			if err := tx.InsertUser(ctx, &u); err != nil {
				return err
			}
			for v := range 3 {
				a := lab.Annotation{SetID: set, Version: v + 1, AuthorID: u.ID, Body: fmt.Sprintf(`{"v":%d}`, v+1)}
				if v == 2 {
					a.AuthorID = 0
				}
				if err := tx.InsertAnnotation(ctx, &a); err != nil {
					return err
				}
			}
			a, ok, err := tx.NewestAnnotation(ctx, set)
			if err != nil || !ok || a.Version != 3 || a.Author != "" || a.Body != `{"v":3}` {
				t.Errorf("newest: got %+v (%v)", a, err)
			}
			if a, err = tx.AnnotationVersion(ctx, set, 2); err != nil || a.Author != "Ada" || a.Body != `{"v":2}` || !a.CreatedAt.Equal(tx.Now) {
				t.Errorf("version 2: got %+v (%v)", a, err)
			}
			if _, err = tx.AnnotationVersion(ctx, set, 4); lab.CodeOf(err) != lab.NotFound {
				t.Errorf("version 4: got %v, want not_found", err)
			}
			list, err := tx.AnnotationVersions(ctx, set, 3, 1)
			if err != nil || len(list) != 1 || list[0].Version != 2 || list[0].Body != "" {
				t.Errorf("below 3: got %+v (%v)", list, err)
			}
			return nil
		})
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			return tx.InsertAnnotation(t.Context(), &lab.Annotation{SetID: set, Version: 3, Body: "{}"})
		})
		if lab.CodeOf(err) != lab.Conflict {
			t.Errorf("a version that is there: got %v, want conflict", err)
		}
	})
}

func TestComparisons(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		w := newResultWorld(t, s)
		set := w.set("a")
		r, gone := w.result(set), w.result(set)
		write(t, s, func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.RemoveResult(ctx, gone.ID); err != nil {
				return err
			}
			list, err := tx.ResultsByID(ctx, []int64{gone.ID, r.ID, 99})
			if err != nil || len(list) != 1 || list[0].ID != r.ID {
				t.Errorf("results: got %+v (%v), want %d", list, err, r.ID)
			}
			if _, ok, err := tx.ComparisonWith(ctx, "k"); ok || err != nil {
				t.Errorf("before the first: got one (%v)", err)
			}
			f := lab.Fused{SetID: set, ConfigID: w.config.ID, InputsKey: "k", Inputs: "[1]", Digest: r.Digest, Size: 1, Fresh: true}
			if err := tx.PutFused(ctx, &f); err != nil {
				return err
			}
			if _, ok, err := tx.ComparisonWith(ctx, "k"); ok || err != nil {
				t.Errorf("a set's fused result is no comparison (%v)", err)
			}
			if _, err := tx.Comparison(ctx, f.ID); lab.CodeOf(err) != lab.NotFound {
				t.Errorf("a set's fused result by number: got %v, want not_found", err)
			}
			c := lab.Fused{InputsKey: "k", Inputs: "[1]", Digest: r.Digest, Size: 1}
			if err := tx.InsertComparison(ctx, &c); err != nil {
				return err
			}
			got, err := tx.Comparison(ctx, c.ID)
			if err != nil || got.Inputs != "[1]" || got.SetID != 0 || !got.CreatedAt.Equal(tx.Now) {
				t.Errorf("got %+v (%v)", got, err)
			}
			if n, err := tx.DropComparisons(ctx, tx.Now); err != nil || n != 0 {
				t.Errorf("drop those before: got %d (%v), want 0", n, err)
			}
			if n, err := tx.DropComparisons(ctx, tx.Now.Add(time.Second)); err != nil || n != 1 {
				t.Errorf("drop: got %d (%v), want 1", n, err)
			}
			if _, ok, err := tx.FusedFor(ctx, set, w.config.ID); err != nil || !ok {
				t.Errorf("the set's fused result went too (%v)", err)
			}
			return nil
		})
	})
}

func TestSearchedResults(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		w := newResultWorld(t, s)
		a, b := w.set("a"), w.set("b")
		ra, rb, both := w.result(a), w.result(b), w.result(a, b)
		other := lab.Group{Name: "other", Kind: lab.GroupOrdinary}
		var newer lab.Result
		write(t, s, func(ctx context.Context, tx *store.Tx) (err error) {
			if err := tx.InsertGroup(ctx, &other); err != nil {
				return err
			}
			if _, err := tx.ShareSet(ctx, b, other.ID); err != nil {
				return err
			}
			newer, err = w.again(ctx, tx, rb.SampleID)
			return err
		})
		for name, tt := range map[string]struct {
			scope store.CloneScope
			want  []int64
		}{
			"all":              {store.CloneScope{All: true}, []int64{ra.ID, both.ID, newer.ID}},
			"of the owner":     {store.CloneScope{Groups: []int64{w.group.ID}}, []int64{ra.ID, both.ID, newer.ID}},
			"of the other":     {store.CloneScope{Groups: []int64{other.ID}}, []int64{both.ID, newer.ID}},
			"of nobody":        {store.CloneScope{}, nil},
			"in a":             {store.CloneScope{All: true, Sets: []int64{a}}, []int64{ra.ID, both.ID}},
			"in a, of other":   {store.CloneScope{Groups: []int64{other.ID}, Sets: []int64{a}}, nil},
			"in a set of none": {store.CloneScope{All: true, Sets: []int64{}}, nil},
			"no more than one": {store.CloneScope{All: true, Limit: 1}, []int64{ra.ID}},
			"by no config":     {store.CloneScope{All: true, Configs: []int64{99}}, nil},
		} {
			if tt.scope.Limit == 0 {
				tt.scope.Limit = 10
			}
			if tt.scope.Configs == nil {
				tt.scope.Configs = []int64{w.config.ID}
			}
			err := s.Read(t.Context(), func(tx *store.Tx) error {
				list, err := tx.SearchedResults(t.Context(), tt.scope)
				var ids []int64
				for i := range list {
					ids = append(ids, list[i].ID)
				}
				if !slices.Equal(ids, tt.want) {
					t.Errorf("%s: got %v, want %v", name, ids, tt.want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		write(t, s, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.TrashSet(ctx, b, 0); err != nil {
				return err
			}
			list, err := tx.SearchedResults(ctx, store.CloneScope{All: true, Configs: []int64{w.config.ID}, Limit: 10})
			if err != nil || len(list) != 2 {
				t.Errorf("with a set in the trash: got %d (%v), want 2", len(list), err)
			}
			return nil
		})
	})
}
