package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"vidjil.org/vidjil/internal/lab"
)

// referred is the condition that something refers to the blob b: all columns with
// a foreign key to blobs, which a test compares with the schema.
const referred = `(EXISTS (SELECT 1 FROM files r WHERE r.digest = b.digest)
	OR EXISTS (SELECT 1 FROM results r WHERE r.digest = b.digest)
	OR EXISTS (SELECT 1 FROM result_files r WHERE r.digest = b.digest)
	OR EXISTS (SELECT 1 FROM prepared r WHERE r.digest = b.digest)
	OR EXISTS (SELECT 1 FROM fused r WHERE r.digest = b.digest)
	OR EXISTS (SELECT 1 FROM bundles r WHERE r.digest = b.digest)
	OR EXISTS (SELECT 1 FROM transfer_pieces r WHERE r.digest = b.digest))`

// MarkOrphans marks the blobs that nothing refers to, and clears the mark of
// others, among the next ones by digest. It tells how many it marked, and the
// digest after which to go on, "" at the end: piece by piece, so that nobody
// waits long for the database.
func (tx *Tx) MarkOrphans(ctx context.Context, after string, piece int) (marked int64, next string, err error) {
	next, err = value[string](ctx, tx, "SELECT digest FROM blobs WHERE digest > ? ORDER BY digest LIMIT 1 OFFSET ?", after, piece-1)
	if err != nil {
		return 0, "", fmt.Errorf("mark orphaned blobs: %w", err)
	}
	where := tx.raw("b.digest > ?", after)
	if next != "" {
		where += tx.raw(" AND b.digest <= ?", next)
	}
	marked, err = tx.exec(ctx, "UPDATE blobs AS b SET orphaned_at = ? WHERE ? AND b.orphaned_at IS NULL AND NOT "+referred, tx.Now, where)
	if err == nil {
		_, err = tx.exec(ctx, "UPDATE blobs AS b SET orphaned_at = NULL WHERE ? AND b.orphaned_at IS NOT NULL AND "+referred, where)
	}
	if err != nil {
		return 0, "", fmt.Errorf("mark orphaned blobs: %w", err)
	}
	return marked, next, nil
}

// Orphans lists blobs that have been without a reference since a time, and still
// are, in the order of their digests, those after one.
func (tx *Tx) Orphans(ctx context.Context, since time.Time, after string, limit int) ([]lab.Blob, error) {
	return all[lab.Blob](ctx, tx, "SELECT b.* FROM blobs b WHERE b.orphaned_at < ? AND b.digest > ? AND NOT "+referred+" ORDER BY b.digest LIMIT ?", since.UTC(), after, limit)
}

// ForgetBlob removes the row of a blob whose bytes are gone, unless something
// refers to it, or has meanwhile, when its bytes have come again.
func (tx *Tx) ForgetBlob(ctx context.Context, digest string, since time.Time) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM blobs AS b WHERE b.digest = ? AND b.orphaned_at < ? AND NOT "+referred, digest, since.UTC())
	return n > 0, err
}

// RenewOrphan begins the time of an orphan anew: its bytes were put again.
func (tx *Tx) RenewOrphan(ctx context.Context, digest string) error {
	_, err := tx.exec(ctx, "UPDATE blobs SET orphaned_at = ? WHERE digest = ? AND orphaned_at IS NOT NULL", tx.Now, digest)
	return err
}

// Blobs lists blobs in the order of their digests, those after one.
func (tx *Tx) Blobs(ctx context.Context, after string, limit int) ([]lab.Blob, error) {
	return all[lab.Blob](ctx, tx, "SELECT * FROM blobs WHERE digest > ? ORDER BY digest LIMIT ?", after, limit)
}

// KnownBlobs are those of the digests that have a row.
func (tx *Tx) KnownBlobs(ctx context.Context, digests []string) ([]string, error) {
	if len(digests) == 0 {
		return nil, nil
	}
	return all[string](ctx, tx, "SELECT digest FROM blobs WHERE digest IN (?)", bun.List(digests))
}

// MountedFiles lists files of mounted folders that are there or missing, by id,
// those after one.
func (tx *Tx) MountedFiles(ctx context.Context, after int64, limit int) ([]lab.File, error) {
	return all[lab.File](ctx, tx, "SELECT "+fileColumns+" FROM files WHERE source <> '' AND state IN ('present', 'missing') AND id > ? ORDER BY id LIMIT ?", after, limit)
}

// FilesWithDigest lists the files that have the same bytes.
func (tx *Tx) FilesWithDigest(ctx context.Context, digest string, limit int) ([]lab.File, error) {
	return all[lab.File](ctx, tx, "SELECT "+fileColumns+" FROM files WHERE digest = ? ORDER BY id LIMIT ?", digest, limit)
}
