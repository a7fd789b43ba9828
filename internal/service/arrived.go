package service

import (
	"context"

	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/store"
)

// arrived is called, in the same transaction, by every use case by which bytes
// of a sample's file came. With the last of them, what waited for them starts,
// and what runs by itself on what arrives.
func (s *Service) arrived(ctx context.Context, tx *store.Tx, sampleID int64) error {
	sample, err := tx.SampleByID(ctx, sampleID)
	if err != nil || !sample.TrashedAt.IsZero() {
		return err
	}
	_, err = pipeline.Arrived(ctx, tx, sample)
	return err
}
