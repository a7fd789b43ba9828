package store

import (
	"context"
	"time"
)

// Expiring is something whose time is over.
type Expiring struct {
	ID    int64
	SetID int64 // of which it is a part, 0 for none
	At    time.Time
	Bytes int64
}

// OldReads lists samples all of whose reads in the store arrived before a time,
// and that have a result of them, those after an id. Nothing of them is analysed
// at the moment.
func (tx *Tx) OldReads(ctx context.Context, before time.Time, after int64, limit int) ([]Expiring, error) {
	return all[Expiring](ctx, tx, `SELECT f.sample_id AS id, coalesce((SELECT min(m.set_id) FROM sample_sets m WHERE m.sample_id = f.sample_id), 0) AS set_id,
			max(f.created_at) AS at, CAST(sum(f.size) AS BIGINT) AS bytes
		FROM files f JOIN samples s ON s.id = f.sample_id
		WHERE f.state = 'present' AND f.role <> 'result' AND f.sample_id > ? AND s.trashed_at IS NULL
			AND f.sample_id IN (SELECT o.sample_id FROM files o WHERE o.state = 'present' AND o.created_at < ?)
		GROUP BY f.sample_id, s.generation
		HAVING max(f.created_at) < ? AND max(f.source) = ''
			AND EXISTS (SELECT 1 FROM results r WHERE r.sample_id = f.sample_id AND r.generation = s.generation AND r.removed_at IS NULL)
			AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.sample_id = f.sample_id AND j.state IN ('waiting', 'queued', 'running'))
		ORDER BY f.sample_id LIMIT ?`, after, before.UTC(), before.UTC(), limit)
}

// OldResults lists results that were made before a time and of which there is a
// newer one of the same sample and config, those after an id.
func (tx *Tx) OldResults(ctx context.Context, before time.Time, after int64, limit int) ([]Expiring, error) {
	return all[Expiring](ctx, tx, `SELECT r.id, coalesce((SELECT min(m.set_id) FROM sample_sets m WHERE m.sample_id = r.sample_id), 0) AS set_id, r.created_at AS at, r.size AS bytes
		FROM results r WHERE r.created_at < ? AND r.removed_at IS NULL AND r.id > ?
			AND EXISTS (SELECT 1 FROM results n WHERE n.sample_id = r.sample_id AND n.config_id = r.config_id AND n.id > r.id AND n.removed_at IS NULL)
		ORDER BY r.id LIMIT ?`, before.UTC(), after, limit)
}

// InTrash lists sets that went into the trash before a time.
func (tx *Tx) InTrash(ctx context.Context, before time.Time, limit int) ([]Expiring, error) {
	return all[Expiring](ctx, tx, `SELECT s.id, s.id AS set_id, s.trashed_at AS at, coalesce((SELECT l.bytes FROM set_listing l WHERE l.set_id = s.id AND l.group_id = 0), 0) AS bytes
		FROM sets s WHERE s.trashed_at < ? ORDER BY s.id LIMIT ?`, before.UTC(), limit)
}

// Discarded lists samples that went into the trash by themselves before a time.
func (tx *Tx) Discarded(ctx context.Context, before time.Time, limit int) ([]Expiring, error) {
	return all[Expiring](ctx, tx, `SELECT s.id, coalesce((SELECT min(m.set_id) FROM sample_sets m WHERE m.sample_id = s.id), 0) AS set_id, s.trashed_at AS at,
			CAST(coalesce((SELECT sum(f.size) FROM files f WHERE f.sample_id = s.id AND f.state = 'present' AND f.source = ''), 0) AS BIGINT) AS bytes
		FROM samples s WHERE s.discarded AND s.trashed_at < ? ORDER BY s.id LIMIT ?`, before.UTC(), limit)
}

// Deleted lists results that were deleted before a time.
func (tx *Tx) Deleted(ctx context.Context, before time.Time, limit int) ([]Expiring, error) {
	return all[Expiring](ctx, tx, `SELECT r.id, coalesce((SELECT min(m.set_id) FROM sample_sets m WHERE m.sample_id = r.sample_id), 0) AS set_id, r.removed_at AS at, r.size AS bytes
		FROM results r WHERE r.removed_at < ? ORDER BY r.id LIMIT ?`, before.UTC(), limit)
}

// Idle counts what has no number of its own: sessions that have ended, unfinished
// uploads that lie still, mails that were sent or given up, archives.
type Idle struct {
	Sessions, Uploads, UploadBytes, Mails, Archives, ArchiveBytes int64
}

// IdleAt counts it, each before its time; archives expire by themselves.
func (tx *Tx) IdleAt(ctx context.Context, at, sessions, uploads, mails time.Time) (Idle, error) {
	return one[Idle](ctx, tx, "count", `SELECT
		(SELECT count(*) FROM sessions WHERE expires_at < ? OR last_seen_at < ?) AS sessions,
		(SELECT count(*) FROM uploads WHERE state = 'receiving' AND changed_at < ?) AS uploads,
		(SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM uploads WHERE state = 'receiving' AND changed_at < ?) AS upload_bytes,
		(SELECT count(*) FROM mails WHERE created_at < ? AND state <> 'queued') AS mails,
		(SELECT count(*) FROM bundles WHERE expires_at < ?) AS archives,
		(SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM bundles WHERE expires_at < ?) AS archive_bytes`,
		at.UTC(), sessions.UTC(), uploads.UTC(), uploads.UTC(), mails.UTC(), at.UTC(), at.UTC())
}
