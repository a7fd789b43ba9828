package client

import "context"

// Setup makes the first administrator.
type Setup struct {
	Token    string `json:"token" maxLength:"100" doc:"The end of the link that the server printed"`
	Email    string `json:"email" maxLength:"254"`
	Name     string `json:"name" maxLength:"200"`
	Password string `json:"password" maxLength:"1024"`
}

// Setup makes the first administrator and signs them in.
func (c *Client) Setup(ctx context.Context, in Setup) (w Whoami, err error) {
	_, err = c.do(ctx, post("/setup", in), &w)
	return w, err
}
