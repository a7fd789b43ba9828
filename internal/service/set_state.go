package service

import (
	"context"
	"strings"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// SetStates tells how far the samples of sets are with each config, as lists of
// sets show it. Sets that the actor may not see are left out. It tells nobody's
// name.
func (s *Service) SetStates(ctx context.Context, who *Actor, ids []int64) (list []store.ConfigState, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	if len(ids) > maxPage {
		return nil, fault("ids", "want at most %d sets", maxPage)
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		shared, err := tx.SetAccess(ctx, distinct(ids))
		if err != nil {
			return err
		}
		var seen []int64
		for _, id := range distinct(ids) {
			if who.ViewSet(shared[id]) {
				seen = append(seen, id)
			}
		}
		list, err = tx.ConfigStates(ctx, seen)
		return err
	})
	return list, err
}

// configsNamed are the configs that the actor may use, by a part of their names.
func configsNamed(ctx context.Context, tx *store.Tx, who *Actor, text string) ([]int64, error) {
	configs, err := tx.Configs(ctx)
	if err != nil {
		return nil, err
	}
	shared, err := tx.ConfigAccess(ctx)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, c := range configs {
		if strings.Contains(lab.Fold(c.Name), text) && who.UseConfig(owned(c.GroupID, shared[c.ID])) {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}
