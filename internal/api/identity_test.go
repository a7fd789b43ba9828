package api_test

import (
	"testing"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// linkedIdentity links an account elsewhere with that of a person, as if a
// provider had proven it.
func (w *site) linkedIdentity(name string) int64 {
	w.t.Helper()
	ctx := w.t.Context()
	var id lab.Identity
	err := w.Store.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.UserByEmail(ctx, name+"@example.org")
		if err != nil {
			return err
		}
		id = lab.Identity{UserID: u.ID, Issuer: "https://sso.example.org", Subject: name, Linked: true, Label: name + "@sso.example.org"}
		return tx.InsertIdentity(ctx, &id)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id.ID
}

// TestUnlinkUnknownProvider: an identity whose provider the settings have no more
// can be unlinked still. The way through a provider is tested in internal/openid.
func TestUnlinkUnknownProvider(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		w := newSite(t, url, siteConfig{})
		ann := w.person("ann", w.group("laboratory", 0).ID)
		id := w.linkedIdentity("ann")
		list, err := ann.Identities(t.Context())
		if err != nil || len(list.Items) != 1 || !list.Items[0].Linked || list.Items[0].Provider != "" {
			t.Fatalf("identities: %+v, %v", list.Items, err)
		}
		wantCode(t, "unlink with a wrong password", ann.Unlink(t.Context(), id, client.Proof{Password: "wrong"}), "invalid")
		wantCode(t, "unlink", ann.Unlink(t.Context(), id, client.Proof{Password: password}), "")
		wantCode(t, "unlink again", ann.Unlink(t.Context(), id, client.Proof{Password: password}), "not_found")
	})
}

// TestAddressOfTheDirectory: who is called what by a directory does not change it
// here, and is told why.
func TestAddressOfTheDirectory(t *testing.T) {
	t.Parallel()
	w := newSite(t, storetest.SQLite(t), siteConfig{})
	ann := w.person("ann", w.group("laboratory", 0).ID)
	err := w.Store.Write(t.Context(), func(tx *store.Tx) error {
		u, err := tx.UserByEmail(t.Context(), "ann@example.org")
		if err != nil {
			return err
		}
		return tx.SetUserSource(t.Context(), u.ID, lab.SourceLDAP)
	})
	if err != nil {
		t.Fatal(err)
	}
	email := "other@example.org"
	_, err = ann.UpdateMe(t.Context(), client.ProfileChange{Email: &email, Password: password})
	wantCode(t, "another address", err, "invalid")
	name := "Ann"
	_, err = ann.UpdateMe(t.Context(), client.ProfileChange{Name: &name})
	wantCode(t, "another name", err, "")
}
