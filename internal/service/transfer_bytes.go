package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/transfer"
)

// mounted computes the digests of files of mounted folders, which stand in the
// rows before the bytes; a file that cannot be read, or has a place for names
// that stay here, is left out.
func (l *leaving) mounted(ctx context.Context) error {
	row := map[int64]*transfer.File{}
	for i := range l.Files {
		row[l.Files[i].ID] = &l.Files[i]
	}
	var leave []lab.File
	for i := range l.files {
		f := &l.files[i]
		digest, size, err := l.sum(ctx, f)
		if e, ok := errors.AsType[*lab.Error](err); ok && ctx.Err() == nil {
			l.leftOut = append(l.leftOut, fmt.Sprintf("file %d: %s", f.ID, e.Error()))
			row[f.ID].Inside = false
			continue
		}
		if err != nil {
			return err
		}
		f.Digest, row[f.ID].Digest, row[f.ID].Size = digest, digest, size
		leave = append(leave, *f)
	}
	l.files = leave
	return nil
}

// sum is the digest and size of a file; of one in the store they are known.
func (l *leaving) sum(ctx context.Context, f *lab.File) (digest string, size int64, err error) {
	if f.Source == "" && !l.closed[f.SampleID] {
		return f.Digest, f.Size, nil
	}
	c, err := l.open(ctx, f)
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if f.Source == "" {
		return f.Digest, f.Size, nil
	}
	sum := sha256.New()
	n, err := io.Copy(sum, contextReader{ctx, c})
	return hex.EncodeToString(sum.Sum(nil)), n, err
}

// contextReader ends a reading whose context has ended.
type contextReader struct {
	ctx context.Context //nolint:containedctx // io.Reader has no room for one
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// bytes writes the blobs, each once.
func (l *leaving) bytes(ctx context.Context, out *transfer.Writer) error {
	put := func(digest string, open func() (io.ReadCloser, error)) (err error) {
		if out.Has(digest) {
			return nil
		}
		r, err := open()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, r.Close()) }()
		return out.Blob(digest, contextReader{ctx, r})
	}
	blobOf := func(digest string) error {
		return put(digest, func() (io.ReadCloser, error) { return l.s.Blobs.Open(ctx, blob.Digest(digest)) })
	}
	for i := range l.Results {
		r := &l.Results[i]
		if err := blobOf(r.Digest); err != nil {
			return fmt.Errorf("export result %d: %w", r.ID, err)
		}
		for _, f := range r.Files {
			if err := blobOf(f.Digest); err != nil {
				return fmt.Errorf("export result %d: %w", r.ID, err)
			}
		}
	}
	for i := range l.files {
		f := &l.files[i]
		if err := put(f.Digest, func() (io.ReadCloser, error) { return l.s.openBytes(ctx, f) }); err != nil {
			return fmt.Errorf("export file %d: %w", f.ID, err)
		}
	}
	return nil
}
