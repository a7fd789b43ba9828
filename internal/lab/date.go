package lab

import (
	"fmt"
	"time"
)

// Date is a day without a time or zone, "2026-11-23"; "" where there is none.
type Date string

// ParseDate reads a date of the form YYYY-MM-DD; the empty text is no date.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return "", nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1800 {
		return "", Errorf(Invalid, "date %q: want YYYY-MM-DD, as 2026-11-23", s)
	}
	return Date(s), nil
}

// DateOf is the day of a time in its zone.
func DateOf(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// Time is the start of the day in UTC; ok is false where there is none.
func (d Date) Time() (t time.Time, ok bool) {
	t, err := time.Parse(time.DateOnly, string(d))
	return t, err == nil
}

// DaysUntil counts days from d to e; ok is false where one is missing.
func (d Date) DaysUntil(e Date) (days int, ok bool) {
	from, ok1 := d.Time()
	to, ok2 := e.Time()
	return int(to.Sub(from) / (24 * time.Hour)), ok1 && ok2
}

// Scan reads a date from a database.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = ""
	case string:
		*d = Date(v)
	case []byte:
		*d = Date(v)
	default:
		return fmt.Errorf("scan date: %T is no text", src)
	}
	return nil
}
