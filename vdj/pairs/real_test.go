package pairs

import (
	"bytes"
	"testing"

	"vidjil.org/vidjil/vdj/seqio"
)

// TestRealPairs merges files of several laboratories and programs; the numbers are
// what must not get worse.
func TestRealPairs(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		one, two string
		merged   int64 // least
	}{
		"IGH, 2x100":              {"mixcr/sample_IGH_R1.fastq.gz", "mixcr/sample_IGH_R2.fastq.gz", 1},
		"short fragments":         {"mixcr/fastq1.fastq.gz", "mixcr/fastq2.fastq.gz", 4350},
		"names R1_ and R2_":       {"mixcr/test_R1.fastq.gz", "mixcr/test_R2.fastq.gz", 0},
		"amplicon of IG with UMI": {"mixcr/umi_ig_data_2_subset_R1.fastq.gz", "mixcr/umi_ig_data_2_subset_R2.fastq.gz", 227},
		"simulated, names /1 /2":  {"trust4/example_1.fq", "trust4/example_2.fq", 76},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, two := sharedPath(t, "data/real/"+tt.one), sharedPath(t, "data/real/"+tt.two)
			var text bytes.Buffer
			stats, err := newMerger(t, Options{}).Merge(t.Context(), open(t, seqio.File(one)), open(t, seqio.File(two)), &text)
			if err != nil {
				t.Fatal(err)
			}
			checkStats(t, &stats)
			t.Logf("%d of %d merged, %d through, length %.1f, overlap %.1f, %.2f %% differ, %v", stats.Merged, stats.Pairs,
				stats.Through, stats.MeanLength(), stats.MeanOverlap(), 100*float64(stats.Differ)/float64(max(1, stats.Compared)), stats.Causes)
			if stats.Merged < tt.merged {
				t.Errorf("%d merged, want %d", stats.Merged, tt.merged)
			}
			_, n, _ := analyze(t, open(t, bytesSource("merged", text.Bytes())), nil)
			_, first, _ := analyze(t, open(t, seqio.File(one)), nil)
			_, second, _ := analyze(t, open(t, seqio.File(two)), nil)
			t.Logf("reads with a window: %d merged, %d of R1, %d of R2", n, first, second)
			if n < first {
				t.Errorf("%d merged reads have a window, %d of R1 alone", n, first)
			}
		})
	}
}
