package lab

import "time"

// IssuerLDAP is the issuer of identities that the LDAP directory proves; those
// of a provider of OpenID Connect have its URL.
const IssuerLDAP = "ldap"

// Who proves whose an account is: [User.Source].
const (
	SourceLocal = "local" // a password that is kept here
	SourceLDAP  = "ldap"  // the LDAP directory
	SourceOIDC  = "oidc"  // a provider of OpenID Connect
)

// Identity is an account at a directory or a provider that opens an account
// here. Issuer and subject are what it is known by: an e-mail address may be
// given to somebody else, a subject never is.
type Identity struct {
	ID        int64
	UserID    int64
	Issuer    string // IssuerLDAP or the URL of the provider
	Subject   string // stable and unique there
	Linked    bool   // by the person, beside what proves the account: it opens it, and decides neither its name nor its end
	Label     string // of a linked one: how the provider calls the person; "" when it does not
	Gone      bool   // the directory disabled or lost it, and so the account here was disabled
	Admin     bool   // the directory made the account one of an administrator
	CreatedAt time.Time
	CheckedAt time.Time // when the directory was last asked about it
}

// Claim is what a directory or a provider says of a person.
type Claim struct {
	Issuer  string
	Subject string
	// Entry is the DN of the person in an LDAP directory. It holds a name and is
	// neither kept nor logged.
	Entry string
	Email string
	// EmailVerified tells that the person has the address, and did not only say so.
	EmailVerified bool
	Name          string
	Groups        []string // as they are named there
	Disabled      bool     // may not be used any more
}

// PendingSignIn is a sign-in that waits for the answer of a provider, or, when
// the provider has answered, for the code of a second factor.
type PendingSignIn struct {
	ID          int64
	BrowserHash string // of the cookie of the browser that began it
	StateHash   string // of the state that the provider hands back
	Provider    string // the id of the provider in the settings
	Nonce       string
	Verifier    string // of PKCE
	Next        string // the path of the page to go to
	SessionID   int64  // the session that the new one replaces, or from which an identity is linked; 0 for none
	LinkUser    int64  // the account with which the identity is to be linked; 0: it opens a session
	Proven      []byte // sealed: what the provider said; nil before it did
	ExpiresAt   time.Time
}

// SessionProvider says which provider opened a session.
type SessionProvider struct {
	SessionID int64
	Provider  string
	IDToken   []byte // sealed; a hint for signing out there
}

// Begun is a sign-in on its way to a provider of OpenID Connect.
type Begun struct {
	URL             string // where the browser goes
	Nonce, Verifier string // to keep until it comes back
}

// Answer is with what a browser comes back from there.
type Answer struct {
	Code   string
	Issuer string // "" when the provider does not say (RFC 9207)
	Back   string // the address to which it came back
}
