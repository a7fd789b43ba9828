package multialign

import (
	"context"
	"errors"
	"fmt"
	"math"

	"vidjil.org/vidjil/vdj/internal/base"
)

// Limits of what can be handed in; a request beyond is ErrTooLarge. Longest
// sequences in largest number take minutes: who serves strangers sets lower ones.
const (
	MaxAligned  = 500  // sequences to Align
	MaxCompared = 2000 // sequences to Compare
	MaxLetters  = 5000 // of one sequence
)

// ErrTooLarge says that there are too many sequences, or too long ones.
var ErrTooLarge = errors.New("too many or too long sequences")

// Alignment is sequences under each other.
type Alignment struct {
	// Rows are the sequences in their order, upper case, with '-' for gaps, all of
	// the same length. No column is all gaps.
	Rows [][]byte
	// Conservation tells of each column how much its rows agree, from 0 to 1: the
	// information of its letters, 1 + Σ f·log4(f) with f the shares of A, C, G and
	// T among them, times the share of rows that have one of them. It is the height
	// of a sequence logo (Schneider and Stephens 1990, Nucleic Acids Res. 18:6097),
	// without correction for few sequences.
	Conservation []float64
}

// Align aligns nucleotide sequences of one strand. Letters may be of either case;
// T stands for U; letters other than A C G T agree with all. Errors are ErrTooLarge,
// a letter that is none, and the cause of the context's end.
func Align(ctx context.Context, sequences [][]byte) (*Alignment, error) {
	if err := checkSize(sequences, MaxAligned); err != nil {
		return nil, fmt.Errorf("align: %w", err)
	}
	profiles := make([]*profile, len(sequences))
	upper := make([][]byte, len(sequences))
	for i, s := range sequences {
		var err error
		if upper[i], err = normal(s); err != nil {
			return nil, fmt.Errorf("align: sequence %d: %w", i+1, err)
		}
		profiles[i] = single(i, upper[i])
	}
	if len(sequences) == 0 {
		return &Alignment{}, nil
	}
	var x joiner
	for _, j := range guide(upper) {
		if err := context.Cause(ctx); err != nil {
			return nil, fmt.Errorf("align: %w", err)
		}
		p, err := x.join(ctx, profiles[j.a], profiles[j.b])
		if err != nil {
			return nil, fmt.Errorf("align: %w", err)
		}
		profiles[j.a], profiles[j.b] = p, nil
	}
	all := profiles[0]
	out := &Alignment{Rows: make([][]byte, len(sequences)), Conservation: make([]float64, len(all.columns))}
	for k, i := range all.members {
		out.Rows[i] = all.rows[k]
	}
	for i := range out.Conservation {
		out.Conservation[i] = conservation(out.Rows, i)
	}
	return out, nil
}

func checkSize(sequences [][]byte, most int) error {
	if len(sequences) > most {
		return fmt.Errorf("%w: %d sequences, at most %d", ErrTooLarge, len(sequences), most)
	}
	for i, s := range sequences {
		if len(s) > MaxLetters {
			return fmt.Errorf("%w: sequence %d has %d letters, at most %d", ErrTooLarge, i+1, len(s), MaxLetters)
		}
	}
	return nil
}

// normal is a sequence in upper case, with T for U.
func normal(seq []byte) ([]byte, error) {
	const letters = "ACGTRYSWKMBDHVN"
	out := make([]byte, len(seq))
	for i, c := range seq {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c == 'U' {
			c = 'T'
		}
		known := false
		for k := range len(letters) {
			known = known || letters[k] == c
		}
		if !known {
			return nil, fmt.Errorf("letter %d, %q, is not a nucleotide (IUPAC)", i+1, seq[i])
		}
		out[i] = c
	}
	return out, nil
}

// conservation of a column.
func conservation(rows [][]byte, column int) float64 {
	var counts [4]int
	n := 0
	for _, row := range rows {
		if c := row[column]; plain(c) {
			counts[base.Code(c)]++
			n++
		}
	}
	if n == 0 {
		return 0
	}
	information := 1.0
	for _, k := range counts {
		if k > 0 {
			f := float64(k) / float64(n)
			information += float64(f*math.Log2(f)) / 2
		}
	}
	return float64(information * float64(n) / float64(len(rows)))
}
