package server

import (
	"context"
	"net/url"
	"path/filepath"
	"strings"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
)

// openBlobs opens the store of bytes that the config names.
func openBlobs(ctx context.Context, c Config) (blob.Store, error) {
	if c.Blobs == "" {
		return blob.OpenDir(filepath.Join(c.Data, "blobs"))
	}
	s3, err := parseS3(c.Blobs)
	if err != nil {
		return nil, err
	}
	s3.TempDir = filepath.Join(c.Data, "uploads")
	return blob.OpenS3(ctx, s3)
}

// parseS3 reads "s3://BUCKET/PREFIX?endpoint=URL&region=NAME". Keys are not part
// of it: it stands in process lists.
func parseS3(text string) (blob.S3Config, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil {
		return blob.S3Config{}, lab.Errorf(lab.Usage, "blobs %q: want s3://BUCKET or s3://BUCKET/PREFIX?endpoint=URL", text)
	}
	c := blob.S3Config{Bucket: u.Host, Prefix: strings.TrimPrefix(u.Path, "/")}
	for name, values := range u.Query() {
		switch name {
		case "endpoint":
			c.Endpoint = values[0]
		case "region":
			c.Region = values[0]
		default:
			return c, lab.Errorf(lab.Usage, "blobs %q: there is no parameter %q", text, name)
		}
	}
	return c, nil
}
