package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/mail"
	"vidjil.org/vidjil/internal/store"
)

const (
	// mailLease is for how long a mail belongs to one sender.
	mailLease = 5 * time.Minute
	// mailWait is the time after the first attempt; each further one is four times
	// as long, up to mailLongest.
	mailWait    = time.Minute
	mailLongest = 4 * time.Hour
	// mailAttempts are those of three days and a half: a mail server may be away
	// over a weekend.
	mailAttempts = 24
)

// mailBackoff is the time between an attempt that failed and the next one.
func mailBackoff(attempt int) time.Duration {
	d := mailWait
	for range attempt - 1 {
		if d *= 4; d >= mailLongest {
			return mailLongest
		}
	}
	return d
}

// SendMails sends the mails that are due, one after the other, and tells how many
// were taken by the mail server.
func (s *Service) SendMails(ctx context.Context) (sent int, err error) {
	for {
		m, ok, err := s.takeMail(ctx)
		if err != nil || !ok {
			return sent, err
		}
		if err := s.sendMail(ctx, &m); err != nil {
			return sent, err
		}
		if m.State == lab.MailSent {
			sent++
		}
	}
}

// mailDue tells whether there is a mail to send now.
func (s *Service) mailDue(ctx context.Context) (due bool, err error) {
	err = s.read(ctx, func(tx *store.Tx) error {
		at, err := tx.NextMail(ctx)
		due = !at.IsZero() && !at.After(tx.Now)
		return err
	})
	return due, err
}

func (s *Service) takeMail(ctx context.Context) (m lab.Mail, ok bool, err error) {
	err = s.write(ctx, func(tx *store.Tx) (err error) {
		m, ok, err = tx.TakeMail(ctx, rand.Text(), tx.Now.Add(mailLease))
		return err
	})
	return m, ok, err
}

// sendMail makes one attempt, and writes how it ended.
func (s *Service) sendMail(ctx context.Context, m *lab.Mail) error {
	sendErr := s.attemptMail(ctx, m)
	if ctx.Err() != nil && sendErr != nil {
		// The server stops: the attempt is made again when the lease is over.
		return context.Cause(ctx)
	}
	now := s.Now().UTC()
	m.State, m.SentAt, m.Error = lab.MailSent, now, ""
	if sendErr != nil {
		m.State, m.SentAt, m.Error = lab.MailQueued, time.Time{}, mailError(sendErr)
		m.DueAt = now.Add(mailBackoff(m.Attempt))
		late := !m.EndsAt.IsZero() && m.DueAt.After(m.EndsAt)
		if lab.CodeOf(sendErr) == lab.Invalid || m.Attempt >= mailAttempts || late {
			m.State = lab.MailDead
		}
		s.Log.LogAttrs(ctx, slog.LevelWarn, "mail not sent", slog.Int64("mail_id", m.ID), slog.String("kind", string(m.Kind)), slog.Int64("user_id", m.UserID),
			slog.Int("attempt", m.Attempt), slog.String("state", string(m.State)), slog.String("error", m.Error))
	}
	return s.write(ctx, func(tx *store.Tx) error { return tx.SettleMail(ctx, m) })
}

// mailError is what is kept of an error: text that was written for people.
func mailError(err error) string {
	if e, ok := errors.AsType[*lab.Error](err); ok {
		return e.Error()
	}
	return "internal error"
}

// attemptMail writes the mail and hands it to the mail server.
func (s *Service) attemptMail(ctx context.Context, m *lab.Mail) error {
	if !m.EndsAt.IsZero() && !m.EndsAt.After(s.Now()) {
		return lab.Errorf(lab.Invalid, "its link is void by now")
	}
	to, language, account := m.Address, s.Language, ""
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		if account, err = s.base(ctx, tx); err != nil || m.UserID == 0 {
			return err
		}
		u, err := tx.UserByID(ctx, m.UserID)
		if err != nil {
			return err
		}
		if u.State != lab.UserActive && u.State != lab.UserInvited {
			return lab.Errorf(lab.Invalid, "the account is %s", u.State)
		}
		to = u.Email
		if u.Language != "" {
			language = u.Language
		}
		return nil
	})
	if err != nil {
		return err
	}
	if s.Mail == nil {
		s.logMail(ctx, m, language, account)
		return nil
	}
	text := []byte(m.Letter)
	if m.Sealed != nil {
		if s.Keys == nil {
			return lab.Errorf(lab.Unavailable, "the server has no key file")
		}
		if text, err = s.Keys.Open(mailPurpose(m.UserID), m.Sealed); err != nil {
			return fmt.Errorf("open mail %d: %w", m.ID, err)
		}
	}
	l, err := mail.Read(m.Kind, text)
	if err != nil {
		return err
	}
	out := mail.Message{ID: fmt.Sprintf("vidjil.%d.%d", m.ID, m.CreatedAt.Unix()), To: to}
	out.Subject, out.Text, out.HTML = mail.Write(l, language, account+"/account")
	return s.Mail.Send(ctx, &out)
}

// logMail stands in for a mail server where there is none. A mail with a link
// that opens an account is not written down, and it is said where the link can be
// had.
func (s *Service) logMail(ctx context.Context, m *lab.Mail, language, account string) {
	attrs := []slog.Attr{slog.Int64("mail_id", m.ID), slog.String("kind", string(m.Kind)), slog.Int64("user_id", m.UserID)}
	if m.Sealed != nil {
		attrs = append(attrs, slog.String("hint", noMailHint))
	} else if l, err := mail.Read(m.Kind, []byte(m.Letter)); err == nil {
		_, text, _ := mail.Write(l, language, account+"/account")
		attrs = append(attrs, slog.String("text", text))
	}
	s.Log.LogAttrs(ctx, slog.LevelInfo, "mail not sent: no mail server is set", attrs...)
}

// noMailHint says how a person gets a link where no mail can be sent.
const noMailHint = "an administrator makes a new link on the page of accounts, or with vidjil user reset-password"

// MailPage is a part of the outbox, the newest first.
type MailPage struct {
	Items []lab.Mail // without what they say
	Next  string
	Dead  int64 // in the last thirty days
	// Server tells that there is a mail server; otherwise mails are logged only.
	Server bool
}

// deadTime is that of which dead mails are counted.
const deadTime = 30 * 24 * time.Hour

// Mails lists the outbox for administrators.
func (s *Service) Mails(ctx context.Context, who *Actor, state string, p Page) (page MailPage, err error) {
	if !who.Administer() {
		return page, errAdministrators()
	}
	if !slices.Contains([]lab.MailState{"", lab.MailQueued, lab.MailSent, lab.MailDead}, lab.MailState(state)) {
		return page, fault("state", "want queued, sent or dead")
	}
	limit, err := parseLimit(p.Limit)
	if err != nil {
		return page, err
	}
	below := int64(0)
	if p.Cursor != "" {
		if below, err = strconv.ParseInt(p.Cursor, 10, 64); err != nil || below <= 0 {
			return page, fault("cursor", "is not one of this list")
		}
	}
	page.Server = s.Mail != nil
	err = s.read(ctx, func(tx *store.Tx) (err error) {
		if page.Dead, err = tx.CountMails(ctx, lab.MailDead, tx.Now.Add(-deadTime)); err != nil {
			return err
		}
		page.Items, err = tx.Mails(ctx, lab.MailState(state), below, limit+1)
		return err
	})
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		page.Next = strconv.FormatInt(page.Items[limit-1].ID, 10)
	}
	for i := range page.Items {
		page.Items[i].Letter, page.Items[i].Sealed, page.Items[i].Lease = "", nil, ""
	}
	return page, err
}

// RetryMail tries a mail again that was given up. One whose link is gone cannot
// be: a new link has to be made.
func (s *Service) RetryMail(ctx context.Context, who *Actor, id int64) error {
	if !who.Administer() {
		return errAdministrators()
	}
	return s.write(ctx, func(tx *store.Tx) error {
		m, err := tx.MailByID(ctx, id)
		if err != nil {
			return missing(err, "mail", id)
		}
		switch {
		case m.State != lab.MailDead:
			return lab.Errorf(lab.Conflict, "mail %d was not given up: it is %s", id, m.State)
		case m.Letter == "":
			return lab.Errorf(lab.Conflict, "the link of mail %d is gone: make a new one on the page of the account", id)
		}
		audit(tx, who.entry("mail.retry", "mail", id), nil, map[string]any{"kind": m.Kind, "user_id": m.UserID})
		return tx.RetryMail(ctx, id)
	})
}

// DeleteMail removes a mail from the outbox.
func (s *Service) DeleteMail(ctx context.Context, who *Actor, id int64) error {
	if !who.Administer() {
		return errAdministrators()
	}
	return s.write(ctx, func(tx *store.Tx) error {
		found, err := tx.DeleteMail(ctx, id)
		if err == nil && !found {
			return errNotFound("mail", id)
		}
		audit(tx, who.entry("mail.delete", "mail", id), nil, nil)
		return err
	})
}

// TestMail sends the administrator who asks a mail, at once, so that what the
// mail server says can be read in the answer.
func (s *Service) TestMail(ctx context.Context, who *Actor) error {
	if !who.Administer() {
		return errAdministrators()
	}
	if s.Mail == nil {
		return lab.Errorf(lab.Unavailable, "the server has no mail server: set mail.host and restart it")
	}
	base := ""
	err := s.write(ctx, func(tx *store.Tx) (err error) {
		audit(tx, who.entry("mail.test", "user", who.User.ID), nil, nil)
		base, err = s.base(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	language := s.Language
	if who.User.Language != "" {
		language = who.User.Language
	}
	m := mail.Message{ID: "vidjil.test." + rand.Text(), To: who.User.Email}
	m.Subject, m.Text, m.HTML = mail.Write(mail.Test{Link: base}, language, base+"/account")
	if err := s.Mail.Send(ctx, &m); err != nil {
		if lab.CodeOf(err) == lab.Internal {
			return fmt.Errorf("send test mail: %w", err)
		}
		return lab.Errorf(lab.Unreachable, "%s", mailError(err))
	}
	return nil
}

// PurgeMails removes mails that were sent or given up long enough ago.
func (s *Service) PurgeMails(ctx context.Context) (n int64, err error) {
	err = s.write(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.PurgeMails(ctx, tx.Now.Add(-s.Retention.WithDefaults().Mails))
		purged(tx, "mails", n, 0, nil)
		return err
	})
	return n, err
}
