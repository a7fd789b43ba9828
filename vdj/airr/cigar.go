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

// ParseCIGAR reads a CIGAR as AIRR writes them. Clips in the middle and a
// leading N before S are errors.
func ParseCIGAR(s string) (CIGAR, error) {
	var c CIGAR
	stage := 0 // 0 S, 1 N, 2 match, 3 trailing S, 4 trailing N
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
		i = j + 1
		switch op {
		case 'S', 'H':
			switch stage {
			case 0:
				c.QueryStart, stage = n, 1
			case 2:
				c.QueryEnd, stage = n, 4
			default:
				return c, fmt.Errorf("CIGAR %q: %c at offset %d is neither first nor after the match", clip(s), op, j)
			}
		case 'N':
			switch {
			case stage < 2 && c.GermlineStart == 0:
				c.GermlineStart, stage = n, 1
			case stage == 2 || stage == 4:
				c.GermlineEnd, stage = n, 5
			default:
				return c, fmt.Errorf("CIGAR %q: N at offset %d stands in no place it can", clip(s), j)
			}
		case '=', 'X', 'M', 'I', 'D':
			if stage == 5 && c.QueryEnd == 0 {
				// The N was not the end of the gene but a long deletion, which
				// IgBLAST writes so.
				c.GermlineSpan += c.GermlineEnd
				c.Ops = append(c.Ops, designation.Run{Op: designation.OpDelete, Len: c.GermlineEnd})
				c.GermlineEnd, c.Skip, stage = 0, true, 2
			}
			if stage > 2 {
				return c, fmt.Errorf("CIGAR %q: %c at offset %d after the end of the match", clip(s), op, j)
			}
			stage = 2
			exact = exact || op == '=' || op == 'X'
			plain = plain || op == 'M'
			if op != 'D' {
				c.QuerySpan += n
			}
			if op != 'I' {
				c.GermlineSpan += n
			}
			c.Ops = append(c.Ops, designation.Run{Op: designation.Op(op), Len: n})
		default:
			return c, fmt.Errorf("CIGAR %q: unknown operation %q at offset %d", clip(s), op, j)
		}
	}
	if stage != 2 && stage < 4 {
		return c, fmt.Errorf("CIGAR %q: nothing aligned", clip(s))
	}
	c.Mixed = exact && plain
	return c, nil
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
