package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// noteEntries writes n entries, each in its transaction.
func noteEntries(t *testing.T, s *store.Store, n int) {
	t.Helper()
	for i := range n {
		write(t, s, func(_ context.Context, tx *store.Tx) error {
			tx.Audit(lab.Entry{UserID: int64(i%3 + 1), Action: "set.update", Object: "set", ObjectID: int64(i), SetID: int64(i), Before: `{"a":1}`, After: `{"a":"é\u0000"}`})
			return nil
		})
	}
}

func verify(t *testing.T, s *store.Store, known store.AuditHead) (end store.AuditHead, broken *store.AuditBreak) {
	t.Helper()
	err := s.Read(t.Context(), func(tx *store.Tx) (err error) {
		end, broken, err = tx.VerifyAudit(t.Context(), known)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return end, broken
}

// TestAuditShowsTampering changes the audit behind its back, in each way that
// SQL has.
func TestAuditShowsTampering(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		sql    []string
		broken int64 // the first entry that does not hold
	}{
		{"nothing", nil, 0},
		{"change who", []string{"UPDATE audit SET user_id = 9 WHERE id = 7"}, 7},
		{"change what", []string{"UPDATE audit SET after = '{}' WHERE id = 1"}, 1},
		{"change when", []string{"UPDATE audit SET at = (SELECT at FROM audit WHERE id = 3) WHERE id = 4"}, 4},
		{"change the last", []string{"UPDATE audit SET action = 'set.read' WHERE id = 10"}, 10},
		{"delete the first", []string{"DELETE FROM audit WHERE id = 1"}, 2},
		{"delete one", []string{"DELETE FROM audit WHERE id = 5"}, 6},
		{"delete the last", []string{"DELETE FROM audit WHERE id = 10"}, 10},
		{"delete all", []string{"DELETE FROM audit"}, 1},
		{"delete one and close the gap", []string{"DELETE FROM audit WHERE id = 5", "UPDATE audit SET id = -id WHERE id > 5", "UPDATE audit SET id = -id - 1 WHERE id < 0"}, 5},
		{"insert at the end", []string{"INSERT INTO audit SELECT 11, at, user_id, behalf_of, action, object, object_id, set_id, before, after, request_id, address, hash, 'abc' FROM audit WHERE id = 10"}, 11},
		{"insert before the first", []string{"INSERT INTO audit SELECT 0, at, user_id, behalf_of, action, object, object_id, set_id, before, after, request_id, address, '', 'abc' FROM audit WHERE id = 10"}, 0},
		{"exchange two", []string{"UPDATE audit SET id = -1 WHERE id = 4", "UPDATE audit SET id = 4 WHERE id = 5", "UPDATE audit SET id = 5 WHERE id = -1"}, 4},
		{"cut the end off, with its mark", []string{"DELETE FROM audit WHERE id > 8", "UPDATE audit_head SET id = 8, hash = (SELECT hash FROM audit WHERE id = 8)"}, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, s *store.Store) {
				noteEntries(t, s, 10)
				known, broken := verify(t, s, store.AuditHead{})
				if broken != nil || known.ID != 10 {
					t.Fatalf("before: ends at %d, broken %v", known.ID, broken)
				}
				write(t, s, func(ctx context.Context, tx *store.Tx) error {
					for _, query := range tt.sql {
						if _, err := tx.NewRaw(query).Exec(ctx); err != nil {
							return fmt.Errorf("%s: %w", query, err)
						}
					}
					return nil
				})
				_, broken = verify(t, s, store.AuditHead{})
				switch {
				case tt.broken == -1:
					// Nothing inside tells; the end that was noted before does.
					if broken != nil {
						t.Errorf("without the noted end: got %+v", broken)
					}
					if _, broken = verify(t, s, known); broken == nil || broken.ID != 10 {
						t.Errorf("with the noted end: got %+v, want entry 10", broken)
					}
				case tt.sql == nil && broken != nil:
					t.Errorf("got %+v, want none", broken)
				case tt.sql != nil && (broken == nil || broken.ID != tt.broken):
					t.Errorf("got %+v, want entry %d", broken, tt.broken)
				}
			})
		})
	}
}

// TestAuditOfManyWriters has 20 writers note entries at once; some of them give
// up before the end.
func TestAuditOfManyWriters(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		const writers, rounds = 20, 10
		giveUp := fmt.Errorf("give up")
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range rounds {
					err := s.Write(t.Context(), func(tx *store.Tx) error {
						tx.Audit(lab.Entry{UserID: int64(w + 1), Action: "set.update", Object: "set", ObjectID: int64(i + 1)})
						tx.Audit(lab.Entry{UserID: int64(w + 1), Action: "set.share", Object: "set", ObjectID: int64(i + 1)})
						if i%5 == 4 {
							return giveUp
						}
						return nil
					})
					if err != nil && err != giveUp {
						t.Errorf("writer %d: %v", w, err)
					}
				}
			})
		}
		wg.Wait()
		end, broken := verify(t, s, store.AuditHead{})
		if broken != nil {
			t.Errorf("the chain is broken at %d: %s", broken.ID, broken.Why)
		}
		if got, want := end.ID, int64(writers*rounds*4/5*2); got != want {
			t.Errorf("entries: got %d, want %d", got, want)
		}
	})
}

func TestAuditPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		noteEntries(t, s, 10)
		for _, tt := range []struct {
			name   string
			filter store.AuditFilter
			want   []int64
		}{
			{"newest first", store.AuditFilter{Limit: 3}, []int64{10, 9, 8}},
			{"below", store.AuditFilter{Below: 3, Limit: 3}, []int64{2, 1}},
			{"person", store.AuditFilter{UserID: 3, Limit: 9}, []int64{9, 6, 3}},
			{"object", store.AuditFilter{Object: "set", ObjectID: 4, Limit: 9}, []int64{5}},
			{"set", store.AuditFilter{SetID: 4, Limit: 9}, []int64{5}},
			{"action", store.AuditFilter{Action: "set.update", Limit: 1}, []int64{10}},
			{"another action", store.AuditFilter{Action: "set.read", Limit: 1}, nil},
			{"nobody acted for", store.AuditFilter{BehalfOf: 1, Limit: 1}, nil},
			{"since yesterday", store.AuditFilter{From: time.Now().Add(-24 * time.Hour), Limit: 1}, []int64{10}},
			{"until yesterday", store.AuditFilter{To: time.Now().Add(-24 * time.Hour), Limit: 1}, nil},
			{"from tomorrow", store.AuditFilter{From: time.Now().Add(24 * time.Hour), Limit: 1}, nil},
			{"until tomorrow", store.AuditFilter{To: time.Now().Add(24 * time.Hour), Limit: 1}, []int64{10}},
		} {
			err := s.Read(t.Context(), func(tx *store.Tx) error {
				list, err := tx.AuditPage(t.Context(), tt.filter)
				var got []int64
				for _, e := range list {
					got = append(got, e.ID)
				}
				if fmt.Sprint(got) != fmt.Sprint(tt.want) {
					t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
