package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// TestReferrersAreTheSchema: a table that refers to blobs and that the collector
// does not know would lose its bytes.
func TestReferrersAreTheSchema(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("migrations: got %v, %v", files, err)
	}
	table := regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\);`)
	column := regexp.MustCompile(`(\w+) +TEXT[^,\n]* REFERENCES blobs`)
	var want []string
	references := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		references += strings.Count(string(text), "REFERENCES blobs")
		for _, m := range table.FindAllStringSubmatch(string(text), -1) {
			for _, c := range column.FindAllStringSubmatch(m[2], -1) {
				want = append(want, m[1]+"."+c[1])
			}
		}
	}
	var got []string
	for _, m := range regexp.MustCompile(`FROM (\w+) r WHERE r\.(\w+) = b\.digest`).FindAllStringSubmatch(store.Referred, -1) {
		got = append(got, m[1]+"."+m[2])
	}
	if references != len(want) {
		t.Errorf("%d references to blobs, of which this test understands %d", references, len(want))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestOrphans marks in pieces, and does what is asked of single blobs only when
// it is still true.
func TestOrphans(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		ctx, now := t.Context(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		st, err := store.Open(ctx, store.Config{URL: url, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		digest := func(i int) string { return fmt.Sprintf("%064x", i) }
		write := func(f func(tx *store.Tx) error) {
			t.Helper()
			if err := st.Write(context.WithoutCancel(ctx), f); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *store.Tx) error {
			for i := range 25 {
				if err := tx.KeepBlob(ctx, digest(i), 10); err != nil {
					return err
				}
			}
			_, err := tx.NewRaw("INSERT INTO fused (inputs_key, inputs, digest, size, created_at) VALUES ('k', '[]', ?, 1, ?)", digest(7), now).Exec(ctx)
			return err
		})
		pieces, marked := 0, int64(0)
		for after := ""; ; pieces++ {
			var n int64
			write(func(tx *store.Tx) (err error) {
				n, after, err = tx.MarkOrphans(ctx, after, 10)
				return err
			})
			if marked += n; after == "" {
				break
			}
		}
		if pieces != 2 || marked != 24 {
			t.Errorf("got %d marked after %d pieces, want 24 after 2", marked, pieces)
		}
		since := now.Add(time.Second)
		orphans := func() int {
			n := 0
			write(func(tx *store.Tx) error {
				list, err := tx.Orphans(ctx, since, "", 100)
				n = len(list)
				return err
			})
			return n
		}
		if got := orphans(); got != 24 {
			t.Errorf("got %d orphans, want 24", got)
		}
		write(func(tx *store.Tx) error { return tx.KeepBlob(ctx, digest(3), 10) })
		if got := orphans(); got != 23 {
			t.Errorf("after one was put again: got %d orphans, want 23", got)
		}
		for i, want := range map[int]bool{3: false, 7: false, 9: true} {
			write(func(tx *store.Tx) error {
				gone, err := tx.ForgetBlob(ctx, digest(i), since)
				if gone != want {
					t.Errorf("forget %d: got %t, want %t", i, gone, want)
				}
				return err
			})
		}
	})
}
