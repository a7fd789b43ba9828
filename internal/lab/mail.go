package lab

import "time"

// MailKind is what a mail is about. People may switch some kinds off.
type MailKind string

// The kinds of mail.
const (
	MailInvite   MailKind = "invite"   // the link to the first password
	MailReset    MailKind = "reset"    // the link to a new password
	MailLocked   MailKind = "locked"   // too many wrong passwords
	MailIdentity MailKind = "identity" // there is one more way into the account, or one less
	MailJobs     MailKind = "jobs"     // jobs of the person have failed
	MailFollowed MailKind = "followed" // a set that the person follows has something new
	MailDigest   MailKind = "digest"   // once a day: what is new
	MailExport   MailKind = "export"   // the archive that the person asked for is ready
	MailDisk     MailKind = "disk"     // little room is left; to administrators
	MailFaults   MailKind = "faults"   // the program has failed; to administrators
	MailBackup   MailKind = "backup"   // a backup came to nothing; to administrators
	MailTest     MailKind = "test"     // asked for by an administrator, to see that mail works
)

// MailState is where a mail is on its way.
type MailState string

// The states of a mail.
const (
	MailQueued MailState = "queued" // to be sent, at once or after an attempt that failed
	MailSent   MailState = "sent"   // the mail server has taken it
	MailDead   MailState = "dead"   // refused, or tried for too long; an administrator may try again
)

// Mail is a mail in the outbox: written in the transaction of what caused it,
// and sent afterwards.
type Mail struct {
	ID      int64
	Kind    MailKind
	State   MailState
	UserID  int64  // to the account's address, as it is when the mail is sent; 0: to Address
	Address string // of an administrator without an account; "" otherwise
	// Letter is what it tells, as JSON; Sealed is the same where it holds a link
	// that opens an account, and is forgotten when the mail was sent or given up.
	Letter  string
	Sealed  []byte
	Attempt int       // 1 once the first was made
	DueAt   time.Time // of the next attempt
	EndsAt  time.Time // after which it is worth nothing; zero for never
	Error   string    // of the last attempt; no addresses, no links
	// Lease is random, new with each attempt: of two senders one succeeds.
	Lease     string
	CreatedAt time.Time
	SentAt    time.Time
}

// MailChoice is a kind of mail that people choose to get or not.
type MailChoice struct {
	Kind    MailKind
	Default bool // for those who have not chosen
}

// MailChoices lists the kinds that people may switch on and off. All others are
// answers to what somebody has just done, or concern the account's safety.
func MailChoices() []MailChoice {
	return []MailChoice{{MailJobs, true}, {MailFollowed, true}, {MailDigest, false}, {MailDisk, true}, {MailFaults, true}, {MailBackup, true}}
}

// Follow is that a person wants to be told when a set has something new.
type Follow struct {
	UserID int64
	SetID  int64
	// Samples is how many the set had, and ResultID the newest result of one of
	// them, when the person was last told.
	Samples  int64
	ResultID int64
	ToldAt   time.Time
}

// Bundle is an archive of all that one person may reach, made at their request.
type Bundle struct {
	ID        int64
	UserID    int64
	JobID     int64
	Reads     bool   // with the files of reads
	Digest    string // "" until it is made
	Size      int64
	CreatedAt time.Time
	ReadyAt   time.Time // zero until it is made
	ExpiresAt time.Time // zero until it is made
}
