package store

import (
	"context"

	"vidjil.org/vidjil/internal/lab"
)

// JobCounts counts the living jobs by kind, lane and state.
func (tx *Tx) JobCounts(ctx context.Context) ([]lab.JobCount, error) {
	// The row of the oldest is joined: a minimum of times would come back from
	// SQLite as text.
	return all[lab.JobCount](ctx, tx, `SELECT g.kind, g.lane, g.state, g.n, j.run_at AS since FROM
		(SELECT kind, lane, state, count(*) AS n, min(id) AS id FROM jobs WHERE `+livingState+` GROUP BY kind, lane, state) g
		JOIN jobs j ON j.id = g.id ORDER BY g.kind, g.lane, g.state`)
}
