package service_test

import (
	"context"
	"maps"
	"sync"
	"testing"

	"vidjil.org/vidjil/internal/auth"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// work counts what a sign-in costs.
type work struct {
	mu sync.Mutex
	n  map[string]int
}

func (w *work) did(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n == nil {
		w.n = map[string]int{}
	}
	w.n[what]++
}

func (w *work) take() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.n
	w.n = nil
	return n
}

// countedHasher counts checks of passwords, which are slow on purpose.
type countedHasher struct {
	service.Passwords
	work *work
}

func (h *countedHasher) Verify(ctx context.Context, password, kept string) (bool, error) {
	h.work.did("hash")
	return h.Passwords.Verify(ctx, password, kept)
}

// countedDirectory knows two people, and takes no password.
type countedDirectory struct {
	people map[string]lab.Claim
	work   *work
}

func (d *countedDirectory) Find(_ context.Context, name string) (lab.Claim, error) {
	d.work.did("find")
	if c, ok := d.people[name]; ok {
		return c, nil
	}
	return lab.Claim{}, lab.Errorf(lab.NotFound, "nobody")
}

func (d *countedDirectory) Prove(context.Context, lab.Claim, string, string) (lab.Claim, error) {
	d.work.did("prove")
	return lab.Claim{}, lab.Errorf(lab.Unauthenticated, "wrong")
}

func (d *countedDirectory) Lookup(context.Context, string) (lab.Claim, error) {
	return lab.Claim{}, lab.Errorf(lab.NotFound, "nobody")
}

// TestSignInWork: a wrong password costs the same whoever it is of: one question
// who it is, one question about the password, one hash. The time of an answer
// tells nobody who has an account, where, and whether it is used.
func TestSignInWork(t *testing.T) {
	t.Parallel()
	for _, linking := range []bool{false, true} {
		each(t, func(t *testing.T, w *world) {
			hasher, err := auth.NewHasher(auth.HasherConfig{Cost: auth.Cost{Passes: 1, Memory: 8, Threads: 1}})
			if err != nil {
				t.Fatal(err)
			}
			n := &work{}
			w.Passwords = &countedHasher{hasher, n}
			d := &countedDirectory{work: n, people: map[string]lab.Claim{}}
			w.Directory, w.DirectoryRealm.LinkByEmail = d, linking
			account := func(name, state, source string) string {
				u := lab.User{Email: name + "@example.org", Name: name, State: lab.UserState(state), Source: source}
				w.write(func(ctx context.Context, tx *store.Tx) error {
					if err := tx.InsertUser(ctx, &u); err != nil || source == lab.SourceLocal {
						return err
					}
					id := lab.Identity{UserID: u.ID, Issuer: lab.IssuerLDAP, Subject: name}
					d.people[u.Email] = lab.Claim{Issuer: id.Issuer, Subject: name, Disabled: state == "disabled"}
					return tx.InsertIdentity(ctx, &id)
				})
				return u.Email
			}
			d.people["newcomer"] = lab.Claim{Issuer: lab.IssuerLDAP, Subject: "newcomer"}
			want := map[string]int{"find": 1, "prove": 1, "hash": 1}
			for what, name := range map[string]string{
				"of the directory": account("ada", "active", lab.SourceLDAP), "disabled, of the directory": account("bob", "disabled", lab.SourceLDAP),
				"local": account("lea", "active", lab.SourceLocal), "disabled": account("dan", "disabled", lab.SourceLocal), "invited": account("ina", "invited", lab.SourceLocal),
				"not seen here yet": "newcomer", "unknown": "nobody@example.org", "no address": "nobody",
			} {
				_, err := w.SignIn(t.Context(), &service.Actor{RequestID: "test"}, service.SignIn{Email: name, Password: "wrong wrong wrong"})
				if lab.CodeOf(err) != lab.Unauthenticated || err.Error() != "the e-mail address or the password is wrong" {
					t.Errorf("%s (link_by_email %t): %v", what, linking, err)
				}
				if got := n.take(); !maps.Equal(got, want) {
					t.Errorf("%s (link_by_email %t): did %v, want %v", what, linking, got, want)
				}
			}
		})
	}
}
