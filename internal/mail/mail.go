// Package mail is the way out for mails: the letters that the server writes, in
// the words of each language, and the mail server that takes them.
//
// A letter is a plain struct of numbers, times and links. There is no field
// that could hold the name of a patient, a sequence or a free text, and that is
// how none gets into a mail. The package keeps nothing and decides nothing:
// who gets which mail, and when it is tried again, is the service's.
package mail

// Message is a mail that is ready to be sent.
type Message struct {
	ID      string // the part of the Message-ID before the @; the same when it is sent again
	To      string // one address, without a name
	Subject string
	Text    string // plain text, lines end in "\n"
	HTML    string
}
