package service

import (
	"context"
	"log/slog"
	"time"

	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// ProfileChange is what people change of their own account; nil fields stay. To
// change the address, to which links to new passwords go, takes the password.
// Mails are the kinds of mail to get (true) or not to get.
type ProfileChange struct {
	Name, Language, Email *string
	Password              string
	Mails                 map[string]bool
}

// UpdateMe changes the actor's own account.
func (s *Service) UpdateMe(ctx context.Context, who *Actor, ch ProfileChange) error {
	if err := who.own(); err != nil {
		return err
	}
	if ch.Email != nil && who.User.Source != lab.SourceLocal {
		return fault("email", "the directory says what your address is: it is changed there")
	}
	change := UserChange{Name: ch.Name, Language: ch.Language, Email: ch.Email}
	update := func(tx *store.Tx, before *lab.User) error {
		after := *before
		if err := change.apply(&after); err != nil {
			return err
		}
		if err := updateAccount(ctx, tx, who, "user.update", before, &after); err != nil {
			return err
		}
		who.User = after
		return chooseMails(ctx, tx, who, ch.Mails)
	}
	if ch.Email != nil {
		return s.ownProof(ctx, who, ch.Password, func(tx *store.Tx, u *lab.User, _ *lab.Credential) error { return update(tx, u) })
	}
	return s.write(ctx, func(tx *store.Tx) error {
		u, err := tx.LockUser(ctx, who.User.ID)
		if err != nil {
			return err
		}
		return update(tx, &u)
	})
}

// ChangePassword replaces the actor's own password and ends all other sessions.
func (s *Service) ChangePassword(ctx context.Context, who *Actor, password, next string) error {
	if err := who.own(); err != nil {
		return err
	}
	var f lab.Faults
	checkPassword(&f, "new_password", next, who.User.Email, who.User.Name)
	f.Require(password != next, "new_password", "the new password is the present one")
	if err := f.Err(); err != nil {
		return err
	}
	hash, err := s.Passwords.Hash(ctx, next)
	if err != nil {
		return err
	}
	return s.ownProof(ctx, who, password, func(tx *store.Tx, u *lab.User, _ *lab.Credential) error {
		if err := setPassword(ctx, tx, u.ID, hash); err != nil {
			return err
		}
		audit(tx, who.entry("password.change", "user", u.ID), nil, nil)
		if err := tx.DeleteLinksOf(ctx, u.ID); err != nil {
			return err
		}
		return tx.DeleteSessionsOf(ctx, u.ID, who.SessionID)
	})
}

// Sessions lists the actor's own sessions that are still good.
func (s *Service) Sessions(ctx context.Context, who *Actor) (list []lab.Session, err error) {
	if err := who.own(); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		all, err := tx.SessionsOf(ctx, who.User.ID)
		for _, one := range all {
			if s.SessionRule.Alive(one.CreatedAt, one.LastSeenAt, one.ExpiresAt, tx.Now) {
				list = append(list, one)
			}
		}
		return err
	})
	return list, err
}

// EndSession ends one of the actor's own sessions.
func (s *Service) EndSession(ctx context.Context, who *Actor, id int64) error {
	if err := who.own(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		there, err := tx.DeleteSession(ctx, who.User.ID, id)
		if err == nil && !there {
			err = lab.Errorf(lab.NotFound, "you have no session %d", id)
		}
		audit(tx, who.entry("session.delete", "session", id), nil, nil)
		return err
	})
}

// EndOtherSessions ends all of the actor's own sessions but the one that asks.
func (s *Service) EndOtherSessions(ctx context.Context, who *Actor) error {
	if err := who.own(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		audit(tx, who.entry("session.delete_others", "user", who.User.ID), nil, nil)
		return tx.DeleteSessionsOf(ctx, who.User.ID, who.SessionID)
	})
}

// ForgotPassword has a link to a new password sent, behind the answer: neither
// the answer nor its time tells whether there is such an account.
func (s *Service) ForgotPassword(ctx context.Context, who *Actor, email string) {
	as := *who
	if !s.later(ctx, func(ctx context.Context) {
		if err := s.mailReset(ctx, &as, email); err != nil {
			s.Log.ErrorContext(ctx, "send link to a new password", slog.String("request_id", as.RequestID), slog.Any("error", err))
		}
	}) {
		s.Log.WarnContext(ctx, "a link to a new password was not sent: too many at once", slog.String("request_id", as.RequestID))
	}
}

func (s *Service) mailReset(ctx context.Context, who *Actor, email string) error {
	return s.write(ctx, func(tx *store.Tx) error {
		u, err := tx.UserByEmail(ctx, email)
		if lab.CodeOf(err) == lab.NotFound {
			return nil
		}
		if err != nil || u.Source != "local" || s.limited(&u) || addressed(s.ReadOnlyAccounts, u.Email) || (u.State != lab.UserActive && u.State != lab.UserInvited) {
			return err
		}
		if s.Mail == nil {
			tx.AfterCommit(func() {
				s.Log.WarnContext(ctx, "a link to a new password was asked for, and no mail server is set",
					slog.Int64("user_id", u.ID), slog.String("request_id", who.RequestID), slog.String("hint", noMailHint))
			})
			return nil
		}
		purpose := lab.LinkReset
		if u.State == lab.UserInvited {
			purpose = lab.LinkInvite
		}
		audit(tx, who.entry("user.link", "user", u.ID), nil, map[string]any{"purpose": purpose})
		link, err := s.newLink(ctx, tx, purpose, u.ID)
		if err != nil {
			return err
		}
		return s.postLink(ctx, tx, &u, purpose, link)
	})
}

// ResetPassword chooses a password with the link of an invitation or of a
// forgotten password. It ends all sessions; a second factor stays.
func (s *Service) ResetPassword(ctx context.Context, who *Actor, token, password string) error {
	var u lab.User
	bad := lab.Errorf(lab.Invalid, "the link is not valid any more; ask for a new one")
	err := s.read(ctx, func(tx *store.Tx) error {
		l, err := tx.LinkByHash(ctx, auth.HashToken(token))
		if lab.CodeOf(err) == lab.NotFound || err == nil && l.UserID == 0 {
			return bad
		}
		if err != nil {
			return err
		}
		u, err = tx.UserByID(ctx, l.UserID)
		return err
	})
	if err != nil {
		return err
	}
	var f lab.Faults
	checkPassword(&f, "password", password, u.Email, u.Name)
	if err := f.Err(); err != nil {
		return err
	}
	hash, err := s.Passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		l, err := useLink(ctx, tx, token, lab.LinkInvite, lab.LinkReset)
		if err != nil {
			return err
		}
		if u, err = tx.LockUser(ctx, l.UserID); err != nil {
			return err
		}
		if u.State != lab.UserActive && u.State != lab.UserInvited {
			return bad
		}
		if err := setPassword(ctx, tx, u.ID, hash); err != nil {
			return err
		}
		as := *who
		as.User = u
		audit(tx, as.entry("password.reset", "user", u.ID), map[string]any{"state": u.State}, map[string]any{"state": lab.UserActive})
		u.State = lab.UserActive
		if err := tx.UpdateUser(ctx, &u); err != nil {
			return err
		}
		if err := tx.DeleteLinksOf(ctx, u.ID); err != nil {
			return err
		}
		return tx.DeleteSessionsOf(ctx, u.ID, 0)
	})
}

// PurgeSessions removes what has ended by itself: sessions past their time.
func (s *Service) PurgeSessions(ctx context.Context) error {
	return s.write(ctx, func(tx *store.Tx) error {
		return tx.DeleteExpiredSessions(ctx, tx.Now.Add(-auth.SessionIdle-time.Minute))
	})
}
