package service

import (
	"context"
	"slices"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/mail"
	"vidjil.org/vidjil/internal/store"
)

// People link accounts at providers with their own account here, and unlink them.
// An identity that is linked opens the account and brings the groups that its
// provider gives; name, address, password and whether the account may be used
// stay what they are here.

// OwnIdentity is an account elsewhere that opens the actor's.
type OwnIdentity struct {
	lab.Identity
	Provider string // the id of its provider in the settings; "" of the directory, or of one that is there no more
	Name     string // of the provider, for people; "" likewise
}

// Identities lists the identities of the actor's own account.
func (s *Service) Identities(ctx context.Context, who *Actor) (list []OwnIdentity, err error) {
	if err := who.own(); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		all, err := tx.IdentitiesOf(ctx, who.User.ID)
		list = make([]OwnIdentity, len(all))
		for i := range all {
			list[i] = OwnIdentity{Identity: all[i]}
			if p := s.issuedBy(all[i].Issuer); p != nil {
				list[i].Provider, list[i].Name = p.ID, p.Name
			}
		}
		return err
	})
	return list, err
}

// issuedBy is the provider of an issuer; nil when the settings have none.
func (s *Service) issuedBy(issuer string) *Provider {
	i := slices.IndexFunc(s.Providers, func(p Provider) bool { return p.Issuer == issuer })
	if i < 0 {
		return nil
	}
	return &s.Providers[i]
}

// BeginLink sends somebody who is signed in to a provider, whose answer links the
// account there with theirs here. It takes the password, as for all that opens
// an account.
func (s *Service) BeginLink(ctx context.Context, who *Actor, providerID, password string) (Started, error) {
	if err := who.own(); err != nil {
		return Started{}, err
	}
	p, err := s.provider(providerID)
	if err != nil {
		return Started{}, err
	}
	if who.SessionID == 0 {
		return Started{}, lab.Errorf(lab.Forbidden, "accounts are linked in a browser that has signed in, not with an API token")
	}
	err = s.ownerProof(ctx, who, password, func(tx *store.Tx, u *lab.User, _ *lab.Credential) error {
		return noSecond(ctx, tx, u.ID, p)
	})
	if err != nil {
		return Started{}, err
	}
	return s.begin(ctx, p, lab.PendingSignIn{SessionID: who.SessionID, LinkUser: who.User.ID})
}

// noSecond refuses a second identity of one provider: which of them is meant to
// give groups could not be told.
func noSecond(ctx context.Context, tx *store.Tx, userID int64, p *Provider) error {
	list, err := tx.IdentitiesOf(ctx, userID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(list, func(i lab.Identity) bool { return i.Issuer == p.Issuer }) {
		return refused(ReasonLinked, "an account of "+p.Name+" opens yours already: unlink it first")
	}
	return nil
}

// finishLink links what the provider has proven with the account that asked for
// it, if the session from which it was asked still lives.
func (s *Service) finishLink(ctx context.Context, who *Actor, p *Provider, pending *lab.PendingSignIn, claim *lab.Claim) error {
	return s.write(ctx, func(tx *store.Tx) error {
		admins, err := tx.LockAdmins(ctx)
		if err != nil {
			return err
		}
		as, err := s.linker(ctx, tx, who, pending)
		if err != nil {
			return err
		}
		if !p.Realm.admits(claim) {
			return refused(ReasonDisabled, p.Name+" does not let you in here: ask whoever runs it")
		}
		u, err := tx.LockUser(ctx, as.User.ID)
		if err != nil {
			return err
		}
		known, err := tx.IdentityBySubject(ctx, claim.Issuer, claim.Subject)
		switch {
		case err == nil && known.UserID == u.ID:
			return nil // it is what was asked for
		case err == nil:
			return refused(ReasonTaken, "this account of "+p.Name+" opens another account here")
		case lab.CodeOf(err) != lab.NotFound:
			return err
		}
		if err := noSecond(ctx, tx, u.ID, p); err != nil {
			return err
		}
		id := lab.Identity{UserID: u.ID, Issuer: claim.Issuer, Subject: claim.Subject, Linked: true, Label: labelOf(claim)}
		if err := tx.InsertIdentity(ctx, &id); err != nil {
			return err
		}
		audit(tx, as.entry("user.link_identity", "user", u.ID), nil, map[string]any{"provider": p.ID})
		m := mirror{s, tx, as, &p.Realm, claim, &id, admins}
		if err := m.give(ctx, &u); err != nil {
			return err
		}
		return s.postIdentity(ctx, tx, u.ID, p.Name, true)
	})
}

// linker is who asked for a link: their cookie does not come back from another
// site, so the session is looked up by the pending sign-in, which belongs to the
// browser.
func (s *Service) linker(ctx context.Context, tx *store.Tx, who *Actor, pending *lab.PendingSignIn) (*Actor, error) {
	list, err := tx.SessionsOf(ctx, pending.LinkUser)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(one lab.Session) bool {
		return one.ID == pending.SessionID && one.BehalfOf == 0 && s.SessionRule.Alive(one.CreatedAt, one.LastSeenAt, one.ExpiresAt, tx.Now)
	})
	as := &Actor{RequestID: who.RequestID, Address: who.Address}
	if i >= 0 {
		if err := s.identify(ctx, tx, as, pending.LinkUser); err != nil {
			return nil, err
		}
	}
	if !as.Known() {
		return nil, refused(ReasonState, "you have signed out in between: sign in and begin again")
	}
	as.SessionID = pending.SessionID
	return as, as.own()
}

// labelOf is how a provider calls a person, for the person to know it again.
func labelOf(claim *lab.Claim) string {
	const most = 254
	text := claim.Email
	if text == "" {
		text = claim.Name
	}
	if r := []rune(text); len(r) > most {
		text = string(r[:most])
	}
	return text
}

// give brings groups and administration up to what a linked identity says.
func (m *mirror) give(ctx context.Context, u *lab.User) error {
	before := *u
	m.administrator(ctx, &before, u)
	if err := updateAccount(ctx, m.tx, m.actor(&before), "user.update", &before, u); err != nil {
		return err
	}
	if err := m.groups(ctx, u); err != nil {
		return err
	}
	return m.tx.UpdateIdentity(ctx, m.id)
}

// updateLinked is update for an identity that the person linked. One that its
// provider does not let in any more opens nothing and gives nothing; the account
// goes on to be used as before.
func (m *mirror) updateLinked(ctx context.Context, u lab.User) (_ lab.User, refusal, err error) {
	if u.State != lab.UserActive {
		return u, errDisabled(), nil
	}
	if !m.realm.admits(m.claim) {
		m.claim = &lab.Claim{Issuer: m.claim.Issuer, Subject: m.claim.Subject}
		refusal = refused(ReasonDisabled, "you may not sign in here by this way any more: ask whoever runs the directory")
	} else {
		m.id.Label = labelOf(m.claim)
	}
	return u, refusal, m.give(ctx, &u)
}

// Unlink takes an identity that the actor linked from their own account, with the
// groups that it gave, and ends all other sessions: one of them may have been
// opened by it.
func (s *Service) Unlink(ctx context.Context, who *Actor, id int64, password string) error {
	err := s.ownerProof(ctx, who, password, func(*store.Tx, *lab.User, *lab.Credential) error { return nil })
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		admins, err := tx.LockAdmins(ctx)
		if err != nil {
			return err
		}
		u, err := lockUser(ctx, tx, who.User.ID)
		if err != nil {
			return err
		}
		identity, err := tx.IdentityOf(ctx, u.ID, id)
		if err != nil {
			return missing(err, "identity", id)
		}
		if !identity.Linked {
			return lab.Errorf(lab.Conflict, "your account is proven by this identity alone: it cannot be unlinked")
		}
		name, provider := identity.Issuer, ""
		if p := s.issuedBy(identity.Issuer); p != nil {
			name, provider = p.Name, p.ID
		}
		m := mirror{s, tx, who, &Realm{}, &lab.Claim{Issuer: identity.Issuer, Subject: identity.Subject}, &identity, admins}
		if err := m.give(ctx, &u); err != nil {
			return err
		}
		if err := tx.DeleteIdentity(ctx, id); err != nil {
			return err
		}
		audit(tx, who.entry("user.unlink_identity", "user", u.ID), map[string]any{"provider": provider}, nil)
		if err := tx.DeleteSessionsOf(ctx, u.ID, who.SessionID); err != nil {
			return err
		}
		return s.postIdentity(ctx, tx, u.ID, name, false)
	})
}

// postIdentity tells the owner of an account that there is one way into it more,
// or less.
func (s *Service) postIdentity(ctx context.Context, tx *store.Tx, userID int64, provider string, added bool) error {
	base, err := s.base(ctx, tx)
	if err != nil {
		return err
	}
	return s.post(ctx, tx, userID, mail.Identity{Provider: provider, Added: added, Link: base + "/account"})
}
