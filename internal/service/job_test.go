package service_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/access"
	"vidjil.org/vidjil/internal/job"
	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// queue is a world with a patient of a laboratory, shared with readers, and jobs
// on it.
type queue struct {
	*world
	lab, readers        lab.Group
	doctor              *service.Actor // all rights on the patient
	technician          *service.Actor // all but to know who it is
	reader              *service.Actor // may look
	stranger, root      *service.Actor
	patient, other      int64
	sample, otherSample int64
}

func eachQueue(t *testing.T, test func(t *testing.T, q *queue)) {
	t.Helper()
	each(t, func(t *testing.T, w *world) {
		t.Cleanup(w.Stop)
		q := &queue{world: w}
		all := access.Rights(access.Set)
		q.lab = w.group("lab", lab.Group{}, setGrants(all...)...)
		nameless := w.group("bench", lab.Group{}, setGrants(slices.DeleteFunc(slices.Clone(all), func(r access.Right) bool { return r == access.Anon })...)...)
		q.readers = w.group("readers", lab.Group{}, setGrants(access.Read)...)
		elsewhere := w.group("elsewhere", lab.Group{}, setGrants(all...)...)
		q.doctor, q.technician, q.reader = w.person("doctor", q.lab), w.person("technician", nameless), w.person("reader", q.readers)
		q.stranger, q.root = w.person("stranger", elsewhere), w.admin("root")
		q.patient, q.sample = q.make(q.doctor, q.lab.ID, service.SetInput{Kind: lab.Patient, FirstName: "Marie", LastName: "Skłodowska", Birth: "1967-11-07"}, "skłodowska_R1.fastq.gz")
		q.other, q.otherSample = q.make(q.stranger, elsewhere.ID, service.SetInput{Kind: lab.PlainSet, Name: "other"}, "x.fastq")
		w.write(func(ctx context.Context, tx *store.Tx) error {
			for _, g := range []lab.Group{nameless, q.readers} {
				if _, err := tx.ShareSet(ctx, q.patient, g.ID); err != nil {
					return err
				}
			}
			return tx.Relist(ctx, []int64{q.patient})
		})
		test(t, q)
	})
}

func (q *queue) make(who *service.Actor, group int64, in service.SetInput, file string) (set, sample int64) {
	q.t.Helper()
	in.GroupID = group
	sets, err := q.CreateSets(q.t.Context(), who, []service.SetInput{in})
	if err != nil {
		q.t.Fatal(err)
	}
	samples, err := q.CreateSamples(q.t.Context(), who, []service.SampleInput{{Sets: []int64{sets[0].ID}, Files: []service.FileInput{{Name: file}}}})
	if err != nil {
		q.t.Fatal(err)
	}
	return sets[0].ID, samples[0].ID
}

// add enqueues a job.
func (q *queue) add(j lab.Job) int64 {
	q.t.Helper()
	if j.Kind == "" {
		j.Kind = lab.JobAnalyze
	}
	var id int64
	q.write(func(ctx context.Context, tx *store.Tx) error {
		got, _, err := job.Enqueue(ctx, tx, j)
		if err == nil {
			id = got[0].ID
		}
		return err
	})
	return id
}

// run claims a job and settles it.
func (q *queue) run(id int64, o store.Outcome) {
	q.t.Helper()
	q.write(func(ctx context.Context, tx *store.Tx) error {
		for {
			lease := fmt.Sprint("lease ", id)
			j, ok, err := tx.ClaimJob(ctx, store.Claim{Worker: "w", Lease: lease, Lanes: []lab.Lane{lab.LaneShort, lab.LaneLong}, Kinds: []lab.JobKind{lab.JobAnalyze, lab.JobFuse}})
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("job %d is not to be had", id)
			}
			if j.ID == id {
				_, err := tx.SettleJob(ctx, id, lease, o)
				return err
			}
			if _, err := tx.SettleJob(ctx, j.ID, lease, store.Outcome{State: lab.JobDone}); err != nil {
				return err
			}
		}
	})
}

func TestWhoSeesJobs(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		ctx := t.Context()
		onSample := q.add(lab.Job{SampleID: q.sample, UserID: q.doctor.User.ID, GroupID: q.lab.ID})
		onSet := q.add(lab.Job{Kind: lab.JobFuse, SetID: q.patient, UserID: q.doctor.User.ID, GroupID: q.lab.ID})
		elsewhere := q.add(lab.Job{SampleID: q.otherSample, UserID: q.doctor.User.ID})
		ofServer := q.add(lab.Job{Kind: lab.JobCollect})
		chosen := q.add(lab.Job{Kind: lab.JobFuse, UserID: q.reader.User.ID})
		script := *q.doctor
		script.Scopes = []access.Scope{access.ScopeUpload}
		for name, tt := range map[string]struct {
			who               *service.Actor
			see, change, read []int64
		}{
			"doctor":        {q.doctor, []int64{onSample, onSet, elsewhere}, []int64{onSample, onSet}, []int64{onSample, onSet}},
			"technician":    {q.technician, []int64{onSample, onSet}, []int64{onSample, onSet}, []int64{onSample, onSet}},
			"reader":        {q.reader, []int64{onSample, onSet, chosen}, []int64{chosen}, []int64{chosen}},
			"stranger":      {q.stranger, []int64{elsewhere}, []int64{elsewhere}, []int64{elsewhere}},
			"root":          {q.root, []int64{onSample, onSet, elsewhere, ofServer, chosen}, []int64{onSample, onSet, elsewhere, ofServer, chosen}, []int64{onSample, onSet, elsewhere, ofServer, chosen}},
			"upload script": {&script, nil, nil, nil},
			"nobody":        {&service.Actor{}, nil, nil, nil},
		} {
			var see, change, read []int64
			for _, id := range []int64{onSample, onSet, elsewhere, ofServer, chosen} {
				v, err := q.JobByID(ctx, tt.who, id)
				if err == nil {
					see = append(see, id)
					if v.Lease != "" {
						t.Errorf("%s is told the lease of job %d", name, id)
					}
				}
				if v.MayChange {
					change = append(change, id)
				}
				_, err = q.JobLog(ctx, tt.who, id, 0)
				if err == nil {
					read = append(read, id)
				}
				if err == nil != v.MayLog {
					t.Errorf("%s is told that the log of job %d may be read: %t, but %v", name, id, v.MayLog, err)
				}
			}
			if diff := cmp.Diff([][]int64{tt.see, tt.change, tt.read}, [][]int64{see, change, read}); diff != "" {
				t.Errorf("%s sees, changes, reads: want -, got +:\n%s", name, diff)
			}
		}
	})
}

func TestJobPages(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		ctx := t.Context()
		var ids []int64
		for range 5 {
			ids = append([]int64{q.add(lab.Job{SampleID: q.sample, UserID: q.doctor.User.ID})}, ids...)
		}
		q.add(lab.Job{SampleID: q.otherSample, UserID: q.stranger.User.ID})
		var got []int64
		page := service.Page{Limit: 2}
		for {
			p, err := q.Jobs(ctx, q.reader, service.JobFilter{SetID: q.patient}, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range p.Items {
				got = append(got, v.ID)
			}
			if page.Cursor = p.Next; page.Cursor == "" {
				break
			}
		}
		if diff := cmp.Diff(ids, got); diff != "" {
			t.Errorf("jobs of a set, page by page: want -, got +:\n%s", diff)
		}
		for name, tt := range map[string]struct {
			who  *service.Actor
			f    service.JobFilter
			page service.Page
			want lab.Code
			n    int
		}{
			"own":                    {q.doctor, service.JobFilter{UserID: q.doctor.User.ID}, service.Page{}, "", 5},
			"own, failed":            {q.doctor, service.JobFilter{UserID: q.doctor.User.ID, States: []lab.JobState{lab.JobFailed}}, service.Page{}, "", 0},
			"sample":                 {q.technician, service.JobFilter{SampleID: q.sample}, service.Page{}, "", 5},
			"all, by root":           {q.root, service.JobFilter{}, service.Page{}, "", 6},
			"all":                    {q.doctor, service.JobFilter{}, service.Page{}, lab.Forbidden, 0},
			"somebody's, by root":    {q.root, service.JobFilter{UserID: q.stranger.User.ID}, service.Page{}, "", 1},
			"somebody's":             {q.doctor, service.JobFilter{UserID: q.stranger.User.ID}, service.Page{}, lab.NotFound, 0},
			"foreign set":            {q.doctor, service.JobFilter{SetID: q.other}, service.Page{}, lab.NotFound, 0},
			"foreign sample":         {q.doctor, service.JobFilter{SampleID: q.otherSample}, service.Page{}, lab.NotFound, 0},
			"set that is not there":  {q.doctor, service.JobFilter{SetID: 999}, service.Page{}, lab.NotFound, 0},
			"cursor of another list": {q.doctor, service.JobFilter{SetID: q.patient}, service.Page{Cursor: "eyJ"}, lab.Invalid, 0},
			"nobody":                 {&service.Actor{}, service.JobFilter{SetID: q.patient}, service.Page{}, lab.Unauthenticated, 0},
		} {
			p, err := q.Jobs(ctx, tt.who, tt.f, tt.page)
			if got := lab.CodeOf(err); got != tt.want || len(p.Items) != tt.n {
				t.Errorf("%s: got %q (%v), %d jobs, want %q, %d", name, got, err, len(p.Items), tt.want, tt.n)
			}
		}
	})
}

func TestJobLogsTellNoNames(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		id := q.add(lab.Job{SampleID: q.sample})
		const text = "reading /data/skłodowska_R1.fastq.gz of Marie Skłodowska, born 07/11/1967\n"
		q.run(id, store.Outcome{State: lab.JobDone, Log: text})
		read := func(who *service.Actor) string {
			log, err := q.JobLog(t.Context(), who, id, 0)
			if err != nil || len(log.Pieces) != 1 || log.More || log.State != lab.JobDone {
				t.Fatalf("log: got %+v, %v", log, err)
			}
			return log.Pieces[0].Text
		}
		if got := read(q.doctor); got != text {
			t.Errorf("to who may know: got %q, want %q", got, text)
		}
		for name, who := range map[string]*service.Actor{"technician": q.technician, "root": q.root} {
			got := read(who)
			for _, word := range []string{"Marie", "kłodowska", "1967"} {
				if strings.Contains(got, word) {
					t.Errorf("%s reads %q", name, got)
				}
			}
			if !strings.Contains(got, "reading") {
				t.Errorf("%s: got %q, want the rest of the log", name, got)
			}
		}
	})
}

func TestCancelAndRetryJobs(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		ctx := t.Context()
		id := q.add(lab.Job{SampleID: q.sample, Key: "k"})
		for name, tt := range map[string]struct {
			who  *service.Actor
			want lab.Code
		}{"reader": {q.reader, lab.Forbidden}, "stranger": {q.stranger, lab.NotFound}, "nobody": {&service.Actor{}, lab.Unauthenticated}} {
			if _, err := q.CancelJob(ctx, tt.who, id); lab.CodeOf(err) != tt.want {
				t.Errorf("cancel by %s: got %v, want %q", name, err, tt.want)
			}
			if _, err := q.RetryJob(ctx, tt.who, id); lab.CodeOf(err) != tt.want {
				t.Errorf("retry by %s: got %v, want %q", name, err, tt.want)
			}
		}
		v, err := q.CancelJob(ctx, q.technician, id)
		if err != nil || v.State != lab.JobCancelled {
			t.Fatalf("cancel: got %s, %v", v.State, err)
		}
		if _, err := q.CancelJob(ctx, q.technician, id); lab.CodeOf(err) != lab.Conflict {
			t.Errorf("cancel twice: got %v", err)
		}
		v, err = q.RetryJob(ctx, q.doctor, id)
		if err != nil || v.ID == id || v.RetryOf != id || v.UserID != q.doctor.User.ID || v.State != lab.JobQueued || v.Position != 1 {
			t.Fatalf("retry: got %+v, %v", v, err)
		}
		q.write(func(ctx context.Context, tx *store.Tx) error {
			var rows []struct {
				Action         string
				UserID, SetID  int64
				ObjectID       int64
				Before, After_ string
			}
			err := tx.NewRaw("SELECT action, user_id, set_id, object_id, before FROM audit WHERE object = 'job' ORDER BY id").Scan(ctx, &rows)
			if len(rows) != 2 || rows[0].Action != "job.cancel" || rows[1].Action != "job.retry" || rows[0].UserID != q.technician.User.ID || rows[1].ObjectID != id {
				t.Errorf("audit: got %+v", rows)
			}
			return err
		})
	})
}

func TestRetryFailedOfSet(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		ctx := t.Context()
		failed := store.Outcome{State: lab.JobFailed, Error: "no", Code: lab.Invalid}
		first := q.add(lab.Job{SampleID: q.sample})
		behind := q.add(lab.Job{Kind: lab.JobFuse, SetID: q.patient, After: first})
		q.run(first, failed)
		foreign := q.add(lab.Job{SampleID: q.otherSample})
		q.run(foreign, failed)
		if _, err := q.RetryFailed(ctx, q.reader, q.patient); lab.CodeOf(err) != lab.Forbidden {
			t.Errorf("by a reader: got %v", err)
		}
		if _, err := q.RetryFailed(ctx, q.stranger, q.patient); lab.CodeOf(err) != lab.NotFound {
			t.Errorf("by a stranger: got %v", err)
		}
		list, err := q.RetryFailed(ctx, q.doctor, q.patient)
		if err != nil || len(list) != 2 || list[0].RetryOf != first || list[1].RetryOf != behind || list[1].After != list[0].ID || list[1].State != lab.JobWaiting {
			t.Fatalf("got %+v, %v", list, err)
		}
		if again, err := q.RetryFailed(ctx, q.doctor, q.patient); err != nil || len(again) != 0 {
			t.Errorf("a second click: got %+v, %v", again, err)
		}
	})
}

// next takes events until there is one.
func next(t *testing.T, f *service.Follower) []service.Event {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		list, over, err := f.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 || over {
			return list
		}
		select {
		case <-f.Ready():
		case <-limit:
			t.Fatal("nothing happens")
		}
	}
}

// until takes events until one of the job in the state has come, and returns the
// ids of all jobs that were told of.
func until(t *testing.T, f *service.Follower, id int64, state lab.JobState) (told []int64, last string) {
	t.Helper()
	for {
		for _, e := range next(t, f) {
			if e.Job == nil {
				continue
			}
			told, last = append(told, e.Job.ID), e.ID
			if e.Job.ID == id && e.Job.State == state {
				return told, last
			}
		}
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		follow := func(who *service.Actor, topics, last string) *service.Follower {
			parsed, err := service.ParseTopics(topics)
			if err != nil {
				t.Fatal(err)
			}
			f, err := q.Follow(t.Context(), who, parsed, last)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(f.Close)
			return f
		}
		reader, stranger, root := follow(q.reader, fmt.Sprintf("set:%d", q.patient), ""), follow(q.stranger, "jobs", ""), follow(q.root, "jobs", "")
		onSample := q.add(lab.Job{SampleID: q.sample})
		elsewhere := q.add(lab.Job{SampleID: q.otherSample})
		q.run(elsewhere, store.Outcome{State: lab.JobDone}) // and the one before
		if told, _ := until(t, stranger, elsewhere, lab.JobDone); slices.Contains(told, onSample) {
			t.Error("a stranger was told of a job on a patient")
		}
		told, last := until(t, reader, onSample, lab.JobDone)
		if slices.Contains(told, elsewhere) {
			t.Error("a job elsewhere was told of under the topic of a set")
		}
		seen := map[int64]bool{}
		for !seen[onSample] || !seen[elsewhere] {
			for _, e := range next(t, root) {
				if e.Job != nil {
					seen[e.Job.ID] = true
				}
			}
		}
		q.write(func(_ context.Context, tx *store.Tx) error {
			tx.Signal(fmt.Sprint("set:", q.other))
			tx.Signal(fmt.Sprint("set:", q.patient))
			return nil
		})
		if got := next(t, reader); len(got) != 1 || got[0].SetID != q.patient {
			t.Errorf("a set changed: got %+v", got)
		}
		// After an interruption: what is new, and perhaps what was known.
		missed := q.add(lab.Job{Kind: lab.JobFuse, SetID: q.patient})
		until(t, follow(q.reader, fmt.Sprintf("set:%d", q.patient), last), missed, lab.JobQueued)
		if got := next(t, follow(q.reader, "jobs", "12")); !got[0].Reset {
			t.Errorf("after a long interruption: got %+v, want a reset", got)
		}
		// A right that ends while one follows.
		q.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.RemoveMember(ctx, q.readers.ID, q.reader.User.ID)
			return err
		})
		both := follow(q.root, "jobs", "")
		hidden := q.add(lab.Job{SampleID: q.sample})
		until(t, both, hidden, lab.JobQueued)
		own := q.add(lab.Job{Kind: lab.JobCollect})
		until(t, both, own, lab.JobQueued)
		list, _, err := reader.Take(t.Context())
		if err != nil || len(list) != 0 {
			t.Errorf("after the end of the right: got %+v, %v", list, err)
		}
		// An account that is closed.
		q.write(func(ctx context.Context, tx *store.Tx) error {
			u := q.reader.User
			u.State = lab.UserDisabled
			return tx.UpdateUser(ctx, &u)
		})
		q.add(lab.Job{SampleID: q.sample})
		limit := time.After(time.Minute)
		for {
			_, _, err := reader.Take(t.Context())
			if lab.CodeOf(err) == lab.Unauthenticated {
				break
			}
			select {
			case <-reader.Ready():
			case <-limit:
				t.Fatalf("a closed account still follows: %v", err)
			}
		}
		if _, err := q.Follow(t.Context(), q.stranger, service.Topics{Sets: []int64{q.patient}}, ""); lab.CodeOf(err) != lab.NotFound {
			t.Errorf("a stranger follows a patient: got %v", err)
		}
		q.Stop()
		if _, over, err := stranger.Take(t.Context()); !over || err != nil {
			t.Errorf("after the end of the server: got over = %t, %v", over, err)
		}
	})
}

func TestParseTopics(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]service.Topics{
		"jobs":               {Jobs: true},
		"set:2, jobs":        {Jobs: true, Sets: []int64{2}},
		"set:3,set:2,set:3":  {Sets: []int64{2, 3}},
		"":                   {},
		"set":                {},
		"set:x":              {},
		"set:-1":             {},
		"jobs:1":             {},
		"audit":              {},
		"set:1,":             {},
		manySets(100) + ",x": {},
		manySets(101):        {},
	} {
		got, err := service.ParseTopics(text)
		bad := !want.Jobs && len(want.Sets) == 0
		if bad != (lab.CodeOf(err) == lab.Invalid) {
			t.Errorf("%q: got %v", text, err)
		}
		if diff := cmp.Diff(want, got); !bad && diff != "" {
			t.Errorf("%q: want -, got +:\n%s", text, diff)
		}
	}
}

func manySets(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint("set:", i+1))
	}
	return strings.Join(list, ",")
}
