package store

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// TestAuditPlans asks SQLite how it finds a page of the audit by each filter: by
// an index, in the order of the page.
func TestAuditPlans(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := Open(ctx, Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "vidjil.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	var r recorder
	s.reader = s.reader.WithQueryHook(&r)
	if err := s.Write(ctx, func(tx *Tx) error { tx.Audit(lab.Entry{Action: "set.create"}); return nil }); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	filters := []AuditFilter{
		{},
		{Below: 5},
		{UserID: 1},
		{BehalfOf: 1},
		{Object: "set", ObjectID: 1},
		{SetID: 1},
		{Action: "set.create"},
		{From: now.Add(-time.Hour), To: now.Add(time.Hour)},
		{UserID: 1, From: now.Add(-time.Hour)},
	}
	err = s.Read(ctx, func(tx *Tx) error {
		for _, f := range filters {
			f.Limit = 50
			if _, err := tx.AuditPage(ctx, f); err != nil {
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
		if !strings.Contains(q, "FROM audit") {
			continue
		}
		seen++
		steps, err := plan(ctx, s, q)
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		for _, step := range steps {
			if strings.HasPrefix(step, "SCAN ") || strings.Contains(step, "TEMP B-TREE") {
				t.Errorf("%s\n%s", q, strings.Join(steps, "\n"))
			}
		}
	}
	if seen < len(filters) {
		t.Fatalf("%d queries seen, want %d at least", seen, len(filters))
	}
}
