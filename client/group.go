package client

import (
	"context"
	"fmt"
)

// Group is people who share objects and rights.
type Group struct {
	ID          int64    `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Kind        string   `json:"kind" enum:"ordinary,personal,public"`
	ParentID    int64    `json:"parent_id,omitempty" doc:"The group above: what is shared with it is open to this one"`
	UserID      int64    `json:"user_id,omitempty" doc:"Of a personal group"`
	QuotaBytes  int64    `json:"quota_bytes,omitempty" doc:"Of reads; absent for no limit"`
	Members     int64    `json:"members"`
	Rights      []string `json:"rights" nullable:"false" doc:"Of its members on what is shared with it, as set:read"`
	MayManage   bool     `json:"may_manage" doc:"Whether one may rename it, invite to it and remove from it"`
}

// GroupList is the groups that one may see, with the rights that there are.
type GroupList struct {
	Items []Group       `json:"items" nullable:"false"`
	Kinds []GroupRights `json:"kinds" nullable:"false" doc:"All rights that groups can have: the columns of the table of rights"`
}

// GroupRights are the rights that there are on a kind of object.
type GroupRights struct {
	Kind   string   `json:"kind"`
	Rights []string `json:"rights" nullable:"false" doc:"As set:read"`
}

// GroupMember is a person in a group.
type GroupMember struct {
	UserID int64  `json:"user_id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
}

// GroupDetail is a group with its members.
type GroupDetail struct {
	Group
	People []GroupMember `json:"people" nullable:"false"`
}

// NewGroup is what a group is made from.
type NewGroup struct {
	Name        string  `json:"name" maxLength:"400"`
	Description string  `json:"description,omitempty" maxLength:"2000"`
	ParentID    int64   `json:"parent_id,omitempty" minimum:"0" doc:"A group that has none above itself; it cannot be changed later"`
	QuotaBytes  int64   `json:"quota_bytes,omitempty" minimum:"0"`
	Members     []int64 `json:"members,omitempty" maxItems:"1000"`
}

// GroupChange is what to change of a group; what is absent stays.
type GroupChange struct {
	Name        *string `json:"name,omitempty" maxLength:"400"`
	Description *string `json:"description,omitempty" maxLength:"2000"`
	QuotaBytes  *int64  `json:"quota_bytes,omitempty" minimum:"0" doc:"For administrators; 0 for no limit"`
}

// Rights are the rights that a group is to have, no more and no less.
type Rights struct {
	Rights []string `json:"rights" nullable:"false" maxItems:"100" doc:"As set:read"`
}

// Newcomer names who is to be put into a group.
type Newcomer struct {
	UserID int64  `json:"user_id,omitempty" minimum:"0" doc:"For administrators"`
	Email  string `json:"email,omitempty" maxLength:"254"`
}

// Groups lists the groups that one may see.
func (c *Client) Groups(ctx context.Context) (out GroupList, err error) {
	_, err = c.do(ctx, get("/groups", nil), &out)
	return out, err
}

// Group returns a group with its members.
func (c *Client) Group(ctx context.Context, id int64) (out GroupDetail, err error) {
	_, err = c.do(ctx, get(fmt.Sprintf("/groups/%d", id), nil), &out)
	return out, err
}

// CreateGroup makes a group.
func (c *Client) CreateGroup(ctx context.Context, in NewGroup) (out Group, err error) {
	_, err = c.do(ctx, post("/groups", in), &out)
	return out, err
}

// UpdateGroup changes a group.
func (c *Client) UpdateGroup(ctx context.Context, id int64, in GroupChange) (out Group, err error) {
	_, err = c.do(ctx, patch(fmt.Sprintf("/groups/%d", id), in), &out)
	return out, err
}

// DeleteGroup removes a group that nothing belongs to.
func (c *Client) DeleteGroup(ctx context.Context, id int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/groups/%d", id)), nil)
	return err
}

// SetRights gives a group its rights.
func (c *Client) SetRights(ctx context.Context, id int64, rights ...string) (out Group, err error) {
	_, err = c.do(ctx, put(fmt.Sprintf("/groups/%d/rights", id), Rights{append([]string{}, rights...)}), &out)
	return out, err
}

// AddMember puts a person into a group.
func (c *Client) AddMember(ctx context.Context, id int64, in Newcomer) error {
	_, err := c.do(ctx, post(fmt.Sprintf("/groups/%d/members", id), in), nil)
	return err
}

// RemoveMember takes a person out of a group.
func (c *Client) RemoveMember(ctx context.Context, id, userID int64) error {
	_, err := c.do(ctx, remove(fmt.Sprintf("/groups/%d/members/%d", id, userID)), nil)
	return err
}
