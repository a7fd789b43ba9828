package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
)

func write(t *testing.T, out *outputs, path, text string) {
	t.Helper()
	w, err := out.create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

// list is the directory as file name → content.
func list(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[e.Name()] = string(data)
	}
	return got
}

func TestOutputsCommit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var stdout bytes.Buffer
	out := newOutputs(t.Context(), &streams{out: &stdout})
	write(t, out, filepath.Join(dir, "a.tsv"), "one\n")
	write(t, out, filepath.Join(dir, "b.tsv"), "two\n")
	write(t, out, "-", "three\n")
	if _, err := os.Stat(filepath.Join(dir, "a.tsv")); err == nil {
		t.Error("an output has its name before commit")
	}
	if err := out.commit(); err != nil {
		t.Fatal(err)
	}
	out.discard()
	if diff := cmp.Diff(map[string]string{"a.tsv": "one\n", "b.tsv": "two\n"}, list(t, dir)); diff != "" {
		t.Errorf("directory (-want +got):\n%s", diff)
	}
	if got, want := stdout.String(), "three\n"; got != want {
		t.Errorf("standard output: got %q, want %q", got, want)
	}
}

func TestOutputsDiscard(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old := filepath.Join(dir, "old.tsv")
	if err := os.WriteFile(old, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := newOutputs(t.Context(), &streams{})
	write(t, out, old, "half of the new")
	write(t, out, filepath.Join(dir, "new.tsv"), "half")
	out.discard()
	if diff := cmp.Diff(map[string]string{"old.tsv": "before\n"}, list(t, dir)); diff != "" {
		t.Errorf("directory (-want +got):\n%s", diff)
	}
}

func TestOutputsGzip(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "reads.FASTQ.GZ")
	out := newOutputs(t.Context(), &streams{})
	write(t, out, path, "@r\nACGT\n+\nIIII\n")
	if err := out.commit(); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(zip)
	if err != nil || string(got) != "@r\nACGT\n+\nIIII\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestOutputsKeepPermissionsAndLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(target, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", link); err != nil {
		t.Skipf("no links here: %v", err)
	}
	out := newOutputs(t.Context(), &streams{})
	write(t, out, link, "new")
	if err := out.commit(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"target": "new", "link": "new"}, list(t, dir)); diff != "" {
		t.Errorf("directory (-want +got):\n%s", diff)
	}
	if got, err := os.Readlink(link); err != nil || got != "target" {
		t.Errorf("the link: got %q, %v", got, err)
	}
	info, err := os.Stat(target)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.Mode().Perm(), os.FileMode(0o640); got != want {
		t.Errorf("permissions: got %v, want %v", got, want)
	}
}

func TestOutputsErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		path, want string
	}{
		"directory":    {dir, "write " + dir + ": is a directory"},
		"no directory": {filepath.Join(dir, "no", "a"), "write " + filepath.Join(dir, "no", "a") + ": no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newOutputs(t.Context(), &streams{}).create(tt.path)
			if err == nil || err.Error() != tt.want || lab.CodeOf(err) != lab.Unwritable {
				t.Errorf("got %v (%s), want %s", err, lab.CodeOf(err), tt.want)
			}
		})
	}
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		out := newOutputs(t.Context(), &streams{out: io.Discard})
		write(t, out, "-", "x")
		if _, err := out.create("-"); lab.CodeOf(err) != lab.Usage {
			t.Errorf("got %v, want a usage error", err)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		ctx, cancel := context.WithCancelCause(t.Context())
		out := newOutputs(ctx, &streams{})
		write(t, out, filepath.Join(dir, "a"), "complete")
		cancel(errBroken)
		if err := out.commit(); !errors.Is(err, errBroken) {
			t.Errorf("got %v, want %v", err, errBroken)
		}
		if got := list(t, dir); len(got) != 0 {
			t.Errorf("an output of a stopped command stayed: %v", got)
		}
	})
	t.Run("full", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		out := newOutputs(t.Context(), &streams{out: standardOutput{brokenWriter{}}})
		write(t, out, filepath.Join(dir, "a"), "complete")
		write(t, out, "-", "x")
		if err := out.commit(); lab.CodeOf(err) != lab.Unwritable || !errors.Is(err, errBroken) {
			t.Errorf("got %v, want %v as unwritable", err, errBroken)
		}
		if got := list(t, dir); len(got) != 0 {
			t.Errorf("one of two outputs stayed: %v", got)
		}
	})
}

var errBroken = errors.New("broken")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }
