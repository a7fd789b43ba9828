package store

import (
	"context"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// configColumns are a config with its newest revision's number and program.
const configColumns = `c.id, c.name, c.info, c.classification_id, c.group_id, c.archived, c.created_at,
	(SELECT max(number) FROM config_revisions r WHERE r.config_id = c.id) AS revision,
	(SELECT program FROM config_revisions r WHERE r.config_id = c.id ORDER BY number DESC LIMIT 1) AS program`

// Classifications lists the headings of configs in their order.
func (tx *Tx) Classifications(ctx context.Context) ([]lab.Classification, error) {
	return all[lab.Classification](ctx, tx, "SELECT id, name, position FROM classifications ORDER BY position, id")
}

// InsertClassification adds a heading and sets its id.
func (tx *Tx) InsertClassification(ctx context.Context, c *lab.Classification) (err error) {
	c.ID, err = value[int64](ctx, tx, "INSERT INTO classifications (name, position) VALUES (?, ?) RETURNING id", c.Name, c.Position)
	return err
}

// Configs lists all configs in the order of their headings.
func (tx *Tx) Configs(ctx context.Context) ([]lab.Config, error) {
	return all[lab.Config](ctx, tx, "SELECT "+configColumns+` FROM configs c LEFT JOIN classifications k ON k.id = c.classification_id
		ORDER BY coalesce(k.position, 1000000), c.id`)
}

// ConfigByID returns a config.
func (tx *Tx) ConfigByID(ctx context.Context, id int64) (lab.Config, error) {
	return one[lab.Config](ctx, tx, "config", "SELECT "+configColumns+" FROM configs c WHERE c.id = ?", id)
}

// InsertConfig adds a config and sets its id.
func (tx *Tx) InsertConfig(ctx context.Context, c *lab.Config) (err error) {
	c.CreatedAt = tx.Now
	c.ID, err = value[int64](ctx, tx, `INSERT INTO configs (name, info, classification_id, group_id, archived, created_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
		c.Name, c.Info, none(c.ClassificationID), c.GroupID, c.Archived, c.CreatedAt)
	return err
}

// UpdateConfig writes what can change of a config: never what it does.
func (tx *Tx) UpdateConfig(ctx context.Context, c *lab.Config) error {
	_, err := tx.exec(ctx, "UPDATE configs SET name = ?, info = ?, classification_id = ?, archived = ? WHERE id = ?",
		c.Name, c.Info, none(c.ClassificationID), c.Archived, c.ID)
	return err
}

// DeleteConfig removes a config; results by it make that a Conflict.
func (tx *Tx) DeleteConfig(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, "DELETE FROM configs WHERE id = ?", id)
	return err
}

// ConfigRevisions lists the revisions of a config, the newest first.
func (tx *Tx) ConfigRevisions(ctx context.Context, configID int64) ([]lab.ConfigRevision, error) {
	return all[lab.ConfigRevision](ctx, tx, "SELECT * FROM config_revisions WHERE config_id = ? ORDER BY number DESC", configID)
}

// ConfigRevision returns a revision by its id.
func (tx *Tx) ConfigRevision(ctx context.Context, id int64) (lab.ConfigRevision, error) {
	return one[lab.ConfigRevision](ctx, tx, "config revision", "SELECT * FROM config_revisions WHERE id = ?", id)
}

// NewestRevision returns what a config says now.
func (tx *Tx) NewestRevision(ctx context.Context, configID int64) (lab.ConfigRevision, error) {
	return one[lab.ConfigRevision](ctx, tx, "config revision", "SELECT * FROM config_revisions WHERE config_id = ? ORDER BY number DESC LIMIT 1", configID)
}

// InsertConfigRevision adds a revision and sets its id; two people who add the
// same number at once get a Conflict.
func (tx *Tx) InsertConfigRevision(ctx context.Context, r *lab.ConfigRevision) (err error) {
	r.CreatedAt = tx.Now
	r.ID, err = value[int64](ctx, tx, `INSERT INTO config_revisions (config_id, number, program, options, note, digest, author_id, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		r.ConfigID, r.Number, r.Program, r.Options, r.Note, r.Digest, none(r.AuthorID), r.CreatedAt)
	return err
}

// sharing is a row of an …_access table.
type sharing struct{ ObjectID, GroupID int64 }

// byObject gathers the groups of each object.
func byObject(rows []sharing) map[int64][]int64 {
	m := map[int64][]int64{}
	for _, r := range rows {
		m[r.ObjectID] = append(m[r.ObjectID], r.GroupID)
	}
	return m
}

// ConfigAccess returns the groups that each config is shared with.
func (tx *Tx) ConfigAccess(ctx context.Context) (map[int64][]int64, error) {
	rows, err := all[sharing](ctx, tx, "SELECT config_id AS object_id, group_id FROM config_access ORDER BY config_id, group_id")
	return byObject(rows), err
}

// ShareConfig opens a config to a group; it tells whether that changed anything.
func (tx *Tx) ShareConfig(ctx context.Context, configID, groupID int64) (bool, error) {
	n, err := tx.exec(ctx, "INSERT INTO config_access (config_id, group_id) VALUES (?, ?) ON CONFLICT DO NOTHING", configID, groupID)
	return n > 0, err
}

// UnshareConfig closes a config to a group; it tells whether that changed anything.
func (tx *Tx) UnshareConfig(ctx context.Context, configID, groupID int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM config_access WHERE config_id = ? AND group_id = ?", configID, groupID)
	return n > 0, err
}

// AutoConfigs lists the configs that run by themselves on what enters one of
// the sets, or a set of one of the groups.
func (tx *Tx) AutoConfigs(ctx context.Context, sets, groups []int64) ([]int64, error) {
	return all[int64](ctx, tx, `SELECT DISTINCT config_id FROM auto_configs WHERE set_id IN (?) OR group_id IN (?) ORDER BY config_id`, in(sets), in(groups))
}

// AutoConfigsOfGroup and AutoConfigsOfSet list those of one place.
func (tx *Tx) AutoConfigsOfGroup(ctx context.Context, id int64) ([]int64, error) {
	return all[int64](ctx, tx, "SELECT config_id FROM auto_configs WHERE group_id = ? ORDER BY config_id", id)
}

// AutoConfigsOfSet lists the configs that run by themselves on what enters a set.
func (tx *Tx) AutoConfigsOfSet(ctx context.Context, id int64) ([]int64, error) {
	return all[int64](ctx, tx, "SELECT config_id FROM auto_configs WHERE set_id = ? ORDER BY config_id", id)
}

// SetAutoConfigs replaces the automatic configs of a group (setID 0) or a set
// (groupID 0).
func (tx *Tx) SetAutoConfigs(ctx context.Context, groupID, setID int64, configs []int64) error {
	if _, err := tx.exec(ctx, "DELETE FROM auto_configs WHERE group_id = ? OR set_id = ?", none(groupID), none(setID)); err != nil {
		return err
	}
	for _, c := range configs {
		if _, err := tx.exec(ctx, "INSERT INTO auto_configs (group_id, set_id, config_id) VALUES (?, ?, ?)", none(groupID), none(setID), c); err != nil {
			return err
		}
	}
	return nil
}

// ConfigUse is where a config is used.
type ConfigUse struct {
	Results, Samples int64     // shown, and samples that they are of
	Last             time.Time // the newest result; zero when there is none
	Groups           []int64   // on whose samples it runs by itself
	Sets             int64     // on whose samples it runs by itself
}

// UseOfConfig looks for the uses of a config.
func (tx *Tx) UseOfConfig(ctx context.Context, id int64) (u ConfigUse, err error) {
	u, _, err = first(all[ConfigUse](ctx, tx, `SELECT count(*) AS results, count(DISTINCT sample_id) AS samples FROM results WHERE config_id = ? AND removed_at IS NULL`, id))
	if err != nil {
		return u, err
	}
	if u.Last, err = value[time.Time](ctx, tx, "SELECT created_at FROM results WHERE config_id = ? ORDER BY id DESC LIMIT 1", id); err != nil {
		return u, err
	}
	if u.Groups, err = all[int64](ctx, tx, "SELECT group_id FROM auto_configs WHERE config_id = ? AND group_id IS NOT NULL ORDER BY group_id", id); err != nil {
		return u, err
	}
	u.Sets, err = value[int64](ctx, tx, "SELECT count(*) FROM auto_configs WHERE config_id = ? AND set_id IS NOT NULL", id)
	return u, err
}
