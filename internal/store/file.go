package store

import (
	"context"

	"vidjil.org/vidjil/internal/lab"
)

const fileColumns = "id, sample_id, generation, role, lane, name, state, size, digest, source, path, reason, created_at"

// FileByID returns a file.
func (tx *Tx) FileByID(ctx context.Context, id int64) (lab.File, error) {
	return one[lab.File](ctx, tx, "file", "SELECT "+fileColumns+" FROM files WHERE id = ?", id)
}

// FilesOf lists the files of samples, of all generations, those of the newest
// first, in the order of lanes and roles.
func (tx *Tx) FilesOf(ctx context.Context, samples []int64) ([]lab.File, error) {
	return all[lab.File](ctx, tx, "SELECT "+fileColumns+" FROM files WHERE sample_id IN (?) ORDER BY sample_id, generation DESC, lane, role, id", idList(samples))
}

// InsertFile adds a file to a sample and sets its id.
func (tx *Tx) InsertFile(ctx context.Context, f *lab.File) (err error) {
	f.CreatedAt = tx.Now
	f.ID, err = value[int64](ctx, tx, `INSERT INTO files (sample_id, generation, role, lane, name, state, size, digest, source, path, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		f.SampleID, f.Generation, f.Role, f.Lane, f.Name.Stored(), f.State, f.Size, none(f.Digest), f.Source, f.Path.Stored(), f.CreatedAt)
	return err
}

// UpdateFile writes where the bytes of a file are. Lists change by it: the use
// case calls changed.
func (tx *Tx) UpdateFile(ctx context.Context, f *lab.File) error {
	_, err := tx.exec(ctx, "UPDATE files SET name = ?, state = ?, size = ?, digest = ?, source = ?, path = ?, reason = ? WHERE id = ?",
		f.Name.Stored(), f.State, f.Size, none(f.Digest), f.Source, f.Path.Stored(), f.Reason, f.ID)
	return err
}

// RemoveFiles forgets the bytes of all files of a sample, and gives up their
// uploads. It returns the number of files that had or awaited bytes.
func (tx *Tx) RemoveFiles(ctx context.Context, sampleID int64) (int64, error) {
	if err := tx.abandonUploads(ctx, sampleID); err != nil {
		return 0, err
	}
	return tx.exec(ctx, "UPDATE files SET state = 'removed', digest = NULL, source = '', path = '' WHERE sample_id = ? AND state <> 'removed'", sampleID)
}

// AwaitNoFiles gives up the files of a sample that never came, before others
// take their place.
func (tx *Tx) AwaitNoFiles(ctx context.Context, sampleID int64) error {
	if err := tx.abandonUploads(ctx, sampleID); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "UPDATE files SET state = 'removed' WHERE sample_id = ? AND state = 'expected'", sampleID)
	return err
}

func (tx *Tx) abandonUploads(ctx context.Context, sampleID int64) error {
	_, err := tx.exec(ctx, `UPDATE uploads SET state = 'abandoned', reason = 'the file was removed or replaced', changed_at = ?
		WHERE state = 'receiving' AND file_id IN (SELECT id FROM files WHERE sample_id = ?)`, tx.Now, sampleID)
	return err
}
