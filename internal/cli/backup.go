package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/server"
	"vidjil.org/vidjil/internal/store"
)

// siteOptions name a server whose store and bytes a command opens itself, beside
// the running server or without one.
type siteOptions struct{ file configFile }

func (o *siteOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Server", func(f *pflag.FlagSet) {
		f.String("data", "", "the server's data `DIR`ectory (required, here or in the settings)")
		o.file.addFlags(f)
		f.String("database", "", "`URL` of the database, as the server has it; default is a file in --data")
		f.String("blobs", "", "`URL` of the bytes of reads and results, as the server has it; default is a directory in --data")
	})
}

// load reads the settings of a server that has run.
func (o *siteOptions) load(cmd *cobra.Command) (*config.Loaded, error) {
	l, err := o.file.load(cmd)
	if err != nil {
		return nil, err
	}
	if l.Data == "" {
		return nil, errNoData
	}
	if _, err := os.Stat(l.Data); errors.Is(err, fs.ErrNotExist) {
		return nil, lab.Errorf(lab.NotFound, "there is no directory %s", l.Data)
	}
	return l, nil
}

// secretOptions are by what backups are sealed and opened.
type secretOptions struct{ passphrase, key string }

func (o *secretOptions) addFlags(f *pflag.FlagSet, key string) {
	f.StringVar(&o.passphrase, "passphrase-file", "", "`FILE` with the passphrase of the target")
	f.StringVar(&o.key, "key", "", key)
}

// read reads the secret; settings, which may be nil, are asked when no option
// was given.
func (o *secretOptions) read(settings *config.Backup) (backup.Secret, error) {
	switch {
	case o.passphrase != "" && o.key != "":
		return backup.Secret{}, lab.Errorf(lab.Usage, "--passphrase-file and --key exclude each other")
	case o.passphrase != "":
		return backup.ReadPassphrase(o.passphrase)
	case o.key != "":
		return backup.ReadKey(o.key)
	case settings != nil:
		return backup.SecretOf(settings.Passphrase, settings.Key)
	}
	return backup.Secret{}, nil
}

type backupOptions struct {
	site    siteOptions
	secret  secretOptions
	noReads bool
	withKey bool
	json    bool
}

func newBackupCommand(s *streams) *cobra.Command {
	var o backupOptions
	cmd := &cobra.Command{
		Use:     "backup [TARGET]",
		GroupID: groupServer,
		Short:   "Back a server up, while people work on it",
		Long: `Copies the database of a server, as it is at one moment, and all bytes to which
it refers, into a directory or to S3. Each backup is whole, and adds only what
the target has not. One that is interrupted is no backup; the next one goes on
with what it copied. Without TARGET it is that of the settings (backup.target).

The backup is encrypted with a passphrase (--passphrase-file) or for a public
key (--key), with which the server itself cannot read it: "vidjil backup key"
makes one. The first backup decides for its target. The key file of second
factors, secret.key, goes into encrypted backups, and into others with
--with-key only.

The exit status is 6 when the backup was made and the server has lost bytes of
reads or results: they are named.`,
		Example: `  vidjil backup --data /srv/vidjil /mnt/backup/vidjil
  vidjil backup --data /srv/vidjil --key backup.key.pub s3://backups/vidjil
  vidjil backup list /mnt/backup/vidjil
  vidjil backup prune /mnt/backup/vidjil --daily 7 --monthly 12`,
		Args: wantArgs(0, 1, "a TARGET"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, s, args) },
	}
	o.site.addFlags(cmd)
	section(cmd, "What goes in", func(f *pflag.FlagSet) {
		f.BoolVar(&o.noReads, "no-reads", false, "leave reads out: results and all else can be looked at without them")
		f.BoolVar(&o.withKey, "with-key", false, "put secret.key into a backup in clear: whoever has it then has the second factors")
		o.secret.addFlags(f, "`FILE` with the public key to encrypt for")
	})
	section(cmd, "Output", func(f *pflag.FlagSet) { f.BoolVar(&o.json, "json", false, "print the manifest, JSON") })
	cmd.AddCommand(newBackupListCommand(s), newBackupPointsCommand(s), newBackupPruneCommand(s), newBackupKeyCommand(s))
	return cmd
}

func (o *backupOptions) run(cmd *cobra.Command, s *streams, args []string) error {
	ctx := cmd.Context()
	l, err := o.site.load(cmd)
	if err != nil {
		return err
	}
	place := l.Backup.Target
	if len(args) > 0 {
		place = args[0]
	}
	if place == "" {
		return lab.Errorf(lab.Usage, "a TARGET is missing: a directory, or s3://BUCKET/PREFIX")
	}
	secret, err := o.secret.read(&l.Backup)
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
	v, _ := programVersion()
	p := newStageProgress(s)
	m, err := backup.Once(ctx, backup.Source{
		Store: st, Database: database, Blobs: blobs, Data: l.Data, Version: v, Config: server.ChangedSettings(&l.Config),
	}, place, backup.Options{NoReads: o.noReads || l.Backup.NoReads, WithKey: o.withKey, Secret: secret, Progress: p.show})
	p.clear()
	if err != nil {
		return err
	}
	return o.report(s, m)
}

func (o *backupOptions) report(s *streams, m *backup.Manifest) error {
	err := error(nil)
	if o.json {
		err = printJSON(s.out, m)
	} else {
		_, err = fmt.Fprintf(s.out, "Backup %s: %s blobs and the database, %s; %s of them new, %s, in %.1f s.\n",
			m.ID, grouped(m.Blobs), byteText(m.Bytes), grouped(m.Added), byteText(m.AddedBytes), m.Seconds)
		if m.Key == nil && err == nil {
			fmt.Fprintf(s.err, "The key file of second factors is not in it: keep a copy of secret.key elsewhere.\n")
		}
	}
	if err == nil && len(m.Missing) > 0 {
		for _, d := range m.Missing {
			fmt.Fprintf(s.err, "lost or damaged on the server: %s\n", d)
		}
		return lab.Errorf(lab.Problems, "the backup was made without %d files that the server has lost; \"vidjil doctor\" tells which", len(m.Missing))
	}
	return err
}

// stageProgress draws how far a backup has come, told by several goroutines.
type stageProgress struct {
	mu sync.Mutex
	*progress
}

func newStageProgress(s *streams) *stageProgress { return &stageProgress{progress: newProgress(s)} }

func (p *stageProgress) show(b backup.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.due() {
		return
	}
	if b.Of == 0 {
		p.draw(b.Stage)
		return
	}
	p.draw(fmt.Sprintf("%3.0f %%  %s: %s of %s, %s of %s", percent(b.Bytes, b.OfBytes), b.Stage, grouped(b.Blobs), grouped(b.Of), byteText(b.Bytes), byteText(b.OfBytes)))
}

// byteText writes a number of bytes in the unit that people would choose.
func byteText(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	v, i := float64(n), 0
	for ; v >= 1000 && i < len(units)-1; i++ {
		v /= 1000
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// withTarget opens a target that is there.
func withTarget(ctx context.Context, place string, f func(*backup.Target) error) error {
	t, err := backup.Open(ctx, place, "", false)
	if err != nil {
		return err
	}
	return errors.Join(f(t), t.Close())
}

func newBackupListCommand(s *streams) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "list TARGET",
		Short: "List the backups of a target",
		Long: `Lists the backups of a target, the newest first: when they were made (UTC), by
which version, what they hold, and what each added. No passphrase is needed.`,
		Example: "  vidjil backup list /mnt/backup/vidjil",
		Args:    wantArgs(1, 1, "a TARGET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withTarget(cmd.Context(), args[0], func(t *backup.Target) error {
				list, err := t.Manifests(cmd.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(s.out, append([]*backup.Manifest{}, list...))
				}
				return printBackups(s, list)
			})
		},
	}
	section(cmd, "Output", func(f *pflag.FlagSet) { f.BoolVar(&asJSON, "json", false, "print a JSON array of manifests") })
	return cmd
}

func printBackups(s *streams, list []*backup.Manifest) error {
	t := textTable{color: s.color, columns: []textColumn{
		{head: "backup"}, {head: "made"}, {head: "sets", right: true}, {head: "samples", right: true}, {head: "blobs", right: true}, {head: "holds", right: true}, {head: "added", right: true}, {head: "notes"},
	}}
	for _, m := range list {
		t.add(textCell{text: m.ID}, textCell{text: m.CreatedAt.UTC().Format(time.DateTime)}, textCell{text: grouped(m.Counts["sets"])}, textCell{text: grouped(m.Counts["samples"])},
			textCell{text: grouped(m.Blobs)}, textCell{text: byteText(m.Bytes)}, textCell{text: byteText(m.AddedBytes)}, textCell{text: backupNotes(m)})
	}
	_, err := io.WriteString(s.out, t.String())
	return err
}

func backupNotes(m *backup.Manifest) string {
	text := m.Dialect
	if m.Encrypted {
		text += ", encrypted"
	}
	if !m.Reads {
		text += ", without reads"
	}
	if n := len(m.Missing); n > 0 {
		text += ", " + strconv.Itoa(n) + " files missing"
	}
	return text
}

func newBackupPruneCommand(s *streams) *cobra.Command {
	keep, dry := backup.DefaultKeep(), false
	cmd := &cobra.Command{
		Use:   "prune TARGET",
		Short: "Remove old backups, and the bytes that no other one needs",
		Long: `Keeps the newest backups, and the newest one of each of the last hours, days,
weeks and months (UTC) in which there was one; what any of the rules keeps
stays. All others are removed, and then the bytes that no backup needs any more,
with those that interrupted backups have left.`,
		Example: `  vidjil backup prune /mnt/backup/vidjil --dry-run
  vidjil backup prune /mnt/backup/vidjil --hourly 0 --monthly 24`,
		Args: wantArgs(1, 1, "a TARGET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if keep == (backup.Keep{}) {
				return lab.Errorf(lab.Usage, "nothing would be kept: give a number for --last, --hourly, --daily, --weekly or --monthly")
			}
			return withTarget(cmd.Context(), args[0], func(t *backup.Target) error {
				p, err := backup.Prune(cmd.Context(), t, keep, dry, nil)
				if err != nil {
					return err
				}
				return printPruned(s, &p, dry)
			})
		},
	}
	section(cmd, "What stays", func(f *pflag.FlagSet) {
		f.IntVar(&keep.Last, "last", keep.Last, "the newest `N`")
		f.IntVar(&keep.Hourly, "hourly", keep.Hourly, "the newest of each of `N` hours")
		f.IntVar(&keep.Daily, "daily", keep.Daily, "the newest of each of `N` days")
		f.IntVar(&keep.Weekly, "weekly", keep.Weekly, "the newest of each of `N` weeks")
		f.IntVar(&keep.Monthly, "monthly", keep.Monthly, "the newest of each of `N` months")
		f.BoolVar(&dry, "dry-run", false, "tell what would be removed, and remove nothing")
	})
	return cmd
}

func printPruned(s *streams, p *backup.Pruned, dry bool) error {
	verb := "Removed"
	if dry {
		verb = "Would remove"
	}
	for _, m := range p.Removed {
		if _, err := fmt.Fprintf(s.out, "%s %s\n", verb, m.ID); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(s.out, "%s %d backups of %d, and %s in %s objects that no other one needs.\n",
		verb, len(p.Removed), len(p.Removed)+len(p.Kept), byteText(p.Bytes), grouped(int64(p.Objects)))
	return err
}

func newBackupKeyCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "key FILE",
		Short: "Make a pair of keys for encrypted backups",
		Long: `Draws a pair of keys (X25519). FILE becomes the private one, which opens
backups: keep it away from the server, in two places, or all backups are lost.
FILE.pub becomes the public one, which encrypts: it stays with the server.`,
		Example: "  vidjil backup key backup.key",
		Args:    wantArgs(1, 1, "a FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			private, public, err := backup.NewKey()
			if err != nil {
				return err
			}
			for _, f := range []struct{ name, text string }{{args[0], private}, {args[0] + ".pub", public}} {
				if err := writeNew(f.name, f.text); err != nil {
					return err
				}
			}
			_, err = fmt.Fprintf(s.out, "Wrote the private key %s, which opens backups: take it away from this machine.\nWrote the public key %s.pub, which encrypts them.\n", args[0], args[0])
			return err
		},
	}
}

// writeNew writes a file that only its owner reads, and that must not be there: a
// key that is written over is lost.
func writeNew(name, text string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return lab.Errorf(lab.Conflict, "%s is there already", name)
	}
	if err != nil {
		return unwritable(name, err)
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return unwritable(name, err)
	}
	return nil
}
