package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// Audit notes an entry, which is written and chained when the transaction is
// about to commit: the chain's end is locked as shortly as can be.
func (tx *Tx) Audit(e lab.Entry) { tx.entries = append(tx.entries, e) }

func (tx *Tx) flushAudit(ctx context.Context) error {
	if len(tx.entries) == 0 {
		return nil
	}
	// Everybody who commits an entry waits here for the one before; on SQLite
	// the transaction is the only writer anyway.
	head, err := one[AuditHead](ctx, tx, "end of the audit", tx.locked("SELECT id, hash FROM audit_head WHERE one = 1"))
	if err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	for _, e := range tx.entries {
		e.ID, e.At, e.PrevHash = head.ID+1, tx.Now, head.Hash
		e.Hash = HashEntry(&e)
		if _, err := tx.exec(ctx, `INSERT INTO audit (id, at, user_id, behalf_of, action, object, object_id, set_id, before, after, request_id, address, prev_hash, hash)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			e.ID, e.At, e.UserID, e.BehalfOf, e.Action, e.Object, e.ObjectID, e.SetID, e.Before, e.After, e.RequestID, e.Address, e.PrevHash, e.Hash); err != nil {
			return fmt.Errorf("write audit: %w", err)
		}
		head.ID, head.Hash = e.ID, e.Hash
	}
	if _, err := tx.exec(ctx, "UPDATE audit_head SET id = ?, hash = ? WHERE one = 1", head.ID, head.Hash); err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	return nil
}

// AuditFilter chooses entries; zero fields choose all. Each is answered by an
// index in the order of entries, so there is no filter by noun alone.
type AuditFilter struct {
	UserID   int64  // who acted
	BehalfOf int64  // in whose account an administrator acted
	Object   string // with ObjectID
	ObjectID int64
	SetID    int64
	Action   string
	From, To time.Time // To is no longer meant
	Below    int64     // entries before this one, 0 for all
	Limit    int
}

// auditSlack is by how much times may be out of the order of entries: an entry
// has the time at which its transaction began and the number at which it ended.
const auditSlack = time.Hour

// AuditPage lists entries, the newest first.
func (tx *Tx) AuditPage(ctx context.Context, f AuditFilter) ([]lab.Entry, error) {
	where, args := []string{"id < ?"}, []any{math.MaxInt64}
	add := func(cond string, values ...any) { where, args = append(where, cond), append(args, values...) }
	if f.Below > 0 {
		args[0] = f.Below
	}
	if f.UserID != 0 {
		add("user_id = ?", f.UserID)
	}
	if f.BehalfOf != 0 {
		add("behalf_of = ? AND behalf_of <> 0", f.BehalfOf) // the words of the partial index
	}
	if f.Object != "" {
		add("object = ? AND object_id = ?", f.Object, f.ObjectID)
	}
	if f.SetID != 0 {
		add("set_id = ?", f.SetID)
	}
	if f.Action != "" {
		add("action = ?", f.Action)
	}
	if err := tx.auditTimes(ctx, f, add); err != nil {
		return nil, err
	}
	args = append(args, f.Limit)
	return all[lab.Entry](ctx, tx, "SELECT * FROM audit WHERE "+strings.Join(where, " AND ")+" ORDER BY id DESC LIMIT ?", args...)
}

// auditTimes adds the limits of time, and as far as they tell the limits of
// numbers, so that a page of years ago is not looked for from today.
func (tx *Tx) auditTimes(ctx context.Context, f AuditFilter, add func(string, ...any)) error {
	if !f.From.IsZero() {
		first, err := value[int64](ctx, tx, "SELECT id FROM audit WHERE at >= ? ORDER BY at LIMIT 1", f.From.Add(-auditSlack).UTC())
		if err != nil {
			return err
		}
		add("at >= ? AND id >= ?", f.From.UTC(), first)
	}
	if !f.To.IsZero() {
		last, err := value[int64](ctx, tx, "SELECT id FROM audit WHERE at < ? ORDER BY at DESC LIMIT 1", f.To.Add(auditSlack).UTC())
		if err != nil {
			return err
		}
		add("at < ? AND id <= ?", f.To.UTC(), last)
	}
	return nil
}

// AuditEach calls f with all entries in their order.
func (tx *Tx) AuditEach(ctx context.Context, f func(*lab.Entry) error) error {
	const batch = 2000
	for last := int64(math.MinInt64); ; {
		list, err := all[lab.Entry](ctx, tx, "SELECT * FROM audit WHERE id > ? ORDER BY id LIMIT ?", last, batch)
		if err != nil {
			return err
		}
		for i := range list {
			if err := f(&list[i]); err != nil {
				return err
			}
			last = list[i].ID
		}
		if len(list) < batch {
			return nil
		}
	}
}

// AuditHead is where the audit ends.
type AuditHead struct {
	ID   int64 // number of the last entry, 0 for none
	Hash string
}

// AuditEnd returns the end as the writers know it.
func (tx *Tx) AuditEnd(ctx context.Context) (AuditHead, error) {
	return one[AuditHead](ctx, tx, "end of the audit", "SELECT id, hash FROM audit_head WHERE one = 1")
}

// AuditBreak is the first place at which the chain of the audit is broken.
type AuditBreak struct {
	ID  int64 // of the entry
	Why string
}

// VerifyAudit recomputes the chain of hashes. broken is nil when it holds from
// the first entry to the end; entries from which identities were erased are
// those for which a later one vouches. known (zero for none) is an end that was noted
// before and must still be a part of it. Who can write to the database can make
// a whole new chain: only an end that is kept elsewhere shows that.
func (tx *Tx) VerifyAudit(ctx context.Context, known AuditHead) (end AuditHead, broken *AuditBreak, err error) {
	end, err = tx.AuditEnd(ctx)
	if err != nil {
		return end, nil, err
	}
	at, err := tx.AuditStart(ctx)
	if err != nil {
		return end, nil, err
	}
	if noted, err := tx.startNoted(ctx, at); err != nil || !noted {
		return end, &AuditBreak{at.ID + 1, "the entries before it are missing, and no entry notes that they were removed"}, err
	}
	vouched, err := tx.vouched(ctx)
	if err != nil {
		return end, nil, err
	}
	stop := errors.New("broken")
	err = tx.AuditEach(ctx, func(e *lab.Entry) error {
		if why := breakAt(at, known, vouched, e); why != "" {
			broken = &AuditBreak{e.ID, why}
			return stop
		}
		at = AuditHead{e.ID, e.Hash}
		return nil
	})
	if errors.Is(err, stop) {
		return end, broken, nil
	}
	if err != nil {
		return end, nil, err
	}
	switch {
	case at.ID < end.ID:
		broken = &AuditBreak{at.ID + 1, fmt.Sprintf("the entries %d to %d are missing", at.ID+1, end.ID)}
	case at != end:
		broken = &AuditBreak{at.ID, fmt.Sprintf("the chain ends with it, and should end with entry %d", end.ID)}
	case at.ID < known.ID:
		broken = &AuditBreak{known.ID, "it was there before and is missing"}
	}
	return end, broken, nil
}

// breakAt tells what is wrong with an entry after another, "" for nothing.
func breakAt(before, known AuditHead, vouched map[int64]string, e *lab.Entry) string {
	now := HashEntry(e)
	switch {
	case e.ID > before.ID+1:
		return fmt.Sprintf("the entries %d to %d before it are missing", before.ID+1, e.ID-1)
	case e.ID != before.ID+1:
		return fmt.Sprintf("its number does not follow %d", before.ID)
	case e.PrevHash != before.Hash:
		return "it does not follow the entry before: one of them was put there, moved or changed"
	case e.Hash != now && (e.Action == AuditErase || vouched[e.ID] != now):
		return "it was changed"
	case e.ID == known.ID && e.Hash != known.Hash:
		return "it is not the one that was noted: the audit was written anew"
	}
	return ""
}

// HashEntry is the hash of an entry: SHA-256 over the JSON list of its fields,
// the hash of the entry before among them, in the order below and with the time
// in microseconds since 1970.
func HashEntry(e *lab.Entry) string {
	text, err := json.Marshal([]any{
		e.PrevHash, e.ID, e.At.UnixMicro(), e.UserID, e.BehalfOf, e.Action, e.Object, e.ObjectID, e.SetID,
		e.Before, e.After, e.RequestID, e.Address,
	})
	if err != nil {
		panic(err) // numbers and texts always encode
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
