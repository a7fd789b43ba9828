package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Shell is whoever can open the database from a shell of the server's machine,
// and so can do all but see identities. The audit names no person for it.
func Shell() *Actor {
	return &Actor{Person: access.Person{Admin: true}, Address: "shell"}
}

func errAdministrators() error {
	return lab.Errorf(lab.Forbidden, "only administrators may do this")
}

// UserView is an account with what administrators want to know of it.
type UserView struct {
	lab.User
	Groups        []store.UserMembership
	SecondFactor  bool
	LockedUntil   time.Time // zero when not locked out
	Sets, Samples int64     // that the person has made
}

// UserPage is a part of the list of accounts.
type UserPage struct {
	Items []UserView
	Next  string
	Total int64
}

// Users lists accounts. Q is a part of a name or address; orders are name,
// created and login.
func (s *Service) Users(ctx context.Context, who *Actor, p Page) (page UserPage, err error) {
	if !who.Administer() {
		return page, errAdministrators()
	}
	limit, err := parseLimit(p.Limit)
	if err != nil {
		return page, err
	}
	order, err := userOrder(p.Sort)
	if err != nil {
		return page, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		// Accounts are hundreds, rarely thousands: they are sorted here, where
		// letters of all languages fold alike on both databases.
		all, err := tx.Users(ctx)
		if err != nil {
			return err
		}
		q := lab.Fold(p.Q)
		all = slices.DeleteFunc(all, func(u lab.User) bool {
			return !strings.Contains(lab.Fold(u.Name), q) && !strings.Contains(lab.Fold(u.Email), q)
		})
		slices.SortFunc(all, order)
		page.Total = int64(len(all))
		rest, err := afterUser(all, p.Cursor)
		if err != nil {
			return err
		}
		if len(rest) > limit {
			rest = rest[:limit]
			page.Next = strconv.FormatInt(rest[limit-1].ID, 10)
		}
		page.Items, err = s.viewUsers(ctx, tx, rest)
		return err
	})
	return page, err
}

func userOrder(sort string) (func(a, b lab.User) int, error) {
	name, desc := strings.CutPrefix(sort, "-")
	var by func(a, b *lab.User) int
	switch name {
	case "", "name":
		by = func(a, b *lab.User) int { return cmp.Compare(lab.Fold(a.Name), lab.Fold(b.Name)) }
	case "created":
		by = func(a, b *lab.User) int { return a.CreatedAt.Compare(b.CreatedAt) }
	case "login":
		by = func(a, b *lab.User) int { return a.LastLoginAt.Compare(b.LastLoginAt) }
	default:
		return nil, fault("sort", "want name, created or login, - before it to turn it round")
	}
	return func(a, b lab.User) int {
		n := cmp.Or(by(&a, &b), cmp.Compare(a.ID, b.ID))
		if desc {
			return -n
		}
		return n
	}, nil
}

// afterUser is the rest of a list behind the account that the cursor names.
func afterUser(list []lab.User, cursor string) ([]lab.User, error) {
	if cursor == "" {
		return list, nil
	}
	id, err := strconv.ParseInt(cursor, 10, 64)
	at := slices.IndexFunc(list, func(u lab.User) bool { return u.ID == id })
	if err != nil || at < 0 {
		return nil, fault("cursor", "is not one of this list")
	}
	return list[at+1:], nil
}

// viewUsers adds what the list tells besides the accounts.
func (s *Service) viewUsers(ctx context.Context, tx *store.Tx, list []lab.User) ([]UserView, error) {
	ids, at := make([]int64, len(list)), make(map[int64]int, len(list))
	views := make([]UserView, len(list))
	for i, u := range list {
		ids[i], at[u.ID], views[i].User = u.ID, i, u
	}
	groups, err := tx.MembershipsOfUsers(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, m := range groups {
		v := &views[at[m.UserID]]
		v.Groups = append(v.Groups, m)
	}
	facts, err := tx.FactsOfUsers(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, f := range facts {
		v := &views[at[f.UserID]]
		v.SecondFactor, v.Sets, v.Samples = f.TotpOn, f.Sets, f.Samples
		v.LockedUntil = s.Lockout.Until(f.Failures, f.FailedAt, tx.Now)
	}
	return views, nil
}

func (s *Service) viewUser(ctx context.Context, tx *store.Tx, u *lab.User) (UserView, error) {
	list, err := s.viewUsers(ctx, tx, []lab.User{*u})
	if err != nil {
		return UserView{}, err
	}
	return list[0], nil
}

// UserByID returns an account.
func (s *Service) UserByID(ctx context.Context, who *Actor, id int64) (v UserView, err error) {
	if !who.Administer() {
		return v, errAdministrators()
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		u, err := tx.UserByID(ctx, id)
		if err != nil {
			return missing(err, "account", id)
		}
		v, err = s.viewUser(ctx, tx, &u)
		return err
	})
	return v, err
}

// missing is an error that tells which object is not there.
func missing(err error, what string, id int64) error {
	if lab.CodeOf(err) == lab.NotFound {
		return errNotFound(what, id)
	}
	return err
}

// lockUser is the account for who will change it.
func lockUser(ctx context.Context, tx *store.Tx, id int64) (lab.User, error) {
	u, err := tx.LockUser(ctx, id)
	return u, missing(err, "account", id)
}

// NewUser invites a person.
type NewUser struct {
	Email, Name    string
	Admin, Limited bool
	Language       string
	Groups         []int64
	Mail           bool // mail the link in the place of returning it
}

// Invitation is an account with the link by which its owner chooses a password:
// "" when it is mailed.
type Invitation struct {
	User UserView
	Link string
	Sent bool
}

// CreateUser invites a person.
func (s *Service) CreateUser(ctx context.Context, who *Actor, n NewUser) (inv Invitation, err error) {
	if !who.Administer() {
		return inv, errAdministrators()
	}
	if n.Mail && s.Mail == nil {
		return inv, fault("mail", "the server has no mail server: leave it out to get the link")
	}
	u := lab.User{State: lab.UserInvited, Admin: n.Admin, Limited: n.Limited, Source: "local", Language: n.Language}
	var f lab.Faults
	u.Name, u.Email = checkName(&f, n.Name), checkEmail(&f, n.Email)
	checkLanguage(&f, n.Language)
	if err := f.Err(); err != nil {
		return inv, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		if err := newAccount(ctx, tx, who, &u); err != nil {
			return err
		}
		for i, g := range n.Groups {
			group, err := joinable(ctx, tx, g)
			if err != nil {
				return &lab.Error{Code: lab.Invalid, Msg: err.Error(), Fields: []lab.Fault{{Field: fmt.Sprintf("groups[%d]", i), Msg: err.Error()}}}
			}
			if err := joinGroup(ctx, tx, who, &group, u.ID); err != nil {
				return err
			}
		}
		inv, err = s.invitation(ctx, tx, &u, lab.LinkInvite, n.Mail)
		return err
	})
	if err != nil {
		return Invitation{}, err
	}
	return inv, nil
}

// invitation makes a link, and puts it into the outbox if it is to be mailed.
func (s *Service) invitation(ctx context.Context, tx *store.Tx, u *lab.User, purpose string, mail bool) (inv Invitation, err error) {
	if inv.User, err = s.viewUser(ctx, tx, u); err != nil {
		return inv, err
	}
	inv.Link, err = s.newLink(ctx, tx, purpose, u.ID)
	if err == nil && mail {
		err = s.postLink(ctx, tx, u, purpose, inv.Link)
		inv.Link, inv.Sent = "", true
	}
	return inv, err
}

// UserLink makes a link by which the owner of an account chooses a password: the
// first one of somebody invited, a new one otherwise. Older links are void.
func (s *Service) UserLink(ctx context.Context, who *Actor, id int64, mail bool) (inv Invitation, err error) {
	if !who.Administer() {
		return inv, errAdministrators()
	}
	if mail && s.Mail == nil {
		return inv, fault("mail", "the server has no mail server: leave it out to get the link")
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		purpose := lab.LinkReset
		u, err := lockUser(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case u.Source != "local":
			return lab.Errorf(lab.Conflict, "the identity of this person is proven elsewhere (%s)", u.Source)
		case u.State == lab.UserInvited:
			purpose = lab.LinkInvite
		case u.State != lab.UserActive:
			return lab.Errorf(lab.Conflict, "the account is %s", u.State)
		}
		if err := tx.DeleteLinksOf(ctx, id); err != nil {
			return err
		}
		audit(tx, who.entry("user.link", "user", id), nil, map[string]any{"purpose": purpose})
		inv, err = s.invitation(ctx, tx, &u, purpose, mail)
		return err
	})
	if err != nil {
		return Invitation{}, err
	}
	return inv, nil
}

// UserByEmail finds an account for those who name it by its address.
func (s *Service) UserByEmail(ctx context.Context, who *Actor, email string) (u lab.User, err error) {
	if !who.Administer() {
		return u, errAdministrators()
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		u, err = tx.UserByEmail(ctx, email)
		if lab.CodeOf(err) == lab.NotFound {
			err = lab.Errorf(lab.NotFound, "there is no account of the address %s", email)
		}
		return err
	})
	return u, err
}
