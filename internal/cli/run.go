package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/seqio"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// run is one "vidjil analyze", from the first read to the last file.
type run struct {
	o      analyzeOptions
	name   string // of the sample and of its files
	line   string // command, for the records
	set    *germline.Set
	engine *designation.Engine
	reads  *reads
	labels int

	progress *progress
	started  time.Time
	gathered time.Duration // from the start to the last read
	reported reported
}

// reported counts what stands in the files.
type reported struct{ clonotypes, reads int }

func newRun(o analyzeOptions, names []string, line string, s *streams) (*run, error) {
	r := &run{o: o, name: o.name(names), line: line, started: time.Now(), progress: newProgress(s)}
	var err error
	if r.reads, err = newReads(names, s); err != nil {
		return nil, err
	}
	r.set, r.engine, err = newEngine(&o.germline, o.unexpected)
	return r, err
}

// path is the place of a file of results.
func (r *run) path(suffix string) string {
	path := filepath.Join(r.o.dir, r.name+suffix)
	if r.o.gz {
		path += ".gz"
	}
	return path
}

// garbagePercent is how much garbage may pile up, in percent of what is in use.
// Most of that is reads, in blocks that the collector does not look into, so that
// collecting often is cheap: 2 M distinct clonotypes then take 750 MB instead of
// 1.2 GB, and a gigabyte of amplicons the same 4.7 s.
const garbagePercent = 10

// gather reads the sample.
func (r *run) gather(ctx context.Context, opt clonotype.Options, out *outputs, s *streams) (*clonotype.Sample, error) {
	r.labels = len(opt.Labels)
	reader, err := seqio.NewReader(r.reads.sources, seqio.Options{
		FirstReads: int64(r.o.first.number()), SampledReads: int64(r.o.sampled.number()), Threads: r.o.threads,
	})
	if err != nil {
		return nil, readsError(ctx, err)
	}
	defer reader.Close()
	if err := makeDirectory(r.o.dir); err != nil {
		return nil, err
	}
	sorted := readOutputs{
		out: out, prefix: filepath.Join(r.o.dir, r.name), detected: r.o.detected, undetected: r.o.undetected,
	}
	if r.o.label.grep != "" {
		m := newWindowMatcher(r.o.label.grep)
		sorted.grep = &m
	}
	hooks := clonotype.Hooks{}
	if sorted.wanted() {
		hooks.Read = sorted.take
	}
	if s.live {
		hooks.Progress = func(p clonotype.Progress) {
			r.progress.reading(readProgress{p.Reads, p.Recombined, reader.BytesRead(), reader.TotalBytes()})
		}
	}
	sample, err := clonotype.Analyze(ctx, reader, r.engine, opt, hooks)
	if err != nil {
		r.progress.clear()
		return nil, readsError(ctx, err)
	}
	r.gathered = time.Since(r.started)
	sample.Result.Warnings = append(sample.Result.Warnings, readWarnings(reader)...)
	return sample, nil
}

// readsError is an error of reading a sample, as a person wants to read it: the
// cause of an interruption, or the innermost error that names the file.
func readsError(ctx context.Context, err error) error {
	if stopped := context.Cause(ctx); stopped != nil {
		return stopped
	}
	if e, ok := errors.AsType[*lab.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*seqio.ParseError](err); ok {
		return &lab.Error{Code: lab.Invalid, Err: e}
	}
	if errors.Is(err, seqio.ErrUnknownSize) {
		return lab.Errorf(lab.Usage, "--sampled-reads wants files, not a stream: %w", err)
	}
	if code, inner := codeOf(err), errors.Unwrap(err); code != lab.Internal && inner != nil {
		return &lab.Error{Code: code, Err: inner} // without the name of the step
	}
	return err
}

// readWarnings is what the reader noticed of a sample.
func readWarnings(r *seqio.Reader) []clonotype.Warning {
	var list []clonotype.Warning
	add := func(message string) {
		list = append(list, clonotype.Warning{Code: "W1z", Level: clonotype.Warn, Message: message})
	}
	if r.Phred64Suspected() {
		add("qualities look like Phred+64 and were taken for Phred+33: convert the reads, representatives may be poor")
	}
	if r.MissingEndBlock() {
		add("a BGZF file has no end-of-file block: it may have been cut between two reads")
	}
	return list
}

// resultFiles are the files that the clonotypes go to, one by one. Only what the
// end of a file needs stays in memory: the windows of clonotypes in clusters.
type resultFiles struct {
	set *germline.Set

	vidjil *vidjilfile.Writer
	head   *vidjilfile.File
	airr   *airr.Writer
	fasta  io.Writer

	parent  map[int]int    // by index of a member of a cluster: index of its parent
	windows map[int]string // of parents and members
}

// write makes the clonotypes and writes their files. It returns the largest.
func (r *run) write(ctx context.Context, sample *clonotype.Sample, out *outputs) ([]*clonotype.Clonotype, error) {
	if r.o.command == commandDetect {
		return nil, nil
	}
	files, err := r.create(sample, out)
	if err != nil {
		return nil, err
	}
	var shown []*clonotype.Clonotype
	err = sample.Each(ctx, func(c *clonotype.Clonotype) error {
		if len(shown) < shownClonotypes {
			shown = append(shown, c)
		}
		r.reported.clonotypes++
		r.reported.reads += c.Reads
		r.progress.counting("clonotypes", r.reported.clonotypes, sample.Clonotypes())
		return files.write(c)
	})
	sample.Free() // the clusters of millions of clonotypes need their place
	if err == nil {
		err = files.close(&sample.Result)
	}
	if err != nil {
		r.progress.clear()
		return nil, readsError(ctx, err)
	}
	return shown, nil
}

// create opens the files.
func (r *run) create(sample *clonotype.Sample, out *outputs) (*resultFiles, error) {
	f := &resultFiles{set: r.set, parent: map[int]int{}, windows: map[int]string{}}
	for _, c := range sample.Result.Clusters {
		f.windows[c.Parent] = ""
		for _, m := range c.Members {
			f.windows[m] = ""
			f.parent[m] = c.Parent
		}
	}
	if !r.o.noVidjil {
		w, err := out.create(r.path(".vidjil"))
		if err != nil {
			return nil, err
		}
		meta, err := r.meta(sample)
		if err != nil {
			return nil, err
		}
		f.head = vidjilfile.Head(&sample.Result, meta, r.set)
		f.vidjil = vidjilfile.NewWriter(w, f.head)
	}
	if !r.o.noAIRR {
		w, err := out.create(r.path(".airr.tsv"))
		if err != nil {
			return nil, err
		}
		if f.airr, err = airr.NewWriter(w, nil); err != nil {
			return nil, err
		}
	}
	if r.o.fasta {
		w, err := out.create(r.path(".clones.fa"))
		if err != nil {
			return nil, err
		}
		f.fasta = w
	}
	return f, nil
}

// write appends one clonotype to all files.
func (f *resultFiles) write(c *clonotype.Clonotype) error {
	index := c.Rank - 1
	if _, ok := f.windows[index]; ok {
		f.windows[index] = string(c.Window)
	}
	if f.vidjil != nil || f.fasta != nil {
		clone := vidjilfile.FromClonotype(c, f.set)
		if f.vidjil != nil {
			if err := f.vidjil.Write(&clone); err != nil {
				return err
			}
		}
		if f.fasta != nil {
			one := vidjilfile.File{Clones: []vidjilfile.Clone{clone}}
			if err := one.WriteFASTA(f.fasta); err != nil {
				return err
			}
		}
	}
	if f.airr == nil {
		return nil
	}
	cloneID := ""
	if parent, ok := f.parent[index]; ok {
		cloneID = f.windows[parent] // larger ones come first
	}
	row := airr.FromClonotype(f.set, c, cloneID)
	return f.airr.Write(&row)
}

// close writes what comes after the clonotypes.
func (f *resultFiles) close(res *clonotype.Result) error {
	if f.airr != nil {
		if err := f.airr.Flush(); err != nil {
			return err
		}
	}
	if f.vidjil == nil {
		return nil
	}
	evidence := map[string]string{}
	for _, c := range res.Clusters {
		ids := []string{f.windows[c.Parent]}
		for i, m := range c.Members {
			ids = append(ids, f.windows[m])
			evidence[f.windows[m]] = c.Evidence[i]
		}
		f.head.Clusters = append(f.head.Clusters, ids)
	}
	if len(evidence) > 0 {
		f.head.Provenance.Clusters = evidence
	}
	return f.vidjil.Close()
}

// meta is what a .vidjil file says of the run. None of it depends on the time
// of day (but for the time stamp), the threads or the machine.
func (r *run) meta(sample *clonotype.Sample) (vidjilfile.Meta, error) {
	options, err := json.Marshal(r.effective())
	if err != nil {
		return vidjilfile.Meta{}, err
	}
	v, _ := programVersion()
	meta := vidjilfile.Meta{
		OriginalName: filepath.Base(r.reads.files[0].name), Producer: "vidjil " + v, Engine: v,
		RunTimestamp: timestamp().Format(vidjilTime), CommandLine: r.line, Log: r.log(sample), Options: options,
	}
	for _, f := range r.reads.files {
		if digest := f.sha256(); digest != "" {
			meta.Reads = append(meta.Reads, vidjilfile.Digest{Name: filepath.Base(f.name), SHA256: digest})
		}
	}
	return meta, nil
}
