package store

import (
	"context"

	"vidjil.org/vidjil/internal/lab"
)

// PutTags returns the ids of tags, and makes those that are new.
func (tx *Tx) PutTags(ctx context.Context, names []string) ([]int64, error) {
	ids := make([]int64, 0, len(names))
	for _, name := range names {
		key := lab.Fold(name)
		if _, err := tx.exec(ctx, "INSERT INTO tags (name, name_key) VALUES (?, ?) ON CONFLICT (name_key) DO NOTHING", name, key); err != nil {
			return nil, err
		}
		id, err := value[int64](ctx, tx, "SELECT id FROM tags WHERE name_key = ?", key)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// TagIDs returns the ids of the tag of that name: one or none.
func (tx *Tx) TagIDs(ctx context.Context, name string) ([]int64, error) {
	return all[int64](ctx, tx, "SELECT id FROM tags WHERE name_key = ?", lab.Fold(name))
}

// AddGroupTags makes tags known to groups.
func (tx *Tx) AddGroupTags(ctx context.Context, groups, tags []int64) error {
	if len(groups) == 0 || len(tags) == 0 {
		return nil
	}
	_, err := tx.exec(ctx, `INSERT INTO group_tags (group_id, tag_id) SELECT g.id, t.id FROM groups g, tags t
		WHERE g.id IN (?) AND t.id IN (?) ON CONFLICT DO NOTHING`, idList(groups), idList(tags))
	return err
}

// SetTags writes the tags of a set: its own, and those of its samples.
func (tx *Tx) SetTags(ctx context.Context, setID int64, own []int64) error {
	if _, err := tx.exec(ctx, "DELETE FROM set_tags WHERE set_id = ?", setID); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "INSERT INTO set_tags (set_id, tag_id, own) SELECT CAST(? AS BIGINT), id, TRUE FROM tags WHERE id IN (?)", setID, idList(own)); err != nil {
		return err
	}
	return tx.RetagSets(ctx, []int64{setID})
}

// RetagSets gives sets the tags of their samples.
func (tx *Tx) RetagSets(ctx context.Context, ids []int64) error {
	if _, err := tx.exec(ctx, "DELETE FROM set_tags WHERE set_id IN (?) AND NOT own", idList(ids)); err != nil {
		return err
	}
	_, err := tx.exec(ctx, `INSERT INTO set_tags (set_id, tag_id, own) SELECT DISTINCT m.set_id, t.tag_id, FALSE
		FROM sample_sets m JOIN sample_tags t ON t.sample_id = m.sample_id JOIN samples p ON p.id = m.sample_id
		WHERE m.set_id IN (?) AND p.trashed_at IS NULL ON CONFLICT DO NOTHING`, idList(ids))
	return err
}

// SampleTags writes the tags of a sample. The caller retags its sets.
func (tx *Tx) SampleTags(ctx context.Context, sampleID int64, tags []int64) error {
	if _, err := tx.exec(ctx, "DELETE FROM sample_tags WHERE sample_id = ?", sampleID); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "INSERT INTO sample_tags (sample_id, tag_id) SELECT CAST(? AS BIGINT), id FROM tags WHERE id IN (?)", sampleID, idList(tags))
	return err
}

// TagsOfGroups lists the tags that groups know and whose name begins with a
// text, by name. Groups [Everything] is all tags.
func (tx *Tx) TagsOfGroups(ctx context.Context, groups []int64, prefix string, limit int) ([]lab.Tag, error) {
	prefix = lab.Fold(prefix)
	// The last character of Unicode closes the span of all that begins so.
	return all[lab.Tag](ctx, tx, `SELECT id, name FROM tags WHERE name_key >= ?0 AND name_key < ?1
		AND (0 IN (?2) OR EXISTS (SELECT 1 FROM group_tags g WHERE g.tag_id = tags.id AND g.group_id IN (?2))) ORDER BY name_key LIMIT ?3`,
		prefix, prefix+"\U0010FFFF", idList(groups), limit)
}
