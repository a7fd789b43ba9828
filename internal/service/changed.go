package service

import (
	"context"
	"fmt"
	"slices"

	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/store"
)

// changed is called, in the same transaction, by every use case that changes
// which samples sets have, or a sample, its files or its results: lists, tags
// and totals follow, what was fused from the sets is stale from then on, and is
// fused anew.
func (s *Service) changed(ctx context.Context, tx *store.Tx, sets []int64) error {
	sets = slices.Clone(sets)
	slices.Sort(sets)
	sets = slices.Compact(sets)
	if len(sets) == 0 {
		return nil
	}
	refuse := func(ctx context.Context, sets []int64) error {
		list, err := tx.FusesOf(ctx, sets)
		if err != nil {
			return err
		}
		return pipeline.Refuse(ctx, tx, list, 0)
	}
	for _, step := range []func(context.Context, []int64) error{tx.LockSets, tx.TouchSets, tx.RetagSets, tx.Relist, refuse, tx.StaleFused} {
		if err := step(ctx, sets); err != nil {
			return fmt.Errorf("update changed sets: %w", err)
		}
	}
	return nil
}
