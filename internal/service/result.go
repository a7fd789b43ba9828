package service

import (
	"context"
	"slices"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// ResultView is a result as a person sees it.
type ResultView struct {
	lab.Result
	Numbers  lab.ResultSummary
	Made     lab.Provenance   // of one result only, not of lists
	Files    []lab.ResultFile // of one result only
	Revision int              // number of the config's revision
	// Shown: it is the newest of its sample and config. Stale: the reads were
	// replaced since. Outdated: the config has a newer revision.
	Shown, Stale, Outdated bool
	MayDelete              bool

	hidden *redactor // of the sample
}

// Results lists the results of a sample, the newest first: the history of what
// was made of it.
func (s *Service) Results(ctx context.Context, who *Actor, sampleID int64) (list []ResultView, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		sample, in, err := visibleSample(ctx, tx, who, sampleID)
		if err != nil {
			return err
		}
		rows, err := tx.ResultsOf(ctx, sampleID)
		if err != nil {
			return err
		}
		list, err = viewResults(ctx, tx, who, rows, sample, in)
		return err
	})
	if err == nil {
		err = s.noteResultRead(ctx, who.entry("result.list", "sample", sampleID))
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

// viewResults shows results of one sample, the newest first.
func viewResults(ctx context.Context, tx *store.Tx, who *Actor, rows []lab.Result, sample lab.Sample, in []member) ([]ResultView, error) {
	var revisions, configs []int64
	for i := range rows {
		revisions, configs = append(revisions, rows[i].ConfigRevisionID), append(configs, rows[i].ConfigID)
	}
	number, err := revisionNumbers(ctx, tx, revisions)
	if err != nil {
		return nil, err
	}
	newest, err := newestRevisions(ctx, tx)
	if err != nil {
		return nil, err
	}
	// Results of other programs may name the patient anywhere.
	_, hidden, err := sampleNames(ctx, tx, &opener{who: who}, []int64{sample.ID})
	if err != nil {
		return nil, err
	}
	list := make([]ResultView, len(rows))
	for i := range rows {
		v := &list[i]
		v.Result, v.hidden = rows[i], hidden
		if v.Numbers, err = lab.SummaryOf(&rows[i]); err != nil {
			return nil, err
		}
		hidden.summary(&v.Numbers)
		v.Revision = number[v.ConfigRevisionID]
		v.Shown = slices.Index(configs, v.ConfigID) == i
		v.Stale = v.Generation < sample.Generation
		v.Outdated = newest[v.ConfigID].RevisionID != v.ConfigRevisionID
		v.MayDelete = who.DeleteResult(lines(in))
	}
	return list, nil
}

func revisionNumbers(ctx context.Context, tx *store.Tx, ids []int64) (map[int64]int, error) {
	rows, err := tx.Revisions(ctx, distinct(ids))
	number := make(map[int64]int, len(rows))
	for _, r := range rows {
		number[r.ID] = r.Number
	}
	return number, err
}

func newestRevisions(ctx context.Context, tx *store.Tx) (map[int64]store.Newest, error) {
	rows, err := tx.NewestRevisions(ctx)
	newest := make(map[int64]store.Newest, len(rows))
	for _, r := range rows {
		newest[r.ConfigID] = r
	}
	return newest, err
}

// noteResultRead notes that results were read. Who cannot be noted does not get to
// see.
func (s *Service) noteResultRead(ctx context.Context, e lab.Entry) error {
	return s.write(ctx, func(tx *store.Tx) error {
		tx.Audit(e)
		return nil
	})
}

// visibleResult loads a result of a sample that the actor may see.
func visibleResult(ctx context.Context, tx *store.Tx, who *Actor, id int64) (r lab.Result, sample lab.Sample, in []member, err error) {
	r, err = tx.ResultByID(ctx, id)
	if lab.CodeOf(err) == lab.NotFound || err == nil && !r.RemovedAt.IsZero() {
		return r, sample, nil, errNotFound("result", id)
	}
	if err != nil {
		return r, sample, nil, err
	}
	sample, in, err = visibleSample(ctx, tx, who, r.SampleID)
	if lab.CodeOf(err) == lab.NotFound {
		err = errNotFound("result", id)
	}
	return r, sample, in, err
}

// ResultByID returns a result with what it was made of and its files.
func (s *Service) ResultByID(ctx context.Context, who *Actor, id int64) (v ResultView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		r, sample, in, err := visibleResult(ctx, tx, who, id)
		if err != nil {
			return err
		}
		list, err := viewResults(ctx, tx, who, []lab.Result{r}, sample, in)
		if err != nil {
			return err
		}
		v = list[0]
		newest, err := tx.NewestResults(ctx, []int64{r.SampleID}, r.ConfigID)
		if err != nil {
			return err
		}
		v.Shown = len(newest) == 1 && newest[0].ID == r.ID
		if v.Made, err = lab.ProvenanceOf(&r); err != nil {
			return err
		}
		v.Made.Imported = v.hidden.text(v.Made.Imported)
		v.Files, err = tx.ResultFiles(ctx, id)
		return err
	})
	if err == nil {
		err = s.noteResultRead(ctx, who.entry("result.read", "result", id))
	}
	if err != nil {
		return ResultView{}, err
	}
	return v, nil
}

// OpenResultFile opens another output of a result. The caller closes it.
func (s *Service) OpenResultFile(ctx context.Context, who *Actor, id int64, name string) (f lab.ResultFile, content blob.Reader, err error) {
	if err := who.require(); err != nil {
		return f, nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		if _, _, _, err := visibleResult(ctx, tx, who, id); err != nil {
			return err
		}
		files, err := tx.ResultFiles(ctx, id)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(files, func(x lab.ResultFile) bool { return x.Name == name })
		if at < 0 {
			return lab.Errorf(lab.NotFound, "result %d has no such file", id)
		}
		f = files[at]
		return nil
	})
	if err != nil {
		return f, nil, err
	}
	e := who.entry("result.download", "result", id)
	e.After = encode(map[string]string{"file": f.Name})
	if err := s.noteResultRead(ctx, e); err != nil {
		return f, nil, err
	}
	content, err = s.Blobs.Open(ctx, blob.Digest(f.Digest))
	return f, content, err
}

// DeleteResult takes a result out of all sets. The one before it, if there is
// one, is shown again.
func (s *Service) DeleteResult(ctx context.Context, who *Actor, id int64) error {
	if err := who.require(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		r, _, _, err := visibleResult(ctx, tx, who, id)
		if err != nil {
			return err
		}
		_, in, err := sampleFor(ctx, tx, who, r.SampleID, who.DeleteResult, "delete this result")
		if err != nil {
			return err
		}
		was, err := tx.RemoveResult(ctx, id)
		if err != nil || !was {
			return err
		}
		e := sampleEntry(who, "result.delete", r.SampleID, in)
		e.Object, e.ObjectID = "result", id
		audit(tx, e, map[string]any{"sample": r.SampleID, "config_revision": r.ConfigRevisionID, "digest": r.Digest}, nil)
		return s.changed(ctx, tx, setIDs(in))
	})
}

// PurgeResults removes for good what was deleted before a time; the collector
// then removes its bytes. The server does it by itself, from time to time.
func (s *Service) PurgeResults(ctx context.Context, before time.Time) (n int, err error) {
	for {
		some := 0
		err := s.write(ctx, func(tx *store.Tx) error {
			list, err := tx.RemovedResults(ctx, before, purgeBatch)
			if err != nil {
				return err
			}
			ids := make([]int64, len(list))
			for i := range list {
				ids[i] = list[i].ID
				audit(tx, System().entry("result.purge", "result", list[i].ID), map[string]any{"sample": list[i].SampleID, "digest": list[i].Digest}, nil)
			}
			some = len(ids)
			purged(tx, "deleted_results", int64(some), 0, ids)
			return tx.DeleteResults(ctx, ids)
		})
		if n += some; err != nil || some == 0 {
			return n, err
		}
	}
}

// Cell is what there is of a sample by a config.
type Cell struct {
	SampleID, ConfigID int64
	Result             *ResultView // the newest, without its summary; nil for none
	Job                *JobView    // the newest that makes one; nil for none
}

// SetResults tells, of all samples of a set, the state of each config: its
// newest result and its newest job.
func (s *Service) SetResults(ctx context.Context, who *Actor, setID int64) (cells []Cell, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) error {
		if _, _, err := visibleSet(ctx, tx, who, setID); err != nil {
			return err
		}
		ids, err := tx.LivingSamplesOf(ctx, setID)
		if err != nil {
			return err
		}
		cells, err = cellsOf(ctx, tx, who, ids)
		return err
	})
	if err == nil {
		e := who.entry("result.list", "set", setID)
		e.SetID = setID
		err = s.noteResultRead(ctx, e)
	}
	if err != nil {
		return nil, err
	}
	return cells, nil
}

func cellsOf(ctx context.Context, tx *store.Tx, who *Actor, samples []int64) (cells []Cell, err error) {
	results, err := tx.NewestResults(ctx, samples, 0)
	if err != nil {
		return nil, err
	}
	jobs, err := tx.NewestJobs(ctx, samples, 0)
	if err != nil {
		return nil, err
	}
	rows, err := tx.SamplesByID(ctx, samples)
	if err != nil {
		return nil, err
	}
	generation := map[int64]int{}
	for i := range rows {
		generation[rows[i].ID] = rows[i].Generation
	}
	newest, err := newestRevisions(ctx, tx)
	if err != nil {
		return nil, err
	}
	rights, err := rightsOnJobs(ctx, tx, who, jobs)
	if err != nil {
		return nil, err
	}
	var revisions []int64
	for i := range results {
		revisions = append(revisions, results[i].ConfigRevisionID)
	}
	number, err := revisionNumbers(ctx, tx, revisions)
	if err != nil {
		return nil, err
	}
	type place struct{ sample, config int64 }
	at := map[place]int{}
	cell := func(sample, config int64) *Cell {
		p := place{sample, config}
		if _, ok := at[p]; !ok {
			at[p] = len(cells)
			cells = append(cells, Cell{SampleID: sample, ConfigID: config})
		}
		return &cells[at[p]]
	}
	for _, r := range results {
		cell(r.SampleID, r.ConfigID).Result = &ResultView{
			Result: r, Revision: number[r.ConfigRevisionID], Shown: true,
			Stale: r.Generation < generation[r.SampleID], Outdated: newest[r.ConfigID].RevisionID != r.ConfigRevisionID,
		}
	}
	for _, j := range jobs {
		v := rights.show(j)
		cell(j.SampleID, j.ConfigID).Job = &v
	}
	slices.SortFunc(cells, func(a, b Cell) int {
		if a.SampleID != b.SampleID {
			return int(a.SampleID - b.SampleID)
		}
		return int(a.ConfigID - b.ConfigID)
	})
	return cells, nil
}
