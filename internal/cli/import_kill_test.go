package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/transfer"
)

// killedSets, killedBlobs and readsBytes are the sizes of the archive whose import
// is killed: it takes a second or two, and its largest file some milliseconds.
const (
	killedSets  = 150
	killedBlobs = killedSets + 1
	readsBytes  = 16 << 20
)

// manySets is an archive of patients with a sample, a result and an annotation
// each; one of them has reads.
func manySets(t *testing.T) []byte {
	t.Helper()
	at := time.Date(2024, 2, 3, 4, 5, 6, 0, time.UTC)
	var b bytes.Buffer
	w := transfer.NewWriter(&b, at)
	chance := rand.NewChaCha8([32]byte{1})
	var steps []func() error // the rows, then bytes, the reads last
	blob := func(n int) (digest string, size int64) {
		data := make([]byte, n)
		_, _ = chance.Read(data) // it never fails
		sum := sha256.Sum256(data)
		digest = hex.EncodeToString(sum[:])
		steps = append(steps, func() error { return w.Blob(digest, bytes.NewReader(data)) })
		return digest, int64(n)
	}
	options := (&lab.Options{MinReads: 3}).Encode()
	c := transfer.Content{Configs: []transfer.Config{{ID: 5, Name: "killed", Revisions: []transfer.Revision{{
		ID: 50, Number: 1, Program: lab.ProgramVidjil, Options: json.RawMessage(options), Digest: lab.DigestOptions(lab.ProgramVidjil, options), CreatedAt: at,
	}}}}}
	for i := int64(1); i <= killedSets; i++ {
		digest, size := blob(20_000)
		c.Sets = append(c.Sets, transfer.Set{ID: i, Kind: "patient", LastName: fmt.Sprintf("Patient %d", i), CreatedAt: at})
		c.Samples = append(c.Samples, transfer.Sample{ID: i, Sets: []int64{i}, Name: fmt.Sprintf("sample %d", i), Generation: 1, CreatedAt: at})
		c.Results = append(c.Results, transfer.Result{
			ID: i, Sample: i, Generation: 1, Config: 5, Revision: 50, Digest: digest, Size: size, Reads: 10, Recombined: 5, Clonotypes: 2,
			Summary: json.RawMessage("{}"), Provenance: json.RawMessage("{}"), CreatedAt: at,
		})
		c.Annotations = append(c.Annotations, transfer.Annotation{Set: i, Version: 1, Body: json.RawMessage("{}"), CreatedAt: at})
	}
	digest, size := blob(readsBytes)
	c.Files = []transfer.File{{ID: 1, Sample: 1, Generation: 1, Role: "reads", Name: "a.fastq", Size: size, Digest: digest, Inside: true, CreatedAt: at}}
	steps = append([]func() error{func() error { return w.Content(&c) }}, steps...)
	steps = append(steps, func() error {
		return w.Close(transfer.Manifest{Program: "vidjil test", CreatedAt: at, Server: "killed", Reads: true})
	})
	for _, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// child is the program in a process of its own, which can be killed.
func child(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	program := os.Getenv(builtProgram)
	if program == "" {
		own, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		// The test binary is the program where it is called so: see TestMain.
		program = filepath.Join(t.TempDir(), "vidjil")
		if err := os.Symlink(own, program); err != nil {
			t.Fatal(err)
		}
	}
	return exec.Command(program, args...)
}

// files counts the files below a folder of a server's data, and their bytes.
func files(t *testing.T, data, folder string) (n int, size int64) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(data, "blobs", folder), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, infoErr := d.Info(); infoErr == nil {
				n, size = n+1, size+info.Size()
			}
		}
		return nil // what is being renamed may be gone
	})
	if err != nil {
		t.Fatal(err)
	}
	return n, size
}

// TestImportKilled kills an import with SIGKILL at several points. Each time
// nothing was imported, or all of it; the next import does the rest; and what the
// killed one has left is removed.
func TestImportKilled(t *testing.T) { //nolint:tparallel // outcomes are counted when all points were tried
	t.Parallel()
	archive := filepath.Join(t.TempDir(), "many.zip")
	if err := os.WriteFile(archive, manySets(t), 0o600); err != nil {
		t.Fatal(err)
	}
	put := func(blobs int) func(*testing.T, string) bool {
		return func(t *testing.T, data string) bool {
			n, _ := files(t, data, "sha256")
			return n >= blobs
		}
	}
	points := map[string]struct {
		at    func(t *testing.T, data string) bool
		after time.Duration // from then on
	}{
		"when it begins":               {at: func(*testing.T, string) bool { return true }},
		"while digests are compared":   {at: func(*testing.T, string) bool { return true }, after: 60 * time.Millisecond},
		"in the middle of a file":      {at: func(t *testing.T, data string) bool { _, size := files(t, data, "tmp"); return size > 1<<20 }},
		"after the first bytes":        {at: put(1)},
		"in the middle of the bytes":   {at: put(killedBlobs / 2)},
		"when all bytes are there":     {at: put(killedBlobs)},
		"while rows are written":       {at: put(killedBlobs), after: 30 * time.Millisecond},
		"while more rows are written":  {at: put(killedBlobs), after: 90 * time.Millisecond},
		"while the last are written":   {at: put(killedBlobs), after: 200 * time.Millisecond},
		"while it ends, or at its end": {at: put(killedBlobs), after: 400 * time.Millisecond},
		"when it has ended":            {at: put(killedBlobs), after: time.Minute},
	}
	outcomes := make(chan string, len(points))
	t.Run("points", func(t *testing.T) {
		for name, p := range points {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				outcomes <- killImport(t, archive, p.at, p.after)
			})
		}
	})
	close(outcomes)
	seen := map[string]int{}
	for o := range outcomes {
		seen[o]++
	}
	t.Logf("imported: %v", seen)
	if seen["nothing"] < 5 || seen["all"] < 1 {
		t.Errorf("the points were not where they should be: %v", seen)
	}
}

// killImport kills an import into a new server once a point is reached, and tells
// what was imported.
func killImport(t *testing.T, archive string, at func(*testing.T, string) bool, after time.Duration) (outcome string) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "srv")
	run := func(args ...string) (string, error) {
		out, err := child(t, append(args, "--data", data)...).CombinedOutput()
		return string(out), err
	}
	if out, err := run("user", "add", "ada@example.org", "--admin"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	before := tables(t, data)
	cmd := child(t, "import", archive, "--group", "2", "--data", data)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	killAt(t, cmd.Process, ended, func() bool { return at(t, data) }, after)
	got := tables(t, data)
	switch n := len(got["sets"]); n {
	case 0:
		outcome = "nothing"
		if diff := cmp.Diff(before, got); diff != "" {
			t.Errorf("something is there of an import that was killed: %s", diff)
		}
	case killedSets:
		outcome = "all"
	default:
		t.Errorf("%d of %d sets were imported; it said: %s", n, killedSets, log.String())
	}
	if outcome == "nothing" {
		sweep(t, data, run)
		if out, err := run("import", archive, "--group", "2"); err != nil || !strings.Contains(out, fmt.Sprintf("Imported: %d sets", killedSets)) {
			t.Errorf("the next import: %v: %s", err, out)
		}
		got = tables(t, data)
	}
	for table, want := range map[string]int{"sets": killedSets, "samples": killedSets, "sample_sets": killedSets, "results": killedSets, "annotations": killedSets, "files": 1} {
		if len(got[table]) != want {
			t.Errorf("%d rows of %s, want %d", len(got[table]), table, want)
		}
	}
	if out, err := run("export", "group", "2", "--check"); err != nil {
		t.Errorf("the bytes: %v: %s", err, out)
	}
	if out, err := run("audit", "verify"); err != nil {
		t.Errorf("the audit: %v: %s", err, out)
	}
	return outcome
}

// killAt kills a process some time after a point was reached, unless it has ended.
func killAt(t *testing.T, p *os.Process, ended <-chan error, reached func() bool, after time.Duration) {
	t.Helper()
	const look = 200 * time.Microsecond // short, so that a point is not missed
	var when <-chan time.Time
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-when:
			if err := p.Signal(syscall.SIGKILL); err != nil && !strings.Contains(err.Error(), "already finished") {
				t.Error(err)
			}
			<-ended
			return
		case <-tick.C:
			if when == nil && reached() {
				when = time.After(after)
			}
		}
	}
}

// sweep lets a week pass, and the doctor remove what an import has left.
func sweep(t *testing.T, data string, run func(...string) (string, error)) {
	t.Helper()
	n, _ := files(t, data, "")
	if n == 0 {
		return
	}
	old := time.Now().AddDate(0, -1, 0)
	err := filepath.WalkDir(filepath.Join(data, "blobs"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(name, old, old)
	})
	if err != nil {
		t.Fatal(err)
	}
	stored, _ := files(t, data, "sha256")
	out, _ := run("doctor", "--no-backups", "--fix") // that there is no active administrator is another finding
	if stored > 0 && !strings.Contains(out, "blob.orphan") {
		t.Errorf("the doctor does not find %d files without use: %s", stored, out)
	}
	if n, _ := files(t, data, ""); n > 0 {
		left, _ := files(t, data, "tmp")
		t.Errorf("the doctor left %d files, %d of them half-written: %s", n, left, out)
	}
}
