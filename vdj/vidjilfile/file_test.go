package vidjilfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/vdj/airr"
)

func read(t testing.TB, text string) *File {
	t.Helper()
	f, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func written(t testing.TB, f *File) string {
	t.Helper()
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Nothing of a foreign file may be lost: every value of it must stand in what
// is written, at the same path, up to the changes that lost tells.
func TestRealFilesKeepEverything(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Demo-X5-no-clone.vidjil", "analysis-example.vidjil", "demo_lil_l3_tutorial.vidjil.gz"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := readAll(shared(t, "data/vidjil-files/"+name))
			if err != nil {
				t.Fatal(err)
			}
			f, err := Read(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			text := written(t, f)
			var before, after any
			if err := json.Unmarshal(data, &before); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(text), &after); err != nil {
				t.Fatal(err)
			}
			for _, l := range lost("", before, after, f.Version < Version) {
				t.Error(l)
			}
			again := read(t, text)
			again.Version = f.Version
			if diff := cmp.Diff(f, again); diff != "" {
				t.Errorf("read again (-first +second):\n%s", diff)
			}
		})
	}
}

// lost lists what of before is not in after. It knows the documented changes: of
// version, of positions of old files, numbers that stand for nothing, and e-values
// in other letters.
func lost(path string, before, after any, old bool) []string {
	switch b := before.(type) {
	case map[string]any:
		a, ok := after.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s: %v became %v", path, before, after)}
		}
		if old && strings.HasSuffix(path, ".seg") {
			return nil // TestOldPositions
		}
		var out []string
		for key, v := range b {
			out = append(out, lost(path+"."+key, v, a[key], old)...)
		}
		return out
	case []any:
		if path == ".timestamp" {
			return lost(path, b[0], after, old)
		}
		b = slices.DeleteFunc(slices.Clone(b), func(v any) bool {
			return v == 0.0 && (strings.HasSuffix(path, ".warn") || path == ".clusters")
		})
		a, ok := after.([]any)
		if len(b) == 0 && after == nil {
			return nil
		}
		if !ok || len(a) != len(b) {
			return []string{fmt.Sprintf("%s: %v became %v", path, before, after)}
		}
		var out []string
		for i := range b {
			out = append(out, lost(path+"[]", b[i], a[i], old)...)
		}
		return out
	}
	switch {
	case path == ".vidjil_json_version" && after == Version,
		path == ".clones" && before == nil,
		path == ".clones[].sequence" && before == 0.0 && after == "",
		path == ".clones[]._coverage_info[]" && before == 0.0 && after == "":
		return nil
	case strings.HasSuffix(path, ".val"):
		x, err1 := strconv.ParseFloat(fmt.Sprint(before), 64)
		y, err2 := strconv.ParseFloat(fmt.Sprint(after), 64)
		if err1 == nil && err2 == nil && x == y {
			return nil
		}
	}
	if before != after {
		return []string{fmt.Sprintf("%s: %v became %v", path, before, after)}
	}
	return nil
}

func TestLostFindsLosses(t *testing.T) {
	t.Parallel()
	before := map[string]any{"a": map[string]any{"b": []any{1.0, "x"}}}
	for _, after := range []any{nil, map[string]any{}, map[string]any{"a": map[string]any{"b": []any{1.0}}}, map[string]any{"a": map[string]any{"b": []any{1.0, "y"}}}} {
		if lost("", before, after, false) == nil {
			t.Errorf("nothing lost in %v", after)
		}
	}
}

// Positions of files before 2016b are 0-based. The name of this clonotype says
// that three letters stand between V and D.
func TestOldPositions(t *testing.T) {
	t.Parallel()
	f, err := Read(shared(t, "data/vidjil-files/analysis-example.vidjil"))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(f.Clones, func(c Clone) bool { return c.Name == "TRBV29*01 -2/3/-2 TRBD2*01 -2/3/-5 TRBJ2-7*01" })
	if i < 0 {
		t.Fatal("no such clonotype")
	}
	g := f.Clones[i].Seg
	want := Seg{
		Five:  &Segment{Name: "TRBV29*01", Span: SpanOf(0, 70)},
		Four:  &Segment{Name: "TRBD2*01", Span: SpanOf(73, 83)},
		Three: &Segment{Name: "TRBJ2-7*01", Span: Span{Start: airr.Some(86)}},
	}
	if diff := cmp.Diff(want, g); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	line := ""
	for l := range strings.Lines(written(t, f)) {
		if strings.Contains(l, f.Clones[i].ID) {
			line = l
		}
	}
	if want := `"seg":{"5":{"name":"TRBV29*01","start":1,"stop":70},"4":{"name":"TRBD2*01","start":74,"stop":83},"3":{"name":"TRBJ2-7*01","start":87}}`; !strings.Contains(line, want) {
		t.Errorf("written as\n%swant\n%s", line, want)
	}
}

// Objects of old files with start and stop are 0-based and closed too, wherever
// in the file the version stands.
func TestOldObjectPositions(t *testing.T) {
	t.Parallel()
	f := read(t, `{"clones":[{"seg":{"cdr3":{"start":9,"stop":11},"junction":{"start":6,"stop":14},"5":{"name":"V","start":0,"stop":7}}}],
		"vidjil_json_version":"2014.10"}`)
	g := f.Clones[0].Seg
	for name, got := range map[string]Span{"cdr3": g.CDR3.Span, "junction": g.Junction.Span, "5": g.Five.Span} {
		want := map[string]Span{"cdr3": SpanOf(9, 12), "junction": SpanOf(6, 15), "5": SpanOf(0, 8)}[name]
		if got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestQuirks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, text string
		want       *File
	}{
		{"clones are null", `{"vidjil_json_version":"2016b","clones":null}`, &File{Version: "2016b"}},
		{"the version is a list", `{"vidjil_json_version":["2016b"]}`, &File{Version: "2016b"}},
		{"timestamps", `{"timestamp":["a","b"]}`, &File{Timestamps: []string{"a", "b"}}},
		{"a sequence that is 0", `{"clones":[{"sequence":0}]}`, &File{Clones: []Clone{{}}}},
		{
			"a value in place of a list", `{"samples":{"number":"1","producer":"x"},"reads":{"total":7}}`,
			&File{Samples: Samples{Number: 1, Producer: []string{"x"}}, Reads: Reads{Total: []int{7}}},
		},
		{"floats in place of integers", `{"reads":{"total":[7.0,null]}}`, &File{Reads: Reads{Total: []int{7, 0}}}},
		{
			"padding in lists of clusters and warnings", `{"clusters":[0,["a"],0],"warn":[0,{"code":"W09","level":1,"sample":2}]}`,
			&File{Clusters: [][]string{{"a"}}, Warnings: []Warning{{Code: "W09", Level: "1", Sample: airr.Some(2)}}},
		},
		{
			"e-values", `{"clones":[{"seg":{"evalue":{"val":"1e-200"},"evalue_left":{"val":0.5},"evalue_right":3}}]}`,
			&File{Clones: []Clone{{Seg: Seg{EValue: airr.Some(1e-200), EValueLeft: airr.Some(0.5), EValueRight: airr.Some(3.0)}}}},
		},
		{
			"an e-value with more", `{"clones":[{"seg":{"evalue":{"val":"1","info":"x"}}}]}`,
			&File{Clones: []Clone{{Seg: Seg{Features: []NamedFeature{{"evalue", Feature{Extra: Bag{{"val", []byte(`"1"`)}, {"info", []byte(`"x"`)}}}}}}}}},
		},
		{
			"diversity, a number", `{"diversity":{"index_H_entropy":2.5}}`,
			&File{Diversity: Diversity{Shannon: []map[string]float64{{"all": 2.5}}}},
		},
		{
			"diversity, by system", `{"diversity":{"index_H_entropy":{"all":2.5,"IGH":1,"TRG":"na"}}}`,
			&File{Diversity: Diversity{Shannon: []map[string]float64{{"all": 2.5, "IGH": 1}}}},
		},
		{
			"diversity, of several samples", `{"diversity":{"index_H_entropy":[2.5,"na",{"all":1}],"other":1}}`,
			&File{Diversity: Diversity{Shannon: []map[string]float64{{"all": 2.5}, nil, {"all": 1}}, Extra: Bag{{"other", []byte("1")}}}},
		},
		{
			"a nameless custom system", `{"germlines":{"custom":{"shortcut":"X","5":[]},"ref":"r"}}`,
			&File{Germlines: Germlines{Ref: "r", Extra: Bag{{"custom", []byte(`{"shortcut":"X","5":[]}`)}}}},
		},
		{
			"custom systems", `{"germlines":{"custom":{"IGH":{"shortcut":"H","5":["a"],"z":1}},"species_taxon_id":9606}}`,
			&File{Germlines: Germlines{TaxonID: 9606, Custom: map[string]Custom{"IGH": {Shortcut: "H", Five: []string{"a"}, Extra: Bag{{"z", []byte("1")}}}}}},
		},
		{"somebody else's provenance", `{"provenance":{"who":"me"}}`, &File{Extra: Bag{{"provenance", []byte(`{"who":"me"}`)}}}},
		{
			"unknown things", `{"mrd":{"x":[1, 2]},"clones":[{"id":"a","new":true,"seg":{"new":[1],"f":{"start":2,"val":1}}}]}`,
			&File{Extra: Bag{{"mrd", []byte(`{"x":[1,2]}`)}}, Clones: []Clone{{
				ID: "a", Extra: Bag{{"new", []byte("true")}},
				Seg: Seg{Extra: Bag{{"new", []byte("[1]")}}, Features: []NamedFeature{{"f", Feature{Span: Span{Start: airr.Some(1)}, Extra: Bag{{"val", []byte("1")}}}}}},
			}}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, read(t, tc.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWriteFails(t *testing.T) {
	t.Parallel()
	if err := (&File{}).Write(brokenPipe{}); err == nil {
		t.Error("a broken pipe: no error")
	}
	if err := (&File{Extra: Bag{{"x", []byte("{")}}}).Write(io.Discard); err == nil {
		t.Error("a kept value that is no JSON: no error")
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestDistributionsRoundTrip(t *testing.T) {
	t.Parallel()
	want := &Distributions{
		Keys: []string{"clones", "reads"},
		Repertoires: map[string][]Distribution{"a": {
			{Axes: []string{"top"}, Values: []Bin{{At: []string{"1"}, Counts: []int{1, 5}}, {At: []string{"2"}, Counts: []int{1, 3}}}},
			{Axes: []string{"seg5", "seg3"}, Values: []Bin{
				{At: []string{"V1", "J1"}, Counts: []int{1, 5}}, {At: []string{"V1", "J2"}, Counts: []int{2, 2}}, {At: []string{"V2", "J1"}, Counts: []int{1, 1}},
			}},
			{Axes: []string{"seg4"}},
		}},
	}
	text := written(t, &File{Distributions: want})
	if !strings.Contains(text, `{"axes":["seg5","seg3"],"values":{"V1":{"J1":[1,5],"J2":[2,2]},"V2":{"J1":[1,1]}}}`) {
		t.Errorf("written as\n%s", text)
	}
	if diff := cmp.Diff(want, read(t, text).Distributions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// The order of the bins does not show.
	slices.Reverse(want.Repertoires["a"][1].Values)
	if again := written(t, &File{Distributions: want}); again != text {
		t.Errorf("bins in another order give other bytes")
	}
}

func TestAnalysis(t *testing.T) {
	t.Parallel()
	const text = `{"cluster":[["A","B"]],"samples":{"id":["s1","s2"],"number":2,"order":[1,0],"more":1,"original_names":["x"]},
		"clones":[{"id":"A","name":"my clone","tag":0,"expected":0.01,"segEdited":true,"sequence":0,"seg":{"5":{"name":"V","stop":9}}}],
		"tags":{"names":{"0":"a"},"hide":[3,"4"]},"normalization":{"id":"A"},"report_save":{},"data":{"qPCR":[1,2]},"vidjil_json_version":"2014.09"}`
	a, err := ReadAnalysis(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	want := &Analysis{
		Version: "2014.09",
		Samples: AnalysisSamples{
			Number: airr.Some(2), OriginalNames: []string{"s1", "s2"}, IDKey: true, Order: []int{1, 0},
			Extra: Bag{{"more", []byte("1")}, {"original_names", []byte(`["x"]`)}},
		},
		Clones: []Clone{{
			ID: "A", Name: "my clone", Tag: "0", Expected: airr.Some(0.01), Extra: Bag{{"segEdited", []byte("true")}},
			// Not shifted: the server writes 2014.09 in every file.
			Seg: Seg{Five: &Segment{Name: "V", Span: Span{End: airr.Some(9)}}},
		}},
		Clusters: [][]string{{"A", "B"}},
		Tags:     Tags{Names: map[string]string{"0": "a"}, Hide: []string{"3", "4"}},
		Extra:    Bag{{"normalization", []byte(`{"id":"A"}`)}, {"report_save", []byte(`{}`)}, {"data", []byte(`{"qPCR":[1,2]}`)}},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var out bytes.Buffer
	if err := a.Write(&out); err != nil {
		t.Fatal(err)
	}
	again, err := ReadAnalysis(&out)
	if err != nil {
		t.Fatal(err)
	}
	again.Version = a.Version
	if diff := cmp.Diff(a, again); diff != "" {
		t.Errorf("read again (-first +second):\n%s", diff)
	}
	if empty, err := ReadAnalysis(strings.NewReader(" \n")); err != nil || empty.Clones != nil {
		t.Errorf("empty file: %v, %v", empty, err)
	}
	if _, err := ReadAnalysis(strings.NewReader(`{"clones":[{"id":[]}]}`)); err == nil || !strings.Contains(err.Error(), "clones[0].id (offset 17)") {
		t.Errorf("error %v does not name the place", err)
	}
}

func TestRealAnalysisKeepsEverything(t *testing.T) {
	t.Parallel()
	data, err := readAll(shared(t, "data/vidjil-files/demo_lil_l3_tutorial.analysis"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := ReadAnalysis(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := a.Write(&out); err != nil {
		t.Fatal(err)
	}
	var before, after any
	if err := json.Unmarshal(data, &before); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &after); err != nil {
		t.Fatal(err)
	}
	for _, l := range lost("", before, after, false) {
		t.Error(l)
	}
	if len(a.Clones) != 11 || len(a.Clusters) != 6 {
		t.Errorf("%d clonotypes, %d clusters", len(a.Clones), len(a.Clusters))
	}
}

func BenchmarkReadTutorial(b *testing.B) {
	data, err := readAll(shared(b, "data/vidjil-files/demo_lil_l3_tutorial.vidjil.gz"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}

// A number that nothing bears out must not cost time or memory.
func TestWrongNumberOfSamples(t *testing.T) {
	t.Parallel()
	f := read(t, `{"samples":{"number":1e15,"original_names":["a"]},"reads":{"segmented":[5]},"clones":[{"id":"A","reads":[3],"germline":"IGH"}]}`)
	if rows := f.ToAIRR(); len(rows) != 1 || rows[0].SequenceID != "A" {
		t.Errorf("%d rows", len(rows))
	}
	if findings := f.Lint(LintOptions{}); !slices.Contains(codes(findings), "samples") {
		t.Errorf("the linter finds %v", findings)
	}
}
