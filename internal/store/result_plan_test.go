package store

import (
	"path/filepath"
	"strings"
	"testing"

	"vidjil.org/vidjil/internal/lab"
)

// TestResultPlans asks SQLite how it runs the queries of the pipeline and of
// pages of results, and refuses one that reads a whole table.
func TestResultPlans(t *testing.T) {
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
			func() error { _, err := tx.ResultsOf(ctx, 1); return err },
			func() error { _, err := tx.NewestResults(ctx, []int64{1, 2}, 0); return err },
			func() error { _, err := tx.NewestResults(ctx, []int64{1, 2}, 3); return err },
			func() error { _, err := tx.NewestJobs(ctx, []int64{1, 2}, 0); return err },
			func() error { _, err := tx.NewestJobs(ctx, []int64{1, 2}, 3); return err },
			func() error { _, err := tx.ResultFiles(ctx, 1); return err },
			func() error { _, err := tx.RemoveResult(ctx, 1); return err },
			func() error { _, err := tx.RemovedResults(ctx, tx.Now, 10); return err },
			func() error { return tx.DeleteResults(ctx, []int64{1}) },
			func() error { _, _, err := tx.PreparedOf(ctx, 1, 1, "x"); return err },
			func() error { return tx.DropPrepared(ctx, 1) },
			func() error { _, err := tx.FileSums(ctx, []int64{1, 2}); return err },
			func() error { _, err := tx.SetFileState(ctx, 1, lab.FilePresent, lab.FileMissing); return err },
			func() error { _, err := tx.FusesOf(ctx, []int64{1, 2}); return err },
			func() error { _, err := tx.FuseInputs(ctx, 1, 2); return err },
			func() error { _, _, err := tx.FusedFor(ctx, 1, 2); return err },
			func() error { _, _, err := tx.FusedWith(ctx, "x"); return err },
			func() error { return tx.FreshenFused(ctx, 1, 2) },
			func() error { return tx.StaleFusedOf(ctx, []int64{1, 2}, 3) },
			func() error { return tx.DropFused(ctx, 1, 2) },
		} {
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, q := range r.list {
		if strings.HasPrefix(q, "BEGIN") || strings.HasPrefix(q, "COMMIT") {
			continue
		}
		seen++
		steps, err := plan(ctx, s, q)
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		for _, step := range steps {
			table, _, _ := strings.Cut(strings.TrimPrefix(step, "SCAN "), " ")
			if strings.HasPrefix(step, "SCAN ") && table != "x" { // x is what a part of the query gave
				t.Errorf("%s\n%s", q, strings.Join(steps, "\n"))
			}
		}
	}
	if seen < 20 {
		t.Fatalf("%d queries seen: they are looked for in the wrong place", seen)
	}
}
