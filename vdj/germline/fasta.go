package germline

import (
	"bytes"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"vidjil.org/vidjil/vdj/germline/internal/fasta"
)

// LoadFASTA reads genes from FASTA files, gapped by IMGT numbering or plain,
// with IMGT headers ("accession|gene*allele|species|functionality|region|
// range|…") or with the name as first word. Locus and segment come from the
// gene's name. Letters are taken as upper case and ambiguity codes as N. The
// genes get the standard systems that they can fill.
//
// Of constant genes, which IMGT writes one exon a record, the first exon (CH1,
// EX1 or C-REGION) is kept. A record that repeats a gene of the same name and
// sequence is dropped. Where about names a species ("Homo sapiens"), records
// whose header says another are passed over; else a second species is an error.
func LoadFASTA(fsys fs.FS, names []string, about About) (*Set, error) {
	var genes []Gene
	seen := map[string]bool{}
	named := about.Species != ""
	for _, name := range names {
		recs, err := readFASTA(fsys, name)
		if err != nil {
			return nil, err
		}
		for _, r := range recs {
			if about.Species == "" {
				about.Species = r.species
			}
			if r.species != "" && r.species != about.Species {
				if named {
					continue
				}
				return nil, fmt.Errorf("%s: line %d: gene %s is of %s, others are of %s: name the species to take",
					name, r.line, r.name, r.species, about.Species)
			}
			g, err := r.gene(name)
			if err != nil {
				return nil, err
			}
			if g.Segment == C && !r.firstExon() {
				continue
			}
			if about.Name == "" {
				about.Name = stem(name)
			}
			if key := g.Name + " " + string(g.Sequence); !seen[key] {
				seen[key] = true
				genes = append(genes, g)
			}
		}
	}
	if len(genes) == 0 {
		return nil, fmt.Errorf("%s: no gene of %s", strings.Join(names, ", "), about.Species)
	}
	set, err := newSet(about, genes)
	if err != nil {
		return nil, fmt.Errorf("load germline set %s: %w", about.Name, err)
	}
	return set, nil
}

// fastaGene is a FASTA record with what its header says.
type fastaGene struct {
	name, accession, species, functionality, region, place string
	length                                                 int // of the gene, by its header; 0 when not said
	letters                                                []byte
	line                                                   int
}

func readFASTA(fsys fs.FS, name string) ([]fastaGene, error) {
	b, err := readFile(fsys, name)
	if err != nil {
		return nil, err
	}
	recs, err := fasta.Read(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	genes := make([]fastaGene, len(recs))
	for i, r := range recs {
		g := parseHeader(r.Header)
		g.line = r.Line
		if g.letters, err = plainLetters(r.Sequence); err != nil {
			return nil, fmt.Errorf("%s: line %d: gene %s: %w", name, r.Line, g.name, err)
		}
		if g.name == "" {
			return nil, fmt.Errorf("%s: line %d: no gene name in the header", name, r.Line)
		}
		genes[i] = g
	}
	return genes, nil
}

// parseHeader reads an IMGT header, or takes the first word as the name.
func parseHeader(header string) fastaGene {
	f := strings.Split(header, "|")
	if len(f) < 2 {
		name, _, _ := strings.Cut(strings.TrimSpace(header), " ")
		name, _, _ = strings.Cut(name, "\t")
		return fastaGene{name: name}
	}
	field := func(i int) string {
		if i >= len(f) {
			return ""
		}
		return strings.Join(strings.Fields(f[i]), " ")
	}
	g := fastaGene{
		accession: field(0), name: strings.ReplaceAll(field(1), " ", ""), species: field(2),
		functionality: strings.Trim(field(3), "()[]"), region: field(4), place: field(5),
	}
	// Strains stand after the species: "Mus musculus_C57BL/6".
	g.species, _, _ = strings.Cut(g.species, "_")
	if n, err := strconv.Atoi(strings.TrimSuffix(field(6), " nt")); err == nil && n > 0 {
		g.length = n
	}
	return g
}

// firstExon tells whether the record of a constant gene is what follows J.
func (r *fastaGene) firstExon() bool {
	switch r.region {
	case "", "CH1", "EX1", "C-REGION":
		return true
	}
	return false
}

// gene makes a gene of the record, with anchor where numbering gives it.
func (r *fastaGene) gene(file string) (Gene, error) {
	locus, seg, ok := classify(r.name)
	if !ok {
		return Gene{}, fmt.Errorf("%s: line %d: gene %q: its name tells no locus and segment", file, r.line, r.name)
	}
	return r.geneOf(file, locus, seg)
}

func (r *fastaGene) geneOf(file, locus string, seg Segment) (Gene, error) {
	seq, gaps := takeGaps(r.letters)
	if len(seq) == 0 {
		return Gene{}, fmt.Errorf("%s: line %d: gene %s: empty sequence", file, r.line, r.name)
	}
	g := Gene{
		Name: r.name, Locus: locus, Segment: seg, Functionality: r.functionality,
		Accession: r.accession, Range: r.place, Source: file, Sequence: seq, Anchor: -1,
	}
	switch seg {
	case V:
		g.Gaps = gaps
	case J:
		g.Anchor = numberedPheTrp(seq, gaps)
	}
	g.InferAnchor()
	return g, nil
}

// numberedPheTrp is the place of Phe/Trp118 of a J gene that is gapped at its
// 5' end; -1 when it has no gaps or another residue there.
func numberedPheTrp(seq []byte, gaps []Gap) int {
	if len(gaps) == 0 {
		return -1
	}
	g := Gene{Sequence: seq, Gaps: gaps}
	pos := g.ungapped(trp118Start)
	if pos+3 > len(seq) {
		return -1
	}
	if aa := TranslateCodon(seq[pos : pos+3]); aa != 'F' && aa != 'W' {
		return -1
	}
	return pos
}

// plainLetters checks the letters of a sequence and turns ambiguity codes into
// N. Case and gap characters stay.
func plainLetters(seq []byte) ([]byte, error) {
	out := make([]byte, len(seq))
	for i, c := range seq {
		switch {
		case strings.IndexByte("ACGTNacgtn.-", c) >= 0:
			out[i] = c
		case strings.IndexByte("RYSWKMBDHV", c) >= 0:
			out[i] = 'N'
		case strings.IndexByte("ryswkmbdhv", c) >= 0:
			out[i] = 'n'
		default:
			return nil, fmt.Errorf("letter %q at position %d", c, i+1)
		}
	}
	return out, nil
}
