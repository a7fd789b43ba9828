package pairs

import (
	"bytes"
	"io"
	"testing"

	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/seqio"
	"vidjil.org/vidjil/vdj/simulate"
)

// benchPairs are 50 000 pairs of 2 × 150 of fragments of 200 to 280 letters, again
// and again: names repeat, which mates may.
func benchPairs(b *testing.B, repeat int) (one, two []byte) {
	b.Helper()
	sim := newSimulated(b, simulate.Options{Seed: 31, Clones: 2000, Reads: 50000, Length: 150, InsertMean: 240, InsertSD: 20})
	return bytes.Repeat(sim.one.Bytes(), repeat), bytes.Repeat(sim.two.Bytes(), repeat)
}

// BenchmarkMerge counts pairs per second from text to text.
func BenchmarkMerge(b *testing.B) {
	one, two := benchPairs(b, 10)
	m := newMerger(b, Options{})
	pairs := int64(0)
	for b.Loop() {
		stats, err := m.Merge(b.Context(), open(b, bytesSource("R1", one)), open(b, bytesSource("R2", two)), io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		pairs += stats.Pairs
		b.ReportMetric(float64(pairs)/b.Elapsed().Seconds()/1e6, "Mpairs/s")
	}
}

// BenchmarkRead is what Merge cannot be faster than: both files read and parsed.
func BenchmarkRead(b *testing.B) {
	one, two := benchPairs(b, 10)
	n := 0
	for b.Loop() {
		for _, text := range [][]byte{one, two} {
			r := open(b, bytesSource("reads", text))
			var block seqio.Block
			var records []seqio.Record
			for r.Next(&block) == nil {
				var err error
				if records, err = block.Parse(records); err != nil {
					b.Fatal(err)
				}
				n += len(records)
			}
		}
		b.ReportMetric(float64(n/2)/b.Elapsed().Seconds()/1e6, "Mpairs/s")
	}
}

// BenchmarkPair is one pair by itself.
func BenchmarkPair(b *testing.B) {
	one, two := benchPairs(b, 1)
	r1, r2 := parse(b, one), parse(b, two)
	m := newMerger(b, Options{})
	var s Scratch
	i := 0
	for b.Loop() {
		m.Pair(r1[i], r2[i], &s)
		i = (i + 1) % len(r1)
	}
}

// BenchmarkAnalyze merges and analyses; beside it, the analysis of the merged text
// alone.
func BenchmarkAnalyze(b *testing.B) {
	one, two := benchPairs(b, 4)
	e, err := engine()
	if err != nil {
		b.Fatal(err)
	}
	m := newMerger(b, Options{})
	var text bytes.Buffer
	if _, err := m.Merge(b.Context(), open(b, bytesSource("R1", one)), open(b, bytesSource("R2", two)), &text); err != nil {
		b.Fatal(err)
	}
	run := func(b *testing.B, source func() seqio.Source) {
		b.Helper()
		n := 0
		for b.Loop() {
			r := open(b, source())
			s, err := clonotype.Analyze(b.Context(), r, e, clonotype.Options{}, clonotype.Hooks{})
			if err != nil {
				b.Fatal(err)
			}
			r.Close()
			n += s.Result.TotalReads
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mpairs/s")
		}
	}
	b.Run("merged before", func(b *testing.B) { run(b, func() seqio.Source { return bytesSource("text", text.Bytes()) }) })
	b.Run("stream", func(b *testing.B) {
		run(b, func() seqio.Source {
			return m.Open(b.Context(), open(b, bytesSource("R1", one)), open(b, bytesSource("R2", two))).Source("merged")
		})
	})
}
