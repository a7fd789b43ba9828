package service

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Actor is who asks: a person with their rights at this moment, and how they
// came. The zero Actor is somebody unknown, who may do next to nothing.
type Actor struct {
	access.Person
	User      lab.User // the account in which the actor acts
	SessionID int64    // 0 when the actor came by a token, or not by HTTP
	TokenID   int64    // the API token by which the actor came; 0 for none
	RequestID string
	Address   string // of the network, for the audit and for limits
}

// Known tells whether it is known who asks.
func (a *Actor) Known() bool { return a.User.ID != 0 }

// require answers an unknown actor.
func (a *Actor) require() error {
	if !a.Known() {
		return lab.Errorf(lab.Unauthenticated, "sign in first")
	}
	return nil
}

// person loads the rights of an account.
func person(ctx context.Context, tx *store.Tx, u lab.User) (access.Person, error) {
	p := access.Person{ID: u.ID, Admin: u.Admin, Limited: u.Limited}
	groups, err := tx.GroupsOf(ctx, u.ID)
	if err != nil {
		return p, err
	}
	list, err := tx.GrantsOf(ctx, u.ID)
	if err != nil {
		return p, err
	}
	for _, g := range groups {
		p.Memberships = append(p.Memberships, access.Membership{
			Group: g.ID, Parent: g.ParentID,
			Public: g.Kind == lab.GroupPublic, Personal: g.Kind == lab.GroupPersonal,
			Grants: grants(list, g.ID),
		})
	}
	return p, nil
}

// become fills in an account and its rights, of which the settings of the server
// take some from accounts that several people share.
func (s *Service) become(ctx context.Context, tx *store.Tx, who *Actor, u lab.User) (err error) {
	u.Limited = s.limited(&u)
	if who.Person, err = person(ctx, tx, u); err != nil {
		return err
	}
	who.ReadOnly = addressed(s.ReadOnlyAccounts, u.Email)
	who.User = u
	return nil
}

// limited tells whether an account cannot change itself: by its mark or by the
// settings.
func (s *Service) limited(u *lab.User) bool {
	return u.Limited || addressed(s.LimitedAccounts, u.Email)
}

// addressed tells whether an address is one of a list.
func addressed(list []string, email string) bool {
	return slices.ContainsFunc(list, func(a string) bool { return strings.EqualFold(a, email) })
}

// System is the server itself, for what it does unasked: it is in the audit as
// nobody. It has no rights; only use cases that are made for it take it.
func System() *Actor { return &Actor{} }

// entry begins an audit entry of the actor: "set.create" of a "set".
func (a *Actor) entry(action, object string, id int64) lab.Entry {
	e := lab.Entry{
		UserID: a.User.ID, Action: action, Object: object, ObjectID: id,
		RequestID: a.RequestID, Address: a.Address,
	}
	if a.Actor != 0 {
		e.UserID, e.BehalfOf = a.Actor, a.User.ID
	}
	return e
}

// audit notes what an actor did; before and after are encoded as JSON, nil for
// none. They may hold identities: the audit is shown through the same filter as
// all else.
func audit(tx *store.Tx, e lab.Entry, before, after any) {
	e.Before, e.After = encode(before), encode(after)
	tx.Audit(e)
}

func encode(v any) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs always encode
	}
	return string(text)
}
