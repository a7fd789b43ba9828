package curated

import "strings"

// Level is how much of a designation is right. Each level is stricter than the
// one before.
type Level int

// The levels.
const (
	Detected Level = iota // reported; for UNSEG, not reported
	Locus                 // of the right system
	Ends                  // first and last gene
	Genes                 // all genes
	Alleles               // all alleles, where given
	Full                  // deletions, insertions and junction, where given
	levels
)

// String is the level's name as tables print it.
func (l Level) String() string {
	if l < 0 || l >= levels {
		return "none"
	}
	return [levels]string{"detected", "locus", "first and last gene", "all genes", "alleles", "full"}[l]
}

// Levels lists the levels from the laxest to the strictest.
func Levels() []Level { return []Level{Detected, Locus, Ends, Genes, Alleles, Full} }

// Verdict says what is right of one sequence.
type Verdict struct {
	Asked [levels]bool // the entry says something at this level
	Right [levels]bool // the observation is right there and at all levels before; false where not asked
	// JunctionAsked and JunctionRight judge the amino acids of the junction by
	// themselves, whatever the genes.
	JunctionAsked, JunctionRight bool
}

// Reached is the strictest level that is right, -1 for none.
func (s Verdict) Reached() Level {
	for l := levels - 1; l >= 0; l-- {
		if s.Right[l] {
			return l
		}
	}
	return -1
}

// Failed is the first level that is asked and not right, and false when all
// are right.
func (s Verdict) Failed() (Level, bool) {
	for l := range levels {
		if s.Asked[l] && !s.Right[l] {
			return l, true
		}
	}
	return 0, false
}

// Score judges an observation. Germline may be nil; see the package's rules.
func (e *Entry) Score(o Observation, germline Germline) Verdict {
	var s Verdict
	s.Asked[Detected] = true
	if e.Locus == Unseg {
		s.Right[Detected] = !o.Detected()
		return s
	}
	s.JunctionAsked = len(e.CDR3) > 0
	s.JunctionRight = s.JunctionAsked && e.rightJunction(o.JunctionAA)
	s.Right[Detected] = o.Detected()
	good := s.Right[Detected]
	if e.Locus != "" {
		s.Asked[Locus] = true
		s.Right[Locus] = good && (e.Locus == o.System || e.Locus == Unexpected && o.System == "xxx")
		good = s.Right[Locus]
	}
	if e.Expected == nil {
		return s
	}
	for l := Ends; l <= Full; l++ {
		s.Asked[l] = true
	}
	got, ok := o.designation()
	if !good || !ok {
		return s
	}
	// The alternatives are separate wholes: the one that carries the
	// observation furthest is the one meant.
	for _, want := range e.Expected.Designations() {
		reached := compare(want, got, germline)
		if reached == Full && s.JunctionAsked && !s.JunctionRight {
			reached = Alleles
		}
		for l := Ends; l <= reached; l++ {
			s.Right[l] = true
		}
	}
	return s
}

// compare gives the strictest level from Ends on at which got is want, or
// Locus when not even the ends are right.
func compare(want, got Designation, germline Germline) Level {
	switch {
	case !sameGene(want.Genes[0], got.Genes[0]) || !sameGene(want.last(), got.last()):
		return Locus
	case !agree(want.Genes, got.Genes, sameGene):
		return Ends
	case !agree(want.Genes, got.Genes, sameAllele):
		return Genes
	}
	for _, candidate := range []Designation{got, germline.onFirstAllele(want, got)} {
		right := true
		for i, j := range want.Junctions {
			right = right && j.agrees(candidate.Junctions[i])
		}
		if right {
			return Full
		}
	}
	return Alleles
}

// rightJunction compares amino acids; '!' and '#' both mark a frame break.
func (e *Entry) rightJunction(got string) bool {
	got = strings.ReplaceAll(got, "#", "!")
	for _, want := range e.CDR3 {
		if strings.ReplaceAll(want, "#", "!") == got {
			return true
		}
	}
	return false
}
