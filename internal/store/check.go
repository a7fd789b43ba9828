package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"vidjil.org/vidjil/internal/lab"
)

// What "vidjil doctor" asks the database about itself. Queries here may read
// whole tables: they are asked by hand, and once an hour at most.

// Integrity has the engine check itself: the pages and indexes of SQLite, and on
// both engines that what rows refer to is there. It returns what is wrong, one
// sentence each.
func (s *Store) Integrity(ctx context.Context) (faults []string, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		if s.dialect == SQLite {
			faults, err = tx.sqliteIntegrity(ctx)
			return err
		}
		faults, err = tx.postgresIntegrity(ctx)
		return err
	})
	if e, ok := errors.AsType[*sqlite.Error](err); ok && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB) {
		return append(faults, e.Error()), nil // too damaged to be checked
	}
	if err != nil {
		return nil, fmt.Errorf("check database: %w", err)
	}
	return faults, nil
}

func (tx *Tx) sqliteIntegrity(ctx context.Context) ([]string, error) {
	faults, err := all[string](ctx, tx, "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'")
	if err != nil {
		return nil, err
	}
	dangling, err := all[struct {
		Child, Parent string
		Row           int64
	}](ctx, tx, `SELECT "table" AS child, parent, coalesce(rowid, 0) AS row FROM pragma_foreign_key_check LIMIT 100`)
	for _, d := range dangling {
		faults = append(faults, fmt.Sprintf("row %d of %s refers to a row of %s that is not there", d.Row, d.Child, d.Parent))
	}
	return faults, err
}

// postgresIntegrity looks for constraints that do not hold for the rows that are
// there, and for broken indexes: both are left behind by repairs that went half
// way, and nothing else tells of them.
func (tx *Tx) postgresIntegrity(ctx context.Context) ([]string, error) {
	faults, err := all[string](ctx, tx, `SELECT 'the constraint ' || c.conname || ' of ' || c.conrelid::regclass || ' has not been checked for the rows that are there'
		FROM pg_constraint c WHERE NOT c.convalidated AND c.connamespace = current_schema()::regnamespace`)
	if err != nil {
		return nil, err
	}
	indexes, err := all[string](ctx, tx, `SELECT 'the index ' || i.indexrelid::regclass || ' is not valid' FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
		WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace`)
	if err != nil {
		return nil, err
	}
	faults = append(faults, indexes...)
	keys, err := all[struct{ Child, Parent, Cols, Refs string }](ctx, tx, `SELECT c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent,
			a.attname AS cols, f.attname AS refs FROM pg_constraint c
		JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1]
		WHERE c.contype = 'f' AND array_length(c.conkey, 1) = 1 AND c.connamespace = current_schema()::regnamespace ORDER BY 1, 3`)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		// The names are the catalogue's own, quoted where they need it.
		n, err := value[int64](ctx, tx, fmt.Sprintf(`SELECT count(*) FROM %s c WHERE c."%s" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %s p WHERE p."%s" = c."%s")`, k.Child, k.Cols, k.Parent, k.Refs, k.Cols))
		if err != nil {
			return nil, err
		}
		if n > 0 {
			faults = append(faults, fmt.Sprintf("%d rows of %s refer by %s to rows of %s that are not there", n, k.Child, k.Cols, k.Parent))
		}
	}
	return faults, nil
}

// ServerMajor is the major version of the PostgreSQL server, 0 for SQLite.
func (s *Store) ServerMajor(ctx context.Context) (major int, err error) {
	if s.dialect != Postgres {
		return 0, nil
	}
	err = s.Read(ctx, func(tx *Tx) error {
		n, err := value[int](ctx, tx, "SELECT current_setting('server_version_num')::int")
		major = n / 10000
		return err
	})
	return major, err
}

// StuckJobs lists running jobs without a sign of life since a time.
func (tx *Tx) StuckJobs(ctx context.Context, before time.Time) ([]lab.Job, error) {
	return all[lab.Job](ctx, tx, "SELECT * FROM jobs WHERE state = 'running' AND beat_at < ? ORDER BY id", before.UTC())
}

// LostJobs lists jobs that wait for another one that has ended or is not there.
func (tx *Tx) LostJobs(ctx context.Context) ([]lab.Job, error) {
	return all[lab.Job](ctx, tx, `SELECT j.* FROM jobs j WHERE j.state = 'waiting' AND j.after <> 0
		AND NOT EXISTS (SELECT 1 FROM jobs a WHERE a.id = j.after AND a.state IN ('waiting', 'queued', 'running')) ORDER BY j.id`)
}

// IDRow is a row by its number, and what it belongs to.
type IDRow struct{ ID, Parent int64 }

// SamplesWithoutSet lists samples that are in no set: nobody can see them.
func (tx *Tx) SamplesWithoutSet(ctx context.Context) ([]IDRow, error) {
	return all[IDRow](ctx, tx, "SELECT id, 0 AS parent FROM samples s WHERE NOT EXISTS (SELECT 1 FROM sample_sets m WHERE m.sample_id = s.id) ORDER BY id")
}

// SetsWithoutAccess lists sets that their owning group cannot see: the row by
// which it does is missing.
func (tx *Tx) SetsWithoutAccess(ctx context.Context) ([]IDRow, error) {
	return all[IDRow](ctx, tx, "SELECT id, group_id AS parent FROM sets s WHERE NOT EXISTS (SELECT 1 FROM set_access a WHERE a.set_id = s.id AND a.group_id = s.group_id) ORDER BY id")
}

// DoneWithoutResult lists analyses and imports that are done and whose result is
// not there, though its sample is. The audit tells which were removed for good;
// of jobs before its beginning nothing can be said.
func (tx *Tx) DoneWithoutResult(ctx context.Context) ([]IDRow, error) {
	return all[IDRow](ctx, tx, `SELECT j.id, j.result_id AS parent FROM jobs j WHERE j.state = 'done' AND j.result_id <> 0 AND j.kind IN ('analyze', 'import')
		AND EXISTS (SELECT 1 FROM samples s WHERE s.id = j.sample_id) AND j.ended_at > (SELECT min(at) FROM audit)
		AND NOT EXISTS (SELECT 1 FROM results r WHERE r.id = j.result_id)
		AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.action = 'result.purge' AND a.object_id = j.result_id) ORDER BY j.id`)
}

// FilesWithoutBytes lists files that are said to be there, and have neither bytes
// in the store nor a place in a mounted folder.
func (tx *Tx) FilesWithoutBytes(ctx context.Context) ([]IDRow, error) {
	return all[IDRow](ctx, tx, "SELECT f.id, f.sample_id AS parent FROM files f WHERE f.state = 'present' AND f.source = '' AND NOT EXISTS (SELECT 1 FROM blobs b WHERE b.digest = f.digest) ORDER BY f.id")
}

// UnlistedSets lists sets that no page of sets shows.
func (tx *Tx) UnlistedSets(ctx context.Context) ([]int64, error) {
	return all[int64](ctx, tx, "SELECT id FROM sets s WHERE NOT EXISTS (SELECT 1 FROM set_listing l WHERE l.set_id = s.id AND l.group_id = 0) ORDER BY id")
}

// FusedStates lists all sets and configs with results or a fused result, of sets
// that are not in the trash, and how it stands with their fused result.
func (tx *Tx) FusedStates(ctx context.Context) ([]FusedState, error) {
	return all[FusedState](ctx, tx, `SELECT x.set_id, x.config_id, s.group_id, coalesce(f.id, 0) AS fused_id, coalesce(f.fresh, FALSE) AS fresh, coalesce(f.inputs, '') AS inputs,
			EXISTS (SELECT 1 FROM jobs j WHERE j.kind = 'fuse' AND j.set_id = x.set_id AND j.config_id = x.config_id AND j.`+livingState+`) AS coming
		FROM (SELECT m.set_id, r.config_id FROM sample_sets m JOIN results r ON r.sample_id = m.sample_id JOIN samples p ON p.id = m.sample_id
				WHERE r.removed_at IS NULL AND p.trashed_at IS NULL
			UNION SELECT set_id, config_id FROM fused WHERE set_id IS NOT NULL) x
		JOIN sets s ON s.id = x.set_id LEFT JOIN fused f ON f.set_id = x.set_id AND f.config_id = x.config_id
		WHERE s.trashed_at IS NULL ORDER BY x.set_id, x.config_id`)
}

// FusedState is how it stands with the fused result of a set and config.
type FusedState struct {
	SetConfig

	FusedID int64
	Fresh   bool
	Inputs  string // JSON list of result ids
	Coming  bool   // a living job makes it anew
}

// AdminFactors tells of each active administrator whether they have a second
// factor, by number.
func (tx *Tx) AdminFactors(ctx context.Context) ([]AdminFactor, error) {
	return all[AdminFactor](ctx, tx, `SELECT u.id, coalesce(c.totp_on, FALSE) AS second, u.source = 'local' AS local FROM users u LEFT JOIN credentials c ON c.user_id = u.id
		WHERE u.admin AND u.state = 'active' ORDER BY u.id`)
}

// SealedSecrets is the number of people whose second factor is sealed.
func (tx *Tx) SealedSecrets(ctx context.Context) (int64, error) {
	return value[int64](ctx, tx, "SELECT count(*) FROM credentials WHERE totp_secret IS NOT NULL")
}

// AdminFactor is an administrator, and how they prove who they are.
type AdminFactor struct {
	ID     int64
	Second bool // they have a second factor
	Local  bool // the account is of this server, not of a directory
}

// Activity is the number of jobs that are neither done nor failed, and when a
// worker last gave a sign of life.
func (tx *Tx) Activity(ctx context.Context, due time.Time) (waiting int64, beat time.Time, err error) {
	waiting, err = value[int64](ctx, tx, "SELECT count(*) FROM jobs WHERE state = 'queued' AND run_at < ?", due.UTC())
	if err != nil {
		return 0, beat, err
	}
	beat, err = value[time.Time](ctx, tx, "SELECT beat_at FROM jobs WHERE beat_at IS NOT NULL ORDER BY beat_at DESC LIMIT 1")
	return waiting, beat, err
}

// WorkerVersions lists the provenance of the newest result of each worker since
// a time: which program made it.
func (tx *Tx) WorkerVersions(ctx context.Context, since time.Time) ([]WorkerVersion, error) {
	return all[WorkerVersion](ctx, tx, `SELECT j.worker, r.provenance, r.created_at FROM results r JOIN jobs j ON j.id = r.job_id
		WHERE r.id IN (SELECT max(n.id) FROM results n JOIN jobs k ON k.id = n.job_id WHERE n.created_at >= ? GROUP BY k.worker) ORDER BY j.worker`, since.UTC())
}

// WorkerVersion is the provenance of a worker's newest result.
type WorkerVersion struct {
	Worker     string
	Provenance string // JSON
	CreatedAt  time.Time
}
