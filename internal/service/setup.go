package service

import (
	"context"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// publicName is what the group of everybody is called at first.
const publicName = "public"

// firstSteps is what a new server is furnished with, in this order, once the
// public group is there: what all use and nobody but administrators changes.
func firstSteps() []func(ctx context.Context, tx *store.Tx, who *Actor, public lab.Group) error {
	return []func(context.Context, *store.Tx, *Actor, lab.Group) error{
		func(ctx context.Context, tx *store.Tx, who *Actor, public lab.Group) error {
			return addDefaultConfigs(ctx, tx, who, public.ID, public.ID)
		},
		func(ctx context.Context, tx *store.Tx, _ *Actor, public lab.Group) error {
			return addDefaultTags(ctx, tx, public.ID)
		},
	}
}

// furnish makes the public group and the defaults, once in the life of a store.
func furnish(ctx context.Context, tx *store.Tx, who *Actor) error {
	if _, err := tx.PublicGroup(ctx); lab.CodeOf(err) != lab.NotFound {
		return err
	}
	public := lab.Group{Name: publicName, Kind: lab.GroupPublic, Description: "Everybody with an account"}
	if err := insertGroup(ctx, tx, who, &public, access.PublicGrants()); err != nil {
		return err
	}
	for _, step := range firstSteps() {
		if err := step(ctx, tx, who, public); err != nil {
			return err
		}
	}
	return nil
}

// SetupLink makes the link by which the first administrator is made, and voids
// the one before. It is "" when there is an administrator.
func (s *Service) SetupLink(ctx context.Context) (string, error) {
	text := ""
	err := s.write(ctx, func(tx *store.Tx) error {
		n, err := tx.CountAdmins(ctx)
		if err != nil || n > 0 {
			return err
		}
		text, err = s.newLink(ctx, tx, lab.LinkSetup, 0)
		return err
	})
	return text, err
}

// newLink makes a one-time link; its token stands behind the # that browsers do
// not send, so that no log of a server or proxy holds it.
func (s *Service) newLink(ctx context.Context, tx *store.Tx, purpose string, userID int64) (string, error) {
	token, hash := auth.NewToken()
	l := lab.Link{Purpose: purpose, UserID: userID, TokenHash: hash, ExpiresAt: tx.Now.Add(auth.LinkLifetime(purpose))}
	if err := tx.InsertLink(ctx, &l); err != nil {
		return "", err
	}
	page := map[string]string{lab.LinkSetup: "/setup", lab.LinkInvite: "/welcome", lab.LinkReset: "/password"}[purpose]
	base, err := s.base(ctx, tx)
	if err != nil {
		return "", err
	}
	return base + page + "#" + token, nil
}

// settingURL keeps how people reach the server, for links that are made by
// another process.
const settingURL = "public_url"

// RememberURL keeps the server's address for the commands that make links.
func (s *Service) RememberURL(ctx context.Context) error {
	return s.write(ctx, func(tx *store.Tx) error {
		kept, err := tx.Setting(ctx, settingURL)
		if err != nil || kept == s.PublicURL {
			return err
		}
		return tx.PutSetting(ctx, settingURL, s.PublicURL)
	})
}

// useLink uses up a one-time link of one of the purposes.
func useLink(ctx context.Context, tx *store.Tx, token string, purposes ...string) (lab.Link, error) {
	bad := lab.Errorf(lab.Invalid, "the link is not valid any more; ask for a new one")
	l, err := tx.LinkByHash(ctx, auth.HashToken(token))
	if lab.CodeOf(err) == lab.NotFound {
		return l, bad
	}
	if err != nil {
		return l, err
	}
	for _, p := range purposes {
		if l.Purpose != p {
			continue
		}
		there, err := tx.DeleteLink(ctx, l.ID)
		if err == nil && !there {
			err = bad
		}
		return l, err
	}
	return l, bad
}

// NewAdmin is who uses the setup link.
type NewAdmin struct {
	Token, Email, Name, Password, Agent string
}

// Setup makes the first administrator, with the groups and defaults of a new
// server, and signs them in. Of two who use the link at once one succeeds.
func (s *Service) Setup(ctx context.Context, who *Actor, in NewAdmin) (*Opened, error) {
	u := lab.User{State: lab.UserActive, Admin: true, Source: "local"}
	var f lab.Faults
	u.Name = checkName(&f, in.Name)
	u.Email = checkEmail(&f, in.Email)
	checkPassword(&f, "password", in.Password, u.Email, u.Name)
	if err := f.Err(); err != nil {
		return nil, err
	}
	hash, err := s.Passwords.Hash(ctx, in.Password)
	if err != nil {
		return nil, err
	}
	var opened *Opened
	err = s.write(ctx, func(tx *store.Tx) error {
		if _, err := useLink(ctx, tx, in.Token, lab.LinkSetup); err != nil {
			return err
		}
		n, err := tx.CountAdmins(ctx)
		if err != nil {
			return err
		}
		if n > 0 {
			return lab.Errorf(lab.Conflict, "the server has an administrator already")
		}
		if err := newAccount(ctx, tx, who, &u); err != nil {
			return err
		}
		if err := setPassword(ctx, tx, u.ID, hash); err != nil {
			return err
		}
		opened, err = s.openSession(ctx, tx, who, &u, in.Agent)
		return err
	})
	return opened, err
}
