package germline

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The project's own format is two files: a table of genes (TSV, one allele a
// row, columns of tableColumns in that order, lines that start with '#' are
// comments) and a JSON description with the systems. Positions in the table are
// 1-based.

var tableColumns = []string{
	"name", "locus", "segment", "functionality", "accession", "range", "source",
	"anchor", "gaps", "sequence", "up", "down",
}

// readTable reads the gene table of the project's own format.
// Errors name the line, counted from 1.
func readTable(r io.Reader) ([]Gene, error) {
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
		pos, err := strconv.Atoi(f[7])
		if err != nil || pos < 1 || pos+2 > len(g.Sequence) {
			return Gene{}, fmt.Errorf("gene %s: anchor %q is not a position in the sequence", g.Name, f[7])
		}
		g.Anchor = pos - 1
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
		gaps = append(gaps, Gap{Pos: p, Length: n})
	}
	return gaps, nil
}

// description is the JSON half of the project's own format.
type description struct {
	Name      string
	Version   string
	Species   string
	TaxonID   int `json:"taxon_id"`
	Reference string
	Licence   string
	Pools     map[string]poolDescription
	Systems   []systemDescription
}

type poolDescription struct {
	Genes []string // patterns on full names; '*' stands for any letters
	Up    bool
	Down  bool
}

type systemDescription struct {
	Code           string
	Shortcut       string
	Color          string
	Description    string
	Follows        string
	Seed           string
	Recombinations []map[string][]string // "5", "4", "3" → pool names
}

// readSet joins a description and a gene table into a Set.
func readSet(descriptionJSON, table io.Reader) (*Set, error) {
	var d description
	dec := json.NewDecoder(descriptionJSON)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("description: %w", err)
	}
	genes, err := readTable(table)
	if err != nil {
		return nil, fmt.Errorf("gene table: %w", err)
	}
	set := &Set{
		Name: d.Name, Version: d.Version, Species: d.Species, TaxonID: d.TaxonID,
		Reference: d.Reference, Licence: d.Licence, Genes: genes,
	}
	for _, sd := range d.Systems {
		sys := System{
			Code: sd.Code, Shortcut: sd.Shortcut, Color: sd.Color, Description: sd.Description,
			Follows: sd.Follows, Seed: sd.Seed,
		}
		for _, rd := range sd.Recombinations {
			var rec Recombination
			for side, dst := range map[string]*[]Pool{"5": &rec.Five, "4": &rec.Four, "3": &rec.Three} {
				for _, name := range rd[side] {
					pd, ok := d.Pools[name]
					if !ok {
						return nil, fmt.Errorf("system %s: no pool %q", sd.Code, name)
					}
					*dst = append(*dst, set.pool(name, pd))
				}
			}
			sys.Recombinations = append(sys.Recombinations, rec)
		}
		set.Systems = append(set.Systems, sys)
	}
	return set, nil
}

func (s *Set) pool(name string, d poolDescription) Pool {
	p := Pool{Name: name, Up: d.Up, Down: d.Down}
	for i := range s.Genes {
		for _, pattern := range d.Genes {
			if matchName(pattern, s.Genes[i].Name) {
				p.Genes = append(p.Genes, i)
				break
			}
		}
	}
	return p
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
	for i := len(head); i <= len(name); i++ {
		if matchName(tail, name[i:]) {
			return true
		}
	}
	return false
}
