package access

import "slices"

// The questions that use cases ask. Each takes what the store says of the
// object, above all the groups that it is shared with; where a sample is
// concerned, each of its sets.

// ViewSet tells whether p may see a set, its samples, results, fused results
// and annotations. Whoever may change it may see it.
func (p *Person) ViewSet(sharedWith []int64) bool {
	all, groups := p.ViewSets()
	return all || meet(groups, sharedWith)
}

// ViewSets is [Person.ViewSet] for list queries: every set, or those shared
// with one of the groups, ascending.
func (p *Person) ViewSets() (all bool, groups []int64) {
	if !p.allowed(Set, Read) {
		return false, nil
	}
	return p.All(Set, Read), p.reach(Set, Read, Edit)
}

// EditSet tells whether p may change what a set says of itself, trash and
// restore it, read its job logs.
func (p *Person) EditSet(sharedWith []int64) bool { return p.Can(Set, Edit, sharedWith) }

// EditIdentity tells whether p may change the name, birth date or number of a
// patient. Who sees a pseudonym in their place would write it over them.
func (p *Person) EditIdentity(sharedWith []int64) bool {
	return p.EditSet(sharedWith) && p.SeeIdentity(sharedWith)
}

// Upload tells whether p may add a sample to all the sets at once. One refused
// set refuses all, before anything is written.
func (p *Person) Upload(sets [][]int64) bool { return p.onEach(Upload, sets) }

// BrowseSources tells whether p may look into the folders that are mounted for
// the server, whose names of files can be those of patients: who adds samples for
// a laboratory must. The group that an account has for itself, by which everybody
// may upload, does not count.
func (p *Person) BrowseSources() bool {
	if p.All(Set, Upload) {
		return true
	}
	return p.allowed(Set, Upload) && slices.ContainsFunc(p.Memberships, func(m Membership) bool {
		return !m.Personal && m.holds(Set, Upload)
	})
}

// Save tells whether p may annotate the clonotypes of a set.
func (p *Person) Save(sharedWith []int64) bool { return p.Can(Set, Save, sharedWith) }

// Run tells whether p may analyse samples of a set by a config, owned and
// shared as given. It takes run and edit, as in the original: a new result
// replaces what all others see of the set, and so changes it. That the samples
// are of the set is for the caller to check.
func (p *Person) Run(sharedWith []int64, config Owned) bool {
	return p.Can(Set, Run, sharedWith) && p.Can(Set, Edit, sharedWith) && p.UseConfig(config)
}

// DeleteResult tells whether p may delete a result of a sample that is in the
// sets. The result disappears from each of them, so the right is wanted on
// each.
func (p *Person) DeleteResult(sets [][]int64) bool {
	return p.onEach(Run, sets) && p.onEach(Edit, sets)
}

// ViewSample tells whether p may see a sample, its reads and results; any of
// its sets will do.
func (p *Person) ViewSample(sets [][]int64) bool { return slices.ContainsFunc(sets, p.ViewSet) }

// EditSample tells whether p may change what a sample says of itself, replace,
// remove or attach its reads, delete it. The original asks for the right on any
// of its sets; we ask for it on each, because the sample is one and the same in
// all of them: a run that two laboratories share must not let one replace the
// reads of the other's patient.
func (p *Person) EditSample(sets [][]int64) bool { return p.onEach(Edit, sets) }

// DetachSample tells whether p may take a sample out of one set, when it stays
// in others. Taken out of its last set, a sample is deleted: ask
// [Person.EditSample].
func (p *Person) DetachSample(from []int64) bool { return p.Can(Set, Edit, from) }

// AttachSample tells whether p may put a sample that is in the sets also into
// the set that is shared with to. It takes the right to edit both, and where
// people of further groups get to see the sample by it, the right to share it.
func (p *Person) AttachSample(sets [][]int64, to []int64) bool {
	if !p.EditSample(sets) || !p.Can(Set, Edit, to) {
		return false
	}
	further := slices.ContainsFunc(to, func(group int64) bool {
		return !slices.ContainsFunc(sets, func(set []int64) bool { return slices.Contains(set, group) })
	})
	return !further || p.onEach(Share, sets)
}

// SeeIdentity tells whether p may see names, birth date and number of the
// patient that a set is about, in a page, a file, a log or a mail, and find or
// sort by them. Administrators are not exempt.
func (p *Person) SeeIdentity(sharedWith []int64) bool { return p.Can(Set, Anon, sharedWith) }

// SeeFileNames tells whether p may see the names of a sample's files, which
// often are names of patients. patients are the sample's sets that are
// patients, others the rest. The right is wanted on every patient, or, of a
// sample without, on every set: who has it on a run does not get from its files
// whom the patients of others are.
func (p *Person) SeeFileNames(patients, others [][]int64) bool {
	if len(patients) > 0 {
		return p.onEach(Anon, patients)
	}
	return p.onEach(Anon, others)
}

// Owned is an object that one group owns: a config or a pre-process.
type Owned struct {
	Owner      int64   // 0 = the server itself
	SharedWith []int64 // groups that may use it, besides the owner
}

func (o Owned) line() []int64 {
	if o.Owner == 0 {
		return nil
	}
	return []int64{o.Owner}
}

// UseConfig tells whether p may see a config and analyse by it.
func (p *Person) UseConfig(c Owned) bool { return p.use(Config, c) }

// UsePreProcess tells whether p may see a pre-process and attach it to uploads.
func (p *Person) UsePreProcess(c Owned) bool { return p.use(PreProcess, c) }

// EditConfig tells whether p may add a revision to a config, archive it.
// Editors of the owner group only: that a config is shared with a group lets
// its members use it, not change what others run by it.
func (p *Person) EditConfig(c Owned) bool { return p.Can(Config, Edit, c.line()) }

// EditPreProcess is [Person.EditConfig] for pre-processes.
func (p *Person) EditPreProcess(c Owned) bool { return p.Can(PreProcess, Edit, c.line()) }

func (p *Person) use(k Kind, c Owned) bool {
	return p.Can(k, Read, append(c.line(), c.SharedWith...)) ||
		p.allowed(k, Read) && meet(p.reach(k, Edit), c.line())
}

// Target is a group that something is to be shared with.
type Target struct {
	Group  int64
	Public bool
	Grants []Grant // those of the group and of all groups below it
}

// ShareSet tells whether p may open a set, shared as given, to one more group.
// Without limits to where, the right to share would be the right to everything:
// one could share with one's own group and have its rights. So nobody gives
// themselves a right that they lacked, nobody gives the sight of identities
// without having it, and the public is the administrators' affair. An
// administrator, who decides what groups may do in any case, is free.
func (p *Person) ShareSet(sharedWith []int64, with Target) bool {
	return p.share(Set, sharedWith, sharedWith, with)
}

// ShareConfig is [Person.ShareSet] for configs: by the owner group only.
func (p *Person) ShareConfig(c Owned, with Target) bool {
	return p.share(Config, c.line(), append(c.line(), c.SharedWith...), with)
}

// SharePreProcess is [Person.ShareSet] for pre-processes: by the owner group
// only.
func (p *Person) SharePreProcess(c Owned, with Target) bool {
	return p.share(PreProcess, c.line(), append(c.line(), c.SharedWith...), with)
}

// share asks for the right along the groups by; now are all that have the
// object.
func (p *Person) share(k Kind, by, now []int64, with Target) bool {
	if !p.Can(k, Share, by) || with.Group <= 0 {
		return false
	}
	if p.All(k, Share) {
		return true
	}
	if with.Public {
		return false
	}
	if slices.Contains(with.Grants, Grant{k, Anon}) && !p.Can(k, Anon, now) {
		return false
	}
	then := append(slices.Clone(now), with.Group)
	return !slices.ContainsFunc(Rights(k), func(r Right) bool {
		return p.Can(k, r, then) && !p.Can(k, r, now)
	})
}

// Unshare tells whether p may close an object of kind k, that the group owner
// owns, to one of the groups that it is shared with. Nobody but an
// administrator takes it from its owner.
func (p *Person) Unshare(k Kind, owner int64, sharedWith []int64, from int64) bool {
	if p.All(k, Share) {
		return true
	}
	if k != Set {
		sharedWith = Owned{Owner: owner}.line()
	}
	return from != owner && p.Can(k, Share, sharedWith)
}

// Team is a group as an object of rights.
type Team struct {
	ID       int64
	Parent   int64 // 0 = none
	Public   bool
	Personal bool
}

// line is the groups through which a group is managed: an organisation manages
// its roles and itself.
func (g Team) line() []int64 {
	if g.Parent != 0 {
		return []int64{g.Parent}
	}
	return []int64{g.ID}
}

// ViewGroup tells whether p may see the name of a group and who is in it.
// Members may, and whoever has the right along its organisation; who is
// registered at all (the public group) and the group of one person are not
// shown to others.
func (p *Person) ViewGroup(g Team) bool {
	if p.All(Group, Read) {
		return true
	}
	if g.Public || !p.allowed(Group, Read) {
		return false
	}
	if slices.Contains(p.Involved(), g.ID) {
		return true
	}
	return !g.Personal && meet(p.reach(Group, Read, Edit), g.line())
}

// ManageGroup tells whether p may rename a group, invite to it and remove from
// it. Members of the organisation with the right may, for the organisation and
// its roles. A group of one person stands and falls with the account, the
// public one with the server. Which rights groups have is for
// [Person.Administer].
func (p *Person) ManageGroup(g Team) bool {
	if p.All(Group, Edit) {
		return true
	}
	return !g.Public && !g.Personal && p.Can(Group, Edit, g.line())
}

// Administer tells whether p may make groups and set their rights, make and
// disable accounts, purge, see all jobs, settings and the audit.
func (p *Person) Administer() bool { return p.administrator() && !p.ReadOnly }

// ManageUser tells whether p may change the account of a person: name, address,
// password, second factor, tokens, sessions. Everybody may change the own one,
// unless several people share it or somebody acts as them; by a token only with
// the scope admin.
func (p *Person) ManageUser(id int64) bool {
	if p.Administer() {
		return true
	}
	return id == p.ID && id > 0 && p.Actor == 0 && !p.Limited && !p.ReadOnly && p.scope(ScopeAdmin)
}

// Impersonate tells whether p may act as another person, to help them.
// Administrators only, signed in and as themselves, and not as another
// administrator. What is done is logged as both.
func (p *Person) Impersonate(other *Person) bool {
	return p.Administer() && p.Scopes == nil && p.ID != other.ID && !other.Admin
}

// onEach wants the right on every one of the sets, of which there is one at least.
func (p *Person) onEach(r Right, sets [][]int64) bool {
	return len(sets) > 0 && !slices.ContainsFunc(sets, func(set []int64) bool { return !p.Can(Set, r, set) })
}
