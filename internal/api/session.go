package api

import (
	"context"
	"net/http"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// AgentIn is the browser, for the list of one's sessions.
type AgentIn struct {
	Agent string `header:"User-Agent" hidden:"true"`
}

// signedIn is the answer that sets the session's cookie.
type signedIn struct {
	Cookie http.Cookie `header:"Set-Cookie" doc:"The session"`
	Body   client.Whoami
}

// signedOut is the answer that removes it.
type signedOut struct {
	Cookie   http.Cookie `header:"Set-Cookie"`
	Location string      `header:"Location" doc:"Where to go to sign out at the provider that opened the session; absent when there is none"`
}

func (a *api) session() {
	const tag = "Sign-in"
	register(a, anyone, op(http.MethodPost, "/session", "signIn", tag, "Sign in"),
		limited(a, a.proofs, func(ctx context.Context, who *service.Actor, in *struct {
			AgentIn
			body[client.Credentials]
		},
		) (*signedIn, error) {
			opened, err := a.Service.SignIn(ctx, who, service.SignIn{Email: in.Body.Email, Password: in.Body.Password, Code: in.Body.Code, Agent: in.Agent})
			return a.signedIn(ctx, opened, err)
		}))
	register(a, anyone, op(http.MethodGet, "/session", "whoami", tag, "Who one is, and what one may do"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.Whoami], error) {
			w, err := a.whoami(ctx, who)
			return &body[client.Whoami]{w}, err
		})
	register(a, anyone, noContent(http.MethodDelete, "/session", "signOut", tag, "Sign out"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*signedOut, error) {
			leave := a.Service.LeaveURL(ctx, who) // while the session tells where from
			return &signedOut{Cookie: a.cookie("", -1), Location: leave}, a.Service.SignOut(ctx, who)
		})
}

// cookie carries a session: never to scripts of a page, never with a request
// that another site caused. It ends after seconds, which the clock of the
// browser cannot mistake; negative ones remove it.
func (a *api) cookie(token string, seconds int) http.Cookie {
	return http.Cookie{ //nolint:gosec // Secure is off on a loopback address only, where there is no TLS
		Name: cookieName(a.SecureCookies), Value: token, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: a.SecureCookies, SameSite: http.SameSiteStrictMode,
	}
}

func (a *api) signedIn(ctx context.Context, o *service.Opened, err error) (*signedIn, error) {
	if err != nil {
		return nil, err
	}
	w, err := a.whoami(ctx, o.Who)
	return &signedIn{Cookie: a.sessionCookie(o), Body: w}, err
}

func (a *api) whoami(ctx context.Context, who *service.Actor) (client.Whoami, error) {
	w, err := a.Service.Whoami(ctx, who)
	out := client.Whoami{SetupNeeded: w.SetupNeeded, Site: siteOut(a.Service.Site()), Healthcare: a.Service.Healthcare, Groups: []client.Membership{}}
	if err != nil || !who.Known() {
		return out, err
	}
	u := &who.User
	out.User = &client.Account{
		ID: u.ID, Email: u.Email, Name: u.Name, Language: u.Language, Limited: u.Limited, Source: u.Source,
		SecondFactor: w.SecondFactor, RecoveryCodes: w.RecoveryCodes, LastLoginAt: instant(u.LastLoginAt),
		Mails: client.Mails{},
	}
	for kind, wanted := range w.Mails {
		out.User.Mails[string(kind)] = wanted
	}
	out.Admin, out.ReadOnly = who.Administer(), who.ReadOnly
	if who.Actor != 0 {
		out.ActedBy = &client.Person{ID: w.By.ID, Name: w.By.Name, Email: w.By.Email}
	}
	for _, s := range who.Scopes {
		out.Scopes = append(out.Scopes, string(s))
	}
	rights := rightsByGroup(w.Grants)
	for _, g := range w.Groups {
		out.Groups = append(out.Groups, client.Membership{ID: g.ID, Name: g.Name, Kind: string(g.Kind), ParentID: g.ParentID, Rights: append([]string{}, rights[g.ID]...)})
	}
	out.Targets = client.Targets{
		Set: ids(who.Targets(access.Set, access.Create)), Config: ids(who.Targets(access.Config, access.Create)),
		PreProcess: ids(who.Targets(access.PreProcess, access.Create)), Upload: ids(who.Targets(access.Set, access.Upload)),
	}
	return out, nil
}

func siteOut(s service.Site) client.Site {
	out := client.Site{
		Hosting: s.Hosting, Alert: s.Alert, HealthNotice: s.Healthcare, Support: s.Support, PublicAnalysis: s.PublicAnalysis,
	}
	if s.Tools != nil {
		out.Tools = &s.Tools
	}
	return out
}

// rightsByGroup are rights as the API writes them: "set:read".
func rightsByGroup(list []lab.Grant) map[int64][]string {
	out := map[int64][]string{}
	for _, g := range list {
		out[g.GroupID] = append(out[g.GroupID], g.Kind+":"+g.Right)
	}
	return out
}

// ids is a list that is never null.
func ids(list []int64) []int64 { return append([]int64{}, list...) }

// instant is a time that may not be there.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
