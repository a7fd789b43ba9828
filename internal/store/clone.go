package store

import (
	"context"

	"github.com/uptrace/bun"

	"vidjil.org/vidjil/internal/lab"
)

// CloneScope says in which results clonotypes are searched.
type CloneScope struct {
	All     bool    // of every set, or
	Groups  []int64 // of the sets that are shared with one of these
	Sets    []int64 // of these sets alone; nil is no such limit
	Configs []int64 // of these configs
	Limit   int
}

// SearchedResults lists the newest results, by sample and config, of samples and
// sets that are not in the trash: those columns that a search needs. All of
// them are about to be read, so that the query may go through all there are.
func (tx *Tx) SearchedResults(ctx context.Context, q CloneScope) ([]lab.Result, error) {
	access, chosen := bun.Safe(""), bun.Safe("")
	if !q.All {
		access = tx.raw("JOIN set_access a ON a.set_id = m.set_id AND a.group_id IN (?)", idList(q.Groups))
	}
	from := bun.Safe("results n WHERE")
	if q.Sets != nil {
		chosen = tx.raw("AND m.set_id IN (?)", idList(q.Sets))
		from = tx.raw("results n WHERE n.sample_id IN (SELECT sample_id FROM sample_sets WHERE set_id IN (?)) AND", idList(q.Sets))
	}
	return all[lab.Result](ctx, tx, `SELECT id, sample_id, generation, config_id, config_revision_id, digest, size, reads, recombined, clonotypes, created_at
		FROM results WHERE id IN (
			SELECT max(n.id) FROM ? n.removed_at IS NULL AND n.config_id IN (?) AND EXISTS (
				SELECT 1 FROM sample_sets m JOIN sets s ON s.id = m.set_id AND s.trashed_at IS NULL
				JOIN samples p ON p.id = m.sample_id AND p.trashed_at IS NULL ? WHERE m.sample_id = n.sample_id ?)
			GROUP BY n.sample_id, n.config_id)
		ORDER BY id LIMIT ?`, from, idList(q.Configs), access, chosen, q.Limit)
}
