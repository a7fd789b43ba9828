package pipeline

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/clonetable"
	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// fusedVersion is part of what names a fused result: it grows when the same
// inputs and options give another one.
const fusedVersion = 1

// sharedFrom keeps clonotypes of several samples from this share of the reads
// on, so that the candidates of contamination are complete.
const sharedFrom = 0.0001

// FuseOptions are the options of a config for package repertoire.
func FuseOptions(o *lab.Options) repertoire.Options {
	return repertoire.Options{
		Top: o.Fuse.Top, MinPerSystem: o.Fuse.MinPerSystem, Labelled: true, SharedFrom: sharedFrom,
		Distributions: o.Fuse.Distributions, Overlaps: o.Fuse.Overlaps, Producer: "vidjil",
	}
}

// InputsKey names a fused result by what it is made of: the results, in order,
// and the options.
func InputsKey(results []lab.Result, o repertoire.Options) string {
	o.Threads, o.Timestamp = 0, ""
	sum := sha256.New()
	sum.Write(fmt.Appendln(nil, fusedVersion, encode(o)))
	for i := range results {
		r := &results[i]
		sum.Write(fmt.Appendln(nil, r.ID, r.SampleID, r.ConfigID, r.ConfigRevisionID, r.Digest))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// FuseResults joins results, of which a fused result has a column each. Columns
// are known by the ids of sample and result, and by no name. seen, when given,
// is told of rows that were read, of all that results have; it must be safe for
// concurrent use.
func FuseResults(ctx context.Context, blobs blob.Store, results []lab.Result, o repertoire.Options, seen func(rows int64)) (_ *repertoire.Fused, err error) {
	inputs := make([]repertoire.Input, len(results))
	for i := range results {
		r := &results[i]
		b, openErr := blobs.Open(ctx, blob.Digest(r.Digest))
		if openErr != nil {
			return nil, fmt.Errorf("open result %d: %w", r.ID, openErr)
		}
		defer func() { err = errors.Join(err, b.Close()) }()
		t, openErr := clonetable.Open(b, b.Size())
		if openErr != nil {
			return nil, fmt.Errorf("open result %d: %w", r.ID, openErr)
		}
		inputs[i] = repertoire.Input{
			SampleID: r.SampleID, ConfigID: r.ConfigID, ConfigRevision: r.ConfigRevisionID, ResultID: r.ID,
			OriginalName: fmt.Sprintf("sample-%d", r.SampleID), Source: counted{t, seen},
		}
	}
	return repertoire.Fuse(ctx, inputs, o)
}

// counted tells of the rows that were read.
type counted struct {
	repertoire.Source
	seen func(rows int64)
}

func (c counted) Scan(ctx context.Context, want repertoire.Fields, visit func(*repertoire.Row) error) error {
	if c.seen == nil {
		return c.Source.Scan(ctx, want, visit)
	}
	const step = 4096
	var n atomic.Int64
	return c.Source.Scan(ctx, want, func(r *repertoire.Row) error {
		if n.Add(1)%step == 0 {
			c.seen(step)
		}
		return visit(r)
	})
}

// WriteFused writes a fused result as it is kept: a gzipped .vidjil file. The
// same result gives the same bytes.
func WriteFused(w io.Writer, f *repertoire.Fused) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := f.File().Write(z); err != nil {
		return err
	}
	return z.Close()
}

// ReadFused reads what WriteFused wrote.
func ReadFused(r io.Reader) (*repertoire.Fused, error) {
	file, err := vidjilfile.Read(r)
	if err != nil {
		return nil, err
	}
	return repertoire.Open(file)
}
