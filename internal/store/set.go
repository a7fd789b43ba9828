package store

import (
	"context"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"vidjil.org/vidjil/internal/lab"
)

const setColumns = `id, kind, group_id, first_name, last_name, birth, name, run_date, sequencer, pcr, label, info,
	creator_id, created_at, changed_at, trashed_at, trashed_by`

// Everything is the group of set_listing in which administrators see all sets.
const Everything int64 = 0

// idList is a list of numbers for IN (?); an empty one matches nothing.
func idList(ids []int64) bun.Safe {
	if len(ids) == 0 {
		return "NULL"
	}
	b := make([]byte, 0, 8*len(ids))
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return bun.Safe(b)
}

// byID orders rows as their ids are listed; ids without a row are left out.
func byID[T any](ids []int64, rows []T, id func(*T) int64) []T {
	at := make(map[int64]int, len(rows))
	for i := range rows {
		at[id(&rows[i])] = i
	}
	ordered := make([]T, 0, len(rows))
	for _, want := range ids {
		if i, ok := at[want]; ok {
			ordered = append(ordered, rows[i])
		}
	}
	return ordered
}

// SetByID returns a set, in the trash or not.
func (tx *Tx) SetByID(ctx context.Context, id int64) (lab.Set, error) {
	return one[lab.Set](ctx, tx, "set", "SELECT "+setColumns+" FROM sets WHERE id = ?", id)
}

// SetsByID returns sets in the order of their ids; those that are not there are
// left out.
func (tx *Tx) SetsByID(ctx context.Context, ids []int64) ([]lab.Set, error) {
	rows, err := all[lab.Set](ctx, tx, "SELECT "+setColumns+" FROM sets WHERE id IN (?)", idList(ids))
	return byID(ids, rows, func(s *lab.Set) int64 { return s.ID }), err
}

// SetRows is [Tx.SetsByID] with what lists show besides.
func (tx *Tx) SetRows(ctx context.Context, ids []int64) ([]lab.SetRow, error) {
	rows, err := all[lab.SetRow](ctx, tx, `SELECT s.*, l.day, l.samples, l.files, l.bytes FROM sets s
		JOIN set_listing l ON l.set_id = s.id AND l.group_id = ? WHERE s.id IN (?)`, Everything, idList(ids))
	return byID(ids, rows, func(s *lab.SetRow) int64 { return s.ID }), err
}

// InsertSet adds a set, open to the group that owns it, and sets its id.
func (tx *Tx) InsertSet(ctx context.Context, s *lab.Set, text lab.SetText) (err error) {
	s.CreatedAt, s.ChangedAt = tx.Now, tx.Now
	s.ID, err = value[int64](ctx, tx, `INSERT INTO sets (kind, group_id, first_name, last_name, birth, name, run_date, sequencer, pcr, label, info,
		creator_id, created_at, changed_at, open_text, identity_text, name_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		s.Kind, s.GroupID, s.FirstName.Stored(), s.LastName.Stored(), s.Birth.Stored(), s.Name, s.RunDate, s.Sequencer, s.Pcr, s.Label.Stored(), s.Info,
		none(s.CreatorID), s.CreatedAt, s.ChangedAt, text.Open, text.Identity, text.NameKey)
	if err != nil {
		return err
	}
	if _, err := tx.ShareSet(ctx, s.ID, s.GroupID); err != nil {
		return err
	}
	return tx.indexSet(ctx, s.ID, text)
}

// UpdateSet writes what people can change of a set. The caller calls [Tx.Relist].
func (tx *Tx) UpdateSet(ctx context.Context, s *lab.Set, text lab.SetText) error {
	s.ChangedAt = tx.Now
	_, err := tx.exec(ctx, `UPDATE sets SET group_id = ?, first_name = ?, last_name = ?, birth = ?, name = ?, run_date = ?, sequencer = ?, pcr = ?, label = ?, info = ?,
		changed_at = ?, open_text = ?, identity_text = ?, name_key = ? WHERE id = ?`,
		s.GroupID, s.FirstName.Stored(), s.LastName.Stored(), s.Birth.Stored(), s.Name, s.RunDate, s.Sequencer, s.Pcr, s.Label.Stored(), s.Info,
		s.ChangedAt, text.Open, text.Identity, text.NameKey, s.ID)
	if err != nil {
		return err
	}
	return tx.indexSet(ctx, s.ID, text)
}

// indexSet makes the words of a set findable where that takes an index.
func (tx *Tx) indexSet(ctx context.Context, id int64, text lab.SetText) error {
	if tx.dialect != SQLite {
		return nil
	}
	// With two spaces behind it, each two letters of a text begin a run of three.
	_, err := tx.exec(ctx, "INSERT OR REPLACE INTO set_words (rowid, open, identity) VALUES (?, ?, ?)", id, text.Open+"  ", text.Identity+"  ")
	return err
}

// LockSets makes others wait who change the sets or what is in them.
func (tx *Tx) LockSets(ctx context.Context, ids []int64) error {
	if tx.dialect == SQLite {
		return nil // the transaction is the only writer
	}
	// Weaker than FOR UPDATE, as a new membership in one of the sets holds a
	// share of its key already.
	_, err := all[int64](ctx, tx, "SELECT id FROM sets WHERE id IN (?) ORDER BY id FOR NO KEY UPDATE", idList(ids))
	return err
}

// Relist brings the pages of lists up to date with sets and their samples. It
// belongs at the end of each change of them.
func (tx *Tx) Relist(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	if err := tx.LockSets(ctx, ids); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, "DELETE FROM set_listing WHERE set_id IN (?)", idList(ids)); err != nil {
		return err
	}
	return tx.list(ctx, idList(ids))
}

// list writes the rows of set_listing for chosen sets: a list of ids, or a
// query of them. The choice stands twice, as neither engine would carry it into
// the sums by itself.
func (tx *Tx) list(ctx context.Context, chosen bun.Safe) error {
	_, err := tx.exec(ctx, `INSERT INTO set_listing (group_id, set_id, shelf, name_key, birth, day, changed, samples, files, bytes)
		SELECT g.group_id, s.id, CASE WHEN s.trashed_at IS NULL THEN s.kind ELSE 'trash' END, s.name_key, s.birth,
			CASE WHEN s.kind = 'run' THEN s.run_date ELSE coalesce(n.day, '') END, s.changed_at,
			coalesce(n.samples, 0), coalesce(n.files, 0), coalesce(n.bytes, 0)
		FROM sets s
		JOIN (SELECT id AS set_id, 0 AS group_id FROM sets WHERE id IN (?0) UNION ALL SELECT set_id, group_id FROM set_access WHERE set_id IN (?0)) g ON g.set_id = s.id
		LEFT JOIN (
			SELECT m.set_id, max(m.day) AS day, count(DISTINCT p.id) AS samples, count(f.id) AS files, sum(f.size) AS bytes
			FROM sample_sets m JOIN samples p ON p.id = m.sample_id
			LEFT JOIN files f ON f.sample_id = p.id AND f.state = 'present'
			WHERE m.set_id IN (?0) AND p.trashed_at IS NULL GROUP BY m.set_id
		) n ON n.set_id = s.id`, chosen)
	return err
}

// TouchSets notes that sets have changed. The caller calls [Tx.Relist].
func (tx *Tx) TouchSets(ctx context.Context, ids []int64) error {
	_, err := tx.exec(ctx, "UPDATE sets SET changed_at = ? WHERE id IN (?)", tx.Now, idList(ids))
	return err
}

// setGroup is a row of set_access.
type setGroup struct{ SetID, GroupID int64 }

// SetAccess returns the groups that each of the sets is shared with.
func (tx *Tx) SetAccess(ctx context.Context, ids []int64) (map[int64][]int64, error) {
	rows, err := all[setGroup](ctx, tx, "SELECT set_id, group_id FROM set_access WHERE set_id IN (?) ORDER BY set_id, group_id", idList(ids))
	access := make(map[int64][]int64, len(ids))
	for _, r := range rows {
		access[r.SetID] = append(access[r.SetID], r.GroupID)
	}
	return access, err
}

// ShareSet opens a set to a group; it tells whether that changed anything. The
// caller calls [Tx.Relist].
func (tx *Tx) ShareSet(ctx context.Context, setID, groupID int64) (bool, error) {
	n, err := tx.exec(ctx, "INSERT INTO set_access (set_id, group_id) VALUES (?, ?) ON CONFLICT DO NOTHING", setID, groupID)
	return n > 0, err
}

// UnshareSet closes a set to a group; it tells whether that changed anything.
// The caller calls [Tx.Relist].
func (tx *Tx) UnshareSet(ctx context.Context, setID, groupID int64) (bool, error) {
	n, err := tx.exec(ctx, "DELETE FROM set_access WHERE set_id = ? AND group_id = ?", setID, groupID)
	return n > 0, err
}

// CountSetsOf counts the sets that are shared with each of the groups.
func (tx *Tx) CountSetsOf(ctx context.Context, groups []int64) (map[int64]int64, error) {
	rows, err := all[struct{ GroupID, N int64 }](ctx, tx, "SELECT group_id, count(*) AS n FROM set_access WHERE group_id IN (?) GROUP BY group_id", idList(groups))
	counts := make(map[int64]int64, len(rows))
	for _, r := range rows {
		counts[r.GroupID] = r.N
	}
	return counts, err
}

// TrashSet puts a set into the trash. The caller goes on with
// [Tx.TrashSamplesOf] and [Tx.Relist].
func (tx *Tx) TrashSet(ctx context.Context, id, by int64) error {
	_, err := tx.exec(ctx, "UPDATE sets SET trashed_at = ?, trashed_by = ?, changed_at = ? WHERE id = ?", tx.Now, none(by), tx.Now, id)
	return err
}

// RestoreSet takes a set out of the trash. The caller goes on with
// [Tx.RestoreSamplesOf] and [Tx.Relist].
func (tx *Tx) RestoreSet(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, "UPDATE sets SET trashed_at = NULL, trashed_by = NULL, changed_at = ? WHERE id = ?", tx.Now, id)
	return err
}

// TrashedSets lists sets that went into the trash before a time, for
// [Tx.DeleteSets].
func (tx *Tx) TrashedSets(ctx context.Context, before time.Time, limit int) ([]int64, error) {
	query := "SELECT id FROM sets WHERE trashed_at < ? ORDER BY trashed_at LIMIT ?"
	if tx.dialect == Postgres {
		query += " FOR UPDATE" // nobody restores what is about to be removed
	}
	return all[int64](ctx, tx, query, before.UTC(), limit)
}

// DeleteSets removes sets for good, with their fused results, annotations and
// memberships. Samples that are in no other set are the caller's affair:
// [Tx.SamplesOnlyIn].
func (tx *Tx) DeleteSets(ctx context.Context, ids []int64) error {
	if tx.dialect == SQLite {
		if _, err := tx.exec(ctx, "DELETE FROM set_words WHERE rowid IN (?)", idList(ids)); err != nil {
			return err
		}
	}
	_, err := tx.exec(ctx, "DELETE FROM sets WHERE id IN (?)", idList(ids))
	return err
}

// StaleFused notes that fused results of sets do not show what is there any more.
func (tx *Tx) StaleFused(ctx context.Context, sets []int64) error {
	_, err := tx.exec(ctx, "UPDATE fused SET fresh = FALSE WHERE set_id IN (?) AND fresh", idList(sets))
	return err
}

// named is the name of something by its id.
type named struct {
	ID   int64
	Name string
}

func (tx *Tx) names(ctx context.Context, query string, ids []int64) (map[int64]string, error) {
	rows, err := all[named](ctx, tx, query, idList(ids))
	names := make(map[int64]string, len(rows))
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, err
}

// GroupNames returns the names of groups.
func (tx *Tx) GroupNames(ctx context.Context, ids []int64) (map[int64]string, error) {
	return tx.names(ctx, "SELECT id, name FROM groups WHERE id IN (?)", ids)
}

// UserNames returns the names of accounts.
func (tx *Tx) UserNames(ctx context.Context, ids []int64) (map[int64]string, error) {
	return tx.names(ctx, "SELECT id, name FROM users WHERE id IN (?)", ids)
}
