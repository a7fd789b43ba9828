package api_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/mail"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/service/resulttest"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// pigeon is a mail server that answers as a test wants.
type pigeon struct {
	mu   sync.Mutex
	got  []mail.Message
	fail error
}

func (p *pigeon) Send(_ context.Context, m *mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	p.got = append(p.got, *m)
	return nil
}

// take returns what came since the last time, as "to: subject".
func (p *pigeon) take() (list []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.got {
		list = append(list, m.To+": "+m.Subject)
	}
	p.got = nil
	slices.Sort(list)
	return list
}

// deliver has news looked for and mails sent, and returns them.
func (w *site) deliver(p *pigeon) []string {
	w.t.Helper()
	if err := w.Service.TellNews(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.Service.SendMails(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return p.take()
}

// deadMail puts a mail into the outbox that was given up, and returns its number.
func (w *site) deadMail() int64 {
	w.t.Helper()
	ctx := w.t.Context()
	m := lab.Mail{Kind: lab.MailTest, Address: "somebody@example.org", Letter: "{}"}
	err := w.Store.Write(ctx, func(tx *store.Tx) error {
		if err := tx.InsertMail(ctx, &m); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE mails SET state = 'dead', error = 'refused' WHERE id = ?", m.ID)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return m.ID
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		p := &pigeon{}
		w := newSite(t, url, siteConfig{Mail: p})
		ctx := t.Context()
		root := w.admin()
		inv, err := root.CreateUser(ctx, client.NewUser{Email: "renee@example.org", Name: "Renée", Language: "fr", Mail: true})
		if err != nil || !inv.Sent || inv.Link != "" {
			t.Fatalf("invited: %+v, %v", inv, err)
		}
		if strings.Contains(w.everything(), "/welcome#") {
			t.Error("the link stands in the database")
		}
		p.fail = lab.Errorf(lab.Unreachable, "the mail server is away")
		for range 3 { // it is tried again later, not at once
			if n, err := w.Service.SendMails(ctx); n != 0 || err != nil {
				t.Fatal(n, err)
			}
		}
		list, err := root.Mails(ctx, client.MailQuery{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Attempts != 1 || list.Items[0].State != "queued" || list.Items[0].Error != "the mail server is away" || !list.Server {
			t.Fatalf("after an attempt: %+v, %v", list, err)
		}
		p.fail = nil
		w.Clock.Move(time.Minute)
		if n, err := w.Service.SendMails(ctx); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		_, rest, _ := strings.Cut(p.got[0].Text, "https://vidjil.test/welcome#")
		token, _, _ := strings.Cut(rest, "\n")
		wantCode(t, "choose a password by the link", w.nobody().ResetPassword(ctx, client.PasswordReset{Token: token, Password: password}), "")
		if got := p.take(); !slices.Equal(got, []string{"renee@example.org: Votre compte Vidjil"}) {
			t.Errorf("mails: %v", got)
		}

		// One that is refused is given up, and can be sent again but for its link.
		p.fail = lab.Errorf(lab.Invalid, "refused: 550 5.1.1")
		if _, err := root.UserLink(ctx, inv.User.ID, client.LinkOptions{Mail: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Service.SendMails(ctx); err != nil {
			t.Fatal(err)
		}
		list, err = root.Mails(ctx, client.MailQuery{State: "dead"})
		if err != nil || len(list.Items) != 1 || list.Dead != 1 || list.Items[0].Retryable {
			t.Fatalf("dead: %+v, %v", list, err)
		}
		wantCode(t, "send a link again that is gone", root.RetryMail(ctx, list.Items[0].ID), "conflict")
		wantCode(t, "test mail to a server that refuses", root.TestMail(ctx), "unreachable")
		id := w.deadMail()
		wantCode(t, "send again", root.RetryMail(ctx, id), "")
		wantCode(t, "what waits already", root.RetryMail(ctx, id), "conflict")
		p.fail = nil
		if n, err := w.Service.SendMails(ctx); n != 1 || err != nil {
			t.Error(n, err)
		}
		wantCode(t, "test mail", root.TestMail(ctx), "")
		if got := p.take(); len(got) != 2 {
			t.Errorf("mails: %v", got)
		}
		wantCode(t, "remove", root.DeleteMail(ctx, id), "")
		wantCode(t, "once more", root.DeleteMail(ctx, id), "not_found")
	})
}

// TestMailOfNobody: a mail on its way to an account that is gone goes with it.
func TestMailOfNobody(t *testing.T) {
	t.Parallel()
	p := &pigeon{}
	w := newSite(t, storetest.SQLite(t), siteConfig{Mail: p})
	ctx := t.Context()
	for i, end := range []func(id int64) error{
		func(id int64) error { return w.admin().AnonymiseUser(ctx, id) },
		func(id int64) error {
			_, err := w.admin().UpdateUser(ctx, id, client.UserChange{State: new("disabled")})
			return err
		},
	} {
		inv, err := w.admin().CreateUser(ctx, client.NewUser{Email: fmt.Sprintf("p%d@example.org", i), Name: "P", Mail: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := end(inv.User.ID); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := w.Service.SendMails(ctx); n != 0 || err != nil || len(p.got) > 0 {
		t.Errorf("sent %d, %v", n, err)
	}
	// A link that is void by now is not sent any more.
	if _, err := w.admin().CreateUser(ctx, client.NewUser{Email: "late@example.org", Name: "L", Mail: true}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Move(8 * 24 * time.Hour)
	if n, err := w.Service.SendMails(ctx); n != 0 || err != nil {
		t.Errorf("sent %d, %v", n, err)
	}
}

// TestLogMode: without a mail server, mails are logged; what opens an account is
// not, and the log says where it can be had.
func TestLogMode(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	w := newSite(t, storetest.SQLite(t), siteConfig{})
	w.Service.Log = slog.New(slog.NewTextHandler(&logged, nil))
	ctx := t.Context()
	w.user(client.NewUser{Name: "ann"})
	_, err := w.admin().CreateUser(ctx, client.NewUser{Email: "bob@example.org", Name: "Bob", Mail: true})
	wantCode(t, "invite by mail", err, "invalid")
	wantCode(t, "forgotten", w.nobody().ForgotPassword(ctx, "ann@example.org"), "")
	w.Service.Stop()
	w.Service.ReportFault("ABCD1234")
	if got := w.deliver(&pigeon{}); len(got) > 0 {
		t.Error(got)
	}
	text := logged.String()
	for _, want := range []string{"vidjil user reset-password", "Request ABCD1234", "kind=faults", "user_id="} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %q:\n%s", want, text)
		}
	}
	for _, bad := range []string{"@example.org", "/password#", "/welcome#"} {
		if strings.Contains(text, bad) {
			t.Errorf("the log has %q:\n%s", bad, text)
		}
	}
	wantCode(t, "test mail", w.admin().TestMail(ctx), "unavailable")
}

// TestNews: who is told what, how often, and who has switched it off.
func TestNews(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		p := &pigeon{}
		w := newSite(t, url, siteConfig{Mail: p, Dir: t.TempDir()})
		ctx := t.Context()
		g := w.group("laboratory", 0, "set:create", "set:read", "set:edit", "set:upload", "set:run", "set:anon", "set:save")
		ann, bob := w.person("ann", g.ID), w.person("bob", g.ID)
		sets, samples := w.erasable(ctx, ann, lab.Group{ID: g.ID})
		check := func(what string, want ...string) {
			t.Helper()
			if got := w.deliver(p); !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", what, got, want)
			}
		}
		wantCode(t, "follow", ann.FollowSet(ctx, sets[0].ID), "")
		wantCode(t, "follow", bob.FollowSet(ctx, sets[0].ID), "")
		if list, err := bob.Follows(ctx); err != nil || len(list) != 1 {
			t.Errorf("follows: %v, %v", list, err)
		}
		check("nothing is new")
		m := &resulttest.Maker{T: t, Store: w.Store, Blobs: w.Service.Blobs}
		m.Result(samples[1].ID, m.Config(g.ID, "of the news", lab.Options{}).ID, resulttest.File(resulttest.Many(1, 3, 100)...))
		check("news are gathered")
		if _, err := bob.UpdateMe(ctx, client.ProfileChange{Mails: client.Mails{"followed": false}}); err != nil {
			t.Fatal(err)
		}
		w.Clock.Move(20 * time.Minute)
		check("a new result", "ann@example.org: News in 1 set that you follow")
		w.Clock.Move(time.Hour)
		check("it is told once")
		wantCode(t, "follow no more", ann.UnfollowSet(ctx, sets[0].ID), "")
		wantCode(t, "once more", ann.UnfollowSet(ctx, sets[0].ID), "not_found")

		w.Clock.Move(time.Minute)
		for _, kind := range []lab.Code{lab.Invalid, lab.Internal} {
			w.failJob(samples[0].ID, me(t, ann), kind)
		}
		check("failures are gathered")
		w.Clock.Move(20 * time.Minute)
		check("failed jobs", "ann@example.org: 2 jobs have failed", "root@example.org: 1 error on the Vidjil server")
		w.failJob(samples[0].ID, me(t, ann), lab.Invalid)
		w.Service.ReportFault("ABCD")
		w.Clock.Move(20 * time.Minute)
		check("not every quarter of an hour")
		w.Clock.Move(time.Hour)
		check("the next hour", "ann@example.org: 1 job has failed", "root@example.org: 1 error on the Vidjil server")

		who, err := ann.UpdateMe(ctx, client.ProfileChange{Mails: client.Mails{"digest": true, "jobs": false}})
		if err != nil || !who.User.Mails["digest"] || who.User.Mails["jobs"] || len(who.User.Mails) != 3 {
			t.Errorf("choices: %+v, %v", who.User, err)
		}
		_, err = ann.UpdateMe(ctx, client.ProfileChange{Mails: client.Mails{"disk": true}})
		wantCode(t, "mails of administrators", err, "invalid")
		w.Clock.Move(24 * time.Hour)
		m.Result(samples[1].ID, 1, resulttest.File(resulttest.Many(1, 3, 100)...))
		w.deliver(p) // whatever hour it is, the digest of the day is behind us
		w.Clock.Move(24 * time.Hour)
		got := w.deliver(p)
		if len(got) > 1 || len(got) == 1 && !strings.HasPrefix(got[0], "ann@example.org: Vidjil on ") {
			t.Errorf("digest: %q", got)
		}
	})
}

// me is the number of who is signed in.
func me(t *testing.T, c *client.Client) int64 {
	t.Helper()
	who, err := c.Whoami(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return who.User.ID
}

// failJob has a job of a person on a sample fail.
func (w *site) failJob(sample, user int64, code lab.Code) {
	w.t.Helper()
	ctx := w.t.Context()
	err := w.Store.Write(ctx, func(tx *store.Tx) error {
		j, _, err := tx.EnqueueJob(ctx, lab.Job{Kind: lab.JobAnalyze, Lane: lab.LaneShort, SampleID: sample, UserID: user, MaxAttempts: 1})
		if err != nil {
			return err
		}
		c, _, err := tx.ClaimJob(ctx, store.Claim{Worker: "w", Lease: fmt.Sprint("lease", j.ID), Lanes: []lab.Lane{lab.LaneShort}, Kinds: []lab.JobKind{lab.JobAnalyze}})
		if err != nil {
			return err
		}
		_, err = tx.SettleJob(ctx, c.ID, c.Lease, store.Outcome{State: lab.JobFailed, Code: code, Error: "the reads of Zyxwarren are no reads"})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestLockedMail: who guesses at a password is told to its owner, once a day.
func TestLockedMail(t *testing.T) {
	t.Parallel()
	p := &pigeon{}
	w := newSite(t, storetest.SQLite(t), siteConfig{Mail: p})
	w.user(client.NewUser{Name: "ann"})
	for range 8 {
		_, _ = w.nobody().SignIn(t.Context(), client.Credentials{Email: "ann@example.org", Password: "wrong wrong wrong"})
		w.Clock.Move(20 * time.Minute)
	}
	if got := w.deliver(p); !slices.Equal(got, []string{"ann@example.org: Wrong passwords for your Vidjil account"}) {
		t.Errorf("mails: %q", got)
	}
}

// TestMailsTellNothing: no mail has a name, a file or a free text.
func TestMailsTellNothing(t *testing.T) {
	t.Parallel()
	p := &pigeon{}
	w := newSite(t, storetest.SQLite(t), siteConfig{Mail: p, Dir: t.TempDir()})
	ctx := t.Context()
	g := w.group("laboratory", 0, "set:create", "set:read", "set:edit", "set:upload", "set:run", "set:anon", "set:save")
	ann := w.person("ann", g.ID)
	sets, samples := w.erasable(ctx, ann, lab.Group{ID: g.ID})
	if err := ann.FollowSet(ctx, sets[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := ann.UpdateMe(ctx, client.ProfileChange{Mails: client.Mails{"digest": true}}); err != nil {
		t.Fatal(err)
	}
	if _, err := ann.CreateSamples(ctx, client.NewSample{Sets: []int64{sets[0].ID}, Name: "Ypsilonfile 9"}); err != nil {
		t.Fatal(err)
	}
	w.failJob(samples[0].ID, me(t, ann), lab.Invalid)
	w.Clock.Move(24 * time.Hour)
	if err := w.Service.TellNews(ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Service.SendMails(ctx); n < 2 || err != nil {
		t.Fatalf("%d mails, %v", n, err)
	}
	for _, m := range p.got {
		if leak := leaked(m.Subject+m.Text+m.HTML, []string{"Zyxwarren", "Quentinia", "1931", "HX-99817", "Ypsilonfile", "zebra", resulttest.Window(1)}); leak != "" {
			t.Errorf("a mail tells %q:\n%s", leak, m.Text)
		}
	}
}

// TestPostman: a mail is on its way as soon as what caused it is committed.
func TestPostman(t *testing.T) {
	t.Parallel()
	box := make(mailbox, 10)
	w := newSite(t, storetest.SQLite(t), siteConfig{Mail: box})
	man := &service.Postman{Service: w.Service, Every: time.Hour}
	if err := man.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer man.Stop()
	if _, err := w.admin().CreateUser(t.Context(), client.NewUser{Email: "ann@example.org", Name: "Ann", Mail: true}); err != nil {
		t.Fatal(err)
	}
	if l := <-box; l.to != "ann@example.org" {
		t.Errorf("to %s", l.to)
	}
	man.Stop()
	man.Stop() // twice is no harm
	new(service.Postman).Stop()
}

func TestUsage(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		w := newSite(t, url, siteConfig{Dir: t.TempDir()})
		ctx := t.Context()
		g := w.group("laboratory", 0, "set:create", "set:read", "set:edit", "set:upload", "set:run", "set:anon", "set:save")
		ann, bob := w.person("ann", g.ID), w.person("bob")
		_, samples := w.erasable(ctx, ann, lab.Group{ID: g.ID})
		w.failJob(samples[0].ID, me(t, ann), lab.Invalid)
		own, err := ann.OwnUsage(ctx)
		if err != nil || own.Person.Patients != 1 || own.Person.Runs != 1 || own.Person.Samples != 2 || own.Person.Results != 1 || own.Person.Jobs["failed"] != 1 {
			t.Errorf("own: %+v, %v", own.Person, err)
		}
		if none, err := bob.OwnUsage(ctx); err != nil || none.Person.Samples != 0 || len(none.Results) != 0 {
			t.Errorf("somebody else's: %+v, %v", none, err)
		}
		list, err := w.admin().UsageOfGroups(ctx)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(list.Items, func(u client.Usage) bool { return u.ID == g.ID })
		if u := list.Items[at]; u.Samples != 2 || u.Patients != 1 || u.Results != 1 || u.Members != 1 || u.LastResultAt == nil {
			t.Errorf("the group: %+v", u)
		}
		if _, err := ann.UpdateMe(ctx, client.ProfileChange{Name: new("=ann")}); err != nil {
			t.Fatal(err)
		}
		d, err := w.admin().UsageTable(ctx, "people")
		if err != nil {
			t.Fatal(err)
		}
		defer d.Body.Close()
		text, err := io.ReadAll(d.Body)
		if err != nil {
			t.Fatal(err)
		}
		rows := strings.Split(strings.TrimSpace(string(text)), "\n")
		if len(rows) != 4 || strings.Count(rows[0], "\t") != strings.Count(rows[1], "\t") || !strings.Contains(string(text), "\t'=ann\t") {
			t.Errorf("table:\n%s", text)
		}
	})
}
