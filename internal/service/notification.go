package service

import (
	"context"
	"strings"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// NotificationInput is what a notification is made from or changed to.
type NotificationInput struct {
	Title, Body     string
	Place, Priority string // "" is header, info
	Expires         string // the last day; "" for ever
}

func (in *NotificationInput) notification() (n lab.Notification, err error) {
	n = lab.Notification{Title: strings.TrimSpace(in.Title), Body: strings.TrimSpace(in.Body), Place: in.Place, Priority: in.Priority, Expires: lab.Date(strings.TrimSpace(in.Expires))}
	if n.Place == "" {
		n.Place = lab.NoticeHeader
	}
	if n.Priority == "" {
		n.Priority = lab.NoticeInfo
	}
	var f lab.Faults
	f.Require(n.Title != "", "title", "is missing")
	f.Require(n.Body != "", "body", "is missing")
	checkText(&f, "title", n.Title, maxField, false)
	checkText(&f, "body", n.Body, maxInfo, true)
	f.Require(n.Place == lab.NoticeHeader || n.Place == lab.NoticeLogin, "place", "want header or login, not %q", n.Place)
	f.Require(n.Priority == lab.NoticeInfo || n.Priority == lab.NoticeUrgent, "priority", "want info or urgent, not %q", n.Priority)
	_, err = lab.ParseDate(string(n.Expires))
	f.Require(err == nil, "expires", "want YYYY-MM-DD, as 2026-11-23")
	return n, f.Err()
}

// requireAdministrator answers who is none.
func (a *Actor) requireAdministrator(what string) error {
	if err := a.require(); err != nil {
		return err
	}
	if !a.Administer() {
		return errForbidden(what)
	}
	return nil
}

// Notifications lists all notifications, for administrators.
func (s *Service) Notifications(ctx context.Context, who *Actor) (list []lab.Notification, err error) {
	if err := who.requireAdministrator("see all notifications"); err != nil {
		return nil, err
	}
	err = s.read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Notifications(ctx, who.reader())
		return err
	})
	return list, err
}

// ActiveNotifications lists what is to be shown now: those of the sign-in page
// to everybody, those of the header to who is signed in.
func (s *Service) ActiveNotifications(ctx context.Context, who *Actor) (list []lab.Notification, err error) {
	places := []string{lab.NoticeLogin}
	if who.Known() {
		places = []string{lab.NoticeHeader, lab.NoticeLogin}
	}
	today := lab.DateOf(s.Now().UTC())
	err = s.read(ctx, func(tx *store.Tx) error {
		for _, place := range places {
			some, err := tx.ActiveNotifications(ctx, place, who.reader(), today)
			if err != nil {
				return err
			}
			list = append(list, some...)
		}
		return nil
	})
	return list, err
}

// CreateNotification makes a notification.
func (s *Service) CreateNotification(ctx context.Context, who *Actor, in NotificationInput) (n lab.Notification, err error) {
	if err := who.requireAdministrator("make notifications"); err != nil {
		return n, err
	}
	if n, err = in.notification(); err != nil {
		return n, err
	}
	n.AuthorID = who.User.ID
	err = s.write(ctx, func(tx *store.Tx) error {
		if err := tx.InsertNotification(ctx, &n); err != nil {
			return err
		}
		audit(tx, who.entry("notification.create", "notification", n.ID), nil, in)
		return nil
	})
	return n, err
}

// UpdateNotification changes a notification, which everybody has to read again.
func (s *Service) UpdateNotification(ctx context.Context, who *Actor, id int64, in NotificationInput) (n lab.Notification, err error) {
	if err := who.requireAdministrator("change notifications"); err != nil {
		return n, err
	}
	if n, err = in.notification(); err != nil {
		return n, err
	}
	err = s.write(ctx, func(tx *store.Tx) error {
		before, err := tx.NotificationByID(ctx, id)
		if lab.CodeOf(err) == lab.NotFound {
			return errNotFound("notification", id)
		}
		if err != nil {
			return err
		}
		n.ID, n.AuthorID, n.CreatedAt = id, before.AuthorID, before.CreatedAt
		audit(tx, who.entry("notification.update", "notification", id), before, in)
		return tx.UpdateNotification(ctx, &n)
	})
	return n, err
}

// DeleteNotification removes a notification.
func (s *Service) DeleteNotification(ctx context.Context, who *Actor, id int64) error {
	if err := who.requireAdministrator("delete notifications"); err != nil {
		return err
	}
	return s.write(ctx, func(tx *store.Tx) error {
		found, err := tx.DeleteNotification(ctx, id)
		if err == nil && !found {
			return errNotFound("notification", id)
		}
		audit(tx, who.entry("notification.delete", "notification", id), nil, nil)
		return err
	})
}

// reader is whose marks of what was read count. In an account that several people
// share, and in one in which an administrator acts for somebody, what one has read
// the others have not: there it is kept for the session.
func (a *Actor) reader() store.Reader {
	if a.Limited || a.ReadOnly || a.Actor != 0 {
		return store.Reader{SessionID: a.SessionID}
	}
	return store.Reader{UserID: a.User.ID}
}

// ReadNotification notes that the actor has read a notification.
func (s *Service) ReadNotification(ctx context.Context, who *Actor, id int64) error {
	if err := who.require(); err != nil {
		return err
	}
	r := who.reader()
	if r == (store.Reader{}) {
		return lab.Errorf(lab.Forbidden, "several people share this account: what was read is noted for a session, and this is none")
	}
	return s.write(ctx, func(tx *store.Tx) error {
		if _, err := tx.NotificationByID(ctx, id); lab.CodeOf(err) == lab.NotFound {
			return errNotFound("notification", id)
		} else if err != nil {
			return err
		}
		return tx.ReadNotification(ctx, id, r)
	})
}
