package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSniff(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		head string
		want content
	}{
		"empty":            {"", contentUnknown},
		"blank":            {" \n\n", contentUnknown},
		"airr":             {"sequence_id\tsequence\n", contentAIRR},
		"airr, CRLF, BOM":  {"\xef\xbb\xbflocus\tv_call\r\n", contentAIRR},
		"mixcr":            {"cloneId\ttargetSequences\n", contentAIRR},
		"clntab":           {"sequence.5-GENE\tsequence.raw nt seq\n", contentClntab},
		"other table":      {"gene\tcount\n", contentUnknown},
		"prose":            {"the sequence_id of a read\n", contentUnknown},
		"vidjil":           {`{"producer": "x", "vidjil_json_version": "2016b", "reads": {`, contentVidjil},
		"cut in clones":    {`{"clones": [{"id": "A`, contentVidjil},
		"analysis":         {`{"clones": [], "tags": {}}`, contentAnalysis},
		"other JSON":       {`{"Repertoire": []}`, contentUnknown},
		"not quite JSON":   {`{reads}`, contentUnknown},
		"fasta":            {">TRGV5*01\nACGT\n", contentSequences},
		"fastq":            {"@read 1\nACGT\n+\nIIII\n", contentSequences},
		"fasta of the 80s": {"; comment\n>x\nACGT\n", contentSequences},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := sniff([]byte(tt.head)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzSniff: any bytes have an answer, and what a file says does not depend on
// how much more of it there is after the keys that tell.
func FuzzSniff(f *testing.F) {
	for _, seed := range []string{"", "{", `{"reads":1}`, "sequence_id\t", ">", "{\"a\":{", "\xef\xbb\xbf{}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		if got := sniff(head); got == contentVidjil && !strings.Contains(string(head), "{") {
			t.Errorf("%q is %s", head, got)
		}
	})
}

func TestOpenInputRealFiles(t *testing.T) {
	t.Parallel()
	shared := filepath.Join("..", "..", "..", "shared", "data")
	for name, want := range map[string]content{
		"vidjil-files/Demo-X5-no-clone.vidjil":        contentVidjil,
		"vidjil-files/analysis-example.vidjil":        contentVidjil,
		"vidjil-files/demo_lil_l3_tutorial.vidjil.gz": contentVidjil,
		"vidjil-files/demo_lil_l3_tutorial.analysis":  contentAnalysis,
		"vidjil-files/Demo-X5.airr":                   contentAIRR,
		"real/alakazam_exampledb.airr.tsv.gz":         contentAIRR,
		"real/trust4/TRUST_example_airr.tsv":          contentAIRR,
		"real/demo-x5.fa":                             contentSequences,
		"real/stanford_s22.fasta.gz":                  contentSequences,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(shared, name)
			if !exists(path) {
				t.Skipf("%s is not there", path)
			}
			in, err := openInput(path, &streams{})
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			if in.content != want {
				t.Errorf("got %q, want %q", in.content, want)
			}
		})
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
