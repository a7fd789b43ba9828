package germline

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func translate(s []byte) string {
	var out []byte
	for i := 0; i+3 <= len(s); i += 3 {
		out = append(out, TranslateCodon(s[i:i+3]))
	}
	return string(out)
}

// TestRegions holds the regions against CDRs that textbooks give.
func TestRegions(t *testing.T) {
	t.Parallel()
	set := mustHuman(t)
	tests := []struct{ gene, cdr1, cdr2 string }{
		{"IGHV3-23*01", "GFTFSSYA", "ISGSGGST"},
		{"IGHV1-69*01", "GGTFSSYA", "IIPIFGTA"},
		{"IGHV4-34*01", "GGSFSGYY", "INHSGST"},
		{"IGHV6-1*01", "GDSVSSNSAA", "TYYRSKWYN"},
		{"IGKV1-39*01", "QSISSY", "AAS"},
		{"IGKV3-20*01", "QSVSSSY", "GAS"},
		{"IGKV4-1*01", "QSVLYSSNNKNY", "WAS"},
		{"IGLV2-14*01", "SSDVGGYNY", "EVS"},
		{"IGLV1-44*01", "SSNIGSNT", "SNN"},
		{"TRAV1-2*01", "TSGFNG", "NVLDGL"},
		{"TRAV12-2*01", "DRGSQS", "IYSNGD"},
		{"TRBV20-1*01", "DFQATT", "SNEGSKA"},
		{"TRBV19*01", "LNHDA", "SQIVND"},
	}
	for _, tt := range tests {
		t.Run(tt.gene, func(t *testing.T) {
			t.Parallel()
			g := &set.Genes[set.Gene(tt.gene)]
			r, ok := g.Regions()
			if !ok {
				t.Fatal("no regions")
			}
			if got := translate(g.Sequence[r.CDR1[0]:r.CDR1[1]]); got != tt.cdr1 {
				t.Errorf("CDR1 %s, want %s", got, tt.cdr1)
			}
			if got := translate(g.Sequence[r.CDR2[0]:r.CDR2[1]]); got != tt.cdr2 {
				t.Errorf("CDR2 %s, want %s", got, tt.cdr2)
			}
			if r.FWR3[1] != g.Anchor+3 || r.FWR1[0] != 0 || r.FWR1[1] != r.CDR1[0] || r.FWR2 != [2]int{r.CDR1[1], r.CDR2[0]} {
				t.Errorf("regions %+v, anchor %d", r, g.Anchor)
			}
		})
	}
	for _, name := range []string{"IGHJ4*02", "IGHD3-10*01", "IGHM"} {
		if _, ok := set.Genes[set.Gene(name)].Regions(); ok {
			t.Errorf("%s has regions", name)
		}
	}
}

// TestRegionsOfAllGenes: nearly every functional V gene of the embedded sets is
// numbered, and the residue at position 23 is the first conserved Cys.
func TestRegionsOfAllGenes(t *testing.T) {
	t.Parallel()
	for _, name := range Embedded() {
		set, err := Named(name)
		if err != nil {
			t.Fatal(err)
		}
		genes, numbered, cys := 0, 0, 0
		for i := range set.Genes {
			g := &set.Genes[i]
			if g.Segment != V || g.Functionality != "F" || g.Anchor < 0 {
				continue
			}
			genes++
			r, ok := g.Regions()
			if !ok {
				t.Logf("%s: %s has no regions", name, g.Name)
				continue
			}
			numbered++
			// Cys23 stands 4 codons before CDR1.
			if p := r.CDR1[0] - 12; p < 0 || TranslateCodon(g.Sequence[p:p+3]) == 'C' {
				cys++
			}
		}
		t.Logf("%s: %d of %d V genes numbered, %d with Cys23 or too short to tell", name, numbered, genes, cys)
		if 100*numbered < 99*genes || 100*cys < 97*numbered {
			t.Errorf("%s: %d of %d V genes numbered, %d with Cys23", name, numbered, genes, cys)
		}
	}
}

func TestGapsRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		gapped := []byte(rapid.StringOfN(rapid.RuneFrom([]rune("ACGT.")), 1, 60, -1).Draw(t, "gapped"))
		seq, gaps := takeGaps(gapped)
		g := Gene{Segment: V, Sequence: seq, Gaps: gaps, Anchor: -1}
		if got, want := g.Gapped(), bytes.TrimRight(gapped, "."); !bytes.Equal(got, want) {
			t.Fatalf("gapped %s, want %s", got, want)
		}
		// The obvious count of letters before each position.
		for pos := range len(gapped) + 1 {
			want := len(bytes.ReplaceAll(gapped[:pos], []byte("."), nil))
			if got := g.ungapped(pos); got != want {
				t.Fatalf("%s: %d letters before %d, want %d", gapped, got, pos, want)
			}
		}
	})
}
