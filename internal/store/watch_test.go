package store

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// tally counts statements by verb.
type tally struct {
	mu     sync.Mutex
	n      map[string]int
	failed int
}

func (c *tally) Queried(verb string, _ time.Duration, failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[verb]++
	if failed {
		c.failed++
	}
}

// TestSlowQueries: a statement that takes too long is logged as it was written,
// without what somebody asked for by it.
func TestSlowQueries(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	count := &tally{n: map[string]int{}}
	st, err := Open(t.Context(), Config{
		URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db"), Slow: time.Nanosecond, Log: slog.New(slog.NewTextHandler(&out, nil)), Watcher: count,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	out.Reset()
	const marker = "Quxberg"
	err = st.Write(t.Context(), func(tx *Tx) error {
		u := lab.User{Email: marker + "@example.org", Name: marker, State: lab.UserActive, Source: "local"}
		if err := tx.InsertUser(t.Context(), &u); err != nil {
			return err
		}
		if _, err := tx.UserByEmail(t.Context(), marker+"@example.org"); err != nil {
			return err
		}
		_, err := tx.exec(t.Context(), "UPDATE nothing SET x = ?", marker)
		return err
	})
	if err == nil {
		t.Fatal("a table that there is not was changed")
	}
	text := out.String()
	for _, want := range []string{"slow query", "WHERE email_key = ?", "failed=true", "rows=1", "took="} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(strings.ToLower(text), strings.ToLower(marker)) {
		t.Errorf("the log has a value:\n%s", text)
	}
	if count.failed == 0 || count.n["select"] == 0 || count.n["insert"] == 0 || count.n["begin"] == 0 {
		t.Errorf("counted: %v, %d failed", count.n, count.failed)
	}
}

func TestVerbs(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"SELECT 1": "select", "\n\t  insert\tINTO x": "insert", "WITH a AS (SELECT 1)": "with", "(SELECT 1) UNION": "select",
		"PRAGMA x": "other", "": "other", "DELETE": "delete",
	} {
		if got := verbOf(query); got != want {
			t.Errorf("%q: got %s, want %s", query, got, want)
		}
	}
}
