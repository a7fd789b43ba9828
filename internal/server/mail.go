package server

import (
	"time"

	"vidjil.org/vidjil/internal/config"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/mail"
	"vidjil.org/vidjil/internal/service"
)

// openMail is the way to the mail server of the config; none where it names none:
// mails are logged then.
func openMail(c *config.Mail) (service.Mailer, error) {
	if c.Host == "" {
		return nil, nil //nolint:nilnil // no mail server is no fault
	}
	return newMail(c)
}

func newMail(c *config.Mail) (*mail.SMTP, error) {
	m, err := mail.New(mail.Config{
		Host: c.Host, Port: c.Port, TLS: mail.TLS(c.TLS), User: c.User, Password: c.Password, From: c.From, Subject: c.Subject,
	})
	if err != nil {
		return nil, lab.Errorf(lab.Invalid, "mail: %w", err)
	}
	return m, nil
}

// retention is how long things stay, in the words of the use cases.
func retention(c *config.Retention) lab.Retention {
	ever := func(d config.Duration) time.Duration {
		if d == config.Off {
			return 0
		}
		return d.D()
	}
	return lab.Retention{
		Trash: keptFor(c.Trash), Uploads: keptFor(c.Uploads), Reads: ever(c.Reads), Results: ever(c.Results), Audit: ever(c.Audit),
	}
}
