package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/server"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/source"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/transfer"
)

// moveOptions say on which server sets are, and who asks: a server on the
// network, or one whose data this machine has.
type moveOptions struct {
	site   siteOptions
	remote remoteOptions
	as     string
}

func (o *moveOptions) addFlags(cmd *cobra.Command) {
	o.site.addFlags(cmd)
	section(cmd, "Server", func(f *pflag.FlagSet) {
		f.StringVar(&o.as, "as", "", "with --data: act with the rights of the account of this `EMAIL`; default is without bounds, as the owner of the data")
	})
	section(cmd, "Server on the network", o.remote.addFlags)
}

// local tells whether the data of the server are meant, not its network.
func (o *moveOptions) local(cmd *cobra.Command) bool {
	return o.remote.server == "" && (cmd.Flags().Changed("data") || cmd.Flags().Changed("config") || os.Getenv(envServer) == "")
}

// with opens the server's data, and runs f with its use cases.
func (o *moveOptions) with(cmd *cobra.Command, f func(context.Context, *service.Service, *service.Actor) error) (err error) {
	ctx := cmd.Context()
	l, err := o.site.load(cmd)
	if err != nil {
		return err
	}
	database, blobs, err := server.Site(ctx, &l.Config)
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, store.Config{URL: database, BeforeMigrate: store.RefuseMigration})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if c, ok := blobs.(io.Closer); ok {
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	sources, err := source.New(l.Config.Sources)
	if err != nil {
		return err
	}
	v, _ := programVersion()
	uses := service.New(service.Config{Store: st, Blobs: blobs, Sources: sources, Version: v, GroupQuota: int64(l.Limits.GroupQuota), PersonQuota: int64(l.Limits.PersonQuota)})
	who := service.Shell()
	if o.as != "" {
		if who, err = uses.ActAs(ctx, o.as); err != nil {
			return err
		}
	}
	return f(ctx, uses, who)
}

// exportOptions are those of "vidjil export".
type exportOptions struct {
	moveOptions

	output           string
	reads, anonymous bool
	list, check      bool
	copyTo           string
	json             bool
}

func newExportCommand(s *streams) *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:     "export {set|patient|run|group|person} ID...",
		GroupID: groupServer,
		Short:   "Write patients, runs and sets into an archive for another server",
		Long: `Writes sets with their samples, results, all versions of their annotations,
configs with their revisions, and logs into one file, which "vidjil import"
takes in on another server. It is a ZIP file: rows as lines of JSON, bytes by
their SHA-256. With a group these are all sets that it owns, with the e-mail
address of a person all that this person sees, as far as they may see it. Rights
stay here. An archive without --reads leaves files of reads out.

Instead of an archive, --list names the stored files of the sets (reads,
results, other outputs), --check reads them and compares them with their
digests, and --copy FOLDER copies them under names that people can read.`,
		Example: `  vidjil export set 12 40 --data /srv/vidjil -o sets.zip
  vidjil export group 3 --reads --anonymous --data /srv/vidjil -o group.zip
  vidjil export patient 7 --server https://a.example --token-file token -o p.zip
  vidjil export patient 7 --list --data /srv/vidjil
  vidjil export group 3 --check --data /srv/vidjil
  vidjil export person ada@example.org --copy /media/disk/ada --data /srv/vidjil`,
		Args: wantArgs(2, -1, "what (set, patient, run, group or person) and its ID"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, s, args) },
	}
	section(cmd, "Output", func(f *pflag.FlagSet) {
		f.StringVarP(&o.output, "output", "o", "", "`FILE` to write; - is standard output")
		f.BoolVar(&o.reads, "reads", false, "files of reads too")
		f.BoolVar(&o.anonymous, "anonymous", false, "without who patients are, and who analysed")
	})
	section(cmd, "Stored files", func(f *pflag.FlagSet) {
		f.BoolVar(&o.list, "list", false, "list the stored files of the sets, and write nothing")
		f.BoolVar(&o.check, "check", false, "list them, and compare their bytes with their digests")
		f.StringVar(&o.copyTo, "copy", "", "copy them into this `FOLDER`, which is new or empty, with their digests in SHA256SUMS")
		f.BoolVar(&o.json, "json", false, "list as a JSON array")
	})
	o.addFlags(cmd)
	return cmd
}

func (o *exportOptions) run(cmd *cobra.Command, s *streams, args []string) error {
	q, kind, err := o.request(args)
	if err != nil {
		return err
	}
	q.Reads, q.Anonymous = o.reads, o.anonymous
	files := o.list || o.check || o.copyTo != ""
	switch {
	case files && !o.local(cmd):
		return lab.Errorf(lab.Usage, "--list, --check and --copy look at the data of a server: they want --data")
	case q.Reach && !o.local(cmd):
		return lab.Errorf(lab.Usage, "the sets of a person want --data; your own data are on the page of your account")
	case files && o.output != "":
		return lab.Errorf(lab.Usage, "-o writes an archive, and --list, --check and --copy none: they exclude each other")
	case files:
		return o.with(cmd, func(ctx context.Context, uses *service.Service, who *service.Actor) error {
			return o.stored(ctx, s, uses, who, q, kind)
		})
	case o.output == "":
		return lab.Errorf(lab.Usage, "-o is missing: the file to write")
	case o.local(cmd):
		return o.with(cmd, func(ctx context.Context, uses *service.Service, who *service.Actor) error {
			if err := uses.CheckKind(ctx, who, q.Sets, kind); err != nil {
				return err
			}
			c, err := uses.ExportSets(ctx, who, q)
			if err != nil {
				return err
			}
			return o.write(ctx, s, func(w io.Writer) error { return c.Write(ctx, w) })
		})
	}
	c, err := o.remote.open()
	if err != nil {
		return err
	}
	return o.download(cmd.Context(), s, c, q, kind)
}

// request reads the arguments. Who exports what a person sees is that person.
func (o *exportOptions) request(args []string) (q service.TransferRequest, kind lab.SetKind, err error) {
	if args[0] == "person" {
		switch {
		case len(args) != 2:
			return q, "", lab.Errorf(lab.Usage, "want one person")
		case o.as != "":
			return q, "", lab.Errorf(lab.Usage, "--as and a person exclude each other: what somebody sees is exported with their rights")
		}
		o.as, q.Reach = args[1], true
		return q, "", nil
	}
	var ids []int64
	for _, arg := range args[1:] {
		for text := range strings.SplitSeq(arg, ",") {
			id, err := strconv.ParseInt(text, 10, 64)
			if err != nil || id <= 0 {
				return q, "", lab.Errorf(lab.Usage, "%q is not the number of a %s", text, args[0])
			}
			ids = append(ids, id)
		}
	}
	switch args[0] {
	case "set":
		q.Sets = ids
	case "patient", "run":
		q.Sets, kind = ids, lab.SetKind(args[0])
	case "group":
		if len(ids) != 1 {
			return q, "", lab.Errorf(lab.Usage, "want one group")
		}
		q.GroupID = ids[0]
	default:
		return q, "", lab.Errorf(lab.Usage, "want set, patient, run, group or person, not %q", args[0])
	}
	return q, kind, nil
}

func (o *exportOptions) download(ctx context.Context, s *streams, c *client.Client, q service.TransferRequest, kind lab.SetKind) error {
	for _, id := range q.Sets {
		if kind == "" {
			break
		}
		set, err := c.Set(ctx, id)
		if err != nil {
			return remoteError(err)
		}
		if set.Kind != string(kind) {
			return lab.Errorf(lab.NotFound, "there is no %s %d", kind, id)
		}
	}
	d, err := c.ExportSets(ctx, client.SetArchive{Sets: q.Sets, GroupID: q.GroupID, Reads: q.Reads, Anonymous: q.Anonymous})
	if err != nil {
		return remoteError(err)
	}
	err = o.write(ctx, s, func(w io.Writer) error {
		_, err := io.Copy(w, d.Body)
		return remoteError(err)
	})
	return errors.Join(err, d.Body.Close())
}

// write writes the archive, whole or not at all, and looks whether it can be read.
func (o *exportOptions) write(ctx context.Context, s *streams, f func(io.Writer) error) error {
	out := newOutputs(ctx, s)
	defer out.discard()
	w, err := out.create(o.output)
	if err != nil {
		return err
	}
	bar := newProgress(s)
	defer bar.clear()
	if err := f(&measured{w: w, bar: bar}); err != nil {
		return err
	}
	if err := out.commit(); err != nil {
		return err
	}
	bar.clear()
	if o.output == "-" {
		return nil
	}
	return o.tell(s)
}

// measured shows how many bytes were written.
type measured struct {
	w   io.Writer
	bar *progress
	n   int64
}

func (m *measured) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	if m.n += int64(n); m.bar.due() {
		m.bar.draw("writing: " + byteText(m.n))
	}
	return n, err
}

// tell reads back what was written, and says what is in it.
func (o *exportOptions) tell(s *streams) error {
	f, err := os.Open(o.output)
	if err != nil {
		return readError(o.output, err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return readError(o.output, err)
	}
	a, err := transfer.Open(f, st.Size())
	if err != nil {
		return err
	}
	c := a.Manifest.Counts
	fmt.Fprintf(s.err, "Wrote %s: %d sets, %d samples, %d results, %d versions of annotations, %s.\n", filepath.Base(o.output), c["sets"], c["samples"], c["results"], c["annotations"], byteText(st.Size()))
	for _, text := range a.Manifest.LeftOut {
		fmt.Fprintf(s.err, "left out: %s\n", text)
	}
	return nil
}
