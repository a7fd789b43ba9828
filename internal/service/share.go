package service

import (
	"context"
	"slices"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// ShareView is a group beside a set: whether the set is open to it, and what
// its members could do then.
type ShareView struct {
	Group  lab.Group
	Shared bool
	Owner  bool
	Rights []access.Right // of the group on sets; those of groups below it are theirs
	// MayChange tells whether the actor may open the set to it, or close it.
	MayChange bool
}

// SetShares lists the groups that a set is open to, and those that the actor
// could open it to. Groups that the actor may not see are listed where the actor
// could take the set from them.
func (s *Service) SetShares(ctx context.Context, who *Actor, id int64) (list []ShareView, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		set, shared, err := visibleSet(ctx, tx, who, id)
		if err != nil {
			return err
		}
		groups, err := tx.Groups(ctx)
		if err != nil {
			return err
		}
		all, err := tx.Grants(ctx, 0)
		if err != nil {
			return err
		}
		for _, g := range groups {
			v := ShareView{Group: g, Shared: slices.Contains(shared, g.ID), Owner: set.GroupID == g.ID}
			for _, a := range grants(all, g.ID) {
				if a.Kind == access.Set {
					v.Rights = append(v.Rights, a.Right)
				}
			}
			if v.Shared {
				v.MayChange = who.Unshare(access.Set, set.GroupID, shared, g.ID)
			} else {
				v.MayChange = who.ShareSet(shared, target(groups, all, &g))
			}
			if v.Shared && v.MayChange || (v.Shared || v.MayChange) && who.ViewGroup(team(&g)) {
				list = append(list, v)
			}
		}
		return nil
	})
	return list, err
}

// team is a group as an object of rights.
func team(g *lab.Group) access.Team {
	return access.Team{ID: g.ID, Parent: g.ParentID, Public: g.Kind == lab.GroupPublic, Personal: g.Kind == lab.GroupPersonal}
}

// target is a group to share with, with the rights of those below it.
func target(groups []lab.Group, all []lab.Grant, g *lab.Group) access.Target {
	t := access.Target{Group: g.ID, Public: g.Kind == lab.GroupPublic}
	for i := range groups {
		if below := &groups[i]; below.ID == g.ID || below.ParentID == g.ID {
			t.Grants = append(t.Grants, grants(all, below.ID)...)
		}
	}
	return t
}

// ShareSet opens a set to a group, or closes it.
func (s *Service) ShareSet(ctx context.Context, who *Actor, id, groupID int64, open bool) error {
	if err := who.require(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		mayShare := func(shared []int64) bool { return who.Can(access.Set, access.Share, shared) }
		set, shared, err := setFor(ctx, tx, who, id, mayShare, "share this set")
		if err != nil {
			return err
		}
		if !set.TrashedAt.IsZero() {
			return errTrashed("set", id)
		}
		to, err := targetOf(ctx, tx, groupID)
		if err != nil {
			return err
		}
		var changed bool
		action := "set.share"
		switch {
		case open && !who.ShareSet(shared, to):
			return errForbidden("share this set with this group")
		case open:
			changed, err = tx.ShareSet(ctx, id, groupID)
		case groupID == set.GroupID:
			return lab.Errorf(lab.Conflict, "the set belongs to this group; give it to another one first")
		case !who.Unshare(access.Set, set.GroupID, shared, groupID):
			return errForbidden("take this set from this group")
		default:
			action = "set.unshare"
			changed, err = tx.UnshareSet(ctx, id, groupID)
		}
		if err != nil || !changed {
			return err
		}
		if open {
			tags, err := tx.PutTags(ctx, setTags(&set))
			if err != nil {
				return err
			}
			if err := tx.AddGroupTags(ctx, []int64{groupID}, tags); err != nil {
				return err
			}
		}
		e := who.entry(action, "set", id)
		e.SetID = id
		audit(tx, e, nil, map[string]any{"group": groupID})
		return tx.Relist(ctx, []int64{id})
	})
}
