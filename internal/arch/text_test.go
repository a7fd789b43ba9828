package arch

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPackageComments wants each package to say what it is for: the comment
// begins in Go's form and has more than a name to tell.
func TestPackageComments(t *testing.T) {
	t.Parallel()
	comments := map[string][]string{}
	for _, f := range sources(t) {
		if f.test || f.ignored {
			continue
		}
		if _, ok := comments[f.pkg]; !ok {
			comments[f.pkg] = nil
		}
		if f.file.Doc == nil {
			continue
		}
		text := f.file.Doc.Text()
		want := "Package " + f.file.Name.Name + " "
		if f.file.Name.Name == "main" {
			want = "Command " + filepath.Base(f.pkg) + " "
		}
		if !strings.HasPrefix(text, want) {
			t.Errorf("%s: the package comment begins %q, want %q", f.path, firstWords(text), want)
		}
		if len(strings.Fields(text)) < 12 {
			t.Errorf("%s: the package comment says too little: what is it for, what must it not do?", f.path)
		}
		comments[f.pkg] = append(comments[f.pkg], f.path)
	}
	for pkg, files := range comments {
		if len(files) != 1 {
			t.Errorf("package %s has %d package comments %v, want 1", pkg, len(files), files)
		}
	}
}

func firstWords(text string) string {
	words := strings.Fields(text)
	return strings.Join(words[:min(len(words), 3)], " ")
}

// foreign are words that belong to a developer's machine and have no business
// in the tree: where a file was made, and where packages are fetched from
// (that is the user's configuration). They are put together here, so that this
// file does not hold them.
func foreign(t *testing.T) map[string]*regexp.Regexp {
	t.Helper()
	words := map[string]*regexp.Regexp{
		"the host of a package registry": regexp.MustCompile(strings.Join([]string{
			`proxy\.` + `golang\.org`, `sum\.` + `golang\.org`, `registry\.` + `npmjs\.org`, `pypi\.` + `org`, `files\.` + `pythonhosted\.org`,
		}, "|")),
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	// A folder that every machine has says nothing of this one; documentation names it.
	parent := filepath.Dir(abs)
	if slices.Contains([]string{"/tmp", "/home", "/root", "/srv", "/opt", "/var/lib", "/usr/local"}, parent) {
		parent = abs
	}
	if parent != string(filepath.Separator) {
		words["the directory of this checkout"] = regexp.MustCompile(`(^|[^\w./-])` + regexp.QuoteMeta(parent) + `(/|$|[^\w-])`)
	}
	return words
}

func TestNothingOfThisMachine(t *testing.T) {
	t.Parallel()
	words := foreign(t)
	for _, name := range tracked(t) {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 {
			continue // deleted and not yet committed, or binary
		}
		for what, re := range words {
			if at := re.FindIndex(data); at != nil {
				t.Errorf("%s:%d holds %s: %q", name, 1+bytes.Count(data[:at[0]], []byte("\n")), what, data[at[0]:at[1]])
			}
		}
	}
}

// TestForeignWordsCatch proves that the search can find.
func TestForeignWordsCatch(t *testing.T) {
	t.Parallel()
	abs, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	words := foreign(t)
	if re := words["the directory of this checkout"]; re != nil {
		if text := "see " + abs + "/README.md"; !re.MatchString(text) {
			t.Errorf("%q is not found", text)
		}
		if text := "internal" + filepath.Dir(abs) + "er"; re.MatchString(text) {
			t.Errorf("%q is found", text)
		}
	}
	if text := "https://registry." + "npmjs.org/x"; !words["the host of a package registry"].MatchString(text) {
		t.Errorf("%q is not found", text)
	}
}
