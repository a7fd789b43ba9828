package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"os"

	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/lab"
)

// input is an open file, decompressed, and what it holds, "" for what is none of
// the known kinds.
type input struct {
	io.Reader

	content content.Kind
	closers []io.Closer
}

// openInput opens a file, "-" for standard input, and tells what it holds.
func openInput(path string, s *streams) (*input, error) {
	var in input
	raw := s.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, readError(path, err)
		}
		in.closers = append(in.closers, f)
		raw = f
	}
	r := bufio.NewReaderSize(raw, content.HeadBytes)
	if magic, _ := r.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		zip, err := gzip.NewReader(r)
		if err != nil {
			return nil, in.failed(readError(path, err))
		}
		r = bufio.NewReaderSize(zip, content.HeadBytes)
	}
	head, err := r.Peek(content.HeadBytes)
	if err != nil && len(head) == 0 {
		if err == io.EOF {
			return nil, in.failed(lab.Errorf(lab.Invalid, "read %s: the file is empty", path))
		}
		return nil, in.failed(readError(path, err))
	}
	in.Reader = r
	// The error is about reads that cannot be used; the caller wants something else.
	in.content, _ = content.Sniff(head)
	return &in, nil
}

func (in *input) failed(err error) error {
	in.Close()
	return err
}

// Close closes the file. It was read only: an error here loses nothing.
func (in *input) Close() {
	for _, c := range in.closers {
		_ = c.Close()
	}
}

// wants refuses a file of another content.
func (in *input) wants(name, what string) error {
	if in.content == "" {
		return lab.Errorf(lab.Invalid, "read %s: what it holds is not known; %s", name, what)
	}
	return lab.Errorf(lab.Invalid, "read %s: it holds %s; %s", name, in.content, what)
}

// readError names the file, and tells a missing one from a broken one.
func readError(path string, err error) error {
	code := lab.Invalid
	if os.IsNotExist(err) {
		code = lab.NotFound
	}
	return lab.Errorf(code, "read %s: %w", path, reason(err))
}
