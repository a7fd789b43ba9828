package service

import (
	"context"
	"encoding/json"
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
		out.Clones = slices.Clone(f.Clones)
		for i := range out.Clones {
			neutralClone(&out.Clones[i], hidden)
		}
	}
	return &out
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
// of other programs can say anything anywhere.
func neutralClone(c *vidjilfile.Clone, hidden *redactor) {
	c.Name, c.Label, c.Tag = hidden.text(c.Name), hidden.text(c.Label), hidden.text(c.Tag)
	c.Extra, c.Seg.Extra = nil, nil
	if len(c.Warnings) > 0 {
		c.Warnings = slices.Clone(c.Warnings)
		for i := range c.Warnings {
			c.Warnings[i].Message, c.Warnings[i].Extra = hidden.text(c.Warnings[i].Message), nil
		}
	}
	for i := range c.CoverageInfo {
		if hidden.text(c.CoverageInfo[i]) != c.CoverageInfo[i] {
			c.CoverageInfo = slices.Clone(c.CoverageInfo)
			c.CoverageInfo[i] = hidden.text(c.CoverageInfo[i])
		}
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
	f.Samples.CommandLine, f.Samples.Log, f.Samples.Extra = nil, nil, nil
	f.Samples.Producer = slices.Clone(f.Samples.Producer)
	for i := range f.Samples.Producer {
		f.Samples.Producer[i] = hidden.text(f.Samples.Producer[i])
	}
	f.Warnings = slices.Clone(f.Warnings)
	for i := range f.Warnings {
		f.Warnings[i].Message, f.Warnings[i].Extra = hidden.text(f.Warnings[i].Message), nil
	}
	f.Germlines.Extra, f.Diversity.Extra = nil, nil
	if f.Distributions != nil {
		f.Distributions.Extra = nil
	}
	if f.Provenance != nil {
		f.Provenance.Options = nil
	}
	var kept vidjilfile.Bag
	for _, m := range f.Extra {
		// What fusing and normalising write: figures by sample.
		if slices.Contains([]string{"overlaps", "similarity", "mrd"}, m.Key) {
			kept = append(kept, m)
		}
		if m.Key == "vidjil" {
			kept = append(kept, vidjilfile.Member{Key: m.Key, Value: withoutConfig(m.Value)})
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
