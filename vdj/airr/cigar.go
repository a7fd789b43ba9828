package airr

import (
	"fmt"
	"strconv"

	"vidjil.org/vidjil/vdj/designation"
)

// CIGAR is a parsed CIGAR: the gene is the reference, the sequence the query.
type CIGAR struct {
	QueryStart    int               // letters of the sequence before the match: leading S (or H)
	GermlineStart int               // letters of the gene before the match: leading N
	QuerySpan     int               // letters of the sequence in the match
	GermlineSpan  int               // letters of the gene in the match
	QueryEnd      int               // letters of the sequence after the match, 0 when not written
	GermlineEnd   int               // letters of the gene after the match, 0 when not written
	Ops           []designation.Run // of the match: = X I D, or M
	Mixed         bool              // M together with = or X
	Skip          bool              // N inside the match, kept in Ops as D
}

// Where a CIGAR is being read: each part may follow only some others.
const (
	beforeQuery = iota // nothing yet
	beforeMatch        // after leading S or N
	inMatch
	afterQuery    // after trailing S
	afterGermline // after trailing N
)

// ParseCIGAR reads a CIGAR as AIRR writes them. Clips in the middle and a
// leading N before S are errors.
func ParseCIGAR(s string) (CIGAR, error) {
	var c CIGAR
	stage := beforeQuery
	exact, plain := false, false
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		n, err := strconv.Atoi(s[i:j])
		if err != nil || j == len(s) || n > 1<<30 {
			return c, fmt.Errorf("CIGAR %q: want NUMBER LETTER at offset %d", clip(s), i)
		}
		op := s[j]
		next, ok := c.add(stage, op, n)
		if !ok {
			return c, fmt.Errorf("CIGAR %q: %q at offset %d is unknown or out of place", clip(s), op, j)
		}
		stage = next
		exact = exact || op == '=' || op == 'X'
		plain = plain || op == 'M'
		i = j + 1
	}
	if stage < inMatch {
		return c, fmt.Errorf("CIGAR %q: nothing aligned", clip(s))
	}
	c.Mixed = exact && plain
	return c, nil
}

// add takes an operation and returns the stage after it; it is false for an
// operation that cannot stand there.
func (c *CIGAR) add(stage int, op byte, n int) (int, bool) {
	switch op {
	case 'S', 'H':
		switch stage {
		case beforeQuery:
			c.QueryStart = n
			return beforeMatch, true
		case inMatch:
			c.QueryEnd = n
			return afterQuery, true
		}
	case 'N':
		switch {
		case stage < inMatch && c.GermlineStart == 0:
			c.GermlineStart = n
			return beforeMatch, true
		case stage == inMatch || stage == afterQuery:
			c.GermlineEnd = n
			return afterGermline, true
		}
	case '=', 'X', 'M', 'I', 'D':
		if stage == afterGermline && c.QueryEnd == 0 {
			// The N was not the end of the gene but a long deletion, which
			// IgBLAST writes so.
			c.GermlineSpan += c.GermlineEnd
			c.Ops = append(c.Ops, designation.Run{Op: designation.OpDelete, Len: c.GermlineEnd})
			c.GermlineEnd, c.Skip, stage = 0, true, inMatch
		}
		if stage > inMatch {
			return stage, false
		}
		if op != 'D' {
			c.QuerySpan += n
		}
		if op != 'I' {
			c.GermlineSpan += n
		}
		c.Ops = append(c.Ops, designation.Run{Op: designation.Op(op), Len: n})
		return inMatch, true
	}
	return stage, false
}

// appendCIGAR writes the alignment m of a sequence of that length against a
// gene of that length: 418S10N16=71S5N.
func appendCIGAR(b []byte, m *designation.Match, sequence, gene int) []byte {
	op := func(n int, c byte) {
		if n > 0 {
			b = strconv.AppendInt(b, int64(n), 10)
			b = append(b, c)
		}
	}
	op(m.Start, 'S')
	op(m.GeneStart, 'N')
	for i := 0; i < len(m.Runs); {
		n, c := 0, m.Runs[i].Op
		for ; i < len(m.Runs) && m.Runs[i].Op == c; i++ {
			n += m.Runs[i].Len
		}
		op(n, byte(c))
	}
	op(sequence-m.End, 'S')
	op(gene-m.GeneEnd, 'N')
	return b
}
