package repertoire

import (
	"encoding/json"
	"fmt"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// keyFused is the member of a fused file that has what the format of the
// original has no place for.
const keyFused = "vidjil"

// fusedMember is that member.
type fusedMember struct {
	Samples []fusedSample `json:"samples"`
}

type fusedSample struct {
	SampleID       int64            `json:"sample_id,omitempty"`
	ConfigID       int64            `json:"config_id,omitempty"`
	ConfigRevision int64            `json:"config_revision,omitempty"`
	ResultID       int64            `json:"result_id,omitempty"`
	OriginalName   string           `json:"original_name"` // before equal names were told apart
	Systems        map[string]Count `json:"systems"`
	Rest           map[string]Count `json:"rest"`
	Config         json.RawMessage  `json:"config,omitempty"` // where samples differ

	Provenance *vidjilfile.Provenance `json:"provenance,omitempty"` // of each of several samples
}

// File is the fused result as a .vidjil file, which the original's client reads
// too. Equal original names are told apart there. The file shares memory with f.
func (f *Fused) File() *vidjilfile.File {
	out := *f.head
	out.Clones = f.Clones
	names := fileNames(f.Samples)
	out.Samples.OriginalNames = names
	member := fusedMember{Samples: make([]fusedSample, len(f.Samples))}
	out.Distributions = nil
	for i := range f.Samples {
		s := &f.Samples[i]
		member.Samples[i] = fusedSample{
			SampleID: s.SampleID, ConfigID: s.ConfigID, ConfigRevision: s.ConfigRevision, ResultID: s.ResultID,
			OriginalName: s.OriginalName, Systems: s.Systems, Rest: s.Rest,
		}
		if len(f.Samples) > 1 {
			member.Samples[i].Provenance = s.Provenance
		}
		if f.config != nil {
			member.Samples[i].Config = f.config[i]
		}
		if s.Distributions == nil {
			continue
		}
		if out.Distributions == nil {
			d := vidjilfile.Distributions{Keys: []string{"clones", "reads"}}
			if f.head.Distributions != nil {
				d = *f.head.Distributions
			}
			d.Repertoires = map[string][]vidjilfile.Distribution{}
			out.Distributions = &d
		}
		out.Distributions.Repertoires[names[i]] = s.Distributions
	}
	out.Extra = nil
	for _, m := range f.head.Extra {
		if m.Key != keyOverlaps && m.Key != keyFused {
			out.Extra = append(out.Extra, m)
		}
	}
	if f.Overlaps != nil {
		out.Extra = append(out.Extra, vidjilfile.Member{Key: keyOverlaps, Value: raw(f.Overlaps, nil)})
	}
	out.Extra = append(out.Extra, vidjilfile.Member{Key: keyFused, Value: raw(member, nil)})
	return &out
}

// Open gives the fused result of a file: of one that [Fused.File] made, all of
// it; of another program's, or of one sample, what it says, the counts of what
// is not there being those of reads.germline and reads.clones.
func Open(file *vidjilfile.File) (*Fused, error) {
	head := *file
	head.Clones = nil
	f := &Fused{Clones: file.Clones, head: &head}
	n := max(file.Samples.Number, 1)
	if n > max(len(file.Samples.OriginalNames), 1) {
		return nil, fmt.Errorf("open fused result: %d samples with %d names", n, len(file.Samples.OriginalNames))
	}
	for i := range file.Clones {
		if len(file.Clones[i].Reads) != n {
			return nil, fmt.Errorf("open fused result: clonotype %d has reads of %d samples, not %d", i+1, len(file.Clones[i].Reads), n)
		}
	}
	var member fusedMember
	if v := file.Extra.Get(keyFused); v != nil {
		if err := json.Unmarshal(v, &member); err != nil {
			return nil, fmt.Errorf("open fused result: member %q: %w", keyFused, err)
		}
		if len(member.Samples) != n {
			return nil, fmt.Errorf("open fused result: member %q has %d samples, not %d", keyFused, len(member.Samples), n)
		}
	}
	if v := file.Extra.Get(keyOverlaps); v != nil {
		// Those of the original have no "shared": they are read as far as they go.
		f.Overlaps = &Overlaps{}
		if json.Unmarshal(v, f.Overlaps) != nil {
			f.Overlaps = nil
		}
	}
	f.Samples = make([]Sample, n)
	for i := range n {
		f.openSample(file, i, member.Samples)
	}
	return f, nil
}

func (f *Fused) openSample(file *vidjilfile.File, i int, members []fusedSample) {
	at := func(list []string) string { return first(one(list, i)) }
	s := &f.Samples[i]
	*s = Sample{
		Name: at(file.Samples.Names), OriginalName: at(file.Samples.OriginalNames),
		Total: int64(first(one(file.Reads.Total, i))), Segmented: int64(first(one(file.Reads.Segmented, i))),
	}
	if len(f.Samples) == 1 {
		s.Provenance = file.Provenance
	}
	if file.Distributions != nil {
		s.Distributions = file.Distributions.Repertoires[s.OriginalName]
	}
	if members != nil {
		m := members[i]
		s.SampleID, s.ConfigID, s.ConfigRevision, s.ResultID = m.SampleID, m.ConfigID, m.ConfigRevision, m.ResultID
		s.OriginalName, s.Systems, s.Rest = m.OriginalName, m.Systems, m.Rest
		if m.Provenance != nil {
			s.Provenance = m.Provenance
		}
		if m.Config != nil {
			if f.config == nil {
				f.config = make([]json.RawMessage, len(members))
			}
			f.config[i] = m.Config
		}
		return
	}
	kept := map[string]*Count{}
	for k := range file.Clones {
		if n := file.Clones[k].Reads[i]; n > 0 {
			count(kept, file.Clones[k].Germline, n)
		}
	}
	said := SampleOf(cutHead(file, i), kept)
	s.Systems, s.Rest = said.Systems, said.Rest
}

// Head is the head of the fused file, without clonotypes, for a writer that gets
// them one by one, and for what [Sample] does not tell.
func (f *Fused) Head() *vidjilfile.File {
	head := f.File()
	head.Clones = nil
	return head
}
