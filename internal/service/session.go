package service

import (
	"context"
	"encoding/json"
	"fmt"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Whoami is who asks, and what they may do.
type Whoami struct {
	SetupNeeded   bool
	Groups        []lab.Group
	Grants        []lab.Grant // of those groups
	SecondFactor  bool
	RecoveryCodes int
	By            lab.User              // the administrator who acts for the person
	Mails         map[lab.MailKind]bool // that the person may choose, and whether they get them
}

// Whoami tells the actor about themselves. Somebody unknown learns whether the
// server still waits for its first administrator, and nothing else.
func (s *Service) Whoami(ctx context.Context, who *Actor) (w Whoami, err error) {
	err = s.read(ctx, func(tx *store.Tx) error {
		if !who.Known() {
			n, err := tx.CountAdmins(ctx)
			w.SetupNeeded = n == 0
			return err
		}
		if w.Groups, err = tx.GroupsOf(ctx, who.User.ID); err != nil {
			return err
		}
		if w.Grants, err = tx.GrantsOf(ctx, who.User.ID); err != nil {
			return err
		}
		if w.Mails, err = mailChoices(ctx, tx, who.User); err != nil {
			return err
		}
		if who.Actor != 0 {
			w.By, err = tx.UserByID(ctx, who.Actor)
			return err
		}
		c, err := tx.CredentialOf(ctx, who.User.ID)
		if err != nil {
			return err
		}
		var codes []string
		if err := json.Unmarshal([]byte(c.Recovery), &codes); err != nil {
			return fmt.Errorf("recovery codes of account %d: %w", who.User.ID, err)
		}
		w.SecondFactor, w.RecoveryCodes = c.TotpOn, len(codes)
		return nil
	})
	return w, err
}

// ActFor makes the session of an administrator act in the account of another
// person, to help them. What is done from then on is noted as both; identities,
// administration and the account itself stay closed (access.Person.Actor).
func (s *Service) ActFor(ctx context.Context, who *Actor, userID int64) (*Actor, error) {
	if !who.Administer() || who.SessionID == 0 {
		return nil, lab.Errorf(lab.Forbidden, "only administrators who have signed in may act for somebody")
	}
	as := &Actor{RequestID: who.RequestID, Address: who.Address}
	err := s.write(ctx, func(tx *store.Tx) error {
		if err := s.identify(ctx, tx, as, userID); err != nil {
			return missing(err, "account", userID)
		}
		if !as.Known() {
			return lab.Errorf(lab.Conflict, "the account %d is not in use: nobody can act in it", userID)
		}
		if !who.Impersonate(&as.Person) {
			return lab.Errorf(lab.Forbidden, "nobody acts for an administrator")
		}
		e := who.entry("session.act", "user", userID)
		e.BehalfOf = userID
		audit(tx, e, nil, nil)
		return tx.SetSessionBehalf(ctx, who.SessionID, userID)
	})
	if err != nil {
		return nil, err
	}
	as.SessionID, as.Actor = who.SessionID, who.User.ID
	return as, nil
}

// StopActing makes the session act in its owner's account again.
func (s *Service) StopActing(ctx context.Context, who *Actor) error {
	if who.Actor == 0 || who.SessionID == 0 {
		return lab.Errorf(lab.Conflict, "you are not acting for anybody")
	}
	return s.write(ctx, func(tx *store.Tx) error {
		audit(tx, who.entry("session.stop_acting", "user", who.User.ID), nil, nil)
		return tx.SetSessionBehalf(ctx, who.SessionID, 0)
	})
}
