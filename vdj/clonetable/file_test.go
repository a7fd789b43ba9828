package clonetable

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// What follows makes any clonotype that a .vidjil file can hold.

func maybe[T any](t *rapid.T, gen *rapid.Generator[T], label string) vidjilfile.Opt[T] {
	if !rapid.Bool().Draw(t, label+" known") {
		return vidjilfile.Opt[T]{}
	}
	return airr.Some(gen.Draw(t, label))
}

func anyPosition() *rapid.Generator[int] {
	return rapid.OneOf(rapid.IntRange(-1, 400), rapid.IntRange(-1<<50, 1<<50))
}

func anyFloat() *rapid.Generator[float64] { return rapid.Float64Range(-1e6, 1e9) }

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"IGH", "W51", "a, \"b\"\n\\", "é\u2028漢", "\x01"}), rapid.String())
}

func anyDNA() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.Just(""), rapid.StringMatching(`[ACGT]{1,90}`), rapid.StringMatching(`[ACGTNacgtR-]{1,40}`), anyText(),
	)
}

func anyBag() *rapid.Generator[vidjilfile.Bag] {
	return bagOf(`1`, `null`, `{"a":[1,"]},\n"]}`, `"],"`)
}

func bagOf(values ...string) *rapid.Generator[vidjilfile.Bag] {
	return rapid.Custom(func(t *rapid.T) vidjilfile.Bag {
		var b vidjilfile.Bag
		for _, key := range []string{"config", "x y", "é"} {
			if rapid.IntRange(0, 9).Draw(t, "member") == 0 {
				raw := rapid.SampledFrom(values).Draw(t, "value")
				b = append(b, vidjilfile.Member{Key: key, Value: json.RawMessage(raw)})
			}
		}
		return b
	})
}

func anySpan(t *rapid.T) vidjilfile.Span {
	return vidjilfile.Span{Start: maybe(t, anyPosition(), "start"), End: maybe(t, anyPosition(), "end")}
}

func anySegment(t *rapid.T) *vidjilfile.Segment {
	if rapid.Bool().Draw(t, "no gene") {
		return nil
	}
	return &vidjilfile.Segment{
		Name: rapid.OneOf(rapid.SampledFrom([]string{"IGHV3-48*01", "IGHJ4*02"}), anyText()).Draw(t, "gene"), Span: anySpan(t),
		DelLeft: maybe(t, anyPosition(), "left"), DelRight: maybe(t, anyPosition(), "right"), Extra: anyBag().Draw(t, "extra"),
	}
}

func anyWarnings(t *rapid.T) []vidjilfile.Warning {
	var out []vidjilfile.Warning
	for range rapid.IntRange(0, 3).Draw(t, "warnings") {
		out = append(out, vidjilfile.Warning{
			Code: rapid.SampledFrom([]string{"W51", "W69", ""}).Draw(t, "code"), Level: anyText().Draw(t, "level"), Message: anyText().Draw(t, "message"),
			Sample: maybe(t, rapid.IntRange(0, 3), "sample"), Extra: anyBag().Draw(t, "extra"),
		})
	}
	return out
}

func anySeg(t *rapid.T) vidjilfile.Seg {
	g := vidjilfile.Seg{
		Five: anySegment(t), Four: anySegment(t), FourA: anySegment(t), FourB: anySegment(t), Three: anySegment(t),
		N: maybe(t, anyPosition(), "N"), N1: maybe(t, anyPosition(), "N1"), N2: maybe(t, anyPosition(), "N2"), N3: maybe(t, anyPosition(), "N3"),
		EValue: maybe(t, anyFloat(), "e"), EValueLeft: maybe(t, anyFloat(), "left"), EValueRight: maybe(t, anyFloat(), "right"),
		// An object would be a feature.
		Extra: bagOf(`1`, `null`, `"],"`).Draw(t, "extra"),
	}
	if rapid.Bool().Draw(t, "junction") {
		g.Junction = &vidjilfile.Junction{
			Span: anySpan(t), AA: anyText().Draw(t, "aa"), Productive: maybe(t, rapid.Bool(), "productive"),
			Unproductive: anyText().Draw(t, "why"), Extra: anyBag().Draw(t, "extra"),
		}
	}
	feature := func() vidjilfile.Feature {
		return vidjilfile.Feature{
			Span: anySpan(t), Seq: anyText().Draw(t, "seq"), AA: anyText().Draw(t, "aa"), Extra: anyBag().Draw(t, "extra"),
		}
	}
	if rapid.Bool().Draw(t, "cdr3") {
		f := feature()
		g.CDR3 = &f
	}
	switch rapid.IntRange(0, 2).Draw(t, "quality") {
	case 1:
		f := feature()
		g.Quality = &f
	case 2:
		q := anyText().Draw(t, "phred")
		g.Quality = &vidjilfile.Feature{Span: vidjilfile.SpanOf(0, len(q)), Seq: q}
	}
	for _, name := range []string{"fwr1", "v_identity", "5_alternatives"} {
		if rapid.Bool().Draw(t, name) {
			g.Features = append(g.Features, vidjilfile.NamedFeature{Name: name, Feature: feature()})
		}
	}
	return g
}

func anyClone() *rapid.Generator[vidjilfile.Clone] {
	return rapid.Custom(func(t *rapid.T) vidjilfile.Clone {
		if rapid.IntRange(0, 5).Draw(t, "bare") == 0 {
			return vidjilfile.Clone{}
		}
		return vidjilfile.Clone{
			ID: anyDNA().Draw(t, "id"), Germline: anyText().Draw(t, "system"), Name: anyText().Draw(t, "name"), Label: anyText().Draw(t, "label"),
			Sequence: anyDNA().Draw(t, "sequence"), Top: rapid.IntRange(0, 1<<40).Draw(t, "top"), Tag: anyText().Draw(t, "tag"),
			Reads:             rapid.SliceOfN(rapid.IntRange(-5, 1<<40), 0, 2).Draw(t, "reads"),
			AverageReadLength: rapid.SliceOfN(anyFloat(), 0, 2).Draw(t, "length"),
			Coverage:          rapid.SliceOfN(anyFloat(), 0, 2).Draw(t, "coverage"),
			CoverageInfo:      rapid.SliceOfN(anyText(), 0, 2).Draw(t, "info"),
			Expected:          maybe(t, anyFloat(), "expected"), Seg: anySeg(t), Warnings: anyWarnings(t), Extra: anyBag().Draw(t, "extra"),
		}
	})
}

func anyFile() *rapid.Generator[*vidjilfile.File] {
	return rapid.Custom(func(t *rapid.T) *vidjilfile.File {
		f := &vidjilfile.File{
			Producer: anyText().Draw(t, "producer"), Version: rapid.SampledFrom([]string{"2016b", "2014.10", ""}).Draw(t, "version"),
			Samples:  vidjilfile.Samples{Number: rapid.IntRange(0, 1).Draw(t, "samples"), OriginalNames: []string{anyText().Draw(t, "name")}},
			Clones:   rapid.SliceOfN(anyClone(), 0, 6).Draw(t, "clonotypes"),
			Clusters: rapid.SliceOfN(rapid.SliceOfN(anyText(), 1, 3), 0, 2).Draw(t, "clusters"),
			Warnings: anyWarnings(t), Extra: anyBag().Draw(t, "extra"),
		}
		if rapid.Bool().Draw(t, "totals") {
			n := rapid.IntRange(1, 1<<40).Draw(t, "total")
			f.Reads = vidjilfile.Reads{Total: []int{n}, Segmented: []int{n / 2}, Germline: map[string][]int{"IGH": {n / 3}}}
		}
		if rapid.Bool().Draw(t, "provenance") {
			f.Provenance = &vidjilfile.Provenance{Engine: "1", Reads: []vidjilfile.Digest{}, Clusters: map[string]string{"a": "b"}}
		}
		return f
	})
}

func TestAnyFileLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		f := anyFile().Draw(rt, "file")
		table := tableOf(t, f)
		got, err := table.File(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(f, got, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("(-want +got):\n%s", diff)
		}
		if want, got := vidjil(t, f), vidjil(t, got); got != want {
			rt.Fatalf("the .vidjil file differs: %s", cmp.Diff(want, got))
		}
		var want []repertoire.Row
		for i := range f.Clones {
			var row repertoire.Row
			row.Reset()
			row.SetClone(&f.Clones[i], 0, repertoire.FieldsAll)
			row.Number, row.Top = i, f.Clones[i].Top
			want = append(want, row)
		}
		if diff := cmp.Diff(want, rowsOf(t, table, repertoire.FieldsAll), cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("rows (-want +got):\n%s", diff)
		}
	})
}

// Several chunks: rows by number, streams and threads.
func TestManyChunks(t *testing.T) {
	t.Parallel()
	f := simulated(t, 1, 2*chunkRows+100)
	table := tableOf(t, f)
	if got, want := len(table.footer.chunks), 3; got != want {
		t.Fatalf("%d chunks, want %d", got, want)
	}
	sameSource(t, repertoire.FromFile(f, 0), table)
	for _, rows := range [][]int{nil, {0}, {chunkRows - 1, chunkRows}, {chunkRows}, {5, 2*chunkRows + 99}, {7, 7}} {
		got, err := table.Clones(t.Context(), rows)
		if err != nil {
			t.Fatal(err)
		}
		var want []vidjilfile.Clone
		for _, i := range rows {
			want = append(want, f.Clones[i])
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("rows %v (-want +got):\n%s", rows, diff)
		}
	}
	for _, rows := range [][]int{{-1}, {2*chunkRows + 100}, {4, 3}} {
		if _, err := table.Clones(t.Context(), rows); err == nil {
			t.Errorf("rows %v: no error", rows)
		}
	}
}

// A clonotype as long as a genome ends a chunk, and is read again.
func TestLongSequence(t *testing.T) {
	t.Parallel()
	f := simulated(t, 2, 10)
	f.Clones[3].Sequence = strings.Repeat("ACGTTGCA", chunkBytes/2)
	table := tableOf(t, f)
	if got, want := len(table.footer.chunks), 2; got != want {
		t.Errorf("%d chunks, want %d", got, want)
	}
	got, err := table.File(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(f, got, cmpopts.EquateEmpty()) {
		t.Error("the file differs")
	}
}

func TestSameBytes(t *testing.T) {
	t.Parallel()
	f := simulated(t, 3, chunkRows+5)
	var a, b bytes.Buffer
	if err := WriteFile(&a, f); err != nil {
		t.Fatal(err)
	}
	if err := WriteSource(t.Context(), &b, repertoire.FromFile(f, 0)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same clonotypes give other bytes")
	}
}

func TestConversions(t *testing.T) {
	t.Parallel()
	f := simulated(t, 4, chunkRows+50)
	f.Clones[2].Warnings = []vidjilfile.Warning{{Code: "W51", Level: "warn", Message: "low coverage"}}
	table := tableOf(t, f)
	var got bytes.Buffer
	if err := table.WriteVidjil(t.Context(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(vidjil(t, f), got.String()); diff != "" {
		t.Errorf(".vidjil (-want +got):\n%s", diff)
	}
	var want bytes.Buffer
	w, err := airr.NewWriter(&want, slices.Concat(airr.EngineColumns(), vidjilfile.AIRRExtra()))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range f.ToAIRR() {
		if err := w.Write(&row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	got.Reset()
	if err := table.WriteAIRR(t.Context(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), got.String()); diff != "" {
		t.Errorf("AIRR (-want +got):\n%s", diff)
	}
}

// fullWriter refuses bytes after the first few.
type fullWriter int

func (w *fullWriter) Write(p []byte) (int, error) {
	if *w -= fullWriter(len(p)); *w < 0 {
		return 0, errFull
	}
	return len(p), nil
}

var errFull = errors.New("no space left")

func TestWriteErrors(t *testing.T) {
	t.Parallel()
	f := simulated(t, 5, 3*chunkRows)
	for _, room := range []fullWriter{0, 100, 500_000, 900_000} {
		if err := WriteFile(&room, f); !errors.Is(err, errFull) {
			t.Errorf("room for %d bytes: got %v", room, err)
		}
	}
	several := simulated(t, 5, 3)
	several.Samples.Number = 2
	if err := WriteFile(&bytes.Buffer{}, several); err == nil || !strings.Contains(err.Error(), "2 samples") {
		t.Errorf("two samples: got %v", err)
	}
	stop := errors.New("the engine stopped")
	err := Write(&bytes.Buffer{}, f, func(yield func(*vidjilfile.Clone, error) bool) {
		_ = yield(&f.Clones[0], nil) && yield(nil, stop)
	})
	if !errors.Is(err, stop) {
		t.Errorf("clonotypes that end with an error: got %v", err)
	}
	bad := simulated(t, 5, 3)
	bad.Clones[1].Extra = vidjilfile.Bag{{Key: "x", Value: json.RawMessage("{")}}
	if err := WriteFile(&bytes.Buffer{}, bad); err == nil {
		t.Error("a kept value that is no JSON: no error")
	}
}
