package germline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// preset is a Vidjil germline preset (.g).
type preset struct {
	Ref     string         `json:"ref"`
	Species string         `json:"species"`
	TaxonID int            `json:"species_taxon_id"`
	Path    string         `json:"path"` // of the FASTA files, from the preset's folder
	Systems orderedSystems `json:"systems"`
}

type presetSystem struct {
	code           string
	Shortcut       string `json:"shortcut"`
	Color          string `json:"color"`
	Description    string `json:"description"`
	Follows        string `json:"follows"`
	Recombinations []struct {
		Five  []string `json:"5"`
		Four  []string `json:"4"`
		Three []string `json:"3"`
	} `json:"recombinations"`
	Parameters struct {
		Seed string `json:"seed"`
	} `json:"parameters"`
}

// orderedSystems is a JSON object whose order is kept: systems are shown in it.
type orderedSystems []presetSystem

// UnmarshalJSON reads the object, keeping the order of its members.
func (o *orderedSystems) UnmarshalJSON(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("systems: want an object")
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var s presetSystem
		if err := dec.Decode(&s); err != nil {
			return fmt.Errorf("system %v: %w", key, err)
		}
		s.code = fmt.Sprint(key)
		*o = append(*o, s)
	}
	return nil
}

// LoadG reads a Vidjil preset (.g) and the FASTA files that it names, gapped by
// IMGT numbering or plain, from the folder "path" beside the preset. A pool is
// called as its file is, without ".fa".
//
// Sequences of the files X+up.fa and X+down.fa have the flank on them. What is
// gene and what is flank is told, in this order, by the gene of the same name
// in a plain file of the folder (TRBJ.fa for TRBJ+down.fa), by the length in
// the IMGT header, and by a change between upper and lower case. Where nothing
// tells it, the flank stays on the gene's sequence: recombinations are found all
// the same, deletions on that side are then counted from the end of the flank.
//
// All systems of the preset are read; [Set.Restrict] keeps some of them.
func LoadG(fsys fs.FS, name string) (*Set, error) {
	b, err := readFile(fsys, name)
	if err != nil {
		return nil, err
	}
	var p preset
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, jsonError(name, b, err)
	}
	if len(p.Systems) == 0 {
		return nil, fmt.Errorf("%s: no systems", name)
	}
	l := presetLoader{
		fsys: fsys, dir: path.Join(path.Dir(name), p.Path), pools: map[string]Pool{}, plain: map[string][]fastaGene{},
		set: &Set{
			Name: stem(name), Version: p.Ref, Species: p.Species, TaxonID: p.TaxonID, Reference: p.Ref,
		},
	}
	for _, ps := range p.Systems {
		sys := System{
			Code: ps.code, Shortcut: ps.Shortcut, Color: ps.Color, Description: ps.Description,
			Follows: ps.Follows, Seed: ps.Parameters.Seed,
		}
		for _, pr := range ps.Recombinations {
			var rec Recombination
			for _, side := range []struct {
				files []string
				pools *[]Pool
				seg   Segment
			}{{pr.Five, &rec.Five, V}, {pr.Four, &rec.Four, D}, {pr.Three, &rec.Three, J}} {
				for _, file := range side.files {
					pool, err := l.pool(file, ps.code, side.seg)
					if err != nil {
						return nil, fmt.Errorf("%s: system %s: %w", name, ps.code, err)
					}
					*side.pools = append(*side.pools, pool)
				}
			}
			sys.Recombinations = append(sys.Recombinations, rec)
		}
		l.set.Systems = append(l.set.Systems, sys)
	}
	return l.set, nil
}

// presetLoader reads each FASTA file of a preset once.
type presetLoader struct {
	fsys  fs.FS
	dir   string
	set   *Set
	pools map[string]Pool
	plain map[string][]fastaGene // by the letters that file names start with
}

// pool reads a FASTA file into a pool. Locus and segment come from the genes'
// names, else from the file's name, else from the system and the side at which
// the file stands in it.
func (l *presetLoader) pool(file, code string, side Segment) (Pool, error) {
	if p, ok := l.pools[file]; ok {
		return p, nil
	}
	recs, err := readFASTA(l.fsys, path.Join(l.dir, file))
	if err != nil {
		return Pool{}, err
	}
	name := stem(file)
	pool := Pool{Name: name, Up: strings.HasSuffix(name, "+up"), Down: strings.HasSuffix(name, "+down")}
	for i := range recs {
		r := &recs[i]
		locus, seg, ok := classify(r.name)
		if !ok {
			if locus, seg, ok = classify(name); !ok {
				locus, seg = code[:min(3, len(code))], side
			}
		}
		g, err := l.gene(r, file, locus, seg, pool)
		if err != nil {
			return Pool{}, err
		}
		index := l.add(g)
		if !slices.Contains(pool.Genes, index) {
			pool.Genes = append(pool.Genes, index)
		}
	}
	slices.Sort(pool.Genes)
	l.pools[file] = pool
	return pool, nil
}

// gene makes the gene of a record, its flank split off.
func (l *presetLoader) gene(r *fastaGene, file, locus string, seg Segment, pool Pool) (Gene, error) {
	var flank []byte
	if pool.Up || pool.Down {
		n, err := l.geneLetters(r, file, pool)
		if err != nil {
			return Gene{}, err
		}
		short := *r
		cut := cutAfter(r.letters, n)
		if pool.Up {
			cut = len(r.letters) - cutAfter(reversed(r.letters), n)
			short.letters, flank = r.letters[cut:], r.letters[:cut]
		} else {
			short.letters, flank = r.letters[:cut], r.letters[cut:]
		}
		r = &short
	}
	g, err := r.geneOf(file, locus, seg)
	if err != nil {
		return Gene{}, err
	}
	letters, _ := takeGaps(flank)
	if pool.Up {
		g.Up = letters
	} else if pool.Down {
		g.Down = letters
	}
	return g, nil
}

// geneLetters is how many letters of a record with flank are the gene's: all of
// them when nothing tells.
func (l *presetLoader) geneLetters(r *fastaGene, file string, pool Pool) (int, error) {
	whole, _ := takeGaps(r.letters)
	plain, err := l.plainGenes(file)
	if err != nil {
		return 0, err
	}
	for i := range plain {
		if plain[i].name != r.name {
			continue
		}
		seq, _ := takeGaps(plain[i].letters)
		if pool.Up && bytes.HasSuffix(whole, seq) || pool.Down && bytes.HasPrefix(whole, seq) {
			return len(seq), nil
		}
	}
	if r.length > 0 && r.length < len(whole) {
		return r.length, nil
	}
	if n := caseChange(r.letters, pool.Up); n > 0 {
		return n, nil
	}
	return len(whole), nil
}

// caseChange counts the letters of the gene where the flank is written in the
// other case; 0 when there is no single change.
func caseChange(letters []byte, up bool) int {
	s := slices.DeleteFunc(slices.Clone(letters), func(c byte) bool { return c == '.' || c == '-' })
	if up {
		slices.Reverse(s)
	}
	lower := func(c byte) bool { return c >= 'a' }
	n := 1
	for n < len(s) && lower(s[n]) == lower(s[0]) {
		n++
	}
	for i := n; i < len(s); i++ {
		if lower(s[i]) == lower(s[0]) {
			return 0
		}
	}
	if n == len(s) {
		return 0
	}
	return n
}

// plainGenes reads the files without flanks whose name starts with the same
// four letters: TRDD.fa and TRDD2.fa for TRDD2+up.fa.
func (l *presetLoader) plainGenes(file string) ([]fastaGene, error) {
	prefix := file[:min(4, len(file))]
	if genes, ok := l.plain[prefix]; ok {
		return genes, nil
	}
	entries, err := fs.ReadDir(l.fsys, l.dir)
	if err != nil {
		return nil, fmt.Errorf("read germline folder: %w", err)
	}
	var genes []fastaGene
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) || path.Ext(e.Name()) != path.Ext(file) || strings.Contains(e.Name(), "+") {
			continue
		}
		recs, err := readFASTA(l.fsys, path.Join(l.dir, e.Name()))
		if err != nil {
			return nil, err
		}
		genes = append(genes, recs...)
	}
	l.plain[prefix] = genes
	return genes, nil
}

// add puts a gene into the set, or its flanks on the same gene of another file.
func (l *presetLoader) add(g Gene) int {
	i := slices.IndexFunc(l.set.Genes, func(o Gene) bool { return sameGene(&o, &g) })
	if i < 0 {
		l.set.Genes = append(l.set.Genes, g)
		return len(l.set.Genes) - 1
	}
	old := &l.set.Genes[i]
	if len(old.Up) == 0 {
		old.Up = g.Up
	}
	if len(old.Down) == 0 {
		old.Down = g.Down
	}
	return i
}

// cutAfter is the position after the n-th letter, gaps not counted.
func cutAfter(s []byte, n int) int {
	for i, c := range s {
		if n == 0 {
			return i
		}
		if c != '.' && c != '-' {
			n--
		}
	}
	return len(s)
}

func reversed(s []byte) []byte {
	r := slices.Clone(s)
	slices.Reverse(r)
	return r
}

func sameGene(a, b *Gene) bool { return a.Name == b.Name && bytes.Equal(a.Sequence, b.Sequence) }
