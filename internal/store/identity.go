package store

import (
	"context"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

const (
	identityColumns = "id, user_id, issuer, subject, linked, label, gone, admin, created_at, checked_at"
	pendingColumns  = "id, browser_hash, state_hash, provider, nonce, verifier, next, session_id, link_user, proven, expires_at"
)

// IdentityBySubject returns the identity of a subject at an issuer.
func (tx *Tx) IdentityBySubject(ctx context.Context, issuer, subject string) (lab.Identity, error) {
	return one[lab.Identity](ctx, tx, "identity", "SELECT "+identityColumns+" FROM identities WHERE issuer = ? AND subject = ?", issuer, subject)
}

// IdentitiesOf lists the identities of an account.
func (tx *Tx) IdentitiesOf(ctx context.Context, userID int64) ([]lab.Identity, error) {
	return all[lab.Identity](ctx, tx, "SELECT "+identityColumns+" FROM identities WHERE user_id = ? ORDER BY id", userID)
}

// Identities lists those of an issuer whose accounts are in use, or are not only
// because the issuer said so.
func (tx *Tx) Identities(ctx context.Context, issuer string) ([]lab.Identity, error) {
	return all[lab.Identity](ctx, tx, `SELECT i.id, i.user_id, i.issuer, i.subject, i.linked, i.label, i.gone, i.admin, i.created_at, i.checked_at FROM identities i JOIN users u ON u.id = i.user_id
		WHERE i.issuer = ? AND (u.state = 'active' OR i.gone AND u.state = 'disabled') ORDER BY i.id`, issuer)
}

// InsertIdentity adds an identity and sets its id.
func (tx *Tx) InsertIdentity(ctx context.Context, i *lab.Identity) (err error) {
	i.CreatedAt, i.CheckedAt = tx.Now, tx.Now
	i.ID, err = value[int64](ctx, tx, `INSERT INTO identities (user_id, issuer, subject, linked, label, gone, admin, created_at, checked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		i.UserID, i.Issuer, i.Subject, i.Linked, i.Label, i.Gone, i.Admin, i.CreatedAt, i.CheckedAt)
	return err
}

// UpdateIdentity writes what its issuer said of it now.
func (tx *Tx) UpdateIdentity(ctx context.Context, i *lab.Identity) error {
	i.CheckedAt = tx.Now
	_, err := tx.exec(ctx, "UPDATE identities SET label = ?, gone = ?, admin = ?, checked_at = ? WHERE id = ?", i.Label, i.Gone, i.Admin, i.CheckedAt, i.ID)
	return err
}

// IdentityOf returns an identity of an account.
func (tx *Tx) IdentityOf(ctx context.Context, userID, id int64) (lab.Identity, error) {
	return one[lab.Identity](ctx, tx, "identity", "SELECT "+identityColumns+" FROM identities WHERE id = ? AND user_id = ?", id, userID)
}

// DeleteIdentity forgets an identity, with the note which groups it gave.
func (tx *Tx) DeleteIdentity(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, "DELETE FROM identities WHERE id = ?", id)
	return err
}

// DeleteIdentitiesOf forgets who proves the identity of an account's owner.
func (tx *Tx) DeleteIdentitiesOf(ctx context.Context, userID int64) error {
	_, err := tx.exec(ctx, "DELETE FROM identities WHERE user_id = ?", userID)
	return err
}

// IdentityGroups lists the groups that an identity, and nobody by hand, put its
// account into.
func (tx *Tx) IdentityGroups(ctx context.Context, identityID int64) ([]int64, error) {
	return all[int64](ctx, tx, "SELECT group_id FROM identity_groups WHERE identity_id = ? ORDER BY group_id", identityID)
}

// AddIdentityGroup notes that an identity put its account into a group.
func (tx *Tx) AddIdentityGroup(ctx context.Context, identityID, groupID int64) error {
	_, err := tx.exec(ctx, "INSERT INTO identity_groups (identity_id, group_id) VALUES (?, ?) ON CONFLICT DO NOTHING", identityID, groupID)
	return err
}

// RemoveIdentityGroup forgets it.
func (tx *Tx) RemoveIdentityGroup(ctx context.Context, identityID, groupID int64) error {
	_, err := tx.exec(ctx, "DELETE FROM identity_groups WHERE identity_id = ? AND group_id = ?", identityID, groupID)
	return err
}

// GroupByName returns the group of a name, whatever its case.
func (tx *Tx) GroupByName(ctx context.Context, name string) (lab.Group, error) {
	return one[lab.Group](ctx, tx, "group", "SELECT "+groupColumns+" FROM groups WHERE name_key = ?", strings.ToLower(name))
}

// SetUserSource says who proves from now on whose an account is.
func (tx *Tx) SetUserSource(ctx context.Context, userID int64, source string) error {
	_, err := tx.exec(ctx, "UPDATE users SET source = ? WHERE id = ?", source, userID)
	return err
}

// InsertPendingSignIn adds a sign-in that waits, sets its id, and removes those
// that waited too long.
func (tx *Tx) InsertPendingSignIn(ctx context.Context, p *lab.PendingSignIn) (err error) {
	if _, err = tx.exec(ctx, "DELETE FROM sign_ins WHERE expires_at <= ?", tx.Now); err != nil {
		return err
	}
	p.ID, err = value[int64](ctx, tx, `INSERT INTO sign_ins (browser_hash, state_hash, provider, nonce, verifier, next, session_id, link_user, proven, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		p.BrowserHash, p.StateHash, p.Provider, p.Nonce, p.Verifier, p.Next, p.SessionID, p.LinkUser, p.Proven, p.ExpiresAt.UTC())
	return err
}

// TakePendingSignIn removes and returns the sign-in of a state that the provider
// handed back: of two who come with the same one, one gets it.
func (tx *Tx) TakePendingSignIn(ctx context.Context, stateHash string) (lab.PendingSignIn, error) {
	return one[lab.PendingSignIn](ctx, tx, "sign-in", "DELETE FROM sign_ins WHERE state_hash = ? AND expires_at > ? RETURNING "+pendingColumns, stateHash, tx.Now)
}

// PendingOfBrowser returns the sign-in that a browser began, if it waits still.
func (tx *Tx) PendingOfBrowser(ctx context.Context, browserHash string) (lab.PendingSignIn, error) {
	return one[lab.PendingSignIn](ctx, tx, "sign-in", "SELECT "+pendingColumns+" FROM sign_ins WHERE browser_hash = ? AND expires_at > ?", browserHash, tx.Now)
}

// DeletePendingSignIn ends one; it tells whether it was still there.
func (tx *Tx) DeletePendingSignIn(ctx context.Context, id int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM sign_ins WHERE id = ?", id)
	return n > 0, err
}

// InsertSessionProvider notes which provider opened a session.
func (tx *Tx) InsertSessionProvider(ctx context.Context, p *lab.SessionProvider) error {
	_, err := tx.exec(ctx, "INSERT INTO session_providers (session_id, provider, id_token) VALUES (?, ?, ?)", p.SessionID, p.Provider, p.IDToken)
	return err
}

// ProviderOfSession returns which provider opened a session.
func (tx *Tx) ProviderOfSession(ctx context.Context, sessionID int64) (lab.SessionProvider, error) {
	return one[lab.SessionProvider](ctx, tx, "provider of the session", "SELECT session_id, provider, id_token FROM session_providers WHERE session_id = ?", sessionID)
}
