package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/service/resulttest"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/vdj/airr"
	"vidjil.org/vidjil/vdj/repertoire"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// views is a world with a patient of two samples, whose results share clonotypes.
type views struct {
	*world
	*resulttest.Maker
	group   lab.Group
	ann     *service.Actor // may all
	config  lab.Config
	patient lab.Set
	run     lab.Set
	samples []int64
	results []lab.Result
	shared  string // identifier of the clonotype that both samples have
	small   string // of one that ranks behind all others in the first sample
	ref     service.FusedRef
}

// viewed makes a world in which results are looked at.
func viewed(t *testing.T, w *world) *views {
	t.Helper()
	v := &views{world: w, Maker: &resulttest.Maker{T: t, Store: w.Store, Blobs: w.Blobs}}
	v.group = w.group("laboratory", lab.Group{}, append(daily(access.Anon, access.Run, access.Save), access.Grant{Kind: access.Config, Right: access.Read})...)
	v.ann = w.person("ann", v.group)
	v.config = v.Config(v.group.ID, "multi", lab.Options{Fuse: lab.FuseOptions{Top: 10}})
	p := w.patient(v.ann, v.group, "Quentinia", "Zyxwarren")
	v.patient = p.Set
	r := w.set(v.ann, service.SetInput{Kind: lab.Run, Name: "run 1", GroupID: v.group.ID})
	v.run = r.Set
	v.shared, v.small = resulttest.Window(1), resulttest.Window(39)
	for i, name := range []string{"Ypsilonfile_D0.fastq.gz", "Ypsilonfile_D30.fastq.gz"} {
		s := w.sample(v.ann, name, v.patient.ID, v.run.ID)
		v.samples = append(v.samples, s.ID)
		clones := resulttest.Many(1, 40, 1000)
		if i == 1 {
			clones = append([]resulttest.Clone{{ID: v.shared, Name: "clone 1", Reads: 20}}, resulttest.Many(100, 30, 19)...)
		}
		v.results = append(v.results, v.Result(s.ID, v.config.ID, resulttest.File(clones...)))
	}
	v.Fuse(v.patient.ID, v.config.ID)
	v.ref = service.FusedRef{SetID: v.patient.ID, ConfigID: v.config.ID}
	return v
}

// text is content as it is sent.
func (v *views) text(c service.Content, err error) string {
	v.t.Helper()
	var b bytes.Buffer
	if err == nil {
		err = c.Write(v.t.Context(), &b)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return b.String()
}

// arrow reads columns.
func (v *views) arrow(c service.Content, err error) resulttest.Arrow {
	v.t.Helper()
	return resulttest.ReadArrow(v.t, strings.NewReader(v.text(c, err)))
}

// exported opens an exported .vidjil file.
func (v *views) exported(who *service.Actor, ref service.FusedRef) (*vidjilfile.File, *repertoire.Fused) {
	v.t.Helper()
	file, err := vidjilfile.Read(strings.NewReader(v.text(v.ExportFused(v.t.Context(), who, ref, service.ExportVidjil))))
	if err != nil {
		v.t.Fatal(err)
	}
	f, err := repertoire.Open(file)
	if err != nil {
		v.t.Fatal(err)
	}
	return file, f
}

func TestFusedInfo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		late := w.sample(v.ann, "late.fastq", v.patient.ID)
		info, err := w.FusedInfo(t.Context(), v.ann, v.ref)
		if err != nil {
			t.Fatal(err)
		}
		if info.State != service.FusedStale { // a sample came
			t.Errorf("after a sample came: got %q, want stale", info.State)
		}
		var got []int64
		for i := range info.Samples {
			got = append(got, info.Samples[i].Sample.ID)
			if inFused := i < 2; info.Samples[i].InFused != inFused || (info.Samples[i].Result.ID != 0) != inFused {
				t.Errorf("sample %d: in the fused result %t, result %d", i, info.Samples[i].InFused, info.Samples[i].Result.ID)
			}
		}
		if d := cmp.Diff(append(slices.Clone(v.samples), late.ID), got); d != "" {
			t.Errorf("samples: want -, got +:\n%s", d)
		}
		first := info.Samples[0]
		if first.Sample.Title() != "Ypsilonfile_D0" || first.File != "Ypsilonfile_D0.fastq.gz" || first.Summary.Recombined == 0 || first.Revision != 1 {
			t.Errorf("first sample: got %q, file %q, %d recombined, revision %d", first.Sample.Title(), first.File, first.Summary.Recombined, first.Revision)
		}
		v.Fuse(v.patient.ID, v.config.ID)
		if info, err = w.FusedInfo(t.Context(), v.ann, v.ref); err != nil || info.State != service.FusedFresh {
			t.Errorf("fused again: got %q (%v), want fresh", info.State, err)
		}
		if info, err = w.FusedInfo(t.Context(), v.ann, service.FusedRef{SetID: v.run.ID, ConfigID: v.config.ID}); err != nil || info.State != service.FusedAbsent || len(info.Samples) != 2 {
			t.Errorf("of a set that was never fused: got %q, %d samples (%v), want absent, 2", info.State, len(info.Samples), err)
		}
	})
}

// TestFusedRights: a set that one does not see, a config that one may not use
// (the original asks for the set alone), a result of a sample of others.
func TestFusedRights(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		stranger := w.person("eve", w.group("others", lab.Group{}, daily(access.Anon)...))
		hospital := w.group("hospital", lab.Group{}, setGrants(access.Read)...)
		reader := w.person("bob", hospital)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ShareSet(ctx, v.patient.ID, hospital.ID)
			return err
		})
		id, err := w.Compare(t.Context(), v.ann, service.Comparison{Samples: v.samples, Config: v.config.ID})
		if err != nil {
			t.Fatal(err)
		}
		refs := map[string]service.FusedRef{"set": v.ref, "comparison": {ComparisonID: id}, "result": {ResultID: v.results[0].ID}}
		for name, who := range map[string]*service.Actor{"who sees nothing": stranger, "who may not use the config": reader} {
			for what, ref := range refs {
				_, err := w.FusedInfo(t.Context(), who, ref)
				w.want(name+": info of "+what, err, lab.NotFound)
				_, err = w.FusedColumns(t.Context(), who, ref, service.ColumnsRequest{})
				w.want(name+": columns of "+what, err, lab.NotFound)
				_, err = w.FusedSequences(t.Context(), who, ref, []string{v.shared})
				w.want(name+": sequences of "+what, err, lab.NotFound)
				_, err = w.ExportFused(t.Context(), who, ref, service.ExportVidjil)
				w.want(name+": export of "+what, err, lab.NotFound)
			}
			_, err = w.Compare(t.Context(), who, service.Comparison{Results: []int64{v.results[0].ID}})
			w.want(name+": compare", err, lab.NotFound)
			_, err = w.Archive(t.Context(), who, service.ArchiveRequest{Results: []int64{v.results[0].ID}, Formats: []service.ExportFormat{service.ExportVidjil}})
			w.want(name+": archive", err, lab.NotFound)
		}
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ShareConfig(ctx, v.config.ID, w.public.ID)
			return err
		})
		for what, ref := range refs {
			_, err := w.FusedColumns(t.Context(), reader, ref, service.ColumnsRequest{})
			w.want("with the config: columns of "+what, err, "")
		}
		_, err = w.FusedInfo(t.Context(), &service.Actor{}, v.ref)
		w.want("nobody", err, lab.Unauthenticated)
	})
}

// TestFusedOfChangedSet: what left the set is shown no more, even before the
// result is made anew.
func TestFusedOfChangedSet(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		w.want("take a sample out", w.DetachSample(t.Context(), v.ann, v.patient.ID, v.samples[1]), "")
		_, err := w.FusedColumns(t.Context(), v.ann, v.ref, service.ColumnsRequest{})
		w.want("columns", err, lab.Unavailable)
		info, err := w.FusedInfo(t.Context(), v.ann, v.ref)
		if err != nil || info.State != service.FusedStale || len(info.Samples) != 1 {
			t.Errorf("got state %q with %d samples (%v), want stale, 1", info.State, len(info.Samples), err)
		}
		v.Fuse(v.patient.ID, v.config.ID)
		if _, f := v.exported(v.ann, v.ref); len(f.Samples) != 1 {
			t.Errorf("fused anew: got %d samples, want 1", len(f.Samples))
		}
	})
}

func TestChosenClones(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		ctx := t.Context()
		total := map[int64]int64{}
		for _, r := range v.results {
			total[r.SampleID] = r.Recombined
		}
		for name, tt := range map[string]struct {
			choice service.CloneChoice
			clones int
		}{
			"all that are kept":        {service.CloneChoice{}, 19},
			"top 5 of either":          {service.CloneChoice{Top: 5}, 9}, // the shared one is in both
			"top 1 and a kept one":     {service.CloneChoice{Top: 1, Keep: []string{resulttest.Window(2)}}, 2},
			"one that is not kept":     {service.CloneChoice{Top: 1, Keep: []string{v.small}}, 2},
			"one that nobody has":      {service.CloneChoice{Top: 1, Keep: []string{"ACGT"}}, 1},
			"the same one twice":       {service.CloneChoice{Top: 1, Keep: []string{v.small, v.small}}, 2},
			"one of the other, unkept": {service.CloneChoice{Keep: []string{resulttest.Window(129)}}, 20},
		} {
			got := v.arrow(w.FusedColumns(ctx, v.ann, v.ref, service.ColumnsRequest{CloneChoice: tt.choice}))
			if len(got.IDs) != tt.clones {
				t.Errorf("%s: got %d clonotypes, want %d", name, len(got.IDs), tt.clones)
			}
			for i, m := range got.Meta.Samples {
				sum := int64(0)
				for _, reads := range got.Reads {
					sum += reads[i]
				}
				for _, c := range m.Rest {
					sum += c.Reads
				}
				if sum != total[m.SampleID] {
					t.Errorf("%s: sample %d: rows and rest have %d reads, want %d", name, i, sum, total[m.SampleID])
				}
			}
		}
		// A clonotype that the annotation speaks of is there without being asked for.
		_, err := w.SaveAnnotation(ctx, v.ann, v.patient.ID, service.AnnotationSave{Body: lab.AnnotationBody{Clonotypes: []lab.ClonotypeNote{{ID: v.small, Tag: "1"}}}})
		w.want("annotate", err, "")
		before, _ := w.FusedColumns(ctx, v.ann, v.ref, service.ColumnsRequest{CloneChoice: service.CloneChoice{PlainTop: true}})
		after, err := w.FusedColumns(ctx, v.ann, v.ref, service.ColumnsRequest{})
		got := v.arrow(after, err)
		if len(got.IDs) != 20 || got.IDs[19] != v.small || !slices.Equal(got.Reads[19], []int64{962, 0}) {
			t.Errorf("the annotated one: got %s with %d reads at the end of %d", got.IDs[len(got.IDs)-1], got.Reads[len(got.IDs)-1], len(got.IDs))
		}
		if before.ETag == after.ETag {
			t.Error("two contents have one ETag")
		}
		if again, _ := w.FusedColumns(ctx, v.ann, v.ref, service.ColumnsRequest{}); again.ETag != after.ETag {
			t.Error("the same content has two ETags")
		}
	})
}

func TestFusedClones(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		ids := []string{v.small, v.shared, "ACGTACGT"}
		list, err := w.FusedSequences(t.Context(), v.ann, v.ref, ids)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 2 || list[0].ID != v.small || list[1].ID != v.shared || list[0].Sequence != "GGATTC"+v.small+"CCTAAG" || len(list[1].Quality) != 62 {
			t.Errorf("sequences: got %+v", list)
		}
		raw, err := w.FusedClones(t.Context(), v.ann, v.ref, ids)
		if err != nil || len(raw) != 2 {
			t.Fatalf("clones: got %d (%v), want 2", len(raw), err)
		}
		var c struct {
			ID    string `json:"id"`
			Reads []int  `json:"reads"`
			Seg   map[string]json.RawMessage
		}
		if err := json.Unmarshal(raw[1], &c); err != nil || c.ID != v.shared || !slices.Equal(c.Reads, []int{1000, 20}) || c.Seg["5"] == nil {
			t.Errorf("clone: got %s (%v)", raw[1], err)
		}
		_, err = w.FusedSequences(t.Context(), v.ann, v.ref, nil)
		w.want("none", err, lab.Invalid)
	})
}

func TestCompare(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		ctx := t.Context()
		other := w.patient(v.ann, v.group, "", "Other")
		s := w.sample(v.ann, "other.fastq", other.ID)
		r := v.Result(s.ID, v.config.ID, resulttest.File(resulttest.Many(1, 3, 50)...))
		q := service.Comparison{Results: []int64{r.ID, v.results[0].ID}}
		id, err := w.Compare(ctx, v.ann, q)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.Compare(ctx, v.ann, service.Comparison{Samples: []int64{s.ID, v.samples[0]}, Config: v.config.ID}); err != nil || again != id {
			t.Errorf("the same again: got %d (%v), want %d", again, err, id)
		}
		turned, err := w.Compare(ctx, v.ann, service.Comparison{Results: []int64{v.results[0].ID, r.ID}})
		if err != nil || turned == id {
			t.Errorf("in another order: got %d (%v), want another than %d", turned, err, id)
		}
		_, f := v.exported(v.ann, service.FusedRef{ComparisonID: id})
		if len(f.Samples) != 2 || f.Samples[0].SampleID != s.ID || f.Samples[0].Name != "other" || f.Samples[1].Name != "Ypsilonfile_D0" {
			t.Errorf("columns: got %+v", f.Samples)
		}
		if c := f.Clones[0]; c.ID != v.shared || !slices.Equal(c.Reads, []int{50, 1000}) {
			t.Errorf("first clonotype: got %s with %v reads", c.ID, c.Reads)
		}
		if f.Overlaps == nil || f.Overlaps.Shared[0][1] != 3 {
			t.Errorf("overlaps: got %+v, want 3 in common", f.Overlaps)
		}
		for name, bad := range map[string]service.Comparison{
			"nothing": {}, "both": {Results: []int64{r.ID}, Samples: []int64{s.ID}}, "no config": {Samples: []int64{s.ID}}, "twice": {Results: []int64{r.ID, r.ID}},
		} {
			_, err := w.Compare(ctx, v.ann, bad)
			w.want(name, err, lab.Invalid)
		}
		// A result that was deleted takes its comparisons with it.
		w.want("delete a result", w.DeleteResult(ctx, v.ann, r.ID), "")
		_, err = w.FusedInfo(ctx, v.ann, service.FusedRef{ComparisonID: id})
		w.want("comparison of a deleted result", err, lab.NotFound)
		n, err := w.PurgeComparisons(ctx, w.Now().Add(1))
		if err != nil || n != 2 {
			t.Errorf("purge: got %d (%v), want 2", n, err)
		}
	})
}

// TestExportsOfAll: a single result leaves with all its clonotypes, in both
// formats, and AIRR's linter has nothing to say.
func TestExportsOfAll(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		v := viewed(t, w)
		file := resulttest.Analyze(t, "../../testdata/demo.fastq.gz")
		r := v.Result(v.samples[0], v.config.ID, file)
		ref := service.FusedRef{ResultID: r.ID}
		got, _ := v.exported(v.ann, ref)
		if len(got.Clones) != len(file.Clones) || len(got.Clones) < 20 || got.Samples.OriginalNames[0] != "Ypsilonfile_D0.fastq.gz" || got.Samples.Names[0] != "Ypsilonfile_D0" {
			t.Errorf("got %d clonotypes of %q %q, want %d", len(got.Clones), got.Samples.Names, got.Samples.OriginalNames, len(file.Clones))
		}
		if findings := got.Lint(vidjilfile.LintOptions{}); vidjilfile.Errors(findings) > 0 {
			t.Errorf(".vidjil: %v", findings)
		}
		table := v.text(w.ExportFused(t.Context(), v.ann, ref, service.ExportAirr))
		if n := strings.Count(table, "\n"); n != len(file.Clones)+1 {
			t.Errorf("AIRR: got %d lines, want %d and a header", n, len(file.Clones))
		}
		if findings, err := airr.Lint(strings.NewReader(table), airr.LintOptions{}); err != nil || airr.Errors(findings) > 0 {
			t.Errorf("AIRR: %v %v", findings, err)
		}
		fused := v.text(w.ExportFused(t.Context(), v.ann, v.ref, service.ExportAirr))
		if n := strings.Count(fused, "\n"); n != 21 { // 10 clonotypes of each, one of which is the same
			t.Errorf("fused AIRR: got %d lines, want 21", n)
		}
	})
}
