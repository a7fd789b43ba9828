package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Difference is one thing in which two versions of an annotation differ. Before
// and After are JSON, empty where there is nothing.
type Difference struct {
	Part   string // clonotype, cluster, sample, order, tag, data, report, normalization or other
	ID     string // of the clonotype, representative, sample, tag …; "" for the whole
	Field  string // "" where it came or went as a whole
	Before string
	After  string
}

// DiffAnnotations compares two versions by what they say of each clonotype,
// cluster, sample and so on; the order in which they are listed does not count.
func DiffAnnotations(before, after *AnnotationBody) []Difference {
	d := &differ{}
	diffNamed(d, "clonotype", before.Clonotypes, after.Clonotypes, func(c *ClonotypeNote) string { return c.ID })
	diffNamed(d, "cluster", clusterNotes(before), clusterNotes(after), func(c *clusterNote) string { return c.id })
	diffNamed(d, "sample", sampleNotes(before), sampleNotes(after), func(s *sampleNote) string { return s.id })
	d.value("order", "", "", sampleOrder(before, before.Order), sampleOrder(after, after.Order))
	d.value("order", "", "all", sampleOrder(before, before.AllOrder), sampleOrder(after, after.AllOrder))
	diffNamed(d, "tag", before.Tags, after.Tags, func(t *TagNote) string { return t.ID })
	diffNamed(d, "data", before.Data, after.Data, func(n *DataNote) string { return n.Name })
	d.members("report", before.Reports, after.Reports)
	d.value("normalization", "", "", before.Normalization, after.Normalization)
	d.members("other", before.Other, after.Other)
	return d.list
}

type differ struct{ list []Difference }

// diffNamed compares lists whose elements have identifiers.
func diffNamed[T any](d *differ, part string, before, after []T, id func(*T) string) {
	b, a := map[string]*T{}, map[string]*T{}
	var order []string
	for _, x := range []struct {
		list []T
		into map[string]*T
	}{{before, b}, {after, a}} {
		for i := range x.list {
			key := id(&x.list[i])
			if x.into[key] == nil {
				order = append(order, key)
			}
			x.into[key] = &x.list[i]
		}
	}
	slices.Sort(order)
	for _, key := range slices.Compact(order) {
		switch {
		case a[key] == nil:
			d.add(part, key, "", compact(b[key]), "")
		case b[key] == nil:
			d.add(part, key, "", "", compact(a[key]))
		default:
			d.members2(part, key, fields(b[key]), fields(a[key]))
		}
	}
}

func (d *differ) add(part, id, field, before, after string) {
	d.list = append(d.list, Difference{part, id, field, before, after})
}

// members compares members whose keys are their identifiers.
func (d *differ) members(part string, before, after map[string]json.RawMessage) {
	for _, key := range keysOf(before, after) {
		d.value(part, key, "", before[key], after[key])
	}
}

// members2 compares the fields of one thing.
func (d *differ) members2(part, id string, before, after map[string]json.RawMessage) {
	for _, key := range keysOf(before, after) {
		d.value(part, id, key, before[key], after[key])
	}
}

func (d *differ) value(part, id, field string, before, after json.RawMessage) {
	b, a := compact(before), compact(after)
	if b != a {
		d.add(part, id, field, b, a)
	}
}

func keysOf(a, b map[string]json.RawMessage) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}

// fields are the members of a struct as JSON.
func fields(v any) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(compact(v)), &m); err != nil {
		panic(err) // a struct is an object
	}
	return m
}

// compact is a value as JSON in one normal form, "" for none.
func compact(v any) string {
	if raw, ok := v.(json.RawMessage); ok {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		v = nil
		if len(raw) == 0 || d.Decode(&v) != nil {
			return string(raw)
		}
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Errorf("encode %T: %w", v, err)) // bodies were checked
	}
	return string(text)
}

// clusterNote is a cluster under the name of its representative.
type clusterNote struct {
	id      string
	Members []string `json:"members"`
}

func clusterNotes(b *AnnotationBody) []clusterNote {
	var list []clusterNote
	for _, ids := range b.Clusters {
		if len(ids) > 0 {
			list = append(list, clusterNote{ids[0], slices.Sorted(slices.Values(ids))})
		}
	}
	return list
}

// sampleNote is a sample under its number, or the name of its file, or its place.
type sampleNote struct {
	id string
	SampleNote
}

func sampleNotes(b *AnnotationBody) []sampleNote {
	list := make([]sampleNote, len(b.Samples))
	for i, s := range b.Samples {
		list[i] = sampleNote{s.key(i), s}
	}
	return list
}

func (s *SampleNote) key(i int) string {
	switch {
	case s.SampleID != 0:
		return itoa(s.SampleID)
	case s.OriginalName != "":
		return s.OriginalName
	}
	return "#" + itoa(int64(i))
}

// sampleOrder is an order by what the indexes stand for.
func sampleOrder(b *AnnotationBody, order []int) json.RawMessage {
	if len(order) == 0 {
		return nil
	}
	names := []string{}
	for _, i := range order {
		if i >= 0 && i < len(b.Samples) {
			names = append(names, b.Samples[i].key(i))
		}
	}
	return json.RawMessage(compact(names))
}
