package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// tokenBytes is 256 bits: tokens cannot be guessed, so a fast hash of them is
// enough to keep.
const tokenBytes = 32

// NewToken makes a random token and the hash of it that is stored.
func NewToken() (token, hash string) {
	var b [tokenBytes]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand never fails
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, HashToken(token)
}

// HashToken is what is stored of a token: who reads the database cannot use it.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
