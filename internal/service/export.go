package service

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/clonetable"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// ExportFormat is a form in which results leave.
type ExportFormat string

// The forms of export.
const (
	ExportVidjil ExportFormat = "vidjil" // .vidjil, which the original's client reads
	ExportAirr   ExportFormat = "airr"   // AIRR rearrangement table
)

func (f ExportFormat) extension() string {
	if f == ExportAirr {
		return ".airr.tsv"
	}
	return ".vidjil"
}

func (f ExportFormat) mediaType() string {
	if f == ExportAirr {
		return "text/tab-separated-values; charset=utf-8"
	}
	return "application/json"
}

// MaxExported is the number of results in one archive.
const MaxExported = 1000

// ExportFused gives a fused result as a file: the clonotypes that it keeps, and
// those of the annotation. A single result is given whole.
func (s *Service) ExportFused(ctx context.Context, who *Actor, ref FusedRef, format ExportFormat) (Content, error) {
	if format != ExportVidjil && format != ExportAirr {
		return Content{}, fault("format", "want vidjil or airr, not %q", format)
	}
	f, kept, err := s.openFused(ctx, who, ref, "result.export", CloneChoice{})
	if err != nil {
		return Content{}, err
	}
	object, id := ref.object()
	out := Content{
		ETag: contentKey("export", 1, format, f.content(), kept, f.nameKey()),
		Name: fmt.Sprintf("%s-%d", object, id) + format.extension(), MediaType: format.mediaType(),
	}
	if ref.SetID != 0 {
		out.Name = fmt.Sprintf("set-%d-config-%d", ref.SetID, ref.ConfigID) + format.extension()
	}
	out.Write = func(ctx context.Context, w io.Writer) error {
		if ref.ResultID != 0 {
			return s.writeResult(ctx, w, f, &f.results[0], format)
		}
		chosen, err := s.chooseClones(ctx, f, 0, kept)
		if err != nil {
			return err
		}
		shown := named(chosen, f.names, f.hidden)
		if format == ExportAirr {
			return shown.WriteAIRR(w)
		}
		file := shown.File()
		head := namedFile(file, f.sampleIDs(), f.names, f.hidden)
		head.Clones = file.Clones
		return head.Write(w)
	}
	return out, nil
}

// sampleIDs are the samples of the columns.
func (f *foundFused) sampleIDs() []int64 {
	ids := make([]int64, len(f.results))
	for i := range f.results {
		ids[i] = f.results[i].SampleID
	}
	return ids
}

// writeResult writes all clonotypes of a result, a part of them in memory at a
// time.
func (s *Service) writeResult(ctx context.Context, w io.Writer, f *foundFused, r *lab.Result, format ExportFormat) (err error) {
	o, err := s.tables.take(ctx, r.Digest)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.tables.give(o)) }()
	t, err := o.read()
	if err != nil {
		return err
	}
	head := namedFile(t.Head(), []int64{r.SampleID}, f.names, f.hidden)
	if format == ExportAirr {
		return writeAIRR(ctx, w, t, head, f.hidden)
	}
	out := vidjilfile.NewWriter(w, head)
	for c, err := range t.All(ctx) {
		if err != nil {
			return err
		}
		if f.hidden.any() {
			neutralClone(c, f.hidden)
		}
		if err := out.Write(c); err != nil {
			return err
		}
	}
	return out.Close()
}

// airrChunk is the number of clonotypes that are rows at a time: a row has a
// hundred fields.
const airrChunk = 256

func writeAIRR(ctx context.Context, w io.Writer, t *clonetable.Table, head *vidjilfile.File, hidden *redactor) error {
	out, err := airr.NewWriter(w, slices.Concat(airr.EngineColumns(), vidjilfile.AIRRExtra()))
	if err != nil {
		return err
	}
	part := *head
	flush := func() error {
		for _, row := range part.ToAIRR() {
			if err := out.Write(&row); err != nil {
				return err
			}
		}
		part.Clones = part.Clones[:0]
		return nil
	}
	for c, err := range t.All(ctx) {
		if err != nil {
			return err
		}
		if hidden.any() {
			neutralClone(c, hidden)
		}
		if part.Clones = append(part.Clones, *c); len(part.Clones) == airrChunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return out.Flush()
}

// ArchiveRequest says which results go into an archive, and what of them.
type ArchiveRequest struct {
	Results []int64 // these, or
	Sets    []int64 // the newest of the samples of these sets
	Configs []int64 // by these configs; none is all
	Formats []ExportFormat
	Files   bool // other outputs of the analyses
	Logs    bool
}

// archived is a line of metadata.json, in the words of the original where it
// has them.
type archived struct {
	ID           int64             `json:"id"` // of the result
	Files        []string          `json:"file"`
	Sets         []archivedSet     `json:"set_info"`
	Sample       archivedSample    `json:"sample_info"`
	SequenceFile string            `json:"sequence_file"`
	ConfigID     int64             `json:"config_id"`
	Config       string            `json:"config"`
	Revision     int64             `json:"config_revision_id"`
	Reads        int64             `json:"reads"`
	Recombined   int64             `json:"recombined"`
	Clonotypes   int64             `json:"clonotypes"`
	CreatedAt    string            `json:"created_at"`
	Stale        bool              `json:"stale"` // the reads were replaced since
	Digests      map[string]string `json:"sha256,omitempty"`
}

type archivedSet struct {
	ID    int64  `json:"id"`
	Kind  string `json:"kind"`
	Title string `json:"name"`
	Info  string `json:"info"`
}

type archivedSample struct {
	ID           int64  `json:"id"`
	Name         string `json:"name"`
	SamplingDate string `json:"sampling_date"`
	Info         string `json:"info"`
}

// archive is what goes into an archive, as one actor may know it.
type archive struct {
	*foundFused
	q     *ArchiveRequest
	rows  []archived                 // of metadata.json, by result
	files map[int64][]lab.ResultFile // by result
}

// Archive gives many results as a ZIP file with metadata.json.
func (s *Service) Archive(ctx context.Context, who *Actor, q ArchiveRequest) (out Content, err error) {
	if err := who.require(); err != nil {
		return out, err
	}
	if err := q.check(); err != nil {
		return out, err
	}
	a, err := s.gather(ctx, who, &q)
	if err != nil {
		return out, err
	}
	return Content{
		Name: "vidjil-export-" + s.Now().UTC().Format("2006-01-02") + ".zip", MediaType: "application/zip",
		Write: func(ctx context.Context, w io.Writer) error {
			z := zip.NewWriter(w)
			if err := s.writeArchive(ctx, z, "", a); err != nil {
				return err
			}
			if err := putJSON(z, "metadata.json", a.rows); err != nil {
				return err
			}
			return z.Close()
		},
	}, nil
}

// gather loads what goes into an archive, and notes that it is read.
func (s *Service) gather(ctx context.Context, who *Actor, q *ArchiveRequest) (*archive, error) {
	o := &opener{who: who}
	f := &foundFused{}
	a := &archive{foundFused: f, q: q, files: map[int64][]lab.ResultFile{}}
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		if f.configs, err = usableConfigs(ctx, tx, who); err != nil {
			return err
		}
		if err := f.chosen(ctx, tx, o, q); err != nil {
			return err
		}
		if f.names, f.hidden, err = sampleNames(ctx, tx, o, f.sampleIDs()); err != nil {
			return err
		}
		a.rows = f.describe(o)
		for i := range f.results {
			if a.files[f.results[i].ID], err = tx.ResultFiles(ctx, f.results[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(f.results) == 0 {
		return nil, lab.Errorf(lab.NotFound, "there are no results to export")
	}
	return a, s.auditArchive(ctx, o, f)
}

func (q *ArchiveRequest) check() error {
	var f lab.Faults
	f.Require(len(q.Results) <= MaxExported && len(q.Sets) <= MaxExported, "result_ids", "want at most %d", MaxExported)
	f.Require((len(q.Results) > 0) != (len(q.Sets) > 0), "result_ids", "want results or sets")
	for _, x := range q.Formats {
		f.Require(x == ExportVidjil || x == ExportAirr, "formats", "want vidjil or airr, not %q", x)
	}
	f.Require(len(q.Formats) > 0 || q.Files || q.Logs, "formats", "nothing is asked for")
	return f.Err()
}

// chosen loads the results that are asked for. Of sets, those of them that the
// actor may see; results that are named must all be seen.
func (f *foundFused) chosen(ctx context.Context, tx *store.Tx, o *opener, q *ArchiveRequest) error {
	if len(q.Results) > 0 {
		return f.ofResults(ctx, tx, o, distinct(q.Results), lab.Errorf(lab.NotFound, "one of the results is not there"))
	}
	var samples []int64
	for _, id := range distinct(q.Sets) {
		if _, _, err := visibleSet(ctx, tx, o.who, id); err != nil {
			return err
		}
		list, err := tx.LivingSamplesOf(ctx, id)
		if err != nil {
			return err
		}
		samples = append(samples, list...)
	}
	list, err := tx.NewestResults(ctx, distinct(samples), 0)
	if err != nil {
		return err
	}
	for i := range list {
		_, usable := f.configs[list[i].ConfigID]
		if usable && (len(q.Configs) == 0 || slices.Contains(q.Configs, list[i].ConfigID)) {
			f.results = append(f.results, list[i])
		}
	}
	if len(f.results) > MaxExported {
		return lab.Errorf(lab.TooLarge, "these are %d results; an archive has at most %d", len(f.results), MaxExported)
	}
	return nil
}

func (f *foundFused) describe(o *opener) []archived {
	rows := make([]archived, len(f.results))
	for i := range f.results {
		r, n := &f.results[i], f.names[f.results[i].SampleID]
		a := archived{
			ID: r.ID, Files: []string{}, Sets: []archivedSet{}, SequenceFile: n.File, ConfigID: r.ConfigID, Config: f.configs[r.ConfigID].Name, Revision: r.ConfigRevisionID,
			Reads: r.Reads, Recombined: r.Recombined, Clonotypes: r.Clonotypes, CreatedAt: r.CreatedAt.UTC().Format(time.RFC3339), Stale: r.Generation < n.Generation,
			Sample: archivedSample{ID: n.ID, Name: n.Title(), SamplingDate: string(n.SamplingDate), Info: n.Info},
		}
		for k := range n.in {
			if m := &n.in[k]; m.living() && o.who.ViewSet(m.access) {
				set := m.set
				o.set(&set, m.access)
				a.Sets = append(a.Sets, archivedSet{ID: set.ID, Kind: string(set.Kind), Title: set.Title(), Info: set.Info})
			}
		}
		rows[i] = a
	}
	return rows
}

func (s *Service) auditArchive(ctx context.Context, o *opener, f *foundFused) error {
	e := o.who.entry("result.export", "result", f.results[0].ID)
	var ids []int64
	for i := range f.results {
		ids = append(ids, f.results[i].ID)
	}
	e.After = encode(struct {
		Results []int64 `json:"results"`
		Sets    []int64 `json:"sets,omitempty"`    // identities that were opened
		Samples []int64 `json:"samples,omitempty"` // names that were opened
	}{ids, distinct(o.sets), distinct(o.samples)})
	return s.write(ctx, func(tx *store.Tx) error {
		tx.Audit(e)
		return nil
	})
}

// writeArchive writes the files of each result into a folder of its own below a
// folder, and notes their names in the rows.
func (s *Service) writeArchive(ctx context.Context, z *zip.Writer, folder string, a *archive) error {
	put := func(row *archived, name string, write func(w io.Writer) error) error {
		name = fmt.Sprintf("%sresult-%d/%s", folder, row.ID, name)
		out, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: s.Now().UTC()})
		if err != nil {
			return err
		}
		row.Files = append(row.Files, name)
		return write(out)
	}
	for i := range a.results {
		r, row := &a.results[i], &a.rows[i]
		for _, format := range a.q.Formats {
			name := fmt.Sprintf("sample-%d%s", r.SampleID, format.extension())
			if err := put(row, name, func(w io.Writer) error { return s.writeResult(ctx, w, a.foundFused, r, format) }); err != nil {
				return fmt.Errorf("export result %d: %w", r.ID, err)
			}
		}
		if a.q.Logs {
			if err := put(row, "log.txt", func(w io.Writer) error { return s.writeLog(ctx, w, r.JobID, a.hidden) }); err != nil {
				return err
			}
		}
		for _, x := range a.files[r.ID] {
			if !a.q.Files {
				break
			}
			if err := put(row, safeName(x.Name), func(w io.Writer) error { return s.copyBlob(ctx, w, x.Digest) }); err != nil {
				return fmt.Errorf("export result %d: %w", r.ID, err)
			}
			if row.Digests == nil {
				row.Digests = map[string]string{}
			}
			row.Digests[safeName(x.Name)] = x.Digest
		}
	}
	return nil
}

// putJSON writes a value into an archive, for people to read too.
func putJSON(z *zip.Writer, name string, v any) error {
	out, err := z.Create(name)
	if err != nil {
		return err
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// safeName is a file name for an archive: a name, never a way to elsewhere.
func safeName(name string) string {
	return strings.TrimLeft(strings.NewReplacer("/", "_", `\`, "_", ":", "_").Replace(name), ".")
}

func (s *Service) copyBlob(ctx context.Context, w io.Writer, digest string) (err error) {
	b, err := s.Blobs.Open(ctx, blob.Digest(digest))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	_, err = io.Copy(w, b)
	return err
}

// writeLog writes the log of a job. Ours name nobody; those of other programs
// may.
func (s *Service) writeLog(ctx context.Context, w io.Writer, jobID int64, hidden *redactor) error {
	const most = 1000
	for after := 0; ; {
		var pieces []lab.LogPiece
		err := s.read(ctx, func(tx *store.Tx) (err error) {
			pieces, err = tx.JobLog(ctx, jobID, after, most)
			return err
		})
		if err != nil {
			return err
		}
		for _, p := range pieces {
			if _, err := io.WriteString(w, hidden.text(p.Text)); err != nil {
				return err
			}
			after = p.Piece
		}
		if len(pieces) < most {
			return nil
		}
	}
}
