package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// each runs a test on an empty store of each kind.
func each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) {
		s, err := store.Open(t.Context(), store.Config{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		test(t, s)
	})
}

// write runs f in a transaction and stops the test on an error.
func write(t *testing.T, s *store.Store, f func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), func(tx *store.Tx) error { return f(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		u := lab.User{Email: "Ada@Example.org", Name: "Ada", State: lab.UserActive, Admin: true, Source: "local"}
		login := time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.FixedZone("", 19800))
		write(t, s, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.InsertUser(ctx, &u); err != nil {
				return err
			}
			u.LastLoginAt = login.UTC()
			return tx.UpdateUser(ctx, &u)
		})
		err := s.Read(t.Context(), func(tx *store.Tx) error {
			got, err := tx.UserByEmail(t.Context(), " ada@EXAMPLE.org ")
			if err != nil {
				return err
			}
			if diff := cmp.Diff(u, got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
			_, err = tx.UserByID(t.Context(), 99)
			if got, want := lab.CodeOf(err), lab.NotFound; got != want {
				t.Errorf("an account that is not there: got %q (%v), want %q", got, err, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Write(t.Context(), func(tx *store.Tx) error {
			return tx.InsertUser(t.Context(), &lab.User{Email: "ADA@example.org", Name: "Eve", State: lab.UserActive, Source: "local"})
		})
		if got, want := lab.CodeOf(err), lab.Conflict; got != want {
			t.Errorf("the same address in capitals: got %q (%v), want %q", got, err, want)
		}
	})
}

func TestWriteIsAllOrNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		told, stop := false, errors.New("stop")
		err := s.Write(t.Context(), func(tx *store.Tx) error {
			tx.AfterCommit(func() { told = true })
			tx.Audit(lab.Entry{Action: "setting.put"})
			if err := tx.PutSetting(t.Context(), "a", "1"); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Errorf("got %v, want the error of the use case", err)
		}
		if told {
			t.Error("what should follow the commit ran without one")
		}
		write(t, s, func(ctx context.Context, tx *store.Tx) error {
			got, err := tx.Setting(ctx, "a")
			if got != "" {
				t.Errorf("setting: got %q, want none", got)
			}
			return err
		})
	})
}

func TestReadDoesNotWrite(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *store.Store) {
		err := s.Read(t.Context(), func(tx *store.Tx) error { return tx.PutSetting(t.Context(), "a", "1") })
		if err == nil {
			t.Error("a reading transaction wrote")
		}
	})
}
