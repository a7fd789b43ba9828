package lab_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/lab"
)

func TestAnnotationCheck(t *testing.T) {
	t.Parallel()
	negative := -1.0
	for name, tt := range map[string]struct {
		body  lab.AnnotationBody
		field string // of the first fault; "" for none
	}{
		"empty": {lab.AnnotationBody{}, ""},
		"all": {lab.AnnotationBody{
			Clonotypes: []lab.ClonotypeNote{{ID: "A", Tag: "1", Colour: "#ff0070"}, {ID: "B"}}, Clusters: [][]string{{"A", "B"}},
			Samples: []lab.SampleNote{{SampleID: 3}, {OriginalName: "x.fastq"}, {OriginalName: "y.fastq"}}, Order: []int{2, 0}, AllOrder: []int{0, 1, 2},
			Tags: []lab.TagNote{{ID: "1", Name: "dominant"}}, Data: []lab.DataNote{{Name: "qPCR", Values: []*float64{nil}}},
			Reports: map[string]json.RawMessage{"full": json.RawMessage(`{"blocks":[]}`)},
		}, ""},
		"clonotype twice":      {lab.AnnotationBody{Clonotypes: []lab.ClonotypeNote{{ID: "A"}, {ID: "A"}}}, "clonotypes[1].id"},
		"clonotype without id": {lab.AnnotationBody{Clonotypes: []lab.ClonotypeNote{{Name: "x"}}}, "clonotypes[0].id"},
		"colour":               {lab.AnnotationBody{Clonotypes: []lab.ClonotypeNote{{ID: "A", Colour: "url(x)"}}}, "clonotypes[0].colour"},
		"expected":             {lab.AnnotationBody{Clonotypes: []lab.ClonotypeNote{{ID: "A", Expected: &negative}}}, "clonotypes[0].expected"},
		"long name":            {lab.AnnotationBody{Clonotypes: []lab.ClonotypeNote{{ID: "A", Name: strings.Repeat("é", 1001)}}}, "clonotypes[0].name"},
		"not UTF-8":            {lab.AnnotationBody{Clonotypes: []lab.ClonotypeNote{{ID: "A", Notes: "\xff"}}}, "clonotypes[0].notes"},
		"in two clusters":      {lab.AnnotationBody{Clusters: [][]string{{"A", "B"}, {"C", "A"}}}, "clusters[1]"},
		"empty cluster":        {lab.AnnotationBody{Clusters: [][]string{{}}}, "clusters[0]"},
		"order of no sample":   {lab.AnnotationBody{Samples: []lab.SampleNote{{SampleID: 1}}, Order: []int{1}}, "order"},
		"sample twice":         {lab.AnnotationBody{Samples: []lab.SampleNote{{SampleID: 1}, {SampleID: 1}}}, "samples[1].sample_id"},
		"sample and file":      {lab.AnnotationBody{Samples: []lab.SampleNote{{SampleID: 1, OriginalName: "x"}}}, "samples[0].original_name"},
		"tag twice":            {lab.AnnotationBody{Tags: []lab.TagNote{{ID: "1"}, {ID: "1"}}}, "tags[1].id"},
		"no JSON":              {lab.AnnotationBody{Other: map[string]json.RawMessage{"x": json.RawMessage(`{`)}}, "other.x"},
		"deep JSON":            {lab.AnnotationBody{Normalization: json.RawMessage(strings.Repeat("[", 200) + strings.Repeat("]", 200))}, "normalization"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tt.body.Check()
			got := ""
			if e, ok := errors.AsType[*lab.Error](err); ok {
				got = e.Fields[0].Field
			}
			if got != tt.field {
				t.Errorf("got a fault of %q (%v), want %q", got, err, tt.field)
			}
		})
	}
}

func TestEncodeAnnotationRefusesHugeOnes(t *testing.T) {
	t.Parallel()
	b := lab.AnnotationBody{}
	for range 600 {
		b.Clonotypes = append(b.Clonotypes, lab.ClonotypeNote{Notes: strings.Repeat("x", 20_000)})
	}
	if _, err := lab.EncodeAnnotation(&b); lab.CodeOf(err) != lab.TooLarge {
		t.Errorf("12 MB of notes: got %v, want too_large", err)
	}
}

func TestDiffAnnotations(t *testing.T) {
	t.Parallel()
	one := 1.0
	before := lab.AnnotationBody{
		Clonotypes: []lab.ClonotypeNote{{ID: "A", Name: "a", Tag: "1"}, {ID: "B", Notes: "b"}, {ID: "C"}},
		Clusters:   [][]string{{"A", "B"}, {"C", "D"}},
		Samples:    []lab.SampleNote{{SampleID: 7, Name: "x"}, {SampleID: 8}}, Order: []int{0, 1},
		Tags:    []lab.TagNote{{ID: "1", Name: "one"}},
		Reports: map[string]json.RawMessage{"r": json.RawMessage(`{"a": 1}`)},
	}
	after := lab.AnnotationBody{
		Clonotypes: []lab.ClonotypeNote{{ID: "D", Expected: &one}, {ID: "B", Notes: "b"}, {ID: "A", Name: "a2", Tag: "1"}},
		Clusters:   [][]string{{"A", "E", "B"}, {"C", "D"}},
		// The same order, although the samples are listed otherwise.
		Samples: []lab.SampleNote{{SampleID: 8}, {SampleID: 7, Name: "y"}}, Order: []int{1, 0},
		Tags:    []lab.TagNote{{ID: "1", Name: "one", Hidden: true}},
		Reports: map[string]json.RawMessage{"r": json.RawMessage(`{ "a":1 }`), "s": json.RawMessage(`2`)},
	}
	want := []lab.Difference{
		{"clonotype", "A", "name", `"a"`, `"a2"`},
		{"clonotype", "C", "", `{"id":"C"}`, ""},
		{"clonotype", "D", "", "", `{"id":"D","expected":1}`},
		{"cluster", "A", "members", `["A","B"]`, `["A","B","E"]`},
		{"sample", "7", "name", `"x"`, `"y"`},
		{"tag", "1", "hidden", "", "true"},
		{"report", "s", "", "", "2"},
	}
	if d := cmp.Diff(want, lab.DiffAnnotations(&before, &after)); d != "" {
		t.Errorf("want -, got +:\n%s", d)
	}
}

// drawBody draws an annotation.
func drawBody(t *rapid.T) lab.AnnotationBody {
	text := rapid.SampledFrom([]string{"", "x", "Marie Durand", "…", "born 1931", "é\"\\\n"})
	var b lab.AnnotationBody
	for _, id := range rapid.SliceOfNDistinct(rapid.StringMatching(`[ACGT]{1,4}`), 0, 6, rapid.ID).Draw(t, "ids") {
		b.Clonotypes = append(b.Clonotypes, lab.ClonotypeNote{ID: id, Name: text.Draw(t, "name"), Notes: text.Draw(t, "notes")})
		b.Clusters = append(b.Clusters, []string{id})
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "samples") {
		b.Samples = append(b.Samples, lab.SampleNote{SampleID: int64(i + 1), Name: text.Draw(t, "sample"), Info: text.Draw(t, "info")})
		b.Order = append(b.Order, i)
	}
	if raw, err := json.Marshal(map[string]any{text.Draw(t, "key"): []any{text.Draw(t, "value"), 12345678901234567, nil}}); err == nil {
		b.Reports = map[string]json.RawMessage{text.Draw(t, "report"): raw}
	}
	return b
}

func TestAnnotationProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := drawBody(t)
		text, err := lab.EncodeAnnotation(&b)
		if err != nil {
			t.Fatal(err)
		}
		back, err := lab.ParseAnnotation(text)
		if err != nil {
			t.Fatal(err)
		}
		if d := lab.DiffAnnotations(&b, &back); len(d) > 0 {
			t.Errorf("what was stored comes back otherwise: %v", d)
		}
		same := b.MapTexts(func(_, text string, _ bool) string { return text })
		if d := lab.DiffAnnotations(&b, &same); len(d) > 0 {
			t.Errorf("texts that stay change the annotation: %v", d)
		}
		// No text escapes MapTexts but identifiers and numbers.
		gone := b.MapTexts(func(_, _ string, _ bool) string { return "gone" })
		text, err = lab.EncodeAnnotation(&gone)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"Marie", "born"} {
			if strings.Contains(text, word) {
				t.Errorf("%q escaped: %s", word, text)
			}
		}
	})
}
