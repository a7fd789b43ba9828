package client

import "context"

// SignInWays are the ways to sign in that a server has besides accounts with a
// password of their own, which it always has.
type SignInWays struct {
	Directory bool             `json:"directory" doc:"Names and passwords of the laboratory's directory are taken too"`
	Items     []SignInProvider `json:"items" nullable:"false" doc:"Providers of OpenID Connect; a browser goes to /session/providers/{id}/begin"`
}

// SignInProvider is a provider of OpenID Connect.
type SignInProvider struct {
	ID   string `json:"id"`
	Name string `json:"name" doc:"As the button names it"`
}

// SignInWays lists them.
func (c *Client) SignInWays(ctx context.Context) (out SignInWays, err error) {
	_, err = c.do(ctx, get("/session/providers", nil), &out)
	return out, err
}

// SignInCode is the code of a second factor, after a provider has proven who one
// is.
type SignInCode struct {
	Code string `json:"code" minLength:"1" maxLength:"64" doc:"Of the second factor, or a recovery code"`
}

// ConfirmSignIn opens the session of somebody who comes from a provider, by the
// code of their second factor. The cookie jar of the client holds what binds it to
// the browser.
func (c *Client) ConfirmSignIn(ctx context.Context, in SignInCode) (w Whoami, err error) {
	_, err = c.do(ctx, post("/session/confirm", in), &w)
	return w, err
}
