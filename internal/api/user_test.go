package api_test

import (
	"strings"
	"sync"
	"testing"

	"vidjil.org/vidjil/client"
)

func TestInvitation(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		g := w.group("laboratory", 0)
		inv, err := w.admin().CreateUser(ctx, client.NewUser{Email: "Ann@Example.org", Name: " Ann  Bee ", Groups: []int64{g.ID}})
		if err != nil {
			t.Fatal(err)
		}
		if inv.User.State != "invited" || inv.User.Name != "Ann Bee" || inv.User.Email != "ann@example.org" || len(inv.User.Groups) != 3 {
			t.Errorf("invited: got %+v", inv.User)
		}
		if !strings.HasPrefix(inv.Link, "https://vidjil.test/welcome#") {
			t.Errorf("link: got %q", inv.Link)
		}
		_, err = w.admin().CreateUser(ctx, client.NewUser{Email: "ANN@example.ORG", Name: "Eve"})
		wantCode(t, "the same address in capitals", err, "conflict")
		_, err = w.admin().CreateUser(ctx, client.NewUser{Email: "nobody", Name: ""})
		wantCode(t, "neither name nor address", err, "invalid")
		_, err = w.nobody().SignIn(ctx, client.Credentials{Email: "ann@example.org", Password: ""})
		wantCode(t, "sign in before a password was chosen", err, "unauthenticated")

		_, token, _ := strings.Cut(inv.Link, "#")
		wantCode(t, "a password made of the name", w.nobody().ResetPassword(ctx, client.PasswordReset{Token: token, Password: "ann bee ann"}), "invalid")
		wantCode(t, "choose a password", w.nobody().ResetPassword(ctx, client.PasswordReset{Token: token, Password: password}), "")
		wantCode(t, "the link again", w.nobody().ResetPassword(ctx, client.PasswordReset{Token: token, Password: "another one here"}), "invalid")
		me, err := w.signIn("ann").Whoami(ctx)
		if err != nil || me.Admin || len(me.Groups) != 3 {
			t.Errorf("Ann: %+v, %v", me, err)
		}
		list, err := w.admin().Users(ctx, client.UserQuery{Q: "bee"})
		if err != nil || list.Total != 1 || list.Items[0].State != "active" || list.Items[0].LastLoginAt == nil {
			t.Errorf("list: %+v, %v", list, err)
		}
	})
}

func TestUserPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		for _, name := range []string{"Zoé", "émile", "Bob", "ada"} {
			if _, err := w.admin().CreateUser(ctx, client.NewUser{Email: strings.ToLower(name) + "@example.org", Name: name}); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		cursor := ""
		for {
			page, err := w.admin().Users(ctx, client.UserQuery{Limit: 2, Cursor: cursor, Sort: "-name"})
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range page.Items {
				got = append(got, u.Name)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if got, want := strings.Join(got, " "), "Zoé Root émile Bob ada"; got != want {
			t.Errorf("by name, from the end: got %q, want %q", got, want)
		}
		_, err := w.admin().Users(ctx, client.UserQuery{Sort: "password"})
		wantCode(t, "an order that there is not", err, "invalid")
	})
}

func TestDisabledAccount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		u := w.user(client.NewUser{Name: "ann"})
		ann := w.signIn("ann")
		script := w.token(ann, "read")
		if _, err := script.Configs(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := w.admin().UpdateUser(ctx, u.ID, client.UserChange{State: new("disabled")}); err != nil {
			t.Fatal(err)
		}
		_, err := ann.Configs(ctx)
		wantCode(t, "session", err, "unauthenticated")
		_, err = script.Configs(ctx)
		wantCode(t, "token", err, "unauthenticated")
		_, err = w.nobody().SignIn(ctx, client.Credentials{Email: "ann@example.org", Password: password})
		wantCode(t, "sign in", err, "unauthenticated")
		_, err = w.admin().UserLink(ctx, u.ID, client.LinkOptions{})
		wantCode(t, "link", err, "conflict")
		if got, err := w.admin().UpdateUser(ctx, u.ID, client.UserChange{State: new("active")}); err != nil || got.State != "active" {
			t.Fatalf("enabled again: %+v, %v", got, err)
		}
		w.signIn("ann")
		_, err = script.Configs(ctx)
		wantCode(t, "the token of before", err, "unauthenticated")
	})
}

func TestAnonymise(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		u := w.user(client.NewUser{Name: "hildegard"})
		w.signIn("hildegard")
		if err := w.admin().AnonymiseUser(ctx, u.ID); err != nil {
			t.Fatal(err)
		}
		list, err := w.admin().Users(ctx, client.UserQuery{})
		if err != nil {
			t.Fatal(err)
		}
		audit, err := w.admin().Audit(ctx, client.AuditQuery{UserID: u.ID})
		if err != nil {
			t.Fatal(err)
		}
		if len(audit.Items) == 0 {
			t.Error("what the person did is not in the audit any more")
		}
		if text := encode(t, list) + encode(t, audit) + w.dump(); strings.Contains(strings.ToLower(text), "hildegard") {
			t.Error("the name is still there")
		}
		_, err = w.admin().UpdateUser(ctx, u.ID, client.UserChange{Name: new("Hildegard")})
		wantCode(t, "change it again", err, "conflict")
		me, err := w.admin().Whoami(ctx)
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, "oneself", w.admin().AnonymiseUser(ctx, me.User.ID), "conflict")
	})
}

func TestLastAdministrator(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		root, err := w.admin().Whoami(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for name, ch := range map[string]client.UserChange{"demote": {Admin: new(false)}, "disable": {State: new("disabled")}} {
			_, err := w.admin().UpdateUser(ctx, root.User.ID, ch)
			wantCode(t, name, err, "conflict")
		}
		// An invited administrator cannot sign in yet and does not count.
		if _, err := w.admin().CreateUser(ctx, client.NewUser{Email: "late@example.org", Name: "Late", Admin: true}); err != nil {
			t.Fatal(err)
		}
		_, err = w.admin().UpdateUser(ctx, root.User.ID, client.UserChange{Admin: new(false)})
		wantCode(t, "demote beside one who is invited", err, "conflict")

		// Two who demote each other at once: one stays.
		second := w.user(client.NewUser{Name: "second", Admin: true})
		other := w.signIn("second")
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _ = w.admin().UpdateUser(ctx, second.ID, client.UserChange{Admin: new(false)}) // one of the two fails
		})
		wg.Go(func() {
			_, _ = other.UpdateUser(ctx, root.User.ID, client.UserChange{Admin: new(false)})
		})
		wg.Wait()
		admins := 0
		for _, c := range []*client.Client{w.admin(), other} {
			me, err := c.Whoami(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if me.Admin {
				admins++
			}
		}
		if admins != 1 {
			t.Errorf("administrators left: got %d, want 1", admins)
		}
	})
}

func TestActingForSomebody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		ann := w.user(client.NewUser{Name: "ann"})
		chief := w.user(client.NewUser{Name: "chief", Admin: true})
		_, err := w.signIn("ann").ActFor(ctx, chief.ID)
		wantCode(t, "§10.1 item 1: a person as an administrator", err, "forbidden")
		_, err = w.admin().ActFor(ctx, chief.ID)
		wantCode(t, "an administrator as another", err, "forbidden")
		_, err = w.token(w.admin(), "read", "write", "upload", "admin").ActFor(ctx, ann.ID)
		wantCode(t, "by a token", err, "forbidden")

		root := w.admin()
		me, err := root.ActFor(ctx, ann.ID)
		if err != nil {
			t.Fatal(err)
		}
		if me.User.ID != ann.ID || me.ActedBy == nil || me.ActedBy.Name != "Root" || me.Admin {
			t.Errorf("acting: got %+v", me)
		}
		_, err = root.Users(ctx, client.UserQuery{})
		wantCode(t, "administrate", err, "forbidden")
		_, err = root.ActFor(ctx, chief.ID)
		wantCode(t, "act further", err, "forbidden")
		_, err = root.CreateToken(ctx, client.NewToken{Name: "mine for ever", Scopes: []string{"read"}})
		wantCode(t, "make a token of the person", err, "forbidden")
		wantCode(t, "change the password", root.ChangePassword(ctx, client.PasswordChange{Password: password, NewPassword: "some other words"}), "forbidden")
		_, err = root.UpdateMe(ctx, client.ProfileChange{Name: new("Eve")})
		wantCode(t, "change the name", err, "forbidden")
		_, err = root.Sessions(ctx)
		wantCode(t, "see the sessions", err, "forbidden")
		wantCode(t, "stop", root.StopActing(ctx), "")
		page, err := root.Audit(ctx, client.AuditQuery{BehalfOf: ann.ID})
		if err != nil {
			t.Fatal(err)
		}
		var actions []string
		for _, e := range page.Items {
			actions = append(actions, e.Action)
			if e.UserID != 1 || e.BehalfOf != ann.ID {
				t.Errorf("%s is noted as %d for %d, want 1 for %d", e.Action, e.UserID, e.BehalfOf, ann.ID)
			}
		}
		if got, want := strings.Join(actions, " "), "session.stop_acting session.act"; got != want {
			t.Errorf("audit: got %q, want %q", got, want)
		}
	})
}

func TestActingEndsWithTheAdministrator(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		ann := w.user(client.NewUser{Name: "ann"})
		chief := w.user(client.NewUser{Name: "chief", Admin: true})
		c := w.signIn("chief")
		if _, err := c.ActFor(ctx, ann.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.admin().UpdateUser(ctx, chief.ID, client.UserChange{Admin: new(false)}); err != nil {
			t.Fatal(err)
		}
		_, err := c.Configs(ctx)
		wantCode(t, "after the demotion", err, "unauthenticated")
	})
}

// §10.1 item 6: any signed-in person could make accounts.
func TestOnlyAdministratorsMakeAccounts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		ann := w.person("ann", w.group("laboratory", 0).ID)
		n := client.NewUser{Email: "eve@example.org", Name: "Eve", Admin: true}
		for name, c := range map[string]*client.Client{"nobody": w.nobody(), "a person": ann, "a token without the scope": w.token(w.admin(), "read", "write", "upload")} {
			want := "forbidden"
			if name == "nobody" {
				want = "unauthenticated"
			}
			_, err := c.CreateUser(ctx, n)
			wantCode(t, name, err, want)
		}
		list, err := w.admin().Users(ctx, client.UserQuery{})
		if err != nil || list.Total != 2 {
			t.Errorf("accounts: %d, %v; want 2", list.Total, err)
		}
	})
}
