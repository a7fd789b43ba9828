package store

import (
	"context"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// InsertBundle adds an archive that is to be made, and sets its id.
func (tx *Tx) InsertBundle(ctx context.Context, b *lab.Bundle) (err error) {
	b.CreatedAt = tx.Now
	b.ID, err = value[int64](ctx, tx, "INSERT INTO bundles (user_id, reads, created_at) VALUES (?, ?, ?) RETURNING id", b.UserID, b.Reads, b.CreatedAt)
	return err
}

// SetBundleJob notes which job makes an archive.
func (tx *Tx) SetBundleJob(ctx context.Context, id, jobID int64) error {
	_, err := tx.exec(ctx, "UPDATE bundles SET job_id = ? WHERE id = ?", jobID, id)
	return err
}

// FinishBundle notes that an archive was made. Its blob must be kept already. It
// tells whether somebody still wants it.
func (tx *Tx) FinishBundle(ctx context.Context, b *lab.Bundle) (bool, error) {
	n, err := tx.exec(ctx, "UPDATE bundles SET digest = ?, size = ?, ready_at = ?, expires_at = ? WHERE id = ?", b.Digest, b.Size, b.ReadyAt.UTC(), b.ExpiresAt.UTC(), b.ID)
	return n > 0, err
}

// BundleByID returns an archive.
func (tx *Tx) BundleByID(ctx context.Context, id int64) (lab.Bundle, error) {
	return one[lab.Bundle](ctx, tx, "archive", "SELECT * FROM bundles WHERE id = ?", id)
}

// BundlesOf lists the archives of a person, the newest first.
func (tx *Tx) BundlesOf(ctx context.Context, userID int64) ([]lab.Bundle, error) {
	return all[lab.Bundle](ctx, tx, "SELECT * FROM bundles WHERE user_id = ? ORDER BY id DESC", userID)
}

// DeleteBundle removes a person's archive; it tells whether there was one.
func (tx *Tx) DeleteBundle(ctx context.Context, userID, id int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM bundles WHERE id = ? AND user_id = ?", id, userID)
	return n > 0, err
}

// DeleteBundlesOf removes all archives of a person.
func (tx *Tx) DeleteBundlesOf(ctx context.Context, userID int64) error {
	_, err := tx.exec(ctx, "DELETE FROM bundles WHERE user_id = ?", userID)
	return err
}

// PurgeBundles removes archives whose time is over, and those that were asked for
// before a time and never made.
func (tx *Tx) PurgeBundles(ctx context.Context, asked time.Time) (int64, error) {
	return tx.exec(ctx, "DELETE FROM bundles WHERE expires_at < ? OR ready_at IS NULL AND created_at < ?", tx.Now, asked.UTC())
}
