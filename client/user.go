package client

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// User is an account, as administrators see it.
type User struct {
	ID           int64       `json:"id"`
	Email        string      `json:"email"`
	Name         string      `json:"name"`
	State        string      `json:"state" enum:"invited,active,disabled,anonymised"`
	Admin        bool        `json:"admin"`
	Limited      bool        `json:"limited" doc:"Shared by several people: cannot change itself"`
	Source       string      `json:"source" enum:"local,ldap,oidc" doc:"Who proves the identity"`
	Language     string      `json:"language,omitempty"`
	SecondFactor bool        `json:"second_factor" doc:"A code is asked for at sign-in"`
	LockedUntil  *time.Time  `json:"locked_until,omitempty" doc:"After wrong passwords, until when none is taken"`
	CreatedAt    time.Time   `json:"created_at"`
	LastLoginAt  *time.Time  `json:"last_login_at,omitempty"`
	Groups       []UserGroup `json:"groups" nullable:"false"`
	Sets         int64       `json:"sets" doc:"Patients, runs and sets that the person has made"`
	Samples      int64       `json:"samples" doc:"Samples that the person has made"`
}

// UserGroup is a group that a person is in.
type UserGroup struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind" enum:"ordinary,personal,public"`
}

// UserList is a page of accounts.
type UserList struct {
	Items []User `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; absent at the end"`
	Total int64  `json:"total"`
}

// NewUser invites a person.
type NewUser struct {
	Email    string  `json:"email" maxLength:"254"`
	Name     string  `json:"name" maxLength:"400"`
	Admin    bool    `json:"admin,omitempty"`
	Limited  bool    `json:"limited,omitempty" doc:"Shared by several people: cannot change itself"`
	Language string  `json:"language,omitempty" enum:",en,fr"`
	Groups   []int64 `json:"groups,omitempty" maxItems:"200" doc:"To be a member of, besides the public one and that of the person"`
	Mail     bool    `json:"mail,omitempty" doc:"Send the link by mail in the place of answering with it"`
}

// Invitation is an account with the link by which its owner chooses a password.
type Invitation struct {
	User User   `json:"user"`
	Link string `json:"link,omitempty" doc:"To be given to the person; good once"`
	Sent bool   `json:"sent" doc:"The link was sent by mail"`
}

// UserChange is what to change of an account; what is absent stays.
type UserChange struct {
	Email    *string `json:"email,omitempty" maxLength:"254"`
	Name     *string `json:"name,omitempty" maxLength:"400"`
	Admin    *bool   `json:"admin,omitempty"`
	Limited  *bool   `json:"limited,omitempty"`
	Language *string `json:"language,omitempty" enum:",en,fr"`
	State    *string `json:"state,omitempty" enum:"active,disabled" doc:"Disabling ends all sessions and removes the API tokens"`
}

// UserQuery chooses accounts.
type UserQuery struct {
	Q      string // a part of name or address
	Sort   string // name, created, login; - before it turns it round
	Cursor string
	Limit  int
}

// Users lists accounts.
func (c *Client) Users(ctx context.Context, q UserQuery) (out UserList, err error) {
	v := url.Values{}
	set(v, "q", q.Q)
	set(v, "sort", q.Sort)
	set(v, "cursor", q.Cursor)
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	_, err = c.do(ctx, get("/users", v), &out)
	return out, err
}

// User returns an account.
func (c *Client) User(ctx context.Context, id int64) (out User, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/users/%d", id), nil), &out)
	return out, err
}

// CreateUser invites a person.
func (c *Client) CreateUser(ctx context.Context, in NewUser) (out Invitation, err error) {
	_, err = c.do(ctx, post("/users", in), &out)
	return out, err
}

// UpdateUser changes an account.
func (c *Client) UpdateUser(ctx context.Context, id int64, in UserChange) (out User, err error) {
	_, err = c.do(ctx, patch(fmt.Sprintf("/users/%d", id), in), &out)
	return out, err
}

// LinkOptions say how a link reaches its person.
type LinkOptions struct {
	Mail bool `json:"mail,omitempty" doc:"Send the link by mail in the place of answering with it"`
}

// UserLink makes a link by which a person chooses a new password.
func (c *Client) UserLink(ctx context.Context, id int64, in LinkOptions) (out Invitation, err error) {
	_, err = c.do(ctx, post(fmt.Sprintf("/users/%d/link", id), in), &out)
	return out, err
}

// RemoveSecondFactor takes the second factor of somebody who has lost it.
func (c *Client) RemoveSecondFactor(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/users/%d/totp", id)), nil)
	return err
}

// AnonymiseUser takes name and address of an account away for good.
func (c *Client) AnonymiseUser(ctx context.Context, id int64) error {
	_, err := c.do(ctx, post(fmt.Sprintf("/users/%d/anonymise", id), nil), nil)
	return err
}

// set sets a query parameter that is not empty.
func set(v url.Values, name, value string) {
	if value != "" {
		v.Set(name, value)
	}
}
