package service

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// ImportAnnotation saves what a .analysis file says as a new version of a set's
// annotation, in the place of what was noted before. Samples are known by the
// names of their files. What has no place in our annotations is kept, and
// leaves again with [Service.ExportAnnotation].
func (s *Service) ImportAnnotation(ctx context.Context, who *Actor, setID int64, based int, data []byte) (v AnnotationView, err error) {
	if err := who.require(); err != nil {
		return v, err
	}
	if len(data) > lab.MaxAnnotation {
		return v, lab.Errorf(lab.TooLarge, "an annotation has at most %d MB", lab.MaxAnnotation>>20)
	}
	file, err := readAnalysis(data)
	if err != nil {
		return v, err
	}
	note := "imported from a .analysis file"
	return s.saveAnnotation(ctx, who, setID, based, note, func(_ context.Context, _ *store.Tx, before *lab.AnnotationBody, hidden *redactor, names map[int64]*sampleName) (lab.AnnotationBody, error) {
		body := file.body(names)
		// It may have left the server as somebody saw it who sees no names.
		body = revealed(&body, before, hidden)
		return body, body.Check()
	})
}

// analysisFile is a .analysis file, with its clonotypes as they are written.
type analysisFile struct {
	*vidjilfile.Analysis
	clones []map[string]json.RawMessage
}

func readAnalysis(data []byte) (*analysisFile, error) {
	a, err := vidjilfile.ReadAnalysis(bytes.NewReader(data))
	if err != nil {
		return nil, lab.Errorf(lab.Invalid, "%w", err)
	}
	f := &analysisFile{Analysis: a}
	// In the one normal form that the writer has: positions as they are in files
	// of today, whatever the version was.
	var b bytes.Buffer
	if err := a.Write(&b); err != nil {
		return nil, err
	}
	var raw struct {
		Clones []map[string]json.RawMessage `json:"clones"`
	}
	if err := json.Unmarshal(b.Bytes(), &raw); err != nil {
		return nil, fmt.Errorf("read .analysis file: %w", err)
	}
	f.clones = raw.Clones
	return f, nil
}

// body is the file as an annotation of a set whose samples are called names.
func (f *analysisFile) body(names map[int64]*sampleName) lab.AnnotationBody {
	b := lab.AnnotationBody{Clusters: f.Clusters, Order: f.Samples.Order, AllOrder: f.Samples.StockOrder}
	for i := range f.Clones {
		b.Clonotypes = append(b.Clonotypes, clonotypeNote(&f.Clones[i], f.clones[i]))
	}
	b.Clonotypes = onceEach(b.Clonotypes)
	b.Clusters = disjoint(b.Clusters)
	b.Samples = f.samples(names)
	for _, id := range slices.Sorted(maps.Keys(f.Tags.Names)) {
		b.Tags = append(b.Tags, lab.TagNote{ID: id, Name: f.Tags.Names[id], Hidden: slices.Contains(f.Tags.Hide, id)})
	}
	for _, id := range f.Tags.Hide {
		if _, ok := f.Tags.Names[id]; !ok {
			b.Tags = append(b.Tags, lab.TagNote{ID: id, Hidden: true})
		}
	}
	f.members(&b)
	return b
}

// samples are the samples of the file, found among those of the set by the names
// of their files. A file without such names means the samples in the order in
// which they are fused, if there are as many.
func (f *analysisFile) samples(names map[int64]*sampleName) []lab.SampleNote {
	s := &f.Samples
	list := make([]lab.SampleNote, max(len(s.OriginalNames), len(s.Names), len(s.Info), len(s.Order), len(s.StockOrder)))
	for i := range list {
		list[i] = lab.SampleNote{OriginalName: at(s.OriginalNames, i), Name: at(s.Names, i), Info: at(s.Info, i)}
	}
	if len(s.OriginalNames) == 0 && len(list) == len(names) {
		for i, id := range fusedOrder(names) {
			list[i].SampleID = id
		}
		return list
	}
	of := sampleByFile(names)
	for i := range list {
		if id := of[list[i].OriginalName]; id != 0 {
			list[i].SampleID, list[i].OriginalName = id, ""
			delete(of, at(s.OriginalNames, i))
		}
	}
	return list
}

// fusedOrder is the order in which samples are fused: by sampling date, those
// without one last, equal ones by number.
func fusedOrder(names map[int64]*sampleName) []int64 {
	return slices.SortedFunc(maps.Keys(names), func(a, b int64) int {
		x, y := names[a].SamplingDate, names[b].SamplingDate
		if (x == "") != (y == "") {
			return cmp.Compare(len(y), len(x))
		}
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
	})
}

// members takes over the members of the top object.
func (f *analysisFile) members(b *lab.AnnotationBody) {
	b.Other = map[string]json.RawMessage{}
	for _, m := range f.Extra {
		switch {
		case m.Key == "report_save" && json.Unmarshal(m.Value, &b.Reports) == nil && b.Reports != nil:
		case m.Key == "normalization":
			b.Normalization = m.Value
		case m.Key == "data" && dataNotes(m.Value, b):
		default:
			b.Other[m.Key] = m.Value
		}
	}
	for key, bag := range map[string]vidjilfile.Bag{"samples.": f.Samples.Extra, "tags.": f.Tags.Extra} {
		for _, m := range bag {
			b.Other[key+m.Key] = m.Value
		}
	}
	if len(b.Other) == 0 {
		b.Other = nil
	}
}

// dataNotes takes over data when they have the form that we know.
func dataNotes(raw json.RawMessage, b *lab.AnnotationBody) bool {
	var m map[string][]*float64
	if json.Unmarshal(raw, &m) != nil {
		return false
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		b.Data = append(b.Data, lab.DataNote{Name: name, Values: m[name]})
	}
	return true
}

func clonotypeNote(c *vidjilfile.Clone, raw map[string]json.RawMessage) lab.ClonotypeNote {
	n := lab.ClonotypeNote{ID: cmp.Or(c.ID, c.Sequence), Name: c.Name, Tag: c.Tag, System: c.Germline, Sequence: c.Sequence}
	if c.Expected.Valid {
		n.Expected = &c.Expected.Value
	}
	for key, value := range raw {
		switch key {
		case "id", "name", "tag", "germline", "sequence", "expected":
			continue
		case "notes":
			if json.Unmarshal(value, &n.Notes) == nil {
				continue
			}
		case "colour":
			if json.Unmarshal(value, &n.Colour) == nil {
				continue
			}
		}
		if n.Other == nil {
			n.Other = map[string]json.RawMessage{}
		}
		n.Other[key] = value
	}
	return n
}

// onceEach keeps what is said last of each clonotype, as the original's client
// does.
func onceEach(list []lab.ClonotypeNote) []lab.ClonotypeNote {
	last := map[string]int{}
	for i := range list {
		last[list[i].ID] = i
	}
	var out []lab.ClonotypeNote
	for i := range list {
		if last[list[i].ID] == i {
			out = append(out, list[i])
		}
	}
	return out
}

// disjoint leaves each clonotype in the first of its clusters.
func disjoint(clusters [][]string) [][]string {
	var out [][]string
	seen := map[string]bool{}
	for _, list := range clusters {
		var own []string
		for _, id := range list {
			if id != "" && !seen[id] {
				seen[id] = true
				own = append(own, id)
			}
		}
		if len(own) > 0 {
			out = append(out, own)
		}
	}
	return out
}

// sampleByFile finds samples by the names that their files have in exports.
// Names that two of them have find neither.
func sampleByFile(names map[int64]*sampleName) map[string]int64 {
	of := map[string]int64{}
	for _, id := range slices.Sorted(maps.Keys(names)) {
		for _, name := range slices.Compact([]string{names[id].File, names[id].Title()}) {
			if other, ok := of[name]; ok && other != id {
				of[name] = 0
				continue
			}
			of[name] = id
		}
	}
	return of
}

func at(list []string, i int) string {
	if i >= len(list) {
		return ""
	}
	return list[i]
}

// ExportAnnotation gives a version of a set's annotation as a .analysis file,
// with samples called as the set's exported results call them.
func (s *Service) ExportAnnotation(ctx context.Context, who *Actor, setID int64, version int) (out Content, err error) {
	if err := who.require(); err != nil {
		return out, err
	}
	o := &opener{who: who}
	var v AnnotationView
	var names map[int64]*sampleName
	err = s.read(ctx, func(tx *store.Tx) error {
		_, shared, err := visibleSet(ctx, tx, who, setID)
		if err != nil {
			return err
		}
		if v, err = viewAnnotation(ctx, tx, o, setID, shared, version); err != nil {
			return err
		}
		_, names, err = annotationWords(ctx, tx, o, setID)
		return err
	})
	if err == nil {
		err = s.auditResults(ctx, o, "annotation.export", "set", setID, setID)
	}
	if err != nil {
		return out, err
	}
	file, err := analysisOf(&v, names)
	if err != nil {
		return out, err
	}
	return Content{
		Name: "set-" + strconv.FormatInt(setID, 10) + ".analysis", MediaType: "application/json",
		Write: func(_ context.Context, w io.Writer) error { return file.Write(w) },
	}, nil
}

// analysisOf is an annotation as a .analysis file. Samples of the set of which
// nothing was said are added, so that the file has all of them.
func analysisOf(v *AnnotationView, names map[int64]*sampleName) (*vidjilfile.Analysis, error) {
	b := &v.Content
	doc := map[string]any{
		"producer": "vidjil", "vidjil_json_version": vidjilfile.Version, "clusters": append([][]string{}, b.Clusters...),
	}
	if v.Version > 0 {
		doc["timestamp"] = v.CreatedAt.UTC().Format("2006-01-02 15:04:05")
	}
	doc["samples"] = analysisSamples(b, names)
	doc["clones"] = analysisClones(b)
	tags, hide := map[string]string{}, []string{}
	for _, t := range b.Tags {
		if t.Name != "" {
			tags[t.ID] = t.Name
		}
		if t.Hidden {
			hide = append(hide, t.ID)
		}
	}
	doc["tags"] = map[string]any{"names": tags, "hide": hide}
	if b.Reports != nil {
		doc["report_save"] = b.Reports
	}
	if b.Normalization != nil {
		doc["normalization"] = b.Normalization
	}
	if len(b.Data) > 0 {
		data := map[string][]*float64{}
		for _, d := range b.Data {
			data[d.Name] = d.Values
		}
		doc["data"] = data
	}
	for key, raw := range b.Other {
		putMember(doc, key, raw)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write .analysis file: %w", err)
	}
	return vidjilfile.ReadAnalysis(bytes.NewReader(text))
}

// putMember puts back a member that has no place of its own: of the top object,
// or of "samples" and "tags". What is there already counts.
func putMember(doc map[string]any, key string, raw json.RawMessage) {
	into := doc
	for _, part := range []string{"samples", "tags"} {
		if rest, ok := cutPart(key, part); ok {
			into, _ = doc[part].(map[string]any)
			key = rest
		}
	}
	if _, ok := into[key]; !ok {
		into[key] = raw
	}
}

func cutPart(key, part string) (rest string, ok bool) {
	if len(key) > len(part)+1 && key[:len(part)+1] == part+"." {
		return key[len(part)+1:], true
	}
	return key, false
}

func analysisSamples(b *lab.AnnotationBody, names map[int64]*sampleName) map[string]any {
	original, called, info := []string{}, []string{}, []string{}
	add := func(id int64, file, name, text string) {
		if id != 0 {
			title, own := callSample(id, names)
			file = own
			name = cmp.Or(name, title)
		}
		original, called, info = append(original, file), append(called, name), append(info, text)
	}
	said := map[int64]bool{}
	for _, s := range b.Samples {
		said[s.SampleID] = true
		add(s.SampleID, s.OriginalName, s.Name, s.Info)
	}
	order := slices.Clone(b.Order)
	for _, id := range slices.Sorted(maps.Keys(names)) {
		if !said[id] {
			if len(b.Order) > 0 {
				order = append(order, len(original))
			}
			add(id, "", "", "")
		}
	}
	if len(order) == 0 {
		for i := range original {
			order = append(order, i)
		}
	}
	return map[string]any{
		"number": len(original), "original_names": original, "names": called, "info": info,
		"order": append([]int{}, order...), "stock_order": stockOrder(b.AllOrder, len(original)),
	}
}

// stockOrder is an order of n samples: what was said, then the rest.
func stockOrder(said []int, n int) []int {
	out := append([]int{}, said...)
	for i := range n {
		if !slices.Contains(said, i) {
			out = append(out, i)
		}
	}
	return out
}

func analysisClones(b *lab.AnnotationBody) []map[string]any {
	list := []map[string]any{}
	for i := range b.Clonotypes {
		n := &b.Clonotypes[i]
		c := map[string]any{"id": n.ID}
		for key, raw := range n.Other {
			c[key] = raw
		}
		for key, text := range map[string]string{"name": n.Name, "tag": n.Tag, "germline": n.System, "sequence": n.Sequence, "notes": n.Notes, "colour": n.Colour} {
			if text != "" {
				c[key] = text
			}
		}
		if n.Expected != nil {
			c["expected"] = *n.Expected
		}
		list = append(list, c)
	}
	return list
}
