package store

import (
	"context"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

const sampleColumns = "id, name, sampling_date, info, pre_process_id, generation, creator_id, created_at, changed_at, trashed_at, discarded"

// SampleByID returns a sample, in the trash or not.
func (tx *Tx) SampleByID(ctx context.Context, id int64) (lab.Sample, error) {
	return one[lab.Sample](ctx, tx, "sample", "SELECT "+sampleColumns+" FROM samples WHERE id = ?", id)
}

// SamplesByID returns samples in the order of their ids; those that are not
// there are left out.
func (tx *Tx) SamplesByID(ctx context.Context, ids []int64) ([]lab.Sample, error) {
	rows, err := all[lab.Sample](ctx, tx, "SELECT "+sampleColumns+" FROM samples WHERE id IN (?)", idList(ids))
	return byID(ids, rows, func(s *lab.Sample) int64 { return s.ID }), err
}

// InsertSample adds a sample to sets and sets its id. The caller calls
// [Tx.Relist].
func (tx *Tx) InsertSample(ctx context.Context, s *lab.Sample, text lab.SampleText, sets []int64) (err error) {
	s.CreatedAt, s.ChangedAt = tx.Now, tx.Now
	s.Generation = max(s.Generation, 1)
	s.ID, err = value[int64](ctx, tx, `INSERT INTO samples (name, sampling_date, info, pre_process_id, generation, creator_id, created_at, changed_at, open_text, name_key)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		s.Name.Stored(), s.SamplingDate, s.Info, none(s.PreProcessID), s.Generation, none(s.CreatorID), s.CreatedAt, s.ChangedAt, text.Open, text.NameKey)
	if err != nil {
		return err
	}
	for _, set := range sets {
		if _, err := tx.AttachSample(ctx, s.ID, set); err != nil {
			return err
		}
	}
	return nil
}

// UpdateSample writes what can change of a sample. The caller calls [Tx.Relist]
// for its sets.
func (tx *Tx) UpdateSample(ctx context.Context, s *lab.Sample, text lab.SampleText) error {
	s.ChangedAt = tx.Now
	if _, err := tx.exec(ctx, "UPDATE samples SET name = ?, sampling_date = ?, info = ?, pre_process_id = ?, generation = ?, changed_at = ?, open_text = ?, name_key = ? WHERE id = ?",
		s.Name.Stored(), s.SamplingDate, s.Info, none(s.PreProcessID), s.Generation, s.ChangedAt, text.Open, text.NameKey, s.ID); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "UPDATE sample_sets SET day = ? WHERE sample_id = ? AND day <> ?0", s.SamplingDate, s.ID)
	return err
}

// AttachSample puts a sample into a set; it tells whether that changed anything.
func (tx *Tx) AttachSample(ctx context.Context, sampleID, setID int64) (bool, error) {
	n, err := tx.exec(ctx, `INSERT INTO sample_sets (sample_id, set_id, day) SELECT id, CAST(? AS BIGINT), sampling_date FROM samples WHERE id = ?
		ON CONFLICT DO NOTHING`, setID, sampleID)
	return n > 0, err
}

// DetachSample takes a sample out of a set; it tells whether that changed anything.
func (tx *Tx) DetachSample(ctx context.Context, sampleID, setID int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM sample_sets WHERE sample_id = ? AND set_id = ?", sampleID, setID)
	return n > 0, err
}

// Membership says that a sample is in a set.
type Membership struct {
	SampleID, SetID int64
	Kind            lab.SetKind // of the set
	Trashed         bool        // the set is in the trash
}

// MembershipsOf lists the sets of samples.
func (tx *Tx) MembershipsOf(ctx context.Context, samples []int64) ([]Membership, error) {
	return all[Membership](ctx, tx, `SELECT m.sample_id, m.set_id, s.kind, s.trashed_at IS NOT NULL AS trashed
		FROM sample_sets m JOIN sets s ON s.id = m.set_id WHERE m.sample_id IN (?) ORDER BY m.sample_id, m.set_id`, idList(samples))
}

// SamplesOf lists the samples of a set, those in the trash included.
func (tx *Tx) SamplesOf(ctx context.Context, setID int64) ([]int64, error) {
	return all[int64](ctx, tx, "SELECT sample_id FROM sample_sets WHERE set_id = ? ORDER BY sample_id", setID)
}

// SetSampleText writes by what a sample is found.
func (tx *Tx) SetSampleText(ctx context.Context, id int64, text lab.SampleText) error {
	_, err := tx.exec(ctx, "UPDATE samples SET open_text = ?, name_key = ? WHERE id = ?", text.Open, text.NameKey, id)
	return err
}

// LivingSamplesOf lists the samples of a set that are not in the trash.
func (tx *Tx) LivingSamplesOf(ctx context.Context, setID int64) ([]int64, error) {
	return all[int64](ctx, tx, `SELECT m.sample_id FROM sample_sets m JOIN samples p ON p.id = m.sample_id
		WHERE m.set_id = ? AND p.trashed_at IS NULL ORDER BY m.sample_id`, setID)
}

// LockSamplesOf makes others wait who change the samples of a set: of two who
// trash the last two sets of a sample, the second sees what the first did.
func (tx *Tx) LockSamplesOf(ctx context.Context, setID int64) error {
	if tx.dialect == SQLite {
		return nil // the transaction is the only writer
	}
	_, err := all[int64](ctx, tx, `SELECT id FROM samples WHERE id IN (SELECT sample_id FROM sample_sets WHERE set_id = ?) ORDER BY id FOR NO KEY UPDATE`, setID)
	return err
}

// LockSample makes others wait who change a sample.
func (tx *Tx) LockSample(ctx context.Context, id int64) error {
	if tx.dialect == SQLite {
		return nil
	}
	_, err := all[int64](ctx, tx, `SELECT id FROM samples WHERE id = ? FOR NO KEY UPDATE`, id)
	return err
}

// TrashSamplesOf puts those samples of a set into the trash that are in no
// living set any more, and returns their ids.
func (tx *Tx) TrashSamplesOf(ctx context.Context, setID int64) ([]int64, error) {
	return all[int64](ctx, tx, `UPDATE samples SET trashed_at = ?, changed_at = ?0 WHERE trashed_at IS NULL
		AND id IN (SELECT sample_id FROM sample_sets WHERE set_id = ?1)
		AND NOT EXISTS (SELECT 1 FROM sample_sets m JOIN sets s ON s.id = m.set_id WHERE m.sample_id = samples.id AND s.trashed_at IS NULL) RETURNING id`, tx.Now, setID)
}

// RestoreSamplesOf takes the samples of a set out of the trash, but those that
// went there by themselves, and returns their ids.
func (tx *Tx) RestoreSamplesOf(ctx context.Context, setID int64) ([]int64, error) {
	return all[int64](ctx, tx, `UPDATE samples SET trashed_at = NULL, changed_at = ? WHERE trashed_at IS NOT NULL AND NOT discarded
		AND id IN (SELECT sample_id FROM sample_sets WHERE set_id = ?) RETURNING id`, tx.Now, setID)
}

// DiscardSample puts a sample into the trash by itself.
func (tx *Tx) DiscardSample(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, "UPDATE samples SET trashed_at = ?, changed_at = ?0, discarded = TRUE WHERE id = ?1", tx.Now, id)
	return err
}

// RestoreSample takes a sample out of the trash.
func (tx *Tx) RestoreSample(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, "UPDATE samples SET trashed_at = NULL, changed_at = ?, discarded = FALSE WHERE id = ?", tx.Now, id)
	return err
}

// DiscardedSamples lists the samples that went into the trash by themselves
// before a time.
func (tx *Tx) DiscardedSamples(ctx context.Context, before time.Time, limit int) ([]int64, error) {
	return all[int64](ctx, tx, "SELECT id FROM samples WHERE discarded AND trashed_at < ? ORDER BY trashed_at LIMIT ?", before.UTC(), limit)
}

// DiscardedSamplesIn lists the samples in the trash whose set is not, of sets
// that are shared with one of the groups ([Everything]: of all), the last first.
func (tx *Tx) DiscardedSamplesIn(ctx context.Context, groups []int64, before int64, limit int) ([]int64, error) {
	if before == 0 {
		before = 1 << 62
	}
	return all[int64](ctx, tx, `SELECT p.id FROM samples p WHERE p.discarded AND p.id < ?0 AND EXISTS (
		SELECT 1 FROM sample_sets m JOIN set_listing l ON l.set_id = m.set_id AND l.group_id IN (?1) WHERE m.sample_id = p.id)
		ORDER BY p.id DESC LIMIT ?2`, before, idList(groups), limit)
}

// DeleteSamples removes samples for good, with their files and results.
func (tx *Tx) DeleteSamples(ctx context.Context, ids []int64) error {
	_, err := tx.exec(ctx, "DELETE FROM samples WHERE id IN (?)", idList(ids))
	return err
}

// SamplesOnlyIn lists the samples that are in the sets and in no other.
func (tx *Tx) SamplesOnlyIn(ctx context.Context, sets []int64) ([]int64, error) {
	return all[int64](ctx, tx, `SELECT DISTINCT m.sample_id FROM sample_sets m WHERE m.set_id IN (?0)
		AND NOT EXISTS (SELECT 1 FROM sample_sets o WHERE o.sample_id = m.sample_id AND o.set_id NOT IN (?0)) ORDER BY m.sample_id`, idList(sets))
}
