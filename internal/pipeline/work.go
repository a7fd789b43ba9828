package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// work is a job that reads the files of a sample.
type work struct {
	*job.Run
	p       *Pipeline
	started time.Time

	sample   lab.Sample
	in       inputs
	revision lab.ConfigRevision
	options  lab.Options
	args     analyzeArgs

	prepared *lab.Prepared // reads that a pre-process made
	record   lab.PreparedRecord

	warnings []lab.Warning
}

// load reads what the job is about, and refuses what has changed since it was
// asked for.
func (p *Pipeline) load(ctx context.Context, r *job.Run) (*work, error) {
	w := &work{Run: r, p: p, started: time.Now()}
	if err := json.Unmarshal([]byte(r.Job.Args), &w.args); err != nil {
		return nil, fmt.Errorf("read arguments of job %d: %w", r.Job.ID, err)
	}
	err := p.Store.Read(ctx, func(tx *store.Tx) (err error) {
		if w.sample, err = tx.SampleByID(ctx, r.Job.SampleID); err != nil {
			return err
		}
		switch {
		case !w.sample.TrashedAt.IsZero():
			return lab.Errorf(lab.Conflict, "sample %d is in the trash", w.sample.ID)
		case w.sample.Generation != w.args.Generation:
			return lab.Errorf(lab.Conflict, "the reads of sample %d were replaced since this was asked for", w.sample.ID)
		}
		program := lab.ProgramVidjil
		if r.Job.ConfigRevisionID != 0 {
			if w.revision, err = tx.ConfigRevision(ctx, r.Job.ConfigRevisionID); err != nil {
				return err
			}
			if w.options, err = lab.ParseOptions(w.revision.Options); err != nil {
				return lab.Errorf(lab.Invalid, "the options of config revision %d are of a later version of this program", w.revision.ID)
			}
			program = w.revision.Program
		}
		if program != lab.ProgramVidjil && program != lab.ProgramImport {
			return lab.Errorf(lab.Invalid, "this server does not have the program %s", program)
		}
		files, err := tx.FilesOf(ctx, []int64{w.sample.ID})
		if err != nil {
			return err
		}
		if w.in, err = choose(&w.sample, files, program); err != nil {
			return err
		}
		return w.loadPrepared(ctx, tx)
	})
	return w, err
}

// loadPrepared finds the reads that the pre-process made.
func (w *work) loadPrepared(ctx context.Context, tx *store.Tx) error {
	if w.args.PreProcess == "" || w.Job.Kind != lab.JobAnalyze {
		return nil
	}
	got, ok, err := tx.PreparedOf(ctx, w.sample.ID, w.sample.Generation, w.args.PreProcess)
	if err != nil {
		return err
	}
	if !ok || got.Inputs != w.in.key() {
		return lab.Errorf(lab.Conflict, "the reads that the pre-process made of sample %d are no longer there; ask again", w.sample.ID)
	}
	w.prepared = &got
	return json.Unmarshal([]byte(got.Record), &w.record)
}

// warn notes a warning of the result, and in the log.
func (w *work) warn(list ...lab.Warning) {
	for _, x := range list {
		w.warnings = append(w.warnings, x)
		w.Printf("Warning: %s (%s).", x.Message, x.Code)
	}
}

// count writes a number as people read it: 1 234 567.
func count[T int | int64](n T) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// percent is a share for people.
func percent[T int | int64](part, whole T) string {
	if whole == 0 {
		return "0 %"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}

// made is what a job made: the table, other outputs, and what is said of them.
type made struct {
	table      blob.Info
	files      []lab.ResultFile
	blobs      []blob.Info // of files
	summary    summary
	provenance lab.Provenance
	reading    *reading // nil when prepared reads were read
}

// finish registers the result: with it are committed the blobs that it refers to,
// what mounted files were, the fuses that follow, and the audit entry.
func (w *work) finish(m *made) {
	m.provenance.Engine = w.p.Version
	m.provenance.Program = w.revision.Program
	m.provenance.Config = lab.ProvenanceConfig{ID: w.revision.ConfigID, Revision: w.revision.Number, Digest: w.revision.Digest}
	m.provenance.Options = w.options
	m.provenance.Timings.Started = w.started.UTC().Format(time.RFC3339)
	m.provenance.Timings.Seconds = time.Since(w.started).Seconds()
	result := lab.Result{
		SampleID: w.sample.ID, Generation: w.sample.Generation, ConfigID: w.revision.ConfigID, ConfigRevisionID: w.revision.ID, JobID: w.Job.ID,
		Digest: string(m.table.Digest), Size: m.table.Size, ReadsDigest: digestOf(m.provenance.Files),
		Reads: m.summary.Total, Recombined: m.summary.Recombined, Clonotypes: m.summary.Clonotypes,
		Summary: lab.EncodeRecord(&m.summary.ResultSummary), Provenance: lab.EncodeRecord(&m.provenance),
	}
	w.Finish(func(ctx context.Context, tx *store.Tx) error {
		result := result // a second attempt at the transaction begins anew
		if err := keepBlobs(ctx, tx, append(m.blobs, m.table)...); err != nil {
			return err
		}
		sets, err := w.livingSets(ctx, tx)
		if err != nil {
			return err
		}
		if err := tx.InsertResult(ctx, &result, m.files); err != nil {
			return err
		}
		if m.reading != nil {
			if err := m.reading.keepSums(ctx, tx); err != nil {
				return err
			}
		}
		var fuses []store.SetConfig
		var ids []int64
		for _, s := range sets {
			fuses, ids = append(fuses, store.SetConfig{SetID: s.ID, ConfigID: result.ConfigID, GroupID: s.GroupID}), append(ids, s.ID)
		}
		if err := Refuse(ctx, tx, fuses, w.Job.UserID); err != nil {
			return err
		}
		if err := tx.StaleFusedOf(ctx, ids, result.ConfigID); err != nil {
			return err
		}
		tx.Audit(lab.Entry{
			UserID: w.Job.UserID, Action: "result.create", Object: "result", ObjectID: result.ID, SetID: w.Job.SetID,
			After: encode(map[string]any{"sample": result.SampleID, "config_revision": result.ConfigRevisionID, "job": w.Job.ID, "digest": result.Digest}),
		})
		for _, id := range ids {
			tx.Signal(fmt.Sprintf("set:%d", id))
		}
		w.SetResult(result.ID)
		return nil
	})
}

// livingSets locks and returns the sets of the sample that are not in the trash.
func (w *work) livingSets(ctx context.Context, tx *store.Tx) ([]lab.Set, error) {
	in, err := tx.MembershipsOf(ctx, []int64{w.sample.ID})
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, m := range in {
		if !m.Trashed {
			ids = append(ids, m.SetID)
		}
	}
	if err := tx.LockSets(ctx, ids); err != nil {
		return nil, err
	}
	return tx.SetsByID(ctx, ids)
}

func keepBlobs(ctx context.Context, tx *store.Tx, list ...blob.Info) error {
	for _, b := range list {
		if err := tx.KeepBlob(ctx, string(b.Digest), b.Size); err != nil {
			return err
		}
	}
	return nil
}
