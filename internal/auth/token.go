package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"vidjil.org/vidjil/internal/lab"
)

// tokenLen is the bytes of a token: 256 bits cannot be guessed, and so need no
// slow hash.
const tokenLen = 32

// NewToken makes a token for a session or a one-time link: text for a cookie or
// an address, and the hash to keep in its place, by which it is found again.
func NewToken() (token, hash string) {
	token = base64.RawURLEncoding.EncodeToString(random(tokenLen))
	return token, HashToken(token)
}

// random is n bytes that nobody can guess.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program where there is no randomness
	return b
}

// HashToken is what is kept of a token of any kind: its SHA-256, hexadecimal. A
// token is found by its hash; comparing in the database tells a guesser nothing,
// as they do not choose the hash.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// apiPrefix lets people, and programs that search for lost secrets, recognise
// our tokens.
const apiPrefix = "vjt_"

// NewAPIToken makes the API token with that id in the store, "vjt_7_…", and the
// hash to keep. It is shown once.
func NewAPIToken(id int64) (token, hash string) {
	secret, _ := NewToken()
	token = apiPrefix + strconv.FormatInt(id, 10) + "_" + secret
	return token, HashToken(token)
}

// ParseAPIToken is the id of an API token that has the right form. That it is
// genuine is told by [HashToken] of all of it. The error is Unauthenticated and
// does not repeat the token.
func ParseAPIToken(token string) (id int64, err error) {
	rest, ok := strings.CutPrefix(token, apiPrefix)
	digits, secret, ok2 := strings.Cut(rest, "_")
	id, numErr := strconv.ParseInt(digits, 10, 64)
	raw, secretErr := base64.RawURLEncoding.Strict().DecodeString(secret)
	if !ok || !ok2 || numErr != nil || id <= 0 || digits != strconv.FormatInt(id, 10) ||
		secretErr != nil || len(raw) != tokenLen || strings.ContainsAny(secret, "\r\n") {
		return 0, lab.Errorf(lab.Unauthenticated, "this is no API token of this program: they begin with %q", apiPrefix)
	}
	return id, nil
}

// LinkLifetime is how long a one-time link may be used: a reset is asked for by
// somebody who waits for the mail, an invitation comes unasked, and the setup
// link is made anew at each start until it was used.
func LinkLifetime(purpose string) time.Duration {
	switch purpose {
	case lab.LinkReset:
		return time.Hour
	case lab.LinkInvite:
		return 7 * 24 * time.Hour
	}
	return 24 * time.Hour
}
