package vidjilfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseEValue is NaN for what is no finite number.
func parseEValue(s string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil && v != 0 || math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

// encoder appends JSON to a buffer. Objects and lists put commas where needed:
// "first" tells that the next element is the first one.
type encoder struct {
	w     io.Writer
	b     []byte
	first bool
	err   error
	// analysis leaves out the sequence of a clonotype that has none.
	analysis bool
}

// writeFlush is the size at which the encoder hands its buffer on.
const writeFlush = 1 << 16

func (e *encoder) flush() {
	if e.err == nil && len(e.b) > 0 {
		_, e.err = e.w.Write(e.b)
	}
	e.b = e.b[:0]
}

func (e *encoder) comma() {
	if !e.first {
		e.b = append(e.b, ',')
	}
	e.first = false
}

func (e *encoder) open(c byte)  { e.b = append(e.b, c); e.first = true }
func (e *encoder) close(c byte) { e.b = append(e.b, c); e.first = false }

// key starts a member; the key is plain ASCII.
func (e *encoder) key(k string) {
	e.comma()
	e.b = append(e.b, '"')
	e.b = append(e.b, k...)
	e.b = append(e.b, '"', ':')
}

// anyKey starts a member whose key comes from a file.
func (e *encoder) anyKey(k string) {
	e.comma()
	e.str(k)
	e.b = append(e.b, ':')
}

// str appends text. Letters that are not UTF-8 become U+FFFD.
func (e *encoder) str(s string) {
	const hex = "0123456789abcdef"
	e.b = append(e.b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				e.b = append(e.b, s[from:i]...)
				e.b = utf8.AppendRune(e.b, utf8.RuneError)
				from = i + 1
			}
			i += n
			continue
		}
		e.b = append(e.b, s[from:i]...)
		switch c {
		case '"', '\\':
			e.b = append(e.b, '\\', c)
		case '\n':
			e.b = append(e.b, '\\', 'n')
		case '\t':
			e.b = append(e.b, '\\', 't')
		case '\r':
			e.b = append(e.b, '\\', 'r')
		default:
			e.b = append(e.b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		from = i
	}
	e.b = append(e.b, s[from:]...)
	e.b = append(e.b, '"')
}

// float appends a number; JSON has none for NaN and infinities.
func (e *encoder) float(v float64) {
	switch a := math.Abs(v); {
	case math.IsNaN(v) || math.IsInf(v, 0):
		e.b = append(e.b, "null"...)
	case a != 0 && (a < 1e-6 || a >= 1e15):
		e.b = strconv.AppendFloat(e.b, v, 'e', -1, 64)
	default:
		e.b = strconv.AppendFloat(e.b, v, 'f', -1, 64)
	}
}

func (e *encoder) int(v int) { e.b = strconv.AppendInt(e.b, int64(v), 10) }

func (e *encoder) bool(v bool) { e.b = strconv.AppendBool(e.b, v) }

// raw appends a value as it was read, white space left out.
func (e *encoder) raw(v json.RawMessage) {
	var b bytes.Buffer
	if err := json.Compact(&b, v); err != nil {
		if e.err == nil {
			e.err = fmt.Errorf("kept value %q: %w", clip(string(v)), err)
		}
		return
	}
	e.b = append(e.b, b.Bytes()...)
}

func (e *encoder) bag(b Bag) {
	for _, m := range b {
		e.anyKey(m.Key)
		e.raw(m.Value)
	}
}

func (e *encoder) optText(key, v string) {
	if v != "" {
		e.key(key)
		e.str(v)
	}
}

func (e *encoder) optInt(key string, v Opt[int]) {
	if v.Valid {
		e.key(key)
		e.int(v.Value)
	}
}

// seq appends a list, in one line.
func seq[T any](e *encoder, values []T, one func(T)) {
	e.open('[')
	for _, v := range values {
		e.comma()
		one(v)
	}
	e.close(']')
}

func (e *encoder) texts(key string, v []string) {
	if v != nil {
		e.key(key)
		seq(e, v, e.str)
	}
}

func (e *encoder) ints(key string, v []int) {
	if v != nil {
		e.key(key)
		seq(e, v, e.int)
	}
}

func (e *encoder) floats(key string, v []float64) {
	if v != nil {
		e.key(key)
		seq(e, v, e.float)
	}
}

func (e *encoder) counts(key string, m map[string][]int) {
	if m == nil {
		return
	}
	e.key(key)
	e.open('{')
	for _, system := range slices.Sorted(maps.Keys(m)) {
		e.anyKey(system)
		seq(e, m[system], e.int)
	}
	e.close('}')
}

// line starts a member of the top object on a line of its own.
func (e *encoder) line(key string) {
	e.comma()
	e.b = append(e.b, '\n')
	e.str(key)
	e.b = append(e.b, ':')
}

// Write writes the file in version 2016b: one member of the top object on a
// line, one clonotype on a line, so that two files can be compared by lines.
// The same File gives the same bytes.
func (f *File) Write(w io.Writer) error {
	out := NewWriter(w, f)
	for i := range f.Clones {
		if err := out.Write(&f.Clones[i]); err != nil {
			return err
		}
	}
	return out.Close()
}

// Writer writes a file clonotype by clonotype, for results that need not stand
// in memory as a whole. One Writer belongs to one goroutine.
type Writer struct {
	e    *encoder
	head *File
	n    int
}

// NewWriter returns a writer of a file with that head. The Clones of head are
// not written; its Clusters and Provenance are written by [Writer.Close], as
// they are then.
func NewWriter(w io.Writer, head *File) *Writer {
	e := &encoder{w: w}
	e.open('{')
	e.head(head)
	e.line("clones")
	e.open('[')
	return &Writer{e: e, head: head}
}

// Write writes a clonotype.
func (w *Writer) Write(c *Clone) error {
	w.n++
	w.e.comma()
	w.e.b = append(w.e.b, '\n')
	w.e.clone(c)
	if len(w.e.b) >= writeFlush {
		w.e.flush()
	}
	if w.e.err != nil {
		return fmt.Errorf("write .vidjil file: clonotype %d: %w", w.n, w.e.err)
	}
	return nil
}

// Close writes the end of the file. It does not close the stream.
func (w *Writer) Close() error {
	e := w.e
	e.close(']')
	e.line("clusters")
	e.clusters(w.head.Clusters)
	if w.head.Provenance != nil {
		e.line("provenance")
		raw, err := json.Marshal(w.head.Provenance)
		if err != nil && e.err == nil {
			e.err = fmt.Errorf("provenance: %w", err)
		}
		e.b = append(e.b, raw...)
	}
	e.b = append(e.b, "\n}\n"...)
	e.flush()
	if e.err != nil {
		return fmt.Errorf("write .vidjil file: %w", e.err)
	}
	return nil
}

// head writes what stands before the clonotypes.
func (e *encoder) head(f *File) {
	e.line("producer")
	e.str(f.Producer)
	switch len(f.Timestamps) {
	case 0:
	case 1:
		e.line("timestamp")
		e.str(f.Timestamps[0])
	default:
		e.line("timestamp")
		seq(e, f.Timestamps, e.str)
	}
	e.line("vidjil_json_version")
	e.str(Version)
	e.line("samples")
	e.samples(&f.Samples)
	e.line("reads")
	e.reads(&f.Reads)
	e.line("germlines")
	e.germlines(&f.Germlines)
	if d := &f.Diversity; d.Shannon != nil || d.Pielou != nil || d.Simpson != nil || d.Extra != nil {
		e.line("diversity")
		e.diversity(d, f.Samples.Number)
	}
	if f.Distributions != nil {
		e.line("distributions")
		e.distributions(f.Distributions)
	}
	if f.Warnings != nil {
		e.line("warn")
		seq(e, f.Warnings, e.warning)
	}
	for _, m := range f.Extra {
		e.line(m.Key)
		e.raw(m.Value)
	}
}

func (e *encoder) samples(p *Samples) {
	e.open('{')
	e.key("number")
	e.int(p.Number)
	e.key("original_names")
	seq(e, p.OriginalNames, e.str)
	e.texts("names", p.Names)
	e.texts("producer", p.Producer)
	e.texts("timestamp", p.Timestamp)
	e.texts("run_timestamp", p.RunTimestamp)
	e.texts("commandline", p.CommandLine)
	e.texts("log", p.Log)
	e.ints("order", p.Order)
	e.ints("stock_order", p.StockOrder)
	e.bag(p.Extra)
	e.close('}')
}

func (e *encoder) reads(r *Reads) {
	e.open('{')
	e.ints("total", r.Total)
	e.ints("segmented", r.Segmented)
	e.counts("germline", r.Germline)
	e.counts("clones", r.Clones)
	e.counts("distribution", r.Distribution)
	e.bag(r.Extra)
	e.close('}')
}

func (e *encoder) germlines(g *Germlines) {
	e.open('{')
	e.optText("ref", g.Ref)
	e.optText("species", g.Species)
	if g.TaxonID != 0 {
		e.key("species_taxon_id")
		e.int(g.TaxonID)
	}
	if g.Custom != nil {
		e.key("custom")
		e.open('{')
		for _, system := range slices.Sorted(maps.Keys(g.Custom)) {
			c := g.Custom[system]
			e.anyKey(system)
			e.open('{')
			e.key("shortcut")
			e.str(c.Shortcut)
			for _, side := range []struct {
				key   string
				genes []string
			}{{"5", c.Five}, {"4", c.Four}, {"3", c.Three}} {
				e.key(side.key)
				seq(e, side.genes, e.str)
			}
			e.bag(c.Extra)
			e.close('}')
		}
		e.close('}')
	}
	e.bag(g.Extra)
	e.close('}')
}

// diversity writes an index of one sample by itself, those of several as a
// list, as the original does.
func (e *encoder) diversity(d *Diversity, samples int) {
	e.open('{')
	for _, index := range []struct {
		key    string
		values []map[string]float64
	}{{"index_H_entropy", d.Shannon}, {"index_E_equitability", d.Pielou}, {"index_Ds_diversity", d.Simpson}} {
		if index.values == nil {
			continue
		}
		e.key(index.key)
		if samples <= 1 && len(index.values) == 1 {
			e.index(index.values[0])
			continue
		}
		seq(e, index.values, e.index)
	}
	e.bag(d.Extra)
	e.close('}')
}

func (e *encoder) index(m map[string]float64) {
	number := func(v float64) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			e.b = append(e.b, `"na"`...)
			return
		}
		e.float(v)
	}
	if m == nil {
		e.b = append(e.b, `"na"`...)
		return
	}
	if v, ok := m["all"]; ok && len(m) == 1 {
		number(v)
		return
	}
	e.open('{')
	for _, system := range slices.Sorted(maps.Keys(m)) {
		e.anyKey(system)
		number(m[system])
	}
	e.close('}')
}

func (e *encoder) distributions(d *Distributions) {
	e.open('{')
	e.key("keys")
	seq(e, d.Keys, e.str)
	e.key("repertoires")
	e.open('{')
	for _, name := range slices.Sorted(maps.Keys(d.Repertoires)) {
		e.comma()
		e.b = append(e.b, '\n')
		e.str(name)
		e.b = append(e.b, ':')
		seq(e, d.Repertoires[name], func(one Distribution) {
			e.open('{')
			e.key("axes")
			seq(e, one.Axes, e.str)
			e.key("values")
			values := slices.SortedStableFunc(slices.Values(one.Values), compareBins)
			e.bins(values, 0)
			e.bag(one.Extra)
			e.close('}')
		})
	}
	e.close('}')
	e.bag(d.Extra)
	e.close('}')
}

func compareBins(a, b Bin) int { return slices.Compare(a.At, b.At) }

// bins writes bins that agree on the first axes and are sorted.
func (e *encoder) bins(bins []Bin, axis int) {
	if len(bins) > 0 && len(bins[0].At) == axis {
		seq(e, bins[0].Counts, e.int)
		return
	}
	e.open('{')
	for i := 0; i < len(bins); {
		j := i
		for j < len(bins) && len(bins[j].At) > axis && bins[j].At[axis] == bins[i].At[axis] {
			j++
		}
		e.anyKey(bins[i].At[axis])
		e.bins(bins[i:j], axis+1)
		i = j
	}
	e.close('}')
}

func (e *encoder) warning(w Warning) {
	e.open('{')
	e.key("code")
	e.str(w.Code)
	e.optText("level", w.Level)
	e.key("msg")
	e.str(w.Message)
	e.optInt("sample", w.Sample)
	e.bag(w.Extra)
	e.close('}')
}

func (e *encoder) clusters(clusters [][]string) {
	e.open('[')
	for _, ids := range clusters {
		e.comma()
		e.b = append(e.b, '\n')
		seq(e, ids, e.str)
	}
	e.close(']')
}
