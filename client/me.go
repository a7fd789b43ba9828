package client

import (
	"context"
	"fmt"
	"time"
)

// ProfileChange is what people change of their own account; what is absent
// stays.
type ProfileChange struct {
	Name     *string `json:"name,omitempty" maxLength:"400"`
	Language *string `json:"language,omitempty" enum:",en,fr"`
	Email    *string `json:"email,omitempty" maxLength:"254" doc:"Takes the password"`
	Password string  `json:"password,omitempty" maxLength:"1024" doc:"The present one, to change the address"`
	Mails    Mails   `json:"mails,omitempty" maxProperties:"20" doc:"Kinds of mail to get or not: jobs, followed, digest; of administrators also disk, faults"`
}

// PasswordChange replaces the password.
type PasswordChange struct {
	Password    string `json:"password" maxLength:"1024" doc:"The present one"`
	NewPassword string `json:"new_password" maxLength:"1024"`
}

// Proof is the password again, for what a session alone does not allow.
type Proof struct {
	Password string `json:"password" maxLength:"1024"`
}

// UpdateMe changes the own account.
func (c *Client) UpdateMe(ctx context.Context, in ProfileChange) (out Whoami, err error) {
	_, err = c.do(ctx, patch("/me", in), &out)
	return out, err
}

// ChangePassword replaces the own password and ends all other sessions.
func (c *Client) ChangePassword(ctx context.Context, in PasswordChange) error {
	_, err := c.do(ctx, post("/me/password", in), nil)
	return err
}

// OwnSession is a sign-in of one's own.
type OwnSession struct {
	ID         int64     `json:"id"`
	Current    bool      `json:"current" doc:"The one that asks"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	Address    string    `json:"address" doc:"Network address at sign-in"`
	Agent      string    `json:"agent" doc:"Browser at sign-in"`
}

// OwnSessions are the sign-ins of one's own.
type OwnSessions struct {
	Items []OwnSession `json:"items" nullable:"false"`
}

// Sessions lists the own sessions.
func (c *Client) Sessions(ctx context.Context) (out OwnSessions, err error) {
	_, err = c.do(ctx, get("/me/sessions", nil), &out)
	return out, err
}

// EndSession ends one of the own sessions.
func (c *Client) EndSession(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/me/sessions/%d", id)), nil)
	return err
}

// EndOtherSessions ends all of the own sessions but the one that asks.
func (c *Client) EndOtherSessions(ctx context.Context) error {
	_, err := c.do(ctx, remove("/me/sessions"), nil)
	return err
}

// Forgotten asks for a link to a new password.
type Forgotten struct {
	Email string `json:"email" maxLength:"254"`
}

// ForgotPassword has a link to a new password sent, if there is such an account
// and the server sends mails.
func (c *Client) ForgotPassword(ctx context.Context, email string) error {
	_, err := c.do(ctx, post("/password/forgot", Forgotten{email}), nil)
	return err
}

// PasswordReset chooses a password with the link of an invitation or of a
// forgotten password.
type PasswordReset struct {
	Token    string `json:"token" maxLength:"100" doc:"The end of the link"`
	Password string `json:"password" maxLength:"1024" doc:"The new one"`
}

// ResetPassword chooses a password with a link; then one signs in.
func (c *Client) ResetPassword(ctx context.Context, in PasswordReset) error {
	_, err := c.do(ctx, post("/password/reset", in), nil)
	return err
}
