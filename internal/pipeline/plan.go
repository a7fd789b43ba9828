package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// smallInput is the size up to which an analysis goes into the short lane:
// bytes that take a few seconds.
const smallInput = 16 << 20

// Request asks for the analysis of a sample by a config.
type Request struct {
	Sample   lab.Sample
	Revision lab.ConfigRevision
	SetID    int64 // for which it was asked; 0 for none
	GroupID  int64 // whose turn the jobs use
	UserID   int64 // who asks; 0 for the server itself
	Priority int
}

// analyzeArgs are the arguments of jobs that read the files of a sample.
type analyzeArgs struct {
	Generation int `json:"generation"` // of the files
	// PreProcess is the digest of program and options of the pre-process whose
	// reads are to be analysed; "" for none.
	PreProcess string `json:"pre_process,omitempty"`
}

// preprocessArgs are those of a pre-process.
type preprocessArgs struct {
	Generation int    `json:"generation"`
	Digest     string `json:"digest"` // of program and options
}

// Plan enqueues what it takes to analyse a sample: the import of a result, or
// the analysis of its reads after the pre-process, if the sample has one whose
// reads are not there. Jobs wait for files that are still on their way. Where the
// same is under way already, that is returned, and added is false.
func Plan(ctx context.Context, tx *store.Tx, r Request) (got lab.Job, added bool, err error) {
	files, err := tx.FilesOf(ctx, []int64{r.Sample.ID})
	if err != nil {
		return got, false, err
	}
	in, err := choose(&r.Sample, files, r.Revision.Program)
	if err != nil {
		return got, false, err
	}
	j := lab.Job{
		Kind: lab.JobAnalyze, Priority: r.Priority, GroupID: r.GroupID, UserID: r.UserID, SetID: r.SetID,
		SampleID: r.Sample.ID, ConfigID: r.Revision.ConfigID, ConfigRevisionID: r.Revision.ID,
	}
	args := analyzeArgs{Generation: r.Sample.Generation}
	if in.result != nil {
		j.Kind, j.Lane = lab.JobImport, lab.LaneShort
	} else if in.size() <= smallInput {
		j.Lane = lab.LaneShort
	}
	if in.awaited() {
		j.State = lab.JobWaiting
	}
	if in.paired() && r.Sample.PreProcessID != 0 {
		if j.After, args.PreProcess, err = planPreProcess(ctx, tx, r, in); err != nil {
			return got, false, err
		}
		j.PreProcessID = r.Sample.PreProcessID
		if j.After != 0 {
			j.State = "" // it waits for that job
		}
	}
	j.Key = fmt.Sprintf("analyze:%d:%d:%d:%s", r.Sample.ID, r.Sample.Generation, r.Revision.ID, args.PreProcess)
	j.Args = encode(args)
	list, n, err := job.Enqueue(ctx, tx, j)
	if err != nil {
		return got, false, err
	}
	return list[0], n > 0, nil
}

// planPreProcess enqueues the pre-process of a sample; after is 0 when its reads
// are there already. The digest names what it does.
func planPreProcess(ctx context.Context, tx *store.Tx, r Request, in inputs) (after int64, digest string, err error) {
	p, err := tx.PreProcessByID(ctx, r.Sample.PreProcessID)
	if err != nil {
		return 0, "", err
	}
	digest = lab.DigestOptions(p.Program, p.Options)
	ready, ok, err := tx.PreparedOf(ctx, r.Sample.ID, r.Sample.Generation, digest)
	if err != nil || ok && ready.Inputs == in.key() {
		return 0, digest, err
	}
	j := lab.Job{
		Kind: lab.JobPreProcess, Priority: r.Priority, GroupID: r.GroupID, UserID: r.UserID, SetID: r.SetID,
		SampleID: r.Sample.ID, PreProcessID: p.ID,
		Key:  fmt.Sprintf("preprocess:%d:%d:%s", r.Sample.ID, r.Sample.Generation, digest),
		Args: encode(preprocessArgs{r.Sample.Generation, digest}),
	}
	if in.size() <= smallInput {
		j.Lane = lab.LaneShort
	}
	if in.awaited() {
		j.State = lab.JobWaiting
	}
	list, _, err := job.Enqueue(ctx, tx, j)
	if err != nil {
		return 0, "", err
	}
	return list[0].ID, digest, nil
}

// Refuse enqueues the fuse of sets and configs, which the changes of this
// transaction made necessary. Of many changes before a worker comes round, one
// job is left. The caller holds the sets' locks; what is fused is marked after
// this, so that all transactions lock in the same order: sets, jobs, fused.
func Refuse(ctx context.Context, tx *store.Tx, list []store.SetConfig, userID int64) error {
	jobs := make([]lab.Job, len(list))
	for i, x := range list {
		jobs[i] = lab.Job{
			Kind: lab.JobFuse, GroupID: x.GroupID, UserID: userID, SetID: x.SetID, ConfigID: x.ConfigID,
			Key: fmt.Sprintf("fuse:%d:%d", x.SetID, x.ConfigID),
		}
	}
	_, _, err := job.Enqueue(ctx, tx, jobs...)
	return err
}

// Arrived is called when a file of a sample came. When all of them are there, it
// starts what waits for them, and what runs by itself on what arrives. It tells
// the jobs that it added.
func Arrived(ctx context.Context, tx *store.Tx, sample lab.Sample) (added []lab.Job, err error) {
	files, err := tx.FilesOf(ctx, []int64{sample.ID})
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f lab.File) bool { return f.Generation != sample.Generation })
	if len(files) == 0 || slices.ContainsFunc(files, func(f lab.File) bool { return f.State == lab.FileExpected }) {
		return nil, nil
	}
	place, ok, err := home(ctx, tx, sample.ID)
	if err != nil || !ok {
		return nil, err
	}
	again, err := replan(ctx, tx, sample)
	if err != nil {
		return nil, err
	}
	if err := tx.ReleaseJobs(ctx, sample.ID); err != nil {
		return nil, err
	}
	configs, err := autoConfigs(ctx, tx, sample.ID, place.groups, slices.ContainsFunc(files, func(f lab.File) bool { return f.Role == lab.RoleResult }))
	if err != nil {
		return nil, err
	}
	have, err := tx.NewestResults(ctx, []int64{sample.ID}, 0)
	if err != nil {
		return nil, err
	}
	for _, c := range configs {
		r, err := tx.NewestRevision(ctx, c)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(have, func(x lab.Result) bool { return x.ConfigRevisionID == r.ID && x.Generation == sample.Generation }) {
			continue // a file that was missing has come back
		}
		again = append(again, Request{Sample: sample, Revision: r, SetID: place.setID, GroupID: place.groupID, UserID: sample.CreatorID})
	}
	for _, r := range again {
		j, isNew, err := Plan(ctx, tx, r)
		if lab.CodeOf(err) == lab.Conflict {
			continue // a config for reads on a result, or the reverse
		}
		if err != nil {
			return nil, err
		}
		if isNew {
			added = append(added, j)
		}
	}
	return added, nil
}

// replan takes what waited for earlier files of the sample, which never came,
// and asks for it anew.
func replan(ctx context.Context, tx *store.Tx, sample lab.Sample) (again []Request, err error) {
	waiting, err := tx.Jobs(ctx, store.JobFilter{SampleID: sample.ID, States: []lab.JobState{lab.JobWaiting}})
	if err != nil {
		return nil, err
	}
	for _, j := range waiting {
		var args analyzeArgs
		if err := json.Unmarshal([]byte(j.Args), &args); err != nil {
			return nil, fmt.Errorf("read arguments of job %d: %w", j.ID, err)
		}
		if args.Generation >= sample.Generation {
			continue
		}
		if now, err := tx.CancelJob(ctx, j.ID); err != nil && now.State.Living() {
			return nil, err // one that waited for another went with it
		}
		if j.Kind == lab.JobPreProcess {
			continue
		}
		r, err := tx.ConfigRevision(ctx, j.ConfigRevisionID)
		if err != nil {
			return nil, err
		}
		again = append(again, Request{Sample: sample, Revision: r, SetID: j.SetID, GroupID: j.GroupID, UserID: j.UserID, Priority: j.Priority})
	}
	return again, nil
}

// homePlace is where a sample is.
type homePlace struct {
	setID, groupID int64   // of its first living set, and its owner
	groups         []int64 // with which its living sets are shared
}

func home(ctx context.Context, tx *store.Tx, sampleID int64) (p homePlace, ok bool, err error) {
	in, err := tx.MembershipsOf(ctx, []int64{sampleID})
	if err != nil {
		return p, false, err
	}
	var living []int64
	for _, m := range in {
		if !m.Trashed {
			living = append(living, m.SetID)
		}
	}
	if len(living) == 0 {
		return p, false, nil
	}
	set, err := tx.SetByID(ctx, living[0])
	if err != nil {
		return p, false, err
	}
	shared, err := tx.SetAccess(ctx, living)
	if err != nil {
		return p, false, err
	}
	for _, groups := range shared {
		p.groups = append(p.groups, groups...)
	}
	slices.Sort(p.groups)
	p.groups = slices.Compact(p.groups)
	p.setID, p.groupID = set.ID, set.GroupID
	return p, true, nil
}

// autoConfigs lists the configs that run by themselves on a sample. A result of
// another program that no config was chosen for is taken over by the first
// import config that its groups may use: nobody uploads one for another reason.
func autoConfigs(ctx context.Context, tx *store.Tx, sampleID int64, groups []int64, isResult bool) ([]int64, error) {
	in, err := tx.MembershipsOf(ctx, []int64{sampleID})
	if err != nil {
		return nil, err
	}
	var sets []int64
	for _, m := range in {
		if !m.Trashed {
			sets = append(sets, m.SetID)
		}
	}
	chosen, err := tx.AutoConfigs(ctx, sets, groups)
	if err != nil {
		return nil, err
	}
	configs, err := tx.Configs(ctx)
	if err != nil {
		return nil, err
	}
	var list []int64
	imports := int64(0)
	shared, err := tx.ConfigAccess(ctx)
	if err != nil {
		return nil, err
	}
	public, err := tx.PublicGroup(ctx)
	if err != nil && lab.CodeOf(err) != lab.NotFound {
		return nil, err
	}
	for _, c := range configs {
		if c.Archived || (c.Program == lab.ProgramImport) != isResult {
			continue
		}
		if slices.Contains(chosen, c.ID) {
			list = append(list, c.ID)
		}
		usable := func(g int64) bool { return g == public.ID || slices.Contains(groups, g) }
		if imports == 0 && (usable(c.GroupID) || slices.ContainsFunc(shared[c.ID], usable)) {
			imports = c.ID
		}
	}
	if isResult && len(list) == 0 && imports != 0 {
		list = append(list, imports)
	}
	return list, nil
}

// inputs are the files of a sample that a program reads, in the order of lanes.
type inputs struct {
	first  []lab.File // single reads, or R1
	second []lab.File // R2
	result *lab.File  // of another program
	index  int        // number of files of index reads
}

// choose picks the files of the newest generation that a program reads. A
// Conflict says why there are none.
func choose(sample *lab.Sample, files []lab.File, program string) (in inputs, err error) {
	removed := false
	for _, f := range files {
		switch {
		case f.Generation != sample.Generation:
		case f.State == lab.FileRemoved:
			removed = true
		case f.Role == lab.RoleResult:
			in.result = &f
		case f.Role == lab.RoleReads || f.Role == lab.RoleR1:
			in.first = append(in.first, f)
		case f.Role == lab.RoleR2:
			in.second = append(in.second, f)
		default:
			in.index++
		}
	}
	lane := func(a, b lab.File) int { return cmp.Or(cmp.Compare(a.Lane, b.Lane), cmp.Compare(a.ID, b.ID)) }
	slices.SortFunc(in.first, lane)
	slices.SortFunc(in.second, lane)
	switch {
	case removed:
		return in, lab.Errorf(lab.Conflict, "the reads of sample %d were removed", sample.ID)
	case len(in.first) == 0 && in.result == nil:
		return in, lab.Errorf(lab.Conflict, "sample %d has no reads", sample.ID)
	case program == lab.ProgramImport && in.result == nil:
		return in, lab.Errorf(lab.Conflict, "sample %d has reads, and this config takes over the results of another program", sample.ID)
	case program != lab.ProgramImport && in.result != nil:
		return in, lab.Errorf(lab.Conflict, "sample %d has the result of another program, which only an import config takes over", sample.ID)
	}
	return in, nil
}

func (in *inputs) files() []lab.File {
	if in.result != nil {
		return []lab.File{*in.result}
	}
	return slices.Concat(in.first, in.second)
}

func (in *inputs) awaited() bool {
	return slices.ContainsFunc(in.files(), func(f lab.File) bool { return f.State == lab.FileExpected })
}

// paired tells whether every file of first reads has its file of second reads.
func (in *inputs) paired() bool {
	return len(in.second) > 0 && slices.EqualFunc(in.first, in.second, func(a, b lab.File) bool { return a.Lane == b.Lane })
}

// size is the number of bytes; what is not known counts as large.
func (in *inputs) size() int64 {
	sum := int64(0)
	for _, f := range in.files() {
		if f.Size == 0 {
			return smallInput + 1
		}
		sum += f.Size
	}
	return sum
}

// key tells these files from others.
func (in *inputs) key() string {
	ids := []int64{}
	for _, f := range in.files() {
		ids = append(ids, f.ID)
	}
	return encode(ids)
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain values always encode
	}
	return string(text)
}
