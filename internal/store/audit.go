package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

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
	query := "SELECT id, hash FROM audit_head WHERE one = 1"
	if tx.dialect == Postgres {
		query += " FOR UPDATE"
	}
	head, err := one[struct {
		ID   int64
		Hash string
	}](ctx, tx, "end of the audit", query)
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
