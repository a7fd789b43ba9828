package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
)

func newAttachCommand(s *streams) *cobra.Command {
	var opt sendOptions
	cmd := &cobra.Command{
		Use:     "attach SOURCE:PATTERN...",
		GroupID: groupServer,
		Short:   "Make samples of files in a mounted folder of a server",
		Long: `Makes samples of files that the server sees in one of its mounted folders (its
option --source), by their names. Nothing is copied: the files must stay where
they are. In a pattern, "*" and "?" stand for letters of one name, "**" for any
folders; quote it, since the files are the server's and not the shell's.`,
		Example: `  export VIDJIL_SERVER=https://vidjil.example.org VIDJIL_TOKEN_FILE=~/token
  vidjil attach --set 12 'sequencer:run1/*.fastq.gz'
  vidjil attach --set 12 --sheet SampleSheet.csv 'sequencer:run1/**/*_R?_*.gz'`,
		Args: wantArgs(1, -1, "a SOURCE:PATTERN"),
		RunE: func(cmd *cobra.Command, args []string) error { return runAttach(cmd.Context(), s, &opt, args) },
	}
	opt.addFlags(cmd)
	return cmd
}

func runAttach(ctx context.Context, s *streams, o *sendOptions, patterns []string) error {
	if err := o.check(); err != nil {
		return err
	}
	c, err := o.open()
	if err != nil {
		return err
	}
	var files []client.PlanFile
	for _, text := range patterns {
		source, pattern, ok := strings.Cut(text, ":")
		if !ok || source == "" || pattern == "" {
			return lab.Errorf(lab.Usage, "%s: want SOURCE:PATTERN", text)
		}
		found, err := c.SourceFiles(ctx, source, pattern)
		if err != nil {
			return remoteError(err)
		}
		if len(found) == 0 {
			return lab.Errorf(lab.NotFound, "%s: no file matches", text)
		}
		for _, e := range found {
			// Names of sources have neither slash nor colon: the path of the plan is
			// that of the file below a folder of the source's name.
			files = append(files, client.PlanFile{Path: source + "/" + e.Path, Size: e.Size})
		}
	}
	send := func(ctx context.Context, sample client.Sample, f client.PlannedFile) error {
		source, path, _ := strings.Cut(f.Path, "/")
		_, err := c.AttachFile(ctx, sample.ID, f.FileID, client.Attachment{Source: source, Path: path})
		return remoteError(err)
	}
	return o.carryOut(ctx, s, c, files, "attached", send)
}
