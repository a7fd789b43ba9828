package blob

import (
	"context"
	"path/filepath"
)

// OpenPlace opens the store that the config of a server names: "s3://…", or for
// "" a directory in the data directory.
func OpenPlace(ctx context.Context, place, data string) (Store, error) {
	if place == "" {
		return OpenDir(filepath.Join(data, "blobs"))
	}
	c, err := ParseS3(place)
	if err != nil {
		return nil, err
	}
	c.TempDir = filepath.Join(data, "uploads")
	return OpenS3(ctx, c)
}
