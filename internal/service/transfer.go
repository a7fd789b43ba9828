package service

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/transfer"
)

// TransferRequest says which sets leave for another server, and what of them.
type TransferRequest struct {
	Sets    []int64 // these, or
	GroupID int64   // all that this group owns and the actor sees, or
	Reach   bool    // all that the actor sees
	// Reads takes files of reads along, which are most of the bytes.
	Reads bool
	// Anonymous leaves out who patients are, also where the actor may know it.
	Anonymous bool
}

// serverSetting names the random name that a server gives itself, by which it
// knows again what came from where.
const serverSetting = "server"

// unbound tells whether the actor is the shell of the server: who can read all of
// its bytes is refused none of them.
func (a *Actor) unbound() bool {
	return a.User.ID == 0 && a.Admin && a.Address == Shell().Address
}

// leaving is what leaves, while it is gathered.
type leaving struct {
	transfer.Content

	s       *Service
	tx      *store.Tx
	who     *Actor
	q       *TransferRequest
	server  string
	sets    map[int64]member
	in      map[int64][]member // all sets of the samples
	configs map[int64]lab.Config
	used    map[int64]bool // configs with results
	people  map[int64]bool
	hidden  redactor
	closed  map[int64]bool     // samples whose names stay here
	known   []int64            // patients who are told
	stored  map[int64]lab.File // all files, by their number
	files   []lab.File         // whose bytes leave
	leftOut []string
}

// ExportSets gives patients, runs and sets as an archive for another server: with
// their samples, results by configs that the actor may use, all versions of the
// annotations, logs and configs. Who may not know who a patient is takes along
// that there is one. Rights stay here.
func (s *Service) ExportSets(ctx context.Context, who *Actor, q TransferRequest) (out Content, err error) {
	if !who.unbound() {
		if err := who.require(); err != nil {
			return out, err
		}
	}
	l, err := s.gatherSets(ctx, who, &q, "set.export")
	if err != nil {
		return out, err
	}
	now := s.Now().UTC()
	return Content{
		Name: "vidjil-sets-" + now.Format("2006-01-02") + ".zip", MediaType: "application/zip",
		Write: func(ctx context.Context, w io.Writer) error {
			out := transfer.NewWriter(w, now)
			if err := out.Content(&l.Content); err != nil {
				return err
			}
			if err := l.bytes(ctx, out); err != nil {
				return err
			}
			return out.Close(transfer.Manifest{
				Program: strings.TrimSpace("vidjil " + s.Version), CreatedAt: now, Server: l.server, Anonymous: q.Anonymous, Reads: q.Reads, LeftOut: l.leftOut,
			})
		},
	}, nil
}

// gatherSets reads all rows on one view of the database, and notes in the audit
// what is done with them.
func (s *Service) gatherSets(ctx context.Context, who *Actor, q *TransferRequest, action string) (*leaving, error) {
	l := &leaving{s: s, who: who, q: q, used: map[int64]bool{}, people: map[int64]bool{}, closed: map[int64]bool{}, stored: map[int64]lab.File{}}
	if q.Reach {
		if err := s.reach(ctx, who, q); err != nil {
			return nil, err
		}
	}
	server, err := s.serverName(ctx)
	if err != nil {
		return nil, err
	}
	l.server = server
	err = s.read(ctx, func(tx *store.Tx) error {
		l.tx = tx
		for _, step := range []func(context.Context) error{l.choose, l.addSets, l.addSamples, l.addResults, l.addConfigs, l.addNotes, l.addPeople} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	l.tx = nil
	if err := l.mounted(ctx); err != nil {
		return nil, err
	}
	return l, s.write(ctx, func(tx *store.Tx) error {
		for i := range l.Sets {
			e := who.entry(action, "set", l.Sets[i].ID)
			e.SetID = e.ObjectID
			audit(tx, e, nil, map[string]any{"reads": q.Reads, "anonymous": q.Anonymous, "identity": slices.Contains(l.known, e.ObjectID)})
		}
		return nil
	})
}

// reach asks for all sets that the actor sees.
func (s *Service) reach(ctx context.Context, who *Actor, q *TransferRequest) error {
	if len(q.Sets) > 0 || q.GroupID != 0 {
		return fault("sets", "want sets, a group, or all that you see")
	}
	page := Page{Sort: "created", Limit: 200}
	for {
		list, err := s.Sets(ctx, who, SetFilter{}, page)
		if err != nil {
			return err
		}
		for i := range list.Items {
			q.Sets = append(q.Sets, list.Items[i].ID)
		}
		if page.Cursor = list.Next; page.Cursor == "" {
			break
		}
	}
	if len(q.Sets) == 0 {
		return lab.Errorf(lab.NotFound, "there are no sets that %s sees", who.User.Email)
	}
	return nil
}

// serverName is the name that this server gives itself.
func (s *Service) serverName(ctx context.Context) (name string, err error) {
	err = s.read(ctx, func(tx *store.Tx) error {
		name, err = tx.Setting(ctx, serverSetting)
		return err
	})
	if err != nil || name != "" {
		return name, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		if name, err = tx.Setting(ctx, serverSetting); err != nil || name != "" {
			return err // somebody else was faster
		}
		name = strings.ToLower(rand.Text())
		return tx.PutSetting(ctx, serverSetting, name)
	})
	return name, err
}

// choose finds the sets. One that the actor names must be there, and living.
func (l *leaving) choose(ctx context.Context) (err error) {
	ids := distinct(l.q.Sets)
	if (len(ids) > 0) == (l.q.GroupID != 0) {
		return fault("sets", "want sets, or a group")
	}
	if l.q.GroupID != 0 {
		if ids, err = l.tx.LivingSetsOf(ctx, l.q.GroupID); err != nil {
			return err
		}
	}
	if l.sets, err = membersByID(ctx, l.tx, ids); err != nil {
		return err
	}
	for _, id := range ids {
		m, ok := l.sets[id]
		sees := ok && (l.who.unbound() || l.who.ViewSet(m.access))
		switch {
		case l.q.GroupID != 0 && !sees:
			delete(l.sets, id)
		case !sees:
			return errNotFound("set", id)
		case !m.living():
			return errTrashed("set", id)
		}
	}
	if len(l.sets) == 0 {
		return lab.Errorf(lab.NotFound, "group %d has no sets that you see", l.q.GroupID)
	}
	return nil
}

// opened tells whether the archive says who a patient is.
func (l *leaving) opened(m *member) bool {
	if m.set.Kind != lab.Patient {
		return true
	}
	return !l.q.Anonymous && (l.who.unbound() || l.who.SeeIdentity(m.access))
}

func (l *leaving) addSets(ctx context.Context) error {
	for _, m := range l.sets {
		if !l.opened(&m) {
			l.hidden.add(identityWords(&m.set)...)
		}
	}
	if err := l.closeSamples(ctx); err != nil { // their names too are words not to be told
		return err
	}
	for _, m := range l.sets {
		s := &m.set
		row := transfer.Set{
			ID: s.ID, Kind: string(s.Kind), Name: l.hidden.text(s.Name), RunDate: string(s.RunDate), Sequencer: s.Sequencer, Pcr: s.Pcr,
			Info: l.hidden.text(s.Info), Creator: l.person(s.CreatorID), CreatedAt: s.CreatedAt.UTC(),
		}
		switch {
		case s.Kind != lab.Patient:
			row.Label = l.hidden.text(s.Label.Stored())
		case l.opened(&m):
			row.FirstName, row.LastName, row.Birth, row.Label = s.FirstName.Stored(), s.LastName.Stored(), s.Birth.Stored(), s.Label.Stored()
			l.known = append(l.known, s.ID)
		default:
			row.LastName = fmt.Sprintf("Patient %d", s.ID)
		}
		l.Sets = append(l.Sets, row)
	}
	slices.SortFunc(l.Sets, func(a, b transfer.Set) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

// closeSamples finds the samples whose names stay here: those that the actor may
// not know, and in an anonymous archive those of all patients.
func (l *leaving) closeSamples(ctx context.Context) error {
	var ids []int64
	for id := range l.sets {
		list, err := l.tx.LivingSamplesOf(ctx, id)
		if err != nil {
			return err
		}
		ids = append(ids, list...)
	}
	ids = distinct(ids)
	rows, err := l.tx.SamplesByID(ctx, ids)
	if err != nil {
		return err
	}
	if l.in, err = members(ctx, l.tx, ids); err != nil {
		return err
	}
	files, err := l.tx.FilesOf(ctx, ids)
	if err != nil {
		return err
	}
	o := &opener{who: l.who}
	for i := range rows {
		p, in := &rows[i], l.in[rows[i].ID]
		patient := slices.ContainsFunc(in, func(m member) bool { return m.set.Kind == lab.Patient })
		closed := l.q.Anonymous && patient || !l.who.unbound() && !o.seesNames(in)
		if !closed {
			continue
		}
		l.closed[p.ID] = true
		l.hidden.add(p.Name.Stored())
		for k := range in {
			if !l.opened(&in[k]) {
				l.hidden.add(identityWords(&in[k].set)...)
			}
		}
		for k := range files {
			if files[k].SampleID == p.ID {
				l.hidden.add(files[k].Name.Stored(), withoutFormat(files[k].Name.Stored()))
			}
		}
	}
	return nil
}

func (l *leaving) addSamples(ctx context.Context) error {
	var ids []int64
	for id := range l.in {
		ids = append(ids, id)
	}
	ids = distinct(ids)
	rows, err := l.tx.SamplesByID(ctx, ids)
	if err != nil {
		return err
	}
	for i := range rows {
		p := &rows[i]
		row := transfer.Sample{
			ID: p.ID, Name: p.Name.Stored(), SamplingDate: string(p.SamplingDate), Info: l.hidden.text(p.Info), PreProcess: p.PreProcessID,
			Generation: p.Generation, Creator: l.person(p.CreatorID), CreatedAt: p.CreatedAt.UTC(),
		}
		if l.closed[p.ID] {
			row.Name = fmt.Sprintf("Sample %d", p.ID)
		}
		for _, m := range l.in[p.ID] {
			if _, ok := l.sets[m.set.ID]; ok {
				row.Sets = append(row.Sets, m.set.ID)
			}
		}
		l.Samples = append(l.Samples, row)
	}
	files, err := l.tx.FilesOf(ctx, ids)
	if err != nil {
		return err
	}
	slices.SortFunc(files, func(a, b lab.File) int { return cmp.Compare(a.ID, b.ID) })
	for i := range files {
		l.addFile(&files[i])
	}
	return nil
}

// addFile notes a file, and whether its bytes leave.
func (l *leaving) addFile(f *lab.File) {
	row := transfer.File{
		ID: f.ID, Sample: f.SampleID, Generation: f.Generation, Role: string(f.Role), Lane: f.Lane, Name: f.Name.Stored(),
		Size: f.Size, Digest: f.Digest, Removed: f.State == lab.FileRemoved, CreatedAt: f.CreatedAt.UTC(),
	}
	if l.closed[f.SampleID] {
		row.Name = access.FileName(f.SampleID, row.Name)
	}
	l.stored[f.ID] = *f
	if l.q.Reads && f.State == lab.FilePresent {
		l.files = append(l.files, *f)
		row.Inside = true
	}
	l.Files = append(l.Files, row)
}

// addResults takes the results that the actor may use the config of. Of samples
// whose names stay here, those of other programs stay too: names may stand in
// them anywhere.
func (l *leaving) addResults(ctx context.Context) (err error) {
	if l.configs, err = usableConfigs(ctx, l.tx, l.who); err != nil {
		return err
	}
	var closed []int64
	for id := range l.closed {
		closed = append(closed, id)
	}
	foreign, err := l.tx.ImportedResults(ctx, distinct(closed))
	if err != nil {
		return err
	}
	unusable, imported := 0, 0
	for i := range l.Samples {
		list, err := l.tx.ResultsOf(ctx, l.Samples[i].ID)
		if err != nil {
			return err
		}
		for k := range slices.Backward(list) {
			r := &list[k]
			if _, ok := l.configs[r.ConfigID]; !ok {
				unusable++
				continue
			}
			if slices.Contains(foreign, r.ID) {
				imported++
				continue
			}
			if err := l.addResult(ctx, r); err != nil {
				return err
			}
		}
	}
	if unusable > 0 {
		l.leftOut = append(l.leftOut, fmt.Sprintf("%d results by configs that may not be used by who exports", unusable))
	}
	if imported > 0 {
		l.leftOut = append(l.leftOut, fmt.Sprintf("%d results of other programs, in which names may stand", imported))
	}
	slices.SortFunc(l.Results, func(a, b transfer.Result) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

func (l *leaving) addResult(ctx context.Context, r *lab.Result) error {
	files, err := l.tx.ResultFiles(ctx, r.ID)
	if err != nil {
		return err
	}
	j, err := l.tx.JobByID(ctx, r.JobID)
	if err != nil && lab.CodeOf(err) != lab.NotFound {
		return err
	}
	row := transfer.Result{
		ID: r.ID, Sample: r.SampleID, Generation: r.Generation, Config: r.ConfigID, Revision: r.ConfigRevisionID, Digest: r.Digest, Size: r.Size,
		ReadsDigest: r.ReadsDigest, Reads: r.Reads, Recombined: r.Recombined, Clonotypes: r.Clonotypes,
		Summary: json.RawMessage(r.Summary), Provenance: json.RawMessage(r.Provenance), Author: l.person(j.UserID), CreatedAt: r.CreatedAt.UTC(),
	}
	for _, f := range files {
		row.Files = append(row.Files, transfer.ResultFile{Name: f.Name, Digest: f.Digest, Size: f.Size, MediaType: f.MediaType})
	}
	l.Results = append(l.Results, row)
	l.used[r.ConfigID] = true
	const most = 1000
	for after := 0; ; {
		pieces, err := l.tx.JobLog(ctx, r.JobID, after, most)
		if err != nil {
			return err
		}
		for _, p := range pieces {
			l.Logs = append(l.Logs, transfer.Log{Result: r.ID, At: p.At.UTC(), Text: l.hidden.text(p.Text)})
			after = p.Piece
		}
		if len(pieces) < most {
			return nil
		}
	}
}

func (l *leaving) addConfigs(ctx context.Context) error {
	for _, id := range keysOf(l.used) {
		c := l.configs[id]
		list, err := l.tx.ConfigRevisions(ctx, id)
		if err != nil {
			return err
		}
		row := transfer.Config{ID: id, Name: c.Name, Info: c.Info}
		for i := range slices.Backward(list) {
			r := &list[i]
			row.Revisions = append(row.Revisions, transfer.Revision{
				ID: r.ID, Number: len(row.Revisions) + 1, Program: r.Program, Options: json.RawMessage(r.Options), Note: r.Note,
				Digest: lab.DigestOptions(r.Program, r.Options), Author: l.person(r.AuthorID), CreatedAt: r.CreatedAt.UTC(),
			})
		}
		l.Configs = append(l.Configs, row)
	}
	seen := map[int64]bool{}
	for i := range l.Samples {
		id := l.Samples[i].PreProcess
		if id == 0 || seen[id] {
			continue
		}
		p, err := l.tx.PreProcessByID(ctx, id)
		if lab.CodeOf(err) == lab.NotFound {
			l.Samples[i].PreProcess = 0
			continue
		}
		if err != nil {
			return err
		}
		seen[id] = true
		l.PreProcesses = append(l.PreProcesses, transfer.PreProcess{ID: id, Name: p.Name, Info: p.Info, Program: p.Program, Options: json.RawMessage(p.Options)})
	}
	slices.SortFunc(l.PreProcesses, func(a, b transfer.PreProcess) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

func keysOf(m map[int64]bool) []int64 {
	var ids []int64
	for id := range m {
		ids = append(ids, id)
	}
	return distinct(ids)
}

// addNotes takes all versions of the annotations.
func (l *leaving) addNotes(ctx context.Context) error {
	for i := range l.Sets {
		list, err := l.tx.AnnotationsWhole(ctx, l.Sets[i].ID)
		if err != nil {
			return err
		}
		for k := range list {
			a := &list[k]
			row := transfer.Annotation{Set: a.SetID, Version: k + 1, Author: l.person(a.AuthorID), Note: l.hidden.text(a.Note), Body: json.RawMessage(a.Body), CreatedAt: a.CreatedAt.UTC()}
			if l.hidden.any() {
				body, err := lab.ParseAnnotation(a.Body)
				if err != nil {
					return err
				}
				body = body.MapTexts(func(_, text string, secret bool) string {
					if secret {
						return hiddenName
					}
					return l.hidden.text(text)
				})
				text, err := lab.EncodeAnnotation(&body)
				if err != nil {
					return err
				}
				row.Body = json.RawMessage(text)
			}
			l.Annotations = append(l.Annotations, row)
		}
	}
	return nil
}

// person notes that a row refers to somebody. Anonymous archives name nobody.
func (l *leaving) person(id int64) int64 {
	if id == 0 || l.q.Anonymous {
		return 0
	}
	l.people[id] = true
	return id
}

func (l *leaving) addPeople(ctx context.Context) error {
	for _, id := range keysOf(l.people) {
		u, err := l.tx.UserByID(ctx, id)
		if err != nil && lab.CodeOf(err) != lab.NotFound {
			return err
		}
		row := transfer.Person{ID: id, Name: u.Name, Email: u.Email}
		if u.State == lab.UserAnonymised {
			row.Email = ""
		}
		l.People = append(l.People, row)
	}
	return nil
}
