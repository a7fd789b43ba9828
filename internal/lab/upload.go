package lab

import "time"

// UploadState is where an upload is, as the database sees it; package upload
// knows more.
type UploadState string

// The states of an upload.
const (
	UploadReceiving UploadState = "receiving" // begun, and not ended yet
	UploadFinished  UploadState = "finished"  // its bytes are the file's
	UploadAbandoned UploadState = "abandoned" // nothing comes of it, for a reason
)

// Upload is bytes on their way to a file of a sample.
type Upload struct {
	ID        string
	UserID    int64 // whose account sends it
	TokenID   int64 // the API token by which it is sent; 0 for a session
	ActorID   int64 // the administrator who acts as the person; 0 for nobody
	FileID    int64
	Size      int64 // bytes
	State     UploadState
	Reason    string // why it was abandoned, for people
	CreatedAt time.Time
	ChangedAt time.Time
}

// Blob is bytes that the database knows of.
type Blob struct {
	Digest     string // SHA-256, hexadecimal
	Size       int64
	CreatedAt  time.Time
	OrphanedAt time.Time // since when nothing is known to refer to it; zero while something does
}
