package pipeline

import (
	"context"
	"errors"
	"sync/atomic"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/clonetable"
	"vidjil.org/vidjil/vdj/repertoire"
)

// fusing is what a fuse job finds.
type fusing struct {
	trashed bool
	results []lab.Result
	options repertoire.Options
	key     string
	now     lab.Fused // what is kept; zero for none
	twin    lab.Fused // of the same inputs, of another set; zero for none
}

// fuse brings the fused result of a set and config up to date.
func (p *Pipeline) fuse(ctx context.Context, r *job.Run) error {
	f, err := p.findFuse(ctx, r.Job.SetID, r.Job.ConfigID)
	if err != nil {
		return err
	}
	set, config := r.Job.SetID, r.Job.ConfigID
	switch {
	case f.trashed:
		r.Printf("Set %d is in the trash: nothing is fused.", set)
		return nil
	case len(f.results) == 0:
		r.Printf("Set %d has no result by config %d.", set, config)
		r.Finish(func(ctx context.Context, tx *store.Tx) error { return tx.DropFused(ctx, set, config) })
		return nil
	case f.now.InputsKey == f.key:
		r.Printf("Nothing has changed: %d samples.", len(f.results))
		r.Finish(func(ctx context.Context, tx *store.Tx) error {
			// A change while this ran has asked for another run.
			j, err := tx.JobByID(ctx, r.Job.ID)
			if err != nil || j.Again {
				return err
			}
			return tx.FreshenFused(ctx, set, config)
		})
		return nil
	case f.twin.ID != 0:
		r.Printf("The same was fused before: %d samples.", len(f.results))
		p.finishFused(r, f, blob.Info{Digest: blob.Digest(f.twin.Digest), Size: f.twin.Size})
		return nil
	}
	made, err := p.writeFuse(ctx, r, f)
	if err != nil {
		return fuseError(ctx, err)
	}
	p.finishFused(r, f, made)
	return nil
}

// findFuse reads what there is to fuse.
func (p *Pipeline) findFuse(ctx context.Context, setID, configID int64) (f fusing, err error) {
	err = p.Store.Read(ctx, func(tx *store.Tx) error {
		set, err := tx.SetByID(ctx, setID)
		if err != nil {
			return err
		}
		if f.trashed = !set.TrashedAt.IsZero(); f.trashed {
			return nil
		}
		rev, err := tx.NewestRevision(ctx, configID)
		if err != nil {
			return err
		}
		o, err := lab.ParseOptions(rev.Options)
		if err != nil {
			return lab.Errorf(lab.Invalid, "the options of config revision %d are of a later version of this program", rev.ID)
		}
		f.options = FuseOptions(&o)
		if f.results, err = tx.FuseInputs(ctx, setID, configID); err != nil {
			return err
		}
		f.key = InputsKey(f.results, f.options)
		if f.now, _, err = tx.FusedFor(ctx, setID, configID); err != nil || f.now.InputsKey == f.key {
			return err
		}
		f.twin, _, err = tx.FusedWith(ctx, f.key)
		return err
	})
	return f, err
}

// writeFuse fuses and writes the blob.
func (p *Pipeline) writeFuse(ctx context.Context, r *job.Run, f fusing) (made blob.Info, err error) {
	total := int64(1)
	for i := range f.results {
		total += f.results[i].Clonotypes
	}
	r.Printf("Fusing %d samples, %s clonotypes.", len(f.results), count(total-1))
	r.Progress(0, 0, "fusing")
	var rows atomic.Int64
	o := f.options
	o.Threads = p.Threads
	fused, err := FuseResults(ctx, p.Blobs, f.results, o, func(n int64) {
		r.Progress(0.9*float64(rows.Add(n))/float64(total), 0, "fusing")
	})
	if err != nil {
		return made, err
	}
	r.Progress(0.9, 0, "saving")
	out := p.create(ctx, false)
	defer out.abort()
	if err := WriteFused(out, fused); err != nil {
		return made, err
	}
	if made, err = out.close(); err == nil {
		r.Printf("%s clonotypes are kept.", count(len(fused.Clones)))
	}
	return made, err
}

// fuseError is an error of reading results.
func fuseError(ctx context.Context, err error) error {
	if stopped := context.Cause(ctx); stopped != nil {
		return stopped
	}
	if errors.Is(err, clonetable.ErrDamaged) {
		return &lab.Error{Code: lab.Invalid, Msg: "a result is damaged; analyse its sample again", Err: err}
	}
	return err
}

// finishFused registers the fused result. It is fresh unless something changed
// while the job ran: then this job was asked to be followed by another, and the
// row of the job, which is locked before this runs, says so.
func (p *Pipeline) finishFused(r *job.Run, f fusing, made blob.Info) {
	ids := []int64{}
	for i := range f.results {
		ids = append(ids, f.results[i].ID)
	}
	r.Finish(func(ctx context.Context, tx *store.Tx) error {
		j, err := tx.JobByID(ctx, r.Job.ID)
		if err != nil {
			return err
		}
		if err := keepBlobs(ctx, tx, made); err != nil {
			return err
		}
		row := lab.Fused{
			SetID: r.Job.SetID, ConfigID: r.Job.ConfigID, InputsKey: f.key, Inputs: encode(ids),
			Digest: string(made.Digest), Size: made.Size, Fresh: !j.Again,
		}
		tx.Signal("set:" + encode(r.Job.SetID))
		return tx.PutFused(ctx, &row)
	})
}
