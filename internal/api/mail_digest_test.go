package api_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/store/storetest"
)

// TestDigestAt: the digest comes at the hour of the people, in winter and summer,
// once a day.
func TestDigestAt(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	p := &pigeon{}
	w := newSite(t, storetest.SQLite(t), siteConfig{Mail: p, Dir: t.TempDir()})
	w.Service.Zone, w.Service.DigestAt, w.Service.Language = paris, "07:30", "fr"
	ctx := t.Context()
	g := w.group("laboratory", 0, "set:create", "set:read", "set:edit", "set:upload")
	ann := w.person("ann", g.ID)
	if _, err := ann.UpdateMe(ctx, client.ProfileChange{Mails: client.Mails{"digest": true}}); err != nil {
		t.Fatal(err)
	}
	sets, err := ann.CreateSets(ctx, client.NewSet{Kind: "run", Name: "r", GroupID: g.ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range []time.Time{w.Clock.Now(), w.Clock.Now().AddDate(0, 6, 0)} {
		day = day.In(paris).AddDate(0, 0, 1)
		due := time.Date(day.Year(), day.Month(), day.Day(), 7, 30, 0, 0, paris)
		w.Clock.Move(due.Add(-time.Minute).Sub(w.Clock.Now()))
		ann = w.signIn("ann")
		if _, err := ann.CreateSamples(ctx, client.NewSample{Sets: []int64{sets[0].ID}, Name: due.Format(time.DateOnly)}); err != nil {
			t.Fatal(err)
		}
		if got := w.deliver(p); slices.ContainsFunc(got, isDigest) {
			t.Errorf("a minute before %s: %q", due, got)
		}
		w.Clock.Move(2 * time.Minute)
		if got, want := w.deliver(p), "ann@example.org: Vidjil le "+due.Format(time.DateOnly); !slices.Equal(got, []string{want}) {
			t.Errorf("a minute after %s: got %q, want %q", due, got, want)
		}
		w.Clock.Move(time.Hour)
		if got := w.deliver(p); slices.ContainsFunc(got, isDigest) {
			t.Errorf("once more on the day: %q", got)
		}
	}
}

func isDigest(mail string) bool { return strings.Contains(mail, "Vidjil le ") }
