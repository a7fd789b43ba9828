package lab

import "time"

// Notification is a message of the administrators to everybody.
type Notification struct {
	ID        int64
	Title     string
	Body      string // plain text
	Place     string // NoticeLogin or NoticeHeader
	Priority  string // NoticeInfo or NoticeUrgent
	Expires   Date   // the last day on which it is shown; "" for ever
	AuthorID  int64
	CreatedAt time.Time
	ChangedAt time.Time
	Read      bool // by who asks, where somebody asks
}

// Where a notification is shown, and how.
const (
	NoticeLogin  = "login"  // before signing in, to everybody
	NoticeHeader = "header" // on each page, until it was read
	NoticeInfo   = "info"
	NoticeUrgent = "urgent"
)
