package pairs

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"sync"
	"testing"

	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/curated"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/seqio"
	"vidjil.org/vidjil/vdj/simulate"
)

var engine = sync.OnceValues(func() (*designation.Engine, error) {
	set, err := germline.Human()
	if err != nil {
		return nil, err
	}
	return designation.New(set, designation.Options{})
})

func open(t testing.TB, sources ...seqio.Source) *seqio.Reader {
	t.Helper()
	r, err := seqio.NewReader(sources, seqio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func newMerger(t testing.TB, opt Options) *Merger {
	t.Helper()
	m, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// truthOf reads where the reads of a table of truth come from.
func truthOf(t testing.TB, r io.Reader) map[string]curated.TrueRead {
	t.Helper()
	reads, err := curated.ReadTruth(r)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]curated.TrueRead{}
	for _, read := range reads {
		byName[read.ID] = read
	}
	return byName
}

func openGzip(t testing.TB, path string) io.Reader {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// analyze gathers clonotypes, and counts the reads with a window and, of those,
// the ones whose window is the most frequent one of their true clone.
func analyze(t testing.TB, r *seqio.Reader, truth map[string]curated.TrueRead) (res *clonotype.Result, recombined, exact int) {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	windows := map[string]map[string]int{}
	hook := func(o *clonotype.ReadOutcome) error {
		if o.Cause == designation.None {
			clone := truth[string(o.Record.Name)].Clone
			if windows[clone] == nil {
				windows[clone] = map[string]int{}
			}
			windows[clone][string(o.Window)]++
		}
		return nil
	}
	s, err := clonotype.Analyze(t.Context(), r, e, clonotype.Options{}, clonotype.Hooks{Read: hook})
	if err != nil {
		t.Fatal(err)
	}
	if res, err = s.Collect(t.Context()); err != nil {
		t.Fatal(err)
	}
	for clone, counts := range windows {
		most := 0
		for _, n := range counts {
			recombined += n
			most = max(most, n)
		}
		if clone != "-" {
			exact += most
		}
	}
	return res, recombined, exact
}

func checkStats(t testing.TB, s *Stats) {
	t.Helper()
	left := int64(0)
	for _, n := range s.Causes {
		left += n
	}
	sum := func(counts []int64) (n int64) {
		for _, c := range counts {
			n += c
		}
		return n
	}
	if s.Merged+left != s.Pairs || s.Kept+s.Dropped != left || sum(s.Overlaps) != s.Merged || sum(s.Lengths) != s.Merged {
		t.Errorf("sums do not add up: %+v", s)
	}
}

// TestPairsOfKnownFragments merges pairs of 2 × 250 of fragments of 265 to 412
// letters, and analyses the result beside the single reads.
func TestPairsOfKnownFragments(t *testing.T) {
	t.Parallel()
	one, two := sharedPath(t, "data/simulated/paired_R1.fastq.gz"), sharedPath(t, "data/simulated/paired_R2.fastq.gz")
	truth := truthOf(t, openGzip(t, sharedPath(t, "data/simulated/paired.truth.tsv.gz")))
	mergeFiles := func(keep Keep) ([]byte, Stats) {
		var text bytes.Buffer
		stats, err := newMerger(t, Options{Keep: keep}).Merge(t.Context(), open(t, seqio.File(one)), open(t, seqio.File(two)), &text)
		if err != nil {
			t.Fatal(err)
		}
		checkStats(t, &stats)
		return text.Bytes(), stats
	}
	text, stats := mergeFiles(KeepNone)
	wrong := wrongLengths(t, text, truth)
	text, _ = mergeFiles(KeepFirst)
	t.Logf("%d of %d pairs merged, mean length %.1f, %.2f %% of overlaps' letters differ, causes %v, %d of wrong length",
		stats.Merged, stats.Pairs, stats.MeanLength(), 100*float64(stats.Differ)/float64(stats.Compared), stats.Causes, wrong)
	// The others have an insertion or deletion of the sequencer where they overlap.
	if stats.Merged < 9650 || wrong > 0 {
		t.Errorf("%d merged, want 9650; %d of wrong length", stats.Merged, wrong)
	}
	merged, recombined, exact := analyze(t, open(t, bytesSource("merged", text)), truth)
	for name, path := range map[string]string{"R1": one, "R2": two} {
		single, n, right := analyze(t, open(t, seqio.File(path)), truth)
		t.Logf("%s: %d reads with a window, %d with their clone's; %d clonotypes. Merged: %d, %d, %d",
			name, n, right, len(single.Clonotypes), recombined, exact, len(merged.Clonotypes))
		if recombined < n || exact < right {
			t.Errorf("merged reads: %d with a window, %d with their clone's; %s alone: %d and %d", recombined, exact, name, n, right)
		}
	}
}

// wrongLengths counts merged reads that are not as long as their fragment, but for
// the insertions and deletions of the sequencer.
func wrongLengths(t testing.TB, text []byte, truth map[string]curated.TrueRead) int {
	t.Helper()
	wrong := 0
	if len(text) == 0 {
		return 0
	}
	for _, r := range parse(t, text) {
		read, ok := truth[string(firstWord(r.Name))]
		if !ok {
			t.Fatalf("read %q has no truth", r.Name)
		}
		if abs(len(r.Seq)-read.Length) > read.Errors {
			wrong++
		}
	}
	return wrong
}

func abs(n int) int { return max(n, -n) }

func bytesSource(name string, text []byte) seqio.Source {
	return seqio.Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }}
}

// parse reads all records of a text.
func parse(t testing.TB, text []byte) []seqio.Record {
	t.Helper()
	var out []seqio.Record
	r := open(t, bytesSource("text", text))
	for {
		var b seqio.Block
		err := r.Next(&b)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		records, err := b.Parse(nil)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, records...)
	}
}

// simulated makes pairs with their truth.
type simulated struct {
	one, two, clones, truth bytes.Buffer
}

func newSimulated(t testing.TB, opt simulate.Options) *simulated {
	t.Helper()
	set, err := germline.Human()
	if err != nil {
		t.Fatal(err)
	}
	s := &simulated{}
	opt.Paired = true
	_, err = simulate.Generate(set, opt, simulate.Output{Reads: &s.one, Mates: &s.two, Clones: &s.clones, Truth: &s.truth})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestMergedReadsAgainstTruth scores clonotypes of merged reads and of R1 alone by
// the clones that the reads were made from.
func TestMergedReadsAgainstTruth(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		opt         simulate.Options
		mergedShare float64 // least
		wrong       int     // most merged reads of wrong length
	}{
		"2x250":          {simulate.Options{Seed: 11, Clones: 500, Reads: 10000, Length: 250}, 0.965, 0},
		"2x150":          {simulate.Options{Seed: 12, Clones: 500, Reads: 10000, Length: 150, InsertMean: 250, InsertSD: 20}, 0.945, 0},
		"2x150 errors":   {simulate.Options{Seed: 13, Clones: 500, Reads: 10000, Length: 150, InsertMean: 230, InsertSD: 20, ErrorRate: 0.02}, 0.88, 0},
		"no overlap":     {simulate.Options{Seed: 14, Clones: 500, Reads: 20000, Length: 100, InsertMean: 300, InsertSD: 20}, 0, 2},
		"barely overlap": {simulate.Options{Seed: 15, Clones: 500, Reads: 10000, Length: 150, InsertMean: 290, InsertSD: 10}, 0.2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSimulated(t, tt.opt)
			truth := truthOf(t, bytes.NewReader(s.truth.Bytes()))
			mergeKeeping := func(keep Keep) ([]byte, Stats) {
				var text bytes.Buffer
				stats, err := newMerger(t, Options{Keep: keep}).Merge(t.Context(),
					open(t, bytesSource("R1", s.one.Bytes())), open(t, bytesSource("R2", s.two.Bytes())), &text)
				if err != nil {
					t.Fatal(err)
				}
				checkStats(t, &stats)
				return text.Bytes(), stats
			}
			text, stats := mergeKeeping(KeepNone)
			wrong := wrongLengths(t, text, truth)
			text, _ = mergeKeeping(KeepFirst)
			t.Logf("%d of %d merged, mean length %.1f, causes %v; %d of wrong length", stats.Merged, stats.Pairs, stats.MeanLength(), stats.Causes, wrong)
			if share := float64(stats.Merged) / float64(stats.Pairs); share < tt.mergedShare || wrong > tt.wrong {
				t.Errorf("%.4f merged, want %.4f; %d of wrong length, at most %d", share, tt.mergedShare, wrong, tt.wrong)
			}
			clones, err := curated.ReadClones(bytes.NewReader(s.clones.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			reads, err := curated.ReadTruth(bytes.NewReader(s.truth.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			score := func(text []byte) *curated.ClonotypeReport {
				res, _, _ := analyze(t, open(t, bytesSource("reads", text)), truth)
				return curated.ScoreClonotypes(clones, reads, observed(res), clonotype.DefaultMinReads)
			}
			merged, single := score(text), score(s.one.Bytes())
			t.Logf("merged\n%v\nR1 alone\n%v", merged, single)
			if merged.Found.Percent() < single.Found.Percent() || merged.Junction.Percent() < single.Junction.Percent() {
				t.Error("merged reads show less than R1 alone")
			}
		})
	}
}

// observed writes a result as the scorer reads it.
func observed(res *clonotype.Result) []curated.ObservedClonotype {
	var out []curated.ObservedClonotype
	for i := range res.Clonotypes {
		c := &res.Clonotypes[i]
		o := curated.ObservedClonotype{Window: string(c.Window), System: c.System, Sequence: string(c.Sequence), Reads: c.Reads}
		if d := c.Designation; d != nil {
			o.Junction = string(d.Sequence[d.Junction.Start:d.Junction.End])
		}
		out = append(out, o)
	}
	for _, cl := range res.Clusters {
		out[cl.Parent].Cluster = string(res.Clonotypes[cl.Parent].Window)
		for _, m := range cl.Members {
			out[m].Cluster = string(res.Clonotypes[cl.Parent].Window)
		}
	}
	return out
}

// TestStreamIntoAnalysis analyses pairs without a file in between.
func TestStreamIntoAnalysis(t *testing.T) {
	t.Parallel()
	s := newSimulated(t, simulate.Options{Seed: 3, Clones: 50, Reads: 2000})
	stream := newMerger(t, Options{}).Open(t.Context(), open(t, bytesSource("R1", s.one.Bytes())), open(t, bytesSource("R2", s.two.Bytes())))
	reader := open(t, stream.Source("merged"))
	res, _, _ := analyze(t, reader, nil)
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	stats := stream.Stats()
	if got, want := int64(res.TotalReads), stats.Merged+stats.Kept; got != want || stats.Pairs != 2000 {
		t.Errorf("analysed %d reads of %+v", got, stats)
	}
}
