package columns

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// Options says what a stream has. The zero value is all columns but the
// sequences, and the reads of all samples.
type Options struct {
	// Columns are those of the base that are written, in the order of [Names];
	// nil: all but sequence. Empty, not nil: none, for reads alone.
	Columns []string
	// Samples are those whose reads are written, by number; nil: all. Empty, not
	// nil: none.
	Samples []int
	// Lengths adds the average read lengths in each of those samples.
	Lengths bool
}

// Meta is the JSON in the schema's metadata, under the key [MetaKey].
type Meta struct {
	Version int          `json:"version"` // of this layout: 1
	Samples []MetaSample `json:"samples"`
	// Germlines names the systems' shortcuts, by system.
	Germlines map[string]string `json:"germlines,omitempty"`
	// Clusters are those that the program proposes, of clonotypes that are rows:
	// the representative first. Evidence says why a member is in one, by its id.
	Clusters [][]string        `json:"clusters,omitempty"`
	Evidence map[string]string `json:"evidence,omitempty"`
	// Overlaps compare the samples over all their clonotypes; nil when the result
	// does not.
	Overlaps *repertoire.Overlaps `json:"overlaps,omitempty"`
}

// MetaKey is the key of the metadata.
const MetaKey = "vidjil"

// MetaSample is a sample of the result, whether or not its reads are written.
type MetaSample struct {
	SampleID       int64  `json:"sample_id,omitempty"`
	ConfigID       int64  `json:"config_id,omitempty"`
	ConfigRevision int64  `json:"config_revision,omitempty"`
	ResultID       int64  `json:"result_id,omitempty"`
	Name           string `json:"name,omitempty"`
	OriginalName   string `json:"original_name,omitempty"`
	Total          int64  `json:"total"`     // reads
	Segmented      int64  `json:"segmented"` // reads with a recombination
	// Systems counts all clonotypes by system, Rest those that are not rows.
	Systems map[string]repertoire.Count `json:"systems"`
	Rest    map[string]repertoire.Count `json:"rest"`
	// Distributions count all clonotypes of the sample, rows or not.
	Distributions []MetaDistribution `json:"distributions,omitempty"`
}

// MetaDistribution counts clonotypes and reads by their values on some axes, as
// lenSeqAverage or seg5: lists of the same length, one element for each place.
type MetaDistribution struct {
	Axes       []string   `json:"axes"`
	At         [][]string `json:"at"` // a value for each axis
	Clonotypes []int      `json:"clonotypes"`
	Reads      []int      `json:"reads"`
}

// table is a stream that is being made.
type table struct {
	names   []string
	columns []column
	want    repertoire.Fields
}

func newTable(chosen []string) (*table, error) {
	t := &table{}
	all := definitions()
	for _, name := range chosen {
		if !slices.ContainsFunc(all, func(d definition) bool { return d.name == name }) {
			return nil, fmt.Errorf("no column %q", name)
		}
	}
	for _, d := range all {
		if chosen == nil && d.name != columnSequence || slices.Contains(chosen, d.name) {
			t.names, t.columns, t.want = append(t.names, d.name), append(t.columns, d.make()), t.want|d.want
		}
	}
	return t, nil
}

func (t *table) add(r *repertoire.Row) {
	for _, c := range t.columns {
		c.add(r)
	}
}

// write writes the stream.
func (t *table) write(w io.Writer, rows int, meta *Meta) error {
	text, err := json.Marshal(meta)
	if err != nil {
		return err
	}
	fields := make([]arrow.Field, len(t.columns))
	arrays := make([]arrow.Array, len(t.columns))
	for i, c := range t.columns {
		if arrays[i], err = c.array(); err != nil {
			return fmt.Errorf("column %s: %w", t.names[i], err)
		}
		fields[i] = arrow.Field{Name: t.names[i], Type: arrays[i].DataType()}
	}
	about := arrow.NewMetadata([]string{MetaKey}, []string{string(text)})
	schema := arrow.NewSchema(fields, &about)
	out := ipc.NewWriter(w, ipc.WithSchema(schema))
	if err := out.Write(array.NewRecordBatch(schema, arrays, int64(rows))); err != nil {
		return err
	}
	return out.Close()
}

// WriteFused writes the clonotypes of a fused result. The same result and
// options give the same bytes.
//
// length is the mean over the samples, weighted by reads.
func WriteFused(w io.Writer, f *repertoire.Fused, o Options) error {
	t, err := newTable(o.Columns)
	if err != nil {
		return fmt.Errorf("write columns: %w", err)
	}
	if t.want != 0 {
		var row repertoire.Row
		for i := range f.Clones {
			c := &f.Clones[i]
			row.Reset()
			row.Number, row.Top = i, c.Top
			row.SetClone(c, 0, t.want)
			row.AverageLength = meanLength(c)
			t.add(&row)
		}
	}
	if err := t.addReads(f, o.Samples, o.Lengths); err != nil {
		return fmt.Errorf("write columns: %w", err)
	}
	meta := &Meta{Version: 1, Germlines: shortcuts(f.Head())}
	meta.addClusters(f)
	whole := o.Columns == nil || len(o.Columns) > 0 // reads alone are for who has the rest
	if whole {
		meta.Overlaps = f.Overlaps
	}
	for i := range f.Samples {
		s := &f.Samples[i]
		meta.Samples = append(meta.Samples, MetaSample{
			SampleID: s.SampleID, ConfigID: s.ConfigID, ConfigRevision: s.ConfigRevision, ResultID: s.ResultID,
			Name: s.Name, OriginalName: s.OriginalName, Total: s.Total, Segmented: s.Segmented, Systems: s.Systems, Rest: s.Rest,
		})
		if whole {
			meta.Samples[i].Distributions = distributions(s.Distributions)
		}
	}
	if err := t.write(w, len(f.Clones), meta); err != nil {
		return fmt.Errorf("write columns: %w", err)
	}
	return nil
}

// distributions are those that count clonotypes and reads, in this order, as
// fused results do.
func distributions(list []vidjilfile.Distribution) []MetaDistribution {
	var out []MetaDistribution
	for _, d := range list {
		m := MetaDistribution{Axes: d.Axes}
		for _, bin := range d.Values {
			if len(bin.At) != len(d.Axes) || len(bin.Counts) < 2 {
				continue
			}
			m.At = append(m.At, bin.At)
			m.Clonotypes, m.Reads = append(m.Clonotypes, bin.Counts[0]), append(m.Reads, bin.Counts[1])
		}
		if len(m.At) > 0 {
			out = append(out, m)
		}
	}
	return out
}

// addClusters tells the proposed clusters that have two rows or more. A
// representative that is no row leaves the cluster to its next member.
func (m *Meta) addClusters(f *repertoire.Fused) {
	head := f.Head()
	if len(head.Clusters) == 0 {
		return
	}
	rows := make(map[string]bool, len(f.Clones))
	for i := range f.Clones {
		rows[f.Clones[i].ID] = true
	}
	for _, ids := range head.Clusters {
		var kept []string
		for _, id := range ids {
			if rows[id] {
				kept = append(kept, id)
			}
		}
		if len(kept) < 2 {
			continue
		}
		m.Clusters = append(m.Clusters, kept)
		if head.Provenance == nil {
			continue
		}
		for _, id := range kept[1:] {
			if why := head.Provenance.Clusters[id]; why != "" {
				if m.Evidence == nil {
					m.Evidence = map[string]string{}
				}
				m.Evidence[id] = why
			}
		}
	}
}

// addReads adds a column for each chosen sample, or two. Clonotypes are gone
// through once: their lists lie apart in memory.
func (t *table) addReads(f *repertoire.Fused, chosen []int, withLengths bool) error {
	if chosen == nil {
		for i := range f.Samples {
			chosen = append(chosen, i)
		}
	}
	reads, lengths := make([]*readsColumn, len(chosen)), make([]*floatColumn, len(chosen))
	for k, i := range chosen {
		if i < 0 || i >= len(f.Samples) {
			return fmt.Errorf("no sample %d: the result has %d", i, len(f.Samples))
		}
		reads[k] = &readsColumn{values: make([]uint32, 0, len(f.Clones))}
		t.names, t.columns = append(t.names, readsName(i)), append(t.columns, reads[k])
	}
	for k, i := range chosen {
		if lengths[k] = (&floatColumn{}); withLengths {
			t.names, t.columns = append(t.names, lengthName(i)), append(t.columns, lengths[k])
		}
	}
	for i := range f.Clones {
		c := &f.Clones[i]
		for k, sample := range chosen {
			reads[k].put(int64(c.Reads[sample]))
			if !withLengths {
				continue
			}
			length := float32(math.NaN())
			if sample < len(c.AverageReadLength) && c.AverageReadLength[sample] > 0 {
				length = float32(c.AverageReadLength[sample])
			}
			lengths[k].values = append(lengths[k].values, length)
		}
	}
	return nil
}

func lengthName(sample int) string { return "length_" + strconv.Itoa(sample) }

func readsName(sample int) string { return "reads_" + strconv.Itoa(sample) }

// meanLength is the mean of the average read lengths, weighted by reads; 0 when
// none is known.
func meanLength(c *vidjilfile.Clone) float64 {
	var sum, weight float64
	for i, length := range c.AverageReadLength {
		if length > 0 && i < len(c.Reads) {
			sum += length * float64(c.Reads[i])
			weight += float64(c.Reads[i])
		}
	}
	if weight == 0 {
		return 0
	}
	return sum / weight
}

func shortcuts(head *vidjilfile.File) map[string]string {
	out := map[string]string{}
	for system, c := range head.Germlines.Custom {
		out[system] = c.Shortcut
	}
	return out
}

// WriteSource writes all clonotypes of one result, in the order of their rank.
// Its lengths are those of the one sample: Options.Lengths adds nothing.
// Rest is what its head counts beyond them.
func WriteSource(ctx context.Context, w io.Writer, source repertoire.Source, o Options) error {
	t, err := newTable(o.Columns)
	if err != nil {
		return fmt.Errorf("write columns: %w", err)
	}
	for _, i := range o.Samples {
		if i != 0 {
			return fmt.Errorf("write columns: no sample %d: the result has one", i)
		}
	}
	if o.Samples == nil || len(o.Samples) > 0 {
		t.names, t.columns = append(t.names, readsName(0)), append(t.columns, &readsColumn{})
	}
	seen := map[string]*repertoire.Count{}
	rows := 0
	want := t.want | repertoire.FieldReads | repertoire.FieldSystem
	if err := source.Scan(ctx, want, func(r *repertoire.Row) error {
		rows++
		t.add(r)
		if r.Reads > 0 {
			c := seen[string(r.System)]
			if c == nil {
				c = &repertoire.Count{}
				seen[string(r.System)] = c
			}
			c.Clonotypes++
			c.Reads += r.Reads
		}
		return nil
	}); err != nil {
		return fmt.Errorf("write columns: %w", err)
	}
	head := source.Head()
	meta := &Meta{Version: 1, Germlines: shortcuts(head), Samples: []MetaSample{sourceSample(head, seen)}}
	if err := t.write(w, rows, meta); err != nil {
		return fmt.Errorf("write columns: %w", err)
	}
	return nil
}

func sourceSample(head *vidjilfile.File, seen map[string]*repertoire.Count) MetaSample {
	s := repertoire.SampleOf(head, seen)
	return MetaSample{
		Name: s.Name, OriginalName: s.OriginalName, Total: s.Total, Segmented: s.Segmented, Systems: s.Systems, Rest: s.Rest,
	}
}
