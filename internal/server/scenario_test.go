package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/store/storetest"
)

// TestScenario is a laboratory's first days, through HTTP only: setup, people
// and rights, patients and runs, an upload in pieces with a restart in between,
// automatic analyses, live progress, a fused result, annotations with a
// conflict and their history, a comparison, the quality table, exports, and the
// trash.
func TestScenario(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		s := &scenario{t: t, data: t.TempDir(), database: url, jars: map[string]http.CookieJar{}}
		s.start()
		s.setUp()
		s.people()
		s.sets()
		s.uploadWithRestart()
		s.progress()
		s.fused()
		s.annotate()
		s.compare()
		s.quality()
		s.export()
		s.identity()
		s.trash()
		s.server.stopOrFail(t)
	})
}

const scenarioPassword = "seven quiet horses"

// scenario is the story's state from chapter to chapter.
type scenario struct {
	t              *testing.T
	data, database string
	server         *running
	jars           map[string]http.CookieJar // of people, who stay signed in over restarts

	lab, roles     client.Group
	config         client.Config
	patient, other client.Set
	run, plain     client.Set
	samples        []client.Sample
}

func (r *running) stopOrFail(t *testing.T) {
	t.Helper()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
}

func (s *scenario) start() {
	s.t.Helper()
	s.server = run(s.t, Config{Settings: settings(s.data, func(c *config.Config) { c.Database, c.Workers.Count = s.database, 2 })})
}

// as speaks to the server as a person.
func (s *scenario) as(name string) *client.Client {
	s.t.Helper()
	jar, ok := s.jars[name]
	if !ok {
		jar, _ = cookiejar.New(nil) // it never fails
		s.jars[name] = jar
	}
	c, err := client.New(client.Options{URL: s.server.url, HTTP: &http.Client{Jar: jar}})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// must stops the story on an error.
func (s *scenario) must(what string, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

// refused wants an error of that code.
func (s *scenario) refused(what string, err error, code string) {
	s.t.Helper()
	if got := client.CodeOf(err); got != code {
		s.t.Errorf("%s: got %q (%v), want %q", what, got, err, code)
	}
}

func (s *scenario) setUp() {
	link, ok := "", false
	for !ok {
		_, link, ok = strings.Cut(s.server.line(), "setup#")
	}
	token := strings.TrimPrefix(strings.Fields(link)[0], "token=")
	ctx := s.t.Context()
	_, err := s.as("nobody").Sets(ctx, "patient", client.Page{})
	s.refused("a list without signing in", err, "unauthenticated")
	_, err = s.as("admin").Setup(ctx, client.Setup{Token: token, Email: "admin@example.org", Name: "Admin", Password: scenarioPassword})
	s.must("setup", err)
	_, err = s.as("late").Setup(ctx, client.Setup{Token: token, Email: "late@example.org", Name: "Late", Password: scenarioPassword})
	if err == nil {
		s.t.Error("the setup link was good twice")
	}
}

func (s *scenario) people() {
	ctx, admin := s.t.Context(), s.as("admin")
	var err error
	s.lab, err = admin.CreateGroup(ctx, client.NewGroup{Name: "Laboratory"})
	s.must("make a group", err)
	s.roles, err = admin.CreateGroup(ctx, client.NewGroup{Name: "Doctors", ParentID: s.lab.ID})
	s.must("make a child group", err)
	_, err = admin.SetRights(ctx, s.roles.ID, "set:create", "set:read", "set:edit", "set:upload", "set:run", "set:save", "set:anon", "set:share", "config:read")
	s.must("give rights", err)
	technicians, err := admin.CreateGroup(ctx, client.NewGroup{Name: "Technicians", ParentID: s.lab.ID})
	s.must("make another child group", err)
	_, err = admin.SetRights(ctx, technicians.ID, "set:read", "set:save")
	s.must("give rights", err)
	for name, groups := range map[string][]int64{"ann": {s.roles.ID}, "tom": {technicians.ID}, "eve": nil} {
		inv, err := admin.CreateUser(ctx, client.NewUser{Email: name + "@example.org", Name: name, Groups: groups})
		s.must("invite", err)
		_, token, _ := strings.Cut(inv.Link, "#")
		s.must("choose a password", s.as(name).ResetPassword(ctx, client.PasswordReset{Token: strings.TrimPrefix(token, "token="), Password: scenarioPassword}))
		_, err = s.as(name).SignIn(ctx, client.Credentials{Email: strings.ToUpper(name) + "@example.org", Password: scenarioPassword})
		s.must("sign in", err)
	}
	_, err = s.as("ann").CreateUser(ctx, client.NewUser{Email: "x@example.org", Name: "x"})
	s.refused("make a user without being an administrator", err, "forbidden")
}

func (s *scenario) sets() {
	ctx, ann := s.t.Context(), s.as("ann")
	_, err := ann.CreateSets(ctx, client.NewSet{Kind: "patient", GroupID: s.lab.ID, LastName: "Good"}, client.NewSet{Kind: "patient", GroupID: s.lab.ID, FirstName: "no last name"})
	s.refused("two patients of which one is wrong", err, "invalid")
	made, err := ann.CreateSets(ctx,
		client.NewSet{Kind: "patient", GroupID: s.lab.ID, FirstName: "Zdenka", LastName: "Quxberg", Birth: "1980-02-03", Info: "#ALL"},
		client.NewSet{Kind: "patient", GroupID: s.lab.ID, FirstName: "Other", LastName: "Person"},
		client.NewSet{Kind: "run", GroupID: s.lab.ID, Name: "Run 1", RunDate: "2026-01-05"},
		client.NewSet{Kind: "set", GroupID: s.lab.ID, Name: "Study"})
	s.must("make sets", err)
	s.patient, s.other, s.run, s.plain = made[0], made[1], made[2], made[3]
	page, err := ann.Sets(ctx, "patient", client.Page{})
	s.must("list patients", err)
	if len(page.Items) != 2 {
		s.t.Errorf("patients: got %d, want 2: the refused request must have made none", len(page.Items))
	}
	configs, err := s.as("admin").Configs(ctx)
	s.must("list configs", err)
	s.config = configs.Items[0]
	s.must("analyse on arrival", s.as("admin").SetAutoConfigsOfGroup(ctx, s.lab.ID, s.config.ID))
	_, err = s.as("eve").Set(ctx, s.patient.ID)
	s.refused("see a patient of others", err, "not_found")
	_, err = s.as("eve").CreateSamples(ctx, client.NewSample{Sets: []int64{s.patient.ID}, Files: []client.NewFile{{Name: "a.fastq"}}})
	if err == nil {
		s.t.Error("eve put a sample into a patient of others")
	}
}

// closedLid gives the bytes of a file, and stops the server after some.
type closedLid struct {
	io.ReaderAt
	after int64
	stop  func()
}

func (r *closedLid) ReadAt(p []byte, off int64) (int, error) {
	if off >= r.after {
		r.stop()
		return 0, errors.New("the lid was closed")
	}
	return r.ReaderAt.ReadAt(p, off)
}

func (s *scenario) uploadWithRestart() {
	reads, err := os.ReadFile("../../testdata/demo.fastq.gz")
	s.must("read the demonstration", err)
	ctx := s.t.Context()
	s.samples, err = s.as("ann").CreateSamples(ctx,
		client.NewSample{Sets: []int64{s.patient.ID, s.run.ID}, SamplingDate: "2026-01-04", Info: "#diagnosis", Files: []client.NewFile{{Name: "Quxberg_diagnosis.fastq.gz", Size: int64(len(reads))}}},
		client.NewSample{Sets: []int64{s.patient.ID}, SamplingDate: "2026-02-04", Info: "#MRD", Files: []client.NewFile{{Name: "Quxberg_MRD.fastq.gz"}}})
	s.must("announce samples", err)

	half, cancel := context.WithCancel(ctx)
	piece, id := int64(len(reads)/5), ""
	_, err = s.as("ann").Upload(half, s.samples[0].Files[0].ID, "Quxberg_diagnosis.fastq.gz",
		&closedLid{ReaderAt: bytes.NewReader(reads), after: 2 * piece, stop: cancel}, int64(len(reads)),
		client.UploadOptions{PieceBytes: piece, Begun: func(name string) { id = name }})
	if err == nil || id == "" {
		s.t.Fatalf("the upload was to be interrupted: %v, id %q", err, id)
	}
	s.server.stopOrFail(s.t)
	s.start()
	at, err := s.as("ann").UploadStatus(ctx, id)
	s.must("where the upload is", err)
	if at.Offset < piece || at.Offset >= int64(len(reads)) {
		s.t.Errorf("after the restart the server has %d bytes of %d, want some and not all", at.Offset, len(reads))
	}
	_, err = s.as("eve").UploadStatus(ctx, id)
	if err == nil {
		s.t.Error("eve sees an upload of others")
	}
	done, err := s.as("ann").ResumeUpload(ctx, id, bytes.NewReader(reads), int64(len(reads)), client.UploadOptions{})
	s.must("go on with the upload", err)
	if done.State != "finished" || done.Size != int64(len(reads)) {
		s.t.Errorf("the upload: got %+v", done)
	}
	again, err := s.as("ann").Upload(ctx, s.samples[1].Files[0].ID, "Quxberg_MRD.fastq.gz", bytes.NewReader(reads), int64(len(reads)), client.UploadOptions{})
	s.must("upload the second file", err)
	if !again.Duplicate {
		s.t.Error("the same bytes again were not recognised")
	}
}

// progress follows the analyses by events until nothing is left to do.
func (s *scenario) progress() {
	ctx, cancel := context.WithTimeout(s.t.Context(), 3*time.Minute)
	defer cancel()
	ann, events := s.as("ann"), 0
	for {
		page, err := ann.Jobs(ctx, client.JobFilter{Set: s.patient.ID}, client.Page{})
		s.must("list jobs", err)
		analysed, open := 0, 0
		for _, j := range page.Items {
			switch {
			case j.State == "failed" || j.State == "cancelled":
				s.t.Fatalf("job %d (%s): %s: %s", j.ID, j.Kind, j.State, j.Error)
			case !j.Ended():
				open++
			case j.Kind == "analyze":
				analysed++
			}
		}
		fused, err := ann.Fused(ctx, client.Ref{SetID: s.patient.ID, ConfigID: s.config.ID})
		s.must("ask for the fused result", err)
		if analysed == 2 && open == 0 && fused.State == "fresh" && len(fused.Samples) == 2 {
			break
		}
		stop := errors.New("enough")
		err = ann.Events(ctx, []string{"jobs", "set:" + itoa(s.patient.ID)}, "", func(client.Event) error {
			events++
			return stop
		})
		if err != nil && !errors.Is(err, stop) {
			s.t.Fatalf("events: %v", err)
		}
	}
	page, err := ann.Jobs(ctx, client.JobFilter{Sample: s.samples[0].ID, Kinds: []string{"analyze"}}, client.Page{})
	s.must("jobs of the sample", err)
	if len(page.Items) != 1 {
		s.t.Fatalf("analyses of the sample: got %d, want one", len(page.Items))
	}
	log, err := ann.JobLog(ctx, page.Items[0].ID, "")
	s.must("read the log", err)
	if len(log.Items) == 0 || log.State != "done" {
		s.t.Errorf("log of the analysis: %d pieces, state %s", len(log.Items), log.State)
	}
	s.t.Logf("%d events", events)
}

func (s *scenario) patientRef() client.Ref {
	return client.Ref{SetID: s.patient.ID, ConfigID: s.config.ID}
}

func (s *scenario) fused() {
	ctx, ann := s.t.Context(), s.as("ann")
	twice, err := ann.Run(ctx, client.RunRequest{ConfigID: s.config.ID, SetIDs: []int64{s.patient.ID}, Which: []string{"missing"}})
	s.must("run what is missing", err)
	if twice.Added != 0 {
		s.t.Errorf("nothing is missing, and %d jobs were added", twice.Added)
	}
	d, err := ann.Columns(ctx, s.patientRef(), client.ColumnsQuery{})
	s.must("load the columns", err)
	columns, err := io.ReadAll(d.Body)
	s.must("load the columns", errors.Join(err, d.Body.Close()))
	if len(columns) < 1000 || d.ETag == "" {
		s.t.Errorf("columns: %d bytes, ETag %q", len(columns), d.ETag)
	}
	again, err := ann.Columns(ctx, s.patientRef(), client.ColumnsQuery{ETag: d.ETag})
	s.must("load the columns again", err)
	if again.Body != nil {
		s.t.Error("columns that have not changed were sent again")
	}
	results, err := ann.Results(ctx, s.samples[0].ID)
	s.must("results", err)
	if len(results.Items) != 1 {
		s.t.Fatalf("results: got %d, want one", len(results.Items))
	}
	r, err := ann.Result(ctx, results.Items[0].ID)
	s.must("a result", err)
	p := r.Provenance
	if p.Engine == "" || p.Germline == nil || p.Germline.Digest == "" || len(p.Inputs) != 1 || p.Inputs[0].Digest == "" || p.ConfigDigest == "" {
		s.t.Errorf("provenance has gaps: %+v", p)
	}
}

func (s *scenario) annotate() {
	ctx, ann, tom := s.t.Context(), s.as("ann"), s.as("tom")
	hits, err := ann.SearchClones(ctx, client.CloneSearch{Gene: "IGHV", Limit: 2})
	s.must("search clonotypes", err)
	if len(hits.Items) == 0 {
		s.t.Fatal("no IGH clonotype found")
	}
	a, err := ann.Annotation(ctx, s.patient.ID)
	s.must("annotation", err)
	note := func(name string) client.AnnotationSave {
		return client.AnnotationSave{Body: client.AnnotationBody{Clonotypes: []client.ClonotypeNote{{ID: hits.Items[0].ID, Name: name, Tag: "1"}}}}
	}
	first, err := ann.SaveAnnotation(ctx, s.patient.ID, a.Version, note("main"))
	s.must("save", err)
	_, err = tom.SaveAnnotation(ctx, s.patient.ID, a.Version, note("mine"))
	s.refused("save over the change of somebody else", err, "stale")
	second, err := tom.SaveAnnotation(ctx, s.patient.ID, first.Version, note("mine"))
	s.must("save after reading the change", err)
	_, err = s.as("eve").SaveAnnotation(ctx, s.patient.ID, second.Version, note("stolen"))
	s.refused("annotate a patient of others", err, "not_found")
	diff, err := ann.DiffAnnotations(ctx, s.patient.ID, first.Version, second.Version)
	s.must("compare versions", err)
	if len(diff) != 1 || diff[0].Field != "name" {
		s.t.Errorf("two versions differ in %+v, want in the name of a clonotype", diff)
	}
	back, err := ann.RestoreAnnotation(ctx, s.patient.ID, first.Version, second.Version)
	s.must("restore", err)
	versions, err := ann.AnnotationVersions(ctx, s.patient.ID, client.Page{})
	s.must("history", err)
	if len(versions.Items) != 3 || back.Body.Clonotypes[0].Name != "main" {
		s.t.Errorf("after a restore: %d versions, name %q; want 3, main", len(versions.Items), back.Body.Clonotypes[0].Name)
	}
}

func (s *scenario) compare() {
	ctx, ann := s.t.Context(), s.as("ann")
	c, err := ann.Compare(ctx, client.Compare{SampleIDs: []int64{s.samples[1].ID, s.samples[0].ID}, ConfigID: s.config.ID})
	s.must("compare", err)
	if len(c.Samples) != 2 || c.Samples[0].SampleID != s.samples[1].ID {
		s.t.Errorf("comparison: got %+v, want the two samples in the order asked", c.Samples)
	}
	_, err = s.as("eve").Compare(ctx, client.Compare{SampleIDs: []int64{s.samples[0].ID}, ConfigID: s.config.ID})
	s.refused("compare samples of others", err, "not_found")
}

func (s *scenario) quality() {
	ctx, ann := s.t.Context(), s.as("ann")
	rows, err := ann.Quality(ctx, s.patient.ID, s.config.ID)
	s.must("quality table", err)
	if len(rows) != 2 || rows[0].Share == nil || *rows[0].Share <= 0 || *rows[0].Share > 1 {
		s.t.Errorf("quality table: %+v", rows)
	}
	d, err := ann.QualityTable(ctx, s.patient.ID, s.config.ID)
	s.must("quality table as text", err)
	text, err := io.ReadAll(d.Body)
	s.must("quality table as text", errors.Join(err, d.Body.Close()))
	if n := strings.Count(string(text), "\n"); n != 3 {
		s.t.Errorf("quality table as text: %d lines, want 3:\n%s", n, text)
	}
}

func (s *scenario) export() {
	ctx, ann := s.t.Context(), s.as("ann")
	for format, want := range map[string]string{"vidjil": `"vidjil_json_version"`, "airr": "junction_aa"} {
		d, err := ann.Export(ctx, s.patientRef(), format)
		s.must("export as "+format, err)
		text, err := io.ReadAll(d.Body)
		s.must("export as "+format, errors.Join(err, d.Body.Close()))
		if !strings.Contains(string(text), want) {
			s.t.Errorf("export as %s: %.200s", format, text)
		}
	}
	d, err := ann.Archive(ctx, client.Archive{Sets: []int64{s.patient.ID}})
	s.must("ZIP file", err)
	zip, err := io.ReadAll(d.Body)
	s.must("ZIP file", errors.Join(err, d.Body.Close()))
	if !bytes.HasPrefix(zip, []byte("PK")) || !bytes.Contains(zip, []byte("metadata.json")) {
		s.t.Errorf("ZIP file: %d bytes without metadata.json", len(zip))
	}
}

// identity reads what it can as tom, who may not know who the patient is.
func (s *scenario) identity() {
	ctx, tom := s.t.Context(), s.as("tom")
	var answers strings.Builder
	note := func(v any, err error) {
		s.t.Helper()
		s.must("read as tom", err)
		text, err := json.Marshal(v)
		s.must("encode", err)
		answers.WriteString(strings.ToLower(string(text)))
	}
	set, err := tom.Set(ctx, s.patient.ID)
	note(set, err)
	page, err := tom.Sets(ctx, "patient", client.Page{})
	note(page, err)
	samples, err := tom.Samples(ctx, s.patient.ID, client.Page{})
	note(samples, err)
	fused, err := tom.Fused(ctx, s.patientRef())
	note(fused, err)
	rows, err := tom.Quality(ctx, s.patient.ID, s.config.ID)
	note(rows, err)
	for _, format := range []string{"vidjil", "airr"} {
		d, err := tom.Export(ctx, s.patientRef(), format)
		s.must("export as tom", err)
		text, err := io.ReadAll(d.Body)
		s.must("export as tom", errors.Join(err, d.Body.Close()))
		answers.WriteString(strings.ToLower(string(text)))
	}
	for _, secret := range []string{"quxberg", "zdenka", "1980-02-03"} {
		if at := strings.Index(answers.String(), secret); at >= 0 {
			s.t.Errorf("tom learns %q: …%s…", secret, answers.String()[max(0, at-80):at+20])
		}
	}
	found, err := tom.Sets(ctx, "patient", client.Page{Q: "quxberg"})
	s.must("search as tom", err)
	if len(found.Items) != 0 {
		s.t.Error("tom finds a patient by a name that he may not know")
	}
}

func (s *scenario) trash() {
	ctx, ann := s.t.Context(), s.as("ann")
	s.must("trash the patient", ann.TrashSet(ctx, s.patient.ID))
	_, err := ann.Fused(ctx, s.patientRef())
	if err == nil {
		s.t.Error("a patient in the trash still shows its fused result")
	}
	kept, err := ann.Sample(ctx, s.samples[0].ID)
	s.must("a sample that is in a run too", err)
	if !kept.Trashed.IsZero() {
		s.t.Error("a sample that is in a run too went into the trash with the patient")
	}
	_, err = ann.RestoreSet(ctx, s.patient.ID)
	s.must("restore", err)
	back, err := ann.Samples(ctx, s.patient.ID, client.Page{})
	s.must("samples of the restored patient", err)
	if len(back.Items) != 2 {
		s.t.Errorf("samples of the restored patient: got %d, want 2", len(back.Items))
	}
}
