package server

import (
	"context"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/config"
)

// openBlobs opens the store of bytes that the config names.
func openBlobs(ctx context.Context, c *config.Config) (blob.Store, error) {
	return blob.OpenPlace(ctx, c.Blobs, c.Data)
}
