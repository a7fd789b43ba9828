package content

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidjil.org/vidjil/internal/lab"
)

func TestSniff(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ACGTACGT", 1000)
	many := strings.Repeat("@read\n"+long[:150]+"\n+\n"+strings.Repeat("I", 150)+"\n", 10_000)
	for name, tt := range map[string]struct {
		head string
		want Kind
		says string // part of the refusal
	}{
		"airr":                {"sequence_id\tsequence\n", AIRR, ""},
		"airr, CRLF, BOM":     {"\xef\xbb\xbflocus\tv_call\r\n", AIRR, ""},
		"airr, quoted":        {"\"locus\"\t\"v_call\"\n", AIRR, ""},
		"airr, gzipped":       {zipped(t, "sequence_id\tsequence\n"), AIRR, ""},
		"mixcr":               {"cloneId\ttargetSequences\n", AIRR, ""},
		"clntab":              {"sequence.5-GENE\tsequence.raw nt seq\n", Clntab, ""},
		"vidjil":              {`{"producer": "x", "vidjil_json_version": "2016b", "reads": {`, Vidjil, ""},
		"vidjil, cut":         {`{"clones": [{"id": "A`, Vidjil, ""},
		"vidjil, gzipped":     {zipped(t, `{"clones": [], "reads": {}}`), Vidjil, ""},
		"analysis":            {`{"clones": [], "tags": {}}`, Analysis, ""},
		"fasta":               {">TRGV5*01\nACGT\n", Reads, ""},
		"fasta, one name":     {">TRGV5*01", Reads, ""},
		"fasta, long":         {">x\n" + long, Reads, ""},
		"fasta, comment":      {"; comment\n>x\nACGT\n", Reads, ""},
		"fastq":               {"@read 1\nACGT\n+\nIIII\n", Reads, ""},
		"fastq, cut":          {many[:HeadBytes], Reads, ""},
		"fastq, cut early":    {many[:100], Reads, ""},
		"fastq, gzipped, cut": {zipped(t, many)[:1500], Reads, ""},
		"empty":               {"", "", "empty"},
		"blank":               {" \n\n", "", "holds no sequence"},
		"other table":         {"gene\tcount\n", "", "cannot be used"},
		"prose":               {"the sequence_id of a read\n", "", "cannot be used"},
		"other JSON":          {`{"a": []}`, "", "neither"},
		"AIRR metadata":       {`{"Repertoire": []}`, "", "table of rearrangements"},
		"not quite JSON":      {`{reads}`, "", "neither"},
		"spreadsheet":         {"PK\x03\x04\x14\x00\x06\x00", "", "zip archive (or a spreadsheet)"},
		"SAM":                 {"@HD\tVN:1.6\tSO:unsorted\n", "", "samtools"},
		"bzip2":               {"BZh91AY&SY", "", "bzip2"},
		"web page":            {"<!DOCTYPE html><html>", "", "web page"},
		"bad letter":          {">x\nACGT\n>y\nAC*T\n", "", "record 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Sniff([]byte(tt.head))
			if got != tt.want {
				t.Errorf("got %q, want %q (error %v)", got, tt.want, err)
			}
			if tt.says == "" && err != nil {
				t.Errorf("got error %v", err)
			}
			if tt.says != "" && (lab.CodeOf(err) != lab.Invalid || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("got error %v, want one that says %q", err, tt.says)
			}
		})
	}
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSniffRealFiles looks at the beginnings of the reference data beside the
// checkout, in several lengths: a slow line brings them in pieces.
func TestSniffRealFiles(t *testing.T) {
	t.Parallel()
	shared := filepath.Join("..", "..", "..", "shared", "data")
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("no reference data beside the checkout: %v", err)
	}
	kinds := map[string]Kind{".vidjil": Vidjil, ".analysis": Analysis, ".fa": Reads, ".fasta": Reads, ".fastq": Reads, ".fq": Reads, ".bam": Reads}
	seen := map[Kind]int{}
	err := filepath.WalkDir(shared, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		want := kinds[filepath.Ext(strings.TrimSuffix(strings.TrimSuffix(path, ".gz"), ".zst"))]
		if want == "" || d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		got, err := Sniff(data[:min(len(data), HeadBytes)])
		if seen[want]++; got != want {
			t.Errorf("%s: got %q, want %q (error %v)", strings.TrimPrefix(path, shared), got, want, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("looked at %v", seen)
	if seen[Reads] == 0 || seen[Vidjil] == 0 || seen[Analysis] == 0 {
		t.Errorf("some kinds were not among the data: %v", seen)
	}
}

// FuzzSniff: any bytes have one answer, a kind or a refusal for people.
func FuzzSniff(f *testing.F) {
	for _, seed := range []string{"", "{", `{"reads":1}`, "sequence_id\t", ">", "@x\nA\n+\nI\n", "{\"a\":{", "\xef\xbb\xbf{}", "\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "BAM\x01"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		kind, err := Sniff(head)
		if (kind == "") != (lab.CodeOf(err) == lab.Invalid) || (kind == "") == (err == nil) {
			t.Errorf("%q: got %q and error %v", head, kind, err)
		}
	})
}
