package cli

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// TestExportPerson copies all that a person sees, with the rights of that person:
// who may not know a patient gets no names, neither in a list nor in a copy.
func TestExportPerson(t *testing.T) {
	t.Parallel()
	m := startMover(t)
	m.furnish()
	copied := func() (names []string, all []byte, list []service.StoredFile) {
		to := filepath.Join(t.TempDir(), "copy")
		_, err := m.here("export", "person", "root@example.org", "--copy", to)
		m.ok("copy", err)
		err = filepath.WalkDir(to, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(to, name)
			names = append(names, rel)
			if text, readErr := os.ReadFile(name); readErr == nil && strings.Contains(name, "reads") {
				all = text
			}
			return err
		})
		m.ok("walk", err)
		out, err := m.here("export", "person", "root@example.org", "--list", "--json")
		m.ok("list", err)
		m.ok("list", json.Unmarshal([]byte(out), &list))
		return names, all, list
	}
	names, reads, list := copied()
	want := []string{"SHA256SUMS", "set-2/sample-1/reads-Zyxwarren.fastq.gz", "set-2/sample-1/result-1/table"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("copied (-want +got):\n%s", diff)
	}
	if !bytes.Equal(reads, simulated(t)) {
		t.Error("the copy of the reads has other bytes than were uploaded")
	}
	if len(list) != 2 || list[0].Name != "Zyxwarren.fastq.gz" || list[0].State != string(lab.FilePresent) || list[1].What != "result 1" {
		t.Errorf("list: %+v", list)
	}

	_, err := m.admin.SetRights(t.Context(), m.group, "set:read", "config:read")
	m.ok("rights", err)
	names, _, list = copied()
	if text := strings.Join(names, " "); strings.Contains(text, "Zyxwarren") || len(names) != 3 {
		t.Errorf("copied without the right to know names: %s", text)
	}
	if len(list) != 2 || strings.Contains(list[0].Name, "Zyxwarren") {
		t.Errorf("listed without the right to know names: %+v", list)
	}
}

// TestExportRights: over the network one exports what one sees, and no more.
func TestExportRights(t *testing.T) {
	t.Parallel()
	m := startMover(t)
	m.furnish()
	file := filepath.Join(t.TempDir(), "sets.zip")
	m.ok("group", func() error {
		_, err := m.admin.CreateGroup(t.Context(), client.NewGroup{Name: "others"})
		return err
	}())
	for name, tt := range map[string]struct {
		args []string
		want lab.Code
	}{
		"no such set":      {[]string{"set", "99"}, lab.NotFound},
		"of another kind":  {[]string{"run", "2"}, lab.NotFound},
		"of another group": {[]string{"group", "4"}, lab.NotFound},
	} {
		if _, err := m.move(append([]string{"export", "-o", file}, tt.args...)...); lab.CodeOf(err) != tt.want {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
		if _, err := os.Stat(file); !os.IsNotExist(err) {
			t.Errorf("%s: a file was written", name)
		}
	}
	_, err := m.admin.SetRights(t.Context(), m.group, "set:read", "config:read")
	m.ok("rights", err)
	_, err = m.move("export", "patient", "2", "--reads", "-o", file)
	m.ok("export without names", err)
	a := openFile(t, file)
	text, err := json.Marshal(a.Content)
	m.ok("encode", err)
	for _, secret := range []string{"Zyxwarren", "Quentinia", "1931-07-13", "H-77"} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("the archive tells %q to who may not know it: %s", secret, text)
		}
	}
}
