package api_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// TestBackupMails: administrators are told at once when a backup came to nothing,
// daily while none works, and not oftener than hourly when some do.
func TestBackupMails(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		p := &pigeon{}
		w := newSite(t, url, siteConfig{Mail: p})
		w.admin()
		status := lab.BackupStatus{Target: "/backup"}
		note := func(change func(*lab.BackupStatus)) {
			t.Helper()
			status.LastTry = w.Clock.Now()
			change(&status)
			err := w.Store.Write(t.Context(), func(tx *store.Tx) error { return tx.PutBackupStatus(t.Context(), &status) })
			if err != nil {
				t.Fatal(err)
			}
		}
		fail := func(b *lab.BackupStatus) { b.Error = "the disk of Quxberg is full" }
		succeed := func(b *lab.BackupStatus) {
			b.Error, b.LastID, b.LastSuccess = "", b.LastTry.Format(time.RFC3339), b.LastTry
		}
		want := func(when string, n int) {
			t.Helper()
			list := p.take()
			if len(list) != n || slices.ContainsFunc(list, func(m string) bool { return m != "root@example.org: A backup of the Vidjil server has failed" }) {
				t.Errorf("%s: got %v, want %d", when, list, n)
			}
		}
		tell := func() {
			t.Helper()
			w.deliver(&pigeon{}) // sends to the site's own, which keeps what it got
		}
		note(succeed)
		tell()
		want("all is well", 0)
		note(fail)
		if err := w.Service.TellBackup(context.Background()); err != nil {
			t.Fatal(err)
		}
		tell()
		if len(p.got) == 1 && leaked(p.got[0].Text+p.got[0].HTML, []string{"Quxberg", "disk"}) != "" {
			t.Errorf("the mail tells why: %s", p.got[0].Text)
		}
		want("the first that failed", 1)
		w.Clock.Move(10 * time.Minute)
		note(fail)
		tell()
		want("ten minutes later", 0)
		w.Clock.Move(24 * time.Hour)
		note(fail)
		tell()
		want("a day later", 1)
		w.Clock.Move(10 * time.Minute)
		note(succeed)
		w.Clock.Move(10 * time.Minute)
		note(fail)
		tell()
		want("after a good one, within the hour", 0)
		w.Clock.Move(time.Hour)
		tell()
		want("when the hour is over", 1)
	})
}
