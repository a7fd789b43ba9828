package clonetable

import (
	"context"
	"io"
	"os"
	"strconv"
	"sync"
	"testing"

	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// The benchmarks take BENCH_CLONOTYPES clonotypes, 200 000 by default, in
// tables of 100 000. BENCH_DIR keeps the tables for the next time: 1.2 GB for
//
//	BENCH_DIR=var/bench/tables BENCH_CLONOTYPES=10000000 go test -run '^$' -bench Search -benchtime 5x ./vdj/clonetable
//
// The mark is 1 s for each search of BenchmarkSearch.
const benchTable = 100_000

func benchRows(b *testing.B) int {
	b.Helper()
	n, err := strconv.Atoi(os.Getenv("BENCH_CLONOTYPES"))
	if err != nil || n < benchTable {
		return 2 * benchTable
	}
	return n / benchTable * benchTable
}

func benchDir(b *testing.B) string {
	b.Helper()
	if dir := os.Getenv("BENCH_DIR"); dir != "" {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			b.Fatal(err)
		}
		return dir
	}
	return b.TempDir()
}

// benchTargets makes the tables.
func benchTargets(b *testing.B) []Target {
	b.Helper()
	dir, tables := benchDir(b), benchRows(b)/benchTable
	targets := make([]Target, tables)
	names := make([]string, tables)
	var wg sync.WaitGroup
	for worker := range 2 {
		wg.Go(func() {
			for i := worker; i < tables; i += 2 {
				names[i] = simulateTable(b, dir, uint64(i+1), benchTable)
			}
		})
	}
	wg.Wait()
	for i := range targets {
		r, size := fileReader(b, names[i])
		targets[i] = Target{Result: int64(i + 1), Open: func(context.Context) (io.ReaderAt, int64, func() error, error) { return r, size, nil, nil }}
	}
	return targets
}

// BenchmarkSearch measures searches over all clonotypes, from the page cache.
func BenchmarkSearch(b *testing.B) {
	targets := benchTargets(b)
	r, size, _, _ := targets[len(targets)/2].Open(b.Context())
	t, err := Open(r, size)
	if err != nil {
		b.Fatal(err)
	}
	some, err := t.Clones(b.Context(), []int{0, benchTable / 3, benchTable / 2})
	if err != nil {
		b.Fatal(err)
	}
	c := some[1]
	middle := (c.Seg.Five.End.Value+c.Seg.Three.Start.Value)/2 - 10
	changed := []byte(c.Seg.CDR3.AA)
	changed[len(changed)/2] = 'W'
	for _, bm := range []struct {
		name  string
		query Query
	}{
		{"window", Query{Sequence: c.ID}},
		{"read", Query{Sequence: c.Sequence}},
		{"junction20", Query{Sequence: c.Sequence[middle : middle+20]}},
		{"letters12", Query{Sequence: c.Sequence[middle : middle+12]}},
		{"germline20", Query{Sequence: c.Sequence[20:40]}},
		{"cdr3", Query{CDR3: string(changed), CDR3Mismatches: 1}},
		{"cdr3within", Query{CDR3: string(changed[1:]), CDR3Within: true, CDR3Mismatches: 1}},
		{"gene", Query{Five: "IGHV3-23"}},
		{"family", Query{Five: "IGHV3", Three: "IGHJ4", CDR3: "ARDY", CDR3Within: true}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			hits := 0
			for b.Loop() {
				a, err := Search(b.Context(), targets, bm.query, SearchOptions{})
				if err != nil {
					b.Fatal(err)
				}
				if len(a.Failed) > 0 {
					b.Fatal(a.Failed[0].Err)
				}
				hits = a.Total
			}
			b.ReportMetric(float64(hits), "hits")
			b.ReportMetric(float64(len(targets)*benchTable), "clonotypes")
		})
	}
}

// BenchmarkWrite measures writing a table of 100 000 clonotypes.
func BenchmarkWrite(b *testing.B) {
	f := simulated(b, 1, benchTable)
	b.ReportAllocs()
	var n counter
	for b.Loop() {
		n = 0
		if err := WriteFile(&n, f); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/benchTable, "bytes/clonotype")
	b.ReportMetric(float64(b.N)*benchTable/b.Elapsed().Seconds(), "clonotypes/s")
}

// counter counts the bytes that are written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// BenchmarkScan measures what fusing reads: columns of 100 000 clonotypes.
func BenchmarkScan(b *testing.B) {
	r, size := fileReader(b, simulateTable(b, benchDir(b), 1, benchTable))
	for _, bm := range []struct {
		name string
		want repertoire.Fields
	}{
		{"id+reads", repertoire.FieldID | repertoire.FieldReads},
		{"all", repertoire.FieldsAll},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			rows := 0
			for b.Loop() {
				t, err := Open(r, size)
				if err != nil {
					b.Fatal(err)
				}
				if err := t.Scan(b.Context(), bm.want, func(*repertoire.Row) error { rows++; return nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "clonotypes/s")
		})
	}
	b.Run("clones", func(b *testing.B) {
		rows := 0
		for b.Loop() {
			t, err := Open(r, size)
			if err != nil {
				b.Fatal(err)
			}
			var last *vidjilfile.Clone
			for c, err := range t.All(b.Context()) {
				if err != nil {
					b.Fatal(err)
				}
				last = c
				rows++
			}
			if last.Top != benchTable {
				b.Fatalf("last clonotype has rank %d", last.Top)
			}
		}
		b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "clonotypes/s")
	})
}
