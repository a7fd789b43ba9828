package clonotype

import (
	"fmt"
	"io"

	"vidjil.org/vidjil/vdj/designation"
)

// errEnd ends the production of clonotypes.
var errEnd = io.EOF

// Levels of warnings.
const (
	Info  = "info"
	Warn  = "warn"
	Alert = "error"
)

const (
	// fewRecombined is the share of reads with a window under which a sample
	// deserves a warning, and fewReads the number of reads from which on.
	fewRecombined = 0.05
	fewReads      = 100
	// lowCoverage is the part of the average read that a representative should
	// cover.
	lowCoverage = 0.6
	// doubtfulE is the e-value of a recombination above which to doubt it.
	doubtfulE = 0.001
)

// warn fills the warnings of the sample.
func (s *Sample) warn() {
	r := &s.Result
	if r.TotalReads >= fewReads && float64(s.recombined) < fewRecombined*float64(r.TotalReads) {
		r.Warnings = append(r.Warnings, Warning{
			Code: "W20", Level: Warn,
			Message: fmt.Sprintf("very few V(D)J recombinations found: %.2f%% of the reads",
				100*float64(s.recombined)/float64(r.TotalReads)),
		})
	}
}

// warnClonotype fills the warnings of a clonotype.
func (s *Sample) warnClonotype(c *Clonotype, x *group, rank int) {
	add := func(code, level, format string, args ...any) {
		c.Warnings = append(c.Warnings, Warning{Code: code, Level: level, Message: fmt.Sprintf(format, args...)})
	}
	if x.moved {
		add("W50", Warn, "short or shifted window: reads of different clonotypes may be merged")
	}
	if c.Coverage < lowCoverage {
		add("W51", Alert, "low coverage: %.2f of the average read", c.Coverage)
	}
	if g := s.order[rank]; s.errors != nil && s.errors.parents[g] >= 0 {
		if parent := s.rank[s.errors.root(g)]; parent >= 0 {
			add("W53", Alert, "similar to clonotype %d: %s", parent+1, s.errors.text(g))
		}
	}
	d := c.Designation
	switch {
	case d == nil:
		return
	case !d.Found():
		add("W68", Alert, "V(D)J designation failed: %s", d.Cause)
		return
	case d.EValue > doubtfulE:
		add("Wxx", Warn, "bad e-value: %.2g", d.EValue)
	}
	if d.System == designation.Unexpected {
		add("W6d", Info, "unexpected recombination")
	}
	for _, side := range []struct {
		name string
		m    *designation.Match
	}{{"V", d.Five}, {"J", d.Three}} {
		if side.m != nil && len(side.m.Genes) > 1 {
			add("W69", Info, "several %s genes equally probable: %s", side.name, s.names(side.m.Genes))
		}
	}
}

// names lists a few genes for people.
func (s *Sample) names(genes []int) string {
	const most = 5
	text := ""
	for i, g := range genes {
		if i == most {
			return fmt.Sprintf("%s and %d more", text, len(genes)-most)
		}
		if i > 0 {
			text += ", "
		}
		text += s.engine.Set().Genes[g].Name
	}
	return text
}
