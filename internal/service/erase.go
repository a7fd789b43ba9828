package service

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// Erasure says what to keep of a patient besides reads, results and dates. The
// zero value keeps the least.
type Erasure struct {
	// KeepInfo keeps the free text of the patient and of its samples, without the
	// words that tell who it is.
	KeepInfo bool
	// KeepNotes keeps what was noted on clonotypes, likewise.
	KeepNotes bool
	// KeepImported keeps results and files of other programs, in which names may
	// stand anywhere.
	KeepImported bool
}

// Erased tells what an erasure did.
type Erased struct {
	Samples  int
	Versions int // of annotations, that were rewritten
	Imported int // results of other programs, that were removed
	Mounted  int // files of mounted folders, that are referred to no longer: they lie there still
	Entries  int // of the audit, from which the identity was taken
}

// ErasePatient takes from a patient, for good, what says who it is: name, birth
// date, number, names of samples and files, and these words wherever people or
// programs wrote them. Reads, results and the audit of what was done stay, under
// the patient's number. It wants the right to change the identity, or an
// administrator.
func (s *Service) ErasePatient(ctx context.Context, who *Actor, id int64, keep Erasure) (done Erased, err error) {
	if err := who.require(); err != nil {
		return done, err
	}
	may := func(shared []int64) bool {
		return who.EditIdentity(shared) || who.Administer() && who.EditSet(shared)
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		done = Erased{}
		set, shared, err := setFor(ctx, tx, who, id, may, "erase this patient")
		if err != nil {
			return err
		}
		if set.Kind != lab.Patient {
			return lab.Errorf(lab.Conflict, "set %d is no patient: there is no identity to erase", id)
		}
		e := eraser{s: s, tx: tx, who: who, set: set, shared: shared, keep: keep, done: &done}
		return e.run(ctx)
	})
	return done, err
}

// eraser is an erasure while it goes on, in one transaction.
type eraser struct {
	s       *Service
	tx      *store.Tx
	who     *Actor
	set     lab.Set
	shared  []int64
	keep    Erasure
	done    *Erased
	samples []int64
	sets    []int64     // all that have one of the samples, the patient among them
	entries []lab.Entry // of the audit, about all of these
	hidden  redactor
}

func (e *eraser) run(ctx context.Context) error {
	if err := e.gather(ctx); err != nil {
		return err
	}
	// The order matters: who the patient is, is known until the last step but one.
	for _, step := range []func(context.Context) error{e.annotations, e.logs, e.imported, e.identity, e.neighbours, e.traces, e.audit} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("erase patient %d: %w", e.set.ID, err)
		}
	}
	return nil
}

// gather finds the samples, the sets that they are in, and the words that tell
// who the patient is.
func (e *eraser) gather(ctx context.Context) (err error) {
	if err := e.tx.LockSamplesOf(ctx, e.set.ID); err != nil {
		return err
	}
	if e.samples, err = e.tx.SamplesOf(ctx, e.set.ID); err != nil {
		return err
	}
	in, err := members(ctx, e.tx, e.samples)
	if err != nil {
		return err
	}
	e.sets = []int64{e.set.ID}
	for _, list := range in {
		e.sets = append(e.sets, setIDs(list)...)
	}
	e.sets = distinct(e.sets)
	if err := e.tx.LockSets(ctx, e.sets); err != nil {
		return err
	}
	e.hidden.add(identityWords(&e.set)...)
	rows, err := e.tx.SamplesByID(ctx, e.samples)
	if err != nil {
		return err
	}
	for i := range rows {
		e.hidden.add(rows[i].Name.Stored())
	}
	files, err := e.tx.FilesOf(ctx, e.samples)
	if err != nil {
		return err
	}
	for i := range files {
		e.hidden.add(files[i].Name.Stored(), withoutFormat(files[i].Name.Stored()))
	}
	if e.entries, err = e.tx.AuditAbout(ctx, e.sets, e.samples); err != nil {
		return err
	}
	return e.formerNames()
}

// formerNames adds the words that the patient, its samples and their files had
// before: the audit has them, and people may have written them down.
func (e *eraser) formerNames() error {
	for i := range e.entries {
		x := &e.entries[i]
		own := x.Object == "set" && x.ObjectID == e.set.ID || x.Object == "sample" && slices.Contains(e.samples, x.ObjectID)
		for _, text := range []string{x.Before, x.After} {
			if !own || text == "" {
				continue
			}
			var was struct {
				Identity struct {
					setIdentityRecord
					Name  string   `json:"name"`
					Files []string `json:"files"`
					Path  string   `json:"path"`
				} `json:"identity"`
			}
			if err := json.Unmarshal([]byte(text), &was); err != nil {
				return fmt.Errorf("read audit entry %d: %w", x.ID, err)
			}
			n := &was.Identity
			e.hidden.add(access.IdentityWords(lab.Date(n.Birth), n.FirstName, n.LastName, n.Label, n.Name, n.Path)...)
			for _, name := range n.Files {
				e.hidden.add(name, withoutFormat(name))
			}
		}
	}
	return nil
}

// text is free text as it stays.
func (e *eraser) text(text string, keep bool) string {
	if !keep {
		return ""
	}
	return e.hidden.text(text)
}

// identity takes name, birth and number from the patient, and the names from its
// samples and their files.
func (e *eraser) identity(ctx context.Context) error {
	set := e.set
	set.FirstName, set.Birth, set.Label = lab.Private{}, lab.Private{}, lab.Private{}
	set.LastName = lab.NewPrivate(fmt.Sprintf("Patient %d", set.ID))
	set.Info = e.text(set.Info, e.keep.KeepInfo)
	if err := e.s.writeSet(ctx, e.tx, &set, e.shared); err != nil {
		return err
	}
	rows, err := e.tx.SamplesByID(ctx, e.samples)
	if err != nil {
		return err
	}
	files, err := e.tx.FilesOf(ctx, e.samples)
	if err != nil {
		return err
	}
	for i := range files {
		if err := e.file(ctx, &files[i]); err != nil {
			return err
		}
	}
	in, err := members(ctx, e.tx, e.samples) // anew: the patient has no name any more
	if err != nil {
		return err
	}
	for i := range rows {
		p := &rows[i]
		p.Name, p.Info = lab.NewPrivate(fmt.Sprintf("Sample %d", p.ID)), e.text(p.Info, e.keep.KeepInfo)
		if err := e.tx.UpdateSample(ctx, p, sampleText(p, in[p.ID])); err != nil {
			return err
		}
	}
	e.done.Samples = len(rows)
	return retext(ctx, e.tx, e.samples)
}

// file gives a file a neutral name. One of a mounted folder is referred to no
// longer, as its path is its name; so is one of another program's, unless it is
// kept.
func (e *eraser) file(ctx context.Context, f *lab.File) error {
	f.Name, f.Reason = lab.NewPrivate(access.FileName(f.SampleID, f.Name.Stored())), ""
	mounted := f.Source != ""
	if mounted {
		e.done.Mounted++
	}
	if mounted || f.Role == lab.RoleResult && !e.keep.KeepImported {
		f.State, f.Digest, f.Source, f.Path = lab.FileRemoved, "", "", lab.Private{}
	}
	return e.tx.RenameFile(ctx, f)
}

// annotations takes the words out of all versions of what was noted on the sets.
// Notes on the patient itself go, unless they are kept.
func (e *eraser) annotations(ctx context.Context) error {
	for _, id := range e.sets {
		versions, err := e.tx.AnnotationsWhole(ctx, id)
		if err != nil {
			return err
		}
		for i := range versions {
			if err := e.annotation(ctx, &versions[i], id == e.set.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *eraser) annotation(ctx context.Context, a *lab.Annotation, own bool) error {
	var body lab.AnnotationBody
	if err := json.Unmarshal([]byte(a.Body), &body); err != nil {
		return fmt.Errorf("read version %d of annotation of set %d: %w", a.Version, a.SetID, err)
	}
	body = body.MapTexts(func(_, text string, secret bool) string {
		if secret && own {
			return hiddenName // of a file that is no sample's
		}
		return e.hidden.text(text)
	})
	note := e.hidden.text(a.Note)
	if own && !e.keep.KeepNotes {
		note = ""
		for i := range body.Clonotypes {
			body.Clonotypes[i].Notes = ""
		}
		for i := range body.Samples {
			body.Samples[i].Info = ""
		}
	}
	text, err := lab.EncodeAnnotation(&body)
	if err != nil {
		return err
	}
	if text == a.Body && note == a.Note {
		return nil
	}
	e.done.Versions++
	a.Body, a.Note = text, note
	return e.tx.RewriteAnnotation(ctx, a)
}

// logs takes the words out of the logs of jobs: other programs write names of
// files there.
func (e *eraser) logs(ctx context.Context) error {
	pieces, err := e.tx.LogsAbout(ctx, e.set.ID, e.samples)
	if err != nil {
		return err
	}
	for i := range pieces {
		text := e.hidden.text(pieces[i].Text)
		if text == pieces[i].Text {
			continue
		}
		pieces[i].Text = text
		if err := e.tx.RewriteLog(ctx, &pieces[i]); err != nil {
			return err
		}
	}
	return nil
}

// imported removes results of other programs for good, and what was compared
// with them.
func (e *eraser) imported(ctx context.Context) error {
	if e.keep.KeepImported {
		return nil
	}
	ids, err := e.tx.ImportedResults(ctx, e.samples)
	if err != nil || len(ids) == 0 {
		return err
	}
	for _, id := range ids {
		audit(e.tx, e.who.entry("result.purge", "result", id), nil, nil)
	}
	e.done.Imported = len(ids)
	if err := e.tx.DeleteResults(ctx, ids); err != nil {
		return err
	}
	_, err = e.tx.DropComparisons(ctx, e.tx.Now)
	return err
}

// neighbours takes the words out of the free text of other sets that have one of
// the samples.
func (e *eraser) neighbours(ctx context.Context) error {
	in, err := membersByID(ctx, e.tx, e.sets)
	if err != nil {
		return err
	}
	for _, id := range e.sets {
		m := in[id]
		info := e.hidden.text(m.set.Info)
		if id == e.set.ID || info == m.set.Info {
			continue
		}
		m.set.Info = info
		if err := e.s.writeSet(ctx, e.tx, &m.set, m.access); err != nil {
			return err
		}
	}
	return e.s.changed(ctx, e.tx, e.sets)
}

// traces removes what else names the patient: tags, and archives that people had
// made.
func (e *eraser) traces(ctx context.Context) error {
	if err := e.tx.DropTags(ctx, e.hidden.words); err != nil {
		return err
	}
	_, err := e.tx.DropBundles(ctx)
	return err
}

// audit takes the identity out of the entries about the patient, and adds the
// one that vouches for them.
func (e *eraser) audit(ctx context.Context) error {
	erased := []store.Erased{}
	for i := range e.entries {
		x := &e.entries[i]
		if x.Action == store.AuditErase {
			continue
		}
		var private []string
		if x.Object == "set" && x.ObjectID == e.set.ID || slices.Contains(e.samples, x.ObjectID) && x.Object == "sample" {
			if private = []string{"identity"}; !e.keep.KeepInfo {
				private = append(private, "info")
			}
		}
		before, after := e.stripped(x.Before, private), e.stripped(x.After, private)
		if before == x.Before && after == x.After {
			continue
		}
		x.Before, x.After = before, after
		one, err := e.tx.RewriteAudit(ctx, x)
		if err != nil {
			return err
		}
		erased = append(erased, one)
	}
	e.done.Entries = len(erased)
	entry := e.who.entry(store.AuditErase, "set", e.set.ID)
	entry.SetID = e.set.ID
	audit(e.tx, entry, nil, map[string]any{
		"samples": e.samples, "info_kept": e.keep.KeepInfo, "notes_kept": e.keep.KeepNotes, "imported_kept": e.keep.KeepImported, "erased": erased,
	})
	return nil
}

// stripped is the JSON of an entry without private members, and without the words
// in the texts that remain.
func (e *eraser) stripped(text string, private []string) string {
	var fields map[string]any
	if text == "" || json.Unmarshal([]byte(text), &fields) != nil {
		return text
	}
	changed := false
	for name, v := range fields {
		if slices.Contains(private, name) {
			delete(fields, name)
			changed = true
			continue
		}
		if s, ok := v.(string); ok {
			if clean := e.hidden.text(s); clean != s {
				fields[name], changed = clean, true
			}
		}
	}
	if !changed {
		return text
	}
	return encode(fields)
}
