package store

import (
	"context"

	"github.com/uptrace/bun"

	"vidjil.org/vidjil/internal/lab"
)

// ConfigState is how far the samples of a set are with a config. A pre-process
// belongs to no config: its ConfigID is 0.
type ConfigState struct {
	SetID, ConfigID int64
	Results         int     // samples that have a result
	Failed          int     // samples whose newest job has failed
	Queued          int     // jobs that wait
	Running         int     // jobs
	Progress        float64 // of these together, each from 0 to 1
}

const liveJob = "j.state IN ('waiting', 'queued', 'running')"

// ConfigStates tells, of each of the sets, how far its living samples are with
// each config, by set and config.
func (tx *Tx) ConfigStates(ctx context.Context, sets []int64) ([]ConfigState, error) {
	const living = " JOIN samples p ON p.id = m.sample_id AND p.trashed_at IS NULL"
	return all[ConfigState](ctx, tx, `SELECT set_id, config_id, sum(results) AS results, sum(failed) AS failed, sum(queued) AS queued, sum(running) AS running, sum(progress) AS progress FROM (
		SELECT m.set_id, r.config_id, count(DISTINCT r.sample_id) AS results, 0 AS failed, 0 AS queued, 0 AS running, 0.0 AS progress
			FROM sample_sets m`+living+` JOIN results r ON r.sample_id = m.sample_id AND r.removed_at IS NULL WHERE m.set_id IN (?0) GROUP BY m.set_id, r.config_id
		UNION ALL SELECT m.set_id, j.config_id, 0, count(*), 0, 0, 0.0
			FROM sample_sets m`+living+` JOIN jobs j ON j.sample_id = m.sample_id WHERE m.set_id IN (?0) AND `+newestFailed+` GROUP BY m.set_id, j.config_id
		UNION ALL SELECT u.set_id, u.config_id, 0, 0, sum(CASE WHEN u.state = 'running' THEN 0 ELSE 1 END), sum(CASE WHEN u.state = 'running' THEN 1 ELSE 0 END), sum(CASE WHEN u.state = 'running' THEN u.progress ELSE 0.0 END)
			FROM (SELECT m.set_id, j.config_id, j.state, j.progress FROM sample_sets m JOIN jobs j ON j.sample_id = m.sample_id WHERE m.set_id IN (?0) AND `+liveJob+`
				UNION ALL SELECT j.set_id, j.config_id, j.state, j.progress FROM jobs j WHERE j.set_id IN (?0) AND j.sample_id = 0 AND `+liveJob+`) u
			GROUP BY u.set_id, u.config_id) b GROUP BY set_id, config_id ORDER BY set_id, config_id`, idList(sets))
}

// newestFailed holds for the job j of a sample when it has failed and no later
// one of the same config was asked for.
const newestFailed = "j.state = 'failed' AND NOT EXISTS (SELECT 1 FROM jobs n WHERE n.sample_id = j.sample_id AND n.config_id = j.config_id AND n.id > j.id)"

// sampleState is a state as a condition on a sample.
func sampleState(t *SetTerm, sample bun.Safe) bun.Safe {
	switch lab.ResultState(t.Text) {
	case lab.StateRunning:
		return "EXISTS (SELECT 1 FROM jobs j WHERE j.sample_id = " + sample + " AND " + liveJob + ")"
	case lab.StateFailed:
		return "EXISTS (SELECT 1 FROM jobs j WHERE j.sample_id = " + sample + " AND " + newestFailed + ")"
	case lab.StateMissing:
		return "NOT EXISTS (SELECT 1 FROM results r WHERE r.sample_id = " + sample + " AND r.removed_at IS NULL)"
	}
	return "EXISTS (SELECT 1 FROM results r WHERE r.sample_id = " + sample + " AND r.removed_at IS NULL)"
}

// setState is a state as a condition on a set: that of one of its samples at
// least, or of a job on the set itself.
func setState(t *SetTerm) bun.Safe {
	c := "EXISTS (SELECT 1 FROM sample_sets m JOIN samples p ON p.id = m.sample_id WHERE m.set_id = l.set_id AND p.trashed_at IS NULL AND " + sampleState(t, "m.sample_id") + ")"
	if lab.ResultState(t.Text) == lab.StateRunning {
		c = "(" + c + " OR EXISTS (SELECT 1 FROM jobs j WHERE j.set_id = l.set_id AND " + liveJob + "))"
	}
	return c
}

// stateCandidates are the sets that may be in a state, where few can be.
func stateCandidates(t *SetTerm) bun.Safe {
	switch lab.ResultState(t.Text) {
	case lab.StateRunning:
		return "SELECT m.set_id FROM jobs j JOIN sample_sets m ON m.sample_id = j.sample_id WHERE " + liveJob +
			" UNION ALL SELECT j.set_id FROM jobs j WHERE j.set_id <> 0 AND " + liveJob
	case lab.StateFailed:
		return "SELECT m.set_id FROM jobs j JOIN sample_sets m ON m.sample_id = j.sample_id WHERE j.state = 'failed'"
	}
	return ""
}

// analysedBy is a config as a condition on a sample: it has a result by it.
func (tx *Tx) analysedBy(t *SetTerm, sample bun.Safe) bun.Safe {
	return tx.raw("EXISTS (SELECT 1 FROM results r WHERE r.sample_id = ? AND r.config_id IN (?) AND r.removed_at IS NULL)", sample, idList(t.Configs))
}
