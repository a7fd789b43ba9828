package auth

import (
	"crypto/subtle"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

const (
	totpPeriod = 30 // seconds a step; what all authenticator programs understand
	totpSkew   = 1  // steps that a clock may be wrong, either way
)

// NewTOTP makes the secret of a second factor (RFC 6238: SHA-1, six digits, 30
// seconds), to be sealed and kept, and the address that an authenticator program
// reads from a QR code. It counts from the first code that [CheckTOTP] accepts.
// Neither name may be empty.
func NewTOTP(issuer, account string) (secret, address string, err error) {
	// A colon would end the issuer inside the address.
	issuer = strings.ReplaceAll(issuer, ":", " ")
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: account, Period: totpPeriod, Secret: random(20)})
	if err != nil {
		return "", "", fmt.Errorf("make second factor: %w", err)
	}
	return key.Secret(), key.URL(), nil
}

// CheckTOTP tells whether a code is the one of now, or of the step before or
// after. lastStep is the step of the last code that was taken, 0 for none; only
// later ones are, so that a code that was looked at over the shoulder is worth
// nothing. When ok, keep step in the same transaction, on the condition that
// lastStep is still the kept one.
func CheckTOTP(secret, code string, lastStep int64, now time.Time) (step int64, ok bool, err error) {
	code = digits(code)
	current := now.Unix() / totpPeriod
	for s := current - totpSkew; s <= current+totpSkew; s++ {
		if s < 0 {
			continue
		}
		want, err := hotp.GenerateCodeCustom(secret, uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, fmt.Errorf("check second factor: %w", err)
		}
		same := subtle.ConstantTimeCompare([]byte(code), []byte(want)) == 1
		if same && s > lastStep && !ok {
			step, ok = s, true
		}
	}
	return step, ok, nil
}

// digits is a code without the spaces with which programs show it.
func digits(code string) string { return strings.ReplaceAll(strings.TrimSpace(code), " ", "") }
