package service

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/pairing"
	"vidjil.org/vidjil/internal/store"
)

// Plans: what files would become if they were uploaded, or attached from a
// mounted folder. Nothing is written: a person, or the command line on their
// behalf, makes the samples of it.

// PlanFile is a file that somebody has.
type PlanFile struct {
	Path string
	Size int64 // bytes; 0 when not known
}

// PlanInput is what a plan is made of.
type PlanInput struct {
	Files []PlanFile
	// Sheet is a sample sheet of a sequencer, or a table with a header, as text or
	// as a workbook; empty for none.
	Sheet []byte
	// Sets are those that the samples will be in; none: to be chosen later.
	Sets []int64
	// Form is how the laboratory names its files: see pairing.Options.
	Form string
}

// Plan is what files would become.
type Plan struct {
	Samples    []PlannedSample
	Unassigned []string // reads that the sequencer could give to no sample: left out
	Ignored    []string // neither reads nor results
	Notes      []string // on the sheet
}

// PlannedSample is a sample that would be made, or one that is there.
type PlannedSample struct {
	Name         string
	SamplingDate string
	Info         string
	Files        []PlannedFile
	Doubts       []pairing.Doubt
	// Faults are why the sample cannot be made of these files as it stands.
	Faults []string
	// SampleID is a sample of the sets that was made for these files: what is
	// missing of it can be uploaded to it. 0 when there is none.
	SampleID int64
	// Patients are those who may be meant, by their label or by their name.
	Patients []PatientMatch
	// Subject is the patient as the sheet tells.
	Subject PlannedPatient
}

// PlannedPatient is what a sheet tells about a patient.
type PlannedPatient struct {
	Label, LastName, FirstName string
	Birth                      string // YYYY-MM-DD
}

// PlannedFile is a file in a sample.
type PlannedFile struct {
	Path string
	Name string
	Size int64
	Role lab.FileRole
	Lane int
	// FileID and State are those of the file of the sample that is there.
	FileID int64
	State  lab.FileState
}

// PatientMatch is a patient whose identity the actor may see.
type PatientMatch struct {
	Set lab.Set
	Why string // "label" or "name"
}

// maxPlanFiles is how many files a plan takes: those of several large runs.
const maxPlanFiles = 10_000

// PlanUploads makes samples of files, by their names and a sheet.
func (s *Service) PlanUploads(ctx context.Context, who *Actor, in PlanInput) (p Plan, err error) {
	if err := who.require(); err != nil {
		return p, err
	}
	if !who.All(access.Set, access.Upload) && len(who.Reach(access.Set, access.Upload)) == 0 {
		return p, errForbidden("upload files anywhere")
	}
	if p, err = pairFiles(in); err != nil {
		return p, err
	}
	p.readSheet(in.Sheet)
	o := &opener{who: who}
	err = s.read(ctx, func(tx *store.Tx) error {
		if err := mayUploadTo(ctx, tx, who, in.Sets); err != nil {
			return err
		}
		if err := p.findSamples(ctx, tx, o, in.Sets); err != nil {
			return err
		}
		return p.findPatients(ctx, tx, o)
	})
	if err == nil {
		err = s.auditRead(ctx, o, "plan", 0)
	}
	if err != nil {
		return Plan{}, err
	}
	return p, nil
}

// mayUploadTo wants the right to upload to each of the sets.
func mayUploadTo(ctx context.Context, tx *store.Tx, who *Actor, ids []int64) error {
	sets, err := membersByID(ctx, tx, distinct(ids))
	if err != nil {
		return err
	}
	for _, id := range ids {
		m, ok := sets[id]
		switch {
		case !ok || !who.ViewSet(m.access):
			return errNotFound("set", id)
		case !m.living():
			return errTrashed("set", id)
		case !who.Upload([][]int64{m.access}):
			return errForbidden("add samples to this set")
		}
	}
	return nil
}

// pairFiles makes a plan by the names of files alone.
func pairFiles(in PlanInput) (p Plan, err error) {
	if len(in.Files) == 0 || len(in.Files) > maxPlanFiles {
		return p, fault("files", "want 1 to %d files", maxPlanFiles)
	}
	sizes := make(map[string]int64, len(in.Files))
	paths := make([]string, len(in.Files))
	for i, f := range in.Files {
		if f.Path == "" || f.Size < 0 {
			return p, fault(fmt.Sprintf("files[%d]", i), "want a path, and a size that is not negative")
		}
		paths[i], sizes[f.Path] = f.Path, f.Size
	}
	pairs, err := pairing.Of(paths, pairing.Options{Form: in.Form})
	if err != nil {
		return p, err
	}
	p.Unassigned, p.Ignored = pairs.Unassigned, pairs.Ignored
	for _, x := range pairs.Samples {
		made := PlannedSample{Name: x.Name, Doubts: x.Doubts}
		for _, f := range x.Files {
			name := path.Base(strings.ReplaceAll(f.Path, `\`, "/"))
			made.Files = append(made.Files, PlannedFile{Path: f.Path, Name: name, Size: sizes[f.Path], Role: f.Role, Lane: f.Lane})
		}
		made.numberPieces()
		made.check()
		p.Samples = append(p.Samples, made)
	}
	return p, nil
}

// numberPieces gives the pieces of a lane numbers of their own: a sample has one
// file of each role and lane. Where two files may hold the same reads, that is
// for a person to decide.
func (p *PlannedSample) numberPieces() {
	if slices.ContainsFunc(p.Doubts, func(d pairing.Doubt) bool { return d.Kind == pairing.Twice }) {
		return
	}
	type place struct {
		role lab.FileRole
		lane int
	}
	seen := map[place]bool{}
	twice := false
	for _, f := range p.Files {
		twice = twice || seen[place{f.Role, f.Lane}]
		seen[place{f.Role, f.Lane}] = true
	}
	if !twice {
		return
	}
	count := map[lab.FileRole]int{}
	for i := range p.Files {
		f := &p.Files[i]
		count[f.Role]++
		f.Lane = count[f.Role]
	}
}

// check notes why a sample cannot be made.
func (p *PlannedSample) check() {
	files := make([]FileInput, len(p.Files))
	for i, f := range p.Files {
		files[i] = FileInput{Role: f.Role, Lane: f.Lane, Name: f.Name, Size: f.Size}
	}
	var f lab.Faults
	checkFiles(&f, "", files)
	if e, ok := errors.AsType[*lab.Error](f.Err()); ok {
		for _, x := range e.Fields {
			if !slices.Contains(p.Faults, x.Msg) {
				p.Faults = append(p.Faults, x.Msg)
			}
		}
	}
}

// findSamples finds the samples of the sets that were made for the same files, as
// by a plan that was carried out in part. Names are compared only where the actor
// may know them, or has entered them.
func (p *Plan) findSamples(ctx context.Context, tx *store.Tx, o *opener, sets []int64) error {
	if len(sets) == 0 {
		return nil
	}
	files, err := tx.NewestFilesIn(ctx, sets)
	if err != nil {
		return err
	}
	of, byName := map[int64][]lab.File{}, map[string][]int64{}
	for _, f := range files {
		of[f.SampleID] = append(of[f.SampleID], f)
		byName[f.Name.Stored()] = append(byName[f.Name.Stored()], f.SampleID)
	}
	for i := range p.Samples {
		x := &p.Samples[i]
		for _, id := range byName[x.Files[0].Name] {
			if !x.sameFiles(of[id]) {
				continue
			}
			known, err := knowsNames(ctx, tx, o, id)
			if err != nil {
				return err
			}
			if known {
				x.take(id, of[id])
				break
			}
		}
	}
	return nil
}

func knowsNames(ctx context.Context, tx *store.Tx, o *opener, id int64) (bool, error) {
	sample, err := tx.SampleByID(ctx, id)
	if err != nil {
		return false, err
	}
	if sample.CreatorID == o.who.User.ID {
		return true, nil
	}
	in, err := members(ctx, tx, []int64{id})
	return o.seesNames(in[id]), err
}

// sameFiles tells whether a sample has these files and no other ones.
func (p *PlannedSample) sameFiles(files []lab.File) bool {
	if len(files) != len(p.Files) {
		return false
	}
	for _, f := range p.Files {
		if !slices.ContainsFunc(files, f.is) {
			return false
		}
	}
	return true
}

func (f PlannedFile) is(x lab.File) bool {
	return x.Name.Stored() == f.Name && x.Role == f.Role && x.Lane == f.Lane && (x.Size == 0 || f.Size == 0 || x.Size == f.Size)
}

// take makes the plan go on with a sample that is there.
func (p *PlannedSample) take(id int64, files []lab.File) {
	p.SampleID = id
	for i := range p.Files {
		f := &p.Files[i]
		if j := slices.IndexFunc(files, f.is); j >= 0 {
			f.FileID, f.State = files[j].ID, files[j].State
		}
	}
}

// findPatients looks who may be meant, among those whose identity the actor may
// see.
func (p *Plan) findPatients(ctx context.Context, tx *store.Tx, o *opener) error {
	var labels, names []string
	for i := range p.Samples {
		l, n := p.Samples[i].words()
		labels, names = append(labels, l...), append(names, n...)
	}
	slices.Sort(labels)
	slices.Sort(names)
	patients, err := tx.PatientsCalled(ctx, slices.Compact(labels), slices.Compact(names), o.who.Reach(access.Set, access.Anon))
	if err != nil {
		return err
	}
	ids := make([]int64, len(patients))
	for i := range patients {
		ids[i] = patients[i].ID
	}
	shared, err := tx.SetAccess(ctx, ids)
	if err != nil {
		return err
	}
	for i := range p.Samples {
		x := &p.Samples[i]
		labels, names := x.words()
		for _, set := range patients {
			if !o.who.ViewSet(shared[set.ID]) || !o.who.Upload([][]int64{shared[set.ID]}) {
				continue
			}
			why := ""
			switch {
			case !set.Label.Empty() && slices.Contains(labels, strings.ToLower(set.Label.Stored())):
				why = "label"
			case slices.Contains(names, setText(&set).NameKey):
				why = "name"
			}
			if why != "" && o.set(&set, shared[set.ID]) {
				x.Patients = append(x.Patients, PatientMatch{Set: set, Why: why})
			}
		}
	}
	return nil
}

// maxNameWords is how many words of a sample's name are looked at.
const maxNameWords = 6

// words are what a patient's label may be, in lower case, and what their name may
// be, as lists are sorted by it: two words of the sample's name.
func (p *PlannedSample) words() (labels, names []string) {
	for _, text := range []string{p.Subject.Label, p.Name} {
		if text = strings.TrimSpace(text); text != "" {
			labels = append(labels, strings.ToLower(text))
		}
	}
	if p.Subject.LastName != "" {
		names = append(names, lab.Fold(p.Subject.LastName+" "+p.Subject.FirstName))
	}
	tokens := strings.FieldsFunc(p.Name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	tokens = tokens[:min(len(tokens), maxNameWords)]
	for i, a := range tokens {
		if len(a) >= 3 {
			labels = append(labels, strings.ToLower(a))
		}
		for j, b := range tokens {
			if i != j {
				names = append(names, lab.Fold(a+" "+b))
			}
		}
	}
	return labels, names
}
