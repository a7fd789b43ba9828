package mail_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/mail"
)

// post is a real mail server in this process.
type post struct {
	server *smtp.Server
	port   int
	roots  *x509.CertPool
	user   string // who may send; "" is everybody

	mu   sync.Mutex
	got  []taken
	fail []*smtp.SMTPError // answers to the next mails
	came chan struct{}     // has something when a mail has come
}

// taken is a mail that the server took.
type taken struct {
	from, to, text string
	encrypted      bool
}

type session struct {
	p    *post
	conn *smtp.Conn
	mail taken
	in   bool // signed in
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.p.user || password != "secret" {
			return smtp.ErrAuthFailed
		}
		s.in = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.p.user != "" && !s.in {
		return smtp.ErrAuthRequired
	}
	s.mail.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if len(s.p.fail) > 0 {
		err := s.p.fail[0]
		s.p.fail = s.p.fail[1:]
		return err
	}
	s.mail.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, s.mail.encrypted = s.conn.TLSConnectionState()
	s.mail.text = string(text)
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.got = append(s.p.got, s.mail)
	select {
	case s.p.came <- struct{}{}:
	default: // it is told already
	}
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// newPost starts a mail server on a loopback address.
func newPost(t *testing.T, implicit, offers bool, user string) *post {
	t.Helper()
	p := &post{user: user, came: make(chan struct{}, 1)}
	cert := p.certificate(t)
	p.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{p: p, conn: c}, nil }))
	p.server.Domain = "localhost"
	p.server.ReadTimeout, p.server.WriteTimeout = 10*time.Second, 10*time.Second
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.port = l.Addr().(*net.TCPAddr).Port
	if implicit {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	} else if offers {
		p.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	ended := make(chan error, 1)
	go func() { ended <- p.server.Serve(l) }()
	t.Cleanup(func() {
		// Closed here too: the server closes only what it has begun to serve.
		_, _ = p.server.Close(), l.Close()
		if err := <-ended; err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	})
	return p
}

func (p *post) certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	p.roots = x509.NewCertPool()
	p.roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// config is how the program reaches the server.
func (p *post) config(way mail.TLS) mail.Config {
	return mail.Config{Host: "localhost", Port: p.port, TLS: way, From: "Laboratoire d'hématologie <vidjil@example.org>", Subject: "[Vidjil]", Roots: p.roots, Timeout: 10 * time.Second}
}

func (p *post) taken(t *testing.T) taken {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.got) != 1 {
		t.Fatalf("%d mails arrived, want one", len(p.got))
	}
	return p.got[0]
}

func sample() *mail.Message {
	m := &mail.Message{ID: "vidjil.7.1", To: "renée@example.org"}
	m.Subject, m.Text, m.HTML = mail.Write(mail.Reset{Link: "https://vidjil.test/password#token", Minutes: 60}, "fr", "")
	m.To = "ann@example.org"
	return m
}

func send(t *testing.T, c mail.Config, m *mail.Message) error {
	t.Helper()
	s, err := mail.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s.Send(t.Context(), m)
}

// TestWays: encryption is what the setting says, and nothing less.
func TestWays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		implicit, offers bool
		way              mail.TLS
		encrypted        bool
		refused          bool
	}{
		"starttls":                          {offers: true, way: mail.StartTLS, encrypted: true},
		"the default":                       {offers: true, encrypted: true},
		"starttls that is not offered":      {way: mail.StartTLS, refused: true},
		"opportunistic":                     {offers: true, way: mail.Opportunistic, encrypted: true},
		"opportunistic that is not offered": {way: mail.Opportunistic},
		"implicit":                          {implicit: true, way: mail.Implicit, encrypted: true},
		"implicit to a plain server":        {way: mail.Implicit, refused: true},
		"none":                              {offers: true, way: mail.None},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPost(t, c.implicit, c.offers, "")
			err := send(t, p.config(c.way), sample())
			if c.refused {
				if lab.CodeOf(err) != lab.Unreachable || len(p.got) > 0 {
					t.Fatalf("got %v and %d mails, want it to be refused before anything is sent", err, len(p.got))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := p.taken(t); got.encrypted != c.encrypted {
				t.Errorf("encrypted: got %v, want %v", got.encrypted, c.encrypted)
			}
		})
	}
}

// TestForeignCertificate: a server that proves to be nobody gets no mail.
func TestForeignCertificate(t *testing.T) {
	t.Parallel()
	p := newPost(t, false, true, "ward")
	c := p.config(mail.StartTLS)
	c.Roots, c.User, c.Password = x509.NewCertPool(), "ward", "secret"
	if err := send(t, c, sample()); lab.CodeOf(err) != lab.Unreachable || len(p.got) > 0 {
		t.Errorf("got %v and %d mails", err, len(p.got))
	}
}

func TestSignsIn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		way            mail.TLS
		user, password string
		ok             bool
	}{
		"right":                 {mail.StartTLS, "ward", "secret", true},
		"wrong password":        {mail.StartTLS, "ward", "guess", false},
		"nobody":                {mail.StartTLS, "", "", false},
		"never in the clear":    {mail.None, "ward", "secret", false},
		"over TLS from the top": {mail.Implicit, "ward", "secret", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPost(t, c.way == mail.Implicit, true, "ward")
			p.server.AllowInsecureAuth = true // it would take the password in the clear
			conf := p.config(c.way)
			conf.User, conf.Password = c.user, c.password
			err := send(t, conf, sample())
			if (err == nil) != c.ok {
				t.Errorf("got %v, want it sent: %v", err, c.ok)
			}
			if err != nil && strings.Contains(err.Error(), c.password) && c.password != "" {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

// TestRefusals: what may pass is told from what will not, and the server's text,
// which names the address, is not repeated.
func TestRefusals(t *testing.T) {
	t.Parallel()
	p := newPost(t, false, true, "")
	p.fail = []*smtp.SMTPError{
		{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "ann@example.org: greylisted"},
		{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "ann@example.org: no such person"},
	}
	for _, want := range []lab.Code{lab.Unreachable, lab.Invalid, ""} {
		err := send(t, p.config(""), sample())
		if lab.CodeOf(err) != want {
			t.Errorf("got %v, want the code %q", err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "ann@") || !strings.Contains(err.Error(), map[lab.Code]string{lab.Unreachable: "451 4.7.1", lab.Invalid: "550 5.1.1"}[want])) {
			t.Errorf("the error: %v", err)
		}
	}
	p.taken(t)
}

func TestAway(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := send(t, mail.Config{Host: "127.0.0.1", Port: port, From: "a@example.org"}, sample()); lab.CodeOf(err) != lab.Unreachable {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := mail.New(mail.Config{Host: "127.0.0.1", Port: port, From: "a@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(ctx, sample()); err == nil {
		t.Error("sent after it was given up")
	}
}

// TestHeaders reads a mail as the person's program does.
func TestHeaders(t *testing.T) {
	t.Parallel()
	p := newPost(t, false, true, "")
	m := sample()
	if err := send(t, p.config(""), m); err != nil {
		t.Fatal(err)
	}
	got := p.taken(t)
	if got.from != "vidjil@example.org" || got.to != "ann@example.org" {
		t.Errorf("envelope: from %q to %q", got.from, got.to)
	}
	msg, err := netmail.ReadMessage(strings.NewReader(got.text))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil || subject != "[Vidjil] Nouveau mot de passe Vidjil" {
		t.Errorf("subject: %q, %v", subject, err)
	}
	from, err := netmail.ParseAddress(msg.Header.Get("From"))
	if err != nil || from.Name != "Laboratoire d'hématologie" {
		t.Errorf("from: %v, %v", from, err)
	}
	if got := msg.Header.Get("Message-ID"); got != "<vidjil.7.1@example.org>" {
		t.Errorf("Message-ID: %s", got)
	}
	if got := msg.Header.Get("Auto-Submitted"); got != "auto-generated" {
		t.Errorf("Auto-Submitted: %q", got)
	}
	for name := range msg.Header {
		switch name {
		case "Subject", "From", "To", "Date", "Message-Id", "Auto-Submitted", "Mime-Version", "Content-Type":
		default:
			t.Errorf("a header that nobody wants: %s: %s", name, msg.Header.Get(name))
		}
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for _, want := range []string{m.Text, m.HTML} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))); got != strings.TrimSpace(want) {
			t.Errorf("part %s:\n%s\nwant\n%s", part.Header.Get("Content-Type"), got, want)
		}
	}
}

// TestInjection: nothing of a mail makes a header or a command of its own.
func TestInjection(t *testing.T) {
	t.Parallel()
	p := newPost(t, false, true, "")
	for name, change := range map[string]func(*mail.Message){
		"subject":          func(m *mail.Message) { m.Subject = "x\r\nBcc: eve@example.org" },
		"bare line feed":   func(m *mail.Message) { m.Subject = "x\nBcc: eve@example.org" },
		"address":          func(m *mail.Message) { m.To = "ann@example.org\r\nRCPT TO:<eve@example.org>" },
		"two addresses":    func(m *mail.Message) { m.To = "ann@example.org, eve@example.org" },
		"number":           func(m *mail.Message) { m.ID = "7>\r\nBcc: eve@example.org" },
		"no address":       func(m *mail.Message) { m.To = "ann" },
		"a zero character": func(m *mail.Message) { m.Subject = "x\x00" },
	} {
		m := sample()
		change(m)
		if err := send(t, p.config(""), m); lab.CodeOf(err) != lab.Invalid {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
	if len(p.got) > 0 {
		t.Errorf("%d mails arrived", len(p.got))
	}
}

func TestConfigFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]mail.Config{
		"no host":    {From: "a@example.org"},
		"no from":    {Host: "mail"},
		"bad from":   {Host: "mail", From: "a@example.org\r\nBcc: b@example.org"},
		"bad TLS":    {Host: "mail", From: "a@example.org", TLS: "ssl"},
		"bad port":   {Host: "mail", From: "a@example.org", Port: 70_000},
		"no user":    {Host: "mail", From: "a@example.org", Password: "x"},
		"no timeout": {Host: "mail", From: "a@example.org", Timeout: -1},
	} {
		if _, err := mail.New(c); lab.CodeOf(err) != lab.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
