package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/server"
)

// serveOptions are those that are no settings. Settings are read from the flags
// themselves, as those that were given only count.
type serveOptions struct {
	file configFile
	demo bool
}

func newServeCommand(s *streams) *cobra.Command {
	var opt serveOptions
	cmd := &cobra.Command{
		Use:     "serve",
		GroupID: groupServer,
		Short:   "Run the server: people, sets, samples, uploads, jobs, results",
		Long: `Runs the whole server on a data directory, which is made when it is not there:
database, files, workers and the API under /api/v1. On an empty one it prints a
link, good once, with which the first administrator is made.

On a loopback address it speaks plain HTTP, on any other one TLS: with your
certificate (--tls-cert, --tls-key), with one of an ACME authority (--tls acme
--acme-domain), or with a generated one.

There are many more settings than options: they stand in a file, or in the
environment. "vidjil config example" writes such a file, "vidjil config show"
lists what is in effect.`,
		Example: `  vidjil serve --data /srv/vidjil --addr 127.0.0.1:8080
  vidjil serve --data demo --demo
  vidjil serve --data /srv/vidjil --addr :8443 --source sequencer=/mnt/runs
  vidjil serve --config /etc/vidjil/vidjil.toml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd, s, &opt) },
	}
	opt.addFlags(cmd)
	return cmd
}

func (o *serveOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Where things are", func(f *pflag.FlagSet) {
		f.String("data", "", "`DIR`ectory of everything that the server keeps (required, here or in the settings)")
		o.file.addFlags(f)
		f.String("database", "", "`URL` of the database: sqlite:PATH or postgres://…; default is a file in --data")
		f.String("blobs", "", "`URL` of the bytes of reads and results: s3://BUCKET/PREFIX?endpoint=URL; default is a directory in --data")
		f.StringArray("source", nil, "folder to attach files from, as `NAME=DIR`; several are allowed")
	})
	section(cmd, "Address", func(f *pflag.FlagSet) {
		f.String("addr", config.Config{}.WithDefaults().HTTP.Addr, "`HOST:PORT` to listen on")
		f.String("socket", "", "unix socket to listen on in the place of --addr, for a proxy: a `FILE`")
		f.String("public-url", "", "`URL` by which people reach the server, when it is not that of --addr")
		f.String("base-path", "", "`PATH` below which everything is, as /vidjil; default is that of --public-url")
		f.StringArray("trusted-proxy", nil, "`NETWORK` of proxies that are believed about who asks; several are allowed")
	})
	section(cmd, "TLS", func(f *pflag.FlagSet) {
		f.String("tls", "auto", "`MODE`: auto, off, files, self-signed or acme")
		f.String("tls-cert", "", "`FILE` with the certificate, PEM")
		f.String("tls-key", "", "`FILE` with the key of the certificate, PEM")
		f.StringArray("acme-domain", nil, "`NAME` to get a certificate for from an ACME authority; several are allowed")
		f.String("redirect-addr", "", "`HOST:PORT`, as :80, to redirect from to https://")
	})
	section(cmd, "Work", func(f *pflag.FlagSet) {
		f.Int("workers", 0, "`N` jobs at the same time; 0 is the number of processors less one, -1 none")
		f.BoolVar(&o.demo, "demo", false, "fill an empty store with people, patients and simulated reads, analysed by the queue")
		f.Bool("no-public-analysis", false, "refuse to analyse pasted sequences for people who are not signed in")
		f.Bool("healthcare", false, "keep sequences in the laboratory: pages offer no tools of other sites, and the browser refuses to send them anything")
		addLogFlag(f)
	})
}

func addLogFlag(f *pflag.FlagSet) {
	f.String("log", "text", "`FORMAT` of the log on standard error: text, json or none")
}

func runServe(cmd *cobra.Command, s *streams, o *serveOptions) error {
	ignoreBrokenPipes()
	settings, err := o.file.load(cmd)
	if err != nil {
		return err
	}
	if settings.Data == "" {
		return errNoData
	}
	v, commit := programVersion()
	return server.Run(cmd.Context(), server.Config{
		Settings: settings.Config, Demo: o.demo,
		Version: v, Commit: commit, Log: newLogger(settings.Log, s.err),
		Say: func(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) },
	})
}
