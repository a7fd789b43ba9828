package api_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/api"
	"vidjil.org/vidjil/internal/mail"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store/storetest"
)

// §10.1 item 15: neither lock-out nor rate limit.
func TestLockout(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		w.user(client.NewUser{Name: "ann"})
		// An address without an account behaves alike: nobody learns who has one.
		for _, email := range []string{"ann@example.org", "nobody@example.org"} {
			guess := func(password string) error {
				_, err := w.nobody().SignIn(t.Context(), client.Credentials{Email: email, Password: password})
				return err
			}
			for range 5 {
				wantCode(t, email+": wrong password", guess("wrong wrong wrong"), "unauthenticated")
			}
			err := guess(password)
			wantCode(t, email+": the sixth, be it the right one", err, "too_many")
			w.Clock.Move(31 * time.Second)
			err = guess("wrong wrong wrong")
			wantCode(t, email+": after the first wait", err, "unauthenticated")
			w.Clock.Move(31 * time.Second)
			wantCode(t, email+": the second wait is longer", guess(password), "too_many")
		}
		w.Clock.Move(time.Minute)
		ann := w.signIn("ann")
		if _, err := ann.Whoami(t.Context()); err != nil {
			t.Fatal(err)
		}
		page, err := w.admin().Audit(t.Context(), client.AuditQuery{Action: "session.refuse"})
		if err != nil || len(page.Items) != 12 {
			t.Errorf("refusals in the audit: %d, %v; want 12", len(page.Items), err)
		}
	})
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	w := newSite(t, storetest.SQLite(t), siteConfig{Limits: api.Limits{Proofs: api.Limit{Burst: 3, Every: time.Minute}}})
	ask := func() (int, http.Header) {
		t.Helper()
		return reply(t, http.DefaultTransport, post(t, w.URL+client.Prefix+"/password/forgot", `{"email":"a@example.org"}`))
	}
	for i := range 3 {
		if got, _ := ask(); got != http.StatusNoContent {
			t.Fatalf("attempt %d: got %d", i+1, got)
		}
	}
	got, head := ask()
	after, err := strconv.Atoi(head.Get("Retry-After"))
	if got != http.StatusTooManyRequests || err != nil || after < 1 || after > 60 {
		t.Fatalf("one more: got %d, Retry-After %q; want 429 within a minute", got, head.Get("Retry-After"))
	}
	w.Clock.Move(time.Duration(after) * time.Second)
	if got, _ := ask(); got != http.StatusNoContent {
		t.Errorf("after the wait: got %d", got)
	}
}

func TestCookie(t *testing.T) {
	t.Parallel()
	w := newSite(t, storetest.SQLite(t), siteConfig{})
	w.admin()
	for _, tt := range []struct {
		secure bool
		name   string
	}{{false, "vidjil"}, {true, "__Host-vidjil"}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := inProcess{api.New(api.Config{Service: w.Service, SecureCookies: tt.secure})}
			send := func(method string, cookies ...*http.Cookie) (int, http.Header) {
				t.Helper()
				r := post(t, "http://vidjil.test"+client.Prefix+"/session", `{"email":"root@example.org","password":"`+password+`"}`)
				r.Method = method
				for _, c := range cookies {
					r.AddCookie(c)
				}
				return reply(t, h, r)
			}
			_, head := send(http.MethodPost)
			list := cookies(head)
			if len(list) != 1 {
				t.Fatalf("cookies: got %d, want 1", len(list))
			}
			c := list[0]
			if c.Name != tt.name || !c.HttpOnly || c.Secure != tt.secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge <= 0 {
				t.Errorf("cookie: got %s", c.Raw)
			}
			// Signing in again in the same browser ends the session before.
			_, head = send(http.MethodPost, c)
			again := cookies(head)[0]
			if again.Value == c.Value {
				t.Error("the second session is the first")
			}
			who := &service.Actor{}
			if err := w.Service.IdentifySession(t.Context(), who, c.Value); err != nil || who.Known() {
				t.Errorf("the session before is still good: %v, %v", who.User.ID, err)
			}
			got, head := send(http.MethodDelete, again)
			gone := cookies(head)
			if got != http.StatusNoContent || len(gone) != 1 || gone[0].MaxAge >= 0 {
				t.Errorf("signing out: %d, and the cookie stays: %v", got, gone)
			}
			if err := w.Service.IdentifySession(t.Context(), who, again.Value); err != nil || who.Known() {
				t.Errorf("the session is still good: %v, %v", who.User.ID, err)
			}
		})
	}
}

// §10.1 item 2: sessions were signed with a key that came with the program.
// Ours are random, and the database does not hold what the cookie does.
func TestSessionTokensAreRandom(t *testing.T) {
	t.Parallel()
	values := map[string]bool{}
	for range 2 {
		w := newSite(t, storetest.SQLite(t), siteConfig{})
		w.admin()
		for range 5 {
			_, head := reply(t, http.DefaultTransport, post(t, w.URL+client.Prefix+"/session", `{"email":"root@example.org","password":"`+password+`"}`))
			c := cookies(head)[0]
			if values[c.Value] || len(c.Value) < 43 {
				t.Errorf("session %q: want 256 bits that were never there before", c.Value)
			}
			values[c.Value] = true
			forged := post(t, w.URL+client.Prefix+"/me/password", "{}")
			forged.AddCookie(&http.Cookie{Name: c.Name, Value: "x" + c.Value})
			if got, _ := reply(t, http.DefaultTransport, forged); got != http.StatusUnauthorized {
				t.Errorf("a forged session: got %d, want 401", got)
			}
		}
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		w.user(client.NewUser{Name: "ann"})
		first, second := w.signIn("ann"), w.signIn("ann")
		list, err := first.Sessions(ctx)
		if err != nil || len(list.Items) != 2 {
			t.Fatalf("sessions: %d, %v; want 2", len(list.Items), err)
		}
		for _, s := range list.Items {
			if !s.Current {
				wantCode(t, "end the other", first.EndSession(ctx, s.ID), "")
			}
		}
		_, err = second.Configs(ctx)
		wantCode(t, "the other", err, "unauthenticated")
		admins, err := w.admin().Sessions(ctx)
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, "end somebody else's", first.EndSession(ctx, admins.Items[0].ID), "not_found")

		third := w.signIn("ann")
		wantCode(t, "a wrong present password", third.ChangePassword(ctx, client.PasswordChange{Password: "wrong wrong wrong", NewPassword: "some other words"}), "invalid")
		wantCode(t, "change the password", third.ChangePassword(ctx, client.PasswordChange{Password: password, NewPassword: "some other words"}), "")
		_, err = first.Configs(ctx)
		wantCode(t, "a session from before the change", err, "unauthenticated")
		_, err = third.Configs(ctx)
		wantCode(t, "that of the change", err, "")

		w.Clock.Move(12*time.Hour + time.Minute)
		_, err = third.Configs(ctx)
		wantCode(t, "after half a day without a request", err, "unauthenticated")
	})
}

func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		box := make(mailbox, 10)
		w := newSite(t, url, siteConfig{Mail: box})
		ctx := t.Context()
		w.user(client.NewUser{Name: "ann", Language: "fr"})
		w.user(client.NewUser{Name: "demo", Limited: true})
		for _, email := range []string{"nobody@example.org", "demo@example.org", "no address"} {
			wantCode(t, email, w.nobody().ForgotPassword(ctx, email), "")
		}
		wantCode(t, "ann", w.nobody().ForgotPassword(ctx, "Ann@example.org"), "")
		w.Service.Stop() // what goes on behind answers has ended then
		if n, err := w.Service.SendMails(ctx); n != 1 || err != nil {
			t.Errorf("mails sent: %d, %v; want one", n, err)
		}
		close(box)
		var got []letter
		for l := range box {
			got = append(got, l)
		}
		if len(got) != 1 || got[0].to != "ann@example.org" || !strings.Contains(got[0].subject, "mot de passe") {
			t.Fatalf("mails: got %+v, want one to Ann, in French", got)
		}
		_, rest, _ := strings.Cut(got[0].text, "https://vidjil.test/password#")
		token, _, _ := strings.Cut(rest, "\n")
		ann := w.signIn("ann")
		wantCode(t, "reset", w.nobody().ResetPassword(ctx, client.PasswordReset{Token: token, Password: "some other words"}), "")
		_, err := ann.Configs(ctx)
		wantCode(t, "a session from before the reset", err, "unauthenticated")
		_, err = w.nobody().SignIn(ctx, client.Credentials{Email: "ann@example.org", Password: "some other words"})
		wantCode(t, "the new password", err, "")
	})
}

type letter struct{ to, subject, text string }

type mailbox chan letter

func (m mailbox) Send(_ context.Context, l *mail.Message) error {
	m <- letter{l.To, l.Subject, l.Text}
	return nil
}

func TestTokens(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		ann := w.person("ann", w.group("laboratory", 0).ID)
		made, err := ann.CreateToken(ctx, client.NewToken{Name: "nightly", Scopes: []string{"read", "read"}, Days: 10})
		if err != nil {
			t.Fatal(err)
		}
		script := w.script(made.Text)
		me, err := script.Whoami(ctx)
		if err != nil || me.User.Name != "ann" || !cmp.Equal(me.Scopes, []string{"read"}) {
			t.Errorf("whoami: %+v, %v", me, err)
		}
		_, err = script.CreateToken(ctx, client.NewToken{Name: "more", Scopes: []string{"write"}})
		wantCode(t, "make a token by one without the scope", err, "forbidden")
		narrow := w.token(ann, "admin")
		_, err = narrow.CreateToken(ctx, client.NewToken{Name: "more", Scopes: []string{"admin", "write"}})
		wantCode(t, "make a token that may more", err, "invalid")
		for name, n := range map[string]client.NewToken{
			"no scope": {Name: "x", Scopes: []string{}}, "unknown scope": {Name: "x", Scopes: []string{"root"}}, "no name": {Name: " ", Scopes: []string{"read"}},
			"for ever": {Name: "x", Scopes: []string{"read"}, Days: 10_000},
		} {
			_, err := ann.CreateToken(ctx, n)
			wantCode(t, name, err, "invalid")
		}
		_, err = ann.CreateToken(ctx, client.NewToken{Name: "nightly", Scopes: []string{"read"}})
		wantCode(t, "a second one of the name", err, "conflict")
		list, err := ann.Tokens(ctx)
		if err != nil || len(list.Items) != 2 || list.Items[0].LastUsedAt == nil || strings.Contains(encode(t, list), made.Text) {
			t.Errorf("list: %+v, %v", list, err)
		}
		w.Clock.Move(10*24*time.Hour + time.Second)
		_, err = script.Configs(ctx)
		wantCode(t, "expired", err, "unauthenticated")
		ann = w.signIn("ann")
		wantCode(t, "somebody else's", w.signIn("root").RevokeToken(ctx, list.Items[1].ID), "not_found")
		wantCode(t, "revoke", ann.RevokeToken(ctx, list.Items[1].ID), "")
		_, err = narrow.Whoami(ctx)
		wantCode(t, "revoked", err, "unauthenticated")
	})
}

func TestMeChanges(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		ann := w.person("ann")
		w.user(client.NewUser{Name: "bob"})
		me, err := ann.UpdateMe(ctx, client.ProfileChange{Name: new("Ann B"), Language: new("fr")})
		if err != nil || me.User.Name != "Ann B" || me.User.Language != "fr" {
			t.Errorf("name and language: %+v, %v", me.User, err)
		}
		_, err = ann.UpdateMe(ctx, client.ProfileChange{Email: new("new@example.org")})
		wantCode(t, "the address without the password", err, "invalid")
		_, err = ann.UpdateMe(ctx, client.ProfileChange{Email: new("Bob@example.org"), Password: password})
		wantCode(t, "the address of somebody else", err, "conflict")
		_, err = ann.UpdateMe(ctx, client.ProfileChange{Email: new("new@example.org"), Password: password})
		wantCode(t, "the address", err, "")
		var p *client.Problem
		_, err = ann.UpdateMe(ctx, client.ProfileChange{Name: new(" ")})
		if !errors.As(err, &p) || len(p.Errors) != 1 || p.Errors[0].Field != "name" {
			t.Errorf("no name: got %+v, want a fault of the field", p)
		}
		shared := w.signInShared()
		_, err = shared.UpdateMe(ctx, client.ProfileChange{Name: new("Mine")})
		wantCode(t, "a shared account", err, "forbidden")
	})
}

// signInShared makes a shared account and signs in to it.
func (w *site) signInShared() *client.Client {
	w.t.Helper()
	w.user(client.NewUser{Name: "shared", Limited: true})
	return w.signIn("shared")
}
