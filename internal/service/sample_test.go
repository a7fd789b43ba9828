package service_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// sample makes a sample with one file in sets.
func (w *world) sample(who *service.Actor, name string, sets ...int64) service.SampleView {
	w.t.Helper()
	list, err := w.CreateSamples(w.t.Context(), who, []service.SampleInput{{Sets: sets, Files: []service.FileInput{{Name: name}}}})
	if err != nil {
		w.t.Fatal(err)
	}
	return list[0]
}

// samplesOf lists the ids of a set's samples, page by page.
func (w *world) samplesOf(who *service.Actor, set int64, page service.Page) []int64 {
	w.t.Helper()
	var ids []int64
	for {
		p, err := w.Samples(w.t.Context(), who, set, page)
		if err != nil {
			w.t.Fatal(err)
		}
		for i := range p.Items {
			ids = append(ids, p.Items[i].ID)
		}
		if p.Next == "" {
			return ids
		}
		page.Cursor = p.Next
	}
}

func TestCreateSamples(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g, other := w.group("g", lab.Group{}, daily(access.Anon)...), w.group("other", lab.Group{}, daily()...)
		readers := w.group("readers", lab.Group{}, setGrants(access.Read)...)
		ann, bob := w.person("ann", g, readers), w.person("bob", other)
		p, run := w.patient(ann, g, "Marie", "Durand"), w.set(ann, service.SetInput{Kind: lab.Run, Name: "run", GroupID: g.ID})
		theirs := w.patient(bob, other, "", "X")
		readable := w.patient(bob, other, "", "Y")
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ShareSet(ctx, readable.ID, readers.ID)
			return err
		})
		good := service.SampleInput{Sets: []int64{p.ID, run.ID}, SamplingDate: "2026-02-03", Info: "#marrow", Files: []service.FileInput{
			{Role: lab.RoleR1, Name: "S1_R1.fastq.gz", Lane: 1}, {Role: lab.RoleR2, Name: "S1_R2.fastq.gz", Lane: 1}, {Role: lab.RoleI1, Name: "S1_I1.fastq.gz"},
		}}
		for name, tt := range map[string]struct {
			change func(*service.SampleInput)
			code   lab.Code
			field  string
		}{
			"no set":            {func(in *service.SampleInput) { in.Sets = nil }, lab.Invalid, "rows[1].sets"},
			"set of others":     {func(in *service.SampleInput) { in.Sets = []int64{p.ID, theirs.ID} }, lab.Invalid, "rows[1].sets"},
			"set to be read":    {func(in *service.SampleInput) { in.Sets = []int64{p.ID, readable.ID} }, lab.Forbidden, "rows[1].sets"},
			"bad date":          {func(in *service.SampleInput) { in.SamplingDate = "3.2.2026" }, lab.Invalid, "rows[1].sampling_date"},
			"no pre-process":    {func(in *service.SampleInput) { in.PreProcessID = 99 }, lab.Invalid, "rows[1].pre_process_id"},
			"path":              {func(in *service.SampleInput) { in.Files[0].Name = "../S1" }, lab.Invalid, "rows[1].files[0].name"},
			"unknown role":      {func(in *service.SampleInput) { in.Files[0].Role = "R3" }, lab.Invalid, "rows[1].files[0].role"},
			"twice the same":    {func(in *service.SampleInput) { in.Files[1] = in.Files[0] }, lab.Invalid, "rows[1].files[1].role"},
			"R2 alone":          {func(in *service.SampleInput) { in.Files = in.Files[1:2] }, lab.Invalid, "rows[1].files"},
			"single and paired": {func(in *service.SampleInput) { in.Files[2].Role = "" }, lab.Invalid, "rows[1].files"},
			"neither name":      {func(in *service.SampleInput) { in.Files = nil }, lab.Invalid, "rows[1].name"},
		} {
			bad := good
			bad.Sets, bad.Files = slices.Clone(good.Sets), slices.Clone(good.Files)
			tt.change(&bad)
			_, err := w.CreateSamples(t.Context(), ann, []service.SampleInput{good, bad})
			w.want(name, err, tt.code)
			if e, ok := err.(*lab.Error); !ok || len(e.Fields) == 0 || e.Fields[0].Field != tt.field {
				t.Errorf("%s: got %v, want a fault of %s", name, err, tt.field)
			}
		}
		if got := w.samplesOf(ann, p.ID, service.Page{}); len(got) != 0 {
			t.Fatalf("after refused requests there are samples %v", got)
		}
		list, err := w.CreateSamples(t.Context(), ann, []service.SampleInput{good, good})
		if err != nil {
			t.Fatal(err)
		}
		v := list[0]
		if v.Name.String() != "S1_R1" || len(v.Files) != 3 || v.Files[0].State != lab.FileExpected || len(v.Sets) != 2 || !slices.Contains(v.Tags, "marrow") {
			t.Errorf("got %q with %d files in %d sets, tags %v", v.Name.String(), len(v.Files), len(v.Sets), v.Tags)
		}
		set, err := w.SetByID(t.Context(), ann, p.ID)
		if err != nil || set.Samples != 2 || set.Day != "2026-02-03" {
			t.Errorf("the patient has %d samples, the newest of %q (%v), want 2, 2026-02-03", set.Samples, set.Day, err)
		}
		if got := w.found(ann, service.SetFilter{Kind: lab.Patient}, service.Page{Q: "#marrow date:2026-02"}); !slices.Equal(got, []int64{p.ID}) {
			t.Errorf("by tag and date of its samples: got sets %v, want %d", got, p.ID)
		}
	})
}

// TestSamplesOfOthers asks for every right on every sample: the first hole of
// the original was a sample's id in a request on one's own set.
func TestSamplesOfOthers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g, other := w.group("g", lab.Group{}, daily()...), w.group("other", lab.Group{}, daily()...)
		ann, eve := w.person("ann", g), w.person("eve", other)
		p, hers := w.patient(ann, g, "", "P"), w.patient(eve, other, "", "E")
		sample := w.sample(ann, "s.fastq", p.ID)
		own := w.sample(eve, "e.fastq", hers.ID)
		info, sets := "x", []int64{hers.ID}
		asks := func() map[string]error {
			_, get := w.SampleByID(t.Context(), eve, sample.ID)
			_, update := w.UpdateSample(t.Context(), eve, sample.ID, service.SampleChange{Info: &info})
			_, move := w.UpdateSample(t.Context(), eve, sample.ID, service.SampleChange{Sets: &sets})
			_, replace := w.ReplaceReads(t.Context(), eve, sample.ID, []service.FileInput{{Name: "x.fastq"}})
			_, restore := w.RestoreSample(t.Context(), eve, sample.ID)
			return map[string]error{
				"get": get, "update": update, "move": move, "replace": replace, "restore": restore,
				"attach": w.AttachSample(t.Context(), eve, hers.ID, sample.ID), "detach": w.DetachSample(t.Context(), eve, p.ID, sample.ID),
				"remove": w.RemoveReads(t.Context(), eve, sample.ID), "trash": w.TrashSample(t.Context(), eve, sample.ID),
			}
		}
		for what, err := range asks() {
			w.want(what+" a sample of others", err, lab.NotFound)
		}
		w.want("put an own sample into a set of others", w.AttachSample(t.Context(), eve, p.ID, own.ID), lab.NotFound)
		// A sample that is in both is each one's to see, and nobody's alone to change.
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.AttachSample(ctx, sample.ID, hers.ID)
			return err
		})
		for what, err := range asks() {
			want := lab.Forbidden
			switch what {
			case "get", "attach", "move":
				want = "" // it is there already
			case "detach":
				want = "" // a set that she does not see is none to take it out of
			}
			w.want(what+" a sample shared with others", err, want)
		}
		if v, err := w.SampleByID(t.Context(), eve, sample.ID); err != nil || len(v.Sets) != 1 || v.Sets[0].ID != hers.ID {
			t.Errorf("eve sees it in sets %v (%v), want %d alone", v.Sets, err, hers.ID)
		}
		if got := w.samplesOf(ann, p.ID, service.Page{}); !slices.Equal(got, []int64{sample.ID}) {
			t.Errorf("the patient's samples are %v, want %d", got, sample.ID)
		}
	})
}

func TestNamesOfFilesStayClosed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g, doctors := w.group("g", lab.Group{}, daily()...), w.group("doctors", lab.Group{}, daily(access.Anon)...)
		ann, doctor := w.person("ann", g), w.person("doctor", g, doctors)
		p := w.patient(doctor, doctors, "Marie", "Durand")
		if err := w.ShareSet(t.Context(), doctor, p.ID, g.ID, true); err != nil {
			t.Fatal(err)
		}
		run := w.set(ann, service.SetInput{Kind: lab.Run, Name: "run", GroupID: g.ID})
		sample := w.sample(doctor, "Durand_Marie.fastq.gz", p.ID)
		other := w.sample(doctor, "Aaron.fastq.gz", p.ID)
		info := "marie, again #Durand"
		if _, err := w.UpdateSample(t.Context(), doctor, sample.ID, service.SampleChange{Info: &info}); err != nil {
			t.Fatal(err)
		}
		v, err := w.SampleByID(t.Context(), ann, sample.ID)
		if err != nil {
			t.Fatal(err)
		}
		shown := v.Title() + v.Name.String() + v.Info + strings.Join(v.Tags, " ")
		for i := range v.Files {
			shown += v.Files[i].Name.String() + v.Files[i].Path.String()
		}
		for i := range v.Sets {
			shown += v.Sets[i].Title()
		}
		if lower := strings.ToLower(shown); strings.Contains(lower, "marie") || strings.Contains(lower, "durand") {
			t.Errorf("a person without the right reads %q", shown)
		}
		if got, want := v.Files[0].Name.String(), access.FileName(sample.ID, "x.fastq.gz"); got != want {
			t.Errorf("file: got %q, want %q", got, want)
		}
		for _, q := range []string{"durand", "marie", "aaron"} {
			if got := w.samplesOf(ann, p.ID, service.Page{Q: q}); len(got) != 0 {
				t.Errorf("she finds samples %v by %s", got, q)
			}
			if got := w.samplesOf(doctor, p.ID, service.Page{Q: q}); len(got) == 0 {
				t.Errorf("the doctor finds no sample by %s", q)
			}
		}
		if got, want := w.samplesOf(ann, p.ID, service.Page{Sort: "name"}), []int64{sample.ID, other.ID}; !slices.Equal(got, want) {
			t.Errorf("by names that she may not know: got %v, want %v, by number", got, want)
		}
		if got, want := w.samplesOf(doctor, p.ID, service.Page{Sort: "name", Limit: 1}), []int64{other.ID, sample.ID}; !slices.Equal(got, want) {
			t.Errorf("by names: got %v, want %v", got, want)
		}
		name := "mine"
		_, err = w.UpdateSample(t.Context(), ann, sample.ID, service.SampleChange{Name: &name})
		w.want("she renames the sample", err, lab.Forbidden)
		// A run of one's own does not open the names of what is put into it.
		if err := w.AttachSample(t.Context(), doctor, run.ID, sample.ID); err != nil {
			t.Fatal(err)
		}
		both := w.group("both", lab.Group{}, daily(access.Anon)...)
		eve := w.person("eve", g, both)
		hers := w.set(eve, service.SetInput{Kind: lab.Run, Name: "hers", GroupID: both.ID})
		w.want("eve takes the sample where she may know names", func() error {
			if err := w.AttachSample(t.Context(), eve, hers.ID, sample.ID); err != nil {
				return err
			}
			if err := w.DetachSample(t.Context(), eve, run.ID, sample.ID); err != nil {
				return err
			}
			return w.DetachSample(t.Context(), eve, p.ID, sample.ID)
		}(), lab.Forbidden)
		if v, err := w.SampleByID(t.Context(), eve, sample.ID); err != nil || v.NameKnown {
			t.Errorf("eve knows the name: %t (%v)", v.NameKnown, err)
		}
	})
}

func TestSampleLists(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g := w.group("g", lab.Group{}, daily(access.Anon)...)
		ann := w.person("ann", g)
		run := w.set(ann, service.SetInput{Kind: lab.Run, Name: "run", GroupID: g.ID})
		var ids []int64
		for _, in := range []service.SampleInput{
			{Name: "b", SamplingDate: "2026-02-01", Info: "#relapse"},
			{Name: "C", SamplingDate: "", Info: "control 7"},
			{Name: "a", SamplingDate: "2026-01-01", Info: "#relapse #marrow"},
			{Name: "Ö", SamplingDate: "2026-02-01"},
		} {
			in.Sets = []int64{run.ID}
			list, err := w.CreateSamples(t.Context(), ann, []service.SampleInput{in})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, list[0].ID)
		}
		for _, tt := range []struct {
			sort, q string
			want    []int
		}{
			{"", "", []int{0, 1, 2, 3}},
			{"-created", "", []int{3, 2, 1, 0}},
			{"date", "", []int{1, 2, 0, 3}},
			{"-date", "", []int{3, 0, 2, 1}},
			{"name", "", []int{2, 0, 1, 3}},
			{"-name", "", []int{3, 1, 0, 2}},
			{"-changed", "", []int{3, 2, 1, 0}},
			{"", "#relapse -#marrow", []int{0}},
			{"", "date:2026-02", []int{0, 3}},
			{"", "-date:2026-02", []int{1, 2}},
			{"", "control", []int{1}},
			{"", "o", []int{1, 2, 3}},
			{"", `"control 7"`, []int{1}},
			{"", "#nothing", nil},
		} {
			var want []int64
			for _, i := range tt.want {
				want = append(want, ids[i])
			}
			if diff := cmp.Diff(want, w.samplesOf(ann, run.ID, service.Page{Sort: tt.sort, Q: tt.q, Limit: 1})); diff != "" {
				t.Errorf("by %q, search %q: want -, got +:\n%s", tt.sort, tt.q, diff)
			}
		}
		_, err := w.Samples(t.Context(), ann, run.ID, service.Page{Sort: "size"})
		w.want("an order that there is not", err, lab.Invalid)
		_, err = w.Samples(t.Context(), ann, run.ID, service.Page{Cursor: "x"})
		w.want("a cursor that is none", err, lab.Invalid)
	})
}

func TestReadsComeAndGo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g := w.group("g", lab.Group{}, daily(access.Anon)...)
		ann := w.person("ann", g)
		p := w.patient(ann, g, "", "P")
		sample := w.sample(ann, "a.fastq", p.ID)
		digest := strings.Repeat("a", 64)
		arrive := func(f lab.File) {
			w.write(func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.NewRaw("INSERT INTO blobs (digest, size, created_at) VALUES (?, 7, ?) ON CONFLICT DO NOTHING", digest, tx.Now).Exec(ctx); err != nil {
					return err
				}
				f.State, f.Digest, f.Size = lab.FilePresent, digest, 7
				if err := tx.UpdateFile(ctx, &f); err != nil {
					return err
				}
				return tx.Relist(ctx, []int64{p.ID})
			})
		}
		arrive(sample.Files[0])
		v, err := w.ReplaceReads(t.Context(), ann, sample.ID, []service.FileInput{{Name: "b.fastq"}})
		if err != nil {
			t.Fatal(err)
		}
		if v.Generation != 2 || len(v.Files) != 2 || v.Files[0].Generation != 2 || v.Files[1].State != lab.FilePresent {
			t.Errorf("after new reads: generation %d, files %+v; want 2, the new file and then the old one", v.Generation, v.Files)
		}
		// Those that were announced and never came give way to the next.
		if v, err = w.ReplaceReads(t.Context(), ann, sample.ID, []service.FileInput{{Name: "c.fastq"}}); err != nil {
			t.Fatal(err)
		}
		arrive(v.Files[0])
		if v.Files[1].State != lab.FileRemoved {
			t.Errorf("the file that never came is %s, want removed", v.Files[1].State)
		}
		sum, err := w.SumSets(t.Context(), ann, service.SetFilter{}, "")
		if want := (lab.SetTotals{Sets: 1, Samples: 1, Files: 2, Bytes: 14}); err != nil || sum != want {
			t.Errorf("totals: got %+v (%v), want %+v", sum, err, want)
		}
		if err := w.RemoveReads(t.Context(), ann, sample.ID); err != nil {
			t.Fatal(err)
		}
		v, err = w.SampleByID(t.Context(), ann, sample.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range v.Files {
			if f.State != lab.FileRemoved || f.Digest != "" {
				t.Errorf("file %d: got %s with digest %q, want it removed, and its bytes left to the collector", f.ID, f.State, f.Digest)
			}
		}
		if sum, err = w.SumSets(t.Context(), ann, service.SetFilter{}, ""); err != nil || sum.Bytes != 0 || sum.Samples != 1 {
			t.Errorf("totals without reads: got %+v (%v)", sum, err)
		}
	})
}

func TestMoveSamples(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g := w.group("g", lab.Group{}, daily(access.Anon)...)
		other := w.group("other", lab.Group{}, setGrants(access.Read, access.Edit, access.Upload, access.Create)...)
		ann := w.person("ann", g)
		both := w.person("both", g, other)
		a, b := w.patient(ann, g, "", "A"), w.patient(ann, g, "", "B")
		sample := w.sample(ann, "s.fastq", a.ID)
		w.want("out of its last set", w.DetachSample(t.Context(), ann, a.ID, sample.ID), lab.Conflict)
		if err := w.AttachSample(t.Context(), ann, b.ID, sample.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.DetachSample(t.Context(), ann, a.ID, sample.ID); err != nil {
			t.Fatal(err)
		}
		if got := [][]int64{w.samplesOf(ann, a.ID, service.Page{}), w.samplesOf(ann, b.ID, service.Page{})}; len(got[0]) != 0 || !slices.Equal(got[1], []int64{sample.ID}) {
			t.Errorf("got %v, want the sample in the second set only", got)
		}
		if err := w.TrashSet(t.Context(), ann, a.ID); err != nil {
			t.Fatal(err)
		}
		w.want("into a set in the trash", w.AttachSample(t.Context(), ann, a.ID, sample.ID), lab.Conflict)
		further := w.set(both, service.SetInput{Kind: lab.PlainSet, Name: "open to others", GroupID: other.ID})
		if err := w.AttachSample(t.Context(), both, further.ID, sample.ID); err != nil {
			t.Errorf("by who may share the set of the sample: %v", err)
		}
		sets := []int64{b.ID}
		v, err := w.UpdateSample(t.Context(), both, sample.ID, service.SampleChange{Sets: &sets})
		if err != nil || len(v.Sets) != 1 {
			t.Errorf("got sets %v (%v), want one", v.Sets, err)
		}
	})
}

// TestChangesMakeFusedStale checks that each change of samples reaches what was
// fused from their sets.
func TestChangesMakeFusedStale(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g := w.group("g", lab.Group{}, daily(access.Anon)...)
		ann := w.person("ann", g)
		a, b := w.patient(ann, g, "", "A"), w.patient(ann, g, "", "B")
		sample := w.sample(ann, "s.fastq", a.ID)
		digest := strings.Repeat("b", 64)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			for _, q := range []string{
				"INSERT INTO blobs (digest, size, created_at) VALUES (?0, 7, ?1)",
				"INSERT INTO configs (name, group_id, created_at) VALUES ('c', ?2, ?1)",
				"INSERT INTO fused (set_id, config_id, inputs_key, inputs, digest, size, created_at) SELECT s.id, c.id, 'k', '[]', ?0, 7, ?1 FROM sets s, configs c",
			} {
				if _, err := tx.NewRaw(q, digest, time.Now(), g.ID).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		stale := func() (ids []int64) {
			w.write(func(ctx context.Context, tx *store.Tx) error {
				if err := tx.NewRaw("SELECT set_id FROM fused WHERE NOT fresh ORDER BY set_id").Scan(ctx, &ids); err != nil {
					return err
				}
				_, err := tx.NewRaw("UPDATE fused SET fresh = TRUE").Exec(ctx)
				return err
			})
			return ids
		}
		step := func(what string, err error, want ...int64) {
			t.Helper()
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if got := stale(); !slices.Equal(got, want) {
				t.Errorf("%s: stale are the fused results of %v, want %v", what, got, want)
			}
		}
		info := "x"
		_, err := w.UpdateSet(t.Context(), ann, a.ID, service.SetChange{Info: &info})
		step("an info", err)
		step("attach", w.AttachSample(t.Context(), ann, b.ID, sample.ID), a.ID, b.ID)
		_, err = w.ReplaceReads(t.Context(), ann, sample.ID, []service.FileInput{{Name: "x.fastq"}})
		step("new reads", err, a.ID, b.ID)
		step("remove reads", w.RemoveReads(t.Context(), ann, sample.ID))
		step("detach", w.DetachSample(t.Context(), ann, a.ID, sample.ID), a.ID, b.ID)
		step("trash", w.TrashSample(t.Context(), ann, sample.ID), b.ID)
		_, err = w.RestoreSample(t.Context(), ann, sample.ID)
		step("restore", err, b.ID)
		_, err = w.CreateSamples(t.Context(), ann, []service.SampleInput{{Name: "n", Sets: []int64{a.ID}}})
		step("a new sample", err, a.ID)
	})
}
