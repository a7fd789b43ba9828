package api_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/store/storetest"
)

// TestFormulas: a name that a spreadsheet would take for a formula comes out of
// no table as one.
func TestFormulas(t *testing.T) { //nolint:tparallel // the parts share one server, and go one after the other
	t.Parallel()
	l := newTwoLabs(t)
	w := l.open(t)
	for _, c := range []*call{
		{method: http.MethodPatch, target: "/samples/" + l.nina.ids["sample"], body: `{"name":"=HYPERLINK(\"http://evil.example\")","info":"@SUM(1)"}`},
		{method: http.MethodPatch, target: "/sets/" + l.nina.ids["run"], body: `{"name":"+run"}`},
		{method: http.MethodPatch, target: "/configs/" + l.nina.ids["config"], body: `{"name":"-2+cmd|calc"}`},
		{method: http.MethodPatch, target: "/me", body: `{"name":"@nina"}`},
	} {
		c.target, c.header = client.Prefix+c.target, map[string]string{"Content-Type": "application/json"}
		if status, body := l.nina.as(t, w, c); status != http.StatusOK {
			t.Fatalf("%s: %d %s", c.target, status, body)
		}
	}
	tables := 0
	look := func(what, text string) {
		tables++
		for line := range strings.Lines(text) {
			for cell := range strings.SplitSeq(strings.TrimRight(line, "\r\n"), "\t") {
				// Qualities of AIRR tables may begin with any of these letters: the
				// standard wants them as they are.
				for _, name := range []string{"=HYPERLINK", "@SUM", "@nina", "+run", "-2+cmd"} {
					if strings.HasPrefix(cell, name) {
						t.Errorf("%s has the cell %q", what, cell)
					}
				}
			}
		}
	}
	for _, r := range routesOf(t, w) {
		if r.method != http.MethodGet || strings.Contains(r.path, "/events") {
			continue
		}
		calls := []*call{l.ownCall(t, r)}
		for _, p := range r.query {
			values, _ := p.Schema["enum"].([]any)
			for _, v := range values {
				c := l.ownCall(t, r)
				c.target += map[bool]string{true: "&", false: "?"}[strings.Contains(c.target, "?")] + p.Name + "=" + fmt.Sprint(v)
				calls = append(calls, c)
			}
		}
		for _, c := range calls {
			status, body := l.nina.as(t, w, c)
			if status == http.StatusOK && !strings.HasPrefix(body, "{") && strings.Contains(body, "\t") && !strings.Contains(body, "\x00") {
				look(c.target, body)
			}
		}
	}
	who := &laboratory{cookie: w.adminCookie()}
	for _, path := range []string{"/usage/people.tsv", "/usage/groups.tsv"} {
		status, body := who.as(t, w, &call{method: http.MethodGet, target: client.Prefix + path})
		if status != http.StatusOK {
			t.Fatalf("%s: %d", path, status)
		}
		look(path, body)
	}
	if tables < 4 {
		t.Errorf("%d tables: most are not seen", tables)
	}
}

// adminCookie signs the first administrator in, whom the store has already.
func (w *site) adminCookie() string {
	w.t.Helper()
	_, cookie := w.browser(w.t, "root")
	return cookie
}

// TestNamesOfUploadsStayNames: where a file is put is never said by whoever
// sends it.
func TestNamesOfUploadsStayNames(t *testing.T) { //nolint:tparallel // the parts share one server, and go one after the other
	t.Parallel()
	l := newTwoLabs(t)
	w := l.open(t)
	root := filepath.Dir(l.dir)
	text := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, name := range []string{"../../../secret.fastq", "/tmp/o.fastq", `..\..\a.fastq`, "a/b.fastq", "", ".", "..", "a\x00.fastq", "a\r\nb.fastq", strings.Repeat("a", 5000) + ".fastq"} {
		c := &call{method: http.MethodPost, target: client.Prefix + "/uploads/", header: map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": "file_id " + text(l.nina.ids["awaited"]) + ",filename " + text(name)}}
		status, body := l.nina.as(t, w, c)
		if status >= 500 {
			t.Errorf("the name %q: got %d %s", name, status, body)
		}
		c = &call{method: http.MethodPost, target: client.Prefix + "/samples", header: map[string]string{"Content-Type": "application/json"}, body: `{"rows":[{"sets":[` + l.nina.ids["set"] + `],"files":[{"name":` + encode(t, name) + `}]}]}`}
		if status, body = l.nina.as(t, w, c); status < 400 || status >= 500 {
			t.Errorf("a file called %q: got %d %.300s, want a refusal", name, status, body)
		}
	}
	for _, path := range []string{"../../../secret.key", "..%2f..%2fsecret.key", "%2e%2e/secret.key", "log/../../secret.key", "..", "/etc/passwd"} {
		for _, before := range []string{"/results/" + l.nina.ids["result"] + "/files/", "/uploads/", "/me/exports/" + l.nina.ids["export"] + "/content/", "/sources/"} {
			status, body := l.nina.as(t, w, &call{method: http.MethodGet, target: client.Prefix + before + path})
			if status == http.StatusOK || strings.Contains(body, "root:") {
				t.Errorf("GET %s%s: got %d %.100s", before, path, status, body)
			}
		}
	}
	list, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, e := range list {
		names = append(names, e.Name())
	}
	if slices.Contains(names, "secret.fastq") {
		t.Errorf("something was put outside: %v", names)
	}
}

// bomb is so many bytes of one letter, behind the head, compressed.
func bomb(t *testing.T, head string, n int64) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(z, head); err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(z, repeated('A'), n); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// repeated is a byte without an end.
type repeated byte

func (r repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

// TestBombs sends files of a few hundred kilobytes that unpack to hundreds of
// megabytes, as reads and as results: the analysis fails with a message, and the
// server needs no memory for what it unpacks.
func TestBombs(t *testing.T) { //nolint:paralleltest // it measures the memory of the process
	url := storetest.SQLite(t)
	w := newSite(t, url, siteConfig{Dir: t.TempDir()})
	w.works(url)
	root := w.admin()
	sets, err := root.CreateSets(t.Context(), client.NewSet{Kind: "run", Name: "run 1"})
	if err != nil {
		t.Fatal(err)
	}
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, tt := range []struct{ name, head, config string }{
		{"reads.fastq.gz", "@r1\n", "multi+inc"},
		{"reads.fasta.gz", ">r1\n", "multi+inc"},
	} {
		data := bomb(t, tt.head, 400<<20)
		samples, err := root.CreateSamples(t.Context(), client.NewSample{Sets: []int64{sets[0].ID}, Files: []client.NewFile{{Name: tt.name}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := root.Upload(t.Context(), samples[0].Files[0].ID, tt.name, bytes.NewReader(data), int64(len(data)), client.UploadOptions{}); err != nil {
			continue // refused at the door, which is well
		}
		out, err := root.Run(t.Context(), client.RunRequest{ConfigID: configNamed(t, root, tt.config).ID, SampleIDs: []int64{samples[0].ID}})
		if err != nil {
			t.Fatal(err)
		}
		if end := w.finished(root, out.Jobs[0].ID); end.State != "failed" {
			t.Errorf("%s: the job is %s", tt.name, end.State)
		}
	}
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	if grown := int64(after.Sys) - int64(before.Sys); grown > 600<<20 {
		t.Errorf("the memory grew by %d MB", grown>>20)
	}
}

// TestSignInDoesTheSameWork: whether there is an account of an address cannot
// be told from how much the server does to refuse it. What is counted is the
// memory of the key derivation, as time would be a guess.
func TestSignInDoesTheSameWork(t *testing.T) { //nolint:paralleltest // it counts what the process allocates
	w := newSite(t, storetest.SQLite(t), siteConfig{})
	const memory = 64 << 10 // in KiB: far more than anything else of a request
	var err error
	if w.Service.Passwords, err = auth.NewHasher(auth.HasherConfig{Cost: auth.Cost{Passes: 1, Memory: memory, Threads: 1}}); err != nil {
		t.Fatal(err)
	}
	w.person("ann")
	off := w.user(client.NewUser{Name: "off"})
	disabled := "disabled"
	if _, err := w.admin().UpdateUser(t.Context(), off.ID, client.UserChange{State: &disabled}); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"ann", "nobody", "off", "", "' OR 1=1 --"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := w.nobody().SignIn(t.Context(), client.Credentials{Email: who + "@example.org", Password: "a wrong one, long enough"})
		runtime.ReadMemStats(&after)
		wantCode(t, who, err, "unauthenticated")
		if got := (after.TotalAlloc - before.TotalAlloc) >> 10; got < memory || got > 2*memory {
			t.Errorf("refusing %q took %d KiB, a derivation takes %d", who, got, memory)
		}
	}
}
