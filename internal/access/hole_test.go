package access_test

import (
	"testing"

	"vidjil.org/vidjil/internal/access"
)

// TestHoles has one case for each hole that the original's rights have, or that
// the rule has when it is used without care.
func TestHoles(t *testing.T) {
	t.Parallel()
	const one, two, org, child = 10, 20, 30, 31
	in := func(ms ...access.Membership) *access.Person { return &access.Person{ID: 1, Memberships: ms} }
	holding := func(group int64, gs ...access.Grant) access.Membership {
		return access.Membership{Group: group, Grants: gs}
	}
	set := func(r access.Right) access.Grant { return access.Grant{Kind: access.Set, Right: r} }
	config := func(r access.Right) access.Grant { return access.Grant{Kind: access.Config, Right: r} }
	for name, refused := range map[string]bool{
		"to create sets is to create pre-processes": in(holding(one, set(access.Create))).CanCreate(access.PreProcess, one),
		"to create sets is to create configs":       in(holding(one, set(access.Create))).CanCreate(access.Config, one),
		"to edit sets is to edit configs":           in(holding(one, set(access.Edit))).EditConfig(access.Owned{Owner: one}),
		"a right that does not exist is granted": in(holding(one, access.Grant{Kind: access.Config, Right: access.Run})).
			Can(access.Config, access.Run, []int64{one}),
		"to share a config with editors is to let them edit it": in(holding(two, config(access.Read), config(access.Edit))).
			EditConfig(access.Owned{Owner: one, SharedWith: []int64{two}}),
		"they may share it on": in(holding(two, config(access.Share))).
			ShareConfig(access.Owned{Owner: one, SharedWith: []int64{two}}, access.Target{Group: two}),
		"access comes by one group and the right by another": in(holding(one, set(access.Read)), holding(two, set(access.Run), set(access.Edit))).
			Can(access.Set, access.Run, []int64{one}),
		"rights of the parent pass to the child": in(holding(org, set(access.Run)), access.Membership{Group: child, Parent: org}).
			Can(access.Set, access.Run, []int64{child}),
		"access of the child passes to the parent": in(holding(org, set(access.Read))).Can(access.Set, access.Read, []int64{child}),
		"a set is analysed by a config that one may not use": in(holding(one, set(access.Run), set(access.Edit), config(access.Read))).
			Run([]int64{one}, access.Owned{Owner: two}),
		"a sample of others is edited through a common run": in(holding(one, set(access.Edit))).
			EditSample([][]int64{{one}, {two}}),
		"a sample of others is attached to one's own set": in(holding(one, set(access.Edit), set(access.Share))).
			AttachSample([][]int64{{two}}, []int64{one}),
		"attaching shares without the right to": in(holding(one, set(access.Edit)), holding(two, set(access.Edit))).
			AttachSample([][]int64{{one}}, []int64{two}),
		"a sample without sets is everybody's": in(holding(one, set(access.Edit))).EditSample(nil),
		"an upload goes into one set that is not one's own": in(holding(one, set(access.Upload))).
			Upload([][]int64{{one}, {two}}),
		"the results of others are deleted through a common run": in(holding(one, set(access.Edit), set(access.Run))).
			DeleteResult([][]int64{{one}, {two}}),
		"names of files are seen through a run": in(holding(one, set(access.Anon))).
			SeeFileNames([][]int64{{two}}, [][]int64{{one}}),
		"sharing with oneself shows the identity": in(holding(one, set(access.Share)), holding(two, set(access.Anon))).
			ShareSet([]int64{one}, access.Target{Group: two, Grants: []access.Grant{set(access.Anon)}}),
		"sharing with a friend shows it": in(holding(one, set(access.Share))).
			ShareSet([]int64{one}, access.Target{Group: two, Grants: []access.Grant{set(access.Anon)}}),
		"sharing with oneself gives the right to edit": in(holding(one, set(access.Share)), holding(two, set(access.Edit))).
			ShareSet([]int64{one}, access.Target{Group: two, Grants: []access.Grant{set(access.Edit)}}),
		"sharing with everybody": in(holding(one, set(access.Share))).
			ShareSet([]int64{one}, access.Target{Group: two, Public: true}),
		"whom a set was shared with takes it from its owner": in(holding(two, set(access.Share))).
			Unshare(access.Set, one, []int64{one, two}, one),
		"whom a config was shared with closes it to others": in(holding(two, config(access.Share))).
			Unshare(access.Config, one, []int64{two, org}, org),
		"a right ticked for public is everybody's": in(access.Membership{Group: one, Public: true, Grants: []access.Grant{set(access.Edit), set(access.Anon)}}).
			Can(access.Set, access.Anon, []int64{one}),
		"who sees a pseudonym edits the name": in(holding(one, set(access.Edit))).EditIdentity([]int64{one}),
		"administrators see identities":       (&access.Person{ID: 1, Admin: true}).SeeIdentity([]int64{one}),
		"administrators see them by acting as another": (&access.Person{ID: 1, Actor: 9, Memberships: []access.Membership{holding(one, set(access.Anon))}}).
			SeeIdentity([]int64{one}),
		"anybody acts as another":            in().Impersonate(&access.Person{ID: 2}),
		"a token acts as another":            (&access.Person{ID: 1, Admin: true, Scopes: access.Scopes()}).Impersonate(&access.Person{ID: 2}),
		"acting is passed on":                (&access.Person{ID: 1, Admin: true, Actor: 9}).Impersonate(&access.Person{ID: 2}),
		"administrators hide behind another": (&access.Person{ID: 1, Admin: true}).Impersonate(&access.Person{ID: 2, Admin: true}),
		"acting changes the account":         (&access.Person{ID: 1, Actor: 9}).ManageUser(1),
		"a shared account is taken":          (&access.Person{ID: 1, Limited: true}).ManageUser(1),
		"a stolen token takes the account":   (&access.Person{ID: 1, Scopes: []access.Scope{access.ScopeRead, access.ScopeWrite}}).ManageUser(1),
		"nobody manages nobody's account":    (&access.Person{}).ManageUser(0),
		"a token without scopes does all":    (&access.Person{ID: 1, Admin: true, Scopes: []access.Scope{}}).Can(access.Set, access.Read, nil),
		"members raise their rights":         in(holding(one, access.Grant{Kind: access.Group, Right: access.Edit})).Administer(),
		"managers manage other organisations": in(holding(one, access.Grant{Kind: access.Group, Right: access.Edit})).
			ManageGroup(access.Team{ID: child, Parent: org}),
		"a role manages the organisation without the right": in(access.Membership{Group: child, Parent: org, Grants: []access.Grant{set(access.Edit)}}).
			ManageGroup(access.Team{ID: org}),
		"an organisation looks into the group of one person": in(holding(org, access.Grant{Kind: access.Group, Right: access.Read})).
			ViewGroup(access.Team{ID: child, Parent: org, Personal: true}),
		"everybody sees who is registered": in(access.Membership{Group: one, Public: true, Grants: access.PublicGrants()}).
			ViewGroup(access.Team{ID: one, Public: true}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if refused {
				t.Error("it is possible")
			}
		})
	}
}
