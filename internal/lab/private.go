package lab

import (
	"fmt"
	"log/slog"
)

// Private is text that identifies a patient: a name, a date of birth, a file
// name. It comes closed out of the store; a closed one prints, logs and encodes
// as nothing, so that a forgotten check shows too little and never too much.
// Only internal/service opens it, in one place, after asking internal/access.
type Private struct {
	text string
	open bool
}

// NewPrivate closes a text.
func NewPrivate(text string) Private { return Private{text: text} }

// Opened returns the text opened: its reader may see who the patient is.
func (p Private) Opened() Private { return Private{text: p.text, open: true} }

// Shown is the text if it was opened; ok tells whether it was.
func (p Private) Shown() (text string, ok bool) {
	if !p.open {
		return "", false
	}
	return p.text, true
}

// Stored is the text, open or not, for those who keep or compare it: the store,
// validation and the audit. It must never reach an answer.
func (p Private) Stored() string { return p.text }

// Empty tells whether there is no text; that is no secret.
func (p Private) Empty() bool { return p.text == "" }

// String is the text if it was opened, otherwise nothing.
func (p Private) String() string {
	text, _ := p.Shown()
	return text
}

// GoString keeps %#v from looking inside.
func (p Private) GoString() string { return fmt.Sprintf("lab.Private(%q)", p.String()) }

// LogValue never logs the text, open or not.
func (p Private) LogValue() slog.Value { return slog.StringValue("private") }

// MarshalText encodes the text if it was opened, otherwise nothing.
func (p Private) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Scan reads a closed text from a database.
func (p *Private) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*p = Private{}
	case string:
		*p = Private{text: v}
	case []byte:
		*p = Private{text: string(v)}
	default:
		return fmt.Errorf("scan private text: %T is no text", src)
	}
	return nil
}
