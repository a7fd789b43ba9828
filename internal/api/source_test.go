package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// mount makes a folder of files for a site.
func mount(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSources(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		ctx := t.Context()
		r1, r2 := fastq(1, 50_000), fastq(2, 50_000)
		dir := mount(t, map[string][]byte{
			"run1/S1_R1.fastq": r1, "run1/S1_R2.fastq": r2, "run1/notes.pdf": []byte("%PDF"), "run1/airr.tsv": []byte("sequence_id\tv_call\n"), "run1/.hidden.fastq": r1,
			"run1/SampleSheet.csv": []byte("[Data]\n"), "run1/CopyComplete.txt": nil,
		})
		outside := mount(t, map[string][]byte{"secret.fastq": fastq(3, 1000)})
		for link, to := range map[string]string{"out": outside, "out.fastq": filepath.Join(outside, "secret.fastq"), "up.fastq": "../" + filepath.Base(outside) + "/secret.fastq"} {
			if err := os.Symlink(to, filepath.Join(dir, "run1", link)); err != nil {
				t.Fatal(err)
			}
		}
		w := newSite(t, url, siteConfig{Dir: t.TempDir(), Sources: map[string]string{"sequencer": dir, "gone": filepath.Join(dir, "not mounted")}})
		g := w.group("laboratory", 0, allRights...)
		readers := w.group("readers", g.ID, "set:read", "set:edit", "set:anon")
		theirs := w.group("theirs", 0, allRights...)
		marie, reader, other := w.person("marie", g.ID), w.person("reader", readers.ID), w.person("other", theirs.ID)

		_, err := reader.Sources(ctx)
		wantCode(t, "who may upload nowhere", err, "forbidden")
		_, err = w.nobody().Sources(ctx)
		wantCode(t, "nobody", err, "unauthenticated")
		if names, err := marie.Sources(ctx); err != nil || len(names) != 2 {
			t.Errorf("sources: got %v, %v", names, err)
		}
		var names []string
		page := client.Page{Limit: 2}
		for {
			p, err := marie.SourceFolder(ctx, "sequencer", "run1", page)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range p.Items {
				names = append(names, e.Name)
			}
			if page.Cursor = p.Next; p.Next == "" {
				break
			}
		}
		if got, want := strings.Join(names, " "), "S1_R1.fastq S1_R2.fastq airr.tsv"; got != want {
			t.Errorf("folder: got %q, want %q", got, want)
		}
		if run, err := marie.SourceRun(ctx, "sequencer", "run1"); err != nil || !run.Complete || len(run.SampleSheets) != 1 {
			t.Errorf("run: got %+v, %v", run, err)
		}
		_, err = marie.SourceFolder(ctx, "gone", "", client.Page{})
		wantCode(t, "a folder that is not mounted", err, "unavailable")
		_, err = marie.SourceFolder(ctx, "other", "", client.Page{})
		wantCode(t, "no such source", err, "not_found")
		found, err := marie.SourceFiles(ctx, "sequencer", "**/*.fastq")
		if err != nil || len(found) != 2 || found[0].Size != int64(len(r1)) {
			t.Errorf("pattern: got %+v, %v", found, err)
		}

		set, s := w.patientSample(marie, g.ID, client.NewFile{Role: "R1", Name: "S1_R1.fastq"}, client.NewFile{Role: "R2", Name: "S1_R2.fastq"})
		attach := func(c *client.Client, i int, path string) error {
			_, err := c.AttachFile(ctx, s.ID, s.Files[i].ID, client.Attachment{Source: "sequencer", Path: path})
			return err
		}
		// §10.1 item 9 of the original's faults.
		for _, path := range []string{
			"../" + filepath.Base(outside) + "/secret.fastq", "run1/../../" + filepath.Base(outside) + "/secret.fastq", filepath.Join(outside, "secret.fastq"),
			"run1/out/secret.fastq", "run1/out.fastq", "run1/up.fastq", `..\secret.fastq`, "run1/.hidden.fastq", "run1/none.fastq", "run1/a\x00.fastq", "run1/./S1_R1.fastq", "/etc/passwd",
		} {
			if code := client.CodeOf(attach(marie, 0, path)); code != "not_found" && code != "invalid" {
				t.Errorf("attach %q: got %q", path, code)
			}
			if _, err := marie.SourceFolder(ctx, "sequencer", path, client.Page{}); err == nil {
				t.Errorf("folder %q is listed", path)
			}
			if list, err := marie.SourceFiles(ctx, "sequencer", path); err == nil && len(list) > 0 {
				t.Errorf("pattern %q finds %v", path, list)
			}
		}
		wantCode(t, "attach to somebody else's sample", attach(other, 0, "run1/S1_R1.fastq"), "not_found")
		wantCode(t, "attach without the right to upload", attach(reader, 0, "run1/S1_R1.fastq"), "forbidden")
		wantCode(t, "attach a document", attach(marie, 0, "run1/notes.pdf"), "invalid")
		wantCode(t, "attach a folder", attach(marie, 0, "run1"), "invalid")
		wantCode(t, "attach a result as reads", attach(marie, 0, "run1/airr.tsv"), "invalid")
		_, mine := w.patientSample(marie, g.ID, client.NewFile{Name: "x.fastq"})
		_, err = marie.AttachFile(ctx, mine.ID, s.Files[0].ID, client.Attachment{Source: "sequencer", Path: "run1/S1_R1.fastq"})
		wantCode(t, "a file of another sample", err, "not_found")
		if err := attach(marie, 0, "run1/S1_R1.fastq"); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "the same file twice", attach(marie, 1, "run1/S1_R1.fastq"), "invalid")
		if err := attach(marie, 1, "run1/S1_R2.fastq"); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "a file that is there", attach(marie, 0, "run1/S1_R2.fastq"), "conflict")
		if f := w.sample(marie, s.ID).Files[0]; f.State != "present" || f.Source != "sequencer" || f.Size != int64(len(r1)) {
			t.Errorf("attached: got %+v", f)
		}
		w.readFile(marie, s.Files[0].ID, r1)
		w.missing(marie, dir, set, s, r1)
		w.wantAudit(s.ID, "file.attach", "file.attach", "file.read", "file.missing", "file.present")
	})
}

func (w *site) readFile(c *client.Client, id int64, want []byte) {
	w.t.Helper()
	f, err := c.FileContent(w.t.Context(), id, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil || !bytes.Equal(got, want) {
		w.t.Errorf("file: got %d bytes, %v", len(got), err)
	}
}

// missing takes a file of a mounted folder away, the folder as a whole, and
// brings both back.
func (w *site) missing(c *client.Client, dir string, set client.Set, s client.Sample, data []byte) {
	w.t.Helper()
	ctx, t := w.t.Context(), w.t
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, wantGone, wantBack int, state string) {
		t.Helper()
		gone, back, err := w.Service.CheckSources(ctx)
		if err != nil || gone != wantGone || back != wantBack {
			t.Errorf("%s: got %d gone, %d back, %v", what, gone, back, err)
		}
		if got := w.sample(c, s.ID).Files[0].State; got != state {
			t.Errorf("%s: got %s, want %s", what, got, state)
		}
	}
	check("all is there", 0, 0, "present")
	move("run1/S1_R1.fastq", "elsewhere")
	_, err := c.FileContent(ctx, s.Files[0].ID, 0)
	wantCode(t, "download of a file that is gone", err, "not_found")
	if got := w.sample(c, s.ID).Files[0].State; got != "missing" {
		t.Errorf("after the download: got %s, want missing", got)
	}
	if _, err := c.Set(ctx, set.ID); err != nil {
		t.Error(err)
	}
	move("elsewhere", "run1/S1_R1.fastq")
	check("it came back", 0, 1, "present")
	if err := os.Rename(dir, dir+" away"); err != nil {
		t.Fatal(err)
	}
	_, err = c.FileContent(ctx, s.Files[0].ID, 0)
	wantCode(t, "download while the folder is not mounted", err, "unavailable")
	check("the folder is not mounted", 0, 0, "present")
	if err := os.Rename(dir+" away", dir); err != nil {
		t.Fatal(err)
	}
	w.readFile(c, s.Files[0].ID, data)
}

func TestPlan(t *testing.T) {
	t.Parallel()
	eachWithUploads(t, siteConfig{}, func(t *testing.T, w *site) {
		ctx := t.Context()
		g := w.group("laboratory", 0, allRights...)
		blind := w.group("blind", g.ID, "set:read", "set:upload", "set:edit")
		theirs := w.group("theirs", 0, allRights...)
		marie, technician, other := w.person("marie", g.ID), w.person("technician", blind.ID), w.person("other", theirs.ID)
		sets, err := marie.CreateSets(ctx,
			client.NewSet{Kind: "patient", GroupID: g.ID, FirstName: "Marie", LastName: "Dupont", Label: "H-77"},
			client.NewSet{Kind: "patient", GroupID: g.ID, FirstName: "Jean", LastName: "Martin", Label: "LAB3"},
			client.NewSet{Kind: "run", GroupID: g.ID, Name: "run 1"})
		if err != nil {
			t.Fatal(err)
		}
		run := sets[2].ID
		in := client.PlanFiles{Sets: []int64{run}, Files: []client.PlanFile{
			{Path: "run/Dupont-Marie_S1_L001_R1_001.fastq.gz", Size: 10},
			{Path: "run/Dupont-Marie_S1_L001_R2_001.fastq.gz", Size: 11},
			{Path: "run/Dupont-Marie_S1_L002_R1_001.fastq.gz", Size: 12},
			{Path: "run/Dupont-Marie_S1_L002_R2_001.fastq.gz", Size: 13},
			{Path: "run/lab3-d15_S2_L001_R1_001.fastq.gz", Size: 14},
			{Path: "run/lab3-d15_S2_L001_R2_001.fastq.gz", Size: 15},
			{Path: "run/alone_S3_L001_R2_001.fastq.gz", Size: 16},
			{Path: "run/Undetermined_S0_L001_R1_001.fastq.gz", Size: 17},
			{Path: "run/report.html", Size: 18},
		}, Sheet: "sample,subject,sampling_date,info\nlab3-d15,,2026-02-30,x\nDupont-Marie,H-77,2026-02-03,marrow #MRD\nNobody,,,\n"}
		p, err := marie.PlanUploads(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Samples) != 3 || len(p.Unassigned) != 1 || len(p.Ignored) != 1 || len(p.Notes) != 2 {
			t.Fatalf("plan: got %+v", p)
		}
		first, second, third := p.Samples[0], p.Samples[1], p.Samples[2]
		if first.SamplingDate != "2026-02-03" || first.Info != "marrow #MRD" || len(first.Files) != 4 || first.Files[1].Lane != 2 || first.Files[3].Role != "R2" || len(first.Faults) != 0 {
			t.Errorf("first: got %+v", first)
		}
		if len(first.Patients) != 1 || first.Patients[0].SetID != sets[0].ID || first.Patients[0].Why != "label" || first.Patients[0].Title != "Dupont Marie" {
			t.Errorf("patients of the first: got %+v", first.Patients)
		}
		if second.SamplingDate != "" || len(second.Patients) != 1 || second.Patients[0].SetID != sets[1].ID {
			t.Errorf("second: got %+v", second)
		}
		if len(third.Faults) == 0 || len(third.Doubts) == 0 || third.Doubts[0].Kind != "missing_mate" {
			t.Errorf("third: got %+v", third)
		}
		noSheet := in
		noSheet.Sheet = ""
		if p, err := marie.PlanUploads(ctx, noSheet); err != nil || len(p.Samples[0].Patients) != 1 || p.Samples[0].Patients[0].Why != "name" {
			t.Errorf("by name: got %+v, %v", p.Samples, err)
		}

		book := in
		book.Sheet, book.SheetFile = "", workbook(t, []string{"sample", "last_name", "first_name", "birth", "sampling_date"}, []string{"alone", "Martin", "Jean", "1980-02-30", "2026-02-04"})
		if p, err = marie.PlanUploads(ctx, book); err != nil {
			t.Fatal(err)
		}
		third = p.Samples[2]
		if third.SamplingDate != "2026-02-04" || len(third.Patients) != 1 || third.Patients[0].Why != "name" || third.Subject == nil || third.Subject.LastName != "Martin" || third.Subject.Birth != "" || len(p.Notes) != 1 {
			t.Errorf("by a workbook: got %+v, subject %+v, notes %q", third, third.Subject, p.Notes)
		}

		// Without the right to identities nobody is found, and who has no right to
		// the set learns nothing.
		p, err = technician.PlanUploads(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		if text := encode(t, p.Samples[0].Patients) + encode(t, p.Samples[1].Patients); text != "[][]" {
			t.Errorf("patients shown to the technician: %s", text)
		}
		_, err = other.PlanUploads(ctx, in)
		wantCode(t, "a set of others", err, "not_found")

		// Carried out in part, the plan goes on with the sample.
		var files []client.NewFile
		for _, f := range first.Files {
			files = append(files, client.NewFile{Name: f.Name, Role: f.Role, Lane: f.Lane, Size: f.Size})
		}
		made, err := marie.CreateSamples(ctx, client.NewSample{Sets: in.Sets, Name: first.Name, Files: files})
		if err != nil {
			t.Fatal(err)
		}
		p, err = marie.PlanUploads(ctx, in)
		if err != nil || p.Samples[0].SampleID != made[0].ID || p.Samples[1].SampleID != 0 {
			t.Fatalf("again: got %+v, %v", p.Samples, err)
		}
		for _, f := range p.Samples[0].Files {
			if f.State != "expected" || f.FileID == 0 {
				t.Errorf("file: got %+v", f)
			}
		}
		// A name that one may not know is not found by it.
		if p, err := technician.PlanUploads(ctx, in); err != nil || p.Samples[0].SampleID != 0 {
			t.Errorf("the technician finds the sample by its name: %+v, %v", p.Samples[0], err)
		}
		var samples int
		err = w.Store.Read(context.WithoutCancel(ctx), func(tx *store.Tx) error {
			list, err := tx.FilesOf(ctx, []int64{made[0].ID})
			samples = len(list)
			return err
		})
		if err != nil || samples != 4 {
			t.Errorf("files: got %d, %v", samples, err)
		}
	})
}

// workbook is a spreadsheet of texts, as it is saved.
func workbook(t *testing.T, rows ...[]string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
