package service

import (
	"context"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// joinable is a group that people are put into: neither everybody's, which they
// are in anyway, nor that of one person.
func joinable(ctx context.Context, tx *store.Tx, id int64) (lab.Group, error) {
	g, err := tx.LockGroup(ctx, id)
	if err != nil {
		return g, missing(err, "group", id)
	}
	return g, fixed(&g)
}

func fixed(g *lab.Group) error {
	if g.Kind == lab.GroupOrdinary {
		return nil
	}
	return lab.Errorf(lab.Conflict, "who is in the %s group %s goes with the accounts", g.Kind, g.Name)
}

// joinGroup puts an account that is or will be in use into a group.
func joinGroup(ctx context.Context, tx *store.Tx, who *Actor, g *lab.Group, userID int64) error {
	u, err := tx.UserByID(ctx, userID)
	if err != nil {
		return missing(err, "account", userID)
	}
	if u.State != lab.UserActive && u.State != lab.UserInvited {
		return lab.Errorf(lab.Conflict, "the account %d is %s", userID, u.State)
	}
	fresh, err := tx.AddMember(ctx, g.ID, userID)
	if err != nil || !fresh {
		return err
	}
	audit(tx, who.entry("group.invite", "group", g.ID), nil, map[string]any{"user_id": userID})
	return nil
}

// Newcomer names who is to be put into a group: by number, or by address, for
// those who do not see the list of accounts.
type Newcomer struct {
	UserID int64
	Email  string
}

// AddMember puts a person into a group.
func (s *Service) AddMember(ctx context.Context, who *Actor, groupID int64, n Newcomer) error {
	if err := who.require(); err != nil {
		return err
	}
	if (n.UserID == 0) == (n.Email == "") {
		return fault("email", "want either user_id or email")
	}
	return s.write(ctx, func(tx *store.Tx) error {
		g, err := managed(ctx, tx, who, groupID)
		if err != nil {
			return err
		}
		if err := fixed(&g); err != nil {
			return err
		}
		id := n.UserID
		switch {
		case n.Email != "":
			u, err := tx.UserByEmail(ctx, n.Email)
			if lab.CodeOf(err) == lab.NotFound {
				return fault("email", "there is no account of this address: ask an administrator to invite the person")
			}
			if err != nil {
				return err
			}
			id = u.ID
		case !who.Administer():
			// Numbers can be counted through.
			return fault("user_id", "name the person by e-mail address")
		}
		return joinGroup(ctx, tx, who, &g, id)
	})
}

// RemoveMember takes a person out of a group. What the person made stays.
func (s *Service) RemoveMember(ctx context.Context, who *Actor, groupID, userID int64) error {
	if err := who.require(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		g, err := managed(ctx, tx, who, groupID)
		if err != nil {
			return err
		}
		if err := fixed(&g); err != nil {
			return err
		}
		there, err := tx.RemoveMember(ctx, groupID, userID)
		if err != nil {
			return err
		}
		if !there {
			return lab.Errorf(lab.NotFound, "the account %d is not in this group", userID)
		}
		audit(tx, who.entry("group.remove", "group", groupID), map[string]any{"user_id": userID}, nil)
		return nil
	})
}
