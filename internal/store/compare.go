package store

import (
	"context"
	"fmt"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// ResultsByID returns results in the order of their ids, those that are not
// removed.
func (tx *Tx) ResultsByID(ctx context.Context, ids []int64) ([]lab.Result, error) {
	rows, err := all[lab.Result](ctx, tx, "SELECT * FROM results WHERE removed_at IS NULL AND id IN (?)", idList(ids))
	return byID(ids, rows, func(r *lab.Result) int64 { return r.ID }), err
}

// Comparison returns a fused result of chosen results.
func (tx *Tx) Comparison(ctx context.Context, id int64) (lab.Fused, error) {
	return one[lab.Fused](ctx, tx, fmt.Sprintf("comparison %d", id), "SELECT * FROM fused WHERE id = ? AND set_id IS NULL", id)
}

// ComparisonWith returns the comparison of the same inputs and options; ok is
// false when there is none.
func (tx *Tx) ComparisonWith(ctx context.Context, inputsKey string) (f lab.Fused, ok bool, err error) {
	return first(all[lab.Fused](ctx, tx, "SELECT * FROM fused WHERE inputs_key = ? AND set_id IS NULL ORDER BY id LIMIT 1", inputsKey))
}

// InsertComparison keeps a fused result of chosen results, and sets its id. Its
// blob must be kept already.
func (tx *Tx) InsertComparison(ctx context.Context, f *lab.Fused) (err error) {
	f.CreatedAt = tx.Now
	f.ID, err = value[int64](ctx, tx, "INSERT INTO fused (inputs_key, inputs, digest, size, created_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
		f.InputsKey, f.Inputs, f.Digest, f.Size, f.CreatedAt)
	return err
}

// TouchComparison notes that a comparison was asked for: the collector spares
// it.
func (tx *Tx) TouchComparison(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, "UPDATE fused SET created_at = ? WHERE id = ? AND set_id IS NULL", tx.Now, id)
	return err
}

// DropComparisons forgets comparisons that nobody asked for since. It returns
// how many there were; they are made anew when somebody asks.
func (tx *Tx) DropComparisons(ctx context.Context, before time.Time) (int64, error) {
	return tx.exec(ctx, "DELETE FROM fused WHERE set_id IS NULL AND created_at < ?", before.UTC())
}
