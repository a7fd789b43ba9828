package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/clonotype"
)

func TestReadsDigest(t *testing.T) {
	t.Parallel()
	setup := func(t *testing.T, content string) (*reads, string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "a.fq")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := newReads([]string{path, "-"}, &streams{in: strings.NewReader("stream")})
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(content))
		return r, hex.EncodeToString(sum[:])
	}
	read := func(t *testing.T, r *reads, i, bytes int) {
		t.Helper()
		f, err := r.sources[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, io.LimitReader(f, int64(bytes))); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("whole", func(t *testing.T) {
		t.Parallel()
		r, want := setup(t, "some reads")
		read(t, r, 0, 1000)
		if got := r.files[0].sha256(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		read(t, r, 1, 1000)
		sum := sha256.Sum256([]byte("stream"))
		if got, want := r.files[1].sha256(), hex.EncodeToString(sum[:]); got != want {
			t.Errorf("standard input: got %s, want %s", got, want)
		}
	})
	t.Run("part", func(t *testing.T) {
		t.Parallel()
		r, _ := setup(t, "some reads")
		read(t, r, 0, 4)
		if got := r.files[0].sha256(); got != "" {
			t.Errorf("got %s of a file whose end was not read, want nothing", got)
		}
	})
	t.Run("a look, then whole", func(t *testing.T) {
		t.Parallel()
		r, want := setup(t, "some reads")
		read(t, r, 0, 4)
		read(t, r, 0, 1000)
		if got := r.files[0].sha256(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		_, err := newReads([]string{"-", "-"}, &streams{})
		if lab.CodeOf(err) != lab.Usage {
			t.Errorf("got %v, want a fault of the command line", err)
		}
	})
}

func TestLabels(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := file("l.txt", "# ours\nACGTACGTACGTAA my clone 1\nacgtacgtacgtaaa\r\n\n")
	fasta := file("l.fa", ">spike one\nACGT\nACGT\n>b\nTTTT\n")
	jsonFile := file("l.json", `{"config":{"labels":[{"name":"S1","copies":40,"sequence":"ACGT","family":"TRG"},{"sequence":"AA"}]},"x":1}`)
	for name, tt := range map[string]struct {
		o    labelOptions
		want []clonotype.Label
		code lab.Code
	}{
		"none":    {},
		"one":     {o: labelOptions{sequences: []string{"acgt"}}, want: []clonotype.Label{{Name: "label", Sequence: "ACGT"}}},
		"two":     {o: labelOptions{sequences: []string{"A", "C"}}, want: []clonotype.Label{{Name: "label-1", Sequence: "A"}, {Name: "label-2", Sequence: "C"}}},
		"grep":    {o: labelOptions{grep: "ACG"}, want: []clonotype.Label{{Name: "grep", Sequence: "ACG"}}},
		"text":    {o: labelOptions{file: text}, want: []clonotype.Label{{Name: "my clone 1", Sequence: "ACGTACGTACGTAA"}, {Name: "label-3", Sequence: "ACGTACGTACGTAAA"}}},
		"fasta":   {o: labelOptions{file: fasta}, want: []clonotype.Label{{Name: "spike one", Sequence: "ACGTACGT"}, {Name: "b", Sequence: "TTTT"}}},
		"json":    {o: labelOptions{json: jsonFile}, want: []clonotype.Label{{Name: "S1", Sequence: "ACGT", Copies: 40, Family: "TRG"}, {Name: "label-2", Sequence: "AA"}}},
		"no file": {o: labelOptions{file: filepath.Join(dir, "none")}, code: lab.NotFound},
		"empty":   {o: labelOptions{file: file("e.txt", "\n")}, code: lab.Invalid},
		"no json": {o: labelOptions{json: text}, code: lab.Invalid},
		"no list": {o: labelOptions{json: file("n.json", "{}")}, code: lab.Invalid},
		"letters": {o: labelOptions{sequences: []string{"ACGN"}}, code: lab.Usage},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.o.load(&streams{in: &bytes.Buffer{}})
			if lab.CodeOf(err) != tt.code {
				t.Fatalf("got error %v, want code %q", err, tt.code)
			}
			if diff := cmp.Diff(tt.want, got); err == nil && diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		m    mark
		want bool
	}{
		"above":           {mark{score: 99, bound: 98, asked: 5}, true},
		"at":              {mark{score: 98, bound: 98, asked: 5}, true},
		"below":           {mark{score: 97.9, bound: 98, asked: 5}, false},
		"under a ceiling": {mark{score: 1, bound: 2, ceiling: true, asked: 5}, true},
		"over a ceiling":  {mark{score: 3, bound: 2, ceiling: true, asked: 5}, false},
		"nothing asked":   {mark{score: 0, bound: 98}, true},
	} {
		if got := tt.m.passes(); got != tt.want {
			t.Errorf("%s: got %t, want %t", name, got, tt.want)
		}
	}
	var b strings.Builder
	if n := writeMarks(&b, []mark{{name: "locus", score: 90, bound: 99, asked: 1}}); n != 1 || !strings.Contains(b.String(), "locus  90.00   ≥ 99  FAILED\n") {
		t.Errorf("got %d failures:\n%s", n, b.String())
	}
}

// A selftest that a broken engine would fail has the status of a check that
// found problems: here the trial asks for systems that the engine is not given.
func TestSelftestFails(t *testing.T) {
	t.Parallel()
	whole, err := newTrial(&selftestOptions{reads: selftestLeast, seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, whole.engine, err = newEngine(&germlineOption{codes: []string{"TRG"}}, false)
	if err != nil {
		t.Fatal(err)
	}
	err = whole.judge(t.Context(), 0, io.Discard)
	if e, ok := errors.AsType[*lab.Error](err); !ok || e.Code != lab.Problems {
		t.Errorf("got %v, want code %q", err, lab.Problems)
	}
}
