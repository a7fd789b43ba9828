package germline

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Change is what differs in one gene or system of the same name.
type Change struct {
	Name   string
	Fields []FieldChange // in a fixed order, never empty
}

// FieldChange is one property before and after.
type FieldChange struct{ Field, From, To string }

// Difference is what changes from one set to another. All lists are sorted by
// name.
type Difference struct {
	Header         []FieldChange // name, version, species, …
	GenesAdded     []string
	GenesRemoved   []string
	GenesRenamed   []FieldChange // same locus, segment and sequence under another name
	GenesChanged   []Change
	SystemsAdded   []string
	SystemsRemoved []string
	SystemsChanged []Change
}

// Empty tells that nothing differs.
func (d *Difference) Empty() bool { return reflect.DeepEqual(*d, Difference{}) }

// Diff compares two sets, gene by gene and system by system. Where a name
// stands several times in a set the first gene counts ([Check] reports it).
func Diff(a, b *Set) *Difference {
	d := &Difference{}
	d.Header = fieldChanges([]field{
		{"name", a.Name, b.Name},
		{"version", a.Version, b.Version},
		{"species", a.Species, b.Species},
		{"taxon", fmt.Sprint(a.TaxonID), fmt.Sprint(b.TaxonID)},
		{"reference", a.Reference, b.Reference},
		{"licence", a.Licence, b.Licence},
	})
	d.genes(a, b)
	d.systems(a, b)
	return d
}

type field struct{ name, from, to string }

func fieldChanges(fields []field) []FieldChange {
	var changes []FieldChange
	for _, f := range fields {
		if f.from != f.to {
			changes = append(changes, FieldChange{f.name, f.from, f.to})
		}
	}
	return changes
}

func genesByName(s *Set) map[string]*Gene {
	m := make(map[string]*Gene, len(s.Genes))
	for i := range s.Genes {
		if g := &s.Genes[i]; m[g.Name] == nil {
			m[g.Name] = g
		}
	}
	return m
}

func (d *Difference) genes(a, b *Set) {
	from, to := genesByName(a), genesByName(b)
	for _, name := range slices.Sorted(maps.Keys(from)) {
		g, ok := to[name]
		if !ok {
			d.GenesRemoved = append(d.GenesRemoved, name)
			continue
		}
		if c := geneChanges(from[name], g); len(c) > 0 {
			d.GenesChanged = append(d.GenesChanged, Change{name, c})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(to)) {
		if from[name] == nil {
			d.GenesAdded = append(d.GenesAdded, name)
		}
	}
	d.renamed(from, to)
}

// renamed turns pairs of a removed and an added gene that are the same gene
// into renamings.
func (d *Difference) renamed(from, to map[string]*Gene) {
	d.GenesRemoved = slices.DeleteFunc(d.GenesRemoved, func(old string) bool {
		i := slices.IndexFunc(d.GenesAdded, func(name string) bool {
			a, b := from[old], to[name]
			return a.Locus == b.Locus && a.Segment == b.Segment && bytes.Equal(a.Sequence, b.Sequence)
		})
		if i < 0 {
			return false
		}
		d.GenesRenamed = append(d.GenesRenamed, FieldChange{"name", old, d.GenesAdded[i]})
		d.GenesAdded = slices.Delete(d.GenesAdded, i, i+1)
		return true
	})
	if len(d.GenesRemoved) == 0 {
		d.GenesRemoved = nil
	}
	if len(d.GenesAdded) == 0 {
		d.GenesAdded = nil
	}
	slices.SortFunc(d.GenesRenamed, func(x, y FieldChange) int { return cmp.Compare(x.From, y.From) })
}

func geneChanges(a, b *Gene) []FieldChange {
	return fieldChanges([]field{
		{"locus", a.Locus, b.Locus},
		{"segment", a.Segment.String(), b.Segment.String()},
		{"functionality", a.Functionality, b.Functionality},
		{"sequence", string(a.Sequence), string(b.Sequence)},
		{"anchor", anchorText(a), anchorText(b)},
		{"gaps", fmt.Sprint(a.Gaps), fmt.Sprint(b.Gaps)},
		{"up", string(a.Up), string(b.Up)},
		{"down", string(a.Down), string(b.Down)},
	})
}

func anchorText(g *Gene) string {
	if g.Anchor < 0 {
		return "none"
	}
	return fmt.Sprint(g.Anchor + 1)
}

func (d *Difference) systems(a, b *Set) {
	for i := range a.Systems {
		s := &a.Systems[i]
		t := b.System(s.Code)
		if t == nil {
			d.SystemsRemoved = append(d.SystemsRemoved, s.Code)
			continue
		}
		c := fieldChanges([]field{
			{"follows", s.Follows, t.Follows},
			{"recombinations", recombinationText(s), recombinationText(t)},
			{"shortcut", s.Shortcut, t.Shortcut},
			{"color", s.Color, t.Color},
			{"seed", s.Seed, t.Seed},
		})
		if len(c) > 0 {
			d.SystemsChanged = append(d.SystemsChanged, Change{s.Code, c})
		}
	}
	for i := range b.Systems {
		if code := b.Systems[i].Code; a.System(code) == nil {
			d.SystemsAdded = append(d.SystemsAdded, code)
		}
	}
	slices.Sort(d.SystemsAdded)
	slices.Sort(d.SystemsRemoved)
	slices.SortFunc(d.SystemsChanged, func(x, y Change) int { return cmp.Compare(x.Name, y.Name) })
}

// recombinationText names the pools of a system, and how many genes each has:
// which genes those are is told gene by gene.
func recombinationText(s *System) string {
	var out []string
	for _, rec := range s.Recombinations {
		var sides []string
		for _, side := range [][]Pool{rec.Five, rec.Four, rec.Three} {
			var pools []string
			for _, p := range side {
				pools = append(pools, fmt.Sprintf("%s(%d)", p.Name, len(p.Genes)))
			}
			sides = append(sides, strings.Join(pools, ","))
		}
		out = append(out, strings.Join(sides, "/"))
	}
	return strings.Join(out, " ")
}

// WriteText writes the difference for people, one thing a line: '+' added, '-'
// removed, '~' changed, '=' renamed. Sequences are told by length and first
// difference. It writes nothing when nothing differs.
func (d *Difference) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, f := range d.Header {
		fmt.Fprintf(&b, "~ set %s: %q -> %q\n", f.Field, f.From, f.To)
	}
	list := func(mark, what string, names []string) {
		for _, n := range names {
			fmt.Fprintf(&b, "%s %s %s\n", mark, what, n)
		}
	}
	changes := func(what string, cs []Change) {
		for _, c := range cs {
			for _, f := range c.Fields {
				fmt.Fprintf(&b, "~ %s %s: %s\n", what, c.Name, f.text())
			}
		}
	}
	list("-", "system", d.SystemsRemoved)
	list("+", "system", d.SystemsAdded)
	changes("system", d.SystemsChanged)
	for _, f := range d.GenesRenamed {
		fmt.Fprintf(&b, "= gene %s -> %s\n", f.From, f.To)
	}
	list("-", "gene", d.GenesRemoved)
	list("+", "gene", d.GenesAdded)
	changes("gene", d.GenesChanged)
	_, err := io.WriteString(w, b.String())
	return err
}

func (f FieldChange) text() string {
	switch f.Field {
	case "sequence", "up", "down":
		i := 0
		for i < len(f.From) && i < len(f.To) && f.From[i] == f.To[i] {
			i++
		}
		return fmt.Sprintf("%s of %d nucleotides -> %d, differs from position %d", f.Field, len(f.From), len(f.To), i+1)
	}
	return fmt.Sprintf("%s %s -> %s", f.Field, orNone(f.From), orNone(f.To))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
