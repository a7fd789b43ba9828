// Package designation names the V(D)J recombination of one sequence: its genes,
// what was deleted and inserted at each junction, the junction and its reading
// frame, the framework and complementarity regions, productivity and why.
//
// Inside, positions are 0-based and half-open, on the oriented sequence (that
// of the coding strand). Files turn them into 1-based closed positions.
//
// The package reads a germline.Set and sequences; it knows nothing of reads,
// files or counts.
package designation

import (
	"strconv"
	"strings"

	"vidjil.org/vidjil/vdj/germline"
)

// Op is one operation of an alignment of the sequence against a gene.
type Op byte

// Alignment operations, with the letters of extended CIGAR.
const (
	OpMatch    Op = '='
	OpMismatch Op = 'X'
	OpInsert   Op = 'I' // letters of the sequence that the gene does not have
	OpDelete   Op = 'D' // letters of the gene that the sequence does not have
)

// Run is a repeated alignment operation.
type Run struct {
	Op  Op
	Len int
}

// Match is one germline gene laid on the sequence.
type Match struct {
	// Genes are the equally likely alleles, as indexes in the set's Genes,
	// the one to print first. Never empty.
	Genes []int
	// Start and End delimit the gene on the oriented sequence, 0-based half-open.
	Start, End int
	// GeneStart and GeneEnd delimit it on the ungapped sequence of Genes[0],
	// 0-based half-open. Either may reach outside the gene into its flank:
	// GeneStart < 0 with an upstream flank, GeneEnd > its length with a
	// downstream one.
	GeneStart, GeneEnd int
	Runs               []Run // alignment from Start to End
	// Reverse tells that the gene lies on the other strand, as one of an
	// unexpected recombination can: GeneStart and GeneEnd are then on the
	// reverse complement of the gene.
	Reverse bool
	Score   float64 // log-odds against random nucleotides, in nats
	EValue  float64 // expected number of such matches in random sequence
}

// Insertion is the number of nucleotides that stand between two neighbouring
// genes, and what each lost there.
type Insertion struct {
	Start, End int // inserted nucleotides on the oriented sequence, 0-based half-open
	DelLeft    int // nucleotides deleted at the 3' end of the gene on the left
	DelRight   int // nucleotides deleted at the 5' end of the gene on the right
}

// Span is a region of the oriented sequence, 0-based half-open.
// The zero Span means that the region is not there.
type Span struct{ Start, End int }

// Len is the number of nucleotides of the span.
func (s Span) Len() int { return s.End - s.Start }

// Reason says why a junction is not productive.
type Reason string

// The reasons, in the field's words; the one of a productive junction is empty.
const (
	Productive  Reason = ""
	TooShort    Reason = "too-short"
	OutOfFrame  Reason = "out-of-frame"
	StopCodon   Reason = "stop-codon"
	NoWPGxG     Reason = "no-WPGxG-pattern"
	Undecidable Reason = "undecidable" // an anchor is not there: incomplete system, mutated gene, short read
)

// Designation is what is known of one sequence.
type Designation struct {
	// Sequence is the oriented sequence, upper case; RevComp tells that it is
	// the reverse complement of the input.
	Sequence []byte
	RevComp  bool

	System string // IGH, TRA+D, …; "xxx" for an unexpected recombination; empty when none is reported
	Cause  Cause  // why none is reported; None when one is

	// Five is nil when the sequence starts inside the junction.
	Five  *Match   // V, or D of an incomplete recombination, or intron
	Ds    []*Match // D genes between, in order
	Three *Match   // J, or D of an incomplete recombination, or KDE
	C     *Match   // constant gene, where the sequence reaches it

	// Insertions are the junctions between neighbouring genes, one less than
	// there are genes.
	Insertions []Insertion

	// Junction spans both anchor codons, CDR3 the letters between them.
	// Both are zero when an anchor is not there.
	Junction, CDR3 Span
	JunctionAA     string // '#' or '!' marks the frame break of an out-of-frame junction
	Productive     bool
	Reason         Reason // why not productive
	InFrame        bool   // both anchors are there and in the same frame
	StopCodon      bool   // a stop codon in the frame of V between the start of V and the end of J

	FWR1, CDR1, FWR2, CDR2, FWR3, FWR4 Span

	VIdentity float64 // % of identical letters between V and its germline, over the aligned V; NaN without V

	// Expected number of such recombinations, 5' sides and 3' sides in one
	// random sequence of this length.
	EValue, EFive, EThree float64
}

// Cause says why no recombination is reported.
type Cause string

// The causes, in the field's words.
const (
	None           Cause = ""
	TooShortRead   Cause = "too short"
	StrandCause    Cause = "strand"
	TooFew         Cause = "too few V/J"
	OnlyFive       Cause = "only V/5'"
	OnlyThree      Cause = "only J/3'"
	Ambiguous      Cause = "ambiguous"
	WindowTooShort Cause = "too short w"
	NotRecombined  Cause = "not recombined" // germline configuration, as D7-27 next to J1
)

// Causes lists all causes, in the order in which they are reported.
var Causes = []Cause{TooShortRead, StrandCause, TooFew, OnlyFive, OnlyThree, Ambiguous, WindowTooShort, NotRecombined}

// Found tells whether a recombination is reported.
func (d *Designation) Found() bool { return d.System != "" }

// Text is the designation in Vidjil's text form, letters of insertions
// included: "IGHV3-48*01 0/AA/6 IGHD5-12*01 3/TT/2 IGHJ4*02". It is empty when
// nothing is reported.
func (d *Designation) Text(set *germline.Set) string {
	if !d.Found() {
		return ""
	}
	var b strings.Builder
	genes := d.genes()
	for i, m := range genes {
		if i > 0 {
			ins := d.Insertions[i-1]
			b.WriteByte(' ')
			b.WriteString(strconv.Itoa(ins.DelLeft))
			b.WriteByte('/')
			b.Write(d.Sequence[ins.Start:ins.End])
			b.WriteByte('/')
			b.WriteString(strconv.Itoa(ins.DelRight))
			b.WriteByte(' ')
		}
		b.WriteString(set.Genes[m.Genes[0]].Name)
	}
	return b.String()
}

// genes lists the genes from 5' to 3', the constant gene left out.
func (d *Designation) genes() []*Match {
	genes := make([]*Match, 0, len(d.Ds)+2)
	if d.Five != nil {
		genes = append(genes, d.Five)
	}
	genes = append(genes, d.Ds...)
	if d.Three != nil {
		genes = append(genes, d.Three)
	}
	return genes
}
