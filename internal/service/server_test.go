package service_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/service"
	"vidjil.org/vidjil/internal/store"
)

// checkOf is the state of a check by its name.
func checkOf(state service.ServerState, name string) string {
	i := slices.IndexFunc(state.Checks, func(c service.Check) bool { return c.Name == name })
	if i < 0 {
		return "absent"
	}
	return state.Checks[i].State
}

func TestServerState(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		ctx := t.Context()
		for _, who := range []*service.Actor{{}, q.doctor, q.stranger} {
			if _, err := q.Server(ctx, who); lab.CodeOf(err) != lab.Forbidden {
				t.Errorf("%s: got %v, want a refusal", who.User.Name, err)
			}
		}
		empty, err := q.Server(ctx, q.root)
		if err != nil {
			t.Fatal(err)
		}
		if empty.Database.Schema < 5 || empty.Database.Bytes == 0 || empty.Database.Version == "" || empty.Database.Engine != q.Store.Dialect() {
			t.Errorf("database: got %+v", empty.Database)
		}
		if len(empty.Queue)+len(empty.Workers)+len(empty.Failures) > 0 || empty.Free < 0 || checkOf(empty, "queue") != service.CheckOK {
			t.Errorf("a server at rest: got %+v", empty)
		}

		failed := q.add(lab.Job{SampleID: q.sample, GroupID: q.lab.ID})
		q.run(failed, store.Outcome{State: lab.JobFailed, Code: lab.Invalid, Error: "the file is empty"})
		q.add(lab.Job{SampleID: q.sample, GroupID: q.lab.ID})
		q.write(func(ctx context.Context, tx *store.Tx) error {
			_, ok, err := tx.ClaimJob(ctx, store.Claim{Worker: "other", Lease: "l", Lanes: []lab.Lane{lab.LaneShort, lab.LaneLong}, Kinds: []lab.JobKind{lab.JobAnalyze}})
			if !ok {
				t.Error("the job is not to be had")
			}
			return err
		})
		q.add(lab.Job{SampleID: q.otherSample})
		q.add(lab.Job{SampleID: q.otherSample})
		busy, err := q.Server(ctx, q.root)
		if err != nil {
			t.Fatal(err)
		}
		counts := map[lab.JobState]int64{}
		for _, s := range busy.Queue {
			counts[s.State] += s.N
			if age := busy.At.Sub(s.Since); age < 0 || age > time.Hour {
				t.Errorf("%s: the oldest is %s old", s.State, age)
			}
		}
		if diff := cmp.Diff(map[lab.JobState]int64{lab.JobRunning: 1, lab.JobQueued: 2}, counts); diff != "" {
			t.Errorf("queue: %s", diff)
		}
		jobs := map[string]int{}
		for _, w := range busy.Workers {
			jobs[w.Name] = len(w.Jobs)
			for _, j := range w.Jobs {
				if j.Lease != "" {
					t.Error("a lease is told")
				}
			}
		}
		if diff := cmp.Diff(map[string]int{"w": 0, "other": 1}, jobs); diff != "" {
			t.Errorf("workers: %s", diff)
		}
		if busy.Failed != 1 || len(busy.Failures) != 1 || busy.Failures[0].ID != failed || checkOf(busy, "failures") != service.CheckWarning {
			t.Errorf("failures: got %d, %+v", busy.Failed, busy.Failures)
		}
	})
}

// A server whose workers are gone is told from one that is merely busy.
func TestServerWithoutWorkers(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		id := q.add(lab.Job{SampleID: q.sample, GroupID: q.lab.ID})
		q.write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.NewRaw("UPDATE jobs SET run_at = ? WHERE id = ?", tx.Now.Add(-time.Hour), id).Exec(ctx)
			return err
		})
		state, err := q.Server(t.Context(), q.root)
		if err != nil {
			t.Fatal(err)
		}
		if got := checkOf(state, "queue"); got != service.CheckError {
			t.Errorf("nobody has taken a job for an hour: got %s", got)
		}
		q.run(id, store.Outcome{State: lab.JobFailed, Error: "x"})
		q.Now = func() time.Time { return time.Now().Add(25 * time.Hour) }
		state, err = q.Server(t.Context(), q.root)
		if err != nil {
			t.Fatal(err)
		}
		if state.Failed != 0 || len(state.Workers) != 0 || checkOf(state, "queue") != service.CheckOK {
			t.Errorf("a day later: got %+v", state)
		}
	})
}
