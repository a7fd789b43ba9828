package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
)

// sendOptions are those of upload and attach.
type sendOptions struct {
	remoteOptions

	sets        []int64
	sheet, form string
	preProcess  int64
	dryRun, yes bool
}

func (o *sendOptions) addFlags(cmd *cobra.Command) {
	section(cmd, "Server", o.remoteOptions.addFlags)
	section(cmd, "Samples", o.addSampleFlags)
	section(cmd, "Caution", func(f *pflag.FlagSet) {
		f.BoolVar(&o.dryRun, "dry-run", false, "show which samples the files would become, and write nothing")
		f.BoolVar(&o.yes, "yes", false, "go on where the names of files leave a doubt")
	})
}

func (o *sendOptions) addSampleFlags(f *pflag.FlagSet) {
	f.Int64SliceVar(&o.sets, "set", nil, "`NUMBER` of a patient, run or set that the samples will be in; several are allowed (required)")
	f.StringVar(&o.sheet, "sheet", "", "`FILE` with what is to be said of the samples: a sequencer's sample sheet, or a table with a header (sample, sampling_date, info)")
	f.StringVar(&o.form, "name-form", "", "`REGEXP` of your own file names, with the group (?P<sample>…) and, where there are such, lane, read, number, index, chunk")
	f.Int64Var(&o.preProcess, "pre-process", 0, "`NUMBER` of a pre-process for the samples, as one that merges read pairs")
}

func (o *sendOptions) check() error {
	if len(o.sets) == 0 {
		return lab.Errorf(lab.Usage, "--set is missing: the number of the patient, run or set")
	}
	return nil
}

func newUploadCommand(s *streams) *cobra.Command {
	var opt sendOptions
	cmd := &cobra.Command{
		Use:     "upload FILE...",
		GroupID: groupServer,
		Short:   "Make samples of files and upload them to a server",
		Long: `Makes samples of files by their names (mates, lanes), and uploads them. Lost
lines and a restart of the server do no harm. After an interruption the same
command goes on: files that are there are not sent again, and one that was on
its way continues where it was. The server compares the SHA-256 of each file.

Results of other programs (.vidjil, AIRR, .clntab) become samples as well.`,
		Example: `  export VIDJIL_SERVER=https://vidjil.example.org VIDJIL_TOKEN_FILE=~/token
  vidjil upload --set 12 run1/*.fastq.gz
  vidjil upload --set 12 --set 40 --sheet samples.csv *_R?.fastq.gz
  vidjil upload --set 12 --dry-run *.fastq.gz`,
		Args: wantArgs(1, -1, "a FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return runUpload(cmd.Context(), s, &opt, args) },
	}
	opt.addFlags(cmd)
	return cmd
}

func runUpload(ctx context.Context, s *streams, o *sendOptions, files []string) error {
	if err := o.check(); err != nil {
		return err
	}
	var list []client.PlanFile
	for _, name := range files {
		st, err := os.Stat(name)
		if err != nil {
			return readError(name, err)
		}
		if !st.Mode().IsRegular() {
			return lab.Errorf(lab.Usage, "%s is not a file", name)
		}
		list = append(list, client.PlanFile{Path: name, Size: st.Size()})
	}
	c, err := o.open()
	if err != nil {
		return err
	}
	send := func(ctx context.Context, sample client.Sample, f client.PlannedFile) error {
		return uploadFile(ctx, s, c, sample, f)
	}
	return o.carryOut(ctx, s, c, list, "uploaded", send)
}

// uploadFile sends a file, or the rest of it.
func uploadFile(ctx context.Context, s *streams, c *client.Client, sample client.Sample, f client.PlannedFile) (err error) {
	in, err := os.Open(f.Path)
	if err != nil {
		return readError(f.Path, err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	st, err := in.Stat()
	if err != nil {
		return readError(f.Path, err)
	}
	bar := newProgress(s)
	defer bar.clear()
	digest, err := digestOf(ctx, in, func(n int64) { bar.moving("checking "+f.Name, n, st.Size()) })
	if err != nil {
		return readError(f.Path, err)
	}
	bar.restart()
	opt := client.UploadOptions{SHA256: digest, Progress: func(n int64) { bar.moving("sending "+f.Name, n, st.Size()) }}
	begun, err := c.SampleUploads(ctx, sample.ID)
	if err != nil {
		return remoteError(err)
	}
	for _, u := range begun {
		if u.FileID != f.FileID || u.State != "receiving" || u.Size != st.Size() {
			continue
		}
		if got, err := c.ResumeUpload(ctx, u.ID, in, st.Size(), opt); err == nil && got.SHA256 == digest {
			return nil
		} else if err == nil {
			return lab.Errorf(lab.Conflict, "%s was uploaded in part before, and has been changed since: replace the reads of sample %d", f.Path, sample.ID)
		} else if code := client.CodeOf(err); code == "" || ctx.Err() != nil {
			return remoteError(err)
		}
		break // expired, or its beginning was of other bytes: from the start
	}
	_, err = c.Upload(ctx, f.FileID, f.Name, in, st.Size(), opt)
	return remoteError(err)
}

// digestOf is the SHA-256 of a file.
func digestOf(ctx context.Context, r io.ReaderAt, progress func(n int64)) (string, error) {
	sum, buf := sha256.New(), make([]byte, 1<<20)
	for at := int64(0); ; {
		if err := context.Cause(ctx); err != nil {
			return "", err
		}
		n, err := r.ReadAt(buf, at)
		sum.Write(buf[:n])
		at += int64(n)
		progress(at)
		if err == io.EOF {
			return hex.EncodeToString(sum.Sum(nil)), nil
		} else if err != nil {
			return "", err
		}
	}
}

// carryOut makes samples of files and gives each file to send, unless it is there.
func (o *sendOptions) carryOut(ctx context.Context, s *streams, c *client.Client, files []client.PlanFile, done string,
	send func(ctx context.Context, sample client.Sample, f client.PlannedFile) error,
) error {
	in := client.PlanFiles{Files: files, Sets: o.sets, Form: o.form}
	if o.sheet != "" {
		data, err := os.ReadFile(o.sheet)
		if err != nil {
			return readError(o.sheet, err)
		}
		in.SheetFile = data
	}
	plan, err := c.PlanUploads(ctx, in)
	if err != nil {
		return remoteError(err)
	}
	doubts, faults := showPlan(s.out, &plan)
	switch {
	case faults > 0:
		return lab.Errorf(lab.Problems, "nothing was done: %d samples cannot be made as they stand", faults)
	case len(plan.Samples) == 0:
		return lab.Errorf(lab.Invalid, "nothing was done: there is no file of a known kind")
	case o.dryRun:
		return nil
	case doubts > 0 && !o.yes:
		return lab.Errorf(lab.Problems, "nothing was done: %d samples are in doubt; with --yes they are made as shown", doubts)
	}
	samples, err := o.makeSamples(ctx, c, &plan)
	if err != nil {
		return remoteError(err)
	}
	sent, there := 0, 0
	var refused []error
	for i := range plan.Samples {
		for _, f := range plan.Samples[i].Files {
			if f.State == "present" {
				there++
				continue
			}
			err := send(ctx, samples[i], f)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if code := lab.CodeOf(err); code == lab.Unreachable || code == lab.Unauthenticated {
				return err // the others would fare no better
			}
			if err != nil {
				refused = append(refused, fmt.Errorf("%s: %w", f.Path, err))
				fmt.Fprintf(s.err, "vidjil: %s: %s\n", f.Path, err)
				continue
			}
			sent++
			fmt.Fprintf(s.out, "%s: %s to sample %d\n", f.Path, done, samples[i].ID)
		}
	}
	fmt.Fprintf(s.out, "%d samples; %d files %s, %d were there\n", len(plan.Samples), sent, done, there)
	switch len(refused) {
	case 0:
		return nil
	case 1:
		return refused[0]
	}
	return lab.Errorf(lab.Problems, "%d files were refused", len(refused))
}

// showPlan prints what files would become, and counts the samples in doubt and
// those that cannot be made.
func showPlan(w io.Writer, p *client.UploadPlan) (doubts, faults int) {
	for i := range p.Samples {
		x := &p.Samples[i]
		what := "new sample"
		if x.SampleID != 0 {
			what = fmt.Sprintf("sample %d", x.SampleID)
		}
		fmt.Fprintf(w, "%s: %s\n", x.Name, what)
		for _, f := range x.Files {
			lane := ""
			if f.Lane > 0 {
				lane = fmt.Sprintf(" lane %d", f.Lane)
			}
			fmt.Fprintf(w, "  %s%s  %s\n", f.Role, lane, f.Path)
		}
		for _, d := range x.Doubts {
			fmt.Fprintf(w, "  ? %s\n", d.Text)
		}
		for _, f := range x.Faults {
			fmt.Fprintf(w, "  ! %s\n", f)
		}
		for _, m := range x.Patients {
			fmt.Fprintf(w, "  same %s as patient %d, %s\n", m.Why, m.SetID, m.Title)
		}
		// One that is being gone on with was agreed to before.
		if len(x.Doubts) > 0 && x.SampleID == 0 {
			doubts++
		}
		if len(x.Faults) > 0 {
			faults++
		}
	}
	for _, n := range p.Notes {
		fmt.Fprintf(w, "sheet: %s\n", n)
	}
	for _, f := range p.Unassigned {
		fmt.Fprintf(w, "%s: reads of no sample, left out\n", f)
	}
	for _, f := range p.Ignored {
		fmt.Fprintf(w, "%s: of no known kind, left out\n", f)
	}
	return doubts, faults
}

// maxRows is how many samples the server makes at once.
const maxRows = 100

// makeSamples makes the samples that are not there, and gives the files of the
// plan their ids.
func (o *sendOptions) makeSamples(ctx context.Context, c *client.Client, p *client.UploadPlan) ([]client.Sample, error) {
	samples := make([]client.Sample, len(p.Samples))
	var rows []client.NewSample
	var at []int
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		made, err := c.CreateSamples(ctx, rows...)
		if err != nil {
			return err
		}
		if len(made) != len(rows) {
			return fmt.Errorf("make samples: %d for %d rows", len(made), len(rows))
		}
		for i, m := range made {
			samples[at[i]] = m
			giveIDs(p.Samples[at[i]].Files, m.Files)
		}
		rows, at = nil, nil
		return nil
	}
	for i := range p.Samples {
		x := &p.Samples[i]
		if x.SampleID != 0 {
			samples[i].ID = x.SampleID
			continue
		}
		row := client.NewSample{Sets: o.sets, Name: x.Name, SamplingDate: x.SamplingDate, Info: x.Info, PreProcessID: o.preProcess}
		for _, f := range x.Files {
			row.Files = append(row.Files, client.NewFile{Role: f.Role, Lane: f.Lane, Name: f.Name, Size: f.Size})
		}
		if rows, at = append(rows, row), append(at, i); len(rows) == maxRows {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return samples, flush()
}

func giveIDs(planned []client.PlannedFile, made []client.File) {
	for i := range planned {
		for _, m := range made {
			if m.Role == planned[i].Role && m.Lane == planned[i].Lane {
				planned[i].FileID = m.ID
			}
		}
	}
}

// moving draws the line of bytes that are read or sent.
func (p *progress) moving(what string, n, of int64) {
	if !p.due() {
		return
	}
	elapsed := p.now().Sub(p.start)
	done := float64(n) / float64(max(of, 1))
	text := fmt.Sprintf("%3.0f %%  %s, %.0f MB/s", 100*done, what, float64(n)/1e6/max(elapsed.Seconds(), 0.001))
	if done > 0 {
		text += ", " + clock(time.Duration(float64(elapsed)*(1-done)/done)) + " left"
	}
	p.draw(text)
}

// restart begins to measure anew.
func (p *progress) restart() { p.start = p.now() }
