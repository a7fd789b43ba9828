package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/trace"
	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/clonetable"
	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/seqio"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// readShare is the part of an analysis, in progress, that goes by with the last
// read; the clonotypes are the rest.
const readShare = 0.8

// Names of the other outputs of an analysis.
const (
	fileAIRR  = "airr.tsv.gz"
	fileReads = "reads.fastq.gz"
	fileFASTA = "reads.fasta.gz"
)

// analyze makes clonotypes of the reads of a sample.
func (p *Pipeline) analyze(ctx context.Context, r *job.Run) error {
	w, err := p.load(ctx, r)
	if err != nil {
		return err
	}
	a := &analysis{work: w}
	defer a.abort()
	r.Progress(0, 0, "preparing")
	if a.set, a.engine, err = p.engines.of(&w.options); err != nil {
		return err
	}
	w.Printf("Config %d, revision %d; germline %s %s; vidjil %s.", w.revision.ConfigID, w.revision.Number, a.set.Name, a.set.Version, p.Version)
	sample, err := step(ctx, "gather reads", a.gather)
	if err != nil {
		return err
	}
	defer sample.Free()
	m := &made{summary: a.summarize(&sample.Result)}
	a.provenance(m)
	write := func(ctx context.Context) (*made, error) { return m, a.write(ctx, sample, m) }
	if _, err := step(ctx, "write clonotypes", write); err != nil {
		return err
	}
	if _, err := step(ctx, "judge quality", func(ctx context.Context) (*made, error) { return m, a.judge(ctx, m) }); err != nil {
		return err
	}
	m.provenance.Timings.Gather = a.gathered.Seconds()
	w.finish(m)
	return nil
}

// step is a part of an analysis that traces show.
func step[T any](ctx context.Context, name string, f func(context.Context) (T, error)) (T, error) {
	ctx, span := trace.Start(ctx, name)
	out, err := f(ctx)
	span.End(err)
	return out, err
}

// analysis is an analysis on its way.
type analysis struct {
	*work
	set      *germline.Set
	engine   *designation.Engine
	reading  *reading // nil when prepared reads are read
	gathered time.Duration

	table, airr, reads *output // nil when not wanted, or not yet
	fasta              bool    // reads has no qualities
	buf                []byte
}

// abort gives up what was not finished.
func (a *analysis) abort() {
	for _, o := range []*output{a.table, a.airr, a.reads} {
		if o != nil {
			o.abort()
		}
	}
}

// sources are the reads: those that the pre-process made, or the files.
func (a *analysis) sources(ctx context.Context) (list []seqio.Source, err error) {
	if a.prepared != nil {
		d := blob.Digest(a.prepared.Digest)
		return []seqio.Source{{Name: "merged reads", Size: a.prepared.Size, Open: func() (io.ReadCloser, error) {
			b, err := a.p.Blobs.Open(ctx, d)
			if err != nil {
				return nil, err
			}
			return readCloser{blob.Checked(b, d), b}, nil
		}}}, nil
	}
	if len(a.in.second) > 0 {
		a.warn(preWarning("reads are paired and only R1 was analysed: choose a pre-process that merges pairs"))
	}
	a.reading, err = a.p.read(ctx, a.in.first)
	if err != nil {
		return nil, err
	}
	return a.reading.sources(a.in.first), nil
}

// gather reads the sample.
func (a *analysis) gather(ctx context.Context) (*clonotype.Sample, error) {
	sources, err := a.sources(ctx)
	if err != nil {
		return nil, err
	}
	if a.in.index > 0 {
		a.Printf("%d files of index reads are not analysed.", a.in.index)
	}
	reader, err := seqio.NewReader(sources, seqio.Options{
		FirstReads: int64(a.options.FirstReads), SampledReads: int64(a.options.SampledReads), Threads: a.p.Threads,
	})
	if err != nil {
		return nil, readError(ctx, err)
	}
	defer reader.Close()
	hooks := clonotype.Hooks{Progress: func(p clonotype.Progress) {
		fraction := 0.0
		if n := reader.TotalBytes(); n > 0 {
			fraction = readShare * float64(reader.BytesRead()) / float64(n)
		}
		a.Progress(fraction, p.Reads, "reading")
	}}
	if a.options.Reads {
		hooks.Read = func(o *clonotype.ReadOutcome) error { return a.keepRead(ctx, o) }
	}
	opt := engineOptions(&a.options)
	opt.Threads = a.p.Threads
	began := time.Now()
	sample, err := clonotype.Analyze(ctx, reader, a.engine, opt, hooks)
	if err != nil {
		return nil, readError(ctx, err)
	}
	a.gathered = time.Since(a.started)
	if w := a.p.Watcher; w != nil {
		w.Analyzed(int64(sample.Result.TotalReads), reader.BytesRead(), time.Since(began))
	}
	if reader.Phred64Suspected() {
		a.warn(preWarning("qualities look like Phred+64 and were taken for Phred+33: convert the reads, representatives may be poor"))
	}
	if reader.MissingEndBlock() {
		a.warn(preWarning("a BGZF file has no end-of-file block: it may have been cut between two reads"))
	}
	return sample, nil
}

// engineOptions are the options of a config for the engine.
func engineOptions(o *lab.Options) clonotype.Options {
	opt := clonotype.Options{
		Window: o.Window, WholeReads: o.WholeReads, EValue: o.EValue, MinReads: o.MinReads, MinRatio: o.MinPercent / 100,
		MaxClones: o.MaxClones, MaxConsensus: o.MaxConsensus, MaxDesignations: o.MaxDesignations,
		LabelFilter: o.LabelFilter, NoClusters: o.NoClusters,
	}
	for _, l := range o.Labels {
		opt.Labels = append(opt.Labels, clonotype.Label(l))
	}
	return opt
}

// keepRead writes a read that has a recombination.
func (a *analysis) keepRead(ctx context.Context, o *clonotype.ReadOutcome) error {
	if o.Cause != designation.None {
		return nil
	}
	if a.reads == nil {
		a.reads, a.fasta = a.p.create(ctx, true), o.Record.Qual == nil
	}
	if a.fasta {
		a.buf = seqio.AppendFASTA(a.buf[:0], o.Record)
	} else {
		a.buf = seqio.AppendFASTQ(a.buf[:0], o.Record)
	}
	_, err := a.reads.Write(a.buf)
	return err
}

// provenance notes what was read, and by which germline set.
func (a *analysis) provenance(m *made) {
	m.provenance.Germline = &lab.ProvenanceGermline{Name: a.set.Name, Version: a.set.Version, Digest: a.set.Digest()}
	if a.prepared != nil {
		m.provenance.Files, m.provenance.PreProcess = a.record.Files, &a.record.PreProcess
		m.summary.PreProcess = &a.record.Summary
		a.warnings = append(slices.Clone(a.record.Warnings), a.warnings...)
		return
	}
	files, warnings := a.reading.provenance()
	m.provenance.Files, m.reading = files, a.reading
	a.warn(warnings...)
}

// write makes the clonotypes and writes them.
func (a *analysis) write(ctx context.Context, sample *clonotype.Sample, m *made) error {
	res := &sample.Result
	a.warnSample(res, m)
	for _, x := range a.warnings {
		if !slices.ContainsFunc(res.Warnings, func(have clonotype.Warning) bool { return have.Code == x.Code && have.Message == x.Message }) {
			res.Warnings = append(res.Warnings, clonotype.Warning(x))
		}
	}
	head := a.head(res, m)
	a.table = a.p.create(ctx, false)
	table := clonetable.NewWriter(a.table, head)
	if err := a.writeAll(ctx, sample, table, head, m); err != nil {
		table.Discard()
		return readError(ctx, err)
	}
	if err := table.Close(); err != nil {
		return readError(ctx, err)
	}
	var err error
	if m.table, err = a.table.close(); err != nil {
		return err
	}
	reads := fileReads
	if a.fasta {
		reads = fileFASTA
	}
	for _, f := range []struct {
		out       *output
		name, typ string
	}{{a.airr, fileAIRR, "text/tab-separated-values"}, {a.reads, reads, "text/plain"}} {
		if f.out == nil {
			continue
		}
		info, err := f.out.close()
		if err != nil {
			return err
		}
		m.blobs = append(m.blobs, info)
		m.files = append(m.files, lab.ResultFile{Name: f.name, Digest: string(info.Digest), Size: info.Size, MediaType: f.typ})
	}
	return nil
}

// head is what the table says of the sample. It names nobody: who shows it puts
// the names that the reader may know.
func (a *analysis) head(res *clonotype.Result, m *made) *vidjilfile.File {
	meta := vidjilfile.Meta{
		OriginalName: fmt.Sprintf("sample-%d", a.sample.ID), Producer: "vidjil " + a.p.Version, Engine: a.p.Version,
		RunTimestamp: a.Job.CreatedAt.UTC().Format(time.DateTime), Options: json.RawMessage(a.options.Encode()),
	}
	for _, f := range m.provenance.Files {
		meta.Reads = append(meta.Reads, vidjilfile.Digest{Name: place(&lab.File{Role: f.Role, Lane: f.Lane}), SHA256: f.Digest})
	}
	head := vidjilfile.Head(res, meta, a.set)
	if m.summary.PreProcess != nil {
		head.Reads.Extra = append(head.Reads.Extra, vidjilfile.Member{Key: "merged", Value: json.RawMessage(encode([]int64{m.summary.PreProcess.Merged}))})
	}
	if len(a.options.Labels) > 0 {
		head.Extra = append(head.Extra, vidjilfile.Member{Key: "config", Value: json.RawMessage(encode(map[string]any{"labels": a.options.Labels}))})
	}
	return head
}

// writeAll hands the clonotypes to the table and the other outputs. Only the
// windows of clonotypes in clusters stay in memory.
func (a *analysis) writeAll(ctx context.Context, sample *clonotype.Sample, table *clonetable.Writer, head *vidjilfile.File, m *made) error {
	c := newClusters(&sample.Result)
	var rows *airr.Writer
	if a.options.Airr {
		a.airr = a.p.create(ctx, true)
		var err error
		if rows, err = airr.NewWriter(a.airr, nil); err != nil {
			return err
		}
	}
	total := max(sample.Clonotypes(), 1)
	err := sample.Each(ctx, func(x *clonotype.Clonotype) error {
		parent := c.see(x)
		m.summary.count(x)
		if x.Rank%256 == 0 {
			a.Progress(readShare+(1-readShare)*float64(x.Rank)/float64(total), int64(sample.Result.TotalReads), "clonotypes")
		}
		clone := vidjilfile.FromClonotype(x, a.set)
		if err := table.Append(&clone); err != nil {
			return err
		}
		if rows == nil {
			return nil
		}
		row := airr.FromClonotype(a.set, x, parent)
		return rows.Write(&row)
	})
	if err != nil {
		return err
	}
	c.finish(head, &sample.Result)
	if rows != nil {
		return rows.Flush()
	}
	return nil
}

// clusters remembers the windows of clonotypes in clusters.
type clusters struct {
	parent  map[int]int    // by index of a member: index of its parent
	windows map[int]string // of parents and members
}

func newClusters(res *clonotype.Result) *clusters {
	c := &clusters{map[int]int{}, map[int]string{}}
	for _, x := range res.Clusters {
		c.windows[x.Parent] = ""
		for _, m := range x.Members {
			c.windows[m], c.parent[m] = "", x.Parent
		}
	}
	return c
}

// see remembers a clonotype, and returns the window of its parent, which is
// larger and came before; "" for none.
func (c *clusters) see(x *clonotype.Clonotype) (parent string) {
	index := x.Rank - 1
	if _, ok := c.windows[index]; ok {
		c.windows[index] = string(x.Window)
	}
	if at, ok := c.parent[index]; ok {
		return c.windows[at]
	}
	return ""
}

// finish writes the clusters into the head of the file.
func (c *clusters) finish(head *vidjilfile.File, res *clonotype.Result) {
	evidence := map[string]string{}
	for _, x := range res.Clusters {
		ids := []string{c.windows[x.Parent]}
		for i, m := range x.Members {
			ids = append(ids, c.windows[m])
			evidence[c.windows[m]] = x.Evidence[i]
		}
		head.Clusters = append(head.Clusters, ids)
	}
	if len(evidence) > 0 {
		head.Provenance.Clusters = evidence
	}
}

// judge reads the table that was written for the figures of quality, and, where
// there are spike-ins, writes it anew with copies.
func (a *analysis) judge(ctx context.Context, m *made) error {
	a.Progress(1, m.summary.Total, "quality")
	if slices.ContainsFunc(a.options.Labels, func(l lab.Label) bool { return l.Copies > 0 }) {
		if err := a.normalise(ctx, m); err != nil {
			return err
		}
	}
	err := a.p.withTable(ctx, m.table.Digest, func(t *clonetable.Table) error { return m.summary.quality(ctx, t) })
	if err != nil {
		return err
	}
	a.logResult(&m.summary)
	return nil
}

// normalise turns reads into copies by the spike-ins. The clonotypes are in
// memory for it; configs with spike-ins are of panels.
func (a *analysis) normalise(ctx context.Context, m *made) error {
	var file *vidjilfile.File
	err := a.p.withTable(ctx, m.table.Digest, func(t *clonetable.Table) error {
		spikes, err := repertoire.SpikesOf(t.Head())
		if err != nil {
			return err
		}
		n, err := repertoire.Normalise(ctx, t, spikes, repertoire.SpikeOptions{})
		if err != nil {
			return err
		}
		if n.Reason != "" {
			a.Printf("Spike-ins: no copies are given: %s.", n.Reason)
			return nil
		}
		a.Printf("Spike-ins: %.4g copies for a read, from %d numbers of copies; prevalent locus %s.", n.Universal.CopiesPerRead, n.Universal.Points, n.Prevalent)
		if file, err = t.File(ctx); err == nil {
			n.Apply(file)
		}
		return err
	})
	if err != nil || file == nil {
		return err
	}
	out := a.p.create(ctx, false)
	defer out.abort()
	if err := clonetable.WriteFile(out, file); err != nil {
		return err
	}
	m.table, err = out.close()
	return err
}

// withTable opens a table of clonotypes while f runs.
func (p *Pipeline) withTable(ctx context.Context, d blob.Digest, f func(*clonetable.Table) error) error {
	b, err := p.Blobs.Open(ctx, d)
	if err != nil {
		return err
	}
	t, err := clonetable.Open(b, b.Size())
	if err == nil {
		err = f(t)
	}
	return errors.Join(err, b.Close())
}

// logResult tells what came out, in the log.
func (a *analysis) logResult(s *summary) {
	a.Printf("%s reads, %s with a recombination (%s), %s clonotypes.", count(s.Total), count(s.Recombined), percent(s.Recombined, s.Total), count(s.Clonotypes))
	for _, x := range s.Systems {
		a.Printf("  %-5s %s reads (%s), %s windows", x.System, count(x.Reads), percent(x.Reads, s.Recombined), count(x.Clonotypes))
	}
	for _, cause := range slices.Sorted(maps.Keys(s.Causes)) {
		if n := s.Causes[cause]; n > 0 {
			a.Printf("  no recombination, %s: %s (%s)", cause, count(n), percent(n, s.Total))
		}
	}
}
