package seed

import (
	"bytes"
	"testing"

	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/internal/base"
)

func humanIndex(tb testing.TB) *Index {
	tb.Helper()
	set, err := germline.Human()
	if err != nil {
		tb.Fatal(err)
	}
	x, err := New(set)
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

func TestFamilies(t *testing.T) {
	t.Parallel()
	x := humanIndex(t)
	for _, f := range x.Families {
		t.Logf("%-40s side %d flank %t genes %d words %d", f.Name, f.Side, f.Flank, len(f.Genes), f.Words)
	}
	t.Logf("%d words, %d postings of repeated words", len(x.all.entries), len(x.all.more))
}

// A gene's own sequence must vote, on both strands, for its family and for the
// diagonal of its reference point.
func TestVotesOfEachGene(t *testing.T) {
	t.Parallel()
	x := humanIndex(t)
	var v Votes
	for f := range x.Families {
		for _, g := range x.Families[f].Genes {
			letters, start := x.Target(&x.Families[f], g)
			read := append([]byte("ACGTTGCAAC"), letters...)
			for _, reverse := range []bool{false, true} {
				seq := read
				if reverse {
					seq = base.ReverseComplement(nil, read)
				}
				v.Load(bytes.Clone(seq))
				v.ScanAll(x)
				want := x.Refs[g] - start + 10
				best := Cluster{}
				for _, c := range v.Clusters {
					if c.Label.Family() == f && c.Label.Reverse() == reverse && c.Cover > best.Cover {
						best = c
					}
				}
				if best.Ref != want || best.Cover < len(letters)*8/10 {
					t.Errorf("%s of %s reverse %t: cluster %+v, want ref %d, cover near %d",
						x.Set.Genes[g].Name, x.Families[f].Name, reverse, best, want, len(letters))
				}
			}
		}
	}
}
