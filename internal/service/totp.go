package service

import (
	"context"
	"strconv"

	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// issuer is how authenticator programs call us.
const issuer = "Vidjil"

// totpPurpose ties a sealed secret to its account.
func totpPurpose(userID int64) string { return "totp of user " + strconv.FormatInt(userID, 10) }

// own answers whoever may not change their own account: nobody known, somebody
// who acts for another, a shared account, a token without the scope.
func (a *Actor) own() error {
	if err := a.require(); err != nil {
		return err
	}
	switch {
	case a.ManageUser(a.User.ID):
		return nil
	case a.Actor != 0:
		return lab.Errorf(lab.Forbidden, "whoever acts for somebody does not change their account")
	case a.Limited:
		return lab.Errorf(lab.Forbidden, "this account is shared: only administrators change it")
	case a.ReadOnly:
		return lab.Errorf(lab.Forbidden, "this account looks and changes nothing")
	}
	return lab.Errorf(lab.Forbidden, "the API token lacks the scope admin")
}

// ownProof is a proof of the own password for somebody who is signed in.
func (s *Service) ownProof(ctx context.Context, who *Actor, password string, f func(*store.Tx, *lab.User, *lab.Credential) error) error {
	if err := who.own(); err != nil {
		return err
	}
	err := s.prove(ctx, who, who.User.ID, proof{password: password}, f)
	if lab.CodeOf(err) == lab.Unauthenticated {
		// Signed in they are; what is wrong is the field.
		return fault("password", "the password is wrong")
	}
	return err
}

// EnrolTotp makes the secret of a second factor, which counts once a code
// confirms it.
func (s *Service) EnrolTotp(ctx context.Context, who *Actor, password string) (secret, uri string, err error) {
	if s.Keys == nil {
		return "", "", lab.Errorf(lab.Unavailable, "the server has no key file for second factors")
	}
	err = s.ownerProof(ctx, who, password, func(tx *store.Tx, u *lab.User, c *lab.Credential) error {
		if c.TotpOn {
			return lab.Errorf(lab.Conflict, "there is a second factor already: turn it off first")
		}
		if secret, uri, err = auth.NewTOTP(issuer, u.Email); err != nil {
			return err
		}
		c.TotpSecret, c.TotpStep = s.Keys.Seal(totpPurpose(u.ID), []byte(secret)), 0
		return tx.UpdateCredential(ctx, c)
	})
	return secret, uri, err
}

// ConfirmTotp turns the second factor on and gives the recovery codes.
func (s *Service) ConfirmTotp(ctx context.Context, who *Actor, code string) (codes []string, err error) {
	if err := who.own(); err != nil {
		return nil, err
	}
	if s.Keys == nil {
		return nil, lab.Errorf(lab.Unavailable, "the server has no key file for second factors")
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		c, err := tx.LockCredential(ctx, who.User.ID)
		if err != nil {
			return err
		}
		if c.TotpOn || len(c.TotpSecret) == 0 {
			return lab.Errorf(lab.Conflict, "there is no second factor to confirm")
		}
		secret, err := s.Keys.Open(totpPurpose(c.UserID), c.TotpSecret)
		if err != nil {
			return err
		}
		step, ok, err := auth.CheckTOTP(string(secret), code, c.TotpStep, tx.Now)
		if err != nil {
			return err
		}
		if !ok {
			return fault("code", "the code is wrong; is the clock of the device right?")
		}
		c.TotpOn, c.TotpStep = true, step
		codes = newRecovery(&c)
		audit(tx, who.entry("totp.enable", "user", c.UserID), nil, nil)
		return tx.UpdateCredential(ctx, &c)
	})
	return codes, err
}

// newRecovery replaces the recovery codes of a credential.
func newRecovery(c *lab.Credential) []string {
	codes, hashes := auth.NewRecoveryCodes()
	c.Recovery = encode(hashes)
	return codes
}

// NewRecoveryCodes replaces the recovery codes.
func (s *Service) NewRecoveryCodes(ctx context.Context, who *Actor, password string) (codes []string, err error) {
	err = s.ownerProof(ctx, who, password, func(tx *store.Tx, u *lab.User, c *lab.Credential) error {
		if !c.TotpOn {
			return lab.Errorf(lab.Conflict, "there is no second factor")
		}
		codes = newRecovery(c)
		audit(tx, who.entry("totp.recovery", "user", u.ID), nil, nil)
		return tx.UpdateCredential(ctx, c)
	})
	return codes, err
}

// DisableTotp turns the second factor off.
func (s *Service) DisableTotp(ctx context.Context, who *Actor, password string) error {
	return s.ownerProof(ctx, who, password, func(tx *store.Tx, _ *lab.User, c *lab.Credential) error {
		return turnOff(ctx, tx, who, c)
	})
}

func turnOff(ctx context.Context, tx *store.Tx, who *Actor, c *lab.Credential) error {
	if c.TotpOn {
		audit(tx, who.entry("totp.disable", "user", c.UserID), nil, nil)
	}
	c.TotpOn, c.TotpSecret, c.TotpStep, c.Recovery = false, nil, 0, "[]"
	return tx.UpdateCredential(ctx, c)
}
