package service

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

const (
	tokenDays     = 90  // by default
	mostTokenDays = 731 // two years
	mostTokens    = 100 // of one person
)

// NewToken is what an API token is made from.
type NewToken struct {
	Name   string
	Scopes []string
	Days   int // 0 is 90
}

// Tokens lists the actor's own API tokens.
func (s *Service) Tokens(ctx context.Context, who *Actor) (list []lab.Token, err error) {
	if err := who.own(); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		list, err = tx.TokensOf(ctx, who.User.ID)
		return err
	})
	return list, err
}

// CreateToken makes an API token and returns its text, which is kept nowhere.
// With a token one makes none that may more than itself.
func (s *Service) CreateToken(ctx context.Context, who *Actor, n NewToken) (t lab.Token, text string, err error) {
	if err := who.own(); err != nil {
		return t, "", err
	}
	var f lab.Faults
	name := checkName(&f, n.Name)
	scopes, err := access.ParseScopes(n.Scopes)
	if err != nil {
		f.Add("scopes", "%s", err.Error())
	}
	if n.Days == 0 {
		n.Days = tokenDays
	}
	f.Require(n.Days > 0 && n.Days <= mostTokenDays, "days", "want 1 to %d", mostTokenDays)
	if err := f.Err(); err != nil {
		return t, "", err
	}
	words := make([]string, len(scopes))
	for i, scope := range scopes {
		words[i] = string(scope)
		if who.Scopes != nil && !slices.Contains(who.Scopes, scope) {
			return t, "", fault("scopes", "the token that asks lacks the scope %s", scope)
		}
	}
	t = lab.Token{UserID: who.User.ID, Name: name, Scopes: strings.Join(words, " ")}
	err = s.write(ctx, func(tx *store.Tx) error {
		text, err = insertToken(ctx, tx, who, &t, n.Days)
		return err
	})
	return t, text, err
}

func insertToken(ctx context.Context, tx *store.Tx, who *Actor, t *lab.Token, days int) (string, error) {
	have, err := tx.TokensOf(ctx, t.UserID)
	if err != nil {
		return "", err
	}
	if len(have) >= mostTokens {
		return "", lab.Errorf(lab.Conflict, "there are %d tokens already: revoke some", len(have))
	}
	if slices.ContainsFunc(have, func(old lab.Token) bool { return old.Name == t.Name }) {
		return "", &lab.Error{
			Code: lab.Conflict, Msg: "there is a token of this name already",
			Fields: []lab.Fault{{Field: "name", Msg: "there is a token of this name already"}},
		}
	}
	t.ExpiresAt = tx.Now.Add(time.Duration(days) * 24 * time.Hour)
	// The text holds the id, which there is only once the row is there.
	_, t.TokenHash = auth.NewToken()
	if err := tx.InsertToken(ctx, t); err != nil {
		return "", err
	}
	text, hash := auth.NewAPIToken(t.ID)
	t.TokenHash = hash
	audit(tx, who.entry("token.create", "token", t.ID), nil, map[string]any{"scopes": t.Scopes, "expires_at": t.ExpiresAt})
	return text, tx.SetTokenHash(ctx, t.ID, hash)
}

// RevokeToken removes one of the actor's own API tokens.
func (s *Service) RevokeToken(ctx context.Context, who *Actor, id int64) error {
	if err := who.own(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		there, err := tx.DeleteToken(ctx, who.User.ID, id)
		if err == nil && !there {
			err = lab.Errorf(lab.NotFound, "you have no token %s", strconv.FormatInt(id, 10))
		}
		audit(tx, who.entry("token.delete", "token", id), nil, nil)
		return err
	})
}
