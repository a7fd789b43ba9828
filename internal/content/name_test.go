package content

import (
	"bytes"
	"compress/gzip"
	"testing"
)

func TestNamed(t *testing.T) {
	t.Parallel()
	const reads = "@r1\nACGT\n+\nIIII\n"
	packed := func(name, comment, text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Name, z.Comment = name, comment
		_, err := z.Write([]byte(text))
		if closed := z.Close(); err != nil || closed != nil {
			t.Fatal(err, closed)
		}
		return b.String()
	}
	for name, tt := range map[string]struct {
		head string
		want bool
	}{
		"FASTQ":                {reads, false},
		"FASTA":                {">r1\nACGT\n", false},
		"gzip":                 {packed("", "", reads), false},
		"gzip with its name":   {packed("Dupont.fastq", "", reads), true},
		"gzip with a comment":  {packed("", "of Dupont", reads), true},
		"BAM":                  {packed("", "", "BAM\x01\x00\x00\x00\x00\x00\x00\x00\x00"), true},
		"AIRR":                 {"sequence_id\tv_call\nDupont\tIGHV1-2\n", true},
		".vidjil":              {`{"reads": {}}`, true},
		"something else":       {"%PDF-1.7", true},
		"nothing":              {"", true},
		"gzip of another file": {packed("", "", "%PDF-1.7"), true},
	} {
		if got := Named([]byte(tt.head)); got != tt.want {
			t.Errorf("%s: got %t, want %t", name, got, tt.want)
		}
	}
}
