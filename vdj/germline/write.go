package germline

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Names of the two files of a set in the project's own format.
const (
	TableFile       = "genes.tsv"
	DescriptionFile = "set.json"
)

// WriteTable writes genes as the table of the project's own format; positions
// are 1-based. [ReadTable] reads it back to the same genes.
func WriteTable(w io.Writer, genes []Gene) error {
	bw := bufio.NewWriter(w)
	bw.WriteString(strings.Join(tableColumns, "\t") + "\n")
	for i := range genes {
		row := tableRow(&genes[i])
		for k, field := range row {
			if strings.ContainsAny(field, "\t\r\n") {
				return fmt.Errorf("write gene %q: tab or line break in column %s", genes[i].Name, tableColumns[k])
			}
		}
		if _, err := parseRow(row); err != nil {
			return fmt.Errorf("write gene table: %w", err)
		}
		bw.WriteString(strings.Join(row, "\t") + "\n")
	}
	return bw.Flush()
}

func tableRow(g *Gene) []string {
	anchor := ""
	if g.Anchor >= 0 {
		anchor = strconv.Itoa(g.Anchor + 1)
		if g.AnchorInferred {
			anchor += inferredMark
		}
	}
	gaps := make([]string, len(g.Gaps))
	for i, gap := range g.Gaps {
		gaps[i] = fmt.Sprintf("%d:%d", gap.Pos, gap.Length)
	}
	return []string{
		g.Name, g.Locus, g.Segment.String(), g.Functionality, g.Accession, g.Range, g.Source,
		anchor, strings.Join(gaps, ","), string(g.Sequence), string(g.Up), string(g.Down),
	}
}

// writeDescription writes the JSON half of the project's own format. Pools are
// written as lists of names: a set that was imported keeps exactly the pools it
// was imported with.
func writeDescription(w io.Writer, s *Set) error {
	d := description{
		Name: s.Name, Version: s.Version, Species: s.Species, TaxonID: s.TaxonID,
		Reference: s.Reference, Licence: s.Licence, Pools: map[string]poolDescription{},
	}
	for i := range s.Systems {
		sys := &s.Systems[i]
		sd := systemDescription{
			Code: sys.Code, Shortcut: sys.Shortcut, Color: sys.Color, Description: sys.Description,
			Follows: sys.Follows, Seed: sys.Seed,
		}
		for _, rec := range sys.Recombinations {
			rd := map[string][]string{}
			for side, pools := range map[string][]Pool{"5": rec.Five, "4": rec.Four, "3": rec.Three} {
				for _, p := range pools {
					if err := d.addPool(s, p); err != nil {
						return fmt.Errorf("write system %s: %w", sys.Code, err)
					}
					rd[side] = append(rd[side], p.Name)
				}
			}
			sd.Recombinations = append(sd.Recombinations, rd)
		}
		d.Systems = append(d.Systems, sd)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(d)
}

func (d *description) addPool(s *Set, p Pool) error {
	pd := poolDescription{Names: make([]string, len(p.Genes)), Up: p.Up, Down: p.Down}
	for i, g := range p.Genes {
		pd.Names[i] = s.Genes[g].Name
	}
	if old, ok := d.Pools[p.Name]; ok {
		if old.Up != p.Up || old.Down != p.Down || !slices.Equal(old.Names, pd.Names) {
			return fmt.Errorf("two pools named %s that differ", p.Name)
		}
		return nil
	}
	d.Pools[p.Name] = pd
	return nil
}

// Write stores the set in directory dir, which it makes, as two files in the
// project's own format. Each file appears whole or not at all.
func (s *Set) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write germline set %s: %w", s.Name, err)
	}
	var table, desc bytes.Buffer
	if err := WriteTable(&table, s.Genes); err != nil {
		return fmt.Errorf("write germline set %s: %w", s.Name, err)
	}
	if err := writeDescription(&desc, s); err != nil {
		return fmt.Errorf("write germline set %s: %w", s.Name, err)
	}
	for name, b := range map[string][]byte{TableFile: table.Bytes(), DescriptionFile: desc.Bytes()} {
		if err := writeFile(filepath.Join(dir, name), bytes.NewReader(b)); err != nil {
			return fmt.Errorf("write germline set %s: %w", s.Name, err)
		}
	}
	return nil
}

// writeFile writes through a temporary file in the same directory.
func writeFile(path string, r io.Reader) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".partial-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error is the one to tell
		}
	}()
	if _, err = io.Copy(f, r); err != nil {
		_ = f.Close() // as above
		return err
	}
	if err = f.Sync(); err != nil {
		_ = f.Close() // as above
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Chmod(f.Name(), 0o644); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
