package clonotype_test

import (
	"context"
	"os"
	"testing"

	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/seqio"
)

// BenchmarkAnalyze gathers the file named by VIDJIL_BENCH, as the macro
// benchmarks in bench/ do with their corpora:
//
//	VIDJIL_BENCH=/tmp/bench/amplicon.fastq go test ./vdj/clonotype -run '^$' -bench Analyze -benchtime 1x -cpuprofile cpu.out
func BenchmarkAnalyze(b *testing.B) {
	path := os.Getenv("VIDJIL_BENCH")
	if path == "" {
		b.Skip("VIDJIL_BENCH names no file")
	}
	e, err := engine()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r, err := seqio.NewReader([]seqio.Source{seqio.File(path)}, seqio.Options{})
		if err != nil {
			b.Fatal(err)
		}
		s, err := clonotype.Analyze(context.Background(), r, e, clonotype.Options{}, clonotype.Hooks{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(s.Result.TotalReads)/b.Elapsed().Seconds(), "reads/s")
		n := 0
		if err := s.Each(context.Background(), func(*clonotype.Clonotype) error { n++; return nil }); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n), "clonotypes")
		r.Close()
		b.Logf("%d reads %d recombined %v", s.Result.TotalReads, s.Result.Recombined(), s.Result.Causes)
	}
}
