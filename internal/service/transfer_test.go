package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/service/resulttest"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
	"vidjil.org/vidjil/internal/transfer"
)

// moved is a server from which sets leave.
type moved struct {
	*world
	group  lab.Group
	doctor *service.Actor
	sets   []service.SetView
	sample service.SampleView
	result lab.Result
	config lab.Config
}

func every(rights ...access.Right) (list []access.Grant) {
	for _, r := range rights {
		list = append(list, access.Grant{Kind: access.Set, Right: r})
	}
	return append(list, access.Grant{Kind: access.Config, Right: access.Read}, access.Grant{Kind: access.Config, Right: access.Create}, access.Grant{Kind: access.PreProcess, Right: access.Read})
}

// staff makes a group of a person who may do everything in it.
func (w *world) staff(group, name string) (lab.Group, *service.Actor) {
	g := w.group(group, lab.Group{}, every(access.Create, access.Read, access.Edit, access.Upload, access.Anon, access.Save, access.Run)...)
	return g, w.person(name, g)
}

// furnish fills a server with a patient and a run that share a sample.
func furnish(t *testing.T, w *world) *moved {
	t.Helper()
	m := &moved{world: w}
	ctx := t.Context()
	m.group, m.doctor = w.staff("oncology", "ada")
	var err error
	m.sets, err = w.CreateSets(ctx, m.doctor, []service.SetInput{
		{Kind: lab.Patient, GroupID: m.group.ID, FirstName: "Quentinia", LastName: "Zyxwarren", Birth: "1931-07-13", Label: "H-77", Info: "of Zyxwarren #diagnosis"},
		{Kind: lab.Run, GroupID: m.group.ID, Name: "run 7", RunDate: "2024-02-03", Sequencer: "MiSeq"},
	})
	w.want("sets", err, "")
	samples, err := w.CreateSamples(ctx, m.doctor, []service.SampleInput{{
		Sets: []int64{m.sets[0].ID, m.sets[1].ID}, Name: "Zyxwarren day 0", SamplingDate: "2024-02-01", Info: "#blood", Files: []service.FileInput{{Name: "Zyxwarren.fastq"}},
	}})
	w.want("samples", err, "")
	m.sample = samples[0]
	reads := "@r1\nACGTACGT\n+\nIIIIIIII\n"
	info, err := w.Blobs.Put(ctx, strings.NewReader(reads), "")
	w.want("reads", err, "")
	w.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.KeepBlob(ctx, string(info.Digest), info.Size); err != nil {
			return err
		}
		f := m.sample.Files[0]
		f.State, f.Digest, f.Size = lab.FilePresent, string(info.Digest), info.Size
		return tx.UpdateFile(ctx, &f)
	})
	maker := &resulttest.Maker{T: t, Store: w.Store, Blobs: w.Blobs}
	m.config = maker.Config(m.group.ID, "IGH of our own", lab.Options{MinReads: 7})
	m.result = maker.Result(m.sample.ID, m.config.ID, resulttest.File(resulttest.Many(1, 5, 100)...))
	for i, note := range []string{"first", "of Zyxwarren"} {
		_, err = w.SaveAnnotation(ctx, m.doctor, m.sets[0].ID, service.AnnotationSave{Based: i, Body: lab.AnnotationBody{
			Clonotypes: []lab.ClonotypeNote{{ID: resulttest.Window(1), Notes: note}}, Samples: []lab.SampleNote{{SampleID: m.sample.ID, Name: "day zero"}},
		}})
		w.want("annotation", err, "")
	}
	return m
}

// archive exports, and opens what came.
func (m *moved) archive(who *service.Actor, q service.TransferRequest) (*transfer.Archive, []byte) {
	m.t.Helper()
	c, err := m.ExportSets(m.t.Context(), who, q)
	m.want("export", err, "")
	var b bytes.Buffer
	m.want("write archive", c.Write(m.t.Context(), &b), "")
	a, err := transfer.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	m.want("open archive", err, "")
	m.want("verify archive", a.Verify(m.t.Context(), nil), "")
	return a, b.Bytes()
}

// others runs a test with a server of the other kind of database than the one
// that sets go to.
func others(t *testing.T, test func(t *testing.T, from *moved, to *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, here string) {
		there := storetest.SQLite
		if strings.HasPrefix(here, "sqlite") {
			there = storetest.Postgres
		}
		test(t, furnish(t, newWorld(t, there(t))), newWorld(t, here))
	})
}

func (w *world) blob(digest string) string {
	w.t.Helper()
	r, err := w.Blobs.Open(w.t.Context(), blob.Digest(digest))
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// TestTransfer moves sets from one server to another, whatever databases they
// have.
func TestTransfer(t *testing.T) {
	t.Parallel()
	others(t, func(t *testing.T, from *moved, to *world) {
		ctx := t.Context()
		a, _ := from.archive(from.doctor, service.TransferRequest{Sets: []int64{from.sets[0].ID, from.sets[1].ID}, Reads: true})
		to.group("filler", lab.Group{}) // numbers differ between servers
		group, eve := to.staff("haematology", "eve")
		report, err := to.ImportSets(ctx, eve, a, service.ImportRequest{GroupID: group.ID, DryRun: true})
		to.want("dry run", err, "")
		if len(report.Faults) > 0 || report.Sets != 2 || report.Samples != 1 || report.Results != 1 || report.Annotations != 2 || report.Files != 1 || len(report.Made) > 0 {
			t.Errorf("dry run: %+v", report)
		}
		if n, err := to.SumSets(ctx, eve, service.SetFilter{}, ""); err != nil || n.Sets != 0 {
			t.Errorf("a dry run made %+v, %v", n, err)
		}
		report, err = to.ImportSets(ctx, eve, a, service.ImportRequest{GroupID: group.ID})
		to.want("import", err, "")
		if len(report.Made) != 2 || report.Map.Configs[0].How != lab.MatchNew || report.Strangers != 1 {
			t.Fatalf("import: %+v", report)
		}
		from.compare(to, eve, report.Made[0].Here)
		// Rights stay on the other server.
		stranger := to.person("stranger")
		_, err = to.SetByID(ctx, stranger, report.Made[0].Here)
		to.want("a stranger", err, lab.NotFound)
		// Once more: what is there is told, and skipped on request.
		again, err := to.ImportSets(ctx, eve, a, service.ImportRequest{GroupID: group.ID})
		to.want("twice", err, lab.Conflict)
		if len(again.Known) != 2 || !again.Known[0].Same || again.Known[0].Here != report.Made[0].Here {
			t.Errorf("known: %+v", again.Known)
		}
		again, err = to.ImportSets(ctx, eve, a, service.ImportRequest{GroupID: group.ID, Known: lab.KnownSkip})
		to.want("skipped", err, "")
		if again.Skipped != 2 || again.Sets != 0 || again.Results != 0 || len(again.Made) != 0 {
			t.Errorf("skipped: %+v", again)
		}
		again, err = to.ImportSets(ctx, eve, a, service.ImportRequest{GroupID: group.ID, Known: lab.KnownAgain})
		to.want("copied", err, "")
		if len(again.Made) != 2 || again.Map.Configs[0].How != lab.MatchContent {
			t.Errorf("copied: %+v", again)
		}
		// And who may not make sets makes none.
		_, err = to.ImportSets(ctx, stranger, a, service.ImportRequest{GroupID: group.ID})
		to.want("no right", err, lab.Forbidden)
	})
}

// compare compares a patient with what came of it elsewhere.
func (m *moved) compare(to *world, who *service.Actor, id int64) {
	t, ctx := m.t, m.t.Context()
	t.Helper()
	set, err := to.SetByID(ctx, who, id)
	to.want("set", err, "")
	if set.LastName.String() != "Zyxwarren" || set.Birth.String() != "1931-07-13" || set.Label.String() != "H-77" || len(set.Tags) != 1 || !set.CreatedAt.Equal(m.sets[0].CreatedAt) {
		t.Errorf("set: %+v", set)
	}
	list, err := to.Samples(ctx, who, id, service.Page{Limit: 10})
	to.want("samples", err, "")
	if len(list.Items) != 1 || len(list.Items[0].Sets) != 2 || list.Items[0].Name.String() != "Zyxwarren day 0" {
		t.Fatalf("samples: %+v", list.Items)
	}
	sample := list.Items[0]
	if f := sample.Files[0]; f.State != lab.FilePresent || to.blob(f.Digest) != "@r1\nACGTACGT\n+\nIIIIIIII\n" {
		t.Errorf("file: %+v", f)
	}
	var got lab.Result
	var want lab.Result
	read := func(w *world, sample int64, into *lab.Result) {
		w.want("results", w.Store.Read(ctx, func(tx *store.Tx) error {
			rows, err := tx.ResultsOf(ctx, sample)
			if err == nil && len(rows) != 1 {
				t.Fatalf("%d results", len(rows))
			}
			*into = rows[0]
			return err
		}), "")
	}
	read(m.world, m.sample.ID, &want)
	read(to, sample.ID, &got)
	if m.blob(want.Digest) != to.blob(got.Digest) || got.Digest != want.Digest || got.Summary != want.Summary || got.Provenance != want.Provenance || !got.CreatedAt.Equal(want.CreatedAt) {
		t.Errorf("result: %+v, want %+v", got, want)
	}
	for version := 1; version <= 2; version++ {
		there, err := m.Annotation(ctx, m.doctor, m.sets[0].ID, version)
		to.want("annotation there", err, "")
		here, err := to.Annotation(ctx, who, id, version)
		to.want("annotation here", err, "")
		there.Content.Samples[0].SampleID = sample.ID
		if d := cmp.Diff(there.Content, here.Content); d != "" || !there.CreatedAt.Equal(here.CreatedAt) {
			t.Errorf("version %d: %s", version, d)
		}
	}
}

// TestTransferAnonymous: nothing in an archive tells who the patient is, when it
// shall not, or when who exports may not know.
func TestTransferAnonymous(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		m := furnish(t, w)
		reader := w.group("readers", lab.Group{ParentID: m.group.ID}, every(access.Read)...)
		nurse := w.person("nurse", reader)
		w.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ShareSet(ctx, m.sets[0].ID, reader.ID)
			return err
		})
		for name, c := range map[string]struct {
			who *service.Actor
			q   service.TransferRequest
		}{
			"on request":     {m.doctor, service.TransferRequest{Sets: []int64{m.sets[0].ID, m.sets[1].ID}, Anonymous: true}},
			"without rights": {nurse, service.TransferRequest{Sets: []int64{m.sets[0].ID}}},
			"shell":          {service.Shell(), service.TransferRequest{GroupID: m.group.ID, Anonymous: true}},
		} {
			a, _ := m.archive(c.who, c.q)
			all := ""
			for _, v := range []any{a.People, a.Configs, a.Sets, a.Samples, a.Files, a.Logs, a.Annotations} {
				text, err := json.Marshal(v)
				w.want("encode", err, "")
				all += string(text)
			}
			for _, secret := range []string{"Zyxwarren", "Quentinia", "1931", "H-77"} {
				if strings.Contains(all, secret) {
					t.Errorf("%s: the archive tells %q: %s", name, secret, all)
				}
			}
			if name == "on request" && strings.Contains(all, "example.org") {
				t.Errorf("%s: it names people", name)
			}
		}
		_, err := w.ExportSets(t.Context(), w.person("stranger"), service.TransferRequest{Sets: []int64{m.sets[0].ID}})
		w.want("a stranger", err, lab.NotFound)
	})
}

// TestTransferWhole: an import that ends in between has done nothing.
func TestTransferWhole(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		m := furnish(t, newWorld(t, "sqlite:"+t.TempDir()+"/there.db"))
		a, text := m.archive(m.doctor, service.TransferRequest{GroupID: m.group.ID, Reads: true})
		group, eve := w.staff("haematology", "eve")
		for _, stop := range []string{"comparing digests", "bytes", "rows"} {
			ctx, cancel := context.WithCancelCause(t.Context())
			_, err := w.ImportSets(ctx, eve, a, service.ImportRequest{GroupID: group.ID, Progress: func(stage string, share float64) {
				if stage == stop && (stop != "rows" || share > 0.5) {
					cancel(errors.New("stopped"))
				}
			}})
			if err == nil {
				t.Errorf("stopped while %s: it went on", stop)
			}
			if n, err := w.SumSets(t.Context(), eve, service.SetFilter{}, ""); err != nil || n.Sets != 0 {
				t.Errorf("stopped while %s: %+v, %v", stop, n, err)
			}
			if list, _, err := w.Configs(t.Context(), eve); err != nil || len(list) != 0 {
				t.Errorf("stopped while %s: configs %v, %v", stop, list, err)
			}
		}
		// A byte of a blob that changed: nothing is taken, not even bytes.
		text = bytes.Clone(text)
		at := bytes.Index(text, []byte("@r1\nACGT"))
		text[at+5] ^= 1
		bad, err := transfer.Open(bytes.NewReader(text), int64(len(text)))
		w.want("open", err, "")
		_, err = w.ImportSets(t.Context(), eve, bad, service.ImportRequest{GroupID: group.ID})
		w.want("damaged", err, lab.Invalid)
		_, err = w.ImportSets(t.Context(), eve, a, service.ImportRequest{GroupID: group.ID})
		w.want("whole", err, "")
	})
}

// TestTransferMap: a map may name configs that the importer may use, and no
// others.
func TestTransferMap(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		m := furnish(t, newWorld(t, storetest.SQLite(t)))
		a, _ := m.archive(m.doctor, service.TransferRequest{GroupID: m.group.ID})
		group, eve := w.staff("haematology", "eve")
		others, _ := w.staff("others", "oscar")
		maker := &resulttest.Maker{T: t, Store: w.Store, Blobs: w.Blobs}
		own, foreign := maker.Config(group.ID, "own", lab.Options{}), maker.Config(others.ID, "foreign", lab.Options{MinReads: 7})
		to := func(id int64, name string) service.ImportRequest {
			return service.ImportRequest{GroupID: group.ID, Map: &lab.TransferMap{Configs: []lab.TransferConfig{{Archive: m.config.ID, Here: id, New: name}}}}
		}
		report, err := w.ImportSets(ctx, eve, a, to(foreign.ID, ""))
		w.want("a config of others", err, lab.Conflict)
		if len(report.Faults) != 1 || len(report.Made) != 0 {
			t.Errorf("a config of others: %+v", report)
		}
		report, err = w.ImportSets(ctx, eve, a, to(own.ID, ""))
		w.want("an own config", err, "")
		if c := report.Map.Configs[0]; c.How != lab.MatchMap || c.Here != own.ID {
			t.Errorf("an own config: %+v", c)
		}
		q := to(0, "from the north")
		q.Known = lab.KnownAgain
		report, err = w.ImportSets(ctx, eve, a, q)
		w.want("a new name", err, "")
		if c := report.Map.Configs[0]; c.How != lab.MatchNew || c.New != "from the north" || c.Here == 0 {
			t.Errorf("a new name: %+v", c)
		}
	})
}

// TestTransferAuthors: an archive cannot make people say what they did not, but
// where an administrator takes it in.
func TestTransferAuthors(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		m := furnish(t, newWorld(t, storetest.SQLite(t)))
		a, _ := m.archive(m.doctor, service.TransferRequest{GroupID: m.group.ID})
		group, eve := w.staff("haematology", "eve")
		ada := w.person("ada")
		author := func(r lab.TransferReport) int64 {
			v, err := w.Annotation(ctx, eve, r.Made[0].Here, 2)
			w.want("annotation", err, "")
			return v.AuthorID
		}
		report, err := w.ImportSets(ctx, eve, a, service.ImportRequest{GroupID: group.ID})
		w.want("by a member", err, "")
		if got := author(report); got != eve.User.ID || report.Strangers != 1 {
			t.Errorf("by a member: author %d, %+v", got, report)
		}
		report, err = w.ImportSets(ctx, service.Shell(), a, service.ImportRequest{GroupID: group.ID, Known: lab.KnownAgain})
		w.want("by the shell", err, "")
		if got := author(report); got != ada.User.ID || report.People != 1 {
			t.Errorf("by the shell: author %d, %+v", got, report)
		}
	})
}
