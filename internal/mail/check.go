package mail

import (
	"context"
	"fmt"

	"vidjil.org/vidjil/internal/lab"
)

// Check tells whether the mail server takes mails from this program: it greets,
// answers EHLO, encrypts and lets the program sign in as the config says. The
// conversation ends with QUIT, and nothing is sent. The error is
// [lab.Unreachable]; it names no address and no password.
func (s *SMTP) Check(ctx context.Context) error {
	client, err := s.client()
	if err != nil {
		return fmt.Errorf("prepare mail server: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.c.Timeout)
	defer cancel()
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return lab.Errorf(lab.Unreachable, "%s:%d: %w", s.c.Host, s.c.Port, err)
	}
	if err := client.CloseWithSMTPClient(conn); err != nil {
		return lab.Errorf(lab.Unreachable, "%s:%d does not end the conversation: %w", s.c.Host, s.c.Port, err)
	}
	return nil
}
