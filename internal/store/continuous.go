package store

import (
	"context"
	"fmt"
	"time"
)

// BlobsSince lists the blobs whose row was made since a time, used or not: what
// comes to use later was put before.
func (tx *Tx) BlobsSince(ctx context.Context, since time.Time) ([]UsedBlob, error) {
	list, err := all[UsedBlob](ctx, tx, "SELECT d.digest, d.size, "+readsOnly+" AS reads FROM blobs d WHERE d.created_at >= ? ORDER BY d.digest", since.UTC())
	if err != nil {
		return nil, fmt.Errorf("list new blobs: %w", err)
	}
	return list, nil
}
