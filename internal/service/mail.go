package service

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/mail"
	"vidjil.org/vidjil/internal/store"
)

// Mailer hands mails to a mail server. An Invalid error is its last word on a
// mail; after any other the mail is tried again.
type Mailer interface {
	Send(ctx context.Context, m *mail.Message) error
}

// sendTimeout is how long what goes on behind an answer may take.
const sendTimeout = time.Minute

// mostRunning bounds what goes on behind answers.
const mostRunning = 16

// running counts what goes on behind an answer that has been given.
type running struct {
	sync.WaitGroup
	mu sync.Mutex
	n  int
}

// later runs f behind the answer, so that nobody can tell from the time of the
// answer what there was to do. It tells whether there was room for it.
func (s *Service) later(ctx context.Context, f func(ctx context.Context)) bool {
	r := &s.running
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n == mostRunning {
		return false
	}
	r.n++
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	r.Go(func() {
		defer func() {
			cancel()
			r.mu.Lock()
			defer r.mu.Unlock()
			r.n--
		}()
		f(ctx)
	})
	return true
}

// Stop ends what people follow, and waits for what still runs behind answers
// that were given.
func (s *Service) Stop() {
	s.events.Stop()
	s.running.Wait()
	if err := s.tables.Close(); err != nil {
		s.Log.Error("close tables of clonotypes", "error", err)
	}
}

// base is how people reach the server, without a slash at the end.
func (s *Service) base(ctx context.Context, tx *store.Tx) (string, error) {
	base := s.PublicURL
	if base == "" {
		var err error
		if base, err = tx.Setting(ctx, settingURL); err != nil {
			return "", err
		}
	}
	return strings.TrimRight(base, "/"), nil
}

// post puts a letter to a person into the outbox, in the transaction of what
// caused it.
func (s *Service) post(ctx context.Context, tx *store.Tx, userID int64, l mail.Letter) error {
	return s.postMail(ctx, tx, &lab.Mail{UserID: userID}, l)
}

func (s *Service) postMail(ctx context.Context, tx *store.Tx, m *lab.Mail, l mail.Letter) error {
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("write letter: %w", err)
	}
	m.Kind, m.Letter = l.Kind(), string(text)
	return tx.InsertMail(ctx, m)
}

// postLink puts a letter with a link that opens an account into the outbox. It is
// sealed there, as the token of the link is nowhere else, and worth nothing once
// the link is void.
func (s *Service) postLink(ctx context.Context, tx *store.Tx, u *lab.User, purpose, link string) error {
	if s.Mail == nil {
		return lab.Errorf(lab.Unavailable, "the server has no mail server")
	}
	if s.Keys == nil {
		return lab.Errorf(lab.Unavailable, "a link cannot be sent: the server has no key file")
	}
	life := auth.LinkLifetime(purpose)
	var l mail.Letter = mail.Reset{Link: link, Minutes: int(life / time.Minute)}
	if purpose == lab.LinkInvite {
		l = mail.Invite{Link: link, Days: int(life / (24 * time.Hour))}
	}
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("write letter: %w", err)
	}
	return tx.InsertMail(ctx, &lab.Mail{
		Kind: l.Kind(), UserID: u.ID, EndsAt: tx.Now.Add(life), Sealed: s.Keys.Seal(mailPurpose(u.ID), text),
	})
}

// mailPurpose ties a sealed letter to its reader.
func mailPurpose(userID int64) string { return fmt.Sprintf("mail to user %d", userID) }

// lockedEvery is how often a person is told at most that somebody guesses at
// their password.
const lockedEvery = 24 * time.Hour

// postLocked tells the owner of an account that it takes no passwords for a
// while, in the transaction of the failure that made it so.
func (s *Service) postLocked(ctx context.Context, tx *store.Tx, u *lab.User, c *lab.Credential) error {
	until := s.Lockout.Until(c.Failures, c.FailedAt, tx.Now)
	if until.IsZero() || u.State != lab.UserActive {
		return nil
	}
	last, err := tx.LastMail(ctx, u.ID, lab.MailLocked)
	if err != nil || tx.Now.Sub(last) < lockedEvery {
		return err
	}
	base, err := s.base(ctx, tx)
	if err != nil {
		return err
	}
	return s.post(ctx, tx, u.ID, mail.Locked{Failures: c.Failures, Until: until, Link: base + "/sign-in"})
}

// mailChoices are a person's; mails for administrators only where they are one.
func mailChoices(ctx context.Context, tx *store.Tx, u lab.User) (map[lab.MailKind]bool, error) {
	own, err := tx.MailChoices(ctx, u.ID)
	chosen := map[lab.MailKind]bool{}
	for _, c := range lab.MailChoices() {
		if (c.Kind == lab.MailDisk || c.Kind == lab.MailFaults || c.Kind == lab.MailBackup) && !u.Admin {
			continue
		}
		wanted, ok := own[c.Kind]
		chosen[c.Kind] = ok && wanted || !ok && c.Default
	}
	return chosen, err
}

// chooseMails notes what a person wants to get.
func chooseMails(ctx context.Context, tx *store.Tx, who *Actor, choice map[string]bool) error {
	have, err := mailChoices(ctx, tx, who.User)
	if err != nil {
		return err
	}
	var f lab.Faults
	for kind, wanted := range choice {
		is, ok := have[lab.MailKind(kind)]
		if !ok {
			f.Add("mails", "there is no kind of mail %q to choose", kind)
			continue
		}
		if is == wanted {
			continue
		}
		if err := tx.ChooseMail(ctx, who.User.ID, lab.MailKind(kind), wanted); err != nil {
			return err
		}
		audit(tx, who.entry("user.mails", "user", who.User.ID), map[string]any{"kind": kind, "wanted": is}, map[string]any{"kind": kind, "wanted": wanted})
	}
	return f.Err()
}
