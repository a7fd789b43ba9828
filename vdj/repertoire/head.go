package repertoire

import (
	"encoding/json"
	"slices"
	"strconv"

	"vidjil.org/vidjil/vdj/vidjilfile"
)

// joinHeads makes the head of the fused file. What only one sample says stays,
// with nothing for the others; what all must say alike (germline set, config)
// is that of the first, and kept by sample where they differ.
func (f *Fused) joinHeads(inputs []Input, heads []*vidjilfile.File, found []*gathered, o *Options) {
	n := len(heads)
	f.head = &vidjilfile.File{
		Producer: or(o.Producer, fuseProducer), Version: vidjilfile.Version,
		Samples: joinSamples(inputs, heads), Reads: joinReads(heads, found),
		Germlines: joinGermlines(heads), Diversity: joinDiversity(heads),
		Clusters: f.joinClusters(heads), Warnings: joinWarnings(heads), Provenance: joinProvenance(heads),
		Extra: joinExtra(heads),
	}
	if o.Timestamp != "" {
		f.head.Timestamps = []string{o.Timestamp}
	}
	if n == 1 { // one result stays what it is
		f.head.Producer = or(o.Producer, heads[0].Producer)
		if o.Timestamp == "" {
			f.head.Timestamps = heads[0].Timestamps
		}
	}
	f.config = differing(heads, keyConfig)
	f.head.Distributions = &vidjilfile.Distributions{
		Keys: []string{"clones", "reads"},
		Extra: bySample(heads, func(h *vidjilfile.File) vidjilfile.Bag {
			if h.Distributions == nil {
				return nil
			}
			return h.Distributions.Extra
		}),
	}
}

// texts lists one value of each sample; nil when no sample has it.
func texts(heads []*vidjilfile.File, of func(*vidjilfile.Samples) []string, own func(i int) string) []string {
	out, some := make([]string, len(heads)), false
	for i, h := range heads {
		if out[i] = first(of(&h.Samples)); own != nil {
			out[i] = or(own(i), out[i])
		}
		some = some || len(of(&h.Samples)) > 0 || out[i] != ""
	}
	if !some {
		return nil
	}
	return out
}

func joinSamples(inputs []Input, heads []*vidjilfile.File) vidjilfile.Samples {
	type list = func(*vidjilfile.Samples) []string
	by := func(of list) []string { return texts(heads, of, nil) }
	s := vidjilfile.Samples{
		Number: len(heads),
		OriginalNames: texts(heads, func(s *vidjilfile.Samples) []string { return s.OriginalNames },
			func(i int) string { return inputs[i].OriginalName }),
		Names: texts(heads, func(s *vidjilfile.Samples) []string { return s.Names },
			func(i int) string { return inputs[i].Name }),
		Timestamp: texts(heads, func(s *vidjilfile.Samples) []string { return s.Timestamp },
			func(i int) string { return inputs[i].Timestamp }),
		Producer:     by(func(s *vidjilfile.Samples) []string { return s.Producer }),
		RunTimestamp: by(func(s *vidjilfile.Samples) []string { return s.RunTimestamp }),
		CommandLine:  by(func(s *vidjilfile.Samples) []string { return s.CommandLine }),
		Log:          by(func(s *vidjilfile.Samples) []string { return s.Log }),
		Extra:        bySample(heads, func(h *vidjilfile.File) vidjilfile.Bag { return h.Samples.Extra }),
	}
	if s.OriginalNames == nil {
		s.OriginalNames = make([]string, len(heads))
	}
	return s
}

// bySample joins unknown members, lists by sample padded with null.
func bySample(heads []*vidjilfile.File, of func(*vidjilfile.File) vidjilfile.Bag, skip ...string) vidjilfile.Bag {
	bags := make([]vidjilfile.Bag, len(heads))
	j := joiner{pad: null}
	for i, h := range heads {
		bags[i] = of(h)
		j.order = append(j.order, i)
	}
	return j.joinBags(bags, skip...)
}

func joinReads(heads []*vidjilfile.File, found []*gathered) vidjilfile.Reads {
	n := len(heads)
	r := vidjilfile.Reads{
		Total: make([]int, n), Segmented: make([]int, n), Distribution: map[string][]int{},
		Extra: bySample(heads, func(h *vidjilfile.File) vidjilfile.Bag { return h.Reads.Extra }),
	}
	r.Germline = joinCounts(heads, func(h *vidjilfile.File) map[string][]int { return h.Reads.Germline })
	r.Clones = joinCounts(heads, func(h *vidjilfile.File) map[string][]int { return h.Reads.Clones })
	for k, a := range abundances {
		list := make([]int, n)
		for i, g := range found {
			list[i] = int(g.abundance[k])
		}
		r.Distribution[a.key] = list
	}
	for i, h := range heads {
		r.Total[i], r.Segmented[i] = first(h.Reads.Total), first(h.Reads.Segmented)
	}
	return r
}

func joinCounts(heads []*vidjilfile.File, of func(*vidjilfile.File) map[string][]int) map[string][]int {
	var out map[string][]int
	for i, h := range heads {
		m := of(h)
		if m != nil && out == nil {
			out = map[string][]int{}
		}
		for system, list := range m {
			if out[system] == nil {
				out[system] = make([]int, len(heads))
			}
			out[system][i] = first(list)
		}
	}
	return out
}

// joinGermlines takes the set of the first result that names one, and adds the
// systems that only others have.
func joinGermlines(heads []*vidjilfile.File) vidjilfile.Germlines {
	var out vidjilfile.Germlines
	bags := make([]vidjilfile.Bag, len(heads))
	j := joiner{pad: null}
	for i, h := range heads {
		g := &h.Germlines
		if out.Ref == "" && out.Species == "" && out.TaxonID == 0 {
			out.Ref, out.Species, out.TaxonID = g.Ref, g.Species, g.TaxonID
		}
		for system, custom := range g.Custom {
			if out.Custom == nil {
				out.Custom = map[string]vidjilfile.Custom{}
			}
			if _, ok := out.Custom[system]; !ok {
				out.Custom[system] = custom
			}
		}
		bags[i] = g.Extra
		j.order = append(j.order, i)
	}
	if len(heads) == 1 {
		out.Custom = heads[0].Germlines.Custom
	}
	out.Extra = j.joinBags(bags)
	return out
}

func joinDiversity(heads []*vidjilfile.File) vidjilfile.Diversity {
	index := func(of func(*vidjilfile.Diversity) []map[string]float64) []map[string]float64 {
		out, some := make([]map[string]float64, len(heads)), false
		for i, h := range heads {
			list := of(&h.Diversity)
			out[i], some = first(list), some || len(list) > 0
		}
		if !some {
			return nil
		}
		return out
	}
	return vidjilfile.Diversity{
		Shannon: index(func(d *vidjilfile.Diversity) []map[string]float64 { return d.Shannon }),
		Pielou:  index(func(d *vidjilfile.Diversity) []map[string]float64 { return d.Pielou }),
		Simpson: index(func(d *vidjilfile.Diversity) []map[string]float64 { return d.Simpson }),
		Extra:   bySample(heads, func(h *vidjilfile.File) vidjilfile.Bag { return h.Diversity.Extra }),
	}
}

func joinWarnings(heads []*vidjilfile.File) []vidjilfile.Warning {
	var out []vidjilfile.Warning
	for i, h := range heads {
		for _, w := range h.Warnings {
			w.Sample = vidjilfile.Opt[int]{Value: i, Valid: len(heads) > 1}
			out = append(out, w)
		}
	}
	return out
}

// joinProvenance has the lists by sample, and of the rest what is the same for
// all. The whole provenance of each sample stands with the sample's ids.
func joinProvenance(heads []*vidjilfile.File) *vidjilfile.Provenance {
	var out *vidjilfile.Provenance
	causes, filtered := make([]map[string]int, len(heads)), make([]int, len(heads))
	for i, h := range heads {
		p := h.Provenance
		if p == nil {
			continue
		}
		causes[i], filtered[i] = first(p.Causes), first(p.Filtered)
		if out == nil {
			c := *p
			c.Reads, c.Clusters = slices.Clone(p.Reads), nil
			out = &c
		} else {
			out.Reads = append(out.Reads, p.Reads...)
			if out.Engine != p.Engine {
				out.Engine = ""
			}
			if out.Germline != p.Germline {
				out.Germline = vidjilfile.GermlineDigest{}
			}
			if !sameJSON(out.Options, p.Options) {
				out.Options = nil
			}
		}
		for id, why := range p.Clusters {
			if out.Clusters == nil {
				out.Clusters = map[string]string{}
			}
			if _, ok := out.Clusters[id]; !ok {
				out.Clusters[id] = why
			}
		}
	}
	if out != nil {
		out.Causes, out.Filtered = causes, filtered
	}
	return out
}

// joinExtra joins the other members of the top object. Blocks by sample (mrd,
// data) are joined list by list; of others the first counts.
func joinExtra(heads []*vidjilfile.File) vidjilfile.Bag {
	lists := bySample(heads, func(h *vidjilfile.File) vidjilfile.Bag { return h.Extra }, keyOverlaps, keySimilarity, keyFused)
	for k := range lists {
		switch lists[k].Key {
		case keyMRD, keyData:
			continue
		}
		for _, h := range heads {
			if v := h.Extra.Get(lists[k].Key); v != nil {
				lists[k].Value = v
				break
			}
		}
	}
	return lists
}

// differing is a member of the top object of each sample, nil when all that
// have it have the same.
func differing(heads []*vidjilfile.File, key string) []json.RawMessage {
	out, differ := make([]json.RawMessage, len(heads)), false
	var one json.RawMessage
	for i, h := range heads {
		if out[i] = h.Extra.Get(key); out[i] == nil {
			continue
		}
		if one == nil {
			one = out[i]
		}
		differ = differ || !sameJSON(one, out[i])
	}
	if !differ {
		return nil
	}
	return out
}

// fileNames are the original names as the file has them: they are the identity
// of a sample for annotations and distributions, so that equal ones are told
// apart, by the result where it is known.
func fileNames(samples []Sample) []string {
	times := map[string]int{}
	for i := range samples {
		times[samples[i].OriginalName]++
	}
	out := make([]string, len(samples))
	used := map[string]bool{}
	for i := range samples {
		if name := samples[i].OriginalName; times[name] == 1 {
			out[i], used[name] = name, true
		}
	}
	for i := range samples {
		s := &samples[i]
		if times[s.OriginalName] == 1 {
			continue
		}
		name := s.OriginalName
		if s.ResultID != 0 {
			name += " (result " + strconv.FormatInt(s.ResultID, 10) + ")"
		}
		for k := 1; name == "" || used[name]; k++ {
			name = s.OriginalName + " (" + strconv.Itoa(k) + ")"
		}
		out[i], used[name] = name, true
	}
	return out
}
