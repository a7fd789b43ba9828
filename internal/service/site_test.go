package service_test

import (
	"context"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// TestSite: with health data pages offer no tool of another site, whatever the
// settings name.
func TestSite(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		c     service.Config
		tools int // -1 is all
		open  bool
	}{
		{"as it comes", service.Config{}, -1, true},
		{"chosen", service.Config{Tools: []string{"blast", "vquest"}, NoPublicAnalysis: true}, 2, false},
		{"none", service.Config{Tools: []string{}}, 0, true},
		{"health data", service.Config{Tools: []string{"blast"}, Healthcare: true}, 0, true},
		{"health data, all", service.Config{Healthcare: true}, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			site := (&service.Service{Config: tt.c}).Site()
			got := len(site.Tools)
			if site.Tools == nil {
				got = -1
			}
			if got != tt.tools || site.PublicAnalysis != tt.open {
				t.Errorf("got tools %v, open %t", site.Tools, site.PublicAnalysis)
			}
		})
	}
}

// TestAccountsOfTheSettings: an account that the settings name as shared cannot
// change itself, and one that they name as read only changes nothing.
func TestAccountsOfTheSettings(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		ctx := t.Context()
		q.LimitedAccounts = []string{"Course@Example.org"}
		q.ReadOnlyAccounts = []string{"auditor@example.org"}
		as := func(name string) *service.Actor {
			made := q.person(name, q.lab)
			who := &service.Actor{}
			q.write(func(ctx context.Context, tx *store.Tx) error { return q.Become(ctx, tx, who, made.User) })
			return who
		}
		course, auditor, ann := as("course"), as("auditor"), as("ann")
		if !course.Limited || !course.User.Limited || course.ReadOnly || ann.Limited || ann.ReadOnly || !auditor.ReadOnly {
			t.Fatalf("limited: %t %t %t, read only: %t %t %t", course.Limited, ann.Limited, auditor.Limited, course.ReadOnly, ann.ReadOnly, auditor.ReadOnly)
		}
		name := "other"
		for _, tt := range []struct {
			who  *service.Actor
			code lab.Code // of a change of the account
		}{{course, lab.Forbidden}, {auditor, lab.Forbidden}, {ann, ""}} {
			if err := q.UpdateMe(ctx, tt.who, service.ProfileChange{Name: &name}); lab.CodeOf(err) != tt.code {
				t.Errorf("%s changes its name: got %v, want %q", tt.who.User.Email, err, tt.code)
			}
			shared := []int64{q.lab.ID}
			if !tt.who.ViewSet(shared) || tt.who.EditSet(shared) == tt.who.ReadOnly {
				t.Errorf("%s: views %t, edits %t", tt.who.User.Email, tt.who.ViewSet(shared), tt.who.EditSet(shared))
			}
		}
	})
}

// TestServerTellsBackups: late by twice the schedule, in error, or not made.
func TestServerTellsBackups(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, tt := range []struct {
		name  string
		every time.Duration
		b     lab.BackupStatus
		want  string
		late  bool
	}{
		{"none is made", 0, lab.BackupStatus{}, service.CheckWarning, false},
		{"somebody makes them", 0, lab.BackupStatus{LastSuccess: now.Add(-900 * time.Hour)}, service.CheckOK, false},
		{"the first is to come", time.Hour, lab.BackupStatus{}, service.CheckOK, false},
		{"in time", time.Hour, lab.BackupStatus{LastSuccess: now.Add(-110 * time.Minute)}, service.CheckOK, false},
		{"late", time.Hour, lab.BackupStatus{LastSuccess: now.Add(-130 * time.Minute)}, service.CheckError, true},
		{"came to nothing", time.Hour, lab.BackupStatus{LastSuccess: now.Add(-time.Minute), Error: "the disk is full"}, service.CheckError, false},
		{"with holes", time.Hour, lab.BackupStatus{LastSuccess: now.Add(-time.Minute), Missing: 2}, service.CheckError, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			eachQueue(t, func(t *testing.T, q *queue) {
				q.BackupEvery = tt.every
				q.write(func(ctx context.Context, tx *store.Tx) error { return tx.PutBackupStatus(ctx, &tt.b) })
				state, err := q.Server(t.Context(), q.root)
				if err != nil {
					t.Fatal(err)
				}
				if got := checkOf(state, "backup"); got != tt.want || state.Backup.Late != tt.late {
					t.Errorf("got %s, late %t; want %s, %t", got, state.Backup.Late, tt.want, tt.late)
				}
				if checkOf(state, "mail") != service.CheckOK || state.Mails.Server {
					t.Errorf("mails: got %+v", state.Mails)
				}
			})
		})
	}
}
