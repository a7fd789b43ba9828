package client

import (
	"context"
	"time"
)

// Whoami is who asks, and what they may do. Asked by nobody it says no more
// than whether the server waits for its first administrator, and what the
// server says to everybody.
type Whoami struct {
	SetupNeeded bool         `json:"setup_needed" doc:"The server has no administrator yet: use the link that it printed"`
	User        *Account     `json:"user,omitempty" doc:"The account in which one acts; absent when not signed in"`
	Site        Site         `json:"site" doc:"What the server says to everybody"`
	Healthcare  bool         `json:"healthcare" doc:"Sequences stay in the laboratory: pages offer no tools of other sites"`
	ReadOnly    bool         `json:"read_only,omitempty" doc:"The account sees and changes nothing"`
	Admin       bool         `json:"admin" doc:"Whether one may administrate, in this session or with this token"`
	ActedBy     *Person      `json:"acted_by,omitempty" doc:"The administrator who acts in the account of the user"`
	Scopes      []string     `json:"scopes,omitempty" doc:"What the API token is good for; absent when signed in"`
	Groups      []Membership `json:"groups" doc:"The groups that one is in, with the rights of each"`
	Targets     Targets      `json:"targets" doc:"The groups to offer as owner of what one makes"`
}

// Site is what a server says to everybody, and what its pages offer.
type Site struct {
	Hosting        string    `json:"hosting,omitempty" doc:"Who runs the server and under which rules"`
	Alert          string    `json:"alert,omitempty" doc:"A warning, above every page"`
	HealthNotice   string    `json:"health_notice,omitempty" doc:"What is said about health data, in the place of the program's own words"`
	Support        string    `json:"support,omitempty" doc:"E-mail address that people may write to for help"`
	Tools          *[]string `json:"tools,omitempty" doc:"Tools of other sites to which sequences may be sent; absent for all"`
	PublicAnalysis bool      `json:"public_analysis" doc:"Anybody may have a few pasted sequences analysed"`
}

// Account is what a person sees of their own account.
type Account struct {
	ID            int64      `json:"id"`
	Email         string     `json:"email"`
	Name          string     `json:"name"`
	Language      string     `json:"language,omitempty" doc:"Of pages and mails; absent is the server's"`
	Limited       bool       `json:"limited,omitempty" doc:"Shared by several people: cannot change itself"`
	Source        string     `json:"source" enum:"local,ldap,oidc" doc:"Who proves the identity"`
	SecondFactor  bool       `json:"second_factor" doc:"A code is asked for at sign-in"`
	RecoveryCodes int        `json:"recovery_codes" doc:"Unused recovery codes"`
	LastLoginAt   *time.Time `json:"last_login_at,omitempty"`
	Mails         Mails      `json:"mails" nullable:"false" doc:"Kinds of mail that one may choose, and whether one gets them"`
}

// Person names an account.
type Person struct {
	ID    int64  `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}

// Membership is a group that one is in.
type Membership struct {
	ID       int64    `json:"id"`
	Name     string   `json:"name"`
	Kind     string   `json:"kind" enum:"ordinary,personal,public"`
	ParentID int64    `json:"parent_id,omitempty"`
	Rights   []string `json:"rights" doc:"As set:read"`
}

// Targets are the groups that suggest themselves as owners, by what is made.
type Targets struct {
	Set        []int64 `json:"set"`
	Config     []int64 `json:"config"`
	PreProcess []int64 `json:"preprocess"`
	Upload     []int64 `json:"upload" doc:"Groups to whose sets one may upload"`
}

// Credentials are what one signs in with.
type Credentials struct {
	Email    string `json:"email" maxLength:"254"`
	Password string `json:"password" maxLength:"1024"`
	Code     string `json:"code,omitempty" maxLength:"64" doc:"Of the second factor, or a recovery code; when it is missing and wanted, the error names the field code"`
}

// SignIn opens a session, which the client's cookie jar keeps.
func (c *Client) SignIn(ctx context.Context, in Credentials) (w Whoami, err error) {
	_, err = c.do(ctx, post("/session", in), &w)
	return w, err
}

// SignOut ends the session.
func (c *Client) SignOut(ctx context.Context) error {
	_, err := c.do(ctx, remove("/session"), nil)
	return err
}

// Whoami tells who the server takes the client for.
func (c *Client) Whoami(ctx context.Context) (w Whoami, err error) {
	_, err = c.do(ctx, get("/session", nil), &w)
	return w, err
}

// Behalf names in whose account to act.
type Behalf struct {
	UserID int64 `json:"user_id" minimum:"1"`
}

// ActFor makes the session of an administrator act in somebody's account.
func (c *Client) ActFor(ctx context.Context, userID int64) (w Whoami, err error) {
	_, err = c.do(ctx, post("/session/behalf", Behalf{userID}), &w)
	return w, err
}

// StopActing makes the session act in its owner's account again.
func (c *Client) StopActing(ctx context.Context) error {
	_, err := c.do(ctx, remove("/session/behalf"), nil)
	return err
}
