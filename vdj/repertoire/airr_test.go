package repertoire

import (
	"bytes"
	"testing"

	"vidjil.org/vidjil/vdj/airr"
)

func TestWriteAIRR(t *testing.T) {
	t.Parallel()
	f := tutorial(t)
	var in []Input
	for i := range 3 {
		in = append(in, Input{Source: FromFile(f, i)})
	}
	fused, err := Fuse(t.Context(), in, Options{Top: 30})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := fused.WriteAIRR(&b); err != nil {
		t.Fatal(err)
	}
	r, err := airr.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	want := fused.File().ToAIRR() // all at once
	n := 0
	for row, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		if row.SequenceID != want[n].SequenceID || row.DuplicateCount != want[n].DuplicateCount || row.Extra[0].Value != want[n].Extra[0].Value {
			t.Fatalf("row %d: got %s %v, want %s %v", n+1, row.SequenceID, row.DuplicateCount, want[n].SequenceID, want[n].DuplicateCount)
		}
		n++
	}
	if n != len(want) || n < 90 {
		t.Errorf("got %d rows, want %d", n, len(want))
	}
}
