package store

import (
	"path/filepath"
	"strings"
	"testing"

	"vidjil.org/vidjil/internal/lab"
)

// TestAnnotationPlans asks SQLite how it runs the queries of annotations and
// comparisons, and refuses one that reads a whole table. A search through
// clonotypes may go through all results, which it is about to read, but through
// no memberships that it does not need.
func TestAnnotationPlans(t *testing.T) {
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
		for _, f := range []func() error{
			func() error { _, _, err := tx.NewestAnnotation(ctx, 1); return err },
			func() error { _, err := tx.AnnotationVersion(ctx, 1, 1); return ignoreMissing(err) },
			func() error { _, err := tx.AnnotationVersions(ctx, 1, 0, 10); return err },
			func() error { _, err := tx.AnnotationVersions(ctx, 1, 5, 10); return err },
			func() error { _, err := tx.ResultsByID(ctx, []int64{1, 2}); return err },
			func() error { _, err := tx.Comparison(ctx, 1); return ignoreMissing(err) },
			func() error { _, _, err := tx.ComparisonWith(ctx, "x"); return err },
			func() error { return tx.TouchComparison(ctx, 1) },
			func() error {
				_, err := tx.SearchedResults(ctx, CloneScope{Groups: []int64{1}, Sets: []int64{1}, Configs: []int64{1}, Limit: 1})
				return err
			},
		} {
			if err := f(); err != nil {
				return err
			}
		}
		all := CloneScope{Groups: []int64{1, 2}, Configs: []int64{1}, Limit: 1}
		_, err := tx.SearchedResults(ctx, all)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for i, q := range r.list {
		if strings.HasPrefix(q, "BEGIN") || strings.HasPrefix(q, "COMMIT") {
			continue
		}
		seen++
		steps, err := plan(ctx, s, q)
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		through := strings.Contains(q, "EXISTS") && i == len(r.list)-1
		for _, step := range steps {
			table, scans := strings.CutPrefix(step, "SCAN ")
			if through && strings.HasPrefix(table, "n ") {
				continue
			}
			if scans {
				t.Errorf("%s\n%s", q, strings.Join(steps, "\n"))
				break
			}
		}
	}
	if seen < 10 {
		t.Errorf("%d queries seen: they are looked for in the wrong place", seen)
	}
}

func ignoreMissing(err error) error {
	if lab.CodeOf(err) == lab.NotFound {
		return nil
	}
	return err
}
