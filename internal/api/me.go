package api

import (
	"context"
	"net/http"
	"strings"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) me() {
	const tag = "Own account"
	register(a, person, op(http.MethodPatch, "/me", "updateMe", tag, "Change the own account"),
		func(ctx context.Context, who *service.Actor, in *body[client.ProfileChange]) (*body[client.Whoami], error) {
			c := in.Body
			if err := a.Service.UpdateMe(ctx, who, service.ProfileChange{Name: c.Name, Language: c.Language, Email: c.Email, Password: c.Password, Mails: c.Mails}); err != nil {
				return nil, err
			}
			w, err := a.whoami(ctx, who)
			return &body[client.Whoami]{w}, err
		})
	register(a, person, noContent(http.MethodPost, "/me/password", "changePassword", tag, "Change the own password; all other sessions end"),
		func(ctx context.Context, who *service.Actor, in *body[client.PasswordChange]) (*empty, error) {
			return &empty{}, a.Service.ChangePassword(ctx, who, in.Body.Password, in.Body.NewPassword)
		})
	a.ownSessions()
	a.tokens()
	a.totp()
	a.identities()
	register(a, anyone, noContent(http.MethodPost, "/password/forgot", "forgotPassword", "Sign-in", "Have a link to a new password sent; the answer is the same whether there is such an account or not"),
		limited(a, a.proofs, func(ctx context.Context, who *service.Actor, in *body[client.Forgotten]) (*empty, error) {
			a.Service.ForgotPassword(ctx, who, in.Body.Email)
			return &empty{}, nil
		}))
	register(a, anyone, noContent(http.MethodPost, "/password/reset", "resetPassword", "Sign-in", "Choose a password with the link of an invitation or of a forgotten password"),
		limited(a, a.proofs, func(ctx context.Context, who *service.Actor, in *body[client.PasswordReset]) (*empty, error) {
			return &empty{}, a.Service.ResetPassword(ctx, who, in.Body.Token, in.Body.Password)
		}))
}

func (a *api) ownSessions() {
	const tag = "Own account"
	register(a, person, op(http.MethodGet, "/me/sessions", "listSessions", tag, "Where one is signed in"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.OwnSessions], error) {
			list, err := a.Service.Sessions(ctx, who)
			out := client.OwnSessions{Items: []client.OwnSession{}}
			for _, s := range list {
				out.Items = append(out.Items, client.OwnSession{
					ID: s.ID, Current: s.ID == who.SessionID, CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt, Address: s.Address, Agent: s.Agent,
				})
			}
			return &body[client.OwnSessions]{out}, err
		})
	register(a, person, noContent(http.MethodDelete, "/me/sessions", "endOtherSessions", tag, "End all sessions but the one that asks"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*empty, error) {
			return &empty{}, a.Service.EndOtherSessions(ctx, who)
		})
	register(a, person, noContent(http.MethodDelete, "/me/sessions/{id}", "endSession", tag, "End a session"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return &empty{}, a.Service.EndSession(ctx, who, in.ID)
		})
}

func (a *api) tokens() {
	const tag = "Own account"
	register(a, person, op(http.MethodGet, "/me/tokens", "listTokens", tag, "The API tokens that one has"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.TokenList], error) {
			list, err := a.Service.Tokens(ctx, who)
			out := client.TokenList{Items: []client.Token{}}
			for i := range list {
				out.Items = append(out.Items, tokenOut(&list[i]))
			}
			return &body[client.TokenList]{out}, err
		})
	register(a, person, created("/me/tokens", "createToken", tag, "Make an API token; its text is shown this once"),
		func(ctx context.Context, who *service.Actor, in *body[client.NewToken]) (*body[client.MadeToken], error) {
			t, text, err := a.Service.CreateToken(ctx, who, service.NewToken{Name: in.Body.Name, Scopes: in.Body.Scopes, Days: in.Body.Days})
			if err != nil {
				return nil, err
			}
			return &body[client.MadeToken]{client.MadeToken{Token: tokenOut(&t), Text: text}}, nil
		})
	register(a, person, noContent(http.MethodDelete, "/me/tokens/{id}", "revokeToken", tag, "Revoke an API token"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return &empty{}, a.Service.RevokeToken(ctx, who, in.ID)
		})
}

func tokenOut(t *lab.Token) client.Token {
	return client.Token{
		ID: t.ID, Name: t.Name, Scopes: append([]string{}, strings.Fields(t.Scopes)...), CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, LastUsedAt: instant(t.LastUsedAt),
	}
}

func (a *api) totp() {
	const tag = "Own account"
	register(a, person, op(http.MethodPost, "/me/totp", "enrolTotp", tag, "Make a second factor, to be confirmed by a code"),
		func(ctx context.Context, who *service.Actor, in *body[client.Proof]) (*body[client.TotpSecret], error) {
			secret, uri, err := a.Service.EnrolTotp(ctx, who, in.Body.Password)
			if err != nil {
				return nil, err
			}
			return &body[client.TotpSecret]{client.TotpSecret{Secret: secret, URI: uri}}, nil
		})
	register(a, person, op(http.MethodPost, "/me/totp/confirm", "confirmTotp", tag, "Turn the second factor on"),
		func(ctx context.Context, who *service.Actor, in *body[client.TotpCode]) (*body[client.RecoveryCodes], error) {
			return recoveryCodes(a.Service.ConfirmTotp(ctx, who, in.Body.Code))
		})
	register(a, person, op(http.MethodPost, "/me/totp/recovery", "newRecoveryCodes", tag, "Replace the recovery codes"),
		func(ctx context.Context, who *service.Actor, in *body[client.Proof]) (*body[client.RecoveryCodes], error) {
			return recoveryCodes(a.Service.NewRecoveryCodes(ctx, who, in.Body.Password))
		})
	register(a, person, noContent(http.MethodPost, "/me/totp/disable", "disableTotp", tag, "Turn the second factor off"),
		func(ctx context.Context, who *service.Actor, in *body[client.Proof]) (*empty, error) {
			return &empty{}, a.Service.DisableTotp(ctx, who, in.Body.Password)
		})
}

func recoveryCodes(codes []string, err error) (*body[client.RecoveryCodes], error) {
	if err != nil {
		return nil, err
	}
	return &body[client.RecoveryCodes]{client.RecoveryCodes{Codes: codes}}, nil
}
