package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// begunLink is the address at the provider, with the cookie that binds the link to
// the browser.
type begunLink struct {
	Cookies []http.Cookie `header:"Set-Cookie"`
	Body    client.BegunLink
}

func (a *api) identities() {
	const tag = "Own account"
	register(a, person, op(http.MethodGet, "/me/identities", "listIdentities", tag, "The accounts at directories and providers that open one's own"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.Identities], error) {
			list, err := a.Service.Identities(ctx, who)
			out := client.Identities{Items: []client.Identity{}}
			for i := range list {
				one := &list[i]
				out.Items = append(out.Items, client.Identity{
					ID: one.ID, Provider: one.Provider, Name: one.Name, Label: one.Label, Linked: one.Linked, CreatedAt: one.CreatedAt, CheckedAt: one.CheckedAt,
				})
			}
			return &body[client.Identities]{out}, err
		})
	register(a, person, op(http.MethodPost, "/me/identities", "linkIdentity", tag, "Begin to link an account at a provider; the browser goes on to the address in the answer"),
		limited(a, a.proofs, func(ctx context.Context, who *service.Actor, in *body[client.NewLink]) (*begunLink, error) {
			started, err := a.Service.BeginLink(ctx, who, in.Body.Provider, in.Body.Password)
			if err != nil {
				return nil, err
			}
			return &begunLink{[]http.Cookie{a.pendingCookie(started.Cookie, started.For)}, client.BegunLink{URL: started.URL}}, nil
		}))
	register(a, person, noContent(http.MethodPost, "/me/identities/{id}/unlink", "unlinkIdentity", tag, "Unlink an account at a provider; all other sessions end"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			body[client.Proof]
		},
		) (*empty, error) {
			return nil, a.Service.Unlink(ctx, who, in.ID, in.Body.Password)
		})
}

// accountPage sends a browser that was to link an identity back to the page of the
// account, with what came of it in one word.
func (a *api) accountPage(err error, cookies []http.Cookie, provider string) (*redirect, error) {
	q := url.Values{"linked": {provider}}
	if err != nil {
		e, ok := errors.AsType[*lab.Error](err)
		if !ok {
			return nil, err
		}
		q = url.Values{"not_linked": {whyFailed(e)}}
	}
	return &redirect{"/account?" + q.Encode(), cookies}, nil
}
