package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/transfer"
)

// importOptions are those of "vidjil import".
type importOptions struct {
	moveOptions

	group            int64
	mapFile, saveMap string
	dryRun           bool
	skip, again      bool
	json             bool
}

func newImportCommand(s *streams) *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:     "import ARCHIVE",
		GroupID: groupServer,
		Short:   "Take the sets of an archive of another server in",
		Long: `Takes in what "vidjil export" has written, or the folder (or a ZIP file of it)
that the original's migrator has written, of 2018 or 2024. The sets belong to a
group from then on. Everything is checked first and written in one transaction:
nothing is ever half there.

--dry-run tells what would be done and what has to be put right, and with
--save-map writes the map of configs that it proposes: change it, and hand it
back with --map. Sets that came here before are told; --skip-known leaves them
as they are, --copy-known takes them once more.`,
		Example: `  vidjil import sets.zip --group 3 --data /srv/vidjil --save-map map.json
  vidjil import sets.zip --group 3 --data /srv/vidjil --map map.json
  vidjil import sets.zip --group 3 --server https://a.example --token-file token
  vidjil import /backup/migrator-2018 --group 3 --data /srv/vidjil --dry-run`,
		Args: wantArgs(1, 1, "an ARCHIVE"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, s, args[0]) },
	}
	section(cmd, "Import", func(f *pflag.FlagSet) {
		f.Int64Var(&o.group, "group", 0, "`NUMBER` of the group that will own the sets (required)")
		f.BoolVar(&o.dryRun, "dry-run", false, "tell what would be done, and change nothing")
		f.StringVar(&o.mapFile, "map", "", "`FILE` with the map of configs, JSON")
		f.StringVar(&o.saveMap, "save-map", "", "`FILE` to write the proposed map to")
		f.BoolVar(&o.skip, "skip-known", false, "leave sets that came here before as they are")
		f.BoolVar(&o.again, "copy-known", false, "take sets that came here before once more")
	})
	section(cmd, "Output", func(f *pflag.FlagSet) { f.BoolVar(&o.json, "json", false, "print the report, JSON") })
	o.addFlags(cmd)
	return cmd
}

func (o *importOptions) run(cmd *cobra.Command, s *streams, name string) error {
	if o.group <= 0 {
		return lab.Errorf(lab.Usage, "--group is missing: the number of the group that will own the sets")
	}
	q := service.ImportRequest{GroupID: o.group, DryRun: o.dryRun}
	switch {
	case o.skip && o.again:
		return lab.Errorf(lab.Usage, "--skip-known and --copy-known exclude each other")
	case o.skip:
		q.Known = lab.KnownSkip
	case o.again:
		q.Known = lab.KnownAgain
	}
	if o.mapFile != "" {
		text, err := os.ReadFile(o.mapFile)
		if err != nil {
			return readError(o.mapFile, err)
		}
		q.Map = &lab.TransferMap{}
		if err := json.Unmarshal(text, q.Map); err != nil {
			return lab.Errorf(lab.Invalid, "read %s: %w", o.mapFile, err)
		}
	}
	if o.local(cmd) {
		return o.with(cmd, func(ctx context.Context, uses *service.Service, who *service.Actor) error {
			return o.here(ctx, s, uses, who, name, q)
		})
	}
	c, err := o.remote.open()
	if err != nil {
		return err
	}
	return o.there(cmd.Context(), s, c, name, q)
}

// here imports into the data of a server.
func (o *importOptions) here(ctx context.Context, s *streams, uses *service.Service, who *service.Actor, name string, q service.ImportRequest) (err error) {
	a, closeFile, err := openArchive(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeFile()) }()
	bar := newProgress(s)
	q.Progress = func(stage string, share float64) {
		if bar.due() {
			bar.draw(fmt.Sprintf("%3.0f %%  %s", 100*share, stage))
		}
	}
	report, err := uses.ImportSets(ctx, who, a, q)
	bar.clear()
	if report.Server != "" {
		err = errors.Join(o.report(s, &report), err)
	}
	return err
}

// openArchive opens a file, or the folder of the original's migrator.
func openArchive(name string) (a *transfer.Archive, closeFile func() error, err error) {
	st, err := os.Stat(name)
	if err != nil {
		return nil, nil, readError(name, err)
	}
	if st.IsDir() {
		root, err := os.OpenRoot(name) // no link in it leads out of it
		if err != nil {
			return nil, nil, readError(name, err)
		}
		if a, err = transfer.OpenOriginal(root.FS()); err != nil {
			return nil, nil, errors.Join(err, root.Close())
		}
		return a, root.Close, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, readError(name, err)
	}
	if a, err = transfer.Open(f, st.Size()); err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return a, f.Close, nil
}

// there sends the archive to a server, which imports it by a job. The same command
// goes on with what an interrupted one has sent.
func (o *importOptions) there(ctx context.Context, s *streams, c *client.Client, name string, q service.ImportRequest) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return readError(name, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	st, err := f.Stat()
	if err != nil {
		return readError(name, err)
	}
	if st.IsDir() {
		return lab.Errorf(lab.Usage, "%s is a folder: pack it into a ZIP file first", name)
	}
	bar := newProgress(s)
	a, err := transfer.Open(f, st.Size())
	if err == nil { // before gigabytes travel
		err = a.Verify(ctx, func(done, of int64) { bar.moving("comparing digests", done, of) })
	}
	if err != nil {
		bar.clear()
		return err
	}
	t, err := o.begin(ctx, c, filepath.Base(name), st)
	if err != nil {
		return remoteError(err)
	}
	if err := c.SendTransfer(ctx, t, f, func(n int64) { bar.moving("sending", n, st.Size()) }); err != nil {
		return remoteError(err)
	}
	in := client.RunTransfer{DryRun: q.DryRun, Known: string(q.Known)}
	if q.Map != nil {
		if err := convertJSON(q.Map, &in.Map); err != nil {
			return err
		}
	}
	if t, err = c.RunTransfer(ctx, t.ID, in); err != nil {
		return remoteError(err)
	}
	if t, err = follow(ctx, c, bar, t); err != nil {
		return err
	}
	bar.clear()
	if t.Report != nil {
		var report lab.TransferReport
		if err := convertJSON(t.Report, &report); err != nil {
			return err
		}
		err = o.report(s, &report)
	}
	switch lab.JobState(t.State) {
	case lab.JobDone:
		return err
	case lab.JobCancelled:
		return errors.Join(err, lab.Errorf(lab.Conflict, "the import was cancelled on the server"))
	default:
		return errors.Join(err, lab.Errorf(lab.Conflict, "%s", t.Error))
	}
}

// begin announces the archive, unless one of the name and size has come in part;
// pieces of it that have other bytes are sent again.
func (o *importOptions) begin(ctx context.Context, c *client.Client, name string, st fs.FileInfo) (client.Transfer, error) {
	list, err := c.Transfers(ctx)
	if err != nil {
		return client.Transfer{}, err
	}
	for _, t := range list.Items {
		if t.Name == name && t.Size == st.Size() && t.GroupID == o.group && t.DoneAt == nil {
			return t, nil
		}
	}
	return c.BeginTransfer(ctx, client.NewTransfer{GroupID: o.group, Name: name, Size: st.Size()})
}

// followEvery is how often a job is asked after.
const followEvery = 500 * time.Millisecond

// follow waits for the end of the job of an archive.
func follow(ctx context.Context, c *client.Client, bar *progress, t client.Transfer) (client.Transfer, error) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for !lab.JobState(t.State).Ended() {
		if bar.due() {
			bar.draw(fmt.Sprintf("%3.0f %%  %s", 100*t.Progress, t.Stage))
		}
		select {
		case <-ctx.Done():
			return t, context.Cause(ctx)
		case <-tick.C:
		}
		var err error
		if t, err = c.Transfer(ctx, t.ID); err != nil {
			return t, remoteError(err)
		}
	}
	return t, nil
}

// convertJSON turns a value into one of another type with the same members.
func convertJSON(from, to any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}

// report tells what was done, or would be.
func (o *importOptions) report(s *streams, r *lab.TransferReport) error {
	if o.saveMap != "" {
		text, err := json.MarshalIndent(&r.Map, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.saveMap, append(text, '\n'), 0o600); err != nil {
			return unwritable(o.saveMap, err)
		}
	}
	if o.json {
		return printJSON(s.out, r)
	}
	verb := "Imported"
	if r.DryRun || len(r.Made) == 0 {
		verb = "To import"
	}
	fmt.Fprintf(s.out, "%s: %d sets, %d samples, %d results, %d versions of annotations, %d files of reads; written by %s.\n", verb, r.Sets, r.Samples, r.Results, r.Annotations, r.Files, r.Program)
	if n := r.People + r.Strangers; n > 0 {
		fmt.Fprintf(s.out, "Authors: %d have an account here; the importer stands for %d others.\n", r.People, r.Strangers)
	}
	for _, c := range r.Map.Configs {
		here := "has to be chosen"
		if c.Here != 0 {
			here = "is config " + strconv.FormatInt(c.Here, 10) + " here (" + string(c.How) + ")"
		} else if c.New != "" {
			here = fmt.Sprintf("becomes the new config %q", c.New)
		}
		fmt.Fprintf(s.out, "config %d %q, %d results: %s\n", c.Archive, c.Name, c.Results, here)
	}
	for _, k := range r.Known {
		state := "was different when it came"
		switch {
		case k.At.IsZero():
			state = "which has been here all the time"
		case k.Same:
			state = "with the same content"
		}
		fmt.Fprintf(s.out, "set %d came here before: set %d, %s\n", k.Archive, k.Here, state)
	}
	for _, m := range r.Made {
		fmt.Fprintf(s.out, "set %d is set %d here\n", m.Archive, m.Here)
	}
	for _, text := range r.Notes {
		fmt.Fprintf(s.out, "note: %s\n", text)
	}
	for _, text := range r.Faults {
		fmt.Fprintf(s.out, "to be put right: %s\n", text)
	}
	if r.DryRun && len(r.Faults) > 0 {
		return lab.Errorf(lab.Problems, "%d things have to be put right before the import", len(r.Faults))
	}
	return nil
}
