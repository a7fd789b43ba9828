package repertoire

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestOverlaps(t *testing.T) {
	t.Parallel()
	full := sampleFile("full", clone("A", "IGH", 60, 1), clone("B", "IGH", 30, 2), clone("C", "IGH", 10, 3))
	half := sampleFile("half", clone("A", "IGH", 30, 1), clone("B", "IGH", 15, 2), clone("C", "IGH", 5, 3))
	other := sampleFile("other", clone("C", "IGH", 10, 1), clone("X", "IGH", 10, 2))
	// Only the first of each is kept: overlaps are those of all all the same.
	o := fuse(t, Options{Top: 1, Overlaps: true}, full, half, other, sampleFile("none")).Overlaps
	want := &Overlaps{
		Clonotypes: []int64{3, 3, 2, 0},
		Shared:     [][]int64{{3, 3, 1, 0}, {3, 3, 1, 0}, {1, 1, 2, 0}, {0, 0, 0, 0}},
		Jaccard:    [][]float64{{1, 1, 0.25, 0}, {1, 1, 0.25, 0}, {0.25, 0.25, 1, 0}, {0, 0, 0, 1}},
	}
	// 2 (0.1×0.5) / (0.36+0.09+0.01 + 0.25+0.25)
	m := 2 * 0.05 / 0.96
	want.Morisita = [][]float64{{1, 1, m, 0}, {1, 1, m, 0}, {m, m, 1, 0}, {0, 0, 0, 1}}
	if diff := cmp.Diff(want, o, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("overlaps (-want +got):\n%s", diff)
	}
}

// Products of reads go beyond 64 bits.
func TestSum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var got sum
		want := new(big.Int)
		for _, v := range rapid.SliceOfN(rapid.Uint64Max(1<<62), 0, 6).Draw(t, "values") {
			var one sum
			one.addProduct(v, v/2+1)
			got.add(one)
			got.addProduct(v, 7)
			product := new(big.Int).Mul(new(big.Int).SetUint64(v), new(big.Int).SetUint64(v/2+1+7))
			want.Add(want, product)
		}
		mod := new(big.Int).Lsh(big.NewInt(1), 128)
		value := new(big.Int).Add(new(big.Int).Lsh(new(big.Int).SetUint64(got.hi), 64), new(big.Int).SetUint64(got.lo))
		if want.Mod(want, mod); value.Cmp(want) != 0 {
			t.Fatalf("got %v, want %v", value, want)
		}
	})
}
