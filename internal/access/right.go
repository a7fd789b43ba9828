package access

import (
	"slices"

	"vidjil.org/vidjil/internal/lab"
)

// Kind is a kind of object that rights are about.
type Kind string

// The kinds.
const (
	Set        Kind = "set" // patients, runs and other sets, with their samples, results and annotations
	Config     Kind = "config"
	PreProcess Kind = "preprocess"
	Group      Kind = "group" // who is in a group; its rights are the administrators' affair
)

// Kinds are all kinds, in the order of tables and forms.
func Kinds() []Kind { return []Kind{Set, Config, PreProcess, Group} }

// Right is what may be done to an object of a kind.
type Right string

// The rights, with what they mean for each kind.
const (
	Create Right = "create" // make sets, configs or pre-processes that the group will own
	Read   Right = "read"   // see a set with samples, results and annotations; use a config or pre-process; see who is in a group
	Edit   Right = "edit"   // change or delete a set and its samples; change a config that the group owns; invite to and remove from groups
	Upload Right = "upload" // add samples to a set
	Run    Right = "run"    // analyse the samples of a set, delete results
	Save   Right = "save"   // annotate the clonotypes of a set
	Anon   Right = "anon"   // see the identity of patients: names, birth dates, names of files
	Share  Right = "share"  // open an object to other groups
)

// Rights are the rights that exist for a kind, in the order of tables and
// forms. A grant of any other right means nothing.
func Rights(k Kind) []Right {
	switch k {
	case Set:
		return []Right{Create, Read, Edit, Upload, Run, Save, Anon, Share}
	case Config, PreProcess:
		return []Right{Create, Read, Edit, Share}
	case Group:
		return []Right{Read, Edit} // groups are made by administrators
	}
	return nil
}

// Grant is one right for one kind of object, as a group holds it.
type Grant struct {
	Kind  Kind
	Right Right
}

// ParseGrant reads what [Grant.String] writes, as "set:read".
func ParseGrant(s string) (Grant, error) {
	for _, k := range Kinds() {
		for _, r := range Rights(k) {
			if g := (Grant{k, r}); g.String() == s {
				return g, nil
			}
		}
	}
	return Grant{}, lab.Errorf(lab.Invalid, "there is no right %q", s)
}

// Valid tells whether the right exists for the kind.
func (g Grant) Valid() bool { return slices.Contains(Rights(g.Kind), g.Right) }

// String is kind and right, as "set:read".
func (g Grant) String() string { return string(g.Kind) + ":" + string(g.Right) }

// GroupGrants are the rights that a new group is made with: its members do the
// daily work on sets, and use the configs and pre-processes that are shared with
// it. To run analyses and to see identities are given by an administrator,
// knowingly.
func GroupGrants() []Grant {
	return []Grant{
		{Set, Create},
		{Set, Read},
		{Set, Edit},
		{Set, Upload},
		{Set, Save},
		{Set, Share},
		{Config, Read},
		{PreProcess, Read},
	}
}

// PersonalGrants are the rights of the group that each account has for itself:
// those of a new group, and the identity of the patients that one has entered.
func PersonalGrants() []Grant { return append(GroupGrants(), Grant{Set, Anon}) }

// PublicGrants are the rights of the public group, of which everybody is a
// member: the default configs and pre-processes are shared with it, and so may
// demonstration sets be, by an administrator.
func PublicGrants() []Grant { return []Grant{{Set, Read}, {Config, Read}, {PreProcess, Read}} }

// Scope narrows what an API token may do of that which its person may.
type Scope string

// The scopes. None contains another.
const (
	ScopeRead   Scope = "read"   // read and anon
	ScopeWrite  Scope = "write"  // create, edit, run, save and share; to run by a config takes read as well
	ScopeUpload Scope = "upload" // upload
	ScopeAdmin  Scope = "admin"  // administration of groups, of the server and of the own account
)

// Scopes are all scopes, in the order of tables and forms.
func Scopes() []Scope { return []Scope{ScopeRead, ScopeWrite, ScopeUpload, ScopeAdmin} }

// ParseScopes checks the scopes asked for a token. At least one is wanted: a
// token without any could do nothing, and an empty list must never come to mean
// all.
func ParseScopes(names []string) ([]Scope, error) {
	if len(names) == 0 {
		return nil, lab.Errorf(lab.Invalid, "a token needs at least one scope: read, write, upload or admin")
	}
	scopes := make([]Scope, 0, len(names))
	for _, name := range names {
		s := Scope(name)
		if !slices.Contains(Scopes(), s) {
			return nil, lab.Errorf(lab.Invalid, "there is no scope %q; scopes are read, write, upload and admin", name)
		}
		if !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	return scopes, nil
}

// scopeOf is the scope that a token needs to make use of a right.
func scopeOf(k Kind, r Right) Scope {
	switch {
	case r == Read, r == Anon:
		return ScopeRead
	case k == Group:
		return ScopeAdmin
	case r == Upload:
		return ScopeUpload
	}
	return ScopeWrite
}
