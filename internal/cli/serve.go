package cli

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/server"
)

type serveOptions struct {
	data, addr           string
	database, blobs      string
	cert, key, publicURL string
	sources              []string
	workers              int
	demo, noPublic       bool
	logFormat            string
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
certificate (--tls-cert, --tls-key) or with a generated one.`,
		Example: `  vidjil serve --data /srv/vidjil --addr 127.0.0.1:8080
  vidjil serve --data demo --demo
  vidjil serve --data /srv/vidjil --addr :8443 --source sequencer=/mnt/runs`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), s, &opt) },
	}
	opt.addFlags(cmd)
	return cmd
}

func (o *serveOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Where things are", func(f *pflag.FlagSet) {
		f.StringVar(&o.data, "data", "", "`DIR`ectory of everything that the server keeps (required)")
		f.StringVar(&o.database, "database", "", "`URL` of the database: sqlite:PATH or postgres://…; default is a file in --data")
		f.StringVar(&o.blobs, "blobs", "", "`URL` of the bytes of reads and results: s3://BUCKET/PREFIX?endpoint=URL; default is a directory in --data")
		f.StringArrayVar(&o.sources, "source", nil, "folder to attach files from, as `NAME=DIR`; several are allowed")
	})
	section(cmd, "Address", func(f *pflag.FlagSet) {
		f.StringVar(&o.addr, "addr", "127.0.0.1:8080", "`HOST:PORT` to listen on")
		f.StringVar(&o.cert, "tls-cert", "", "`FILE` with the certificate, PEM")
		f.StringVar(&o.key, "tls-key", "", "`FILE` with the key of the certificate, PEM")
		f.StringVar(&o.publicURL, "public-url", "", "`URL` by which people reach the server, when it is not that of --addr")
	})
	section(cmd, "Work", func(f *pflag.FlagSet) {
		f.IntVar(&o.workers, "workers", 0, "`N` jobs at the same time; 0 is the number of processors less one, -1 none")
		f.BoolVar(&o.demo, "demo", false, "fill an empty store with people, patients and simulated reads, analysed by the queue")
		f.BoolVar(&o.noPublic, "no-public-analysis", false, "refuse to analyse pasted sequences for people who are not signed in")
		f.StringVar(&o.logFormat, "log", "text", "`FORMAT` of the log on standard error: text, json or none")
	})
}

func (o *serveOptions) check() (map[string]string, error) {
	if o.data == "" {
		return nil, lab.Errorf(lab.Usage, "--data is missing: the directory of everything that the server keeps")
	}
	if (o.cert == "") != (o.key == "") {
		return nil, lab.Errorf(lab.Usage, "--tls-cert and --tls-key go together")
	}
	sources := map[string]string{}
	for _, text := range o.sources {
		name, dir, ok := strings.Cut(text, "=")
		if !ok || name == "" || dir == "" {
			return nil, lab.Errorf(lab.Usage, "--source %s: want NAME=DIR", text)
		}
		if _, twice := sources[name]; twice {
			return nil, lab.Errorf(lab.Usage, "--source: there are two of the name %s", name)
		}
		sources[name] = dir
	}
	return sources, nil
}

// logger writes the server's log.
func (o *serveOptions) logger(s *streams) (*slog.Logger, error) {
	switch o.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(s.err, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(s.err, nil)), nil
	case "none":
		return slog.New(slog.DiscardHandler), nil
	default:
		return nil, lab.Errorf(lab.Usage, "--log %s: want text, json or none", o.logFormat)
	}
}

func runServe(ctx context.Context, s *streams, o *serveOptions) error {
	ignoreBrokenPipes()
	sources, err := o.check()
	if err != nil {
		return err
	}
	log, err := o.logger(s)
	if err != nil {
		return err
	}
	v, _ := programVersion()
	return server.Run(ctx, server.Config{
		Data: o.data, Addr: o.addr, Database: o.database, Blobs: o.blobs,
		CertFile: o.cert, KeyFile: o.key, PublicURL: o.publicURL,
		Sources: sources, Workers: o.workers, Demo: o.demo, NoPublicAnalysis: o.noPublic,
		Version: v, Log: log,
		Say: func(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) },
	})
}
