package mail

import (
	"encoding/json"
	"fmt"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// Letter is what a mail tells: numbers, times and links.
type Letter interface {
	Kind() lab.MailKind
	page(w *words) page
}

// Invite brings the link to the first password.
type Invite struct {
	Link string `json:"link"`
	Days int    `json:"days"` // that it is good for
}

// Reset brings the link to a new password.
type Reset struct {
	Link    string `json:"link"`
	Minutes int    `json:"minutes"` // that it is good for
}

// Locked tells that somebody tried wrong passwords.
type Locked struct {
	Failures int       `json:"failures"`
	Until    time.Time `json:"until"`
	Link     string    `json:"link"` // to sign in
}

// Identity tells that an account at a provider opens the person's from now on,
// or no longer: somebody else may have seen to it.
type Identity struct {
	Provider string `json:"provider"` // as the settings name it; "" is the directory
	Added    bool   `json:"added"`
	Link     string `json:"link"` // to the account
}

// Jobs tells that jobs of the person have failed.
type Jobs struct {
	Failed []FailedJob `json:"failed"` // the first ones
	Total  int         `json:"total"`
	Link   string      `json:"link"` // to the list of jobs
}

// FailedJob is one of them.
type FailedJob struct {
	ID   int64  `json:"id"`
	What string `json:"what"` // kind of job
	Link string `json:"link"` // to its set, "" for none
}

// Followed tells what is new in sets that the person follows.
type Followed struct {
	Sets []NewInSet `json:"sets"`
	Link string     `json:"link"` // to the account, where following ends
}

// NewInSet is what is new in one of them.
type NewInSet struct {
	ID      int64  `json:"id"`
	What    string `json:"what"` // kind of set
	Samples int64  `json:"samples"`
	Results int64  `json:"results"`
	Link    string `json:"link"`
}

// Digest tells once a day what is new.
type Digest struct {
	Day     string     `json:"day"` // YYYY-MM-DD
	Samples int64      `json:"samples"`
	Results int64      `json:"results"`
	Failed  int64      `json:"failed"` // jobs of the person
	Server  *ServerDay `json:"server,omitempty"`
	Link    string     `json:"link"`
}

// ServerDay is what administrators read in their digest.
type ServerDay struct {
	SignIns int64 `json:"sign_ins"`
	Done    int64 `json:"done"`   // jobs of everybody
	Failed  int64 `json:"failed"` // jobs of everybody
	Waiting int64 `json:"waiting"`
	Mails   int64 `json:"mails"` // that could not be delivered
	Free    int64 `json:"free"`  // bytes; negative when it is not known
}

// Export tells that the archive of one's own data is ready.
type Export struct {
	Link  string    `json:"link"`
	Bytes int64     `json:"bytes"`
	Until time.Time `json:"until"`
}

// Disk tells administrators that little room is left.
type Disk struct {
	Free int64  `json:"free"` // bytes
	Link string `json:"link"` // to the server's state
}

// Faults tells administrators that the program has failed.
type Faults struct {
	Total    int       `json:"total"`
	Requests []string  `json:"requests"` // ids of the first ones, to be found in the log
	Jobs     []int64   `json:"jobs"`
	Since    time.Time `json:"since"`
	Link     string    `json:"link"` // to the log
}

// Backup tells administrators that the server's last backup came to nothing. Why
// stands on the page of the server: it may name places that are nobody's business.
type Backup struct {
	Tried time.Time `json:"tried"`
	Last  time.Time `json:"last,omitzero"` // the newest good one; zero when there was none
	Link  string    `json:"link"`          // to the server's state
}

// Test shows an administrator that mails arrive.
type Test struct {
	Link string `json:"link"`
}

// Kind is what the mail is about.
func (Invite) Kind() lab.MailKind   { return lab.MailInvite }
func (Reset) Kind() lab.MailKind    { return lab.MailReset }
func (Locked) Kind() lab.MailKind   { return lab.MailLocked }
func (Identity) Kind() lab.MailKind { return lab.MailIdentity }
func (Jobs) Kind() lab.MailKind     { return lab.MailJobs }
func (Followed) Kind() lab.MailKind { return lab.MailFollowed }
func (Digest) Kind() lab.MailKind   { return lab.MailDigest }
func (Export) Kind() lab.MailKind   { return lab.MailExport }
func (Disk) Kind() lab.MailKind     { return lab.MailDisk }
func (Faults) Kind() lab.MailKind   { return lab.MailFaults }
func (Backup) Kind() lab.MailKind   { return lab.MailBackup }
func (Test) Kind() lab.MailKind     { return lab.MailTest }

// Read reads a letter that was kept as JSON.
func Read(kind lab.MailKind, text []byte) (Letter, error) {
	switch kind {
	case lab.MailInvite:
		return read[Invite](text)
	case lab.MailReset:
		return read[Reset](text)
	case lab.MailLocked:
		return read[Locked](text)
	case lab.MailIdentity:
		return read[Identity](text)
	case lab.MailJobs:
		return read[Jobs](text)
	case lab.MailFollowed:
		return read[Followed](text)
	case lab.MailDigest:
		return read[Digest](text)
	case lab.MailExport:
		return read[Export](text)
	case lab.MailDisk:
		return read[Disk](text)
	case lab.MailFaults:
		return read[Faults](text)
	case lab.MailBackup:
		return read[Backup](text)
	case lab.MailTest:
		return read[Test](text)
	}
	return nil, fmt.Errorf("read letter: there is no kind %q", kind)
}

func read[L Letter](text []byte) (Letter, error) {
	var l L
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("read letter: %w", err)
	}
	return l, nil
}
