package backup_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

func TestKeep(t *testing.T) {
	t.Parallel()
	times := []string{
		"2026-03-10T12:30", "2026-03-10T12:00", "2026-03-10T11:00", "2026-03-09T23:00", "2026-03-09T01:00",
		"2026-03-08T10:00", "2026-03-01T10:00", "2026-02-20T10:00", "2026-01-31T10:00", "2025-12-31T10:00",
	}
	for name, tt := range map[string]struct {
		keep backup.Keep
		want []int // of times
	}{
		"all":     {backup.Keep{}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		"last":    {backup.Keep{Last: 2}, []int{0, 1}},
		"hourly":  {backup.Keep{Hourly: 2}, []int{0, 2}},
		"daily":   {backup.Keep{Daily: 3}, []int{0, 3, 5}},
		"weekly":  {backup.Keep{Weekly: 2}, []int{0, 5}},
		"monthly": {backup.Keep{Monthly: 3}, []int{0, 7, 8}},
		"any":     {backup.Keep{Last: 1, Daily: 2, Monthly: 9}, []int{0, 3, 7, 8, 9}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var list []time.Time
			for _, text := range times {
				at, err := time.Parse("2006-01-02T15:04", text)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, at)
			}
			var got []int
			for i, stays := range tt.keep.Choose(list) {
				if stays {
					got = append(got, i)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

// TestKeepHoldsWhatItPromises: the newest stays, no more stay than the rules add
// up to, and each day of the last ones with a backup keeps one.
func TestKeepHoldsWhatItPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 6)
		k := backup.Keep{Last: n.Draw(t, "last"), Hourly: n.Draw(t, "hourly"), Daily: n.Draw(t, "daily"), Weekly: n.Draw(t, "weekly"), Monthly: n.Draw(t, "monthly")}
		at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
		var times []time.Time
		for range rapid.IntRange(1, 200).Draw(t, "backups") {
			times = append(times, at)
			at = at.Add(-time.Duration(rapid.IntRange(1, 40*3600).Draw(t, "apart")) * time.Second)
		}
		stay := k.Choose(times)
		kept, days := 0, map[string]bool{}
		for i, stays := range stay {
			day := times[i].Format(time.DateOnly)
			if k.Daily > 0 && len(days) < k.Daily && !days[day] {
				days[day] = true
				if !stays {
					t.Errorf("the newest of %s is not kept by %+v", day, k)
				}
			}
			if stays {
				kept++
			}
		}
		if most := k.Last + k.Hourly + k.Daily + k.Weekly + k.Monthly; most > 0 && (kept > most || !stay[0]) {
			t.Errorf("%+v keeps %d of %d, the newest: %t", k, kept, len(times), stay[0])
		}
	})
}

// TestPrune removes what no backup needs, and nothing else.
func TestPrune(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	s.backup(backup.Options{})
	s.backup(backup.Options{NoReads: true})
	target := s.open()
	if _, err := backup.Prune(t.Context(), target, backup.Keep{Last: -1}, false, nil); lab.CodeOf(err) != lab.Usage {
		t.Errorf("a negative number: got %v", err)
	}
	before := s.files()
	p, err := backup.Prune(t.Context(), target, backup.Keep{Last: 1}, true, nil)
	if err != nil || len(p.Removed) != 1 || len(p.Kept) != 1 || p.Objects == 0 {
		t.Errorf("dry run: got %+v, %v", p, err)
	}
	if diff := cmp.Diff(before, s.files()); diff != "" {
		t.Errorf("a dry run changed the target\n%s", diff)
	}
	if p, err = backup.Prune(t.Context(), target, backup.Keep{Last: 1}, false, nil); err != nil {
		t.Fatal(err)
	}
	after, objects := s.files(), 0
	for name := range after {
		if strings.HasPrefix(name, "objects/") {
			objects++
		}
	}
	if objects != 2 || len(before)-len(after) != p.Objects+1 {
		t.Errorf("got %d blobs, %d files fewer, %+v", objects, len(before)-len(after), p)
	}
	s.restore(backup.Restoration{})
	if p, err := backup.Prune(t.Context(), target, backup.Keep{Last: 1}, false, nil); err != nil || p.Objects != 0 || len(p.Removed) != 0 {
		t.Errorf("pruned again: got %+v, %v", p, err)
	}
}

// TestSchedule makes a backup at once, then none until it is due, and notes how
// each went.
func TestSchedule(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	s.open()
	done := make(chan error, 10)
	start := func() *backup.Schedule {
		k := &backup.Schedule{Source: s.src, Place: s.target, Done: func(_ *backup.Manifest, err error) { done <- err }}
		if err := k.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		return k
	}
	first := start()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	first.Stop()
	first.Stop()
	status := func() (b lab.BackupStatus) {
		err := s.src.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
			b, err = tx.BackupStatus(t.Context())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	good := status()
	if good.LastID == "" || good.Error != "" || good.Target != s.target || good.Bytes == 0 {
		t.Errorf("got %+v", good)
	}
	start().Stop() // it is not due
	list, err := s.open().Manifests(t.Context())
	if err != nil || len(list) != 1 || list[0].ID != good.LastID {
		t.Errorf("got %d backups, %v; want the one", len(list), err)
	}
	s.src.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	s.src.Data = "/none" // no place for the copy
	second := start()
	if err := <-done; err == nil {
		t.Error("a backup without a place for the copy was made")
	}
	second.Stop()
	if b := status(); b.Error == "" || b.LastID != good.LastID || !b.LastTry.After(good.LastTry) {
		t.Errorf("after one that failed: got %+v", b)
	}
}

func TestBeforeMigration(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := newSite(t, url)
		before := backup.BeforeMigration(s.src.Data, url)
		for known := int64(6); known <= 10; known++ {
			if err := before(t.Context(), s.src.Store, store.Schema{Have: known - 1, Known: known}); err != nil {
				t.Fatal(err)
			}
		}
		entries := names(t, s.src.Data+"/backups")
		suffix := map[string]string{store.SQLite: ".db", store.Postgres: ".pgdump"}[s.src.Store.Dialect()]
		var want []string
		for known := 8; known <= 10; known++ {
			want = append(want, fmt.Sprintf("before-%05d%s", known, suffix))
		}
		if diff := cmp.Diff(want, entries); diff != "" {
			t.Errorf("want -, got +\n%s", diff)
		}
		if s.src.Store.Dialect() == store.SQLite {
			s.sameRows("sqlite:"+s.src.Data+"/backups/before-00010.db", true)
		}
	})
}

func TestFind(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	first, second := s.backup(backup.Options{}), s.backup(backup.Options{})
	target := s.open()
	for id, want := range map[string]string{"": second.ID, first.ID: first.ID, second.ID[:len(second.ID)-1]: second.ID} {
		if m, err := target.Find(t.Context(), id); err != nil || m.ID != want {
			t.Errorf("%q: got %v, %v, want %s", id, m, err, want)
		}
	}
	for id, want := range map[string]lab.Code{"2": lab.Usage, "x": lab.NotFound} {
		if _, err := target.Find(t.Context(), id); lab.CodeOf(err) != want {
			t.Errorf("%q: got %v, want %s", id, err, want)
		}
	}
	list, err := target.Manifests(t.Context())
	if err != nil || len(list) != 2 || !slices.IsSortedFunc(list, func(a, b *backup.Manifest) int { return b.CreatedAt.Compare(a.CreatedAt) }) {
		t.Errorf("got %d backups, %v, want two, the newest first", len(list), err)
	}
}
