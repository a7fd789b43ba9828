// Package openid asks a provider of OpenID Connect who somebody is: the
// authorisation code flow with PKCE, a nonce and a state (OpenID Connect Core
// 1.0, RFC 7636, RFC 9207). It answers with a [lab.Claim], of which issuer and
// subject are the identity.
//
// Like internal/directory it decides nothing about accounts and keeps nothing
// but what a provider publishes about itself; where the state is kept, and which
// browser it belongs to, is the business of internal/service. It never puts a
// code or a token into an error.
package openid

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"vidjil.org/vidjil/internal/lab"
)

// Config is one provider of OpenID Connect.
type Config struct {
	// Issuer is its URL: what it publishes of itself is found below it.
	Issuer string
	// ClientID and ClientSecret are this server's account there; "" is a client
	// without a secret, which PKCE protects alone.
	ClientID, ClientSecret string
	// Roots are the authorities that may vouch for it; nil are the machine's.
	Roots *x509.CertPool
	// Scopes are asked for besides openid, email and profile.
	Scopes []string
	// GroupsClaim lists groups; dots lead into objects, as realm_access.roles.
	GroupsClaim string
	// TrustEmail takes addresses as verified of which the provider says nothing.
	TrustEmail bool
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Timeout is for each question; 0 is 10 s.
	Timeout time.Duration
}

// Provider is a provider of OpenID Connect. What it publishes of itself is asked for when it is needed
// first, so that a provider that is down keeps nothing else from starting; its
// keys are asked for again when a token is signed by one that is not known. It
// is safe for concurrent use.
type Provider struct {
	Config
	client *http.Client

	mu    sync.Mutex
	known *published
}

// published is what a provider says of itself.
type published struct {
	at       time.Time
	provider *oidc.Provider
	EndURL   string `json:"end_session_endpoint"`
	SendsIss bool   `json:"authorization_response_iss_parameter_supported"`
}

// staleAfter is when it is asked for again. Keys have their own, shorter life.
const staleAfter = time.Hour

// New makes a provider; it is not asked anything yet.
func New(c Config) *Provider {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConns: 4, IdleConnTimeout: time.Minute,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.Roots},
	}
	return &Provider{Config: c, client: &http.Client{Transport: transport, Timeout: c.Timeout}}
}

// Begin makes the address at the provider where somebody proves who they are.
// state comes back with them, to back. With anew the provider is to ask even
// somebody who has signed in there, as who sits at the machine may be somebody
// else (max_age of OpenID Connect Core 1.0 §3.1.2.1; a provider that does not
// know it passes over it). The error is Unreachable.
func (p *Provider) Begin(ctx context.Context, state, back string, anew bool) (lab.Begun, error) {
	is, err := p.discover(ctx)
	if err != nil {
		return lab.Begun{}, err
	}
	b := lab.Begun{Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier()}
	c := p.oauth(is, back)
	options := []oauth2.AuthCodeOption{oidc.Nonce(b.Nonce), oauth2.S256ChallengeOption(b.Verifier)}
	if anew {
		options = append(options, oauth2.SetAuthURLParam("max_age", "0"))
	}
	b.URL = c.AuthCodeURL(state, options...)
	return b, nil
}

// Finish exchanges the code for what the provider says of the person, and checks
// that: the signature, that it is for this server, for this sign-in and of this
// provider. It returns the ID token for signing out. The error is Unauthenticated
// when something is not as it must be, Unreachable when there is no answer.
func (p *Provider) Finish(ctx context.Context, a lab.Answer, b lab.Begun) (claim lab.Claim, idToken string, err error) {
	is, err := p.discover(ctx)
	if err != nil {
		return claim, "", err
	}
	if a.Issuer != "" && a.Issuer != p.Issuer || a.Issuer == "" && is.SendsIss {
		return claim, "", lab.Errorf(lab.Unauthenticated, "the answer is of another provider than was asked")
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.oauth(is, a.Back).Exchange(ctx, a.Code, oauth2.VerifierOption(b.Verifier))
	if err != nil {
		return claim, "", exchangeError(err)
	}
	idToken, ok := token.Extra("id_token").(string)
	if !ok {
		return claim, "", lab.Errorf(lab.Unauthenticated, "the provider sent no ID token")
	}
	proven, err := is.provider.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.Now}).Verify(ctx, idToken)
	if err != nil {
		return claim, "", fmt.Errorf("%w: %w", lab.Errorf(lab.Unauthenticated, "the provider's ID token is not valid"), err)
	}
	if proven.Nonce != b.Nonce || b.Nonce == "" {
		return claim, "", lab.Errorf(lab.Unauthenticated, "the provider's ID token is of another sign-in")
	}
	if proven.AccessTokenHash != "" {
		if err := proven.VerifyAccessToken(token.AccessToken); err != nil {
			return claim, "", lab.Errorf(lab.Unauthenticated, "the provider's tokens do not belong together")
		}
	}
	facts := map[string]any{}
	if err := proven.Claims(&facts); err != nil {
		return claim, "", lab.Errorf(lab.Unauthenticated, "the provider's ID token cannot be read")
	}
	if err := p.complete(ctx, is, token, proven.Subject, facts); err != nil {
		return claim, "", err
	}
	return p.claim(proven.Subject, facts), idToken, nil
}

// exchangeError tells a code that the provider does not take from a provider
// that does not answer. Its words are not ours to repeat: they may hold the code.
func exchangeError(err error) error {
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok && e.Response != nil && e.Response.StatusCode < 500 {
		return lab.Errorf(lab.Unauthenticated, "the provider does not take the code: status %d, %s", e.Response.StatusCode, e.ErrorCode)
	}
	return lab.Errorf(lab.Unreachable, "the provider does not answer: %w", err)
}

// complete asks the provider for what its ID token does not hold. Some put
// nothing but the subject there.
func (p *Provider) complete(ctx context.Context, is *published, token *oauth2.Token, subject string, facts map[string]any) error {
	if (facts["email"] != nil && within(facts, p.GroupsClaim) != nil) || is.provider.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := is.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return lab.Errorf(lab.Unreachable, "the provider does not tell who it is: %w", err)
	}
	if info.Subject != subject { // OpenID Connect Core §5.3.2
		return lab.Errorf(lab.Unauthenticated, "the provider speaks of two different people")
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil {
		return lab.Errorf(lab.Unauthenticated, "the provider's words cannot be read")
	}
	_, hadEmail := facts["email"]
	for name, value := range more {
		// An address and its being verified are said together or not at all.
		if _, there := facts[name]; !there && (!hadEmail || name != "email_verified") {
			facts[name] = value
		}
	}
	return nil
}

// claim are the facts in our words.
func (p *Provider) claim(subject string, facts map[string]any) lab.Claim {
	c := lab.Claim{Issuer: p.Issuer, Subject: subject}
	c.Email, _ = facts["email"].(string)
	for _, name := range []string{"name", "preferred_username"} {
		if text, ok := facts[name].(string); ok && c.Name == "" {
			c.Name = text
		}
	}
	switch verified := facts["email_verified"].(type) {
	case nil:
		c.EmailVerified = p.TrustEmail
	case bool:
		c.EmailVerified = verified
	case string: // some write it so
		c.EmailVerified = verified == "true"
	default:
	}
	switch list := within(facts, p.GroupsClaim).(type) {
	case string:
		c.Groups = []string{list}
	case []any:
		for _, each := range list {
			if text, ok := each.(string); ok {
				c.Groups = append(c.Groups, text)
			}
		}
	default:
	}
	slices.Sort(c.Groups)
	return c
}

// within is the value of a claim: by its whole name, else by its path.
func within(facts map[string]any, name string) any {
	if v, ok := facts[name]; ok || name == "" {
		return v
	}
	first, rest, ok := strings.Cut(name, ".")
	below, isObject := facts[first].(map[string]any)
	if !ok || !isObject {
		return nil
	}
	return within(below, rest)
}

// SignOutURL is where a browser goes to sign out at the provider too, and from
// there to back; "" when the provider offers nothing like that, or does not
// answer: signing out here must not wait for it.
func (p *Provider) SignOutURL(ctx context.Context, idToken, back string) string {
	is, err := p.discover(ctx)
	if err != nil || is.EndURL == "" {
		return ""
	}
	u, err := url.Parse(is.EndURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.ClientID)
	q.Set("post_logout_redirect_uri", back)
	if idToken != "" {
		q.Set("id_token_hint", idToken)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// discover asks the provider what it publishes of itself, from time to time.
// When it does not answer, what it said last still counts.
func (p *Provider) discover(ctx context.Context) (*published, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.Now()
	if p.known != nil && now.Sub(p.known.at) < staleAfter {
		return p.known, nil
	}
	// The provider keeps the client of this context, for its keys.
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
	if err != nil {
		if p.known != nil {
			return p.known, nil
		}
		return nil, lab.Errorf(lab.Unreachable, "the provider does not answer: %w", err)
	}
	is := &published{at: now, provider: provider}
	if err := provider.Claims(is); err != nil {
		return nil, lab.Errorf(lab.Unreachable, "the provider does not say where it is: %w", err)
	}
	p.known = is
	return is, nil
}

func (p *Provider) oauth(is *published, back string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: is.provider.Endpoint(), RedirectURL: back,
		Scopes: append([]string{oidc.ScopeOpenID, "email", "profile"}, p.Scopes...),
	}
}

// Reach tells whether the provider answers.
func (p *Provider) Reach(ctx context.Context) error {
	_, err := p.discover(ctx)
	return err
}
