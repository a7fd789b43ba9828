package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"vidjil.org/vidjil/internal/lab"
)

// InsertUpload adds an upload; its id is given.
func (tx *Tx) InsertUpload(ctx context.Context, u *lab.Upload) error {
	u.CreatedAt, u.ChangedAt = tx.Now, tx.Now
	_, err := tx.exec(ctx, "INSERT INTO uploads (id, user_id, token_id, actor_id, file_id, size, state, reason, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		u.ID, u.UserID, u.TokenID, u.ActorID, u.FileID, u.Size, u.State, u.Reason, u.CreatedAt, u.ChangedAt)
	return err
}

// UploadByID returns an upload.
func (tx *Tx) UploadByID(ctx context.Context, id string) (lab.Upload, error) {
	return one[lab.Upload](ctx, tx, "upload", "SELECT * FROM uploads WHERE id = ?", id)
}

// UpdateUpload writes who sends an upload and where it is.
func (tx *Tx) UpdateUpload(ctx context.Context, u *lab.Upload) error {
	u.ChangedAt = tx.Now
	_, err := tx.exec(ctx, "UPDATE uploads SET user_id = ?, token_id = ?, actor_id = ?, state = ?, reason = ?, changed_at = ? WHERE id = ?",
		u.UserID, u.TokenID, u.ActorID, u.State, u.Reason, u.ChangedAt, u.ID)
	return err
}

// SupersedeUpload gives up the upload that a file has, for another one of the
// same file.
func (tx *Tx) SupersedeUpload(ctx context.Context, fileID int64) error {
	_, err := tx.exec(ctx, "UPDATE uploads SET state = 'abandoned', reason = 'another upload of this file was begun', changed_at = ? WHERE state = 'receiving' AND file_id = ?", tx.Now, fileID)
	return err
}

// UploadsOf lists the last upload of each file of a sample, by file.
func (tx *Tx) UploadsOf(ctx context.Context, sampleID int64) ([]lab.Upload, error) {
	return all[lab.Upload](ctx, tx, `SELECT u.* FROM uploads u JOIN files f ON f.id = u.file_id WHERE f.sample_id = ?
		AND NOT EXISTS (SELECT 1 FROM uploads n WHERE n.file_id = u.file_id AND (n.created_at, n.id) > (u.created_at, u.id)) ORDER BY u.file_id`, sampleID)
}

// ReceivingUploads are those of the ids that are not ended.
func (tx *Tx) ReceivingUploads(ctx context.Context, ids []string) ([]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return all[string](ctx, tx, "SELECT id FROM uploads WHERE state = 'receiving' AND id IN (?)", bun.List(ids))
}

// IdleUploads are the ids of uploads that have not ended, and were begun or taken
// over before a time.
func (tx *Tx) IdleUploads(ctx context.Context, before time.Time) ([]string, error) {
	return all[string](ctx, tx, "SELECT id FROM uploads WHERE state = 'receiving' AND changed_at < ? ORDER BY id", before.UTC())
}

// ForgetUploads removes uploads that ended before a time.
func (tx *Tx) ForgetUploads(ctx context.Context, before time.Time) (int64, error) {
	return tx.exec(ctx, "DELETE FROM uploads WHERE state IN ('finished', 'abandoned') AND changed_at < ?", before.UTC())
}

// QuotaUse is the number of bytes of reads that the sets of a group and of the
// groups below it have in the store, or on their way there. A file that is in
// several of the sets counts once; one of a mounted folder takes no room.
func (tx *Tx) QuotaUse(ctx context.Context, groupID int64) (int64, error) {
	const owned = `f.sample_id IN (SELECT m.sample_id FROM sample_sets m JOIN sets s ON s.id = m.set_id JOIN groups g ON g.id = s.group_id
		WHERE g.id = ?0 OR g.parent_id = ?0)`
	return value[int64](ctx, tx, `SELECT CAST(
		(SELECT COALESCE(SUM(f.size), 0) FROM files f WHERE f.state = 'present' AND f.source = '' AND `+owned+`) +
		(SELECT COALESCE(SUM(u.size), 0) FROM uploads u JOIN files f ON f.id = u.file_id WHERE u.state = 'receiving' AND `+owned+`) AS BIGINT)`, groupID)
}

// QuotaUseOfPerson is the bytes of reads in samples that a person made: those
// that are there, and those on their way.
func (tx *Tx) QuotaUseOfPerson(ctx context.Context, userID int64) (int64, error) {
	const made = `f.sample_id IN (SELECT m.id FROM samples m WHERE m.creator_id = ?0)`
	return value[int64](ctx, tx, `SELECT CAST(
		(SELECT COALESCE(SUM(f.size), 0) FROM files f WHERE f.state = 'present' AND f.source = '' AND `+made+`) +
		(SELECT COALESCE(SUM(u.size), 0) FROM uploads u JOIN files f ON f.id = u.file_id WHERE u.state = 'receiving' AND `+made+`) AS BIGINT)`, userID)
}

// HasToken tells whether an API token of a person is still there, expired or not.
func (tx *Tx) HasToken(ctx context.Context, userID, id int64) (bool, error) {
	n, err := value[int64](ctx, tx, "SELECT count(*) FROM tokens WHERE id = ? AND user_id = ?", id, userID)
	return n > 0, err
}
