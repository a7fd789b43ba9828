package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"vidjil.org/vidjil/internal/lab"
)

// TLS says how the way to the mail server is encrypted.
type TLS string

// The ways.
const (
	StartTLS      TLS = "starttls"      // begins in the clear and must become encrypted
	Opportunistic TLS = "opportunistic" // becomes encrypted where the server offers it
	Implicit      TLS = "tls"           // encrypted from the first byte, usually on port 465
	None          TLS = "none"          // for a relay on the same machine or a trusted wire
)

// Config says how mails are sent. Host and From must be set.
type Config struct {
	Host string
	Port int // 0 is 587; 465 with Implicit, 25 with None
	TLS  TLS // "" is StartTLS
	// User and Password prove to the mail server who sends; "" is nobody. They
	// are never sent in the clear.
	User, Password string
	// From is the sender, as "Vidjil <vidjil@example.org>" or the address alone.
	From string
	// Subject is what all subjects begin with, as "[Vidjil]"; "" is nothing.
	Subject string
	// Timeout is how long a mail may take; 0 is 30 s.
	Timeout time.Duration
	// Roots are the certificates that are trusted; nil is those of the system.
	Roots *x509.CertPool
}

// SMTP hands mails to a mail server. It is safe for concurrent use.
type SMTP struct {
	c    Config
	from *mail.Address
}

// New checks the configuration; the server is asked with the first mail only.
func New(c Config) (*SMTP, error) {
	var f lab.Faults
	if c.TLS == "" {
		c.TLS = StartTLS
	}
	if c.Port == 0 {
		c.Port = map[TLS]int{Implicit: 465, None: 25}[c.TLS]
		if c.Port == 0 {
			c.Port = 587
		}
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	f.Require(c.Host != "", "host", "is missing")
	f.Require(c.Port > 0 && c.Port < 1<<16, "port", "want 1 to 65535")
	f.Require(c.Timeout > 0, "timeout", "want a time")
	f.Require(c.User != "" || c.Password == "", "user", "there is a password and no user")
	switch c.TLS {
	case StartTLS, Opportunistic, Implicit, None:
	default:
		f.Add("tls", "want starttls, opportunistic, tls or none, not %q", string(c.TLS))
	}
	from, err := mail.ParseAddress(c.From)
	f.Require(err == nil, "from", "want an address, as Vidjil <vidjil@example.org>")
	if err := f.Err(); err != nil {
		return nil, err
	}
	return &SMTP{c: c, from: from}, nil
}

// Send sends a mail. An [lab.Invalid] error is the server's last word on it;
// after any other it may be tried again. Errors name neither the address nor what
// the mail says.
func (s *SMTP) Send(ctx context.Context, m *Message) error {
	msg, err := s.message(m)
	if err != nil {
		return err
	}
	client, err := s.client()
	if err != nil {
		return fmt.Errorf("prepare mail server: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.c.Timeout)
	defer cancel()
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return refusal(err)
	}
	return nil
}

// message gives a mail its headers.
func (s *SMTP) message(m *Message) (*gomail.Msg, error) {
	// The library encodes what a header cannot hold; that nothing ends a line is
	// made sure of here, whatever it does.
	subject := strings.TrimSpace(s.c.Subject + " " + m.Subject)
	for _, text := range []string{m.ID, m.To, subject} {
		if strings.ContainsAny(text, "\r\n\x00") {
			return nil, lab.Errorf(lab.Invalid, "a header of the mail has more than one line")
		}
	}
	to, err := mail.ParseAddress(m.To)
	if err != nil {
		return nil, lab.Errorf(lab.Invalid, "the address cannot be written to")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(s.from)
	msg.ToMailAddress(&mail.Address{Address: to.Address})
	msg.Subject(subject)
	msg.SetDate()
	_, domain, _ := strings.Cut(s.from.Address, "@")
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	// RFC 3834: absence notes and the like need not answer.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

func (s *SMTP) client() (*gomail.Client, error) {
	conf := &tls.Config{ServerName: s.c.Host, MinVersion: tls.VersionTLS12, RootCAs: s.c.Roots}
	opts := []gomail.Option{gomail.WithTimeout(s.c.Timeout), gomail.WithTLSConfig(conf)}
	switch s.c.TLS {
	case Implicit:
		opts = append(opts, gomail.WithSSL())
	case Opportunistic:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case None:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.c.User != "" {
		opts = append(opts, gomail.WithUsername(s.c.User), gomail.WithPassword(s.c.Password), gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover))
	}
	return gomail.NewClient(s.c.Host, append(opts, gomail.WithPort(s.c.Port))...)
}

// refusal tells an error that stays from one that may pass. Of what the server
// answered to this mail only the codes are repeated: its text names the address.
func refusal(err error) error {
	e, ok := errors.AsType[*gomail.SendError](err)
	if !ok {
		return lab.Errorf(lab.Unreachable, "the mail server cannot be used: %w", err)
	}
	code := "no code"
	if e.ErrorCode() > 0 {
		code = strings.TrimSpace(fmt.Sprintf("%d %s", e.ErrorCode(), e.EnhancedStatusCode()))
	}
	if e.ErrorCode() >= 500 {
		return lab.Errorf(lab.Invalid, "the mail server refuses the mail: %s", code)
	}
	return lab.Errorf(lab.Unreachable, "the mail server did not take the mail: %s", code)
}
