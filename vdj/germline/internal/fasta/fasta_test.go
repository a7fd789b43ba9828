package fasta

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     []Record
		err      string
	}{
		{"lines", ">a b\nAC\nG.T\n\n>c\r\nac gt\r\n", []Record{{"a b", []byte("ACG.T"), 1}, {"c", []byte("acgt"), 5}}, ""},
		{"no end of line", ">a\nA", []Record{{"a", []byte("A"), 1}}, ""},
		{"empty record", ">a\n>b\nA", []Record{{"a", nil, 1}, {"b", []byte("A"), 2}}, ""},
		{"text first", "\nACGT\n>a\n", nil, "line 2: sequence before"},
		{"empty", "", nil, "no FASTA record"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Read(strings.NewReader(tt.in))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("records differ (-want +got):\n%s", diff)
			}
		})
	}
}
