package service

import (
	"bytes"
	"testing"

	"vidjil.org/vidjil/internal/lab"
)

// FuzzAnalysisFile takes what strangers upload as .analysis files: whatever it
// is, it is refused, or becomes an annotation that is good and leaves again.
func FuzzAnalysisFile(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `[]`, `{"clones":[{"id":"A","tag":1},{"id":"A","seg":{"5":{"start":1}}}],"clusters":[["A","B"],["A"],[]]}`,
		`{"samples":{"original_names":["a","a"],"order":[1,0],"stock_order":[0],"names":["x"]},"data":{"q":[1,null]},"tags":{"names":{"1":"x"},"hide":[1,2]}}`,
		`{"samples":{"order":[3,-1,1e9]},"report_save":[],"normalization":null,"mystery":{"a":"\u0000"}}`, `{"cluster":[["x"]],"data":{"q":"x"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := readAnalysis(data)
		if err != nil {
			return
		}
		names := map[int64]*sampleName{7: {Sample: lab.Sample{ID: 7, SamplingDate: "2026-01-02"}, File: "a"}, 8: {Sample: lab.Sample{ID: 8}, File: "b"}}
		body := file.body(names)
		if body.Check() != nil {
			return
		}
		text, err := lab.EncodeAnnotation(&body)
		if err != nil {
			t.Fatal(err)
		}
		back, err := lab.ParseAnnotation(text)
		if err != nil {
			t.Fatal(err)
		}
		out, err := analysisOf(&AnnotationView{Content: back}, names)
		if err != nil {
			t.Fatalf("what came in does not leave: %v\n%s", err, text)
		}
		var b bytes.Buffer
		if err := out.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := readAnalysis(b.Bytes())
		if err != nil {
			t.Fatalf("what left does not come in: %v\n%s", err, b.Bytes())
		}
		for i := range body.Clonotypes {
			if i >= len(again.Clones) || again.Clones[i].ID != body.Clonotypes[i].ID || again.Clones[i].Name != body.Clonotypes[i].Name {
				t.Fatalf("clonotype %d is lost: %s\n%s", i, text, b.Bytes())
			}
		}
	})
}

// FuzzPastedSequences takes what strangers paste.
func FuzzPastedSequences(f *testing.F) {
	for _, seed := range []string{"", ">a\nACGT", "@a\nACGT\n+\nIIII", "ACGT\nACGT\nAC", "1 acgt 61", ">\n>\n", "@a\nACGT\n+\nIII", "\x1f\x8b\x08", "BZh9", ";x\nA", "é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := pastedSequences(text)
		if err != nil {
			if c := lab.CodeOf(err); c != lab.Invalid && c != lab.TooLarge {
				t.Fatalf("got %q (%v)", c, err)
			}
			return
		}
		if len(list) < 1 || len(list) > MaxPublicSequences {
			t.Fatalf("got %d sequences", len(list))
		}
	})
}
