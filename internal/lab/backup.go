package lab

import "time"

// BackupStatus is how the last backups of a server went.
type BackupStatus struct {
	Target string `json:"target"` // where they go, without keys
	// LastID and LastSuccess are of the last good one, with its duration and what
	// it holds and added, in bytes; the time is zero when there was none.
	LastID      string    `json:"last_id,omitempty"`
	LastSuccess time.Time `json:"last_success"`
	Seconds     float64   `json:"seconds"`
	Bytes       int64     `json:"bytes"`
	AddedBytes  int64     `json:"added_bytes"`
	// Missing is the number of blobs that the last good one could not have: their
	// bytes are lost or damaged on the server.
	Missing int `json:"missing"`
	// LastTry is when one was tried last, and Error why it came to nothing, "" when
	// it did not.
	LastTry time.Time `json:"last_try"`
	Error   string    `json:"error,omitempty"`
}
