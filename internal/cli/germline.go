package cli

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/germline"
)

func newGermlineCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "germline COMMAND",
		Short:   "Look at, import, check, compare and fetch germline reference sets",
		GroupID: groupFiles,
		Long: `A germline set holds the genes of a species, the systems (loci, incomplete and
unusual recombinations) they take part in, and the anchors of their junctions.
Its SHA-256 digest covers all that the analysis reads from it; every result
records the digest.

Wherever a SET is asked for, it is the name of an embedded one (human, mouse), a
directory that "germline import" wrote, or a file: a Vidjil .g preset, FASTA
with IMGT names, or an AIRR Germline Set.`,
		RunE: onlyCommands,
	}
	cmd.AddCommand(
		newGermlineListCommand(s),
		newGermlineShowCommand(s),
		newGermlineCheckCommand(s),
		newGermlineDiffCommand(s),
		newGermlineImportCommand(s),
		newGermlineFetchCommand(s),
	)
	return cmd
}

// germlineOption is the option --germline that commands share.
type germlineOption struct {
	set   string   // empty: human
	codes []string // empty: all systems
}

func (o *germlineOption) addFlags(fs *pflag.FlagSet) {
	fs.StringVarP(&o.set, "germline", "g", "human", "germline `SET`: name, directory or file; FILE.g:IGH,TRG restricts it")
	fs.StringSliceVar(&o.codes, "system", nil, "only these `SYSTEMS`, as IGH,IGH+,TRG")
}

func (o *germlineOption) load() (*germline.Set, error) {
	set, err := loadGermline(cmp.Or(o.set, "human"))
	if err != nil || len(o.codes) == 0 {
		return set, err
	}
	return restrict(set, o.codes)
}

// loadGermline finds a set by its name or path. Vidjil's ".g:IGH,TRG" suffix
// restricts it to systems.
func loadGermline(name string) (*germline.Set, error) {
	path, codes, _ := strings.Cut(filepath.ToSlash(name), ".g:")
	if codes != "" {
		path += ".g"
	} else {
		path = name
	}
	var set *germline.Set
	var err error
	if germline.IsEmbedded(path) {
		set, err = germline.Named(path)
	} else {
		set, err = germline.Load(path)
	}
	if err != nil {
		return nil, germlineError(path, err)
	}
	if codes == "" {
		return set, nil
	}
	return restrict(set, strings.Split(codes, ","))
}

// germlineError gives an error of loading a set the code that a person expects:
// a name that leads nowhere is not broken input.
func germlineError(name string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return lab.Errorf(lab.Invalid, "%w", err)
	}
	if _, missing := os.Stat(name); missing == nil {
		return lab.Errorf(lab.NotFound, "%w", err) // a file that the set refers to
	}
	return lab.Errorf(lab.NotFound, "no germline set or file %s; the embedded sets are %s",
		name, strings.Join(germline.Embedded(), ", "))
}

func restrict(set *germline.Set, codes []string) (*germline.Set, error) {
	r, err := set.Restrict(codes)
	if err != nil {
		var have []string
		for _, sys := range set.Systems {
			have = append(have, sys.Code)
		}
		return nil, lab.Errorf(lab.NotFound, "%w; it has %s", err, strings.Join(have, ", "))
	}
	return r, nil
}
