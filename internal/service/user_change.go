package service

import (
	"context"
	"fmt"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// UserChange is what to change of an account; nil fields stay.
type UserChange struct {
	Email, Name    *string
	Admin, Limited *bool
	Language       *string
	State          *lab.UserState // active or disabled
}

// UpdateUser changes an account. Disabling it ends its sessions and removes its
// tokens. The last administrator stays one.
func (s *Service) UpdateUser(ctx context.Context, who *Actor, id int64, ch UserChange) (v UserView, err error) {
	if !who.Administer() {
		return v, errAdministrators()
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		admins, err := tx.LockAdmins(ctx) // before the account, in every use case: no two wait for each other
		if err != nil {
			return err
		}
		before, err := lockUser(ctx, tx, id)
		if err != nil {
			return err
		}
		if before.State == lab.UserAnonymised {
			return lab.Errorf(lab.Conflict, "the account is anonymised: nothing of it changes any more")
		}
		after := before
		if err := ch.apply(&after); err != nil {
			return err
		}
		if err := changeState(ctx, tx, &before, &after); err != nil {
			return err
		}
		if err := lastAdmin(admins, &before, &after); err != nil {
			return err
		}
		if err := updateAccount(ctx, tx, who, "user.update", &before, &after); err != nil {
			return err
		}
		v, err = s.viewUser(ctx, tx, &after)
		return err
	})
	return v, err
}

// apply checks a change and makes it.
func (ch *UserChange) apply(u *lab.User) error {
	var f lab.Faults
	if ch.Name != nil {
		u.Name = checkName(&f, *ch.Name)
	}
	if ch.Email != nil {
		u.Email = checkEmail(&f, *ch.Email)
	}
	if ch.Language != nil {
		checkLanguage(&f, *ch.Language)
		u.Language = *ch.Language
	}
	if ch.Admin != nil {
		u.Admin = *ch.Admin
	}
	if ch.Limited != nil {
		u.Limited = *ch.Limited
	}
	if ch.State != nil {
		f.Require(*ch.State == lab.UserActive || *ch.State == lab.UserDisabled, "state", "want active or disabled")
		u.State = *ch.State
	}
	return f.Err()
}

// changeState does what a new state brings with it.
func changeState(ctx context.Context, tx *store.Tx, before, after *lab.User) error {
	if before.State == after.State {
		return nil
	}
	if after.State == lab.UserDisabled {
		return shutOut(ctx, tx, after.ID)
	}
	// Whoever has no password yet is invited, and becomes active by choosing one.
	c, err := tx.CredentialOf(ctx, after.ID)
	if err == nil && c.PasswordHash == "" && after.Source == "local" {
		after.State = lab.UserInvited
	}
	return err
}

// shutOut ends all ways in of an account, and whoever acts in it.
func shutOut(ctx context.Context, tx *store.Tx, userID int64) error {
	if err := tx.DeleteSessionsOf(ctx, userID, 0); err != nil {
		return err
	}
	if err := tx.DeleteTokensOf(ctx, userID); err != nil {
		return err
	}
	return tx.DeleteLinksOf(ctx, userID)
}

// lastAdmin refuses to take the last administrator from the server.
func lastAdmin(admins []lab.User, before, after *lab.User) error {
	was := before.Admin && before.State == lab.UserActive
	is := after.Admin && after.State == lab.UserActive
	if was && !is && len(admins) == 1 {
		return lab.Errorf(lab.Conflict, "this is the last administrator: make another one first")
	}
	return nil
}

// updateAccount writes an account and notes what changed: of address and name
// only that they did.
func updateAccount(ctx context.Context, tx *store.Tx, who *Actor, action string, before, after *lab.User) error {
	if *before == *after {
		return nil
	}
	if before.Email != after.Email {
		if u, err := tx.UserByEmail(ctx, after.Email); err == nil && u.ID != after.ID {
			return errEmailTaken()
		} else if err != nil && lab.CodeOf(err) != lab.NotFound {
			return err
		}
	}
	was, is := accountFacts(before), accountFacts(after)
	for name, value := range was {
		if is[name] == value {
			delete(was, name)
			delete(is, name)
		}
	}
	var private []string
	if before.Email != after.Email {
		private = append(private, "email")
	}
	if before.Name != after.Name {
		private = append(private, "name")
	}
	if private != nil {
		is["changed"] = private
	}
	audit(tx, who.entry(action, "user", after.ID), was, is)
	return tx.UpdateUser(ctx, after)
}

// AnonymiseUser takes from an account, for good, what says whose it was: name
// and address, and with them password, second factor, sessions, tokens, mails,
// what the person follows, and archives that they asked for. What the person did
// stays under the account's number.
func (s *Service) AnonymiseUser(ctx context.Context, who *Actor, id int64) error {
	if !who.Administer() {
		return errAdministrators()
	}
	if id == who.User.ID {
		return lab.Errorf(lab.Conflict, "nobody anonymises their own account: ask another administrator")
	}
	return s.write(ctx, func(tx *store.Tx) error {
		admins, err := tx.LockAdmins(ctx)
		if err != nil {
			return err
		}
		before, err := lockUser(ctx, tx, id)
		if err != nil || before.State == lab.UserAnonymised {
			return err
		}
		after := before
		after.State, after.Admin, after.Language = lab.UserAnonymised, false, ""
		after.Name = fmt.Sprintf("Person %d", id)
		// RFC 2606 keeps the domain from ever being anybody's.
		after.Email = fmt.Sprintf("person-%d@anonymised.invalid", id)
		if err := lastAdmin(admins, &before, &after); err != nil {
			return err
		}
		if err := shutOut(ctx, tx, id); err != nil {
			return err
		}
		if err := tx.DeleteIdentitiesOf(ctx, id); err != nil {
			return err
		}
		if err := tx.UpdateCredential(ctx, &lab.Credential{UserID: id, Recovery: "[]"}); err != nil {
			return err
		}
		if err := tx.DeleteMailsOf(ctx, id); err != nil {
			return err
		}
		if err := tx.ForgetMailChoices(ctx, id); err != nil {
			return err
		}
		if err := tx.DeleteBundlesOf(ctx, id); err != nil {
			return err
		}
		return updateAccount(ctx, tx, who, "user.anonymise", &before, &after)
	})
}

// RemoveSecondFactor takes the second factor of somebody who has lost it.
func (s *Service) RemoveSecondFactor(ctx context.Context, who *Actor, id int64) error {
	if !who.Administer() {
		return errAdministrators()
	}
	return s.write(ctx, func(tx *store.Tx) error {
		if _, err := lockUser(ctx, tx, id); err != nil {
			return err
		}
		c, err := tx.LockCredential(ctx, id)
		if err != nil {
			return err
		}
		return turnOff(ctx, tx, who, &c)
	})
}
