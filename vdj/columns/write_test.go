package columns

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

func some[T any](v T) vidjilfile.Opt[T] { return vidjilfile.Opt[T]{Value: v, Valid: true} }

// result has a clonotype with everything and one with nothing.
func result() *vidjilfile.File {
	return &vidjilfile.File{
		Samples:   vidjilfile.Samples{Number: 1, OriginalNames: []string{"a.fastq"}, Names: []string{"diagnosis"}},
		Reads:     vidjilfile.Reads{Total: []int{100}, Segmented: []int{90}, Germline: map[string][]int{"IGH": {90}}, Clones: map[string][]int{"IGH": {5}}},
		Germlines: vidjilfile.Germlines{Custom: map[string]vidjilfile.Custom{"IGH": {Shortcut: "H"}}},
		Clones: []vidjilfile.Clone{
			{
				ID: "ACGT", Germline: "IGH", Name: "V D J", Label: "L", Sequence: "ggCCAATTGGn", Reads: []int{70}, Top: 1, AverageReadLength: []float64{99.5},
				Warnings: []vidjilfile.Warning{{Code: "W53"}, {Code: "W69"}, {Code: "W53"}},
				Seg: vidjilfile.Seg{
					Five:     &vidjilfile.Segment{Name: "V", Span: vidjilfile.SpanOf(0, 4), DelRight: some(2)},
					FourA:    &vidjilfile.Segment{Name: "DA"},
					Four:     &vidjilfile.Segment{Name: "D", Span: vidjilfile.SpanOf(5, 6), DelLeft: some(0), DelRight: some(3)},
					FourB:    &vidjilfile.Segment{Name: "DB"},
					Three:    &vidjilfile.Segment{Name: "J", Span: vidjilfile.SpanOf(7, 11), DelLeft: some(1)},
					Junction: &vidjilfile.Junction{Span: vidjilfile.SpanOf(1, 10), AA: "CAF", Productive: some(true)},
					CDR3:     &vidjilfile.Feature{Span: vidjilfile.SpanOf(4, 7), AA: "A"},
					EValue:   some(1e-173),
				},
			},
			{ID: "TTTT", Reads: []int{3}, Top: 2},
		},
	}
}

// stream is what a stream says: values by column, and the metadata.
func stream(t testing.TB, data []byte) (map[string][]any, []string, Meta) {
	t.Helper()
	r, err := ipc.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	values, names := map[string][]any{}, []string{}
	batches := 0
	for r.Next() {
		batches++
		rec := r.RecordBatch()
		for i, field := range rec.Schema().Fields() {
			names = append(names, field.Name)
			for k := range int(rec.NumRows()) {
				values[field.Name] = append(values[field.Name], value(t, rec.Column(i), k))
			}
		}
	}
	if r.Err() != nil || batches != 1 {
		t.Fatalf("%d record batches, error %v", batches, r.Err())
	}
	text, ok := r.Schema().Metadata().GetValue(MetaKey)
	if !ok {
		t.Fatal("no metadata")
	}
	var meta Meta
	if err := json.Unmarshal([]byte(text), &meta); err != nil {
		t.Fatal(err)
	}
	return values, names, meta
}

func value(t testing.TB, a arrow.Array, k int) any {
	t.Helper()
	if a.NullN() != 0 {
		t.Errorf("%d nulls", a.NullN())
	}
	switch a := a.(type) {
	case *array.Int32:
		return a.Value(k)
	case *array.Int8:
		return a.Value(k)
	case *array.Uint32:
		return a.Value(k)
	case *array.Float32:
		return a.Value(k)
	case *array.Float64:
		return a.Value(k)
	case *array.String:
		return a.Value(k)
	case *array.Dictionary:
		return "=" + a.Dictionary().(*array.String).Value(a.GetValueIndex(k))
	}
	t.Fatalf("an array of type %s", a.DataType())
	return nil
}

func wantBase() map[string][]any {
	nan := math.NaN()
	return map[string][]any{
		"id": {"ACGT", "TTTT"}, "top": {int32(1), int32(2)}, "system": {"=IGH", "="}, "five": {"=V", "="}, "four": {"=D", "="},
		"four_a": {"=DA", "="}, "four_b": {"=DB", "="}, "three": {"=J", "="}, "name": {"V D J", ""}, "label": {"=L", "="},
		"length": {float32(99.5), float32(nan)}, "sequence_length": {int32(11), int32(-1)}, "gc": {float32(0.6), float32(nan)},
		"cdr3_aa": {"A", ""}, "cdr3_start": {int32(5), int32(-1)}, "cdr3_stop": {int32(7), int32(-1)},
		"junction_aa": {"CAF", ""}, "junction_start": {int32(2), int32(-1)}, "junction_stop": {int32(10), int32(-1)},
		"productive": {int8(1), int8(-1)}, "five_stop": {int32(4), int32(-1)}, "four_start": {int32(6), int32(-1)}, "four_stop": {int32(6), int32(-1)},
		"three_start": {int32(8), int32(-1)}, "five_del_right": {int32(2), int32(-1)}, "four_del_left": {int32(0), int32(-1)},
		"four_del_right": {int32(3), int32(-1)}, "three_del_left": {int32(1), int32(-1)}, "evalue": {1e-173, nan},
		"warnings": {"=W53,W69", "="}, "reads_0": {uint32(70), uint32(3)}, "sequence": {"ggCCAATTGGn", ""},
	}
}

func TestWriteSource(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := WriteSource(t.Context(), &b, repertoire.FromFile(result(), 0), Options{Columns: Names()}); err != nil {
		t.Fatal(err)
	}
	got, names, meta := stream(t, b.Bytes())
	if diff := cmp.Diff(wantBase(), got, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(append(Names(), "reads_0"), names); diff != "" {
		t.Errorf("order of columns (-want +got):\n%s", diff)
	}
	want := Meta{Version: 1, Germlines: map[string]string{"IGH": "H"}, Samples: []MetaSample{{
		Name: "diagnosis", OriginalName: "a.fastq", Total: 100, Segmented: 90,
		Systems: map[string]repertoire.Count{"IGH": {Clonotypes: 5, Reads: 90}, "": {Clonotypes: 1, Reads: 3}},
		Rest:    map[string]repertoire.Count{"IGH": {Clonotypes: 4, Reads: 20}},
	}}}
	if diff := cmp.Diff(want, meta); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}

func TestWriteFused(t *testing.T) {
	t.Parallel()
	second := result()
	second.Clones = second.Clones[:1]
	second.Clones[0].Reads, second.Clones[0].AverageReadLength = []int{10}, []float64{179.5}
	f, err := repertoire.Fuse(t.Context(), []repertoire.Input{
		{SampleID: 1, ResultID: 11, Source: repertoire.FromFile(result(), 0)}, {SampleID: 2, ResultID: 12, Source: repertoire.FromFile(second, 0)},
	}, repertoire.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := wantBase()
	delete(want, "sequence")
	want["length"][0] = float32((99.5*70 + 179.5*10) / 80)
	want["reads_1"] = []any{uint32(10), uint32(0)}
	var b, again bytes.Buffer
	for _, to := range []*bytes.Buffer{&b, &again} {
		if err := WriteFused(to, f, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("the same result gives other bytes")
	}
	got, _, meta := stream(t, b.Bytes())
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	b.Reset()
	if err := WriteFused(&b, f, Options{Columns: []string{}, Samples: []int{1}, Lengths: true}); err != nil {
		t.Fatal(err)
	}
	lengths, _, _ := stream(t, b.Bytes())
	only := map[string][]any{"reads_1": want["reads_1"], "length_1": {float32(179.5), float32(math.NaN())}}
	if diff := cmp.Diff(only, lengths, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("lengths (-want +got):\n%s", diff)
	}
	if len(meta.Samples) != 2 || meta.Samples[1].ResultID != 12 || meta.Samples[1].Rest["IGH"] != (repertoire.Count{Clonotypes: 4, Reads: 80}) {
		t.Errorf("samples %+v", meta.Samples)
	}
}

func TestChosenColumns(t *testing.T) {
	t.Parallel()
	source := repertoire.FromFile(result(), 0)
	f, err := repertoire.Fuse(t.Context(), []repertoire.Input{{Source: source}, {Source: source}, {Source: source}}, repertoire.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		o    Options
		want string
	}{
		"some":       {Options{Columns: []string{"three", "id"}, Samples: []int{}}, "id three"},
		"reads":      {Options{Columns: []string{}, Samples: []int{2, 0}}, "reads_2 reads_0"},
		"all reads":  {Options{Columns: []string{}}, "reads_0 reads_1 reads_2"},
		"unknown":    {Options{Columns: []string{"colour"}}, `write columns: no column "colour"`},
		"no sample":  {Options{Samples: []int{3}}, "write columns: no sample 3: the result has 3"},
		"no sample ": {Options{Samples: []int{-1}}, "write columns: no sample -1: the result has 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			got := ""
			if err := WriteFused(&b, f, tt.o); err != nil {
				got = err.Error()
			} else {
				_, names, _ := stream(t, b.Bytes())
				got = strings.Join(names, " ")
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestNoClonotypes(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := WriteSource(t.Context(), &b, repertoire.FromFile(&vidjilfile.File{}, 0), Options{}); err != nil {
		t.Fatal(err)
	}
	if got, names, _ := stream(t, b.Bytes()); len(got) != 0 || len(names) != len(Names()) {
		t.Errorf("%d values in %d columns", len(got), len(names))
	}
}

func TestTooManyReads(t *testing.T) {
	t.Parallel()
	f := result()
	f.Clones[0].Reads[0] = math.MaxUint32 + 1
	err := WriteSource(t.Context(), &bytes.Buffer{}, repertoire.FromFile(f, 0), Options{})
	if err == nil || !strings.Contains(err.Error(), "column reads_0: 4294967296 reads") {
		t.Errorf("got %v", err)
	}
}

type broken struct{ after int }

func (b *broken) Write(p []byte) (int, error) {
	if b.after -= len(p); b.after < 0 {
		return 0, errors.New("connection lost")
	}
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	t.Parallel()
	for _, after := range []int{0, 100, 4000} {
		err := WriteSource(t.Context(), &broken{after}, repertoire.FromFile(result(), 0), Options{})
		if err == nil || !strings.Contains(err.Error(), "connection lost") {
			t.Errorf("after %d bytes: got %v", after, err)
		}
	}
	why := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if err := WriteSource(ctx, &bytes.Buffer{}, repertoire.FromFile(result(), 0), Options{}); !errors.Is(err, why) {
		t.Errorf("got %v, want the cause", err)
	}
}

// The demonstration patient, column by column against the file.
func TestWriteTutorial(t *testing.T) {
	t.Parallel()
	in, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "vidjil-files", "demo_lil_l3_tutorial.vidjil.gz"))
	if err != nil {
		t.Skipf("no shared data: %v", err)
	}
	defer in.Close()
	file, err := vidjilfile.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	f, err := repertoire.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteFused(&b, f, Options{Columns: Names()}); err != nil {
		t.Fatal(err)
	}
	got, _, meta := stream(t, b.Bytes())
	for k := range file.Clones {
		c := &file.Clones[k]
		for i, n := range c.Reads {
			if got[readsName(i)][k] != uint32(n) {
				t.Fatalf("clonotype %d, sample %d: got %v reads, want %d", k, i, got[readsName(i)][k], n)
			}
		}
		if got["id"][k] != c.ID || got["system"][k] != "="+c.Germline || got["name"][k] != c.Name || got["sequence"][k] != c.Sequence {
			t.Fatalf("clonotype %d: got %v, %v, %v", k, got["id"][k], got["system"][k], got["name"][k])
		}
	}
	for i, s := range meta.Samples {
		var reads int64
		for _, c := range s.Rest {
			reads += c.Reads
		}
		for k := range file.Clones {
			reads += int64(got[readsName(i)][k].(uint32))
		}
		if reads != s.Segmented {
			t.Errorf("sample %d: rows and rest have %d reads of %d", i, reads, s.Segmented)
		}
	}
}

// large is a fused result of n clonotypes in so many samples, with reads like
// those of a repertoire: many zeros, a long tail.
func large(b *testing.B, n, samples int) *repertoire.Fused {
	b.Helper()
	f := &vidjilfile.File{Samples: vidjilfile.Samples{Number: samples, OriginalNames: make([]string, samples)}}
	state := uint64(1)
	next := func(below uint64) uint64 {
		state = state*6364136223846793005 + 1442695040888963407
		return (state >> 33) % below
	}
	for i := range n {
		id := make([]byte, 50)
		for k := range id {
			id[k] = "ACGT"[next(4)]
		}
		v, j := next(70), next(6)
		c := vidjilfile.Clone{
			ID: string(id), Germline: "IGH", Name: fmt.Sprintf("IGHV%d*01 %d/%s/%d IGHJ%d*02", v, next(9), id[:next(8)], next(9), j),
			Sequence: strings.Repeat(string(id), 5), Top: i/samples + 1, Reads: make([]int, samples), AverageReadLength: make([]float64, samples),
			Seg: vidjilfile.Seg{
				Five: &vidjilfile.Segment{Name: fmt.Sprintf("IGHV%d*01", v), Span: vidjilfile.SpanOf(0, int(150+next(10)))}, Three: &vidjilfile.Segment{Name: fmt.Sprintf("IGHJ%d*02", j)},
				Junction: &vidjilfile.Junction{Span: vidjilfile.SpanOf(140, int(170+3*next(9))), AA: "CAR" + string(id[:12]) + "W", Productive: some(next(4) > 0)},
			},
		}
		for k := range samples {
			if next(10) == 0 || k == i%samples {
				c.Reads[k] = 1 + int(next(uint64(2+1000000/(i+1))))
				c.AverageReadLength[k] = float64(200 + next(100))
			}
		}
		f.Clones = append(f.Clones, c)
	}
	fused, err := repertoire.Open(f)
	if err != nil {
		b.Fatal(err)
	}
	return fused
}

// BenchmarkWriteFused writes 100,000 clonotypes of 100 samples, and tells the
// size as it is and in gzip.
func BenchmarkWriteFused(b *testing.B) {
	f := large(b, 100_000, 100)
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := WriteFused(&out, f, Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	if path := os.Getenv("COLUMNS_KEEP"); path != "" {
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(out.Bytes()); err != nil {
		b.Fatal(err)
	}
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(out.Len())/1e6, "MB")
	b.ReportMetric(float64(zipped.Len())/1e6, "MB-gzip")
}

func TestProposedClusters(t *testing.T) {
	t.Parallel()
	file := result()
	file.Clones = append(file.Clones, vidjilfile.Clone{ID: "GGGG", Reads: []int{2}, Top: 3})
	file.Clusters = [][]string{{"ACGT", "TTTT", "GGGG"}}
	file.Provenance = &vidjilfile.Provenance{Clusters: map[string]string{"TTTT": "one letter apart", "GGGG": "two letters apart"}}
	fuse := func(top int) *repertoire.Fused {
		f, err := repertoire.Fuse(t.Context(), []repertoire.Input{{Source: repertoire.FromFile(file, 0)}}, repertoire.Options{Top: top})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	clusters := func(f *repertoire.Fused) Meta {
		var b bytes.Buffer
		if err := WriteFused(&b, f, Options{}); err != nil {
			t.Fatal(err)
		}
		_, _, meta := stream(t, b.Bytes())
		return Meta{Clusters: meta.Clusters, Evidence: meta.Evidence}
	}
	all := fuse(3)
	want := Meta{Clusters: [][]string{{"ACGT", "TTTT", "GGGG"}}, Evidence: map[string]string{"TTTT": "one letter apart", "GGGG": "two letters apart"}}
	if diff := cmp.Diff(want, clusters(all)); diff != "" {
		t.Errorf("all rows (-want +got):\n%s", diff)
	}
	all.Clones = all.Clones[:2]
	want = Meta{Clusters: [][]string{{"ACGT", "TTTT"}}, Evidence: map[string]string{"TTTT": "one letter apart"}}
	if diff := cmp.Diff(want, clusters(all)); diff != "" {
		t.Errorf("a member that is no row is not told (-want +got):\n%s", diff)
	}
	all.Clones = all.Clones[:1]
	if diff := cmp.Diff(Meta{}, clusters(all)); diff != "" {
		t.Errorf("one row is no cluster (-want +got):\n%s", diff)
	}
}

func TestDistributionsAndOverlaps(t *testing.T) {
	t.Parallel()
	inputs := []repertoire.Input{{Source: repertoire.FromFile(result(), 0)}, {Source: repertoire.FromFile(result(), 0)}}
	f, err := repertoire.Fuse(t.Context(), inputs, repertoire.Options{Top: 1, Distributions: [][]string{{"seg5"}}, Overlaps: true})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteFused(&out, f, Options{}); err != nil {
		t.Fatal(err)
	}
	_, _, meta := stream(t, out.Bytes())
	if diff := cmp.Diff(f.Overlaps, meta.Overlaps); diff != "" {
		t.Errorf("overlaps (-want +got):\n%s", diff)
	}
	for i, s := range meta.Samples {
		if len(s.Distributions) != 1 {
			t.Fatalf("sample %d: got %d distributions, want that of seg5", i, len(s.Distributions))
		}
		d := s.Distributions[0]
		want := repertoire.Count{Clonotypes: 2, Reads: 73} // both of the file, whatever is listed
		got := repertoire.Count{}
		for k := range d.At {
			got.Clonotypes, got.Reads = got.Clonotypes+int64(d.Clonotypes[k]), got.Reads+int64(d.Reads[k])
		}
		if !slices.Equal(d.Axes, []string{"seg5"}) || got != want {
			t.Errorf("sample %d: %v counts %+v, want %+v", i, d.Axes, got, want)
		}
	}
	out.Reset()
	if err := WriteFused(&out, f, Options{Columns: []string{}}); err != nil {
		t.Fatal(err)
	}
	if _, _, meta := stream(t, out.Bytes()); meta.Overlaps != nil || meta.Samples[0].Distributions != nil {
		t.Error("reads alone repeat the counts")
	}
}
