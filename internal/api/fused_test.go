package api_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service/resulttest"
	"vidjil.org/vidjil/internal/store/storetest"
	"vidjil.org/vidjil/vdj/vidjilfile"
)

// got reads a download.
func got(t *testing.T, d client.Download, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if d.Body == nil {
		return nil
	}
	defer d.Body.Close()
	data, err := io.ReadAll(d.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// analysedSite is a site with a patient and a run of two samples, which were
// uploaded, analysed and fused by workers.
type analysedSite struct {
	*site
	root         *client.Client
	patient, run int64
	samples      []int64
	config       client.Config
	ref          client.Ref // of the patient
}

func newAnalysedSite(t *testing.T, address string) *analysedSite {
	t.Helper()
	w := &analysedSite{site: newSite(t, address, siteConfig{Dir: t.TempDir()})}
	ctx := t.Context()
	w.works(address)
	w.root = w.admin()
	reads, err := os.ReadFile("../../testdata/demo.fastq.gz")
	if err != nil {
		t.Fatal(err)
	}
	sets, err := w.root.CreateSets(ctx, client.NewSet{Kind: "patient", LastName: "Durand"}, client.NewSet{Kind: "run", Name: "run 1"})
	if err != nil {
		t.Fatal(err)
	}
	w.patient, w.run = sets[0].ID, sets[1].ID
	w.config = configNamed(t, w.root, "multi+inc")
	w.ref = client.Ref{SetID: w.patient, ConfigID: w.config.ID}
	for _, date := range []string{"2026-01-02", "2026-02-03"} {
		list, err := w.root.CreateSamples(ctx, client.NewSample{Sets: []int64{w.patient, w.run}, SamplingDate: date, Files: []client.NewFile{{Name: date + ".fastq.gz"}}})
		if err != nil {
			t.Fatal(err)
		}
		w.samples = append(w.samples, list[0].ID)
		if _, err := w.root.Upload(ctx, list[0].Files[0].ID, date+".fastq.gz", bytes.NewReader(reads), int64(len(reads)), client.UploadOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	out, err := w.root.Run(ctx, client.RunRequest{ConfigID: w.config.ID, SampleIDs: w.samples, SetIDs: []int64{w.patient}})
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range out.Jobs {
		if end := w.finished(w.root, j.ID); end.State != "done" {
			t.Fatalf("analysis: got %+v", end)
		}
	}
	for _, set := range []int64{w.patient, w.run} {
		w.awaitFused(client.Ref{SetID: set, ConfigID: w.config.ID}, 2)
	}
	return w
}

// awaitFused waits until a fused result shows so many samples.
func (w *analysedSite) awaitFused(ref client.Ref, columns int) client.Fused {
	w.t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		f, err := w.root.Fused(w.t.Context(), ref)
		if err != nil {
			w.t.Fatal(err)
		}
		n := 0
		for _, s := range f.Samples {
			if s.Column >= 0 {
				n++
			}
		}
		if f.State == "fresh" && n == columns {
			return f
		}
		if time.Now().After(end) {
			w.t.Fatalf("not fused: %+v", f)
		}
		<-time.After(20 * time.Millisecond) // the workers' signals do not come here
	}
}

// TestViewsThroughHTTP looks at results as the web client does.
func TestViewsThroughHTTP(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, address string) {
		w := newAnalysedSite(t, address)
		t.Run("columns", w.testColumns)
		t.Run("export", w.testExports)
		t.Run("compare", w.testCompare)
		t.Run("annotation", w.testAnnotation)
		t.Run("quality", w.testQuality)
		t.Run("search", w.testSearch)
		t.Run("sequences", w.testSequences)
	})
}

func (w *analysedSite) testColumns(t *testing.T) {
	ctx := t.Context()
	info, err := w.root.Fused(ctx, w.ref)
	if err != nil {
		t.Fatal(err)
	}
	first := info.Samples[0]
	if first.SamplingDate != "2026-01-02" || first.Title != "2026-01-02" || first.Result == nil || first.Result.Reads != 2700 || len(first.Result.Systems) == 0 || first.Result.Provenance.Germline == nil {
		t.Errorf("first sample: got %+v", first)
	}
	d, err := w.root.Columns(ctx, w.ref, client.ColumnsQuery{})
	all := resulttest.ReadArrow(t, bytes.NewReader(got(t, d, err)))
	if len(all.IDs) < 20 || all.Reads[0][0] != 463 || all.Reads[0][1] != 463 || slices.Contains(all.Columns, "sequence") || !slices.Contains(all.Columns, "cdr3_aa") {
		t.Errorf("columns: got %d clonotypes, %v, columns %v", len(all.IDs), all.Reads[0], all.Columns)
	}
	if all.Meta.Samples[1].SampleID != w.samples[1] || all.Meta.Samples[1].Name != "2026-02-03" || all.Meta.Samples[1].OriginalName != "2026-02-03.fastq.gz" {
		t.Errorf("samples: got %+v", all.Meta.Samples)
	}
	if again, err := w.root.Columns(ctx, w.ref, client.ColumnsQuery{ETag: d.ETag}); err != nil || again.Body != nil || again.ETag != d.ETag {
		t.Errorf("asked again with its ETag %s: got %+v (%v), want nothing", d.ETag, again, err)
	}
	d, err = w.root.Columns(ctx, w.ref, client.ColumnsQuery{Top: 2, Fields: []string{"id", "sequence"}, Samples: []int{1}, Lengths: true, ETag: d.ETag})
	few := resulttest.ReadArrow(t, bytes.NewReader(got(t, d, err)))
	if want := []string{"id", "sequence", "reads_1", "length_1"}; len(few.IDs) != 2 || !slices.Equal(few.Columns, want) {
		t.Errorf("few: got %d clonotypes, columns %v, want 2, %v", len(few.IDs), few.Columns, want)
	}
	d, err = w.root.Counts(ctx, w.ref, client.ColumnsQuery{Samples: []int{0}})
	if counts := resulttest.ReadArrow(t, bytes.NewReader(got(t, d, err))); !slices.Equal(counts.Columns, []string{"reads_0"}) || len(counts.Reads) != len(all.IDs) {
		t.Errorf("counts: got %v of %d", counts.Columns, len(counts.Reads))
	}
	// Each coding that a browser may ask for.
	token := w.tokenOf(lab.User{Name: "Machine", Admin: true})
	for _, coding := range []string{"gzip", "zstd", "identity"} {
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s%s/sets/%d/fused/axes/junction_aa.arrow?config_id=%d", w.URL, client.Prefix, w.patient, w.config.ID), nil)
		req.Header.Set("Accept-Encoding", coding)
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if want := map[string]string{"identity": ""}[coding]; coding != "identity" && res.Header.Get("Content-Encoding") != coding || coding == "identity" && res.Header.Get("Content-Encoding") != want ||
			res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("%s: got status %d, header %v", coding, res.StatusCode, res.Header)
		}
	}
	for name, q := range map[string]client.ColumnsQuery{"no such field": {Fields: []string{"x"}}, "no such sample": {Samples: []int{7}}} {
		_, err := w.root.Columns(ctx, w.ref, q)
		wantCode(t, name, err, "invalid")
	}
	_, err = w.root.Columns(ctx, client.Ref{SetID: w.patient}, client.ColumnsQuery{})
	wantCode(t, "without config", err, "invalid")
}

func (w *analysedSite) testExports(t *testing.T) {
	ctx := t.Context()
	d, err := w.root.Export(ctx, w.ref, "vidjil")
	file, err := vidjilfile.Read(bytes.NewReader(got(t, d, err)))
	if err != nil || file.Samples.Number != 2 || file.Samples.OriginalNames[0] != "2026-01-02.fastq.gz" || vidjilfile.Errors(file.Lint(vidjilfile.LintOptions{})) > 0 {
		t.Errorf(".vidjil %s: %+v, %v (%v)", d.Name, file.Samples, file.Lint(vidjilfile.LintOptions{}), err)
	}
	d, err = w.root.Export(ctx, w.ref, "airr")
	if table := got(t, d, err); !strings.HasPrefix(string(table), "sequence_id\t") || !strings.HasSuffix(d.Name, ".airr.tsv") {
		t.Errorf("AIRR %s: %.100s", d.Name, table)
	}
	d, err = w.root.Archive(ctx, client.Archive{Sets: []int64{w.run}, Formats: []string{"vidjil", "airr"}, Logs: true, Files: true})
	data := got(t, d, err)
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil || len(text) == 0 {
			t.Errorf("%s: %d bytes (%v)", f.Name, len(text), err)
		}
		if f.Name == "metadata.json" {
			var meta []struct {
				ID           int64
				Files        []string                `json:"file"`
				SequenceFile string                  `json:"sequence_file"`
				Sets         []struct{ Name string } `json:"set_info"`
			}
			if err := json.Unmarshal(text, &meta); err != nil || len(meta) != 2 || len(meta[0].Files) != 3 || meta[0].SequenceFile != "2026-01-02.fastq.gz" || len(meta[0].Sets) != 2 {
				t.Errorf("metadata: %s (%v)", text, err)
			}
		}
	}
	if len(names) != 7 { // two files and the log of each, metadata
		t.Errorf("got %v", names)
	}
	_, err = w.root.Archive(ctx, client.Archive{Sets: []int64{w.run}, Results: []int64{1}})
	wantCode(t, "sets and results", err, "invalid")
}

func (w *analysedSite) testCompare(t *testing.T) {
	ctx := t.Context()
	f, err := w.root.Compare(ctx, client.Compare{SampleIDs: []int64{w.samples[1], w.samples[0]}, ConfigID: w.config.ID, Top: 5})
	if err != nil {
		t.Fatal(err)
	}
	if f.ComparisonID == 0 || f.State != "fresh" || len(f.Samples) != 2 || f.Samples[0].SampleID != w.samples[1] || f.Samples[0].Column != 0 {
		t.Errorf("got %+v", f)
	}
	d, err := w.root.Columns(ctx, client.Ref{ComparisonID: f.ComparisonID}, client.ColumnsQuery{})
	if c := resulttest.ReadArrow(t, bytes.NewReader(got(t, d, err))); len(c.IDs) < 5 || c.Meta.Samples[0].SampleID != w.samples[1] {
		t.Errorf("columns: got %d clonotypes of %+v", len(c.IDs), c.Meta.Samples)
	}
	d, err = w.root.Columns(ctx, client.Ref{ResultID: f.Samples[0].Result.ID}, client.ColumnsQuery{Top: 3})
	if c := resulttest.ReadArrow(t, bytes.NewReader(got(t, d, err))); len(c.IDs) != 3 || len(c.Meta.Samples) != 1 {
		t.Errorf("a single result: got %d clonotypes of %+v", len(c.IDs), c.Meta.Samples)
	}
	p, err := w.root.Permalink(ctx, fmt.Sprintf("/%d-%d", w.patient, w.config.ID), url.Values{"clone": {"1,2"}})
	if err != nil || p.SetID != w.patient || p.ConfigID != w.config.ID || p.Kind != "patient" || len(p.Clones) != 2 {
		t.Errorf("permalink: got %+v (%v)", p, err)
	}
	p, err = w.root.Permalink(ctx, "/", url.Values{"custom": {fmt.Sprint(f.Samples[0].Result.ID), fmt.Sprint(f.Samples[1].Result.ID)}})
	if err != nil || len(p.ResultIDs) != 2 {
		t.Errorf("permalink of results: got %+v (%v)", p, err)
	}
}

func (w *analysedSite) testAnnotation(t *testing.T) {
	ctx := t.Context()
	empty, err := w.root.Annotation(ctx, w.patient)
	if err != nil || empty.Version != 0 {
		t.Fatalf("got %+v (%v)", empty, err)
	}
	body := client.AnnotationBody{Clonotypes: []client.ClonotypeNote{{ID: "ACGT", Tag: "1", Colour: "#ff0070"}}, Reports: map[string]json.RawMessage{"full": json.RawMessage(`{"a":[1]}`)}}
	one, err := w.root.SaveAnnotation(ctx, w.patient, 0, client.AnnotationSave{Body: body, Note: "first"})
	if err != nil || one.Version != 1 || one.Author != "Root" || string(one.Body.Reports["full"]) != `{"a":[1]}` {
		t.Fatalf("saved: got %+v (%v)", one, err)
	}
	_, err = w.root.SaveAnnotation(ctx, w.patient, 0, client.AnnotationSave{Body: body})
	wantCode(t, "saved again on the same version", err, "stale")
	body.Clonotypes[0].Colour = "red"
	_, err = w.root.SaveAnnotation(ctx, w.patient, 1, client.AnnotationSave{Body: body})
	wantCode(t, "a colour that is none", err, "invalid")
	two, err := w.root.ImportAnnotation(ctx, w.patient, 1, strings.NewReader(`{"clones":[{"id":"ACGT","name":"x"}],"samples":{"original_names":["2026-02-03.fastq.gz"],"order":[0]},"data":{"a":[1]}}`))
	if err != nil || two.Version != 2 || two.Body.Samples[0].SampleID != w.samples[1] {
		t.Fatalf("imported: got %+v (%v)", two, err)
	}
	diff, err := w.root.DiffAnnotations(ctx, w.patient, 1, 0)
	if err != nil || len(diff) == 0 || diff[0].Part != "clonotype" || diff[0].Field != "colour" || string(diff[0].Before) != `"#ff0070"` || diff[0].After != nil {
		t.Errorf("difference: got %+v (%v)", diff, err)
	}
	three, err := w.root.RestoreAnnotation(ctx, w.patient, 1, 2)
	if err != nil || three.Version != 3 || three.Body.Clonotypes[0].Colour != "#ff0070" {
		t.Errorf("restored: got %+v (%v)", three, err)
	}
	page, err := w.root.AnnotationVersions(ctx, w.patient, client.Page{Limit: 2})
	if err != nil || len(page.Items) != 2 || page.Next == "" {
		t.Errorf("versions: got %+v (%v)", page, err)
	}
	if page, err = w.root.AnnotationVersions(ctx, w.patient, client.Page{Limit: 2, Cursor: page.Next}); err != nil || len(page.Items) != 1 || page.Next != "" {
		t.Errorf("the last page: got %+v (%v)", page, err)
	}
	old, err := w.root.AnnotationAt(ctx, w.patient, 2)
	if err != nil || old.Body.Clonotypes[0].Name != "x" {
		t.Errorf("version 2: got %+v (%v)", old, err)
	}
	d, err := w.root.ExportAnnotation(ctx, w.patient, 2)
	if a, err := vidjilfile.ReadAnalysis(bytes.NewReader(got(t, d, err))); err != nil || len(a.Samples.OriginalNames) != 2 || a.Clones[0].Name != "x" {
		t.Errorf("exported: got %+v (%v)", a, err)
	}
	answer := ask(t, w.site, "", fmt.Sprintf("%s/sets/%d/annotation", client.Prefix, w.patient))
	if answer.status != http.StatusUnauthorized {
		t.Errorf("nobody: got %d", answer.status)
	}
}

func (w *analysedSite) testQuality(t *testing.T) {
	ctx := t.Context()
	rows, err := w.root.Quality(ctx, w.run, w.config.ID)
	if err != nil || len(rows) != 2 {
		t.Fatalf("got %+v (%v)", rows, err)
	}
	r := rows[0]
	if r.Share == nil || *r.Share < 0.5 || r.Common == nil || *r.Common != 0 || r.Result.Main == nil || r.Result.Main.Reads != 463 || len(r.LengthBars) != 50 || len(r.Major) == 0 || len(r.Sets) != 2 {
		t.Errorf("row: got %+v", r)
	}
	d, err := w.root.QualityTable(ctx, w.run, 0)
	if table := got(t, d, err); bytes.Count(table, []byte("\n")) != 3 || !strings.HasPrefix(string(table), "sets_ids\t") {
		t.Errorf("table: %s", table)
	}
	c, err := w.root.Contaminations(ctx, w.run, w.config.ID, "common")
	if err != nil || c.Total != 0 || c.State != "fresh" { // both samples have the same shares
		t.Errorf("contaminations: got %+v (%v)", c, err)
	}
}

func (w *analysedSite) testSearch(t *testing.T) {
	ctx := t.Context()
	rows, err := w.root.Quality(ctx, w.run, w.config.ID)
	if err != nil {
		t.Fatal(err)
	}
	window := rows[0].Result.Main.ID
	found, err := w.root.SearchClones(ctx, client.CloneSearch{Sequence: window, SetIDs: []int64{w.run}, MinReads: 100})
	if err != nil || found.Total != 2 || found.Items[0].ID != window || found.Items[0].Reads != 463 || found.Items[0].Stop-found.Items[0].Start != len(window)-1 || len(found.Configs) != 1 {
		t.Errorf("got %d hits, configs %v: %+v (%v)", found.Total, found.Configs, found.Items, err)
	}
	_, err = w.root.SearchClones(ctx, client.CloneSearch{})
	wantCode(t, "nothing", err, "invalid")
	_, err = w.nobody().SearchClones(ctx, client.CloneSearch{Sequence: window})
	wantCode(t, "nobody", err, "unauthenticated")
	list, err := w.root.Sequences(ctx, w.ref, window, "ACGT")
	if err != nil || len(list) != 1 || !strings.Contains(list[0].Sequence, window) {
		t.Errorf("sequences: got %+v (%v)", list, err)
	}
	raw, err := w.root.Clones(ctx, w.ref, window)
	if err != nil || len(raw) != 1 || !strings.Contains(string(raw[0]), `"seg"`) {
		t.Errorf("clones: got %s (%v)", raw, err)
	}
}

func (w *analysedSite) testSequences(t *testing.T) {
	ctx := t.Context()
	rows, err := w.root.Quality(ctx, w.run, w.config.ID)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range rows[0].Major {
		ids = append(ids, c.ID)
	}
	a, err := w.root.Align(ctx, client.Align{Clonotypes: ids, SetID: w.patient, ConfigID: w.config.ID})
	if err != nil || len(a.Items) != len(ids) || len(a.Conservation) != len(a.Items[0].Aligned) {
		t.Errorf("align: got %+v (%v)", a, err)
	}
	s, err := w.root.Similarity(ctx, client.Align{Sequences: []client.NamedSequence{{ID: "a", Sequence: "CARDYW"}, {ID: "b", Sequence: "CARDFW"}}, AminoAcids: true})
	if err != nil || s.Percent[0][1] < 83 || len(s.Points) != 2 {
		t.Errorf("similarity: got %+v (%v)", s, err)
	}
	p, err := w.nobody().AnalyzePublic(ctx, client.PublicSequences{Sequences: ">a\n" + strings.ReplaceAll(a.Items[0].Aligned, "-", "")})
	if err != nil || len(p.Items) != 1 || p.Items[0]["locus"] == nil || !strings.Contains(string(p.Vidjil), `"clones"`) {
		t.Errorf("public: got %+v (%v)", p, err)
	}
}

// TestPublicAnalysisIsLimited: by the address, for people without account.
func TestPublicAnalysisIsLimited(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, address string) {
		w := newSite(t, address, siteConfig{})
		var last error
		for range 25 {
			_, last = w.nobody().AnalyzePublic(t.Context(), client.PublicSequences{Sequences: "ACGT"})
			if last != nil {
				break
			}
		}
		wantCode(t, "the 21st at once", last, "too_many")
		w.Clock.Move(time.Hour)
		w.Service.NoPublicAnalysis = true
		_, err := w.nobody().AnalyzePublic(t.Context(), client.PublicSequences{Sequences: "ACGT"})
		wantCode(t, "switched off", err, "unavailable")
	})
}

// TestViewsHideNames imports a result of another program that names the patient
// wherever something can be written, and looks for it in all that leaves.
func TestViewsHideNames(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, address string) {
		w := newSite(t, address, siteConfig{Dir: t.TempDir()})
		ctx := t.Context()
		secrets := []string{"Zyxwarren", "Quentinia", "1931", "HX-99817", "99817", "Ypsilonfile"}
		hospital := w.team(lab.Group{Name: "hospital"})
		doctors := w.team(lab.Group{Name: "doctors", ParentID: hospital.ID}, "set:create", "set:read", "set:edit", "set:upload", "set:save", "set:anon", "config:read")
		technicians := w.team(lab.Group{Name: "technicians", ParentID: hospital.ID}, "set:read", "set:edit", "set:run", "set:save", "config:read")
		doctor := w.script(w.tokenOf(lab.User{Name: "Doctor"}, doctors))
		token := w.tokenOf(lab.User{Name: "Technician"}, technicians)
		ids := secretWorld(ctx, t, doctor, hospital.ID)
		set, sample := ids["/sets/"][0], ids["/samples/"][0]
		m := &resulttest.Maker{T: t, Store: w.Store, Blobs: w.Service.Blobs}
		config := m.Config(hospital.ID, "import", lab.Options{Fuse: lab.FuseOptions{Top: 2}})
		r := m.Result(sample, config.ID, talkativeFile())
		m.Result(ids["/samples/"][1], config.ID, talkativeFile())
		m.Fuse(set, config.ID)
		m.Fuse(ids["/sets/"][2], config.ID)
		ids["/results/"] = []int64{r.ID}
		if _, err := doctor.ImportAnnotation(ctx, set, 0, strings.NewReader(talkativeAnalysis)); err != nil {
			t.Fatal(err)
		}
		tech := w.script(token)
		compared, err := tech.Compare(ctx, client.Compare{ResultIDs: []int64{r.ID}})
		if err != nil {
			t.Fatal(err)
		}
		ids["/comparisons/"] = []int64{compared.ComparisonID}
		window := resulttest.Window(1)
		var more []string
		for _, base := range []string{fmt.Sprintf("/sets/%d/fused", set), fmt.Sprintf("/sets/%d/fused", ids["/sets/"][2]), fmt.Sprintf("/results/%d/fused", r.ID), fmt.Sprintf("/comparisons/%d", compared.ComparisonID)} {
			for _, path := range []string{"?x=1", "/clones.arrow?x=1", "/counts.arrow?x=1", "/axes/name.arrow?x=1", "/axes/label?x=1", "/sequences?ids=" + window, "/clones?ids=" + window + "," + resulttest.Window(3), "/export?format=vidjil", "/export?format=airr"} {
				more = append(more, fmt.Sprintf("%s%s&config_id=%d", base, path, config.ID))
			}
		}
		more = append(more,
			fmt.Sprintf("/sets/%d/quality?config_id=%d", set, config.ID), fmt.Sprintf("/sets/%d/quality.tsv", set), fmt.Sprintf("/sets/%d/contaminations?config_id=%d", set, config.ID),
			fmt.Sprintf("/sets/%d/annotation/diff?from=0&to=1", set), fmt.Sprintf("/sets/%d/annotation/versions/1", set), fmt.Sprintf("/sets/%d/annotation/export", set),
			fmt.Sprintf("/permalink?patient=%d&config=%d", set, config.ID))
		for _, path := range more {
			if a := ask(t, w, token, client.Prefix+path); a.status != http.StatusOK {
				t.Errorf("%s: got %d: %s", path, a.status, a.body)
			}
		}
		leakTest(t, w, token, secrets, ids, more...)
		for path, content := range map[string]string{
			"/clonotypes/search": `{"gene":"IGHV3"}`,
			"/compare":           fmt.Sprintf(`{"sample_ids":[%d],"config_id":%d}`, sample, config.ID),
			"/align":             fmt.Sprintf(`{"clonotypes":[%q],"set_id":%d,"config_id":%d}`, window, set, config.ID),
		} {
			a := send(t, w, token, http.MethodPost, client.Prefix+path, content)
			if leak := leaked(a.text(), secrets); leak != "" || a.status != http.StatusOK {
				t.Errorf("POST %s: got %d, tells %q: %s", path, a.status, leak, a.body)
			}
		}
		// A ZIP file is packed: its parts are looked at.
		d, err := tech.Archive(ctx, client.Archive{Sets: []int64{set}, Formats: []string{"vidjil", "airr"}, Logs: true, Files: true})
		data := got(t, d, err)
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			part, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(part)
			if leak := leaked(f.Name+string(text), secrets); leak != "" || err != nil {
				t.Errorf("%s in the ZIP file tells %q: %s", f.Name, leak, text)
			}
		}
		// The doctor, who may know, reads it all.
		d, err = doctor.Export(ctx, client.Ref{ResultID: r.ID}, "vidjil")
		if text := string(got(t, d, err)); leaked(text, []string{"Ypsilonfile_R1.fastq.gz"}) == "" {
			t.Errorf("the doctor's file does not have the name of the reads: %s", text)
		}
	})
}

const talkativeAnalysis = `{"producer":"Zyxwarren","samples":{"original_names":["Ypsilonfile_R1.fastq.gz","Zyxwarren.fastq"],"names":["Quentinia","x"],"info":["born 1931-07-13",""]},
	"clones":[{"id":"ACGT","name":"Quentinia's","notes":"HX-99817","seg":{"x":"Zyxwarren"}}],"report_save":{"Quentinia":{"a":"Zyxwarren"}},"tags":{"names":{"1":"Zyxwarren"}},
	"data":{"Zyxwarren":[1,2]},"normalization":{"by":"Quentinia"},"mystery":{"Zyxwarren":"Quentinia"}}`

// talkativeFile is a result that names the patient wherever it can.
func talkativeFile() *vidjilfile.File {
	const who = "Quentinia Zyxwarren, 13.07.1931, HX-99817, Ypsilonfile_R1"
	raw := json.RawMessage(fmt.Sprintf("%q", who))
	bag := vidjilfile.Bag{{Key: "mystery", Value: raw}}
	f := resulttest.File(resulttest.Clone{ID: resulttest.Window(1), Name: who, Reads: 60}, resulttest.Clone{ID: resulttest.Window(2), Name: "x", Reads: 30}, resulttest.Clone{ID: resulttest.Window(3), Name: who, Reads: 2})
	f.Producer = "program of " + who
	f.Samples = vidjilfile.Samples{
		Number: 1, OriginalNames: []string{"/home/Zyxwarren/Ypsilonfile_R1.fastq.gz"}, Names: []string{who}, Producer: []string{who}, CommandLine: []string{who}, Log: []string{who}, Extra: bag,
	}
	f.Extra = vidjilfile.Bag{{Key: "mystery", Value: raw}, {Key: "config", Value: raw}, {Key: "data", Value: raw}, {Key: "links", Value: raw}}
	f.Reads.Extra, f.Germlines.Extra, f.Diversity.Extra = bag, bag, bag
	f.Warnings = []vidjilfile.Warning{{Code: "W09", Level: "warn", Message: "interrupted by " + who, Extra: bag}}
	f.Provenance = &vidjilfile.Provenance{Reads: []vidjilfile.Digest{{Name: "Ypsilonfile_R1.fastq.gz", SHA256: strings.Repeat("0", 64)}}, Options: raw}
	f.Distributions = &vidjilfile.Distributions{
		Keys:        []string{"clones", "reads"},
		Repertoires: map[string][]vidjilfile.Distribution{f.Samples.OriginalNames[0]: {{Axes: []string{"seg5"}, Values: []vidjilfile.Bin{{At: []string{"IGHV3"}, Counts: []int{1, 2}}}, Extra: bag}}}, Extra: bag,
	}
	for i := range f.Clones {
		c := &f.Clones[i]
		c.Label, c.Tag, c.Extra, c.Seg.Extra, c.CoverageInfo = who, who, bag, bag, []string{who}
		c.Seg.Five.Extra, c.Seg.Quality.Extra = bag, bag
		c.Seg.Features = []vidjilfile.NamedFeature{{Name: "primer", Feature: vidjilfile.Feature{Seq: "ACGT", Extra: bag}}}
		c.Warnings = []vidjilfile.Warning{{Code: "W53", Level: "warn", Message: "as in " + who, Extra: bag}}
	}
	return f
}
