package store

import (
	"context"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

const userColumns = "id, email, name, state, admin, limited, source, language, created_at, last_login_at"

// emailKey is what makes two e-mail addresses the same account.
func emailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// UserByID returns an account.
func (tx *Tx) UserByID(ctx context.Context, id int64) (lab.User, error) {
	return one[lab.User](ctx, tx, "account", "SELECT "+userColumns+" FROM users WHERE id = ?", id)
}

// UserByEmail returns the account of an address, whatever its case.
func (tx *Tx) UserByEmail(ctx context.Context, email string) (lab.User, error) {
	return one[lab.User](ctx, tx, "account", "SELECT "+userColumns+" FROM users WHERE email_key = ?", emailKey(email))
}

// Users lists all accounts by name.
func (tx *Tx) Users(ctx context.Context) ([]lab.User, error) {
	return all[lab.User](ctx, tx, "SELECT "+userColumns+" FROM users ORDER BY name, id")
}

// CountUsers counts the accounts of all states.
func (tx *Tx) CountUsers(ctx context.Context) (int, error) {
	return value[int](ctx, tx, "SELECT count(*) FROM users")
}

// CountAdmins counts the administrators who may sign in.
func (tx *Tx) CountAdmins(ctx context.Context) (int, error) {
	return value[int](ctx, tx, "SELECT count(*) FROM users WHERE admin AND state = 'active'")
}

// LockAdmins returns the administrators who may sign in. Others who ask wait
// until the transaction ends: that the last one stays is decided by one at a time.
func (tx *Tx) LockAdmins(ctx context.Context) ([]lab.User, error) {
	return all[lab.User](ctx, tx, tx.locked("SELECT "+userColumns+" FROM users WHERE admin AND state = 'active' ORDER BY id"))
}

// LockUser is UserByID for who will change it: others wait until the transaction
// ends.
func (tx *Tx) LockUser(ctx context.Context, id int64) (lab.User, error) {
	return one[lab.User](ctx, tx, "account", tx.locked("SELECT "+userColumns+" FROM users WHERE id = ?"), id)
}

// UserMembership is a group that a person is in.
type UserMembership struct {
	UserID  int64
	GroupID int64
	Name    string
	Kind    lab.GroupKind
}

// MembershipsOfUsers lists the groups that people are in.
func (tx *Tx) MembershipsOfUsers(ctx context.Context, users []int64) ([]UserMembership, error) {
	return all[UserMembership](ctx, tx, `SELECT m.user_id, g.id AS group_id, g.name, g.kind FROM group_members m JOIN groups g ON g.id = m.group_id
		WHERE m.user_id IN (?) ORDER BY m.user_id, g.name_key, g.id`, in(users))
}

// UserFacts is what the list of accounts tells besides the accounts.
type UserFacts struct {
	UserID   int64
	TotpOn   bool
	Failures int
	FailedAt time.Time
	Sets     int64 // that the person has made
	Samples  int64
}

// FactsOfUsers returns them for people.
func (tx *Tx) FactsOfUsers(ctx context.Context, users []int64) ([]UserFacts, error) {
	return all[UserFacts](ctx, tx, `SELECT c.user_id, c.totp_on, c.failures, c.failed_at,
		(SELECT count(*) FROM sets s WHERE s.creator_id = c.user_id) AS sets,
		(SELECT count(*) FROM samples s WHERE s.creator_id = c.user_id) AS samples
		FROM credentials c WHERE c.user_id IN (?) ORDER BY c.user_id`, in(users))
}

// InsertUser adds an account with its (empty) credential and sets its id.
func (tx *Tx) InsertUser(ctx context.Context, u *lab.User) error {
	u.CreatedAt = tx.Now
	id, err := value[int64](ctx, tx, `INSERT INTO users (email, email_key, name, state, admin, limited, source, language, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		u.Email, emailKey(u.Email), u.Name, u.State, u.Admin, u.Limited, u.Source, u.Language, u.CreatedAt)
	if err != nil {
		return err
	}
	u.ID = id
	_, err = tx.exec(ctx, "INSERT INTO credentials (user_id) VALUES (?)", id)
	return err
}

// UpdateUser writes what can change of an account.
func (tx *Tx) UpdateUser(ctx context.Context, u *lab.User) error {
	_, err := tx.exec(ctx, `UPDATE users SET email = ?, email_key = ?, name = ?, state = ?, admin = ?, limited = ?, language = ?, last_login_at = ? WHERE id = ?`,
		u.Email, emailKey(u.Email), u.Name, u.State, u.Admin, u.Limited, u.Language, noTime(u.LastLoginAt), u.ID)
	return err
}

// CredentialOf returns what proves the identity of an account's owner.
func (tx *Tx) CredentialOf(ctx context.Context, userID int64) (lab.Credential, error) {
	return one[lab.Credential](ctx, tx, "credential", "SELECT * FROM credentials WHERE user_id = ?", userID)
}

// LockCredential is CredentialOf for who will change it: others wait until the
// transaction ends.
func (tx *Tx) LockCredential(ctx context.Context, userID int64) (lab.Credential, error) {
	return one[lab.Credential](ctx, tx, "credential", tx.locked("SELECT * FROM credentials WHERE user_id = ?"), userID)
}

// UpdateCredential writes a credential.
func (tx *Tx) UpdateCredential(ctx context.Context, c *lab.Credential) error {
	_, err := tx.exec(ctx, `UPDATE credentials SET password_hash = ?, totp_secret = ?, totp_step = ?, totp_on = ?, recovery = ?, failures = ?, failed_at = ?, changed_at = ? WHERE user_id = ?`,
		c.PasswordHash, c.TotpSecret, c.TotpStep, c.TotpOn, c.Recovery, c.Failures, noTime(c.FailedAt), noTime(c.ChangedAt), c.UserID)
	return err
}

// InsertSession adds a sign-in and sets its id.
func (tx *Tx) InsertSession(ctx context.Context, s *lab.Session) (err error) {
	s.CreatedAt, s.LastSeenAt = tx.Now, tx.Now
	s.ID, err = value[int64](ctx, tx, `INSERT INTO sessions (user_id, behalf_of, token_hash, created_at, last_seen_at, expires_at, address, agent)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		s.UserID, none(s.BehalfOf), s.TokenHash, s.CreatedAt, s.LastSeenAt, s.ExpiresAt, s.Address, s.Agent)
	return err
}

// SessionByHash returns the sign-in of a token, whether it is still good or not.
func (tx *Tx) SessionByHash(ctx context.Context, hash string) (lab.Session, error) {
	return one[lab.Session](ctx, tx, "session", "SELECT * FROM sessions WHERE token_hash = ?", hash)
}

// SessionsOf lists the sign-ins of a person, the last used first.
func (tx *Tx) SessionsOf(ctx context.Context, userID int64) ([]lab.Session, error) {
	return all[lab.Session](ctx, tx, "SELECT * FROM sessions WHERE user_id = ? ORDER BY last_seen_at DESC, id DESC", userID)
}

// TouchSession notes that a session was used.
func (tx *Tx) TouchSession(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, "UPDATE sessions SET last_seen_at = ? WHERE id = ?", tx.Now, id)
	return err
}

// SetSessionBehalf makes a session act in another account, or (0) in its own again.
func (tx *Tx) SetSessionBehalf(ctx context.Context, id, behalfOf int64) error {
	_, err := tx.exec(ctx, "UPDATE sessions SET behalf_of = ? WHERE id = ?", none(behalfOf), id)
	return err
}

// DeleteSession ends a person's session; it tells whether there was one.
func (tx *Tx) DeleteSession(ctx context.Context, userID, id int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM sessions WHERE user_id = ? AND id = ?", userID, id)
	return n > 0, err
}

// DeleteSessionsOf ends all sessions of a person but one (0 for none).
func (tx *Tx) DeleteSessionsOf(ctx context.Context, userID, except int64) error {
	_, err := tx.exec(ctx, "DELETE FROM sessions WHERE (user_id = ? OR behalf_of = ?) AND id <> ?", userID, userID, except)
	return err
}

// DeleteExpiredSessions removes sessions past their time.
func (tx *Tx) DeleteExpiredSessions(ctx context.Context, idleBefore time.Time) error {
	_, err := tx.exec(ctx, "DELETE FROM sessions WHERE expires_at < ? OR last_seen_at < ?", tx.Now, idleBefore.UTC())
	return err
}

// InsertToken adds a key for scripts and sets its id.
func (tx *Tx) InsertToken(ctx context.Context, t *lab.Token) (err error) {
	t.CreatedAt = tx.Now
	t.ID, err = value[int64](ctx, tx, `INSERT INTO tokens (user_id, name, token_hash, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
		t.UserID, t.Name, t.TokenHash, t.Scopes, t.CreatedAt, t.ExpiresAt)
	return err
}

// SetTokenHash writes the hash of a key.
func (tx *Tx) SetTokenHash(ctx context.Context, id int64, hash string) error {
	_, err := tx.exec(ctx, "UPDATE tokens SET token_hash = ? WHERE id = ?", hash, id)
	return err
}

// TokenByHash returns a key, whether it is still good or not.
func (tx *Tx) TokenByHash(ctx context.Context, hash string) (lab.Token, error) {
	return one[lab.Token](ctx, tx, "token", "SELECT * FROM tokens WHERE token_hash = ?", hash)
}

// TokensOf lists the keys of a person.
func (tx *Tx) TokensOf(ctx context.Context, userID int64) ([]lab.Token, error) {
	return all[lab.Token](ctx, tx, "SELECT * FROM tokens WHERE user_id = ? ORDER BY id", userID)
}

// TouchToken notes that a key was used.
func (tx *Tx) TouchToken(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, "UPDATE tokens SET last_used_at = ? WHERE id = ?", tx.Now, id)
	return err
}

// DeleteToken removes a person's key; it tells whether there was one.
func (tx *Tx) DeleteToken(ctx context.Context, userID, id int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM tokens WHERE user_id = ? AND id = ?", userID, id)
	return n > 0, err
}

// DeleteTokensOf removes all keys of a person.
func (tx *Tx) DeleteTokensOf(ctx context.Context, userID int64) error {
	_, err := tx.exec(ctx, "DELETE FROM tokens WHERE user_id = ?", userID)
	return err
}

// InsertLink adds a one-time link. Older ones of the same purpose and person
// are void from then on.
func (tx *Tx) InsertLink(ctx context.Context, l *lab.Link) (err error) {
	if _, err = tx.exec(ctx, "DELETE FROM links WHERE purpose = ? AND coalesce(user_id, 0) = ?", l.Purpose, l.UserID); err != nil {
		return err
	}
	l.CreatedAt = tx.Now
	l.ID, err = value[int64](ctx, tx, "INSERT INTO links (purpose, user_id, token_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?) RETURNING id",
		l.Purpose, none(l.UserID), l.TokenHash, l.CreatedAt, l.ExpiresAt)
	return err
}

// LinkByHash returns a link that may still be used.
func (tx *Tx) LinkByHash(ctx context.Context, hash string) (lab.Link, error) {
	return one[lab.Link](ctx, tx, "link", "SELECT * FROM links WHERE token_hash = ? AND expires_at > ?", hash, tx.Now)
}

// DeleteLink uses a link up; it tells whether it was still there, so that of
// two who use it at once one succeeds.
func (tx *Tx) DeleteLink(ctx context.Context, id int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM links WHERE id = ?", id)
	return n > 0, err
}

// DeleteLinksOf voids the one-time links of a person.
func (tx *Tx) DeleteLinksOf(ctx context.Context, userID int64) error {
	_, err := tx.exec(ctx, "DELETE FROM links WHERE user_id = ?", userID)
	return err
}

// Setting returns a value of the instance, "" when it was never set.
func (tx *Tx) Setting(ctx context.Context, name string) (string, error) {
	return value[string](ctx, tx, "SELECT value FROM settings WHERE name = ?", name)
}

// SettingText is a value of the instance, by its name.
type SettingText struct{ Name, Value string }

// SettingsBelow lists the values whose names begin with prefix and ":", by name.
func (tx *Tx) SettingsBelow(ctx context.Context, prefix string) ([]SettingText, error) {
	return all[SettingText](ctx, tx, "SELECT name, value FROM settings WHERE name > ? AND name < ? ORDER BY name", prefix+":", prefix+";")
}

// DropSetting forgets a value of the instance.
func (tx *Tx) DropSetting(ctx context.Context, name string) error {
	_, err := tx.exec(ctx, "DELETE FROM settings WHERE name = ?", name)
	return err
}

// PutSetting sets a value of the instance.
func (tx *Tx) PutSetting(ctx context.Context, name, text string) error {
	_, err := tx.exec(ctx, "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, text)
	return err
}
