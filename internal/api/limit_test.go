package api

import (
	"fmt"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

func TestLimiter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	l := newLimiter(Limit{}, Limit{Burst: 2, Every: time.Second})
	for i, tt := range []struct {
		address string
		after   time.Duration
		want    lab.Code
	}{
		{"192.0.2.1", 0, ""},
		{"192.0.2.1", 0, ""},
		{"192.0.2.1", 0, lab.TooMany},
		{"192.0.2.2", 0, ""},
		{"::ffff:192.0.2.2", 0, ""},
		{"192.0.2.2", 0, lab.TooMany}, // the same address in two forms
		{"2001:db8::1", 0, ""},
		{"2001:db8::2", 0, ""},
		{"2001:db8::ffff:3%eth0", 0, lab.TooMany}, // one household
		{"2001:db8:0:1::1", 0, ""},
		{"192.0.2.1", 900 * time.Millisecond, lab.TooMany},
		{"192.0.2.1", time.Second, ""}, // being refused costs nothing
		{"192.0.2.1", time.Second, lab.TooMany},
		{"@", time.Second, ""},
	} {
		err := l.allow(tt.address, now.Add(tt.after))
		if got := lab.CodeOf(err); got != tt.want {
			t.Errorf("attempt %d, of %s: got %q, want %q", i, tt.address, got, tt.want)
		}
	}
}

func TestLimiterIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	l := newLimiter(Limit{}, Limit{Burst: 1, Every: time.Hour})
	for i := range mostAddresses + 500 {
		if err := l.allow(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), now); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(l.list); got > mostAddresses {
		t.Errorf("addresses kept: got %d, want %d at most", got, mostAddresses)
	}
}
