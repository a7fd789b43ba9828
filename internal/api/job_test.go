package api_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vidjil.org/vidjil/client"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// enqueue adds a job that nobody works on.
func (w *site) enqueue(j lab.Job) int64 {
	w.t.Helper()
	var id int64
	err := w.Store.Write(w.t.Context(), func(tx *store.Tx) error {
		got, _, err := job.Enqueue(w.t.Context(), tx, j)
		if err == nil {
			id = got[0].ID
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// work runs a pool until the test ends.
func (w *site) work(h job.Handler) {
	w.t.Helper()
	p, err := job.New(job.Config{Store: w.Store, Name: "w", Workers: 2, Flush: 5 * time.Millisecond, Handlers: map[lab.JobKind]job.Handler{
		lab.JobAnalyze: h, lab.JobFuse: h,
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := p.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := p.Stop(context.Background()); err != nil {
			w.t.Error(err)
		}
	})
}

var errEnough = errors.New("enough")

// TestJobsLive follows a job from the queue to its end as a browser does: its
// states, its progress and its log come while it runs.
func TestJobsLive(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		w.Clock.Move(time.Since(w.Clock.Now())) // workers compare theirs with the database's
		ctx, c := t.Context(), w.admin()
		step := make(chan struct{})
		w.work(func(ctx context.Context, r *job.Run) error {
			r.Progress(0.25, 1000, "reading")
			r.Printf("one")
			for _, word := range []string{"two", "three"} {
				select {
				case <-step:
				case <-ctx.Done():
					return ctx.Err()
				}
				r.Printf("%s", word)
			}
			return lab.Errorf(lab.Invalid, "record 3 has no quality")
		})
		events, connected := make(chan client.Event, 100), make(chan error, 1)
		go func() {
			connected <- c.Events(ctx, []string{"jobs"}, "", func(e client.Event) error {
				events <- e
				if e.Job != nil && e.Job.Ended() {
					return errEnough
				}
				return nil
			})
		}()
		id := w.enqueue(lab.Job{Kind: lab.JobAnalyze})
		var log strings.Builder
		err := c.FollowJobLog(ctx, id, 0, func(p client.LogPiece) error {
			log.WriteString(p.Text)
			// The next step is taken when the one before was seen.
			if strings.HasSuffix(p.Text, "one\n") || strings.HasSuffix(p.Text, "two\n") {
				step <- struct{}{}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := "Attempt 1 begins on w.\none\ntwo\nthree\nAttempt 1 failed: record 3 has no quality.\n"; log.String() != want {
			t.Errorf("log: got %q, want %q", log.String(), want)
		}
		if err := <-connected; !errors.Is(err, errEnough) {
			t.Fatalf("events: %v", err)
		}
		close(events)
		var reading bool
		var last client.Event
		for e := range events {
			if e.Job == nil || e.Job.ID != id {
				t.Errorf("got event %+v", e)
				continue
			}
			reading = reading || e.Job.State == "running" && e.Job.Reads == 1000 && e.Job.Stage == "reading" && e.Job.Progress == 0.25
			last = e
		}
		if !reading {
			t.Error("no progress was told")
		}
		if last.ID == "" || last.Job.State != "failed" || last.Job.Error != "record 3 has no quality" || last.Job.ErrorCode != "invalid" {
			t.Errorf("end: got %+v", last.Job)
		}
		page, err := c.JobLog(ctx, id, "")
		if err != nil || page.State != "failed" || page.Next != "" {
			t.Fatalf("log: got %+v, %v", page, err)
		}
		var text string
		for _, p := range page.Items {
			text += p.Text
		}
		if text != log.String() {
			t.Errorf("log read at once: got %q, want %q", text, log.String())
		}
		// From the last event on, what is new, even if it happened while nobody
		// followed.
		next, err := c.RetryJob(ctx, id)
		if err != nil || next.RetryOf != id {
			t.Fatalf("retry: got %+v, %v", next, err)
		}
		if _, err := c.CancelJob(ctx, next.ID); err != nil {
			t.Fatal(err)
		}
		err = c.Events(ctx, []string{"jobs"}, last.ID, func(e client.Event) error {
			if e.Job != nil && e.Job.ID == next.ID && e.Job.State == "cancelled" {
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) {
			t.Errorf("after an interruption: %v", err)
		}
	})
}

func TestJobRoutes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		ctx, c := t.Context(), w.admin()
		me, err := c.Whoami(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var ids []int64
		for range 3 {
			ids = append(ids, w.enqueue(lab.Job{Kind: lab.JobAnalyze, UserID: me.User.ID}))
		}
		other := w.enqueue(lab.Job{Kind: lab.JobFuse})
		list := func(f client.JobFilter) (got []int64) {
			t.Helper()
			page := client.Page{Limit: 2}
			for {
				p, err := c.Jobs(ctx, f, page)
				if err != nil {
					t.Fatal(err)
				}
				for _, j := range p.Items {
					got = append(got, j.ID)
				}
				if page.Cursor = p.Next; page.Cursor == "" {
					return got
				}
			}
		}
		for name, tt := range map[string]struct {
			f    client.JobFilter
			want []int64
		}{
			"own":           {client.JobFilter{}, []int64{ids[2], ids[1], ids[0]}},
			"all":           {client.JobFilter{All: true}, []int64{other, ids[2], ids[1], ids[0]}},
			"kinds":         {client.JobFilter{All: true, Kinds: []string{"fuse", "import"}}, []int64{other}},
			"states":        {client.JobFilter{States: []string{"queued"}}, []int64{ids[2], ids[1], ids[0]}},
			"other states":  {client.JobFilter{All: true, States: []string{"failed", "done"}}, nil},
			"of the person": {client.JobFilter{User: me.User.ID}, []int64{ids[2], ids[1], ids[0]}},
		} {
			if got := list(tt.f); !slices.Equal(got, tt.want) {
				t.Errorf("%s: got %v, want %v", name, got, tt.want)
			}
		}
		if j, err := c.Job(ctx, ids[1]); err != nil || j.Position != 3 || !j.MayChange || j.State != "queued" {
			t.Errorf("got %+v, %v, want it behind the one before it and the short one", j, err)
		}
		_, err = c.Job(ctx, 999)
		wantCode(t, "a job that is not there", err, "not_found")
		_, err = c.Jobs(ctx, client.JobFilter{States: []string{"dreaming"}}, client.Page{})
		wantCode(t, "a state that is none", err, "invalid")
		_, err = c.Jobs(ctx, client.JobFilter{Set: 77}, client.Page{})
		wantCode(t, "jobs of a set that is not there", err, "not_found")
		_, err = c.RetryJob(ctx, ids[0])
		if err != nil {
			t.Errorf("retry of a queued job is that job: %v", err)
		}
		_, err = c.RetryFailed(ctx, 77)
		wantCode(t, "retry of a set that is not there", err, "not_found")
		nothing := func(client.Event) error { return nil }
		wantCode(t, "topic that is none", c.Events(ctx, []string{"secrets"}, "", nothing), "invalid")
		wantCode(t, "set that is not there", c.Events(ctx, []string{"set:77"}, "", nothing), "not_found")
		wantCode(t, "log of a job that is not there", c.FollowJobLog(ctx, 999, 0, func(client.LogPiece) error { return nil }), "not_found")
		nobody := w.nobody()
		wantCode(t, "events for nobody", nobody.Events(ctx, []string{"jobs"}, "", nothing), "unauthenticated")
		_, err = nobody.Jobs(ctx, client.JobFilter{}, client.Page{})
		wantCode(t, "jobs for nobody", err, "unauthenticated")
	})
}

// TestStreamOnTheWire looks at what a browser and a proxy see of a stream.
func TestStreamOnTheWire(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *site) {
		c := w.admin()
		token, err := c.CreateToken(t.Context(), client.NewToken{Name: "t", Scopes: []string{"read", "admin"}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL+"/api/v1/events?topics=jobs", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token.Text)
		req.Header.Set("Accept-Encoding", "gzip")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "", "Content-Length": ""} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		lines := bufio.NewScanner(res.Body)
		line := func() string {
			if !lines.Scan() {
				t.Fatalf("the stream ended: %v", lines.Err())
			}
			return lines.Text()
		}
		if got := line() + line(); got != ": vidjil" {
			t.Errorf("first: got %q, want a comment", got)
		}
		id := w.enqueue(lab.Job{Kind: lab.JobAnalyze})
		if got := line(); !strings.HasPrefix(got, "id: 1") {
			t.Errorf("got %q, want an id", got)
		}
		if got := line(); got != "event: job" {
			t.Errorf("got %q, want the kind of event", got)
		}
		if got, want := line(), fmt.Sprintf(`data: {"id":%d,"kind":"analyze","state":"queued"`, id); !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q…", got, want)
		}
		// The server's end ends the stream, so that it can stop.
		w.Service.Stop()
		for lines.Scan() {
			if lines.Text() != "" {
				t.Errorf("after the end: %q", lines.Text())
			}
		}
		if err := lines.Err(); err != nil {
			t.Errorf("the stream was cut: %v", err)
		}
	})
}
