package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is a time as people write it: "90s", "12h", "30d", "1d12h". "off" is
// [Off].
type Duration time.Duration

// Off is the Duration of what never happens.
const Off Duration = -1

const day = 24 * time.Hour

// D is the time; of Off, 0.
func (d Duration) D() time.Duration { return time.Duration(max(d, 0)) }

// UnmarshalText reads what people write.
func (d *Duration) UnmarshalText(text []byte) error {
	t := strings.ToLower(strings.TrimSpace(string(text)))
	if t == "off" || t == "never" {
		*d = Off
		return nil
	}
	total, rest := time.Duration(0), t
	if days, after, ok := strings.Cut(t, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return errDuration(t)
		}
		total, rest = time.Duration(n)*day, after
	}
	if rest != "" {
		part, err := time.ParseDuration(rest)
		if err != nil || part < 0 || total+part < 0 {
			return errDuration(t)
		}
		total += part
	}
	if total == 0 {
		return errDuration(t)
	}
	*d = Duration(total)
	return nil
}

func errDuration(text string) error {
	return fmt.Errorf("want a time, as 90s, 15m, 12h or 30d, or off: %q", text)
}

// String writes what UnmarshalText reads, in the largest unit that is exact.
func (d Duration) String() string {
	t := time.Duration(d)
	switch {
	case d < 0:
		return "off"
	case t == 0:
		return ""
	case t%day == 0:
		return strconv.FormatInt(int64(t/day), 10) + "d"
	}
	// time writes 2m0s and 12h0m0s.
	text := t.String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = short + "m"
	}
	if short, ok := strings.CutSuffix(text, "h0m"); ok {
		text = short + "h"
	}
	return text
}

// Size is a number of bytes as people write it: "20GiB", "500MB", "1024".
type Size int64

var units = []struct {
	name  string
	bytes int64
}{
	{"TiB", 1 << 40},
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"TB", 1e12},
	{"GB", 1e9},
	{"MB", 1e6},
	{"kB", 1e3},
	{"B", 1},
}

// UnmarshalText reads what people write.
func (s *Size) UnmarshalText(text []byte) error {
	t := strings.TrimSpace(string(text))
	number, bytes := t, int64(1)
	for _, u := range units {
		if n := len(t) - len(u.name); n > 0 && strings.EqualFold(t[n:], u.name) {
			number, bytes = strings.TrimSpace(t[:n]), u.bytes
			break
		}
	}
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && n >= 0 && n <= (1<<63-1)/bytes {
		*s = Size(n * bytes)
		return nil
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || f < 0 || f*float64(bytes) >= 1<<62 || f != f {
		return fmt.Errorf("want a number of bytes, as 500MB or 20GiB: %q", t)
	}
	*s = Size(f * float64(bytes))
	return nil
}

// String writes what UnmarshalText reads, exactly.
func (s Size) String() string {
	for _, u := range units {
		if s != 0 && int64(s)%u.bytes == 0 {
			return strconv.FormatInt(int64(s)/u.bytes, 10) + u.name
		}
	}
	return "0"
}
