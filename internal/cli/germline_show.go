package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/germline"
)

type germlineShowOptions struct {
	germline germlineOption
	fasta    bool
	tsv      bool
}

func (o *germlineShowOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Germline", o.germline.addFlags)
	section(cmd, "Output", func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.fasta, "fasta", false, "print genes as FASTA, V genes with IMGT gaps where known")
		fs.BoolVar(&o.tsv, "tsv", false, "print genes as the rows of a gene table")
	})
}

func (o *germlineShowOptions) check() error {
	if o.fasta && o.tsv {
		return lab.Errorf(lab.Usage, "--fasta and --tsv exclude each other")
	}
	return nil
}

func newGermlineShowCommand(s *streams) *cobra.Command {
	var o germlineShowOptions
	cmd := &cobra.Command{
		Use:   "show [GENE]...",
		Short: "Show a germline set, or genes of it",
		Long: `Without GENE, shows where the set comes from and how its systems are built: the
pools of genes at the 5' side, between, and at the 3' side of a recombination. A
pool "+up" or "+down" is recognised by its genomic flank too.

A GENE is an allele (IGHV3-23*01), a gene (IGHV3-23: all its alleles), or a
pattern in which '*' stands for any letters (IGHD*); quote patterns.
Positions are 1-based.`,
		Example: `  vidjil germline show
  vidjil germline show IGHV3-23 IGHJ4*02
  vidjil germline show --germline mouse --system TRG
  vidjil germline show --fasta 'TRGV*' > trgv.fa`,
		RunE: func(_ *cobra.Command, args []string) error { return runGermlineShow(o, s, args) },
	}
	o.addFlags(cmd)
	return cmd
}

func runGermlineShow(o germlineShowOptions, s *streams, patterns []string) error {
	if err := o.check(); err != nil {
		return err
	}
	set, err := o.germline.load()
	if err != nil {
		return err
	}
	w := bufio.NewWriter(s.out)
	if len(patterns) == 0 && !o.fasta && !o.tsv {
		if err := showSet(w, set); err != nil {
			return err
		}
		return w.Flush()
	}
	genes, err := findGenes(set, patterns, len(o.germline.codes) > 0)
	if err != nil {
		return err
	}
	switch {
	case o.tsv:
		err = germline.WriteTable(w, genes)
	case o.fasta:
		err = writeGeneFASTA(w, set.Species, genes)
	default:
		err = showGenes(w, genes)
	}
	if err != nil {
		return err
	}
	return w.Flush()
}

// findGenes lists the genes that the patterns name, in the order of the
// patterns; without patterns all, or those of the systems of a restricted set.
func findGenes(set *germline.Set, patterns []string, restricted bool) ([]germline.Gene, error) {
	if len(patterns) == 0 {
		if !restricted {
			return set.Genes, nil
		}
		return systemGenes(set), nil
	}
	var genes []germline.Gene
	for _, pattern := range patterns {
		if i := set.Gene(pattern); i >= 0 {
			genes = append(genes, set.Genes[i])
			continue
		}
		found := selectGenes(set, func(g *germline.Gene) bool { return g.Base() == pattern })
		if found == nil {
			found = selectGenes(set, func(g *germline.Gene) bool { return matchName(pattern, g.Name) })
		}
		if found == nil {
			return nil, lab.Errorf(lab.NotFound, "germline set %s has no gene %s%s", set.Name, pattern, suggestGene(set, pattern))
		}
		genes = append(genes, found...)
	}
	return genes, nil
}

func selectGenes(set *germline.Set, want func(*germline.Gene) bool) []germline.Gene {
	var genes []germline.Gene
	for i := range set.Genes {
		if want(&set.Genes[i]) {
			genes = append(genes, set.Genes[i])
		}
	}
	return genes
}

// systemGenes lists the genes that stand in a pool of the set's systems, in the
// order of the set.
func systemGenes(set *germline.Set) []germline.Gene {
	used := make([]bool, len(set.Genes))
	for _, sys := range set.Systems {
		for _, r := range sys.Recombinations {
			for _, side := range [][]germline.Pool{r.Five, r.Four, r.Three} {
				for _, pool := range side {
					for _, i := range pool.Genes {
						used[i] = true
					}
				}
			}
		}
	}
	var genes []germline.Gene
	for i, u := range used {
		if u {
			genes = append(genes, set.Genes[i])
		}
	}
	return genes
}

// matchName matches a whole name against a pattern in which '*' stands for any
// letters, slashes included (path.Match stops at them).
func matchName(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	middle := name[len(first) : len(name)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(middle, part)
		if i < 0 {
			return false
		}
		middle = middle[i+len(part):]
	}
	return true
}

// suggestGene names genes that begin as the pattern does.
func suggestGene(set *germline.Set, pattern string) string {
	const most = 5
	pattern, _, _ = strings.Cut(strings.ToUpper(pattern), "*")
	for ; len(pattern) >= len("IGH"); pattern = pattern[:len(pattern)-1] {
		var names []string
		for i := range set.Genes {
			base := set.Genes[i].Base()
			if strings.HasPrefix(base, pattern) && (len(names) == 0 || names[len(names)-1] != base) {
				names = append(names, base)
			}
		}
		if len(names) > most {
			return "; it has " + strings.Join(names[:most], ", ") + " …"
		}
		if len(names) > 0 {
			return "; it has " + strings.Join(names, ", ")
		}
	}
	return ""
}

func showSet(w io.Writer, set *germline.Set) error {
	fmt.Fprintf(w, "%s %s: %s (taxon %d), %d alleles\nsha256:%s\n%s\n%s\n",
		set.Name, set.Version, set.Species, set.TaxonID, len(set.Genes), set.Digest(), set.Reference, set.Licence)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "\nSYSTEM\t5'\t4'\t3'\tDESCRIPTION")
	for _, sys := range set.Systems {
		for i, r := range sys.Recombinations {
			code, description := sys.Code, sys.Description
			if i > 0 {
				code, description = "", ""
			}
			fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", code, poolNames(r.Five), poolNames(r.Four), poolNames(r.Three), description)
		}
	}
	return tw.Flush()
}

// poolNames writes pools with the number of their alleles: "IGHV (462)".
func poolNames(pools []germline.Pool) string {
	if len(pools) == 0 {
		return "-"
	}
	names := make([]string, len(pools))
	for i, p := range pools {
		names[i] = fmt.Sprintf("%s (%d)", p.Name, len(p.Genes))
	}
	return strings.Join(names, ", ")
}

func showGenes(w io.Writer, genes []germline.Gene) error {
	for i := range genes {
		g := &genes[i]
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s\n  %s, %s gene, %d nt", g.Name, g.Locus, g.Segment, len(g.Sequence))
		if g.Functionality != "" {
			fmt.Fprintf(w, ", functionality %s", g.Functionality)
		}
		fmt.Fprintln(w)
		if g.Accession != "" {
			fmt.Fprintf(w, "  record     %s %s\n", g.Accession, g.Range)
		}
		if g.Source != "" {
			fmt.Fprintf(w, "  source     %s\n", g.Source)
		}
		showAnchor(w, g)
		if r, ok := g.Regions(); ok {
			fmt.Fprintf(w, "  regions    FWR1 %s, CDR1 %s, FWR2 %s, CDR2 %s, FWR3 %s\n",
				span(r.FWR1), span(r.CDR1), span(r.FWR2), span(r.CDR2), span(r.FWR3))
		}
		if _, err := fmt.Fprintf(w, "  sequence   %s\n", g.Sequence); err != nil {
			return err
		}
	}
	return nil
}

func showAnchor(w io.Writer, g *germline.Gene) {
	what := map[germline.Segment]string{germline.V: "Cys104", germline.J: "Phe/Trp118"}[g.Segment]
	switch {
	case what == "":
	case g.Anchor < 0:
		fmt.Fprintf(w, "  anchor     no %s found\n", what)
	default:
		how := ""
		if g.AnchorInferred {
			how = ", inferred from the motif"
		}
		fmt.Fprintf(w, "  anchor     %s at %d%s\n", what, g.Anchor+1, how)
	}
}

// span writes a 0-based half-open span as 1-based closed positions.
func span(s [2]int) string {
	if s[0] >= s[1] {
		return "-"
	}
	return fmt.Sprintf("%d-%d", s[0]+1, s[1])
}

const fastaWidth = 60 // letters of a line, as in IMGT's files

// writeGeneFASTA writes genes with the header fields of IMGT: record, name,
// species, functionality and label.
func writeGeneFASTA(w io.Writer, species string, genes []germline.Gene) error {
	for i := range genes {
		g := &genes[i]
		fmt.Fprintf(w, ">%s|%s|%s|%s|%s-REGION\n", g.Accession, g.Name, species, g.Functionality, g.Segment)
		for seq := g.Gapped(); len(seq) > 0; {
			n := min(len(seq), fastaWidth)
			if _, err := fmt.Fprintf(w, "%s\n", seq[:n]); err != nil {
				return err
			}
			seq = seq[n:]
		}
	}
	return nil
}
