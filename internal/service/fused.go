package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/repertoire"
)

// FusedRef says which results are looked at: those of a set and config, those of
// a comparison, or a single one.
type FusedRef struct {
	SetID, ConfigID int64
	ComparisonID    int64
	ResultID        int64
}

func (r FusedRef) object() (string, int64) {
	switch {
	case r.SetID != 0:
		return "set", r.SetID
	case r.ComparisonID != 0:
		return "comparison", r.ComparisonID
	}
	return "result", r.ResultID
}

// FusedState says how a fused result stands to the results that there are.
type FusedState string

// The states of a fused result.
const (
	FusedFresh  FusedState = "fresh"
	FusedStale  FusedState = "stale"  // something changed since; a job makes it anew
	FusedAbsent FusedState = "absent" // nothing was fused yet
)

// FusedInfo is what is known of a fused result without its clonotypes.
type FusedInfo struct {
	Ref        FusedRef
	State      FusedState
	Digest     string   // names the content; "" where there is none
	Size       int64    // bytes, packed
	Job        *lab.Job // that makes it anew; nil where none does
	CreatedAt  time.Time
	Annotation int // newest version of the set's annotation; 0 for none
	Samples    []FusedSample
	Configs    map[int64]lab.Config // of the samples' results
}

// FusedSample is a column of a fused result, or a sample of the set that has no
// result yet.
type FusedSample struct {
	Sample    lab.Sample // its name opened where the actor may know it
	NameKnown bool
	File      string // of its reads, or what stands for its name
	InFused   bool   // it is a column; the order of the columns is that of the list

	Result     lab.Result // ID 0 for none
	Revision   int        // number of the config's revision
	Stale      bool       // its reads were replaced since
	Summary    lab.ResultSummary
	Provenance lab.Provenance
}

// FusedInfo tells what there is of a fused result.
func (s *Service) FusedInfo(ctx context.Context, who *Actor, ref FusedRef) (out FusedInfo, err error) {
	if err := who.require(); err != nil {
		return out, err
	}
	o := &opener{who: who}
	err = s.read(ctx, func(tx *store.Tx) error {
		f, err := s.findFused(ctx, tx, o, ref)
		if err != nil {
			return err
		}
		out, err = f.info(ctx, tx)
		return err
	})
	object, id := ref.object()
	if err == nil {
		err = s.auditResults(ctx, o, "result.read", object, id, ref.SetID)
	}
	if err != nil {
		return FusedInfo{}, err
	}
	return out, nil
}

// foundFused is a fused result as one actor may see it.
type foundFused struct {
	ref     FusedRef
	row     lab.Fused // of a set or comparison; ID 0 where there is none
	results []lab.Result
	stale   error // why it cannot be shown although it is there
	names   map[int64]*sampleName
	hidden  *redactor
	configs map[int64]lab.Config
	samples []int64 // of a set: those in it now
	note    lab.Annotation
}

// findFused finds the results of a reference and checks that the actor may see
// each of them: the samples, and the configs that they were made by.
func (s *Service) findFused(ctx context.Context, tx *store.Tx, o *opener, ref FusedRef) (f *foundFused, err error) {
	f = &foundFused{ref: ref}
	if f.configs, err = usableConfigs(ctx, tx, o.who); err != nil {
		return nil, err
	}
	switch {
	case ref.SetID != 0:
		err = f.ofSet(ctx, tx, o)
	case ref.ComparisonID != 0:
		err = f.ofComparison(ctx, tx, o)
	default:
		err = f.ofResults(ctx, tx, o, []int64{ref.ResultID}, errNotFound("result", ref.ResultID))
	}
	if err != nil {
		return nil, err
	}
	ids := slices.Clone(f.samples)
	for i := range f.results {
		ids = append(ids, f.results[i].SampleID)
	}
	f.names, f.hidden, err = sampleNames(ctx, tx, o, ids)
	return f, err
}

// ofSet finds the fused result of a set and config. One that has a column of a
// sample that has left the set, or of a result that was removed, is not shown:
// who may see the set may no longer see that.
func (f *foundFused) ofSet(ctx context.Context, tx *store.Tx, o *opener) error {
	set, _, err := visibleSet(ctx, tx, o.who, f.ref.SetID)
	if err != nil {
		return err
	}
	if !set.TrashedAt.IsZero() {
		return errTrashed("set", set.ID)
	}
	if _, ok := f.configs[f.ref.ConfigID]; !ok {
		return errNotFound("config", f.ref.ConfigID)
	}
	if f.note, _, err = tx.NewestAnnotation(ctx, set.ID); err != nil {
		return err
	}
	living, err := tx.LivingSamplesOf(ctx, set.ID)
	if err != nil {
		return err
	}
	f.samples = living
	f.row, _, err = tx.FusedFor(ctx, f.ref.SetID, f.ref.ConfigID)
	if err != nil || f.row.ID == 0 {
		return err
	}
	ids, err := inputsOf(&f.row)
	if err != nil {
		return err
	}
	if f.results, err = tx.ResultsByID(ctx, ids); err != nil {
		return err
	}
	changed := len(f.results) != len(ids) || slices.ContainsFunc(f.results, func(r lab.Result) bool { return !slices.Contains(living, r.SampleID) })
	if changed {
		e := lab.Errorf(lab.Unavailable, "samples of the set have changed, and its fused result is being made anew")
		e.Retry = 5 * time.Second
		f.stale, f.results = e, nil
	}
	return nil
}

func (f *foundFused) ofComparison(ctx context.Context, tx *store.Tx, o *opener) (err error) {
	gone := errNotFound("comparison", f.ref.ComparisonID)
	f.row, err = tx.Comparison(ctx, f.ref.ComparisonID)
	if lab.CodeOf(err) == lab.NotFound {
		return gone
	}
	if err != nil {
		return err
	}
	ids, err := inputsOf(&f.row)
	if err != nil {
		return err
	}
	return f.ofResults(ctx, tx, o, ids, gone)
}

// ofResults loads chosen results, of which the actor must be able to see each.
// gone is the answer otherwise.
func (f *foundFused) ofResults(ctx context.Context, tx *store.Tx, o *opener, ids []int64, gone error) (err error) {
	if f.results, err = tx.ResultsByID(ctx, ids); err != nil {
		return err
	}
	if len(f.results) != len(ids) {
		return gone
	}
	ok, err := seesResults(ctx, tx, o.who, f.results, f.configs)
	if err == nil && !ok {
		err = gone
	}
	return err
}

// seesResults tells whether the actor may see all of the results: each sample
// through any set of it that the actor may see and that, as the sample, is not
// in the trash, and each config.
func seesResults(ctx context.Context, tx *store.Tx, who *Actor, results []lab.Result, configs map[int64]lab.Config) (bool, error) {
	var samples []int64
	for i := range results {
		if _, ok := configs[results[i].ConfigID]; !ok {
			return false, nil
		}
		samples = append(samples, results[i].SampleID)
	}
	samples = distinct(samples)
	rows, err := tx.SamplesByID(ctx, samples)
	if err != nil {
		return false, err
	}
	in, err := members(ctx, tx, samples)
	if err != nil {
		return false, err
	}
	for i := range rows {
		if !rows[i].TrashedAt.IsZero() || !who.ViewSample(lines(in[rows[i].ID])) {
			return false, nil
		}
	}
	return len(rows) == len(samples), nil
}

// usableConfigs are the configs that the actor may use, by id: what was made by
// others is not shown.
func usableConfigs(ctx context.Context, tx *store.Tx, who *Actor) (map[int64]lab.Config, error) {
	list, err := tx.Configs(ctx)
	if err != nil {
		return nil, err
	}
	shared, err := tx.ConfigAccess(ctx)
	if err != nil {
		return nil, err
	}
	out := map[int64]lab.Config{}
	for _, c := range list {
		if who.UseConfig(owned(c.GroupID, shared[c.ID])) {
			out[c.ID] = c
		}
	}
	return out, nil
}

// newestWhole are the newest results of samples, by one config or (0) by all,
// with their summaries and provenance.
func newestWhole(ctx context.Context, tx *store.Tx, samples []int64, configID int64) ([]lab.Result, error) {
	list, err := tx.NewestResults(ctx, samples, configID)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return tx.ResultsByID(ctx, ids)
}

func inputsOf(row *lab.Fused) (ids []int64, err error) {
	if err := json.Unmarshal([]byte(row.Inputs), &ids); err != nil {
		return nil, fmt.Errorf("read inputs of fused result %d: %w", row.ID, err)
	}
	return ids, nil
}

// info gathers what is known of a fused result, from the rows alone.
func (f *foundFused) info(ctx context.Context, tx *store.Tx) (FusedInfo, error) {
	out := FusedInfo{Ref: f.ref, State: FusedFresh, Digest: f.row.Digest, Size: f.row.Size, CreatedAt: f.row.CreatedAt, Annotation: f.note.Version, Configs: map[int64]lab.Config{}}
	rest := f.results
	if f.ref.SetID != 0 {
		var err error
		if out.State, out.Job, err = f.setState(ctx, tx); err != nil {
			return out, err
		}
		now, err := newestWhole(ctx, tx, f.samples, f.ref.ConfigID)
		if err != nil {
			return out, err
		}
		rest = append(slices.Clone(f.results), now...)
	}
	if f.ref.ResultID != 0 {
		out.Digest, out.Size, out.CreatedAt = f.results[0].Digest, f.results[0].Size, f.results[0].CreatedAt
	}
	seen := map[int64]bool{}
	revisions := map[int64]lab.ConfigRevision{}
	for i := range rest {
		r := rest[i]
		if seen[r.SampleID] && i >= len(f.results) {
			continue
		}
		seen[r.SampleID] = true
		x := FusedSample{Result: r, InFused: i < len(f.results)}
		var err error
		if x.Summary, err = lab.SummaryOf(&r); err != nil {
			return out, err
		}
		if x.Provenance, err = lab.ProvenanceOf(&r); err != nil {
			return out, err
		}
		rev, ok := revisions[r.ConfigRevisionID]
		if !ok {
			if rev, err = tx.ConfigRevision(ctx, r.ConfigRevisionID); err != nil {
				return out, err
			}
			revisions[rev.ID] = rev
		}
		x.Revision = rev.Number
		out.Configs[r.ConfigID] = f.configs[r.ConfigID]
		f.name(&x, r.SampleID)
		out.Samples = append(out.Samples, x)
	}
	for _, id := range f.samples {
		if !seen[id] {
			var x FusedSample
			f.name(&x, id)
			out.Samples = append(out.Samples, x)
		}
	}
	if f.ref.ConfigID != 0 {
		out.Configs[f.ref.ConfigID] = f.configs[f.ref.ConfigID]
	}
	return out, nil
}

// name fills in the sample of a column. Warnings of results of other programs
// may name the patient.
func (f *foundFused) name(x *FusedSample, id int64) {
	n := f.names[id]
	x.Sample, x.NameKnown, x.File = n.Sample, n.Known, n.File
	x.Stale = x.Result.ID != 0 && x.Result.Generation < n.Generation
	f.hidden.summary(&x.Summary)
	x.Provenance.Imported = f.hidden.text(x.Provenance.Imported)
}

// shown tells whether there is a fused result that can be shown.
func (f *foundFused) shown() bool { return f.row.ID != 0 && f.stale == nil }

// setState is the state of the fused result of a set, and the job that will
// change it.
func (f *foundFused) setState(ctx context.Context, tx *store.Tx) (FusedState, *lab.Job, error) {
	state := FusedAbsent
	switch {
	case f.row.ID == 0:
	case f.row.Fresh && f.shown():
		state = FusedFresh
	default:
		state = FusedStale
	}
	job, ok, err := tx.LivingJob(ctx, fmt.Sprintf("fuse:%d:%d", f.ref.SetID, f.ref.ConfigID))
	if err != nil || !ok {
		return state, nil, err
	}
	return state, &job, nil
}

// auditResults writes the audit entry of a reading of results, with the
// identities that it opened. Who cannot be noted does not get to see.
func (s *Service) auditResults(ctx context.Context, o *opener, action, object string, id, setID int64) error {
	e := o.who.entry(action, object, id)
	e.SetID = setID
	if opened, ok := o.entry(object, id); ok {
		e.After = opened.After
	}
	err := s.write(ctx, func(tx *store.Tx) error {
		tx.Audit(e)
		if object == "comparison" {
			return tx.TouchComparison(ctx, id) // it is kept while somebody looks at it
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("audit reading of results: %w", err)
	}
	return nil
}

// loadFused reads the clonotypes of a fused result, or those of a single result.
func (s *Service) loadFused(ctx context.Context, f *foundFused) (*loadedFused, error) {
	switch {
	case f.stale != nil:
		return nil, f.stale
	case f.ref.ResultID != 0:
		r := f.results[0]
		return s.fused.get(ctx, fmt.Sprintf("result %d %s", r.ID, r.Digest), func(ctx context.Context) (*repertoire.Fused, error) {
			return s.fuse(ctx, f.results, pipeline.FuseOptions(&lab.Options{Fuse: lab.FuseOptions{Top: singleTop}}))
		})
	case f.row.ID == 0:
		return nil, lab.Errorf(lab.NotFound, "set %d has no fused result by config %d yet", f.ref.SetID, f.ref.ConfigID)
	}
	return s.fused.get(ctx, f.row.Digest, func(ctx context.Context) (_ *repertoire.Fused, err error) {
		b, err := s.Blobs.Open(ctx, blob.Digest(f.row.Digest))
		if err != nil {
			return nil, fmt.Errorf("open fused result %d: %w", f.row.ID, err)
		}
		defer func() { err = errors.Join(err, b.Close()) }()
		return pipeline.ReadFused(b)
	})
}

// singleTop is how many clonotypes of a single result are kept for looking at it.
const singleTop = 1000

// fuse joins results, one request after the other: each takes all processors.
func (s *Service) fuse(ctx context.Context, results []lab.Result, o repertoire.Options) (*repertoire.Fused, error) {
	done, err := s.busy.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return pipeline.FuseResults(ctx, s.Blobs, results, o, nil)
}

// contentKey names content: a digest over the parts.
func contentKey(parts ...any) string {
	text, err := json.Marshal(parts)
	if err != nil {
		panic(err) // numbers, texts and lists of them always encode
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
