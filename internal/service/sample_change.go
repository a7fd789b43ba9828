package service

import (
	"context"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// SampleChange is what to change of a sample; nil fields stay.
type SampleChange struct {
	Name, SamplingDate, Info *string
	PreProcessID             *int64
	// Sets are the sets that the sample is in from then on, of those that the
	// actor sees; in others it stays.
	Sets *[]int64
}

func (c *SampleChange) apply(s *lab.Sample) {
	if c.Name != nil {
		s.Name = lab.NewPrivate(strings.TrimSpace(*c.Name))
	}
	if c.SamplingDate != nil {
		s.SamplingDate = lab.Date(strings.TrimSpace(*c.SamplingDate))
	}
	if c.Info != nil {
		s.Info = strings.TrimSpace(*c.Info)
	}
	if c.PreProcessID != nil {
		s.PreProcessID = *c.PreProcessID
	}
}

func (c *SampleChange) text() bool {
	return c.Name != nil || c.SamplingDate != nil || c.Info != nil || c.PreProcessID != nil
}

// UpdateSample changes what a sample says of itself, and in which sets it is.
func (s *Service) UpdateSample(ctx context.Context, who *Actor, id int64, ch SampleChange) (v SampleView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		// To move a sample between sets takes other rights than to change it.
		may := func(sets [][]int64) bool { return !ch.text() || who.EditSample(sets) }
		sample, in, err := sampleFor(ctx, tx, who, id, may, "change this sample")
		if err != nil {
			return err
		}
		if !sample.TrashedAt.IsZero() {
			return errTrashed("sample", id)
		}
		before, was := sample, in
		if err := checkSampleChange(ctx, tx, who, &sample, in, &ch); err != nil {
			return err
		}
		if ch.Sets != nil {
			if in, err = moveSample(ctx, tx, who, &sample, in, *ch.Sets); err != nil {
				return err
			}
		}
		if err := writeSample(ctx, tx, &sample, in); err != nil {
			return err
		}
		audit(tx, sampleEntry(who, "sample.update", id, in), recordSample(&before, was, nil), recordSample(&sample, in, nil))
		if err := s.changed(ctx, tx, append(setIDs(was), setIDs(in)...)); err != nil {
			return err
		}
		v, err = s.viewChangedSample(ctx, tx, who, id)
		return err
	})
	return v, err
}

// checkSampleChange applies a change to a sample and checks the outcome.
func checkSampleChange(ctx context.Context, tx *store.Tx, who *Actor, sample *lab.Sample, in []member, ch *SampleChange) error {
	o := &opener{who: who}
	hidden := redactSample(sample, in) != sample.Info
	if (ch.Name != nil || ch.Info != nil && hidden) && !o.seesNames(in) {
		return errForbidden("change the name of this sample")
	}
	ch.apply(sample)
	var f lab.Faults
	checkText(&f, "name", sample.Name.Stored(), maxField, false)
	f.Require(!sample.Name.Empty() || ch.Name == nil, "name", "is missing")
	checkText(&f, "info", sample.Info, maxInfo, true)
	_, err := lab.ParseDate(string(sample.SamplingDate))
	f.Require(err == nil, "sampling_date", "want YYYY-MM-DD, as 2026-11-23")
	if err := f.Err(); err != nil {
		return err
	}
	if ch.PreProcessID != nil && *ch.PreProcessID != 0 {
		return checkPreProcess(ctx, tx, who, *ch.PreProcessID)
	}
	return nil
}

func writeSample(ctx context.Context, tx *store.Tx, sample *lab.Sample, in []member) error {
	if err := tx.UpdateSample(ctx, sample, sampleText(sample, in)); err != nil {
		return err
	}
	var groups []int64
	for i := range in {
		groups = append(groups, in[i].access...)
	}
	return tagSample(ctx, tx, sample, in, groups)
}

// AttachSample puts a sample into one more set.
func (s *Service) AttachSample(ctx context.Context, who *Actor, setID, id int64) error {
	return s.relocate(ctx, who, id, func(now []int64) []int64 { return append(now, setID) })
}

// DetachSample takes a sample out of a set. It stays in one at least: a sample
// without a set would be nobody's.
func (s *Service) DetachSample(ctx context.Context, who *Actor, setID, id int64) error {
	return s.relocate(ctx, who, id, func(now []int64) []int64 {
		return slices.DeleteFunc(now, func(x int64) bool { return x == setID })
	})
}

// relocate changes the sets of a sample, as far as the actor sees them.
func (s *Service) relocate(ctx context.Context, who *Actor, id int64, change func(now []int64) []int64) error {
	if err := who.require(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		sample, in, err := sampleFor(ctx, tx, who, id, func([][]int64) bool { return true }, "")
		if err != nil {
			return err
		}
		if !sample.TrashedAt.IsZero() {
			return errTrashed("sample", id)
		}
		then, err := moveSample(ctx, tx, who, &sample, in, change(visibleIn(who, in)))
		if err != nil || slices.Equal(setIDs(in), setIDs(then)) {
			return err
		}
		if err := writeSample(ctx, tx, &sample, then); err != nil {
			return err
		}
		audit(tx, sampleEntry(who, "sample.move", id, then), map[string]any{"sets": setIDs(in)}, map[string]any{"sets": setIDs(then)})
		return s.changed(ctx, tx, append(setIDs(in), setIDs(then)...))
	})
}

// visibleIn are the sets of a sample that the actor sees.
func visibleIn(who *Actor, in []member) []int64 {
	var ids []int64
	for i := range in {
		if in[i].living() && who.ViewSet(in[i].access) {
			ids = append(ids, in[i].set.ID)
		}
	}
	return ids
}

// moveSample puts a sample into the wanted sets and takes it out of those that
// the actor sees and does not want, after asking for the right to each step. It
// returns the sets that the sample is in then.
func moveSample(ctx context.Context, tx *store.Tx, who *Actor, sample *lab.Sample, in []member, wanted []int64) ([]member, error) {
	wanted = distinct(wanted)
	now := visibleIn(who, in)
	if err := tx.LockSets(ctx, wanted); err != nil {
		return nil, err
	}
	further, err := membersByID(ctx, tx, wanted)
	if err != nil {
		return nil, err
	}
	then := slices.Clone(in)
	for _, id := range wanted {
		if slices.Contains(setIDs(in), id) {
			continue
		}
		to, ok := further[id]
		switch {
		case !ok || !who.ViewSet(to.access):
			return nil, errNotFound("set", id)
		case !to.living():
			return nil, errTrashed("set", id)
		case !who.AttachSample(lines(in), to.access):
			return nil, errForbidden("put this sample into this set")
		}
		if _, err := tx.AttachSample(ctx, sample.ID, id); err != nil {
			return nil, err
		}
		then = append(then, to)
	}
	for i := range in {
		m := &in[i]
		if slices.Contains(wanted, m.set.ID) || !slices.Contains(now, m.set.ID) {
			continue
		}
		if !who.DetachSample(m.access) {
			return nil, errForbidden("take this sample out of this set")
		}
		if _, err := tx.DetachSample(ctx, sample.ID, m.set.ID); err != nil {
			return nil, err
		}
		then = slices.DeleteFunc(then, func(x member) bool { return x.set.ID == m.set.ID })
	}
	if !slices.ContainsFunc(then, func(m member) bool { return m.living() }) {
		return nil, lab.Errorf(lab.Conflict, "sample %d would be in no set any more; delete it instead", sample.ID)
	}
	// Nobody gets to know names by moving a sample to where they may.
	o := &opener{who: who}
	if !o.seesNames(in) && o.seesNames(then) {
		return nil, errForbidden("move this sample, as you would get to know whose it is")
	}
	return then, nil
}

// ReplaceReads announces new files for a sample. Results of the old ones stay,
// as its history; they are stale from now on.
func (s *Service) ReplaceReads(ctx context.Context, who *Actor, id int64, files []FileInput) (v SampleView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		sample, in, err := sampleFor(ctx, tx, who, id, who.EditSample, "replace the reads of this sample")
		if err != nil {
			return err
		}
		if !sample.TrashedAt.IsZero() {
			return errTrashed("sample", id)
		}
		var f lab.Faults
		f.Require(len(files) > 0, "files", "which files?")
		checkFiles(&f, "", files)
		if err := f.Err(); err != nil {
			return err
		}
		if err := tx.AwaitNoFiles(ctx, id); err != nil {
			return err
		}
		before := sample
		sample.Generation++
		if err := tx.UpdateSample(ctx, &sample, sampleText(&sample, in)); err != nil {
			return err
		}
		if err := insertFiles(ctx, tx, &sample, files); err != nil {
			return err
		}
		audit(tx, sampleEntry(who, "sample.replace_reads", id, in), recordSample(&before, in, nil), recordSample(&sample, in, files))
		if err := s.changed(ctx, tx, setIDs(in)); err != nil {
			return err
		}
		v, err = s.viewChangedSample(ctx, tx, who, id)
		return err
	})
	return v, err
}

// RemoveReads removes the bytes of a sample's files; the sample and its results
// stay.
func (s *Service) RemoveReads(ctx context.Context, who *Actor, id int64) error {
	if err := who.require(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		_, in, err := sampleFor(ctx, tx, who, id, who.EditSample, "remove the reads of this sample")
		if err != nil {
			return err
		}
		n, err := tx.RemoveFiles(ctx, id)
		if err != nil || n == 0 {
			return err
		}
		if err := tx.DropPrepared(ctx, id); err != nil {
			return err
		}
		audit(tx, sampleEntry(who, "sample.remove_reads", id, in), nil, map[string]any{"files": n})
		// Results do not change by it, so what was fused stays fresh.
		return tx.Relist(ctx, setIDs(in))
	})
}

// viewChangedSample is a sample after its actor changed it.
func (s *Service) viewChangedSample(ctx context.Context, tx *store.Tx, who *Actor, id int64) (SampleView, error) {
	o := &opener{who: who}
	list, err := s.viewSamples(ctx, tx, o, []int64{id})
	if err != nil || len(list) == 0 {
		return SampleView{}, err
	}
	if e, ok := o.entry("sample", id); ok {
		tx.Audit(e)
	}
	return list[0], nil
}
