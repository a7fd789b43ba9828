package server

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/oauth2-proxy/mockoidc"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/directory/slapdtest"
)

// TestMailCheck asks a real mail server by the settings, and something that only
// listens.
func TestMailCheck(t *testing.T) {
	t.Parallel()
	if MailCheck(&config.Config{}) != nil {
		t.Error("there is a check without a mail server")
	}
	listen := func(serve func(net.Listener)) *config.Config {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go serve(l)
		c := config.Config{}.WithDefaults()
		c.Mail.Host, c.Mail.Port, c.Mail.From = "127.0.0.1", l.Addr().(*net.TCPAddr).Port, "vidjil@example.org"
		return &c
	}
	post := smtp.NewServer(make(letters, 1))
	post.Domain = "localhost"
	c := listen(func(l net.Listener) { _ = post.Serve(l) })
	c.Mail.TLS = "none"
	if err := MailCheck(c)(t.Context()); err != nil {
		t.Errorf("a mail server: %v", err)
	}
	c.Mail.TLS = "starttls"
	if err := MailCheck(c)(t.Context()); err == nil || !strings.Contains(err.Error(), "STARTTLS") {
		t.Errorf("without STARTTLS: %v", err)
	}
	c.Mail.From = "nobody"
	if err := MailCheck(c)(t.Context()); err == nil {
		t.Error("an address that is none was taken")
	}
	mute := listen(func(l net.Listener) {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = fmt.Fprintf(conn, "554 no mails here\r\n")
			_, _ = bufio.NewReader(conn).ReadString('\n')
			_ = conn.Close()
		}
	})
	mute.Mail.TLS = "none"
	if err := MailCheck(mute)(t.Context()); err == nil || !strings.Contains(err.Error(), "554") {
		t.Errorf("a server that takes no mails: %v", err)
	}
}

// TestDirectoryCheck asks a real directory: what signing in needs must work, not
// only the connection.
func TestDirectoryCheck(t *testing.T) {
	t.Parallel()
	if DirectoryCheck(&config.Config{}) != nil {
		t.Error("there is a check without a directory")
	}
	s := slapdtest.Start(t)
	for _, tt := range []struct {
		name   string
		change func(*config.LDAP)
		want   string // in the error; "" is none
	}{
		{"all is well", func(*config.LDAP) {}, ""},
		{"another password", func(c *config.LDAP) { c.BindPassword = "hidden" }, "search as " + slapdtest.Root},
		{"no such place", func(c *config.LDAP) { c.BaseDN = "ou=gone," + slapdtest.Base }, "ou=gone"},
		{"its certificate is not trusted", func(c *config.LDAP) { c.CAFile = "" }, "certificate"},
		{"one of two is dead", func(c *config.LDAP) { c.URL = "ldap://127.0.0.1:1 " + s.URL }, "connect to ldap://127.0.0.1:1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := config.Config{}.WithDefaults()
			d := &c.Directory.LDAP
			d.URL, d.CAFile, d.BindDN, d.BindPassword, d.BaseDN = s.URL, s.CAFile, slapdtest.Root, slapdtest.Password, slapdtest.Base
			tt.change(d)
			err := DirectoryCheck(&c)(t.Context())
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "hidden") {
				t.Errorf("the error names the password: %v", err)
			}
		})
	}
}

// TestProviderCheck asks a provider what it publishes of itself.
func TestProviderCheck(t *testing.T) {
	t.Parallel()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	c := config.Config{}.WithDefaults()
	c.Directory.OIDC.Issuer, c.Directory.OIDC.ClientID = m.Issuer(), "vidjil"
	if err := DirectoryCheck(&c)(t.Context()); err != nil {
		t.Errorf("got %v", err)
	}
	// Something answers there, and is no provider.
	page := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(page.Close)
	c.Directory.OIDC.Issuer = page.URL
	if err := DirectoryCheck(&c)(t.Context()); err == nil || !strings.Contains(err.Error(), "provider oidc") {
		t.Errorf("no provider: %v", err)
	}
}
