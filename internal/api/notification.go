package api

import (
	"context"
	"net/http"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

func (a *api) notifications() {
	const tag = "Notifications"
	register(a, anyone, op(http.MethodGet, "/notifications/active", "listActiveNotifications", tag, "What is to be shown now; to who is not signed in, on the sign-in page"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.NotificationList], error) {
			return notificationsOut(a.Service.ActiveNotifications(ctx, who))
		})
	register(a, admin, op(http.MethodGet, "/notifications", "listNotifications", tag, "All notifications, the newest first"),
		func(ctx context.Context, who *service.Actor, _ *empty) (*body[client.NotificationList], error) {
			return notificationsOut(a.Service.Notifications(ctx, who))
		})
	register(a, admin, created("/notifications", "createNotification", tag, "Make a notification"),
		func(ctx context.Context, who *service.Actor, in *body[client.NewNotification]) (*body[client.Notification], error) {
			n, err := a.Service.CreateNotification(ctx, who, service.NotificationInput(in.Body))
			return &body[client.Notification]{notificationOut(&n)}, err
		})
	register(a, admin, op(http.MethodPut, "/notifications/{id}", "updateNotification", tag, "Change a notification; it is unread for everybody then"),
		func(ctx context.Context, who *service.Actor, in *struct {
			IDIn
			body[client.NewNotification]
		},
		) (*body[client.Notification], error) {
			n, err := a.Service.UpdateNotification(ctx, who, in.ID, service.NotificationInput(in.Body))
			return &body[client.Notification]{notificationOut(&n)}, err
		})
	register(a, admin, noContent(http.MethodDelete, "/notifications/{id}", "deleteNotification", tag, "Remove a notification"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return nil, a.Service.DeleteNotification(ctx, who, in.ID)
		})
	register(a, person, noContent(http.MethodPut, "/notifications/{id}/read", "readNotification", tag, "Note that one has read a notification"),
		func(ctx context.Context, who *service.Actor, in *IDIn) (*empty, error) {
			return nil, a.Service.ReadNotification(ctx, who, in.ID)
		})
}

func notificationsOut(list []lab.Notification, err error) (*body[client.NotificationList], error) {
	out := client.NotificationList{Items: []client.Notification{}}
	for i := range list {
		out.Items = append(out.Items, notificationOut(&list[i]))
	}
	return &body[client.NotificationList]{out}, err
}

func notificationOut(n *lab.Notification) client.Notification {
	return client.Notification{
		ID: n.ID, Title: n.Title, Body: n.Body, Place: n.Place, Priority: n.Priority, Expires: string(n.Expires), Read: n.Read, Changed: n.ChangedAt,
	}
}
