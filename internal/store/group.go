package store

import (
	"context"
	"strings"

	"vidjil.org/vidjil/internal/lab"
)

const groupColumns = "id, name, description, kind, parent_id, user_id, quota_bytes"

// GroupByID returns a group.
func (tx *Tx) GroupByID(ctx context.Context, id int64) (lab.Group, error) {
	return one[lab.Group](ctx, tx, "group", "SELECT "+groupColumns+" FROM groups WHERE id = ?", id)
}

// Groups lists all groups by name.
func (tx *Tx) Groups(ctx context.Context) ([]lab.Group, error) {
	return all[lab.Group](ctx, tx, "SELECT "+groupColumns+" FROM groups ORDER BY name_key, id")
}

// PublicGroup returns the group of everybody.
func (tx *Tx) PublicGroup(ctx context.Context) (lab.Group, error) {
	return one[lab.Group](ctx, tx, "public group", "SELECT "+groupColumns+" FROM groups WHERE kind = 'public'")
}

// InsertGroup adds a group and sets its id.
func (tx *Tx) InsertGroup(ctx context.Context, g *lab.Group) (err error) {
	g.ID, err = value[int64](ctx, tx, `INSERT INTO groups (name, name_key, description, kind, parent_id, user_id, quota_bytes) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		g.Name, strings.ToLower(g.Name), g.Description, g.Kind, none(g.ParentID), none(g.UserID), g.QuotaBytes)
	return err
}

// UpdateGroup writes what can change of a group.
func (tx *Tx) UpdateGroup(ctx context.Context, g *lab.Group) error {
	_, err := tx.exec(ctx, "UPDATE groups SET name = ?, name_key = ?, description = ?, quota_bytes = ? WHERE id = ?",
		g.Name, strings.ToLower(g.Name), g.Description, g.QuotaBytes, g.ID)
	return err
}

// LockGroup is GroupByID for who will change it: others wait until the
// transaction ends.
func (tx *Tx) LockGroup(ctx context.Context, id int64) (lab.Group, error) {
	return one[lab.Group](ctx, tx, "group", tx.locked("SELECT "+groupColumns+" FROM groups WHERE id = ?"), id)
}

// GroupUse counts what belongs to a group or lies below it.
type GroupUse struct {
	Sets, Shared, Configs, PreProcesses, Groups int64
}

// UseOfGroup counts for one group.
func (tx *Tx) UseOfGroup(ctx context.Context, id int64) (GroupUse, error) {
	return one[GroupUse](ctx, tx, "group", `SELECT
		(SELECT count(*) FROM sets WHERE group_id = ?0) AS sets,
		(SELECT count(*) FROM set_access a JOIN sets s ON s.id = a.set_id WHERE a.group_id = ?0 AND s.group_id <> ?0) AS shared,
		(SELECT count(*) FROM configs WHERE group_id = ?0) AS configs,
		(SELECT count(*) FROM pre_processes WHERE group_id = ?0) AS pre_processes,
		(SELECT count(*) FROM groups WHERE parent_id = ?0) AS groups`, id)
}

// CountMembers counts the people of each group.
func (tx *Tx) CountMembers(ctx context.Context) (map[int64]int64, error) {
	rows, err := all[struct{ GroupID, N int64 }](ctx, tx, "SELECT group_id, count(*) AS n FROM group_members GROUP BY group_id")
	if err != nil {
		return nil, err
	}
	counts := make(map[int64]int64, len(rows))
	for _, r := range rows {
		counts[r.GroupID] = r.N
	}
	return counts, nil
}

// DeleteGroup removes a group; what it owns makes that a Conflict.
func (tx *Tx) DeleteGroup(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, "DELETE FROM groups WHERE id = ?", id)
	return err
}

// Members lists the people of a group.
func (tx *Tx) Members(ctx context.Context, groupID int64) ([]lab.Member, error) {
	return all[lab.Member](ctx, tx, `SELECT m.group_id, m.user_id, u.email, u.name FROM group_members m JOIN users u ON u.id = m.user_id
		WHERE m.group_id = ? ORDER BY u.name, u.id`, groupID)
}

// AddMember puts a person into a group; it tells whether that changed anything.
func (tx *Tx) AddMember(ctx context.Context, groupID, userID int64) (bool, error) {
	n, err := tx.exec(ctx, "INSERT INTO group_members (group_id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING", groupID, userID)
	return n > 0, err
}

// RemoveMember takes a person out of a group; it tells whether that changed anything.
func (tx *Tx) RemoveMember(ctx context.Context, groupID, userID int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM group_members WHERE group_id = ? AND user_id = ?", groupID, userID)
	return n > 0, err
}

// Grants lists the rights of groups: of one, or (0) of all.
func (tx *Tx) Grants(ctx context.Context, groupID int64) ([]lab.Grant, error) {
	return all[lab.Grant](ctx, tx, `SELECT group_id, kind, grant_right AS "right" FROM group_grants WHERE ? IN (0, group_id) ORDER BY group_id, kind, grant_right`, groupID)
}

// AddGrant gives a right to a group; it tells whether that changed anything.
func (tx *Tx) AddGrant(ctx context.Context, g lab.Grant) (bool, error) {
	n, err := tx.exec(ctx, "INSERT INTO group_grants (group_id, kind, grant_right) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", g.GroupID, g.Kind, g.Right)
	return n > 0, err
}

// RemoveGrant takes a right from a group; it tells whether that changed anything.
func (tx *Tx) RemoveGrant(ctx context.Context, g lab.Grant) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM group_grants WHERE group_id = ? AND kind = ? AND grant_right = ?", g.GroupID, g.Kind, g.Right)
	return n > 0, err
}

// GroupsOf lists the groups that a person is a member of.
func (tx *Tx) GroupsOf(ctx context.Context, userID int64) ([]lab.Group, error) {
	return all[lab.Group](ctx, tx, "SELECT "+groupColumns+" FROM groups WHERE id IN (SELECT group_id FROM group_members WHERE user_id = ?) ORDER BY name_key, id", userID)
}

// GrantsOf lists the rights of the groups that a person is a member of.
func (tx *Tx) GrantsOf(ctx context.Context, userID int64) ([]lab.Grant, error) {
	return all[lab.Grant](ctx, tx, `SELECT group_id, kind, grant_right AS "right" FROM group_grants WHERE group_id IN (SELECT group_id FROM group_members WHERE user_id = ?)
		ORDER BY group_id, kind, grant_right`, userID)
}
