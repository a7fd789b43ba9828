package repertoire_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/repertoire/sourcetest"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

func TestFromFile(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, func(_ *testing.T, f *vidjilfile.File) repertoire.Source { return repertoire.FromFile(f, 0) })
}

// order lists identifier and rank of each row.
func order(t *testing.T, source repertoire.Source) (ids []string, tops []int) {
	t.Helper()
	if err := source.Scan(t.Context(), repertoire.FieldID|repertoire.FieldTop, func(r *repertoire.Row) error {
		ids, tops = append(ids, string(r.ID)), append(tops, r.Top)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return ids, tops
}

func TestFromFileRanks(t *testing.T) {
	t.Parallel()
	f := sourcetest.File(50)
	want, ranks := order(t, repertoire.FromFile(f, 0))
	r := rand.New(rand.NewPCG(3, 4))
	r.Shuffle(len(f.Clones), func(i, j int) { f.Clones[i], f.Clones[j] = f.Clones[j], f.Clones[i] })
	check := func(what string, f *vidjilfile.File, sample int) {
		t.Helper()
		ids, tops := order(t, repertoire.FromFile(f, sample))
		if diff := cmp.Diff(want, ids); diff != "" {
			t.Errorf("%s: identifiers (-want +got):\n%s", what, diff)
		}
		if diff := cmp.Diff(ranks, tops); diff != "" {
			t.Errorf("%s: ranks (-want +got):\n%s", what, diff)
		}
	}
	check("not sorted", f, 0)
	two := *f
	two.Samples.Number = 2
	two.Samples.OriginalNames = []string{"a", "b"}
	two.Clones = nil
	for _, c := range f.Clones {
		c.Reads = []int{1, c.Reads[0]} // ranks are those of the other sample
		c.Top = 1
		two.Clones = append(two.Clones, c)
	}
	check("one of two samples", &two, 1)
	for i := range f.Clones {
		f.Clones[i].Top = 0
	}
	check("without ranks", f, 0)
}
