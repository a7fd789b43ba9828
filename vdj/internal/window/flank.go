package window

import (
	"bytes"
	"math/bits"
	"slices"

	"vidjil.org/vidjil/vdj/internal/base"
	"vidjil.org/vidjil/vdj/internal/seed"
)

// flanks are the genomic neighbours that tell a gene in germline
// configuration: what follows the 5' genes, what precedes the 3' genes.
type flanks struct {
	after  [][]flankWord // by family
	before [][]flankWord
}

type flankWord struct {
	letters uint64 // flankLength letters
	fromRef int    // where the first of them stands, from the reference point
}

// flankLength is how many letters beyond a gene are compared. 24 letters hold
// the heptamer and most of the spacer; by chance 20 of 24 agree in 10^-8.
const (
	flankLength   = 24
	maxFlankDiffs = 4
)

// The flank of a whole gene begins (ends) with a recombination signal, whose
// heptamer is CACAGTG in its first three letters almost without exception. An
// allele that is cut short is followed by the rest of its own gene instead.
var (
	heptamerStart = []byte("CAC")
	heptamerEnd   = []byte("GTG")
)

func flanksOf(x *seed.Index) flanks {
	fl := flanks{after: make([][]flankWord, len(x.Families)), before: make([][]flankWord, len(x.Families))}
	for f := range x.Families {
		fam := &x.Families[f]
		for _, g := range fam.Genes {
			gene := &x.Set.Genes[g]
			switch {
			case fam.Side == seed.Five && len(gene.Down) >= flankLength && bytes.HasPrefix(gene.Down, heptamerStart):
				w := base.Window(base.Pack(nil, gene.Down[:flankLength]), 0)
				fl.after[f] = addFlank(fl.after[f], flankWord{w, len(gene.Sequence) - x.Refs[g]})
			case fam.Side == seed.Three && len(gene.Up) >= flankLength && bytes.HasSuffix(gene.Up, heptamerEnd):
				up := gene.Up[len(gene.Up)-flankLength:]
				w := base.Window(base.Pack(nil, up), 0)
				fl.before[f] = addFlank(fl.before[f], flankWord{w, -x.Refs[g] - flankLength})
			}
		}
	}
	return fl
}

func addFlank(list []flankWord, w flankWord) []flankWord {
	if slices.Contains(list, w) {
		return list
	}
	return append(list, w)
}

// germlineConfiguration tells whether one of the two genes still has its
// germline neighbour at the junction side, as in reads of genomic DNA, in
// sterile transcripts, and in the D7-27/J1 of IGH: nothing was recombined.
func (l *Locator) germlineConfiguration(loc *Located, seq []byte, s *Scratch) bool {
	oriented := s.oriented(seq, loc.Reverse)
	s.rest = base.Pack(s.rest, oriented)
	n := len(oriented)
	return l.isNear(l.flank.before[loc.Three.Label.Family()], loc.Three.Ref, s.rest, n) ||
		loc.Five.Hits > 0 && l.isNear(l.flank.after[loc.Five.Label.Family()], loc.Five.Ref, s.rest, n)
}

// isNear tells whether one of the flanks lies on the read where the reference
// point puts it.
func (l *Locator) isNear(flanks []flankWord, ref int, read []uint64, length int) bool {
	for _, w := range flanks {
		p := ref + w.fromRef
		if p < 0 || p+flankLength > length {
			continue
		}
		if bits.OnesCount64(base.Diff(base.Window(read, p), w.letters, flankLength)) <= maxFlankDiffs {
			return true
		}
	}
	return false
}
