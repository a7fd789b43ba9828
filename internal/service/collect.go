package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// BlobGrace is how long bytes stay to which nothing refers, unless the server's
// config says otherwise.
const BlobGrace = 7 * 24 * time.Hour

// minBlobGrace is the shortest: bytes are put first, and the row that refers to
// them follows, after minutes at worst.
const minBlobGrace = time.Hour

// collectPiece is how many blobs are looked at in one transaction.
const collectPiece = 2000

// Collected is what a collection did.
type Collected struct {
	Orphaned int64 // blobs that were found to be without a reference
	Removed  int64 // blobs that were so for long enough
	Strays   int64 // bytes without a row that were removed
	Bytes    int64 // of what was removed
	Leftover int   // parts of blobs that a crash had left
}

// CollectBlobs removes bytes that nothing has referred to for the time of grace.
//
// Why nothing is lost, whenever it or anybody else is stopped: bytes are removed
// before their row. A crash in between leaves a row without bytes that nothing
// refers to, and the next collection removes it. Who comes to need the same bytes
// meanwhile puts them first, and commits a row that refers to them then. If the
// put comes before our removal, the blob is young again and the store refuses to
// remove it; if it comes after, the bytes are written anew. The row is removed
// only if still nothing refers to it, and who refers to it later inserts it
// anew. Bytes without a row are those that somebody put and has not referred to:
// they are left alone while they are young, which a put makes them, and so does
// the delivery of an upload that has waited for long.
func (s *Service) CollectBlobs(ctx context.Context, grace time.Duration) (c Collected, err error) {
	if grace == 0 {
		grace = BlobGrace
	}
	if grace < minBlobGrace {
		return c, lab.Errorf(lab.Usage, "blobs are kept for an hour at least")
	}
	for _, step := range []func(context.Context, time.Duration, *Collected) error{s.markOrphans, s.removeOrphans, s.removeStrays, s.sweepBlobs} {
		if err := step(ctx, grace, &c); err != nil {
			return c, fmt.Errorf("collect blobs: %w", err)
		}
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		purged(tx, "blobs", c.Removed+c.Strays, c.Bytes, nil)
		return nil
	})
	return c, err
}

func (s *Service) markOrphans(ctx context.Context, _ time.Duration, c *Collected) error {
	for after := ""; ; {
		err := s.write(ctx, func(tx *store.Tx) error {
			n, next, err := tx.MarkOrphans(ctx, after, collectPiece)
			c.Orphaned += n
			after = next
			return err
		})
		if err != nil || after == "" {
			return err
		}
	}
}

func (s *Service) removeOrphans(ctx context.Context, grace time.Duration, c *Collected) error {
	since := s.Now().Add(-grace)
	for after := ""; ; {
		var list []lab.Blob
		err := s.read(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.Orphans(ctx, since, after, collectPiece)
			return err
		})
		if err != nil || len(list) == 0 {
			return err
		}
		for _, b := range list {
			after = b.Digest
			if err := s.removeOrphan(ctx, &b, since, c); err != nil {
				return err
			}
		}
	}
}

func (s *Service) removeOrphan(ctx context.Context, b *lab.Blob, since time.Time, c *Collected) error {
	err := s.Blobs.Delete(ctx, blob.Digest(b.Digest), since)
	if lab.CodeOf(err) == lab.Conflict {
		// Put again, and not referred to yet: its time begins anew.
		return s.write(ctx, func(tx *store.Tx) error { return tx.RenewOrphan(ctx, b.Digest) })
	}
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		gone, err := tx.ForgetBlob(ctx, b.Digest, since)
		if gone {
			c.Removed, c.Bytes = c.Removed+1, c.Bytes+b.Size
		}
		return err
	})
}

// removeStrays removes bytes that have no row.
func (s *Service) removeStrays(ctx context.Context, grace time.Duration, c *Collected) error {
	since := s.Now().Add(-grace)
	var old []blob.Info
	flush := func() error {
		digests := make([]string, len(old))
		for i, b := range old {
			digests[i] = string(b.Digest)
		}
		known := map[string]bool{}
		err := s.read(ctx, func(tx *store.Tx) error {
			list, err := tx.KnownBlobs(ctx, digests)
			for _, d := range list {
				known[d] = true
			}
			return err
		})
		if err != nil {
			return err
		}
		for _, b := range old {
			if known[string(b.Digest)] {
				continue
			}
			err := s.Blobs.Delete(ctx, b.Digest, since)
			if lab.CodeOf(err) == lab.Conflict {
				continue
			}
			if err != nil {
				return err
			}
			c.Strays, c.Bytes = c.Strays+1, c.Bytes+b.Size
		}
		old = old[:0]
		return nil
	}
	for b, err := range s.Blobs.List(ctx, "") {
		if err != nil {
			return err
		}
		if !b.PutAt.Before(since) {
			continue
		}
		if old = append(old, b); len(old) == collectPiece {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func (s *Service) sweepBlobs(ctx context.Context, grace time.Duration, c *Collected) (err error) {
	if sweeper, ok := s.Blobs.(blob.Sweeper); ok {
		c.Leftover, err = sweeper.Sweep(ctx, s.Now().Add(-grace))
	}
	return err
}

// BlobFault is what is wrong with the bytes that a row names.
type BlobFault struct {
	Digest string
	Lost   bool // they are not there; otherwise they have changed
}

// VerifyBlobs reads the bytes of all blobs that the database knows of, and calls
// report for each that is lost or damaged. It goes on after one of them, and ends
// with the first error of another kind.
func (s *Service) VerifyBlobs(ctx context.Context, report func(BlobFault)) (verified int64, err error) {
	for after := ""; ; {
		var list []lab.Blob
		err := s.read(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.Blobs(ctx, after, collectPiece)
			return err
		})
		if err != nil || len(list) == 0 {
			return verified, err
		}
		for _, b := range list {
			after = b.Digest
			err := blob.Verify(ctx, s.Blobs, blob.Digest(b.Digest))
			switch {
			case err == nil:
				verified++
			case errors.Is(err, blob.ErrDigest):
				report(BlobFault{Digest: b.Digest})
			case lab.CodeOf(err) == lab.NotFound:
				if b.OrphanedAt.IsZero() { // one that is being collected is not lost
					report(BlobFault{Digest: b.Digest, Lost: true})
				}
			default:
				return verified, fmt.Errorf("verify blob %s: %w", b.Digest, err)
			}
		}
	}
}
