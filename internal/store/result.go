package store

import (
	"context"
	"fmt"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// resultColumns are those of lists: without the summary and the provenance,
// which are long.
const resultColumns = `id, sample_id, generation, config_id, config_revision_id, job_id, digest, size, reads_digest,
	reads, recombined, clonotypes, created_at, removed_at`

// KeepBlob notes that a blob is there and referred to, whoever found before
// that nothing does.
func (tx *Tx) KeepBlob(ctx context.Context, digest string, size int64) error {
	_, err := tx.exec(ctx, `INSERT INTO blobs (digest, size, created_at) VALUES (?, ?, ?)
		ON CONFLICT (digest) DO UPDATE SET orphaned_at = NULL`, digest, size, tx.Now)
	return err
}

// InsertResult adds a result, with its other files, and sets its id. Their
// blobs must be kept already.
func (tx *Tx) InsertResult(ctx context.Context, r *lab.Result, files []lab.ResultFile) (err error) {
	r.CreatedAt = tx.Now
	r.ID, err = value[int64](ctx, tx, `INSERT INTO results (sample_id, generation, config_id, config_revision_id, job_id, digest, size, reads_digest,
			reads, recombined, clonotypes, summary, provenance, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		r.SampleID, r.Generation, r.ConfigID, r.ConfigRevisionID, r.JobID, r.Digest, r.Size, r.ReadsDigest,
		r.Reads, r.Recombined, r.Clonotypes, r.Summary, r.Provenance, r.CreatedAt)
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, err := tx.exec(ctx, "INSERT INTO result_files (result_id, name, digest, size, media_type) VALUES (?, ?, ?, ?, ?)",
			r.ID, f.Name, f.Digest, f.Size, f.MediaType); err != nil {
			return err
		}
	}
	return nil
}

// ResultByID returns a result, removed or not.
func (tx *Tx) ResultByID(ctx context.Context, id int64) (lab.Result, error) {
	return one[lab.Result](ctx, tx, fmt.Sprintf("result %d", id), "SELECT * FROM results WHERE id = ?", id)
}

// ResultsOf lists the results of a sample that are not removed, the newest
// first.
func (tx *Tx) ResultsOf(ctx context.Context, sampleID int64) ([]lab.Result, error) {
	return all[lab.Result](ctx, tx, "SELECT * FROM results WHERE sample_id = ? AND removed_at IS NULL ORDER BY id DESC", sampleID)
}

// NewestResults lists, of each of the samples, the newest result of each config
// that is not removed; of one config when it is given. They come without
// summary and provenance.
func (tx *Tx) NewestResults(ctx context.Context, samples []int64, configID int64) ([]lab.Result, error) {
	return all[lab.Result](ctx, tx, `SELECT `+resultColumns+` FROM results WHERE id IN (
		SELECT max(id) FROM results WHERE removed_at IS NULL AND sample_id IN (?0) AND (?1 = 0 OR config_id = ?1) GROUP BY sample_id, config_id)
		ORDER BY sample_id, config_id`, idList(samples), configID)
}

// NewestJobs lists, of each of the samples, the newest job that makes a result
// by each config; of one config when it is given.
func (tx *Tx) NewestJobs(ctx context.Context, samples []int64, configID int64) ([]lab.Job, error) {
	return all[lab.Job](ctx, tx, `SELECT * FROM jobs WHERE id IN (
		SELECT max(id) FROM jobs WHERE sample_id IN (?0) AND kind IN ('analyze', 'import') AND (?1 = 0 OR config_id = ?1) GROUP BY sample_id, config_id)
		ORDER BY sample_id, config_id`, idList(samples), configID)
}

// ResultFiles lists the other outputs of a result by name.
func (tx *Tx) ResultFiles(ctx context.Context, resultID int64) ([]lab.ResultFile, error) {
	return all[lab.ResultFile](ctx, tx, "SELECT * FROM result_files WHERE result_id = ? ORDER BY name", resultID)
}

// RemoveResult marks a result as removed; it tells whether it was there.
func (tx *Tx) RemoveResult(ctx context.Context, id int64) (bool, error) {
	n, err := tx.exec(ctx, "UPDATE results SET removed_at = ? WHERE id = ? AND removed_at IS NULL", tx.Now, id)
	return n > 0, err
}

// RemovedResults lists results that were removed before a time, the first ones
// first.
func (tx *Tx) RemovedResults(ctx context.Context, before time.Time, limit int) ([]lab.Result, error) {
	return all[lab.Result](ctx, tx, "SELECT "+resultColumns+" FROM results WHERE removed_at < ? ORDER BY removed_at, id LIMIT ?", before.UTC(), limit)
}

// DeleteResults removes results for good.
func (tx *Tx) DeleteResults(ctx context.Context, ids []int64) error {
	_, err := tx.exec(ctx, "DELETE FROM results WHERE id IN (?)", idList(ids))
	return err
}

// Revisions lists config revisions by their ids.
func (tx *Tx) Revisions(ctx context.Context, ids []int64) ([]lab.ConfigRevision, error) {
	return all[lab.ConfigRevision](ctx, tx, "SELECT * FROM config_revisions WHERE id IN (?) ORDER BY id", idList(ids))
}

// Newest says what a config does now: its newest revision.
type Newest struct {
	ConfigID, RevisionID int64
	Number               int
}

// NewestRevisions lists the newest revision of each config.
func (tx *Tx) NewestRevisions(ctx context.Context) ([]Newest, error) {
	return all[Newest](ctx, tx, `SELECT config_id, id AS revision_id, number FROM config_revisions r
		WHERE number = (SELECT max(number) FROM config_revisions n WHERE n.config_id = r.config_id) ORDER BY config_id`)
}

// PreparedOf returns the reads that a pre-process made of a sample; ok is false
// when there are none.
func (tx *Tx) PreparedOf(ctx context.Context, sampleID int64, generation int, preProcessDigest string) (p lab.Prepared, ok bool, err error) {
	return first(all[lab.Prepared](ctx, tx, "SELECT * FROM prepared WHERE sample_id = ? AND generation = ? AND pre_process_digest = ?",
		sampleID, generation, preProcessDigest))
}

// PutPrepared keeps prepared reads in the place of any before.
func (tx *Tx) PutPrepared(ctx context.Context, p *lab.Prepared) error {
	p.CreatedAt = tx.Now
	_, err := tx.exec(ctx, `INSERT INTO prepared (sample_id, generation, pre_process_digest, inputs, digest, size, record, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (sample_id, generation, pre_process_digest) DO UPDATE SET inputs = excluded.inputs, digest = excluded.digest, size = excluded.size,
		record = excluded.record, created_at = excluded.created_at`,
		p.SampleID, p.Generation, p.PreProcessDigest, p.Inputs, p.Digest, p.Size, p.Record, p.CreatedAt)
	return err
}

// DropPrepared forgets the prepared reads of a sample.
func (tx *Tx) DropPrepared(ctx context.Context, sampleID int64) error {
	_, err := tx.exec(ctx, "DELETE FROM prepared WHERE sample_id = ?", sampleID)
	return err
}

// DropOldPrepared forgets prepared reads that nobody will analyse any more:
// those of replaced or removed reads. It returns how many there were.
func (tx *Tx) DropOldPrepared(ctx context.Context) (int64, error) {
	return tx.exec(ctx, `DELETE FROM prepared WHERE generation < (SELECT generation FROM samples s WHERE s.id = prepared.sample_id)
		OR EXISTS (SELECT 1 FROM files f WHERE f.sample_id = prepared.sample_id AND f.generation = prepared.generation AND f.state = 'removed')`)
}

// FileSums returns what mounted files were when they were first read, by file.
func (tx *Tx) FileSums(ctx context.Context, files []int64) (map[int64]lab.FileSum, error) {
	rows, err := all[lab.FileSum](ctx, tx, "SELECT * FROM file_sums WHERE file_id IN (?)", idList(files))
	sums := make(map[int64]lab.FileSum, len(rows))
	for _, r := range rows {
		sums[r.FileID] = r
	}
	return sums, err
}

// PutFileSum notes what a mounted file is, the first time.
func (tx *Tx) PutFileSum(ctx context.Context, s lab.FileSum) error {
	_, err := tx.exec(ctx, "INSERT INTO file_sums (file_id, digest, size, read_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", s.FileID, s.Digest, s.Size, tx.Now)
	return err
}

// SetFileState notes that a mounted file is there or missing, and how large it
// is; it tells whether that is news.
func (tx *Tx) SetFileState(ctx context.Context, id int64, from, to lab.FileState) (bool, error) {
	n, err := tx.exec(ctx, "UPDATE files SET state = ? WHERE id = ? AND state = ?", to, id, from)
	return n > 0, err
}
