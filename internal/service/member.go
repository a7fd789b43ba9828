package service

import (
	"context"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// member is a set that a sample is in.
type member struct {
	set    lab.Set
	access []int64 // the groups that the set is shared with
}

// living tells whether the set is not in the trash.
func (m *member) living() bool { return m.set.TrashedAt.IsZero() }

// members loads the sets of samples with whom they are shared with, by sample.
func members(ctx context.Context, tx *store.Tx, samples []int64) (map[int64][]member, error) {
	list, err := tx.MembershipsOf(ctx, samples)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, m := range list {
		ids = append(ids, m.SetID)
	}
	sets, err := membersByID(ctx, tx, distinct(ids))
	if err != nil {
		return nil, err
	}
	of := make(map[int64][]member, len(samples))
	for _, m := range list {
		of[m.SampleID] = append(of[m.SampleID], sets[m.SetID])
	}
	return of, nil
}

// membersByID loads sets with whom they are shared with.
func membersByID(ctx context.Context, tx *store.Tx, ids []int64) (map[int64]member, error) {
	sets, err := tx.SetsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	groups, err := tx.SetAccess(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := make(map[int64]member, len(sets))
	for i := range sets {
		list[sets[i].ID] = member{sets[i], groups[sets[i].ID]}
	}
	return list, nil
}

// lines are the groups of the sets that count for a right on a sample: of those
// that are not in the trash, or of all when all are.
func lines(in []member) [][]int64 {
	var living, every [][]int64
	for i := range in {
		every = append(every, in[i].access)
		if in[i].living() {
			living = append(living, in[i].access)
		}
	}
	if len(living) == 0 {
		return every
	}
	return living
}

func setIDs(in []member) []int64 {
	ids := make([]int64, len(in))
	for i := range in {
		ids[i] = in[i].set.ID
	}
	return ids
}
