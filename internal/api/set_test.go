package api_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// TestSetsThroughHTTP drives each route of sets, samples, the trash, tags and
// notifications with the client package, as a laboratory does in a day.
func TestSetsThroughHTTP(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		g := w.team(lab.Group{Name: "lab"}, "set:create", "set:read", "set:edit", "set:upload", "set:anon", "set:share")
		w.team(lab.Group{Name: "public", Kind: lab.GroupPublic})
		readers := w.team(lab.Group{Name: "readers"}, "set:read")
		ann := w.script(w.tokenOf(lab.User{Name: "Ann"}, g, readers))
		root := w.script(w.tokenOf(lab.User{Name: "Root", Admin: true}))
		ok := func(what string, err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
		sets, err := ann.CreateSets(ctx,
			client.NewSet{Kind: "patient", GroupID: g.ID, FirstName: "Marie", LastName: "Durand", Birth: "1980-02-03", Label: "H-1", Info: "#relapse"},
			client.NewSet{Kind: "run", GroupID: g.ID, Name: "run 7", RunDate: "2026-02-01", Sequencer: "MiSeq"},
			client.NewSet{Kind: "patient", GroupID: g.ID, LastName: "Abel"})
		ok("create", err)
		p, run, other := sets[0], sets[1], sets[2]
		want := client.Set{
			ID: p.ID, Kind: "patient", Title: "Durand Marie", Identity: true, Age: "46y", GroupID: g.ID, Owner: "lab", Creator: "Ann", Tags: []string{"relapse"},
			May: []string{"read", "edit", "upload", "anon", "share"}, Created: p.Created, Changed: p.Changed,
			FirstName: "Marie", LastName: "Durand", Birth: "1980-02-03", Label: "H-1", Info: "#relapse",
		}
		if diff := cmp.Diff(want, p); diff != "" {
			t.Errorf("patient: want -, got +:\n%s", diff)
		}
		got, err := ann.Set(ctx, p.ID)
		ok("get", err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("patient read again: want -, got +:\n%s", diff)
		}
		_, err = ann.CreateSets(ctx, client.NewSet{Kind: "patient", LastName: "X"}, client.NewSet{Kind: "patient", FirstName: "Y", Birth: "1.2.1980"})
		wantCode(t, "rows with faults", err, "invalid")
		if fault := err.(*client.Problem).Errors; len(fault) != 2 || fault[0].Field != "rows[1].last_name" || fault[1].Field != "rows[1].birth" {
			t.Errorf("faults: got %+v", fault)
		}
		info := "second #remission"
		got, err = ann.UpdateSet(ctx, p.ID, client.SetChange{Info: &info})
		ok("update", err)
		if got.Info != info || got.LastName != "Durand" || !slices.Equal(got.Tags, []string{"remission"}) {
			t.Errorf("a changed info: got %+v", got)
		}
		page, err := ann.Sets(ctx, "patient", client.Page{Sort: "name", Limit: 1})
		ok("first page", err)
		if len(page.Items) != 1 || page.Items[0].ID != other.ID || page.Next == "" {
			t.Errorf("first page: got %+v", page)
		}
		page, err = ann.Sets(ctx, "patient", client.Page{Sort: "name", Limit: 1, Cursor: page.Next})
		ok("second page", err)
		if len(page.Items) != 1 || page.Items[0].ID != p.ID || page.Next != "" {
			t.Errorf("second page: got %+v", page)
		}
		_, err = ann.Sets(ctx, "", client.Page{Sort: "colour"})
		wantCode(t, "an order that there is not", err, "invalid")
		beside, err := ann.Neighbours(ctx, p.ID)
		ok("neighbours", err)
		if want := (client.Neighbours{Next: other.ID}); beside != want {
			t.Errorf("neighbours: got %+v, want %+v", beside, want)
		}
		ok("share", ann.ShareSet(ctx, p.ID, readers.ID))
		shares, err := ann.SetShares(ctx, p.ID)
		ok("shares", err)
		names := []string{}
		for _, s := range shares {
			if s.Shared {
				names = append(names, s.Name)
			}
		}
		if !slices.Equal(names, []string{"lab", "readers"}) {
			t.Errorf("open to %v, want lab and readers", names)
		}
		ok("unshare", ann.UnshareSet(ctx, p.ID, readers.ID))
		sampleDay(t, w, ann, p, run)
		sum, err := ann.SumSets(ctx, "patient", "")
		ok("totals", err)
		if want := (client.SetTotals{Sets: 2, Samples: 1}); sum != want {
			t.Errorf("totals: got %+v, want %+v", sum, want)
		}
		ok("trash", ann.TrashSet(ctx, p.ID))
		trash, err := ann.TrashedSets(ctx, client.Page{})
		ok("list trash", err)
		if len(trash.Items) != 1 || trash.Items[0].Trashed.IsZero() {
			t.Errorf("trash: got %+v", trash)
		}
		got, err = ann.RestoreSet(ctx, p.ID)
		ok("restore", err)
		if !got.Trashed.IsZero() || got.Samples != 1 {
			t.Errorf("restored: got %+v", got)
		}
		tags, err := ann.Tags(ctx, "RE")
		ok("tags", err)
		if len(tags) != 2 || tags[0].Name != "relapse" || tags[1].Name != "remission" {
			t.Errorf("tags: got %v, want relapse and remission", tags)
		}
		noticeDay(t, w, root, ann)
	})
}

// sampleDay makes, changes, moves and removes a sample; in the end it is in the
// patient and in the run.
func sampleDay(t *testing.T, _ *site, ann *client.Client, p, run client.Set) {
	t.Helper()
	ctx := t.Context()
	ok := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	list, err := ann.CreateSamples(ctx, client.NewSample{
		Sets: []int64{p.ID}, SamplingDate: "2026-01-10", Info: "#marrow",
		Files: []client.NewFile{{Name: "S1_R1.fastq.gz", Role: "R1", Size: 100}, {Name: "S1_R2.fastq.gz", Role: "R2"}},
	})
	ok("create sample", err)
	s := list[0]
	want := client.Sample{
		ID: s.ID, Title: "S1_R1", NameKnown: true, Name: "S1_R1", SamplingDate: "2026-01-10", Info: "#marrow", Tags: []string{"marrow"}, Generation: 1,
		Files: []client.File{
			{ID: s.Files[0].ID, Generation: 1, Role: "R1", Name: "S1_R1.fastq.gz", State: "expected", Size: 100},
			{ID: s.Files[1].ID, Generation: 1, Role: "R2", Name: "S1_R2.fastq.gz", State: "expected"},
		},
		Sets: []client.SampleSet{{ID: p.ID, Kind: "patient", Title: "Durand Marie"}}, May: []string{"edit"}, Created: s.Created, Changed: s.Changed,
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("sample: want -, got +:\n%s", diff)
	}
	ok("attach", ann.AttachSample(ctx, run.ID, s.ID))
	ok("detach", ann.DetachSample(ctx, run.ID, s.ID))
	wantCode(t, "out of its last set", ann.DetachSample(ctx, p.ID, s.ID), "conflict")
	date, sets := "2026-01-11", []int64{p.ID, run.ID}
	s, err = ann.UpdateSample(ctx, s.ID, client.SampleChange{SamplingDate: &date, Sets: &sets})
	ok("update sample", err)
	if s.SamplingDate != date || len(s.Sets) != 2 {
		t.Errorf("a changed sample: got %+v", s)
	}
	s, err = ann.ReplaceReads(ctx, s.ID, client.NewFile{Name: "again.fastq"})
	ok("replace reads", err)
	if s.Generation != 2 || s.Files[0].Name != "again.fastq" || s.Files[1].State != "removed" {
		t.Errorf("new reads: got %+v", s)
	}
	ok("remove reads", ann.RemoveReads(ctx, s.ID))
	ok("trash sample", ann.TrashSample(ctx, s.ID))
	trash, err := ann.TrashedSamples(ctx, client.Page{})
	ok("trashed samples", err)
	if len(trash.Items) != 1 || trash.Items[0].ID != s.ID {
		t.Errorf("trashed samples: got %+v", trash)
	}
	_, err = ann.RestoreSample(ctx, s.ID)
	ok("restore sample", err)
	page, err := ann.Samples(ctx, run.ID, client.Page{Q: "#marrow date:2026-01", Sort: "-date"})
	ok("list samples", err)
	if len(page.Items) != 1 || page.Items[0].ID != s.ID {
		t.Errorf("samples of the run: got %+v", page)
	}
	if s, err = ann.Sample(ctx, s.ID); err != nil || len(s.Sets) != 2 {
		t.Errorf("sample: got %+v, %v", s, err)
	}
}

// noticeDay makes, changes, reads and deletes a notification.
func noticeDay(t *testing.T, w *site, root, ann *client.Client) {
	t.Helper()
	ctx := t.Context()
	n, err := root.CreateNotification(ctx, client.NewNotification{Title: "a", Body: "b"})
	if err != nil {
		t.Fatal(err)
	}
	if err := ann.ReadNotification(ctx, n.ID); err != nil {
		t.Error(err)
	}
	if list, err := ann.ActiveNotifications(ctx); err != nil || len(list) != 1 || !list[0].Read {
		t.Errorf("active: got %+v, %v, want it read", list, err)
	}
	if n, err = root.UpdateNotification(ctx, n.ID, client.NewNotification{Title: "c", Body: "d", Place: "login"}); err != nil || n.Title != "c" {
		t.Errorf("changed: got %+v, %v", n, err)
	}
	if list, err := w.nobody().ActiveNotifications(ctx); err != nil || len(list) != 1 || list[0].Read {
		t.Errorf("to nobody: got %+v, %v, want the one of the sign-in page", list, err)
	}
	if list, err := root.Notifications(ctx); err != nil || len(list) != 1 {
		t.Errorf("all: got %+v, %v", list, err)
	}
	_, err = ann.Notifications(ctx)
	wantCode(t, "all, for a person", err, "forbidden")
	if err := root.DeleteNotification(ctx, n.ID); err != nil {
		t.Error(err)
	}
}

// TestReadingIdentitiesIsAudited wants an entry for each answer that tells names,
// and none for those that do not.
func TestReadingIdentitiesIsAudited(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		g := w.team(lab.Group{Name: "lab"}, "set:create", "set:read", "set:upload", "set:anon")
		ann := w.script(w.tokenOf(lab.User{Name: "Ann"}, g))
		root := w.script(w.tokenOf(lab.User{Name: "Root", Admin: true}))
		sets, err := ann.CreateSets(ctx, client.NewSet{Kind: "patient", GroupID: g.ID, LastName: "Durand"}, client.NewSet{Kind: "run", GroupID: g.ID, Name: "run"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ann.CreateSamples(ctx, client.NewSample{Sets: []int64{sets[0].ID}, Name: "s"}); err != nil {
			t.Fatal(err)
		}
		told := func() (n int) {
			t.Helper()
			err := w.Store.Read(ctx, func(tx *store.Tx) error {
				return tx.NewRaw("SELECT count(*) FROM audit WHERE action = 'identity.read'").Scan(ctx, &n)
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		for _, ask := range []struct {
			name string
			f    func(c *client.Client) error
		}{
			{"list", func(c *client.Client) error { _, err := c.Sets(ctx, "", client.Page{}); return err }},
			{"set", func(c *client.Client) error { _, err := c.Set(ctx, sets[0].ID); return err }},
			{"samples", func(c *client.Client) error { _, err := c.Samples(ctx, sets[0].ID, client.Page{}); return err }},
		} {
			before := told()
			if err := ask.f(ann); err != nil {
				t.Fatal(err)
			}
			if got := told() - before; got != 1 {
				t.Errorf("%s: %d entries, want 1", ask.name, got)
			}
			if err := ask.f(root); err != nil {
				t.Fatal(err)
			}
			if got := told() - before; got != 1 {
				t.Errorf("%s by who may not know names: an entry says that they were told", ask.name)
			}
		}
		before := told()
		if _, err := ann.Set(ctx, sets[1].ID); err != nil || told() != before {
			t.Errorf("a run is about nobody, and reading it was noted (%v)", err)
		}
	})
}
