package mail_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/mail"
)

// TestCheck asks real mail servers, well and not, and sends nothing.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                 string
		implicit, offers     bool
		user                 string // whom the server knows
		tls                  mail.TLS
		as, password, refuse string
	}{
		{name: "encrypted and signed in", offers: true, user: "vidjil", tls: mail.StartTLS, as: "vidjil", password: "secret"},
		{name: "encrypted from the first byte", implicit: true, user: "vidjil", tls: mail.Implicit, as: "vidjil", password: "secret"},
		{name: "in clear, nobody signs in", tls: mail.None},
		{name: "another password", offers: true, user: "vidjil", tls: mail.StartTLS, as: "vidjil", password: "wrong-one", refuse: "SMTP AUTH failed"},
		{name: "STARTTLS is not offered", tls: mail.StartTLS, refuse: "STARTTLS"},
		{name: "TLS where there is none", tls: mail.Implicit, refuse: "tls"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPost(t, tt.implicit, tt.offers, tt.user)
			m, err := mail.New(mail.Config{Host: "localhost", Port: p.port, TLS: tt.tls, User: tt.as, Password: tt.password, From: "vidjil@example.org", Roots: p.roots, Timeout: 5 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			err = m.Check(t.Context())
			switch {
			case tt.refuse == "" && err != nil:
				t.Errorf("got %v", err)
			case tt.refuse != "" && (lab.CodeOf(err) != lab.Unreachable || !strings.Contains(err.Error(), tt.refuse)):
				t.Errorf("got %v, want %q", err, tt.refuse)
			}
			if err != nil && tt.password != "" && strings.Contains(err.Error(), tt.password) {
				t.Errorf("the error names the password: %v", err)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			if len(p.got) > 0 {
				t.Errorf("%d mails were sent", len(p.got))
			}
		})
	}
}

// TestCheckIsMoreThanAConnection: something listens, and is no mail server.
func TestCheckIsMoreThanAConnection(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			_ = conn.Close()
		}
	}()
	m, err := mail.New(mail.Config{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: mail.None, From: "vidjil@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(t.Context()); lab.CodeOf(err) != lab.Unreachable {
		t.Errorf("got %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Check(ended); err == nil {
		t.Error("a check whose time was over found nothing wrong")
	}
}
