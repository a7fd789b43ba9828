package service

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/store"
)

// MaxCompared is the number of results that are compared at once.
const MaxCompared = 500

// Comparison says which results to put side by side.
type Comparison struct {
	Results []int64 // these, or
	Samples []int64 // the newest of these samples
	Config  int64   // by this config
	Top     int     // clonotypes of each that are kept; 0 is the config's, or 100
}

func (q *Comparison) check() error {
	var f lab.Faults
	f.Require((len(q.Results) > 0) != (len(q.Samples) > 0), "result_ids", "want results, or samples and a config")
	f.Require(len(q.Samples) == 0 || q.Config != 0, "config_id", "is missing")
	f.Require(max(len(q.Results), len(q.Samples)) <= MaxCompared, "result_ids", "want at most %d", MaxCompared)
	f.Require(q.Top >= 0 && q.Top <= MaxTop, "top", "want a number from 0 to %d", MaxTop)
	seen := map[int64]bool{}
	for _, id := range slices.Concat(q.Results, q.Samples) {
		f.Require(!seen[id], "result_ids", "%d is there twice", id)
		seen[id] = true
	}
	return f.Err()
}

// Compare joins chosen results of any sets, in the order given, and returns the
// number of the comparison. The actor must be able to see each of the samples.
// What was compared before is not joined again.
func (s *Service) Compare(ctx context.Context, who *Actor, q Comparison) (id int64, err error) {
	if err := who.require(); err != nil {
		return 0, err
	}
	if err := q.check(); err != nil {
		return 0, err
	}
	o := &opener{who: who}
	f := &foundFused{}
	var options lab.Options
	err = s.read(ctx, func(tx *store.Tx) (err error) {
		if f.configs, err = usableConfigs(ctx, tx, who); err != nil {
			return err
		}
		if err := f.compared(ctx, tx, o, &q); err != nil {
			return err
		}
		rev, err := tx.ConfigRevision(ctx, f.results[0].ConfigRevisionID)
		if err != nil {
			return err
		}
		options, err = lab.ParseOptions(rev.Options)
		return err
	})
	if err != nil {
		return 0, err
	}
	if q.Top != 0 {
		options.Fuse.Top = q.Top
	}
	options.Fuse.Overlaps = true // it is what comparing is for, and costs little
	row, err := s.comparison(ctx, f.results, options)
	if err != nil {
		return 0, err
	}
	e := who.entry("result.compare", "comparison", row.ID)
	e.After = `{"results":` + row.Inputs + `}`
	return row.ID, s.write(ctx, func(tx *store.Tx) error {
		tx.Audit(e)
		return nil
	})
}

// compared loads the results in the order asked for.
func (f *foundFused) compared(ctx context.Context, tx *store.Tx, o *opener, q *Comparison) error {
	gone := lab.Errorf(lab.NotFound, "one of the results is not there")
	ids := q.Results
	if len(q.Samples) > 0 {
		gone = lab.Errorf(lab.NotFound, "one of the samples is not there, or has no result by config %d", q.Config)
		newest, err := tx.NewestResults(ctx, q.Samples, q.Config)
		if err != nil {
			return err
		}
		of := map[int64]int64{}
		for i := range newest {
			of[newest[i].SampleID] = newest[i].ID
		}
		ids = make([]int64, len(q.Samples))
		for i, sample := range q.Samples {
			ids[i] = of[sample]
		}
	}
	return f.ofResults(ctx, tx, o, ids, gone)
}

// comparison returns the fused result of results, made if it is not there.
func (s *Service) comparison(ctx context.Context, results []lab.Result, options lab.Options) (row lab.Fused, err error) {
	o := pipeline.FuseOptions(&options)
	key := pipeline.InputsKey(results, o)
	var twin lab.Fused
	err = s.write(ctx, func(tx *store.Tx) (err error) {
		found := false
		if row, found, err = tx.ComparisonWith(ctx, key); err != nil {
			return err
		}
		if found {
			return tx.TouchComparison(ctx, row.ID)
		}
		twin, _, err = tx.FusedWith(ctx, key)
		return err
	})
	if err != nil || row.ID != 0 {
		return row, err
	}
	row = lab.Fused{InputsKey: key, Digest: twin.Digest, Size: twin.Size}
	if twin.ID == 0 {
		if row.Digest, row.Size, err = s.writeComparison(ctx, results, options); err != nil {
			return row, err
		}
	}
	ids := make([]int64, len(results))
	for i := range results {
		ids[i] = results[i].ID
	}
	row.Inputs = encode(ids)
	err = s.write(ctx, func(tx *store.Tx) error {
		if err := tx.KeepBlob(ctx, row.Digest, row.Size); err != nil {
			return err
		}
		// Two who ask at the same time get the same.
		if made, found, err := tx.ComparisonWith(ctx, key); err != nil || found {
			row = made
			return err
		}
		return tx.InsertComparison(ctx, &row)
	})
	return row, err
}

func (s *Service) writeComparison(ctx context.Context, results []lab.Result, options lab.Options) (digest string, size int64, err error) {
	fused, err := s.fuse(ctx, results, pipeline.FuseOptions(&options))
	if err != nil {
		return "", 0, err
	}
	var b bytes.Buffer
	if err := pipeline.WriteFused(&b, fused); err != nil {
		return "", 0, err
	}
	made, err := s.Blobs.Put(ctx, &b, "")
	if err != nil {
		return "", 0, fmt.Errorf("keep comparison: %w", err)
	}
	return string(made.Digest), made.Size, nil
}

// PurgeComparisons forgets comparisons that nobody asked for since a time; the
// collector then removes their blobs.
func (s *Service) PurgeComparisons(ctx context.Context, before time.Time) (n int64, err error) {
	err = s.write(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.DropComparisons(ctx, before)
		purged(tx, "comparisons", n, 0, nil)
		return err
	})
	return n, err
}
