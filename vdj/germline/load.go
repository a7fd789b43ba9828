package germline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// About says what the files of a set do not say themselves. Empty fields are
// filled from the files where these tell.
type About struct {
	Name      string // default: the name of the file or folder, without extension
	Version   string
	Species   string
	TaxonID   int
	Reference string
	Licence   string
}

// Load reads a set from disk and finds out by content what it is: a folder in
// the project's own format, a gene table, a Vidjil preset (.g), AIRR Germline
// Set JSON, FASTA, or a folder of FASTA or AIRR JSON files. V and J genes
// without anchor get one where their numbering or motif gives it.
func Load(file string) (*Set, error) { return LoadAs(file, About{}) }

// LoadAs is [Load] with what the files do not say. Sets and presets that have
// a description of their own keep it.
func LoadAs(file string, about About) (*Set, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("load germline set: %w", err)
	}
	if info.IsDir() {
		return loadFolder(file, about)
	}
	fsys, base := os.DirFS(filepath.Dir(file)), filepath.Base(file)
	kind, err := detect(fsys, base)
	if err != nil {
		return nil, err
	}
	if about.Name == "" {
		about.Name = stem(base)
	}
	switch kind {
	case kindTable:
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("load germline set: %w", err)
		}
		defer f.Close()
		set, err := LoadTable(f, about)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return set, nil
	case kindPreset:
		return LoadG(fsys, base)
	case kindAIRR:
		return LoadAIRR(fsys, []string{base}, about)
	default:
		return LoadFASTA(fsys, []string{base}, about)
	}
}

// LoadDir reads a set that [Set.Write] stored.
func LoadDir(dir string) (*Set, error) {
	desc, err := os.Open(filepath.Join(dir, DescriptionFile))
	if err != nil {
		return nil, fmt.Errorf("load germline set: %w", err)
	}
	defer desc.Close()
	table, err := os.Open(filepath.Join(dir, TableFile))
	if err != nil {
		return nil, fmt.Errorf("load germline set: %w", err)
	}
	defer table.Close()
	set, err := readSet(desc, table)
	if err != nil {
		return nil, fmt.Errorf("load germline set %s: %w", dir, err)
	}
	return set, nil
}

// LoadTable reads a gene table without description: the genes get the standard
// systems that they can fill.
func LoadTable(r io.Reader, about About) (*Set, error) {
	genes, err := ReadTable(r)
	if err != nil {
		return nil, err
	}
	return newSet(about, genes)
}

// newSet makes a set of genes that came without systems.
func newSet(about About, genes []Gene) (*Set, error) {
	set := &Set{
		Name: about.Name, Version: about.Version, Species: about.Species, TaxonID: about.TaxonID,
		Reference: about.Reference, Licence: about.Licence, Genes: genes,
	}
	set.InferAnchors()
	var err error
	if set.Systems, err = standardSystems(set); err != nil {
		return nil, err
	}
	return set, nil
}

// loadFolder takes the kind of files that the folder has.
func loadFolder(dir string, about About) (*Set, error) {
	fsys := os.DirFS(dir)
	if _, err := fs.Stat(fsys, DescriptionFile); err == nil {
		return LoadDir(dir)
	}
	if about.Name == "" {
		about.Name = stem(filepath.Clean(dir))
	}
	var fasta []string
	for _, pattern := range []string{"*.fa", "*.fasta", "*.fna"} {
		names, err := fs.Glob(fsys, pattern)
		if err != nil {
			return nil, err
		}
		fasta = append(fasta, names...)
	}
	presets, err := fs.Glob(fsys, "*.g")
	if err != nil {
		return nil, err
	}
	jsons, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, err
	}
	switch {
	case len(presets) == 1:
		return LoadG(fsys, presets[0])
	case len(presets) > 1:
		return nil, fmt.Errorf("load germline set %s: %d presets, name one of %s", dir, len(presets), strings.Join(presets, ", "))
	case len(fasta) > 0:
		return LoadFASTA(fsys, fasta, about)
	case len(jsons) > 0:
		return LoadAIRR(fsys, jsons, about)
	}
	return nil, fmt.Errorf("load germline set %s: no set.json, .g, FASTA or AIRR JSON file in it", dir)
}

// kind is what a file of germline genes is.
type kind int

const (
	kindFASTA kind = iota
	kindTable
	kindPreset
	kindAIRR
)

// detect tells the kind of a file by its first letters; a JSON file by its keys.
func detect(fsys fs.FS, name string) (kind, error) {
	b, err := readFile(fsys, name)
	if err != nil {
		return 0, err
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\ufeff")))
	switch {
	case len(text) == 0:
		return 0, fmt.Errorf("%s: empty file", name)
	case text[0] == '>' || text[0] == ';':
		return kindFASTA, nil
	case bytes.HasPrefix(text, []byte("name\tlocus\t")) || text[0] == '#':
		return kindTable, nil
	case text[0] == '{' || text[0] == '[':
		if bytes.Contains(text, []byte(`"systems"`)) {
			return kindPreset, nil
		}
		if bytes.Contains(text, []byte(`"allele_descriptions"`)) {
			return kindAIRR, nil
		}
		return 0, fmt.Errorf("%s: JSON, but neither a Vidjil preset (no \"systems\") nor an AIRR germline set (no \"allele_descriptions\")", name)
	}
	return 0, fmt.Errorf("%s: neither FASTA, nor a gene table, nor a Vidjil preset, nor an AIRR germline set", name)
}

// maxFile bounds a germline file: all of IMGT/GENE-DB is below 100 MB.
const maxFile = 256 << 20

var errTooLarge = errors.New("file is larger than 256 MiB")

// readFile reads a whole file, with a limit and the name in its errors.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read germline file: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read germline file %s: %w", name, err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("read germline file %s: %w", name, errTooLarge)
	}
	return b, nil
}

// stem is a file's name without folder and extension.
func stem(name string) string {
	base := path.Base(filepath.ToSlash(name))
	return strings.TrimSuffix(base, path.Ext(base))
}
