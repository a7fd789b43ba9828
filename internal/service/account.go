package service

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// longestName is in characters, of people and groups.
const longestName = 100

// checkName gives a name its kept form, and notes what is wrong with it.
func checkName(f *lab.Faults, name string) string {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		f.Add("name", "the name is missing")
	case utf8.RuneCountInString(name) > longestName:
		f.Add("name", "the name is longer than %d characters", longestName)
	case strings.ContainsFunc(name, unicode.IsControl) || !utf8.ValidString(name):
		f.Add("name", "the name has characters that cannot be shown")
	}
	return name
}

// checkEmail gives an address its kept form, and notes what is wrong with it.
func checkEmail(f *lab.Faults, email string) string {
	email, err := auth.NormalizeEmail(email)
	if err != nil {
		f.Add("email", "%s", err.Error())
	}
	return email
}

// checkPassword notes what is wrong with a new password.
func checkPassword(f *lab.Faults, field, password, email, name string) {
	if err := auth.CheckPassword(password, email, name); err != nil {
		f.Add(field, "%s", err.Error())
	}
}

// languages are those of pages and mails; "" is the server's.
func checkLanguage(f *lab.Faults, language string) {
	switch language {
	case "", "en", "fr":
	default:
		f.Add("language", "want en, fr or nothing")
	}
}

// newAccount adds an account with its personal group, and makes it a member of
// the public one. On an empty store it furnishes the server first. The audit
// names no e-mail address and no name, which could not be taken out of it when
// the account is anonymised.
func newAccount(ctx context.Context, tx *store.Tx, who *Actor, u *lab.User) error {
	if err := insertAccount(ctx, tx, u); err != nil {
		return err
	}
	as := *who
	if !as.Known() && !as.Admin {
		// The first administrator is made by whoever holds the link.
		as.User = *u
	}
	if err := furnish(ctx, tx, &as); err != nil {
		return err
	}
	audit(tx, as.entry("user.create", "user", u.ID), nil, accountFacts(u))
	own := lab.Group{Name: fmt.Sprintf("user_%04d", u.ID), Kind: lab.GroupPersonal, UserID: u.ID}
	if err := insertGroup(ctx, tx, &as, &own, access.PersonalGrants()); err != nil {
		return err
	}
	public, err := tx.PublicGroup(ctx)
	if err != nil {
		return err
	}
	for _, g := range []int64{own.ID, public.ID} {
		if _, err := tx.AddMember(ctx, g, u.ID); err != nil {
			return err
		}
	}
	return nil
}

func insertAccount(ctx context.Context, tx *store.Tx, u *lab.User) error {
	if _, err := tx.UserByEmail(ctx, u.Email); err == nil {
		return errEmailTaken()
	} else if lab.CodeOf(err) != lab.NotFound {
		return err
	}
	return tx.InsertUser(ctx, u)
}

func errEmailTaken() error {
	return &lab.Error{
		Code: lab.Conflict, Msg: "there is an account of this e-mail address already",
		Fields: []lab.Fault{{Field: "email", Msg: "there is an account of this e-mail address already"}},
	}
}

// accountFacts is what the audit keeps of an account.
func accountFacts(u *lab.User) map[string]any {
	return map[string]any{"state": u.State, "admin": u.Admin, "limited": u.Limited, "source": u.Source, "language": u.Language}
}

// setPassword keeps a new password, and forgives the failures with the old one.
func setPassword(ctx context.Context, tx *store.Tx, userID int64, hash string) error {
	c, err := tx.LockCredential(ctx, userID)
	if err != nil {
		return err
	}
	c.PasswordHash, c.Failures, c.ChangedAt = hash, 0, tx.Now
	return tx.UpdateCredential(ctx, &c)
}

// insertGroup adds a group with rights.
func insertGroup(ctx context.Context, tx *store.Tx, who *Actor, g *lab.Group, rights []access.Grant) error {
	if err := tx.InsertGroup(ctx, g); err != nil {
		return err
	}
	names := make([]string, len(rights))
	for i, r := range rights {
		names[i] = r.String()
		if _, err := tx.AddGrant(ctx, lab.Grant{GroupID: g.ID, Kind: string(r.Kind), Right: string(r.Right)}); err != nil {
			return err
		}
	}
	audit(tx, who.entry("group.create", "group", g.ID), nil, map[string]any{"kind": g.Kind, "parent_id": g.ParentID, "user_id": g.UserID, "rights": names})
	return nil
}
