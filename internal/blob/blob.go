// Package blob keeps bytes that never change: reads, results, other outputs.
// They are named by their SHA-256, so the same bytes are kept once, and what is
// read can be proved to be what was written.
//
// Two stores stand behind one interface, a directory ([OpenDir]) and an S3
// bucket ([OpenS3]); package blobtest holds what both must do.
//
// # Life of a blob
//
//	        Put, Adopt                        Put again: as young as new
//	bytes ──────────────▶ temporary ──▶ kept ◀──────────┐
//	                         │            │ ────────────┘
//	                  crash: │            │ Delete(unused since), by the collector
//	                  Sweep  ▼            ▼
//	                       gone       removed
//
// A blob appears whole or not at all. Between Put and the commit of the row that
// refers to it nothing does: the collector therefore spares what is young, and a
// Put of bytes that are there already makes them young again. Delete removes a
// blob only if it was not put again in between.
//
// The package must not know what the bytes mean, who may read them or what
// refers to them: that is the database's.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// Digest names a blob: the SHA-256 of its bytes as 64 lower-case hexadecimal
// digits, the form that results and the database have too. Stores check the form
// of every digest that they are given.
type Digest string

// ErrDigest says that bytes are not those that a digest names.
var ErrDigest = errors.New("the bytes do not have the digest that they should have")

// ParseDigest reads a digest that a person or another program wrote: in either
// case, with or without "sha256:" in front.
func ParseDigest(s string) (Digest, error) {
	d := Digest(strings.ToLower(strings.TrimPrefix(strings.TrimSpace(s), "sha256:")))
	if err := d.Check(); err != nil {
		return "", err
	}
	return d, nil
}

// SumOf is the digest of what a SHA-256 was fed.
func SumOf(h hash.Hash) Digest { return Digest(hex.EncodeToString(h.Sum(nil))) }

// Check refuses what is not a digest.
func (d Digest) Check() error {
	if len(d) != hex.EncodedLen(sha256.Size) || strings.Trim(string(d), "0123456789abcdef") != "" {
		return lab.Errorf(lab.Invalid, "not a SHA-256: 64 hexadecimal digits are expected")
	}
	return nil
}

// key is the place of a blob in a store, by digits of its digest, so that no
// folder has millions of entries: sha256/ab/cd/abcd….
func (d Digest) key() (string, error) {
	if err := d.Check(); err != nil {
		return "", err
	}
	return keyOf(d), nil
}

func keyOf(d Digest) string {
	return "sha256/" + string(d[:2]) + "/" + string(d[2:4]) + "/" + string(d)
}

// Info is what a store knows of a blob.
type Info struct {
	Digest Digest
	Size   int64     // bytes
	PutAt  time.Time // when it was put last; the resolution is the store's, a second at worst
	Known  bool      // told by Put and Adopt alone: the bytes were there before
}

// Store keeps blobs. Its methods are safe for concurrent use, by several
// processes too. A blob that is not there is a [lab.NotFound] error.
type Store interface {
	// Put keeps what r gives. If want is not empty, other bytes are refused with
	// ErrDigest and nothing is kept; r may then stay unread when the blob is there
	// already, so want must come from somebody who is trusted.
	Put(ctx context.Context, r io.Reader, want Digest) (Info, error)
	// Open opens a blob. The context holds for all reading.
	Open(ctx context.Context, d Digest) (Reader, error)
	Stat(ctx context.Context, d Digest) (Info, error)
	// Delete removes a blob, unless it was put after the time given: then it stays,
	// and the error is a lab.Conflict. The zero time removes it in any case. What
	// is not there needs no removal and is no error.
	Delete(ctx context.Context, d Digest, unusedSince time.Time) error
	// List gives the blobs whose digest is greater than after ("" for all), in the
	// order of their digests, and ends after an error.
	List(ctx context.Context, after Digest) iter.Seq2[Info, error]
}

// Reader reads a blob. ReadAt is safe for concurrent use, the rest for one
// goroutine.
type Reader interface {
	io.ReadSeekCloser
	io.ReaderAt
	Size() int64
}

// Adopter is a store that can take over a file of its own disk without copying.
type Adopter interface {
	// Adopt keeps a local file as a blob and removes it. The digest is trusted, as
	// the caller has just computed it; where bytes must be copied it is checked.
	Adopt(ctx context.Context, path string, d Digest) (Info, error)
}

// Sweeper is a store in which a crash can leave parts of blobs.
type Sweeper interface {
	// Sweep removes what nobody has written to since the time given, and tells how
	// many leftovers it removed.
	Sweep(ctx context.Context, idleSince time.Time) (int, error)
}

// Spacer is a store that knows how much more fits.
type Spacer interface {
	Free(ctx context.Context) (int64, error) // bytes
}

// Verify reads a whole blob and compares it with its name. The error is
// [ErrDigest] if the bytes have changed.
func Verify(ctx context.Context, s Store, d Digest) error {
	r, err := s.Open(ctx, d)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := io.Copy(io.Discard, Checked(r, d)); err != nil {
		return fmt.Errorf("verify blob %s: %w", d, err)
	}
	return nil
}

// Checked reads r and gives [ErrDigest] in place of io.EOF if it ends and was
// not what d names.
func Checked(r io.Reader, d Digest) io.Reader {
	return &checkedReader{r: r, sum: sha256.New(), want: d}
}

type checkedReader struct {
	r    io.Reader
	sum  hash.Hash
	want Digest
}

func (c *checkedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.sum.Write(p[:n])
	if err == io.EOF && SumOf(c.sum) != c.want {
		err = ErrDigest
	}
	return n, err
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

// refused is the error of bytes that are not those that want names.
func refused(got, want Digest) error {
	return fmt.Errorf("put blob %s: %w: %s", want, ErrDigest, got)
}

func notFound(d Digest) error {
	return lab.Errorf(lab.NotFound, "these bytes are not in the store: %s", d)
}

func putAgain(d Digest) error {
	return lab.Errorf(lab.Conflict, "these bytes were put again and stay: %s", d)
}
