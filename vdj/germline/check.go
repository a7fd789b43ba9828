package germline

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Severity says what a finding means for results.
type Severity string

// The severities, worst first.
const (
	SeverityError   Severity = "error"   // results would be wrong or not reproducible
	SeverityWarning Severity = "warning" // some results will be missing or less certain
	SeverityInfo    Severity = "info"    // worth knowing
)

func (s Severity) rank() int {
	return slices.Index([]Severity{SeverityError, SeverityWarning, SeverityInfo}, s)
}

// Rule names what a finding is about. The names are stable, scripts may rely on
// them.
type Rule string

// The rules of [Check].
const (
	RuleNoGenes        Rule = "no-genes"          // the set, or a pool of a system, has no gene
	RuleNoSystems      Rule = "no-systems"        // the set has no system, or a system no recombination
	RuleSystemTwice    Rule = "system-twice"      // two systems of the same code
	RuleName           Rule = "name"              // a gene without name
	RuleNameTwice      Rule = "name-twice"        // two genes of the same name
	RuleSameSequence   Rule = "same-sequence"     // two names for the same sequence
	RuleLetters        Rule = "letters"           // letters other than A, C, G, T, N, or none
	RuleUnknownLetters Rule = "unknown-letters"   // N in a gene
	RuleNoAnchor       Rule = "no-anchor"         // V or J gene without anchor
	RuleInferred       Rule = "inferred-anchor"   // anchor found by motif
	RuleAnchorRange    Rule = "anchor-range"      // anchor outside the sequence
	RuleAnchorResidue  Rule = "anchor-residue"    // anchor codon is not Cys (V) or Phe/Trp (J)
	RuleGaps           Rule = "gaps"              // numbering that cannot be
	RuleGapsAnchor     Rule = "gaps-anchor"       // numbering does not put Cys104 at its place
	RuleNoFlank        Rule = "no-flank"          // a pool recognised by flanks has genes without
	RuleFunctionality  Rule = "functionality"     // not F, ORF, P or empty
	RuleUnused         Rule = "unused"            // V, D or J gene in no system
	RuleFollows        Rule = "follows"           // a system follows one that is not there
	RulePoolIndex      Rule = "pool-index"        // a pool points outside the set
	RuleLocus          Rule = "locus"             // name and locus disagree
	RuleIncompleteGene Rule = "incomplete-allele" // F gene whose numbering ends before Cys104
)

// Finding is one remark about a set.
type Finding struct {
	Severity Severity
	Rule     Rule
	Subject  string // gene, pool or system that it is about; empty for the set
	Detail   string
}

// String is the finding on one line.
func (f Finding) String() string {
	subject := ""
	if f.Subject != "" {
		subject = " " + f.Subject + ":"
	}
	return fmt.Sprintf("%s:%s %s [%s]", f.Severity, subject, f.Detail, f.Rule)
}

// Check examines a set: worst findings first, then by rule and subject. A set
// without finding of severity error is fit for analysis.
func Check(set *Set) []Finding {
	c := checker{set: set}
	c.systems()
	for i := range set.Genes {
		c.gene(&set.Genes[i])
	}
	c.twins()
	c.unused()
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity.rank(), b.Severity.rank()), cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Detail, b.Detail))
	})
	return c.findings
}

// WriteFindings writes findings as text, one a line, and a last line that
// counts them by severity.
func WriteFindings(w io.Writer, findings []Finding) error {
	counts := map[Severity]int{}
	for _, f := range findings {
		counts[f.Severity]++
		if _, err := fmt.Fprintln(w, f); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%d errors, %d warnings, %d remarks\n",
		counts[SeverityError], counts[SeverityWarning], counts[SeverityInfo])
	return err
}

type checker struct {
	set      *Set
	findings []Finding
	used     map[int]bool
}

func (c *checker) add(sev Severity, rule Rule, subject, format string, args ...any) {
	c.findings = append(c.findings, Finding{sev, rule, subject, fmt.Sprintf(format, args...)})
}

func (c *checker) systems() {
	c.used = map[int]bool{}
	if len(c.set.Genes) == 0 {
		c.add(SeverityError, RuleNoGenes, "", "the set has no gene")
	}
	if len(c.set.Systems) == 0 {
		c.add(SeverityError, RuleNoSystems, "", "the set has no system")
	}
	seenPools := map[string]bool{}
	seen := map[string]bool{}
	for i := range c.set.Systems {
		sys := &c.set.Systems[i]
		if seen[sys.Code] {
			c.add(SeverityError, RuleSystemTwice, sys.Code, "system stands twice")
		}
		seen[sys.Code] = true
		if len(sys.Recombinations) == 0 {
			c.add(SeverityError, RuleNoSystems, sys.Code, "system has no recombination")
		}
		if sys.Follows != "" && c.set.System(sys.Follows) == nil {
			c.add(SeverityWarning, RuleFollows, sys.Code, "follows %s, which is not in the set", sys.Follows)
		}
		for _, rec := range sys.Recombinations {
			if len(rec.Five) == 0 || len(rec.Three) == 0 {
				c.add(SeverityError, RuleNoGenes, sys.Code, "recombination without genes at one end")
			}
			for _, p := range slices.Concat(rec.Five, rec.Four, rec.Three) {
				if !seenPools[p.Name] {
					seenPools[p.Name] = true
					c.pool(&p)
				}
			}
		}
	}
}

func (c *checker) pool(p *Pool) {
	if len(p.Genes) == 0 {
		c.add(SeverityError, RuleNoGenes, p.Name, "pool has no gene")
	}
	without := 0
	for _, g := range p.Genes {
		if g < 0 || g >= len(c.set.Genes) {
			c.add(SeverityError, RulePoolIndex, p.Name, "pool points to gene %d of %d", g, len(c.set.Genes))
			continue
		}
		c.used[g] = true
		gene := &c.set.Genes[g]
		if p.Up && len(gene.Up) == 0 || p.Down && len(gene.Down) == 0 {
			without++
		}
	}
	if without > 0 {
		c.add(SeverityWarning, RuleNoFlank, p.Name, "%d of %d genes have no flank", without, len(p.Genes))
	}
}

func (c *checker) gene(g *Gene) {
	if g.Name == "" {
		c.add(SeverityError, RuleName, "", "gene of %s without name", g.Locus)
	}
	if locus, _, ok := classify(g.Name); ok && locus != g.Locus && !strings.Contains(g.Name, "/DV") {
		c.add(SeverityWarning, RuleLocus, g.Name, "locus is %s", g.Locus)
	}
	switch g.Functionality {
	case "", "F", "ORF", "P":
	default:
		c.add(SeverityInfo, RuleFunctionality, g.Name, "functionality %q is none of F, ORF, P", g.Functionality)
	}
	if len(g.Sequence) == 0 {
		c.add(SeverityError, RuleLetters, g.Name, "empty sequence")
	}
	for _, s := range [][]byte{g.Sequence, g.Up, g.Down} {
		if i := bytes.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("ACGTN", r) }); i >= 0 {
			c.add(SeverityError, RuleLetters, g.Name, "letter %q", s[i])
		}
	}
	if n := bytes.Count(g.Sequence, []byte("N")); n > 0 {
		c.add(SeverityInfo, RuleUnknownLetters, g.Name, "%d unknown letters", n)
	}
	if g.Segment == V || g.Segment == J {
		c.anchor(g)
	}
	c.gaps(g)
}

func (c *checker) anchor(g *Gene) {
	// A functional gene without anchor gives no junction; for the others that
	// is what makes them what they are.
	severity := SeverityInfo
	if g.Functionality == "F" {
		severity = SeverityWarning
	}
	switch {
	case g.Anchor < 0:
		rule, detail := RuleNoAnchor, "no anchor"
		if g.Segment == V && len(g.Gaps) > 0 && len(g.Gapped()) < fwr3End {
			rule, detail = RuleIncompleteGene, "the allele ends before Cys104"
		}
		c.add(severity, rule, g.Name, "%s", detail)
	case g.Anchor+3 > len(g.Sequence):
		c.add(SeverityError, RuleAnchorRange, g.Name, "anchor at %d, %d nucleotides", g.Anchor+1, len(g.Sequence))
	default:
		if g.AnchorInferred {
			c.add(SeverityInfo, RuleInferred, g.Name, "anchor at %d found by its motif", g.Anchor+1)
		}
		aa := TranslateCodon(g.Sequence[g.Anchor : g.Anchor+3])
		if g.Segment == V && aa != 'C' || g.Segment == J && aa != 'F' && aa != 'W' {
			c.add(severity, RuleAnchorResidue, g.Name, "anchor codon %s is %c", g.Sequence[g.Anchor:g.Anchor+3], aa)
		}
	}
}

func (c *checker) gaps(g *Gene) {
	last := -1
	for _, gap := range g.Gaps {
		if gap.Pos <= last || gap.Pos >= len(g.Sequence) || gap.Length < 1 {
			c.add(SeverityError, RuleGaps, g.Name, "gap of %d before position %d", gap.Length, gap.Pos+1)
			return
		}
		last = gap.Pos
	}
	if g.Segment == V && len(g.Gaps) > 0 && g.Anchor >= 0 && g.ungapped(cys104Start) != g.Anchor {
		c.add(SeverityInfo, RuleGapsAnchor, g.Name, "by its numbering Cys104 would be at %d, the anchor is at %d",
			g.ungapped(cys104Start)+1, g.Anchor+1)
	}
}

// twins finds names and sequences that stand twice.
func (c *checker) twins() {
	byName := map[string]int{}
	bySequence := map[string][]string{}
	for i := range c.set.Genes {
		g := &c.set.Genes[i]
		byName[g.Name]++
		if g.Segment != D { // D genes of different families are the same by chance of their shortness
			key := g.Locus + string(rune(g.Segment)) + string(g.Sequence)
			bySequence[key] = append(bySequence[key], g.Name)
		}
	}
	for name, n := range byName {
		if n > 1 {
			c.add(SeverityError, RuleNameTwice, name, "%d genes of this name", n)
		}
	}
	for _, names := range bySequence {
		if slices.Sort(names); len(names) > 1 && names[0] != names[len(names)-1] {
			c.add(SeverityInfo, RuleSameSequence, names[0], "has the sequence of %s", strings.Join(names[1:], ", "))
		}
	}
}

func (c *checker) unused() {
	for i := range c.set.Genes {
		if g := &c.set.Genes[i]; g.Segment != C && !c.used[i] {
			c.add(SeverityInfo, RuleUnused, g.Name, "gene is in no system")
		}
	}
}
