package repertoire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// ctx is the context of a test, or of a drawn case.
func ctx(t any) context.Context {
	if t, ok := t.(interface{ Context() context.Context }); ok {
		return t.Context()
	}
	return context.Background()
}

func written(t *testing.T, f *vidjilfile.File) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFuseOneIsItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := drawFile("a.fastq").Draw(t, "file")
		f.Clusters = [][]string{}
		if len(f.Clones) > 3 {
			f.Clusters = [][]string{{f.Clones[0].ID, f.Clones[2].ID}, {f.Clones[1].ID, f.Clones[3].ID}}
		}
		f.Warnings = []vidjilfile.Warning{{Code: "W20", Level: "warn", Message: "few"}}
		f.Extra = vidjilfile.Bag{{Key: "config", Value: json.RawMessage(`{"a":[1,2]}`)}, {Key: "links", Value: json.RawMessage(`[1]`)}}
		f.Diversity.Shannon = []map[string]float64{{"all": 1.5, "IGH": 2}}
		f.Germlines = vidjilfile.Germlines{Ref: "r", Species: "s", TaxonID: 9606, Custom: map[string]vidjilfile.Custom{"IGH": {Shortcut: "H"}}}
		f.Provenance = &vidjilfile.Provenance{Engine: "1", Causes: []map[string]int{{"x": 1}}, Filtered: []int{2}}
		got := fuse(t, Options{Top: AllClonotypes}, f).File()
		got.Reads.Distribution = nil // new
		got.Extra = slices.DeleteFunc(got.Extra, func(m vidjilfile.Member) bool { return m.Key == keyFused })
		if diff := cmp.Diff(f, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("a file fused alone changes (-file +fused):\n%s", diff)
		}
	})
}

func TestFuseOrderPermutesColumnsOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		files := drawFiles(t)
		order := rapid.Permutation(indexes(len(files))).Draw(t, "order")
		in := inputs(files...)
		moved := make([]Input, len(in))
		for k, i := range order {
			moved[k] = in[i]
		}
		o := Options{Top: 4, Overlaps: true, Threads: 2}
		a, err := Fuse(ctx(t), in, o)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Fuse(ctx(t), moved, o)
		if err != nil {
			t.Fatal(err)
		}
		for k, i := range order {
			if diff := cmp.Diff(a.Samples[i], b.Samples[k]); diff != "" {
				t.Fatalf("sample %d (-first +moved):\n%s", i, diff)
			}
			for l, j := range order {
				if a.Overlaps.Morisita[i][j] != b.Overlaps.Morisita[k][l] || a.Overlaps.Jaccard[i][j] != b.Overlaps.Jaccard[k][l] {
					t.Fatalf("overlaps of %d and %d differ", i, j)
				}
			}
		}
		if len(a.Clones) != len(b.Clones) {
			t.Fatalf("%d and %d clonotypes", len(a.Clones), len(b.Clones))
		}
		for i := range a.Clones {
			x, y := &a.Clones[i], &b.Clones[i]
			if x.ID != y.ID || x.Top != y.Top {
				t.Fatalf("clonotype %d: %s %d and %s %d", i, x.ID, x.Top, y.ID, y.Top)
			}
			for k, j := range order {
				if x.Reads[j] != y.Reads[k] || first(one(x.AverageReadLength, j)) != first(one(y.AverageReadLength, k)) {
					t.Fatalf("clonotype %s: columns %v and %v", x.ID, x.Reads, y.Reads)
				}
			}
		}
	})
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func TestFuseKeepsSums(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		files := drawFiles(t)
		f := fuse(t, Options{Top: rapid.IntRange(1, 6).Draw(t, "top"), Threads: 1}, files...)
		for i, file := range files {
			sums := map[string]Count{}
			for system, c := range f.Samples[i].Rest {
				if c.Clonotypes < 0 || c.Reads < 0 {
					t.Fatalf("sample %d, %s: rest %v", i, system, c)
				}
				sums[system] = c
			}
			for k := range f.Clones {
				if n := f.Clones[k].Reads[i]; n > 0 {
					c := sums[f.Clones[k].Germline]
					sums[f.Clones[k].Germline] = Count{c.Clonotypes + 1, c.Reads + int64(n)}
				}
			}
			want := map[string]Count{}
			for system := range file.Reads.Germline {
				want[system] = Count{int64(file.Reads.Clones[system][0]), int64(file.Reads.Germline[system][0])}
			}
			if diff := cmp.Diff(want, sums); diff != "" {
				t.Fatalf("sample %d: kept and rest are not all (-all +sum):\n%s", i, diff)
			}
		}
	})
}

func TestFuseSameBytesForAnyThreads(t *testing.T) {
	t.Parallel()
	f := tutorial(t)
	in := func() []Input {
		var list []Input
		for i := range f.Samples.Number {
			list = append(list, Input{ResultID: int64(i + 1), Source: FromFile(f, i)})
		}
		return list
	}
	var want string
	for _, threads := range []int{1, 2, 7} {
		fused, err := Fuse(t.Context(), in(), Options{Threads: threads, Overlaps: true, Distributions: [][]string{{"seg5", "seg3"}, {"top"}}})
		if err != nil {
			t.Fatal(err)
		}
		got := written(t, fused.File())
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%d threads give other bytes than 1", threads)
		}
	}
}

// The demonstration patient, taken apart and fused again, is what the original
// fused.
func TestFuseTutorial(t *testing.T) {
	t.Parallel()
	f := tutorial(t)
	var in []Input
	for i := range f.Samples.Number {
		in = append(in, Input{Source: FromFile(f, i)})
	}
	fused, err := Fuse(t.Context(), in, Options{Top: AllClonotypes, Overlaps: true})
	if err != nil {
		t.Fatal(err)
	}
	got := fused.File()
	want := map[string]*vidjilfile.Clone{}
	for i := range f.Clones {
		want[f.Clones[i].ID] = &f.Clones[i]
	}
	if len(got.Clones) != len(want) {
		t.Errorf("got %d clonotypes, want %d", len(got.Clones), len(want))
	}
	opts := []cmp.Option{cmpopts.IgnoreFields(vidjilfile.Clone{}, "Top", "Warnings", "CoverageInfo"), cmpopts.EquateEmpty()}
	for i := range got.Clones {
		if diff := cmp.Diff(want[got.Clones[i].ID], &got.Clones[i], opts...); diff != "" {
			t.Fatalf("%s (-original +fused):\n%s", got.Clones[i].ID, diff)
		}
	}
	if diff := cmp.Diff(f.Reads.Germline, got.Reads.Germline); diff != "" {
		t.Errorf("reads.germline (-original +fused):\n%s", diff)
	}
	if diff := cmp.Diff(f.Diversity, got.Diversity, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("diversity (-original +fused):\n%s", diff)
	}
	if diff := cmp.Diff(f.Distributions, got.Distributions, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("distributions (-original +fused):\n%s", diff)
	}
	for i, s := range fused.Samples {
		var rest, kept int64
		for _, c := range s.Rest {
			rest += c.Reads
		}
		for k := range fused.Clones {
			kept += int64(fused.Clones[k].Reads[i])
		}
		if rest+kept != s.Segmented {
			t.Errorf("sample %d: %d kept + %d rest reads, want %d", i, kept, rest, s.Segmented)
		}
	}
}

func TestFuseOpenIsTheInverse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fused := fuse(t, Options{Top: 3, Overlaps: true, Distributions: [][]string{{"seg5"}}}, drawFiles(t)...)
		file := fused.File()
		var b, again bytes.Buffer
		if err := file.Write(&b); err != nil {
			t.Fatal(err)
		}
		read, err := vidjilfile.Read(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		opened, err := Open(read)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fused.Samples, opened.Samples, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("samples (-fused +opened):\n%s", diff)
		}
		if diff := cmp.Diff(fused.Overlaps, opened.Overlaps, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("overlaps (-fused +opened):\n%s", diff)
		}
		if err := opened.File().Write(&again); err != nil {
			t.Fatal(err)
		}
		if b.String() != again.String() {
			t.Fatalf("written again:\n%s", cmp.Diff(b.String(), again.String()))
		}
	})
}

func TestFuseKeepsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	label := clone("LABEL", "IGH", 5, 4)
	label.Label = "spike 1"
	a := sampleFile("a", clone("A", "IGH", 50, 1), clone("B", "IGH", 40, 2), clone("TAGGED", "IGH", 30, 3), label, clone("K", "IGK", 1, 5))
	b := sampleFile("b", clone("C", "IGH", 9000, 1), clone("B", "IGH", 990, 2), clone("LAST", "IGH", 1, 3))
	for name, tt := range map[string]struct {
		o    Options
		want string
	}{
		"top":        {Options{Top: 1}, "C A"},
		"per system": {Options{Top: 1, MinPerSystem: 2}, "C A B K"},
		"asked":      {Options{Top: 1, Keep: []string{"TAGGED", "NOWHERE"}}, "C A TAGGED"},
		"labelled":   {Options{Top: 1, Labelled: true}, "C A LABEL"},
		"shared":     {Options{Top: 1, SharedFrom: 0.09}, "C A B"},
		"shared not": {Options{Top: 1, SharedFrom: 0.5}, "C A"},
		"default":    {Options{}, "C A B TAGGED LAST LABEL K"},
		"all":        {Options{Top: AllClonotypes}, "C A B TAGGED LAST LABEL K"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var ids []string
			for _, c := range fuse(t, tt.o, a, b).Clones {
				ids = append(ids, c.ID)
			}
			if got := strings.Join(ids, " "); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestFuseTakesTheConfigsMinimum(t *testing.T) {
	t.Parallel()
	f := sampleFile("a", clone("A", "IGH", 50, 1), clone("B", "IGH", 40, 2), clone("C", "IGK", 4, 3), clone("D", "IGK", 3, 4))
	f.Extra = vidjilfile.Bag{{Key: "config", Value: json.RawMessage(`{"min-clones-per-locus": 1}`)}}
	if got, want := len(fuse(t, Options{Top: 1}, f).Clones), 2; got != want {
		t.Errorf("got %d clonotypes, want %d", got, want)
	}
}

func TestFuseDifferences(t *testing.T) {
	t.Parallel()
	x, y, z := clone("A", "IGH", 10, 2), clone("A", "IGH", 90, 1), clone("A", "IGH", 20, 1)
	x.Name, x.Seg.Junction = "V1 J1", &vidjilfile.Junction{Productive: some(false)}
	y.Sequence, y.Name, y.Seg = "", "", vidjilfile.Seg{} // best, without representative
	z.Label, z.Tag = "L", "3"
	y.Label = "best"
	x.Warnings = []vidjilfile.Warning{{Code: "W51", Message: "low"}}
	c := fuse(t, Options{}, sampleFile("x", x), sampleFile("y", y), sampleFile("z", z)).Clones[0]
	if c.Sequence != z.Sequence || c.Name != z.Name || productive(&c) != ProductiveYes {
		t.Errorf("sequence and name are %s, %s: not those of the best sample that has a sequence", c.Sequence, c.Name)
	}
	if c.Label != "best" || c.Tag != "3" || c.Top != 1 {
		t.Errorf("label %q, tag %q, top %d", c.Label, c.Tag, c.Top)
	}
	var got []string
	for _, w := range c.Warnings {
		got = append(got, fmt.Sprintf("%s %s %d", w.Code, w.Level, w.Sample.Value))
	}
	if diff := cmp.Diff([]string{"W51  0", "W81 error 0", "W82 error 0"}, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestFuseEqualNames(t *testing.T) {
	t.Parallel()
	o := Options{Distributions: [][]string{{"germline"}}}
	fused := fuse(t, o, sampleFile("r.fastq", clone("A", "IGH", 5, 1)), sampleFile("r.fastq", clone("B", "TRG", 7, 1)), sampleFile("q", clone("C", "IGK", 1, 1)))
	file := fused.File()
	if diff := cmp.Diff([]string{"r.fastq (result 100)", "r.fastq (result 101)", "q"}, file.Samples.OriginalNames); diff != "" {
		t.Errorf("original names (-want +got):\n%s", diff)
	}
	for i, name := range file.Samples.OriginalNames {
		if diff := cmp.Diff(fused.Samples[i].Distributions, file.Distributions.Repertoires[name]); diff != "" || len(fused.Samples[i].Distributions) != 1 {
			t.Errorf("distributions of %s (-sample +file):\n%s", name, diff)
		}
	}
	opened, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*Fused{fused, opened} {
		if got := f.Samples[1].OriginalName; got != "r.fastq" {
			t.Errorf("the sample is called %q", got)
		}
	}
}

func TestFuseTwiceTheSameIdentifier(t *testing.T) {
	t.Parallel()
	f := sampleFile("a", clone("A", "IGH", 50, 1), clone("A", "IGH", 7, 2))
	fused := fuse(t, Options{Overlaps: true}, f, sampleFile("b", clone("A", "IGH", 57, 1)))
	if diff := cmp.Diff([]int{57, 57}, fused.Clones[0].Reads); diff != "" || len(fused.Clones) != 1 {
		t.Errorf("%d clonotypes, reads (-want +got):\n%s", len(fused.Clones), diff)
	}
	if got := fused.Overlaps.Morisita[0][1]; got != 1 {
		t.Errorf("Morisita is %g, want 1", got)
	}
}

func TestFuseHeads(t *testing.T) {
	t.Parallel()
	a, b := sampleFile("a", clone("A", "IGH", 5, 1)), sampleFile("b", clone("B", "TRG", 7, 1))
	a.Germlines = vidjilfile.Germlines{Ref: "human", Custom: map[string]vidjilfile.Custom{"IGH": {Shortcut: "H"}}}
	b.Germlines = vidjilfile.Germlines{Ref: "human", Custom: map[string]vidjilfile.Custom{"TRG": {Shortcut: "G"}}}
	a.Warnings = []vidjilfile.Warning{{Code: "W20"}}
	b.Warnings = []vidjilfile.Warning{{Code: "W21"}}
	a.Extra = vidjilfile.Bag{{Key: "config", Value: json.RawMessage(`{"k":1}`)}, {Key: "mrd", Value: json.RawMessage(`{"prevalent":["IGH"],"UNI_R2":[0.5]}`)}}
	b.Extra = vidjilfile.Bag{{Key: "config", Value: json.RawMessage(`{"k":2}`)}}
	a.Samples.Extra = vidjilfile.Bag{{Key: "pre_process", Value: json.RawMessage(`{"number":1,"producer":["flash"],"stats":{"merged":[12]}}`)}}
	a.Diversity.Shannon = []map[string]float64{{"all": 1}}
	a.Clones[0].Extra = vidjilfile.Bag{
		{Key: "normalized_reads", Value: json.RawMessage(`[2.5]`)}, {Key: "mrd", Value: json.RawMessage(`{"R2":[0.9],"family":["IGHV1"]}`)},
	}
	in := inputs(a, b)
	in[1].Name, in[1].Timestamp = "follow-up", "2026-02-03"
	fused, err := Fuse(t.Context(), in, Options{Timestamp: "2026-05-06 07:08:09"})
	if err != nil {
		t.Fatal(err)
	}
	f, err := vidjilfile.Read(strings.NewReader(written(t, fused.File())))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		what      string
		got, want any
	}{
		{"producer", f.Producer, "vidjil fuse"},
		{"timestamp", f.Timestamps, []string{"2026-05-06 07:08:09"}},
		{"names", f.Samples.Names, []string{"", "follow-up"}},
		{"dates", f.Samples.Timestamp, []string{"", "2026-02-03"}},
		{"reads.clones", f.Reads.Clones, map[string][]int{"IGH": {1, 0}, "TRG": {0, 1}}},
		{"systems", len(f.Germlines.Custom), 2},
		{"warnings", []int{f.Warnings[0].Sample.Value, f.Warnings[1].Sample.Value}, []int{0, 1}},
		{"config", string(f.Extra.Get("config")), `{"k":1}`},
		{"mrd", string(f.Extra.Get("mrd")), `{"UNI_R2":[0.5,null],"prevalent":["IGH",null]}`},
		{"pre-process", string(f.Samples.Extra.Get("pre_process")), `{"number":2,"producer":["flash",null],"stats":{"merged":[12,null]}}`},
		{"diversity", f.Diversity.Shannon, []map[string]float64{{"all": 1}, nil}},
		{"normalized reads", string(clonesByID(f)["A"].Extra.Get("normalized_reads")), `[2.5,null]`},
		{"mrd of A", string(clonesByID(f)["A"].Extra.Get("mrd")), `{"R2":[0.9,0],"family":["IGHV1","None"]}`},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.what, diff)
		}
	}
	if v := string(f.Extra.Get("vidjil")); !strings.Contains(v, `"config":{"k":2}`) || !strings.Contains(v, `"result_id":101`) {
		t.Errorf("member vidjil: %s", v)
	}
}

func clonesByID(f *vidjilfile.File) map[string]*vidjilfile.Clone {
	out := map[string]*vidjilfile.Clone{}
	for i := range f.Clones {
		out[f.Clones[i].ID] = &f.Clones[i]
	}
	return out
}

func TestFuseProvenance(t *testing.T) {
	t.Parallel()
	a, b := sampleFile("a", clone("A", "IGH", 5, 1)), sampleFile("b", clone("B", "TRG", 7, 1))
	digest := vidjilfile.GermlineDigest{Name: "human", Version: "7", SHA256: "ab"}
	a.Provenance = &vidjilfile.Provenance{
		Engine: "1", Reads: []vidjilfile.Digest{{Name: "x", SHA256: "cd"}}, Germline: digest, Options: json.RawMessage(`{"w": 50}`),
		Causes: []map[string]int{{"short": 1}}, Filtered: []int{3}, Clusters: map[string]string{"A": "near"},
	}
	b.Provenance = &vidjilfile.Provenance{
		Engine: "2", Reads: []vidjilfile.Digest{{Name: "y", SHA256: "ef"}}, Germline: digest, Options: json.RawMessage(`{"w":50}`),
		Causes: []map[string]int{{"short": 2}}, Filtered: []int{4},
	}
	fused := fuse(t, Options{}, a, b)
	want := &vidjilfile.Provenance{
		Reads: []vidjilfile.Digest{{Name: "x", SHA256: "cd"}, {Name: "y", SHA256: "ef"}}, Germline: digest, Options: json.RawMessage(`{"w": 50}`),
		Causes: []map[string]int{{"short": 1}, {"short": 2}}, Filtered: []int{3, 4}, Clusters: map[string]string{"A": "near"},
	}
	if diff := cmp.Diff(want, fused.File().Provenance); diff != "" {
		t.Errorf("provenance of the file (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(b.Provenance, fused.Samples[1].Provenance); diff != "" {
		t.Errorf("provenance of the second sample (-want +got):\n%s", diff)
	}
	if len(a.Provenance.Reads) != 1 || a.Provenance.Engine != "1" {
		t.Error("fusing changed an input")
	}
}

func TestAbundanceAtTheLimit(t *testing.T) {
	t.Parallel()
	f := fuse(t, Options{}, sampleFile("a", clone("A", "IGH", 89, 1), clone("B", "IGH", 10, 2), clone("C", "IGH", 1, 3))).File()
	if got := f.Reads.Distribution; got["0.1"][0] != 99 || got["0.01"][0] != 1 || got["0.001"][0] != 0 {
		t.Errorf("reads.distribution is %v", got)
	}
}

func TestCutJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"a":[1,2],"b":{"c":["x","y"],"d":[1,2,3]},"e":5}`: `{"a":[2],"b":{"c":["y"],"d":[1,2,3]},"e":5}`,
		`[1,2]`: `[2]`,
		`[1]`:   `[1]`,
		`"ab"`:  `"ab"`,
	} {
		if got := string(cutJSON(json.RawMessage(in), 1, 2, maxDepth)); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestFuseClusters(t *testing.T) {
	t.Parallel()
	a := sampleFile("a", clone("A", "IGH", 90, 1), clone("B", "IGH", 50, 2), clone("C", "IGH", 20, 3))
	b := sampleFile("b", clone("D", "IGH", 99, 1), clone("B", "IGH", 50, 2), clone("C", "IGH", 20, 3), clone("E", "IGH", 2, 4))
	a.Clusters = [][]string{{"A", "B"}, {"GONE", "X"}}
	b.Clusters = [][]string{{"B", "E"}, {"D", "C"}, {"C", "D"}}
	got := fuse(t, Options{Top: 10}, a, b).File().Clusters
	if diff := cmp.Diff([][]string{{"D", "C"}, {"A", "B", "E"}}, got); diff != "" {
		t.Errorf("clusters (-want +got):\n%s", diff)
	}
}

func TestFuseRefuses(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	good := sampleFile("a", clone("A", "IGH", 1, 1))
	for name, tt := range map[string]struct {
		in   []Input
		o    Options
		want string
	}{
		"nothing":     {nil, Options{}, "fuse 0 samples"},
		"rank":        {inputs(good), Options{Top: -2}, "top: -2"},
		"per system":  {inputs(good), Options{MinPerSystem: -1}, "min per system"},
		"share":       {inputs(good), Options{SharedFrom: 1.5}, "shared from"},
		"axis":        {inputs(good), Options{Distributions: [][]string{{"colour"}}}, `no axis "colour"`},
		"no axis":     {inputs(good), Options{Distributions: [][]string{{}}}, "without axes"},
		"two samples": {[]Input{{Source: headed{FromFile(good, 0), 2}}}, Options{}, "fuse sample 1: the result has 2 samples"},
		"scan fails":  {[]Input{inputs(good)[0], {ResultID: 9, Source: failing{FromFile(good, 0), broken, nil}}}, Options{}, "fuse sample 2: result 9: disk on fire"},
		"clones fail": {[]Input{{Source: failing{FromFile(good, 0), nil, broken}}}, Options{}, "fuse sample 1: disk on fire"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Fuse(t.Context(), tt.in, tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestFuseStops(t *testing.T) {
	t.Parallel()
	why := errors.New("the job was cancelled")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := Fuse(ctx, inputs(sampleFile("a", clone("A", "IGH", 1, 1))), Options{}); !errors.Is(err, why) {
		t.Errorf("got %v, want the cause", err)
	}
}

type headed struct {
	Source
	samples int
}

func (h headed) Head() *vidjilfile.File {
	f := *h.Source.Head()
	f.Samples.Number = h.samples
	return &f
}

type failing struct {
	Source
	scan, clones error
}

func (f failing) Scan(ctx context.Context, want Fields, visit func(*Row) error) error {
	if f.scan != nil {
		return f.scan
	}
	return f.Source.Scan(ctx, want, visit)
}

func (f failing) Clones(ctx context.Context, rows []int) ([]vidjilfile.Clone, error) {
	if f.clones != nil {
		return nil, f.clones
	}
	return f.Source.Clones(ctx, rows)
}
