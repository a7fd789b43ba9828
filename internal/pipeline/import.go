package pipeline

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/content"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/clonetable"
	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// maxImport is the largest result of another program that is taken over, in
// bytes of its text: it stands in memory as a whole.
const maxImport = 2 << 30

// importResult takes over the result of another program.
func (p *Pipeline) importResult(ctx context.Context, r *job.Run) error {
	w, err := p.load(ctx, r)
	if err != nil {
		return err
	}
	r.Progress(0, 0, "reading")
	in, err := p.read(ctx, w.in.files())
	if err != nil {
		return err
	}
	file, kind, err := w.parse(ctx, in)
	if err != nil {
		return err
	}
	sample, err := w.pick(file)
	if err != nil {
		return err
	}
	m := &made{reading: in}
	m.provenance.Imported = cutText(producerOf(file, sample))
	for i, name := range file.Samples.OriginalNames {
		if i == sample && file.Distributions != nil {
			rename(file.Distributions, name, w.name())
		}
	}
	w.forget(file, sample)
	source := repertoire.FromFile(file, sample)
	r.Progress(0.5, 0, "clonotypes")
	out := p.create(ctx, false)
	defer out.abort()
	if err := clonetable.WriteSource(ctx, out, source); err != nil {
		return readError(ctx, err)
	}
	if m.table, err = out.close(); err != nil {
		return err
	}
	if m.summary, err = summarizeImport(ctx, source); err != nil {
		return readError(ctx, err)
	}
	files, warnings := in.provenance()
	w.warn(warnings...)
	m.summary.Warnings = append(m.summary.Warnings, w.warnings...)
	m.provenance.Files = files
	w.Printf("A file of kind %s: %s clonotypes, %s reads.", kind, count(m.summary.Clonotypes), count(m.summary.Total))
	w.finish(m)
	return nil
}

// name is what results call the sample.
func (w *work) name() string { return fmt.Sprintf("sample-%d", w.sample.ID) }

// parse reads the file, of whatever program.
func (w *work) parse(ctx context.Context, in *reading) (f *vidjilfile.File, kind content.Kind, err error) {
	raw, err := in.open(in.files[0])
	if err != nil {
		return nil, "", err
	}
	defer raw.Close()
	buffered := bufio.NewReaderSize(raw, content.HeadBytes)
	head, err := buffered.Peek(content.HeadBytes)
	if err != nil && len(head) == 0 && !errors.Is(err, io.EOF) {
		return nil, "", readError(ctx, err)
	}
	if kind, err = content.Sniff(head); err != nil {
		return nil, "", err
	}
	text := io.Reader(&bounded{r: watched{ctx, buffered}, left: maxImport})
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		zip, err := gzip.NewReader(watched{ctx, buffered})
		if err != nil {
			return nil, "", importError(ctx, err)
		}
		text = &bounded{r: zip, left: maxImport}
	}
	from := vidjilfile.Import{OriginalName: w.name(), Timestamp: w.Job.CreatedAt.UTC().Format(time.DateTime)}
	switch kind {
	case content.Vidjil:
		f, err = vidjilfile.Read(text)
	case content.AIRR:
		f, err = readAIRR(ctx, text, from)
	case content.Clntab:
		f, err = vidjilfile.ReadClntab(text, from)
	default:
		return nil, "", lab.Errorf(lab.Invalid, "the file holds %s, not the result of a program", kind)
	}
	if err == nil {
		// The digest of the file is that of all of it.
		_, err = io.Copy(io.Discard, buffered)
	}
	if err != nil {
		return nil, "", importError(ctx, err)
	}
	return f, kind, nil
}

// watched ends a reading when its job ends.
type watched struct {
	ctx context.Context //nolint:containedctx // a reader has no other way to know
	r   io.Reader
}

func (w watched) Read(b []byte) (int, error) {
	if err := context.Cause(w.ctx); err != nil {
		return 0, err
	}
	return w.r.Read(b)
}

// bounded refuses what is larger than it should be.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, lab.Errorf(lab.TooLarge, "the file has more than %d MB of text", maxImport>>20)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func readAIRR(ctx context.Context, r io.Reader, from vidjilfile.Import) (*vidjilfile.File, error) {
	table, err := airr.NewReader(r)
	if err != nil {
		return nil, err
	}
	var rows []airr.Rearrangement
	for row, err := range table.All() {
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return vidjilfile.FromAIRR(rows, from), nil
}

// importError is an error of a format, which the next attempt would find again.
func importError(ctx context.Context, err error) error {
	err = readError(ctx, err)
	if context.Cause(ctx) != nil || lab.CodeOf(err) != lab.Internal {
		return err
	}
	if path, ok := errors.AsType[*vidjilfile.ReadError](err); ok {
		return &lab.Error{Code: lab.Invalid, Msg: cutText(path.Error()), Err: err}
	}
	return &lab.Error{Code: lab.Invalid, Msg: "the file cannot be read: " + cutText(err.Error()), Err: err}
}

// cutText keeps what a file says from filling a page.
func cutText(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// pick chooses the sample of a file of several: the one that is called as the
// sample is, otherwise the first. A person who wants all of them makes as many
// samples of the file.
func (w *work) pick(f *vidjilfile.File) (int, error) {
	n := max(f.Samples.Number, 1)
	if f.Samples.Number < 1 && len(f.Clones) == 0 {
		return 0, lab.Errorf(lab.Invalid, "the file holds no sample")
	}
	if n == 1 {
		return 0, nil
	}
	own := lab.Fold(stem(w.sample.Name.Stored()))
	for _, names := range [][]string{f.Samples.Names, f.Samples.OriginalNames} {
		if i := slices.IndexFunc(names, func(name string) bool { return name != "" && lab.Fold(stem(name)) == own }); i >= 0 && i < n {
			w.warn(preWarning("the file has %d samples: number %d, which is called as this one, was taken", n, i+1))
			return i, nil
		}
	}
	w.warn(preWarning("the file has %d samples: the first was taken; for another one, give a sample its name and upload the file to it", n))
	return 0, nil
}

// stem is a name of a file without folders and without what follows the first
// full stop.
func stem(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	if i := strings.IndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	return name
}

func producerOf(f *vidjilfile.File, sample int) string {
	if sample < len(f.Samples.Producer) && f.Samples.Producer[sample] != "" {
		return f.Samples.Producer[sample]
	}
	return f.Producer
}

// rename moves the distributions of a sample to its neutral name.
func rename(d *vidjilfile.Distributions, from, to string) {
	if list, ok := d.Repertoires[from]; ok && from != to {
		delete(d.Repertoires, from)
		d.Repertoires[to] = list
	}
}

// forget takes out of a file what may tell who the patients are: names of files
// and people, command lines, logs, comments, and members that nobody knows. The
// file itself stays as it was uploaded.
func (w *work) forget(f *vidjilfile.File, sample int) { forget(f, sample, w.name()) }

func forget(f *vidjilfile.File, sample int, name string) {
	names := make([]string, max(f.Samples.Number, 1))
	for i := range names {
		names[i] = fmt.Sprintf("other-%d", i+1)
	}
	names[sample] = name
	f.Samples = vidjilfile.Samples{Number: f.Samples.Number, OriginalNames: names, Producer: f.Samples.Producer, RunTimestamp: f.Samples.RunTimestamp}
	f.Extra = slices.DeleteFunc(f.Extra, func(m vidjilfile.Member) bool { return m.Key != "config" && m.Key != "mrd" })
	f.Reads.Extra = slices.DeleteFunc(f.Reads.Extra, func(m vidjilfile.Member) bool { return m.Key != "merged" })
	if f.Provenance != nil {
		for i := range f.Provenance.Reads {
			f.Provenance.Reads[i].Name = fmt.Sprintf("reads-%d", i+1)
		}
	}
}
