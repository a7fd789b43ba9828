package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// GroupView is a group as an actor sees it.
type GroupView struct {
	lab.Group
	Members   int64
	Rights    []access.Grant
	MayManage bool // rename it, invite to it and remove from it
}

// Groups lists the groups that the actor may see.
func (s *Service) Groups(ctx context.Context, who *Actor) (list []GroupView, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		list, err = viewGroups(ctx, tx, who)
		return err
	})
	return list, err
}

func viewGroups(ctx context.Context, tx *store.Tx, who *Actor) (list []GroupView, err error) {
	all, err := tx.Groups(ctx)
	if err != nil {
		return nil, err
	}
	rights, err := tx.Grants(ctx, 0)
	if err != nil {
		return nil, err
	}
	counts, err := tx.CountMembers(ctx)
	if err != nil {
		return nil, err
	}
	byGroup := map[int64][]lab.Grant{}
	for _, g := range rights {
		byGroup[g.GroupID] = append(byGroup[g.GroupID], g)
	}
	for i := range all {
		g := &all[i]
		if who.ViewGroup(team(g)) {
			list = append(list, GroupView{Group: *g, Members: counts[g.ID], Rights: grants(byGroup[g.ID], g.ID), MayManage: who.ManageGroup(team(g))})
		}
	}
	return list, nil
}

// GroupByID returns a group with its members.
func (s *Service) GroupByID(ctx context.Context, who *Actor, id int64) (v GroupView, members []lab.Member, err error) {
	if err := who.require(); err != nil {
		return v, nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		if v, err = viewGroup(ctx, tx, who, id); err != nil {
			return err
		}
		members, err = tx.Members(ctx, id)
		return err
	})
	return v, members, err
}

func viewGroup(ctx context.Context, tx *store.Tx, who *Actor, id int64) (v GroupView, err error) {
	g, err := tx.GroupByID(ctx, id)
	if err != nil {
		return v, missing(err, "group", id)
	}
	if !who.ViewGroup(team(&g)) {
		return v, errNotFound("group", id)
	}
	return changedGroup(ctx, tx, who, id)
}

// changedGroup is the group as whoever has just changed it sees it: by a token
// that may change groups and not read, too.
func changedGroup(ctx context.Context, tx *store.Tx, who *Actor, id int64) (v GroupView, err error) {
	g, err := tx.GroupByID(ctx, id)
	if err != nil {
		return v, missing(err, "group", id)
	}
	rights, err := tx.Grants(ctx, id)
	if err != nil {
		return v, err
	}
	members, err := tx.Members(ctx, id)
	return GroupView{Group: g, Members: int64(len(members)), Rights: grants(rights, id), MayManage: who.ManageGroup(team(&g))}, err
}

// NewGroup is what a group is made from.
type NewGroup struct {
	Name, Description string
	ParentID          int64 // 0 for none
	QuotaBytes        int64 // for reads; 0 for none
	Members           []int64
}

// CreateGroup makes a group with the rights of access.GroupGrants. Its parent
// cannot be changed later: what is shared with the parent is open to the group.
func (s *Service) CreateGroup(ctx context.Context, who *Actor, n NewGroup) (v GroupView, err error) {
	if !who.Administer() {
		return v, errAdministrators()
	}
	g := lab.Group{Description: strings.TrimSpace(n.Description), Kind: lab.GroupOrdinary, ParentID: n.ParentID, QuotaBytes: n.QuotaBytes}
	var f lab.Faults
	g.Name = checkName(&f, n.Name)
	checkGroup(&f, &g)
	if err := f.Err(); err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		if err := checkParent(ctx, tx, n.ParentID); err != nil {
			return err
		}
		if err := insertGroup(ctx, tx, who, &g, access.GroupGrants()); err != nil {
			return nameTaken(err, g.Name)
		}
		for _, id := range n.Members {
			if err := joinGroup(ctx, tx, who, &g, id); err != nil {
				return err
			}
		}
		v, err = changedGroup(ctx, tx, who, g.ID)
		return err
	})
	return v, err
}

const longestDescription = 2000 // bytes

func checkGroup(f *lab.Faults, g *lab.Group) {
	f.Require(len(g.Description) <= longestDescription, "description", "the description is longer than %d bytes", longestDescription)
	f.Require(g.QuotaBytes >= 0, "quota_bytes", "want bytes, or 0 for no limit")
}

// checkParent refuses what would make a second level. The original put the new
// group beside its would-be parent instead, and so shared with others than those
// that were chosen.
func checkParent(ctx context.Context, tx *store.Tx, id int64) error {
	if id == 0 {
		return nil
	}
	p, err := tx.LockGroup(ctx, id)
	switch {
	case lab.CodeOf(err) == lab.NotFound:
		return fault("parent_id", "there is no group %d", id)
	case err != nil:
		return err
	case p.Kind != lab.GroupOrdinary:
		return fault("parent_id", "there are no groups below the %s group %s", p.Kind, p.Name)
	case p.ParentID != 0:
		return fault("parent_id", "%s lies below a group itself, and there is one level only: choose group %d", p.Name, p.ParentID)
	}
	return nil
}

func nameTaken(err error, name string) error {
	if lab.CodeOf(err) != lab.Conflict {
		return err
	}
	msg := fmt.Sprintf("there is a group named %q already", name)
	return &lab.Error{Code: lab.Conflict, Msg: msg, Err: err, Fields: []lab.Fault{{Field: "name", Msg: msg}}}
}

// GroupChange is what to change of a group; nil fields stay.
type GroupChange struct {
	Name, Description *string
	QuotaBytes        *int64
}

// managed is a group that the actor may manage, for who will change it.
func managed(ctx context.Context, tx *store.Tx, who *Actor, id int64) (lab.Group, error) {
	g, err := tx.LockGroup(ctx, id)
	if err != nil {
		return g, missing(err, "group", id)
	}
	switch {
	case who.ManageGroup(team(&g)):
		return g, nil
	case who.ViewGroup(team(&g)):
		return g, errForbidden("manage this group")
	}
	return g, errNotFound("group", id)
}

// UpdateGroup changes a group. The quota is for administrators.
func (s *Service) UpdateGroup(ctx context.Context, who *Actor, id int64, ch GroupChange) (v GroupView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		before, err := managed(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if ch.QuotaBytes != nil && !who.Administer() {
			return errForbidden("set quotas")
		}
		after := before
		var f lab.Faults
		if ch.Name != nil {
			after.Name = checkName(&f, *ch.Name)
			f.Require(after.Kind != lab.GroupPersonal || after.Name == before.Name, "name", "the group of a person keeps its name")
		}
		if ch.Description != nil {
			after.Description = strings.TrimSpace(*ch.Description)
		}
		if ch.QuotaBytes != nil {
			after.QuotaBytes = *ch.QuotaBytes
		}
		checkGroup(&f, &after)
		if err := f.Err(); err != nil {
			return err
		}
		if after != before {
			facts := func(g *lab.Group) map[string]any {
				return map[string]any{"name": g.Name, "description": g.Description, "quota_bytes": g.QuotaBytes}
			}
			audit(tx, who.entry("group.update", "group", id), facts(&before), facts(&after))
			if err := tx.UpdateGroup(ctx, &after); err != nil {
				return nameTaken(err, after.Name)
			}
		}
		v, err = changedGroup(ctx, tx, who, id)
		return err
	})
	return v, err
}

// DeleteGroup removes a group that nothing belongs to.
func (s *Service) DeleteGroup(ctx context.Context, who *Actor, id int64) error {
	if !who.Administer() {
		return errAdministrators()
	}
	return s.write(ctx, func(tx *store.Tx) error {
		g, err := managed(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if g.Kind != lab.GroupOrdinary {
			return lab.Errorf(lab.Conflict, "the %s group cannot be deleted", g.Kind)
		}
		use, err := tx.UseOfGroup(ctx, id)
		if err != nil {
			return err
		}
		if what := inUse(use); what != "" {
			return lab.Errorf(lab.Conflict, "the group %s still has %s: give them to another group, or delete them, first", g.Name, what)
		}
		audit(tx, who.entry("group.delete", "group", id), map[string]any{"name": g.Name, "parent_id": g.ParentID}, nil)
		return tx.DeleteGroup(ctx, id)
	})
}

// inUse says what belongs to a group, "" for nothing.
func inUse(u store.GroupUse) string {
	var parts []string
	for _, part := range []struct {
		n         int64
		one, many string
	}{
		{u.Sets, "set (perhaps in the trash)", "sets (some perhaps in the trash)"},
		{u.Shared, "set that others share with it", "sets that others share with it"},
		{u.Configs, "config", "configs"},
		{u.PreProcesses, "pre-process", "pre-processes"},
		{u.Groups, "group below it", "groups below it"},
	} {
		switch {
		case part.n == 1:
			parts = append(parts, "1 "+part.one)
		case part.n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.many))
		}
	}
	return strings.Join(parts, ", ")
}

// SetRights gives a group exactly these rights.
func (s *Service) SetRights(ctx context.Context, who *Actor, id int64, rights []access.Grant) (v GroupView, err error) {
	if !who.Administer() {
		return v, errAdministrators()
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		g, err := managed(ctx, tx, who, id)
		if err != nil {
			return err
		}
		var f lab.Faults
		for i, r := range rights {
			field := fmt.Sprintf("rights[%d]", i)
			f.Require(r.Valid(), field, "there is no right %s", r)
			f.Require(g.Kind != lab.GroupPublic || r.Right == access.Read, field, "everybody may read and nothing else: not %s", r)
		}
		if err := f.Err(); err != nil {
			return err
		}
		if err := replaceRights(ctx, tx, who, id, rights); err != nil {
			return err
		}
		v, err = changedGroup(ctx, tx, who, id)
		return err
	})
	return v, err
}

func replaceRights(ctx context.Context, tx *store.Tx, who *Actor, id int64, rights []access.Grant) error {
	had, err := tx.Grants(ctx, id)
	if err != nil {
		return err
	}
	var added, removed []string
	for _, old := range had {
		if g := (access.Grant{Kind: access.Kind(old.Kind), Right: access.Right(old.Right)}); !slices.Contains(rights, g) {
			removed = append(removed, g.String())
			if _, err := tx.RemoveGrant(ctx, old); err != nil {
				return err
			}
		}
	}
	for _, g := range rights {
		fresh, err := tx.AddGrant(ctx, lab.Grant{GroupID: id, Kind: string(g.Kind), Right: string(g.Right)})
		if err != nil {
			return err
		}
		if fresh {
			added = append(added, g.String())
		}
	}
	if added == nil && removed == nil {
		return nil
	}
	audit(tx, who.entry("group.rights", "group", id), map[string]any{"rights": removed}, map[string]any{"rights": added})
	return nil
}
