package cli

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/germline"
)

type germlineImportOptions struct {
	about  germline.About
	output string
	force  bool
}

func (o *germlineImportOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Description", func(fs *pflag.FlagSet) {
		fs.StringVar(&o.about.Name, "name", "", "`NAME` of the set")
		fs.StringVar(&o.about.Version, "set-version", "", "`VERSION` of the set, as 2026-11")
		fs.StringVar(&o.about.Species, "species", "", "`SPECIES`, as \"Homo sapiens\"")
		fs.IntVar(&o.about.TaxonID, "taxon", 0, "NCBI taxonomy `ID` of the species")
		fs.StringVar(&o.about.Reference, "reference", "", "`WHERE` the genes come from, one line")
		fs.StringVar(&o.about.Licence, "licence", "", "`LICENCE` of the genes, one line")
	})
	section(cmd, "Output", func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.output, "output", "o", "", "`DIRECTORY` that becomes the set")
		fs.BoolVar(&o.force, "force", false, "replace a set, and store one that has errors")
	})
}

func newGermlineImportCommand(s *streams) *cobra.Command {
	var o germlineImportOptions
	cmd := &cobra.Command{
		Use:   "import SET -o DIRECTORY",
		Short: "Store genes from FASTA, AIRR JSON or a .g preset as a germline set",
		Long: `Reads a Vidjil .g preset with its FASTA files, FASTA with IMGT names (gapped or
plain, a file or a directory), or AIRR Germline Set JSON; finds the anchors of V
and J genes by IMGT numbering or by their motif; checks the set; and stores it
in one directory of two text files. Other commands take that directory as
--germline.

A set with errors is not stored (status 6): see "germline check".`,
		Example: `  vidjil germline import homo-sapiens.g -o germlines/vidjil
  vidjil germline import human_IGH.json --set-version 9 -o germlines/ogrdb-igh
  vidjil germline import macaque/ --species "Macaca mulatta" --taxon 9544 \
      -o germlines/macaque`,
		Args: wantArgs(1, 1, "a SET"),
		RunE: func(_ *cobra.Command, args []string) error { return runGermlineImport(o, s, args[0]) },
	}
	o.addFlags(cmd)
	return cmd
}

func runGermlineImport(o germlineImportOptions, s *streams, name string) error {
	if o.output == "" {
		return lab.Errorf(lab.Usage, "--output is missing: the DIRECTORY that becomes the set")
	}
	if _, err := os.Stat(filepath.Join(o.output, germline.DescriptionFile)); err == nil && !o.force {
		return lab.Errorf(lab.Unwritable, "%s is a germline set already; --force replaces it", o.output)
	}
	loaded, err := loadGermline(name)
	if err != nil {
		return err
	}
	set := describe(*loaded, o.about)
	faults := 0
	for _, f := range germline.Check(&set) {
		if f.Severity == germline.SeverityError {
			fmt.Fprintln(s.err, f)
			faults++
		}
	}
	if faults > 0 && !o.force {
		return lab.Errorf(lab.Problems, "the set has errors (%d) and is not stored; --force stores it", faults)
	}
	if err := set.Write(o.output); err != nil {
		return &lab.Error{Code: lab.Unwritable, Err: err}
	}
	_, err = fmt.Fprintf(s.out, "%s: %d alleles, %d systems, sha256:%s\n", o.output, len(set.Genes), len(set.Systems), set.Digest())
	return err
}

// describe returns the set with the words that the user gave.
func describe(set germline.Set, about germline.About) germline.Set {
	set.Name = cmp.Or(about.Name, set.Name)
	set.Version = cmp.Or(about.Version, set.Version)
	set.Species = cmp.Or(about.Species, set.Species)
	set.TaxonID = cmp.Or(about.TaxonID, set.TaxonID)
	set.Reference = cmp.Or(about.Reference, set.Reference)
	set.Licence = cmp.Or(about.Licence, set.Licence)
	return set
}
