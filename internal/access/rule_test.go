package access_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vidjil.org/vidjil/internal/access"
)

// world is a server's groups as rows, for the oracle.
type world struct {
	parent map[int64]int64          // group → its parent; the groups are the keys
	rights map[int64][]access.Grant // "action rows"
	public int64
}

func drawWorld(t *rapid.T) world {
	w := world{parent: map[int64]int64{}, rights: map[int64][]access.Grant{}, public: 1}
	var all []access.Grant
	for _, k := range access.Kinds() {
		for _, r := range access.Rights(access.Set) { // some do not exist for k
			all = append(all, access.Grant{Kind: k, Right: r})
		}
	}
	tops := []int64{}
	for id := int64(1); id <= int64(rapid.IntRange(1, 8).Draw(t, "groups")); id++ {
		w.parent[id] = 0
		if id != w.public && len(tops) > 0 && rapid.Bool().Draw(t, "child") {
			w.parent[id] = rapid.SampledFrom(tops).Draw(t, "parent")
		} else if id != w.public {
			tops = append(tops, id)
		}
		w.rights[id] = rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 12, rapid.ID).Draw(t, "rights")
	}
	return w
}

func (w world) draw(t *rapid.T, label string) []int64 {
	groups := rapid.SliceOfDistinct(rapid.Int64Range(1, int64(len(w.parent))), rapid.ID).Draw(t, label)
	return slices.Sorted(slices.Values(groups))
}

func (w world) person(groups []int64) *access.Person {
	p := &access.Person{ID: 1}
	for _, g := range groups {
		p.Memberships = append(p.Memberships, access.Membership{Group: g, Parent: w.parent[g], Public: g == w.public, Grants: w.rights[g]})
	}
	return p
}

// can is the rule by the letter, as two sets of groups that must meet:
//
//   - P: the groups of the person that hold the right, and all parents of those;
//   - A: the groups of the person that the object is shared with, and the groups
//     of the person whose parent it is shared with.
//
// The public group is the exception: through it one reads only.
func (w world) can(groups []int64, k access.Kind, r access.Right, sharedWith []int64) bool {
	if !slices.Contains(access.Rights(k), r) {
		return false
	}
	holds := map[int64]bool{}
	for _, g := range groups {
		if slices.Contains(w.rights[g], access.Grant{Kind: k, Right: r}) && (g != w.public || r == access.Read) {
			holds[g] = true
			if w.parent[g] != 0 {
				holds[w.parent[g]] = true
			}
		}
	}
	accesses := map[int64]bool{}
	for _, g := range groups {
		if slices.Contains(sharedWith, g) || w.parent[g] != 0 && slices.Contains(sharedWith, w.parent[g]) {
			accesses[g] = true
		}
	}
	for g := range holds {
		if accesses[g] {
			return true
		}
	}
	return false
}

func TestRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		mine := w.draw(t, "memberships")
		sharedWith := w.draw(t, "shared with")
		p := w.person(mine)
		p.Admin = rapid.Bool().Draw(t, "admin")
		for _, k := range access.Kinds() {
			for _, r := range access.Rights(access.Set) {
				admin := p.Admin && r != access.Anon && slices.Contains(access.Rights(k), r)
				want := admin || w.can(mine, k, r, sharedWith)
				if got := p.Can(k, r, sharedWith); got != want {
					t.Fatalf("%s:%s on an object shared with %v: got %t, want %t", k, r, sharedWith, got, want)
				}
				reach := p.Reach(k, r)
				if !slices.IsSorted(reach) || len(slices.Compact(slices.Clone(reach))) != len(reach) {
					t.Fatalf("Reach is not a sorted set: %v", reach)
				}
				listed := slices.ContainsFunc(sharedWith, func(g int64) bool { return slices.Contains(reach, g) })
				if got := p.All(k, r) || listed; got != want {
					t.Fatalf("%s:%s in a list: got %t, want %t", k, r, got, want)
				}
			}
		}
		all, groups := p.ViewSets()
		if got, want := all || slices.ContainsFunc(sharedWith, func(g int64) bool { return slices.Contains(groups, g) }), p.ViewSet(sharedWith); got != want {
			t.Fatalf("a set in a list: got %t, want %t as alone", got, want)
		}
	})
}

// TestNarrowing: neither a token, nor read only, nor acting as somebody lets one
// do what one may not do without.
func TestNarrowing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		full := w.person(w.draw(t, "memberships"))
		full.Admin = rapid.Bool().Draw(t, "admin")
		less := *full
		if rapid.Bool().Draw(t, "token") {
			less.Scopes = rapid.SliceOfDistinct(rapid.SampledFrom(access.Scopes()), rapid.ID).Draw(t, "scopes")
		}
		less.ReadOnly = rapid.Bool().Draw(t, "read only")
		less.Actor = rapid.Int64Range(0, 1).Draw(t, "actor")
		shared, other := w.draw(t, "shared"), w.draw(t, "other")
		for name, may := range map[string]func(p *access.Person) bool{
			"view":    func(p *access.Person) bool { return p.ViewSet(shared) },
			"run":     func(p *access.Person) bool { return p.Run(shared, access.Owned{Owner: 2, SharedWith: other}) },
			"attach":  func(p *access.Person) bool { return p.AttachSample([][]int64{shared}, other) },
			"names":   func(p *access.Person) bool { return p.SeeFileNames([][]int64{shared}, [][]int64{other}) },
			"unshare": func(p *access.Person) bool { return p.Unshare(access.Set, 2, shared, 1) },
			"config":  func(p *access.Person) bool { return p.EditConfig(access.Owned{Owner: 2}) },
			"manage":  func(p *access.Person) bool { return p.ManageGroup(access.Team{ID: 2}) },
			"look":    func(p *access.Person) bool { return p.ViewGroup(access.Team{ID: 2}) },
			"account": func(p *access.Person) bool { return p.ManageUser(1) },
			"admin":   func(p *access.Person) bool { return p.Administer() },
		} {
			if may(&less) && !may(full) {
				t.Fatalf("%s: allowed to %+v, refused to %+v", name, less, full)
			}
		}
		for _, k := range access.Kinds() {
			for _, r := range access.Rights(k) {
				for _, g := range less.Targets(k, r) {
					if !slices.Contains(full.Targets(k, r), g) {
						t.Fatalf("%s:%s offered in group %d", k, r, g)
					}
				}
			}
		}
	})
}

// TestShareGivesNothing: nobody who is no administrator has more rights on a set
// after sharing it than before, nor shows identities to anybody without having
// seen them.
func TestShareGivesNothing(t *testing.T) {
	t.Parallel()
	shared := 0
	// Few of the drawn people may share: some rounds may pass without one.
	check := func(t *rapid.T) {
		w := drawWorld(t)
		p := w.person(w.draw(t, "memberships"))
		sharedWith := w.draw(t, "shared with")
		with := access.Target{Group: rapid.Int64Range(1, int64(len(w.parent))).Draw(t, "with")}
		with.Public = with.Group == w.public
		for g, parent := range w.parent {
			if g == with.Group || parent == with.Group {
				with.Grants = append(with.Grants, w.rights[g]...)
			}
		}
		if !p.ShareSet(sharedWith, with) {
			return
		}
		shared++
		after := append(slices.Clone(sharedWith), with.Group)
		for _, r := range access.Rights(access.Set) {
			if p.Can(access.Set, r, after) && !p.Can(access.Set, r, sharedWith) {
				t.Fatalf("sharing gives %s", r)
			}
		}
		for g := range w.parent {
			colleague := w.person([]int64{g})
			if colleague.SeeIdentity(after) && !colleague.SeeIdentity(sharedWith) && !p.SeeIdentity(sharedWith) {
				t.Fatalf("sharing shows identities to group %d", g)
			}
		}
	}
	for round := 0; round < 20 && shared < 5; round++ {
		rapid.Check(t, check)
	}
	if shared == 0 {
		t.Error("no set was ever shared: the test shows nothing")
	}
}

func TestGrantText(t *testing.T) {
	t.Parallel()
	for _, k := range access.Kinds() {
		for _, r := range access.Rights(k) {
			want := access.Grant{Kind: k, Right: r}
			got, err := access.ParseGrant(want.String())
			if err != nil || got != want {
				t.Errorf("%s: got %v, %v", want, got, err)
			}
		}
	}
	for _, s := range []string{"", "set", "set:", "set:impersonate", "config:run", "group:create", "SET:read", "set:read "} {
		if g, err := access.ParseGrant(s); err == nil {
			t.Errorf("%q is read as %v", s, g)
		}
	}
	for _, gs := range [][]access.Grant{access.GroupGrants(), access.PersonalGrants(), access.PublicGrants()} {
		for _, g := range gs {
			if !g.Valid() {
				t.Errorf("%v is given and does not exist", g)
			}
		}
	}
}

func TestParseScopes(t *testing.T) {
	t.Parallel()
	got, err := access.ParseScopes([]string{"read", "upload", "read"})
	if diff := cmp.Diff([]access.Scope{access.ScopeRead, access.ScopeUpload}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	for _, names := range [][]string{nil, {}, {""}, {"Read"}, {"read", "all"}} {
		if got, err := access.ParseScopes(names); err == nil {
			t.Errorf("%q: got %v, want an error", names, got)
		}
	}
}
