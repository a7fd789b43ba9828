package store

import (
	"context"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// DatabaseFacts are what an operator wants to know of the database.
type DatabaseFacts struct {
	Engine  string // [SQLite] or [Postgres]
	Version string // of the engine
	Bytes   int64  // on disk, without the log of SQLite
	Schema  int64  // number of the newest migration that was applied
}

// DatabaseFacts asks the database about itself.
func (tx *Tx) DatabaseFacts(ctx context.Context) (f DatabaseFacts, err error) {
	f.Engine = tx.dialect
	version, size := "SELECT sqlite_version()", "SELECT p.page_count * s.page_size FROM pragma_page_count() p, pragma_page_size() s"
	if tx.dialect == Postgres {
		version, size = "SELECT current_setting('server_version')", "SELECT pg_database_size(current_database())"
	}
	if f.Version, err = value[string](ctx, tx, version); err != nil {
		return f, err
	}
	if f.Bytes, err = value[int64](ctx, tx, size); err != nil {
		return f, err
	}
	f.Schema, err = value[int64](ctx, tx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied")
	return f, err
}

// BlobFacts are how many blobs there are, and their bytes together.
type BlobFacts struct {
	Blobs, Bytes int64
	Orphaned     int64 // bytes that nothing refers to, which the collector removes after a delay
}

// BlobFacts adds all blobs up.
func (tx *Tx) BlobFacts(ctx context.Context) (BlobFacts, error) {
	rows, err := all[BlobFacts](ctx, tx, `SELECT count(*) AS blobs, CAST(coalesce(sum(size), 0) AS BIGINT) AS bytes,
		CAST(coalesce(sum(CASE WHEN orphaned_at IS NOT NULL THEN size ELSE 0 END), 0) AS BIGINT) AS orphaned FROM blobs`)
	f, _, err := first(rows, err)
	return f, err
}

// QueueState is how many jobs of a lane are in a state, and since when the
// oldest of them has existed.
type QueueState struct {
	Lane  lab.Lane
	State lab.JobState
	N     int64
	Since time.Time
}

// QueueStates counts the living jobs by lane and state.
func (tx *Tx) QueueStates(ctx context.Context) ([]QueueState, error) {
	return all[QueueState](ctx, tx, `SELECT g.lane, g.state, g.n, j.created_at AS since FROM
		(SELECT lane, state, count(*) AS n, min(id) AS id FROM jobs WHERE `+livingState+` GROUP BY lane, state) g
		JOIN jobs j ON j.id = g.id ORDER BY g.lane DESC, g.state`)
}

// Overdue counts the queued jobs that could have been taken before a time.
func (tx *Tx) Overdue(ctx context.Context, before time.Time) (int64, error) {
	return value[int64](ctx, tx, "SELECT count(*) FROM jobs WHERE state = 'queued' AND run_at < ?", before.UTC())
}

// WorkerSign is the last that was heard of a worker.
type WorkerSign struct {
	Worker    string
	ChangedAt time.Time
}

// Workers lists the workers whose jobs changed since a time. One that is idle
// leaves no other trace.
func (tx *Tx) Workers(ctx context.Context, since time.Time) ([]WorkerSign, error) {
	return all[WorkerSign](ctx, tx, `SELECT worker, changed_at FROM jobs
		WHERE id IN (SELECT max(id) FROM jobs WHERE changed_at >= ? AND worker <> '' GROUP BY worker) ORDER BY worker`, since.UTC())
}

// Failures counts the jobs that failed since a time, and lists the last of them,
// the newest first.
func (tx *Tx) Failures(ctx context.Context, since time.Time, limit int) (n int64, list []lab.Job, err error) {
	// What ended changes no more, so that the index of changes does for ends.
	const failed = "FROM jobs WHERE changed_at >= ? AND ended_at >= ? AND state = 'failed'"
	if n, err = value[int64](ctx, tx, "SELECT count(*) "+failed, since.UTC(), since.UTC()); err != nil || n == 0 {
		return n, nil, err
	}
	list, err = all[lab.Job](ctx, tx, "SELECT * "+failed+" ORDER BY changed_at DESC, id DESC LIMIT ?", since.UTC(), since.UTC(), limit)
	return n, list, err
}
