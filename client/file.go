package client

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// FileContent is the bytes of a file. Whoever got it closes it.
type FileContent struct {
	io.ReadCloser

	Name string // its own, or a neutral one where one may not know it
	Size int64  // bytes that come; -1 when not known
}

// FileContent downloads a file of a sample from an offset on.
func (c *Client) FileContent(ctx context.Context, fileID, offset int64) (*FileContent, error) {
	r := get(fmt.Sprintf("/files/%d/content", fileID), nil)
	if offset > 0 {
		r.header = http.Header{"Range": {fmt.Sprintf("bytes=%d-", offset)}}
	}
	res, err := c.send(ctx, r) //nolint:bodyclose // the caller closes the content
	if err != nil {
		return nil, err
	}
	out := &FileContent{ReadCloser: res.Body, Size: res.ContentLength}
	if _, params, err := mime.ParseMediaType(res.Header.Get("Content-Disposition")); err == nil {
		out.Name = params["filename"]
	}
	return out, nil
}
