package store

import (
	"context"

	"vidjil.org/vidjil/internal/lab"
)

const notificationQuery = `SELECT n.*, EXISTS (SELECT 1 FROM notification_reads r WHERE r.notification_id = n.id AND r.user_id = ?)
	OR EXISTS (SELECT 1 FROM notification_session_reads r WHERE r.notification_id = n.id AND r.session_id = ?) AS "read" FROM notifications n`

// Reader is whose marks of what was read count: a person's, or, where several
// people share an account, those of a session. The zero Reader is nobody.
type Reader struct{ UserID, SessionID int64 }

// Notifications lists all notifications, the newest first, as a reader has read
// them.
func (tx *Tx) Notifications(ctx context.Context, r Reader) ([]lab.Notification, error) {
	return all[lab.Notification](ctx, tx, notificationQuery+" ORDER BY n.id DESC", r.UserID, r.SessionID)
}

// ActiveNotifications lists those to be shown at a place on a day, urgent ones
// first.
func (tx *Tx) ActiveNotifications(ctx context.Context, place string, r Reader, today lab.Date) ([]lab.Notification, error) {
	return all[lab.Notification](ctx, tx, notificationQuery+` WHERE n.place = ? AND (n.expires = '' OR n.expires >= ?)
		ORDER BY CASE n.priority WHEN 'urgent' THEN 0 ELSE 1 END, n.id DESC`, r.UserID, r.SessionID, place, today)
}

// NotificationByID returns a notification, as nobody has read it.
func (tx *Tx) NotificationByID(ctx context.Context, id int64) (lab.Notification, error) {
	return one[lab.Notification](ctx, tx, "notification", notificationQuery+" WHERE n.id = ?", 0, 0, id)
}

// InsertNotification adds a notification and sets its id.
func (tx *Tx) InsertNotification(ctx context.Context, n *lab.Notification) (err error) {
	n.CreatedAt, n.ChangedAt = tx.Now, tx.Now
	n.ID, err = value[int64](ctx, tx, "INSERT INTO notifications (title, body, place, priority, expires, author_id, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
		n.Title, n.Body, n.Place, n.Priority, n.Expires, none(n.AuthorID), n.CreatedAt, n.ChangedAt)
	return err
}

// UpdateNotification writes a notification, which is unread for everybody again.
func (tx *Tx) UpdateNotification(ctx context.Context, n *lab.Notification) error {
	n.ChangedAt, n.Read = tx.Now, false
	if _, err := tx.exec(ctx, "UPDATE notifications SET title = ?, body = ?, place = ?, priority = ?, expires = ?, changed_at = ? WHERE id = ?",
		n.Title, n.Body, n.Place, n.Priority, n.Expires, n.ChangedAt, n.ID); err != nil {
		return err
	}
	for _, from := range []string{"notification_reads", "notification_session_reads"} {
		if _, err := tx.exec(ctx, "DELETE FROM "+from+" WHERE notification_id = ?", n.ID); err != nil {
			return err
		}
	}
	return nil
}

// DeleteNotification removes a notification; it tells whether there was one.
func (tx *Tx) DeleteNotification(ctx context.Context, id int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM notifications WHERE id = ?", id)
	return n > 0, err
}

// ReadNotification notes that a reader has read a notification.
func (tx *Tx) ReadNotification(ctx context.Context, id int64, r Reader) error {
	if r.SessionID != 0 {
		_, err := tx.exec(ctx, "INSERT INTO notification_session_reads (notification_id, session_id) VALUES (?, ?) ON CONFLICT DO NOTHING", id, r.SessionID)
		return err
	}
	_, err := tx.exec(ctx, "INSERT INTO notification_reads (notification_id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING", id, r.UserID)
	return err
}
