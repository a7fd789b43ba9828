package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"vidjil.org/vidjil/internal/config"
)

// letters is a mail server that hands on what it takes.
type letters chan string

func (l letters) NewSession(*smtp.Conn) (smtp.Session, error) { return &letter{to: l}, nil }

type letter struct {
	to   letters
	rcpt string
}

func (l *letter) Mail(string, *smtp.MailOptions) error           { return nil }
func (l *letter) Rcpt(address string, _ *smtp.RcptOptions) error { l.rcpt = address; return nil }
func (l *letter) Reset()                                         {}
func (l *letter) Logout() error                                  { return nil }
func (l *letter) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	l.to <- l.rcpt + "\n" + string(text)
	return err
}

// startPost starts a mail server, and tells its port.
func startPost(t *testing.T) (letters, int) {
	t.Helper()
	box := make(letters, 10)
	post := smtp.NewServer(box)
	post.Domain, post.ReadTimeout, post.WriteTimeout = "localhost", 10*time.Second, 10*time.Second
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = post.Close(), l.Close() })
	go func() { _ = post.Serve(l) }()
	return box, l.Addr().(*net.TCPAddr).Port
}

// TestFailedBackupIsTold: a scheduled backup that comes to nothing is mailed by a
// real mail server at once, and the page of the server and the numbers show it.
func TestFailedBackupIsTold(t *testing.T) {
	t.Parallel()
	box, port := startPost(t)
	// The place is there and is no directory: as a disk that is not mounted.
	place := filepath.Join(t.TempDir(), "Quxberg")
	if err := os.WriteFile(place, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w := &watched{scenario: &scenario{t: t, data: t.TempDir(), jars: map[string]http.CookieJar{}}}
	w.server = run(t, Config{Settings: settings(w.data, func(c *config.Config) {
		c.Backup.Target = place
		c.Mail.Host, c.Mail.Port, c.Mail.TLS, c.Mail.From, c.Mail.Admins = "127.0.0.1", port, "none", "vidjil@example.org", []string{"it@example.org"}
		c.Metrics = config.Metrics{Addr: "127.0.0.1:0"}
	})})
	_, w.numbers, _ = strings.Cut(w.server.said, "numbers for a Prometheus are at ")
	w.numbers = strings.TrimSuffix(strings.Fields(w.numbers)[0], "/metrics")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case got := <-box:
		to, text, _ := strings.Cut(got, "\n")
		if to != "it@example.org" || !strings.Contains(text, "Subject: [Vidjil] A backup of the Vidjil server has failed") || !strings.Contains(text, "There is no good backup yet") {
			t.Errorf("to %s:\n%s", to, text)
		}
		if strings.Contains(text, "Quxberg") {
			t.Errorf("the mail names the place:\n%s", text)
		}
	case <-ctx.Done():
		t.Fatal("no mail came")
	}
	if _, text := w.get("/metrics", ""); !strings.Contains(text, "\nvidjil_backup_failing 1\n") || !strings.Contains(text, "vidjil_health{check=\"backup\"} 2") {
		t.Error("the numbers do not show it")
	}
	w.setUp()
	state, err := w.as("admin").Server(ctx)
	w.must("ask for the state", err)
	if state.Backup.Error == "" || state.Backup.Target != place {
		t.Errorf("the page of the server has %+v", state.Backup)
	}
}
