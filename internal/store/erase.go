package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// AuditErase is the action of the entries that vouch for others from which
// identities were erased since. Their After has the member "erased".
const AuditErase = "set.erase"

// Erased is an entry of the audit as it is after identities were erased from it:
// its own hash stays, and is that of what it was.
type Erased struct {
	ID     int64  `json:"id"`
	Digest string `json:"digest"` // [HashEntry] of what it is now
}

// AuditAbout lists the entries about sets and samples.
func (tx *Tx) AuditAbout(ctx context.Context, sets, samples []int64) ([]lab.Entry, error) {
	return all[lab.Entry](ctx, tx, `SELECT * FROM audit WHERE id IN (SELECT id FROM audit WHERE set_id IN (?) UNION SELECT id FROM audit WHERE object = 'set' AND object_id IN (?)
		UNION SELECT id FROM audit WHERE object = 'sample' AND object_id IN (?)) ORDER BY id`, idList(sets), idList(sets), idList(samples))
}

// RewriteAudit writes what is left of an entry. The chain holds only if an entry
// of the action [AuditErase] in the same transaction vouches for it.
func (tx *Tx) RewriteAudit(ctx context.Context, e *lab.Entry) (Erased, error) {
	_, err := tx.exec(ctx, "UPDATE audit SET before = ?, after = ? WHERE id = ?", e.Before, e.After, e.ID)
	return Erased{e.ID, HashEntry(e)}, err
}

// vouched are the digests of entries from which identities were erased, as the
// last erasure of each left it.
func (tx *Tx) vouched(ctx context.Context) (map[int64]string, error) {
	list, err := all[lab.Entry](ctx, tx, "SELECT * FROM audit WHERE action = ? ORDER BY id", AuditErase)
	if err != nil {
		return nil, err
	}
	of := map[int64]string{}
	for i := range list {
		var after struct{ Erased []Erased }
		if err := json.Unmarshal([]byte(list[i].After), &after); err != nil {
			return nil, fmt.Errorf("read audit entry %d: %w", list[i].ID, err)
		}
		for _, e := range after.Erased {
			if e.ID < list[i].ID { // it vouches for the past only
				of[e.ID] = e.Digest
			}
		}
	}
	return of, nil
}

// AuditPurge is the action of the entry that notes where the audit begins since.
const AuditPurge = "audit.purge"

// AuditStart is the last entry that was removed when its time was over; zero
// while none was.
func (tx *Tx) AuditStart(ctx context.Context) (AuditHead, error) {
	return one[AuditHead](ctx, tx, "start of the audit", "SELECT id, hash FROM audit_start WHERE one = 1")
}

// AuditBefore is the last of the entries that are all older than a time, and how
// many they are; zero for none.
func (tx *Tx) AuditBefore(ctx context.Context, before time.Time) (last AuditHead, n int64, err error) {
	id, err := value[int64](ctx, tx, `SELECT coalesce((SELECT min(id) FROM audit WHERE at >= ?), (SELECT max(id) FROM audit)) - 1`, before.UTC())
	if err != nil || id <= 0 {
		return last, 0, err
	}
	list, err := all[AuditHead](ctx, tx, "SELECT id, hash FROM audit WHERE id = ?", id)
	if err != nil || len(list) == 0 {
		return last, 0, err
	}
	n, err = value[int64](ctx, tx, "SELECT count(*) FROM audit WHERE id <= ?", id)
	return list[0], n, err
}

// PurgeAudit removes the entries up to one, from which the chain goes on.
func (tx *Tx) PurgeAudit(ctx context.Context, last AuditHead) (int64, error) {
	if _, err := tx.exec(ctx, "UPDATE audit_start SET id = ?, hash = ? WHERE one = 1", last.ID, last.Hash); err != nil {
		return 0, err
	}
	return tx.exec(ctx, "DELETE FROM audit WHERE id <= ?", last.ID)
}

// startNoted tells whether an entry of the audit notes that it begins there: who
// only removes entries from its beginning leaves none.
func (tx *Tx) startNoted(ctx context.Context, start AuditHead) (bool, error) {
	if start.ID == 0 {
		return true, nil
	}
	text, err := value[string](ctx, tx, "SELECT after FROM audit WHERE action = ? ORDER BY id DESC LIMIT 1", AuditPurge)
	if err != nil {
		return false, err
	}
	var after struct {
		Through int64
		Digest  string
	}
	if text == "" {
		return false, nil
	}
	if err := json.Unmarshal([]byte(text), &after); err != nil {
		return false, fmt.Errorf("read audit: %w", err)
	}
	return after.Through == start.ID && after.Digest == start.Hash, nil
}

// AnnotationsWhole lists all versions of the annotation of a set with their
// bodies.
func (tx *Tx) AnnotationsWhole(ctx context.Context, setID int64) ([]lab.Annotation, error) {
	return all[lab.Annotation](ctx, tx, "SELECT "+annotationColumns+", a.body FROM annotations a LEFT JOIN users u ON u.id = a.author_id WHERE a.set_id = ? ORDER BY a.version", setID)
}

// RewriteAnnotation writes what is left of a version after an erasure.
func (tx *Tx) RewriteAnnotation(ctx context.Context, a *lab.Annotation) error {
	_, err := tx.exec(ctx, "UPDATE annotations SET note = ?, body = ? WHERE id = ?", a.Note, a.Body, a.ID)
	return err
}

// LogsAbout lists the pieces of the logs of the jobs of a set and its samples.
func (tx *Tx) LogsAbout(ctx context.Context, setID int64, samples []int64) ([]lab.LogPiece, error) {
	return all[lab.LogPiece](ctx, tx, `SELECT l.* FROM job_logs l WHERE l.job_id IN (SELECT id FROM jobs WHERE set_id = ? UNION SELECT id FROM jobs WHERE sample_id IN (?))
		ORDER BY l.job_id, l.piece`, setID, idList(samples))
}

// RewriteLog writes what is left of a piece of a log after an erasure.
func (tx *Tx) RewriteLog(ctx context.Context, p *lab.LogPiece) error {
	_, err := tx.exec(ctx, "UPDATE job_logs SET text = ? WHERE job_id = ? AND piece = ?", p.Text, p.JobID, p.Piece)
	return err
}

// ImportedResults lists the results of samples that other programs made.
func (tx *Tx) ImportedResults(ctx context.Context, samples []int64) ([]int64, error) {
	return all[int64](ctx, tx, "SELECT r.id FROM results r JOIN jobs j ON j.id = r.job_id WHERE r.sample_id IN (?) AND j.kind = 'import' ORDER BY r.id", idList(samples))
}

// RenameFile writes what a file is called, and where it is mounted.
func (tx *Tx) RenameFile(ctx context.Context, f *lab.File) error {
	_, err := tx.exec(ctx, "UPDATE files SET name = ?, state = ?, digest = ?, source = ?, path = ?, reason = ? WHERE id = ?",
		f.Name.Stored(), f.State, none(f.Digest), f.Source, f.Path.Stored(), f.Reason, f.ID)
	return err
}

// DropTags removes tags of given names that nothing has any more.
func (tx *Tx) DropTags(ctx context.Context, names []string) error {
	for _, name := range names {
		if _, err := tx.exec(ctx, `DELETE FROM tags WHERE name_key = ? AND NOT EXISTS (SELECT 1 FROM set_tags t WHERE t.tag_id = tags.id)
			AND NOT EXISTS (SELECT 1 FROM sample_tags t WHERE t.tag_id = tags.id)`, lab.Fold(name)); err != nil {
			return err
		}
	}
	return nil
}

// DropBundles removes the archives of everybody that are ready.
func (tx *Tx) DropBundles(ctx context.Context) (int64, error) {
	return tx.exec(ctx, "DELETE FROM bundles WHERE ready_at IS NOT NULL")
}
