package blob

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// objectReader reads an object of a bucket. A connection is opened by the first
// Read after Open or Seek and kept as long as reading goes on; when it breaks,
// another one goes on at the same byte: a file of 20 GB takes minutes, which not
// every connection survives.
type objectReader struct {
	ctx   context.Context //nolint:containedctx // io.Reader has no room for one
	store *S3
	key   string // prefix included
	size  int64

	at     int64 // of the next byte to be read
	body   io.ReadCloser
	broken int // connections lost without a byte in between
}

// maxBroken connections in a row that give no byte end the reading.
const maxBroken = 3

func (o *objectReader) Size() int64 { return o.size }

func (o *objectReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if o.at >= o.size {
			return 0, io.EOF
		}
		if err := context.Cause(o.ctx); err != nil {
			return 0, err
		}
		err := o.connect()
		if err == nil {
			var n int
			if n, err = o.body.Read(p); n > 0 {
				o.at, o.broken = o.at+int64(n), 0
				return n, nil
			}
			if err == nil {
				continue
			}
		}
		_ = o.Close() // the connection is broken anyway
		if o.broken++; o.broken >= maxBroken {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return 0, fmt.Errorf("read %s: %w", o.key, err)
		}
	}
}

func (o *objectReader) connect() error {
	if o.body != nil {
		return nil
	}
	body, err := o.get(o.at, o.size-1)
	if err != nil {
		return err
	}
	o.body = body
	return nil
}

// get asks for bytes first to last, both included.
func (o *objectReader) get(first, last int64) (io.ReadCloser, error) {
	out, err := o.store.client.GetObject(o.ctx, &s3.GetObjectInput{
		Bucket: &o.store.cfg.Bucket, Key: &o.key,
		Range: aws.String(fmt.Sprintf("bytes=%d-%d", first, last)),
	})
	if err != nil {
		return nil, objectError("read", o.key, err)
	}
	return out.Body, nil
}

func (o *objectReader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("read blob: negative offset")
	}
	if off >= o.size {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	part := p[:min(int64(len(p)), o.size-off)]
	body, err := o.get(off, off+int64(len(part))-1)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	n, err := io.ReadFull(body, part)
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

func (o *objectReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += o.at
	case io.SeekEnd:
		offset += o.size
	}
	if offset < 0 {
		return 0, errors.New("seek in blob: negative offset")
	}
	if offset != o.at {
		_ = o.Close() // the next Read opens another
		o.at = offset
	}
	return offset, nil
}

// Close ends the connection.
func (o *objectReader) Close() error {
	if o.body == nil {
		return nil
	}
	err := o.body.Close()
	o.body = nil
	return err
}
