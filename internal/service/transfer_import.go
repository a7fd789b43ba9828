package service

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/transfer"
)

// ImportSets takes an archive of another server in: its sets belong to a group
// from then on, and nobody else has rights on them. All bytes are compared with
// their digests before one is written, and all rows are written in one
// transaction: whatever stops it, nothing is half there. The report tells what
// was done; where something must be put right first, it comes with the error.
func (s *Service) ImportSets(ctx context.Context, who *Actor, a *transfer.Archive, q ImportRequest) (lab.TransferReport, error) {
	return s.importSets(ctx, who, a, q, func(context.Context, *store.Tx, *lab.TransferReport) error { return nil })
}

// importSets is [Service.ImportSets] with what belongs to its transaction besides.
func (s *Service) importSets(ctx context.Context, who *Actor, a *transfer.Archive, q ImportRequest, also func(context.Context, *store.Tx, *lab.TransferReport) error) (lab.TransferReport, error) {
	if !who.unbound() {
		if err := who.require(); err != nil {
			return lab.TransferReport{}, err
		}
	}
	if !slices.Contains([]lab.Known{lab.KnownRefuse, lab.KnownSkip, lab.KnownAgain}, q.Known) {
		return lab.TransferReport{}, fault("known", "want skip or copy, not %q", q.Known)
	}
	r := &arriving{s: s, who: who, a: a, q: &q, set: map[int64]*transfer.Set{}, sample: map[int64]*transfer.Sample{}, taken: map[int64]*taken{}}
	for i := range a.Sets {
		r.set[a.Sets[i].ID] = &a.Sets[i]
	}
	for i := range a.Samples {
		r.sample[a.Samples[i].ID] = &a.Samples[i]
	}
	if err := s.read(ctx, func(tx *store.Tx) error { return r.plan(ctx, tx) }); err != nil {
		return lab.TransferReport{}, err
	}
	if err := a.Verify(ctx, func(done, of int64) { r.progress("comparing digests", done, of) }); err != nil {
		return r.report, err
	}
	if err := r.takeOver(ctx); err != nil {
		return r.report, err
	}
	if q.DryRun {
		return r.report, nil
	}
	if err := r.refused(); err != nil {
		return r.report, err
	}
	if err := r.putBlobs(ctx); err != nil {
		return r.report, err
	}
	err := s.write(ctx, func(tx *store.Tx) error {
		// Anew: rights and configs may have changed while bytes were put.
		if err := r.plan(ctx, tx); err != nil {
			return err
		}
		r.noteTaken()
		if err := r.refused(); err != nil {
			return err
		}
		if err := r.put(ctx); err != nil {
			return err
		}
		return also(ctx, tx, &r.report)
	})
	if err != nil {
		r.report.Made = nil
	}
	return r.report, err
}

func (r *arriving) progress(stage string, done, of int64) {
	if r.q.Progress != nil {
		r.q.Progress(stage, float64(done)/float64(max(of, 1)))
	}
}

// refused is the error of an archive that cannot be imported as it stands.
func (r *arriving) refused() error {
	n := len(r.report.Faults)
	if n == 0 {
		return nil
	}
	text := r.report.Faults[0]
	if n > 1 {
		text += fmt.Sprintf("; and %d more", n-1)
	}
	return lab.Errorf(lab.Conflict, "nothing was imported: %s", text)
}

// takeOver makes results of the original ours. One that cannot be read is left
// out, and told.
func (r *arriving) takeOver(ctx context.Context) error {
	if !r.a.Original {
		return nil
	}
	blobs := r.s.Blobs
	if r.q.DryRun {
		blobs = nil
	}
	for i := range r.a.Results {
		x := &r.a.Results[i]
		if r.leaves(x.Sample) {
			continue
		}
		r.progress("results", int64(i), int64(len(r.a.Results)))
		t, err := r.takeResult(ctx, x, blobs)
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if e, ok := errors.AsType[*lab.Error](err); ok {
			r.taken[x.ID] = &taken{err: e}
			continue
		}
		if err != nil {
			return err
		}
		r.taken[x.ID] = t
	}
	r.noteTaken()
	return nil
}

func (r *arriving) takeResult(ctx context.Context, x *transfer.Result, blobs blob.Store) (t *taken, err error) {
	in, err := r.a.Stored(x.Path)
	if err != nil {
		return nil, lab.Errorf(lab.NotFound, "its file is missing")
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	got, err := pipeline.TakeOver(ctx, blobs, io.LimitReader(in, transfer.MaxOriginalFile), fmt.Sprintf("sample-%d", x.Sample))
	if err != nil {
		return nil, err
	}
	got.Provenance.Engine = r.s.Version
	return &taken{result: lab.Result{
		Digest: string(got.Table.Digest), Size: got.Table.Size, Reads: got.Summary.Total, Recombined: got.Summary.Recombined, Clonotypes: got.Summary.Clonotypes,
		Summary: lab.EncodeRecord(&got.Summary), Provenance: lab.EncodeRecord(&got.Provenance),
	}}, nil
}

// noteTaken tells which results of the original cannot be ours.
func (r *arriving) noteTaken() {
	for _, id := range slices.Sorted(maps.Keys(r.taken)) {
		if err := r.taken[id].err; err != nil {
			r.report.Results--
			r.note("results_file %d cannot be read, and is left out: %s", id, err.Error())
		}
	}
}

// putBlobs puts all bytes that rows will refer to. Until then nothing does: should
// the import end here, the collector removes them.
func (r *arriving) putBlobs(ctx context.Context) error {
	of, done := r.a.Bytes(), int64(0)
	for _, digest := range r.a.Digests() {
		in, err := r.a.Blob(digest)
		if err != nil {
			return err
		}
		info, err := r.s.Blobs.Put(ctx, contextReader{ctx, in}, blob.Digest(digest))
		if err := errors.Join(err, in.Close()); err != nil {
			return fmt.Errorf("put blob %s: %w", digest, err)
		}
		done += info.Size
		r.progress("bytes", done, of)
	}
	return nil
}

// put writes all rows.
func (r *arriving) put(ctx context.Context) error {
	for _, m := range r.a.Manifest.Members {
		if len(r.a.Digests()) > 0 && m.Name == "blobs/"+m.Digest {
			if err := r.tx.KeepBlob(ctx, m.Digest, m.Size); err != nil {
				return err
			}
		}
	}
	r.sets, r.samples, r.results = map[int64]member{}, map[int64]int64{}, map[int64]int64{}
	steps := []func(context.Context) error{r.putConfigs, r.putSets, r.putSamples, r.putFiles, r.putResults, r.putLogs, r.putNotes}
	for i, step := range steps {
		r.progress("rows", int64(i), int64(len(steps)))
		if err := step(ctx); err != nil {
			return err
		}
	}
	var ids []int64
	for _, m := range r.sets {
		ids = append(ids, m.set.ID)
	}
	if err := r.s.changed(ctx, r.tx, ids); err != nil {
		return err
	}
	audit(r.tx, r.who.entry("set.import_archive", "group", r.q.GroupID), nil, map[string]any{
		"server": r.report.Server, "program": r.report.Program, "sets": r.report.Sets, "samples": r.report.Samples, "results": r.report.Results, "skipped": r.report.Skipped,
	})
	return nil
}

// importRecord is a set in the audit with from where it came.
type importRecord struct {
	setRecord
	Server string `json:"server"`
	From   int64  `json:"from"`
}

func (r *arriving) putSets(ctx context.Context) error {
	for i := range r.a.Sets {
		row := &r.a.Sets[i]
		if r.known[row.ID] != 0 {
			continue
		}
		set := r.newSet(row)
		if err := r.tx.InsertSet(ctx, &set, setText(&set)); err != nil {
			return err
		}
		if err := tagSet(ctx, r.tx, &set, []int64{set.GroupID}); err != nil {
			return err
		}
		if err := r.tx.Backdate(ctx, "set", set.ID, row.CreatedAt); err != nil {
			return err
		}
		if err := r.origin(ctx, "set", row.ID, set.ID, r.digest(row.ID)); err != nil {
			return err
		}
		e := r.who.entry("set.import", "set", set.ID)
		e.SetID = set.ID
		audit(r.tx, e, nil, importRecord{recordSet(&set), r.a.Manifest.Server, row.ID})
		r.sets[row.ID] = member{set, []int64{set.GroupID}}
		r.report.Made = append(r.report.Made, lab.TransferMade{Archive: row.ID, Here: set.ID})
	}
	return nil
}

func (r *arriving) putSamples(ctx context.Context) error {
	for i := range r.a.Samples {
		row := &r.a.Samples[i]
		if r.left(row) {
			if err := r.attach(ctx, row); err != nil {
				return err
			}
			continue
		}
		var in []member
		var ids []int64
		for _, id := range row.Sets {
			if m, ok := r.sets[id]; ok {
				in, ids = append(in, m), append(ids, m.set.ID)
			}
		}
		p := lab.Sample{
			Name: lab.NewPrivate(row.Name), SamplingDate: lab.Date(row.SamplingDate), Info: row.Info, PreProcessID: r.processes[row.PreProcess],
			Generation: row.Generation, CreatorID: r.author(row.Creator),
		}
		if err := r.tx.InsertSample(ctx, &p, sampleText(&p, in), ids); err != nil {
			return err
		}
		if err := tagSample(ctx, r.tx, &p, in, []int64{r.q.GroupID}); err != nil {
			return err
		}
		if err := r.tx.Backdate(ctx, "sample", p.ID, row.CreatedAt); err != nil {
			return err
		}
		if err := r.origin(ctx, "sample", row.ID, p.ID, ""); err != nil {
			return err
		}
		var files []FileInput
		for k := range r.a.Files {
			if r.a.Files[k].Sample == row.ID {
				files = append(files, FileInput{Name: r.a.Files[k].Name})
			}
		}
		audit(r.tx, sampleEntry(r.who, "sample.import", p.ID, in), nil, recordSample(&p, in, files))
		r.samples[row.ID] = p.ID
	}
	return nil
}

// attach puts a sample that is here into the new sets that have it.
func (r *arriving) attach(ctx context.Context, row *transfer.Sample) error {
	here := r.skipped[row.ID]
	if here == 0 {
		return nil
	}
	for _, id := range row.Sets {
		m, ok := r.sets[id]
		if !ok {
			continue
		}
		if _, err := r.tx.AttachSample(ctx, here, m.set.ID); err != nil {
			return err
		}
		audit(r.tx, sampleEntry(r.who, "sample.attach", here, []member{m}), nil, map[string]any{"set": m.set.ID})
		r.samples[row.ID] = here
	}
	return nil
}

func (r *arriving) putFiles(ctx context.Context) error {
	for i := range r.a.Files {
		row := &r.a.Files[i]
		if r.leaves(row.Sample) {
			continue
		}
		f := lab.File{
			SampleID: r.samples[row.Sample], Generation: row.Generation, Role: lab.FileRole(row.Role), Lane: row.Lane, Name: lab.NewPrivate(row.Name),
			State: lab.FileRemoved, Size: row.Size,
		}
		if row.Inside {
			f.State, f.Digest = lab.FilePresent, row.Digest
		}
		if err := r.tx.InsertFile(ctx, &f); err != nil {
			return err
		}
		if err := r.tx.Backdate(ctx, "file", f.ID, row.CreatedAt); err != nil {
			return err
		}
	}
	return nil
}

func (r *arriving) putResults(ctx context.Context) error {
	for i := range r.a.Results {
		row := &r.a.Results[i]
		if r.leaves(row.Sample) {
			continue
		}
		x := lab.Result{
			Digest: row.Digest, Size: row.Size, ReadsDigest: row.ReadsDigest, Reads: row.Reads, Recombined: row.Recombined, Clonotypes: row.Clonotypes,
			Summary: string(row.Summary), Provenance: string(row.Provenance),
		}
		if r.a.Original {
			t := r.taken[row.ID]
			if t == nil || t.err != nil {
				continue
			}
			x = t.result
			if err := r.tx.KeepBlob(ctx, x.Digest, x.Size); err != nil {
				return err
			}
		}
		if err := r.putResult(ctx, row, &x); err != nil {
			return fmt.Errorf("import result %d: %w", row.ID, err)
		}
	}
	return nil
}

// putResult writes a result with the job that made it there: it is done, and not
// done again.
func (r *arriving) putResult(ctx context.Context, row *transfer.Result, x *lab.Result) error {
	revision := r.revisions[row.Revision]
	x.SampleID, x.Generation, x.ConfigID, x.ConfigRevisionID = r.samples[row.Sample], row.Generation, revision.ConfigID, revision.ID
	kind := lab.JobAnalyze
	if r.a.Original || importedThere(row) {
		kind = lab.JobImport
	}
	setID := int64(0)
	for _, id := range r.sample[row.Sample].Sets {
		if m, ok := r.sets[id]; ok && setID == 0 {
			setID = m.set.ID
		}
	}
	job, err := r.tx.InsertPastJob(ctx, &lab.Job{
		Kind: kind, GroupID: r.q.GroupID, UserID: r.author(row.Author), SetID: setID, SampleID: x.SampleID, ConfigID: x.ConfigID,
		ConfigRevisionID: x.ConfigRevisionID, Reads: x.Reads, EndedAt: row.CreatedAt,
	})
	if err != nil {
		return err
	}
	x.JobID = job
	var files []lab.ResultFile
	for _, f := range row.Files {
		files = append(files, lab.ResultFile{Name: f.Name, Digest: f.Digest, Size: f.Size, MediaType: f.MediaType})
	}
	if err := r.tx.InsertResult(ctx, x, files); err != nil {
		return err
	}
	if err := r.tx.SetJobResult(ctx, job, x.ID); err != nil {
		return err
	}
	r.results[row.ID] = job
	return r.tx.Backdate(ctx, "result", x.ID, row.CreatedAt)
}

// importedThere tells whether another program made a result.
func importedThere(row *transfer.Result) bool {
	var p lab.Provenance
	return json.Unmarshal(row.Provenance, &p) == nil && p.Program == lab.ProgramImport
}

// putLogs writes the logs, each job's pieces together.
func (r *arriving) putLogs(ctx context.Context) error {
	for i := range r.a.Logs {
		l := &r.a.Logs[i]
		if job := r.results[l.Result]; job != 0 && l.Text != "" {
			if err := r.tx.AppendPastLog(ctx, job, l.At, l.Text); err != nil {
				return err
			}
		}
	}
	return nil
}

// putNotes writes all versions of the annotations.
func (r *arriving) putNotes(ctx context.Context) error {
	names := map[int64]string{}
	for i := range r.a.People {
		names[r.a.People[i].ID] = r.a.People[i].Name
	}
	for i := range r.a.Annotations {
		row := &r.a.Annotations[i]
		m, ok := r.sets[row.Set]
		if !ok {
			continue
		}
		body, err := r.body(row)
		if err != nil {
			return fmt.Errorf("import version %d of the annotation of set %d: %w", row.Version, row.Set, err)
		}
		n := lab.Annotation{SetID: m.set.ID, Version: row.Version, AuthorID: r.author(row.Author), Note: row.Note, Body: body}
		if name := names[row.Author]; name != "" && r.people[row.Author] == 0 {
			n.Note = fmt.Sprintf("%s (by %s, on another server)", cmp.Or(row.Note, "imported"), name)
		}
		if err := r.tx.InsertAnnotation(ctx, &n); err != nil {
			return err
		}
		if err := r.tx.Backdate(ctx, "annotation", n.ID, row.CreatedAt); err != nil {
			return err
		}
	}
	return nil
}

// body is an annotation with the samples as they are called here.
func (r *arriving) body(row *transfer.Annotation) (string, error) {
	if row.Path != "" {
		return r.originalBody(row)
	}
	body, err := lab.ParseAnnotation(string(row.Body))
	if err != nil {
		return "", err
	}
	for i := range body.Samples {
		x := &body.Samples[i]
		if x.SampleID == 0 {
			continue
		}
		if here := r.samples[x.SampleID]; here != 0 {
			x.SampleID = here
			continue
		}
		// It was in the set once, and is not in the archive.
		x.OriginalName, x.SampleID = fmt.Sprintf("Sample %d elsewhere", x.SampleID), 0
	}
	return lab.EncodeAnnotation(&body)
}

// originalBody is a .analysis file of the original. One that cannot be read is
// kept as an empty version, and told.
func (r *arriving) originalBody(row *transfer.Annotation) (string, error) {
	empty := func(why error) (string, error) {
		r.note("an annotation of set %d of %s cannot be read, and is empty: %s", row.Set, row.CreatedAt.Format(time.DateTime), why.Error())
		return lab.EncodeAnnotation(&lab.AnnotationBody{})
	}
	in, err := r.a.Stored(row.Path)
	if err != nil {
		return empty(err)
	}
	text, err := io.ReadAll(io.LimitReader(in, lab.MaxAnnotation+1))
	if err := errors.Join(err, in.Close()); err != nil {
		return "", err
	}
	if len(text) > lab.MaxAnnotation {
		return empty(lab.Errorf(lab.TooLarge, "it has more than %d MB", lab.MaxAnnotation>>20))
	}
	file, err := readAnalysis(text)
	if err != nil {
		return empty(err)
	}
	names := map[int64]*sampleName{}
	for i := range r.a.Samples {
		p := &r.a.Samples[i]
		here := r.samples[p.ID]
		if here == 0 || !slices.Contains(p.Sets, row.Set) {
			continue
		}
		names[here] = &sampleName{Sample: lab.Sample{ID: here, Name: lab.NewPrivate(p.Name).Opened(), SamplingDate: lab.Date(p.SamplingDate)}, Known: true, File: p.Name}
	}
	body := file.body(names)
	if err := body.Check(); err != nil {
		return empty(err)
	}
	return lab.EncodeAnnotation(&body)
}
