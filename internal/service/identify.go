package service

import (
	"context"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// touchEvery is how often the last use of a session or token is noted: not with
// each request, which would make every reading request a writing one.
const touchEvery = time.Minute

// IdentifySession fills in who is signed in with a session's token. One that has
// ended leaves the actor unknown.
func (s *Service) IdentifySession(ctx context.Context, who *Actor, token string) error {
	now, touch := s.Now(), false
	err := s.read(ctx, func(tx *store.Tx) error {
		session, err := tx.SessionByHash(ctx, auth.HashToken(token))
		if lab.CodeOf(err) == lab.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if !s.SessionRule.Alive(session.CreatedAt, session.LastSeenAt, session.ExpiresAt, now) {
			return nil
		}
		acting := session.UserID
		if session.BehalfOf != 0 {
			acting = session.BehalfOf
		}
		if err := s.identify(ctx, tx, who, acting); err != nil || !who.Known() {
			return err
		}
		if session.BehalfOf != 0 {
			// The administrator must still be one.
			by, err := tx.UserByID(ctx, session.UserID)
			if err != nil || !by.Admin || by.State != lab.UserActive {
				*who = Actor{RequestID: who.RequestID, Address: who.Address}
				return err
			}
			who.Actor = session.UserID
		}
		who.SessionID, touch = session.ID, now.Sub(session.LastSeenAt) > touchEvery
		return nil
	})
	if err == nil && touch {
		err = s.write(ctx, func(tx *store.Tx) error { return tx.TouchSession(ctx, who.SessionID) })
	}
	return err
}

// IdentifyToken fills in whose API token it is. One that is no good is an
// Unauthenticated error.
func (s *Service) IdentifyToken(ctx context.Context, who *Actor, token string) error {
	now, touch := s.Now(), int64(0)
	bad := lab.Errorf(lab.Unauthenticated, "the API token is not valid, has expired or was revoked")
	err := s.read(ctx, func(tx *store.Tx) error {
		t, err := tx.TokenByHash(ctx, auth.HashToken(token))
		if lab.CodeOf(err) == lab.NotFound || err == nil && !now.Before(t.ExpiresAt) {
			return bad
		}
		if err != nil {
			return err
		}
		if err := s.identify(ctx, tx, who, t.UserID); err != nil {
			return err
		}
		if !who.Known() {
			return bad
		}
		who.TokenID = t.ID
		who.Scopes, err = access.ParseScopes(strings.Fields(t.Scopes))
		if now.Sub(t.LastUsedAt) > touchEvery {
			touch = t.ID
		}
		return err
	})
	if err == nil && touch != 0 {
		err = s.write(ctx, func(tx *store.Tx) error { return tx.TouchToken(ctx, touch) })
	}
	if err != nil {
		s.signedIn(SignInByToken, err)
	}
	return err
}

// identify fills in an account and its rights, if it may be used.
func (s *Service) identify(ctx context.Context, tx *store.Tx, who *Actor, userID int64) error {
	u, err := tx.UserByID(ctx, userID)
	if err != nil || u.State != lab.UserActive {
		return err
	}
	return s.become(ctx, tx, who, u)
}
