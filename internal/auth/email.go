package auth

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"vidjil.org/vidjil/internal/lab"
)

// NormalizeEmail checks an e-mail address and gives the form by which accounts
// are unique: trimmed, NFC, lower case. (RFC 5321 lets the part before the @
// tell capitals apart; no provider does, and people do not.) Quoted parts,
// comments and addresses in brackets are refused, as are all that a mail header
// or a page could misread; letters of any alphabet are fine. The error is Invalid.
func NormalizeEmail(email string) (string, error) {
	bad := func(why string) (string, error) {
		return "", lab.Errorf(lab.Invalid, "the e-mail address %s", why)
	}
	email = strings.TrimSpace(email)
	if len(email) > 254 { // RFC 5321 §4.5.3.1.3, as corrected by erratum 1690
		return bad("is too long")
	}
	email = norm.NFC.String(strings.ToLower(email))
	local, domain, ok := strings.Cut(email, "@")
	switch {
	case email == "":
		return bad("is missing")
	case !ok || local == "" || domain == "":
		return bad("is not of the form name@domain")
	case len(local) > 64 || len(email) > 254:
		return bad("is too long")
	}
	for part := range strings.SplitSeq(local, ".") {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool { return !isAtom(r) }) {
			return bad("has a character before the @ that is not accepted, or a dot at the wrong place")
		}
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.ContainsFunc(label, func(r rune) bool { return !isWord(r) && r != '-' }) {
			return bad("has no valid domain after the @")
		}
	}
	return email, nil
}

// isAtom tells whether a character may stand before the @ unquoted (RFC 5322
// atext, with the letters of RFC 6531).
func isAtom(r rune) bool { return isWord(r) || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r) }

func isWord(r rune) bool {
	return r != unicode.ReplacementChar && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}
