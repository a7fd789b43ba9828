package store

import (
	"context"

	"vidjil.org/vidjil/internal/lab"
)

const notificationQuery = `SELECT n.*, EXISTS (SELECT 1 FROM notification_reads r WHERE r.notification_id = n.id AND r.user_id = ?) AS "read" FROM notifications n`

// Notifications lists all notifications, the newest first, as a person (0 for
// nobody) has read them.
func (tx *Tx) Notifications(ctx context.Context, userID int64) ([]lab.Notification, error) {
	return all[lab.Notification](ctx, tx, notificationQuery+" ORDER BY n.id DESC", userID)
}

// ActiveNotifications lists those to be shown at a place on a day, urgent ones
// first.
func (tx *Tx) ActiveNotifications(ctx context.Context, place string, userID int64, today lab.Date) ([]lab.Notification, error) {
	return all[lab.Notification](ctx, tx, notificationQuery+` WHERE n.place = ? AND (n.expires = '' OR n.expires >= ?)
		ORDER BY CASE n.priority WHEN 'urgent' THEN 0 ELSE 1 END, n.id DESC`, userID, place, today)
}

// NotificationByID returns a notification, as a person has read it.
func (tx *Tx) NotificationByID(ctx context.Context, id, userID int64) (lab.Notification, error) {
	return one[lab.Notification](ctx, tx, "notification", notificationQuery+" WHERE n.id = ?", userID, id)
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
	_, err := tx.exec(ctx, "DELETE FROM notification_reads WHERE notification_id = ?", n.ID)
	return err
}

// DeleteNotification removes a notification; it tells whether there was one.
func (tx *Tx) DeleteNotification(ctx context.Context, id int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM notifications WHERE id = ?", id)
	return n > 0, err
}

// ReadNotification notes that a person has read a notification.
func (tx *Tx) ReadNotification(ctx context.Context, id, userID int64) error {
	_, err := tx.exec(ctx, "INSERT INTO notification_reads (notification_id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING", id, userID)
	return err
}
