package service_test

import (
	"context"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

func TestNotifications(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		root, ann := w.admin("root"), w.person("ann")
		publish := func(in service.NotificationInput) lab.Notification {
			t.Helper()
			n, err := w.CreateNotification(t.Context(), root, in)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		// active are the titles of what a person is shown, with "!" when unread.
		active := func(who *service.Actor) (titles []string) {
			list, err := w.ActiveNotifications(t.Context(), who)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range list {
				title := n.Title
				if !n.Read {
					title += "!"
				}
				titles = append(titles, title)
			}
			return titles
		}
		check := func(what string, who *service.Actor, want ...string) {
			t.Helper()
			if got := active(who); !slices.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", what, got, want)
			}
		}
		news := publish(service.NotificationInput{Title: "news", Body: "<b>plain</b>"})
		publish(service.NotificationInput{Title: "old", Body: "x", Expires: "2020-01-01"})
		publish(service.NotificationInput{Title: "stop", Body: "x", Priority: lab.NoticeUrgent, Expires: "2999-01-01"})
		publish(service.NotificationInput{Title: "welcome", Body: "x", Place: lab.NoticeLogin})
		check("before signing in", &service.Actor{}, "welcome!")
		check("signed in", ann, "stop!", "news!", "welcome!")
		if err := w.ReadNotification(t.Context(), ann, news.ID); err != nil {
			t.Fatal(err)
		}
		check("after one was read", ann, "stop!", "news", "welcome!")
		check("another person", root, "stop!", "news!", "welcome!")
		if _, err := w.UpdateNotification(t.Context(), root, news.ID, service.NotificationInput{Title: "more news", Body: "x"}); err != nil {
			t.Fatal(err)
		}
		check("after it was changed", ann, "stop!", "more news!", "welcome!")
		if err := w.DeleteNotification(t.Context(), root, news.ID); err != nil {
			t.Fatal(err)
		}
		check("after it was deleted", ann, "stop!", "welcome!")
		w.want("read what is not there", w.ReadNotification(t.Context(), ann, news.ID), lab.NotFound)
		w.want("delete what is not there", w.DeleteNotification(t.Context(), root, news.ID), lab.NotFound)
		_, err := w.CreateNotification(t.Context(), ann, service.NotificationInput{Title: "x", Body: "x"})
		w.want("made by a person", err, lab.Forbidden)
		_, err = w.Notifications(t.Context(), ann)
		w.want("listed by a person", err, lab.Forbidden)
		_, err = w.CreateNotification(t.Context(), root, service.NotificationInput{Place: "footer", Priority: "high", Expires: "soon"})
		w.want("with faults", err, lab.Invalid)
		if e := err.(*lab.Error); len(e.Fields) != 5 {
			t.Errorf("faults: got %v, want title, body, place, priority, expires", e.Fields)
		}
	})
}

// TestNotificationsOfSharedAccounts: what one of those who share an account has
// read, and what an administrator read who acts for somebody, is unread for the
// others.
func TestNotificationsOfSharedAccounts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		root := w.admin("root")
		n, err := w.CreateNotification(t.Context(), root, service.NotificationInput{Title: "news", Body: "x"})
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name   string
			change func(*service.Actor)
			shared bool
		}{
			{"own", func(*service.Actor) {}, false},
			{"limited", func(a *service.Actor) { a.Limited = true }, true},
			{"watching", func(a *service.Actor) { a.ReadOnly = true }, true},
			{"acted", func(a *service.Actor) { a.Actor = root.User.ID }, true},
		} {
			person := w.person(tt.name)
			first, second := *person, *person
			for _, one := range []*service.Actor{&first, &second} {
				one.SessionID = w.session(person.User.ID)
			}
			tt.change(&first)
			if tt.name != "acted" { // the second is the person
				tt.change(&second)
			}
			if err := w.ReadNotification(t.Context(), &first, n.ID); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			for i, who := range []*service.Actor{&first, &second} {
				list, err := w.ActiveNotifications(t.Context(), who)
				if want := i == 0 || !tt.shared; err != nil || len(list) != 1 || list[0].Read != want {
					t.Errorf("%s, session %d: %+v, %v; want read %t", tt.name, i+1, list, err, want)
				}
			}
			first.SessionID = 0
			if tt.shared {
				w.want(tt.name+" without a session", w.ReadNotification(t.Context(), &first, n.ID), lab.Forbidden)
			}
		}
		// Changed, it is unread for all.
		if _, err := w.UpdateNotification(t.Context(), root, n.ID, service.NotificationInput{Title: "news", Body: "y"}); err != nil {
			t.Fatal(err)
		}
		w.write(func(ctx context.Context, tx *store.Tx) error {
			left, err := tx.NewSelect().TableExpr("notification_session_reads").Count(ctx)
			if left != 0 {
				t.Errorf("%d marks of sessions are left", left)
			}
			return err
		})
	})
}

// session makes one of an account.
func (w *world) session(userID int64) (id int64) {
	w.t.Helper()
	w.write(func(ctx context.Context, tx *store.Tx) error {
		one := lab.Session{UserID: userID, TokenHash: rand.Text(), ExpiresAt: tx.Now.Add(time.Hour)}
		err := tx.InsertSession(ctx, &one)
		id = one.ID
		return err
	})
	return id
}
