package clonetable

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Query says which clonotypes are wanted: those that have everything that is
// asked for. An empty field asks for nothing.
type Query struct {
	// Sequence is nucleotides, in either case, with IUPAC codes for letters that
	// may be several (N: any). A clonotype matches when its representative
	// sequence holds them, or when they, as a read does, hold its window; on
	// either strand. A letter of a clonotype that is not certain matches a code
	// that covers it. At least MinSequence of its letters must be A, C, G or T,
	// and at most MaxSequence in all.
	Sequence string

	// CDR3 is amino acids without the anchors (Cys104, Phe/Trp118); X is any.
	// CDR3Within looks for it inside of CDR3s, otherwise they must be as long.
	// CDR3Mismatches residues may differ.
	CDR3           string
	CDR3Within     bool
	CDR3Mismatches int

	// Five, Four and Three are genes: an allele (IGHV3-48*01), a gene (IGHV3-48),
	// a family (IGHV3) or any gene of a segment (IGHV), in either case. They are
	// compared with the gene of a clonotype, not with genes that are as likely.
	// Four is any of its D genes.
	Five, Four, Three string
	// Gene is a gene at any place.
	Gene string

	System   string // code of the system: IGH, TRD+
	MinReads int64
}

// Bounds of the sequence of a query, letters.
const (
	MinSequence = 12
	MaxSequence = 4000
)

// Check tells what is wrong with a query.
func (q *Query) Check() error {
	var faults []error
	if q.Sequence != "" {
		certain := 0
		for i := range len(q.Sequence) {
			switch set := letterSet(q.Sequence[i]); set {
			case 0:
				faults = append(faults, fmt.Errorf("sequence: %q is no nucleotide", q.Sequence[i]))
			case 1, 2, 4, 8:
				certain++
			}
			if len(faults) > 0 {
				break
			}
		}
		if certain < MinSequence {
			faults = append(faults, fmt.Errorf("sequence: %d letters A, C, G or T, want at least %d", certain, MinSequence))
		}
		if len(q.Sequence) > MaxSequence {
			faults = append(faults, fmt.Errorf("sequence: %d letters, want at most %d", len(q.Sequence), MaxSequence))
		}
	}
	for i := range len(q.CDR3) {
		if c := q.CDR3[i] &^ 0x20; (c < 'A' || c > 'Z') && q.CDR3[i] != '*' && q.CDR3[i] != '#' {
			faults = append(faults, fmt.Errorf("cdr3: %q is no amino acid", q.CDR3[i]))
			break
		}
	}
	if q.CDR3Mismatches < 0 || q.CDR3 != "" && q.CDR3Mismatches >= len(q.CDR3) {
		faults = append(faults, fmt.Errorf("cdr3: %d mismatches of %d residues", q.CDR3Mismatches, len(q.CDR3)))
	}
	if q.Sequence == "" && q.CDR3 == "" && q.Five == "" && q.Four == "" && q.Three == "" && q.Gene == "" && q.System == "" {
		faults = append(faults, errors.New("nothing to search for: want a sequence, a CDR3, a gene or a system"))
	}
	return errors.Join(faults...)
}

// matchGene tells whether the gene is the one, or of the gene or family that is
// asked for, in either case.
func matchGene(name, want []byte) bool {
	if len(want) == 0 || len(name) < len(want) || !bytes.EqualFold(name[:len(want)], want) {
		return false
	}
	rest := name[len(want):]
	if len(rest) == 0 || rest[0] == '*' {
		return true
	}
	last := want[len(want)-1]
	switch {
	case bytes.IndexByte(want, '*') >= 0:
		return false
	case bytes.IndexByte(want, '-') >= 0:
		return rest[0] == '/' // IGHV1/OR15-1, IGHV4-38-2 is no IGHV4-38
	case last < '0' || last > '9':
		return true // a segment: IGHV
	case rest[0] == '-' || rest[0] == '/':
		return true
	}
	// The distal copies of a family have its name and D: IGKV1D-39.
	return rest[0]&^0x20 == 'D' && len(rest) > 1 && rest[1] == '-'
}

// matcher is a query made ready.
type matcher struct {
	sequence *needle // nil when not asked for
	cdr3     []byte
	within   bool
	allowed  int
	genes    []geneTest
	system   []byte
	minReads int64
}

// geneTest asks for a gene in any of some columns.
type geneTest struct {
	name []byte
	cols []column
}

func newMatcher(q *Query) *matcher {
	m := &matcher{
		cdr3: []byte(strings.ToUpper(q.CDR3)), within: q.CDR3Within, allowed: q.CDR3Mismatches,
		system: []byte(q.System), minReads: q.MinReads,
	}
	if q.Sequence != "" {
		m.sequence = newNeedle(q.Sequence)
	}
	all := geneNames()
	for _, g := range []struct {
		name string
		cols []column
	}{
		{q.Five, all[geneFive : geneFive+1]},
		{q.Four, all[geneFour : geneFourB+1]},
		{q.Three, all[geneThree:]},
		{q.Gene, all},
	} {
		if g.name != "" {
			m.genes = append(m.genes, geneTest{[]byte(strings.ToUpper(g.name)), g.cols})
		}
	}
	return m
}

// rowSet is a set of the rows of a chunk.
type rowSet []uint64

func (s rowSet) add(i int)      { s[i>>6] |= 1 << (i & 63) }
func (s rowSet) has(i int) bool { return s[i>>6]>>(i&63)&1 != 0 }

// sized returns an empty set for so many rows.
func (s rowSet) sized(rows int) rowSet {
	s = slices.Grow(s[:0], (rows+63)/64)[:(rows+63)/64]
	clear(s)
	return s
}

// and keeps what is in the other set too, and tells whether there is anything.
func (s rowSet) and(other rowSet) bool {
	some := uint64(0)
	for i := range s {
		s[i] &= other[i]
		some |= s[i]
	}
	return some != 0
}

// distance counts letters that differ, up to one more than allowed. X in want
// is any letter.
func distance(want, got []byte, allowed int) int {
	n := 0
	for i, c := range want {
		if c != got[i] && c != 'X' {
			if n++; n > allowed {
				return n
			}
		}
	}
	return n
}

// matchCDR3 tells whether a CDR3 is what the query asks for.
func (m *matcher) matchCDR3(got []byte) bool {
	n := len(m.cdr3)
	if !m.within {
		return len(got) == n && distance(m.cdr3, got, m.allowed) <= m.allowed
	}
	for i := 0; i+n <= len(got); i++ {
		if distance(m.cdr3, got[i:i+n], m.allowed) <= m.allowed {
			return true
		}
	}
	return false
}
