package germline

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestEmbeddedSetsAreSound(t *testing.T) {
	t.Parallel()
	systems := map[string]string{
		"human": "TRA TRB TRB+ TRG TRD TRA+D TRD+ IGH IGH+ IGK IGK+ IGL",
		"mouse": "TRA TRB TRB+ TRG TRD TRA+D IGH IGH+ IGK IGL",
	}
	for _, name := range Embedded() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, err := Named(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range Check(set) {
				if f.Severity == SeverityError {
					t.Error(f)
				}
			}
			var codes []string
			for _, s := range set.Systems {
				codes = append(codes, s.Code)
			}
			if got := strings.Join(codes, " "); got != systems[name] {
				t.Errorf("systems %s, want %s", got, systems[name])
			}
		})
	}
	if _, err := Named("yeti"); err == nil || !strings.Contains(err.Error(), "human, mouse") {
		t.Errorf("unknown set: %v", err)
	}
}

// TestConstantGenes: each constant gene is the continuation of J's split codon,
// and none of them is in a pool.
func TestConstantGenes(t *testing.T) {
	t.Parallel()
	set := mustHuman(t)
	want := map[string]string{
		"IGH": "IGHM IGHD IGHG3 IGHG1 IGHA1 IGHG2 IGHG4 IGHE IGHA2",
		"IGK": "IGKC",
		"IGL": "IGLC1 IGLC2 IGLC3 IGLC6 IGLC7",
		"TRA": "TRAC",
		"TRB": "TRBC1 TRBC2",
		"TRG": "TRGC1 TRGC2",
		"TRD": "TRDC",
		"TRX": "",
	}
	for locus, names := range want {
		var got []string
		for _, i := range set.Constant(locus) {
			g := &set.Genes[i]
			got = append(got, g.Name)
			stop := -1
			for p := 2; p+3 <= len(g.Sequence) && stop < 0; p += 3 {
				if TranslateCodon(g.Sequence[p:p+3]) == '*' {
					stop = p
				}
			}
			if (stop >= 0) != (g.Functionality == "P") {
				t.Errorf("%s: functionality %s, stop codon at %d", g.Name, g.Functionality, stop)
			}
			if len(g.Sequence) < 250 || len(g.Sequence) > 400 {
				t.Errorf("%s: %d nucleotides", g.Name, len(g.Sequence))
			}
		}
		if strings.Join(got, " ") != names {
			t.Errorf("constant genes of %s: %v, want %s", locus, got, names)
		}
	}
	for _, sys := range set.Systems {
		for _, rec := range sys.Recombinations {
			for _, p := range slices.Concat(rec.Five, rec.Four, rec.Three) {
				for _, g := range p.Genes {
					if set.Genes[g].Segment == C {
						t.Errorf("%s: pool %s has %s", sys.Code, p.Name, set.Genes[g].Name)
					}
				}
			}
		}
	}
}

// TestConstantGenesFollowJ looks the joint of J and C up in real transcripts:
// the last letters of a J gene of the locus, then the first of C. IGH comes from
// reads of a library of IgA, the other loci from INSDC records.
func TestConstantGenesFollowJ(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path  []string
		genes string
	}{
		{
			[]string{"data", "real", "genbank", "human.fasta.gz"},
			"IGKC IGLC1 IGLC2 IGLC3 IGLC7 TRAC TRBC1 TRBC2 TRDC TRGC1 TRGC2",
		},
		{[]string{"data", "real", "mixcr", "umi_ig_data_2_subset_R1.fastq.gz"}, "IGHA1 IGHA2"},
	}
	set := mustHuman(t)
	for _, tt := range tests {
		t.Run(tt.path[len(tt.path)-1], func(t *testing.T) {
			t.Parallel()
			f, err := os.Open(shared(t, tt.path...))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			z, err := gzip.NewReader(f)
			if err != nil {
				t.Fatal(err)
			}
			// A joint is short: sequences on one line are all that is needed.
			text, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			for name := range strings.FieldsSeq(tt.genes) {
				c := &set.Genes[set.Gene(name)]
				seen := 0
				for _, end := range jEnds(set, c.Locus) {
					joint := append(bytes.Clone(end), c.Sequence[:20]...)
					seen += bytes.Count(text, joint) + bytes.Count(text, reverseComplement(joint))
				}
				t.Logf("%s: %d joints", name, seen)
				if seen == 0 {
					t.Errorf("no transcript has J followed by %s", name)
				}
			}
		})
	}
}

// jEnds lists the different last 8 letters of the J genes of a locus.
func jEnds(set *Set, locus string) [][]byte {
	var ends [][]byte
	for i := range set.Genes {
		g := &set.Genes[i]
		if g.Segment != J || g.Locus != locus {
			continue
		}
		end := g.Sequence[len(g.Sequence)-8:]
		if !slices.ContainsFunc(ends, func(e []byte) bool { return bytes.Equal(e, end) }) {
			ends = append(ends, end)
		}
	}
	return ends
}

func reverseComplement(s []byte) []byte {
	rc := []byte(strings.NewReplacer("A", "T", "C", "G", "G", "C", "T", "A").Replace(string(s)))
	slices.Reverse(rc)
	return rc
}

// TestFlanks: recombination signals stand beside the genes. The shares are
// floors: they fall only when a source is lost.
func TestFlanks(t *testing.T) {
	t.Parallel()
	type count struct{ genes, filled, heptamer int }
	counts := map[string]*count{}
	set := mustHuman(t)
	for i := range set.Genes {
		g := &set.Genes[i]
		if g.Functionality != "F" {
			continue
		}
		key := g.Locus + g.Segment.String()
		if counts[key] == nil {
			counts[key] = &count{}
		}
		c := counts[key]
		c.genes++
		flank, heptamer := g.Down, bytes.HasPrefix(g.Down, []byte("CAC"))
		switch g.Segment {
		case J:
			// So do some alleles begin after their first letters.
			flank, heptamer = g.Up, bytes.Contains(g.Up[max(0, len(g.Up)-10):], []byte("GTG"))
		case V:
			// Alleles known only in part end before the signal.
			heptamer = bytes.Contains(g.Down, []byte("CAC"))
		}
		if len(flank) > 0 {
			c.filled++
		}
		if heptamer {
			c.heptamer++
		}
	}
	floors := map[string]float64{ // share of genes with flank
		"IGHV": .75, "IGHD": 1, "IGHJ": 1, "IGKV": .9, "IGKJ": 1, "IGLV": .9, "IGLJ": 1,
		"TRAV": .9, "TRAJ": 1, "TRBV": .7, "TRBD": 1, "TRBJ": 1, "TRDV": 1, "TRDD": 1, "TRDJ": 1,
	}
	for key, floor := range floors {
		c := counts[key]
		t.Logf("%s: %d of %d F genes with flank, %d of them with a heptamer", key, c.filled, c.genes, c.heptamer)
		if float64(c.filled) < floor*float64(c.genes) {
			t.Errorf("%s: %d of %d genes have a flank, want %.0f %%", key, c.filled, c.genes, 100*floor)
		}
		if 10*c.heptamer < 9*c.filled {
			t.Errorf("%s: %d of %d flanks have a heptamer", key, c.heptamer, c.filled)
		}
	}
}
