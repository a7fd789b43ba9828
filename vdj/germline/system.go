package germline

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// standardSystems gives a set the systems of the embedded human set that its
// genes can fill: a recombination needs genes at both ends. Where a set has no
// D gene the 4 list is empty.
func standardSystems(set *Set) ([]System, error) {
	raw, err := embedded.ReadFile("sets/human.json")
	if err != nil {
		return nil, fmt.Errorf("standard systems: %w", err)
	}
	var d description
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("standard systems: %w", err)
	}
	all, err := d.systems(set)
	if err != nil {
		return nil, fmt.Errorf("standard systems: %w", err)
	}
	var systems []System
	for _, sys := range all {
		var recs []Recombination
		for _, rec := range sys.Recombinations {
			rec.Five, rec.Four, rec.Three = filled(rec.Five), filled(rec.Four), filled(rec.Three)
			if len(rec.Five) > 0 && len(rec.Three) > 0 {
				recs = append(recs, rec)
			}
		}
		if len(recs) == 0 {
			continue
		}
		sys.Recombinations = recs
		sys.Description = withoutBand(sys.Description)
		systems = append(systems, sys)
	}
	return systems, nil
}

func filled(pools []Pool) []Pool {
	return slices.DeleteFunc(pools, func(p Pool) bool { return len(p.Genes) == 0 })
}

// withoutBand drops the chromosome band from a description: it is the human one.
func withoutBand(s string) string {
	i := strings.LastIndex(s, ", ")
	if i >= 0 && i+2 < len(s) && s[i+2] >= '0' && s[i+2] <= '9' {
		return s[:i]
	}
	return s
}

// loci are the loci whose gene names the package can read.
var loci = [...]string{"IGH", "IGK", "IGL", "TRA", "TRB", "TRG", "TRD"}

// classify tells a gene's locus and segment from its name: "IGHV1-18*01" is a V
// gene of IGH. Names of IGH constant genes are letters of isotypes (IGHM, IGHD,
// IGHG1); that of a D gene goes on with a digit or a slash.
func classify(name string) (locus string, seg Segment, ok bool) {
	upper := strings.ToUpper(name)
	switch {
	case strings.Contains(upper, "KDE"):
		return "IGK", KDE, true
	case strings.Contains(upper, "INTRON"):
		return "IGK", Intron, true
	case len(upper) < 4 || !slices.Contains(loci[:], upper[:3]):
		return "", 0, false
	}
	locus = upper[:3]
	base, _, _ := strings.Cut(upper[3:], "*")
	switch kind, rest := base[:min(1, len(base))], base[min(1, len(base)):]; {
	case kind == "V" || kind == "J" || kind == "C":
		return locus, Segment(kind[0]), true
	case kind == "D" && rest != "":
		return locus, D, true
	case locus == "IGH" && kind != "" && strings.ContainsAny(kind, "MDGAEP"):
		return locus, C, true
	}
	return "", 0, false
}
