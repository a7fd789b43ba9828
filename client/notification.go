package client

import (
	"context"
	"fmt"
	"time"
)

// Notification is a message of the administrators.
type Notification struct {
	ID       int64     `json:"id"`
	Title    string    `json:"title"`
	Body     string    `json:"body" doc:"Plain text"`
	Place    string    `json:"place" enum:"header,login" doc:"login: on the sign-in page; header: on each page until it was read"`
	Priority string    `json:"priority" enum:"info,urgent"`
	Expires  string    `json:"expires,omitempty" doc:"The last day on which it is shown"`
	Read     bool      `json:"read" doc:"By oneself"`
	Changed  time.Time `json:"changed_at"`
}

// NewNotification is what a notification is made from or changed to.
type NewNotification struct {
	Title    string `json:"title"`
	Body     string `json:"body" doc:"Plain text"`
	Place    string `json:"place,omitempty" enum:"header,login" doc:"Left out: header"`
	Priority string `json:"priority,omitempty" enum:"info,urgent" doc:"Left out: info"`
	Expires  string `json:"expires,omitempty" doc:"YYYY-MM-DD"`
}

// NotificationList are notifications.
type NotificationList struct {
	Items []Notification `json:"items" nullable:"false"`
}

// Notifications lists all, for administrators.
func (c *Client) Notifications(ctx context.Context) ([]Notification, error) {
	var out NotificationList
	_, err := c.do(ctx, get("/notifications", nil), &out)
	return out.Items, err
}

// ActiveNotifications lists those to be shown now.
func (c *Client) ActiveNotifications(ctx context.Context) ([]Notification, error) {
	var out NotificationList
	_, err := c.do(ctx, get("/notifications/active", nil), &out)
	return out.Items, err
}

// CreateNotification makes one.
func (c *Client) CreateNotification(ctx context.Context, n NewNotification) (out Notification, err error) {
	_, err = c.do(ctx, post("/notifications", n), &out)
	return out, err
}

// UpdateNotification changes one; it is unread for everybody then.
func (c *Client) UpdateNotification(ctx context.Context, id int64, n NewNotification) (out Notification, err error) {
	_, err = c.do(ctx, put(fmt.Sprintf("/notifications/%d", id), n), &out)
	return out, err
}

// DeleteNotification removes one.
func (c *Client) DeleteNotification(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/notifications/%d", id)), nil)
	return err
}

// ReadNotification notes that one has read it.
func (c *Client) ReadNotification(ctx context.Context, id int64) error {
	_, err := c.do(ctx, put(fmt.Sprintf("/notifications/%d/read", id), nil), nil)
	return err
}
