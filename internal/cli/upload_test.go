package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/server"
)

// remote is a running server with an administrator.
type remote struct {
	url, tokenFile string
	admin          *client.Client
	set            int64  // a run
	group          int64  // that owns it
	data           string // directory of the server
}

func startRemote(t *testing.T, sources map[string]string) *remote {
	t.Helper()
	return startServer(t, config.Config{Sources: sources, Workers: config.Workers{Count: -1}})
}

// startServer starts a server with settings, on a directory and a port of its own.
func startServer(t *testing.T, settings config.Config) *remote {
	t.Helper()
	settings.Data, settings.HTTP.Addr = t.TempDir(), "127.0.0.1:0"
	ctx, stop := context.WithCancel(t.Context())
	said, ended := make(chan string, 10), make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, server.Config{
			Settings: settings,
			Say:      func(format string, args ...any) { said <- fmt.Sprintf(format, args...) },
		})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	next := func() string {
		select {
		case line := <-said:
			return line
		case err := <-ended:
			ended <- nil
			t.Fatalf("the server ended: %v", err)
			return ""
		}
	}
	r := &remote{tokenFile: filepath.Join(t.TempDir(), "token"), data: settings.Data}
	_, r.url, _ = strings.Cut(next(), "vidjil is at ")
	_, link, _ := strings.Cut(next(), "#")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.admin, err = client.New(client.Options{URL: r.url, HTTP: &http.Client{Jar: jar}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.admin.Setup(ctx, client.Setup{Token: strings.TrimSpace(link), Email: "root@example.org", Name: "Root", Password: "seven quiet horses"}); err != nil {
		t.Fatal(err)
	}
	who, err := r.admin.Whoami(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// A token has the rights of the person's groups, not those of administrators.
	g, err := r.admin.CreateGroup(ctx, client.NewGroup{Name: "laboratory", Members: []int64{who.User.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.admin.SetRights(ctx, g.ID, "set:create", "set:read", "set:edit", "set:upload", "set:anon"); err != nil {
		t.Fatal(err)
	}
	sets, err := r.admin.CreateSets(ctx, client.NewSet{Kind: "run", GroupID: g.ID, Name: "run 1"})
	if err != nil {
		t.Fatal(err)
	}
	r.set, r.group = sets[0].ID, g.ID
	made, err := r.admin.CreateToken(ctx, client.NewToken{Name: "script", Scopes: []string{"read", "write", "upload"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.tokenFile, []byte(made.Text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// run runs a command on the server and returns what it said on standard output.
func (r *remote) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	args = append(args[:1:1], append([]string{"--server", r.url, "--token-file", r.tokenFile, "--set", fmt.Sprint(r.set)}, args[1:]...)...)
	err := execute(t.Context(), args, &streams{in: strings.NewReader(""), out: &out, err: &errs})
	return out.String(), err
}

func (r *remote) samples(t *testing.T) []client.Sample {
	t.Helper()
	p, err := r.admin.Samples(t.Context(), r.set, client.Page{Sort: "created"})
	if err != nil {
		t.Fatal(err)
	}
	return p.Items
}

// someReads is about n bytes of FASTQ.
func someReads(letter string, n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "@%s%d\n%s\n+\n%s\n", letter, i, strings.Repeat("ACGTT", 20), strings.Repeat("I", 100))
	}
	return b.Bytes()
}

func writeFiles(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUploadCommand(t *testing.T) {
	t.Parallel()
	r := startRemote(t, nil)
	dir := t.TempDir()
	files := map[string][]byte{
		"S1_S1_L001_R1_001.fastq": someReads("a", 300_000), "S1_S1_L001_R2_001.fastq": someReads("b", 300_000), "S2_S2_L001_R1_001.fastq": someReads("c", 1000),
		"S2_S2_L001_R2_001.fastq": someReads("d", 1000), "readme.txt": []byte("x"), "sheet.csv": []byte("sample,sampling_date,info\nS1,2026-01-02,blood\n"),
	}
	writeFiles(t, dir, files)
	var args []string
	for name := range files {
		if name != "sheet.csv" {
			args = append(args, filepath.Join(dir, name))
		}
	}
	upload := append([]string{"upload", "--sheet", filepath.Join(dir, "sheet.csv")}, args...)
	out, err := r.run(t, append(upload, "--dry-run")...)
	if err != nil || len(r.samples(t)) != 0 {
		t.Fatalf("dry run: got %d samples, %v\n%s", len(r.samples(t)), err, out)
	}
	for _, want := range []string{"S1: new sample", "R2 lane 1  ", "readme.txt: of no known kind"} {
		if !strings.Contains(out, want) {
			t.Errorf("dry run does not say %q:\n%s", want, out)
		}
	}
	if out, err = r.run(t, upload...); err != nil || !strings.HasSuffix(out, "2 samples; 4 files uploaded, 0 were there\n") {
		t.Fatalf("upload: got %v\n%s", err, out)
	}
	samples := r.samples(t)
	if len(samples) != 2 || samples[0].Name != "S1" || samples[0].SamplingDate != "2026-01-02" || samples[0].Info != "blood" {
		t.Errorf("samples: got %+v", samples)
	}
	for _, s := range samples {
		for _, f := range s.Files {
			if f.State != "present" || f.Size != int64(len(files[f.Name])) {
				t.Errorf("file: got %+v", f)
			}
		}
	}
	// The same command again does nothing, and makes nothing twice.
	if out, err = r.run(t, upload...); err != nil || !strings.HasSuffix(out, "2 samples; 0 files uploaded, 4 were there\n") || len(r.samples(t)) != 2 {
		t.Errorf("again: got %v\n%s", err, out)
	}
}

// TestUploadCommandGoesOn: what an interrupted command left is not sent again.
func TestUploadCommandGoesOn(t *testing.T) {
	t.Parallel()
	r := startRemote(t, nil)
	dir, data := t.TempDir(), someReads("a", 400_000)
	writeFiles(t, dir, map[string][]byte{"S1.fastq": data})
	made, err := r.admin.CreateSamples(t.Context(), client.NewSample{Sets: []int64{r.set}, Files: []client.NewFile{{Name: "S1.fastq", Size: int64(len(data))}}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	id := ""
	_, err = r.admin.Upload(ctx, made[0].Files[0].ID, "S1.fastq", bytes.NewReader(data), int64(len(data)), client.UploadOptions{
		PieceBytes: 200_000, Begun: func(name string) { id = name },
		Progress: func(int64) {
			if st, err := r.admin.UploadStatus(t.Context(), id); err == nil && st.Offset >= 200_000 {
				stop()
			}
		},
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want to be stopped", err)
	}
	if out, err := r.run(t, "upload", filepath.Join(dir, "S1.fastq")); err != nil {
		t.Fatalf("got %v\n%s", err, out)
	}
	st, err := r.admin.UploadStatus(t.Context(), id)
	if err != nil || st.State != "finished" {
		t.Errorf("the upload that was begun: got %+v, %v; want it finished", st, err)
	}
	if s := r.samples(t); len(s) != 1 || s[0].Files[0].State != "present" {
		t.Errorf("samples: got %+v", s)
	}
}

func TestUploadCommandRefuses(t *testing.T) {
	t.Parallel()
	r := startRemote(t, nil)
	dir := t.TempDir()
	writeFiles(t, dir, map[string][]byte{
		"a_R2.fastq": someReads("a", 500), "p_1.fastq": someReads("b", 500), "p_2.fastq": someReads("c", 500), "fake.fastq": []byte("%PDF-1.7 and so on"), "bad": []byte("vjt_1_nothing"),
	})
	in := func(name string) string { return filepath.Join(dir, name) }
	for name, tt := range map[string]struct {
		args []string
		want lab.Code
		text string
	}{
		"R2 alone":     {[]string{"upload", in("a_R2.fastq")}, lab.Problems, "cannot be made"},
		"doubt":        {[]string{"upload", in("p_1.fastq"), in("p_2.fastq")}, lab.Problems, "--yes"},
		"no such file": {[]string{"upload", in("none.fastq")}, lab.NotFound, "none.fastq"},
		"not reads":    {[]string{"upload", in("fake.fastq")}, lab.Invalid, "cannot be used"},
		"bad token":    {[]string{"upload", in("p_1.fastq"), "--token-file", in("bad")}, lab.Unauthenticated, "token"},
		"other set":    {[]string{"upload", in("fake.fastq"), "--set", "99"}, lab.NotFound, "no set 99"},
		"no server":    {[]string{"upload", in("p_1.fastq"), "--server", "http://127.0.0.1:1"}, lab.Unreachable, "cannot be reached"},
		"no pattern":   {[]string{"attach", "sequencer"}, lab.Usage, "SOURCE:PATTERN"},
		"no source":    {[]string{"attach", "sequencer:*"}, lab.NotFound, "mounted folder"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := r.run(t, tt.args...)
			if got := codeOf(err); got != tt.want || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %q (%v), want %q and %q\n%s", got, err, tt.want, tt.text, out)
			}
		})
	}
}

func TestAttachCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFiles(t, dir, map[string][]byte{"S1_R1.fastq": someReads("a", 500), "S1_R2.fastq": someReads("b", 500), "S2_R1.fastq": someReads("c", 500), "S2_R2.fastq": someReads("d", 500)})
	r := startRemote(t, map[string]string{"sequencer": dir})
	for i, want := range []string{"2 samples; 4 files attached, 0 were there\n", "2 samples; 0 files attached, 4 were there\n"} {
		if out, err := r.run(t, "attach", "sequencer:*.fastq"); err != nil || !strings.HasSuffix(out, want) {
			t.Errorf("time %d: got %v\n%s", i+1, err, out)
		}
	}
	samples := r.samples(t)
	if len(samples) != 2 {
		t.Fatalf("got %d samples, want 2", len(samples))
	}
	for _, f := range samples[0].Files {
		if f.State != "present" || f.Source != "sequencer" {
			t.Errorf("file: got %+v", f)
		}
	}
}
