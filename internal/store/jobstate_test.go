package store_test

import (
	"fmt"
	"testing"

	"vidjil.org/vidjil/internal/lab"
	"vidjil.org/vidjil/internal/store"
)

// TestJobSteps tries each step from each state to each other by plain SQL, with
// all other columns as they should be: what the schema lets pass is what the
// drawing has.
func TestJobSteps(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		into := func(s lab.JobState) string {
			set := fmt.Sprintf("state = '%s', attempt = 1, lease = '', ended_at = NULL, error = ''", s)
			switch s {
			case lab.JobRunning:
				set = fmt.Sprintf("state = '%s', attempt = 1, lease = 'x', worker = 'w', beat_at = created_at, started_at = created_at, ended_at = NULL, error = ''", s)
			case lab.JobDone, lab.JobCancelled:
				set = fmt.Sprintf("state = '%s', attempt = 1, lease = '', ended_at = created_at, error = ''", s)
			case lab.JobFailed:
				set = fmt.Sprintf("state = '%s', attempt = 1, lease = '', ended_at = created_at, error = 'no'", s)
			default:
			}
			return "UPDATE jobs SET " + set + " WHERE id = ?"
		}
		ways := map[lab.JobState][]lab.JobState{
			lab.JobRunning: {lab.JobRunning}, lab.JobCancelled: {lab.JobCancelled},
			lab.JobDone: {lab.JobRunning, lab.JobDone}, lab.JobFailed: {lab.JobRunning, lab.JobFailed},
		}
		for _, from := range lab.JobStates() {
			for _, to := range lab.JobStates() {
				j := lab.Job{}
				if from == lab.JobWaiting {
					j.State = lab.JobWaiting
				}
				id := q.add(j).ID
				err := q.Write(t.Context(), func(tx *store.Tx) error {
					for _, s := range ways[from] {
						if _, err := tx.NewRaw(into(s), id).Exec(t.Context()); err != nil {
							t.Fatalf("%s on the way to %s: %v", s, from, err)
						}
					}
					_, err := tx.NewRaw(into(to), id).Exec(t.Context())
					return err
				})
				if want := from == to || from.Follows(to); (err == nil) != want {
					t.Errorf("%s to %s: got %v, want allowed = %t", from, to, err, want)
				}
			}
		}
	})
}

// TestJobChecks breaks one rule of a row at a time.
func TestJobChecks(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q *queue) {
		q.add(lab.Job{Key: "a"})
		q.claim("w")
		queued := q.add(lab.Job{Key: "b"}).ID
		const running = 1
		for _, tt := range []struct {
			id  int64
			set string
		}{
			{queued, "state = 'dreaming'"},
			{queued, "kind = 'tea'"},
			{queued, "lane = 'fast'"},
			{queued, "lease = 'x'"},
			{queued, "ended_at = created_at"},
			{queued, "again = TRUE"},
			{queued, "attempt = -1"},
			{queued, "attempt = 4"},
			{queued, "max_attempts = 0"},
			{queued, "progress = 1.5"},
			{queued, "key = 'a'"},
			{queued, "state = 'cancelled'"},
			{queued, "state = 'running'"},
			{running, "lease = ''"},
			{running, "worker = ''"},
			{running, "beat_at = NULL"},
			{running, "started_at = NULL"},
			{running, "state = 'failed', lease = '', ended_at = created_at"},
			{running, "state = 'done', lease = '', ended_at = created_at, error = 'no'"},
		} {
			err := q.Write(t.Context(), func(tx *store.Tx) error {
				_, err := tx.NewRaw("UPDATE jobs SET "+tt.set+" WHERE id = ?", tt.id).Exec(t.Context())
				return err
			})
			if err == nil {
				t.Errorf("%s of a job that is not so: the schema took it", tt.set)
			}
		}
	})
}
