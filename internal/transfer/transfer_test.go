package transfer

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// small is an archive of one patient with one result.
func small() (*Content, map[string]string) {
	table, options := "a table", `{"min_reads":7}`
	digest := digestOf([]byte(table))
	return &Content{
		People:  []Person{{ID: 3, Email: "ada@example.org", Name: "Ada"}},
		Configs: []Config{{ID: 5, Name: "IGH", Revisions: []Revision{{ID: 8, Number: 1, Program: "vidjil", Options: json.RawMessage(options), Digest: lab.DigestOptions("vidjil", options), CreatedAt: noon}}}},
		Sets:    []Set{{ID: 11, Kind: "patient", FirstName: "A", LastName: "B <&>", CreatedAt: noon}},
		Samples: []Sample{{ID: 12, Sets: []int64{11}, Name: "S", Generation: 1, CreatedAt: noon}},
		Files:   []File{{ID: 13, Sample: 12, Generation: 1, Role: "reads", Name: "S.fastq", Size: int64(len(table)), Digest: digest, Inside: true, CreatedAt: noon}},
		Results: []Result{{
			ID: 14, Sample: 12, Generation: 1, Config: 5, Revision: 8, Digest: digest, Size: int64(len(table)), Reads: 9, Recombined: 4, Clonotypes: 2,
			Summary: json.RawMessage(`{"total":9}`), Provenance: json.RawMessage(`{"program":"vidjil"}`), CreatedAt: noon,
		}},
		Logs:        []Log{{Result: 14, At: noon, Text: "done\n"}},
		Annotations: []Annotation{{Set: 11, Version: 1, Author: 3, Body: json.RawMessage(`{}`), CreatedAt: noon}},
	}, map[string]string{digest: table}
}

func pack(t testing.TB, c *Content, blobs map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, noon)
	if err := w.Content(c); err != nil {
		t.Fatal(err)
	}
	for digest, text := range blobs {
		if err := w.Blob(digest, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(Manifest{Program: "vidjil test", Server: "there", CreatedAt: noon}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(data []byte) (*Archive, error) {
	return Open(bytes.NewReader(data), int64(len(data)))
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	c, blobs := small()
	data := pack(t, c, blobs)
	a, err := open(data)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c, &a.Content); d != "" {
		t.Error(d)
	}
	if err := a.Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
	for digest, want := range blobs {
		r, err := a.Blob(digest)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != want {
			t.Errorf("blob: %q, %v", got, err)
		}
	}
	if again := pack(t, c, blobs); !bytes.Equal(data, again) {
		t.Error("the same content made other bytes")
	}
	if a.Bytes() != 7 || len(a.Digests()) != 1 {
		t.Errorf("%d bytes, %v", a.Bytes(), a.Digests())
	}
}

// TestEveryByte: whatever single byte changes, either the archive is refused or it
// says the same: there are bytes of a ZIP file, as the time of a member, that say
// nothing.
func TestEveryByte(t *testing.T) {
	t.Parallel()
	c, blobs := small()
	data := pack(t, c, blobs)
	whole, err := open(data)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 0x15
		a, err := open(bad)
		if err == nil {
			err = a.Verify(t.Context(), nil)
		}
		if err != nil {
			refused++
			continue
		}
		if d := cmp.Diff(whole.Content, a.Content) + cmp.Diff(whole.Manifest, a.Manifest); d != "" {
			t.Fatalf("byte %d changed the content and was not noticed: %s", i, d)
		}
	}
	if refused < len(data)/2 {
		t.Errorf("%d of %d changes were noticed", refused, len(data))
	}
	for i := range len(data) - 1 {
		if _, err := open(data[:i]); lab.CodeOf(err) != lab.Invalid {
			t.Fatalf("cut after %d bytes: %v", i, err)
		}
	}
}

// rezip makes a ZIP file of members, with the manifest that belongs to them.
func rezip(t *testing.T, members map[string]string, change func(m *Manifest)) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	m := Manifest{Format: Format, Version: Version, Server: "there", Counts: map[string]int{}}
	for name, text := range members {
		method := zip.Deflate
		if strings.HasPrefix(name, blobFolder) {
			method = zip.Store
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		m.Members = append(m.Members, Member{name, int64(len(text)), digestOf([]byte(text))})
		if noun, ok := strings.CutSuffix(name, rowsSuffix); ok {
			m.Counts[noun] = strings.Count(text, "\n")
		}
	}
	if change != nil {
		change(&m)
	}
	text, err := json.Marshal(&m)
	if err != nil {
		t.Fatal(err)
	}
	w, err := z.Create(manifestName)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.SetComment(commentPrefix + digestOf(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostile: archives whose digests are all right, and that were made to do
// harm.
func TestHostile(t *testing.T) {
	t.Parallel()
	rows := func(noun, text string) func(map[string]string) {
		return func(m map[string]string) { m[noun+rowsSuffix] = text }
	}
	other := strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		change   func(m map[string]string)
		manifest func(m *Manifest)
		want     lab.Code
	}{
		"nothing":            {func(map[string]string) {}, nil, ""},
		"zip slip":           {func(m map[string]string) { m["../../etc/passwd"] = "x" }, nil, lab.Invalid},
		"absolute":           {func(m map[string]string) { m["/etc/passwd"] = "x" }, nil, lab.Invalid},
		"slip in blobs":      {func(m map[string]string) { m["blobs/../x"] = "x" }, nil, lab.Invalid},
		"another file":       {func(m map[string]string) { m["readme.txt"] = "x" }, nil, lab.Invalid},
		"lying digest":       {func(m map[string]string) { m[blobFolder+other] = "x" }, nil, lab.Invalid},
		"no rows":            {func(m map[string]string) { delete(m, "logs.jsonl") }, nil, lab.Invalid},
		"half a row":         {rows("logs", `{"result":14`), nil, lab.Invalid},
		"unknown member":     {rows("people", `{"id":3,"email":"x","name":"y","admin":true}`+"\n"), nil, lab.Invalid},
		"number twice":       {rows("people", "{\"id\":3}\n{\"id\":3}\n"), nil, lab.Invalid},
		"no set":             {rows("sets", ""), nil, lab.Invalid},
		"sample of no set":   {rows("samples", `{"id":12,"sets":[99],"generation":1}`+"\n"), nil, lab.Invalid},
		"note out of turn":   {rows("annotations", `{"set":11,"version":2,"body":{}}`+"\n"), nil, lab.Invalid},
		"log of no result":   {rows("logs", `{"result":99,"text":"x"}`+"\n"), nil, lab.Invalid},
		"other revision":     {rows("configs", `{"id":5,"name":"IGH","revisions":[{"id":8,"number":1,"program":"vidjil","options":{},"sha256":"x"}]}`+"\n"), nil, lab.Invalid},
		"later version":      {func(map[string]string) {}, func(m *Manifest) { m.Version = 2 }, lab.Invalid},
		"other format":       {func(map[string]string) {}, func(m *Manifest) { m.Format = "zip" }, lab.Invalid},
		"lying size":         {func(map[string]string) {}, func(m *Manifest) { m.Members[0].Size++ }, lab.Invalid},
		"lying count":        {func(map[string]string) {}, func(m *Manifest) { m.Counts["sets"]++ }, lab.Invalid},
		"member not there":   {func(map[string]string) {}, func(m *Manifest) { m.Members[0].Name = "sets2.jsonl" }, lab.Invalid},
		"one manifest entry": {func(map[string]string) {}, func(m *Manifest) { m.Members = m.Members[1:] }, lab.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, blobs := small()
			z, err := zip.NewReader(bytes.NewReader(pack(t, content, blobs)), int64(len(pack(t, content, blobs))))
			if err != nil {
				t.Fatal(err)
			}
			members := map[string]string{}
			for _, f := range z.File {
				text, err := readMember(f, 1<<20)
				if err != nil {
					t.Fatal(err)
				}
				members[f.Name] = string(text)
			}
			delete(members, manifestName)
			c.change(members)
			data := rezip(t, members, c.manifest)
			a, err := open(data)
			if err == nil {
				err = a.Verify(t.Context(), nil)
			}
			if got := lab.CodeOf(err); got != c.want {
				t.Errorf("got %q (%v), want %q", got, err, c.want)
			}
		})
	}
}

// TestBomb: rows that unpack to more than they say, or to more than is taken, are
// refused before they fill a memory.
func TestBomb(t *testing.T) {
	t.Parallel()
	content, _ := small()
	content.Logs[0].Text = strings.Repeat("a", 8<<20)
	content.Results[0].Digest = digestOf(nil)
	content.Results[0].Size, content.Files = 0, nil
	data := pack(t, content, map[string]string{digestOf(nil): ""})
	if len(data) > 1<<20 {
		t.Fatalf("the bomb has %d bytes", len(data))
	}
	if _, err := open(data); err != nil {
		t.Fatal(err) // 8 MB are rows like others
	}
	// The directory says less than there is.
	lie := bytes.Clone(data)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if f.Name != "logs.jsonl" {
			continue
		}
		size := []byte{byte(f.UncompressedSize64), byte(f.UncompressedSize64 >> 8), byte(f.UncompressedSize64 >> 16), byte(f.UncompressedSize64 >> 24)}
		at := bytes.LastIndex(lie, size)
		copy(lie[at:], []byte{9, 0, 0, 0})
	}
	if _, err := open(lie); lab.CodeOf(err) != lab.Invalid {
		t.Errorf("a size that lies: %v", err)
	}
}

// FuzzOpen: no bytes make the reader panic, or take more memory than they are
// worth.
func FuzzOpen(f *testing.F) {
	c, blobs := small()
	f.Add(pack(f, c, blobs))
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range original2024() {
		w, err := z.Create("migrator/" + name)
		if err != nil {
			f.Fatal(err)
		}
		if _, err := w.Write(text.Data); err != nil {
			f.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := open(data)
		if err != nil {
			return
		}
		if err := a.Verify(t.Context(), nil); err != nil {
			return
		}
		for _, r := range a.Results {
			if a.Original {
				if r, err := a.Stored(r.Path); err == nil {
					_ = r.Close() // only whether it opens is asked
				}
			} else if _, err := a.Blob(r.Digest); err != nil {
				t.Errorf("result %d: %v", r.ID, err)
			}
		}
	})
}

// original2024 is a folder of the original's migrator of 2024, made by hand after
// its description.
func original2024() fstest.MapFS {
	files := fstest.MapFS{}
	put := func(name, text string) { files[name] = &fstest.MapFile{Data: []byte(text)} }
	put("export.json", `{
		"patient": {"4": {"first_name": "Anna", "last_name": "Ziller", "birth": "1980-02-29", "info": "#relapse", "id_label": "H1", "creator": 1, "sample_set_id": 40}},
		"run": {"2": {"name": "run 1", "run_date": "2018-05-04", "info": null, "id_label": "", "sequencer": "MiSeq", "pcr": "BIOMED-2", "creator": 1, "sample_set_id": 41}},
		"generic": {"9": {"name": "mine", "info": "", "creator": 1, "sample_set_id": 42}},
		"sequence_file": {
			"100": {"sampling_date": "2018-05-01", "info": "#blood", "filename": "anna.fastq.gz", "pcr": "", "size_file": 1234, "size_file2": null, "network": false, "provider": 1, "pre_process_id": null, "data_file": "sequence_file.data_file.00112233445566aa.616e6e61.gz", "data_file2": null},
			"101": {"sampling_date": null, "info": "", "filename": "pair.fastq", "size_file": 5, "size_file2": 6, "provider": 1, "data_file": "sequence_file.data_file.a.fastq", "data_file2": "sequence_file.data_file2.b.fastq"},
			"102": {"filename": "lost.fastq"}},
		"membership": {"1": {"sample_set_id": 40, "sequence_file_id": 100}, "2": {"sample_set_id": 41, "sequence_file_id": 100}, "3": {"sample_set_id": 41, "sequence_file_id": 101}, "4": {"sample_set_id": 77, "sequence_file_id": 101}},
		"results_file": {
			"201": {"sequence_file_id": 100, "config_id": 2, "run_date": "2019-01-02 10:00:00", "scheduler_task_id": 7, "hidden": false, "data_file": "results_file.data_file.bb.7265.vidjil"},
			"200": {"sequence_file_id": 100, "config_id": 2, "run_date": "2018-05-05 13:20:00", "scheduler_task_id": 6, "hidden": false, "data_file": "results_file.data_file.aa.7265.vidjil"},
			"202": {"sequence_file_id": 101, "config_id": 3, "run_date": "2019-01-03 10:00:00", "data_file": null},
			"203": {"sequence_file_id": 101, "config_id": 3, "run_date": "2019-01-03 11:00:00", "data_file": "results_file.data_file.gone.vidjil"},
			"204": {"sequence_file_id": 101, "config_id": 9, "run_date": "2019-01-03 12:00:00", "hidden": true, "data_file": "results_file.data_file.aa.7265.vidjil"},
			"205": {"sequence_file_id": 101, "config_id": 3, "run_date": "2019-01-03 12:00:00", "data_file": "../export.json"}},
		"scheduler_task": {"7": {"task_name": "process", "status": "COMPLETED"}},
		"scheduler_run": {},
		"analysis_file": {
			"301": {"sample_set_id": 40, "analyze_date": "2019-02-02 00:00:00", "analysis_file": "analysis_file.analysis_file.cc.6e.analysis", "config_id": null, "patient_id": null},
			"300": {"sample_set_id": 40, "analyze_date": "2018-06-01 00:00:00", "analysis_file": "analysis_file.analysis_file.dd.6e.analysis"}},
		"fused_file": {"400": {"config_id": 2, "sample_set_id": 40, "fuse_date": "2019-01-02 10:01:00", "sequence_file_list": "100_", "fused_file": "fused_file.fused_file.ee.vidjil"}}}`)
	put("config.json", `{
		"2": {"description": {"id": 2, "name": "IGH", "program": "vidjil", "command": "-c clones -g germline/homo-sapiens.g:IGH", "fuse_command": "-t 100", "info": ""}, "link_local": 12},
		"3": {"description": [{"id": 3, "name": "multi", "program": "vidjil", "command": "-c clones -2"}], "link_local": 3}}`)
	put("pprocess.json", `{}`)
	for _, name := range []string{"aa", "bb"} {
		put("files/results_file.data_file."+name+".7265.vidjil", `{"name":"`+name+`"}`)
	}
	for _, name := range []string{"cc", "dd"} {
		put("files/analysis_file.analysis_file."+name+".6e.analysis", `{}`)
	}
	return files
}

func TestOriginal2024(t *testing.T) {
	t.Parallel()
	a, err := OpenOriginal(original2024())
	if err != nil {
		t.Fatal(err)
	}
	want := Content{
		Configs: []Config{
			{ID: 2, Name: "IGH", Info: "vidjil -c clones -g germline/homo-sapiens.g:IGH", Link: 12},
			{ID: 3, Name: "multi", Info: "vidjil -c clones -2"},
		},
		Sets: []Set{
			{ID: 40, Kind: "patient", FirstName: "Anna", LastName: "Ziller", Birth: "1980-02-29", Label: "H1", Info: "#relapse"},
			{ID: 41, Kind: "run", Name: "run 1", RunDate: "2018-05-04", Sequencer: "MiSeq", Pcr: "BIOMED-2"},
			{ID: 42, Kind: "set", Name: "mine"},
		},
		Samples: []Sample{
			{ID: 100, Sets: []int64{40, 41}, Name: "anna.fastq.gz", SamplingDate: "2018-05-01", Info: "#blood", Generation: 1},
			{ID: 101, Sets: []int64{41}, Name: "pair.fastq", Generation: 1},
		},
		Files: []File{
			{ID: 200, Sample: 100, Generation: 1, Role: "reads", Name: "anna.fastq.gz", Size: 1234, Removed: true},
			{ID: 202, Sample: 101, Generation: 1, Role: "R1", Name: "pair.fastq", Size: 5, Removed: true},
			{ID: 203, Sample: 101, Generation: 1, Role: "R2", Name: "pair.fastq", Size: 6, Removed: true},
		},
		Results: []Result{
			{ID: 200, Sample: 100, Generation: 1, Config: 2, Revision: 2, Path: "results_file.data_file.aa.7265.vidjil", CreatedAt: time.Date(2018, 5, 5, 13, 20, 0, 0, time.UTC)},
			{ID: 201, Sample: 100, Generation: 1, Config: 2, Revision: 2, Path: "results_file.data_file.bb.7265.vidjil", CreatedAt: time.Date(2019, 1, 2, 10, 0, 0, 0, time.UTC)},
		},
		Annotations: []Annotation{
			{Set: 40, Version: 1, Path: "analysis_file.analysis_file.dd.6e.analysis", CreatedAt: time.Date(2018, 6, 1, 0, 0, 0, 0, time.UTC)},
			{Set: 40, Version: 2, Path: "analysis_file.analysis_file.cc.6e.analysis", CreatedAt: time.Date(2019, 2, 2, 0, 0, 0, 0, time.UTC)},
		},
	}
	for i := range a.Configs {
		if len(a.Configs[i].Revisions) != 1 || a.Configs[i].Revisions[0].ID != a.Configs[i].ID {
			t.Errorf("revisions of config %d: %+v", a.Configs[i].ID, a.Configs[i].Revisions)
		}
		a.Configs[i].Revisions = nil
	}
	// Config 9 is unknown: it has a row, without a name of its own.
	if last := a.Configs[len(a.Configs)-1]; last.ID != 9 || last.Name != "Config 9 of the original" {
		t.Errorf("unknown config: %+v", last)
	}
	a.Configs = a.Configs[:2]
	if d := cmp.Diff(want, a.Content); d != "" {
		t.Error(d)
	}
	told := strings.Join(a.Faults, "\n")
	for _, text := range []string{"sequence_file 102", "membership 4", "results_file 202 was never", "results_file 203: the file", "results_file 205: the file ../export.json", "config 9 is not in config.json"} {
		if !strings.Contains(told, text) {
			t.Errorf("the faults do not tell of %q:\n%s", text, told)
		}
	}
	if r, err := a.Stored("aa"); err == nil {
		t.Errorf("a file that is not there: %v", r)
	}
}

func TestOriginal2018(t *testing.T) {
	t.Parallel()
	files := original2024()
	files["config.json"] = &fstest.MapFile{Data: []byte(`{"2": 12, "3": 3}`)}
	files["pprocess.json"] = &fstest.MapFile{Data: []byte(`{"1": 1}`)}
	a, err := OpenOriginal(files)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Configs) != 3 || a.Configs[0].Link != 12 || a.Configs[1].Link != 0 || a.Configs[0].Name != "Config 2 of the original" {
		t.Errorf("configs: %+v", a.Configs)
	}
	delete(files, "config.json")
	if a, err = OpenOriginal(files); err != nil || !strings.Contains(fmt.Sprint(a.Faults), "there is no config.json") {
		t.Errorf("without a map: %v, %v", a, err)
	}
	delete(files, "export.json")
	if _, err := OpenOriginal(files); lab.CodeOf(err) != lab.Invalid {
		t.Errorf("without tables: %v", err)
	}
}
