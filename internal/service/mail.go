package service

import (
	"context"
	"fmt"
	"sync"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// Mailer sends mails; what they say is for the person alone.
type Mailer interface {
	Send(ctx context.Context, to, subject, text string) error
}

// sendTimeout is how long a mail may take.
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
// that were given: a mail on its way.
func (s *Service) Stop() {
	s.events.Stop()
	s.running.Wait()
	if err := s.tables.Close(); err != nil {
		s.Log.Error("close tables of clonotypes", "error", err)
	}
}

// sendLink mails a one-time link to its person.
func (s *Service) sendLink(ctx context.Context, u *lab.User, purpose, link string) error {
	if s.Mail == nil {
		return lab.Errorf(lab.Unavailable, "the server has no mail server")
	}
	subject, text := linkMail(u.Language, purpose, link)
	if err := s.Mail.Send(ctx, u.Email, subject, text); err != nil {
		return lab.Errorf(lab.Unreachable, "the mail could not be sent: %w", err)
	}
	return nil
}

// linkMail is the text of a mail with a one-time link. It names nobody.
func linkMail(language, purpose, link string) (subject, text string) {
	switch {
	case language == "fr" && purpose == lab.LinkInvite:
		return "Votre compte Vidjil", fmt.Sprintf("Un compte Vidjil a été créé pour vous. Choisissez votre mot de passe ici, une seule fois :\n\n%s\n", link)
	case language == "fr":
		return "Nouveau mot de passe Vidjil", fmt.Sprintf("Pour choisir un nouveau mot de passe Vidjil, suivez ce lien, une seule fois :\n\n%s\n\nSi vous n'avez rien demandé, ignorez ce message : rien n'a changé.\n", link)
	case purpose == lab.LinkInvite:
		return "Your Vidjil account", fmt.Sprintf("An account of Vidjil was made for you. Choose your password here; the link is good once:\n\n%s\n", link)
	}
	return "New Vidjil password", fmt.Sprintf("To choose a new password for Vidjil, follow this link; it is good once:\n\n%s\n\nIf you did not ask for it, do nothing: nothing has changed.\n", link)
}
