package transfer

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// The original's migrator writes a folder: export.json with its tables,
// config.json and pprocess.json with the numbers that configs and pre-processes
// have on either server, and files/ with results and annotations under the names
// that the server had stored them. Of 2018 the maps are {old: new}; of 2024
// {old: {description, link_local: new}}. Raw reads are never in it.

const (
	originalExport = "export.json"
	maxOriginal    = 256 << 20 // bytes of each of its tables
	// MaxOriginalFile is the largest result or annotation of an archive of the
	// original, in bytes.
	MaxOriginalFile = 2 << 30
)

// openOriginalZip looks for an archive of the original in a ZIP file, at its top
// or in the one folder that somebody packed.
func openOriginalZip(z *zip.Reader, size int64) (*Archive, error) {
	packed := uint64(0)
	top := ""
	found := false
	for _, f := range z.File {
		if packed += f.CompressedSize64; packed > uint64(size) {
			return nil, invalid("its files claim more bytes than it has")
		}
		if dir, base := path.Split(f.Name); base == originalExport && strings.Count(dir, "/") <= 1 && !found {
			top, found = strings.TrimSuffix(dir, "/"), true
		}
	}
	if !found {
		return nil, lab.Errorf(lab.Invalid, "this is no archive: the ZIP file has neither %s nor %s", manifestName, originalExport)
	}
	files, err := fs.Sub(z, cmp.Or(top, "."))
	if err != nil {
		return nil, invalid("the folder %q: %w", cut(top), err)
	}
	return OpenOriginal(files)
}

// originalTables is export.json. Columns that nothing is made of are left alone.
type originalTables struct {
	Patient      map[string]originalSet        `json:"patient"`
	Run          map[string]originalSet        `json:"run"`
	Generic      map[string]originalSet        `json:"generic"`
	SequenceFile map[string]originalSample     `json:"sequence_file"`
	Membership   map[string]originalMembership `json:"membership"`
	ResultsFile  map[string]originalResult     `json:"results_file"`
	AnalysisFile map[string]originalAnalysis   `json:"analysis_file"`
}

type originalSet struct {
	SetID     loose `json:"sample_set_id"`
	FirstName loose `json:"first_name"`
	LastName  loose `json:"last_name"`
	Birth     loose `json:"birth"`
	Name      loose `json:"name"`
	RunDate   loose `json:"run_date"`
	Sequencer loose `json:"sequencer"`
	Pcr       loose `json:"pcr"`
	Label     loose `json:"id_label"`
	Info      loose `json:"info"`
}

type originalSample struct {
	SamplingDate loose `json:"sampling_date"`
	Info         loose `json:"info"`
	Filename     loose `json:"filename"`
	DataFile     loose `json:"data_file"`
	DataFile2    loose `json:"data_file2"`
	Size         loose `json:"size_file"`
	Size2        loose `json:"size_file2"`
	PreProcess   loose `json:"pre_process_id"`
}

type originalMembership struct {
	Set    loose `json:"sample_set_id"`
	Sample loose `json:"sequence_file_id"`
}

type originalResult struct {
	Sample   loose `json:"sequence_file_id"`
	Config   loose `json:"config_id"`
	RunDate  loose `json:"run_date"`
	DataFile loose `json:"data_file"`
	Hidden   loose `json:"hidden"`
}

type originalAnalysis struct {
	Set  loose `json:"sample_set_id"`
	Date loose `json:"analyze_date"`
	File loose `json:"analysis_file"`
}

// loose is a value of a table of Python: text, a number, a truth value or null,
// each of which stands for the others in one version or another.
type loose string

func (l *loose) UnmarshalJSON(text []byte) error {
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		*l = ""
	case string:
		*l = loose(v)
	case bool:
		*l = loose(strconv.FormatBool(v))
	case json.Number:
		*l = loose(v)
	default:
		return fmt.Errorf("want a value, not %s", cut(string(text)))
	}
	return nil
}

// number is the value as a number; 0 where it is none.
func (l loose) number() int64 {
	n, err := strconv.ParseInt(string(l), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// date is the day of a date or time of Python.
func (l loose) date() string {
	if len(l) < 10 {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, string(l[:10])); err != nil {
		return ""
	}
	return string(l[:10])
}

// instant is a time of Python, "2018-05-04 13:20:00" with or without fractions;
// zero where it is none.
func (l loose) instant() time.Time {
	text := strings.Replace(string(l), "T", " ", 1)
	for _, form := range []string{"2006-01-02 15:04:05.999999", time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

func (l loose) yes() bool { return l == "true" || l == "T" || l == "1" }

func (l loose) text() string {
	// Their fields had no rule of their own: what no page can show goes.
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(l), "")))
}

// line is text() in one line.
func (l loose) line() string { return strings.Join(strings.Fields(l.text()), " ") }

// original is an archive of the original's while it is read.
type original struct {
	*Archive
	t       originalTables
	sets    map[int64]int64 // by the number of their sample_set
	samples map[int64]bool
}

// OpenOriginal reads the folder that the original's migrator has written. What is
// missing or wrong in it is noted in Faults; what is not needed is passed over.
func OpenOriginal(files fs.FS) (*Archive, error) {
	o := &original{Archive: &Archive{Original: true, files: files}, sets: map[int64]int64{}, samples: map[int64]bool{}}
	text, err := readOriginal(files, originalExport)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &o.t); err != nil {
		return nil, invalid("%s: %w", originalExport, err)
	}
	// The tables name neither a server nor themselves: their digest does.
	o.Manifest = Manifest{Format: "vidjil-migrator", Program: "the original's migrator", Server: "migrator-" + digestOf(text)[:32]}
	if err := o.configs(); err != nil {
		return nil, err
	}
	o.readSets()
	o.readSamples()
	o.readResults()
	o.readAnnotations()
	if len(o.Sets) == 0 {
		return nil, invalid("%s has no patient, run or set", originalExport)
	}
	o.Manifest.Counts = map[string]int{
		"sets": len(o.Sets), "samples": len(o.Samples), "results": len(o.Results), "annotations": len(o.Annotations), "configs": len(o.Configs),
	}
	return o.Archive, nil
}

func readOriginal(files fs.FS, name string) (text []byte, err error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, lab.Errorf(lab.Invalid, "the archive has no file %s", name)
	}
	defer f.Close()
	text, err = io.ReadAll(io.LimitReader(f, maxOriginal+1))
	if err != nil {
		return nil, invalid("%s: %w", name, err)
	}
	if len(text) > maxOriginal {
		return nil, lab.Errorf(lab.TooLarge, "%s has more than %d MB", name, maxOriginal>>20)
	}
	return text, nil
}

func (o *original) fault(format string, args ...any) {
	const most = 1000 // a page of them is enough to see what is wrong
	if len(o.Faults) < most {
		o.Faults = append(o.Faults, fmt.Sprintf(format, args...))
	}
}

// ordered gives the rows of a table in the order of their numbers.
func ordered[T any](o *original, table string, rows map[string]T) []int64 {
	var ids []int64
	for key := range maps.Keys(rows) {
		if id, err := strconv.ParseInt(key, 10, 64); err == nil && id > 0 && strconv.FormatInt(id, 10) == key {
			ids = append(ids, id)
		} else {
			o.fault("table %s: the row %q has no number", table, cut(key))
		}
	}
	slices.Sort(ids)
	return ids
}

func row[T any](rows map[string]T, id int64) T { return rows[strconv.FormatInt(id, 10)] }

// originalLink is what a map says of a config or pre-process.
type originalLink struct {
	row  map[string]loose // as the old server had it; nil of 2018
	here int64            // on the new server; 0 where nobody said it
}

// links reads a map in either form. It may be missing.
func (o *original) links(name string) (map[int64]originalLink, error) {
	if _, err := fs.Stat(o.files, name); errors.Is(err, fs.ErrNotExist) {
		o.fault("there is no %s", name)
		return map[int64]originalLink{}, nil
	} else if err != nil {
		return nil, invalid("%s: %w", name, err)
	}
	text, err := readOriginal(o.files, name)
	if err != nil {
		return nil, err
	}
	var rows map[string]json.RawMessage
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, invalid("%s: %w", name, err)
	}
	out := map[int64]originalLink{}
	for _, id := range ordered(o, name, rows) {
		raw := row(rows, id)
		var flat loose
		if json.Unmarshal(raw, &flat) == nil { // 2018
			out[id] = originalLink{here: flat.number()}
			continue
		}
		var deep struct {
			Description json.RawMessage `json:"description"`
			Link        loose           `json:"link_local"`
		}
		if err := json.Unmarshal(raw, &deep); err != nil {
			return nil, invalid("%s, row %d: %w", name, id, err)
		}
		out[id] = originalLink{row: describedBy(deep.Description), here: deep.Link.number()}
	}
	return out, nil
}

// describedBy is the row of a description: an object, or a list with one.
func describedBy(raw json.RawMessage) map[string]loose {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		var list []map[string]json.RawMessage
		if json.Unmarshal(raw, &list) != nil || len(list) == 0 {
			return nil
		}
		fields = list[0]
	}
	out := map[string]loose{}
	for key, value := range fields {
		var l loose
		if json.Unmarshal(value, &l) == nil {
			out[key] = l
		}
	}
	return out
}

// configs reads both maps. A config of the original's becomes, where nothing
// else is chosen, one that takes over results: what its command line meant is
// known to its own server only, and stays in the info.
func (o *original) configs() error {
	links, err := o.links("config.json")
	if err != nil {
		return err
	}
	for id, r := range o.t.ResultsFile {
		n := r.Config.number()
		if _, ok := links[n]; !ok && n > 0 {
			o.fault("results_file %s: config %d is not in config.json", cut(id), n)
			if links == nil {
				links = map[int64]originalLink{}
			}
			links[n] = originalLink{}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(links)) {
		l := links[id]
		c := Config{ID: id, Name: l.row["name"].line(), Info: l.row["info"].text()}
		if c.Name == "" {
			c.Name = fmt.Sprintf("Config %d of the original", id)
		}
		if command := l.row["command"].line(); command != "" {
			c.Info = strings.TrimSpace(c.Info + "\n" + strings.TrimSpace(l.row["program"].line()+" "+command))
		}
		if l.here != id { // the identity is what the migrator writes: nobody has chosen
			c.Link = l.here
		}
		options := json.RawMessage("{}")
		c.Revisions = []Revision{{ID: id, Number: 1, Program: lab.ProgramImport, Options: options, Digest: lab.DigestOptions(lab.ProgramImport, string(options))}}
		o.Configs = append(o.Configs, c)
	}
	if _, err := o.links("pprocess.json"); err != nil {
		return err
	}
	return nil
}

func (o *original) readSets() {
	add := func(kind, table string, rows map[string]originalSet) {
		for _, id := range ordered(o, table, rows) {
			r := row(rows, id)
			number := r.SetID.number()
			if number <= 0 || o.sets[number] != 0 {
				o.fault("%s %d: its sample_set %q is no number, or that of another one", table, id, cut(string(r.SetID)))
				continue
			}
			s := Set{ID: number, Kind: kind, Label: r.Label.line(), Info: r.Info.text()}
			switch kind {
			case "patient":
				s.FirstName, s.LastName, s.Birth = r.FirstName.line(), cmp.Or(r.LastName.line(), fmt.Sprintf("Patient %d", id)), r.Birth.date()
			case "run":
				s.RunDate, s.Sequencer, s.Pcr = r.RunDate.date(), r.Sequencer.line(), r.Pcr.line()
				fallthrough
			default:
				s.Name = cmp.Or(r.Name.line(), fmt.Sprintf("Set %d", id))
			}
			o.sets[number] = number
			o.Sets = append(o.Sets, s)
		}
	}
	add("patient", "patient", o.t.Patient)
	add("run", "run", o.t.Run)
	add("set", "generic", o.t.Generic)
	slices.SortFunc(o.Sets, func(a, b Set) int { return cmp.Compare(a.ID, b.ID) })
}

func (o *original) readSamples() {
	in := map[int64][]int64{}
	for _, id := range ordered(o, "membership", o.t.Membership) {
		m := row(o.t.Membership, id)
		set, sample := m.Set.number(), m.Sample.number()
		_, known := o.t.SequenceFile[strconv.FormatInt(sample, 10)]
		if o.sets[set] == 0 || !known {
			o.fault("membership %d: set %d or sample %d is not in the archive", id, set, sample)
			continue
		}
		if !slices.Contains(in[sample], set) {
			in[sample] = append(in[sample], set)
		}
	}
	for _, id := range ordered(o, "sequence_file", o.t.SequenceFile) {
		r := row(o.t.SequenceFile, id)
		if len(in[id]) == 0 {
			o.fault("sequence_file %d is in no set of the archive: it is left out", id)
			continue
		}
		name := r.Filename.line()
		o.samples[id] = true
		o.Samples = append(o.Samples, Sample{
			ID: id, Sets: in[id], Name: cmp.Or(name, fmt.Sprintf("Sample %d", id)), SamplingDate: r.SamplingDate.date(), Info: r.Info.text(), Generation: 1,
		})
		// Two numbers a sample: its reads, and their mates.
		if r.DataFile2 != "" {
			o.Files = append(o.Files,
				File{ID: 2 * id, Sample: id, Generation: 1, Role: "R1", Name: name, Size: max(0, r.Size.number()), Removed: true},
				File{ID: 2*id + 1, Sample: id, Generation: 1, Role: "R2", Name: name, Size: max(0, r.Size2.number()), Removed: true})
		} else if name != "" {
			o.Files = append(o.Files, File{ID: 2 * id, Sample: id, Generation: 1, Role: "reads", Name: name, Size: max(0, r.Size.number()), Removed: true})
		}
	}
}

// readResults takes the results that have a file, the oldest first: the newest is
// the one that is shown.
func (o *original) readResults() {
	for _, id := range ordered(o, "results_file", o.t.ResultsFile) {
		r := row(o.t.ResultsFile, id)
		sample, config, name := r.Sample.number(), r.Config.number(), string(r.DataFile)
		switch {
		case r.Hidden.yes():
			continue // reads that somebody asked for, no result
		case name == "":
			o.fault("results_file %d was never finished: it is left out", id)
		case !o.samples[sample] || config <= 0:
			o.fault("results_file %d is of a sample or config that is not in the archive: it is left out", id)
		case !o.has(name):
			o.fault("results_file %d: the file %s is missing: it is left out", id, cut(name))
		default:
			o.Results = append(o.Results, Result{ID: id, Sample: sample, Generation: 1, Config: config, Revision: config, Path: name, CreatedAt: r.RunDate.instant()})
		}
	}
	slices.SortStableFunc(o.Results, func(a, b Result) int { return a.CreatedAt.Compare(b.CreatedAt) })
}

func (o *original) readAnnotations() {
	of := map[int64][]Annotation{}
	for _, id := range ordered(o, "analysis_file", o.t.AnalysisFile) {
		r := row(o.t.AnalysisFile, id)
		set, name := r.Set.number(), string(r.File)
		switch {
		case o.sets[set] == 0:
			o.fault("analysis_file %d is of no set of the archive: it is left out", id)
		case name == "" || !o.has(name):
			o.fault("analysis_file %d: the file %s is missing: it is left out", id, cut(name))
		default:
			of[set] = append(of[set], Annotation{Set: set, Path: name, CreatedAt: r.Date.instant()})
		}
	}
	for _, set := range slices.Sorted(maps.Keys(of)) {
		list := of[set]
		slices.SortStableFunc(list, func(a, b Annotation) int { return a.CreatedAt.Compare(b.CreatedAt) })
		for i := range list {
			list[i].Version = i + 1
		}
		o.Annotations = append(o.Annotations, list...)
	}
}

// has tells whether a stored file is there, under a name that leads nowhere else.
func (a *Archive) has(name string) bool {
	if strings.ContainsAny(name, `/\`) || !fs.ValidPath("files/"+name) {
		return false
	}
	st, err := fs.Stat(a.files, "files/"+name)
	return err == nil && st.Mode().IsRegular()
}

// Stored opens a file of an archive of the original by its stored name. The caller
// closes it.
func (a *Archive) Stored(name string) (io.ReadCloser, error) {
	if !a.Original || !a.has(name) {
		return nil, fmt.Errorf("open %s: %w", cut(name), fs.ErrNotExist)
	}
	return a.files.Open("files/" + name)
}
