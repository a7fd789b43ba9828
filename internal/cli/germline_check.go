package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/germline"
)

type germlineCheckOptions struct {
	strict bool
	info   bool
}

func (o *germlineCheckOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Check", func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.strict, "strict", false, "warnings count as errors")
		fs.BoolVar(&o.info, "info", false, "list also what is worth knowing and no fault")
	})
}

func newGermlineCheckCommand(s *streams) *cobra.Command {
	var o germlineCheckOptions
	cmd := &cobra.Command{
		Use:   "check SET",
		Short: "Check a germline set before analyses rely on it",
		Long: `Examines names, letters, anchors, numbering and systems of a set. An error makes
results wrong or not reproducible, a warning makes some of them missing or less
certain. The status is 6 when there is an error.`,
		Example: `  vidjil germline check my-set/
  vidjil germline check --strict --info human`,
		Args: wantArgs(1, 1, "a SET"),
		RunE: func(_ *cobra.Command, args []string) error { return runGermlineCheck(o, s, args[0]) },
	}
	o.addFlags(cmd)
	return cmd
}

func runGermlineCheck(o germlineCheckOptions, s *streams, name string) error {
	set, err := loadGermline(name)
	if err != nil {
		return err
	}
	var findings []germline.Finding
	errors := 0
	for _, f := range germline.Check(set) {
		if f.Severity == germline.SeverityInfo && !o.info {
			continue
		}
		findings = append(findings, f)
		if f.Severity == germline.SeverityError || o.strict && f.Severity == germline.SeverityWarning {
			errors++
		}
	}
	if err := germline.WriteFindings(s.out, findings); err != nil {
		return err
	}
	if errors > 0 {
		return lab.Errorf(lab.Problems, "germline set %s has faults: %d", name, errors)
	}
	return nil
}
