package client

import (
	"context"
	"fmt"
	"time"
)

// Identity is an account at a directory or a provider that opens one's own.
type Identity struct {
	ID        int64     `json:"id"`
	Provider  string    `json:"provider,omitempty" doc:"The id of its provider; absent of the directory, or when the server has this provider no more"`
	Name      string    `json:"name,omitempty" doc:"Of the provider; absent likewise"`
	Label     string    `json:"label,omitempty" doc:"How the provider calls the person, of a linked one"`
	Linked    bool      `json:"linked" doc:"One linked it oneself, and may unlink it; otherwise the account is proven by it"`
	CreatedAt time.Time `json:"created_at"`
	CheckedAt time.Time `json:"checked_at" doc:"When its provider was last asked"`
}

// Identities are those that open the own account.
type Identities struct {
	Items []Identity `json:"items" nullable:"false"`
}

// NewLink asks for an account at a provider to be linked.
type NewLink struct {
	Provider string `json:"provider" maxLength:"64" doc:"Its id, of /session/providers"`
	Password string `json:"password" maxLength:"1024" doc:"The present one; nothing for accounts that a provider proves, which have to have signed in just now"`
}

// BegunLink is where a browser goes on to link an account at a provider.
type BegunLink struct {
	URL string `json:"url" doc:"At the provider"`
}

// Identities lists the identities that open the own account.
func (c *Client) Identities(ctx context.Context) (out Identities, err error) {
	_, err = c.do(ctx, get("/me/identities", nil), &out)
	return out, err
}

// BeginLink begins to link an account at a provider. The cookie jar of the client
// holds what binds it to the browser, which goes on to the address in the answer
// and comes back to the page of the account.
func (c *Client) BeginLink(ctx context.Context, in NewLink) (out BegunLink, err error) {
	_, err = c.do(ctx, post("/me/identities", in), &out)
	return out, err
}

// Unlink takes a linked identity from the own account; all other sessions end.
func (c *Client) Unlink(ctx context.Context, id int64, in Proof) error {
	_, err := c.do(ctx, post(fmt.Sprintf("/me/identities/%d/unlink", id), in), nil)
	return err
}
