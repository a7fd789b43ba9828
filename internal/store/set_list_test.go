package store_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// fixture is a store with sets, and what a naive list needs of them.
type fixture struct {
	rows   []lab.SetRow
	text   map[int64]lab.SetText
	access map[int64][]int64
	tags   map[int64][]int64 // of the set and of its samples
	days   map[int64][]lab.Date
	tagIDs []int64
	groups []int64
}

var fixtureTags = []string{"relapse", "diagnosis", "Überprüft"}

// draw fills the store with sets, samples, tags and groups.
func draw(ctx context.Context, t *rapid.T, tx *store.Tx) *fixture {
	f := &fixture{text: map[int64]lab.SetText{}, access: map[int64][]int64{}, tags: map[int64][]int64{}, days: map[int64][]lab.Date{}}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	// The tests of a run share a database: what was there before goes.
	for _, table := range []string{"set_listing", "sample_sets", "samples", "set_access", "sets", "group_tags", "groups"} {
		_, err := tx.NewRaw("DELETE FROM " + table).Exec(ctx)
		must(err)
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "groups") {
		g := lab.Group{Name: fmt.Sprintf("group %d", i), Kind: lab.GroupOrdinary}
		must(tx.InsertGroup(ctx, &g))
		f.groups = append(f.groups, g.ID)
	}
	var err error
	f.tagIDs, err = tx.PutTags(ctx, fixtureTags)
	must(err)
	word := rapid.SampledFrom([]string{"anna", "bert", "an", "Ännchen", "1", "12", "o'hara", `q"q`, "50%", "a_b"})
	var ids []int64
	for range rapid.IntRange(0, 25).Draw(t, "sets") {
		s := lab.Set{Kind: rapid.SampledFrom(lab.SetKinds()).Draw(t, "kind"), GroupID: rapid.SampledFrom(f.groups).Draw(t, "owner")}
		name := word.Draw(t, "name")
		s.Info = word.Draw(t, "info")
		if s.Kind == lab.Patient {
			s.LastName = lab.NewPrivate(name)
			s.Birth = lab.NewPrivate(rapid.SampledFrom([]string{"", "1980-02-03", "1999-12-31"}).Draw(t, "birth"))
		} else {
			s.Name = name
		}
		if s.Kind == lab.Run {
			s.RunDate = rapid.SampledFrom([]lab.Date{"", "2026-01-05", "2026-02-01"}).Draw(t, "date")
		}
		text := lab.SetText{NameKey: lab.Fold(name), Open: lab.Fold(s.Info)}
		if s.Kind == lab.Patient {
			text.Identity = lab.Fold(name + " " + s.Birth.Stored())
		} else {
			text.Open += " " + lab.Fold(name)
		}
		must(tx.InsertSet(ctx, &s, text))
		ids = append(ids, s.ID)
		f.text[s.ID], f.access[s.ID] = text, []int64{s.GroupID}
		for _, g := range rapid.SliceOfDistinct(rapid.SampledFrom(f.groups), rapid.ID[int64]).Draw(t, "shared") {
			added, err := tx.ShareSet(ctx, s.ID, g)
			must(err)
			if added {
				f.access[s.ID] = append(f.access[s.ID], g)
			}
		}
		f.tags[s.ID] = rapid.SliceOfDistinct(rapid.SampledFrom(f.tagIDs), rapid.ID[int64]).Draw(t, "tags")
		row := lab.SetRow{Set: s, Day: s.RunDate}
		for range rapid.IntRange(0, 2).Draw(t, "samples") {
			p := lab.Sample{SamplingDate: rapid.SampledFrom([]lab.Date{"", "2026-01-10", "2026-03-01"}).Draw(t, "day")}
			must(tx.InsertSample(ctx, &p, lab.SampleText{}, []int64{s.ID}))
			row.Samples++
			f.days[s.ID] = append(f.days[s.ID], p.SamplingDate)
			if s.Kind != lab.Run {
				row.Day = max(row.Day, p.SamplingDate)
			}
			if rapid.Bool().Draw(t, "tagged") {
				must(tx.SampleTags(ctx, p.ID, f.tagIDs[:1]))
				f.tags[s.ID] = append(f.tags[s.ID], f.tagIDs[0])
			}
		}
		must(tx.SetTags(ctx, s.ID, f.tags[s.ID]))
		// Text and numbers order times alike only if fractions are written right.
		row.ChangedAt = tx.Now.Truncate(time.Second).Add(rapid.SampledFrom([]time.Duration{0, time.Microsecond, 10 * time.Microsecond, 500 * time.Millisecond, time.Second}).Draw(t, "changed"))
		_, err := tx.NewRaw("UPDATE sets SET changed_at = ? WHERE id = ?", row.ChangedAt, s.ID).Exec(ctx)
		must(err)
		f.rows = append(f.rows, row)
	}
	must(tx.Relist(ctx, ids))
	return f
}

// query draws a list to ask for.
func (f *fixture) query(t *rapid.T) store.SetQuery {
	some := func(what string) []int64 {
		return rapid.SliceOfDistinct(rapid.SampledFrom(f.groups), rapid.ID[int64]).Draw(t, what)
	}
	q := store.SetQuery{
		View: some("view"), Anon: some("anon"), Desc: rapid.Bool().Draw(t, "desc"), Limit: rapid.IntRange(1, 5).Draw(t, "limit"),
		Sort: rapid.SampledFrom(lab.SetSorts()).Draw(t, "sort"), Shelves: rapid.SampledFrom([][]string{{"patient"}, {"run"}, {"patient", "run", "set"}}).Draw(t, "shelves"),
	}
	if rapid.IntRange(0, 3).Draw(t, "admin") == 0 {
		q.View = []int64{store.Everything}
	}
	texts := []string{"", "an", "ann", "anna", "-anna", "o'hara", `"q""`, "50%", "a_b", "1", "12", "id:3", "#relapse", "-#relapse", "#nothing", "date:2026-01", "-date:2026-01", "created:2000", "created:2026..", "anna #relapse", "group:x", "anna bert", "anna 12", "-bert anna", "created:2000..2027 an"}
	if len(f.rows) > 0 { // its number, too
		texts = append(texts, fmt.Sprint(f.rows[0].ID), fmt.Sprintf("%d an", f.rows[0].ID), fmt.Sprintf("-%d", f.rows[0].ID))
	}
	parsed, err := lab.ParseQuery(rapid.SampledFrom(texts).Draw(t, "q"))
	if err != nil {
		t.Fatal(err)
	}
	for _, term := range parsed {
		s := store.SetTerm{Term: term}
		if i := slices.IndexFunc(fixtureTags, func(name string) bool { return lab.Fold(name) == term.Text }); term.Kind == lab.TermTag && i >= 0 {
			s.TagIDs = f.tagIDs[i : i+1]
		}
		if term.Kind == lab.TermGroup {
			s.Groups = f.groups[:1]
		}
		q.Terms = append(q.Terms, s)
	}
	return q.WithFew(rapid.SampledFrom([]int64{-1, 1, 1000}).Draw(t, "few"))
}

func meet(a, b []int64) bool {
	return slices.ContainsFunc(a, func(x int64) bool { return slices.Contains(b, x) })
}

// list is the whole list, looked up one by one.
func (f *fixture) list(q *store.SetQuery) []lab.SetRow {
	known := func(s *lab.SetRow) bool { return s.Kind != lab.Patient || meet(f.access[s.ID], q.Anon) }
	var out []lab.SetRow
	for i := range f.rows {
		s := &f.rows[i]
		seen := slices.Equal(q.View, []int64{store.Everything}) || meet(f.access[s.ID], q.View)
		if !seen || !slices.Contains(q.Shelves, string(s.Kind)) || slices.ContainsFunc(q.Terms, func(t store.SetTerm) bool { return f.holds(&t, s, known(s)) == t.Not }) {
			continue
		}
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b lab.SetRow) int {
		if q.Sort == lab.SortName || q.Sort == lab.SortBirth {
			switch {
			case known(&a) && !known(&b):
				return -1
			case !known(&a) && known(&b):
				return 1
			}
		}
		c := cmp.Or(f.compare(q.Sort, &a, &b, known(&a)), cmp.Compare(a.ID, b.ID))
		if q.Desc {
			c = -c
		}
		return c
	})
	return out
}

func (f *fixture) compare(sort lab.SetSort, a, b *lab.SetRow, known bool) int {
	switch sort {
	case lab.SortChanged:
		return a.ChangedAt.Compare(b.ChangedAt)
	case lab.SortName:
		if known {
			return strings.Compare(f.text[a.ID].NameKey, f.text[b.ID].NameKey)
		}
	case lab.SortBirth:
		if known {
			return strings.Compare(a.Birth.Stored(), b.Birth.Stored())
		}
	case lab.SortDate:
		return cmp.Compare(a.Day, b.Day)
	case lab.SortSamples:
		return cmp.Compare(a.Samples, b.Samples)
	}
	return 0
}

func (f *fixture) holds(t *store.SetTerm, s *lab.SetRow, known bool) bool {
	within := func(d lab.Date) bool {
		return d != "" && (t.From == "" || d >= t.From) && (t.Until == "" || d < t.Until)
	}
	switch t.Kind {
	case lab.TermID:
		return s.ID == t.ID
	case lab.TermTag:
		return meet(f.tags[s.ID], t.TagIDs)
	case lab.TermGroup:
		return meet(f.access[s.ID], t.Groups)
	case lab.TermCreated:
		return within(lab.DateOf(s.CreatedAt))
	case lab.TermDate:
		return within(s.Day) || slices.ContainsFunc(f.days[s.ID], within)
	}
	return strings.Contains(f.text[s.ID].Open, t.Text) || known && strings.Contains(f.text[s.ID].Identity, t.Text) || t.ID == s.ID
}

// TestSetLists compares lists, read page by page, with what looking at each set
// gives.
func TestSetLists(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		rapid.Check(t, func(r *rapid.T) {
			err := s.Write(t.Context(), func(tx *store.Tx) error {
				f := draw(t.Context(), r, tx)
				for range 5 {
					q := f.query(r)
					want := f.list(&q)
					var got []lab.SetRow
					for {
						rows, next, err := tx.Sets(t.Context(), q)
						if err != nil {
							return err
						}
						got = append(got, rows...)
						if next == nil {
							break
						}
						if len(rows) != q.Limit {
							r.Fatalf("a page that is not the last has %d sets, want %d", len(rows), q.Limit)
						}
						q.After = next
					}
					if diff := gocmp.Diff(ids(want), ids(got)); diff != "" {
						r.Fatalf("%+v: want -, got +:\n%s", q, diff)
					}
					sum, err := tx.SumSets(t.Context(), q)
					if err != nil {
						return err
					}
					total := lab.SetTotals{Sets: int64(len(want))}
					for i := range want {
						total.Samples += want[i].Samples
						if got[i].Samples != want[i].Samples || got[i].Day != want[i].Day {
							r.Fatalf("set %d: got %d samples, the newest of %q; want %d, %q", want[i].ID, got[i].Samples, got[i].Day, want[i].Samples, want[i].Day)
						}
					}
					if sum != total {
						r.Fatalf("totals: got %+v, want %+v", sum, total)
					}
				}
				return nil
			})
			if err != nil {
				r.Fatal(err)
			}
		})
	})
}

func ids(rows []lab.SetRow) []int64 {
	list := []int64{}
	for i := range rows {
		list = append(list, rows[i].ID)
	}
	return list
}
