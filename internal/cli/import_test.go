package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/transfer"
)

// mover is a server from which or to which sets go, with one worker.
type mover struct {
	*remote
	t      *testing.T
	config client.ConfigDetail
	sets   []int64
}

func startMover(t *testing.T) *mover {
	t.Helper()
	m := &mover{t: t, remote: startServer(t, config.Config{Workers: config.Workers{Count: 1}})}
	_, err := m.admin.SetRights(t.Context(), m.group, "set:create", "set:read", "set:edit", "set:upload", "set:anon", "set:run", "set:save", "config:create", "config:read", "config:edit")
	m.ok("rights", err)
	return m
}

func (m *mover) ok(what string, err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatalf("%s: %v", what, err)
	}
}

// makeConfig makes a config of the group.
func (m *mover) makeConfig(name string, o client.ConfigOptions) client.ConfigDetail {
	m.t.Helper()
	c, err := m.admin.CreateConfig(m.t.Context(), client.NewConfig{Name: name, GroupID: m.group, Options: o, Note: "of " + name})
	m.ok("config", err)
	got, err := m.admin.Config(m.t.Context(), c.ID)
	m.ok("config", err)
	return got
}

// furnish fills a server with a patient and a run that share an analysed sample,
// and with two versions of an annotation.
func (m *mover) furnish() {
	m.t.Helper()
	ctx := m.t.Context()
	m.config = m.makeConfig("small ones too", client.ConfigOptions{MinReads: 1})
	sets, err := m.admin.CreateSets(ctx,
		client.NewSet{Kind: "patient", GroupID: m.group, FirstName: "Quentinia", LastName: "Zyxwarren", Birth: "1931-07-13", Label: "H-77", Info: "#relapse of spring"},
		client.NewSet{Kind: "run", GroupID: m.group, Name: "run 7", RunDate: "2024-02-03", Sequencer: "MiSeq", Pcr: "BIOMED-2"})
	m.ok("sets", err)
	m.sets = []int64{sets[0].ID, sets[1].ID}
	reads := simulated(m.t)
	samples, err := m.admin.CreateSamples(ctx, client.NewSample{
		Sets: m.sets, Name: "day 0", SamplingDate: "2024-02-01", Info: "#blood", Files: []client.NewFile{{Name: "Zyxwarren.fastq.gz", Size: int64(len(reads))}},
	})
	m.ok("samples", err)
	_, err = m.admin.Upload(ctx, samples[0].Files[0].ID, "Zyxwarren.fastq.gz", bytes.NewReader(reads), int64(len(reads)), client.UploadOptions{})
	m.ok("upload", err)
	ran, err := m.admin.Run(ctx, client.RunRequest{ConfigID: m.config.ID, SampleIDs: []int64{samples[0].ID}})
	m.ok("run", err)
	m.ok("log", m.admin.FollowJobLog(ctx, ran.Jobs[0].ID, 0, func(client.LogPiece) error { return nil }))
	for i, note := range []string{"first look", "of Zyxwarren"} {
		_, err := m.admin.SaveAnnotation(ctx, m.sets[0], i, client.AnnotationSave{Note: note, Body: client.AnnotationBody{
			Clonotypes: []client.ClonotypeNote{{ID: strings.Repeat("ACGTA", 10), Name: "the one", Notes: note}}, Samples: []client.SampleNote{{SampleID: samples[0].ID, Name: "diagnosis"}},
		}})
		m.ok("annotation", err)
	}
}

// simulated is a file of reads.
func simulated(t *testing.T) []byte {
	t.Helper()
	prefix := filepath.Join(t.TempDir(), "reads")
	if err := execute(t.Context(), []string{"simulate", "-n", "300", "-c", "5", "-o", prefix}, &streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(prefix + ".fastq.gz")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// move runs export or import as a script does, over the network.
func (m *mover) move(args ...string) (string, error) {
	m.t.Helper()
	return m.do(append(args, "--server", m.url, "--token-file", m.tokenFile)...)
}

// here runs a command on the data of the server.
func (m *mover) here(args ...string) (string, error) {
	m.t.Helper()
	return m.do(append(args, "--data", m.data)...)
}

func (m *mover) do(args ...string) (string, error) {
	m.t.Helper()
	var out, errs bytes.Buffer
	err := execute(m.t.Context(), args, &streams{in: strings.NewReader(""), out: &out, err: &errs})
	return out.String() + errs.String(), err
}

func openFile(t *testing.T, name string) *transfer.Archive {
	t.Helper()
	a, closeFile, err := openArchive(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeFile() })
	if err := a.Verify(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return a
}

// ranked is the content of an archive with each number replaced by its rank, and
// without who wrote: so it can be compared with what another server makes of it.
func ranked(a *transfer.Archive) transfer.Content {
	c := a.Content
	sets, samples, results, configs, revisions := map[int64]int64{}, map[int64]int64{}, map[int64]int64{}, map[int64]int64{}, map[int64]int64{}
	number := func(m map[int64]int64, id *int64) {
		if m[*id] == 0 {
			m[*id] = int64(len(m) + 1)
		}
		*id = m[*id]
	}
	c.People = nil
	for i := range c.Sets {
		number(sets, &c.Sets[i].ID)
		c.Sets[i].Creator = 0
	}
	for i := range c.Samples {
		number(samples, &c.Samples[i].ID)
		c.Samples[i].Creator = 0
		for k := range c.Samples[i].Sets {
			number(sets, &c.Samples[i].Sets[k])
		}
		slices.Sort(c.Samples[i].Sets)
	}
	for i := range c.Files {
		c.Files[i].ID = int64(i)
		number(samples, &c.Files[i].Sample)
	}
	for i := range c.Configs {
		number(configs, &c.Configs[i].ID)
		for k := range c.Configs[i].Revisions {
			number(revisions, &c.Configs[i].Revisions[k].ID)
			c.Configs[i].Revisions[k].Author = 0
		}
	}
	for i := range c.Results {
		r := &c.Results[i]
		number(results, &r.ID)
		number(samples, &r.Sample)
		number(configs, &r.Config)
		number(revisions, &r.Revision)
		r.Author = 0
	}
	for i := range c.Logs {
		number(results, &c.Logs[i].Result)
	}
	for i := range c.Annotations {
		n := &c.Annotations[i]
		number(sets, &n.Set)
		n.Author = 0
		n.Note, _, _ = strings.Cut(n.Note, " (by ")
		var body map[string]any
		if json.Unmarshal(n.Body, &body) == nil {
			for _, s := range body["samples"].([]any) {
				id := int64(s.(map[string]any)["sample_id"].(float64))
				number(samples, &id)
				s.(map[string]any)["sample_id"] = id
			}
			n.Body, _ = json.Marshal(body) //nolint:errchkjson // it was JSON before
		}
	}
	return c
}

// tables are the rows of a server that an import adds to.
func tables(t *testing.T, data string) map[string][]string {
	t.Helper()
	st, err := store.OpenAsIs(store.Config{URL: "sqlite:" + filepath.Join(data, "vidjil.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	all := map[string][]string{}
	err = st.Read(t.Context(), func(tx *store.Tx) error {
		for _, table := range []string{
			"sets", "samples", "sample_sets", "files", "results", "result_files", "fused", "annotations", "configs", "config_revisions", "set_origins", "sample_origins", "tags", "set_tags", "sample_tags",
		} {
			rows, err := tx.QueryContext(t.Context(), "SELECT * FROM "+table)
			if err != nil {
				return err
			}
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			for rows.Next() {
				if err := rows.Scan(values...); err != nil {
					return err
				}
				line := ""
				for _, v := range values {
					line += fmt.Sprintf("%v|", *v.(*any))
				}
				all[table] = append(all[table], line)
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestMoveOverNetwork moves sets between two servers as an administrator does:
// out of the one, looked at on the other, the map edited, in. Everything that
// left is compared with what came.
func TestMoveOverNetwork(t *testing.T) {
	t.Parallel()
	from, to := startMover(t), startMover(t)
	from.furnish()
	dir := t.TempDir()
	file, mapFile := filepath.Join(dir, "sets.zip"), filepath.Join(dir, "map.json")
	said, err := from.move("export", "set", fmt.Sprint(from.sets[0]), fmt.Sprint(from.sets[1]), "--reads", "-o", file)
	from.ok("export", err)
	if !strings.Contains(said, "Wrote sets.zip: 2 sets, 1 samples, 1 results, 2 versions of annotations") {
		t.Errorf("export: %s", said)
	}
	there := openFile(t, file)
	if len(there.Logs) == 0 || !there.Files[0].Inside {
		t.Fatalf("the archive has no logs or reads: %+v", there.Content)
	}

	before := tables(t, to.data)
	intoGroup := []string{"import", file, "--group", fmt.Sprint(to.group)}
	said, err = to.move(append(intoGroup, "--dry-run", "--save-map", mapFile)...)
	to.ok("dry run", err)
	for _, want := range []string{"To import: 2 sets, 1 samples, 1 results, 2 versions of annotations, 1 files of reads", `becomes the new config "small ones too"`} {
		if !strings.Contains(said, want) {
			t.Errorf("dry run does not say %q: %s", want, said)
		}
	}
	if diff := cmp.Diff(before, tables(t, to.data)); diff != "" {
		t.Errorf("the dry run changed the store: %s", diff)
	}
	var fit lab.TransferMap
	text, err := os.ReadFile(mapFile)
	to.ok("map", err)
	to.ok("map", json.Unmarshal(text, &fit))
	if len(fit.Configs) != 1 || fit.Configs[0].Archive != from.config.ID || fit.Configs[0].New != "small ones too" {
		t.Fatalf("map: %s", text)
	}

	// A map that names what is not there is refused, and nothing happens.
	fit.Configs[0].Here = 9999
	writeMap(t, mapFile, fit)
	said, err = to.move(append(intoGroup, "--map", mapFile)...)
	if lab.CodeOf(err) != lab.Conflict || !strings.Contains(said+err.Error(), "the map names the config 9999, which is not here") {
		t.Errorf("a wrong map: %v: %s", err, said)
	}
	if diff := cmp.Diff(before, tables(t, to.data)); diff != "" {
		t.Errorf("a wrong map changed the store: %s", diff)
	}

	fit.Configs[0].Here, fit.Configs[0].New = 0, "from the north"
	writeMap(t, mapFile, fit)
	said, err = to.move(append(intoGroup, "--map", mapFile)...)
	to.ok("import", err)
	if !strings.Contains(said, "Imported: 2 sets, 1 samples, 1 results") {
		t.Errorf("import: %s", said)
	}
	if list, err := to.admin.Transfers(t.Context()); err != nil || len(list.Items) != 1 || list.Items[0].DoneAt == nil || len(list.Items[0].Pieces) != 0 {
		t.Errorf("one archive, sent once, whose bytes are gone: %+v, %v", list, err)
	}

	// What came is what left.
	sets := madeSets(t, to)
	back := filepath.Join(dir, "back.zip")
	_, err = to.move("export", "set", sets, "--reads", "-o", back)
	to.ok("export again", err)
	here := openFile(t, back)
	want, got := ranked(there), ranked(here)
	want.Configs[0].Name = "from the north"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what came is not what left (-left +came):\n%s", diff)
	}
	digests := func(a *transfer.Archive) []string { return slices.Sorted(slices.Values(a.Digests())) }
	if diff := cmp.Diff(digests(there), digests(here)); diff != "" {
		t.Errorf("bytes: %s", diff)
	}
}

func writeMap(t *testing.T, name string, m lab.TransferMap) {
	t.Helper()
	text, err := json.Marshal(m)
	if err == nil {
		err = os.WriteFile(name, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// madeSets are the numbers of the sets that the last import made.
func madeSets(t *testing.T, m *mover) string {
	t.Helper()
	list, err := m.admin.Transfers(t.Context())
	m.ok("transfers", err)
	var ids []string
	for _, s := range list.Items[0].Report.Made {
		ids = append(ids, fmt.Sprint(s.Here))
	}
	return strings.Join(ids, ",")
}

// TestMoveRefuses: archives that are damaged or cut off, and maps that are none,
// leave the store as it was, by the way over the network and beside the server.
func TestMoveRefuses(t *testing.T) {
	t.Parallel()
	from, to := startMover(t), startMover(t)
	from.furnish()
	dir := t.TempDir()
	file := filepath.Join(dir, "sets.zip")
	_, err := from.move("export", "patient", fmt.Sprint(from.sets[0]), "--reads", "-o", file)
	from.ok("export", err)
	whole, err := os.ReadFile(file)
	from.ok("read", err)
	changed := bytes.Clone(whole)
	changed[blobAt(t, whole)] ^= 1
	writeFiles(t, dir, map[string][]byte{"changed.zip": changed, "cut.zip": whole[:len(whole)*2/3], "map": []byte(`{"configs": [`), "empty.zip": nil})
	before := tables(t, to.data)
	in := func(name string) string { return filepath.Join(dir, name) }
	for name, tt := range map[string]struct {
		args []string
		want lab.Code
		text string
	}{
		"wrong digest": {[]string{in("changed.zip")}, lab.Invalid, "the archive is damaged"},
		"cut off":      {[]string{in("cut.zip")}, lab.Invalid, "this is no archive"},
		"empty":        {[]string{in("empty.zip")}, lab.Invalid, "this is no archive"},
		"no map":       {[]string{file, "--map", in("map")}, lab.Invalid, "map"},
		"no group":     {[]string{file, "--group", "9999"}, lab.Forbidden, "9999"},
	} {
		args := append([]string{"import", "--group", fmt.Sprint(to.group)}, tt.args...)
		_, err := to.move(args...)
		if lab.CodeOf(err) != tt.want || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s, over the network: got %v (%s), want %q", name, err, lab.CodeOf(err), tt.text)
		}
		if tt.want == lab.Forbidden {
			tt.want = lab.NotFound // the shell may do everything
		}
		_, err = to.here(args...)
		if lab.CodeOf(err) != tt.want || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s, on the data: got %v (%s), want %q", name, err, lab.CodeOf(err), tt.text)
		}
	}
	// A program that compares nothing sends the damaged archive all the same: then
	// the job refuses it.
	for _, name := range []string{"changed.zip", "cut.zip"} {
		text, err := os.ReadFile(in(name))
		to.ok("read", err)
		got := to.sendAndRun(name, text)
		if got.State != "failed" || !strings.Contains(got.Error, "archive") {
			t.Errorf("%s: the job is %s: %q", name, got.State, got.Error)
		}
	}
	if diff := cmp.Diff(before, tables(t, to.data)); diff != "" {
		t.Errorf("what was refused changed the store: %s", diff)
	}
	_, err = to.move("import", file, "--group", fmt.Sprint(to.group))
	to.ok("the whole archive", err)
}

// blobAt is the place of a byte of the first blob of an archive.
func blobAt(t *testing.T, archive []byte) int {
	t.Helper()
	at := bytes.Index(archive, []byte("blobs/"))
	if at < 0 {
		t.Fatal("the archive has no blob")
	}
	return at + len("blobs/") + 64 + 100
}

// sendAndRun sends bytes as an archive and has them imported.
func (m *mover) sendAndRun(name string, text []byte) client.Transfer {
	m.t.Helper()
	ctx := m.t.Context()
	tr, err := m.admin.BeginTransfer(ctx, client.NewTransfer{GroupID: m.group, Name: name, Size: int64(len(text))})
	m.ok("begin", err)
	m.ok("send", m.admin.SendTransfer(ctx, tr, bytes.NewReader(text), nil))
	tr, err = m.admin.RunTransfer(ctx, tr.ID, client.RunTransfer{})
	m.ok("run", err)
	m.ok("follow", m.admin.FollowJobLog(ctx, tr.JobID, 0, func(client.LogPiece) error { return nil }))
	tr, err = m.admin.Transfer(ctx, tr.ID)
	m.ok("state", err)
	return tr
}

// TestMoveGoesOn: what an interrupted command has sent is not sent again, and what
// came with other bytes is.
func TestMoveGoesOn(t *testing.T) {
	t.Parallel()
	from, to := startMover(t), startMover(t)
	from.furnish()
	file := filepath.Join(t.TempDir(), "sets.zip")
	_, err := from.here("export", "group", fmt.Sprint(from.group), "--reads", "-o", file)
	from.ok("export", err)
	text, err := os.ReadFile(file)
	from.ok("read", err)
	tr, err := to.admin.BeginTransfer(t.Context(), client.NewTransfer{GroupID: to.group, Name: "sets.zip", Size: int64(len(text))})
	to.ok("begin", err)
	other := bytes.Clone(text)
	other[blobAt(t, text)] ^= 1
	to.ok("send", to.admin.SendPiece(t.Context(), tr.ID, 0, other)) // of an archive of the same name and size
	_, err = to.move("import", file, "--group", fmt.Sprint(to.group))
	to.ok("import", err)
	list, err := to.admin.Transfers(t.Context())
	to.ok("transfers", err)
	if len(list.Items) != 1 || list.Items[0].ID != tr.ID {
		t.Errorf("the archive that was begun was not gone on with: %+v", list.Items)
	}
	// Nothing travels twice: the pieces are known by their digests.
	tr, err = to.admin.BeginTransfer(t.Context(), client.NewTransfer{GroupID: to.group, Name: "again", Size: int64(len(text))})
	to.ok("begin", err)
	to.ok("send", to.admin.SendTransfer(t.Context(), tr, bytes.NewReader(text), nil))
	tr, err = to.admin.Transfer(t.Context(), tr.ID)
	to.ok("state", err)
	deaf, err := client.New(client.Options{URL: "http://127.0.0.1:1"})
	to.ok("client", err)
	to.ok("a second sending", deaf.SendTransfer(context.WithoutCancel(t.Context()), tr, bytes.NewReader(text), nil))
	// And can be had back.
	d, err := to.admin.TransferContent(t.Context(), tr.ID)
	to.ok("content", err)
	defer d.Body.Close()
	if got, err := io.ReadAll(d.Body); err != nil || !bytes.Equal(got, text) {
		t.Errorf("got back %d bytes, %v; want the %d that were sent", len(got), err, len(text))
	}
}
