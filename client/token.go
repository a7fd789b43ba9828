package client

import (
	"context"
	"fmt"
	"time"
)

// Token is an API token, with which a script acts as its owner.
type Token struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Scopes     []string   `json:"scopes" nullable:"false" doc:"read, write, upload, admin"`
	CreatedAt  time.Time  `json:"created_at"`
	ExpiresAt  time.Time  `json:"expires_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" doc:"To the minute"`
}

// TokenList are the API tokens of one's own, expired ones too.
type TokenList struct {
	Items []Token `json:"items" nullable:"false"`
}

// NewToken is what an API token is made from.
type NewToken struct {
	Name   string   `json:"name" maxLength:"400" doc:"What it is for"`
	Scopes []string `json:"scopes" nullable:"false" minItems:"1" maxItems:"4" doc:"read, write, upload, admin"`
	Days   int      `json:"days,omitempty" minimum:"0" maximum:"731" doc:"After how many days it expires; left out, 90"`
}

// MadeToken is a new API token with its text, which nobody can show again.
type MadeToken struct {
	Token
	Text string `json:"text" doc:"The token itself, as vjt_12_…"`
}

// Tokens lists the own API tokens.
func (c *Client) Tokens(ctx context.Context) (out TokenList, err error) {
	_, err = c.do(ctx, get("/me/tokens", nil), &out)
	return out, err
}

// CreateToken makes an API token.
func (c *Client) CreateToken(ctx context.Context, in NewToken) (out MadeToken, err error) {
	_, err = c.do(ctx, post("/me/tokens", in), &out)
	return out, err
}

// RevokeToken removes an API token.
func (c *Client) RevokeToken(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/me/tokens/%d", id)), nil)
	return err
}
