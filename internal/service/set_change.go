package service

import (
	"context"
	"strings"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// SetChange is what to change of a set; nil fields stay.
type SetChange struct {
	GroupID                           *int64 // a new owner
	FirstName, LastName, Birth, Label *string
	Name, RunDate, Sequencer, Pcr     *string
	Info                              *string
}

// identity tells whether the change touches what says who a patient is.
func (c *SetChange) identity(kind lab.SetKind) bool {
	return kind == lab.Patient && (c.FirstName != nil || c.LastName != nil || c.Birth != nil || c.Label != nil)
}

// apply changes a set.
func (c *SetChange) apply(s *lab.Set) {
	text := func(to *string, from *string) {
		if from != nil {
			*to = strings.TrimSpace(*from)
		}
	}
	private := func(to *lab.Private, from *string) {
		if from != nil {
			*to = lab.NewPrivate(strings.TrimSpace(*from))
		}
	}
	private(&s.FirstName, c.FirstName)
	private(&s.LastName, c.LastName)
	private(&s.Birth, c.Birth)
	private(&s.Label, c.Label)
	text(&s.Name, c.Name)
	text((*string)(&s.RunDate), c.RunDate)
	text(&s.Sequencer, c.Sequencer)
	text(&s.Pcr, c.Pcr)
	text(&s.Info, c.Info)
	if c.GroupID != nil {
		s.GroupID = *c.GroupID
	}
}

// UpdateSet changes what a set says of itself. Who does not know a patient's
// identity can change neither that nor an info in which words of it are hidden:
// saving what one sees would write the blanks over them.
func (s *Service) UpdateSet(ctx context.Context, who *Actor, id int64, ch SetChange) (v SetView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		set, shared, err := setFor(ctx, tx, who, id, who.EditSet, "change this set")
		if err != nil {
			return err
		}
		if !set.TrashedAt.IsZero() {
			return errTrashed("set", id)
		}
		hidden := set.Kind == lab.Patient && access.Redact(set.Info, identityWords(&set), "…") != set.Info
		if (ch.identity(set.Kind) || ch.Info != nil && hidden) && !who.EditIdentity(shared) {
			return errForbidden("change the identity of this patient")
		}
		before := set
		ch.apply(&set)
		var f lab.Faults
		checkSet(&f, "", &set, lab.DateOf(s.Now().UTC()))
		if err := f.Err(); err != nil {
			return err
		}
		if set.GroupID != before.GroupID {
			if shared, err = giveSet(ctx, tx, who, &set, shared); err != nil {
				return err
			}
		}
		if err := s.writeSet(ctx, tx, &set, shared); err != nil {
			return err
		}
		if set.Kind == lab.Patient && ch.identity(set.Kind) {
			if err := retextSamples(ctx, tx, id); err != nil {
				return err
			}
		}
		e := who.entry("set.update", "set", id)
		e.SetID = id
		audit(tx, e, recordSet(&before), recordSet(&set))
		v, err = s.viewChanged(ctx, tx, who, id)
		return err
	})
	return v, err
}

// writeSet writes a changed set with its tags and its place in lists.
func (s *Service) writeSet(ctx context.Context, tx *store.Tx, set *lab.Set, shared []int64) error {
	if err := tx.UpdateSet(ctx, set, setText(set)); err != nil {
		return err
	}
	if err := tagSet(ctx, tx, set, shared); err != nil {
		return err
	}
	return tx.Relist(ctx, []int64{set.ID})
}

// viewChanged is a set after its actor changed it; that its identity is shown
// is noted in the same transaction.
func (s *Service) viewChanged(ctx context.Context, tx *store.Tx, who *Actor, id int64) (SetView, error) {
	o := &opener{who: who}
	list, err := s.viewSets(ctx, tx, o, []int64{id})
	if err != nil || len(list) == 0 {
		return SetView{}, err
	}
	if e, ok := o.entry("set", id); ok {
		tx.Audit(e)
	}
	return list[0], nil
}

// giveSet makes another group the owner of a set. It takes the right to share
// the set with that group, and to make sets there.
func giveSet(ctx context.Context, tx *store.Tx, who *Actor, set *lab.Set, shared []int64) ([]int64, error) {
	ok, err := mayOwnSets(ctx, tx, who, set.GroupID)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fault("group_id", "you may not create sets for the group %d", set.GroupID)
	}
	target, err := targetOf(ctx, tx, set.GroupID)
	if err != nil {
		return nil, err
	}
	if !who.ShareSet(shared, target) {
		return nil, errForbidden("give this set to this group")
	}
	added, err := tx.ShareSet(ctx, set.ID, set.GroupID)
	if added {
		shared = append(shared, set.GroupID)
	}
	return shared, err
}

// retextSamples writes again by what the samples of a patient are found, after
// the names that must not stand in it have changed.
func retextSamples(ctx context.Context, tx *store.Tx, setID int64) error {
	ids, err := tx.SamplesOf(ctx, setID)
	if err != nil {
		return err
	}
	return retext(ctx, tx, ids)
}

// retext writes by what samples are found, and their tags.
func retext(ctx context.Context, tx *store.Tx, samples []int64) error {
	if len(samples) == 0 {
		return nil
	}
	list, err := tx.SamplesByID(ctx, samples)
	if err != nil {
		return err
	}
	in, err := members(ctx, tx, samples)
	if err != nil {
		return err
	}
	var sets []int64
	for i := range list {
		sample := &list[i]
		sets = append(sets, setIDs(in[sample.ID])...)
		if err := tx.SetSampleText(ctx, sample.ID, sampleText(sample, in[sample.ID])); err != nil {
			return err
		}
		tags, err := tx.PutTags(ctx, sampleTags(sample, in[sample.ID]))
		if err != nil {
			return err
		}
		if err := tx.SampleTags(ctx, sample.ID, tags); err != nil {
			return err
		}
	}
	return tx.RetagSets(ctx, distinct(sets))
}

// sampleTags are the tags of a sample: those that tell nobody's name.
func sampleTags(s *lab.Sample, in []member) []string { return lab.Tags(redactSample(s, in)) }
