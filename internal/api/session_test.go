package api_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
)

func TestFirstStart(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		if me, err := w.nobody().Whoami(ctx); err != nil || !me.SetupNeeded || me.User != nil {
			t.Fatalf("before: got %+v, %v; want an empty server that waits", me, err)
		}
		old, err := w.Service.SetupLink(ctx)
		if err != nil {
			t.Fatal(err)
		}
		link, err := w.Service.SetupLink(ctx)
		if err != nil {
			t.Fatal(err)
		}
		in := client.Setup{Email: "Root@Example.org", Name: "Root", Password: password}
		_, in.Token, _ = strings.Cut(old, "#")
		_, err = w.nobody().Setup(ctx, in)
		wantCode(t, "the link of the start before", err, "invalid")

		_, in.Token, _ = strings.Cut(link, "#")
		weak := in
		weak.Password = "password123"
		_, err = w.nobody().Setup(ctx, weak)
		wantCode(t, "a weak password", err, "invalid")

		const people = 6
		var wg sync.WaitGroup
		var mu sync.Mutex
		var made []client.Whoami
		for range people {
			c := w.nobody()
			wg.Go(func() {
				me, err := c.Setup(ctx, in)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					made = append(made, me)
				} else if code := client.CodeOf(err); code != "invalid" && code != "conflict" {
					t.Errorf("the second: %v", err)
				}
			})
		}
		wg.Wait()
		if len(made) != 1 {
			t.Fatalf("%d people at once: %d became administrator, want 1", people, len(made))
		}
		me := made[0]
		if !me.Admin || me.User.Email != "root@example.org" || len(me.Groups) != 2 || len(me.Targets.Set) != 1 {
			t.Errorf("first administrator: got %+v, want one with a personal and the public group", me)
		}
		if link, err := w.Service.SetupLink(ctx); err != nil || link != "" {
			t.Errorf("a setup link where there is an administrator: %q, %v", link, err)
		}
		c := w.nobody()
		if me, err = c.SignIn(ctx, client.Credentials{Email: " ROOT@example.ORG", Password: password}); err != nil || !me.Admin {
			t.Fatalf("sign in: %+v, %v", me, err)
		}
		if configs, err := c.Configs(ctx); err != nil || len(configs.Items) == 0 {
			t.Errorf("default configs: %d, %v", len(configs.Items), err)
		}
		if err := c.SignOut(ctx); err != nil {
			t.Fatal(err)
		}
		_, err = c.Configs(ctx)
		wantCode(t, "after signing out", err, "unauthenticated")
	})
}

func TestSetupLinkExpires(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		link, err := w.Service.SetupLink(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(24*time.Hour + time.Second)
		_, token, _ := strings.Cut(link, "#")
		_, err = w.nobody().Setup(t.Context(), client.Setup{Token: token, Email: "root@example.org", Name: "Root", Password: password})
		wantCode(t, "a day later", err, "invalid")
	})
}
