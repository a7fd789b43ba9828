package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"slices"
	"strings"
)

const (
	recoveryCodes = 10
	recoveryLen   = 10 // bytes: 80 bits, 16 letters
)

// recoveryAlphabet is Crockford's base 32 in lower case: no i, l, o, u to
// mistake when the codes are copied from paper.
const recoveryAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// NewRecoveryCodes makes the codes that stand in for a lost second factor, each
// once, and the hashes to keep.
func NewRecoveryCodes() (codes, hashes []string) {
	enc := base32.NewEncoding(recoveryAlphabet).WithPadding(base32.NoPadding)
	for range recoveryCodes {
		text := enc.EncodeToString(random(recoveryLen))
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		hashes = append(hashes, hashRecovery(text))
	}
	return codes, hashes
}

// UseRecoveryCode looks for a code among the kept hashes and gives those that
// remain: keep them, in the same transaction, in the place of the former. The
// hashes handed in stay as they are.
func UseRecoveryCode(hashes []string, code string) (remaining []string, ok bool) {
	got := hashRecovery(canonical(code))
	at := -1
	for i, h := range hashes {
		if subtle.ConstantTimeCompare([]byte(h), []byte(got)) == 1 {
			at = i
		}
	}
	if at < 0 {
		return hashes, false
	}
	return slices.Delete(slices.Clone(hashes), at, at+1), true
}

// canonical undoes what people do to a code that they copy.
func canonical(code string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '-', ' ', '\t', '\n', '\r', '–':
			return -1
		case 'o':
			return '0'
		case 'i', 'l':
			return '1'
		}
		return r
	}, strings.ToLower(code))
}

// hashRecovery is apart from [HashToken], so that no token passes for a code.
func hashRecovery(code string) string {
	sum := sha256.Sum256([]byte("recovery code\x00" + code))
	return hex.EncodeToString(sum[:])
}
