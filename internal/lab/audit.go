package lab

import "time"

// Entry is a line of the audit: who did what to which object. Entries are
// chained by hashes, so that none can be changed or removed unnoticed.
type Entry struct {
	ID        int64 // position in the chain, from 1, without gaps
	At        time.Time
	UserID    int64  // who acts; 0 for the server itself or nobody known
	BehalfOf  int64  // in whose account; 0 for the own
	Action    string // "set.create", "result.read"
	Object    string // noun: "set", "sample", …
	ObjectID  int64
	SetID     int64  // the set concerned, 0 for none
	Before    string // JSON, "" for none
	After     string // JSON, "" for none
	RequestID string
	Address   string
	PrevHash  string // hexadecimal SHA-256
	Hash      string
}
