package service

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// sampleName is what a sample is called in what one actor gets of results.
type sampleName struct {
	lab.Sample        // its name opened, or not
	Known      bool   // the actor may know its name
	File       string // of its reads; where it must not be known, "Sample 12.fastq.gz"
	in         []member
}

// sampleNames loads what samples are called, and the words that must not be
// shown of those whose names the actor may not know.
func sampleNames(ctx context.Context, tx *store.Tx, o *opener, ids []int64) (map[int64]*sampleName, *redactor, error) {
	rows, err := tx.SamplesByID(ctx, distinct(ids))
	if err != nil {
		return nil, nil, err
	}
	files, err := tx.FilesOf(ctx, distinct(ids))
	if err != nil {
		return nil, nil, err
	}
	in, err := members(ctx, tx, distinct(ids))
	if err != nil {
		return nil, nil, err
	}
	hidden := &redactor{}
	names := make(map[int64]*sampleName, len(rows))
	for i := range rows {
		n := &sampleName{Sample: rows[i], in: in[rows[i].ID]}
		var own []lab.File
		words := []string{n.Name.Stored()}
		for _, f := range files {
			if f.SampleID == n.ID {
				own = append(own, f)
				words = append(words, f.Name.Stored(), withoutFormat(f.Name.Stored()))
			}
		}
		n.Known = o.sample(&n.Sample, own, n.in)
		n.File = fileOf(n, own)
		names[n.ID] = n
		if !n.Known {
			hidden.add(words...)
		}
		for k := range n.in {
			if m := &n.in[k]; m.set.Kind == lab.Patient && !o.who.SeeIdentity(m.access) {
				hidden.add(identityWords(&m.set)...)
			}
		}
	}
	return names, hidden, nil
}

// fileOf is the name of the file that a sample's reads came from: the first of
// the newest generation, which comes first.
func fileOf(n *sampleName, files []lab.File) string {
	for _, role := range []lab.FileRole{lab.RoleReads, lab.RoleR1, lab.RoleResult} {
		for _, f := range files {
			if f.Role == role {
				return f.Name.String()
			}
		}
	}
	return n.Title()
}

// redactor takes words out of text that people and other programs wrote. Its
// zero value takes out nothing.
type redactor struct {
	words  []string
	starts map[string][]string // words by their first run of letters or digits, folded
}

func (r *redactor) add(words ...string) {
	if r.starts == nil {
		r.starts = map[string][]string{}
	}
	for _, w := range words {
		w = strings.TrimSpace(w)
		if w == "" || slices.Contains(r.words, w) {
			continue
		}
		r.words = append(r.words, w)
		start := ""
		for run := range runs(w) {
			start = run
			break
		}
		r.starts[start] = append(r.starts[start], w)
	}
}

// any tells whether there is anything to hide.
func (r *redactor) any() bool { return r != nil && len(r.words) > 0 }

// text is a text without the words. Words whose beginning is nowhere in the text
// are not looked for: a run has thousands.
func (r *redactor) text(text string) string {
	if !r.any() {
		return text
	}
	words := slices.Clone(r.starts[""])
	seen := map[string]bool{"": true}
	for run := range runs(text) {
		if !seen[run] {
			seen[run] = true
			words = append(words, r.starts[run]...)
		}
	}
	return access.Redact(text, words, "…")
}

// runs gives the runs of letters and those of digits of a text, folded: where
// [access.Redact] lets words begin and end.
func runs(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		kind := func(c rune) int {
			switch {
			case unicode.IsLetter(c) || unicode.IsMark(c):
				return 1
			case unicode.IsDigit(c):
				return 2
			}
			return 0
		}
		start, is := 0, 0
		for i, c := range text {
			if k := kind(c); k != is {
				if is != 0 && !yield(lab.Fold(text[start:i])) {
					return
				}
				start, is = i, k
			}
		}
		if is != 0 {
			yield(lab.Fold(text[start:]))
		}
	}
}

// named is the fused result with its samples called as the actor may know them.
// What is not changed is shared with the one handed in.
func named(f *repertoire.Fused, names map[int64]*sampleName, hidden *redactor) *repertoire.Fused {
	out := *f
	out.Samples = slices.Clone(f.Samples)
	for i := range out.Samples {
		s := &out.Samples[i]
		s.Name, s.OriginalName = callSample(s.SampleID, names)
		s.Provenance = neutralProvenance(s.Provenance)
	}
	if hidden.any() {
		for i := range out.Samples {
			out.Samples[i].Distributions = neutralDistributions(out.Samples[i].Distributions, hidden)
		}
		out.Clones = slices.Clone(f.Clones)
		for i := range out.Clones {
			neutralClone(&out.Clones[i], hidden)
		}
	}
	return &out
}

// neutralDistributions takes the same out of the values that are counted.
func neutralDistributions(list []vidjilfile.Distribution, hidden *redactor) []vidjilfile.Distribution {
	out := slices.Clone(list)
	for i := range out {
		out[i].Values = slices.Clone(out[i].Values)
		for k := range out[i].Values {
			at := slices.Clone(out[i].Values[k].At)
			for a := range at {
				at[a] = hidden.text(at[a])
			}
			out[i].Values[k].At = at
		}
	}
	return out
}

// callSample is the name of a sample and that of its file.
func callSample(id int64, names map[int64]*sampleName) (name, file string) {
	n := names[id]
	if n == nil {
		n = &sampleName{Sample: lab.Sample{ID: id}}
		n.File = n.Title()
	}
	return n.Title(), n.File
}

// neutralClone takes out of a clonotype what may tell who the patient is: results
// of other programs can say anything anywhere. What it changes is copied first.
func neutralClone(c *vidjilfile.Clone, hidden *redactor) {
	c.Name, c.Label, c.Tag = hidden.text(c.Name), hidden.text(c.Label), hidden.text(c.Tag)
	c.Extra = hidden.bag(c.Extra)
	neutralSeg(&c.Seg, hidden)
	c.Warnings = hidden.warnings(c.Warnings)
	c.CoverageInfo = hidden.texts(c.CoverageInfo)
}

func neutralSeg(s *vidjilfile.Seg, hidden *redactor) {
	s.Extra = hidden.bag(s.Extra)
	for _, x := range []**vidjilfile.Segment{&s.Five, &s.Four, &s.FourA, &s.FourB, &s.Three} {
		if *x != nil {
			part := **x
			part.Name, part.Extra = hidden.text(part.Name), hidden.bag(part.Extra)
			*x = &part
		}
	}
	if s.Junction != nil {
		j := *s.Junction
		j.Unproductive, j.Extra = hidden.text(j.Unproductive), hidden.bag(j.Extra)
		s.Junction = &j
	}
	for _, x := range []**vidjilfile.Feature{&s.CDR3, &s.Quality} {
		if *x != nil {
			part := **x
			part.Extra = hidden.bag(part.Extra)
			*x = &part
		}
	}
	s.Features = slices.Clone(s.Features)
	for i := range s.Features {
		f := &s.Features[i]
		f.Name, f.Extra = hidden.text(f.Name), hidden.bag(f.Extra)
	}
}

// bag keeps of unknown members what no name can stand in: numbers.
func (r *redactor) bag(b vidjilfile.Bag) vidjilfile.Bag {
	var out vidjilfile.Bag
	for _, m := range b {
		if r.text(m.Key) == m.Key && !bytes.ContainsRune(m.Value, '"') {
			out = append(out, m)
		}
	}
	return out
}

func (r *redactor) texts(list []string) []string {
	list = slices.Clone(list)
	for i := range list {
		list[i] = r.text(list[i])
	}
	return list
}

func (r *redactor) warnings(list []vidjilfile.Warning) []vidjilfile.Warning {
	list = slices.Clone(list)
	for i := range list {
		list[i].Message, list[i].Extra = r.text(list[i].Message), r.bag(list[i].Extra)
	}
	return list
}

// summary takes the words out of a summary.
func (r *redactor) summary(s *lab.ResultSummary) {
	if !r.any() {
		return
	}
	s.Warnings, s.Large = slices.Clone(s.Warnings), slices.Clone(s.Large)
	for i := range s.Warnings {
		s.Warnings[i].Message = r.text(s.Warnings[i].Message)
	}
	for i := range s.Large {
		s.Large[i].Name = r.text(s.Large[i].Name)
	}
	if s.Main != nil {
		m := *s.Main
		m.Name = r.text(m.Name)
		s.Main = &m
	}
}

// neutralProvenance is a provenance without names of files: their digests tell
// which they are.
func neutralProvenance(p *vidjilfile.Provenance) *vidjilfile.Provenance {
	if p == nil {
		return nil
	}
	out := *p
	out.Reads = slices.Clone(p.Reads)
	for i := range out.Reads {
		out.Reads[i].Name = ""
	}
	return &out
}

// namedFile is the head of a file for an actor: its samples are called as the
// actor may know them, and where a name is hidden, what other programs wrote
// beside the figures is left out. ids are the samples, in the order of the file.
func namedFile(head *vidjilfile.File, ids []int64, names map[int64]*sampleName, hidden *redactor) *vidjilfile.File {
	out := *head
	s := &out.Samples
	renamed := map[string]string{}
	old := s.OriginalNames
	s.OriginalNames, s.Names = make([]string, len(ids)), make([]string, len(ids))
	used := map[string]int{}
	for i, id := range ids {
		s.Names[i], s.OriginalNames[i] = callSample(id, names)
		if used[s.OriginalNames[i]]++; used[s.OriginalNames[i]] > 1 { // the original's client matches by them
			s.OriginalNames[i] = "Sample " + strconv.FormatInt(id, 10) + " " + s.OriginalNames[i]
		}
		if i < len(old) {
			renamed[old[i]] = s.OriginalNames[i]
		}
	}
	out.Provenance = neutralProvenance(head.Provenance)
	if head.Distributions != nil {
		d := *head.Distributions
		d.Repertoires = map[string][]vidjilfile.Distribution{}
		for name, list := range head.Distributions.Repertoires {
			if to, ok := renamed[name]; ok {
				d.Repertoires[to] = list
			}
		}
		out.Distributions = &d
	}
	if !hidden.any() {
		return &out
	}
	neutralHead(&out, hidden)
	return &out
}

// neutralHead leaves out of a head what a name could stand in.
func neutralHead(f *vidjilfile.File, hidden *redactor) {
	f.Producer = hidden.text(f.Producer)
	f.Samples.CommandLine, f.Samples.Log, f.Samples.Extra = nil, nil, hidden.bag(f.Samples.Extra)
	f.Samples.Producer = hidden.texts(f.Samples.Producer)
	f.Warnings = hidden.warnings(f.Warnings)
	f.Germlines.Extra, f.Diversity.Extra, f.Reads.Extra = hidden.bag(f.Germlines.Extra), hidden.bag(f.Diversity.Extra), hidden.bag(f.Reads.Extra)
	f.Germlines.Custom = maps.Clone(f.Germlines.Custom)
	for system, c := range f.Germlines.Custom {
		c.Extra = hidden.bag(c.Extra)
		f.Germlines.Custom[system] = c
	}
	if d := f.Distributions; d != nil {
		d.Extra = hidden.bag(d.Extra)
		for name, list := range d.Repertoires {
			list = slices.Clone(list)
			for i := range list {
				list[i].Extra = hidden.bag(list[i].Extra)
			}
			d.Repertoires[name] = list
		}
	}
	if f.Provenance != nil {
		f.Provenance.Options = nil
	}
	var kept vidjilfile.Bag
	for _, m := range f.Extra {
		switch m.Key {
		case "overlaps", "similarity", "mrd": // figures, under names of families of genes
			if hidden.text(string(m.Value)) == string(m.Value) {
				kept = append(kept, m)
			}
		case "vidjil":
			kept = append(kept, vidjilfile.Member{Key: m.Key, Value: withoutConfig(m.Value)})
		default:
			kept = append(kept, hidden.bag(vidjilfile.Bag{m})...)
		}
	}
	f.Extra = kept
}

// withoutConfig drops from the member that fusing writes what it copied of the
// inputs as it was.
func withoutConfig(raw json.RawMessage) json.RawMessage {
	var m struct {
		Samples []map[string]json.RawMessage `json:"samples"`
	}
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	for _, s := range m.Samples {
		delete(s, "config")
		delete(s, "provenance")
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // what was decoded encodes
	}
	return text
}
