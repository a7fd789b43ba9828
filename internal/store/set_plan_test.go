package store

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"vidjil.org/vidjil/internal/lab"
)

// setCalls is every query of sets, samples, files and tags, with each order and
// each kind of term, as many kinds of reader ask.
func setCalls(ctx context.Context, tx *Tx, group, set, sample int64) []func() error {
	var calls []func() error
	terms := []SetTerm{
		{Term: lab.Term{Kind: lab.TermWord, Text: "anna", ID: 3}},
		{Term: lab.Term{Kind: lab.TermWord, Text: "an"}},
		{Term: lab.Term{Kind: lab.TermWord, Text: "an", Not: true}},
		{Term: lab.Term{Kind: lab.TermTag}, TagIDs: []int64{1}},
		{Term: lab.Term{Kind: lab.TermGroup}, Groups: []int64{group}},
		{Term: lab.Term{Kind: lab.TermCreated, From: "2026-01-01"}},
		{Term: lab.Term{Kind: lab.TermChanged, Until: "2027-01-01"}},
		{Term: lab.Term{Kind: lab.TermDate, From: "2026-01-01", Until: "2027-01-01"}},
		{Term: lab.Term{Kind: lab.TermID, ID: 1}},
		{Term: lab.Term{Kind: lab.TermState, Text: "running"}},
		{Term: lab.Term{Kind: lab.TermState, Text: "failed"}},
		{Term: lab.Term{Kind: lab.TermState, Text: "missing"}},
		{Term: lab.Term{Kind: lab.TermConfig}, Configs: []int64{1}},
	}
	for _, sort := range lab.SetSorts() {
		for _, view := range [][]int64{{Everything}, {group}, {group, 77, 78}} {
			for _, anon := range [][]int64{nil, {group}, {group, 79}} {
				for i := range len(terms) + 1 {
					q := SetQuery{Shelves: []string{"patient", "run", "set"}, View: view, Anon: anon, Sort: sort, Desc: i%2 == 0, Limit: 50, After: &SetCursor{ID: set, Key: "1"}}
					if i > 0 {
						q.Terms = terms[i-1 : i]
					}
					for _, few := range []int64{0, -1} { // -1: nothing is few, all is walked
						for _, hidden := range []bool{false, true} {
							q := q.WithFew(few)
							q.After = &SetCursor{ID: set, Key: "1", Hidden: hidden}
							calls = append(calls, func() error { _, _, err := tx.Sets(ctx, q); return err })
						}
						calls = append(calls, func() error { _, err := tx.SumSets(ctx, q.WithFew(few)); return err })
					}
				}
			}
		}
	}
	for _, sort := range lab.SampleSorts() {
		for i := range len(terms) + 1 {
			q := SampleQuery{SetID: set, Anon: []int64{group}, Sort: sort, Limit: 50, After: &SetCursor{ID: sample, Key: "1"}}
			if i > 0 {
				q.Terms = terms[i-1 : i]
			}
			calls = append(calls, func() error { _, _, err := tx.Samples(ctx, q); return err })
		}
	}
	one := []int64{set}
	return append(calls,
		func() error { _, err := tx.SetByID(ctx, set); return err },
		func() error { _, err := tx.SetsByID(ctx, one); return err },
		func() error { _, err := tx.SetRows(ctx, one); return err },
		func() error { _, err := tx.SetAccess(ctx, one); return err },
		func() error { _, err := tx.ConfigStates(ctx, one); return err },
		func() error { _, err := tx.CountSetsOf(ctx, []int64{group}); return err },
		func() error { return tx.Relist(ctx, one) },
		func() error { return tx.TouchSets(ctx, one) },
		func() error { return tx.StaleFused(ctx, one) },
		func() error { return tx.RetagSets(ctx, one) },
		func() error { return tx.SetTags(ctx, set, []int64{1}) },
		func() error { return tx.SampleTags(ctx, sample, []int64{1}) },
		func() error { _, err := tx.TagIDs(ctx, "x"); return err },
		func() error { _, err := tx.SamplesOf(ctx, set); return err },
		func() error { _, err := tx.LivingSamplesOf(ctx, set); return err },
		func() error { _, err := tx.MembershipsOf(ctx, []int64{sample}); return err },
		func() error { _, err := tx.FilesOf(ctx, []int64{sample}); return err },
		func() error { _, err := tx.RemoveFiles(ctx, sample); return err },
		func() error { return tx.TrashSet(ctx, set, 0) },
		func() error { _, err := tx.TrashSamplesOf(ctx, set); return err },
		func() error { _, err := tx.RestoreSamplesOf(ctx, set); return err },
		func() error { _, err := tx.DiscardedSamples(ctx, tx.Now, 10); return err },
		func() error { _, err := tx.DiscardedSamplesIn(ctx, []int64{group}, 0, 10); return err },
		func() error { _, err := tx.TrashedSets(ctx, tx.Now, 10); return err },
		func() error { _, err := tx.SamplesOnlyIn(ctx, one); return err },
		func() error { return tx.DeleteSamples(ctx, []int64{sample}) },
		func() error { return tx.DeleteSets(ctx, one) },
	)
}

// TestSetPlans asks SQLite how it runs each of them, and refuses to read a whole
// table or index, and to sort a list that is walked in its order.
func TestSetPlans(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := Open(ctx, Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "vidjil.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	var r recorder
	s.writer = s.writer.WithQueryHook(&r)
	err = s.Write(ctx, func(tx *Tx) error {
		g := lab.Group{Name: "g", Kind: lab.GroupOrdinary}
		if err := tx.InsertGroup(ctx, &g); err != nil {
			return err
		}
		set := lab.Set{Kind: lab.PlainSet, Name: "anna", GroupID: g.ID}
		if err := tx.InsertSet(ctx, &set, lab.SetText{Open: "anna", NameKey: "anna"}); err != nil {
			return err
		}
		var sample lab.Sample
		if err := tx.InsertSample(ctx, &sample, lab.SampleText{}, []int64{set.ID}); err != nil {
			return err
		}
		for _, call := range setCalls(ctx, tx, g.ID, set.ID, sample.ID) {
			if err := call(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	walked := 0
	for _, q := range r.list {
		if strings.HasPrefix(q, "INSERT INTO groups") || strings.HasPrefix(q, "PRAGMA") || strings.HasPrefix(q, "BEGIN") || strings.HasPrefix(q, "COMMIT") {
			continue
		}
		steps, err := plan(ctx, s, q)
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		if fault := badStep(q, steps); fault != "" {
			t.Errorf("%s:\n%s\n%s", fault, q, strings.Join(steps, "\n"))
		}
		if strings.Contains(strings.Join(steps, " "), "(group_id=? AND shelf=?") {
			walked++
		}
	}
	if len(r.list) < 1000 || walked < 100 {
		t.Fatalf("%d queries seen, %d of them walk along lists: they are looked for in the wrong place", len(r.list), walked)
	}
}

// badStep names what is wrong with a plan, "" for nothing.
func badStep(query string, steps []string) string {
	// A list is walked unless few sets were found before.
	walk := strings.Contains(query, "set_listing l INDEXED BY") && !strings.Contains(query, "l.set_id IN (") && !strings.Contains(query, "l.set_id = 1 ") && strings.HasPrefix(query, "SELECT id FROM")
	list := false // the step before reads the list
	for _, step := range steps {
		if table, ok := strings.CutPrefix(step, "SCAN "); ok {
			table, rest, _ := strings.Cut(table, " ")
			switch {
			case table == "set_words" && strings.Contains(rest, "INDEX 0:M"), table == "set_words" && strings.Contains(rest, "INDEX 0:="), table == "set_word_terms" && strings.Contains(rest, "VIRTUAL TABLE INDEX"): // a look-up of words, or by number
			case strings.Contains(" u x y g n c sums CONSTANT ", " "+table+" "), strings.HasPrefix(table, "b"): // of what a part of the query gave
			case strings.Contains(rest, "INDEX samples_discarded"), strings.Contains(rest, "INDEX sets_trashed"): // hold the trash and nothing else
			case strings.Contains(rest, "INDEX jobs_living"), strings.Contains(rest, "INDEX jobs_failed"): // hold those in that state
			default:
				return "reads all of " + table
			}
		}
		if strings.HasPrefix(step, "SEARCH l ") {
			list = true
			if walk && !strings.Contains(step, "(group_id=? AND shelf=?") {
				return "reads other shelves too"
			}
		} else if strings.HasPrefix(step, "SCAN ") {
			list = false
		}
		samples := strings.HasPrefix(query, "SELECT m.sample_id AS id") && !strings.Contains(query, "ORDER BY p.changed_at")
		if samples && strings.Contains(step, "TEMP B-TREE") {
			return "sorts what an index has in order"
		}
		if walk && list && strings.Contains(step, "TEMP B-TREE FOR ORDER BY") {
			return "sorts what an index has in order"
		}
	}
	return ""
}
