package service

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Reasons why somebody who has proven to be who they are gets no session, for
// pages: they stand in [lab.Error.Fields] as the field.
const (
	ReasonDisabled = "disabled" // here or there
	ReasonEmail    = "email"    // an account here has the address, or it is not verified
	ReasonAccount  = "account"  // there is none, and none is made
)

func refused(reason, msg string) error {
	return &lab.Error{Code: lab.Forbidden, Msg: msg, Fields: []lab.Fault{{Field: reason, Msg: msg}}}
}

// admit finds the account of a claim, links or makes it, and brings it up to
// what the directory says. A refusal is an answer; what it did (an account that
// was disabled) stays. who is whoever signs in, nil when the server looks by
// itself: then nobody gets an account.
func (s *Service) admit(ctx context.Context, tx *store.Tx, who *Actor, realm *Realm, claim *lab.Claim) (u lab.User, refusal, err error) {
	// Before the account, in every use case: no two wait for each other.
	admins, err := tx.LockAdmins(ctx)
	if err != nil {
		return u, nil, err
	}
	id, err := tx.IdentityBySubject(ctx, claim.Issuer, claim.Subject)
	if lab.CodeOf(err) == lab.NotFound {
		if who == nil || !realm.admits(claim) {
			return u, refused(ReasonDisabled, "you may not sign in here: ask whoever runs the directory"), nil
		}
		u, refusal, err = s.linkOrMake(ctx, tx, who, realm, claim)
		if err != nil || refusal != nil {
			return u, refusal, err
		}
		id = lab.Identity{UserID: u.ID, Issuer: claim.Issuer, Subject: claim.Subject}
		if err := tx.InsertIdentity(ctx, &id); err != nil {
			return u, nil, err
		}
	} else if err != nil {
		return u, nil, err
	}
	m := mirror{s, tx, who, realm, claim, &id, admins}
	return m.update(ctx)
}

// linkOrMake gives a claim that is new here an account: that of the same e-mail
// address where the realm is trusted with it, else a new one.
func (s *Service) linkOrMake(ctx context.Context, tx *store.Tx, who *Actor, realm *Realm, claim *lab.Claim) (u lab.User, refusal, err error) {
	email, err := auth.NormalizeEmail(claim.Email)
	if err != nil {
		return u, refused(ReasonEmail, "the directory gives you no e-mail address that can be used: "+err.Error()), nil
	}
	if !claim.EmailVerified {
		// It could be anybody's.
		return u, refused(ReasonEmail, "the provider does not say that your e-mail address was verified"), nil
	}
	u, err = tx.UserByEmail(ctx, email)
	if err == nil {
		u, err = tx.LockUser(ctx, u.ID)
	}
	if lab.CodeOf(err) == lab.NotFound {
		if realm.NoAccounts {
			return u, refused(ReasonAccount, "you have no account here: ask an administrator for one"), nil
		}
		u = lab.User{Email: email, Name: nameOf(claim, email), State: lab.UserActive, Source: sourceOf(claim)}
		return u, nil, newAccount(ctx, tx, who, &u)
	}
	if err != nil {
		return u, nil, err
	}
	others, err := tx.IdentitiesOf(ctx, u.ID)
	if err != nil {
		return u, nil, err
	}
	switch {
	case !realm.LinkByEmail, u.Source != lab.SourceLocal, len(others) > 0:
		return u, refused(ReasonEmail, "an account here has your e-mail address: sign in to it and link the two on its page, or ask an administrator"), nil
	case u.State != lab.UserActive && u.State != lab.UserInvited:
		return u, errDisabled(), nil
	}
	return u, nil, s.link(ctx, tx, who, &u, claim)
}

// link hands the proof of an account's owner over to the directory. The password
// ends with it: whoever is disabled there must not come in by an old one. Second
// factor, sessions and tokens stay. The owner is told: it must not happen behind
// their back.
func (s *Service) link(ctx context.Context, tx *store.Tx, who *Actor, u *lab.User, claim *lab.Claim) error {
	before, source, name := *u, sourceOf(claim), ""
	if p := s.issuedBy(claim.Issuer); p != nil {
		name = p.Name
	}
	u.Source, u.State = source, lab.UserActive
	if err := tx.SetUserSource(ctx, u.ID, source); err != nil {
		return err
	}
	c, err := tx.LockCredential(ctx, u.ID)
	if err != nil {
		return err
	}
	c.PasswordHash = ""
	if err := tx.UpdateCredential(ctx, &c); err != nil {
		return err
	}
	if err := tx.DeleteLinksOf(ctx, u.ID); err != nil {
		return err
	}
	if err := s.postIdentity(ctx, tx, u.ID, name, true); err != nil {
		return err
	}
	as := *who
	as.User = *u
	return updateAccount(ctx, tx, &as, "user.link_directory", &before, u)
}

func errDisabled() error {
	return refused(ReasonDisabled, "your account is disabled: ask an administrator")
}

// nameOf is a name that can be shown: what the directory says, or the beginning
// of the address.
func nameOf(claim *lab.Claim, email string) string {
	var f lab.Faults
	name := checkName(&f, claim.Name)
	if f.Err() != nil {
		name, _, _ = strings.Cut(email, "@")
	}
	return name
}

// mirror brings one account up to what the directory says of its owner.
type mirror struct {
	*Service
	tx     *store.Tx
	who    *Actor
	realm  *Realm
	claim  *lab.Claim
	id     *lab.Identity
	admins []lab.User
}

func (m *mirror) update(ctx context.Context) (u lab.User, refusal, err error) {
	before, err := m.tx.LockUser(ctx, m.id.UserID)
	if err != nil {
		return u, nil, err
	}
	u = before
	if m.id.Linked {
		return m.updateLinked(ctx, u)
	}
	if !m.realm.admits(m.claim) {
		refusal, err = m.shutOut(ctx, &before)
		return u, refusal, err
	}
	if m.id.Gone && u.State == lab.UserDisabled {
		u.State = lab.UserActive
	}
	m.id.Gone = false
	if u.State != lab.UserActive {
		return u, errDisabled(), m.tx.UpdateIdentity(ctx, m.id)
	}
	if err := m.facts(ctx, &before, &u); err != nil {
		return u, nil, err
	}
	if err := m.groups(ctx, &u); err != nil {
		return u, nil, err
	}
	return u, nil, m.tx.UpdateIdentity(ctx, m.id)
}

// actor is the server when it looks by itself, else the owner of the account.
func (m *mirror) actor(u *lab.User) *Actor {
	if m.who == nil {
		return System()
	}
	as := *m.who
	as.User = *u
	return &as
}

// shutOut disables an account whose owner the directory does not admit any more.
func (m *mirror) shutOut(ctx context.Context, before *lab.User) (refusal, err error) {
	after := *before
	if after.State == lab.UserActive {
		after.State = lab.UserDisabled
		if lastAdmin(m.admins, before, &after) != nil {
			// A server that nobody administers is worse: administrators are told.
			m.Log.LogAttrs(ctx, slog.LevelError, "the directory has lost the last administrator, whose account stays open here", slog.Int64("user_id", before.ID))
			return errDisabled(), nil
		}
		m.id.Gone = true
		if err := shutOut(ctx, m.tx, after.ID); err != nil {
			return nil, err
		}
		if err := updateAccount(ctx, m.tx, m.actor(before), "user.leave_directory", before, &after); err != nil {
			return nil, err
		}
	}
	return errDisabled(), m.tx.UpdateIdentity(ctx, m.id)
}

// facts takes over name, address and whether somebody is an administrator.
func (m *mirror) facts(ctx context.Context, before, u *lab.User) error {
	if m.claim.Name != "" {
		u.Name = nameOf(m.claim, u.Email)
	}
	if email, err := auth.NormalizeEmail(m.claim.Email); err == nil && m.claim.EmailVerified && email != u.Email {
		switch other, err := m.tx.UserByEmail(ctx, email); {
		case lab.CodeOf(err) == lab.NotFound:
			u.Email = email
		case err != nil:
			return err
		case other.ID != u.ID:
			m.Log.LogAttrs(ctx, slog.LevelWarn, "the directory gives two accounts one address: it stays with the first", slog.Int64("user_id", u.ID), slog.Int64("other_id", other.ID))
		}
	}
	m.administrator(ctx, before, u)
	return updateAccount(ctx, m.tx, m.actor(before), "user.update", before, u)
}

// administrator gives and takes what the directory decides about it. Who was made
// an administrator by hand stays one.
func (m *mirror) administrator(ctx context.Context, before, u *lab.User) {
	switch is := m.realm.AdminGroup != "" && m.realm.has(m.claim, m.realm.AdminGroup); {
	case is && !u.Admin:
		u.Admin, m.id.Admin = true, true
	case !is && m.id.Admin:
		after := *u
		after.Admin = false
		if lastAdmin(m.admins, before, &after) != nil {
			m.Log.LogAttrs(ctx, slog.LevelError, "the directory takes the last administrator, who stays one", slog.Int64("user_id", u.ID))
			return
		}
		u.Admin, m.id.Admin = false, false
	}
}

// groups puts the person into the groups that the directory gives, and takes them
// out of those that it gave and does not give any more. Whoever was in a group by
// hand before stays in it.
func (m *mirror) groups(ctx context.Context, u *lab.User) error {
	given, err := m.tx.IdentityGroups(ctx, m.id.ID)
	if err != nil {
		return err
	}
	var wanted []int64
	for theirs, ours := range m.realm.Groups {
		if !m.realm.has(m.claim, theirs) {
			continue
		}
		g, err := m.tx.GroupByName(ctx, ours)
		if lab.CodeOf(err) == lab.NotFound || err == nil && g.Kind != lab.GroupOrdinary {
			m.Log.LogAttrs(ctx, slog.LevelWarn, "a group of the settings' directory section is none that people are put into: make it first")
			continue
		}
		if err != nil {
			return err
		}
		wanted = append(wanted, g.ID)
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	for _, g := range wanted {
		fresh, err := m.tx.AddMember(ctx, g, u.ID)
		if err != nil {
			return err
		}
		if !fresh {
			continue
		}
		audit(m.tx, m.actor(u).entry("group.invite", "group", g), nil, map[string]any{"user_id": u.ID, "source": sourceOf(m.claim)})
		if err := m.tx.AddIdentityGroup(ctx, m.id.ID, g); err != nil {
			return err
		}
	}
	for _, g := range given {
		if slices.Contains(wanted, g) {
			continue
		}
		if err := m.leave(ctx, u, g); err != nil {
			return err
		}
	}
	return nil
}

func (m *mirror) leave(ctx context.Context, u *lab.User, group int64) error {
	there, err := m.tx.RemoveMember(ctx, group, u.ID)
	if err != nil {
		return err
	}
	if there {
		audit(m.tx, m.actor(u).entry("group.remove", "group", group), map[string]any{"user_id": u.ID, "source": sourceOf(m.claim)}, nil)
	}
	return m.tx.RemoveIdentityGroup(ctx, m.id.ID, group)
}
