package service

import (
	"context"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// The trash. Sets and samples stay there for some time (PurgeTrash) and can be
// taken out again. A sample goes with the last of its sets, and comes back with
// any of them; one that was put there by itself comes back by itself only.

// TrashDelay is how long things stay in the trash unless the server's config
// says otherwise.
const TrashDelay = 30 * 24 * time.Hour

// TrashSet puts a set into the trash.
func (s *Service) TrashSet(ctx context.Context, who *Actor, id int64) error {
	if err := who.require(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		set, _, err := setFor(ctx, tx, who, id, who.EditSet, "delete this set")
		if err != nil {
			return err
		}
		if !set.TrashedAt.IsZero() {
			return nil
		}
		if err := tx.LockSamplesOf(ctx, id); err != nil {
			return err
		}
		if err := tx.TrashSet(ctx, id, who.User.ID); err != nil {
			return err
		}
		gone, err := tx.TrashSamplesOf(ctx, id)
		if err != nil {
			return err
		}
		e := who.entry("set.trash", "set", id)
		e.SetID = id
		audit(tx, e, nil, map[string]any{"samples": gone})
		return tx.Relist(ctx, []int64{id})
	})
}

// RestoreSet takes a set out of the trash.
func (s *Service) RestoreSet(ctx context.Context, who *Actor, id int64) (v SetView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		set, _, err := setFor(ctx, tx, who, id, who.EditSet, "restore this set")
		if err != nil {
			return err
		}
		if set.TrashedAt.IsZero() {
			return lab.Errorf(lab.Conflict, "set %d is not in the trash", id)
		}
		if err := tx.LockSamplesOf(ctx, id); err != nil {
			return err
		}
		if err := tx.RestoreSet(ctx, id); err != nil {
			return err
		}
		back, err := tx.RestoreSamplesOf(ctx, id)
		if err != nil {
			return err
		}
		e := who.entry("set.restore", "set", id)
		e.SetID = id
		audit(tx, e, nil, map[string]any{"samples": back})
		if err := s.changed(ctx, tx, []int64{id}); err != nil {
			return err
		}
		v, err = s.viewChanged(ctx, tx, who, id)
		return err
	})
	return v, err
}

// TrashSample puts a sample into the trash, out of all its sets.
func (s *Service) TrashSample(ctx context.Context, who *Actor, id int64) error {
	if err := who.require(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		sample, in, err := sampleFor(ctx, tx, who, id, who.EditSample, "delete this sample")
		if err != nil || sample.Discarded {
			return err
		}
		if err := tx.DiscardSample(ctx, id); err != nil {
			return err
		}
		audit(tx, sampleEntry(who, "sample.trash", id, in), nil, nil)
		return s.changed(ctx, tx, setIDs(in))
	})
}

// RestoreSample takes a sample out of the trash that was put there by itself.
func (s *Service) RestoreSample(ctx context.Context, who *Actor, id int64) (v SampleView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		sample, in, err := sampleFor(ctx, tx, who, id, who.EditSample, "restore this sample")
		if err != nil {
			return err
		}
		if sample.TrashedAt.IsZero() {
			return lab.Errorf(lab.Conflict, "sample %d is not in the trash", id)
		}
		living := 0
		for i := range in {
			if in[i].living() {
				living++
			}
		}
		if living == 0 {
			return lab.Errorf(lab.Conflict, "all sets of sample %d are in the trash; restore one of them", id)
		}
		if err := tx.RestoreSample(ctx, id); err != nil {
			return err
		}
		audit(tx, sampleEntry(who, "sample.restore", id, in), nil, nil)
		if err := s.changed(ctx, tx, setIDs(in)); err != nil {
			return err
		}
		v, err = s.viewChangedSample(ctx, tx, who, id)
		return err
	})
	return v, err
}

// TrashedSamples lists the samples that are in the trash by themselves, in sets
// that the actor may see, the last made first.
func (s *Service) TrashedSamples(ctx context.Context, who *Actor, page Page) (out SamplePage, err error) {
	if err := who.require(); err != nil {
		return out, err
	}
	limit, err := parseLimit(page.Limit)
	if err != nil {
		return out, err
	}
	at, err := readCursor("trash", true, page.Cursor)
	if err != nil {
		return out, err
	}
	o := &opener{who: who}
	err = s.read(ctx, func(tx *store.Tx) error {
		view, _ := seenThrough(who)
		before := int64(0)
		if at != nil {
			before = at.ID
		}
		ids, err := tx.DiscardedSamplesIn(ctx, view, before, limit+1)
		if err != nil {
			return err
		}
		if len(ids) > limit {
			ids = ids[:limit]
			out.Next = writeCursor("trash", true, &store.SetCursor{ID: ids[limit-1]})
		}
		out.Items, err = s.viewSamples(ctx, tx, o, ids)
		return err
	})
	if err == nil {
		err = s.auditRead(ctx, o, "sample", 0)
	}
	if err != nil {
		return SamplePage{}, err
	}
	return out, nil
}

// purgeBatch bounds a transaction of the purge: others wait for it.
const purgeBatch = 50

// PurgeTrash removes for good what went into the trash before a time. The
// server does it by itself, from time to time.
func (s *Service) PurgeTrash(ctx context.Context, before time.Time) (sets, samples int, err error) {
	for {
		n, m, err := s.purgeSome(ctx, before)
		sets, samples = sets+n, samples+m
		if err != nil || n+m == 0 {
			return sets, samples, err
		}
	}
}

// purgeSome removes a batch, and returns how many sets and samples it took.
func (s *Service) purgeSome(ctx context.Context, before time.Time) (nSets, nSamples int, err error) {
	err = s.write(ctx, func(tx *store.Tx) error {
		sets, err := tx.TrashedSets(ctx, before, purgeBatch)
		if err != nil {
			return err
		}
		samples, err := tx.SamplesOnlyIn(ctx, sets)
		if err != nil {
			return err
		}
		if len(sets) == 0 {
			if samples, err = tx.DiscardedSamples(ctx, before, purgeBatch); err != nil {
				return err
			}
		}
		in, err := members(ctx, tx, samples)
		if err != nil {
			return err
		}
		who := System()
		for _, id := range samples {
			audit(tx, sampleEntry(who, "sample.purge", id, in[id]), nil, nil)
		}
		for _, id := range sets {
			e := who.entry("set.purge", "set", id)
			e.SetID = id
			tx.Audit(e)
		}
		if err := tx.DeleteSamples(ctx, samples); err != nil {
			return err
		}
		nSets, nSamples = len(sets), len(samples)
		purged(tx, "trash", int64(nSets), 0, sets)
		purged(tx, "samples", int64(nSamples), 0, samples)
		return tx.DeleteSets(ctx, sets)
	})
	return nSets, nSamples, err
}
