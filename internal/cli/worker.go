package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/server"
)

func newWorkerCommand(s *streams) *cobra.Command {
	var file configFile
	cmd := &cobra.Command{
		Use:     "worker",
		GroupID: groupServer,
		Short:   "Work on the jobs of a server",
		Long: `Runs analyses and other jobs of a server: on a further machine, or beside a
server that was started with --workers=-1. It needs the server's data directory
and its database; on several machines that is PostgreSQL and a shared folder, or
S3 for the files. Give it the server's file of settings (--config).

Workers may come and go. What one had begun when it was killed is done again by
another, and counts once.`,
		Example: `  vidjil worker --data /srv/vidjil
  vidjil worker --data /srv/vidjil --database postgres://vidjil@db/vidjil
  vidjil worker --data /srv/vidjil --lane long --name sequencer-2`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runWorker(cmd, s, &file) },
	}
	addWorkerFlags(cmd, &file)
	return cmd
}

func addWorkerFlags(cmd *cobra.Command, file *configFile) {
	section(cmd, "Server", func(f *pflag.FlagSet) {
		f.String("data", "", "the server's data `DIR`ectory (required, here or in the settings)")
		file.addFlags(f)
		f.String("database", "", "`URL` of the database, as the server has it; default is a file in --data")
		f.String("blobs", "", "`URL` of the bytes of reads and results, as the server has it; default is a directory in --data")
		f.StringArray("source", nil, "folder that files are attached from, as `NAME=DIR`; several are allowed")
	})
	section(cmd, "Work", func(f *pflag.FlagSet) {
		f.Int("workers", 0, "`N` jobs at the same time; 0 is the number of processors less one")
		f.StringSlice("lane", nil, "take jobs of this `LANE` only: short or long")
		f.String("name", "", "`NAME` of the worker, unlike any other's; started again with it, it takes back at once what it left behind")
		addLogFlag(f)
	})
}

func runWorker(cmd *cobra.Command, s *streams, file *configFile) error {
	ignoreBrokenPipes()
	settings, err := file.load(cmd)
	if err != nil {
		return err
	}
	if settings.Data == "" {
		return errNoData
	}
	v, commit := programVersion()
	return server.RunWorker(cmd.Context(), server.Config{
		Settings: settings.Config, Version: v, Commit: commit, Log: newLogger(settings.Log, s.err),
	})
}
