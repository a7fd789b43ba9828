package designation_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
)

// run is a batch of the tests: sequences, and their designations as text.
type run struct {
	sequences [][]byte
	texts     []string
}

// streamSequences are recombinations of each V gene of TRG with a J gene, with
// some letters between, and junk at every seventh place.
func streamSequences(t *testing.T, set *germline.Set) [][]byte {
	t.Helper()
	var list [][]byte
	j := set.Genes[set.Gene("TRGJ1*02")].Sequence
	for i := range set.Genes {
		if g := &set.Genes[i]; g.Locus == "TRG" && g.Segment == germline.V {
			seq := fmt.Appendf(nil, "%s%s%s", g.Sequence, "GGACCT"[:len(list)%6], j)
			if len(list)%7 == 3 {
				seq = []byte("ACGTACGTTTGACCA")
			}
			list = append(list, seq)
		}
	}
	if len(list) < 10 {
		t.Fatalf("only %d sequences", len(list))
	}
	return list
}

// inRuns cuts the sequences into runs of two.
func inRuns(set *germline.Set, sequences [][]byte, take func(*run) error) designation.Batches[run] {
	next := 0
	return designation.Batches[run]{
		New: func() *run { return &run{} },
		Next: func(r *run) error {
			if next >= len(sequences) {
				return io.EOF
			}
			r.sequences = sequences[next:min(next+2, len(sequences))]
			next += len(r.sequences)
			return nil
		},
		Each: func(r *run, designate func([]byte) *designation.Designation) error {
			r.texts = r.texts[:0]
			for _, seq := range r.sequences {
				d := designate(seq)
				r.texts = append(r.texts, d.Text(set)+string(d.Cause))
			}
			return nil
		},
		Take: take,
	}
}

func TestDesignateAll(t *testing.T) {
	t.Parallel()
	set, err := germline.Human()
	if err != nil {
		t.Fatal(err)
	}
	if set, err = set.Restrict([]string{"TRG"}); err != nil {
		t.Fatal(err)
	}
	engine, err := designation.New(set, designation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sequences := streamSequences(t, set)
	var want []string
	var scratch designation.Scratch
	named := 0
	for _, seq := range sequences {
		d := engine.Designate(seq, &scratch)
		want = append(want, d.Text(set)+string(d.Cause))
		if d.Found() {
			named++
		}
	}
	if named == 0 || named == len(sequences) {
		t.Fatalf("%d of %d sequences are designated; the test wants both kinds", named, len(sequences))
	}

	for _, threads := range []int{0, 1, 2, 5} {
		t.Run(fmt.Sprintf("%d threads", threads), func(t *testing.T) {
			t.Parallel()
			var got []string
			err := designation.DesignateAll(t.Context(), engine, threads, inRuns(set, sequences, func(r *run) error {
				got = append(got, r.texts...)
				return nil
			}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("not what Designate says, in order (-want +got):\n%s", diff)
			}
		})
	}

	t.Run("taker's error", func(t *testing.T) {
		t.Parallel()
		full := errors.New("disk full")
		err := designation.DesignateAll(t.Context(), engine, 2, inRuns(set, sequences, func(*run) error { return full }))
		if !errors.Is(err, full) {
			t.Errorf("got error %v, want %v", err, full)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		stop := errors.New("stopped by a test")
		ctx, cancel := context.WithCancelCause(t.Context())
		err := designation.DesignateAll(ctx, engine, 2, inRuns(set, sequences, func(*run) error { cancel(stop); return nil }))
		if !errors.Is(err, stop) {
			t.Errorf("got error %v, want %v", err, stop)
		}
	})
}
