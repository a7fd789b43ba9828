package store

import (
	"context"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// What a set has at this moment: the condition and columns of follows f.
const (
	samplesOfFollow = "(SELECT count(*) FROM sample_sets m JOIN samples s ON s.id = m.sample_id WHERE m.set_id = f.set_id AND s.trashed_at IS NULL)"
	newestOfFollow  = "(SELECT coalesce(max(r.id), 0) FROM sample_sets m JOIN results r ON r.sample_id = m.sample_id WHERE m.set_id = f.set_id)"
)

// FollowSet makes a person follow a set, from what it has now on.
func (tx *Tx) FollowSet(ctx context.Context, userID, setID int64) error {
	if _, err := tx.exec(ctx, "INSERT INTO set_follows (user_id, set_id, told_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", userID, setID, tx.Now); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "UPDATE set_follows AS f SET samples = "+samplesOfFollow+", result_id = "+newestOfFollow+" WHERE user_id = ? AND set_id = ? AND told_at = ?", userID, setID, tx.Now)
	return err
}

// UnfollowSet ends it; it tells whether the person followed the set.
func (tx *Tx) UnfollowSet(ctx context.Context, userID, setID int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM set_follows WHERE user_id = ? AND set_id = ?", userID, setID)
	return n > 0, err
}

// Follows lists the sets that a person follows.
func (tx *Tx) Follows(ctx context.Context, userID int64) ([]lab.Follow, error) {
	return all[lab.Follow](ctx, tx, "SELECT * FROM set_follows WHERE user_id = ? ORDER BY set_id", userID)
}

// News is what is new in a set that a person follows.
type News struct {
	lab.Follow            // what they were told
	HasSamples, HasResult int64
	NewResults            int64
}

// News lists the follows of which something is to be told, of people with active
// accounts who were last told before a time.
func (tx *Tx) News(ctx context.Context, toldBefore time.Time, limit int) ([]News, error) {
	return all[News](ctx, tx, `SELECT n.*, (SELECT count(*) FROM sample_sets m JOIN results r ON r.sample_id = m.sample_id
			WHERE m.set_id = n.set_id AND r.id > n.result_id AND r.removed_at IS NULL) AS new_results
		FROM (SELECT f.*, `+samplesOfFollow+` AS has_samples, `+newestOfFollow+` AS has_result FROM set_follows f
			JOIN users u ON u.id = f.user_id JOIN sets x ON x.id = f.set_id
			WHERE f.told_at < ? AND u.state = 'active' AND x.trashed_at IS NULL) n
		WHERE n.has_samples <> n.samples OR n.has_result > n.result_id ORDER BY n.user_id, n.set_id LIMIT ?`, toldBefore.UTC(), limit)
}

// Told notes what a person was told of a set; false when somebody else did so
// meanwhile.
func (tx *Tx) Told(ctx context.Context, n *News, at time.Time) (bool, error) {
	changed, err := tx.exec(ctx, "UPDATE set_follows SET samples = ?, result_id = ?, told_at = ? WHERE user_id = ? AND set_id = ? AND samples = ? AND result_id = ?",
		n.HasSamples, n.HasResult, at.UTC(), n.UserID, n.SetID, n.Samples, n.ResultID)
	return changed > 0, err
}

// noteFailure puts a job that has failed where the next look for mails finds it,
// in the transaction in which it failed.
func (tx *Tx) noteFailure(ctx context.Context, j *lab.Job) error {
	_, err := tx.exec(ctx, "INSERT INTO failed_jobs (job_id, user_id, failed_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", j.ID, j.UserID, tx.Now)
	return err
}

// Failure is a failed job of which nobody was told yet.
type Failure struct {
	JobID    int64
	UserID   int64 // who asked for it; 0 for the server itself
	FailedAt time.Time
	Kind     lab.JobKind
	SetID    int64
	Code     lab.Code
	Again    bool // it was tried again since
}

// UntoldFailures lists them, the oldest first.
func (tx *Tx) UntoldFailures(ctx context.Context, limit int) ([]Failure, error) {
	return all[Failure](ctx, tx, `SELECT f.job_id, f.user_id, f.failed_at, j.kind, j.error_code AS code,
		CASE WHEN j.set_id <> 0 THEN j.set_id ELSE coalesce((SELECT min(m.set_id) FROM sample_sets m WHERE m.sample_id = j.sample_id), 0) END AS set_id,
		EXISTS (SELECT 1 FROM jobs a WHERE a.retry_of = j.id AND a.retry_of <> 0) AS again
		FROM failed_jobs f JOIN jobs j ON j.id = f.job_id ORDER BY f.job_id LIMIT ?`, limit)
}

// ForgetFailure notes that somebody was told of a failed job; false when it was
// noted already.
func (tx *Tx) ForgetFailure(ctx context.Context, jobID int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM failed_jobs WHERE job_id = ?", jobID)
	return n > 0, err
}

// Day is what happened since a time: in the sets that one may see through groups
// ([Everything] for all), and with the jobs of a person (0 for everybody's).
type Day struct {
	Samples, Results, Done, Failed, Waiting, SignIns int64
}

// DaySince counts it.
func (tx *Tx) DaySince(ctx context.Context, since time.Time, view []int64, userID int64) (Day, error) {
	return one[Day](ctx, tx, "day", `SELECT
		(SELECT count(*) FROM samples s WHERE s.created_at >= ?0 AND s.trashed_at IS NULL
			AND EXISTS (SELECT 1 FROM sample_sets m JOIN set_listing l ON l.set_id = m.set_id WHERE m.sample_id = s.id AND l.group_id IN (?1) AND l.shelf <> 'trash')) AS samples,
		(SELECT count(*) FROM results r WHERE r.created_at >= ?0 AND r.removed_at IS NULL
			AND EXISTS (SELECT 1 FROM sample_sets m JOIN set_listing l ON l.set_id = m.set_id WHERE m.sample_id = r.sample_id AND l.group_id IN (?1) AND l.shelf <> 'trash')) AS results,
		(SELECT count(*) FROM jobs j WHERE j.changed_at >= ?0 AND j.state = 'done' AND (?2 = 0 OR j.user_id = ?2)) AS done,
		(SELECT count(*) FROM jobs j WHERE j.changed_at >= ?0 AND j.state = 'failed' AND (?2 = 0 OR j.user_id = ?2)) AS failed,
		(SELECT count(*) FROM jobs j WHERE j.state IN ('waiting', 'queued', 'running') AND (?2 = 0 OR j.user_id = ?2)) AS waiting,
		(SELECT count(*) FROM audit e WHERE e.at >= ?0 AND e.action = 'session.create') AS sign_ins`, since.UTC(), in(view), userID)
}
