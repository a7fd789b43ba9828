package service

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"slices"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/transfer"
)

// ImportRequest says what to do with an archive.
type ImportRequest struct {
	GroupID int64 // that will own its sets
	// DryRun looks at everything and changes nothing.
	DryRun bool
	Known  lab.Known
	// Map is how configs and pre-processes are called here; nil is what a dry run
	// proposes.
	Map *lab.TransferMap
	// Progress is told what goes on, and how much of it is done, 0 to 1; nil: nobody.
	Progress func(stage string, share float64)
}

// arriving is an archive that is taken in.
type arriving struct {
	s      *Service
	tx     *store.Tx
	who    *Actor
	a      *transfer.Archive
	q      *ImportRequest
	report lab.TransferReport

	set       map[int64]*transfer.Set // rows of the archive, by number
	sample    map[int64]*transfer.Sample
	known     map[int64]int64 // sets that stay as they are here
	skipped   map[int64]int64 // samples of these that are here, by their number there
	people    map[int64]int64 // accounts here
	fits      map[int64]*lab.TransferConfig
	processes map[int64]int64
	taken     map[int64]*taken // results of the original, converted

	sets      map[int64]member // made here
	samples   map[int64]int64
	revisions map[int64]lab.ConfigRevision
	results   map[int64]int64
}

// taken is a result of the original as one of ours.
type taken struct {
	result lab.Result
	err    error // why it cannot be one
}

// plan decides what becomes of everything in the archive, and whether the actor
// may do it. It is done twice: before any byte is put, and again in the
// transaction that writes.
func (r *arriving) plan(ctx context.Context, tx *store.Tx) error {
	r.tx = tx
	m := &r.a.Manifest
	r.report = lab.TransferReport{
		DryRun: r.q.DryRun, Program: m.Program, Server: m.Server, Original: r.a.Original, Anonymous: m.Anonymous, Bytes: r.a.Bytes(),
		Map:   lab.TransferMap{Configs: []lab.TransferConfig{}, PreProcesses: []lab.TransferPreProcess{}},
		Known: []lab.TransferKnown{}, Made: []lab.TransferMade{}, Faults: []string{}, Notes: []string{},
	}
	r.report.Notes = append(r.report.Notes, m.LeftOut...)
	r.report.Notes = append(r.report.Notes, r.a.Faults...)
	for _, step := range []func(context.Context) error{r.rights, r.planKnown, r.planConfigs, r.planPreProcesses, r.planPeople, r.checkRows, r.planQuota} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *arriving) fault(format string, args ...any) {
	const most = 200
	if len(r.report.Faults) < most {
		r.report.Faults = append(r.report.Faults, fmt.Sprintf(format, args...))
	}
}

func (r *arriving) note(format string, args ...any) {
	r.report.Notes = append(r.report.Notes, fmt.Sprintf(format, args...))
}

// rights are those of who makes sets and uploads samples into them by hand.
func (r *arriving) rights(ctx context.Context) error {
	if r.q.GroupID == 0 {
		return fault("group_id", "which group will own the sets?")
	}
	g, err := r.tx.GroupByID(ctx, r.q.GroupID)
	if lab.CodeOf(err) == lab.NotFound {
		return errNotFound("group", r.q.GroupID)
	}
	if err != nil {
		return err
	}
	if r.who.unbound() {
		if g.Kind == lab.GroupPublic {
			return lab.Errorf(lab.Forbidden, "the public group owns no sets")
		}
		return nil
	}
	if ok, err := mayOwnSets(ctx, r.tx, r.who, g.ID); err != nil {
		return err
	} else if !ok {
		return lab.Errorf(lab.Forbidden, "you may not create sets for the group %d", g.ID)
	}
	if len(r.a.Samples) > 0 && !r.who.Upload([][]int64{{g.ID}}) {
		return lab.Errorf(lab.Forbidden, "you may not add samples to sets of the group %d", g.ID)
	}
	return nil
}

// origins lists what is here of the server that wrote the archive, the last that
// came first, with its numbers here; an archive of this very server finds its own
// rows.
func (r *arriving) origins(ctx context.Context, noun string, rows iter.Seq[int64]) (found []lab.Origin, here []int64, err error) {
	own, err := r.tx.Setting(ctx, serverSetting)
	if err != nil {
		return nil, nil, err
	}
	if own != r.a.Manifest.Server {
		found, err = r.tx.Origins(ctx, noun, r.a.Manifest.Server)
	} else {
		for id := range rows {
			found = append(found, lab.Origin{ForeignID: id, LocalID: id})
		}
	}
	for _, o := range found {
		here = append(here, o.LocalID)
	}
	return found, distinct(here), err
}

// planKnown finds the sets that came before, or that are of this very server.
// Those that the actor does not see are unknown.
func (r *arriving) planKnown(ctx context.Context) error {
	r.known, r.skipped = map[int64]int64{}, map[int64]int64{}
	found, ids, err := r.origins(ctx, "set", maps.Keys(r.set))
	if err != nil {
		return err
	}
	here, err := membersByID(ctx, r.tx, ids)
	if err != nil {
		return err
	}
	seen := map[int64]bool{}
	for _, o := range found {
		m, ok := here[o.LocalID]
		if !ok || !m.living() || seen[o.ForeignID] || !r.who.unbound() && !r.who.ViewSet(m.access) || r.set[o.ForeignID] == nil {
			continue
		}
		seen[o.ForeignID] = true
		k := lab.TransferKnown{Archive: o.ForeignID, Here: o.LocalID, Same: o.Digest == r.digest(o.ForeignID), At: o.CreatedAt}
		r.report.Known = append(r.report.Known, k)
		if r.q.Known == lab.KnownSkip {
			r.known[o.ForeignID] = o.LocalID
		}
	}
	slices.SortFunc(r.report.Known, func(a, b lab.TransferKnown) int { return cmp.Compare(a.Archive, b.Archive) })
	if n := len(r.report.Known); n > 0 && r.q.Known == lab.KnownRefuse {
		r.fault("%d of the sets came here before: say whether to skip them or to take them once more", n)
	}
	r.report.Skipped = len(r.known)
	return r.planSkipped(ctx)
}

// planSkipped finds the samples of sets that are skipped: in new sets of the
// archive the ones that are here take their place.
func (r *arriving) planSkipped(ctx context.Context) error {
	if len(r.known) == 0 {
		return nil
	}
	found, ids, err := r.origins(ctx, "sample", maps.Keys(r.sample))
	if err != nil {
		return err
	}
	in, err := members(ctx, r.tx, ids)
	if err != nil {
		return err
	}
	for _, o := range found {
		// A sample joins a set by the right that it takes to put it there by hand.
		may := r.who.unbound() || r.who.AttachSample(lines(in[o.LocalID]), []int64{r.q.GroupID})
		if len(in[o.LocalID]) > 0 && may && r.skipped[o.ForeignID] == 0 {
			r.skipped[o.ForeignID] = o.LocalID
		}
	}
	return nil
}

// left tells whether a sample of the archive becomes none here: all its sets are
// skipped, or it is here.
func (r *arriving) left(p *transfer.Sample) bool {
	all := !slices.ContainsFunc(p.Sets, func(id int64) bool { return r.known[id] == 0 })
	some := slices.ContainsFunc(p.Sets, func(id int64) bool { return r.known[id] != 0 })
	return all || some && r.skipped[p.ID] != 0
}

// digest is that of what a set of the archive says, with its samples, results and
// notes.
func (r *arriving) digest(set int64) string {
	sum := sha256.New()
	put := func(v any) { sum.Write([]byte(encode(v) + "\n")) }
	put(r.set[set])
	of := map[int64]bool{}
	for i := range r.a.Samples {
		if p := r.a.Samples[i]; slices.Contains(p.Sets, set) {
			of[p.ID] = true
			p.Sets = nil // which others are in the archive changes nothing
			put(p)
		}
	}
	for i := range r.a.Results {
		if x := &r.a.Results[i]; of[x.Sample] {
			put([]any{x.ID, x.Generation, x.Revision, x.Digest, x.Path})
		}
	}
	for i := range r.a.Annotations {
		if n := &r.a.Annotations[i]; n.Set == set {
			put([]any{n.Version, n.Body, n.Path})
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// planPeople finds who has an account here. An e-mail address in an archive is
// believed where an administrator imports, of the importer, and of members of the
// group: nobody can make others say what they did not, outside their own group.
func (r *arriving) planPeople(ctx context.Context) error {
	r.people = map[int64]int64{}
	for i := range r.a.People {
		p := &r.a.People[i]
		u, err := r.tx.UserByEmail(ctx, p.Email)
		if lab.CodeOf(err) == lab.NotFound || p.Email == "" {
			r.report.Strangers++
			continue
		}
		if err != nil {
			return err
		}
		may := r.who.unbound() || r.who.Administer() || u.ID == r.who.User.ID
		if !may {
			groups, err := r.tx.GroupsOf(ctx, u.ID)
			if err != nil {
				return err
			}
			may = slices.ContainsFunc(groups, func(g lab.Group) bool { return g.ID == r.q.GroupID || g.ParentID == r.q.GroupID })
		}
		if !may || u.State == lab.UserAnonymised {
			r.report.Strangers++
			continue
		}
		r.people[p.ID] = u.ID
		r.report.People++
	}
	return nil
}

// planQuota refuses reads for which the group or the actor has no room.
func (r *arriving) planQuota(ctx context.Context) error {
	size := int64(0)
	for i := range r.a.Files {
		if f := &r.a.Files[i]; f.Inside {
			size += f.Size
			r.report.Files++
		}
	}
	if size == 0 || r.who.unbound() {
		return nil
	}
	err := r.s.checkQuota(ctx, r.tx, r.who, []member{{set: lab.Set{GroupID: r.q.GroupID}, access: []int64{r.q.GroupID}}}, size)
	if lab.CodeOf(err) == lab.NoSpace {
		r.fault("%s", err.Error())
		return nil
	}
	return err
}

// checkRows checks sets, samples and notes as if somebody had typed them.
func (r *arriving) checkRows(context.Context) error {
	var wrong lab.Faults
	today := lab.DateOf(r.s.Now().UTC())
	for i := range r.a.Sets {
		row := &r.a.Sets[i]
		if r.known[row.ID] != 0 {
			continue
		}
		set := r.newSet(row)
		checkSet(&wrong, fmt.Sprintf("set %d: ", row.ID), &set, today)
		r.report.Sets++
	}
	files := map[int64][]FileInput{}
	for i := range r.a.Files {
		f := &r.a.Files[i]
		files[f.Sample] = append(files[f.Sample], FileInput{Role: lab.FileRole(f.Role), Name: f.Name, Size: f.Size})
	}
	for i := range r.a.Samples {
		p := &r.a.Samples[i]
		if r.left(p) {
			continue
		}
		r.report.Samples++
		at := fmt.Sprintf("sample %d: ", p.ID)
		checkText(&wrong, at+"name", p.Name, maxField, false)
		checkText(&wrong, at+"info", p.Info, maxInfo, true)
		_, err := lab.ParseDate(p.SamplingDate)
		wrong.Require(err == nil, at+"sampling_date", "want YYYY-MM-DD")
		for _, f := range files[p.ID] {
			checkFiles(&wrong, at, []FileInput{{Role: onlyRole(f.Role), Name: f.Name, Size: f.Size}})
		}
	}
	r.checkResults(&wrong)
	r.checkNotes(&wrong)
	if e, ok := wrong.Err().(*lab.Error); ok {
		for _, f := range e.Fields {
			r.fault("%s %s", f.Field, f.Msg)
		}
	}
	return nil
}

// onlyRole is a role as that of a file which stands alone: what belongs together
// was checked when it came to the other server.
func onlyRole(role lab.FileRole) lab.FileRole {
	switch role {
	case lab.RoleR1, lab.RoleR2, lab.RoleI1, lab.RoleI2:
		return lab.RoleReads
	default:
		return role
	}
}

// checkResults looks whether summaries and provenance say what ours say.
func (r *arriving) checkResults(wrong *lab.Faults) {
	for i := range r.a.Results {
		x := &r.a.Results[i]
		if !r.leaves(x.Sample) {
			r.report.Results++
		}
		if r.a.Original {
			continue
		}
		at := fmt.Sprintf("result %d:", x.ID)
		wrong.Require(decodes[lab.ResultSummary](x.Summary), at, "its summary is none of ours")
		wrong.Require(decodes[lab.Provenance](x.Provenance), at, "its provenance is none of ours")
	}
}

// leaves tells whether a sample of the archive, by its number, becomes none here.
func (r *arriving) leaves(sample int64) bool {
	p := r.sample[sample]
	return p == nil || r.left(p)
}

// checkNotes looks whether annotations can be ours.
func (r *arriving) checkNotes(wrong *lab.Faults) {
	for i := range r.a.Annotations {
		n := &r.a.Annotations[i]
		if r.known[n.Set] != 0 {
			continue
		}
		r.report.Annotations++
		at := fmt.Sprintf("version %d of the annotation of set %d:", n.Version, n.Set)
		if n.Path != "" {
			continue
		}
		body, err := lab.ParseAnnotation(string(n.Body))
		if err == nil {
			err = body.Check()
		}
		wrong.Require(err == nil && len(n.Body) <= lab.MaxAnnotation, at, "it is none of ours")
		checkText(wrong, at, n.Note, maxInfo, true)
	}
}

// newSet is a set of the archive as one of the group.
func (r *arriving) newSet(row *transfer.Set) lab.Set {
	in := SetInput{
		Kind: lab.SetKind(row.Kind), GroupID: r.q.GroupID, FirstName: row.FirstName, LastName: row.LastName, Birth: row.Birth, Name: row.Name,
		RunDate: row.RunDate, Sequencer: row.Sequencer, Pcr: row.Pcr, Label: row.Label, Info: row.Info,
	}
	return in.set(r.author(row.Creator))
}

// author is the account that stands for somebody of the archive: theirs, or that
// of the importer.
func (r *arriving) author(id int64) int64 {
	if here := r.people[id]; here != 0 {
		return here
	}
	return r.who.User.ID
}

// mayMakeConfigs tells whether the actor may make configs for the group.
func (r *arriving) mayMakeConfigs() bool {
	return r.who.unbound() || r.who.CanCreate(access.Config, r.q.GroupID)
}
