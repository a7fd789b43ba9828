package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// Keep says which backups stay: the newest Last ones, and the newest one of each
// of the last hours, days, weeks (from Monday) and months (UTC) in which there
// was one. What any of the rules keeps stays. The zero value keeps all.
type Keep struct {
	Last, Hourly, Daily, Weekly, Monthly int
}

// DefaultKeep loses an hour at most of the last day, and has a backup of each
// month of a year.
func DefaultKeep() Keep { return Keep{Last: 3, Hourly: 24, Daily: 7, Weekly: 5, Monthly: 12} }

// Check refuses negative numbers.
func (k Keep) Check() error {
	for _, n := range []int{k.Last, k.Hourly, k.Daily, k.Weekly, k.Monthly} {
		if n < 0 {
			return lab.Errorf(lab.Usage, "a number of backups to keep is negative")
		}
	}
	return nil
}

// Choose tells which of the times, the newest first, stay.
func (k Keep) Choose(times []time.Time) []bool {
	stay := make([]bool, len(times))
	if k == (Keep{}) {
		for i := range stay {
			stay[i] = true
		}
		return stay
	}
	for _, rule := range []struct {
		n      int
		period func(t time.Time) string
	}{
		{k.Last, func(t time.Time) string { return t.Format(time.RFC3339Nano) }},
		{k.Hourly, func(t time.Time) string { return t.Format("2006-01-02 15") }},
		{k.Daily, func(t time.Time) string { return t.Format(time.DateOnly) }},
		{k.Weekly, func(t time.Time) string {
			year, week := t.ISOWeek()
			return fmt.Sprint(year, " ", week)
		}},
		{k.Monthly, func(t time.Time) string { return t.Format("2006-01") }},
	} {
		left, before := rule.n, ""
		for i, t := range times {
			if p := rule.period(t.UTC()); left > 0 && p != before {
				stay[i], before, left = true, p, left-1
			}
		}
	}
	return stay
}

// Pruned is what a pruning removed, or would remove.
type Pruned struct {
	Kept    []*Manifest
	Removed []*Manifest
	Objects int   // bytes of the target that no backup needs any more
	Bytes   int64 // their size
}

// Prune removes the backups that k does not keep, and all objects that no other
// one needs, with those of interrupted backups. When a manifest cannot be read,
// nothing is removed. With dry nothing is removed in any case.
func Prune(ctx context.Context, t *Target, k Keep, dry bool, log *slog.Logger) (p Pruned, err error) {
	if err := k.Check(); err != nil {
		return p, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if _, err := t.repository(ctx); err != nil {
		return p, err
	}
	ctx, unlock, err := t.lock(ctx, "pruning", log)
	if err != nil {
		return p, err
	}
	p, err = t.prune(ctx, k, dry)
	return p, errors.Join(err, unlock())
}

func (t *Target) prune(ctx context.Context, k Keep, dry bool) (p Pruned, err error) {
	list, err := t.Manifests(ctx)
	if err != nil {
		return p, err
	}
	times := make([]time.Time, len(list))
	for i, m := range list {
		times[i] = m.CreatedAt
	}
	needed := map[string]bool{}
	for i, stays := range k.Choose(times) {
		if !stays {
			p.Removed = append(p.Removed, list[i])
			continue
		}
		p.Kept = append(p.Kept, list[i])
		if err := t.need(ctx, list[i], needed); err != nil {
			return p, err
		}
	}
	var unneeded []string
	for _, folder := range []string{objectFolder, partFolder, namesFolder} {
		for o, err := range t.shelf.List(ctx, folder) {
			if err != nil {
				return p, err
			}
			if !needed[o.Name] {
				unneeded = append(unneeded, o.Name)
				p.Objects, p.Bytes = p.Objects+1, p.Bytes+o.Size
			}
		}
	}
	if dry {
		return p, nil
	}
	// The manifests first: a backup without some of its objects is none.
	for _, m := range slices.Backward(p.Removed) {
		if err := t.shelf.Delete(ctx, manifestPath(m.ID)); err != nil {
			return p, err
		}
	}
	for _, name := range unneeded {
		if err := context.Cause(ctx); err != nil {
			return p, err
		}
		if err := t.shelf.Delete(ctx, name); err != nil {
			return p, err
		}
	}
	_, err = t.shelf.Sweep(ctx, time.Now())
	return p, err
}

// need adds the places of what a backup needs.
func (t *Target) need(ctx context.Context, m *Manifest, needed map[string]bool) error {
	names, err := t.names(ctx, m)
	if err != nil {
		return err
	}
	for _, name := range names {
		needed[objectPath(name)] = true
	}
	needed[namesPath(m.Names)], needed[partPath(m.Database.Object)], needed[partPath(m.Index.Object)] = true, true, true
	if m.Key != nil {
		needed[partPath(m.Key.Object)] = true
	}
	return nil
}
