package cli

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSnakeCase(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"nSeqCDR3":             "n_seq_cdr3",
		"SAMPLE":               "sample",
		"sequence.raw nt seq":  "sequence_raw_nt_seq",
		"already_fine":         "already_fine",
		"5-GENE":               "x_5_gene",
		"%":                    "x",
		"germline_alignment_d": "germline_alignment_d",
		"Größe":                "gr_e",
	} {
		if got := snakeCase(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestSnakeCaseForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		got := snakeCase(name)
		if got == "" || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" ||
			strings.Contains(got, "__") || strings.Trim(got, "_") != got {
			t.Errorf("%q: got %q", name, got)
		}
		if again := snakeCase(got); again != got {
			t.Errorf("%q: got %q, and of that %q", name, got, again)
		}
	})
}

func TestUnused(t *testing.T) {
	t.Parallel()
	if got, want := unused("a", []string{"a", "a_2"}, []string{"b"}), "a_3"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := unused("c", []string{"a"}), "c"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConvertFormat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ to, output, want string }{
		{"", "a.vidjil", "vidjil"},
		{"", "a.airr.TSV.gz", "airr"},
		{"", "a.airr", "airr"},
		{"", "x/a.fna", "fasta"},
		{"fasta", "a.vidjil", "fasta"},
		{"", "-", ""},
		{"", "a.gz", ""},
		{"pdf", "a.vidjil", ""},
	} {
		o := convertOptions{to: tt.to, output: tt.output}
		got, err := o.format()
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("--to %q %q: got %q, %v, want %q", tt.to, tt.output, got, err, tt.want)
		}
	}
}
