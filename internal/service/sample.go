package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// SampleView is a sample as one actor sees it. What was made of it, its results
// and jobs, comes from the use cases of those.
type SampleView struct {
	lab.Sample
	NameKnown bool       // the actor may know its name and those of its files
	Files     []lab.File // of all generations, the newest first
	Sets      []lab.Set  // those that the actor sees and that are not in the trash
	Tags      []string   // of its info
	May       []access.Right
}

// SampleInput is what a sample is made from.
type SampleInput struct {
	Sets         []int64
	Name         string // "" is the name of the first file, without what tells its format
	SamplingDate string
	Info         string
	PreProcessID int64 // 0 for none
	Files        []FileInput
}

// FileInput announces a file, whose bytes come later.
type FileInput struct {
	Role lab.FileRole // "" is reads
	Lane int          // 0 when not told
	Name string
	Size int64 // 0 when not known
}

// CreateSamples makes samples, all of them or none. Faults are told by row.
func (s *Service) CreateSamples(ctx context.Context, who *Actor, rows []SampleInput) (views []SampleView, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	if len(rows) == 0 || len(rows) > MaxRows {
		return nil, fault("rows", "want 1 to %d samples", MaxRows)
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		sets, err := checkSamples(ctx, tx, who, rows)
		if err != nil {
			return err
		}
		var ids, touched []int64
		for i := range rows {
			id, err := insertSample(ctx, tx, who, &rows[i], sets)
			if err != nil {
				return err
			}
			ids, touched = append(ids, id), append(touched, rows[i].Sets...)
		}
		if err := s.changed(ctx, tx, touched); err != nil {
			return err
		}
		o := &opener{who: who}
		if views, err = s.viewSamples(ctx, tx, o, ids); err != nil {
			return err
		}
		return nil
	})
	return views, err
}

// checkSamples checks all rows before anything is written, and returns the sets
// in which the samples will be.
func checkSamples(ctx context.Context, tx *store.Tx, who *Actor, rows []SampleInput) (map[int64]member, error) {
	var ids []int64
	for i := range rows {
		ids = append(ids, rows[i].Sets...)
	}
	ids = distinct(ids)
	if err := tx.LockSets(ctx, ids); err != nil {
		return nil, err
	}
	sets, err := membersByID(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	var wrong, refused lab.Faults
	for i := range rows {
		row, at := &rows[i], fmt.Sprintf("rows[%d].", i)
		row.Sets = distinct(row.Sets)
		wrong.Require(len(row.Sets) > 0, at+"sets", "in which sets?")
		for _, id := range row.Sets {
			m, ok := sets[id]
			switch {
			case !ok || !who.ViewSet(m.access):
				wrong.Add(at+"sets", "there is no set %d", id)
			case !m.living():
				wrong.Add(at+"sets", "set %d is in the trash", id)
			case !who.Upload([][]int64{m.access}):
				refused.Add(at+"sets", "you may not add samples to set %d", id)
			}
		}
		row.check(&wrong, at)
		if row.PreProcessID != 0 {
			if err := checkPreProcess(ctx, tx, who, row.PreProcessID); lab.CodeOf(err) == lab.NotFound || lab.CodeOf(err) == lab.Conflict {
				wrong.Add(at+"pre_process_id", "%s", err.Error())
			} else if err != nil {
				return nil, err
			}
		}
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	return sets, forbidden(refused.Err())
}

// checkPreProcess wants a pre-process that the actor may use.
func checkPreProcess(ctx context.Context, tx *store.Tx, who *Actor, id int64) error {
	p, _, err := preProcessFor(ctx, tx, who, id)
	if err == nil && p.Archived {
		return lab.Errorf(lab.Conflict, "pre-process %d is archived", id)
	}
	return err
}

func (r *SampleInput) check(f *lab.Faults, at string) {
	r.Name, r.Info, r.SamplingDate = strings.TrimSpace(r.Name), strings.TrimSpace(r.Info), strings.TrimSpace(r.SamplingDate)
	checkText(f, at+"name", r.Name, maxField, false)
	checkText(f, at+"info", r.Info, maxInfo, true)
	_, err := lab.ParseDate(r.SamplingDate)
	f.Require(err == nil, at+"sampling_date", "want YYYY-MM-DD, as 2026-11-23")
	checkFiles(f, at, r.Files)
	f.Require(r.Name != "" || len(r.Files) > 0, at+"name", "is missing, and there is no file to take it from")
	if r.Name == "" && len(r.Files) > 0 {
		r.Name = withoutFormat(r.Files[0].Name)
	}
}

// checkFiles notes what is wrong with the files of a sample: reads are either
// single or pairs, and each role comes once a lane.
func checkFiles(f *lab.Faults, at string, files []FileInput) {
	type place struct {
		role lab.FileRole
		lane int
	}
	seen := map[place]bool{}
	roles := map[lab.FileRole]bool{}
	for i := range files {
		x, field := &files[i], fmt.Sprintf("%sfiles[%d].", at, i)
		x.Name = strings.TrimSpace(x.Name)
		if x.Role == "" {
			x.Role = lab.RoleReads
		}
		f.Require(slices.Contains([]lab.FileRole{lab.RoleReads, lab.RoleR1, lab.RoleR2, lab.RoleI1, lab.RoleI2, lab.RoleResult}, x.Role),
			field+"role", "want reads, R1, R2, I1, I2 or result, not %q", x.Role)
		f.Require(x.Name != "", field+"name", "is missing")
		f.Require(!strings.ContainsAny(x.Name, `/\`) && x.Name != "." && x.Name != "..", field+"name", "is a path; want the name alone")
		checkText(f, field+"name", x.Name, maxField, false)
		f.Require(x.Lane >= 0 && x.Lane < 1000, field+"lane", "want 1 to 999, or 0 for none")
		f.Require(x.Size >= 0, field+"size", "is negative")
		f.Require(!seen[place{x.Role, x.Lane}], field+"role", "there is another %s of this lane", x.Role)
		seen[place{x.Role, x.Lane}], roles[x.Role] = true, true
	}
	f.Require(!roles[lab.RoleReads] || !roles[lab.RoleR1] && !roles[lab.RoleR2], at+"files", "reads are single or pairs, not both")
	f.Require(!roles[lab.RoleResult] || len(files) == 1, at+"files", "the result of another program stands alone")
	for p := range seen {
		f.Require(p.role != lab.RoleR2 || seen[place{lab.RoleR1, p.lane}], at+"files", "an R2 has no R1")
		f.Require(p.role != lab.RoleI1 && p.role != lab.RoleI2 || roles[lab.RoleReads] || roles[lab.RoleR1], at+"files", "index reads need reads")
	}
}

// withoutFormat is a file name without what tells the format: "S1.fastq.gz" is
// "S1".
func withoutFormat(name string) string {
	for range 2 {
		for _, ext := range []string{".gz", ".bz2", ".zst", ".xz", ".fastq", ".fq", ".fasta", ".fa", ".bam", ".vidjil", ".tsv", ".airr", ".clntab", ".json", ".txt"} {
			if cut := len(name) - len(ext); cut > 0 && strings.EqualFold(name[cut:], ext) {
				name = name[:cut]
				break
			}
		}
	}
	return name
}

func insertSample(ctx context.Context, tx *store.Tx, who *Actor, row *SampleInput, sets map[int64]member) (int64, error) {
	var in []member
	var groups []int64
	for _, id := range row.Sets {
		in = append(in, sets[id])
		groups = append(groups, sets[id].access...)
	}
	sample := lab.Sample{
		Name: lab.NewPrivate(row.Name), SamplingDate: lab.Date(row.SamplingDate), Info: row.Info,
		PreProcessID: row.PreProcessID, Generation: 1, CreatorID: who.User.ID,
	}
	if err := tx.InsertSample(ctx, &sample, sampleText(&sample, in), row.Sets); err != nil {
		return 0, err
	}
	if err := insertFiles(ctx, tx, &sample, row.Files); err != nil {
		return 0, err
	}
	if err := tagSample(ctx, tx, &sample, in, groups); err != nil {
		return 0, err
	}
	audit(tx, sampleEntry(who, "sample.create", sample.ID, in), nil, recordSample(&sample, in, row.Files))
	return sample.ID, nil
}

func insertFiles(ctx context.Context, tx *store.Tx, sample *lab.Sample, files []FileInput) error {
	for _, x := range files {
		file := lab.File{SampleID: sample.ID, Generation: sample.Generation, Role: x.Role, Lane: x.Lane, Name: lab.NewPrivate(x.Name), State: lab.FileExpected, Size: x.Size}
		if err := tx.InsertFile(ctx, &file); err != nil {
			return err
		}
	}
	return nil
}

// tagSample writes the tags of a sample and makes them known to groups. The
// tags of its sets follow with changed.
func tagSample(ctx context.Context, tx *store.Tx, s *lab.Sample, in []member, groups []int64) error {
	tags, err := tx.PutTags(ctx, sampleTags(s, in))
	if err != nil {
		return err
	}
	if err := tx.AddGroupTags(ctx, distinct(groups), tags); err != nil {
		return err
	}
	return tx.SampleTags(ctx, s.ID, tags)
}

// sampleRecord is a sample in the audit. What may tell who the patient is stands
// apart, so that it can be left out where the audit is shown.
type sampleRecord struct {
	Identity     sampleIdentityRecord `json:"identity"`
	SamplingDate lab.Date             `json:"sampling_date,omitempty"`
	Info         string               `json:"info,omitempty"`
	PreProcessID int64                `json:"pre_process_id,omitempty"`
	Generation   int                  `json:"generation"`
	Sets         []int64              `json:"sets"`
}

type sampleIdentityRecord struct {
	Name  string   `json:"name,omitempty"`
	Info  string   `json:"info,omitempty"` // where it holds a name
	Files []string `json:"files,omitempty"`
}

func recordSample(s *lab.Sample, in []member, files []FileInput) sampleRecord {
	r := sampleRecord{
		Identity: sampleIdentityRecord{Name: s.Name.Stored()}, SamplingDate: s.SamplingDate, Info: redactSample(s, in),
		PreProcessID: s.PreProcessID, Generation: s.Generation, Sets: setIDs(in),
	}
	for _, f := range files {
		r.Identity.Files = append(r.Identity.Files, f.Name)
	}
	if r.Info != s.Info {
		r.Identity.Info = s.Info
	}
	return r
}

// sampleEntry begins an audit entry about a sample, with the first of its sets.
func sampleEntry(who *Actor, action string, id int64, in []member) lab.Entry {
	e := who.entry(action, "sample", id)
	if len(in) > 0 {
		e.SetID = in[0].set.ID
	}
	return e
}

// sampleFor loads a sample with its sets for a use case. One that the actor may
// not see is not there; where may says no, the actor is refused.
func sampleFor(ctx context.Context, tx *store.Tx, who *Actor, id int64, may func(sets [][]int64) bool, what string) (sample lab.Sample, in []member, err error) {
	if err := lockSample(ctx, tx, id); err != nil {
		return sample, nil, err
	}
	sample, in, err = visibleSample(ctx, tx, who, id)
	if err != nil {
		return sample, nil, err
	}
	if !may(lines(in)) {
		return sample, nil, errForbidden(what)
	}
	return sample, in, nil
}

// lockSample locks first the sets of a sample, then the sample, as everybody
// does: no two wait for each other.
func lockSample(ctx context.Context, tx *store.Tx, id int64) error {
	in, err := tx.MembershipsOf(ctx, []int64{id})
	if err != nil {
		return err
	}
	var sets []int64
	for _, m := range in {
		sets = append(sets, m.SetID)
	}
	if err := tx.LockSets(ctx, sets); err != nil {
		return err
	}
	return tx.LockSample(ctx, id)
}

// visibleSample loads a sample that the actor may see, with all of its sets.
func visibleSample(ctx context.Context, tx *store.Tx, who *Actor, id int64) (sample lab.Sample, in []member, err error) {
	sample, err = tx.SampleByID(ctx, id)
	if lab.CodeOf(err) == lab.NotFound {
		return sample, nil, errNotFound("sample", id)
	}
	if err != nil {
		return sample, nil, err
	}
	of, err := members(ctx, tx, []int64{id})
	if err != nil {
		return sample, nil, err
	}
	if in = of[id]; !who.ViewSample(lines(in)) {
		return sample, nil, errNotFound("sample", id)
	}
	return sample, in, nil
}

// SampleByID returns a sample.
func (s *Service) SampleByID(ctx context.Context, who *Actor, id int64) (v SampleView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	o := &opener{who: who}
	err = s.read(ctx, func(tx *store.Tx) error {
		if _, _, err := visibleSample(ctx, tx, who, id); err != nil {
			return err
		}
		list, err := s.viewSamples(ctx, tx, o, []int64{id})
		if err == nil {
			v = list[0]
		}
		return err
	})
	if err == nil {
		err = s.auditRead(ctx, o, "sample", id)
	}
	if err != nil {
		return SampleView{}, err
	}
	return v, nil
}

// SamplePage is a part of a list of samples.
type SamplePage struct {
	Items []SampleView
	Next  string // cursor of the next page; "" at the end
}

// Samples lists the samples of a set.
func (s *Service) Samples(ctx context.Context, who *Actor, setID int64, page Page) (out SamplePage, err error) {
	if err := who.require(); err != nil {
		return out, err
	}
	q := store.SampleQuery{SetID: setID}
	if q.Sort, q.Desc, err = parseSort(page.Sort, "created", lab.SampleSorts()); err != nil {
		return out, err
	}
	if q.Limit, err = parseLimit(page.Limit); err != nil {
		return out, err
	}
	if q.After, err = readCursor(string(q.Sort), q.Desc, page.Cursor); err != nil {
		return out, err
	}
	_, q.Anon = seenThrough(who)
	o := &opener{who: who}
	err = s.read(ctx, func(tx *store.Tx) error {
		if _, _, err := visibleSet(ctx, tx, who, setID); err != nil {
			return err
		}
		var err error
		if q.Terms, err = resolve(ctx, tx, who, page.Q); err != nil {
			return err
		}
		rows, next, err := tx.Samples(ctx, q)
		if err != nil {
			return err
		}
		out.Next = writeCursor(string(q.Sort), q.Desc, next)
		out.Items, err = s.viewSampleRows(ctx, tx, o, rows)
		return err
	})
	if err == nil {
		err = s.auditRead(ctx, o, "set", setID)
	}
	if err != nil {
		return SamplePage{}, err
	}
	return out, nil
}

// viewSamples loads samples that the actor may see as the actor sees them.
func (s *Service) viewSamples(ctx context.Context, tx *store.Tx, o *opener, ids []int64) ([]SampleView, error) {
	rows, err := tx.SamplesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	return s.viewSampleRows(ctx, tx, o, rows)
}

func (s *Service) viewSampleRows(ctx context.Context, tx *store.Tx, o *opener, rows []lab.Sample) ([]SampleView, error) {
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	files, err := tx.FilesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	in, err := members(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	filesOf := map[int64][]lab.File{}
	for _, f := range files {
		filesOf[f.SampleID] = append(filesOf[f.SampleID], f)
	}
	views := make([]SampleView, len(rows))
	for i := range rows {
		v := &views[i]
		v.Sample, v.Files = rows[i], filesOf[rows[i].ID]
		v.NameKnown = o.sample(&v.Sample, v.Files, in[v.ID])
		v.Tags = lab.Tags(v.Info)
		for _, m := range in[v.ID] {
			if m.living() && o.who.ViewSet(m.access) {
				set := m.set
				o.set(&set, m.access)
				v.Sets = append(v.Sets, set)
			}
		}
		v.May = rightsOnSample(o.who, lines(in[v.ID]))
	}
	return views, nil
}

// rightsOnSample are what the actor may do with a sample: edit it, run configs
// on it.
func rightsOnSample(who *Actor, sets [][]int64) []access.Right {
	var list []access.Right
	if who.EditSample(sets) {
		list = append(list, access.Edit)
	}
	if slices.ContainsFunc(sets, func(shared []int64) bool { return who.Can(access.Set, access.Run, shared) }) {
		list = append(list, access.Run)
	}
	return list
}
