package cli

import (
	"math"
	"strconv"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

// limit is the value of an option that is a number or "all".
type limit struct {
	n   int
	all bool
}

// String is the value as a person writes it.
func (l *limit) String() string {
	if l.all {
		return "all"
	}
	return strconv.Itoa(l.n)
}

// Set reads the value.
func (l *limit) Set(text string) error {
	if text == "all" {
		*l = limit{all: true}
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return lab.Errorf(lab.Usage, "want a number or all")
	}
	*l = limit{n: n}
	return nil
}

// Type is the kind of value, for help pages.
func (l *limit) Type() string { return "NUMBER" }

// number is the value as the packages below take it: 0 is all.
func (l *limit) number() int {
	if l.all {
		return 0
	}
	return l.n
}

// MarshalJSON writes a number, or "all".
func (l limit) MarshalJSON() ([]byte, error) { return numberOrAll(l.String()), nil }

// UnmarshalJSON reads a number, or "all".
func (l *limit) UnmarshalJSON(data []byte) error { return l.Set(strings.Trim(string(data), `"`)) }

func numberOrAll(text string) []byte {
	if text == "all" {
		return []byte(`"all"`)
	}
	return []byte(text)
}

// threshold is the value of an option that is a positive number or "all".
type threshold float64

// String is the value as a person writes it.
func (t *threshold) String() string {
	if math.IsInf(float64(*t), 1) {
		return "all"
	}
	return strconv.FormatFloat(float64(*t), 'g', -1, 64)
}

// Set reads the value.
func (t *threshold) Set(text string) error {
	if text == "all" {
		*t = threshold(math.Inf(1))
		return nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x > 0) || math.IsInf(x, 1) {
		return lab.Errorf(lab.Usage, "want a number above 0, or all")
	}
	*t = threshold(x)
	return nil
}

// Type is the kind of value, for help pages.
func (t *threshold) Type() string { return "NUMBER" }

// MarshalJSON writes a number, or "all".
func (t threshold) MarshalJSON() ([]byte, error) { return numberOrAll(t.String()), nil }

// UnmarshalJSON reads a number, or "all".
func (t *threshold) UnmarshalJSON(data []byte) error { return t.Set(strings.Trim(string(data), `"`)) }
