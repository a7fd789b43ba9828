package service_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
)

// setGrants are rights on sets.
func setGrants(rights ...access.Right) []access.Grant {
	var list []access.Grant
	for _, r := range rights {
		list = append(list, access.Grant{Kind: access.Set, Right: r})
	}
	return list
}

// daily are the rights of who works with sets, without identities.
func daily(more ...access.Right) []access.Grant {
	return setGrants(append([]access.Right{access.Create, access.Read, access.Edit, access.Upload, access.Share}, more...)...)
}

// patient makes a patient of the group.
func (w *world) patient(who *service.Actor, g lab.Group, first, last string) service.SetView {
	w.t.Helper()
	return w.set(who, service.SetInput{Kind: lab.Patient, GroupID: g.ID, FirstName: first, LastName: last})
}

func (w *world) set(who *service.Actor, in service.SetInput) service.SetView {
	w.t.Helper()
	list, err := w.CreateSets(w.t.Context(), who, []service.SetInput{in})
	if err != nil {
		w.t.Fatal(err)
	}
	return list[0]
}

// found lists the ids that a search finds, in order.
func (w *world) found(who *service.Actor, filter service.SetFilter, page service.Page) []int64 {
	w.t.Helper()
	var ids []int64
	for {
		p, err := w.Sets(w.t.Context(), who, filter, page)
		if err != nil {
			w.t.Fatal(err)
		}
		for i := range p.Items {
			ids = append(ids, p.Items[i].ID)
		}
		if p.Next == "" {
			return ids
		}
		page.Cursor = p.Next
	}
}

// want fails the test unless the error has the code.
func (w *world) want(what string, err error, code lab.Code) {
	w.t.Helper()
	if got := lab.CodeOf(err); got != code {
		w.t.Errorf("%s: got %q (%v), want %q", what, got, err, code)
	}
}

func TestCreateSetsIsAllOrNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		mine, theirs := w.group("mine", lab.Group{}, daily()...), w.group("theirs", lab.Group{}, daily()...)
		ann := w.person("ann", mine)
		rows := []service.SetInput{
			{Kind: lab.Patient, LastName: " Durand ", FirstName: "Marie", Birth: "1980-02-03", Info: "first #relapse"},
			{Kind: lab.Patient, FirstName: "Nobody", Birth: "3/2/1980"},
			{Kind: lab.Run, Name: "run 7", RunDate: "2026-02-30", Birth: "1980-02-03"},
			{Kind: "family", Name: "x"},
			{Kind: lab.PlainSet, Name: "a\x00b"},
			{Kind: lab.Patient, LastName: "X", Birth: "2999-01-01"},
		}
		_, err := w.CreateSets(t.Context(), ann, rows)
		w.want("rows with faults", err, lab.Invalid)
		var fields []string
		for _, f := range err.(*lab.Error).Fields {
			fields = append(fields, f.Field)
		}
		want := []string{"rows[1].last_name", "rows[1].birth", "rows[2].birth", "rows[2].run_date", "rows[3].kind", "rows[4].name", "rows[5].birth"}
		if diff := cmp.Diff(want, fields); diff != "" {
			t.Errorf("faults: want -, got +:\n%s", diff)
		}
		_, err = w.CreateSets(t.Context(), ann, []service.SetInput{rows[0], {Kind: lab.PlainSet, Name: "x", GroupID: theirs.ID}})
		w.want("a row for another group", err, lab.Forbidden)
		if got := w.found(ann, service.SetFilter{}, service.Page{}); len(got) != 0 {
			t.Errorf("after refused requests there are sets %v", got)
		}
		for _, n := range []int{0, service.MaxRows + 1} {
			_, err = w.CreateSets(t.Context(), ann, make([]service.SetInput, n))
			w.want("a wrong number of rows", err, lab.Invalid)
		}
		hundred := make([]service.SetInput, service.MaxRows)
		for i := range hundred {
			hundred[i] = rows[0]
		}
		list, err := w.CreateSets(t.Context(), ann, hundred)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != service.MaxRows || list[0].GroupID != mine.ID || list[0].LastName.Stored() != "Durand" {
			t.Errorf("made %d sets of group %d, the first of %q; want %d of %d, Durand", len(list), list[0].GroupID, list[0].LastName.Stored(), service.MaxRows, mine.ID)
		}
	})
}

func TestIdentityStaysClosed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		hospital := w.group("hospital", lab.Group{})
		doctors := w.group("doctors", lab.Group{ParentID: hospital.ID}, daily(access.Anon)...)
		technicians := w.group("technicians", lab.Group{ParentID: hospital.ID}, daily()...)
		doctor, technician, root := w.person("doctor", doctors), w.person("technician", technicians), w.admin("root")
		p := w.set(doctor, service.SetInput{
			Kind: lab.Patient, GroupID: hospital.ID, FirstName: "Marie", LastName: "Durand", Birth: "1980-02-03", Label: "H-7781",
			Info: "Durand's sister is a donor #Durand #relapse",
		})
		if p.Title() != "Durand Marie" || !p.Identity {
			t.Errorf("to the doctor: got %q", p.Title())
		}
		for name, who := range map[string]*service.Actor{"technician": technician, "administrator": root} {
			v, err := w.SetByID(t.Context(), who, p.ID)
			if err != nil {
				t.Fatal(err)
			}
			shown := v.Title() + v.FirstName.String() + v.LastName.String() + v.Birth.String() + v.Label.String() + v.Info + strings.Join(v.Tags, " ")
			for _, secret := range []string{"Marie", "Durand", "1980", "7781"} {
				if strings.Contains(shown, secret) {
					t.Errorf("the %s reads %q in %q", name, secret, shown)
				}
			}
			if v.Age == "" || !slices.Contains(v.Tags, "relapse") {
				t.Errorf("the %s sees age %q and tags %v; both are no secret", name, v.Age, v.Tags)
			}
			for _, q := range []string{"durand", "marie", "1980-02-03", "h-7781", "#Durand", `"durand's"`} {
				if got := w.found(who, service.SetFilter{}, service.Page{Q: q}); len(got) != 0 {
					t.Errorf("the %s finds the patient by %s", name, q)
				}
				if q == "#Durand" {
					continue // no tag for anybody
				}
				if got := w.found(doctor, service.SetFilter{}, service.Page{Q: q}); len(got) != 1 {
					t.Errorf("the doctor does not find the patient by %s", q)
				}
			}
			if got := w.found(who, service.SetFilter{}, service.Page{Q: "sister #relapse"}); len(got) != 1 {
				t.Errorf("the %s does not find the patient by what is no secret", name)
			}
		}
		name, info := "Dupont", "all well"
		_, err := w.UpdateSet(t.Context(), technician, p.ID, service.SetChange{LastName: &name})
		w.want("the technician changes the name", err, lab.Forbidden)
		_, err = w.UpdateSet(t.Context(), technician, p.ID, service.SetChange{Info: &info})
		w.want("the technician writes over an info with hidden words", err, lab.Forbidden)
		if _, err = w.UpdateSet(t.Context(), doctor, p.ID, service.SetChange{LastName: &name, Info: &info}); err != nil {
			t.Fatal(err)
		}
		info = "well"
		if _, err = w.UpdateSet(t.Context(), technician, p.ID, service.SetChange{Info: &info}); err != nil {
			t.Errorf("the technician changes an info without names: %v", err)
		}
		if got := w.found(doctor, service.SetFilter{}, service.Page{Q: "durand"}); len(got) != 0 {
			t.Error("the patient is found by the name that it had before")
		}
	})
}

func TestSetsOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		mine, theirs := w.group("mine", lab.Group{}, daily(access.Anon)...), w.group("theirs", lab.Group{}, setGrants(access.Read)...)
		ann, eve := w.person("ann", mine), w.person("eve", theirs)
		p := w.patient(ann, mine, "Marie", "Durand")
		info := "x"
		ask := func(who *service.Actor) map[string]error {
			_, get := w.SetByID(t.Context(), who, p.ID)
			_, update := w.UpdateSet(t.Context(), who, p.ID, service.SetChange{Info: &info})
			_, shares := w.SetShares(t.Context(), who, p.ID)
			_, samples := w.Samples(t.Context(), who, p.ID, service.Page{})
			_, restore := w.RestoreSet(t.Context(), who, p.ID)
			_, _, beside := w.Neighbours(t.Context(), who, p.ID)
			return map[string]error{
				"get": get, "update": update, "shares": shares, "samples": samples, "restore": restore, "neighbours": beside,
				"trash": w.TrashSet(t.Context(), who, p.ID), "share": w.ShareSet(t.Context(), who, p.ID, theirs.ID, true),
			}
		}
		for what, err := range ask(eve) {
			w.want(what+" of another's set", err, lab.NotFound)
		}
		for what, err := range ask(&service.Actor{}) {
			w.want(what+" by nobody", err, lab.Unauthenticated)
		}
		if err := w.ShareSet(t.Context(), ann, p.ID, theirs.ID, true); err != nil {
			t.Fatal(err)
		}
		for what, err := range ask(eve) {
			want := lab.Forbidden
			if what == "get" || what == "samples" || what == "shares" || what == "neighbours" {
				want = ""
			}
			w.want(what+" of a set that one may read", err, want)
		}
		if err := w.ShareSet(t.Context(), ann, p.ID, theirs.ID, false); err != nil {
			t.Fatal(err)
		}
		_, err := w.SetByID(t.Context(), eve, p.ID)
		w.want("after it was closed again", err, lab.NotFound)
		w.want("taking a set from its owner", w.ShareSet(t.Context(), ann, p.ID, mine.ID, false), lab.Conflict)
		w.want("opening a set to everybody", w.ShareSet(t.Context(), ann, p.ID, w.public.ID, true), lab.Forbidden)
	})
}

func TestOwnerOfNewSets(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		hospital := w.group("hospital", lab.Group{})
		doctors := w.group("doctors", lab.Group{ParentID: hospital.ID}, daily()...)
		research := w.group("research", lab.Group{}, daily()...)
		ann := w.person("ann", doctors, research)
		w.set(ann, service.SetInput{Kind: lab.PlainSet, Name: "a", GroupID: research.ID})
		if v := w.set(ann, service.SetInput{Kind: lab.PlainSet, Name: "b"}); v.GroupID != research.ID {
			t.Errorf("got owner %d, want the group with most sets, %d", v.GroupID, research.ID)
		}
		v := w.set(ann, service.SetInput{Kind: lab.PlainSet, Name: "c", GroupID: hospital.ID})
		_, err := w.CreateSets(t.Context(), w.admin("root"), []service.SetInput{{Kind: lab.PlainSet, Name: "d", GroupID: w.public.ID}})
		w.want("a set of the public", err, lab.Forbidden)
		v, err = w.UpdateSet(t.Context(), ann, v.ID, service.SetChange{GroupID: &research.ID})
		if err != nil || v.GroupID != research.ID || v.Owner != "research" {
			t.Errorf("given to research: got %d %q, %v", v.GroupID, v.Owner, err)
		}
		other := w.group("other", lab.Group{}, daily()...)
		_, err = w.UpdateSet(t.Context(), ann, v.ID, service.SetChange{GroupID: &other.ID})
		w.want("given to a group where one has no rights", err, lab.Invalid)
	})
}

func TestNeighbours(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		g, other := w.group("g", lab.Group{}, daily()...), w.group("other", lab.Group{}, daily()...)
		ann, bob := w.person("ann", g), w.person("bob", other)
		a := w.patient(ann, g, "", "A")
		w.patient(bob, other, "", "hidden")
		w.set(ann, service.SetInput{Kind: lab.Run, Name: "run", GroupID: g.ID})
		b := w.patient(ann, g, "", "B")
		c := w.patient(ann, g, "", "C")
		for _, tt := range []struct{ id, previous, next int64 }{{a.ID, 0, b.ID}, {b.ID, a.ID, c.ID}, {c.ID, b.ID, 0}} {
			previous, next, err := w.Neighbours(t.Context(), ann, tt.id)
			if err != nil || previous != tt.previous || next != tt.next {
				t.Errorf("of %d: got %d, %d (%v), want %d, %d", tt.id, previous, next, err, tt.previous, tt.next)
			}
		}
	})
}
