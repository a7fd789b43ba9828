package auth_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
)

func TestToken(t *testing.T) {
	t.Parallel()
	if got, want := auth.HashToken("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; got != want {
		t.Errorf("SHA-256 of abc (FIPS 180-4): got %s, want %s", got, want)
	}
	seen := map[string]bool{}
	for range 1000 {
		token, hash := auth.NewToken()
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil || len(raw) != 32 || seen[token] || hash != auth.HashToken(token) {
			t.Fatalf("got %s, %s, %v", token, hash, err)
		}
		seen[token] = true
	}
}

func TestAPIToken(t *testing.T) {
	t.Parallel()
	for _, id := range []int64{1, 42, 1<<63 - 1} {
		token, hash := auth.NewAPIToken(id)
		if !strings.HasPrefix(token, fmt.Sprintf("vjt_%d_", id)) || hash != auth.HashToken(token) {
			t.Fatalf("id %d: %s, %s", id, token, hash)
		}
		if got, err := auth.ParseAPIToken(token); got != id || err != nil {
			t.Errorf("id %d: got %d, %v", id, got, err)
		}
	}
	secret := strings.Repeat("A", 43)
	for _, token := range []string{
		"", "vjt_", "vjt_1", "vjt_1_", "vjt__" + secret, "vjt_0_" + secret, "vjt_-1_" + secret, "vjt_01_" + secret, "vjt_+1_" + secret,
		"vjt_9223372036854775808_" + secret, "VJT_1_" + secret, " vjt_1_" + secret, "vjt_1_" + secret + "A", "vjt_1_" + secret[1:],
		"vjt_1_" + secret[1:] + "B", "vjt_1_" + secret[1:] + "+", "vjt_1_" + secret + "\n", "vjt_1_" + secret[:40] + "\nAAA", secret,
	} {
		_, err := auth.ParseAPIToken(token)
		if lab.CodeOf(err) != lab.Unauthenticated {
			t.Errorf("%q: got %v", token, err)
		} else if strings.Contains(err.Error(), "AAAA") {
			t.Errorf("the error repeats the token: %v", err)
		}
	}
}

func FuzzParseAPIToken(f *testing.F) {
	f.Add("vjt_7_" + strings.Repeat("A", 43))
	f.Add("vjt_7_8_9")
	f.Fuzz(func(t *testing.T, token string) {
		id, err := auth.ParseAPIToken(token)
		if err == nil && (!strings.HasPrefix(token, fmt.Sprintf("vjt_%d_", id)) || len(token) > 4+19+1+43) {
			t.Errorf("%q is read as the token %d", token, id)
		}
	})
}

func TestLinkLifetime(t *testing.T) {
	t.Parallel()
	for purpose, want := range map[string]time.Duration{
		lab.LinkReset: time.Hour, lab.LinkInvite: 168 * time.Hour, lab.LinkSetup: 24 * time.Hour,
	} {
		if got := auth.LinkLifetime(purpose); got != want {
			t.Errorf("%s: got %v, want %v", purpose, got, want)
		}
	}
}
