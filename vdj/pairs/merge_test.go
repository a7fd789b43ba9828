package pairs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/vdj/seqio"
	"vidjil.org/vidjil/vdj/simulate"
)

// openBlocks opens text in blocks of the given size, so that blocks of the two
// mates end at different records.
func openBlocks(t testing.TB, blockBytes int, sources ...seqio.Source) *seqio.Reader {
	t.Helper()
	r, err := seqio.NewReader(sources, seqio.Options{BlockBytes: blockBytes})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// TestThreadsAndBlocks asserts that neither the number of threads nor the size of
// blocks shows in the output, which is that of one pair after the other.
func TestThreadsAndBlocks(t *testing.T) {
	t.Parallel()
	sim := newSimulated(t, simulate.Options{Seed: 21, Clones: 30, Reads: 1500, Length: 150, InsertMean: 280})
	for _, keep := range []Keep{KeepFirst, KeepSecond, KeepNone} {
		want, wantStats := oneByOne(t, Options{Keep: keep}, sim)
		for _, threads := range []int{1, 2, 7} {
			for _, blocks := range [][2]int{{1 << 20, 1 << 20}, {4096, 5000}, {700, 100000}, {100000, 350}} {
				var got bytes.Buffer
				stats, err := newMerger(t, Options{Keep: keep, Threads: threads}).Merge(t.Context(),
					openBlocks(t, blocks[0], bytesSource("R1", sim.one.Bytes())), openBlocks(t, blocks[1], bytesSource("R2", sim.two.Bytes())), &got)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Bytes(), want) {
					t.Fatalf("keep %d, %d threads, blocks %v: other reads", keep, threads, blocks)
				}
				if diff := cmp.Diff(wantStats, stats); diff != "" {
					t.Fatalf("keep %d, %d threads, blocks %v (-want +got):\n%s", keep, threads, blocks, diff)
				}
			}
		}
	}
}

func oneByOne(t testing.TB, opt Options, sim *simulated) ([]byte, Stats) {
	t.Helper()
	m := newMerger(t, opt)
	one, two := parse(t, sim.one.Bytes()), parse(t, sim.two.Bytes())
	var out []byte
	var sum tally
	var s Scratch
	for i := range one {
		o := m.Pair(one[i], two[i], &s)
		sum.count(&o)
		switch {
		case o.Cause == None:
			out = seqio.AppendFASTQ(out, o.Read)
		case opt.Keep == KeepFirst:
			out = seqio.AppendFASTQ(out, one[i])
			sum.kept++
		case opt.Keep == KeepSecond:
			out = seqio.AppendFASTQ(out, two[i])
			sum.kept++
		}
	}
	stats := sum.stats()
	checkStats(t, &stats)
	if stats.Merged == 0 || stats.Merged == stats.Pairs || (opt.Keep == KeepNone) != (stats.Kept == 0) {
		t.Fatalf("the sample does not show both outcomes: %+v", stats)
	}
	return out, stats
}

// fastq are n records with names made of a format and their number from start.
func fastq(format string, start, n int) []byte {
	var out []byte
	for i := start; i < start+n; i++ {
		seq := random(uint64(i)+1, 60)
		out = seqio.AppendFASTQ(out, seqio.Record{Name: fmt.Appendf(nil, format, i), Seq: seq, Qual: bytes.Repeat([]byte{'F'}, len(seq))})
	}
	return out
}

func TestFilesThatDoNotBelongTogether(t *testing.T) {
	t.Parallel()
	damaged := append(fastq("r%d", 0, 50), "@r50\nAC?T\n+\nFFFF\n"...)
	damaged = append(damaged, fastq("r%d", 51, 10)...)
	for name, tt := range map[string]struct {
		one, two [][]byte // lanes
		ignore   bool
		kind     error
		message  string
	}{
		"R2 shorter":           {one: [][]byte{fastq("r%d", 0, 100)}, two: [][]byte{fastq("r%d", 0, 90)}, kind: ErrUnequal, message: "R2.1 ends after 90 records, but R1.1 goes on"},
		"R1 shorter":           {one: [][]byte{fastq("r%d", 0, 90)}, two: [][]byte{fastq("r%d", 0, 100)}, kind: ErrUnequal, message: "R1.1 ends after 90 records, but R2.1 goes on"},
		"R1 shorter, unnamed":  {one: [][]byte{fastq("r%d", 0, 90)}, two: [][]byte{fastq("x%d", 0, 100)}, ignore: true, kind: ErrUnequal, message: "R1.1 ends after 90 records"},
		"a record is missing":  {one: [][]byte{fastq("r%d", 0, 100)}, two: [][]byte{append(fastq("r%d", 0, 42), fastq("r%d", 43, 57)...)}, kind: ErrOutOfStep, message: `R1.1: record 43 is "r42", but record 43 of R2.1 is "r43"`},
		"other sample":         {one: [][]byte{fastq("r%d/1", 0, 100)}, two: [][]byte{fastq("q%d/2", 0, 100)}, kind: ErrOutOfStep, message: `record 1 is "r0/1"`},
		"exchanged":            {one: [][]byte{fastq("r%d/2", 0, 100)}, two: [][]byte{fastq("r%d/1", 0, 100)}, kind: ErrOutOfStep, message: `record 1 is "r0/2"`},
		"second lane shorter":  {one: [][]byte{fastq("r%d", 0, 30), fastq("r%d", 30, 30)}, two: [][]byte{fastq("r%d", 0, 30), fastq("r%d", 30, 20)}, kind: ErrUnequal, message: "R2.2 ends after 20 records, but R1.2 goes on"},
		"first lane shorter":   {one: [][]byte{fastq("r%d", 0, 30), fastq("r%d", 30, 30)}, two: [][]byte{fastq("r%d", 0, 29), fastq("r%d", 30, 30)}, kind: ErrOutOfStep, message: `R1.1: record 30 is "r29", but record 1 of R2.2 is "r30"`},
		"lane, unnamed":        {one: [][]byte{fastq("r%d", 0, 30), fastq("r%d", 30, 30)}, two: [][]byte{fastq("x%d", 0, 29), fastq("x%d", 30, 31)}, ignore: true, kind: ErrUnequal, message: "R2.1 ends after 29 records, but R1.1 goes on"},
		"lane of R1, unnamed":  {one: [][]byte{fastq("r%d", 0, 29), fastq("r%d", 30, 31)}, two: [][]byte{fastq("x%d", 0, 30), fastq("x%d", 30, 30)}, ignore: true, kind: ErrUnequal, message: "R1.1 ends after 29 records, but R2.1 goes on"},
		"no reads":             {one: [][]byte{fastq("r%d", 0, 30)}, two: [][]byte{nil}, kind: seqio.ErrEmpty, message: "R2.1"},
		"damaged":              {one: [][]byte{fastq("r%d", 0, 100)}, two: [][]byte{damaged}, kind: seqio.ErrRecord, message: "R2.1: record 51"},
		"damaged both, R1":     {one: [][]byte{damaged}, two: [][]byte{damaged}, kind: seqio.ErrRecord, message: "R1.1: record 51"},
		"damaged, but first …": {one: [][]byte{damaged}, two: [][]byte{fastq("r%d", 0, 20)}, kind: ErrUnequal, message: "R2.1 ends after 20 records"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, threads := range []int{1, 3} {
				for _, blocks := range []int{1 << 20, 1000} {
					var out bytes.Buffer
					_, err := newMerger(t, Options{IgnoreNames: tt.ignore, Threads: threads}).Merge(t.Context(),
						openBlocks(t, blocks, lanesOf("R1", tt.one)...), openBlocks(t, blocks+200, lanesOf("R2", tt.two)...), &out)
					if !errors.Is(err, tt.kind) || !strings.Contains(fmt.Sprint(err), tt.message) {
						t.Errorf("%d threads: got %v, want %v and %q", threads, err, tt.kind, tt.message)
					}
				}
			}
		})
	}
}

func lanesOf(name string, lanes [][]byte) []seqio.Source {
	var out []seqio.Source
	for i, text := range lanes {
		out = append(out, bytesSource(fmt.Sprintf("%s.%d", name, i+1), text))
	}
	return out
}

// TestLanes asserts that lanes are one sample, also where the files of R2 are cut
// elsewhere but names tell that all is well.
func TestLanes(t *testing.T) {
	t.Parallel()
	all := fastq("r%d", 0, 100)
	want := mergeText(t, Options{}, [][]byte{all}, [][]byte{all})
	for _, cut := range []int{50, 20} {
		got := mergeText(t, Options{}, [][]byte{fastq("r%d", 0, 50), fastq("r%d", 50, 50)}, [][]byte{fastq("r%d", 0, cut), fastq("r%d", cut, 100-cut)})
		if got != want {
			t.Errorf("cut after %d: other reads", cut)
		}
	}
	got := mergeText(t, Options{IgnoreNames: true}, [][]byte{all}, [][]byte{fastq("other%d", 0, 100)})
	if got != want {
		t.Error("other names: other reads")
	}
}

func mergeText(t *testing.T, opt Options, one, two [][]byte) string {
	t.Helper()
	var out strings.Builder
	if _, err := newMerger(t, opt).Merge(t.Context(), openBlocks(t, 0, lanesOf("R1", one)...), openBlocks(t, 0, lanesOf("R2", two)...), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFASTA(t *testing.T) {
	t.Parallel()
	got := mergeText(t, Options{}, [][]byte{[]byte(">a/1\nACGTTGCAACGGATTACCGATG\n>b/1\nACGT\n")}, [][]byte{[]byte(">a/2\nCATCGGTAATCCGTTGCAACGT\n>b/2\nTTTT\n")})
	if want := ">a\nACGTTGCAACGGATTACCGATG\n>b/1\nACGT\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSampledReadersAreRefused(t *testing.T) {
	t.Parallel()
	text := fastq("r%d", 0, 100)
	source := bytesSource("R1", text)
	source.Size = int64(len(text))
	r, err := seqio.NewReader([]seqio.Source{source}, seqio.Options{SampledReads: 10})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newMerger(t, Options{}).Merge(t.Context(), r, open(t, source), io.Discard); !errors.Is(err, ErrSampled) {
		t.Errorf("got %v, want %v", err, ErrSampled)
	}
}

type brokenWriter struct{ err error }

func (b brokenWriter) Write([]byte) (int, error) { return 0, b.err }

func TestStopping(t *testing.T) {
	t.Parallel()
	text := fastq("r%d", 0, 20000)
	full := errors.New("disk is full")
	m := newMerger(t, Options{Threads: 2})
	readers := func() (*seqio.Reader, *seqio.Reader) {
		return openBlocks(t, 1000, bytesSource("R1", text)), openBlocks(t, 1000, bytesSource("R2", text))
	}
	t.Run("writer", func(t *testing.T) {
		t.Parallel()
		one, two := readers()
		if _, err := m.Merge(t.Context(), one, two, brokenWriter{full}); !errors.Is(err, full) {
			t.Errorf("got %v, want %v", err, full)
		}
	})
	t.Run("context", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(full)
		one, two := readers()
		if _, err := m.Merge(ctx, one, two, io.Discard); !errors.Is(err, full) {
			t.Errorf("got %v, want %v", err, full)
		}
	})
	t.Run("stream", func(t *testing.T) {
		t.Parallel()
		stream := m.Open(t.Context(), open(t, bytesSource("R1", text)), open(t, bytesSource("R2", text)))
		if _, err := stream.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := stream.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if got := stream.Stats().Pairs; got == 0 || got > 20000 {
			t.Errorf("%d pairs merged before the stream was closed", got)
		}
		if _, err := stream.Read(make([]byte, 100)); err == nil {
			t.Error("a closed stream is read")
		}
	})
	t.Run("stream, error of the data", func(t *testing.T) {
		t.Parallel()
		stream := m.Open(t.Context(), open(t, bytesSource("R1", text)), open(t, bytesSource("R2", fastq("q%d", 0, 5))))
		reader := open(t, stream.Source("merged"))
		var b seqio.Block
		err := reader.Next(&b)
		for err == nil {
			err = reader.Next(&b)
		}
		if !errors.Is(err, ErrOutOfStep) {
			t.Errorf("got %v, want %v", err, ErrOutOfStep)
		}
	})
}
