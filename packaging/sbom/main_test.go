package main

import (
	"bytes"
	"encoding/json"
	"os"
	"runtime/debug"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const lock = `{
  "lockfileVersion": 3,
  "packages": {
    "": {"name": "client", "version": "0.0.0"},
    "node_modules/react": {"version": "19.0.0", "integrity": "sha512-AAEC", "license": "MIT"},
    "node_modules/@scope/name": {"version": "1.2.3", "license": "(MIT OR ISC)"},
    "node_modules/react/node_modules/@scope/name": {"version": "1.0.0"},
    "node_modules/bundler": {"version": "9.9.9", "dev": true},
    "node_modules/own": {"link": true}
  }
}`

func TestBill(t *testing.T) {
	t.Parallel()
	info := &debug.BuildInfo{
		GoVersion: "go1.26.8", Main: debug.Module{Path: "vidjil.org/vidjil"},
		Settings: []debug.BuildSetting{{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "arm64"}},
		Deps: []*debug.Module{
			{Path: "example.org/b", Version: "v1.0.0", Sum: "h1:x="},
			{Path: "example.org/a", Version: "v0.1.0", Replace: &debug.Module{Path: "example.org/fork", Version: "v0.1.1"}},
		},
	}
	web, err := npmComponents([]byte(lock))
	if err != nil {
		t.Fatal(err)
	}
	b := makeBill(info, web, "1.2.3", time.Unix(0, 0))
	var got []string
	for _, c := range b.Components {
		got = append(got, c.PURL)
	}
	want := []string{
		"pkg:golang/example.org/b@v1.0.0",
		"pkg:golang/example.org/fork@v0.1.1",
		"pkg:golang/std@1.26.8",
		"pkg:npm/%40scope/name@1.0.0",
		"pkg:npm/%40scope/name@1.2.3",
		"pkg:npm/react@19.0.0",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("components (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]hash{{"SHA-512", "000102"}}, b.Components[5].Hashes); d != "" {
		t.Errorf("hashes (-want +got):\n%s", d)
	}
	if got, want := b.Metadata.Timestamp, "1970-01-01T00:00:00Z"; got != want {
		t.Errorf("got date %s, want %s", got, want)
	}
	if d := cmp.Diff(want, b.Dependencies[0].On); d != "" {
		t.Errorf("dependencies (-want +got):\n%s", d)
	}
}

func TestBillRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"not JSON":       `{`,
		"old lock file":  `{"lockfileVersion": 1, "dependencies": {}}`,
		"broken digests": `{"lockfileVersion": 3, "packages": {"node_modules/a": {"integrity": "sha512-?"}}}`,
	} {
		if _, err := npmComponents([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestRun makes the bill of this very test, twice. Programs of "go test" name no
// modules, but the library.
func TestRun(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := options{binary: self, lock: "../../web/package-lock.json", version: "0.1.0", epoch: 1}
	var first, second bytes.Buffer
	if err := run(o, &first); err != nil {
		t.Fatal(err)
	}
	if err := run(o, &second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same program has two bills")
	}
	var b bill
	if err := json.Unmarshal(first.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	kinds := map[bool]int{}
	for _, c := range b.Components {
		kinds[c.PURL[:8] == "pkg:npm/"]++
	}
	if kinds[true] < 10 || kinds[false] < 1 {
		t.Errorf("got %v components by whether they are of npm, want some of each kind", kinds)
	}
	if err := run(options{binary: "main.go", lock: o.lock}, &first); err == nil {
		t.Error("a text is no program: no error")
	}
}
