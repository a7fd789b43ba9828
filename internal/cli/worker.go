package cli

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/server"
)

type workerOptions struct {
	serve serveOptions // those that a server and its workers share
	name  string
	lanes []string
}

func newWorkerCommand(s *streams) *cobra.Command {
	var opt workerOptions
	cmd := &cobra.Command{
		Use:     "worker",
		GroupID: groupServer,
		Short:   "Work on the jobs of a server",
		Long: `Runs analyses and other jobs of a server: on a further machine, or beside a
server that was started with --workers=-1. It needs the server's data directory
and its database; on several machines that is PostgreSQL and a shared folder, or
S3 for the files.

Workers may come and go. What one had begun when it was killed is done again by
another, and counts once.`,
		Example: `  vidjil worker --data /srv/vidjil
  vidjil worker --data /srv/vidjil --database postgres://vidjil@db/vidjil
  vidjil worker --data /srv/vidjil --lane long --name sequencer-2`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runWorker(cmd.Context(), s, &opt) },
	}
	opt.addFlags(cmd)
	return cmd
}

func (o *workerOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Server", func(f *pflag.FlagSet) {
		f.StringVar(&o.serve.data, "data", "", "the server's data `DIR`ectory (required)")
		f.StringVar(&o.serve.database, "database", "", "`URL` of the database, as the server has it; default is a file in --data")
		f.StringVar(&o.serve.blobs, "blobs", "", "`URL` of the bytes of reads and results, as the server has it; default is a directory in --data")
		f.StringArrayVar(&o.serve.sources, "source", nil, "folder that files are attached from, as `NAME=DIR`; several are allowed")
	})
	section(cmd, "Work", func(f *pflag.FlagSet) {
		f.IntVar(&o.serve.workers, "workers", 0, "`N` jobs at the same time; 0 is the number of processors less one")
		f.StringSliceVar(&o.lanes, "lane", nil, "take jobs of this `LANE` only: short or long")
		f.StringVar(&o.name, "name", "", "`NAME` of the worker, unlike any other's; started again with it, it takes back at once what it left behind")
		f.StringVar(&o.serve.logFormat, "log", "text", "`FORMAT` of the log on standard error: text, json or none")
	})
}

func runWorker(ctx context.Context, s *streams, o *workerOptions) error {
	ignoreBrokenPipes()
	if o.serve.workers < 0 {
		return lab.Errorf(lab.Usage, "--workers %d: want a number of jobs, or 0", o.serve.workers)
	}
	sources, err := o.serve.check()
	if err != nil {
		return err
	}
	log, err := o.serve.logger(s)
	if err != nil {
		return err
	}
	v, _ := programVersion()
	return server.RunWorker(ctx, server.WorkerConfig{
		Config: server.Config{
			Data: o.serve.data, Database: o.serve.database, Blobs: o.serve.blobs, Sources: sources, Workers: o.serve.workers, Version: v, Log: log,
		},
		Name: o.name, Lanes: o.lanes,
	})
}
