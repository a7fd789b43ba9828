package designation

import (
	"testing"

	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/internal/base"
)

func TestAlleleNumber(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{
		"IGHV4-4*02": 2, "TRBV19*01": 1, "IGHV3-30*18": 18, "IGHV1-2*02_S4953": 2, "Intron": rareAllele, "IGHV1*x": rareAllele,
	} {
		if got := alleleNumber(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

// TestShortRecordDoesNotWin lays reads on a family in which B*05 lacks the last
// two letters that all others have, and has lost fewer for that.
func TestShortRecordDoesNotWin(t *testing.T) {
	t.Parallel()
	const whole = "GACACGGCCGTGTATTACTGTGCGAGAGA"
	const other = "GACACGGCCGTGTATTATTGTGCGAGAGA" // differs inside
	for _, tc := range []struct {
		name  string
		genes map[string]string
		want  string
	}{
		{"another gene, common allele", map[string]string{"A*02": whole, "B*05": whole[:27], "B*01": other}, "A*02"},
		{"the commonest of others", map[string]string{"A*04": whole, "C*03": whole, "B*05": whole[:27], "B*01": other}, "C*03"},
		{"its own gene has it too", map[string]string{"A*01": whole, "B*05": whole[:27], "B*07": whole}, "B*05"},
		{"others differ", map[string]string{"A*02": other, "B*05": whole[:27], "B*01": other}, "B*05"},
		{"whole records", map[string]string{"A*02": whole, "B*05": whole}, "A*02"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			set := &germline.Set{}
			for _, name := range []string{"A*01", "A*02", "A*04", "B*01", "B*05", "B*07", "C*03"} {
				if s, ok := tc.genes[name]; ok {
					set.Genes = append(set.Genes, germline.Gene{Name: name, Segment: germline.V, Sequence: []byte(s), Anchor: 18})
				}
			}
			read := "GACACGGCCGTGTATTACTGTGCGAGTTCCC"
			if got := settledGene(set, read, 26); got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

// settledGene is the V gene printed for a read whose V ends at the given letter.
func settledGene(set *germline.Set, read string, at int) string {
	e := &Engine{set: set}
	longest := reaches(set)
	var models []model
	for g := range set.Genes {
		gene := &set.Genes[g]
		models = append(models, model{
			gene: g, base: gene.Base(), number: alleleNumber(gene.Name), short: stopsShort(gene, longest),
			letters: gene.Sequence, packed: base.Pack(nil, gene.Sequence), end: len(gene.Sequence),
		})
	}
	var sc Scratch
	sc.load([]byte(read), false)
	e.laySide(&sc, &sc.five, models, 0, at, true)
	sc.five.weighEnds(&sc, 0, at, len(read))
	_, k := sc.five.at(at)
	return set.Genes[sc.five.cands[sc.five.settled(&sc, k, at)].m.gene].Name
}
