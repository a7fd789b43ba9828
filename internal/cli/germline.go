package cli

import (
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
	sets  setNames // empty: human
	codes []string // empty: all systems
}

func (o *germlineOption) addFlags(fs *pflag.FlagSet) {
	f := fs.VarPF(&o.sets, "germline", "g", "germline `SET`: name, directory or file; SET:IGH,TRG restricts it to systems")
	f.DefValue = defaultGermline
	fs.StringSliceVar(&o.codes, "system", nil, "only these `SYSTEMS`, as IGH,IGH+,TRG")
}

// defaultGermline is the set of those who name none.
const defaultGermline = "human"

// setNames is the value of --germline. Given several times, as
// "-g x.g:IGH -g x.g:TRG", it names systems of one set.
type setNames []string

// String is what was given.
func (n *setNames) String() string { return strings.Join(*n, " ") }

// Set adds a name.
func (n *setNames) Set(name string) error { *n = append(*n, name); return nil }

// Type is the kind of value, for help pages.
func (n *setNames) Type() string { return "SET" }

func (o *germlineOption) load() (*germline.Set, error) {
	name, codes, whole := defaultGermline, []string(nil), len(o.sets) == 0
	for i, given := range o.sets {
		path, some := splitGermline(given)
		if i > 0 && path != name {
			return nil, lab.Errorf(lab.Usage,
				"one germline set at a time: %s and %s; \"vidjil germline import\" makes one set of several files", name, path)
		}
		name, codes, whole = path, append(codes, some...), whole || some == nil
	}
	if whole {
		codes = nil
	}
	set, err := loadWhole(name)
	if err == nil && len(codes) > 0 {
		set, err = restrict(set, codes)
	}
	if err != nil || len(o.codes) == 0 {
		return set, err
	}
	return restrict(set, o.codes)
}

// loadGermline finds a set by its name or path, with its systems after a colon
// where not all are wanted.
func loadGermline(name string) (*germline.Set, error) {
	path, codes := splitGermline(name)
	set, err := loadWhole(path)
	if err != nil || codes == nil {
		return set, err
	}
	return restrict(set, codes)
}

// splitGermline cuts "human:IGH,TRG" into set and systems. A colon that is part
// of a path stays there.
func splitGermline(name string) (path string, codes []string) {
	i := strings.LastIndexByte(name, ':')
	if i < 0 || strings.ContainsAny(name[i:], `/\`) {
		return name, nil
	}
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	return name[:i], strings.Split(name[i+1:], ",")
}

// loadWhole finds a set with all its systems. A directory that holds Vidjil's
// presets stands for the human one, as in vidjil-algo.
func loadWhole(path string) (*germline.Set, error) {
	if germline.IsEmbedded(path) {
		return germline.Named(path)
	}
	if preset := filepath.Join(path, humanPreset); isFile(preset) {
		path = preset
	}
	set, err := germline.Load(path)
	if err != nil {
		return nil, germlineError(path, err)
	}
	return set, nil
}

// Names of presets that come with vidjil-algo.
const (
	humanPreset = "homo-sapiens.g"
	mousePreset = "mus-musculus.g"
)

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
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
	hint := "the embedded sets are " + strings.Join(germline.Embedded(), ", ")
	switch filepath.Base(name) {
	case humanPreset:
		hint = "without the file, the embedded set does: --germline human"
	case mousePreset:
		hint = "without the file, the embedded set does: --germline mouse"
	}
	return lab.Errorf(lab.NotFound, "no germline set or file %s; %s", name, hint)
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
