package store

import (
	"context"

	"github.com/uptrace/bun"

	"vidjil.org/vidjil/internal/lab"
)

// NewestFilesIn lists the files of the newest generation of the samples of sets,
// those in the trash left out, by sample.
func (tx *Tx) NewestFilesIn(ctx context.Context, sets []int64) ([]lab.File, error) {
	return all[lab.File](ctx, tx, `SELECT f.id, f.sample_id, f.generation, f.role, f.lane, f.name, f.state, f.size, f.digest, f.source, f.path, f.reason, f.created_at
		FROM files f JOIN samples p ON p.id = f.sample_id AND p.generation = f.generation AND p.trashed_at IS NULL
		WHERE f.state <> 'removed' AND f.sample_id IN (SELECT sample_id FROM sample_sets WHERE set_id IN (?)) ORDER BY f.sample_id, f.id`, idList(sets))
}

// PatientsCalled lists patients, not in the trash, by their label in lower case,
// or by their name as lists are sorted by it ([lab.SetText].NameKey): those that
// are shared with one of the groups.
func (tx *Tx) PatientsCalled(ctx context.Context, labels, names []string, groups []int64) ([]lab.Set, error) {
	if len(labels)+len(names) == 0 || len(groups) == 0 {
		return nil, nil
	}
	return all[lab.Set](ctx, tx, "SELECT "+setColumns+` FROM sets s WHERE kind = 'patient' AND trashed_at IS NULL AND (label <> '' AND lower(label) IN (?) OR name_key IN (?))
		AND EXISTS (SELECT 1 FROM set_access x WHERE x.set_id = s.id AND x.group_id IN (?)) ORDER BY id`,
		texts(labels), texts(names), idList(groups))
}

// texts is a list for "IN (?)"; an empty one matches nothing.
func texts(list []string) any {
	if len(list) == 0 {
		return bun.Safe("NULL")
	}
	return bun.List(list)
}
