package germline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// airrFile is an AIRR data file with germline sets (AIRR schema 1.6; OGRDB).
// Fields that the package does not use are passed over.
type airrFile struct {
	GermlineSet json.RawMessage
}

type airrSet struct {
	Name    string          `json:"germline_set_name"`
	Ref     string          `json:"germline_set_ref"`
	Version json.RawMessage `json:"release_version"` // a number; text in older files
	Date    string          `json:"release_date"`
	Species airrSpecies     `json:"species"`
	Alleles []airrAllele    `json:"allele_descriptions"`
}

type airrSpecies struct {
	ID    string `json:"id"` // "NCBITAXON:9606"
	Label string `json:"label"`
}

type airrAllele struct {
	Label        string `json:"label"`
	Sequence     string `json:"sequence"`        // with what stands around the gene
	Coding       string `json:"coding_sequence"` // the gene, V with IMGT gaps
	Locus        string `json:"locus"`
	SequenceType string `json:"sequence_type"`
	Functional   *bool  `json:"functional"`
	// Cdr3End is the first nucleotide of Phe/Trp118 by the schema, 1-based; some
	// files give the last one before it.
	Cdr3End      *int `json:"j_cdr3_end"`
	Delineations []struct {
		Scheme  string `json:"delineation_scheme"`
		Aligned string `json:"aligned_sequence"`
	} `json:"v_gene_delineations"`
	Unrearranged []struct {
		Accession string `json:"accession"`
	} `json:"unrearranged_support"`
}

// LoadAIRR reads AIRR Germline Set JSON files, such as OGRDB's, one or several
// sets a file, and joins their genes into one set: OGRDB publishes one set a
// locus. The IMGT numbering of V genes is taken where the file has it. The
// genes get the standard systems that they can fill.
func LoadAIRR(fsys fs.FS, names []string, about About) (*Set, error) {
	var genes []Gene
	var refs []string
	for _, name := range names {
		sets, err := readAIRR(fsys, name)
		if err != nil {
			return nil, err
		}
		for i := range sets {
			s := &sets[i]
			refs = append(refs, s.reference())
			about.fill(s, name)
			for k := range s.Alleles {
				g, err := s.Alleles[k].gene(name)
				if err != nil {
					return nil, fmt.Errorf("%s: set %s: allele %d: %w", name, s.Name, k+1, err)
				}
				genes = append(genes, g)
			}
		}
	}
	if about.Reference == "" {
		about.Reference = strings.Join(refs, "; ")
	}
	set, err := newSet(about, genes)
	if err != nil {
		return nil, fmt.Errorf("load germline set %s: %w", about.Name, err)
	}
	return set, nil
}

func readAIRR(fsys fs.FS, name string) ([]airrSet, error) {
	b, err := readFile(fsys, name)
	if err != nil {
		return nil, err
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	var f airrFile
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, jsonError(name, b, err)
	}
	raw := []byte(f.GermlineSet)
	if len(raw) == 0 {
		raw = b // a bare set, without the wrapper of a data file
	}
	var sets []airrSet
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		err = json.Unmarshal(raw, &sets)
	} else {
		sets = make([]airrSet, 1)
		err = json.Unmarshal(raw, &sets[0])
	}
	if err != nil {
		return nil, jsonError(name, raw, err)
	}
	for i := range sets {
		if len(sets[i].Alleles) == 0 {
			return nil, fmt.Errorf("%s: germline set %q has no allele_descriptions", name, sets[i].Name)
		}
	}
	return sets, nil
}

// jsonError names the line that the decoder stopped at, where it knows it.
func jsonError(name string, b []byte, err error) error {
	var offset int64
	switch e := err.(type) {
	case *json.SyntaxError:
		offset = e.Offset
	case *json.UnmarshalTypeError:
		offset = e.Offset
	default:
		return fmt.Errorf("%s: %w", name, err)
	}
	line := 1 + bytes.Count(b[:min(int(offset), len(b))], []byte("\n"))
	return fmt.Errorf("%s: line %d: %w", name, line, err)
}

func (s *airrSet) reference() string {
	if s.Ref != "" {
		return s.Ref
	}
	return strings.TrimSpace(s.Name + " " + s.version())
}

func (s *airrSet) version() string {
	v := strings.Trim(string(s.Version), `"`)
	if v == "null" {
		return s.Date
	}
	return v
}

// fill takes from the file what the caller left open.
func (a *About) fill(s *airrSet, file string) {
	if a.Name == "" {
		a.Name = stem(file)
	}
	if a.Version == "" {
		a.Version = s.version()
	}
	if a.Species == "" {
		a.Species = s.Species.Label
	}
	if a.TaxonID == 0 {
		// An identifier that is not NCBI's leaves the taxon unknown.
		_, _ = fmt.Sscanf(strings.ToUpper(s.Species.ID), "NCBITAXON:%d", &a.TaxonID)
	}
}

func (a *airrAllele) gene(file string) (Gene, error) {
	if a.Label == "" {
		return Gene{}, fmt.Errorf("no label")
	}
	locus, seg, ok := classify(a.Label)
	if a.Locus != "" {
		locus = a.Locus
	}
	if a.SequenceType != "" {
		var err error
		if seg, err = ParseSegment(a.SequenceType); err != nil {
			return Gene{}, fmt.Errorf("gene %s: %w", a.Label, err)
		}
		ok = true
	}
	if !ok || locus == "" {
		return Gene{}, fmt.Errorf("gene %s: neither name nor fields tell locus and segment", a.Label)
	}
	coding := a.Coding
	if coding == "" {
		coding = a.Sequence
	}
	letters, err := plainLetters([]byte(coding))
	if err != nil {
		return Gene{}, fmt.Errorf("gene %s: %w", a.Label, err)
	}
	seq, gaps := takeGaps(letters)
	if len(seq) == 0 {
		return Gene{}, fmt.Errorf("gene %s: empty sequence", a.Label)
	}
	g := Gene{Name: a.Label, Locus: locus, Segment: seg, Source: file, Sequence: seq, Anchor: -1}
	if a.Functional != nil {
		g.Functionality = map[bool]string{true: "F", false: "P"}[*a.Functional]
	}
	if len(a.Unrearranged) > 0 {
		g.Accession = a.Unrearranged[0].Accession
	}
	if seg == V {
		g.Gaps = gaps
		if len(gaps) == 0 {
			g.Gaps = a.alignedGaps(seq)
		}
	}
	if seg == J {
		g.Anchor = a.pheTrp(seq)
	}
	if err := a.fillFlanks(&g); err != nil {
		return Gene{}, err
	}
	g.InferAnchor()
	return g, nil
}

// alignedGaps takes the numbering from the IMGT delineation, where its letters
// are those of the gene.
func (a *airrAllele) alignedGaps(seq []byte) []Gap {
	for _, d := range a.Delineations {
		if !strings.EqualFold(d.Scheme, "IMGT") {
			continue
		}
		if letters, gaps := takeGaps([]byte(d.Aligned)); bytes.Equal(letters, seq) {
			return gaps
		}
	}
	return nil
}

// pheTrp reads j_cdr3_end in either of its two readings: the one at which the
// motif stands, else the first one whose codon is Phe or Trp. -1 when neither is.
func (a *airrAllele) pheTrp(seq []byte) int {
	if a.Cdr3End == nil {
		return -1
	}
	readings := []int{*a.Cdr3End - 1, *a.Cdr3End}
	if motif := pheTrpByMotif(seq); motif >= 0 && slices.Contains(readings, motif) {
		return motif
	}
	for _, pos := range readings {
		if pos < 0 || pos+3 > len(seq) {
			continue
		}
		if aa := TranslateCodon(seq[pos : pos+3]); aa == 'F' || aa == 'W' {
			return pos
		}
	}
	return -1
}

// flankMax is how much of what stands around a gene is kept, in nucleotides.
const flankMax = 60

// fillFlanks takes the flanks from the longer sequence around the gene.
func (a *airrAllele) fillFlanks(g *Gene) error {
	letters, err := plainLetters([]byte(a.Sequence))
	if err != nil {
		return fmt.Errorf("gene %s: %w", a.Label, err)
	}
	around, _ := takeGaps(letters)
	i := bytes.Index(around, g.Sequence)
	if i < 0 {
		return nil
	}
	end := i + len(g.Sequence)
	g.Up = around[max(0, i-flankMax):i]
	g.Down = around[end:min(len(around), end+flankMax)]
	return nil
}
