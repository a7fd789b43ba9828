package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/columns"
	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// Limits of what is asked for of clonotypes at once.
const (
	MaxKept = 2000 // clonotypes that are wanted although they are not among the largest
	MaxTop  = 100_000
)

// CloneChoice says which clonotypes of a fused result are wanted.
type CloneChoice struct {
	// Top is the rank, in any of the samples, to which clonotypes are given, of
	// those that the fused result keeps; 0 is all of these. A comparison can keep
	// more.
	Top int
	// Keep are identifiers of further ones, wherever they rank.
	Keep []string
	// PlainTop leaves out those that the set's annotation speaks of; otherwise
	// they are given wherever they rank.
	PlainTop bool
}

// ColumnsRequest says which columns are wanted.
type ColumnsRequest struct {
	CloneChoice
	// Fields are columns of the clonotypes (vdj/columns); nil: all but the
	// sequences. Empty, not nil: none.
	Fields []string
	// Samples are those whose reads are wanted, by number; nil: all. Empty, not
	// nil: none.
	Samples []int
	Lengths bool // and the average lengths of the reads
}

// Content is something to be sent: made while it is written.
type Content struct {
	ETag      string // names the content; "" when nothing is known of it before
	Name      string // of a file; "" for none
	MediaType string
	Write     func(ctx context.Context, w io.Writer) error
}

// FusedColumns gives clonotypes as an Arrow stream.
func (s *Service) FusedColumns(ctx context.Context, who *Actor, ref FusedRef, q ColumnsRequest) (Content, error) {
	if err := q.check(); err != nil {
		return Content{}, err
	}
	f, kept, err := s.openFused(ctx, who, ref, "result.read", q.CloneChoice)
	if err != nil {
		return Content{}, err
	}
	for _, i := range q.Samples {
		if i < 0 || i >= len(f.results) {
			return Content{}, fault("samples", "there is no sample %d; the first is 0, and there are %d", i, len(f.results))
		}
	}
	return Content{
		ETag:      contentKey("arrow", 2, f.content(), kept, q, f.nameKey()),
		MediaType: "application/vnd.apache.arrow.stream",
		Write: func(ctx context.Context, w io.Writer) error {
			chosen, err := s.chooseClones(ctx, f, q.Top, kept)
			if err != nil {
				return err
			}
			return columns.WriteFused(w, named(chosen, f.names, f.hidden), columns.Options{Columns: q.Fields, Samples: q.Samples, Lengths: q.Lengths})
		},
	}, nil
}

// ColumnNames are the columns of clonotypes.
func ColumnNames() []string { return columns.Names() }

func (q *ColumnsRequest) check() error {
	var f lab.Faults
	for _, name := range q.Fields {
		f.Require(slices.Contains(columns.Names(), name), "fields", "there is no column %q; there are %v", name, columns.Names())
	}
	q.CloneChoice.check(&f)
	return f.Err()
}

func (q *CloneChoice) check(f *lab.Faults) {
	f.Require(q.Top >= 0 && q.Top <= MaxTop, "top", "want a rank from 1 to %d, or 0 for all that are kept", MaxTop)
	f.Require(len(q.Keep) <= MaxKept, "keep", "want at most %d clonotypes", MaxKept)
}

// openFused finds a fused result for reading, and the clonotypes that are wanted
// wherever they rank. The reading is in the audit, as the action, when this
// returns.
func (s *Service) openFused(ctx context.Context, who *Actor, ref FusedRef, action string, q CloneChoice) (f *foundFused, kept []string, err error) {
	if err := who.require(); err != nil {
		return nil, nil, err
	}
	o := &opener{who: who}
	err = s.read(ctx, func(tx *store.Tx) (err error) {
		f, err = s.findFused(ctx, tx, o, ref)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if f.stale != nil {
		return nil, nil, f.stale
	}
	if ref.SetID != 0 && f.row.ID == 0 {
		return nil, nil, lab.Errorf(lab.NotFound, "set %d has no fused result by config %d yet", ref.SetID, ref.ConfigID)
	}
	kept = slices.Clone(q.Keep)
	if f.note.Version > 0 && !q.PlainTop {
		note, err := lab.ParseAnnotation(f.note.Body)
		if err != nil {
			return nil, nil, err
		}
		kept = append(kept, note.Kept()...)
	}
	slices.Sort(kept)
	object, id := ref.object()
	return f, slices.Compact(kept), s.auditResults(ctx, o, action, object, id, ref.SetID)
}

// content names what the fused result was made of.
func (f *foundFused) content() string {
	if f.row.ID != 0 {
		return f.row.Digest
	}
	return f.results[0].Digest
}

// nameKey changes with what the samples are called.
func (f *foundFused) nameKey() string {
	var parts []any
	for i := range f.results {
		name, file := callSample(f.results[i].SampleID, f.names)
		parts = append(parts, name, file)
	}
	return contentKey(append(parts, f.hidden.words)...)
}

// chooseClones is the fused result with the clonotypes up to a rank, and the kept
// ones: those that are not in it come from the tables of the results. What is
// left out is in Rest, so that all sums stay the same.
func (s *Service) chooseClones(ctx context.Context, f *foundFused, top int, kept []string) (*repertoire.Fused, error) {
	l, err := s.loadFused(ctx, f)
	if err != nil {
		return nil, err
	}
	var missing []string
	wanted := make(map[string]bool, len(kept))
	for _, id := range kept {
		wanted[id] = true
		if _, ok := l.at[id]; !ok {
			missing = append(missing, id)
		}
	}
	out := *l.Fused
	out.Samples = slices.Clone(l.Samples)
	for i := range out.Samples {
		out.Samples[i].Rest = maps.Clone(out.Samples[i].Rest)
	}
	if top > 0 {
		out.Clones = nil
		for i := range l.Clones {
			c := &l.Clones[i]
			if c.Top > 0 && c.Top <= top || wanted[c.ID] {
				out.Clones = append(out.Clones, *c)
			} else {
				addRest(&out, c, 1)
			}
		}
	}
	more, err := s.fetchClones(ctx, f, missing)
	if err != nil {
		return nil, err
	}
	if len(more) > 0 {
		out.Clones = slices.Concat(out.Clones, more)
		for i := range more {
			addRest(&out, &more[i], -1)
		}
	}
	return &out, nil
}

// addRest counts a clonotype among those that are not shown, or (sign -1) among
// them no more.
func addRest(f *repertoire.Fused, c *vidjilfile.Clone, sign int64) {
	for i, n := range c.Reads {
		if n <= 0 {
			continue
		}
		s := &f.Samples[i]
		if s.Rest == nil {
			s.Rest = map[string]repertoire.Count{}
		}
		r := s.Rest[c.Germline]
		r.Clonotypes, r.Reads = max(r.Clonotypes+sign, 0), max(r.Reads+sign*int64(n), 0)
		if s.Rest[c.Germline] = r; r == (repertoire.Count{}) {
			delete(s.Rest, c.Germline)
		}
	}
}

// fetchClones gets clonotypes by their identifiers from the tables of results,
// joined as in fused results. Those that no result has are left out.
func (s *Service) fetchClones(ctx context.Context, f *foundFused, ids []string) ([]vidjilfile.Clone, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	done, err := s.busy.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	inputs := make([]repertoire.Input, len(f.results))
	for i := range f.results {
		r := &f.results[i]
		part, err := s.pickClones(ctx, r.Digest, wanted)
		if err != nil {
			return nil, fmt.Errorf("result %d: %w", r.ID, err)
		}
		inputs[i] = repertoire.Input{SampleID: r.SampleID, ConfigID: r.ConfigID, ConfigRevision: r.ConfigRevisionID, ResultID: r.ID, Source: repertoire.FromFile(part, 0)}
	}
	joined, err := repertoire.Fuse(ctx, inputs, repertoire.Options{Top: repertoire.AllClonotypes})
	if err != nil {
		return nil, err
	}
	return joined.Clones, nil
}

// pickClones cuts a result down to the wanted clonotypes.
func (s *Service) pickClones(ctx context.Context, digest string, wanted map[string]bool) (part *vidjilfile.File, err error) {
	o, err := s.tables.take(ctx, digest)
	if err != nil {
		return nil, err
	}
	defer func() {
		if giveErr := s.tables.give(o); err == nil {
			err = giveErr
		}
	}()
	t, err := o.read()
	if err != nil {
		return nil, err
	}
	var rows []int
	err = t.Scan(ctx, repertoire.FieldID, func(r *repertoire.Row) error {
		if wanted[string(r.ID)] {
			if rows = append(rows, r.Number); len(rows) == len(wanted) {
				return errEnough
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	head := *t.Head()
	part = &head
	part.Clusters, part.Distributions = nil, nil
	part.Clones, err = t.Clones(ctx, rows)
	return part, err
}

// errEnough ends a scan that has found all it looked for.
var errEnough = errors.New("all that was looked for is found")

// FusedClones gives whole clonotypes by their identifiers, each as JSON as a
// .vidjil file has it, in the order asked for. Those that no result has are left
// out.
func (s *Service) FusedClones(ctx context.Context, who *Actor, ref FusedRef, ids []string) (list []json.RawMessage, err error) {
	clones, err := s.clonesByID(ctx, who, ref, ids)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := (&vidjilfile.File{Clones: clones}).Write(&b); err != nil {
		return nil, err
	}
	var file struct {
		Clones []json.RawMessage `json:"clones"`
	}
	if err := json.Unmarshal(b.Bytes(), &file); err != nil {
		return nil, fmt.Errorf("encode clonotypes: %w", err)
	}
	return file.Clones, nil
}

// CloneSequence is the representative of a clonotype.
type CloneSequence struct {
	ID, System, Name string
	Sequence         string
	Quality          string // Phred + 33, a letter for each of the sequence; "" when not known
}

// FusedSequences gives representatives by the identifiers of clonotypes.
func (s *Service) FusedSequences(ctx context.Context, who *Actor, ref FusedRef, ids []string) ([]CloneSequence, error) {
	clones, err := s.clonesByID(ctx, who, ref, ids)
	if err != nil {
		return nil, err
	}
	list := make([]CloneSequence, len(clones))
	for i := range clones {
		c := &clones[i]
		list[i] = CloneSequence{ID: c.ID, System: c.Germline, Name: c.Name, Sequence: c.Sequence}
		if c.Seg.Quality != nil {
			list[i].Quality = c.Seg.Quality.Seq
		}
	}
	return list, nil
}

// clonesByID finds clonotypes, in the order asked for and without what the actor
// may not know.
func (s *Service) clonesByID(ctx context.Context, who *Actor, ref FusedRef, ids []string) ([]vidjilfile.Clone, error) {
	if len(ids) == 0 || len(ids) > MaxKept {
		return nil, fault("ids", "want 1 to %d clonotypes", MaxKept)
	}
	f, _, err := s.openFused(ctx, who, ref, "result.read", CloneChoice{PlainTop: true})
	if err != nil {
		return nil, err
	}
	l, err := s.loadFused(ctx, f)
	if err != nil {
		return nil, err
	}
	found := map[string]vidjilfile.Clone{}
	var missing []string
	for _, id := range ids {
		if i, ok := l.at[id]; ok {
			found[id] = l.Clones[i]
		} else {
			missing = append(missing, id)
		}
	}
	more, err := s.fetchClones(ctx, f, missing)
	if err != nil {
		return nil, err
	}
	for _, c := range more {
		found[c.ID] = c
	}
	var list []vidjilfile.Clone
	for _, id := range ids {
		if c, ok := found[id]; ok {
			if f.hidden.any() {
				neutralClone(&c, f.hidden)
			}
			list = append(list, c)
			delete(found, id)
		}
	}
	return list, nil
}
