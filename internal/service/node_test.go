package service_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// TestNodes: of several servers on one database each judges the uploads that it
// gathers, and those of one that never comes back are given up.
func TestNodes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		ctx, now := t.Context(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		st, err := store.Open(ctx, store.Config{URL: url, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		})
		server := func(name, url string, keys ...string) *world {
			c := service.Config{Store: st, Now: func() time.Time { return now }, Node: service.Node{Name: name, URL: url, Keys: keys}}
			return &world{t: t, Service: service.New(c)}
		}
		one, two := server("aaaaaaaaaa", "http://10.0.0.1", "new", "old"), server("bbbbbbbbbb", "http://10.0.0.2", "old")
		strange := server("cccccccccc", "http://10.0.0.3", "other")
		one.public = one.group("public", lab.Group{Kind: lab.GroupPublic}, access.PublicGrants()...)
		for _, s := range []*world{one, two} { // whose keys are being changed, one server after the other
			if err := s.Announce(ctx); err != nil {
				t.Fatal(err)
			}
		}
		one.want("keys that nobody else has", strange.Announce(ctx), lab.Conflict)
		alone := server("dddddddddd", "", "other")
		if err := alone.Announce(ctx); err != nil {
			t.Errorf("a server that is told of no other: %v", err)
		}

		g := one.group("laboratory", lab.Group{}, setGrants(access.Read, access.Create, access.Edit, access.Upload)...)
		who := one.person("marie", g)
		run := one.set(who, service.SetInput{Kind: lab.Run, GroupID: g.ID, Name: "run"})
		made, err := one.CreateSamples(ctx, who, []service.SampleInput{{Sets: []int64{run.ID}, Files: []service.FileInput{{Name: "a.fastq"}}}})
		if err != nil {
			t.Fatal(err)
		}
		id, err := one.BeginUpload(ctx, who, made[0].Files[0].ID, 100)
		if err != nil || !strings.HasPrefix(id, "aaaaaaaaaa-") {
			t.Fatalf("got upload %q, %v, want the name of its server in front", id, err)
		}
		for s, elsewhere := range map[*world]bool{one: false, two: true} {
			n, known, other, err := s.NodeOf(ctx, id)
			if err != nil || n.URL != "http://10.0.0.1" || !known || other != elsewhere {
				t.Errorf("%s: got %+v, %t, %t, %v", s.Node.Name, n, known, other, err)
			}
		}
		nothing := func(context.Context, string) (bool, error) { return false, nil }
		state := func() lab.UploadState {
			list, err := one.SampleUploads(ctx, who, made[0].ID)
			if err != nil || len(list) != 1 {
				t.Fatalf("got %v, %v", list, err)
			}
			return list[0].State
		}
		sweep := func(s *world) {
			if err := s.Announce(ctx); err != nil {
				t.Fatal(err)
			}
			if err := s.ForgetNodes(ctx, now.Add(-7*24*time.Hour)); err != nil {
				t.Fatal(err)
			}
			if err := s.TidyUploads(ctx, nothing); err != nil {
				t.Fatal(err)
			}
		}
		now = now.Add(6 * 24 * time.Hour) // its disk is being mended
		sweep(two)
		if got := state(); got != lab.UploadReceiving {
			t.Errorf("while its server is away: got %s", got)
		}
		if err := strange.Announce(ctx); lab.CodeOf(err) != lab.Conflict {
			t.Errorf("the second server is there: got %v", err)
		}
		now = now.Add(2 * 24 * time.Hour)
		sweep(two)
		if got := state(); got != lab.UploadAbandoned {
			t.Errorf("when its server is forgotten: got %s", got)
		}
		if _, known, _, err := two.NodeOf(ctx, id); known || err != nil {
			t.Errorf("a server that is forgotten: got known = %t, %v", known, err)
		}
		now = now.Add(time.Hour)
		if err := strange.Announce(ctx); err != nil { // all others are gone: nobody is disturbed
			t.Errorf("when no other server is there: %v", err)
		}
	})
}
