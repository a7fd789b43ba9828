package service

import (
	"context"
	"slices"

	"vidjil.org/vidjil/internal/store"
)

// Titles are how sets and samples are called, by their numbers: what stands in
// place of a number in a list of jobs.
type Titles struct {
	Sets, Samples map[int64]string
}

// Titles tells how sets and samples are called, as far as the actor may know.
// What the actor may not see is left out. Who was read of is noted.
func (s *Service) Titles(ctx context.Context, who *Actor, sets, samples []int64) (out Titles, err error) {
	if err := who.require(); err != nil {
		return out, err
	}
	if len(sets) > maxPage || len(samples) > maxPage {
		return out, fault("sets", "want at most %d sets and %d samples", maxPage, maxPage)
	}
	out = Titles{map[int64]string{}, map[int64]string{}}
	o := &opener{who: who}
	err = s.read(ctx, func(tx *store.Tx) error {
		found, err := membersByID(ctx, tx, distinct(sets))
		if err != nil {
			return err
		}
		for id, m := range found {
			if who.ViewSet(m.access) {
				o.set(&m.set, m.access)
				out.Sets[id] = m.set.Title()
			}
		}
		in, err := members(ctx, tx, distinct(samples))
		if err != nil {
			return err
		}
		rows, err := tx.SamplesByID(ctx, distinct(samples))
		if err != nil {
			return err
		}
		for i := range rows {
			sample := &rows[i]
			if slices.ContainsFunc(in[sample.ID], func(m member) bool { return who.ViewSet(m.access) }) {
				o.sample(sample, nil, in[sample.ID])
				out.Samples[sample.ID] = sample.Title()
			}
		}
		return nil
	})
	if err == nil {
		err = s.auditRead(ctx, o, "title", 0)
	}
	if err != nil {
		return Titles{}, err
	}
	return out, nil
}
