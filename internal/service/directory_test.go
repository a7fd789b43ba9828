package service_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/directory"
	"vidjil.org/vidjil/internal/directory/slapdtest"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// branch is a world whose people are in a real directory.
type branch struct {
	*world
	ldap *slapdtest.Server
}

func eachBranch(t *testing.T, test func(t *testing.T, b *branch)) {
	t.Helper()
	each(t, func(t *testing.T, w *world) {
		b := &branch{w, slapdtest.Start(t)}
		roots, err := directory.ReadRoots(b.ldap.CAFile)
		if err != nil {
			t.Fatal(err)
		}
		w.Directory = directory.NewLDAP(directory.LDAPConfig{
			URLs: []string{b.ldap.URL}, Roots: roots, BindDN: slapdtest.Root, BindPassword: slapdtest.Password, BaseDN: "ou=people," + slapdtest.Base,
			UserFilter: "(|(uid={name})(mail={name}))", IDAttr: "entryUUID", EmailAttr: "mail", NameAttr: "cn",
			GroupBaseDN: "ou=groups," + slapdtest.Base, GroupFilter: "(member={dn})", Timeout: 5 * time.Second,
		})
		w.DirectoryRealm.Key = directory.GroupKey
		if w.Keys, err = auth.OpenKeyring(filepath.Join(t.TempDir(), "secret.key")); err != nil {
			t.Fatal(err)
		}
		if w.Passwords, err = auth.NewHasher(auth.HasherConfig{Cost: auth.Cost{Passes: 1, Memory: 8, Threads: 1}}); err != nil {
			t.Fatal(err)
		}
		w.admin("root")
		test(t, b)
	})
}

func (b *branch) try(name, password, code string) (*service.Opened, error) {
	return b.SignIn(b.t.Context(), &service.Actor{RequestID: "test", Address: "test"}, service.SignIn{Email: name, Password: password, Code: code})
}

func (b *branch) in(name, password string) *service.Opened {
	b.t.Helper()
	o, err := b.try(name, password, "")
	if err != nil {
		b.t.Fatalf("sign in as %s: %v", name, err)
	}
	return o
}

// local makes an account with a password of its own.
func (b *branch) local(name, password string) lab.User {
	b.t.Helper()
	who := b.person(name)
	hash, err := b.Passwords.Hash(b.t.Context(), password)
	if err != nil {
		b.t.Fatal(err)
	}
	b.write(func(ctx context.Context, tx *store.Tx) error {
		c, err := tx.LockCredential(ctx, who.User.ID)
		if err != nil {
			return err
		}
		c.PasswordHash = hash
		return tx.UpdateCredential(ctx, &c)
	})
	return who.User
}

func (b *branch) user(id int64) (u lab.User) {
	b.t.Helper()
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		u, err = tx.UserByID(ctx, id)
		return err
	})
	return u
}

// groupsOf are the names of the ordinary groups of somebody.
func (b *branch) groupsOf(id int64) (names []string) {
	b.t.Helper()
	b.write(func(ctx context.Context, tx *store.Tx) error {
		names = nil
		list, err := tx.GroupsOf(ctx, id)
		for _, g := range list {
			if g.Kind == lab.GroupOrdinary {
				names = append(names, g.Name)
			}
		}
		return err
	})
	return names
}

// leaveGroup takes somebody out of a group of the directory.
func (b *branch) leaveGroup(group, uid string) {
	b.ldap.Modify("dn: cn=" + group + ",ou=groups,dc=lab,dc=test\nchangetype: modify\ndelete: member\nmember: uid=" + uid + ",ou=people,dc=lab,dc=test\n" +
		"-\nadd: member\nmember: cn=nobody\n")
}

func TestDirectoryFirstSignIn(t *testing.T) {
	t.Parallel()
	eachBranch(t, func(t *testing.T, b *branch) {
		b.group("Lymphoma", lab.Group{})
		b.DirectoryRealm.Groups = map[string]string{"CN=Haematology, OU=groups,DC=lab,DC=test": "lymphoma", "chiefs": "no such group"}
		b.DirectoryRealm.AdminGroup = "Chiefs"
		ada := b.in("ada", "ada-password").Who
		want := lab.User{ID: ada.User.ID, Email: "ada@lab.test", Name: "Ada Byron", State: lab.UserActive, Source: lab.SourceLDAP}
		got := b.user(ada.User.ID)
		got.CreatedAt, got.LastLoginAt = time.Time{}, time.Time{}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("account (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"Lymphoma"}, b.groupsOf(ada.User.ID)); diff != "" {
			t.Errorf("groups (-want +got):\n%s", diff)
		}
		// By address, in other letters: the same account.
		for _, name := range []string{"ADA", "Ada@LAB.test", " ada@lab.test"} {
			if again := b.in(name, "ada-password").Who; again.User.ID != ada.User.ID {
				t.Errorf("%q: account %d, want %d", name, again.User.ID, ada.User.ID)
			}
		}
		if bob := b.in("bob", "bob-password").Who; !bob.User.Admin || !bob.Administer() {
			t.Error("who is in the directory's group of administrators is none")
		}
		if ada.User.Admin {
			t.Error("who is not in it is one")
		}
		// An account of the directory has no password here, and gets none.
		if err := b.ChangePassword(t.Context(), ada, "ada-password", "seven quiet horses"); lab.CodeOf(err) == "" {
			t.Error("an account of the directory got a password here")
		}
	})
}

func TestDirectoryRefusals(t *testing.T) {
	t.Parallel()
	eachBranch(t, func(t *testing.T, b *branch) {
		b.local("lea", "seven quiet horses")
		for _, tt := range []struct{ name, password string }{
			{"ada", "wrong"},
			{"ada", ""},
			{"ada)(uid=*", "ada-password"},
			{"zoe@lab.test", "ada-password"},
			{"lea@example.org", "wrong"},
			{"root@example.org", ""},
		} {
			_, err := b.try(tt.name, tt.password, "")
			if got, want := lab.CodeOf(err), lab.Unauthenticated; got != want || err.Error() != "the e-mail address or the password is wrong" {
				t.Errorf("%q with %q: %v, want the one sentence", tt.name, tt.password, err)
			}
		}
		b.DirectoryRealm.NoAccounts = true
		if _, err := b.try("eve", "eve-password", ""); reason(err) != service.ReasonAccount {
			t.Errorf("an account was made, or not refused: %v", err)
		}
		b.DirectoryRealm.RequiredGroup = "haematology"
		if _, err := b.try("eve", "eve-password", ""); reason(err) != service.ReasonDisabled {
			t.Errorf("outside the required group: %v", err)
		}
	})
}

// reason is why somebody who is proven gets no session.
func reason(err error) string {
	if e, ok := err.(*lab.Error); ok && len(e.Fields) == 1 {
		return e.Fields[0].Field
	}
	return ""
}

// TestDirectoryLockout guesses at one account by both of its names.
func TestDirectoryLockout(t *testing.T) {
	t.Parallel()
	eachBranch(t, func(t *testing.T, b *branch) {
		b.in("ada", "ada-password")
		for i := range 5 {
			if _, err := b.try([]string{"ada", "ada@lab.test"}[i%2], "wrong", ""); lab.CodeOf(err) != lab.Unauthenticated {
				t.Fatalf("guess %d: %v", i, err)
			}
		}
		for _, name := range []string{"ada", "ada@lab.test"} {
			if _, err := b.try(name, "ada-password", ""); lab.CodeOf(err) != lab.TooMany {
				t.Errorf("%s after five wrong passwords: %v, want %s", name, err, lab.TooMany)
			}
		}
		// Who has no account yet is held up, too.
		for range 5 {
			_, _ = b.try("eve", "wrong", "")
		}
		if _, err := b.try("eve", "eve-password", ""); lab.CodeOf(err) != lab.TooMany {
			t.Errorf("eve after five wrong passwords: %v, want %s", err, lab.TooMany)
		}
	})
}

func TestDirectoryGroupsByHandStay(t *testing.T) {
	t.Parallel()
	eachBranch(t, func(t *testing.T, b *branch) {
		given, byHand := b.group("given", lab.Group{}), b.group("by hand", lab.Group{})
		b.DirectoryRealm.Groups = map[string]string{"haematology": "given"}
		ada := b.in("ada", "ada-password").Who.User
		root := b.admin("chief")
		if err := b.AddMember(t.Context(), root, byHand.ID, service.Newcomer{UserID: ada.ID}); err != nil {
			t.Fatal(err)
		}
		bob := b.person("bobby", given) // by hand, and never seen by the directory
		if diff := cmp.Diff([]string{"by hand", "given"}, b.groupsOf(ada.ID)); diff != "" {
			t.Fatalf("groups (-want +got):\n%s", diff)
		}
		b.leaveGroup("haematology", "ada")
		b.in("ada", "ada-password")
		if diff := cmp.Diff([]string{"by hand"}, b.groupsOf(ada.ID)); diff != "" {
			t.Errorf("groups after leaving one there (-want +got):\n%s", diff)
		}
		// Somebody who was put there by hand, and is in the directory's group too,
		// stays when the directory takes them out.
		boss := b.in("bob", "bob-password").Who.User
		if err := b.AddMember(t.Context(), root, byHand.ID, service.Newcomer{UserID: boss.ID}); err != nil {
			t.Fatal(err)
		}
		b.DirectoryRealm.Groups["chiefs"] = "by hand"
		b.in("bob", "bob-password")
		delete(b.DirectoryRealm.Groups, "chiefs")
		b.in("bob", "bob-password")
		if !slices.Contains(b.groupsOf(boss.ID), "by hand") || !slices.Contains(b.groupsOf(bob.User.ID), "given") {
			t.Error("the directory took somebody out of a group that it had not given")
		}
	})
}

func TestDirectoryLeaving(t *testing.T) {
	t.Parallel()
	eachBranch(t, func(t *testing.T, b *branch) {
		b.DirectoryRealm.RequiredGroup = "haematology"
		first := b.in("ada", "ada-password")
		ada := first.Who.User
		b.leaveGroup("haematology", "ada")
		if err := b.SyncDirectory(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := b.user(ada.ID).State; got != lab.UserDisabled {
			t.Fatalf("state %s, want %s", got, lab.UserDisabled)
		}
		var who service.Actor
		if err := b.IdentifySession(t.Context(), &who, first.Token); err != nil || who.Known() {
			t.Errorf("the session goes on: %v", err)
		}
		if _, err := b.try("ada", "ada-password", ""); reason(err) != service.ReasonDisabled {
			t.Errorf("sign-in: %v, want %s", err, service.ReasonDisabled)
		}
		// Back again.
		b.DirectoryRealm.RequiredGroup = ""
		b.in("ada", "ada-password")
		// An administrator's word stands against the directory's.
		disabled := lab.UserDisabled
		if _, err := b.UpdateUser(t.Context(), b.admin("chief"), ada.ID, service.UserChange{State: &disabled}); err != nil {
			t.Fatal(err)
		}
		if err := b.SyncDirectory(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := b.try("ada", "ada-password", ""); reason(err) != service.ReasonDisabled || b.user(ada.ID).State != lab.UserDisabled {
			t.Errorf("disabled by hand: %v", err)
		}
		// Deleted there.
		bob := b.in("bob", "bob-password").Who.User
		b.ldap.Modify("dn: uid=bob,ou=people,dc=lab,dc=test\nchangetype: delete\n")
		if err := b.SyncDirectory(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := b.user(bob.ID).State; got != lab.UserDisabled {
			t.Errorf("who was deleted there is %s here", got)
		}
	})
}

// TestDirectoryLosesAll is a base DN that is wrong since this morning.
func TestDirectoryLosesAll(t *testing.T) {
	t.Parallel()
	eachBranch(t, func(t *testing.T, b *branch) {
		var ids []int64
		b.write(func(ctx context.Context, tx *store.Tx) error {
			ids = nil
			for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
				u := lab.User{Email: name + "@lab.test", Name: name, State: lab.UserActive, Source: lab.SourceLDAP}
				if err := tx.InsertUser(ctx, &u); err != nil {
					return err
				}
				ids = append(ids, u.ID)
				if err := tx.InsertIdentity(ctx, &lab.Identity{UserID: u.ID, Issuer: lab.IssuerLDAP, Subject: "gone-" + name}); err != nil {
					return err
				}
			}
			return nil
		})
		if err := b.SyncDirectory(t.Context()); lab.CodeOf(err) != lab.Conflict {
			t.Errorf("got %v, want %s", err, lab.Conflict)
		}
		for _, id := range ids {
			if got := b.user(id).State; got != lab.UserActive {
				t.Errorf("account %d is %s", id, got)
			}
		}
	})
}

func TestDirectoryKeepsTheLastAdministrator(t *testing.T) {
	t.Parallel()
	eachBranch(t, func(t *testing.T, b *branch) {
		b.DirectoryRealm.AdminGroup = "chiefs"
		bob := b.in("bob", "bob-password").Who
		// The administrator by hand of this world goes.
		no := false
		var root lab.User
		b.write(func(ctx context.Context, tx *store.Tx) (err error) {
			root, err = tx.UserByEmail(ctx, "root@example.org")
			return err
		})
		if _, err := b.UpdateUser(t.Context(), bob, root.ID, service.UserChange{Admin: &no}); err != nil {
			t.Fatal(err)
		}
		b.leaveGroup("chiefs", "bob")
		if again := b.in("bob", "bob-password").Who; !again.User.Admin {
			t.Error("the server has no administrator any more")
		}
		b.admin("other")
		if again := b.in("bob", "bob-password").Who; again.User.Admin {
			t.Error("who left the group of administrators is one still")
		}
	})
}

// TestDirectoryDown: local accounts work, and nobody learns which account is
// where.
func TestDirectoryDown(t *testing.T) {
	t.Parallel()
	eachBranch(t, func(t *testing.T, b *branch) {
		b.local("lea", "seven quiet horses")
		b.in("ada", "ada-password")
		b.ldap.Stop()
		b.in("lea@example.org", "seven quiet horses")
		texts := map[string]bool{}
		for _, tt := range []struct{ name, password string }{
			{"lea@example.org", "wrong"}, {"ada@lab.test", "ada-password"}, {"ada@lab.test", "wrong"}, {"zoe@lab.test", "wrong"}, {"zoe", "wrong"},
		} {
			_, err := b.try(tt.name, tt.password, "")
			if lab.CodeOf(err) != lab.Unauthenticated {
				t.Fatalf("%s: %v", tt.name, err)
			}
			texts[err.Error()] = true
		}
		if len(texts) != 1 {
			t.Errorf("the answers differ: %v", texts)
		}
		for text := range texts {
			if !strings.Contains(text, "the directory") || !strings.Contains(text, "does not answer") {
				t.Errorf("%q does not say that the directory is down", text)
			}
		}
		if err := b.SyncDirectory(t.Context()); lab.CodeOf(err) != lab.Unreachable {
			t.Errorf("sync: %v", err)
		}
		// Attempts in vain lock nobody out.
		for range 8 {
			_, _ = b.try("ada@lab.test", "ada-password", "")
		}
		b.ldap.Resume()
		b.in("ada@lab.test", "ada-password")
	})
}

// TestDirectoryTakesOverByEmail: whoever may write an address in the directory
// must not get the account here that has it.
func TestDirectoryTakesOverByEmail(t *testing.T) {
	t.Parallel()
	eachBranch(t, func(t *testing.T, b *branch) {
		b.ldap.Modify("dn: uid=eve,ou=people,dc=lab,dc=test\nchangetype: modify\nreplace: mail\nmail: LEA@Example.org\n")
		lea := b.local("lea", "seven quiet horses")
		if _, err := b.try("eve", "eve-password", ""); reason(err) != service.ReasonEmail {
			t.Errorf("by another name: %v, want %s", err, service.ReasonEmail)
		}
		if _, err := b.try("lea@example.org", "eve-password", ""); lab.CodeOf(err) != lab.Unauthenticated {
			t.Errorf("by the address: %v", err)
		}
		b.in("lea@example.org", "seven quiet horses")

		// Trusted with it, the directory gets the account, and its old password ends.
		b.DirectoryRealm.LinkByEmail = true
		if got := b.in("lea@example.org", "eve-password").Who.User; got.ID != lea.ID || b.user(lea.ID).Source != lab.SourceLDAP {
			t.Errorf("account %d of source %s, want %d", got.ID, b.user(lea.ID).Source, lea.ID)
		}
		if _, err := b.try("lea@example.org", "seven quiet horses", ""); lab.CodeOf(err) != lab.Unauthenticated {
			t.Errorf("the old password: %v", err)
		}
		// Nobody else with that address gets it then.
		b.ldap.Modify("dn: uid=eve,ou=people,dc=lab,dc=test\nchangetype: delete\n\n" +
			"dn: uid=ada,ou=people,dc=lab,dc=test\nchangetype: modify\nreplace: mail\nmail: lea@example.org\n")
		if _, err := b.try("ada", "ada-password", ""); reason(err) != service.ReasonEmail {
			t.Errorf("another person of the directory: %v, want %s", err, service.ReasonEmail)
		}
	})
}

func TestDirectorySecondFactor(t *testing.T) {
	t.Parallel()
	eachBranch(t, func(t *testing.T, b *branch) {
		ada := b.in("ada", "ada-password").Who
		if _, _, err := b.EnrolTotp(t.Context(), ada, "wrong"); lab.CodeOf(err) != lab.Invalid {
			t.Errorf("enrolled with a wrong password: %v", err)
		}
		secret, _, err := b.EnrolTotp(t.Context(), ada, "ada-password")
		if err != nil {
			t.Fatal(err)
		}
		code := totpCode(t, secret, time.Now())
		recovery, err := b.ConfirmTotp(t.Context(), ada, code)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.try("ada", "ada-password", ""); reason(err) != "code" {
			t.Errorf("without a code: %v", err)
		}
		if _, err := b.try("ada", "ada-password", code); reason(err) != "code" {
			t.Errorf("with a code that was used: %v", err)
		}
		if _, err := b.try("ada", "wrong", recovery[0]); lab.CodeOf(err) != lab.Unauthenticated || reason(err) == "code" {
			t.Errorf("with a wrong password: %v", err)
		}
		if _, err := b.try("ada", "ada-password", recovery[0]); err != nil {
			t.Errorf("with a recovery code: %v", err)
		}
	})
}

func TestDirectoryForgetsTheAnonymised(t *testing.T) {
	t.Parallel()
	eachBranch(t, func(t *testing.T, b *branch) {
		ada := b.in("ada", "ada-password").Who.User
		if err := b.AnonymiseUser(t.Context(), b.admin("chief"), ada.ID); err != nil {
			t.Fatal(err)
		}
		b.write(func(ctx context.Context, tx *store.Tx) error {
			list, err := tx.IdentitiesOf(ctx, ada.ID)
			if len(list) > 0 {
				t.Error("the directory's name of somebody who is anonymised is kept")
			}
			return err
		})
		if again := b.in("ada", "ada-password").Who.User; again.ID == ada.ID {
			t.Error("an anonymised account was opened")
		}
	})
}

// totpCode is the code that an authenticator shows (RFC 6238).
func totpCode(t *testing.T, secret string, now time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	if err := binary.Write(mac, binary.BigEndian, now.Unix()/30); err != nil {
		t.Fatal(err)
	}
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}
