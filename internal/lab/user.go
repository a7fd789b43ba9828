package lab

import "time"

// UserState says what an account can do.
type UserState string

// The states of an account.
const (
	UserInvited    UserState = "invited"    // has no password yet
	UserActive     UserState = "active"     // may sign in
	UserDisabled   UserState = "disabled"   // may not sign in; what it did stays
	UserAnonymised UserState = "anonymised" // name and e-mail are gone for good
)

// User is a person with an account.
type User struct {
	ID          int64
	Email       string
	Name        string
	State       UserState
	Admin       bool   // may all but see patients' identity
	Limited     bool   // a shared account: cannot change itself
	Source      string // who proves the identity: "local", "ldap", "oidc"
	Language    string // of pages and mails: "en", "fr"; "" as the server's
	CreatedAt   time.Time
	LastLoginAt time.Time // zero before the first
}

// Credential is what proves that a person is the owner of an account. It never
// leaves the server.
type Credential struct {
	UserID       int64
	PasswordHash string // argon2id in PHC form; "" where there is none
	TotpSecret   []byte // sealed; nil where there is none
	TotpStep     int64  // last used time step: a code is taken once
	TotpOn       bool   // asked at sign-in
	Recovery     string // JSON list of the hashes of unused recovery codes
	Failures     int    // since the last success
	FailedAt     time.Time
	ChangedAt    time.Time // of the password
}

// Session is a sign-in from a browser.
type Session struct {
	ID         int64
	UserID     int64
	BehalfOf   int64 // the person whose account an administrator acts in; 0 for none
	TokenHash  string
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time // absolute
	Address    string    // network address at sign-in
	Agent      string    // browser at sign-in
}

// Token is a key with which a script acts as its owner.
type Token struct {
	ID         int64
	UserID     int64
	Name       string
	TokenHash  string
	Scopes     string // separated by spaces: "read upload"
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedAt time.Time
}

// Link purposes: what a one-time link lets its holder do.
const (
	LinkSetup  = "setup"  // make the first administrator
	LinkInvite = "invite" // choose the first password
	LinkReset  = "reset"  // choose a new password
)

// Link is a one-time link, sent by mail or printed by the server.
type Link struct {
	ID        int64
	Purpose   string
	UserID    int64 // 0 for a setup link
	TokenHash string
	CreatedAt time.Time
	ExpiresAt time.Time
}
