package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/demo"
	"vidjil.org/vidjil/internal/lab"
)

// fillDemo fills an empty server, through its own API, and tells how to sign
// in. One that has an administrator is left as it is.
//
// The API is served once more for this, on a loopback port of its own: the
// demonstration speaks plain HTTP, whatever the server's address wants.
func (s *server) fillDemo(ctx context.Context, setupLink string) (err error) {
	if setupLink == "" {
		s.Say("--demo: there are people already, nothing was added")
		return s.sayAgain()
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return lab.Errorf(lab.Unwritable, "--demo: %w", err)
	}
	h := &http.Server{
		Handler:           api.New(api.Config{Service: s.uses, Uploads: s.receiver, Log: s.Log, Version: s.Version}),
		ReadHeaderTimeout: time.Minute,
	}
	served := make(chan error, 1)
	go func() { served <- h.Serve(l) }()
	defer func() {
		err = errors.Join(err, h.Close())
		if serveErr := <-served; !errors.Is(serveErr, http.ErrServerClosed) {
			err = errors.Join(err, serveErr)
		}
	}()
	s.Say("Filling with demonstration data …")
	people, err := demo.Fill(ctx, "http://"+l.Addr().String(), setupLink[strings.LastIndexAny(setupLink, "=#/")+1:], s.keepAccounts)
	if err != nil {
		return err
	}
	s.sayAccounts(people)
	return nil
}

// demoFile keeps who can sign in to a demonstration: the terminal on which it
// was said is closed one day, and nobody can read a password out of a database.
const demoFile = "demo-accounts.txt"

// keepAccounts writes down who can sign in.
func (s *server) keepAccounts(people []demo.Person) error {
	name := filepath.Join(s.Settings.Data, demoFile)
	if err := os.WriteFile(name, []byte(accounts(people)), 0o600); err != nil {
		return lab.Errorf(lab.Unwritable, "write %s: %w", name, err)
	}
	return nil
}

// accounts are people with their passwords, a line each.
func accounts(people []demo.Person) string {
	var text strings.Builder
	for _, p := range people {
		fmt.Fprintf(&text, "  %-28s %s   %s\n", p.Email, p.Password, p.Role)
	}
	return text.String()
}

// sayAccounts tells who can sign in. It is the last that is said, so that it
// stands at the end of a terminal.
func (s *server) sayAccounts(people []demo.Person) {
	s.Say("The demonstration is there; its reads are being analysed. Sign in at %s as:", s.url)
	s.Say("%s", strings.TrimSuffix(accounts(people), "\n"))
	s.Say("They are kept in %s.", filepath.Join(s.Settings.Data, demoFile))
	s.Say("Ctrl-C stops the server.")
}

// sayAgain tells who could sign in when the demonstration was made, if it was
// made here.
func (s *server) sayAgain() error {
	name := filepath.Join(s.Settings.Data, demoFile)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	s.Say("Those of the demonstration, with their first passwords (%s):\n%s", name, strings.TrimSuffix(string(text), "\n"))
	s.Say("Ctrl-C stops the server.")
	return nil
}
