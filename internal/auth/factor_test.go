package auth_test

import (
	"encoding/base32"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/auth"
)

// TestCheckTOTPReference has the vectors of RFC 6238, appendix B, for SHA-1, as
// far as six digits go.
func TestCheckTOTPReference(t *testing.T) {
	t.Parallel()
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // 12345678901234567890
	for at, code := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		for _, late := range []int64{-30, 0, 30} {
			step, ok, err := auth.CheckTOTP(secret, code, 0, time.Unix(at+late, 0))
			if !ok || step != at/30 || err != nil {
				t.Errorf("%s at %d%+d: got %d, %t, %v", code, at, late, step, ok, err)
			}
		}
		for _, late := range []int64{-90, 90} {
			if _, ok, err := auth.CheckTOTP(secret, code, 0, time.Unix(at+late, 0)); ok || err != nil {
				t.Errorf("%s at %d%+d: got %t, %v", code, at, late, ok, err)
			}
		}
		if _, ok, _ := auth.CheckTOTP(secret, code, at/30, time.Unix(at, 0)); ok {
			t.Errorf("%s at %d is taken twice", code, at)
		}
		if _, ok, _ := auth.CheckTOTP(secret, code, at/30-1, time.Unix(at, 0)); !ok {
			t.Errorf("%s at %d is not taken after the one before", code, at)
		}
		if _, ok, _ := auth.CheckTOTP(secret, " "+code[:3]+" "+code[3:], 0, time.Unix(at, 0)); !ok {
			t.Errorf("%s with spaces is not taken", code)
		}
	}
	for _, code := range []string{"", "28708", "2870820", "abcdef", "000000", strings.Repeat("2", 1<<16)} {
		if _, ok, err := auth.CheckTOTP(secret, code, 0, time.Unix(59, 0)); ok || err != nil {
			t.Errorf("%.20q: got %t, %v", code, ok, err)
		}
	}
	if _, ok, err := auth.CheckTOTP("not base 32!", "287082", 0, time.Unix(59, 0)); ok || err == nil {
		t.Error("a damaged secret is no error")
	}
}

func TestNewTOTP(t *testing.T) {
	t.Parallel()
	secret, address, err := auth.NewTOTP("Vidjil: Lille", "marie@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := base32.StdEncoding.DecodeString(secret); err != nil || len(raw) != 20 {
		t.Errorf("secret: got %s, want 160 bits in base 32 (RFC 4226 §4)", secret)
	}
	if other, _, err := auth.NewTOTP("Vidjil", "marie@example.org"); err != nil || other == secret {
		t.Errorf("the same secret twice: %v", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Scheme != "otpauth" || u.Host != "totp" || q.Get("secret") != secret || q.Get("issuer") != "Vidjil  Lille" ||
		q.Get("digits") != "6" || q.Get("period") != "30" || q.Get("algorithm") != "SHA1" || u.Path != "/Vidjil  Lille:marie@example.org" {
		t.Errorf("address: got %s", address)
	}
	if _, _, err := auth.NewTOTP("", "x"); err == nil {
		t.Error("a second factor of nobody")
	}
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	codes, hashes := auth.NewRecoveryCodes()
	if len(codes) != 10 || len(hashes) != 10 {
		t.Fatalf("got %d codes, %d hashes", len(codes), len(hashes))
	}
	for _, code := range []string{"", "0000-0000-0000-0000", codes[0][:18], codes[0] + "0", hashes[0]} {
		if remaining, ok := auth.UseRecoveryCode(hashes, code); ok || len(remaining) != 10 {
			t.Errorf("%q is taken", code)
		}
	}
	before, kept := slices.Clone(hashes), hashes
	for i, code := range codes {
		typed := []string{
			code, strings.ToUpper(code), strings.ReplaceAll(code, "-", ""), " " + strings.ReplaceAll(code, "-", " ") + "\n",
			strings.NewReplacer("0", "O", "1", "l").Replace(code),
		}[i%5]
		remaining, ok := auth.UseRecoveryCode(kept, typed)
		if !ok || len(remaining) != len(kept)-1 {
			t.Fatalf("%q is not taken", typed)
		}
		if _, ok := auth.UseRecoveryCode(remaining, code); ok {
			t.Errorf("%q is taken twice", code)
		}
		kept = remaining
	}
	if diff := cmp.Diff(before, hashes); diff != "" {
		t.Errorf("the hashes handed in were changed:\n%s", diff)
	}
	again, _ := auth.NewRecoveryCodes()
	if got := len(slices.Compact(slices.Sorted(slices.Values(append(again, codes...))))); got != 20 {
		t.Errorf("of 20 codes %d differ", got)
	}
}

func TestLockout(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 29, 2, 30, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		rule     auth.Lockout
		failures int
		ago      time.Duration
		want     time.Duration // from now; 0 = at once
	}{
		"none":                   {failures: 0, want: 0},
		"the free ones":          {failures: 4, want: 0},
		"the fifth":              {failures: 5, want: 30 * time.Second},
		"the sixth":              {failures: 6, want: time.Minute},
		"the eighth":             {failures: 8, ago: time.Minute, want: 3 * time.Minute},
		"waited":                 {failures: 6, ago: time.Minute, want: 0},
		"the tenth":              {failures: 10, want: 15 * time.Minute},
		"a million":              {failures: 1e6, want: 15 * time.Minute},
		"forgotten":              {failures: 1e6, ago: 24 * time.Hour, want: 0},
		"the clock was put back": {failures: 5, ago: -48 * time.Hour, want: 30 * time.Second},
		"negative":               {failures: -1, want: 0},
		"own rule":               {rule: auth.Lockout{Free: 1, Base: time.Second, Max: 3 * time.Second, Forget: time.Minute}, failures: 3, want: 3 * time.Second},
		"own rule, forgotten":    {rule: auth.Lockout{Free: 1, Base: time.Hour, Max: time.Hour, Forget: time.Minute}, failures: 3, ago: time.Minute, want: 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := time.Time{}
			if tt.want > 0 {
				want = now.Add(tt.want)
			}
			if got := tt.rule.Until(tt.failures, now.Add(-tt.ago), now); !got.Equal(want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// TestLockoutDay plays somebody who guesses as soon as it is allowed.
func TestLockoutDay(t *testing.T) {
	t.Parallel()
	var l auth.Lockout
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now, last, failures, guesses := start, time.Time{}, 0, 0
	for now.Sub(start) < 24*time.Hour {
		if until := l.Until(failures, last, now); !until.IsZero() {
			now = until
			continue
		}
		failures, last = l.Count(failures, last, now)+1, now
		guesses++
	}
	if guesses > 110 || guesses < 90 {
		t.Errorf("guesses a day: got %d, want some 100 as documented", guesses)
	}
}

func TestLockoutProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var l auth.Lockout
		now := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "now"), 0)
		last := now.Add(time.Duration(rapid.Int64Range(-1e15, 1e15).Draw(t, "ago")))
		n := rapid.IntRange(0, 100).Draw(t, "failures")
		fewer, more := l.Until(n, last, now), l.Until(n+1, last, now)
		if more.Before(fewer) {
			t.Fatalf("%d failures: until %v; one more: %v", n, fewer, more)
		}
		if !more.IsZero() && (!more.After(now) || more.Sub(now) > 15*time.Minute) {
			t.Fatalf("wait until %v at %v", more, now)
		}
	})
}

func TestSessionAlive(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		rule     auth.SessionRule
		seen, at time.Duration // since created
		want     bool
	}{
		"new":                  {seen: 0, at: 0, want: true},
		"used":                 {seen: 100 * time.Hour, at: 111 * time.Hour, want: true},
		"idle":                 {seen: 100 * time.Hour, at: 112 * time.Hour, want: false},
		"at the end":           {seen: 336*time.Hour - 2, at: 336*time.Hour - 1, want: true},
		"over":                 {seen: 336*time.Hour - 1, at: 336 * time.Hour, want: false},
		"never seen":           {seen: -1e6 * time.Hour, at: time.Hour, want: true},
		"clock put back":       {seen: 3 * time.Hour, at: time.Hour, want: true},
		"stricter since, idle": {rule: auth.SessionRule{Idle: time.Hour}, seen: 0, at: time.Hour, want: false},
		"stricter since, end":  {rule: auth.SessionRule{Absolute: 2 * time.Hour}, seen: 2 * time.Hour, at: 2 * time.Hour, want: false},
		"laxer since, end":     {rule: auth.SessionRule{Absolute: 1000 * time.Hour}, seen: 336 * time.Hour, at: 336 * time.Hour, want: false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expires := auth.SessionRule{}.Expires(created)
			if got := tt.rule.Alive(created, created.Add(tt.seen), expires, created.Add(tt.at)); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
