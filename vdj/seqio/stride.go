package seqio

import (
	"fmt"
	"io"
	"math/bits"
)

// probeBytes is how much text of each source is read to estimate its number of reads: 16 MiB take 0.05 s and are
// the first 30 000 reads of 250 nt.
const probeBytes = 16 << 20

// stride keeps n of every total reads, evenly spread: read i is kept if (i+1)·n/total passes the next whole
// number. The zero value keeps all.
type stride struct{ n, total uint64 }

func (s stride) keeps(read int64) bool {
	if s.n >= s.total {
		return true
	}
	// (read·n) mod total ≥ total − n, in 128 bits.
	hi, lo := bits.Mul64(uint64(read), s.n)
	_, rest := bits.Div64(hi%s.total, lo, s.total)
	return rest >= s.total-s.n
}

// planSampling estimates the number of reads of the sample and how to keep about opt.SampledReads of them.
func planSampling(sources []Source, opt Options) (stride, error) {
	var total float64
	for _, src := range sources {
		if src.Size <= 0 {
			return stride{}, fmt.Errorf("sample reads of %s: %w: it is not a file, so use a number of first reads instead", src.Name, ErrUnknownSize)
		}
		reads, err := estimateReads(src, opt, probeBytes)
		if err != nil {
			return stride{}, err
		}
		total += reads
	}
	if opt.FirstReads > 0 {
		total = min(total, float64(opt.FirstReads))
	}
	return stride{uint64(opt.SampledReads), uint64(total + 0.5)}, nil
}

// estimateReads counts the reads of a source that is short, and extrapolates those of a longer one from its
// first probe bytes of text by the size of its compressed bytes.
func estimateReads(src Source, opt Options, probe int) (float64, error) {
	r, err := NewReader([]Source{src}, Options{MaxRecordBytes: opt.MaxRecordBytes, Threads: 1})
	if err != nil {
		return 0, err
	}
	defer func() { _ = r.Close() }() // only read from
	var b Block
	for text := 0; text < probe; text += len(b.Data) {
		switch err := r.Next(&b); {
		case err == io.EOF:
			return float64(r.Reads()), nil
		case err != nil:
			return 0, err
		}
	}
	consumed := r.consumed()
	if consumed <= 0 {
		return float64(r.Reads()), nil
	}
	return float64(r.Reads()) * float64(src.Size) / float64(consumed), nil
}
