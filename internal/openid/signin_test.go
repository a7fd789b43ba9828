package openid_test

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oauth2-proxy/mockoidc"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/openid"
	"vidjil.org/vidjil/internal/service"
)

func TestFirstSignIn(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	root := w.browser()
	if _, err := root.SignIn(t.Context(), client.Credentials{Email: "root@example.org", Password: password}); err != nil {
		t.Fatal(err)
	}
	if _, err := root.CreateGroup(t.Context(), client.NewGroup{Name: "Lymphoma"}); err != nil {
		t.Fatal(err)
	}
	w.realm("one").Groups = map[string]string{"lab": "Lymphoma", "LAB": "public"}
	b := w.browser()
	if got, want := b.enter(ada(), "/sets/7?q=a#b"), "/sets/7?q=a#b"; got != want {
		t.Errorf("sent to %q, want %q", got, want)
	}
	is := b.whoami()
	if is.User == nil || is.User.Email != "ada@example.org" || is.User.Name != "ada" || is.User.Source != "oidc" {
		t.Fatalf("signed in as %+v", is.User)
	}
	var names []string
	for _, g := range is.Groups {
		if g.Kind == "ordinary" {
			names = append(names, g.Name)
		}
	}
	if diff := cmp.Diff([]string{"Lymphoma"}, names); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	// The subject is the identity: with another address it is the same account.
	changed := ada()
	changed.Email, changed.Groups = "byron@example.org", []string{"none"}
	again := w.browser()
	again.enter(changed, "")
	if now := again.whoami(); now.User == nil || now.User.ID != is.User.ID || now.User.Email != "byron@example.org" {
		t.Errorf("with another address: %+v", now.User)
	} else if len(now.Groups) >= len(is.Groups) {
		t.Error("a group that the provider does not name any more is kept")
	}
	// The same subject at another provider is somebody else.
	w.two.QueueUser(&mockoidc.MockUser{Subject: "ada-7", Email: "other@example.org", EmailVerified: true, Groups: []string{"none"}})
	other := w.browser()
	other.step(other.step(other.begin("two", "")))
	if now := other.whoami(); now.User == nil || now.User.ID == is.User.ID {
		t.Errorf("the subject of another provider: %+v", now.User)
	}
	ways, err := b.SignInWays(t.Context())
	if err != nil || len(ways.Items) != 2 || ways.Directory {
		t.Errorf("ways to sign in: %+v, %v", ways, err)
	}
}

// TestReplay uses what belongs to one sign-in for another.
func TestReplay(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	b := w.browser()
	u := ada()
	w.one.QueueUser(&u)
	back := b.step(b.begin("one", ""))
	thief := w.browser()
	wantFailed(t, "an answer in another browser", thief.step(back), service.ReasonState)
	wantFailed(t, "an answer that another browser tried", b.step(back), service.ReasonState)

	w.one.QueueUser(&u)
	back = b.step(b.begin("one", ""))
	if got := b.step(back); got != "/patients" {
		t.Fatalf("sent to %q", got)
	}
	wantFailed(t, "an answer for the second time", b.step(back), service.ReasonState)

	// A sign-in of the thief that the victim is made to end (login CSRF).
	w.one.QueueUser(&u)
	theirs := thief.step(thief.begin("one", ""))
	victim := w.browser()
	victim.begin("one", "")
	wantFailed(t, "somebody else's sign-in", victim.step(theirs), service.ReasonState)
	if victim.whoami().User != nil {
		t.Error("the victim is signed in as the thief")
	}

	// A code of another sign-in of the same browser: the nonce and the verifier differ.
	w.one.QueueUser(&u)
	first, err := url.Parse(b.step(b.begin("one", "")))
	if err != nil {
		t.Fatal(err)
	}
	w.one.QueueUser(&u)
	second, err := url.Parse(b.step(b.begin("one", "")))
	if err != nil {
		t.Fatal(err)
	}
	q := second.Query()
	q.Set("code", first.Query().Get("code"))
	second.RawQuery = q.Encode()
	wantFailed(t, "the code of another sign-in", b.step(second.String()), service.ReasonProvider)

	// Too late.
	w.one.QueueUser(&u)
	back = b.step(b.begin("one", ""))
	w.clock.forward(11 * time.Minute)
	wantFailed(t, "an answer after eleven minutes", b.step(back), service.ReasonState)
	for _, query := range []string{"", "?state=wrong&code=a", "?code=a"} {
		wantFailed(t, "an answer to nothing", b.step(w.URL+client.Prefix+"/session/providers/one/callback"+query), service.ReasonState)
	}
}

// TestMixUp hands the answer of one provider to the address of another.
func TestMixUp(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	b, u := w.browser(), ada()
	w.one.QueueUser(&u)
	back := b.step(b.begin("one", ""))
	wantFailed(t, "the other's address", b.step(strings.Replace(back, "/providers/one/", "/providers/two/", 1)), service.ReasonState)
	w.one.QueueUser(&u)
	back = b.step(b.begin("one", ""))
	wantFailed(t, "the other's name (RFC 9207)", b.step(back+"&iss="+url.QueryEscape(w.two.Issuer())), service.ReasonProvider)
	w.one.QueueUser(&u)
	back = b.step(b.begin("one", ""))
	if got := b.step(back + "&iss=" + url.QueryEscape(w.one.Issuer())); got != "/patients" {
		t.Errorf("with its own name: sent to %q", got)
	}
}

func TestOpenRedirect(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	for _, next := range []string{
		"https://evil.example", "//evil.example", `/\evil.example`, `\\evil.example`, "/\t/evil.example", "javascript:alert(1)", "evil", "https:/evil", "/%0d%0aSet-Cookie:a=b\r\n", "",
	} {
		if got := w.browser().enter(ada(), next); got != "/patients" {
			t.Errorf("next=%q: sent to %q", next, got)
		}
	}
}

// TestTakeOver tries to get somebody's account by their address.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	mallory := mockoidc.MockUser{Subject: "mallory", Email: "ROOT@example.org", EmailVerified: true, Groups: []string{"none"}}
	wantFailed(t, "the address of a local account", w.browser().enter(mallory, ""), service.ReasonEmail)
	w.realm("one").LinkByEmail = true
	mallory.EmailVerified = false
	wantFailed(t, "an address that is not verified", w.browser().enter(mallory, ""), service.ReasonEmail)
	wantFailed(t, "a new address that is not verified", w.browser().enter(mockoidc.MockUser{Subject: "x", Email: "new@example.org", Groups: []string{"none"}}, ""), service.ReasonEmail)
	if _, err := w.browser().SignIn(t.Context(), client.Credentials{Email: "root@example.org", Password: password}); err != nil {
		t.Errorf("the owner: %v", err)
	}
	owner := mockoidc.MockUser{Subject: "root-1", Email: "Root@Example.org", EmailVerified: true, Groups: []string{"none"}}
	b := w.browser()
	if b.enter(owner, ""); b.whoami().User == nil || b.whoami().User.Email != "root@example.org" {
		t.Fatal("the owner did not get the account")
	}
	mallory.EmailVerified = true
	wantFailed(t, "the address of a linked account", w.browser().enter(mallory, ""), service.ReasonEmail)
	if _, err := w.browser().SignIn(t.Context(), client.Credentials{Email: "root@example.org", Password: password}); client.CodeOf(err) != "unauthenticated" {
		t.Errorf("the old password of a linked account: %v", err)
	}
	// Another account of the provider that later says the address of a first one.
	w.browser().enter(ada(), "")
	eve := mockoidc.MockUser{Subject: "eve", Email: "eve@example.org", EmailVerified: true, Groups: []string{"none"}}
	w.browser().enter(eve, "")
	eve.Email = "ada@example.org"
	b = w.browser()
	if b.enter(eve, ""); b.whoami().User == nil || b.whoami().User.Email != "eve@example.org" {
		t.Errorf("eve became %+v", b.whoami().User)
	}
}

// TestFixation: the session that a browser had before is not that of who signs in.
func TestFixation(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	b := w.browser()
	if _, err := b.SignIn(t.Context(), client.Credentials{Email: "root@example.org", Password: password}); err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	old := b.http.Jar.Cookies(at)[0]
	b.enter(ada(), "")
	if b.whoami().User.Email != "ada@example.org" {
		t.Fatalf("signed in as %s", b.whoami().User.Email)
	}
	before := w.browser()
	before.http.Jar.SetCookies(at, []*http.Cookie{old})
	if is := before.whoami(); is.User != nil {
		t.Errorf("the session from before is still that of %s", is.User.Email)
	}
	for _, c := range b.http.Jar.Cookies(at) {
		if c.Name == "vidjil-sign-in" {
			t.Error("the cookie of the sign-in is still there")
		}
	}
}

func TestRefusedThere(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	b := w.browser()
	at, err := url.Parse(b.begin("one", "/sets/7"))
	if err != nil {
		t.Fatal(err)
	}
	back := w.URL + client.Prefix + "/session/providers/one/callback?error=access_denied&state=" + at.Query().Get("state")
	got := b.step(back)
	wantFailed(t, "whoever went back", got, service.ReasonProvider)
	if !strings.Contains(got, "next=%2Fsets%2F7") {
		t.Errorf("%q has lost the page", got)
	}
	w.realm("one").RequiredGroup = "chiefs"
	wantFailed(t, "outside the required group", w.browser().enter(ada(), ""), service.ReasonDisabled)
	w.realm("one").RequiredGroup, w.realm("one").NoAccounts = "", true
	wantFailed(t, "without an account", w.browser().enter(ada(), ""), service.ReasonAccount)
	if _, err := w.browser().SignInWays(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestDown: a provider that is down keeps nothing else from working, and is asked
// again later.
func TestDown(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	if err := w.one.Shutdown(); err != nil {
		t.Fatal(err)
	}
	wantFailed(t, "a provider that is down", w.browser().begin("one", ""), service.ReasonDown)
	if _, err := w.browser().SignIn(t.Context(), client.Credentials{Email: "root@example.org", Password: password}); err != nil {
		t.Errorf("a local account: %v", err)
	}
	l, err := net.Listen("tcp", strings.TrimSuffix(strings.TrimPrefix(w.one.Issuer(), "http://"), "/oidc"))
	if err != nil {
		t.Skipf("the provider's port was taken in between: %v", err)
	}
	w.one.Server = nil
	if err := w.one.Start(l, nil); err != nil {
		t.Fatal(err)
	}
	if got := w.browser().enter(ada(), ""); got != "/patients" {
		t.Errorf("a provider that is back: sent to %q", got)
	}
}

// TestRotation: a provider that signs by a new key.
func TestRotation(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	if got := w.browser().enter(ada(), ""); got != "/patients" {
		t.Fatalf("sent to %q", got)
	}
	fresh, err := mockoidc.RandomKeypair(2048)
	if err != nil {
		t.Fatal(err)
	}
	w.one.Keypair = fresh
	if got := w.browser().enter(ada(), ""); got != "/patients" {
		t.Errorf("with a new key: sent to %q", got)
	}
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	b := w.browser()
	b.enter(ada(), "")
	factor, err := b.EnrolTotp(t.Context(), client.Proof{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.ConfirmTotp(t.Context(), client.TotpCode{Code: code(t, factor.Secret, w.clock.Now())}); err != nil {
		t.Fatal(err)
	}
	w.clock.forward(time.Minute)

	b = w.browser()
	if got, want := b.enter(ada(), "/sets/7"), "/sign-in?confirm=1&next=%2Fsets%2F7"; got != want {
		t.Fatalf("sent to %q, want %q", got, want)
	}
	if b.whoami().User != nil {
		t.Fatal("signed in without the code")
	}
	if _, err := b.ConfirmSignIn(t.Context(), client.SignInCode{Code: "000000"}); client.CodeOf(err) != "unauthenticated" {
		t.Errorf("a wrong code: %v", err)
	}
	if _, err := w.browser().ConfirmSignIn(t.Context(), client.SignInCode{Code: code(t, factor.Secret, w.clock.Now())}); client.CodeOf(err) != "forbidden" {
		t.Errorf("the right code in another browser: %v", err)
	}
	right := client.SignInCode{Code: code(t, factor.Secret, w.clock.Now())}
	if is, err := b.ConfirmSignIn(t.Context(), right); err != nil || is.User == nil || b.whoami().User == nil {
		t.Errorf("the right code: %+v, %v", is.User, err)
	}
	w.clock.forward(time.Minute)
	if _, err := b.ConfirmSignIn(t.Context(), client.SignInCode{Code: code(t, factor.Secret, w.clock.Now())}); client.CodeOf(err) != "forbidden" {
		t.Errorf("a sign-in for the second time: %v", err)
	}
	// An old session is no proof for what a session alone does not allow.
	w.clock.forward(15 * time.Minute)
	if err := b.DisableTotp(t.Context(), client.Proof{}); client.CodeOf(err) != "invalid" {
		t.Errorf("second factor turned off by a session of a quarter of an hour: %v", err)
	}
	w.realm("one").NoSecondFactor = true
	b = w.browser()
	if got := b.enter(ada(), ""); got != "/patients" {
		t.Errorf("with a provider that sees to it: sent to %q", got)
	}
}

// TestSignOut goes to the provider too.
func TestSignOut(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	b := w.browser()
	b.enter(ada(), "")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, w.URL+client.Prefix+"/session", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := b.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	at, err := url.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != http.StatusNoContent {
		t.Fatalf("%s, %v", res.Status, err)
	}
	q := at.Query()
	if !strings.HasPrefix(at.String(), w.one.Issuer()+"/end?") || q.Get("client_id") != w.one.ClientID || q.Get("post_logout_redirect_uri") != w.URL+"/sign-in" || strings.Count(q.Get("id_token_hint"), ".") != 2 {
		t.Errorf("sent to %s", at)
	}
	if b.whoami().User != nil {
		t.Error("still signed in here")
	}
	local := w.browser()
	if _, err := local.SignIn(t.Context(), client.Credentials{Email: "root@example.org", Password: password}); err != nil {
		t.Fatal(err)
	}
	if res, err = local.http.Do(req.Clone(t.Context())); err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header.Get("Location"); got != "" {
		t.Errorf("somebody with a local account is sent to %q", got)
	}
}

// TestFinishChecks asks the provider directly: nothing but the very sign-in counts.
func TestFinishChecks(t *testing.T) { //nolint:tparallel // the provider has one queue of people
	t.Parallel()
	m := provider(t)
	p := openid.New(of(m))
	for _, tt := range []struct {
		name   string
		change func(*lab.Answer, *lab.Begun)
		want   lab.Code
	}{
		{"right", func(*lab.Answer, *lab.Begun) {}, ""},
		{"another nonce", func(_ *lab.Answer, b *lab.Begun) { b.Nonce = "other" }, lab.Unauthenticated},
		{"no nonce", func(_ *lab.Answer, b *lab.Begun) { b.Nonce = "" }, lab.Unauthenticated},
		{"another verifier", func(_ *lab.Answer, b *lab.Begun) { b.Verifier = strings.Repeat("a", 43) }, lab.Unauthenticated},
		{"another code", func(a *lab.Answer, _ *lab.Begun) { a.Code = "other" }, lab.Unauthenticated},
		{"another issuer", func(a *lab.Answer, _ *lab.Begun) { a.Issuer = "https://other.example" }, lab.Unauthenticated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := ada()
			m.QueueUser(&u)
			begun, err := p.Begin(t.Context(), "state", "http://vidjil.test/back", false)
			if err != nil {
				t.Fatal(err)
			}
			a := lab.Answer{Code: authorize(t, begun.URL), Back: "http://vidjil.test/back"}
			tt.change(&a, &begun)
			claim, idToken, err := p.Finish(t.Context(), a, begun)
			if got := lab.CodeOf(err); got != tt.want || err != nil && strings.Contains(err.Error(), a.Code) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if tt.want != "" {
				return
			}
			want := lab.Claim{Issuer: m.Issuer(), Subject: "ada-7", Email: "Ada@Example.org", EmailVerified: true, Name: "ada", Groups: []string{"lab"}}
			if diff := cmp.Diff(want, claim); diff != "" || idToken == "" {
				t.Errorf("claim (-want +got):\n%s", diff)
			}
		})
	}
}

// authorize consents at the provider and returns its code.
func authorize(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Transport{}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	at, err := res.Location()
	if err != nil {
		t.Fatal(err)
	}
	return at.Query().Get("code")
}
