package curated

import (
	"fmt"
	"io"
	"strings"
)

// Observation is what a program says of one sequence.
type Observation struct {
	ID          string   // identifier of the sequence
	System      string   // IGH, TRA+D, …, "xxx"; empty when nothing is reported
	Designation string   // text form; empty when the program writes none
	JunctionAA  string   // amino acids of the junction, anchors included
	Junction    string   // nucleotides of the junction
	V, D, J     []string // genes that the program holds for equally good, first one first
	Cause       string   // why nothing is reported
}

// Detected tells whether a recombination is reported.
func (o *Observation) Detected() bool { return o.System != "" }

// designation is what the program chose: its text, else the first genes of the
// lists with the junctions left out. The last result is false when there is
// neither, or when the text is not a designation.
func (o *Observation) designation() (Designation, bool) {
	if o.Designation != "" {
		d, err := Parse(o.Designation)
		return d, err == nil
	}
	var d Designation
	for _, list := range [][]string{o.V, o.D, o.J} {
		if len(list) > 0 {
			d.Genes = append(d.Genes, list[0])
		}
	}
	if len(d.Genes) < 2 {
		return d, false
	}
	d.Junctions = make([]*Junction, len(d.Genes)-1)
	return d, true
}

// ReadObservations reads an AIRR rearrangement table, whatever program wrote
// it. Columns are found by name; those used are sequence_id (needed),
// recombination_system, designation, locus, v_call, d_call, d2_call, j_call,
// junction, junction_aa and cause.
//
//   - `vidjil designate` writes recombination_system, which is empty when
//     nothing is reported, and designation.
//   - vidjil-algo writes its system (IGH+, TRA+D) as locus.
//   - IgBLAST writes locus for whatever resembles one gene; a sequence counts
//     as detected only where it names both V and J.
func ReadObservations(r io.Reader) ([]Observation, error) {
	var list []Observation
	err := readTSV(r, []string{"sequence_id"}, func(row row) error {
		list = append(list, observe(row))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("observations: %w", err)
	}
	return list, nil
}

func observe(row row) Observation {
	o := Observation{
		ID: row.get("sequence_id"), System: row.get("recombination_system"), Designation: row.get("designation"),
		JunctionAA: row.get("junction_aa"), Junction: row.get("junction"), Cause: row.get("cause"),
		V: calls(row.get("v_call")), D: calls(row.get("d_call")), J: calls(row.get("j_call")),
	}
	if _, own := row.index["recombination_system"]; !own && len(o.V) > 0 && len(o.J) > 0 {
		o.System = row.get("locus")
		if o.System == "" {
			o.System = locusOf(o.V[0])
		}
	}
	return o
}

// calls splits a list of equally good genes: "IGHV3-30*18,IGHV3-30-5*01", or
// with "or" and species as IgBLAST and IMGT/V-QUEST write them.
func calls(text string) []string {
	var list []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		if isCall(part) {
			list = append(list, part)
		}
	}
	return list
}

// isCall tells genes from the words around them ("Homsap", "F", "or").
func isCall(word string) bool {
	return strings.HasPrefix(word, "IG") || strings.HasPrefix(word, "TR") || word == "KDE" || word == "Intron"
}

func locusOf(gene string) string {
	if len(gene) < 3 || !strings.HasPrefix(gene, "IG") && !strings.HasPrefix(gene, "TR") {
		return ""
	}
	return gene[:3]
}
