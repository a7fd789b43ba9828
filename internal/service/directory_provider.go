package service

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// OpenID asks one provider of OpenID Connect who somebody is.
type OpenID interface {
	// Begin makes the address there; Unreachable when it does not answer. anew asks
	// the provider to have the person prove who they are again.
	Begin(ctx context.Context, state, back string, anew bool) (lab.Begun, error)
	// Finish checks what the browser came back with. The error is Unauthenticated
	// or Unreachable.
	Finish(ctx context.Context, a lab.Answer, b lab.Begun) (claim lab.Claim, idToken string, err error)
	// SignOutURL is where to sign out there, "" for nowhere.
	SignOutURL(ctx context.Context, idToken, back string) string
}

// Provider is a provider of OpenID Connect with which people may sign in.
type Provider struct {
	ID, Name string // for addresses and for people
	Issuer   string // its URL, by which its identities are known
	OpenID   OpenID
	Realm    Realm
}

// pendingFor is how long somebody may take at a provider, and again for the code
// of a second factor.
const pendingFor = 10 * time.Minute

// More reasons why somebody gets no session, see [ReasonDisabled].
const (
	ReasonState    = "state"    // the sign-in was not begun in this browser, is too old, or was used
	ReasonProvider = "provider" // the provider did not prove who it is, or the person went back
	ReasonDown     = "down"     // it does not answer
	ReasonTaken    = "taken"    // its account is linked with another account here
	ReasonLinked   = "linked"   // another of its accounts is linked already
)

// Started is a sign-in with a provider that has begun.
type Started struct {
	URL    string // where the browser goes
	Cookie string // binds it to the browser
	For    time.Duration
}

func (s *Service) provider(id string) (*Provider, error) {
	for i := range s.Providers {
		if s.Providers[i].ID == id {
			return &s.Providers[i], nil
		}
	}
	return nil, lab.Errorf(lab.NotFound, "there is no provider %q to sign in with", id)
}

// back is where a provider sends people back to: each to its own address, so
// that the answer of one cannot be taken for that of another.
func (s *Service) back(p *Provider) string {
	return s.PublicURL + "/api/v1/session/providers/" + url.PathEscape(p.ID) + "/callback"
}

// BeginSignIn sends somebody to a provider. next is the path of the page that
// they asked for.
func (s *Service) BeginSignIn(ctx context.Context, who *Actor, providerID, next string) (Started, error) {
	p, err := s.provider(providerID)
	if err != nil {
		return Started{}, err
	}
	return s.begin(ctx, p, lab.PendingSignIn{Next: LocalPath(next), SessionID: who.SessionID})
}

// begin asks the provider where to go, and keeps what the answer has to fit.
func (s *Service) begin(ctx context.Context, p *Provider, pending lab.PendingSignIn) (Started, error) {
	var state string
	state, pending.StateHash = auth.NewToken()
	begun, err := p.OpenID.Begin(ctx, state, s.back(p), pending.LinkUser != 0)
	if err != nil {
		return Started{}, s.providerFailed(ctx, p, err)
	}
	var cookie string
	cookie, pending.BrowserHash = auth.NewToken()
	pending.Provider, pending.Nonce, pending.Verifier = p.ID, begun.Nonce, begun.Verifier
	err = s.write(ctx, func(tx *store.Tx) error {
		pending.ExpiresAt = tx.Now.Add(pendingFor)
		return tx.InsertPendingSignIn(ctx, &pending)
	})
	return Started{begun.URL, cookie, pendingFor}, err
}

// LocalPath is a path of our own pages, "" for anything that a browser could take
// for an address elsewhere.
func LocalPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || len(next) > 2000 ||
		strings.ContainsFunc(next, func(r rune) bool { return r == '\\' || r < ' ' || r == 0x7f }) {
		return ""
	}
	return next
}

// providerFailed notes what a provider said, and tells people the reason only.
func (s *Service) providerFailed(ctx context.Context, p *Provider, err error) error {
	s.Log.LogAttrs(ctx, slog.LevelWarn, "provider does not prove anybody", slog.String("provider", p.ID), slog.String("error", err.Error()))
	reason, msg := ReasonProvider, p.Name+" did not prove who you are: try again"
	if lab.CodeOf(err) == lab.Unreachable {
		reason, msg = ReasonDown, p.Name+" does not answer now; local accounts work"
	}
	return &lab.Error{Code: lab.Unauthenticated, Msg: msg, Err: err, Fields: []lab.Fault{{Field: reason, Msg: msg}}}
}

// Returned is with what a browser comes back from a provider.
type Returned struct {
	Provider, State, Code, Issuer string
	Refused                       string // an error code of the provider
	Cookie                        string // of BeginSignIn
	Agent                         string
}

// Finished is where a sign-in with a provider ended: with a session, with an
// identity linked to an account, or, when the account wants a second factor, with
// the cookie by which its code is asked for.
type Finished struct {
	Opened *Opened // nil while the code is wanted, and of an identity that is linked
	Link   bool    // it was begun to link an identity
	Cookie string
	For    time.Duration
	Next   string
}

// FinishSignIn takes somebody who comes back from a provider. A sign-in is used
// up by the first answer, whatever it is.
func (s *Service) FinishSignIn(ctx context.Context, who *Actor, in Returned) (fin Finished, err error) {
	defer func() {
		if fin.Link {
			return // nobody came in by it
		}
		if err == nil && fin.Opened == nil {
			s.signedIn(SignInByProvider, errCode("the code is waited for"))
			return
		}
		s.signedIn(SignInByProvider, err)
	}()
	p, err := s.provider(in.Provider)
	if err != nil {
		return fin, err
	}
	var pending lab.PendingSignIn
	err = s.write(ctx, func(tx *store.Tx) (err error) {
		pending, err = tx.TakePendingSignIn(ctx, auth.HashToken(in.State))
		return err
	})
	if lab.CodeOf(err) == lab.NotFound || err == nil && (pending.Provider != p.ID || len(pending.Proven) > 0 || !same(pending.BrowserHash, auth.HashToken(in.Cookie))) {
		return fin, refused(ReasonState, "this sign-in was not begun in this browser, took too long, or was used already: begin again")
	}
	if err != nil {
		return fin, err
	}
	fin.Next, fin.Link = pending.Next, pending.LinkUser != 0
	if in.Refused != "" || in.Code == "" {
		return fin, s.providerFailed(ctx, p, lab.Errorf(lab.Unauthenticated, "it refuses: %s", word(in.Refused)))
	}
	claim, idToken, err := p.OpenID.Finish(ctx, lab.Answer{Code: in.Code, Issuer: in.Issuer, Back: s.back(p)}, lab.Begun{Nonce: pending.Nonce, Verifier: pending.Verifier})
	if err != nil {
		return fin, s.providerFailed(ctx, p, err)
	}
	if fin.Link {
		return fin, s.finishLink(ctx, who, p, &pending, &claim)
	}
	was := proven{Claim: claim, IDToken: idToken}
	fin.Opened, err = s.enter(ctx, who, &p.Realm, &claim, entrance{agent: in.Agent, replaces: s.replaced(who, &pending), provider: p.ID, idToken: []byte(idToken)})
	if wantsCode(err) {
		fin.Cookie, fin.For, err = s.waitForCode(ctx, &pending, was)
	}
	return fin, err
}

// replaced is the session that the browser had when the sign-in began; its cookie
// does not come back from another site.
func (s *Service) replaced(who *Actor, p *lab.PendingSignIn) int64 {
	if who.SessionID != 0 {
		return who.SessionID
	}
	return p.SessionID
}

// proven is what a provider said, while the code of a second factor is waited for.
type proven struct {
	Claim   lab.Claim
	IDToken string
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// word is an error code of a provider, which is not ours to repeat when it is none.
func word(code string) string {
	if len(code) > 40 || strings.ContainsFunc(code, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		return "an unknown error"
	}
	return code
}

func wantsCode(err error) bool {
	e, ok := err.(*lab.Error)
	return ok && e.Code == lab.Unauthenticated && len(e.Fields) == 1 && e.Fields[0].Field == "code"
}

// waitForCode keeps what the provider said, sealed, until the code is there.
func (s *Service) waitForCode(ctx context.Context, p *lab.PendingSignIn, was proven) (cookie string, d time.Duration, err error) {
	if s.Keys == nil {
		return "", 0, lab.Errorf(lab.Unavailable, "second factors cannot be checked: the server has no key file")
	}
	text, err := json.Marshal(was)
	if err != nil {
		return "", 0, fmt.Errorf("keep a claim: %w", err)
	}
	next := *p
	cookie, next.BrowserHash = auth.NewToken()
	_, next.StateHash = auth.NewToken() // no provider answers to it
	next.Nonce, next.Verifier = "", ""
	next.Proven = s.Keys.Seal(provenPurpose(next.BrowserHash), text)
	err = s.write(ctx, func(tx *store.Tx) error {
		next.ExpiresAt = tx.Now.Add(pendingFor)
		return tx.InsertPendingSignIn(ctx, &next)
	})
	return cookie, pendingFor, err
}

func provenPurpose(browserHash string) string { return "proven of sign-in " + browserHash }

func idTokenPurpose(session int64) string {
	return "id token of session " + strconv.FormatInt(session, 10)
}

// ConfirmSignIn opens the session of somebody whom a provider has proven, by the
// code of their second factor. A wrong one is counted as always and may be
// corrected.
func (s *Service) ConfirmSignIn(ctx context.Context, who *Actor, cookie, code, agent string) (*Opened, error) {
	var pending lab.PendingSignIn
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		pending, err = tx.PendingOfBrowser(ctx, auth.HashToken(cookie))
		return err
	})
	gone := refused(ReasonState, "this sign-in took too long: begin again")
	if lab.CodeOf(err) == lab.NotFound || err == nil && len(pending.Proven) == 0 {
		return nil, gone
	}
	if err != nil {
		return nil, err
	}
	p, err := s.provider(pending.Provider)
	if err != nil {
		return nil, gone
	}
	if s.Keys == nil {
		return nil, gone
	}
	text, err := s.Keys.Open(provenPurpose(pending.BrowserHash), pending.Proven)
	if err != nil {
		return nil, err
	}
	var was proven
	if err := json.Unmarshal(text, &was); err != nil {
		return nil, fmt.Errorf("read a kept claim: %w", err)
	}
	opened, err := s.enter(ctx, who, &p.Realm, &was.Claim, entrance{
		code: code, agent: agent, replaces: s.replaced(who, &pending), provider: p.ID, idToken: []byte(was.IDToken), pending: pending.ID,
	})
	return opened, err
}

// LeaveURL is where somebody signs out at the provider that opened the session,
// too; "" for nowhere.
func (s *Service) LeaveURL(ctx context.Context, who *Actor) string {
	if who.SessionID == 0 || len(s.Providers) == 0 {
		return ""
	}
	var by lab.SessionProvider
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		by, err = tx.ProviderOfSession(ctx, who.SessionID)
		return err
	})
	if err != nil {
		return ""
	}
	p, err := s.provider(by.Provider)
	if err != nil {
		return ""
	}
	idToken := []byte(nil)
	if s.Keys != nil && len(by.IDToken) > 0 {
		// Without it the provider asks the person first.
		idToken, _ = s.Keys.Open(idTokenPurpose(by.SessionID), by.IDToken)
	}
	return p.OpenID.SignOutURL(ctx, string(idToken), s.PublicURL+"/sign-in")
}

// Ways are the ways to sign in that a server has besides local accounts.
type Ways struct {
	Directory bool // names and passwords of the directory are taken
	Providers []Provider
}

// SignInWays tells them to everybody.
func (s *Service) SignInWays() Ways {
	return Ways{Directory: s.Directory != nil, Providers: s.Providers}
}
