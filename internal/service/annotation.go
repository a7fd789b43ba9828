package service

import (
	"context"
	"fmt"
	"strings"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// AnnotationView is a version of a set's annotation as one actor sees it.
type AnnotationView struct {
	lab.Annotation // its Body is empty: see Content
	Content        lab.AnnotationBody
	MaySave        bool
}

// AnyVersion is the newest version.
const AnyVersion = 0

// maxNote is the length of a version's note, in characters.
const maxNote = 500

// Annotation returns a version of a set's annotation, the newest for AnyVersion.
// A set on which nothing was noted has version 0, which is empty.
func (s *Service) Annotation(ctx context.Context, who *Actor, setID int64, version int) (v AnnotationView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	o := &opener{who: who}
	err = s.read(ctx, func(tx *store.Tx) error {
		set, shared, err := visibleSet(ctx, tx, who, setID)
		if err != nil {
			return err
		}
		v, err = viewAnnotation(ctx, tx, o, set.ID, shared, version)
		return err
	})
	if err == nil {
		err = s.auditResults(ctx, o, "annotation.read", "set", setID, setID)
	}
	if err != nil {
		return AnnotationView{}, err
	}
	return v, nil
}

// viewAnnotation loads a version as the actor sees it.
func viewAnnotation(ctx context.Context, tx *store.Tx, o *opener, setID int64, shared []int64, version int) (v AnnotationView, err error) {
	if v.Annotation, err = annotationAt(ctx, tx, setID, version); err != nil {
		return v, err
	}
	if v.Content, err = lab.ParseAnnotation(v.Body); err != nil {
		return v, err
	}
	hidden, _, err := annotationWords(ctx, tx, o, setID)
	if err != nil {
		return v, err
	}
	v.Body, v.MaySave = "", o.who.Save(shared)
	v.Note = hidden.text(v.Note)
	v.Content = concealed(&v.Content, hidden)
	return v, nil
}

func annotationAt(ctx context.Context, tx *store.Tx, setID int64, version int) (a lab.Annotation, err error) {
	if version != AnyVersion {
		return tx.AnnotationVersion(ctx, setID, version)
	}
	a, ok, err := tx.NewestAnnotation(ctx, setID)
	if !ok {
		a = lab.Annotation{SetID: setID}
	}
	return a, err
}

// annotationWords are the words that the actor must not read in the annotation
// of a set, and what its samples are called.
func annotationWords(ctx context.Context, tx *store.Tx, o *opener, setID int64) (*redactor, map[int64]*sampleName, error) {
	m, err := membersByID(ctx, tx, []int64{setID})
	if err != nil {
		return nil, nil, err
	}
	in := m[setID]
	samples, err := tx.LivingSamplesOf(ctx, setID)
	if err != nil {
		return nil, nil, err
	}
	names, hidden, err := sampleNames(ctx, tx, o, samples)
	if err != nil {
		return nil, nil, err
	}
	if in.set.Kind == lab.Patient && !o.who.SeeIdentity(in.access) {
		hidden.add(identityWords(&in.set)...)
	}
	return hidden, names, nil
}

// hiddenName stands for a name of a file that the actor must not know.
const hiddenName = "…"

// concealed is a body without the words that its reader must not see.
func concealed(b *lab.AnnotationBody, hidden *redactor) lab.AnnotationBody {
	if !hidden.any() {
		return *b
	}
	return b.MapTexts(func(_, text string, secret bool) string {
		if secret {
			return hiddenName
		}
		return hidden.text(text)
	})
}

// revealed undoes what concealed did to texts that came back unchanged: who
// does not see a name must not write what stands for it over the name.
func revealed(b, before *lab.AnnotationBody, hidden *redactor) lab.AnnotationBody {
	if !hidden.any() {
		return *b
	}
	byPlace, byText := map[string]string{}, map[string]string{}
	before.MapTexts(func(place, text string, secret bool) string {
		shown := hidden.text(text)
		if secret {
			shown = hiddenName
		}
		if shown != text {
			byPlace[place+"\x00"+shown] = text
			// A key that was concealed changes the places below it.
			if old, ok := byText[shown]; !ok {
				byText[shown] = text
			} else if old != text {
				byText[shown] = "" // not to be told apart
			}
		}
		return text
	})
	return b.MapTexts(func(place, text string, _ bool) string {
		if old, ok := byPlace[place+"\x00"+text]; ok {
			return old
		}
		if old := byText[text]; old != "" {
			return old
		}
		return text
	})
}

// AnnotationSave is a new version of a set's annotation.
type AnnotationSave struct {
	Based int // the version that it is a change of
	Note  string
	Body  lab.AnnotationBody
}

// SaveAnnotation adds a version to a set's annotation. When somebody else has
// saved since the version that it is based on, nothing is saved: the error, of
// code Stale, tells who did and when.
func (s *Service) SaveAnnotation(ctx context.Context, who *Actor, setID int64, n AnnotationSave) (v AnnotationView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	if err := n.check(); err != nil {
		return v, err
	}
	return s.saveAnnotation(ctx, who, setID, n.Based, n.Note, func(_ context.Context, _ *store.Tx, before *lab.AnnotationBody, hidden *redactor, _ map[int64]*sampleName) (lab.AnnotationBody, error) {
		return revealed(&n.Body, before, hidden), nil
	})
}

func (n *AnnotationSave) check() error {
	n.Note = strings.TrimSpace(n.Note)
	if err := n.Body.Check(); err != nil {
		return err
	}
	var f lab.Faults
	checkText(&f, "note", n.Note, maxNote, false)
	f.Require(n.Based >= 0, "If-Match", "want the version that was changed")
	return f.Err()
}

// makeAnnotation makes a new body in the transaction that saves it.
type makeAnnotation func(ctx context.Context, tx *store.Tx, before *lab.AnnotationBody, hidden *redactor, names map[int64]*sampleName) (lab.AnnotationBody, error)

func (s *Service) saveAnnotation(ctx context.Context, who *Actor, setID int64, based int, note string, change makeAnnotation) (v AnnotationView, err error) {
	o := &opener{who: who}
	err = s.write(ctx, func(tx *store.Tx) error {
		set, shared, err := setFor(ctx, tx, who, setID, who.Save, "annotate this set")
		if err != nil {
			return err
		}
		if !set.TrashedAt.IsZero() {
			return errTrashed("set", setID)
		}
		newest, _, err := tx.NewestAnnotation(ctx, setID)
		if err != nil {
			return err
		}
		if newest.Version != based {
			return staleAnnotation(&newest, based)
		}
		before, err := lab.ParseAnnotation(newest.Body)
		if err != nil {
			return err
		}
		hidden, names, err := annotationWords(ctx, tx, o, setID)
		if err != nil {
			return err
		}
		body, err := change(ctx, tx, &before, hidden, names)
		if err != nil {
			return err
		}
		if err := insertAnnotation(ctx, tx, who, setID, based+1, note, &body); err != nil {
			return err
		}
		tx.Signal(fmt.Sprintf("set:%d", setID))
		v, err = viewAnnotation(ctx, tx, o, setID, shared, AnyVersion)
		return err
	})
	return v, err
}

func insertAnnotation(ctx context.Context, tx *store.Tx, who *Actor, setID int64, version int, note string, body *lab.AnnotationBody) error {
	text, err := lab.EncodeAnnotation(body)
	if err != nil {
		return err
	}
	a := lab.Annotation{SetID: setID, Version: version, AuthorID: who.User.ID, Note: note, Body: text}
	if err := tx.InsertAnnotation(ctx, &a); err != nil {
		if lab.CodeOf(err) == lab.Conflict {
			return &lab.Error{Code: lab.Stale, Msg: "somebody else has saved the annotation just now; load it anew", Err: err}
		}
		return err
	}
	e := who.entry("annotation.save", "set", setID)
	e.SetID = setID
	audit(tx, e, nil, map[string]any{"version": version, "clonotypes": len(body.Clonotypes), "clusters": len(body.Clusters)})
	return nil
}

func staleAnnotation(newest *lab.Annotation, based int) error {
	author := newest.Author
	if author == "" {
		author = "somebody"
	}
	if newest.Version < based {
		return lab.Errorf(lab.Stale, "there is no version %d of the annotation; the newest is %d", based, newest.Version)
	}
	return lab.Errorf(lab.Stale, "%s saved version %d of the annotation on %s; yours is a change of version %d",
		author, newest.Version, newest.CreatedAt.UTC().Format("2006-01-02 at 15:04 UTC"), based)
}

// AnnotationVersions lists the versions of a set's annotation, the newest first,
// from below one (0: all).
func (s *Service) AnnotationVersions(ctx context.Context, who *Actor, setID int64, below, limit int) (list []lab.Annotation, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	if limit, err = parseLimit(limit); err != nil {
		return nil, err
	}
	o := &opener{who: who}
	err = s.read(ctx, func(tx *store.Tx) error {
		if _, _, err := visibleSet(ctx, tx, who, setID); err != nil {
			return err
		}
		if list, err = tx.AnnotationVersions(ctx, setID, below, limit); err != nil {
			return err
		}
		hidden, _, err := annotationWords(ctx, tx, o, setID)
		for i := range list {
			list[i].Note = hidden.text(list[i].Note)
		}
		return err
	})
	return list, err
}

// DiffAnnotations tells in what two versions of a set's annotation differ.
func (s *Service) DiffAnnotations(ctx context.Context, who *Actor, setID int64, from, to int) (list []lab.Difference, err error) {
	if err := who.require(); err != nil {
		return nil, err
	}
	o := &opener{who: who}
	err = s.read(ctx, func(tx *store.Tx) error {
		_, shared, err := visibleSet(ctx, tx, who, setID)
		if err != nil {
			return err
		}
		var v [2]AnnotationView
		for i, version := range []int{from, to} {
			if i == 0 && version == 0 {
				continue // nothing was noted before the first
			}
			if v[i], err = viewAnnotation(ctx, tx, o, setID, shared, version); err != nil {
				return err
			}
		}
		list = lab.DiffAnnotations(&v[0].Content, &v[1].Content)
		return nil
	})
	if err == nil {
		err = s.auditResults(ctx, o, "annotation.read", "set", setID, setID)
	}
	return list, err
}

// RestoreAnnotation makes an older version the newest, as a new one. based is
// the newest that the actor knows.
func (s *Service) RestoreAnnotation(ctx context.Context, who *Actor, setID int64, version, based int) (v AnnotationView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	if version < 1 {
		return v, fault("version", "want the number of a version")
	}
	return s.saveAnnotation(ctx, who, setID, based, fmt.Sprintf("restored from version %d", version),
		func(ctx context.Context, tx *store.Tx, _ *lab.AnnotationBody, _ *redactor, _ map[int64]*sampleName) (lab.AnnotationBody, error) {
			old, err := tx.AnnotationVersion(ctx, setID, version)
			if err != nil {
				return lab.AnnotationBody{}, err
			}
			return lab.ParseAnnotation(old.Body)
		})
}
