package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// redirect sends a browser on, and sets or removes cookies.
type redirect struct {
	Location string        `header:"Location" doc:"Where the browser goes on"`
	Cookies  []http.Cookie `header:"Set-Cookie"`
}

func (a *api) providers() {
	const tag = "Sign-in"
	register(a, anyone, op(http.MethodGet, "/session/providers", "listSignInWays", tag, "Ways to sign in besides local accounts"),
		func(_ context.Context, _ *service.Actor, _ *empty) (*body[client.SignInWays], error) {
			ways := a.Service.SignInWays()
			out := client.SignInWays{Directory: ways.Directory, Items: []client.SignInProvider{}}
			for _, p := range ways.Providers {
				out.Items = append(out.Items, client.SignInProvider{ID: p.ID, Name: p.Name})
			}
			return &body[client.SignInWays]{out}, nil
		})
	begin := op(http.MethodGet, "/session/providers/{id}/begin", "beginSignIn", tag, "Go to a provider to sign in (for browsers)")
	begin.DefaultStatus = http.StatusFound
	register(a, anyone, begin, a.beginSignIn)
	back := op(http.MethodGet, "/session/providers/{id}/callback", "finishSignIn", tag, "Come back from a provider (for browsers)")
	back.DefaultStatus = http.StatusFound
	register(a, anyone, back, a.finishSignIn)
	register(a, anyone, op(http.MethodPost, "/session/confirm", "confirmSignIn", tag, "Enter the code of the second factor, coming from a provider"),
		limited(a, a.proofs, func(ctx context.Context, who *service.Actor, in *struct {
			AgentIn
			PendingIn
			body[client.SignInCode]
		},
		) (*confirmed, error) {
			opened, err := a.Service.ConfirmSignIn(ctx, who, a.pendingOf(&in.PendingIn), in.Body.Code, in.Agent)
			if err != nil {
				return nil, err
			}
			w, err := a.whoami(ctx, opened.Who)
			return &confirmed{[]http.Cookie{a.sessionCookie(opened), a.pendingCookie("", 0)}, w}, err
		}))
}

// confirmed is signedIn with the removal of the other cookie.
type confirmed struct {
	Cookies []http.Cookie `header:"Set-Cookie"`
	Body    client.Whoami
}

// PendingIn is the cookie that binds a sign-in to the browser that began it,
// under the name of either kind of server.
type PendingIn struct {
	Secure string `cookie:"__Host-vidjil-sign-in" hidden:"true"`
	Plain  string `cookie:"vidjil-sign-in" hidden:"true"`
}

func pendingName(secure bool) string {
	if secure {
		return "__Host-vidjil-sign-in"
	}
	return "vidjil-sign-in"
}

func (a *api) pendingOf(in *PendingIn) string {
	if a.SecureCookies {
		return in.Secure
	}
	return in.Plain
}

// pendingCookie comes back with the answer of the provider, which is another
// site: Lax lets it come with that, and with nothing that another page sends.
func (a *api) pendingCookie(token string, d time.Duration) http.Cookie {
	seconds := int(d.Seconds())
	if token == "" {
		seconds = -1
	}
	c := a.cookie(token, seconds) //nolint:gosec // G124: HttpOnly, and Secure where the server is, are set by cookie
	c.Name, c.SameSite = pendingName(a.SecureCookies), http.SameSiteLaxMode
	return c
}

func (a *api) sessionCookie(o *service.Opened) http.Cookie {
	return a.cookie(o.Token, int(o.Expires.Sub(a.Service.Now()).Seconds()))
}

type beginIn struct {
	ID   string `path:"id" maxLength:"64"`
	Next string `query:"next" maxLength:"2000" doc:"Path of the page to go to when signed in"`
}

func (a *api) beginSignIn(ctx context.Context, who *service.Actor, in *beginIn) (*redirect, error) {
	begin := limited(a, a.proofs, func(ctx context.Context, who *service.Actor, in *beginIn) (*redirect, error) {
		started, err := a.Service.BeginSignIn(ctx, who, in.ID, in.Next)
		return &redirect{started.URL, []http.Cookie{a.pendingCookie(started.Cookie, started.For)}}, err
	})
	out, err := begin(ctx, who, in)
	if err != nil {
		return a.signInPage(err, nil, in.Next)
	}
	return out, nil
}

type finishIn struct {
	AgentIn
	PendingIn
	ID     string `path:"id" maxLength:"64"`
	State  string `query:"state" maxLength:"200" doc:"As it was sent"`
	Code   string `query:"code" maxLength:"4000" doc:"That the provider gave"`
	Issuer string `query:"iss" maxLength:"400" doc:"The provider, if it says so (RFC 9207)"`
	Error  string `query:"error" maxLength:"200" doc:"Why the provider gave none"`
}

func (a *api) finishSignIn(ctx context.Context, who *service.Actor, in *finishIn) (*redirect, error) {
	var fin service.Finished
	finish := limited(a, a.proofs, func(ctx context.Context, who *service.Actor, in *finishIn) (_ *empty, err error) {
		fin, err = a.Service.FinishSignIn(ctx, who, service.Returned{
			Provider: in.ID, State: in.State, Code: in.Code, Issuer: in.Issuer, Refused: in.Error, Cookie: a.pendingOf(&in.PendingIn), Agent: in.Agent,
		})
		return nil, err
	})
	gone := []http.Cookie{a.pendingCookie("", 0)}
	_, err := finish(ctx, who, in)
	if fin.Link {
		return a.accountPage(err, gone, in.ID)
	}
	if err != nil {
		return a.signInPage(err, gone, fin.Next)
	}
	if fin.Opened == nil {
		q := url.Values{"confirm": {"1"}}
		if fin.Next != "" {
			q.Set("next", fin.Next)
		}
		return &redirect{"/sign-in?" + q.Encode(), []http.Cookie{a.pendingCookie(fin.Cookie, fin.For)}}, nil
	}
	next := fin.Next
	if next == "" {
		next = "/patients"
	}
	return &redirect{next, append(gone, a.sessionCookie(fin.Opened))}, nil
}

// whyFailed is the reason of a refusal in one word.
func whyFailed(e *lab.Error) string {
	if len(e.Fields) == 1 {
		return e.Fields[0].Field
	}
	return string(e.Code)
}

// signInPage sends a browser whose sign-in came to nothing back to the page, with
// the reason in one word. What is nobody's to read stays an error.
func (a *api) signInPage(err error, cookies []http.Cookie, next string) (*redirect, error) {
	e, ok := errors.AsType[*lab.Error](err)
	if !ok || e.Code == lab.NotFound {
		return nil, err
	}
	q := url.Values{"failed": {whyFailed(e)}}
	if next = service.LocalPath(next); next != "" {
		q.Set("next", next)
	}
	return &redirect{"/sign-in?" + q.Encode(), cookies}, nil
}
