package repertoire

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// made is a sample of many clonotypes that are computed, not kept: the first in
// a hundred of the pool that all samples share, and as many of it as said; the
// others its own.
type made struct {
	sample, clonotypes, shared int
	head                       *vidjilfile.File
}

func newMade(sample, clonotypes, shared int) *made {
	m := &made{sample: sample, clonotypes: clonotypes, shared: shared}
	reads := 0
	for row := range clonotypes {
		reads += m.reads(row)
	}
	m.head = &vidjilfile.File{
		Producer: "bench", Samples: vidjilfile.Samples{Number: 1, OriginalNames: []string{fmt.Sprintf("sample%d.fastq.gz", sample)}},
		Reads: vidjilfile.Reads{
			Total: []int{reads + reads/10}, Segmented: []int{reads}, Germline: map[string][]int{"IGH": {reads}}, Clones: map[string][]int{"IGH": {clonotypes}},
		},
	}
	return m
}

func (m *made) Head() *vidjilfile.File { return m.head }

func (m *made) reads(row int) int { return 1 + 3*m.clonotypes/(row+1) }

// letters writes a number as a window of 50 letters, like those of the engine.
func letters(to []byte, n uint64) []byte {
	for range 50 {
		n = n*6364136223846793005 + 1442695040888963407
		to = append(to, "ACGT"[n>>62])
	}
	return to
}

func (m *made) id(to []byte, row int) []byte {
	n := uint64(m.sample+1)<<32 | uint64(row)
	if row%(m.clonotypes/max(m.shared, 1)+1) == 0 && m.shared > 0 {
		n = uint64(row + m.sample%7) // the shared ones rank a little differently
	}
	return letters(to, n)
}

func (m *made) Scan(ctx context.Context, _ Fields, visit func(*Row) error) error {
	var r Row
	for row := range m.clonotypes {
		r.Reset()
		r.Number, r.Top, r.Reads = row, row+1, int64(m.reads(row))
		r.ID = m.id(r.ID, row)
		r.System = append(r.System, "IGH"...)
		r.AverageLength = float64(200 + row%100)
		if err := visit(&r); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (m *made) Clones(_ context.Context, rows []int) ([]vidjilfile.Clone, error) {
	out := make([]vidjilfile.Clone, len(rows))
	for i, row := range rows {
		id := string(m.id(nil, row))
		out[i] = vidjilfile.Clone{
			ID: id, Germline: "IGH", Name: "IGHV3-48*01 0/AA/6 IGHD5-12*01 3/TT/2 IGHJ4*02", Sequence: id + id + id + id,
			Reads: []int{m.reads(row)}, Top: row + 1, AverageReadLength: []float64{231.5}, Coverage: []float64{1}, CoverageInfo: []string{"231 bp (100% of 231.5 bp)"},
			Seg: vidjilfile.Seg{
				Five:  &vidjilfile.Segment{Name: "IGHV3-48*01", Span: vidjilfile.SpanOf(0, 90)},
				Three: &vidjilfile.Segment{Name: "IGHJ4*02", Span: vidjilfile.SpanOf(120, 160)},
			},
		}
	}
	return out, nil
}

func madeInputs(samples, clonotypes, shared int) []Input {
	in := make([]Input, samples)
	for i := range in {
		in[i] = Input{ResultID: int64(i + 1), Source: newMade(i, clonotypes, shared)}
	}
	return in
}

// BenchmarkFuseDisjoint is the case that took the original 99 s and 390 MB: 200
// samples of 100 clonotypes, none shared. At most 1 s, with writing the file.
func BenchmarkFuseDisjoint(b *testing.B) {
	in := madeInputs(200, 100, 0)
	b.ReportAllocs()
	var size int
	for b.Loop() {
		f, err := Fuse(b.Context(), in, Options{Overlaps: true})
		if err != nil {
			b.Fatal(err)
		}
		var out bytes.Buffer
		if err := f.File().Write(&out); err != nil {
			b.Fatal(err)
		}
		if size = out.Len(); len(f.Clones) != 20000 {
			b.Fatalf("%d clonotypes", len(f.Clones))
		}
	}
	b.ReportMetric(float64(size)/1e6, "MB/file")
}

// BenchmarkFuseLarge fuses 100 samples of 100,000 clonotypes, one in five of a
// pool that all share. At most 20 s and 2 GB.
func BenchmarkFuseLarge(b *testing.B) {
	in := madeInputs(100, 100_000, 20_000)
	o := Options{Overlaps: true, Distributions: [][]string{{"lenSeqAverage"}}}
	b.ReportAllocs()
	for b.Loop() {
		peak := peakHeap()
		f, err := Fuse(b.Context(), in, o)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(peak())/1e6, "MB/peak")
		b.ReportMetric(float64(len(f.Clones)), "kept")
	}
}

// peakHeap watches the memory that the runtime has from the system while it
// runs, and gives the most.
func peakHeap() func() uint64 {
	var most uint64
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		var m runtime.MemStats
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse+m.StackInuse)
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	})
	return func() uint64 {
		close(done)
		wg.Wait()
		return most
	}
}

// The numbers of a large fuse are those of counting one by one.
func TestFuseLargeCounts(t *testing.T) {
	t.Parallel()
	const samples, clonotypes, shared = 6, 3000, 600
	in := madeInputs(samples, clonotypes, shared)
	f, err := Fuse(t.Context(), in, Options{Top: 10, Overlaps: true})
	if err != nil {
		t.Fatal(err)
	}
	var ids [samples]map[string]int
	for i := range ids {
		ids[i] = map[string]int{}
		m := in[i].Source.(*made)
		for row := range clonotypes {
			ids[i][string(m.id(nil, row))] = m.reads(row)
		}
	}
	for i := range ids {
		for j := range ids {
			n := 0
			for id := range ids[i] {
				if ids[j][id] > 0 {
					n++
				}
			}
			if got := f.Overlaps.Shared[i][j]; got != int64(n) {
				t.Errorf("samples %d and %d share %d clonotypes, want %d", i, j, got, n)
			}
		}
	}
	for k := range f.Clones {
		for i, n := range f.Clones[k].Reads {
			if want := ids[i][f.Clones[k].ID]; n != want {
				t.Errorf("%s has %d reads in sample %d, want %d", f.Clones[k].ID, n, i, want)
			}
		}
	}
}
