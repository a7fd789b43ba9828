package mail_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"vidjil.org/vidjil/internal/blob"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/mail"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
	"vidjil.org/vidjil/internal/store/storetest"
)

// disk is a blob store on a disk that is as full as a test wants.
type disk struct {
	blob.Store
	mu   sync.Mutex
	free int64
}

func (d *disk) Free(context.Context) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.free, nil
}

// office is a server without pages, on a database, that sends through a real mail
// server.
type office struct {
	*service.Service
	post *post
	disk *disk
}

func newOffice(t *testing.T, url string, free int64) *office {
	t.Helper()
	o := &office{post: newPost(t, false, true, ""), disk: &disk{free: free}}
	st, err := store.Open(t.Context(), store.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	way, err := mail.New(o.post.config(mail.StartTLS))
	if err != nil {
		t.Fatal(err)
	}
	o.Service = service.New(service.Config{
		Store: st, Blobs: o.disk, Now: time.Now, PublicURL: "https://vidjil.test", Mail: way, Log: slog.New(slog.DiscardHandler),
		Administrators: []string{"it@example.org"}, Language: "fr",
	})
	t.Cleanup(func() {
		o.Stop()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

// start starts its postman.
func (o *office) start(t *testing.T, p *service.Postman) {
	t.Helper()
	p.Service = o.Service
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
}

// await waits for a mail.
func (p *post) await(t *testing.T) taken {
	t.Helper()
	select {
	case <-p.came:
	case <-time.After(30 * time.Second):
		t.Fatal("no mail came")
	}
	return p.taken(t)
}

// TestDiskIsLow: a disk that fills is told to the administrators, by the way that
// all mails go, in the language of the server, once.
func TestDiskIsLow(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storetest.SQLite(t), 5e9)
	o.start(t, &service.Postman{Every: 10 * time.Millisecond, Glance: 10 * time.Millisecond})
	got := o.post.await(t)
	if got.to != "it@example.org" || !got.encrypted || !strings.Contains(got.text, "5,0 Go") {
		t.Errorf("mail to %s, encrypted %t:\n%s", got.to, got.encrypted, got.text)
	}
	// Many looks later nothing more has come: taken counts the mails.
	for range 3 {
		if err := o.TellNews(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.SendMails(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.post.taken(t)
}

func TestDiskIsRoomy(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storetest.SQLite(t), 5e12)
	if err := o.TellNews(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := o.SendMails(t.Context()); n != 0 || err != nil {
		t.Errorf("mails sent: %d, %v; want none", n, err)
	}
}

// TestMailOfAnotherProcess: a command that writes a mail into the database of a
// running server tells nobody; the server finds it long before it looks for news.
func TestMailOfAnotherProcess(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, url string) {
		o := newOffice(t, url, 5e12)
		o.start(t, &service.Postman{Every: time.Hour, Glance: 10 * time.Millisecond})
		other, err := store.Open(t.Context(), store.Config{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		err = other.Write(t.Context(), func(tx *store.Tx) error {
			return tx.InsertMail(t.Context(), &lab.Mail{Kind: lab.MailTest, Address: "somebody@example.org", Letter: "{}"})
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := o.post.await(t); got.to != "somebody@example.org" {
			t.Errorf("mail to %s", got.to)
		}
	})
}
