// Package germline holds germline reference sets: the genes of a species, the
// systems (loci and incomplete or unusual recombinations) they take part in,
// and where each gene's conserved anchor stands.
//
// A Set is read-only once loaded and safe for concurrent use. It has a name, a
// version and a SHA-256 digest; every result records the three, so that the
// same reads can be analysed against the same facts years later.
//
// The package knows nothing of reads, indexes or alignments.
package germline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Segment is the kind of a gene.
type Segment byte

// The kinds of genes. The kappa-deleting element and the intronic
// recombination signal of IGK are neither V nor J: they have kinds of their own
// and stand in the 3' and 5' lists of the system IGK+.
const (
	V      Segment = 'V'
	D      Segment = 'D'
	J      Segment = 'J'
	C      Segment = 'C'
	KDE    Segment = 'K'
	Intron Segment = 'I'
)

// String is the name used in files: "V", "D", "J", "C", "KDE" or "INTRON".
func (s Segment) String() string {
	switch s {
	case KDE:
		return "KDE"
	case Intron:
		return "INTRON"
	}
	return string(rune(s))
}

// ParseSegment is the inverse of [Segment.String].
func ParseSegment(s string) (Segment, error) {
	switch s {
	case "KDE":
		return KDE, nil
	case "INTRON":
		return Intron, nil
	case "V", "D", "J", "C":
		return Segment(s[0]), nil
	}
	return 0, fmt.Errorf("segment %q: want V, D, J, C, KDE or INTRON", s)
}

// Gap is a run of IMGT gap characters in the numbering of a V gene.
type Gap struct {
	Pos    int // 0-based position in the ungapped sequence that the gap precedes
	Length int // number of gap characters
}

// Gene is one allele of one germline gene.
type Gene struct {
	Name          string  // IMGT name with allele, "IGHV1-18*01"; "KDE" and "Intron" have none
	Locus         string  // IGH, IGK, IGL, TRA, TRB, TRG or TRD
	Segment       Segment // kind
	Functionality string  // F, ORF or P; empty when unknown
	Accession     string  // INSDC record that the sequence stands in
	Range         string  // 1-based closed positions on that record, "188..483"
	Source        string  // where the row comes from; keys of the set's README
	Sequence      []byte  // coding strand, 5' to 3', upper case A C G T N, ungapped
	// Anchor is the 0-based offset in Sequence of the first nucleotide of the
	// anchor codon: Cys104 of a V gene, Phe/Trp118 of a J gene. -1 when the
	// gene has none.
	Anchor int
	// AnchorInferred tells that Anchor was found by the conserved motif, not
	// taken from curated numbering.
	AnchorInferred bool
	Gaps           []Gap  // IMGT gaps of a V gene, in order; nil when not numbered
	Up             []byte // genomic flank 5' of the gene, 5' to 3', ends where Sequence starts
	Down           []byte // genomic flank 3' of the gene, starts where Sequence ends
}

// Base is the gene's name without its allele: "IGHV1-18".
func (g *Gene) Base() string {
	base, _, _ := strings.Cut(g.Name, "*")
	return base
}

// Pool is a named group of genes that can stand at one side of a recombination.
type Pool struct {
	Name  string // "IGHV", "IGHD+up", "TRDD3+down"
	Genes []int  // indexes in Set.Genes, ascending
	Up    bool   // the genes are recognised by their upstream flank too
	Down  bool   // the genes are recognised by their downstream flank too
}

// Recombination is one way to join pools of genes, 5' to 3'.
type Recombination struct {
	Five  []Pool // 5' side: V genes, or D genes with their upstream flank
	Four  []Pool // D genes that may stand between; empty where there are none
	Three []Pool // 3' side: J genes with their downstream flank, KDE, …
}

// System is a locus, or a family of incomplete or unusual recombinations of one.
type System struct {
	Code           string // IGH, IGH+, TRA+D, …
	Shortcut       string // one letter, the client's
	Color          string // "#6c71c4"
	Description    string
	Follows        string // the complete system that this one completes; empty for complete ones
	Seed           string // Vidjil seed name ("12s"); kept for .g files, our index has one seed for all
	Recombinations []Recombination
}

// Complete tells whether the system is that of a complete recombination
// (IGH, TRA, …), as opposed to an incomplete or unusual one (IGH+, TRA+D, …).
func (s *System) Complete() bool { return !strings.Contains(s.Code, "+") }

// Set is a germline reference set: one species, all its systems.
type Set struct {
	Name      string // "human"
	Version   string // "2026-11"
	Species   string // "Homo sapiens"
	TaxonID   int    // NCBI taxonomy, 9606
	Reference string // where the set comes from, in one line
	Licence   string // in one line
	Genes     []Gene
	Systems   []System
}

// System returns the system of that code, or nil.
func (s *Set) System(code string) *System {
	for i := range s.Systems {
		if s.Systems[i].Code == code {
			return &s.Systems[i]
		}
	}
	return nil
}

// Gene returns the index of the gene of that full name ("IGHV1-18*01"), or -1.
func (s *Set) Gene(name string) int {
	return slices.IndexFunc(s.Genes, func(g Gene) bool { return g.Name == name })
}

// Constant returns the indexes of the constant genes of a locus (IGH, IGK, …),
// ascending; nil when the set has none.
//
// A constant gene takes no part in a recombination: a read that runs from J
// into it is a transcript, and the gene tells its isotype. That is why constant
// genes stand in no pool of a system, and why there is no system "IGH-C": the
// reader of a sequence, once J is placed, looks up the constant genes of J's
// locus.
func (s *Set) Constant(locus string) []int {
	var genes []int
	for i := range s.Genes {
		if s.Genes[i].Segment == C && s.Genes[i].Locus == locus {
			genes = append(genes, i)
		}
	}
	return genes
}

// Restrict returns a set with only the systems of the given codes, in the
// set's order. Genes stay, so that indexes and names keep their meaning.
// A code the set does not have is an error.
func (s *Set) Restrict(codes []string) (*Set, error) {
	for _, code := range codes {
		if s.System(code) == nil {
			return nil, fmt.Errorf("restrict germline set %s: no system %q", s.Name, code)
		}
	}
	r := *s
	r.Systems = nil
	for _, sys := range s.Systems {
		if slices.Contains(codes, sys.Code) {
			r.Systems = append(r.Systems, sys)
		}
	}
	return &r, nil
}

// Digest is the SHA-256 of all that the engine reads from the set, in
// hexadecimal. Two sets with the same digest give the same results.
func (s *Set) Digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\t%d\n", s.Species, s.TaxonID)
	for i := range s.Genes {
		g := &s.Genes[i]
		fmt.Fprintf(h, "%s\t%s\t%s\t%s\t%d\t%v\t%s\t%s\t%s\n", g.Name, g.Locus, g.Segment, g.Functionality,
			g.Anchor, g.Gaps, g.Sequence, g.Up, g.Down)
	}
	for _, sys := range s.Systems {
		fmt.Fprintf(h, "%s\t%s\n", sys.Code, sys.Follows)
		for _, r := range sys.Recombinations {
			for _, side := range [][]Pool{r.Five, r.Four, r.Three} {
				io.WriteString(h, "-")
				for _, p := range side {
					fmt.Fprintf(h, " %s %v %t %t", p.Name, p.Genes, p.Up, p.Down)
				}
				io.WriteString(h, "\n")
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
