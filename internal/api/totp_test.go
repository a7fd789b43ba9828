package api_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
)

// code is that of an authenticator program (RFC 6238), written down from the
// standard so that it does not share a fault with the server.
func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	if err := binary.Write(mac, binary.BigEndian, at.Unix()/30); err != nil {
		t.Fatal(err)
	}
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 15
	n := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		u := w.user(client.NewUser{Name: "ann"})
		ann := w.signIn("ann")
		_, err := ann.EnrolTotp(ctx, client.Proof{Password: "wrong wrong wrong"})
		wantCode(t, "enrol without the password", err, "invalid")
		factor, err := ann.EnrolTotp(ctx, client.Proof{Password: password})
		if err != nil || !strings.HasPrefix(factor.URI, "otpauth://totp/") {
			t.Fatalf("enrol: %q, %v", factor.URI, err)
		}
		w.signIn("ann") // not yet confirmed, so not yet asked for
		_, err = ann.ConfirmTotp(ctx, client.TotpCode{Code: "000000"})
		wantCode(t, "confirm by a wrong code", err, "invalid")
		recovery, err := ann.ConfirmTotp(ctx, client.TotpCode{Code: code(t, factor.Secret, w.Clock.Now())})
		if err != nil || len(recovery.Codes) != 10 {
			t.Fatalf("confirm: %d recovery codes, %v", len(recovery.Codes), err)
		}

		in := client.Credentials{Email: "ann@example.org", Password: password}
		c := w.nobody()
		_, err = c.SignIn(ctx, in)
		var p *client.Problem
		if !errors.As(err, &p) || p.Code != "unauthenticated" || len(p.Errors) != 1 || p.Errors[0].Field != "code" {
			t.Fatalf("the password alone: got %v, want the field code asked for", err)
		}
		if me, err := c.Whoami(ctx); err != nil || me.User != nil {
			t.Errorf("the password alone opens a session: %+v, %v", me.User, err)
		}
		in.Code = code(t, factor.Secret, w.Clock.Now())
		_, err = c.SignIn(ctx, in)
		wantCode(t, "the code that confirmed, again", err, "unauthenticated")
		w.Clock.Move(30 * time.Second)
		in.Code = code(t, factor.Secret, w.Clock.Now())
		_, err = c.SignIn(ctx, in)
		wantCode(t, "password and code", err, "")
		_, err = w.nobody().SignIn(ctx, in)
		wantCode(t, "the code of somebody who looked on", err, "unauthenticated")

		in.Code = strings.ToUpper(recovery.Codes[3])
		_, err = w.nobody().SignIn(ctx, in)
		wantCode(t, "a recovery code", err, "")
		_, err = w.nobody().SignIn(ctx, in)
		wantCode(t, "a recovery code again", err, "unauthenticated")
		me, err := c.Whoami(ctx)
		if err != nil || !me.User.SecondFactor || me.User.RecoveryCodes != 9 {
			t.Errorf("whoami: %+v, %v", me.User, err)
		}
		fresh, err := c.NewRecoveryCodes(ctx, client.Proof{Password: password})
		if err != nil || len(fresh.Codes) != 10 {
			t.Errorf("new recovery codes: %d, %v", len(fresh.Codes), err)
		}
		for range 5 {
			in.Code = "123456"
			_, err = w.nobody().SignIn(ctx, in)
			wantCode(t, "guessing codes", err, "unauthenticated")
		}
		in.Code = fresh.Codes[0]
		_, err = w.nobody().SignIn(ctx, in)
		wantCode(t, "guessing codes locks out", err, "too_many")

		wantCode(t, "the administrator helps", w.admin().RemoveSecondFactor(ctx, u.ID), "")
		w.Clock.Move(time.Hour)
		w.signIn("ann")
		wantCode(t, "there is none any more", c.DisableTotp(ctx, client.Proof{Password: password}), "")
	})
}
