package access_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/access"
)

var update = flag.Bool("update", false, "write testdata/rights.txt again")

// TestRights prints who may do what in a small world and compares with
// testdata/rights.txt, which is to be read whenever it changes.
func TestRights(t *testing.T) {
	t.Parallel()
	const file = "testdata/rights.txt"
	got := rightsTable()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("rights differ from %s (-want +got); read them, then -update:\n%s", file, diff)
	}
}

// The groups of the world.
const (
	public int64 = iota + 1
	hospital
	technicians // of the hospital, as the following
	engineers
	doctors
	managers
	laboratory
	company
	analysts // of the company
	annsOwn
	bobsOwn
	guestsOwn
)

var groupNames = map[int64]string{
	public: "public", hospital: "Hospital", technicians: "Technician", engineers: "Engineer", doctors: "Doctor",
	managers: "Manager", laboratory: "Laboratory", company: "Company", analysts: "Analyst",
	annsOwn: "Ann's own", bobsOwn: "Bob's own", guestsOwn: "guest's own",
}

var parents = map[int64]int64{
	technicians: hospital, engineers: hospital, doctors: hospital, managers: hospital, analysts: company,
}

func grants(k access.Kind, rights ...access.Right) []access.Grant {
	var gs []access.Grant
	for _, r := range rights {
		gs = append(gs, access.Grant{Kind: k, Right: r})
	}
	return gs
}

// grantsOf is the recipe of the manuals: an organisation without rights of its
// own, and its roles below it.
func grantsOf(group int64) []access.Grant {
	switch group {
	case public:
		return access.PublicGrants()
	case technicians:
		return grants(access.Set, access.Create, access.Read, access.Upload)
	case engineers:
		return slices.Concat(
			grants(access.Set, access.Read, access.Edit, access.Run),
			grants(access.Config, access.Create, access.Read, access.Edit, access.Share),
			grants(access.PreProcess, access.Create, access.Read, access.Edit))
	case doctors:
		return grants(access.Set, access.Create, access.Read, access.Edit, access.Save, access.Anon, access.Share)
	case managers:
		return grants(access.Group, access.Read, access.Edit)
	case laboratory:
		return access.GroupGrants()
	case analysts:
		return slices.Concat(
			grants(access.Set, access.Read, access.Edit, access.Run),
			grants(access.Config, access.Read, access.Edit))
	case annsOwn, bobsOwn, guestsOwn:
		return access.PersonalGrants()
	}
	return nil
}

func member(groups ...int64) []access.Membership {
	ms := []access.Membership{{Group: public, Public: true, Grants: grantsOf(public)}}
	for _, g := range groups {
		ms = append(ms, access.Membership{
			Group: g, Parent: parents[g], Personal: g >= annsOwn, Grants: grantsOf(g),
		})
	}
	return ms
}

type role struct {
	name string
	who  access.Person
}

func roles() []role {
	tokenOf := func(p access.Person, scopes ...access.Scope) access.Person {
		p.Scopes = scopes
		return p
	}
	ann := access.Person{ID: 1, Memberships: member(technicians, annsOwn)}
	bob := access.Person{ID: 2, Memberships: member(doctors, bobsOwn)}
	all := access.Person{ID: 3, Memberships: member(technicians, engineers, doctors)}
	root := access.Person{ID: 9, Admin: true, Memberships: member()}
	helped, readOnly := bob, bob
	helped.Actor = root.ID
	readOnly.ReadOnly = true
	readOnlyRoot := root
	readOnlyRoot.ReadOnly = true
	return []role{
		{"Ann, Technician", ann},
		{"Eve, Engineer", access.Person{ID: 4, Memberships: member(engineers)}},
		{"Bob, Doctor", bob},
		{"Max, Manager", access.Person{ID: 5, Memberships: member(managers)}},
		{"Zoe, all three roles", all},
		{"Pia, Hospital only", access.Person{ID: 6, Memberships: member(hospital)}},
		{"Lou, Laboratory", access.Person{ID: 7, Memberships: member(laboratory)}},
		{"Sam, Analyst", access.Person{ID: 8, Memberships: member(analysts)}},
		{"guest, new and limited", access.Person{ID: 10, Limited: true, Memberships: member(guestsOwn)}},
		{"administrator", root},
		{"administrator, Doctor", access.Person{ID: 11, Admin: true, Memberships: member(doctors)}},
		{"administrator, read only", readOnlyRoot},
		{"administrator as Bob", helped},
		{"Bob, read only", readOnly},
		{"Bob's token: read", tokenOf(bob, access.ScopeRead)},
		{"Bob's token: write", tokenOf(bob, access.ScopeWrite)},
		{"Ann's token: upload", tokenOf(ann, access.ScopeUpload)},
		{"admin's token: admin", tokenOf(root, access.ScopeAdmin)},
		{"admin's token: read, write", tokenOf(root, access.ScopeRead, access.ScopeWrite)},
		{"a token without scopes", tokenOf(root, []access.Scope{}...)},
		{"nobody", access.Person{}},
	}
}

type column struct {
	name string
	may  func(p *access.Person) bool
}

func rightsTable() string {
	var b strings.Builder
	b.WriteString("Who may do what. \"x\" = yes, \".\" = no. Written by go test -update, read by people.\n\n")
	writeGroups(&b)
	for _, o := range []struct {
		name   string
		shared []int64
	}{
		{"patient of Hospital", []int64{hospital}},
		{"patient of Doctor, not of Hospital", []int64{doctors}},
		{"patient of Ann's own group", []int64{annsOwn}},
		{"patient of Hospital, shared with Company", []int64{hospital, company}},
		{"run of Laboratory, shared with Hospital", []int64{laboratory, hospital}},
		{"demo patient, shared with public", []int64{public}},
		{"set shared with nobody", nil},
	} {
		writeTable(&b, o.name, setColumns(o.shared))
	}
	for _, o := range []struct {
		name  string
		owned access.Owned
	}{
		{"default config or pre-process: of the server, shared with public", access.Owned{SharedWith: []int64{public}}},
		{"config or pre-process of Hospital", access.Owned{Owner: hospital}},
		{"config or pre-process of Laboratory, shared with Hospital and Company", access.Owned{Owner: laboratory, SharedWith: []int64{hospital, company}}},
	} {
		writeTable(&b, o.name, ownedColumns(o.owned))
	}
	writeTable(&b, "sample in a patient of Hospital and in a run of Laboratory shared with Hospital",
		sampleColumns([][]int64{{hospital}}, [][]int64{{laboratory, hospital}}))
	writeTable(&b, "sample in a patient of Ann's own group and in a run of Hospital",
		sampleColumns([][]int64{{annsOwn}}, [][]int64{{hospital}}))
	for _, g := range []access.Team{
		{ID: hospital},
		{ID: doctors, Parent: hospital},
		{ID: laboratory},
		{ID: bobsOwn, Personal: true},
		{ID: public, Public: true},
	} {
		writeTable(&b, "group "+groupNames[g.ID], teamColumns(g))
	}
	writeTable(&b, "server and accounts", serverColumns())
	writeTargets(&b)
	return b.String()
}

func setColumns(shared []int64) []column {
	var columns []column
	for _, r := range access.Rights(access.Set) {
		if r == access.Create {
			continue // needs no set
		}
		columns = append(columns, column{string(r), func(p *access.Person) bool { return p.Can(access.Set, r, shared) }})
	}
	free := access.Owned{SharedWith: []int64{public}}
	sharing := func(group int64) func(p *access.Person) bool {
		return func(p *access.Person) bool { return p.ShareSet(shared, target(group)) }
	}
	return append(columns,
		column{"VIEW", func(p *access.Person) bool { return p.ViewSet(shared) }},
		column{"RUN", func(p *access.Person) bool { return p.Run(shared, free) }},
		column{"IDENTITY", func(p *access.Person) bool { return p.EditIdentity(shared) }},
		column{">Lab", sharing(laboratory)},
		column{">Company", sharing(company)},
		column{">Bob", sharing(bobsOwn)},
		column{">public", sharing(public)},
	)
}

// target is a group to share with: its rights are those of its roles too.
func target(group int64) access.Target {
	with := access.Target{Group: group, Public: group == public, Grants: slices.Clone(grantsOf(group))}
	for child, parent := range parents {
		if parent == group {
			with.Grants = append(with.Grants, grantsOf(child)...)
		}
	}
	return with
}

func ownedColumns(o access.Owned) []column {
	return []column{
		{"use c", func(p *access.Person) bool { return p.UseConfig(o) }},
		{"edit c", func(p *access.Person) bool { return p.EditConfig(o) }},
		{"share c", func(p *access.Person) bool { return p.ShareConfig(o, target(company)) }},
		{"use p", func(p *access.Person) bool { return p.UsePreProcess(o) }},
		{"edit p", func(p *access.Person) bool { return p.EditPreProcess(o) }},
		{"share p", func(p *access.Person) bool { return p.SharePreProcess(o, target(company)) }},
	}
}

func sampleColumns(patients, others [][]int64) []column {
	sets := slices.Concat(patients, others)
	return []column{
		{"view", func(p *access.Person) bool { return p.ViewSample(sets) }},
		{"file names", func(p *access.Person) bool { return p.SeeFileNames(patients, others) }},
		{"edit", func(p *access.Person) bool { return p.EditSample(sets) }},
		{"detach from run", func(p *access.Person) bool { return p.DetachSample(others[0]) }},
		{"attach to Hospital's", func(p *access.Person) bool { return p.AttachSample(sets, []int64{hospital}) }},
		{"attach to own", func(p *access.Person) bool { return p.AttachSample(sets, []int64{annsOwn, bobsOwn}) }},
		{"upload to both", func(p *access.Person) bool { return p.Upload(sets) }},
		{"delete result", func(p *access.Person) bool { return p.DeleteResult(sets) }},
	}
}

func teamColumns(g access.Team) []column {
	return []column{
		{"view", func(p *access.Person) bool { return p.ViewGroup(g) }},
		{"manage", func(p *access.Person) bool { return p.ManageGroup(g) }},
		{"create set", func(p *access.Person) bool { return p.CanCreate(access.Set, g.ID) }},
		{"create config", func(p *access.Person) bool { return p.CanCreate(access.Config, g.ID) }},
		{"create pre-process", func(p *access.Person) bool { return p.CanCreate(access.PreProcess, g.ID) }},
		{"create group", func(p *access.Person) bool { return p.CanCreate(access.Group, g.ID) }},
	}
}

func serverColumns() []column {
	bob := access.Person{ID: 2}
	root := access.Person{ID: 99, Admin: true}
	return []column{
		{"administer", func(p *access.Person) bool { return p.Administer() }},
		{"own account", func(p *access.Person) bool { return p.ID != 0 && p.ManageUser(p.ID) }},
		{"Lou's account", func(p *access.Person) bool { return p.ManageUser(7) }},
		{"act as Bob", func(p *access.Person) bool { return p.Impersonate(&bob) }},
		{"act as an administrator", func(p *access.Person) bool { return p.Impersonate(&root) }},
		{"every set", func(p *access.Person) bool { all, _ := p.ViewSets(); return all }},
	}
}

func writeTable(b *strings.Builder, title string, columns []column) {
	fmt.Fprintf(b, "== %s\n\n%-28s", title, "")
	for _, c := range columns {
		fmt.Fprintf(b, " %s", c.name)
	}
	b.WriteString("\n")
	for _, r := range roles() {
		line := fmt.Sprintf("%-28s", r.name)
		for _, c := range columns {
			mark := "."
			if c.may(&r.who) {
				mark = "x"
			}
			left := len(c.name) / 2
			line += " " + strings.Repeat(" ", left) + mark + strings.Repeat(" ", len(c.name)-left-1)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	b.WriteString("\n")
}

func writeGroups(b *strings.Builder) {
	b.WriteString("== groups\n\n")
	for id := public; id <= guestsOwn; id++ {
		name := groupNames[id]
		if parent := parents[id]; parent != 0 {
			name = groupNames[parent] + " / " + name
		}
		line := fmt.Sprintf("%-24s", name)
		for _, k := range access.Kinds() {
			var rights []string
			for _, g := range grantsOf(id) {
				if g.Kind == k {
					rights = append(rights, string(g.Right))
				}
			}
			if rights != nil {
				line += fmt.Sprintf(" %s: %s;", k, strings.Join(rights, " "))
			}
		}
		b.WriteString(strings.TrimRight(line, " ;") + "\n")
	}
	b.WriteString("\n")
}

func writeTargets(b *strings.Builder) {
	b.WriteString("== offered as owner of a new set | of a new config | as target of an upload | involved\n\n")
	names := func(groups []int64) string {
		list := make([]string, 0, len(groups))
		for _, g := range groups {
			list = append(list, groupNames[g])
		}
		if len(list) == 0 {
			return "–"
		}
		return strings.Join(list, ", ")
	}
	for _, r := range roles() {
		fmt.Fprintf(b, "%-28s %s | %s | %s | %s\n", r.name,
			names(r.who.Targets(access.Set, access.Create)), names(r.who.Targets(access.Config, access.Create)),
			names(r.who.Targets(access.Set, access.Upload)), names(r.who.Involved()))
	}
}
