package cli

import (
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	t.Parallel()
	setup := func(live bool) (*progress, *strings.Builder, func(time.Duration)) {
		var out strings.Builder
		p := newProgress(&streams{err: &out, live: live})
		now := time.Unix(1764000000, 0)
		p.now = func() time.Time { return now }
		p.start = now
		return p, &out, func(d time.Duration) { now = now.Add(d) }
	}

	t.Run("redraws ten times a second at most", func(t *testing.T) {
		t.Parallel()
		p, out, pass := setup(true)
		for range 1000 { // two seconds
			pass(2 * time.Millisecond)
			p.reading(readProgress{reads: 10})
		}
		if n := strings.Count(out.String(), "\r"); n < 18 || n > 20 {
			t.Errorf("got %d redraws in two seconds, want about 20", n)
		}
	})
	t.Run("says nothing without a terminal", func(t *testing.T) {
		t.Parallel()
		p, out, pass := setup(false)
		pass(time.Second)
		p.reading(readProgress{reads: 10})
		p.counting("clonotypes", 1, 2)
		p.clear()
		if out.String() != "" {
			t.Errorf("got %q", out.String())
		}
	})
	t.Run("goes away", func(t *testing.T) {
		t.Parallel()
		p, out, pass := setup(true)
		p.clear()
		if out.String() != "" {
			t.Errorf("nothing was drawn, but cleared: %q", out.String())
		}
		pass(time.Second)
		p.counting("clonotypes", 500, 2000)
		p.clear()
		if got, want := out.String(), "\r 25 %  500 of 2,000 clonotypes\x1b[K\r\x1b[K"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestReadProgressLine(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		p    readProgress
		want string
	}{
		"file": {
			readProgress{reads: 600_000, recombined: 570_000, bytes: 100_000_000, of: 400_000_000},
			" 25 %  600,000 reads, 300,000/s, 50 MB/s, 95.0 % recombined, 0:06 left",
		},
		"stream": {readProgress{reads: 2000, bytes: 4_000_000}, "2,000 reads, 1,000/s, 2 MB/s, 0.0 % recombined"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tt.p.line(2 * time.Second); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1,000", -999: "-999", -1000: "-1,000", 1_970_000: "1,970,000", 123_456: "123,456",
	} {
		if got := grouped(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0:00", 65 * time.Second: "1:05", 3599 * time.Second: "59:59", 7389 * time.Second: "2:03:09", 400 * time.Millisecond: "0:00",
	} {
		if got := clock(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}
