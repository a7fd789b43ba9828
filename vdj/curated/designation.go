package curated

import (
	"fmt"
	"strconv"
	"strings"

	"vidjil.org/vidjil/vdj/germline"
)

// Junction is what happened between two neighbouring genes.
type Junction struct {
	DelLeft  int    // nucleotides deleted at the 3' end of the left gene; negative beyond its end
	DelRight int    // nucleotides deleted at the 5' end of the right gene; negative beyond its end
	Inserted string // inserted nucleotides, upper case; empty when only their number is known
	Length   int    // number of inserted nucleotides
	Letters  bool   // Inserted holds the letters (always so when Length is 0)
}

// String writes the junction as in designations: "5/CC/3", "5//3", and "5/7/3"
// where the letters are not known.
func (j *Junction) String() string {
	middle := j.Inserted
	if !j.Letters {
		middle = strconv.Itoa(j.Length)
	}
	return strconv.Itoa(j.DelLeft) + "/" + middle + "/" + strconv.Itoa(j.DelRight)
}

// agrees tells whether got is what the junction asks for.
func (j *Junction) agrees(got *Junction) bool {
	if j == nil {
		return true
	}
	if got == nil || j.DelLeft != got.DelLeft || j.DelRight != got.DelRight || j.Length != got.Length {
		return false
	}
	return !j.Letters || !got.Letters || j.Inserted == got.Inserted
}

// Designation is one plain designation: genes from 5' to 3' and the junctions
// between them.
type Designation struct {
	Genes     []string    // names, with or without allele; at least two
	Junctions []*Junction // len(Genes)-1 of them; nil where left out
}

// Parse reads the text form of a designation, as programs write it: the
// grammar of [ParseExpected] without alternatives.
func Parse(text string) (Designation, error) {
	e, err := ParseExpected(text)
	if err != nil {
		return Designation{}, err
	}
	for _, it := range e.root {
		if it.choices != nil {
			return Designation{}, fmt.Errorf("designation %q: alternatives", text)
		}
	}
	return e.Designations()[0], nil
}

// String is the text form.
func (d Designation) String() string {
	var b strings.Builder
	for i, g := range d.Genes {
		if i > 0 {
			b.WriteByte(' ')
			if j := d.Junctions[i-1]; j != nil {
				b.WriteString(j.String())
				b.WriteByte(' ')
			}
		}
		b.WriteString(g)
	}
	return b.String()
}

func (d Designation) last() string { return d.Genes[len(d.Genes)-1] }

// base is a gene's name without its allele.
func base(gene string) string {
	name, _, _ := strings.Cut(gene, "*")
	return name
}

// sameGene tells whether got is the gene want, alleles aside. A want without a
// digit and with a segment at its end (IGHV) stands for all genes of the segment.
func sameGene(want, got string) bool {
	w, g := base(want), base(got)
	if w == g {
		return true
	}
	return len(w) == 4 && strings.ContainsAny(w[3:], "VDJ") && !strings.ContainsAny(w, "0123456789") &&
		strings.HasPrefix(g, w)
}

// sameAllele tells whether got is the gene want with its allele, where want
// gives one.
func sameAllele(want, got string) bool {
	return sameGene(want, got) && (!strings.Contains(want, "*") || want == got)
}

// agree compares all genes by a test on each pair.
func agree(want, got []string, same func(want, got string) bool) bool {
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if !same(want[i], got[i]) {
			return false
		}
	}
	return true
}

// Germline gives the letters of a gene by its full name, upper case, or nil
// when it knows no such gene.
type Germline func(name string) []byte

// NewGermline looks genes up in a reference set.
func NewGermline(set *germline.Set) Germline {
	letters := make(map[string][]byte, len(set.Genes))
	for i := range set.Genes {
		letters[set.Genes[i].Name] = set.Genes[i].Sequence
	}
	return func(name string) []byte { return letters[name] }
}

// anchorLetters is how many kept letters of a gene's end must be found in the
// other allele: enough to be unique at the end of a gene of 300 letters.
const anchorLetters = 12

// onFirstAllele rewrites the deletions of got beside genes that want names
// without allele, so that they refer to allele *01. Where the kept end of the
// observed allele is not found in *01, the deletion stays as it is.
func (g Germline) onFirstAllele(want, got Designation) Designation {
	if g == nil || len(want.Genes) != len(got.Genes) {
		return got
	}
	out := Designation{Genes: got.Genes, Junctions: make([]*Junction, len(got.Junctions))}
	for i, j := range got.Junctions {
		if j == nil {
			continue
		}
		moved := *j
		if !strings.Contains(want.Genes[i], "*") {
			moved.DelLeft = g.carry(got.Genes[i], j.DelLeft, false)
		}
		if !strings.Contains(want.Genes[i+1], "*") {
			moved.DelRight = g.carry(got.Genes[i+1], j.DelRight, true)
		}
		out.Junctions[i] = &moved
	}
	return out
}

// carry turns a number of deleted letters of an allele into that of allele *01.
func (g Germline) carry(gene string, deleted int, atStart bool) int {
	first := base(gene) + "*01"
	from, to := g(gene), g(first)
	if gene == first || from == nil || to == nil || deleted < 0 || deleted > len(from)-anchorLetters {
		return deleted
	}
	if atStart {
		kept := string(from[deleted : deleted+anchorLetters])
		if i := strings.Index(string(to), kept); i >= 0 {
			return i
		}
		return deleted
	}
	kept := string(from[len(from)-deleted-anchorLetters : len(from)-deleted])
	if i := strings.LastIndex(string(to), kept); i >= 0 {
		return len(to) - i - anchorLetters
	}
	return deleted
}
