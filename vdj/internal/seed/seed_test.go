package seed

import (
	"bytes"
	"math/bits"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

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

// slowScan lets the words vote one after another.
func (v *Votes) slowScan(x *table, step int) {
	for p := 0; p+K <= v.length; p += step {
		word := base.Window(v.packed, p) & wordMask
		bit := uint64(1) << (word % 64)
		if x.present[word/64]&bit == 0 {
			continue
		}
		e := x.entries[int(x.ranks[word/64])+bits.OnesCount64(x.present[word/64]&(bit-1))]
		if e&manyBit == 0 {
			v.vote(e, p)
			continue
		}
		for _, e := range x.more[e&^manyBit>>8:][:e&0xff] {
			v.vote(e, p)
		}
	}
}

// Words looked up in runs must vote as they do one by one, whatever the length of
// the read and the step.
func TestScanMatchesWordByWord(t *testing.T) {
	t.Parallel()
	x := humanIndex(t)
	rapid.Check(t, func(t *rapid.T) {
		gene := &x.Set.Genes[rapid.IntRange(0, len(x.Set.Genes)-1).Draw(t, "gene")]
		seq := slices.Concat(rapid.SliceOfN(rapid.SampledFrom([]byte("ACGTN")), 0, 400).Draw(t, "before"), gene.Sequence)
		seq = seq[rapid.IntRange(0, len(seq)).Draw(t, "from"):]
		table, step := &x.all, 1
		if rapid.Bool().Draw(t, "near") {
			table, step = &x.near, rapid.IntRange(1, 9).Draw(t, "step")
		}
		var got, want Votes
		got.Load(seq)
		got.scan(table, step)
		want.Load(seq)
		want.slowScan(table, step)
		if diff := cmp.Diff(want.Clusters, got.Clusters); diff != "" {
			t.Fatalf("clusters of %s (-want +got)\n%s", seq, diff)
		}
	})
}
