package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// shelf is a store with two samples in a set, and two configs.
type shelf struct {
	*store.Store
	t             *testing.T
	set           lab.Set
	first, second lab.Sample // by number; the second was taken before
	configs       [2]lab.ConfigRevision
	jobs          int64
}

func eachShelf(t *testing.T, test func(t *testing.T, s *shelf)) {
	t.Helper()
	each(t, func(t *testing.T, st *store.Store) {
		s := &shelf{Store: st, t: t}
		s.write(func(ctx context.Context, tx *store.Tx) error {
			g := lab.Group{Name: "g", Kind: lab.GroupOrdinary}
			if err := tx.InsertGroup(ctx, &g); err != nil {
				return err
			}
			s.set = lab.Set{Kind: lab.Run, Name: "run", GroupID: g.ID}
			if err := tx.InsertSet(ctx, &s.set, lab.SetText{}); err != nil {
				return err
			}
			s.first.SamplingDate, s.second.SamplingDate = "2026-03-01", "2026-02-01"
			for _, x := range []*lab.Sample{&s.first, &s.second} {
				if err := tx.InsertSample(ctx, x, lab.SampleText{}, []int64{s.set.ID}); err != nil {
					return err
				}
			}
			for i := range s.configs {
				c := lab.Config{Name: fmt.Sprintf("config %d", i), GroupID: g.ID}
				if err := tx.InsertConfig(ctx, &c); err != nil {
					return err
				}
				s.configs[i] = lab.ConfigRevision{ConfigID: c.ID, Number: 1, Program: lab.ProgramVidjil, Options: "{}", Digest: "d"}
				if err := tx.InsertConfigRevision(ctx, &s.configs[i]); err != nil {
					return err
				}
			}
			return tx.KeepBlob(ctx, digest('a'), 10)
		})
		test(t, s)
	})
}

func digest(c byte) string { return strings.Repeat(string(c), 64) }

func (s *shelf) write(f func(ctx context.Context, tx *store.Tx) error) {
	s.t.Helper()
	if err := s.Write(s.t.Context(), func(tx *store.Tx) error { return f(s.t.Context(), tx) }); err != nil {
		s.t.Fatal(err)
	}
}

// result adds a result and returns its id.
func (s *shelf) result(sample lab.Sample, config int) int64 {
	s.t.Helper()
	s.jobs++
	r := lab.Result{
		SampleID: sample.ID, Generation: 1, ConfigID: s.configs[config].ConfigID, ConfigRevisionID: s.configs[config].ID, JobID: s.jobs,
		Digest: digest('a'), Size: 10, Reads: 7, Recombined: 5, Clonotypes: 2, Summary: `{"total":7}`, Provenance: `{"engine":"1"}`,
	}
	s.write(func(ctx context.Context, tx *store.Tx) error {
		return tx.InsertResult(ctx, &r, []lab.ResultFile{{Name: "b.txt", Digest: digest('a'), Size: 10, MediaType: "text/plain"}, {Name: "a.txt", Digest: digest('a'), Size: 10, MediaType: "text/plain"}})
	})
	return r.ID
}

func idsOf(list []lab.Result) (out []int64) {
	for _, r := range list {
		out = append(out, r.ID)
	}
	return out
}

func TestResultsOfSamples(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, s *shelf) {
		old, other, now, second := s.result(s.first, 0), s.result(s.first, 1), s.result(s.first, 0), s.result(s.second, 0)
		want := func(what string, got, want []int64) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", what, got, want)
			}
		}
		newest := func(config int64) (out []int64) {
			s.write(func(ctx context.Context, tx *store.Tx) error {
				list, err := tx.NewestResults(ctx, []int64{s.first.ID, s.second.ID}, config)
				out = idsOf(list)
				for _, r := range list {
					if r.Summary != "" || r.Provenance != "" || r.Clonotypes != 2 {
						t.Errorf("of lists: got %+v", r)
					}
				}
				return err
			})
			return out
		}
		inputs := func() (out []int64) {
			s.write(func(ctx context.Context, tx *store.Tx) error {
				list, err := tx.FuseInputs(ctx, s.set.ID, s.configs[0].ConfigID)
				out = idsOf(list)
				return err
			})
			return out
		}
		want("newest of all configs", newest(0), []int64{now, other, second})
		want("newest of one", newest(s.configs[0].ConfigID), []int64{now, second})
		want("to fuse, by date", inputs(), []int64{second, now})
		s.write(func(ctx context.Context, tx *store.Tx) error {
			if was, err := tx.RemoveResult(ctx, now); err != nil || !was {
				t.Errorf("remove: got %t, %v", was, err)
			}
			was, err := tx.RemoveResult(ctx, now)
			if was {
				t.Error("it was removed twice")
			}
			return err
		})
		want("newest after the removal", newest(s.configs[0].ConfigID), []int64{old, second})
		want("to fuse after the removal", inputs(), []int64{second, old})
		s.write(func(ctx context.Context, tx *store.Tx) error {
			list, err := tx.ResultsOf(ctx, s.first.ID)
			want("history", idsOf(list), []int64{other, old})
			if err != nil {
				return err
			}
			files, err := tx.ResultFiles(ctx, old)
			if len(files) != 2 || files[0].Name != "a.txt" {
				t.Errorf("files: got %+v", files)
			}
			return err
		})
		// A job makes one result.
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			return tx.InsertResult(t.Context(), &lab.Result{SampleID: s.first.ID, Generation: 1, ConfigID: s.configs[0].ConfigID, ConfigRevisionID: s.configs[0].ID, JobID: 1, Digest: digest('a'), Summary: "{}", Provenance: "{}"}, nil)
		})
		if got := lab.CodeOf(err); got != lab.Conflict {
			t.Errorf("a second result of a job: got %q (%v), want a conflict", got, err)
		}
	})
}

func TestFuses(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, s *shelf) {
		s.result(s.first, 0)
		want := func(what string, configs ...int) {
			t.Helper()
			var got, wanted []store.SetConfig
			for _, c := range configs {
				wanted = append(wanted, store.SetConfig{SetID: s.set.ID, ConfigID: s.configs[c].ConfigID, GroupID: s.set.GroupID})
			}
			s.write(func(ctx context.Context, tx *store.Tx) (err error) {
				got, err = tx.FusesOf(ctx, []int64{s.set.ID})
				return err
			})
			if d := cmp.Diff(wanted, got); d != "" {
				t.Errorf("%s: -want +got\n%s", what, d)
			}
		}
		want("with a result", 0)
		put := func(f *lab.Fused) {
			s.write(func(ctx context.Context, tx *store.Tx) error { return tx.PutFused(ctx, f) })
		}
		f := lab.Fused{SetID: s.set.ID, ConfigID: s.configs[1].ConfigID, InputsKey: "k", Inputs: "[1]", Digest: digest('a'), Size: 10, Fresh: true}
		put(&f)
		want("with a fused result of another config", 0, 1)
		id := f.ID
		f.InputsKey = "k2"
		put(&f)
		if f.ID != id {
			t.Errorf("the second fused result of a set and config: got row %d, want %d", f.ID, id)
		}
		s.write(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.StaleFusedOf(ctx, []int64{s.set.ID}, s.configs[0].ConfigID); err != nil {
				return err
			}
			if got, ok, err := tx.FusedWith(ctx, "k2"); err != nil || !ok || !got.Fresh {
				t.Errorf("another config's became stale: got %+v, %v", got, err)
			}
			if err := tx.StaleFusedOf(ctx, []int64{s.set.ID}, s.configs[1].ConfigID); err != nil {
				return err
			}
			if got, _, err := tx.FusedFor(ctx, s.set.ID, s.configs[1].ConfigID); err != nil || got.Fresh {
				t.Errorf("stale: got %+v, %v", got, err)
			}
			if err := tx.FreshenFused(ctx, s.set.ID, s.configs[1].ConfigID); err != nil {
				return err
			}
			if got, _, err := tx.FusedFor(ctx, s.set.ID, s.configs[1].ConfigID); err != nil || !got.Fresh {
				t.Errorf("fresh: got %+v, %v", got, err)
			}
			if err := tx.TrashSet(ctx, s.set.ID, 0); err != nil {
				return err
			}
			return tx.DropFused(ctx, s.set.ID, s.configs[1].ConfigID)
		})
		want("of a set in the trash")
	})
}

func TestPrepared(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, s *shelf) {
		got := func() bool {
			var ok bool
			s.write(func(ctx context.Context, tx *store.Tx) (err error) {
				_, ok, err = tx.PreparedOf(ctx, s.first.ID, 1, "how")
				return err
			})
			return ok
		}
		put := func() {
			s.write(func(ctx context.Context, tx *store.Tx) error {
				return tx.PutPrepared(ctx, &lab.Prepared{SampleID: s.first.ID, Generation: 1, PreProcessDigest: "how", Inputs: "[1]", Digest: digest('a'), Size: 10, Record: "{}"})
			})
		}
		drop := func() (n int64) {
			s.write(func(ctx context.Context, tx *store.Tx) (err error) {
				n, err = tx.DropOldPrepared(ctx)
				return err
			})
			return n
		}
		file := lab.File{SampleID: s.first.ID, Generation: 1, Role: lab.RoleR1, Name: lab.NewPrivate("x"), State: lab.FilePresent, Digest: digest('a'), Size: 10}
		s.write(func(ctx context.Context, tx *store.Tx) error { return tx.InsertFile(ctx, &file) })
		put()
		put() // in the place of the first
		if n := drop(); n != 0 || !got() {
			t.Errorf("what is in use: %d were forgotten", n)
		}
		s.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.RemoveFiles(ctx, s.first.ID)
			return err
		})
		if n := drop(); n != 1 || got() {
			t.Errorf("of removed reads: %d were forgotten, want 1", n)
		}
		s.first.Generation = 2
		s.write(func(ctx context.Context, tx *store.Tx) error { return tx.UpdateSample(ctx, &s.first, lab.SampleText{}) })
		put()
		if n := drop(); n != 1 || got() {
			t.Errorf("of replaced reads: %d were forgotten, want 1", n)
		}
	})
}

func TestFileSums(t *testing.T) {
	t.Parallel()
	eachShelf(t, func(t *testing.T, s *shelf) {
		file := lab.File{SampleID: s.first.ID, Generation: 1, Role: lab.RoleReads, Name: lab.NewPrivate("x"), State: lab.FilePresent, Source: "runs", Path: lab.NewPrivate("x")}
		s.write(func(ctx context.Context, tx *store.Tx) error {
			if err := tx.InsertFile(ctx, &file); err != nil {
				return err
			}
			for _, c := range []byte("bc") { // the first one stays
				if err := tx.PutFileSum(ctx, lab.FileSum{FileID: file.ID, Digest: digest(c), Size: 3}); err != nil {
					return err
				}
			}
			sums, err := tx.FileSums(ctx, []int64{file.ID, 99})
			if got := sums[file.ID]; len(sums) != 1 || got.Digest != digest('b') || got.Size != 3 || got.ReadAt.IsZero() {
				t.Errorf("got %+v, want the first one", sums)
			}
			if err != nil {
				return err
			}
			for _, tt := range []struct {
				from, to lab.FileState
				want     bool
			}{{lab.FileMissing, lab.FilePresent, false}, {lab.FilePresent, lab.FileMissing, true}, {lab.FilePresent, lab.FileMissing, false}} {
				changed, err := tx.SetFileState(ctx, file.ID, tt.from, tt.to)
				if err != nil {
					return err
				}
				if changed != tt.want {
					t.Errorf("%s to %s: got %t, want %t", tt.from, tt.to, changed, tt.want)
				}
			}
			return nil
		})
	})
}
