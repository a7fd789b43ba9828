package service_test

import (
	"context"
	"testing"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// configRights are those of a group whose members care for configs.
func configRights() []access.Grant {
	return []access.Grant{{Kind: access.Config, Right: access.Create}, {Kind: access.Config, Right: access.Read}, {Kind: access.Config, Right: access.Edit}, {Kind: access.Config, Right: access.Share}}
}

func TestConfigRevisionsNeverChange(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g := w.group("bioinformatics", lab.Group{}, configRights()...)
		ann := w.person("ann", g)
		v, err := w.CreateConfig(t.Context(), ann, service.NewConfig{Name: " IGH ", GroupID: g.ID, Program: lab.ProgramVidjil, Options: lab.Options{Systems: []string{"IGH"}}})
		if err != nil {
			t.Fatal(err)
		}
		if v.Name != "IGH" || v.Revision != 1 {
			t.Errorf("made: got %q, revision %d; want IGH, 1", v.Name, v.Revision)
		}
		more := lab.Options{Systems: []string{"IGH", "IGH+"}}
		if v, err = w.UpdateConfig(t.Context(), ann, v.ID, service.ConfigChange{Options: &more, Note: "incomplete ones too"}); err != nil {
			t.Fatal(err)
		}
		name := "IGH all"
		if v, err = w.UpdateConfig(t.Context(), ann, v.ID, service.ConfigChange{Name: &name, Options: &more}); err != nil {
			t.Fatal(err)
		}
		v, revisions, err := w.ConfigByID(t.Context(), ann, v.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(revisions) != 2 || v.Revision != 2 || v.Name != name {
			t.Fatalf("after a change of options and one of the name: %d revisions, newest %d, name %q; want 2, 2, %q", len(revisions), v.Revision, v.Name, name)
		}
		first, err := lab.ParseOptions(revisions[1].Options)
		if err != nil || len(first.Systems) != 1 {
			t.Errorf("the first revision: got %v, %v; want the one system that it was made with", first.Systems, err)
		}
		if revisions[0].Digest == revisions[1].Digest {
			t.Error("two revisions that do different things have one digest")
		}
	})
}

func TestConfigRights(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		owners := w.group("owners", lab.Group{}, configRights()...)
		others := w.group("others", lab.Group{}, configRights()...)
		ann, bob := w.person("ann", owners), w.person("bob", others)
		// The hole of the original: the right to create sets let people create
		// pre-processes.
		cid := w.person("cid", w.group("wet lab", lab.Group{}, access.GroupGrants()...))
		c, err := w.CreateConfig(t.Context(), ann, service.NewConfig{Name: "c", GroupID: owners.ID, Program: lab.ProgramVidjil})
		if err != nil {
			t.Fatal(err)
		}
		want := func(what string, err error, code lab.Code) {
			t.Helper()
			if got := lab.CodeOf(err); got != code {
				t.Errorf("%s: got %q (%v), want %q", what, got, err, code)
			}
		}
		_, _, err = w.ConfigByID(t.Context(), bob, c.ID)
		want("see one that is not shared", err, lab.NotFound)
		want("delete one that is not shared", w.DeleteConfig(t.Context(), bob, c.ID), lab.NotFound)
		want("share with a group by its owner", w.ShareConfig(t.Context(), ann, c.ID, others.ID, true), "")
		_, _, err = w.ConfigByID(t.Context(), bob, c.ID)
		want("see one that is shared", err, "")
		name := "stolen"
		_, err = w.UpdateConfig(t.Context(), bob, c.ID, service.ConfigChange{Name: &name})
		want("edit one that is shared", err, lab.Forbidden)
		want("delete one that is shared", w.DeleteConfig(t.Context(), bob, c.ID), lab.Forbidden)
		want("share with everybody", w.ShareConfig(t.Context(), ann, c.ID, w.public.ID, true), lab.Forbidden)
		_, err = w.CreateConfig(t.Context(), bob, service.NewConfig{Name: "d", GroupID: owners.ID, Program: lab.ProgramVidjil})
		want("create for a group of others", err, lab.Forbidden)
		for _, p := range cid.Memberships {
			_, err = w.CreatePreProcess(t.Context(), cid, service.NewPreProcess{Name: "p", GroupID: p.Group})
			want("create a pre-process with the right to create sets", err, lab.Forbidden)
		}
		want("close it again", w.ShareConfig(t.Context(), ann, c.ID, others.ID, false), "")
		_, _, err = w.ConfigByID(t.Context(), bob, c.ID)
		want("see one that was closed", err, lab.NotFound)
		_, err = w.CreateConfig(t.Context(), ann, service.NewConfig{Name: "c", GroupID: owners.ID, Program: lab.ProgramVidjil})
		want("a name that is taken", err, lab.Conflict)
		_, err = w.CreateConfig(t.Context(), ann, service.NewConfig{Name: "e", GroupID: owners.ID, Program: "sh -c"})
		want("a program that there is not", err, lab.Invalid)
		_, err = w.CreateConfig(t.Context(), ann, service.NewConfig{Name: "e", GroupID: owners.ID, Program: lab.ProgramVidjil, Options: lab.Options{Systems: []string{"IGX"}}})
		want("a system that there is not", err, lab.Invalid)
	})
}

func TestDefaultConfigs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		root := w.admin("root")
		w.write(func(ctx context.Context, tx *store.Tx) error {
			return service.AddDefaultConfigs(ctx, tx, root, w.public.ID, w.public.ID)
		})
		list, headings, err := w.Configs(t.Context(), w.person("ann"))
		if err != nil {
			t.Fatal(err)
		}
		if len(list) < 9 || len(headings) != 6 {
			t.Errorf("somebody new sees %d configs under %d headings, want those of the original (9 or more, 6)", len(list), len(headings))
		}
		if len(list) > 0 && list[0].Name != "multi+inc+xxx" {
			t.Errorf("first: got %q, want the recommended one", list[0].Name)
		}
		pre, err := w.PreProcesses(t.Context(), w.person("bob"))
		if err != nil || len(pre) != 3 {
			t.Errorf("pre-processes: got %d, %v; want 3", len(pre), err)
		}
	})
}

func TestConfigFiles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g := w.group("g", lab.Group{}, configRights()...)
		ann := w.person("ann", g)
		v, notes, err := w.ImportConfig(t.Context(), ann, g.ID, service.ConfigFile{Name: "old", Classification: "Old configs", Command: "-c clones -r 1 -g germline/homo-sapiens.g:TRG -d", FuseCommand: "-t 50"})
		if err != nil {
			t.Fatal(err)
		}
		if v.Options.Fuse.Top != 50 || v.Options.MinReads != 1 || len(notes) != 1 {
			t.Errorf("imported: got %+v with notes %q", v.Options, notes)
		}
		f, err := w.ExportConfig(t.Context(), ann, v.ID)
		if err != nil {
			t.Fatal(err)
		}
		f.Name = "again"
		again, _, err := w.ImportConfig(t.Context(), ann, g.ID, f)
		if err != nil {
			t.Fatal(err)
		}
		if again.Options.Encode() != v.Options.Encode() || again.ClassificationID != v.ClassificationID {
			t.Errorf("a config that left and came back: got %+v, want %+v", again, v)
		}
		if _, _, err := w.ImportConfig(t.Context(), ann, g.ID, service.ConfigFile{Name: "sh", Command: "-c clones; rm -rf /"}); lab.CodeOf(err) != lab.Invalid {
			t.Errorf("a command line with a shell's: got %v, want it refused", err)
		}
	})
}

// Where a config is used is told to those who care for it, and not to all who
// may use it.
func TestConfigUse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		owners := w.group("owners", lab.Group{}, append(configRights(), setGrants(access.Rights(access.Set)...)...)...)
		users := w.group("users", lab.Group{}, access.Grant{Kind: access.Config, Right: access.Read})
		ann, bob, eve := w.person("ann", owners), w.person("bob", users), w.person("eve")
		c, err := w.CreateConfig(ctx, ann, service.NewConfig{Name: "c", GroupID: owners.ID, Program: lab.ProgramVidjil})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.ShareConfig(ctx, w.admin("root"), c.ID, users.ID, true); err != nil {
			t.Fatal(err)
		}
		if err := w.SetAutoConfigs(ctx, ann, owners.ID, 0, []int64{c.ID}); err != nil {
			t.Fatal(err)
		}
		u, err := w.ConfigUse(ctx, ann, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if u.Results != 0 || !u.Last.IsZero() || len(u.Groups) != 1 || u.Groups[0] != owners.ID || u.Sets != 0 {
			t.Errorf("got %+v, want the group whose samples it analyses on arrival", u)
		}
		for who, code := range map[*service.Actor]lab.Code{bob: lab.Forbidden, eve: lab.NotFound, {}: lab.Unauthenticated} {
			if _, err := w.ConfigUse(ctx, who, c.ID); lab.CodeOf(err) != code {
				t.Errorf("%q: got %v, want %s", who.User.Name, err, code)
			}
		}
	})
}
