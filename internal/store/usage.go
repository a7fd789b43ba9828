package store

import (
	"context"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// Usage is what a group owns, or what a person has made: not what is in the
// trash.
type Usage struct {
	ID           int64
	Name         string
	Kind         string // of a group
	Members      int64  // of a group
	Patients     int64
	Runs         int64
	Sets         int64 // plain ones
	Samples      int64
	Files        int64 // of reads, that are there
	Bytes        int64 // of those in the store; a mounted file takes no room
	Quota        int64 // of a group, 0 for none
	Results      int64
	LastResultAt time.Time
	LastLoginAt  time.Time // of a person

	Jobs map[lab.JobState]int64 `bun:"-"` // of a time
}

// usageSums adds up samples: each counts once, in however many sets it is.
func usageSums(samples string) string {
	return strings.ReplaceAll(`
		(SELECT count(*) FROM samples p WHERE p.trashed_at IS NULL AND p.id IN (@)) AS samples,
		(SELECT count(*) FROM files f WHERE f.state = 'present' AND f.sample_id IN (@)) AS files,
		(SELECT CAST(coalesce(sum(f.size), 0) AS BIGINT) FROM files f WHERE f.state = 'present' AND f.source = '' AND f.sample_id IN (@)) AS bytes,
		(SELECT count(*) FROM results r WHERE r.removed_at IS NULL AND r.sample_id IN (@)) AS results,
		(SELECT r.created_at FROM results r WHERE r.removed_at IS NULL AND r.sample_id IN (@) ORDER BY r.id DESC LIMIT 1) AS last_result_at`, "@", samples)
}

// usageSets counts sets by kind, of those where column is an id.
func usageSets(column, id string) string {
	return strings.NewReplacer("@c", column, "@i", id).Replace(`
		(SELECT count(*) FROM sets s WHERE s.@c = @i AND s.kind = 'patient' AND s.trashed_at IS NULL) AS patients,
		(SELECT count(*) FROM sets s WHERE s.@c = @i AND s.kind = 'run' AND s.trashed_at IS NULL) AS runs,
		(SELECT count(*) FROM sets s WHERE s.@c = @i AND s.kind = 'set' AND s.trashed_at IS NULL) AS sets,`)
}

// UsageOfGroups adds up what groups own, by name; nil is all groups. Jobs are
// those that changed since a time.
func (tx *Tx) UsageOfGroups(ctx context.Context, groups []int64, since time.Time) ([]Usage, error) {
	list, err := all[Usage](ctx, tx, `SELECT g.id, g.name, g.kind, g.quota_bytes AS quota, (SELECT count(*) FROM group_members m WHERE m.group_id = g.id) AS members,`+
		usageSets("group_id", "g.id")+usageSums("SELECT m.sample_id FROM sample_sets m JOIN sets s ON s.id = m.set_id WHERE s.group_id = g.id AND s.trashed_at IS NULL")+`
		FROM groups g WHERE ? OR g.id IN (?) ORDER BY g.name_key, g.id`, groups == nil, in(groups))
	if err != nil {
		return nil, err
	}
	return list, tx.countJobs(ctx, list, "group_id", since)
}

// UsageOfPeople adds up what people have made, by name; nil is everybody.
func (tx *Tx) UsageOfPeople(ctx context.Context, people []int64, since time.Time) ([]Usage, error) {
	list, err := all[Usage](ctx, tx, `SELECT u.id, u.name, u.last_login_at,`+
		usageSets("creator_id", "u.id")+usageSums("SELECT p.id FROM samples p WHERE p.creator_id = u.id AND p.trashed_at IS NULL")+`
		FROM users u WHERE ? OR u.id IN (?) ORDER BY u.name, u.id`, people == nil, in(people))
	if err != nil {
		return nil, err
	}
	return list, tx.countJobs(ctx, list, "user_id", since)
}

// countJobs adds the jobs of a time to sums, by the column of jobs that names
// whose they are.
func (tx *Tx) countJobs(ctx context.Context, list []Usage, column string, since time.Time) error {
	rows, err := all[struct {
		ID    int64
		State lab.JobState
		N     int64
	}](ctx, tx, "SELECT "+column+" AS id, state, count(*) AS n FROM jobs WHERE changed_at >= ? GROUP BY "+column+", state", since.UTC())
	if err != nil {
		return err
	}
	at := make(map[int64]*Usage, len(list))
	for i := range list {
		list[i].Jobs = map[lab.JobState]int64{}
		at[list[i].ID] = &list[i]
	}
	for _, r := range rows {
		if u := at[r.ID]; u != nil {
			u.Jobs[r.State] = r.N
		}
	}
	return nil
}

// LastResults lists the newest results of samples in sets that are seen through
// groups ([Everything] for all).
func (tx *Tx) LastResults(ctx context.Context, view []int64, limit int) ([]lab.Result, error) {
	return all[lab.Result](ctx, tx, "SELECT "+resultColumns+` FROM results WHERE removed_at IS NULL
		AND EXISTS (SELECT 1 FROM sample_sets m JOIN set_listing l ON l.set_id = m.set_id WHERE m.sample_id = results.sample_id AND l.group_id IN (?) AND l.shelf <> 'trash')
		ORDER BY id DESC LIMIT ?`, in(view), limit)
}
