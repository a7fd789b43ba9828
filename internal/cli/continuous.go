package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/lab"
)

func newBackupPointsCommand(s *streams) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "points TARGET",
		Short: "List from when to when a continuous copy brings a server back",
		Long: `Lists what "vidjil restore --at TIME" can bring back from a continuous copy
(backup.continuous.target of the settings), the newest first, in the time of
this machine. There is a line for each database that was copied there: a server
that was itself restored begins another one.`,
		Example: "  vidjil backup points /mnt/copy/vidjil",
		Args:    wantArgs(1, 1, "a TARGET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withTarget(cmd.Context(), args[0], func(t *backup.Target) error {
				list, err := backup.Points(cmd.Context(), t)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(s.out, append([]backup.Point{}, list...))
				}
				return printPoints(s, list)
			})
		},
	}
	section(cmd, "Output", func(f *pflag.FlagSet) { f.BoolVar(&asJSON, "json", false, "print a JSON array, times in UTC") })
	return cmd
}

func printPoints(s *streams, list []backup.Point) error {
	t := textTable{color: s.color, columns: []textColumn{{head: "database"}, {head: "from"}, {head: "until"}, {head: "changes", right: true}, {head: "notes"}}}
	for i := range list {
		p := &list[i]
		note := "the server works, or was killed"
		if p.Ended {
			note = "the server was stopped"
		}
		if p.NoReads {
			note += ", without reads"
		}
		if p.Missing > 0 {
			note += fmt.Sprintf(", %d files missing", p.Missing)
		}
		t.add(textCell{text: p.ID}, textCell{text: p.From.Local().Format(time.DateTime)}, textCell{text: p.Until.Local().Format(time.DateTime)},
			textCell{text: byteText(p.Bytes)}, textCell{text: note})
	}
	_, err := io.WriteString(s.out, t.String())
	return err
}

// parseAt reads a time of the past, in the zone of this machine if it names none.
func parseAt(text string, now time.Time) (time.Time, error) {
	if text == "latest" {
		return now, nil
	}
	for _, form := range []string{time.DateTime, "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return t, nil
		}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, lab.Errorf(lab.Usage, "--at %q: want a time as 2026-03-01 14:05:00 or 2026-03-01T14:05:00+01:00, or latest", text)
	}
	return t, nil
}

// runAt restores from a continuous copy.
func (o *restoreOptions) runAt(cmd *cobra.Command, s *streams, place string) error {
	if o.secret != (secretOptions{}) {
		return lab.Errorf(lab.Usage, "a continuous copy is in clear: it is opened without a key")
	}
	when, err := parseAt(o.at, time.Now())
	if err != nil {
		return err
	}
	p := newStageProgress(s)
	o.Progress = p.show
	return withTarget(cmd.Context(), place, func(t *backup.Target) error {
		done, err := backup.RestoreAt(cmd.Context(), t, when, o.Restoration)
		p.clear()
		if err != nil {
			return err
		}
		if o.json {
			err = printJSON(s.out, done)
		} else {
			err = o.reportAt(s, done)
		}
		if n := len(done.Manifest.Missing); err == nil && n > 0 {
			return lab.Errorf(lab.Problems, "the copy has not the bytes of %d files: copy them from a backup, or they stay missing", n)
		}
		return err
	})
}

func (o *restoreOptions) reportAt(s *streams, r *backup.Restored) error {
	var b strings.Builder
	verb := "Restored"
	if o.Verify {
		verb = "Rehearsed"
	}
	fmt.Fprintf(&b, "%s database %s with the changes until %s: %s blobs, %s, all with their digests.\n",
		verb, r.Manifest.ID, r.Manifest.CreatedAt.Local().Format(time.DateTime), grouped(r.Blobs), byteText(r.Bytes))
	b.WriteString(countsLine(r.Counts))
	if r.Reads > 0 {
		fmt.Fprintf(&b, "The copy is without reads: %s files have no bytes any more, and say so.\n", grouped(r.Reads))
	}
	if !o.Verify {
		b.WriteString(noKeyText)
	}
	for _, d := range r.Manifest.Missing {
		fmt.Fprintf(s.err, "not in the copy: %s\n", d)
	}
	_, err := s.out.Write([]byte(b.String()))
	return err
}
