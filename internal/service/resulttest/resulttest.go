// Package resulttest puts results of samples into a store without workers, for
// tests of what is done with results. It is for tests only, and must not be
// used for tests of how results are made.
package resulttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/pipeline"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/clonetable"
	"vidjil.org/vidjil/vdj/clonotype"
	"vidjil.org/vidjil/vdj/designation"
	"vidjil.org/vidjil/vdj/germline"
	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/seqio"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// Maker makes results.
type Maker struct {
	T     testing.TB
	Store *store.Store
	Blobs blob.Store
}

// Clone is a clonotype as a test needs it.
type Clone struct {
	ID     string // window; also its sequence, between two flanks
	System string
	Name   string
	Reads  int
}

func (m *Maker) write(f func(ctx context.Context, tx *store.Tx) error) {
	m.T.Helper()
	if err := m.Store.Write(m.T.Context(), func(tx *store.Tx) error { return f(m.T.Context(), tx) }); err != nil {
		m.T.Fatal(err)
	}
}

// Config makes a config with one revision.
func (m *Maker) Config(groupID int64, name string, o lab.Options) lab.Config {
	m.T.Helper()
	c := lab.Config{Name: name, GroupID: groupID, Program: lab.ProgramVidjil}
	m.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.InsertConfig(ctx, &c); err != nil {
			return err
		}
		r := lab.ConfigRevision{ConfigID: c.ID, Number: 1, Program: c.Program, Options: o.Encode()}
		r.Digest = lab.DigestOptions(r.Program, r.Options)
		return tx.InsertConfigRevision(ctx, &r)
	})
	return c
}

// Window is a window of 50 letters, another for each number.
func Window(n int) string {
	b := []byte(strings.Repeat("A", 50))
	for i := 49; n > 0; i-- {
		b[i], n = "ACGT"[n%4], n/4
	}
	copy(b, "TGTGCG") // so that no window is all of one letter
	return string(b)
}

// File is a result with the clonotypes, those with most reads first. A tenth of
// its reads have no recombination.
func File(clones ...Clone) *vidjilfile.File {
	sum := 0
	f := &vidjilfile.File{
		Producer: "vidjil test", Version: vidjilfile.Version, Timestamps: []string{"2026-01-01 00:00:00"},
		Samples: vidjilfile.Samples{Number: 1, OriginalNames: []string{""}, Producer: []string{"vidjil test"}},
		Reads:   vidjilfile.Reads{Germline: map[string][]int{}, Clones: map[string][]int{}},
	}
	for i, c := range clones {
		if c.System == "" {
			c.System = "IGH"
		}
		sum += c.Reads
		if f.Reads.Germline[c.System] == nil {
			f.Reads.Germline[c.System], f.Reads.Clones[c.System] = []int{0}, []int{0}
		}
		f.Reads.Germline[c.System][0] += c.Reads
		f.Reads.Clones[c.System][0]++
		f.Clones = append(f.Clones, vidjilfile.Clone{
			ID: c.ID, Germline: c.System, Name: c.Name, Sequence: "GGATTC" + c.ID + "CCTAAG", Reads: []int{c.Reads}, Top: i + 1,
			AverageReadLength: []float64{120}, Coverage: []float64{1},
			Seg: vidjilfile.Seg{
				Five: &vidjilfile.Segment{Name: "IGHV3-48*01"}, Three: &vidjilfile.Segment{Name: "IGHJ4*02"},
				Quality: &vidjilfile.Feature{Seq: strings.Repeat("I", len(c.ID)+12)},
			},
		})
	}
	f.Reads.Segmented, f.Reads.Total = []int{sum}, []int{sum + sum/9}
	return f
}

// Analyze is the result of reads, by the engine.
func Analyze(t testing.TB, path string) *vidjilfile.File {
	t.Helper()
	set, err := germline.Named("human")
	if err != nil {
		t.Fatal(err)
	}
	engine, err := designation.New(set, designation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := seqio.NewReader([]seqio.Source{seqio.File(path)}, seqio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	sample, err := clonotype.Analyze(t.Context(), r, engine, clonotype.Options{}, clonotype.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	defer sample.Free()
	f := vidjilfile.Head(&sample.Result, vidjilfile.Meta{Producer: "vidjil test"}, set)
	err = sample.Each(t.Context(), func(c *clonotype.Clonotype) error {
		f.Clones = append(f.Clones, vidjilfile.FromClonotype(c, set))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var jobs atomic.Int64

// Result keeps a file as the newest result of a sample by a config.
func (m *Maker) Result(sampleID, configID int64, f *vidjilfile.File, files ...lab.ResultFile) lab.Result {
	m.T.Helper()
	var table bytes.Buffer
	if err := clonetable.WriteFile(&table, f); err != nil {
		m.T.Fatal(err)
	}
	return m.Table(sampleID, configID, table.Bytes(), summary(m.T, f), files...)
}

// Table keeps a table as the newest result of a sample by a config.
func (m *Maker) Table(sampleID, configID int64, table []byte, sum lab.ResultSummary, files ...lab.ResultFile) lab.Result {
	m.T.Helper()
	info, err := m.Blobs.Put(m.T.Context(), bytes.NewReader(table), "")
	if err != nil {
		m.T.Fatal(err)
	}
	r := lab.Result{
		SampleID: sampleID, ConfigID: configID, JobID: jobs.Add(1) + 1_000_000, Digest: string(info.Digest), Size: info.Size,
		Reads: sum.Total, Recombined: sum.Recombined, Clonotypes: sum.Clonotypes, Summary: lab.EncodeRecord(&sum),
	}
	m.write(func(ctx context.Context, tx *store.Tx) error {
		s, err := tx.SampleByID(ctx, sampleID)
		if err != nil {
			return err
		}
		rev, err := tx.NewestRevision(ctx, configID)
		if err != nil {
			return err
		}
		r.Generation, r.ConfigRevisionID = s.Generation, rev.ID
		r.Provenance = lab.EncodeRecord(&lab.Provenance{Engine: "test", Program: rev.Program, Config: lab.ProvenanceConfig{ID: configID, Revision: rev.Number}, Files: []lab.ProvenanceFile{}})
		if err := tx.KeepBlob(ctx, r.Digest, r.Size); err != nil {
			return err
		}
		for _, x := range files {
			if err := tx.KeepBlob(ctx, x.Digest, x.Size); err != nil {
				return err
			}
		}
		return tx.InsertResult(ctx, &r, files)
	})
	return r
}

func summary(t testing.TB, f *vidjilfile.File) lab.ResultSummary {
	t.Helper()
	q, err := repertoire.QualityOf(t.Context(), repertoire.FromFile(f, 0))
	if err != nil {
		t.Fatal(err)
	}
	s := lab.ResultSummary{
		Total: q.Total, Recombined: q.Segmented, Reported: q.Segmented, Clonotypes: int64(len(f.Clones)), Warnings: []lab.Warning{}, MeanLength: q.MeanLength.Value, Lengths: q.Lengths[:],
		Diversity: map[string]float64{"shannon": q.Shannon.Value, "pielou": q.Pielou.Value, "simpson": q.Simpson.Value},
	}
	for _, w := range f.Warnings {
		s.Warnings = append(s.Warnings, lab.Warning{Code: w.Code, Level: w.Level, Message: w.Message})
	}
	for _, system := range q.Systems {
		s.Systems = append(s.Systems, lab.SystemSummary{System: system, Reads: q.Counts[system].Reads, Clonotypes: q.Counts[system].Clonotypes})
	}
	for _, x := range q.Large {
		s.Large = append(s.Large, lab.LargeClonotype{ID: x.ID, Name: x.Name, System: x.System, Reads: x.Reads, Share: x.Share, Of: x.Of})
	}
	if x := q.Main; x != nil {
		s.Main = &lab.LargeClonotype{ID: x.ID, Name: x.Name, System: x.System, Reads: x.Reads, Share: x.Share, Of: x.Of}
	}
	return s
}

// Fuse keeps the fused result of a set and config, as the job does.
func (m *Maker) Fuse(setID, configID int64) lab.Fused {
	m.T.Helper()
	ctx := m.T.Context()
	var results []lab.Result
	var options lab.Options
	err := m.Store.Read(ctx, func(tx *store.Tx) error {
		rev, err := tx.NewestRevision(ctx, configID)
		if err != nil {
			return err
		}
		if options, err = lab.ParseOptions(rev.Options); err != nil {
			return err
		}
		results, err = tx.FuseInputs(ctx, setID, configID)
		return err
	})
	if err != nil {
		m.T.Fatal(err)
	}
	o := pipeline.FuseOptions(&options)
	fused, err := pipeline.FuseResults(ctx, m.Blobs, results, o, nil)
	if err != nil {
		m.T.Fatal(err)
	}
	var b bytes.Buffer
	if err := pipeline.WriteFused(&b, fused); err != nil {
		m.T.Fatal(err)
	}
	info, err := m.Blobs.Put(ctx, &b, "")
	if err != nil {
		m.T.Fatal(err)
	}
	ids := []int64{}
	for i := range results {
		ids = append(ids, results[i].ID)
	}
	inputs, err := json.Marshal(ids)
	if err != nil {
		m.T.Fatal(err)
	}
	row := lab.Fused{SetID: setID, ConfigID: configID, InputsKey: pipeline.InputsKey(results, o), Inputs: string(inputs), Digest: string(info.Digest), Size: info.Size, Fresh: true}
	m.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.KeepBlob(ctx, row.Digest, row.Size); err != nil {
			return err
		}
		return tx.PutFused(ctx, &row)
	})
	return row
}

// Many are n clonotypes, from a number on, with falling reads.
func Many(from, n, most int) []Clone {
	list := make([]Clone, n)
	for i := range list {
		list[i] = Clone{ID: Window(from + i), Name: fmt.Sprintf("clone %d", from+i), Reads: max(most-i, 1)}
	}
	return list
}
