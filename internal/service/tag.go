package service

import (
	"context"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Tags lists the tags that begin with a text, of those that the actor's groups
// and the public group know.
func (s *Service) Tags(ctx context.Context, who *Actor, prefix string, limit int) (list []lab.Tag, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	if limit, err = parseLimit(limit); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		public, err := tx.PublicGroup(ctx)
		if err != nil {
			return err
		}
		groups := append(who.Involved(), public.ID)
		if who.Administer() {
			groups = []int64{store.Everything}
		}
		list, err = tx.TagsOfGroups(ctx, groups, prefix, limit)
		return err
	})
	return list, err
}

// addDefaultTags makes the tags that everybody knows; the first start calls it.
func addDefaultTags(ctx context.Context, tx *store.Tx, publicID int64) error {
	tags, err := tx.PutTags(ctx, lab.DefaultTags())
	if err != nil {
		return err
	}
	return tx.AddGroupTags(ctx, []int64{publicID}, tags)
}
