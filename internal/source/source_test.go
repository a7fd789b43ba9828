//go:build unix

package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
)

// folder makes files below a new directory; a name that ends with "/" is a
// folder, "a -> b" a link.
func folder(t *testing.T, names ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mounted")
	for _, name := range append(names, "./") {
		if link, target, ok := strings.Cut(name, " -> "); ok {
			if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		file := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(file+"x"), 0o755)
		if err == nil && !strings.HasSuffix(name, "/") {
			err = os.MkdirAll(filepath.Dir(file), 0o755)
			err = errors.Join(err, os.WriteFile(file, []byte(name), 0o600))
		} else if err == nil {
			err = os.MkdirAll(file, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t *testing.T, dir string) *Sources {
	t.Helper()
	s, err := New(map[string]string{"runs": dir})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func names(entries []Entry) []string {
	list := []string{}
	for _, e := range entries {
		name := e.Path
		if e.Folder {
			name += "/"
		}
		list = append(list, name)
	}
	return list
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "a/b", ".hidden", "a:b", " a", `a\b`} {
		if _, err := New(map[string]string{name: "/data"}); lab.CodeOf(err) != lab.Usage {
			t.Errorf("name %q: got error %v", name, err)
		}
	}
	if _, err := New(map[string]string{"a": ""}); lab.CodeOf(err) != lab.Usage {
		t.Errorf("no directory: got error %v", err)
	}
	s, err := New(map[string]string{"MiSeq runs": "/b", "a": "/a"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"MiSeq runs", "a"}, s.Names()); diff != "" {
		t.Error(diff)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	dir := folder(t, "b.fastq.gz", "a.fq", "C.FASTA", "z/1.fastq", "empty/", ".hidden.fastq", ".snapshot/a.fastq", "notes.docx", "r.vidjil", "t.tsv.gz",
		"link.fastq -> b.fastq.gz", "linked -> z", "dangling.fastq -> nothing", "out.fastq -> ../../secret.fastq", "passwd.fastq -> /etc/passwd", "outside -> /etc", "up -> ..")
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.fastq"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	l, err := s.List(t.Context(), "runs", "", Page{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"empty/", "linked/", "z/", "C.FASTA", "a.fq", "b.fastq.gz", "link.fastq", "r.vidjil", "t.tsv.gz"}
	if diff := cmp.Diff(want, names(l.Entries)); diff != "" || l.Next != "" {
		t.Errorf("next %q, -want +got:\n%s", l.Next, diff)
	}
	if e := l.Entries[5]; e.Size != int64(len("b.fastq.gz")) || e.ChangedAt.IsZero() || e.Name != "b.fastq.gz" {
		t.Errorf("got %+v", e)
	}
	l, err = s.List(t.Context(), "runs", "linked", Page{})
	if diff := cmp.Diff([]string{"linked/1.fastq"}, names(l.Entries)); diff != "" || err != nil {
		t.Errorf("a linked folder: error %v, -want +got:\n%s", err, diff)
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	var files []string
	for i := range 25 {
		files = append(files, fmt.Sprintf("s%02d.fastq", i), fmt.Sprintf("d%02d/", i))
	}
	s := open(t, folder(t, files...))
	all, err := s.List(t.Context(), "runs", "", Page{})
	if err != nil || len(all.Entries) != 50 {
		t.Fatalf("got %d entries, error %v", len(all.Entries), err)
	}
	var paged []Entry
	page := Page{Limit: 7}
	for {
		l, err := s.List(t.Context(), "runs", "", page)
		if err != nil || len(l.Entries) > 7 {
			t.Fatalf("got %d entries, error %v", len(l.Entries), err)
		}
		paged = append(paged, l.Entries...)
		if page.After = l.Next; l.Next == "" {
			break
		}
	}
	if diff := cmp.Diff(names(all.Entries), names(paged)); diff != "" {
		t.Errorf("-whole +pages:\n%s", diff)
	}
}

// TestInside: nothing outside the root, hidden or of another kind is reached by
// any call.
func TestInside(t *testing.T) {
	t.Parallel()
	dir := folder(t, "a.fastq", "d/b.fastq", ".hidden/c.fastq", "passwd.fastq -> /etc/passwd", "up -> ..", "etc -> /etc", "d/up.fastq -> ../../outside.fastq")
	if err := os.WriteFile(filepath.Join(filepath.Dir(dir), "outside.fastq"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.fastq"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	ctx := t.Context()
	for _, tt := range []struct {
		path string
		want lab.Code
	}{
		{"../outside.fastq", lab.Invalid},
		{"/etc/passwd", lab.Invalid},
		{"d/../../outside.fastq", lab.Invalid},
		{"d//b.fastq", lab.Invalid},
		{`..\outside.fastq`, lab.Invalid},
		{"a.fastq\x00", lab.Invalid},
		{"up/outside.fastq", lab.NotFound},
		{"passwd.fastq", lab.NotFound},
		{"etc/passwd", lab.NotFound},
		{"d/up.fastq", lab.NotFound},
		{".hidden/c.fastq", lab.NotFound},
		{"pipe.fastq", lab.NotFound},
		{"missing.fastq", lab.NotFound},
		{"a.fastq/x", lab.NotFound},
	} {
		_, statErr := s.Stat(ctx, "runs", tt.path)
		f, _, openErr := s.Open(ctx, "runs", tt.path)
		_, listErr := s.List(ctx, "runs", tt.path, Page{})
		for call, err := range map[string]error{"Stat": statErr, "Open": openErr, "List": listErr} {
			if lab.CodeOf(err) != tt.want {
				t.Errorf("%s %q: got error %v, want code %s", call, tt.path, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), dir) {
				t.Errorf("%s %q tells the server's path: %v", call, tt.path, err)
			}
		}
		if f != nil {
			t.Errorf("Open %q gives a file", tt.path)
		}
	}
	for _, pattern := range []string{"up/*", "etc/pass*", "../*", "**/*.fastq"} {
		found, err := s.Glob(ctx, "runs", pattern)
		for _, e := range found {
			if e.Path != "a.fastq" && e.Path != "d/b.fastq" {
				t.Errorf("Glob %q gives %q (error %v)", pattern, e.Path, err)
			}
		}
	}
	if _, err := s.Stat(ctx, "other", "a.fastq"); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("another source: got error %v", err)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := folder(t, "d/b.fastq")
	s := open(t, dir)
	f, e, err := s.Open(t.Context(), "runs", "d/b.fastq")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil || string(data) != "d/b.fastq" || e.Size != 9 || e.Path != "d/b.fastq" {
		t.Errorf("got %q, %+v, %v", data, e, err)
	}
	if _, _, err := s.Open(t.Context(), "runs", "d"); lab.CodeOf(err) != lab.Invalid {
		t.Errorf("open a folder: got error %v", err)
	}
	if e, err := s.Stat(t.Context(), "runs", ""); err != nil || !e.Folder || e.Path != "" {
		t.Errorf("stat the whole: got %+v, %v", e, err)
	}
	// A file that vanishes is missing; a whole folder that does is not mounted.
	if err := os.Remove(filepath.Join(dir, "d", "b.fastq")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stat(t.Context(), "runs", "d/b.fastq"); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("a file that vanished: got error %v", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stat(t.Context(), "runs", "d/b.fastq"); lab.CodeOf(err) != lab.Unavailable || strings.Contains(err.Error(), dir) {
		t.Errorf("a folder that is not mounted: got error %v", err)
	}
}

func TestGlob(t *testing.T) {
	t.Parallel()
	s := open(t, folder(t, "a1.fastq", "a2.fastq.gz", "b.fastq", "a3.txt", "x/a4.fastq", "x/y/a5.fastq", "x/y/[z]/a6.fastq", "x/.git/a7.fastq", "w -> x", "loop -> ."))
	for _, tt := range []struct {
		pattern string
		want    []string
	}{
		{"a*", []string{"a1.fastq", "a2.fastq.gz"}},
		{"a[2-9].*", []string{"a2.fastq.gz"}},
		{"?.fastq", []string{"b.fastq"}},
		{"a1.fastq", []string{"a1.fastq"}},
		{"a3.txt", []string{}},
		{"missing", []string{}},
		{"*/a*", []string{"loop/a1.fastq", "loop/a2.fastq.gz", "w/a4.fastq", "x/a4.fastq"}},
		{"x/**/a*", []string{"x/a4.fastq", "x/y/[z]/a6.fastq", "x/y/a5.fastq"}},
		{"**/a[56].fastq", []string{"x/y/[z]/a6.fastq", "x/y/a5.fastq"}},
		{"x/**/**/a5.fastq", []string{"x/y/a5.fastq"}},
		{"x/**", []string{"x/a4.fastq", "x/y/[z]/a6.fastq", "x/y/a5.fastq"}},
		{"w/y/*", []string{"w/y/a5.fastq"}},
	} {
		found, err := s.Glob(t.Context(), "runs", tt.pattern)
		if diff := cmp.Diff(tt.want, names(found)); diff != "" || err != nil {
			t.Errorf("%s: error %v, -want +got:\n%s", tt.pattern, err, diff)
		}
	}
	if _, err := s.Glob(t.Context(), "runs", "a["); lab.CodeOf(err) != lab.Invalid {
		t.Errorf("a broken pattern: got error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Glob(ctx, "runs", "**/a*"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got error %v", err)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	const run = "230224_M02439_0043_000000000-KT42M"
	dir := folder(t, run+"/CopyComplete.txt", run+"/RTAComplete.txt", run+"/SampleSheet.csv", run+"/SampleSheetUsed.csv",
		run+"/Data/Intensities/BaseCalls/A_S1_L001_R1_001.fastq.gz", run+"/Alignment_1/20230225_101010/Fastq/A_S1_L001_R1_001.fastq.gz",
		run+"/Analysis/1/Data/fastq/project/B_S2_R1_001.fastq.gz", "230301_A00123_0007_BHXYZ12DSX2/", "plain/x.fastq")
	const info = `<?xml version="1.0"?><RunInfo Version="2"><Run Id="230224_M02439_0043_000000000-KT42M" Number="43">
		<Flowcell>000000000-KT42M</Flowcell><Instrument>M02439</Instrument><Date>230224</Date>
		<Reads><Read NumCycles="251" Number="1" IsIndexedRead="N"/><Read NumCycles="8" Number="2" IsIndexedRead="Y"/></Reads>
		<FlowcellLayout LaneCount="1" SurfaceCount="2"/></Run></RunInfo>`
	if err := os.WriteFile(filepath.Join(dir, run, "runInfo.xml"), []byte(info), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	got, err := s.Run(t.Context(), "runs", run)
	if err != nil {
		t.Fatal(err)
	}
	want := Run{
		Name: run, Date: "230224", Instrument: "M02439", Number: "43", Flowcell: "000000000-KT42M", Lanes: 1,
		Reads: []RunRead{{1, 251, false}, {2, 8, true}}, Complete: true, Sequenced: true,
		SampleSheets: []string{run + "/SampleSheet.csv", run + "/SampleSheetUsed.csv"},
		FastqFolders: []string{run + "/Alignment_1/20230225_101010/Fastq", run + "/Analysis/1/Data/fastq/project", run + "/Data/Intensities/BaseCalls"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	got, err = s.Run(t.Context(), "runs", "230301_A00123_0007_BHXYZ12DSX2")
	if err != nil || got.Complete || got.Flowcell != "HXYZ12DSX2" || got.Number != "0007" {
		t.Errorf("a run that has just begun: got %+v, %v", got, err)
	}
	got, err = s.Run(t.Context(), "runs", "plain")
	if err != nil || got.Instrument != "" || len(got.FastqFolders) != 1 {
		t.Errorf("another folder: got %+v, %v", got, err)
	}
	if _, err := s.Run(t.Context(), "runs", "missing"); lab.CodeOf(err) != lab.NotFound {
		t.Errorf("a missing folder: got error %v", err)
	}
}

// FuzzPath: no path whatever leads out of the root or to a hidden file.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"a", "../x", "d/../../x", "/etc/passwd", ".h/a", "d/.h", "up/x", "d\\..\\x", "**/x", "./a", "d/./b"} {
		f.Add(seed)
	}
	base := f.TempDir()
	for _, name := range []string{"secret", "root/.h/secret"} {
		file := filepath.Join(base, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte("secret"), 0o600)); err != nil {
			f.Fatal(err)
		}
	}
	if err := os.Symlink("..", filepath.Join(base, "root", "up")); err != nil {
		f.Fatal(err)
	}
	s, err := New(map[string]string{"r": filepath.Join(base, "root")})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		file, e, err := s.Open(t.Context(), "r", path)
		if err == nil {
			file.Close()
			t.Errorf("%q opens %+v", path, e)
		}
		if lab.CodeOf(err) == lab.Internal && !strings.Contains(err.Error(), "name too long") {
			t.Errorf("%q: got error %v", path, err)
		}
	})
}
