package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/multialign"
)

// Limits of an alignment: the longest sequences in the largest number take some
// seconds.
const (
	MaxAligned       = 200
	MaxCompareSeqs   = 500  // sequences whose similarity is asked for
	MaxAlignLetters  = 2000 // of one sequence
	maxAlignTotal    = 150_000
	maxCompareTotal  = 250_000
	alignTime        = time.Minute
	minAlignedLetter = 1
)

// NamedSequence is a sequence to be aligned.
type NamedSequence struct {
	ID, Sequence string
}

// AlignRequest says what to align: sequences as they are given, and clonotypes
// of results by their identifiers. All of one strand.
type AlignRequest struct {
	Sequences []NamedSequence
	Ref       FusedRef
	Clones    []string
	Aminos    bool // letters are amino acids; for similarity alone
}

// Aligned is sequences under each other.
type Aligned struct {
	IDs          []string
	Rows         []string // with '-' for gaps, all of the same length
	Conservation []float64
}

// Align aligns the nucleotide sequences of clonotypes, for people who signed in.
func (s *Service) Align(ctx context.Context, who *Actor, q AlignRequest) (out Aligned, err error) {
	list, err := s.alignSequences(ctx, who, &q, MaxAligned, maxAlignTotal)
	if err != nil {
		return out, err
	}
	err = s.work(ctx, func(ctx context.Context) error {
		a, err := multialign.Align(ctx, letters(list))
		if err != nil {
			return err
		}
		out.Conservation = a.Conservation
		for _, row := range a.Rows {
			out.Rows = append(out.Rows, string(row))
		}
		return nil
	})
	for i := range list {
		out.IDs = append(out.IDs, list[i].ID)
	}
	return out, err
}

// Similarity is how alike sequences are.
type Similarity struct {
	IDs     []string
	Percent [][]float64
	Map     multialign.Map
}

// Similarity compares all sequences with each other, for people who signed in.
func (s *Service) Similarity(ctx context.Context, who *Actor, q AlignRequest) (out Similarity, err error) {
	list, err := s.alignSequences(ctx, who, &q, MaxCompareSeqs, maxCompareTotal)
	if err != nil {
		return out, err
	}
	err = s.work(ctx, func(ctx context.Context) error {
		x, err := multialign.Compare(ctx, letters(list))
		if err != nil {
			return err
		}
		m, err := x.Map(ctx)
		if err != nil {
			return err
		}
		out.Percent, out.Map = x.Percent, *m
		return nil
	})
	for i := range list {
		out.IDs = append(out.IDs, list[i].ID)
	}
	return out, err
}

// work runs something that takes processors, when its turn comes.
func (s *Service) work(ctx context.Context, f func(context.Context) error) error {
	done, err := s.busy.enter(ctx)
	if err != nil {
		return err
	}
	defer done()
	slow := lab.Errorf(lab.TooLarge, "this took more than %s; choose fewer or shorter sequences", alignTime)
	ctx, cancel := context.WithTimeoutCause(ctx, alignTime, slow)
	defer cancel()
	err = f(ctx)
	if err != nil && errors.Is(context.Cause(ctx), slow) {
		return slow
	}
	if errors.Is(err, multialign.ErrTooLarge) {
		return &lab.Error{Code: lab.TooLarge, Msg: "these are too many or too long sequences", Err: err}
	}
	return err
}

// alignSequences gathers the sequences, and refuses what would take long.
func (s *Service) alignSequences(ctx context.Context, who *Actor, q *AlignRequest, most, total int) ([]NamedSequence, error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	if n := len(q.Sequences) + len(q.Clones); n < 1 || n > most {
		return nil, fault("sequences", "want 1 to %d sequences and clonotypes", most)
	}
	list := append([]NamedSequence{}, q.Sequences...)
	if len(q.Clones) > 0 {
		clones, err := s.FusedSequences(ctx, who, q.Ref, q.Clones)
		if err != nil {
			return nil, err
		}
		for i := range clones {
			c := &clones[i]
			if c.Sequence == "" {
				c.Sequence = c.ID // the window
			}
			list = append(list, NamedSequence{c.ID, c.Sequence})
		}
		if len(clones) < len(q.Clones) {
			return nil, lab.Errorf(lab.NotFound, "%d of the clonotypes are not there", len(q.Clones)-len(clones))
		}
	}
	return list, checkSequences(list, total, q.Aminos)
}

// nucleotides are the letters of sequences, IUPAC codes among them; amino acids
// have all letters, and '*' for a stop.
const nucleotides = "ACGTUNRYSWKMBDHVacgtunryswkmbdhv"

func checkSequences(list []NamedSequence, total int, aminos bool) error {
	var f lab.Faults
	sum := 0
	for i := range list {
		x := &list[i]
		field := fmt.Sprintf("sequences[%d].sequence", i)
		x.Sequence = strings.TrimSpace(x.Sequence)
		sum += len(x.Sequence)
		f.Require(len(x.Sequence) >= minAlignedLetter && len(x.Sequence) <= MaxAlignLetters, field, "want 1 to %d letters", MaxAlignLetters)
		bad := strings.IndexFunc(x.Sequence, func(r rune) bool {
			if aminos {
				return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("*#!?", r)
			}
			return !strings.ContainsRune(nucleotides, r)
		})
		f.Require(bad < 0, field, "has a letter at %d that none of these is: %s", bad+1, map[bool]string{true: "amino acids", false: "A, C, G, T and the codes for several of them"}[aminos])
	}
	if err := f.Err(); err != nil {
		return err
	}
	if sum > total {
		return lab.Errorf(lab.TooLarge, "these are %d letters; at most %d are compared at once", sum, total)
	}
	return nil
}

func letters(list []NamedSequence) [][]byte {
	out := make([][]byte, len(list))
	for i := range list {
		out[i] = []byte(strings.ToUpper(list[i].Sequence))
	}
	return out
}
