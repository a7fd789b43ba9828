package server

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/demo"
)

// A newcomer finds who can sign in at the end of the terminal, and again at the
// next start.
func TestDemoAccounts(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	var said strings.Builder
	s := &server{url: "http://127.0.0.1:8080", Config: Config{
		Settings: config.Config{Data: data},
		Say:      func(format string, args ...any) { fmt.Fprintf(&said, format+"\n", args...) },
	}}
	if err := s.sayAgain(); err != nil || said.Len() > 0 {
		t.Errorf("without accounts: got %q and error %v, want nothing", said.String(), err)
	}
	people := []demo.Person{
		{Role: "administrator", Email: "admin@demo.example", Password: "one"},
		{Role: "doctor", Email: "doctor@demo.example", Password: "two"},
	}
	if err := s.keepAccounts(people); err != nil {
		t.Fatal(err)
	}
	s.sayAccounts(people)
	for _, want := range []string{s.url, "admin@demo.example           one   administrator\n", "doctor@demo.example          two   doctor\n"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("got %q, want %q in it", said.String(), want)
		}
	}
	if !strings.HasSuffix(said.String(), "Ctrl-C stops the server.\n") {
		t.Errorf("got %q, want how to stop at its end", said.String())
	}
	info, err := os.Stat(filepath.Join(data, demoFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v and error %v, want a file that only the server's user reads", info, err)
	}
	said.Reset()
	if err := s.sayAgain(); err != nil || !strings.Contains(said.String(), "doctor@demo.example          two   doctor\n") {
		t.Errorf("at the next start: got %q and error %v, want the doctor's password", said.String(), err)
	}
}
