package service_test

import (
	"context"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// world is a server's use cases on an empty store, with people and groups made
// as a test needs them.
type world struct {
	*service.Service
	t      *testing.T
	public lab.Group
}

// each runs a test in a new world on each kind of database.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, url string) { test(t, newWorld(t, url)) })
}

func newWorld(t *testing.T, url string) *world {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	blobs, err := blob.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := blobs.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, Service: service.New(service.Config{Store: st, Blobs: blobs, Now: time.Now})}
	w.public = w.group("public", lab.Group{Kind: lab.GroupPublic}, access.PublicGrants()...)
	return w
}

func (w *world) write(f func(ctx context.Context, tx *store.Tx) error) {
	w.t.Helper()
	if err := w.Store.Write(w.t.Context(), func(tx *store.Tx) error { return f(w.t.Context(), tx) }); err != nil {
		w.t.Fatal(err)
	}
}

// group makes a group with rights; kind "" is an ordinary one.
func (w *world) group(name string, g lab.Group, grants ...access.Grant) lab.Group {
	w.t.Helper()
	g.Name = name
	if g.Kind == "" {
		g.Kind = lab.GroupOrdinary
	}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.InsertGroup(ctx, &g); err != nil {
			return err
		}
		for _, a := range grants {
			if _, err := tx.AddGrant(ctx, lab.Grant{GroupID: g.ID, Kind: string(a.Kind), Right: string(a.Right)}); err != nil {
				return err
			}
		}
		return nil
	})
	return g
}

// person makes an account that is a member of groups, and returns it as actor.
func (w *world) person(name string, groups ...lab.Group) *service.Actor {
	w.t.Helper()
	return w.actor(lab.User{Name: name, Email: name + "@example.org"}, groups...)
}

// admin makes an administrator.
func (w *world) admin(name string) *service.Actor {
	w.t.Helper()
	return w.actor(lab.User{Name: name, Email: name + "@example.org", Admin: true})
}

func (w *world) actor(u lab.User, groups ...lab.Group) *service.Actor {
	w.t.Helper()
	u.State, u.Source = lab.UserActive, "local"
	who := &service.Actor{RequestID: "test"}
	w.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.InsertUser(ctx, &u); err != nil {
			return err
		}
		for _, g := range append(groups, w.public) {
			if _, err := tx.AddMember(ctx, g.ID, u.ID); err != nil {
				return err
			}
		}
		var err error
		who.User = u
		who.Person, err = service.PersonOf(ctx, tx, u)
		return err
	})
	return who
}
