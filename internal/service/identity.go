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

// opener opens the identities that one actor may know, and makes the rest
// safe to show. Every use case that returns sets, samples or files passes them
// through one; nothing else opens a lab.Private. It remembers what it opened,
// for the audit.
type opener struct {
	who     *Actor
	sets    []int64
	samples []int64
}

// set opens the identity of a set that is shared with the groups. Where it
// stays closed, the info loses the words that tell it. It says whether the actor
// may know the identity.
func (o *opener) set(s *lab.Set, sharedWith []int64) bool {
	if s.Kind != lab.Patient {
		s.Open() // a run or a plain set is about nobody
		return true
	}
	if o.who.SeeIdentity(sharedWith) {
		s.Open()
		o.sets = append(o.sets, s.ID)
		return true
	}
	s.Info = access.Redact(s.Info, identityWords(s), "…")
	return false
}

// sample opens the names of a sample and of its files. in are all its sets,
// those in the trash and those that the actor does not see included.
func (o *opener) sample(s *lab.Sample, files []lab.File, in []member) bool {
	if o.seesNames(in) {
		s.Name = s.Name.Opened()
		for i := range files {
			files[i].Name, files[i].Path = files[i].Name.Opened(), files[i].Path.Opened()
		}
		o.samples = append(o.samples, s.ID)
		return true
	}
	s.Info = redactSample(s, in)
	for i := range files {
		f := &files[i]
		f.Name = lab.NewPrivate(access.FileName(s.ID, f.Name.Stored())).Opened()
	}
	return false
}

// seesNames tells whether the actor may know the name of a sample that is in
// the sets.
func (o *opener) seesNames(in []member) bool {
	var patients, others [][]int64
	for i := range in {
		if in[i].set.Kind == lab.Patient {
			patients = append(patients, in[i].access)
		} else {
			others = append(others, in[i].access)
		}
	}
	return o.who.SeeFileNames(patients, others)
}

// entry is the audit entry of a reading that opened identities; ok is false
// where there is nothing to tell.
func (o *opener) entry(object string, id int64) (e lab.Entry, ok bool) {
	if len(o.sets)+len(o.samples) == 0 {
		return e, false
	}
	e = o.who.entry("identity.read", object, id)
	if object == "set" {
		e.SetID = id
	}
	e.After = encode(struct {
		Sets    []int64 `json:"sets,omitempty"`
		Samples []int64 `json:"samples,omitempty"`
	}{distinct(o.sets), distinct(o.samples)})
	return e, true
}

// auditRead writes the audit entry of a reading that opened identities. Who
// cannot be noted does not get to see.
func (s *Service) auditRead(ctx context.Context, o *opener, object string, id int64) error {
	e, ok := o.entry(object, id)
	if !ok {
		return nil
	}
	err := s.write(ctx, func(tx *store.Tx) error {
		tx.Audit(e)
		return nil
	})
	if err != nil {
		return fmt.Errorf("audit reading of identities: %w", err)
	}
	return nil
}

func distinct(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// identityWords are the words of a patient that must not be shown.
func identityWords(s *lab.Set) []string {
	if s.Kind != lab.Patient {
		return nil
	}
	return access.IdentityWords(lab.Date(s.Birth.Stored()), s.FirstName.Stored(), s.LastName.Stored(), s.Label.Stored())
}

// redactSample is the info of a sample without words that tell who its patients
// are.
func redactSample(s *lab.Sample, in []member) string {
	words := []string{s.Name.Stored()}
	for i := range in {
		words = append(words, identityWords(&in[i].set)...)
	}
	return access.Redact(s.Info, words, "…")
}

// setText is what a set is found and sorted by. Words of the info that tell who
// a patient is find it only for those who may know.
func setText(s *lab.Set) lab.SetText {
	if s.Kind != lab.Patient {
		return lab.SetText{NameKey: lab.Fold(s.Name), Open: lab.Fold(joined(s.Name, s.Label.Stored(), s.Sequencer, s.Pcr, s.Info))}
	}
	open := access.Redact(s.Info, identityWords(s), "…")
	identity := joined(s.LastName.Stored(), s.FirstName.Stored(), s.LastName.Stored(), s.Birth.Stored(), s.Label.Stored())
	if open != s.Info {
		identity = joined(identity, s.Info)
	}
	return lab.SetText{NameKey: lab.Fold(s.LastName.Stored() + " " + s.FirstName.Stored()), Open: lab.Fold(open), Identity: lab.Fold(identity)}
}

// setTags are the tags of a set: those that tell nobody's name.
func setTags(s *lab.Set) []string {
	return lab.Tags(access.Redact(s.Info, identityWords(s), "…"))
}

// sampleText is what a sample is found and sorted by.
func sampleText(s *lab.Sample, in []member) lab.SampleText {
	return lab.SampleText{NameKey: lab.Fold(s.Name.Stored()), Open: lab.Fold(redactSample(s, in))}
}

// joined puts a space between texts, of those that there are.
func joined(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(t string) bool { return t == "" }), " ")
}
