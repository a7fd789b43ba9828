package access

import "slices"

// Membership is one group of a person, with what the rule needs of the group.
type Membership struct {
	Group    int64
	Parent   int64 // the group above; 0 = none
	Public   bool  // the group of everybody; a store lists it among the memberships of each person
	Personal bool  // the group that an account has for itself
	Grants   []Grant
}

// Person is who asks, as one request sees them. Accounts that are disabled or
// locked never become a Person.
type Person struct {
	ID          int64
	Admin       bool // site administrator
	Memberships []Membership

	// Scopes of the API token by which the person came; nil = signed in, all.
	// An empty list that is not nil allows nothing.
	Scopes []Scope

	// ReadOnly accounts see what they may see and change nothing, not even
	// themselves.
	ReadOnly bool

	// Limited accounts are shared by several people (demonstrations,
	// teaching): nobody changes their password or address but an administrator.
	Limited bool

	// Actor is the administrator who acts as this person; 0 = nobody does. It
	// takes away what could be used to pass as the person for good or to get
	// round the administrators' own limits: administration, the account, and
	// identities.
	Actor int64
}

// Reach is the groups through which an object that is shared with one of them
// is open to p for r, ascending. It is what a list query filters with; ask
// [Person.All] first.
func (p *Person) Reach(k Kind, r Right) []int64 {
	if !p.allowed(k, r) {
		return nil
	}
	return p.reach(k, r)
}

// reach is the rule itself: each group with one of the rights, and its parent.
func (p *Person) reach(k Kind, rights ...Right) []int64 {
	var reach []int64
	for _, m := range p.Memberships {
		if !slices.ContainsFunc(rights, func(r Right) bool { return m.holds(k, r) }) {
			continue
		}
		reach = append(reach, m.Group)
		if m.above() != 0 {
			reach = append(reach, m.above())
		}
	}
	slices.Sort(reach)
	return slices.Compact(reach)
}

// All tells whether p may do r to every object of the kind, whatever it is
// shared with: administrators may, but seeing identities must come from a
// group.
func (p *Person) All(k Kind, r Right) bool {
	return r != Anon && p.administrator() && p.allowed(k, r) && Grant{k, r}.Valid()
}

// Can tells whether p may do r to an object of kind k that is shared with the
// groups.
func (p *Person) Can(k Kind, r Right, sharedWith []int64) bool {
	return p.All(k, r) || meet(p.Reach(k, r), sharedWith)
}

// CanCreate tells whether p may make an object of kind k that group will own.
// Groups themselves are made by administrators.
func (p *Person) CanCreate(k Kind, group int64) bool {
	if k == Group {
		return p.Administer()
	}
	return group > 0 && (p.All(k, Create) || slices.Contains(p.Reach(k, Create), group))
}

// Targets are the groups to offer as owner of what p creates or uploads,
// ascending: of each group with the right its parent if it has one, as the
// organisation owns what its roles make, else itself. For administrators these
// are the groups that suggest themselves; [Person.All] allows any.
func (p *Person) Targets(k Kind, r Right) []int64 {
	if !p.allowed(k, r) {
		return nil
	}
	var targets []int64
	for _, m := range p.Memberships {
		if m.Public || !m.holds(k, r) && !p.All(k, r) {
			continue
		}
		if m.above() != 0 {
			targets = append(targets, m.above())
		} else {
			targets = append(targets, m.Group)
		}
	}
	slices.Sort(targets)
	return slices.Compact(targets)
}

// Involved are the person's groups and those above them, ascending: the tags
// that they use are suggested to p. Being involved gives no right.
func (p *Person) Involved() []int64 {
	var groups []int64
	for _, m := range p.Memberships {
		groups = append(groups, m.Group)
		if m.above() != 0 {
			groups = append(groups, m.above())
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// holds tells whether the group has the right. Through the public group one
// reads and does nothing else, whatever somebody has ticked: a right of
// everybody is never meant.
func (m *Membership) holds(k Kind, r Right) bool {
	g := Grant{k, r}
	if m.Public && r != Read {
		return false
	}
	return g.Valid() && slices.Contains(m.Grants, g)
}

// above is the parent, of groups that can have one.
func (m *Membership) above() int64 {
	if m.Public || m.Personal {
		return 0
	}
	return m.Parent
}

// allowed tells whether the way in which p came leaves room for r at all.
func (p *Person) allowed(k Kind, r Right) bool {
	if p.ReadOnly && r != Read && r != Anon {
		return false
	}
	if p.Actor != 0 && r == Anon {
		return false
	}
	return p.scope(scopeOf(k, r))
}

func (p *Person) scope(s Scope) bool { return p.Scopes == nil || slices.Contains(p.Scopes, s) }

// administrator tells whether p's being an administrator counts in this
// request. It says nothing of changes: see [Person.Administer].
func (p *Person) administrator() bool {
	return p.Admin && p.Actor == 0 && p.scope(ScopeAdmin)
}

// meet tells whether a, ascending, and b have a group in common.
func meet(a, b []int64) bool {
	return slices.ContainsFunc(b, func(id int64) bool {
		_, found := slices.BinarySearch(a, id)
		return found
	})
}
