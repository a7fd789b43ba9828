package germline

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// The project's own format is two files: a table of genes (TSV, one allele a
// row, columns of tableColumns in that order, lines that start with '#' are
// comments) and a JSON description with the systems. Positions in the table are
// 1-based. An anchor that was found by its motif, not taken from curated
// numbering, has a '?' after its position.

const inferredMark = "?"

var tableColumns = []string{
	"name", "locus", "segment", "functionality", "accession", "range", "source",
	"anchor", "gaps", "sequence", "up", "down",
}

// ReadTable reads the gene table of the project's own format, as [WriteTable]
// writes it. Errors name the line, counted from 1, and the gene.
func ReadTable(r io.Reader) ([]Gene, error) {
	var genes []Gene
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	header := false
	for line := 1; sc.Scan(); line++ {
		text := sc.Text()
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if !header {
			if text != strings.Join(tableColumns, "\t") {
				return nil, fmt.Errorf("line %d: header is not %q", line, strings.Join(tableColumns, " "))
			}
			header = true
			continue
		}
		g, err := parseRow(strings.Split(text, "\t"))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		genes = append(genes, g)
	}
	if err := sc.Err(); err != nil {
		return nil, err
	}
	if !header {
		return nil, fmt.Errorf("no header line")
	}
	return genes, nil
}

func parseRow(f []string) (Gene, error) {
	if len(f) != len(tableColumns) {
		return Gene{}, fmt.Errorf("%d columns, want %d", len(f), len(tableColumns))
	}
	seg, err := ParseSegment(f[2])
	if err != nil {
		return Gene{}, err
	}
	g := Gene{
		Name: f[0], Locus: f[1], Segment: seg, Functionality: f[3], Accession: f[4], Range: f[5], Source: f[6],
		Anchor: -1, Sequence: []byte(f[9]), Up: []byte(f[10]), Down: []byte(f[11]),
	}
	if f[7] != "" {
		text, inferred := strings.CutSuffix(f[7], inferredMark)
		pos, err := strconv.Atoi(text)
		if err != nil || pos < 1 || pos+2 > len(g.Sequence) {
			return Gene{}, fmt.Errorf("gene %s: anchor %q is not a position in the sequence", g.Name, f[7])
		}
		g.Anchor, g.AnchorInferred = pos-1, inferred
	}
	if g.Gaps, err = parseGaps(f[8]); err != nil {
		return Gene{}, fmt.Errorf("gene %s: %w", g.Name, err)
	}
	for _, s := range [][]byte{g.Sequence, g.Up, g.Down} {
		if i := bytes.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("ACGTN", r) }); i >= 0 {
			return Gene{}, fmt.Errorf("gene %s: letter %q in a sequence", g.Name, s[i])
		}
	}
	if len(g.Sequence) == 0 {
		return Gene{}, fmt.Errorf("gene %s: empty sequence", g.Name)
	}
	return g, nil
}

// parseGaps reads "27:3,87:12": position in the ungapped sequence, number of
// gap characters before it.
func parseGaps(s string) ([]Gap, error) {
	if s == "" {
		return nil, nil
	}
	var gaps []Gap
	for item := range strings.SplitSeq(s, ",") {
		pos, length, ok := strings.Cut(item, ":")
		p, err1 := strconv.Atoi(pos)
		n, err2 := strconv.Atoi(length)
		if !ok || err1 != nil || err2 != nil || p < 0 || n < 1 {
			return nil, fmt.Errorf("gap %q: want POSITION:LENGTH", item)
		}
		if len(gaps) > 0 && gaps[len(gaps)-1].Pos >= p {
			return nil, fmt.Errorf("gap %q: not after the one before", item)
		}
		gaps = append(gaps, Gap{Pos: p, Length: n})
	}
	return gaps, nil
}

// description is the JSON half of the project's own format.
type description struct {
	Name      string                     `json:"name"`
	Version   string                     `json:"version"`
	Species   string                     `json:"species"`
	TaxonID   int                        `json:"taxon_id"`
	Reference string                     `json:"reference"`
	Licence   string                     `json:"licence"`
	Pools     map[string]poolDescription `json:"pools"`
	Systems   []systemDescription        `json:"systems"`
}

type poolDescription struct {
	Genes []string `json:"genes,omitempty"` // patterns on full names; '*' stands for any letters
	Names []string `json:"names,omitempty"` // full names, for pools that no pattern describes
	Up    bool     `json:"up,omitempty"`
	Down  bool     `json:"down,omitempty"`
}

type systemDescription struct {
	Code           string                `json:"code"`
	Shortcut       string                `json:"shortcut,omitempty"`
	Color          string                `json:"color,omitempty"`
	Description    string                `json:"description,omitempty"`
	Follows        string                `json:"follows,omitempty"`
	Seed           string                `json:"seed,omitempty"`
	Recombinations []map[string][]string `json:"recombinations"` // "5", "4", "3" → pool names
}

// readSet joins a description and a gene table into a Set.
func readSet(descriptionJSON, table io.Reader) (*Set, error) {
	var d description
	dec := json.NewDecoder(descriptionJSON)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("description: %w", err)
	}
	genes, err := ReadTable(table)
	if err != nil {
		return nil, fmt.Errorf("gene table: %w", err)
	}
	set := &Set{
		Name: d.Name, Version: d.Version, Species: d.Species, TaxonID: d.TaxonID,
		Reference: d.Reference, Licence: d.Licence, Genes: genes,
	}
	if set.Systems, err = d.systems(set); err != nil {
		return nil, err
	}
	return set, nil
}

// systems fills the systems of the description with the genes of a set.
func (d *description) systems(set *Set) ([]System, error) {
	pools := map[string]Pool{}
	for name, pd := range d.Pools {
		p, err := set.pool(name, pd)
		if err != nil {
			return nil, err
		}
		pools[name] = p
	}
	var systems []System
	for _, sd := range d.Systems {
		sys := System{
			Code: sd.Code, Shortcut: sd.Shortcut, Color: sd.Color, Description: sd.Description,
			Follows: sd.Follows, Seed: sd.Seed,
		}
		for _, rd := range sd.Recombinations {
			var rec Recombination
			for side, names := range rd {
				dst, ok := map[string]*[]Pool{"5": &rec.Five, "4": &rec.Four, "3": &rec.Three}[side]
				if !ok {
					return nil, fmt.Errorf("system %s: side %q: want 5, 4 or 3", sd.Code, side)
				}
				for _, name := range names {
					p, ok := pools[name]
					if !ok {
						return nil, fmt.Errorf("system %s: no pool %q", sd.Code, name)
					}
					*dst = append(*dst, p)
				}
			}
			sys.Recombinations = append(sys.Recombinations, rec)
		}
		systems = append(systems, sys)
	}
	return systems, nil
}

// pool gathers the genes of a pool. Patterns never take constant genes: those
// do not recombine, and the pattern of the D genes of IGH would take IGHD, the
// constant gene of IgD.
func (s *Set) pool(name string, d poolDescription) (Pool, error) {
	p := Pool{Name: name, Up: d.Up, Down: d.Down}
	wanted := make(map[string]bool, len(d.Names))
	for _, n := range d.Names {
		wanted[n] = true
	}
	found := make(map[string]bool, len(d.Names))
	for i := range s.Genes {
		g := &s.Genes[i]
		byPattern := g.Segment != C && slices.ContainsFunc(d.Genes, func(pattern string) bool {
			return matchName(pattern, g.Name)
		})
		if byPattern || wanted[g.Name] {
			p.Genes = append(p.Genes, i)
			found[g.Name] = true
		}
	}
	for _, n := range d.Names {
		if !found[n] {
			return Pool{}, fmt.Errorf("pool %s: no gene %q", name, n)
		}
	}
	return p, nil
}

// matchName matches a whole name against a pattern in which '*' stands for any
// number of letters, slashes included (path.Match stops at them).
func matchName(pattern, name string) bool {
	head, tail, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	if !strings.HasPrefix(name, head) {
		return false
	}
	if tail == "" {
		return true
	}
	for i := len(head); i <= len(name); i++ {
		if matchName(tail, name[i:]) {
			return true
		}
	}
	return false
}
