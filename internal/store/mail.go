package store

import (
	"context"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// TopicMail is the signal that there is a mail to send.
const TopicMail = "mail"

// InsertMail adds a mail to the outbox and sets its id. It is due at once unless
// it says when.
func (tx *Tx) InsertMail(ctx context.Context, m *lab.Mail) (err error) {
	m.State, m.CreatedAt = lab.MailQueued, tx.Now
	if m.DueAt.IsZero() {
		m.DueAt = tx.Now
	}
	m.ID, err = value[int64](ctx, tx, "INSERT INTO mails (kind, state, user_id, address, letter, sealed, due_at, ends_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
		m.Kind, m.State, none(m.UserID), m.Address, m.Letter, m.Sealed, m.DueAt.UTC(), noTime(m.EndsAt), m.CreatedAt)
	tx.Signal(TopicMail)
	return err
}

// TakeMail gives the mail that is due longest to a sender, who has until a time
// to settle it: then another may take it. ok is false when none is due.
func (tx *Tx) TakeMail(ctx context.Context, lease string, until time.Time) (m lab.Mail, ok bool, err error) {
	id, found, err := first(all[int64](ctx, tx, tx.lockedFree("SELECT id FROM mails WHERE state = 'queued' AND due_at <= ? ORDER BY due_at, id LIMIT 1"), tx.Now))
	if err != nil || !found {
		return m, false, err
	}
	return first(all[lab.Mail](ctx, tx, "UPDATE mails SET attempt = attempt + 1, lease = ?, due_at = ? WHERE id = ? RETURNING *", lease, until.UTC(), id))
}

// SettleMail writes how an attempt ended, if the lease is still held. A mail
// that is queued no longer loses what it had sealed.
func (tx *Tx) SettleMail(ctx context.Context, m *lab.Mail) error {
	if m.State != lab.MailQueued {
		m.Sealed = nil
	}
	_, err := tx.exec(ctx, "UPDATE mails SET state = ?, sealed = ?, due_at = ?, error = ?, sent_at = ?, lease = '' WHERE id = ? AND lease = ?",
		m.State, m.Sealed, m.DueAt.UTC(), m.Error, noTime(m.SentAt), m.ID, m.Lease)
	return err
}

// NextMail is when the next mail is due; zero when there is none.
func (tx *Tx) NextMail(ctx context.Context) (time.Time, error) {
	return value[time.Time](ctx, tx, "SELECT due_at FROM mails WHERE state = 'queued' ORDER BY due_at LIMIT 1")
}

// LastMail is when a person was last written to about something; zero for never.
func (tx *Tx) LastMail(ctx context.Context, userID int64, kind lab.MailKind) (time.Time, error) {
	return value[time.Time](ctx, tx, "SELECT created_at FROM mails WHERE user_id = ? AND kind = ? ORDER BY id DESC LIMIT 1", userID, kind)
}

// LastMailAbout is when anybody was last written to about something; zero for
// never.
func (tx *Tx) LastMailAbout(ctx context.Context, kind lab.MailKind) (time.Time, error) {
	return value[time.Time](ctx, tx, "SELECT created_at FROM mails WHERE kind = ? ORDER BY id DESC LIMIT 1", kind)
}

// Mails lists the mails of a state ("" for all), the newest first, those below
// an id (0 for all).
func (tx *Tx) Mails(ctx context.Context, state lab.MailState, below int64, limit int) ([]lab.Mail, error) {
	query, args := "SELECT * FROM mails WHERE id < ?", []any{below}
	if below == 0 {
		query, args = "SELECT * FROM mails WHERE id > ?", []any{0}
	}
	if state != "" {
		query, args = query+" AND state = ?", append(args, state)
	}
	return all[lab.Mail](ctx, tx, query+" ORDER BY id DESC LIMIT ?", append(args, limit)...)
}

// CountMails counts the mails of a state that were written since a time.
func (tx *Tx) CountMails(ctx context.Context, state lab.MailState, since time.Time) (int64, error) {
	return value[int64](ctx, tx, "SELECT count(*) FROM mails WHERE state = ? AND created_at >= ?", state, since.UTC())
}

// MailByID returns a mail.
func (tx *Tx) MailByID(ctx context.Context, id int64) (lab.Mail, error) {
	return one[lab.Mail](ctx, tx, "mail", tx.locked("SELECT * FROM mails WHERE id = ?"), id)
}

// RetryMail queues a dead mail again, with all its attempts.
func (tx *Tx) RetryMail(ctx context.Context, id int64) error {
	tx.Signal(TopicMail)
	_, err := tx.exec(ctx, "UPDATE mails SET state = 'queued', attempt = 0, due_at = ?, ends_at = NULL WHERE id = ? AND state = 'dead'", tx.Now, id)
	return err
}

// DeleteMail removes a mail; it tells whether there was one.
func (tx *Tx) DeleteMail(ctx context.Context, id int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM mails WHERE id = ?", id)
	return n > 0, err
}

// DeleteMailsOf removes all mails to a person, also those not sent yet.
func (tx *Tx) DeleteMailsOf(ctx context.Context, userID int64) error {
	_, err := tx.exec(ctx, "DELETE FROM mails WHERE user_id = ?", userID)
	return err
}

// PurgeMails removes mails that were sent or given up and are older than a time.
func (tx *Tx) PurgeMails(ctx context.Context, before time.Time) (int64, error) {
	return tx.exec(ctx, "DELETE FROM mails WHERE created_at < ? AND state <> 'queued'", before.UTC())
}

// MailChoices are the kinds that a person has chosen to get or not.
func (tx *Tx) MailChoices(ctx context.Context, userID int64) (map[lab.MailKind]bool, error) {
	rows, err := all[struct {
		Kind   lab.MailKind
		Wanted bool
	}](ctx, tx, "SELECT kind, wanted FROM mail_choices WHERE user_id = ?", userID)
	chosen := make(map[lab.MailKind]bool, len(rows))
	for _, r := range rows {
		chosen[r.Kind] = r.Wanted
	}
	return chosen, err
}

// ChooseMail notes whether a person wants a kind of mail.
func (tx *Tx) ChooseMail(ctx context.Context, userID int64, kind lab.MailKind, wanted bool) error {
	_, err := tx.exec(ctx, "INSERT INTO mail_choices (user_id, kind, wanted) VALUES (?, ?, ?) ON CONFLICT (user_id, kind) DO UPDATE SET wanted = excluded.wanted", userID, kind, wanted)
	return err
}

// ForgetMailChoices removes what a person has chosen, and what they follow.
func (tx *Tx) ForgetMailChoices(ctx context.Context, userID int64) error {
	if _, err := tx.exec(ctx, "DELETE FROM mail_choices WHERE user_id = ?", userID); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM set_follows WHERE user_id = ?", userID)
	return err
}

// ChoseMail lists the people with active accounts who have chosen to get a kind
// of mail.
func (tx *Tx) ChoseMail(ctx context.Context, kind lab.MailKind) ([]lab.User, error) {
	return all[lab.User](ctx, tx, "SELECT "+userColumns+" FROM users WHERE state = 'active' AND id IN (SELECT user_id FROM mail_choices WHERE kind = ? AND wanted) ORDER BY id", kind)
}

// Administrators lists the administrators who may sign in.
func (tx *Tx) Administrators(ctx context.Context) ([]lab.User, error) {
	return all[lab.User](ctx, tx, "SELECT "+userColumns+" FROM users WHERE admin AND state = 'active' ORDER BY id")
}

// AdvanceSetting sets a value of the instance that only grows; false when it was
// as large already.
func (tx *Tx) AdvanceSetting(ctx context.Context, name, text string) (bool, error) {
	n, err := tx.exec(ctx, "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE settings.value < excluded.value", name, text)
	return n > 0, err
}
