package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/monitor"
	"vidjil.org/vidjil/internal/server"
)

func newMonitorCommand(s *streams) *cobra.Command {
	var file configFile
	cmd := &cobra.Command{
		Use:     "monitor",
		GroupID: groupServer,
		Short:   "Notice when a server is silent, from another machine",
		Long: `Takes the reports of servers (their settings monitor.url and monitor.token),
shows them on a page, and writes a mail when a server falls silent, reports
that something is wrong, or is back. Run it on a machine that does not go down
with the servers.

It keeps what it knows in a directory of its own. Address, TLS and mail are set
as those of "vidjil serve": mails go to mail.admins, and the log has all.
Without a password (monitor.password) the page is for the monitor's own
machine.`,
		Example: `  vidjil monitor token lab.example.org --data /srv/monitor
  vidjil monitor --data /srv/monitor --addr :8443
  vidjil monitor --config /etc/vidjil/monitor.toml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runMonitor(cmd, s, &file) },
	}
	addMonitorData(cmd, &file)
	section(cmd, "Address", func(f *pflag.FlagSet) {
		f.String("addr", config.Config{}.WithDefaults().HTTP.Addr, "`HOST:PORT` to listen on")
		f.String("public-url", "", "`URL` by which people reach the monitor, when it is not that of --addr")
		f.String("tls", "auto", "`MODE`: auto, off, files, self-signed or acme")
		f.String("tls-cert", "", "`FILE` with the certificate, PEM")
		f.String("tls-key", "", "`FILE` with the key of the certificate, PEM")
		f.StringArray("acme-domain", nil, "`NAME` to get a certificate for from an ACME authority; several are allowed")
		f.String("redirect-addr", "", "`HOST:PORT`, as :80, to redirect from to https://")
		addLogFlag(f)
	})
	cmd.AddCommand(newMonitorTokenCommand(s), newMonitorForgetCommand())
	return cmd
}

func addMonitorData(cmd *cobra.Command, file *configFile) {
	section(cmd, "Monitor", func(f *pflag.FlagSet) {
		f.String("data", "", "`DIR`ectory of everything that the monitor keeps (required, here or in the settings)")
		file.addFlags(f)
	})
}

// loadMonitor reads the settings of a monitor.
func loadMonitor(cmd *cobra.Command, file *configFile) (*config.Loaded, error) {
	settings, err := file.load(cmd)
	if err == nil && settings.Data == "" {
		err = errNoData
	}
	return settings, err
}

func runMonitor(cmd *cobra.Command, s *streams, file *configFile) error {
	ignoreBrokenPipes()
	settings, err := loadMonitor(cmd, file)
	if err != nil {
		return err
	}
	v, commit := programVersion()
	return server.RunMonitor(cmd.Context(), server.Config{
		Settings: settings.Config, Version: v, Commit: commit, Log: newLogger(settings.Log, s.err),
		Say: func(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) },
	})
}

func newMonitorTokenCommand(s *streams) *cobra.Command {
	var file configFile
	cmd := &cobra.Command{
		Use:   "token NAME",
		Short: "Let a server report to the monitor",
		Long: `Prints the token by which a server reports to the monitor under a NAME, as
lab.example.org. It is shown once: put it into the settings of that server, as
monitor.token. A token that the name had before is good no more. The monitor may
go on to run.`,
		Example: `  vidjil monitor token lab.example.org --data /srv/monitor`,
		Args:    wantArgs(1, 1, "the server's NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			settings, err := loadMonitor(cmd, &file)
			if err != nil {
				return err
			}
			token, err := monitor.NewToken(settings.Data, args[0], time.Now())
			if err == nil {
				_, err = fmt.Fprintln(s.out, token)
			}
			return err
		},
	}
	addMonitorData(cmd, &file)
	return cmd
}

func newMonitorForgetCommand() *cobra.Command {
	var file configFile
	cmd := &cobra.Command{
		Use:   "forget NAME",
		Short: "Remove a server that is no more",
		Long: `Removes a server from the monitor, with its token and its last report. Nobody is
told of its silence any more.`,
		Example: `  vidjil monitor forget old.example.org --data /srv/monitor`,
		Args:    wantArgs(1, 1, "the server's NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			settings, err := loadMonitor(cmd, &file)
			if err != nil {
				return err
			}
			return monitor.Forget(settings.Data, args[0])
		},
	}
	addMonitorData(cmd, &file)
	return cmd
}
