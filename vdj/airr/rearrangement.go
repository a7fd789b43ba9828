package airr

import "strings"

// Bool is a boolean cell: true, false, or null.
type Bool byte

// The three values of a boolean cell.
const (
	Null  Bool = 0
	True  Bool = 'T'
	False Bool = 'F'
)

// BoolOf returns [True] or [False].
func BoolOf(b bool) Bool {
	if b {
		return True
	}
	return False
}

// Opt is a cell that may be null; its zero value is.
type Opt[T any] struct {
	Value T
	Valid bool
}

// Some returns a cell that is not null.
func Some[T any](v T) Opt[T] { return Opt[T]{Value: v, Valid: true} }

// Call is one gene of a rearrangement and its alignment: the columns v_*, d_*,
// d2_*, j_* or c_*. Positions are 1-based and closed.
type Call struct {
	Call                         string // names, separated by commas when several are equally likely
	Score                        Opt[float64]
	Identity                     Opt[float64] // fraction, 0 to 1
	Support                      Opt[float64] // e-value
	CIGAR                        string
	SequenceStart, SequenceEnd   Opt[int] // on the sequence
	GermlineStart, GermlineEnd   Opt[int] // on the ungapped gene
	AlignmentStart, AlignmentEnd Opt[int] // columns of the alignment
	SequenceAlignment            string
	SequenceAlignmentAA          string
	GermlineAlignment            string
	GermlineAlignmentAA          string
}

// Region is a framework or complementarity region. Positions are 1-based and
// closed, on the sequence.
type Region struct {
	Sequence, AA string
	Start, End   Opt[int]
}

// NP is what stands between two genes: inserted (N) and palindromic (P) letters.
type NP struct {
	Sequence, AA string
	Length       Opt[int] // of N and P together
	NLength      Opt[int] // of N alone
}

// Field is a cell of a column that the schema does not have.
type Field struct{ Name, Value string }

// Rearrangement is one row of the table. An empty string is a null cell.
type Rearrangement struct {
	SequenceID string
	Sequence   string // as it was given, see RevComp
	Quality    string // Phred + 33, one character for each letter of Sequence
	SequenceAA string
	// RevComp tells that all that follows is about the reverse complement of
	// Sequence.
	RevComp     Bool
	Productive  Bool
	VJInFrame   Bool
	StopCodon   Bool
	CompleteVDJ Bool
	VFrameshift Bool
	JFrameshift Bool
	Locus       string // IGH, IGI, IGK, IGL, TRA, TRB, TRD or TRG

	V, D, D2, J, C  Call
	DFrame, D2Frame Opt[int]

	SequenceAlignment   string
	QualityAlignment    string
	SequenceAlignmentAA string
	GermlineAlignment   string
	GermlineAlignmentAA string

	Junction                             string // both anchor codons included
	JunctionAA                           string
	JunctionLength                       Opt[int] // nucleotides
	JunctionAALength                     Opt[int] // letters of JunctionAA
	NP1, NP2, NP3                        NP
	P3V, P5D, P3D, P5D2, P3D2, P5J       Opt[int] // lengths of palindromic ends
	FWR1, CDR1, FWR2, CDR2, FWR3, FWR4   Region
	CDR3                                 Region // anchor codons excluded
	ConsensusCount                       Opt[int]
	DuplicateCount                       Opt[int]
	UMICount                             Opt[int]
	CellID, CloneID                      string
	RepertoireID                         string
	SampleProcessingID, DataProcessingID string
	RearrangementID, RearrangementSetID  string // deprecated by the schema
	GermlineDatabase                     string // deprecated by the schema
	RecombinationSystem                  string // Vidjil's code: IGH, IGH+, TRA+D, …; empty when none is reported
	Designation                          string // "V del/N/del D … J", letters of insertions included
	Cause                                string // why no recombination is reported
	ProductiveReason                     string // why the junction is not productive
	ERICProductive                       Bool   // productive by Vidjil's stricter rule
	Warnings                             string // codes, separated by commas

	// Extra holds the cells of all other columns, in the order of the file.
	Extra []Field
}

// Get returns the cell of an extra column, "" when the row does not have it.
func (r *Rearrangement) Get(name string) string {
	for i := range r.Extra {
		if r.Extra[i].Name == name {
			return r.Extra[i].Value
		}
	}
	return ""
}

// Oriented returns the sequence that positions count on: the column sequence,
// reverse complemented when rev_comp is T. Some programs, IgBLAST among them,
// write the column reversed already; asWritten tells that the alignment, or else
// the junction, is found only so.
func (r *Rearrangement) Oriented() (sequence string, asWritten bool) {
	if r.RevComp != True || r.Sequence == "" {
		return r.Sequence, false
	}
	reversed := string(reverseComplement([]byte(r.Sequence)))
	probe := ungapped(r.SequenceAlignment)
	if probe == "" {
		probe = r.Junction
	}
	if probe == "" {
		return reversed, false
	}
	probe = strings.ToUpper(probe)
	if !strings.Contains(strings.ToUpper(reversed), probe) && strings.Contains(strings.ToUpper(r.Sequence), probe) {
		return r.Sequence, true
	}
	return reversed, false
}

// GeneKind tells from the name of a gene its locus, and the column it belongs
// in: 'v' for v_call, 'd', 'j' or 'c'. KDE belongs in j_call, the intron of IGK
// in v_call. An empty locus means that the name is not IMGT's, 0 that it does
// not tell the kind.
func GeneKind(name string) (locus string, kind byte) {
	switch strings.ToUpper(name) {
	case "KDE":
		return "IGK", 'j'
	case "INTRON":
		return "IGK", 'v'
	}
	if len(name) < 4 || name[:2] != "IG" && name[:2] != "TR" {
		return "", 0
	}
	switch name[3] {
	case 'V', 'J':
		kind = name[3] | 0x20
	case 'D':
		// IGHD is the delta constant gene, IGHD3-10 a D gene.
		kind = 'd'
		if strings.HasPrefix(name, "IGHD") && (len(name) == 4 || name[4] == '*') {
			kind = 'c'
		}
	case 'C', 'M', 'A', 'E', 'G':
		kind = 'c'
	}
	return name[:3], kind
}
