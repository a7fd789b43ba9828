package service

import (
	"context"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// mostFollowed is the number of sets that one person follows.
const mostFollowed = 1000

// FollowSet has the actor told by mail when a set has new samples or results.
func (s *Service) FollowSet(ctx context.Context, who *Actor, id int64) error {
	if err := who.own(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		if _, _, err := visibleSet(ctx, tx, who, id); err != nil {
			return err
		}
		list, err := tx.Follows(ctx, who.User.ID)
		if err != nil {
			return err
		}
		if len(list) >= mostFollowed {
			return lab.Errorf(lab.Conflict, "nobody follows more than %d sets", mostFollowed)
		}
		return tx.FollowSet(ctx, who.User.ID, id)
	})
}

// UnfollowSet ends it. It is done also for a set that the actor may not see any
// more.
func (s *Service) UnfollowSet(ctx context.Context, who *Actor, id int64) error {
	if err := who.own(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		found, err := tx.UnfollowSet(ctx, who.User.ID, id)
		if err == nil && !found {
			err = lab.Errorf(lab.NotFound, "you do not follow a set %d", id)
		}
		return err
	})
}

// Follows lists the sets that the actor follows and still sees.
func (s *Service) Follows(ctx context.Context, who *Actor) (list []SetView, err error) {
	if err := who.own(); err != nil {
		return nil, err
	}
	o := &opener{who: who}
	err = s.read(ctx, func(tx *store.Tx) error {
		follows, err := tx.Follows(ctx, who.User.ID)
		if err != nil {
			return err
		}
		var ids []int64
		for _, f := range follows {
			ids = append(ids, f.SetID)
		}
		shared, err := tx.SetAccess(ctx, ids)
		if err != nil {
			return err
		}
		var seen []int64
		for _, id := range ids {
			if who.ViewSet(shared[id]) {
				seen = append(seen, id)
			}
		}
		list, err = s.viewSets(ctx, tx, o, seen)
		return err
	})
	if err == nil {
		err = s.auditRead(ctx, o, "set", 0)
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}
