package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/backup"
	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/server"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// drill is a server that is filled, backed up while it works, lost, and brought
// back.
type drill struct {
	t        *testing.T
	settings config.Config
	target   string
	url      string
	stop     func()
	token    string
	answers  []string // paths of the API that are compared
}

// TestDrill is the whole of it: the restored server answers every question as the
// lost one did, and each backup that was made while jobs wrote can be restored.
func TestDrill(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		d := &drill{t: t, target: filepath.Join(t.TempDir(), "target")}
		d.settings = config.Config{Data: filepath.Join(t.TempDir(), "data"), Database: url, HTTP: config.HTTP{Addr: "127.0.0.1:0"}, Workers: config.Workers{Count: 2}}
		if strings.HasPrefix(url, "sqlite:") {
			d.settings.Database = ""
		}
		d.start()
		during := d.fillAndBackUp()
		before := d.ask()
		d.stop()
		m := d.backUp()
		if err := os.RemoveAll(d.settings.Data); err != nil {
			t.Fatal(err)
		}
		if d.settings.Database != "" {
			d.settings.Database = storetest.Postgres(t)
		}
		d.restore(m.ID)
		d.settings.Workers.Count = -1
		d.start()
		after := d.ask()
		d.stop()
		for _, path := range slices.Sorted(maps.Keys(before)) {
			if before[path] != after[path] {
				t.Errorf("%s: before -, after +\n%s", path, cmp.Diff(before[path], after[path]))
			}
		}
		for _, id := range during {
			d.rehearse(id)
		}
		t.Logf("%d answers are equal, %d backups while jobs wrote", len(before), len(during))
	})
}

// start starts the server on the data directory.
func (d *drill) start() {
	d.t.Helper()
	ctx, cancel := context.WithCancel(d.t.Context())
	said, ended := make(chan string, 100), make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, server.Config{Settings: d.settings, Version: "drill", Say: func(format string, args ...any) { said <- fmt.Sprintf(format, args...) }})
	}()
	d.stop = func() {
		d.t.Helper()
		cancel()
		if err := <-ended; err != nil {
			d.t.Fatal(err)
		}
	}
	for {
		select {
		case line := <-said:
			if _, url, ok := strings.Cut(line, "vidjil is at "); ok {
				d.url = url
				if d.token != "" {
					return
				}
			}
			if _, secret, ok := strings.Cut(line, "setup#"); ok {
				d.setUp(strings.TrimPrefix(strings.TrimSpace(secret), "token="))
				return
			}
		case err := <-ended:
			d.t.Fatalf("the server ended: %v", err)
		}
	}
}

// must gives what a call returned, and ends the drill at an error.
func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (d *drill) setUp(secret string) {
	d.t.Helper()
	jar, _ := cookiejar.New(nil) // it never fails
	c := must(client.New(client.Options{URL: d.url, HTTP: &http.Client{Jar: jar}}))(d.t)
	if _, err := c.Setup(d.t.Context(), client.Setup{Token: secret, Email: "root@example.org", Name: "Root", Password: "seven quiet horses"}); err != nil {
		d.t.Fatal(err)
	}
	d.token = must(c.CreateToken(d.t.Context(), client.NewToken{Name: "drill", Scopes: []string{"read", "write", "upload", "admin"}}))(d.t).Text
}

func (d *drill) client() *client.Client {
	d.t.Helper()
	return must(client.New(client.Options{URL: d.url, Token: d.token}))(d.t)
}

// fillAndBackUp makes a patient with samples, whose analyses and fused results the
// workers make, and backs up again and again until they are done.
func (d *drill) fillAndBackUp() (ids []string) {
	t, ctx, c := d.t, d.t.Context(), d.client()
	group := must(c.CreateGroup(ctx, client.NewGroup{Name: "Laboratory"}))(t)
	if _, err := c.SetRights(ctx, group.ID, "set:create", "set:read", "set:edit", "set:upload", "set:run", "set:save", "set:anon"); err != nil {
		t.Fatal(err)
	}
	if err := c.AddMember(ctx, group.ID, client.Newcomer{UserID: 1}); err != nil {
		t.Fatal(err)
	}
	conf := must(c.Configs(ctx))(t).Items[0]
	if err := c.SetAutoConfigsOfGroup(ctx, group.ID, conf.ID); err != nil {
		t.Fatal(err)
	}
	sets := must(c.CreateSets(ctx, client.NewSet{Kind: "patient", GroupID: group.ID, FirstName: "Zdenka", LastName: "Quxberg"}, client.NewSet{Kind: "run", GroupID: group.ID, Name: "Run 1"}))(t)
	reads := must(os.ReadFile(filepath.Join("..", "..", "testdata", "demo.fastq.gz")))(t)
	for i := range 3 {
		name := fmt.Sprintf("day-%d.fastq.gz", i)
		sample := must(c.CreateSamples(ctx, client.NewSample{
			Sets: []int64{sets[0].ID, sets[1].ID}, SamplingDate: fmt.Sprintf("2026-01-%02d", i+1), Info: "#MRD", Files: []client.NewFile{{Name: name}},
		}))(t)[0]
		// A gzip member more, an empty one: other bytes, the same reads.
		data := append(bytes.Clone(reads), bytes.Repeat([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"), i)...)
		if _, err := c.Upload(ctx, sample.Files[0].ID, name, bytes.NewReader(data), int64(len(data)), client.UploadOptions{}); err != nil {
			t.Fatal(err)
		}
		d.answers = append(d.answers, fmt.Sprintf("/samples/%d", sample.ID), fmt.Sprintf("/samples/%d/results", sample.ID), fmt.Sprintf("/files/%d/content", sample.Files[0].ID))
	}
	for id := sets[0].ID; id <= sets[1].ID; id++ {
		d.answers = append(d.answers, fmt.Sprintf("/sets/%d", id), fmt.Sprintf("/sets/%d/samples", id), fmt.Sprintf("/sets/%d/results", id), fmt.Sprintf("/sets/%d/groups", id),
			fmt.Sprintf("/sets/%d/fused?config_id=%d", id, conf.ID), fmt.Sprintf("/sets/%d/fused/clones.arrow?config_id=%d", id, conf.ID), fmt.Sprintf("/sets/%d/annotation", id),
			fmt.Sprintf("/sets/%d/quality?config_id=%d", id, conf.ID))
	}
	d.answers = append(d.answers, "/sets?kind=patient", "/sets?kind=run", "/sets/totals?kind=patient", "/configs", "/groups", "/users", "/jobs?all=true&kind=analyze", "/tags", "/pre-processes", "/me/tokens")
	for !d.quiet() {
		ids = append(ids, d.backUp().ID)
	}
	if len(ids) == 0 {
		t.Error("all jobs were done before the first backup")
	}
	for _, path := range slices.Clone(d.answers) {
		if !strings.HasSuffix(path, "/results") || !strings.HasPrefix(path, "/samples/") {
			continue
		}
		var list struct{ Items []struct{ ID int64 } }
		if err := json.Unmarshal(d.get(path), &list); err != nil || len(list.Items) == 0 {
			t.Fatalf("GET %s: %d results, %v", path, len(list.Items), err)
		}
		for _, r := range list.Items {
			d.answers = append(d.answers, fmt.Sprintf("/results/%d", r.ID), fmt.Sprintf("/results/%d/fused/clones.arrow", r.ID))
		}
	}
	return ids
}

// quiet tells whether no job is left to do, and the fused results show all
// samples.
func (d *drill) quiet() bool {
	page := must(d.client().Jobs(d.t.Context(), client.JobFilter{All: true}, client.Page{Limit: 100}))(d.t)
	analysed, fused := 0, 0
	for _, j := range page.Items {
		switch {
		case j.State == "failed" || j.State == "cancelled":
			d.t.Fatalf("job %d (%s): %s: %s", j.ID, j.Kind, j.State, j.Error)
		case !j.Ended():
			return false
		case j.Kind == "analyze":
			analysed++
		case j.Kind == "fuse":
			fused++
		}
	}
	return analysed == 3 && fused >= 2
}

// backUp makes a backup as the command line does, from outside.
func (d *drill) backUp() *backup.Manifest {
	d.t.Helper()
	url, blobs, err := server.Site(d.t.Context(), &d.settings)
	if err != nil {
		d.t.Fatal(err)
	}
	st := must(store.OpenAsIs(store.Config{URL: url}))(d.t)
	m, err := backup.Once(d.t.Context(), backup.Source{Store: st, Database: url, Blobs: blobs, Data: d.settings.Data, Version: "drill"}, d.target, backup.Options{WithKey: true})
	if err := errors.Join(err, st.Close(), blobs.(io.Closer).Close()); err != nil {
		d.t.Fatal(err)
	}
	if len(m.Missing) > 0 {
		d.t.Errorf("backup %s has not %v", m.ID, m.Missing)
	}
	return m
}

func (d *drill) restore(id string) {
	d.t.Helper()
	target := must(backup.Open(d.t.Context(), d.target, "", false))(d.t)
	defer target.Close()
	got := must(backup.Restore(d.t.Context(), target, backup.Restoration{ID: id, Data: d.settings.Data, Database: d.settings.Database}))(d.t)
	if !got.Loaded || !got.Key {
		d.t.Errorf("restored: got %+v", got)
	}
}

func (d *drill) rehearse(id string) {
	d.t.Helper()
	target := must(backup.Open(d.t.Context(), d.target, "", false))(d.t)
	defer target.Close()
	o := backup.Restoration{ID: id, Verify: true, Data: d.t.TempDir()}
	if d.settings.Database != "" {
		o.Database = storetest.Postgres(d.t)
	}
	if _, err := backup.Restore(d.t.Context(), target, o); err != nil {
		d.t.Errorf("backup %s, made while jobs wrote: %v", id, err)
	}
}

// ask collects the answers of the API.
func (d *drill) ask() map[string]string {
	d.t.Helper()
	answers := map[string]string{}
	for _, path := range d.answers {
		body := d.get(path)
		if len(body) > 1<<16 || !json.Valid(body) {
			answers[path] = fmt.Sprintf("%d bytes, SHA-256 %x", len(body), sha256.Sum256(body))
			continue
		}
		answers[path] = plain(d.t, body)
	}
	return answers
}

// plain is an answer without what tells the time of asking.
func plain(t *testing.T, body []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	var strip func(v any)
	strip = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range []string{"last_used_at", "last_login_at", "next", "cursor"} {
				delete(v, key)
			}
			for _, x := range v {
				strip(x)
			}
		case []any:
			for _, x := range v {
				strip(x)
			}
		}
	}
	strip(v)
	return string(must(json.MarshalIndent(v, "", " "))(t))
}

func (d *drill) get(path string) []byte {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+client.Prefix+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+d.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		d.t.Fatalf("GET %s: %d %v: %s", path, res.StatusCode, err, body)
	}
	return body
}
