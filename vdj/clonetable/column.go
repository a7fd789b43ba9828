package clonetable

// kind is how the values of a column are written.
type kind uint8

const (
	kindInt   kind = 1 + iota // integers that may be absent
	kindDelta                 // integers that differ little from those before them
	kindFloat                 // 64-bit floating point
	kindText                  // texts
	kindName                  // texts of which few are different: a dictionary for each chunk
	kindDNA                   // nucleotides, 2 bits each
)

// column is an index into columns. In files, columns have names.
type column uint8

const (
	colID column = iota
	colKept
	colReads
	colTop
	colSystem
	colName
	colLabel
	colSequence
	colQuality
	colLength
	colCoverage
	colCoverageInfo
	colCDR3AA
	colCDR3Start
	colCDR3End
	colJunctionAA
	colJunctionStart
	colJunctionEnd
	colProductive
	colUnproductive
	colEValue
	colEValueLeft
	colEValueRight
	colN
	colN1
	colN2
	colN3
	colWarnings
	colRest
	// Each gene has five columns: name, start, end, and the letters deleted at
	// both ends. See geneColumn.
	colGenes

	numColumns = colGenes + numGenes*geneColumns
)

// The genes of a clonotype, in the order of their columns.
const (
	geneFive = iota
	geneFour
	geneFourA
	geneFourB
	geneThree
	numGenes
)

// The columns of a gene.
const (
	geneName = iota
	geneStart
	geneEnd
	geneDelLeft
	geneDelRight
	geneColumns
)

func geneColumn(gene, which int) column { return colGenes + column(gene*geneColumns+which) }

// columnInfo describes a column. Names are those of AIRR Rearrangement where it
// has the thing; positions are 0-based and half-open all the same.
type columnInfo struct {
	name string
	kind kind
	// plain columns are not compressed: searches go through them, and their
	// letters are packed or random.
	plain bool
}

var columns = [numColumns]columnInfo{
	colID:            {"clone_id", kindDNA, true},
	colKept:          {"kept", kindInt, false},
	colReads:         {"duplicate_count", kindDelta, false},
	colTop:           {"rank", kindDelta, false},
	colSystem:        {"recombination_system", kindName, false},
	colName:          {"designation", kindText, false},
	colLabel:         {"label", kindName, false},
	colSequence:      {"sequence", kindDNA, true},
	colQuality:       {"quality", kindText, false},
	colLength:        {"average_read_length", kindFloat, false},
	colCoverage:      {"coverage", kindFloat, false},
	colCoverageInfo:  {"coverage_info", kindText, false},
	colCDR3AA:        {"cdr3_aa", kindText, true},
	colCDR3Start:     {"cdr3_start", kindInt, false},
	colCDR3End:       {"cdr3_end", kindInt, false},
	colJunctionAA:    {"junction_aa", kindText, false},
	colJunctionStart: {"junction_start", kindInt, false},
	colJunctionEnd:   {"junction_end", kindInt, false},
	colProductive:    {"productive", kindInt, false},
	colUnproductive:  {"productive_reason", kindName, false},
	colEValue:        {"evalue", kindFloat, false},
	colEValueLeft:    {"v_support", kindFloat, false},
	colEValueRight:   {"j_support", kindFloat, false},
	colN:             {"n", kindInt, false},
	colN1:            {"n1", kindInt, false},
	colN2:            {"n2", kindInt, false},
	colN3:            {"n3", kindInt, false},
	colWarnings:      {"warnings", kindName, false},
	colRest:          {"rest", kindText, false},

	geneColumns*geneFive + colGenes + geneName:      {"five_call", kindName, true},
	geneColumns*geneFive + colGenes + geneStart:     {"five_start", kindInt, false},
	geneColumns*geneFive + colGenes + geneEnd:       {"five_end", kindInt, false},
	geneColumns*geneFive + colGenes + geneDelLeft:   {"five_del_left", kindInt, false},
	geneColumns*geneFive + colGenes + geneDelRight:  {"five_del_right", kindInt, false},
	geneColumns*geneFour + colGenes + geneName:      {"four_call", kindName, true},
	geneColumns*geneFour + colGenes + geneStart:     {"four_start", kindInt, false},
	geneColumns*geneFour + colGenes + geneEnd:       {"four_end", kindInt, false},
	geneColumns*geneFour + colGenes + geneDelLeft:   {"four_del_left", kindInt, false},
	geneColumns*geneFour + colGenes + geneDelRight:  {"four_del_right", kindInt, false},
	geneColumns*geneFourA + colGenes + geneName:     {"four_a_call", kindName, true},
	geneColumns*geneFourA + colGenes + geneStart:    {"four_a_start", kindInt, false},
	geneColumns*geneFourA + colGenes + geneEnd:      {"four_a_end", kindInt, false},
	geneColumns*geneFourA + colGenes + geneDelLeft:  {"four_a_del_left", kindInt, false},
	geneColumns*geneFourA + colGenes + geneDelRight: {"four_a_del_right", kindInt, false},
	geneColumns*geneFourB + colGenes + geneName:     {"four_b_call", kindName, true},
	geneColumns*geneFourB + colGenes + geneStart:    {"four_b_start", kindInt, false},
	geneColumns*geneFourB + colGenes + geneEnd:      {"four_b_end", kindInt, false},
	geneColumns*geneFourB + colGenes + geneDelLeft:  {"four_b_del_left", kindInt, false},
	geneColumns*geneFourB + colGenes + geneDelRight: {"four_b_del_right", kindInt, false},
	geneColumns*geneThree + colGenes + geneName:     {"three_call", kindName, true},
	geneColumns*geneThree + colGenes + geneStart:    {"three_start", kindInt, false},
	geneColumns*geneThree + colGenes + geneEnd:      {"three_end", kindInt, false},
	geneColumns*geneThree + colGenes + geneDelLeft:  {"three_del_left", kindInt, false},
	geneColumns*geneThree + colGenes + geneDelRight: {"three_del_right", kindInt, false},
}

// absent is the value of an integer that is not there.
const absent = -1 << 63

// kept is a set of parts of a clonotype that stand in columns and are left out
// of its rest. A part that a column cannot hold without loss (an unknown member,
// counts of several samples) is kept in the rest as a whole; its columns then
// only show it to scans.
type kept int64

const (
	keptReads kept = 1 << iota
	keptLength
	keptCoverage
	keptCoverageInfo
	keptQuality
	keptJunction
	keptCDR3
	keptEValue
	keptEValueLeft
	keptEValueRight
	// keptGene is that of the first gene; those of the others follow.
	keptGene
	// idForSequence: the clonotype has no sequence; its column has the window,
	// so that a search finds it.
	idForSequence kept = keptGene << numGenes
	// junctionForCDR3: the clonotype has no CDR3; its column has the junction
	// without anchors, so that a search finds it.
	junctionForCDR3 kept = idForSequence << 1
)
