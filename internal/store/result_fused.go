package store

import (
	"context"

	"vidjil.org/vidjil/internal/lab"
)

// SetConfig is a set with one of the configs by which something was made of it.
type SetConfig struct {
	SetID, ConfigID int64
	GroupID         int64 // the owner of the set
}

// FusesOf lists the sets, of those that are not in the trash, with each config
// of which they have results or a fused result.
func (tx *Tx) FusesOf(ctx context.Context, sets []int64) ([]SetConfig, error) {
	return all[SetConfig](ctx, tx, `SELECT x.set_id, x.config_id, s.group_id FROM (
			SELECT m.set_id, r.config_id FROM sample_sets m JOIN results r ON r.sample_id = m.sample_id WHERE m.set_id IN (?0) AND r.removed_at IS NULL
			UNION SELECT set_id, config_id FROM fused WHERE set_id IN (?0)
		) x JOIN sets s ON s.id = x.set_id WHERE s.trashed_at IS NULL ORDER BY x.set_id, x.config_id`, idList(sets))
}

// FuseInputs lists what is fused of a set and config: the newest results of its
// samples that are not in the trash, in the order of their sampling dates; those
// without a date last, and equal ones by number. They come without summary and
// provenance.
func (tx *Tx) FuseInputs(ctx context.Context, setID, configID int64) ([]lab.Result, error) {
	return all[lab.Result](ctx, tx, `SELECT r.id, r.sample_id, r.generation, r.config_id, r.config_revision_id, r.job_id,
			r.digest, r.size, r.reads_digest, r.reads, r.recombined, r.clonotypes, r.created_at, r.removed_at
		FROM results r JOIN sample_sets m ON m.sample_id = r.sample_id AND m.set_id = ?0
		JOIN samples p ON p.id = r.sample_id AND p.trashed_at IS NULL
		WHERE r.id IN (SELECT max(n.id) FROM sample_sets k JOIN results n ON n.sample_id = k.sample_id
			WHERE k.set_id = ?0 AND n.config_id = ?1 AND n.removed_at IS NULL GROUP BY n.sample_id)
		ORDER BY CASE m.day WHEN '' THEN 1 ELSE 0 END, m.day, r.sample_id`, setID, configID)
}

// FusedFor returns the fused result of a set and config; ok is false when there
// is none.
func (tx *Tx) FusedFor(ctx context.Context, setID, configID int64) (f lab.Fused, ok bool, err error) {
	return first(all[lab.Fused](ctx, tx, "SELECT * FROM fused WHERE set_id = ? AND config_id = ?", setID, configID))
}

// FusedWith returns a fused result of the same inputs and options, of whatever
// set.
func (tx *Tx) FusedWith(ctx context.Context, inputsKey string) (f lab.Fused, ok bool, err error) {
	return first(all[lab.Fused](ctx, tx, "SELECT * FROM fused WHERE inputs_key = ? ORDER BY id LIMIT 1", inputsKey))
}

// PutFused keeps the fused result of a set and config in the place of the one
// before. Its blob must be kept already.
func (tx *Tx) PutFused(ctx context.Context, f *lab.Fused) (err error) {
	f.CreatedAt = tx.Now
	f.ID, err = value[int64](ctx, tx, `INSERT INTO fused (set_id, config_id, inputs_key, inputs, digest, size, fresh, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (set_id, config_id) DO UPDATE SET inputs_key = excluded.inputs_key, inputs = excluded.inputs, digest = excluded.digest,
		size = excluded.size, fresh = excluded.fresh, created_at = excluded.created_at RETURNING id`,
		f.SetID, f.ConfigID, f.InputsKey, f.Inputs, f.Digest, f.Size, f.Fresh, f.CreatedAt)
	return err
}

// FreshenFused notes that the fused result of a set and config shows what there
// is.
func (tx *Tx) FreshenFused(ctx context.Context, setID, configID int64) error {
	_, err := tx.exec(ctx, "UPDATE fused SET fresh = TRUE WHERE set_id = ? AND config_id = ? AND NOT fresh", setID, configID)
	return err
}

// StaleFusedOf notes that the fused results of sets and one config do not show
// what is there any more.
func (tx *Tx) StaleFusedOf(ctx context.Context, sets []int64, configID int64) error {
	_, err := tx.exec(ctx, "UPDATE fused SET fresh = FALSE WHERE set_id IN (?) AND config_id = ? AND fresh", idList(sets), configID)
	return err
}

// DropFused forgets the fused result of a set and config, of which nothing is
// left to fuse.
func (tx *Tx) DropFused(ctx context.Context, setID, configID int64) error {
	_, err := tx.exec(ctx, "DELETE FROM fused WHERE set_id = ? AND config_id = ?", setID, configID)
	return err
}
