package client

import "context"

// Health says that the server is there.
type Health struct {
	Status  string `json:"status" enum:"ok" doc:"ok"`
	Version string `json:"version,omitempty" doc:"Version of the program; for signed-in people"`
}

// Health asks whether the server works.
func (c *Client) Health(ctx context.Context) (h Health, err error) {
	_, err = c.do(ctx, get("/health", nil), &h)
	return h, err
}
