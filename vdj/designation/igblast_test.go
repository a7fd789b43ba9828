package designation_test

import (
	"testing"

	"vidjil.org/vidjil/vdj/curated"
)

// TestAgreesWithIgBLAST compares our genes with those that IgBLAST reports of
// records of GenBank. IgBLAST is another program, not the truth: on the
// sequences for which both report V and J, they name the same genes in more than
// 98 of 100.
func TestAgreesWithIgBLAST(t *testing.T) {
	t.Parallel()
	f := shared(t, "data/real/genbank/human.igblast.airr.tsv.gz")
	defer f.Close()
	theirs, err := curated.ReadObservations(f)
	if err != nil {
		t.Fatal(err)
	}
	e := humanEngine(t)
	ours := map[string]curated.Observation{}
	for _, o := range designateAll(t, e, shared(t, "data/real/genbank/human.fasta.gz")) {
		ours[firstWord(o.ID)] = o
	}
	both, onlyTheirs, v, j := 0, 0, 0, 0
	for _, o := range theirs {
		if len(o.V) == 0 || len(o.J) == 0 {
			continue
		}
		mine := ours[o.ID]
		if mine.System == "" {
			onlyTheirs++
			continue
		}
		both++
		if shareGene(mine.V, o.V) {
			v++
		}
		if shareGene(mine.J, o.J) {
			j++
		}
	}
	t.Logf("both report a recombination of %d sequences, IgBLAST alone of %d; same V gene %d, same J gene %d",
		both, onlyTheirs, v, j)
	if both < 2600 || onlyTheirs > both/50 {
		t.Errorf("IgBLAST alone reports %d, both %d", onlyTheirs, both)
	}
	if v*100 < 98*both || j*100 < 98*both {
		t.Errorf("of %d, %d have the same V gene and %d the same J gene", both, v, j)
	}
}

func firstWord(s string) string {
	for i := range s {
		if s[i] == ' ' {
			return s[:i]
		}
	}
	return s
}

func shareGene(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if geneOf(x) == geneOf(y) {
				return true
			}
		}
	}
	return false
}

func geneOf(allele string) string {
	for i := range allele {
		if allele[i] == '*' {
			return allele[:i]
		}
	}
	return allele
}
