package openid_test

import (
	"context"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/oauth2-proxy/mockoidc"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// root signs in with the local account of the administrator.
func (w *site) root() *browser {
	w.t.Helper()
	b := w.browser()
	if _, err := b.SignIn(w.t.Context(), client.Credentials{Email: "root@example.org", Password: password}); err != nil {
		w.t.Fatal(err)
	}
	return b
}

// link goes the whole way to link a user of provider one, and returns the page
// where it ends.
func (b *browser) link(u mockoidc.MockUser, secret string) string {
	b.w.t.Helper()
	b.w.one.QueueUser(&u)
	begun, err := b.BeginLink(b.w.t.Context(), client.NewLink{Provider: "one", Password: secret})
	if err != nil {
		b.w.t.Fatal(err)
	}
	return b.step(b.step(begun.URL))
}

func (b *browser) identities() []client.Identity {
	b.w.t.Helper()
	list, err := b.Identities(b.w.t.Context())
	if err != nil {
		b.w.t.Fatal(err)
	}
	return list.Items
}

// ordinary are the names of the groups that somebody put the person into.
func (b *browser) ordinary() (names []string) {
	for _, g := range b.whoami().Groups {
		if g.Kind == "ordinary" {
			names = append(names, g.Name)
		}
	}
	slices.Sort(names)
	return names
}

// TestLink: an account with a password links one of a provider, signs in by
// either, and unlinks it.
func TestLink(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	b := w.root()
	if _, err := b.CreateGroup(t.Context(), client.NewGroup{Name: "Lymphoma"}); err != nil {
		t.Fatal(err)
	}
	w.realm("one").Groups = map[string]string{"lab": "Lymphoma"}
	if _, err := b.BeginLink(t.Context(), client.NewLink{Provider: "one", Password: "wrong"}); client.CodeOf(err) != "invalid" {
		t.Fatalf("with a wrong password: %v", err)
	}
	if got, want := b.link(ada(), password), "/account?linked=one"; got != want {
		t.Fatalf("sent to %q, want %q", got, want)
	}
	want := []client.Identity{{Provider: "one", Name: "Hospital one", Label: "Ada@Example.org", Linked: true}}
	if diff := cmp.Diff(want, b.identities(), cmpopts.IgnoreFields(client.Identity{}, "ID", "CreatedAt", "CheckedAt")); diff != "" {
		t.Errorf("identities (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Lymphoma"}, b.ordinary()); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	is := b.whoami().User
	there := w.browser()
	if got := there.enter(ada(), ""); got != "/patients" {
		t.Fatalf("signing in with the linked account: sent to %q", got)
	}
	// What the account is called and where its mail goes is not the provider's to say.
	if now := there.whoami().User; now.ID != is.ID || now.Email != "root@example.org" || now.Name != "Root" || now.Source != "local" {
		t.Errorf("signed in as %+v", now)
	}
	w.root() // the password still opens it

	id := b.identities()[0].ID
	if err := b.Unlink(t.Context(), id, client.Proof{Password: "wrong"}); client.CodeOf(err) != "invalid" {
		t.Errorf("unlinked with a wrong password: %v", err)
	}
	if err := b.Unlink(t.Context(), id, client.Proof{Password: password}); err != nil {
		t.Fatal(err)
	}
	if len(b.identities()) != 0 || len(b.ordinary()) != 0 {
		t.Errorf("kept: identities %+v, groups %v", b.identities(), b.ordinary())
	}
	if there.whoami().User != nil {
		t.Error("the session that it opened goes on")
	}
	if got := w.browser().enter(ada(), ""); got != "/patients" {
		t.Errorf("an account of its own, once unlinked: sent to %q", got)
	}
	w.wantLetters(is.ID, lab.MailIdentity, 2)
	for _, action := range []string{"user.link_identity", "user.unlink_identity"} {
		if page, err := b.Audit(t.Context(), client.AuditQuery{Action: action}); err != nil || len(page.Items) != 1 {
			t.Errorf("audit of %s: %d entries, %v; want 1", action, len(page.Items), err)
		}
	}
}

// wantLetters counts the mails of a kind to a person.
func (w *site) wantLetters(user int64, kind lab.MailKind, want int) {
	w.t.Helper()
	got := 0
	err := w.Store.Read(w.t.Context(), func(tx *store.Tx) error {
		list, err := tx.Mails(w.t.Context(), "", 0, 100)
		got = 0
		for i := range list {
			if list[i].UserID == user && list[i].Kind == kind {
				got++
			}
		}
		return err
	})
	if err != nil || got != want {
		w.t.Errorf("mails of kind %s: %d, %v; want %d", kind, got, err, want)
	}
}

// TestNeverJoinedSilently: an address in common joins nothing, and where the
// settings let it, the owner is told.
func TestNeverJoinedSilently(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	b := w.root()
	same := mockoidc.MockUser{Subject: "root-1", Email: "root@example.org", EmailVerified: true, Groups: []string{"none"}}
	wantFailed(t, "the address of a local account", w.browser().enter(same, ""), service.ReasonEmail)
	if list := b.identities(); len(list) != 0 {
		t.Errorf("joined: %+v", list)
	}
	w.realm("one").LinkByEmail = true
	if got := w.browser().enter(same, ""); got != "/patients" {
		t.Fatalf("with link_by_email: sent to %q", got)
	}
	w.wantLetters(b.whoami().User.ID, lab.MailIdentity, 1)
	list := b.identities()
	if len(list) != 1 || list[0].Linked {
		t.Fatalf("identities: %+v", list)
	}
	// It proves the account: without it nobody could sign in any more.
	fresh := w.browser()
	fresh.enter(same, "")
	if err := fresh.Unlink(t.Context(), list[0].ID, client.Proof{}); client.CodeOf(err) != "conflict" {
		t.Errorf("unlinked what proves the account: %v", err)
	}
}

func TestLinkRefusals(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	w.browser().enter(ada(), "") // has an account of her own
	b := w.root()
	wantNotLinked(t, "somebody else's", b.link(ada(), password), service.ReasonTaken)
	mine := mockoidc.MockUser{Subject: "root-1", Email: "root@example.org", EmailVerified: true, Groups: []string{"lab"}}
	w.realm("one").RequiredGroup = "chiefs"
	wantNotLinked(t, "outside the required group", b.link(mine, password), service.ReasonDisabled)
	w.realm("one").RequiredGroup = ""

	// Nobody else's browser ends what this one began.
	w.one.QueueUser(&mine)
	begun, err := b.BeginLink(t.Context(), client.NewLink{Provider: "one", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	if at, err := url.Parse(begun.URL); err != nil || at.Query().Get("max_age") != "0" {
		t.Errorf("%s does not have the provider ask again: %v", begun.URL, err)
	}
	back := b.step(begun.URL)
	wantFailed(t, "an answer in another browser", w.browser().step(back), service.ReasonState)
	wantFailed(t, "an answer that another browser tried", b.step(back), service.ReasonState)

	// Signed out in between.
	w.one.QueueUser(&mine)
	if begun, err = b.BeginLink(t.Context(), client.NewLink{Provider: "one", Password: password}); err != nil {
		t.Fatal(err)
	}
	back = b.step(begun.URL)
	if err := b.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantNotLinked(t, "whoever has signed out", b.step(back), service.ReasonState)

	b = w.root()
	if got := b.link(mine, password); got != "/account?linked=one" {
		t.Fatalf("sent to %q", got)
	}
	if _, err := b.BeginLink(t.Context(), client.NewLink{Provider: "one", Password: password}); client.CodeOf(err) != "forbidden" {
		t.Errorf("a second account of one provider: %v", err)
	}
	if _, err := b.BeginLink(t.Context(), client.NewLink{Provider: "none", Password: password}); client.CodeOf(err) != "not_found" {
		t.Errorf("a provider that there is not: %v", err)
	}
	// Of somebody else's identities nothing can be seen or undone.
	her := w.browser()
	her.enter(ada(), "")
	if err := her.Unlink(t.Context(), b.identities()[0].ID, client.Proof{}); client.CodeOf(err) != "not_found" {
		t.Errorf("unlinked somebody else's: %v", err)
	}
	if _, err := w.browser().Identities(t.Context()); client.CodeOf(err) != "unauthenticated" {
		t.Errorf("identities of nobody: %v", err)
	}
}

// TestLinkedAndShutOut: a provider that does not let somebody in any more takes
// what it gave, and leaves the account alone.
func TestLinkedAndShutOut(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	b := w.root()
	if _, err := b.CreateGroup(t.Context(), client.NewGroup{Name: "Lymphoma"}); err != nil {
		t.Fatal(err)
	}
	w.realm("one").Groups = map[string]string{"lab": "Lymphoma"}
	w.realm("one").RequiredGroup = "lab"
	b.link(ada(), password)
	gone := ada()
	gone.Groups = []string{"none"}
	wantFailed(t, "who left the required group", w.browser().enter(gone, ""), service.ReasonDisabled)
	if names := b.ordinary(); len(names) != 0 {
		t.Errorf("groups that the provider gave are kept: %v", names)
	}
	if w.root().whoami().User == nil {
		t.Error("the account is shut out")
	}
	if got := w.browser().enter(ada(), ""); got != "/patients" || len(b.ordinary()) != 1 {
		t.Errorf("who is back: sent to %q, groups %v", got, b.ordinary())
	}
}

// wantNotLinked checks that linking came to nothing, and why.
func wantNotLinked(t *testing.T, what, location, reason string) {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil || u.Path != "/account" || u.Host != "" || u.Query().Get("not_linked") != reason {
		t.Errorf("%s: sent to %q, want /account?not_linked=%s", what, location, reason)
	}
}

// TestSessionsOfProvidersEnd: a provider does not tell when it knows somebody no
// more, so that sessions end at their time however busy they are, and groups are
// read anew at each sign-in.
func TestSessionsOfProvidersEnd(t *testing.T) {
	t.Parallel()
	w := newSite(t)
	if _, err := w.root().CreateGroup(context.Background(), client.NewGroup{Name: "Lymphoma"}); err != nil {
		t.Fatal(err)
	}
	w.realm("one").Groups = map[string]string{"lab": "Lymphoma"}
	b := w.browser()
	b.enter(ada(), "")
	list, err := b.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ends := list.Items[0].ExpiresAt
	for w.clock.Now().Before(ends.Add(-6 * time.Hour)) {
		w.clock.forward(5 * time.Hour)
		if b.whoami().User == nil {
			t.Fatalf("the session ended at %s, before its time", w.clock.Now())
		}
	}
	w.clock.forward(6*time.Hour + time.Minute)
	if b.whoami().User != nil {
		t.Fatal("a session in use has no end")
	}
	left := ada()
	left.Groups = []string{"none"}
	b.enter(left, "")
	if names := b.ordinary(); len(names) != 0 {
		t.Errorf("groups from the sign-in before: %v", names)
	}
}
