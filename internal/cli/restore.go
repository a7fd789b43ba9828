package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/lab"
)

type restoreOptions struct {
	backup.Restoration
	at     string
	secret secretOptions
	json   bool
}

func newRestoreCommand(s *streams) *cobra.Command {
	var o restoreOptions
	cmd := &cobra.Command{
		Use:     "restore SOURCE",
		GroupID: groupServer,
		Short:   "Bring a backup back, or rehearse that",
		Long: `Brings a backup back into a new data directory. Every byte is compared with its
digest, and the database is opened, checked and compared with what the backup
says of it, before the directory gets its name. A restoration that is
interrupted is gone on with by the same command.

With --verify it is a rehearsal in a temporary directory, below --data if that
is given, which is removed again: run it by the clock, and look at its exit
status.

With --at, SOURCE is a continuous copy (backup.continuous.target of the
settings), and the server is made as it was at that time, to a second within
the last hour and to a minute before; "vidjil backup points" lists from when to
when. The exit status is 6 when the copy has not all bytes: they are named.

Everybody signs in again afterwards. The server's settings are not in the
backup; those that differed from the defaults stand in its manifest, without
secrets.`,
		Example: `  vidjil restore /mnt/backup/vidjil --verify
  vidjil restore /mnt/backup/vidjil --data /srv/vidjil-restored
  vidjil restore /mnt/backup/vidjil --id 20260301-03 --data new --key backup.key
  vidjil restore /mnt/backup/vidjil --data new --database postgres://v@db/empty
  vidjil restore /mnt/copy/vidjil --at "2026-03-01 14:05:00" --data new
  vidjil restore /mnt/copy/vidjil --at latest --verify`,
		Args: wantArgs(1, 1, "a SOURCE"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, s, args[0]) },
	}
	section(cmd, "What", func(f *pflag.FlagSet) {
		f.StringVar(&o.ID, "id", "", "`ID` of the backup, or how it begins; default is the newest")
		f.StringVar(&o.at, "at", "", "`TIME` of a continuous copy: here (2026-03-01 14:05:00), with its zone (2026-03-01T14:05:00Z), or latest")
		o.secret.addFlags(f, "`FILE` with the private key")
	})
	section(cmd, "Where to", func(f *pflag.FlagSet) {
		f.StringVar(&o.Data, "data", "", "data `DIR`ectory to make; it must not be there, or be empty")
		f.StringVar(&o.Database, "database", "", "`URL` of an empty PostgreSQL database, for a backup of one")
		f.StringVar(&o.Blobs, "blobs", "", "s3 `URL` for the bytes of reads and results; default is a directory in --data")
		f.BoolVar(&o.Verify, "verify", false, "rehearse, and keep nothing")
	})
	section(cmd, "Output", func(f *pflag.FlagSet) { f.BoolVar(&o.json, "json", false, "print a report, JSON") })
	return cmd
}

func (o *restoreOptions) run(cmd *cobra.Command, s *streams, place string) (err error) {
	if o.Data == "" && !o.Verify {
		return lab.Errorf(lab.Usage, "--data is missing: the directory to make; or rehearse with --verify")
	}
	if o.at != "" {
		return o.runAt(cmd, s, place)
	}
	if o.Secret, err = o.secret.read(nil); err != nil {
		return err
	}
	p := newStageProgress(s)
	o.Progress = p.show
	return withTarget(cmd.Context(), place, func(t *backup.Target) error {
		done, err := backup.Restore(cmd.Context(), t, o.Restoration)
		p.clear()
		if err != nil {
			return err
		}
		if o.json {
			return printJSON(s.out, done)
		}
		return o.report(s, done)
	})
}

func (o *restoreOptions) report(s *streams, r *backup.Restored) error {
	var b strings.Builder
	verb := "Restored"
	if o.Verify {
		verb = "Rehearsed"
	}
	fmt.Fprintf(&b, "%s backup %s of vidjil %s: %s blobs, %s, all with their digests.\n", verb, r.Manifest.ID, r.Manifest.Program, grouped(r.Blobs), byteText(r.Bytes))
	if r.Loaded {
		b.WriteString(countsLine(r.Counts))
	} else {
		b.WriteString("The database was not loaded: give --database with the URL of an empty one to rehearse that too.\n")
	}
	if r.Reads > 0 {
		fmt.Fprintf(&b, "The backup is without reads: %s files have no bytes any more, and say so.\n", grouped(r.Reads))
	}
	if n := len(r.Manifest.Missing); n > 0 {
		fmt.Fprintf(&b, "%d files had been lost before the backup: \"vidjil doctor\" tells which.\n", n)
	}
	if !r.Key && !o.Verify {
		b.WriteString(noKeyText)
	}
	_, err := s.out.Write([]byte(b.String()))
	return err
}

// noKeyText tells what to do about the key file when it did not come along.
const noKeyText = "The key file of second factors is not in it: put secret.key into the directory before the first start,\nor reset the second factors with \"vidjil user reset-password --second-factor\".\n"

// countsLine tells what a restored database holds.
func countsLine(counts map[string]int64) string {
	words := slices.Sorted(maps.Keys(counts))
	for i, w := range words {
		words[i] = grouped(counts[w]) + " " + w
	}
	return fmt.Sprintf("The database holds together: %s.\n", strings.Join(words, ", "))
}
