package cli

import (
	"github.com/spf13/cobra"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/germline"
)

func newGermlineDiffCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Tell what changed from one germline set to another",
		Long: `Compares two sets gene by gene and system by system: '+' added, '-' removed,
'~' changed, '=' renamed. The status is 6 when they differ.

Results of sets with the same digest can be compared; this tells what stands
between results of two others.`,
		Example: `  vidjil germline diff human ogrdb/
  vidjil germline diff 2025/homo-sapiens.g 2026/homo-sapiens.g`,
		Args: wantArgs(2, 2, "OLD and NEW"),
		RunE: func(_ *cobra.Command, args []string) error { return runGermlineDiff(s, args[0], args[1]) },
	}
}

func runGermlineDiff(s *streams, from, to string) error {
	a, err := loadGermline(from)
	if err != nil {
		return err
	}
	b, err := loadGermline(to)
	if err != nil {
		return err
	}
	d := germline.Diff(a, b)
	if d.Empty() {
		return nil
	}
	if err := d.WriteText(s.out); err != nil {
		return err
	}
	return lab.Errorf(lab.Problems, "the germline sets differ")
}
