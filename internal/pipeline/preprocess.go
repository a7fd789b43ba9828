package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/pairs"
	"vidjil.org/vidjil/vdj/seqio"
)

// fewMerged is the share of pairs that merge under which a sample deserves a
// warning: its reads are shorter than half of what they are of.
const fewMerged = 0.5

// preprocess merges the read pairs of a sample.
func (p *Pipeline) preprocess(ctx context.Context, r *job.Run) error {
	w, err := p.load(ctx, r)
	if err != nil {
		return err
	}
	var args preprocessArgs
	if err := json.Unmarshal([]byte(r.Job.Args), &args); err != nil {
		return fmt.Errorf("read arguments of job %d: %w", r.Job.ID, err)
	}
	var how lab.PreProcess
	err = p.Store.Read(ctx, func(tx *store.Tx) (err error) {
		how, err = tx.PreProcessByID(ctx, r.Job.PreProcessID)
		return err
	})
	if err != nil {
		return err
	}
	if how.Program != lab.ProgramPairs {
		return lab.Errorf(lab.Invalid, "this server does not have the pre-process %s", how.Program)
	}
	if lab.DigestOptions(how.Program, how.Options) != args.Digest {
		return lab.Errorf(lab.Conflict, "pre-process %d was changed since this was asked for; ask again", how.ID)
	}
	merger, err := newMerger(how.Options, p.Threads)
	if err != nil {
		return err
	}
	in, err := p.read(ctx, w.in.files())
	if err != nil {
		return err
	}
	r.Printf("Merging pairs: pre-process %d, revision %d, options %s.", how.ID, how.Revision, how.Options)
	made, stats, err := w.merge(ctx, merger, in)
	if err != nil {
		return err
	}
	w.finishPrepared(made, stats, how, in)
	return nil
}

func newMerger(options string, threads int) (*pairs.Merger, error) {
	o, err := lab.ParsePairOptions(options)
	if err != nil {
		return nil, lab.Errorf(lab.Invalid, "the options of the pre-process are of a later version of this program")
	}
	keep := map[string]pairs.Keep{"": pairs.KeepFirst, "r1": pairs.KeepFirst, "r2": pairs.KeepSecond, "none": pairs.KeepNone}
	m, err := pairs.New(pairs.Options{
		MinOverlap: o.MinOverlap, MaxMismatch: o.MaxMismatchPercent / 100, Keep: keep[o.Keep], Threads: threads,
	})
	if err != nil {
		return nil, lab.Errorf(lab.Invalid, "options of the pre-process: %w", err)
	}
	return m, nil
}

// merge writes the merged reads into a blob.
func (w *work) merge(ctx context.Context, merger *pairs.Merger, in *reading) (made blob.Info, stats pairs.Stats, err error) {
	first, err := seqio.NewReader(in.sources(w.in.first), seqio.Options{Threads: w.p.Threads})
	if err != nil {
		return made, stats, readError(ctx, err)
	}
	defer first.Close()
	second, err := seqio.NewReader(in.sources(w.in.second), seqio.Options{Threads: w.p.Threads})
	if err != nil {
		return made, stats, readError(ctx, err)
	}
	defer second.Close()
	out := w.p.create(ctx, true)
	defer out.abort()
	total := float64(max(first.TotalBytes()+second.TotalBytes(), 1))
	watch := watcher{out, func() {
		w.Progress(float64(first.BytesRead()+second.BytesRead())/total, first.Reads(), "merging pairs")
	}}
	w.Progress(0, 0, "merging pairs")
	stats, err = merger.Merge(ctx, first, second, watch)
	if err != nil {
		return made, stats, readError(ctx, err)
	}
	made, err = out.close()
	return made, stats, err
}

// watcher tells of each writing.
type watcher struct {
	io.Writer
	told func()
}

func (w watcher) Write(b []byte) (int, error) {
	w.told()
	return w.Writer.Write(b)
}

// finishPrepared registers the merged reads.
func (w *work) finishPrepared(made blob.Info, stats pairs.Stats, how lab.PreProcess, in *reading) {
	files, warnings := in.provenance()
	w.warn(warnings...)
	record := lab.PreparedRecord{
		PreProcess: lab.ProvenancePreProcess{
			ID: how.ID, Revision: how.Revision, Program: how.Program, Options: how.Options,
			Digest: lab.DigestOptions(how.Program, how.Options), Reads: string(made.Digest),
		},
		Files: files, Summary: summarizePairs(how.Program, &stats),
	}
	s := &record.Summary
	w.Printf("%s pairs: %s merged (%s), %s kept unmerged, %s dropped.", count(s.Pairs), count(s.Merged), percent(s.Merged, s.Pairs), count(s.Kept), count(s.Dropped))
	for cause, n := range s.Causes {
		if n > 0 {
			w.Printf("  not merged, %s: %s", cause, count(n))
		}
	}
	if s.Pairs > 0 && float64(s.Merged) < fewMerged*float64(s.Pairs) {
		w.warn(lab.Warning{Code: "W10", Level: "warn", Message: "few merged pairs: " + percent(s.Merged, s.Pairs)})
	}
	record.Warnings = w.warnings
	got := lab.Prepared{
		SampleID: w.sample.ID, Generation: w.sample.Generation, PreProcessDigest: record.PreProcess.Digest, Inputs: w.in.key(),
		Digest: string(made.Digest), Size: made.Size, Record: lab.EncodeRecord(&record),
	}
	w.Finish(func(ctx context.Context, tx *store.Tx) error {
		if err := keepBlobs(ctx, tx, made); err != nil {
			return err
		}
		if err := in.keepSums(ctx, tx); err != nil {
			return err
		}
		got := got
		if err := tx.PutPrepared(ctx, &got); err != nil {
			return err
		}
		tx.Audit(lab.Entry{
			UserID: w.Job.UserID, Action: "sample.preprocess", Object: "sample", ObjectID: w.sample.ID, SetID: w.Job.SetID,
			After: encode(map[string]any{"pre_process": how.ID, "revision": how.Revision, "job": w.Job.ID, "digest": got.Digest}),
		})
		return nil
	})
}

func summarizePairs(program string, s *pairs.Stats) lab.PreProcessSummary {
	out := lab.PreProcessSummary{
		Program: program, Pairs: s.Pairs, Merged: s.Merged, Kept: s.Kept, Dropped: s.Dropped, Through: s.Through, Causes: map[string]int64{},
		MeanLength: s.MeanLength(), MeanOverlap: s.MeanOverlap(), Compared: s.Compared, Differ: s.Differ,
	}
	for cause, n := range s.Causes {
		out.Causes[cause.String()] = n
	}
	return out
}
