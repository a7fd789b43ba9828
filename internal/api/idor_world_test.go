package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// twoLabs is a server with two laboratories that share nothing: the same
// objects in each, analysed, and one person of each with all rights there.
type twoLabs struct {
	file, dir  string // the database and what is beside it, when nobody works on them
	ann, nina  *laboratory
	everyRight []string
}

// laboratory is one of the two.
type laboratory struct {
	cookie string
	ids    map[string]string // kind of object → its id: see idKinds
}

// missing is an id that nothing has.
const missing = "987654321"

// newTwoLabs makes the two, through the API as people would, with real workers.
func newTwoLabs(t *testing.T) *twoLabs {
	t.Helper()
	base := t.TempDir()
	l := &twoLabs{file: filepath.Join(base, "vidjil.db"), dir: filepath.Join(base, "dir")}
	// In a test of its own, so that its workers end before others begin.
	t.Run("make", func(t *testing.T) { // the rest needs what it makes
		url := "sqlite:" + l.file
		w := newSite(t, url, siteConfig{Dir: l.dir})
		w.works(url)
		groups, err := w.admin().Groups(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range groups.Kinds {
			l.everyRight = append(l.everyRight, k.Rights...)
		}
		l.ann, l.nina = l.laboratory(t, w, "ann"), l.laboratory(t, w, "nina")
		for kind, id := range l.ann.ids {
			if l.nina.ids[kind] == id && kind != "version" {
				t.Errorf("both laboratories have %s %s", kind, id)
			}
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	return l
}

// laboratory makes one group with everything that a route can name.
func (l *twoLabs) laboratory(t *testing.T, w *site, name string) *laboratory {
	t.Helper()
	ctx, out := t.Context(), &laboratory{ids: map[string]string{}}
	put := func(kind string, id int64) { out.ids[kind] = strconv.FormatInt(id, 10) }
	group := w.group("laboratory of "+name, 0, l.everyRight...)
	put("group", group.ID)
	put("user", w.user(client.NewUser{Name: name, Groups: []int64{group.ID}}).ID)
	c, cookie := w.browser(t, name)
	out.cookie = cookie
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	sets, err := c.CreateSets(ctx, client.NewSet{Kind: "patient", LastName: "Zyxwarren-" + name, GroupID: group.ID}, client.NewSet{Kind: "run", Name: "run of " + name, GroupID: group.ID})
	must(err)
	set, run := sets[0].ID, sets[1].ID
	put("set", set)
	put("run", run)
	config, err := c.CreateConfig(ctx, client.NewConfig{Name: "of " + name, GroupID: group.ID, Program: "vidjil"})
	must(err)
	put("config", config.ID)
	pre, err := c.CreatePreProcess(ctx, client.NewPreProcess{Name: "of " + name, GroupID: group.ID})
	must(err)
	put("preprocess", pre.ID)
	l.analysed(t, w, c, out, set, run, config.ID)
	_, err = c.SaveAnnotation(ctx, set, 0, client.AnnotationSave{Body: client.AnnotationBody{Clonotypes: []client.ClonotypeNote{{ID: "ACGT", Tag: "1"}}}})
	must(err)
	out.ids["version"] = "1"
	export, err := c.RequestBundle(ctx, client.NewBundle{})
	must(err)
	put("export", export.ID)
	coming, err := c.BeginTransfer(ctx, client.NewTransfer{GroupID: group.ID, Name: "a.zip", Size: 5})
	must(err)
	put("transfer", coming.ID)
	token, err := c.CreateToken(ctx, client.NewToken{Name: "mine", Scopes: []string{"read"}})
	must(err)
	put("token", token.ID)
	sessions, err := c.Sessions(ctx)
	must(err)
	put("session", sessions.Items[0].ID)
	note, err := w.admin().CreateNotification(ctx, client.NewNotification{Title: "a", Body: "b"})
	must(err)
	put("notification", note.ID)
	put("mail", w.deadMail())
	put("identity", w.linkedIdentity(name))
	must(c.FollowSet(ctx, set))
	// The first archive gives the server its name, which stays.
	d, err := c.ExportSets(ctx, client.SetArchive{Sets: []int64{set}})
	got(t, d, err)
	return out
}

// analysed makes a sample with results and a comparison, and one whose file is
// on its way.
func (l *twoLabs) analysed(t *testing.T, w *site, c *client.Client, out *laboratory, set, run, config int64) {
	t.Helper()
	ctx := t.Context()
	reads, err := os.ReadFile("../../testdata/demo.fastq.gz")
	if err != nil {
		t.Fatal(err)
	}
	samples, err := c.CreateSamples(ctx,
		client.NewSample{Sets: []int64{set, run}, Files: []client.NewFile{{Name: "a.fastq.gz"}}},
		client.NewSample{Sets: []int64{set}, Files: []client.NewFile{{Name: "b.fastq"}}})
	if err != nil {
		t.Fatal(err)
	}
	sample, file := samples[0], samples[0].Files[0].ID
	_, err = c.Upload(ctx, file, "a.fastq.gz", bytes.NewReader(reads), int64(len(reads)), client.UploadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ran, err := c.Run(ctx, client.RunRequest{ConfigID: config, SampleIDs: []int64{sample.ID}, SetIDs: []int64{set}})
	if err != nil {
		t.Fatal(err)
	}
	if end := w.finished(c, ran.Jobs[0].ID); end.State != "done" {
		t.Fatalf("analysis: %+v", end)
	}
	a := &analysedSite{site: w, root: c}
	a.awaitFused(client.Ref{SetID: set, ConfigID: config}, 1)
	f, err := c.Compare(ctx, client.Compare{SampleIDs: []int64{sample.ID}, ConfigID: config, Top: 5})
	if err != nil {
		t.Fatal(err)
	}
	for kind, id := range map[string]int64{"sample": sample.ID, "file": file, "job": ran.Jobs[0].ID, "comparison": f.ComparisonID, "result": f.Samples[0].Result.ID, "awaited": samples[1].Files[0].ID, "waiting": samples[1].ID} {
		out.ids[kind] = strconv.FormatInt(id, 10)
	}
	out.ids["upload"] = w.beginUpload(c, samples[1].Files[0].ID, fastq(1, 200), 100)
}

// open is the server on a copy of the two laboratories, without workers.
func (l *twoLabs) open(t *testing.T) *site {
	t.Helper()
	text, err := os.ReadFile(l.file)
	if err != nil {
		t.Fatal(err)
	}
	to, dir := storetest.SQLite(t), filepath.Join(t.TempDir(), "dir")
	err = errors.Join(os.WriteFile(strings.TrimPrefix(to, "sqlite:"), text, 0o600), os.CopyFS(dir, os.DirFS(l.dir)))
	if err != nil {
		t.Fatal(err)
	}
	return newSite(t, to, siteConfig{Dir: dir, Sources: map[string]string{"empty": t.TempDir()}})
}

// volatile are columns that change because somebody asks, whatever they ask
// for.
var volatile = map[string][]string{
	"sessions": {"last_seen_at"},
	"tokens":   {"last_used_at"},
	"fused":    {"created_at"}, // of a comparison that is asked for again
}

// contents is all that a database holds: table → row by row. Times of last use
// are left out.
func (w *site) contents() map[string][]string {
	w.t.Helper()
	ctx, out := context.WithoutCancel(w.t.Context()), map[string][]string{}
	err := w.Store.Read(ctx, func(tx *store.Tx) error {
		var tables []string
		if err := tx.NewRaw("SELECT name FROM sqlite_master WHERE type='table' AND sql NOT LIKE 'CREATE VIRTUAL%'").Scan(ctx, &tables); err != nil {
			return err
		}
		for _, table := range tables {
			var rows []map[string]any
			if err := tx.NewRaw(`SELECT * FROM "`+table+`"`).Scan(ctx, &rows); err != nil {
				return fmt.Errorf("read %s: %w", table, err)
			}
			out[table] = make([]string, len(rows))
			for i, row := range rows {
				for _, column := range volatile[table] {
					delete(row, column)
				}
				out[table][i] = fmt.Sprint(row) // maps print in the order of their keys
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// routesOf are the routes of the OpenAPI document.
func routesOf(t *testing.T, w *site) []route {
	t.Helper()
	text, err := api.OpenAPI(api.Config{Service: w.Service})
	if err != nil {
		t.Fatal(err)
	}
	doc := &document31{}
	if err := json.Unmarshal(text, doc); err != nil {
		t.Fatal(err)
	}
	return doc.routes()
}

// as sends a request with the cookie of a laboratory's person.
func (l *laboratory) as(t *testing.T, w *site, c *call) (status int, body string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel() // ends what streams
	req, err := http.NewRequestWithContext(ctx, c.method, w.URL+c.target, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range c.header {
		req.Header.Set(name, value)
	}
	req.Header.Set("Cookie", l.cookie)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res.StatusCode, ""
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, b.String()
}

// uploadMetadata is the header in which an upload names its file.
func uploadMetadata(file string) string {
	text := base64.StdEncoding.EncodeToString
	return "file_id " + text([]byte(file)) + ",filename " + text([]byte("a.fastq"))
}
