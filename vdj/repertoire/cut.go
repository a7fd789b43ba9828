package repertoire

import (
	"encoding/json"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// cutHead is what a file says of one of its samples. What compares samples
// (overlaps, similarity) is left out.
func cutHead(f *vidjilfile.File, sample int) *vidjilfile.File {
	out := *f
	out.Clones = nil
	n := f.Samples.Number
	if n <= 1 {
		return &out
	}
	out.Samples = cutSamples(&f.Samples, sample)
	out.Reads = vidjilfile.Reads{
		Total: one(f.Reads.Total, sample), Segmented: one(f.Reads.Segmented, sample),
		Germline: cutCounts(f.Reads.Germline, sample), Clones: cutCounts(f.Reads.Clones, sample),
		Distribution: cutCounts(f.Reads.Distribution, sample), Extra: cutBag(f.Reads.Extra, sample, n),
	}
	out.Diversity = vidjilfile.Diversity{
		Shannon: one(f.Diversity.Shannon, sample), Pielou: one(f.Diversity.Pielou, sample), Simpson: one(f.Diversity.Simpson, sample),
		Extra: cutBag(f.Diversity.Extra, sample, n),
	}
	out.Distributions = cutDistributions(f, sample)
	out.Clusters = cutClusters(f, sample)
	out.Warnings = nil
	for _, w := range f.Warnings {
		if !w.Sample.Valid || w.Sample.Value == sample {
			w.Sample = vidjilfile.Opt[int]{}
			out.Warnings = append(out.Warnings, w)
		}
	}
	if f.Provenance != nil {
		p := *f.Provenance
		p.Causes, p.Filtered = one(p.Causes, sample), one(p.Filtered, sample)
		out.Provenance = &p
	}
	out.Extra = nil
	for _, m := range f.Extra {
		switch m.Key {
		case keyOverlaps, keySimilarity, keyFused:
		case keyMRD, keyData:
			out.Extra = append(out.Extra, vidjilfile.Member{Key: m.Key, Value: cutJSON(m.Value, sample, n, maxDepth)})
		default:
			out.Extra = append(out.Extra, m)
		}
	}
	return &out
}

// Members of the top object that mean something here.
const (
	keyOverlaps   = "overlaps"
	keySimilarity = "similarity"
	keyMRD        = "mrd"
	keyData       = "data"
	keyConfig     = "config"
)

func cutSamples(s *vidjilfile.Samples, sample int) vidjilfile.Samples {
	return vidjilfile.Samples{
		Number: 1, OriginalNames: one(s.OriginalNames, sample), Names: one(s.Names, sample), Producer: one(s.Producer, sample),
		Timestamp: one(s.Timestamp, sample), RunTimestamp: one(s.RunTimestamp, sample), CommandLine: one(s.CommandLine, sample),
		Log: one(s.Log, sample), Extra: cutBag(s.Extra, sample, s.Number),
	}
}

func cutCounts(m map[string][]int, sample int) map[string][]int {
	if m == nil {
		return nil
	}
	out := map[string][]int{}
	for key, list := range m {
		if sample < len(list) { // 0 as well: the system was looked for
			out[key] = one(list, sample)
		}
	}
	return out
}

func cutDistributions(f *vidjilfile.File, sample int) *vidjilfile.Distributions {
	if f.Distributions == nil || sample >= len(f.Samples.OriginalNames) {
		return nil
	}
	name := f.Samples.OriginalNames[sample]
	list, ok := f.Distributions.Repertoires[name]
	if !ok {
		return nil
	}
	return &vidjilfile.Distributions{
		Keys: f.Distributions.Keys, Repertoires: map[string][]vidjilfile.Distribution{name: list}, Extra: f.Distributions.Extra,
	}
}

// cutClusters keeps the members that have reads in the sample.
func cutClusters(f *vidjilfile.File, sample int) [][]string {
	if len(f.Clusters) == 0 {
		return nil
	}
	present := map[string]bool{}
	for i := range f.Clones {
		if r := f.Clones[i].Reads; sample < len(r) && r[sample] > 0 {
			present[f.Clones[i].ID] = true
		}
	}
	var out [][]string
	for _, cluster := range f.Clusters {
		var ids []string
		for _, id := range cluster {
			if present[id] {
				ids = append(ids, id)
			}
		}
		if len(ids) > 1 {
			out = append(out, ids)
		}
	}
	return out
}

func cutClone(c *vidjilfile.Clone, sample, samples int) vidjilfile.Clone {
	out := *c
	out.Reads = one(c.Reads, sample)
	if samples <= 1 {
		return out
	}
	out.AverageReadLength, out.Coverage, out.CoverageInfo = one(c.AverageReadLength, sample), one(c.Coverage, sample), one(c.CoverageInfo, sample)
	out.Warnings = nil
	for _, w := range c.Warnings {
		if !w.Sample.Valid || w.Sample.Value == sample {
			w.Sample = vidjilfile.Opt[int]{}
			out.Warnings = append(out.Warnings, w)
		}
	}
	out.Extra = cutBag(c.Extra, sample, samples)
	return out
}

func cutBag(b vidjilfile.Bag, sample, samples int) vidjilfile.Bag {
	var out vidjilfile.Bag
	for _, m := range b {
		out = append(out, vidjilfile.Member{Key: m.Key, Value: cutJSON(m.Value, sample, samples, maxDepth)})
	}
	return out
}

// cutJSON takes, of every list of as many elements as there are samples, the
// one of a sample, as deep in objects as the list may stand.
func cutJSON(v json.RawMessage, sample, samples, depth int) json.RawMessage {
	if depth == 0 {
		return v
	}
	switch kind(v) {
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(v, &list) != nil || len(list) != samples || sample >= len(list) {
			return v
		}
		return raw([]json.RawMessage{list[sample]}, v)
	case '{':
		var object map[string]json.RawMessage
		if json.Unmarshal(v, &object) != nil {
			return v
		}
		for key, member := range object {
			object[key] = cutJSON(member, sample, samples, depth-1)
		}
		return raw(object, v)
	}
	return v
}
