package api_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/client"
)

func TestGroups(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		root := w.admin()
		hospital := w.group("Hospital", 0)
		doctor := w.group("Doctor", hospital.ID, "set:read", "set:anon")
		if !slices.Contains(hospital.Rights, "set:upload") || slices.Contains(hospital.Rights, "set:run") {
			t.Errorf("rights of a new group: got %v", hospital.Rights)
		}
		if diff := cmp.Diff([]string{"set:anon", "set:read"}, doctor.Rights); diff != "" {
			t.Errorf("rights (-want +got):\n%s", diff)
		}
		_, err := root.CreateGroup(ctx, client.NewGroup{Name: "doctor"})
		wantCode(t, "the same name", err, "conflict")
		_, err = root.CreateGroup(ctx, client.NewGroup{Name: "Night", ParentID: doctor.ID})
		wantCode(t, "a second level", err, "invalid")
		_, err = root.SetRights(ctx, doctor.ID, "group:create")
		wantCode(t, "a right that there is not", err, "invalid")

		ann := w.person("ann", doctor.ID)
		w.user(client.NewUser{Name: "bob"})
		got, err := ann.Group(ctx, doctor.ID)
		if err != nil || got.MayManage || len(got.People) != 1 || got.People[0].Email != "ann@example.org" {
			t.Errorf("as its member: %+v, %v", got, err)
		}
		bob := w.signIn("bob")
		_, err = bob.Group(ctx, doctor.ID)
		wantCode(t, "as somebody else", err, "not_found")
		wantCode(t, "invite without the right", ann.AddMember(ctx, doctor.ID, client.Newcomer{Email: "bob@example.org"}), "forbidden")
		list, err := bob.Groups(ctx)
		if err != nil || len(list.Items) != 1 || list.Items[0].Kind != "personal" {
			t.Errorf("groups of somebody else: %+v, %v; want their own", list.Items, err)
		}

		// Members of the organisation with the right manage its roles.
		chief := w.person("chief", hospital.ID)
		if _, err := root.SetRights(ctx, hospital.ID, "group:read", "group:edit"); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "by number", chief.AddMember(ctx, doctor.ID, client.Newcomer{UserID: 1}), "invalid")
		wantCode(t, "somebody unknown", chief.AddMember(ctx, doctor.ID, client.Newcomer{Email: "x@example.org"}), "invalid")
		wantCode(t, "invite", chief.AddMember(ctx, doctor.ID, client.Newcomer{Email: "BOB@example.org"}), "")
		_, err = bob.Group(ctx, doctor.ID)
		wantCode(t, "as its member", err, "")
		_, err = chief.UpdateGroup(ctx, doctor.ID, client.GroupChange{Description: new("who sees names")})
		wantCode(t, "describe", err, "")
		_, err = chief.UpdateGroup(ctx, doctor.ID, client.GroupChange{QuotaBytes: new(int64(1))})
		wantCode(t, "set a quota", err, "forbidden")
		_, err = chief.SetRights(ctx, doctor.ID, "set:anon")
		wantCode(t, "give rights", err, "forbidden")
		me, err := bob.Whoami(ctx)
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, "remove", chief.RemoveMember(ctx, doctor.ID, me.User.ID), "")
		_, err = bob.Group(ctx, doctor.ID)
		wantCode(t, "as its former member", err, "not_found")
	})
}

func TestGroupsThatStay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		root := w.admin()
		all, err := root.Groups(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range all.Items {
			wantCode(t, "delete the "+g.Kind+" group", root.DeleteGroup(ctx, g.ID), "conflict")
			wantCode(t, "invite to the "+g.Kind+" group", root.AddMember(ctx, g.ID, client.Newcomer{UserID: 1}), "conflict")
			if g.Kind == "public" {
				_, err := root.SetRights(ctx, g.ID, "set:edit")
				wantCode(t, "give everybody more than to read", err, "invalid")
			}
		}
		g := w.group("Hospital", 0)
		child := w.group("Doctor", g.ID)
		_, err = root.CreateSets(ctx, client.NewSet{Kind: "run", Name: "r1", GroupID: g.ID})
		if err != nil {
			t.Fatal(err)
		}
		err = root.DeleteGroup(ctx, g.ID)
		wantCode(t, "delete one in use", err, "conflict")
		if err != nil && (!strings.Contains(err.Error(), "1 set ") || !strings.Contains(err.Error(), "1 group below")) {
			t.Errorf("what stands against it: got %q", err)
		}
		wantCode(t, "delete an empty one", root.DeleteGroup(ctx, child.ID), "")
	})
}
