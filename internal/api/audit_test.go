package api_test

import (
	"strings"
	"testing"

	"vidjil.org/vidjil/client"
)

func TestAuditRights(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx := t.Context()
		g := w.group("laboratory", 0, "set:create", "set:read", "set:edit", "set:anon")
		readers := w.group("readers", g.ID, "set:read")
		ann, bob, eve := w.person("ann", g.ID), w.person("bob", readers.ID), w.person("eve")
		sets, err := ann.CreateSets(ctx, client.NewSet{Kind: "patient", LastName: "Qwertzuiop", FirstName: "Asdfgh", Birth: "1950-01-02", GroupID: g.ID, Info: "known as Qwertz"})
		if err != nil {
			t.Fatal(err)
		}
		id := sets[0].ID
		if _, err := ann.UpdateSet(ctx, id, client.SetChange{LastName: new("Yxcvbnm")}); err != nil {
			t.Fatal(err)
		}
		for name, tt := range map[string]struct {
			c    *client.Client
			q    client.AuditQuery
			code string
		}{
			"nobody":                       {w.nobody(), client.AuditQuery{SetID: id}, "unauthenticated"},
			"an editor":                    {ann, client.AuditQuery{SetID: id}, ""},
			"an editor, all":               {ann, client.AuditQuery{}, "forbidden"},
			"a reader":                     {bob, client.AuditQuery{SetID: id}, "forbidden"},
			"somebody else":                {eve, client.AuditQuery{SetID: id}, "not_found"},
			"a set that there is not":      {ann, client.AuditQuery{SetID: 999}, "not_found"},
			"administrator":                {w.admin(), client.AuditQuery{}, ""},
			"administrator's narrow key":   {w.token(w.admin(), "read"), client.AuditQuery{}, "forbidden"},
			"an object without its number": {w.admin(), client.AuditQuery{Object: "set"}, "invalid"},
			"no day":                       {w.admin(), client.AuditQuery{From: "yesterday"}, "invalid"},
			"no cursor":                    {w.admin(), client.AuditQuery{Cursor: "x"}, "invalid"},
		} {
			page, err := tt.c.Audit(ctx, tt.q)
			wantCode(t, name, err, tt.code)
			if err == nil && len(page.Items) == 0 {
				t.Errorf("%s: no entries", name)
			}
			text := strings.ToLower(encode(t, page))
			for _, secret := range []string{"qwertz", "asdfgh", "yxcvbnm", "1950-01-02"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s: the answer holds %q", name, secret)
				}
			}
			if name == "an editor" && strings.Contains(text, "127.0.0.1") {
				t.Errorf("%s sees network addresses", name)
			}
		}
	})
}

func TestAuditPaging(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		var ids []int64
		cursor := ""
		for {
			page, err := w.admin().Audit(t.Context(), client.AuditQuery{Limit: 7, Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Items {
				ids = append(ids, e.ID)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		for i, id := range ids {
			if want := int64(len(ids) - i); id != want {
				t.Fatalf("entry %d of %d is number %d, want %d", i, len(ids), id, want)
			}
		}
		if len(ids) < 10 {
			t.Errorf("entries: got %d, want those of the setup", len(ids))
		}
	})
}
