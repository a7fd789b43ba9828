package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/vdj/germline"
)

type germlineListOptions struct {
	json bool
}

func (o *germlineListOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Output", func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.json, "json", false, "print a JSON array")
	})
}

func newGermlineListCommand(s *streams) *cobra.Command {
	var o germlineListOptions
	cmd := &cobra.Command{
		Use:   "list [SET]...",
		Short: "List germline sets with their digests",
		Long: `Lists the given sets, or those embedded in the program: version, species, number
of alleles and of systems, and the start of the SHA-256 digest (the whole of it
with --json).`,
		Example: `  vidjil germline list
  vidjil germline list ogrdb/ old/homo-sapiens.g
  vidjil germline list --json`,
		RunE: func(_ *cobra.Command, args []string) error { return runGermlineList(o, s, args) },
	}
	o.addFlags(cmd)
	return cmd
}

// germlineSummary is one set in "vidjil germline list --json".
type germlineSummary struct {
	germlineInfo

	Species   string   `json:"species"`
	TaxonID   int      `json:"species_taxon_id"`
	Alleles   int      `json:"alleles"`
	Systems   []string `json:"systems"`
	Reference string   `json:"reference"`
	Licence   string   `json:"licence"`
}

func runGermlineList(o germlineListOptions, s *streams, names []string) error {
	if len(names) == 0 {
		names = germline.Embedded()
	}
	list := make([]germlineSummary, 0, len(names))
	for _, name := range names {
		set, err := loadGermline(name)
		if err != nil {
			return err
		}
		sum := germlineSummary{
			germlineInfo: germlineInfo{set.Name, set.Version, set.Digest()},
			Species:      set.Species, TaxonID: set.TaxonID, Alleles: len(set.Genes),
			Reference: set.Reference, Licence: set.Licence,
		}
		for _, sys := range set.Systems {
			sum.Systems = append(sum.Systems, sys.Code)
		}
		list = append(list, sum)
	}
	if o.json {
		return writeJSON(s.out, list)
	}
	tw := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "SET\tVERSION\tSPECIES\tALLELES\tSYSTEMS\tSHA-256")
	for _, sum := range list {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%d\t%d\t%s…\n",
			sum.Name, sum.Version, sum.Species, sum.Alleles, len(sum.Systems), sum.Digest[:digestLetters])
	}
	return tw.Flush()
}

// digestLetters of a digest tell sets apart for a person.
const digestLetters = 12

// writeJSON prints a value for programs and people.
func writeJSON(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}
