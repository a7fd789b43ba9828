package job

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/lab"
)

// TestRetries lists each code, so that a new one is decided upon.
func TestRetries(t *testing.T) {
	t.Parallel()
	for code, want := range map[lab.Code]bool{
		lab.Internal: true, lab.Unavailable: true, lab.Unreachable: true, lab.NoSpace: true, lab.Unwritable: true, lab.TooMany: true, lab.Stale: true,
		lab.Usage: false, lab.Invalid: false, lab.NotFound: false, lab.Problems: false, lab.Unauthenticated: false, lab.Forbidden: false,
		lab.Conflict: false, lab.TooLarge: false,
	} {
		if got := retries(code); got != want {
			t.Errorf("%s: got %t, want %t", code, got, want)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{1: 10 * time.Second, 2: 40 * time.Second, 3: 160 * time.Second, 4: 10 * time.Minute, 1000: 10 * time.Minute} {
		if got := backoff(attempt); got != want {
			t.Errorf("attempt %d: got %s, want %s", attempt, got, want)
		}
	}
}

// TestJournalKeepsAll writes any bytes in any pieces, takes them at any moments
// (some of which fail), and wants all of it in order, as long as it is not too
// long.
func TestJournalKeepsAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		j := journal{full: make(chan struct{}, 1)}
		var wrote, took strings.Builder
		for _, text := range rapid.SliceOf(rapid.SampledFrom([]string{"a line\n", "half", "é", "日本", strings.Repeat("long ", 8000), "\n"})).Draw(t, "writes") {
			if n, err := j.Write([]byte(text)); n != len(text) || err != nil {
				t.Fatalf("write: got %d, %v", n, err)
			}
			wrote.WriteString(text)
			switch rapid.IntRange(0, 3).Draw(t, "then") {
			case 0:
				took.WriteString(j.take())
			case 1:
				j.putBack(j.take())
			}
		}
		took.WriteString(j.takeAll())
		want := wrote.String()
		if want != "" && !strings.HasSuffix(want, "\n") && took.Len() > len(want) {
			want += "\n" // the end of an attempt ends its line
		}
		if len(want) < maxLog && took.String() != want {
			t.Fatalf("got %d bytes, want %d", took.Len(), len(want))
		}
	})
}
