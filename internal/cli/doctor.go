package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/doctor"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/server"
	"vidjil.org/vidjil/internal/store"
)

type doctorOptions struct {
	site      siteOptions
	fix, deep bool
	json      bool
	noBackups bool
}

func newDoctorCommand(s *streams) *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:     "doctor",
		GroupID: groupServer,
		Short:   "Examine everything that a server keeps, and put right what is safe",
		Long: `Examines the database, the bytes of reads and results, jobs, fused results,
uploads, the audit, permissions, disk, clocks, certificate, backups and settings
of a server, beside the running server or without one. Each finding says what is
wrong, which objects it concerns, and what to do. Nothing is changed, unless
--fix is given: that puts right what loses nothing.

The exit status is 0 only when nothing is wrong, or nothing any more; else 6.`,
		Example: `  vidjil doctor --data /srv/vidjil
  vidjil doctor --data /srv/vidjil --fix
  vidjil doctor --config /etc/vidjil/vidjil.toml --deep --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd, s) },
	}
	o.site.addFlags(cmd)
	section(cmd, "Examination", func(f *pflag.FlagSet) {
		f.BoolVar(&o.deep, "deep", false, "read all bytes and compare them with their digests")
		f.BoolVar(&o.fix, "fix", false, "put right what is safe, and tell what was done")
		f.BoolVar(&o.noBackups, "no-backups", false, "somebody else makes backups: do not look for them")
	})
	section(cmd, "Output", func(f *pflag.FlagSet) { f.BoolVar(&o.json, "json", false, "print the report, JSON") })
	return cmd
}

func (o *doctorOptions) run(cmd *cobra.Command, s *streams) error {
	ctx := cmd.Context()
	l, err := o.site.load(cmd)
	if err != nil {
		return err
	}
	database, blobs, err := server.Site(ctx, &l.Config)
	if err != nil {
		return err
	}
	st, err := store.OpenAsIs(store.Config{URL: database})
	if err != nil {
		return err
	}
	defer st.Close()
	c := o.config(&l.Config)
	c.SecretFiles = secretFiles(l)
	c.Store, c.Blobs = st, blobs
	c.Version, _ = programVersion()
	r, err := doctor.Run(ctx, c)
	if err != nil {
		return err
	}
	if o.json {
		err = printJSON(s.out, r)
	} else {
		err = printReport(s, r)
	}
	if err == nil && !r.Clean() {
		return lab.Errorf(lab.Problems, "to attend to: %s", counted(unfixed(r), "finding"))
	}
	return err
}

// config is what the settings of a server say about an examination.
func (o *doctorOptions) config(c *config.Config) doctor.Config {
	d := doctor.Config{
		Data: c.Data, Deep: o.deep, Fix: o.fix, NoBackups: o.noBackups, Sources: c.Sources, BackupEvery: c.Backup.Every.D(), UploadsKept: c.Retention.Uploads.D(),
		Continuous: c.Backup.Continuous.Target,
		Address:    c.HTTP.Addr, Plain: c.TLSMode() == config.TLSOff,
		Mail: server.MailCheck(c), Directory: server.DirectoryCheck(c),
	}
	if c.HTTP.Socket != "" {
		d.Address = ""
	}
	if c.TLSMode() == config.TLSFiles {
		d.CertFile, d.KeyFile = absolutePath(c.TLS.Cert), absolutePath(c.TLS.Key)
	}
	return d
}

// secretFiles is the file of settings when secrets stand in it.
func secretFiles(l *config.Loaded) []string {
	for _, f := range config.Fields() {
		if f.Secret != "" && l.Sources[f.Key].Origin == config.FromFile {
			return []string{absolutePath(l.Sources[f.Key].Name)}
		}
	}
	return nil
}

// absolutePath is a path as it is from anywhere.
func absolutePath(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	return abs
}

func unfixed(r *doctor.Report) (n int) {
	for i := range r.Findings {
		if r.Findings[i].Fixed == "" {
			n++
		}
	}
	return n
}

// counted is a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func printReport(s *streams, r *doctor.Report) error {
	var b strings.Builder
	for i := range r.Findings {
		f := &r.Findings[i]
		fmt.Fprintf(&b, "%s  %s\n  %s\n", f.Severity, f.Code, f.Msg)
		if len(f.IDs) > 0 {
			fmt.Fprintf(&b, "  %s %s\n", f.Object, someOf(f.IDs))
		}
		if f.Fixed != "" {
			fmt.Fprintf(&b, "  done: %s\n\n", f.Fixed)
		} else {
			fmt.Fprintf(&b, "  → %s\n\n", f.Do)
		}
	}
	fmt.Fprintf(&b, "Looked at: %s.\n", strings.Join(r.Checks, ", "))
	for _, k := range r.Skipped {
		fmt.Fprintf(&b, "Not looked at: %s: %s.\n", k.Check, k.Why)
	}
	if len(r.Findings) == 0 {
		b.WriteString("Nothing is wrong.\n")
	}
	_, err := s.out.Write([]byte(b.String()))
	return err
}

// someOf lists the first ids; --json has more.
func someOf(ids []string) string {
	const some = 8
	if len(ids) <= some {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s … (%d)", strings.Join(ids[:some], ", "), len(ids))
}
