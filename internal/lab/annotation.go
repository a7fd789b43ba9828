package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"
)

// AnnotationBody is what people noted on a set: it lies over the results of all
// configs, and data under it stand still. Clonotypes and samples that no result
// has are kept: they come back with the sample.
type AnnotationBody struct {
	Clonotypes []ClonotypeNote `json:"clonotypes,omitempty"`
	// Clusters are identifiers that count as one clonotype, the representative
	// first.
	Clusters [][]string `json:"clusters,omitempty"`
	// Samples are those that something was said of. Order and Data refer to them
	// by index, as in .analysis files.
	Samples []SampleNote `json:"samples,omitempty"`
	// Order are the samples that are shown, in that order; empty: all. AllOrder is
	// that of all of them.
	Order    []int      `json:"order,omitempty"`
	AllOrder []int      `json:"all_order,omitempty"`
	Tags     []TagNote  `json:"tags,omitempty"`
	Data     []DataNote `json:"data,omitempty"`
	// Reports are settings of reports by their name, Normalization those of the
	// sizes. The client knows what they mean.
	Reports       map[string]json.RawMessage `json:"reports,omitempty"`
	Normalization json.RawMessage            `json:"normalization,omitempty"`
	// Other are members of .analysis files that have no place above.
	Other map[string]json.RawMessage `json:"other,omitempty"`
}

// ClonotypeNote is what was noted on a clonotype.
type ClonotypeNote struct {
	ID       string   `json:"id"` // its window
	Name     string   `json:"name,omitempty"`
	Tag      string   `json:"tag,omitempty"` // identifier of a tag
	Notes    string   `json:"notes,omitempty"`
	Colour   string   `json:"colour,omitempty"` // #rrggbb
	Expected *float64 `json:"expected,omitempty"`
	System   string   `json:"system,omitempty"`
	Sequence string   `json:"sequence,omitempty"` // by which it is found when its window changed
	// Other is what else a .analysis file says, as an edited designation ("seg").
	Other map[string]json.RawMessage `json:"other,omitempty"`
}

// SampleNote is what was noted on a sample: of the set, or of a file that the
// set has no sample for.
type SampleNote struct {
	SampleID     int64  `json:"sample_id,omitempty"`
	OriginalName string `json:"original_name,omitempty"` // where there is no sample
	Name         string `json:"name,omitempty"`
	Info         string `json:"info,omitempty"`
}

// TagNote names a tag.
type TagNote struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Colour string `json:"colour,omitempty"` // #rrggbb
	Hidden bool   `json:"hidden,omitempty"` // its clonotypes are not shown
}

// DataNote is numbers from elsewhere that are shown beside the clonotypes, as a
// marker measured by another method: one for each of the samples, null where
// there is none.
type DataNote struct {
	Name   string     `json:"name"`
	Values []*float64 `json:"values"`
}

// Limits of annotations. MaxAnnotation is that of the whole text, in bytes.
const (
	MaxAnnotation      = 8 << 20
	maxClonotypeNotes  = 50_000
	maxAnnotationList  = 10_000
	maxNoteName        = 1000   // characters
	maxNoteText        = 20_000 // characters
	maxNoteSequence    = 20_000 // letters
	maxAnnotationDepth = 100    // of members that only the client understands
)

var colourForm = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// Check reports all faults, by field.
func (b *AnnotationBody) Check() error {
	var f Faults
	b.checkClonotypes(&f)
	b.checkSamples(&f)
	seen := map[string]bool{}
	for i, t := range b.Tags {
		at := fmt.Sprintf("tags[%d].", i)
		f.Require(t.ID != "" && !seen[t.ID], at+"id", "want an identifier, each once")
		seen[t.ID] = true
		checkNote(&f, at+"id", t.ID, maxNoteName)
		checkNote(&f, at+"name", t.Name, maxNoteName)
		f.Require(t.Colour == "" || colourForm.MatchString(t.Colour), at+"colour", "want #rrggbb")
	}
	for i, d := range b.Data {
		at := fmt.Sprintf("data[%d].", i)
		checkNote(&f, at+"name", d.Name, maxNoteName)
		f.Require(len(d.Values) <= maxAnnotationList, at+"values", "has more than %d", maxAnnotationList)
	}
	f.Require(len(b.Tags) <= maxAnnotationList && len(b.Data) <= maxAnnotationList && len(b.Reports) <= maxAnnotationList, "tags", "there are too many tags, data or reports")
	for name, raw := range b.rawMembers() {
		checkRaw(&f, name, raw)
	}
	return f.Err()
}

func (b *AnnotationBody) checkClonotypes(f *Faults) {
	f.Require(len(b.Clonotypes) <= maxClonotypeNotes, "clonotypes", "has more than %d", maxClonotypeNotes)
	seen := make(map[string]bool, len(b.Clonotypes))
	for i := range b.Clonotypes {
		c, at := &b.Clonotypes[i], fmt.Sprintf("clonotypes[%d].", i)
		f.Require(c.ID != "" && !seen[c.ID], at+"id", "want the identifier of a clonotype, each once")
		seen[c.ID] = true
		for _, x := range []struct {
			name, text string
			most       int
		}{
			{"id", c.ID, maxNoteText},
			{"name", c.Name, maxNoteName},
			{"tag", c.Tag, maxNoteName},
			{"notes", c.Notes, maxNoteText},
			{"system", c.System, maxNoteName},
			{"sequence", c.Sequence, maxNoteSequence},
		} {
			checkNote(f, at+x.name, x.text, x.most)
		}
		f.Require(c.Colour == "" || colourForm.MatchString(c.Colour), at+"colour", "want #rrggbb")
		f.Require(c.Expected == nil || *c.Expected >= 0, at+"expected", "want a number of 0 or more")
	}
	f.Require(len(b.Clusters) <= maxClonotypeNotes, "clusters", "has more than %d", maxClonotypeNotes)
	in := map[string]bool{}
	for i, list := range b.Clusters {
		at := fmt.Sprintf("clusters[%d]", i)
		f.Require(len(list) > 0 && len(list) <= maxClonotypeNotes, at, "want 1 to %d identifiers", maxClonotypeNotes)
		for _, id := range list {
			f.Require(id != "" && !in[id], at, "each clonotype is in one cluster, once")
			in[id] = true
			checkNote(f, at, id, maxNoteText)
		}
	}
}

func (b *AnnotationBody) checkSamples(f *Faults) {
	f.Require(len(b.Samples) <= maxAnnotationList, "samples", "has more than %d", maxAnnotationList)
	seen := map[int64]bool{}
	for i, s := range b.Samples {
		at := fmt.Sprintf("samples[%d].", i)
		f.Require(s.SampleID >= 0 && (s.SampleID == 0 || !seen[s.SampleID]), at+"sample_id", "want the number of a sample, each once")
		seen[s.SampleID] = true
		f.Require(s.SampleID == 0 || s.OriginalName == "", at+"original_name", "is that of a sample that is not in the set")
		checkNote(f, at+"original_name", s.OriginalName, maxNoteName)
		checkNote(f, at+"name", s.Name, maxNoteName)
		checkNote(f, at+"info", s.Info, maxNoteText)
	}
	for _, x := range []struct {
		name string
		list []int
	}{{"order", b.Order}, {"all_order", b.AllOrder}} {
		once := map[int]bool{}
		for _, i := range x.list {
			f.Require(i >= 0 && i < len(b.Samples) && !once[i], x.name, "want indexes of samples, from 0, each once")
			once[i] = true
		}
	}
}

func checkNote(f *Faults, field, text string, most int) {
	if len(text) > most { // the usual text is short in bytes too
		f.Require(utf8.RuneCountInString(text) <= most, field, "has more than %d characters", most)
	}
	f.Require(utf8.ValidString(text), field, "is not UTF-8")
}

// checkRaw wants JSON that is not nested so deeply that reading it is a burden.
func checkRaw(f *Faults, field string, raw json.RawMessage) {
	d := json.NewDecoder(bytes.NewReader(raw))
	depth := 0
	for {
		t, err := d.Token()
		if err != nil {
			f.Require(json.Valid(raw), field, "is not JSON")
			return
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth > maxAnnotationDepth {
			f.Add(field, "is nested more than %d deep", maxAnnotationDepth)
			return
		}
	}
}

// rawMembers are the members that only the client understands, by place.
func (b *AnnotationBody) rawMembers() map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	add := func(place string, m map[string]json.RawMessage) {
		for key, raw := range m {
			out[place+"."+key] = raw
		}
	}
	add("reports", b.Reports)
	add("other", b.Other)
	if b.Normalization != nil {
		out["normalization"] = b.Normalization
	}
	for i := range b.Clonotypes {
		add("clonotypes."+b.Clonotypes[i].ID, b.Clonotypes[i].Other)
	}
	return out
}

// EncodeAnnotation is the text of a body that is stored.
func EncodeAnnotation(b *AnnotationBody) (string, error) {
	text, err := json.Marshal(b)
	if err != nil {
		return "", Errorf(Invalid, "the annotation is no JSON: %w", err)
	}
	if len(text) > MaxAnnotation {
		return "", Errorf(TooLarge, "an annotation has at most %d MB", MaxAnnotation>>20)
	}
	return string(text), nil
}

// ParseAnnotation reads a stored body; the empty text is the empty one.
func ParseAnnotation(text string) (b AnnotationBody, err error) {
	if text == "" {
		return b, nil
	}
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return b, fmt.Errorf("read annotation: %w", err)
	}
	return b, nil
}

// Kept are the clonotypes that somebody named, tagged, noted or put into a
// cluster: they are shown however few reads they have.
func (b *AnnotationBody) Kept() []string {
	var ids []string
	for i := range b.Clonotypes {
		ids = append(ids, b.Clonotypes[i].ID)
	}
	for _, list := range b.Clusters {
		ids = append(ids, list...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// MapTexts returns the body with each text that people wrote replaced by what f
// makes of it. place tells where it stands, the same in all versions, however
// lists are ordered. secret marks names of files, which tell more than others.
func (b *AnnotationBody) MapTexts(f func(place, text string, secret bool) string) AnnotationBody {
	at := func(place, text string) string {
		if text == "" {
			return ""
		}
		return f(place, text, false)
	}
	out := *b
	out.Clonotypes = slices.Clone(b.Clonotypes)
	for i := range out.Clonotypes {
		c := &out.Clonotypes[i]
		place := "clonotypes." + c.ID + "."
		c.Name, c.Notes, c.Tag = at(place+"name", c.Name), at(place+"notes", c.Notes), at(place+"tag", c.Tag)
		c.Other = mapMembers(place+"other", c.Other, at)
	}
	out.Samples = slices.Clone(b.Samples)
	for i := range out.Samples {
		s := &out.Samples[i]
		place := fmt.Sprintf("samples.%d.", s.SampleID)
		if s.SampleID == 0 {
			place = fmt.Sprintf("samples.at%d.", i)
		}
		s.Name, s.Info = at(place+"name", s.Name), at(place+"info", s.Info)
		if s.OriginalName != "" {
			s.OriginalName = f(place+"original_name", s.OriginalName, true)
		}
	}
	out.Tags = slices.Clone(b.Tags)
	for i := range out.Tags {
		t := &out.Tags[i]
		t.Name, t.ID = at("tags."+t.ID+".name", t.Name), at("tags."+t.ID+".id", t.ID)
	}
	out.Data = slices.Clone(b.Data)
	for i := range out.Data {
		out.Data[i].Name = at(fmt.Sprintf("data.%d.name", i), out.Data[i].Name)
	}
	out.Reports = mapMembers("reports", b.Reports, at)
	out.Other = mapMembers("other", b.Other, at)
	out.Normalization = mapJSON("normalization", b.Normalization, at)
	return out
}

func mapMembers(place string, m map[string]json.RawMessage, f func(place, text string) string) map[string]json.RawMessage {
	if m == nil {
		return nil
	}
	out := make(map[string]json.RawMessage, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out[f(place+"."+key+".key", key)] = mapJSON(place+"."+key, m[key], f)
	}
	return out
}

// mapJSON maps the texts and keys of a JSON value. One in which nothing changes
// stays as it was written.
func mapJSON(place string, raw json.RawMessage, f func(place, text string) string) json.RawMessage {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if len(raw) == 0 || d.Decode(&v) != nil {
		return raw
	}
	changed := false
	v = mapValue(place, v, func(place, text string) string {
		after := f(place, text)
		changed = changed || after != text
		return after
	})
	if !changed {
		return raw
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // what was decoded encodes
	}
	return text
}

func mapValue(place string, v any, f func(place, text string) string) any {
	switch v := v.(type) {
	case string:
		if v == "" {
			return v
		}
		return f(place, v)
	case []any:
		for i := range v {
			v[i] = mapValue(fmt.Sprintf("%s.%d", place, i), v[i], f)
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			name := key
			if key != "" {
				name = f(place+"."+key+".key", key)
			}
			out[name] = mapValue(place+"."+key, v[key], f)
		}
		return out
	}
	return v
}
