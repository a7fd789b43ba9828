package service

import (
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/germline"
)

// MaxGenes is how many genes are given at once.
const MaxGenes = 500

// Genes are genes of a germline set, for people who signed in: the letters to
// which sequences are compared.
type Genes struct {
	Set, Version, Digest string
	Genes                []germline.Gene // in the order of the names; unknown names are left out
}

// Genes gives genes of a set by their names with alleles. The sequences of the
// set are public facts: there is nothing to be noted in the audit.
func (s *Service) Genes(who *Actor, set string, names []string) (out Genes, err error) {
	if err := who.require(); err != nil {
		return out, err
	}
	if !slices.Contains(germline.Embedded(), set) {
		return out, lab.Errorf(lab.NotFound, "there is no germline set %q; there are %s", set, strings.Join(germline.Embedded(), " and "))
	}
	if len(names) < 1 || len(names) > MaxGenes {
		return out, fault("names", "want 1 to %d genes", MaxGenes)
	}
	all, err := germline.Named(set)
	if err != nil {
		return out, err
	}
	out = Genes{Set: all.Name, Version: all.Version, Digest: all.Digest()}
	for _, name := range names {
		if i := all.Gene(name); i >= 0 {
			out.Genes = append(out.Genes, all.Genes[i])
		}
	}
	return out, nil
}
