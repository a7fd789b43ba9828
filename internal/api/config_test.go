package api_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/client"
)

// TestConfigs is the life of a config through HTTP: made, revised, shared, taken
// elsewhere as a file, archived, deleted.
func TestConfigs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		owners := w.group("Bioinformatics", 0, "config:create", "config:read", "config:edit", "config:share", "set:read", "set:create", "set:edit", "set:run")
		others := w.group("Clinic", 0, "config:read")
		ann, bob := w.person("ann", owners.ID), w.person("bob", others.ID)

		_, err := ann.CreateConfig(ctx, client.NewConfig{Name: "x", GroupID: owners.ID, Options: client.ConfigOptions{Window: 3, Systems: []string{"IGH"}}})
		wantCode(t, "a window that is too short", err, "invalid")
		c, err := ann.CreateConfig(ctx, client.NewConfig{Name: "IGH only", GroupID: owners.ID, Options: client.ConfigOptions{Systems: []string{"IGH"}, MinReads: 1}, Note: "first"})
		wantCode(t, "make", err, "")
		if c.Revision != 1 || c.Program != "vidjil" || !c.MayEdit || !c.MayShare {
			t.Errorf("made: %+v", c)
		}
		_, err = bob.Config(ctx, c.ID)
		wantCode(t, "see one that is not shared", err, "not_found")
		c, err = ann.UpdateConfig(ctx, c.ID, client.ConfigChange{Options: &client.ConfigOptions{Systems: []string{"IGH", "IGH+"}, MinReads: 1}, Note: "incomplete too"})
		wantCode(t, "revise", err, "")
		d, err := ann.Config(ctx, c.ID)
		wantCode(t, "see", err, "")
		if len(d.Revisions) != 2 || d.Revisions[0].Note != "incomplete too" || d.Revisions[1].Options.Systems[0] != "IGH" {
			t.Errorf("revisions: %+v", d.Revisions)
		}

		wantCode(t, "share", ann.ShareConfig(ctx, c.ID, others.ID), "")
		_, err = bob.UpdateConfig(ctx, c.ID, client.ConfigChange{Archived: new(true)})
		wantCode(t, "change one that is shared", err, "forbidden")
		f, err := bob.ExportConfig(ctx, c.ID)
		wantCode(t, "export one that is shared", err, "")
		f.Name = "IGH elsewhere"
		again, err := ann.ImportConfig(ctx, owners.ID, f)
		wantCode(t, "import", err, "")
		if diff := cmp.Diff(c.Options, again.Config.Options); diff != "" {
			t.Errorf("options that left and came back (-want +got):\n%s", diff)
		}
		old, err := ann.ImportConfig(ctx, owners.ID, client.ConfigFile{Name: "old", Command: "-c clones -r 1 -d -w 60", FuseCommand: "-t 50 --overlaps"})
		wantCode(t, "import the original's command line", err, "")
		if o := old.Config.Options; o.Window != 60 || o.MinReads != 1 || o.Fuse.Top != 50 || !o.Fuse.Overlaps || len(old.Notes) != 1 {
			t.Errorf("the original's command line: %+v", old)
		}
		_, err = ann.ImportConfig(ctx, owners.ID, client.ConfigFile{Name: "evil", Command: "-c clones; sh"})
		wantCode(t, "import a shell's words", err, "invalid")
		wantCode(t, "close", ann.UnshareConfig(ctx, c.ID, others.ID), "")
		_, err = bob.Config(ctx, c.ID)
		wantCode(t, "see one that was closed", err, "not_found")

		sets, err := ann.CreateSets(ctx, client.NewSet{Kind: "set", GroupID: owners.ID, Name: "Study"})
		wantCode(t, "make a set", err, "")
		wantCode(t, "analyse on arrival", ann.SetAutoConfigsOfSet(ctx, sets[0].ID, c.ID), "")
		wantCode(t, "analyse on arrival in a set of others", bob.SetAutoConfigsOfSet(ctx, sets[0].ID), "not_found")
		wantCode(t, "delete", ann.DeleteConfig(ctx, again.Config.ID), "")
		_, err = ann.Config(ctx, again.Config.ID)
		wantCode(t, "see one that was deleted", err, "not_found")
	})
}

func TestPreProcesses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		g := w.group("Bioinformatics", 0, "preprocess:create", "preprocess:read", "preprocess:edit")
		ann, bob := w.person("ann", g.ID), w.person("bob")
		p, err := ann.CreatePreProcess(ctx, client.NewPreProcess{Name: "merge", GroupID: g.ID, Pairs: client.PairOptions{Keep: "none"}})
		wantCode(t, "make", err, "")
		_, err = ann.CreatePreProcess(ctx, client.NewPreProcess{Name: "merge 2", GroupID: g.ID, Pairs: client.PairOptions{Keep: "both"}})
		wantCode(t, "keep both reads of a pair", err, "invalid")
		p, err = ann.UpdatePreProcess(ctx, p.ID, client.PreProcessChange{Pairs: &client.PairOptions{Keep: "r2", MinOverlap: 12}})
		wantCode(t, "revise", err, "")
		if p.Revision != 2 || p.Pairs.MinOverlap != 12 {
			t.Errorf("revised: %+v", p)
		}
		_, err = bob.UpdatePreProcess(ctx, p.ID, client.PreProcessChange{Name: new("mine")})
		wantCode(t, "change one of others", err, "not_found")
		list, err := bob.PreProcesses(ctx)
		wantCode(t, "list", err, "")
		if len(list.Items) != 3 {
			t.Errorf("bob sees %d pre-processes, want the three that everybody has", len(list.Items))
		}
	})
}

// TestSmallThings asks what no story above does.
func TestSmallThings(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		h, err := w.nobody().Health(ctx)
		wantCode(t, "health", err, "")
		if h.Status != "ok" || h.Version != "" {
			t.Errorf("health for nobody: %+v, want no version", h)
		}
		made := w.user(client.NewUser{Name: "ann"})
		first, second := w.signIn("ann"), w.signIn("ann")
		u, err := w.admin().User(ctx, made.ID)
		wantCode(t, "a user", err, "")
		if u.Email != "ann@example.org" {
			t.Errorf("a user: %+v", u)
		}
		wantCode(t, "end the other sessions", second.EndOtherSessions(ctx), "")
		_, err = first.Sessions(ctx)
		wantCode(t, "a session that was ended", err, "unauthenticated")
		_, err = second.Sessions(ctx)
		wantCode(t, "the session that ended the others", err, "")
	})
}
