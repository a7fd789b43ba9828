package repertoire

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// What a file says must not make opening, cutting or fusing it panic, nor cost
// memory that nothing bears out.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{
		`{"samples":{"number":2,"original_names":["a","b"]},"reads":{"segmented":[5,6],"germline":{"IGH":[5]}},"clones":[{"id":"A","reads":[3,1],"germline":"IGH","top":1,"mrd":{"R2":[1,2]}}]}`,
		`{"samples":{"number":1e15,"original_names":["a"]},"clones":[{"id":"A","reads":[3]}]}`,
		`{"samples":{"number":-3},"clones":[{"id":"A"},{"id":"A","reads":[-4]}],"clusters":[["A","A"],["B"],[]]}`,
		`{"samples":{"number":1,"original_names":["a"]},"clones":null,"vidjil":{"samples":[{"rest":{"IGH":{"clonotypes":-1}}}]},"overlaps":{"morisita":3}}`,
		`{"samples":{"number":2,"original_names":["a","a"],"x":{"y":{"z":[1,2]}}},"clones":[],"mrd":[[]],"data":{"q":[1,2]},"config":{"min-clones-per-locus":9}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := vidjilfile.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if fused, err := Open(file); err == nil {
			if err := fused.File().Write(io.Discard); err != nil {
				t.Errorf("an opened file cannot be written: %v", err)
			}
			fused.Common(CommonOptions{})
		}
		var in []Input
		for i := range max(min(file.Samples.Number, 3), 1) {
			in = append(in, Input{Source: FromFile(file, i)})
		}
		fused, err := Fuse(t.Context(), in, Options{Overlaps: true, Labelled: true, Distributions: [][]string{{"lenCDR3", "germline"}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := fused.File().Write(io.Discard); err != nil {
			t.Errorf("a fused file cannot be written: %v", err)
		}
		if _, err := QualityOf(t.Context(), FromFile(file, 0)); err != nil {
			t.Error(err)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ file, want string }{
		"reads":   {`{"samples":{"number":2,"original_names":["a","b"]},"clones":[{"id":"A","reads":[3]}]}`, "clonotype 1 has reads of 1 samples, not 2"},
		"number":  {`{"samples":{"number":1e15,"original_names":["a"]},"clones":[]}`, "samples with 1 names"},
		"samples": {`{"samples":{"number":1,"original_names":["a"]},"clones":[],"vidjil":{"samples":[{},{}]}}`, `member "vidjil" has 2 samples, not 1`},
		"member":  {`{"samples":{"number":1,"original_names":["a"]},"clones":[],"vidjil":7}`, `member "vidjil"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := vidjilfile.Read(strings.NewReader(tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Open(f); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// A file of the original's fuse opens, with what is not shown as the rest.
func TestOpenTutorial(t *testing.T) {
	t.Parallel()
	f := tutorial(t)
	fused, err := Open(f)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range fused.Samples {
		var n int64
		for _, c := range s.Rest {
			n += c.Reads
		}
		for k := range f.Clones {
			n += int64(f.Clones[k].Reads[i])
		}
		if n != int64(f.Reads.Segmented[i]) {
			t.Errorf("sample %d: %d reads of %d", i, n, f.Reads.Segmented[i])
		}
	}
	before, after := f.Lint(vidjilfile.LintOptions{}), fused.File().Lint(vidjilfile.LintOptions{})
	if len(after) > len(before) {
		t.Errorf("the linter finds %d problems, before %d: %v", len(after), len(before), after)
	}
}
